//! How often lost packets are sent again: an interceptor before the one that does it.
//!
//! The server asks for a missing packet every 40 to 100 ms until it has come (`media.md` §6.8), knowing nothing of the way
//! to us. Where packets are lost because a queue is full, doing all it asks keeps the queue full: the same packets would
//! be sent over and over, before every new picture. So each is sent once in a round trip, and all together get no more
//! than a part of what the line is thought to carry; what is left out will be asked for again or mended by a key frame.

use super::port::LegPort;
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A round trip as long as none was measured; what the server assumes itself.
const UNKNOWN: Duration = Duration::from_millis(100);
/// No round trip is longer than this.
const LONGEST: Duration = Duration::from_secs(2);
/// Of the estimated rate, what goes into sending again; enough for every third packet lost.
const PART: f64 = 0.5;
/// The rate as long as none is estimated, kbit/s.
const UNKNOWN_KBPS: u32 = 200;
/// What is sent again at once after a quiet spell, in time of that rate.
const AT_ONCE: Duration = Duration::from_secs(1);
/// What a packet counts, bits: the length of a full one (its own is not known here).
const PACKET_BITS: f64 = 9_600.0;
/// Packets remembered. Overflow: the oldest are forgotten, and sent again when they are asked for.
const REMEMBERED: usize = 512;

/// The interceptor.
pub(crate) struct Again {
    port: Arc<LegPort>,
    sent: VecDeque<(u32, u16, Instant)>,
    /// What may be sent again now, bits, and when that was true.
    room: Option<(f64, Instant)>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Again {
    pub(crate) fn new(port: Arc<LegPort>) -> Self {
        Self { port, sent: VecDeque::new(), room: None, reads: VecDeque::new(), writes: VecDeque::new() }
    }

    /// Those of the packets asked for that are to be sent now.
    fn due(&mut self, now: Instant, nack: &TransportLayerNack) -> Vec<u16> {
        let trip = self.port.round_trip().unwrap_or(UNKNOWN).min(LONGEST);
        while self.sent.len() > REMEMBERED
            || self.sent.front().is_some_and(|(_, _, at)| now.saturating_duration_since(*at) >= trip)
        {
            self.sent.pop_front();
        }
        let ssrc = nack.media_ssrc;
        let mut room = self.room(now);
        let mut due: Vec<u16> = nack.nacks.iter().flat_map(|pair| pair.packet_list()).collect();
        due.retain(|number| {
            let fits = room >= PACKET_BITS && !self.sent.iter().any(|(of, known, _)| (*of, *known) == (ssrc, *number));
            room -= if fits { PACKET_BITS } else { 0.0 };
            fits
        });
        self.room = Some((room, now));
        self.sent.extend(due.iter().map(|number| (ssrc, *number, now)));
        due
    }

    fn room(&self, now: Instant) -> f64 {
        let kbps = self.port.estimate_kbps().unwrap_or(UNKNOWN_KBPS);
        let rate = f64::from(kbps) * 1000.0 * PART;
        let most = (rate * AT_ONCE.as_secs_f64()).max(PACKET_BITS);
        match self.room {
            Some((left, at)) => (left + rate * now.saturating_duration_since(at).as_secs_f64()).min(most),
            None => most,
        }
    }

    fn thinned(&mut self, now: Instant, packets: Vec<Box<dyn rtcp::Packet>>) -> Vec<Box<dyn rtcp::Packet>> {
        let mut out = Vec::with_capacity(packets.len());
        for packet in packets {
            let Some(nack) = packet.as_any().downcast_ref::<TransportLayerNack>() else {
                out.push(packet);
                continue;
            };
            let due = self.due(now, nack);
            if !due.is_empty() {
                let nacks = nack_pairs_from_sequence_numbers(&due);
                out.push(Box::new(TransportLayerNack { nacks, ..nack.clone() }));
            }
        }
        out
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Again {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut msg: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &mut msg.message.packet {
            *packets = self.thinned(msg.now, std::mem::take(packets));
        }
        self.reads.push_back(msg);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, msg: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(msg);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Again {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn again(kbps: u32) -> impl FnMut(u64, &[u16]) -> Vec<u16> {
        let port = Arc::new(LegPort::new(1).0);
        port.set_round_trip(Duration::from_millis(250));
        port.set_estimate_kbps(kbps);
        let mut again = Again::new(port);
        let start = clock::now();
        move |millis, numbers| {
            let nacks = nack_pairs_from_sequence_numbers(numbers);
            let nack = TransportLayerNack { sender_ssrc: 1, media_ssrc: 2, nacks };
            let passed = again.thinned(start + Duration::from_millis(millis), vec![Box::new(nack)]);
            let nacks = passed.iter().filter_map(|packet| packet.as_any().downcast_ref::<TransportLayerNack>());
            nacks.flat_map(|nack| nack.nacks.iter().flat_map(|pair| pair.packet_list())).collect()
        }
    }

    #[test]
    fn a_packet_is_sent_again_once_in_a_round_trip() {
        let mut asked = again(1000);
        assert_eq!(asked(0, &[65_535, 0, 1]), [65_535, 0, 1]);
        assert_eq!(asked(80, &[65_535, 0, 1, 2]), [2]);
        assert_eq!(asked(160, &[65_535, 0, 1, 2]), [0_u16; 0]);
        assert_eq!(asked(260, &[65_535, 0, 1, 2]), [65_535, 0, 1]);
        assert_eq!(asked(340, &[2]), [2]);
    }

    #[test]
    fn sending_again_takes_a_part_of_a_weak_line_and_not_all_of_it() {
        let mut asked = again(96);
        let all: Vec<u16> = (0..100).collect();
        assert_eq!(asked(0, &all).len(), 5, "a second's worth");
        let later: usize = (1..=40).map(|step| asked(step * 250, &all).len()).sum();
        assert_eq!(later, 50, "48 of 96 kbit/s for ten seconds");
    }
}
