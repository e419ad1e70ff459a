//! How late packets are, and how long to wait for them therefore.

use super::TARGET_RANGE;
use crate::audio::RATE;
use std::time::Duration;

/// Packets looked back on: eight seconds.
const WINDOW: usize = 400;
/// One of so many may come too late.
const TOO_LATE_OF: usize = 33;
/// Measured anew after so many packets.
const EVERY: usize = 10;
/// Measured for the first time after so many.
const FIRST: usize = 25;
/// Before anything was measured.
const START_MICROS: i64 = 60_000;
/// On top of what was measured: packets are played in ticks.
const MARGIN_MICROS: i64 = 20_000;
/// Clocks that differ by more than this within one step have jumped.
const JUMP_MICROS: i64 = 1_000_000;

/// Compares the sender's clock (timestamps) with ours (arrivals).
#[derive(Debug)]
pub(super) struct Lateness {
    /// Arrival minus sending, a ring.
    transit: Vec<i64>,
    at: usize,
    since_measured: usize,
    target: i64,
    quickest: Option<i64>,
    last: Option<Last>,
    clock: u32,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    timestamp: u32,
    sent: i64,
    arrival: i64,
}

impl Default for Lateness {
    fn default() -> Self {
        Self {
            transit: Vec::with_capacity(WINDOW),
            at: 0,
            since_measured: 0,
            target: START_MICROS,
            quickest: None,
            last: None,
            clock: 0,
        }
    }
}

impl Lateness {
    /// When the packet was sent on its sender's clock, and whether that clock has jumped just now.
    pub(super) fn observe(&mut self, timestamp: u32, arrival: i64) -> (i64, bool) {
        let mut jumped = false;
        let sent = match self.last {
            None => 0,
            Some(last) => {
                let step = i64::from(timestamp.wrapping_sub(last.timestamp).cast_signed());
                let step = step * 1_000_000 / i64::from(RATE);
                if (step - (arrival - last.arrival)).abs() > JUMP_MICROS && !self.explains(last.sent + step, arrival) {
                    jumped = true;
                    self.forget();
                    0
                } else {
                    last.sent + step
                }
            }
        };
        self.last = Some(Last { timestamp, sent, arrival });
        self.remember(arrival - sent);
        (sent, jumped)
    }

    /// Microseconds to wait.
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    /// Transit of the quickest packet looked back on.
    pub(super) fn quickest(&self) -> Option<i64> {
        self.quickest
    }

    /// Changes when the sender's clock jumps.
    pub(super) fn clock(&self) -> u32 {
        self.clock
    }

    /// A link that stood still delivers everything at once: late against the last packet, but not against the rest.
    fn explains(&self, sent: i64, arrival: i64) -> bool {
        self.quickest.is_some_and(|quickest| (-JUMP_MICROS..5 * JUMP_MICROS).contains(&(arrival - sent - quickest)))
    }

    /// The target stays: the link is the same.
    fn forget(&mut self) {
        self.transit.clear();
        self.at = 0;
        self.since_measured = 0;
        self.quickest = None;
        self.clock = self.clock.wrapping_add(1);
    }

    fn remember(&mut self, transit: i64) {
        if self.transit.len() < WINDOW {
            self.transit.push(transit);
        } else {
            self.transit[self.at] = transit;
            self.at = (self.at + 1) % WINDOW;
        }
        self.quickest = Some(self.quickest.map_or(transit, |quickest| quickest.min(transit)));
        self.since_measured += 1;
        if self.since_measured >= EVERY && self.transit.len() >= FIRST {
            self.since_measured = 0;
            self.measure();
        }
    }

    fn measure(&mut self) {
        let mut sorted = self.transit.clone();
        sorted.sort_unstable();
        let (Some(&quickest), late) = (sorted.first(), sorted.len() / TOO_LATE_OF + 1) else { return };
        let slow = sorted[sorted.len() - late];
        self.quickest = Some(quickest);
        let (least, most) = (micros(TARGET_RANGE.0), micros(TARGET_RANGE.1));
        self.target = (slow - quickest + MARGIN_MICROS).clamp(least, most);
    }
}

/// Our clock in microseconds; 292 000 years fit.
pub(super) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}
