//! The only place of this crate that asks what time it is.

use std::time::Instant;

/// Now.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since `start`, wrapping after 49 days.
pub(crate) fn ms_since(start: Instant) -> u32 {
    let ms = now().saturating_duration_since(start).as_millis();
    u32::try_from(ms & u128::from(u32::MAX)).unwrap_or(0)
}
