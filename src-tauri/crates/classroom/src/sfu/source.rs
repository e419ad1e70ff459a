//! A published stream: what came in, what is missing, what to ask the publisher for.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::rtp::{before, starts_key_frame};

/// How many packets are kept for resending: some 4 s of a camera, 2 s of a screen.
const HISTORY: usize = 600;
/// mediasoup gives a packet up after so many requests.
const NACK_TRIES: u8 = 10;
/// Pause between two requests for one packet.
const NACK_AGAIN: Duration = Duration::from_millis(80);
/// At most one key-frame request is outstanding for so long (protocol/media.md §6.8).
const KEY_FRAME_PAUSE: Duration = Duration::from_secs(1);

/// A packet of a source under the source's own gapless numbers.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) key: bool,
    pub(crate) payload: Bytes,
}

/// The books of one published stream.
pub(crate) struct Source {
    pub(crate) video: bool,
    /// Highest number received, as the publisher counts.
    highest: Option<u16>,
    cycles: u32,
    base: u32,
    received: u32,
    received_before: u32,
    expected_before: u32,
    jitter: f64,
    transit: Option<f64>,
    zero: Option<Instant>,
    missing: BTreeMap<u16, (u8, Option<Instant>, Instant)>,
    /// Publisher numbers of packets that carried nothing and are not forwarded.
    padding: VecDeque<u16>,
    dropped: u16,
    history: VecDeque<Packet>,
    key_frame: KeyFrame,
    pub(crate) last_report: Option<(u32, Instant)>,
}

#[derive(Default)]
struct KeyFrame {
    wanted: bool,
    asked: Option<Instant>,
    /// The publisher owes one since the last request.
    owed: bool,
}

/// One report block about a source.
pub(crate) struct Report {
    pub(crate) fraction_lost: u8,
    pub(crate) total_lost: u32,
    pub(crate) highest: u32,
    pub(crate) jitter: u32,
    pub(crate) last_sender_report: u32,
    pub(crate) delay: u32,
}

impl Source {
    pub(crate) fn new(video: bool) -> Self {
        Self {
            video,
            highest: None,
            cycles: 0,
            base: 0,
            received: 0,
            received_before: 0,
            expected_before: 0,
            jitter: 0.0,
            transit: None,
            zero: None,
            missing: BTreeMap::new(),
            padding: VecDeque::new(),
            dropped: 0,
            history: VecDeque::new(),
            key_frame: KeyFrame::default(),
            last_report: None,
        }
    }

    /// Takes a received packet; gives it back as it is to be forwarded, or nothing for one that
    /// came twice or carries nothing.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        sequence: u16,
        timestamp: u32,
        marker: bool,
        payload: Bytes,
    ) -> Option<Packet> {
        self.received = self.received.wrapping_add(1);
        let fresh = match self.highest {
            None => {
                self.base = u32::from(sequence);
                self.highest = Some(sequence);
                true
            }
            Some(highest) if before(highest, sequence) => {
                self.advance(now, highest, sequence);
                true
            }
            // Sound is not asked for again; its jitter buffer sorts out what came late or twice.
            Some(_) => !self.video || self.missing.remove(&sequence).is_some(),
        };
        if !fresh {
            return None;
        }
        self.measure_jitter(now, timestamp);
        if payload.is_empty() {
            self.padding.push_back(sequence);
            if self.padding.len() > 100 {
                self.padding.pop_front();
                self.dropped = self.dropped.wrapping_add(1);
            }
            return None;
        }
        let skipped = self.padding.iter().filter(|at| before(**at, sequence)).count();
        let skipped = u16::try_from(skipped).unwrap_or(0).wrapping_add(self.dropped);
        let key = self.video && starts_key_frame(&payload);
        if key {
            self.key_frame = KeyFrame { asked: self.key_frame.asked, ..KeyFrame::default() };
        }
        let packet = Packet { sequence: sequence.wrapping_sub(skipped), timestamp, marker, key, payload };
        self.remember(packet.clone());
        Some(packet)
    }

    fn remember(&mut self, packet: Packet) {
        if self.video {
            self.history.push_back(packet);
            if self.history.len() > HISTORY {
                self.history.pop_front();
            }
        }
    }

    fn advance(&mut self, now: Instant, highest: u16, sequence: u16) {
        if sequence < highest {
            self.cycles += 1;
        }
        let gap = sequence.wrapping_sub(highest);
        // A gap this wide is a jump, not a loss.
        if gap > 1 && gap < 300 && self.video {
            for step in 1..gap {
                self.missing.insert(highest.wrapping_add(step), (0, None, now));
            }
        } else if gap >= 300 {
            self.missing.clear();
            self.want_key_frame();
        }
        self.highest = Some(sequence);
    }

    fn measure_jitter(&mut self, now: Instant, timestamp: u32) {
        // RFC 3550 §6.4.1; the arrival clock's zero does not matter, only differences do.
        let rate = if self.video { 90_000.0 } else { 48_000.0 };
        let zero = *self.zero.get_or_insert(now);
        let arrival = now.saturating_duration_since(zero).as_secs_f64() * rate;
        let transit = arrival - f64::from(timestamp);
        if let Some(before) = self.transit {
            let difference = (transit - before).abs();
            if difference < rate * 10.0 {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
        self.transit = Some(transit);
    }

    /// Packets to ask the publisher for now. Gives up with a key-frame request.
    pub(crate) fn nacks(&mut self, now: Instant) -> Vec<u16> {
        let mut due = Vec::new();
        let mut lost = false;
        self.missing.retain(|sequence, (tries, asked, since)| {
            if *tries >= NACK_TRIES || now.saturating_duration_since(*since) > Duration::from_secs(2) {
                lost = true;
                return false;
            }
            if asked.is_none_or(|at| now.saturating_duration_since(at) >= NACK_AGAIN) {
                *tries += 1;
                *asked = Some(now);
                due.push(*sequence);
            }
            true
        });
        if lost {
            self.want_key_frame();
        }
        due
    }

    /// Somebody cannot go on without a key frame.
    pub(crate) fn want_key_frame(&mut self) {
        self.key_frame.wanted = self.video;
    }

    /// Is it time to ask the publisher for one? At most once a second, and again when it owes.
    pub(crate) fn key_frame_due(&mut self, now: Instant) -> bool {
        let state = &mut self.key_frame;
        let paused = state.asked.is_some_and(|at| now.saturating_duration_since(at) < KEY_FRAME_PAUSE);
        if paused || !(state.wanted || state.owed) {
            return false;
        }
        *state = KeyFrame { wanted: false, asked: Some(now), owed: true };
        true
    }

    /// A forwarded packet by its number.
    pub(crate) fn stored(&self, sequence: u16) -> Option<&Packet> {
        self.history.iter().rev().find(|packet| packet.sequence == sequence)
    }

    /// The report block for the publisher, counted since the last one.
    pub(crate) fn report(&mut self, now: Instant) -> Option<Report> {
        let highest = u32::from(self.highest?) | (self.cycles << 16);
        let expected = highest.wrapping_sub(self.base).wrapping_add(1);
        let expected_now = expected.wrapping_sub(self.expected_before);
        let received_now = self.received.wrapping_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_now = expected_now.saturating_sub(received_now);
        let share = (lost_now << 8).checked_div(expected_now).unwrap_or(0);
        let fraction_lost = u8::try_from(share).unwrap_or(255);
        let (last_sender_report, delay) = self.last_report.map_or((0, 0), |(ntp, at)| {
            let delay = now.saturating_duration_since(at).as_secs_f64() * 65_536.0;
            (ntp, delay as u32)
        });
        Some(Report {
            fraction_lost,
            total_lost: expected.saturating_sub(self.received).min(0x007f_ffff),
            highest,
            jitter: self.jitter as u32,
            last_sender_report,
            delay,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn give(source: &mut Source, now: Instant, sequence: u16, payload: &'static [u8]) -> Option<u16> {
        source.receive(now, sequence, 0, false, Bytes::from_static(payload)).map(|packet| packet.sequence)
    }

    #[test]
    fn a_gap_is_asked_for_until_it_is_filled_or_given_up() {
        let start = Instant::now();
        let mut source = Source::new(true);
        assert_eq!(give(&mut source, start, 65_534, &[0x10, 0]), Some(65_534));
        assert_eq!(give(&mut source, start, 1, &[0]), Some(1));
        assert_eq!(source.nacks(start), [0, 65_535]);
        assert!(source.nacks(start).is_empty());
        assert_eq!(give(&mut source, start, 0, &[0]), Some(0));
        assert_eq!(give(&mut source, start, 0, &[0]), None, "came twice");
        assert_eq!(source.nacks(start + Duration::from_millis(100)), [65_535]);
        assert!(!source.key_frame_due(start));
        assert!(source.nacks(start + Duration::from_secs(3)).is_empty());
        assert!(source.key_frame_due(start + Duration::from_secs(3)));
    }

    #[test]
    fn padding_leaves_no_hole_in_what_is_forwarded() {
        let start = Instant::now();
        let mut source = Source::new(true);
        assert_eq!(give(&mut source, start, 10, &[0]), Some(10));
        assert_eq!(give(&mut source, start, 11, &[]), None);
        assert_eq!(give(&mut source, start, 13, &[0]), Some(12));
        assert_eq!(give(&mut source, start, 12, &[0]), Some(11));
        assert!(source.stored(11).is_some());
    }

    #[test]
    fn key_frame_requests_are_coalesced_and_repeated_until_met() {
        let start = Instant::now();
        let mut source = Source::new(true);
        source.want_key_frame();
        assert!(source.key_frame_due(start));
        source.want_key_frame();
        assert!(!source.key_frame_due(start + Duration::from_millis(500)));
        assert!(source.key_frame_due(start + Duration::from_millis(1000)));
        give(&mut source, start, 1, &[0x10, 0]);
        assert!(!source.key_frame_due(start + Duration::from_secs(5)));
    }
}
