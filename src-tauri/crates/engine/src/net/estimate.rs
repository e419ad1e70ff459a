//! What a leg may send, as far as its own packets tell: the stack's congestion control, kept near what has been seen to
//! arrive, and lowered when a queue stands before the line. Told to the port, where the budget reads it.
//!
//! The stack's control (draft-ietf-rmcat-gcc-02) sees a queue that grows fast and packets that are lost; at the rates of a
//! camera it overlooks one that grows slowly until it overflows, and then sound is lost with the picture.

use super::port::LegPort;
use rtc::interceptor::{BandwidthEstimator, EstimatorStats, Gcc, PacketReport};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pacer lets out this many times what the estimate says, so that a key frame takes tenths of a second and not
/// several.
const PACING: f64 = 2.0;
/// The estimate grows to this many times what arrives, and [`MORE`]: whoever sends little has not found out that more
/// would arrive, and believing it fills the queue of a weak line at the next step up.
const BEYOND: f64 = 1.3;
/// Bits per second, for the way up from nearly nothing.
const MORE: f64 = 10_000.0;
/// Over how long arrivals are counted.
const WINDOW: Duration = Duration::from_secs(1);
/// A queue of so much time is one: the estimate no longer grows.
const QUEUE: Duration = Duration::from_millis(60);
/// A queue of so much time is too long: less is sent than arrives and was sent, so that it drains.
const LONG_QUEUE: Duration = Duration::from_millis(120);
/// How much less.
const DRAIN: f64 = 0.85;
/// How long a queue is given to drain.
const DRAINS: Duration = Duration::from_secs(1);
/// For so long, and at most twice that, the shortest way is remembered; then clocks have drifted and routes changed.
const REMEMBERED: Duration = Duration::from_secs(15);
/// Packets counted. Overflow: the oldest are forgotten; it is more than a second of the fastest leg.
const COUNTED: usize = 2048;

/// The estimator of one leg.
pub(super) struct Estimate {
    gcc: Gcc,
    port: Arc<LegPort>,
    arrived: VecDeque<(Instant, usize)>,
    way: Way,
    /// The queue that was to drain, and since when.
    draining: Option<(Duration, Instant)>,
    /// Bits per second.
    value: f64,
    least: f64,
}

impl Estimate {
    /// Starts with `kbps`, never falls below `least` and never grows beyond double of what was wanted, kbit/s.
    pub(super) fn new(kbps: u32, least: u32, port: Arc<LegPort>) -> Self {
        let least = f64::from(least) * 1000.0;
        let value = (f64::from(kbps) * 1000.0).max(least);
        Self {
            gcc: Gcc::new(value, least, value * 2.0),
            port,
            arrived: VecDeque::new(),
            way: Way::default(),
            draining: None,
            value,
            least,
        }
    }

    /// Bits per second that arrive.
    fn arriving(&mut self, now: Instant, reports: &[PacketReport]) -> f64 {
        self.arrived.extend(reports.iter().filter(|report| report.arrived).map(|report| (now, report.size)));
        let old = |at: Instant| now.saturating_duration_since(at) > WINDOW;
        while self.arrived.len() > COUNTED || self.arrived.front().is_some_and(|(at, _)| old(*at)) {
            self.arrived.pop_front();
        }
        let bytes: usize = self.arrived.iter().map(|(_, size)| *size).sum();
        bytes as f64 * 8.0 / WINDOW.as_secs_f64()
    }

    fn follow(&mut self, now: Instant, target: f64, arriving: f64, queue: Duration) {
        // Down at once; up only as far as there is reason to believe it.
        if target < self.value {
            self.value = target;
        } else if queue < QUEUE {
            self.value = self.value.max(target.min(arriving * BEYOND + MORE));
        }
        let drains = self
            .draining
            .is_some_and(|(was, since)| queue < was.mul_f64(0.8) || now.saturating_duration_since(since) < DRAINS);
        if queue < QUEUE {
            self.draining = None;
        } else if queue >= LONG_QUEUE && !drains {
            self.draining = Some((queue, now));
            self.value = (self.value.min(arriving) * DRAIN).max(self.least);
        }
    }
}

impl BandwidthEstimator for Estimate {
    fn on_reports(&mut self, now: Instant, reports: &[PacketReport]) {
        self.gcc.on_reports(now, reports);
        let arriving = self.arriving(now, reports);
        let queue = self.way.queue(now, reports);
        self.follow(now, self.gcc.target_bitrate(), arriving, queue);
        // Whole kbit/s up to 200 Mbit/s: no loss that matters.
        self.port.set_estimate_kbps((self.value / 1000.0) as u32);
    }

    fn target_bitrate(&self) -> f64 {
        self.value * PACING
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.gcc.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.gcc.poll_timeout()
    }

    fn stats(&self) -> EstimatorStats {
        self.gcc.stats()
    }
}

/// How long packets are under way, compared with the shortest time known. Clocks of the two sides have nothing in common:
/// only differences count.
#[derive(Debug, Default)]
struct Way {
    zero: Option<Instant>,
    /// Shortest times, in microseconds of no particular zero: of the last stretch and of this one.
    shortest: [Option<i64>; 2],
    since: Option<Instant>,
    queue: Duration,
}

impl Way {
    /// How long packets of this report waited at least; the last known if it says nothing.
    fn queue(&mut self, now: Instant, reports: &[PacketReport]) -> Duration {
        let zero = *self.zero.get_or_insert_with(|| reports.first().map_or(now, |report| report.departure));
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2);
        let took = reports.iter().filter_map(|report| {
            Some(micros(report.arrival?) - micros(report.departure.saturating_duration_since(zero)))
        });
        let Some(took) = took.min() else { return self.queue };
        if self.since.is_none_or(|since| now.saturating_duration_since(since) > REMEMBERED) {
            self.since = Some(now);
            self.shortest = [self.shortest[1], None];
        }
        let this = self.shortest[1].map_or(took, |known| known.min(took));
        self.shortest[1] = Some(this);
        let shortest = self.shortest[0].map_or(this, |known| known.min(this));
        self.queue = Duration::from_micros(u64::try_from(took - shortest).unwrap_or(0));
        self.queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const LINE: f64 = 100_000.0;
    const PACKET: f64 = 8_000.0;

    /// Sends as much as the estimate allows, at most `wish`, over a line of 100 kbit/s with a queue of any length, and gives
    /// what was estimated and how long the queue was, every 100 ms. Time is counted, not waited for.
    fn run(estimate: &mut Estimate, start: Instant, seconds: u64, wish: f64) -> Vec<(f64, Duration)> {
        let (mut owed, mut free, mut out) = (0.0, start, Vec::new());
        for step in 0..seconds * 10 {
            let now = start + Duration::from_millis(step * 100);
            owed += estimate.value.min(wish) / 10.0;
            let mut reports = Vec::new();
            while owed >= PACKET {
                owed -= PACKET;
                free = free.max(now) + Duration::from_secs_f64(PACKET / LINE);
                reports.push(PacketReport {
                    ssrc: 1,
                    id: step,
                    rtp_sequence_number: 0,
                    is_twcc: true,
                    twcc_sequence_number: 0,
                    size: (PACKET / 8.0) as usize,
                    arrived: true,
                    departure: now,
                    // The other side's clock is an hour ahead.
                    ecn: Default::default(),
                    arrival: Some(free.saturating_duration_since(start) + Duration::from_secs(3600)),
                });
            }
            // What is reported was on its way for as long as the queue is.
            estimate.on_reports(now + Duration::from_millis(50), &reports);
            out.push((estimate.value, free.saturating_duration_since(now)));
        }
        out
    }

    fn estimate(kbps: u32) -> (Estimate, Arc<LegPort>) {
        let port = Arc::new(LegPort::new(1).0);
        (Estimate::new(kbps, 30, Arc::clone(&port)), port)
    }

    #[test]
    fn a_queue_before_the_line_drains_and_the_line_is_used() {
        let (mut estimate, port) = estimate(500);
        let seen = run(&mut estimate, clock::now(), 60, f64::MAX);
        let settled = &seen[100..];
        let long = settled.iter().filter(|(_, queue)| *queue > Duration::from_millis(400)).count();
        let mean = settled.iter().map(|(value, _)| value).sum::<f64>() / settled.len() as f64;
        assert!(long * 10 < settled.len(), "{long} of {} queues are long", settled.len());
        assert!((50_000.0..110_000.0).contains(&mean), "{mean}");
        assert!(port.estimate_kbps().is_some());
    }

    #[test]
    fn whoever_sends_little_is_not_believed_to_be_able_to_send_much() {
        let (mut estimate, _) = estimate(200);
        estimate.value = 30_000.0;
        let seen = run(&mut estimate, clock::now(), 30, 30_000.0);
        let most = seen.iter().map(|(value, _)| *value).fold(0.0, f64::max);
        assert!(most < 70_000.0, "{most}");
    }

    #[test]
    fn reports_without_arrivals_change_nothing_of_the_queue() {
        let mut way = Way::default();
        let now = clock::now();
        assert_eq!(way.queue(now, &[]), Duration::ZERO);
    }
}
