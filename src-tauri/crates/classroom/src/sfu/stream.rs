//! What goes over a path: published streams in, consumed ones out, each with its own numbers.

use std::time::{Duration, Instant};

use super::rtp;
use super::source::Packet;
use super::transport::SourceId;

/// What a client sends.
pub(crate) struct Producer {
    pub(crate) source: SourceId,
    pub(crate) ssrc: u32,
    pub(crate) pt: u8,
    pub(crate) video: bool,
    /// Client and server agreed on NACK and PLI.
    pub(crate) feedback: bool,
    /// The negotiated id of the transport-wide number.
    pub(crate) twcc: Option<u8>,
    pub(crate) cap_bps: u32,
}

/// What a client receives.
pub(crate) struct Consumer {
    /// `None` is the mixed class.
    pub(crate) source: Option<SourceId>,
    pub(crate) ssrc: u32,
    pub(crate) pt: u8,
    pub(crate) mid: u8,
    pub(crate) video: bool,
    pub(crate) cname: &'static str,
    /// Our number minus the source's, once the first key frame has passed.
    offset: Option<u16>,
    first: u16,
    /// The number after the highest sent.
    pub(super) next: u16,
    pub(crate) timestamp: u32,
    last_sent: Option<Instant>,
    packets: u32,
    bytes: u32,
    resent: Vec<(u16, Instant)>,
}

impl Consumer {
    pub(crate) fn new(source: Option<SourceId>, video: bool, ssrc: u32, pt: u8, mid: u8, cname: &'static str) -> Self {
        Self {
            source,
            ssrc,
            pt,
            mid,
            video,
            cname,
            offset: None,
            first: 0,
            next: rand::random::<u16>() >> 1,
            timestamp: rand::random(),
            last_sent: None,
            packets: 0,
            bytes: 0,
            resent: Vec::new(),
        }
    }

    /// The source was replaced or paused: wait for a key frame again.
    pub(crate) fn restart(&mut self) {
        self.offset = None;
    }

    /// Our number for a packet of the source; `None` before the first key frame.
    pub(super) fn number(&mut self, packet: &Packet) -> Option<u16> {
        if self.offset.is_none() {
            if self.video && !packet.key {
                return None;
            }
            self.offset = Some(self.next.wrapping_sub(packet.sequence));
            self.first = self.next;
        }
        let number = packet.sequence.wrapping_add(self.offset?);
        if rtp::before(number, self.first) {
            return None;
        }
        if !rtp::before(number, self.next) {
            self.next = number.wrapping_add(1);
        }
        Some(number)
    }

    /// The source's number behind one of ours.
    pub(crate) fn original(&self, number: u16) -> Option<u16> {
        Some(number.wrapping_sub(self.offset?))
    }

    /// A packet is not resent more than once per round trip.
    pub(crate) fn may_resend(&mut self, now: Instant, number: u16) -> bool {
        self.resent.retain(|(_, at)| now.saturating_duration_since(*at) < Duration::from_millis(20));
        if self.resent.iter().any(|(known, _)| *known == number) {
            return false;
        }
        self.resent.push((number, now));
        true
    }

    pub(crate) fn has_started(&self) -> bool {
        self.packets > 0
    }

    /// The parts of a sender report: timestamp now, packets, bytes.
    pub(crate) fn report(&self, now: Instant) -> Option<(u32, u32, u32)> {
        let since = now.saturating_duration_since(self.last_sent?).as_secs_f64();
        let rate = if self.video { 90_000.0 } else { 48_000.0 };
        Some((self.timestamp.wrapping_add((since * rate) as u32), self.packets, self.bytes))
    }

    /// Counts a packet that was sent.
    pub(super) fn note(&mut self, now: Instant, bytes: usize) {
        self.last_sent = Some(now);
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(u32::try_from(bytes).unwrap_or(0));
    }
}
