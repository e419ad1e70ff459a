//! The middleware's limits (protocol/session.md §3.8).

use std::time::{Duration, Instant};

/// Concurrent subscriptions of one socket.
pub(crate) const SUBSCRIPTIONS: usize = 100;
/// Bytes of a query's text.
pub(crate) const QUERY_LENGTH: usize = 5000;
/// Nested selection sets, the root one being 1.
pub(crate) const QUERY_DEPTH: usize = 6;
/// Bytes of a mutation's text.
pub(crate) const MUTATION_LENGTH: usize = 10_000;
/// Bytes of a client message.
pub(crate) const MESSAGE_SIZE: usize = 9_999_999;
/// How long a request may wait for the rate limit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How deep the braces of a query text go.
pub(crate) fn depth(text: &str) -> usize {
    let (mut now, mut deepest, mut quoted) = (0_usize, 0, false);
    let mut arguments = 0_usize;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => arguments += 1,
            ')' => arguments = arguments.saturating_sub(1),
            '{' if arguments == 0 => {
                now += 1;
                deepest = deepest.max(now);
            }
            '}' if arguments == 0 => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A token bucket: so many per minute, as many at once.
pub(crate) struct Bucket {
    per_minute: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(per_minute: u32, now: Instant) -> Self {
        Self { per_minute: f64::from(per_minute), tokens: f64::from(per_minute), at: now }
    }

    /// How long until one more may pass; the token is taken already.
    pub(crate) fn take(&mut self, now: Instant) -> Duration {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_minute / 60.0;
        self.tokens = (self.tokens + gained).min(self.per_minute);
        self.at = now;
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        let wait = Duration::from_secs_f64(-self.tokens * 60.0 / self.per_minute);
        if wait > PATIENCE {
            self.tokens += 1.0;
        }
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_selection_sets_only() {
        assert_eq!(depth("subscription A { user(where: {a: {_eq: \"{{\"}}) { voice { joined } } }"), 3);
    }

    #[test]
    fn the_bucket_lets_a_burst_pass_and_then_slows() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, start);
        assert!((0..60).all(|_| bucket.take(start).is_zero()));
        assert_eq!(bucket.take(start), Duration::from_secs(1));
        assert!(bucket.take(start + Duration::from_secs(3)).is_zero());
    }
}
