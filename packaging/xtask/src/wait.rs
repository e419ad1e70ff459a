//! The one place that lets time pass: waiting until something is so, with a deadline.

use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(20);

/// Asks `look` every 20 ms until it has an answer or `limit` is over; `None` when it never had one.
pub fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        step();
    }
}

/// Lets `length` pass while `still` holds; `false` as soon as it does not.
pub fn during(length: Duration, mut still: impl FnMut() -> bool) -> bool {
    until(length, || (!still()).then_some(())).is_none()
}

#[expect(clippy::disallowed_methods, reason = "other processes cannot wake us; this file owns the polling of them")]
fn step() {
    std::thread::sleep(STEP);
}
