//! Which packet is which: sequence numbers without their wrap, and streams that start anew.

use super::AudioPacket;

/// Steps forward that are loss; more is another stream.
const FORWARD: i64 = 3000;
/// Steps back that are lateness; more is another stream.
const BACK: i64 = 500;

/// Two packets so near in sequence confirm each other.
const NEAR: i64 = 16;

/// Follows one stream. Another SSRC or a jump of the sequence is believed at the second packet, so that a stray one does
/// no harm; the new stream is numbered on from where the old one ended.
#[derive(Debug, Default)]
pub(super) struct Stream {
    current: Option<Current>,
    /// Its last packets may still come.
    previous: Option<Current>,
    candidate: Option<Held>,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    ssrc: u32,
    /// Highest sequence so far and its index.
    sequence: u16,
    index: i64,
}

/// The first packet of what may be a new stream.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) payload: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum Place {
    /// Belongs here.
    At(i64),
    /// Kept until another confirms it.
    Probation,
    /// A new stream: where the packet kept belongs, and where this one.
    Restart { held: Held, held_index: i64, index: i64 },
}

impl Stream {
    pub(super) fn place(&mut self, packet: AudioPacket<'_>) -> Place {
        let Some(current) = &mut self.current else {
            self.current = Some(Current { ssrc: packet.ssrc, sequence: packet.sequence, index: 0 });
            return Place::At(0);
        };
        let step = steps(current.sequence, packet.sequence);
        if packet.ssrc == current.ssrc && (-BACK..=FORWARD).contains(&step) {
            self.candidate = None;
            let index = current.index + step;
            if step > 0 {
                (current.sequence, current.index) = (packet.sequence, index);
            }
            return Place::At(index);
        }
        if let Some(previous) = self.previous.filter(|previous| previous.ssrc == packet.ssrc) {
            let step = steps(previous.sequence, packet.sequence);
            if (-BACK..=0).contains(&step) {
                return Place::At(previous.index + step);
            }
        }
        let confirmed = self.candidate.take().filter(|held| {
            let step = steps(held.sequence, packet.sequence);
            held.ssrc == packet.ssrc && step != 0 && step.abs() <= NEAR
        });
        if let Some(held) = confirmed {
            let step = steps(held.sequence, packet.sequence);
            let held_index = current.index + 1 + (-step).max(0);
            let index = current.index + 1 + step.max(0);
            self.previous = Some(*current);
            let sequence = if step > 0 { packet.sequence } else { held.sequence };
            *current = Current { ssrc: packet.ssrc, sequence, index: index.max(held_index) };
            return Place::Restart { held, held_index, index };
        }
        self.candidate = Some(Held {
            ssrc: packet.ssrc,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            payload: packet.payload.to_vec(),
        });
        Place::Probation
    }
}

/// From one sequence number to another by the shorter way.
fn steps(from: u16, to: u16) -> i64 {
    i64::from(to.wrapping_sub(from).cast_signed())
}
