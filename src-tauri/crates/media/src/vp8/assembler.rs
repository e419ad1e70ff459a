//! RTP payloads to whole frames.
//!
//! Packets wait in order of their sequence until a frame is whole. A hole is asked for (NACK) and waited for; after
//! [`PATIENCE`] it is lost, and nothing is given out until the next key frame, which is asked for (PLI). A whole key
//! frame behind a hole is taken at once.

mod holes;

#[cfg(test)]
mod tests;

use super::descriptor::Descriptor;
use super::is_key_frame;
use holes::Holes;
use std::collections::BTreeMap;
use std::time::Duration;

/// A missing packet is waited for so long.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// Packets and bytes kept at most; over that, everything is dropped and a key frame asked for.
const MOST_PACKETS: usize = 2048;
const MOST_BYTES: usize = 4 << 20;
/// Packets kept while there is no key frame: one may be reordered.
const KEPT_WAITING: usize = 64;
/// Steps of the sequence number that can be loss or lateness; more is another stream.
const FAR: i64 = 2000;
/// A stream that starts in the middle may be reordered; then a key frame is asked for.
const START_PATIENCE: Duration = Duration::from_millis(100);
/// Between two requests; the server forwards no more.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(1000);

/// One received RTP packet with VP8 in it.
#[derive(Debug, Clone, Copy)]
pub struct VideoPacket<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 90 kHz.
    pub timestamp: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// RTP payload: descriptor and data.
    pub payload: &'a [u8],
}

/// A whole frame, in decoding order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrame {
    /// What the decoder takes.
    pub data: Vec<u8>,
    /// RTP timestamp, 90 kHz.
    pub timestamp: u32,
    /// Decodes without earlier frames.
    pub key: bool,
}

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssemblerStats {
    /// Packets given.
    pub received: u64,
    /// Frames given out.
    pub frames: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came twice or too late.
    pub late: u64,
    /// Packets that are not VP8.
    pub malformed: u64,
    /// Packets thrown away while waiting for a key frame or for space.
    pub discarded: u64,
}

/// Puts packets in order and gives out frames that can be decoded.
#[derive(Debug, Default)]
pub struct FrameAssembler {
    /// Highest sequence number, and its index.
    highest: Option<(u16, i64)>,
    /// First sequence number of what may be another stream.
    candidate: Option<u16>,
    packets: BTreeMap<i64, Stored>,
    bytes: usize,
    holes: Holes,
    /// Where the next frame begins; none while waiting for a key frame.
    next: Option<i64>,
    /// A key frame is wanted from then on.
    wanted: Option<Duration>,
    requested: Option<Duration>,
    stats: AssemblerStats,
}

#[derive(Debug)]
struct Stored {
    timestamp: u32,
    marker: bool,
    piece: Piece,
}

#[derive(Debug)]
enum Piece {
    /// Part of a frame.
    Data { begins: bool, picture_id: Option<u16>, bytes: Vec<u8> },
    /// Only padding.
    Padding,
    /// Came, but is no VP8: its frame is lost.
    Broken,
}

/// What stands at the beginning of the next frame.
enum Front {
    /// Whole up to this index.
    Whole(i64),
    /// Something is missing that may still come.
    Unfinished,
    /// It cannot become whole.
    Lost,
}

impl FrameAssembler {
    /// Waits for a first key frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a packet; `arrival` is the caller's clock.
    pub fn insert(&mut self, packet: VideoPacket<'_>, arrival: Duration) {
        self.stats.received += 1;
        let Some(index) = self.place(packet.sequence, arrival) else { return };
        self.holes.fill(index);
        if self.next.is_some_and(|next| index < next) || self.packets.contains_key(&index) {
            self.stats.late += 1;
            return;
        }
        let piece = self.parse(packet.payload);
        if let Piece::Data { bytes, .. } = &piece {
            self.bytes += bytes.len();
        }
        self.packets.insert(index, Stored { timestamp: packet.timestamp, marker: packet.marker, piece });
        if self.next.is_none() && self.wanted.is_none() {
            self.wanted = Some(arrival + START_PATIENCE);
        }
        if self.packets.len() > MOST_PACKETS || self.bytes > MOST_BYTES {
            self.drop_before(i64::MAX);
            self.wait_for_key(arrival);
        }
    }

    /// The next frame to decode, if it is complete; call until `None` after each [`insert`](Self::insert), and now and
    /// then when nothing arrives (a lost packet is given up by time).
    pub fn next_frame(&mut self, now: Duration) -> Option<VideoFrame> {
        // Each turn gives a frame, waits, or goes on to a later key frame.
        loop {
            let next = match self.next {
                Some(next) => next,
                None => self.find_key()?,
            };
            match self.front(next) {
                Front::Whole(last) => return Some(self.take(last)),
                Front::Unfinished => {
                    if let Some(key) = self.whole_key_after(next) {
                        self.drop_before(key);
                        self.next = Some(key);
                    } else if self.holes.given_up(now) {
                        self.give_up(next + 1, now);
                    } else {
                        return None;
                    }
                }
                Front::Lost => self.give_up(next + 1, now),
            }
        }
    }

    /// Sequence numbers to ask for again now (NACK); each at most every 100 ms and four times in all.
    pub fn missing(&mut self, now: Duration) -> Vec<u16> {
        let Some((sequence, highest)) = self.highest else { return Vec::new() };
        let mut missing = Vec::new();
        self.holes.ask(now, highest, |index| missing.push(sequence.wrapping_sub((highest - index) as u16)));
        missing
    }

    /// Is a key frame to be asked for now (PLI)? At most once a second; a stream that starts without one asks at once.
    pub fn needs_key_frame(&mut self, now: Duration) -> bool {
        let wanted = self.next.is_none() && self.wanted.is_some_and(|since| now >= since);
        let allowed = self.requested.is_none_or(|last| now >= last + BETWEEN_REQUESTS);
        if wanted && allowed {
            self.requested = Some(now);
        }
        wanted && allowed
    }

    /// The decoder refused a frame: nothing until the next key frame, which is asked for.
    pub fn decoder_failed(&mut self) {
        self.wait_for_key(Duration::ZERO);
    }

    /// Counts.
    #[must_use]
    pub fn stats(&self) -> AssemblerStats {
        self.stats
    }

    /// The index of a sequence number; `None` for a stray one. Another stream is believed at its second packet.
    fn place(&mut self, sequence: u16, now: Duration) -> Option<i64> {
        let Some((highest, index)) = self.highest else {
            self.highest = Some((sequence, 0));
            return Some(0);
        };
        let step = i64::from(sequence.wrapping_sub(highest).cast_signed());
        if step.abs() <= FAR {
            self.candidate = None;
            if step > 0 {
                self.holes.open(index + 1..index + step, now);
                self.highest = Some((sequence, index + step));
            }
            return Some(index + step);
        }
        if self.candidate.replace(sequence) != Some(sequence.wrapping_sub(1)) {
            self.stats.discarded += 1;
            return None;
        }
        self.candidate = None;
        self.drop_before(i64::MAX);
        self.holes.clear();
        self.wait_for_key(now);
        let index = index + FAR;
        // The first one was not kept: it is asked for again.
        self.holes.open(index - 1..index, now);
        self.highest = Some((sequence, index));
        Some(index)
    }

    fn parse(&mut self, payload: &[u8]) -> Piece {
        if payload.is_empty() {
            return Piece::Padding;
        }
        match Descriptor::parse(payload) {
            Some(descriptor) if descriptor.length < payload.len() => Piece::Data {
                begins: descriptor.begins_frame(),
                picture_id: descriptor.picture_id,
                bytes: payload[descriptor.length..].to_vec(),
            },
            _ => {
                self.stats.malformed += 1;
                Piece::Broken
            }
        }
    }

    /// Looks at the frame that begins at `next`.
    fn front(&self, next: i64) -> Front {
        let mut started: Option<(u32, Option<u16>)> = None;
        for (expected, (&index, stored)) in (next..).zip(self.packets.range(next..)) {
            if index != expected {
                return Front::Unfinished;
            }
            match (&stored.piece, started) {
                (Piece::Broken, _) => return Front::Lost,
                (Piece::Padding, _) => continue,
                (Piece::Data { begins: false, .. }, None) => return Front::Lost,
                (Piece::Data { begins: true, picture_id, .. }, None) => started = Some((stored.timestamp, *picture_id)),
                // Its end was not marked: the next one begins.
                (Piece::Data { begins: true, .. }, Some((timestamp, _))) if stored.timestamp != timestamp => {
                    return Front::Whole(index - 1);
                }
                (Piece::Data { begins, picture_id, .. }, Some(first)) => {
                    if *begins || (stored.timestamp, *picture_id) != first {
                        return Front::Lost;
                    }
                }
            }
            if stored.marker {
                return Front::Whole(index);
            }
        }
        Front::Unfinished
    }

    /// Joins the pieces and goes on behind them.
    fn take(&mut self, last: i64) -> VideoFrame {
        let mut frame = VideoFrame { data: Vec::new(), timestamp: 0, key: false };
        let rest = self.packets.split_off(&(last + 1));
        for stored in std::mem::replace(&mut self.packets, rest).into_values() {
            if let Piece::Data { begins, bytes, .. } = stored.piece {
                self.bytes -= bytes.len();
                if begins {
                    frame.timestamp = stored.timestamp;
                    frame.key = is_key_frame(&bytes);
                    frame.data = bytes;
                } else {
                    frame.data.extend(bytes);
                }
            }
        }
        self.next = Some(last + 1);
        self.holes.forget_before(last + 1);
        self.wanted = None;
        self.stats.frames += 1;
        frame
    }

    /// While waiting: goes to the first key frame there is, whole or not.
    fn find_key(&mut self) -> Option<i64> {
        let key = self.keys_from(i64::MIN).next();
        if let Some(key) = key {
            self.drop_before(key);
            self.next = Some(key);
            return Some(key);
        }
        while self.packets.len() > KEPT_WAITING {
            let Some((&first, _)) = self.packets.first_key_value() else { break };
            self.drop_before(first + 1);
        }
        None
    }

    fn whole_key_after(&self, next: i64) -> Option<i64> {
        self.keys_from(next + 1).find(|key| matches!(self.front(*key), Front::Whole(_)))
    }

    fn keys_from(&self, index: i64) -> impl Iterator<Item = i64> {
        self.packets.range(index..).filter_map(|(index, stored)| match &stored.piece {
            Piece::Data { begins: true, bytes, .. } if is_key_frame(bytes) => Some(*index),
            _ => None,
        })
    }

    /// The frame at the front is lost and with it all that builds on it.
    fn give_up(&mut self, keep_from: i64, now: Duration) {
        self.drop_before(keep_from);
        self.wait_for_key(now);
    }

    fn wait_for_key(&mut self, now: Duration) {
        self.next = None;
        self.wanted = Some(now);
    }

    fn drop_before(&mut self, index: i64) {
        let rest = self.packets.split_off(&index);
        for stored in std::mem::replace(&mut self.packets, rest).into_values() {
            self.stats.discarded += 1;
            if let Piece::Data { bytes, .. } = stored.piece {
                self.bytes -= bytes.len();
            }
        }
        self.stats.lost += self.holes.forget_before(index);
    }
}
