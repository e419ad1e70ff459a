//! The one place of this crate that asks what time it is.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time, for the core's timers.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Wall clock in Unix milliseconds, for what is shown.
#[expect(clippy::disallowed_methods, reason = "the clock file")]
pub(crate) fn wall_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}
