//! RTP payloads to whole frames.

use std::time::Duration;

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
    stats: AssemblerStats,
}

impl FrameAssembler {
    /// Waits for a first key frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a packet; `arrival` is the caller's clock.
    pub fn insert(&mut self, packet: VideoPacket<'_>, arrival: Duration) {
        let _ = (packet, arrival);
        self.stats.received += 1;
    }

    /// The next frame to decode, if it is complete; call until `None` after each [`insert`](Self::insert), and now and
    /// then when nothing arrives (a lost packet is given up by time).
    pub fn next_frame(&mut self, now: Duration) -> Option<VideoFrame> {
        let _ = now;
        None
    }

    /// Sequence numbers to ask for again now (NACK); each at most every 100 ms and four times in all.
    pub fn missing(&mut self, now: Duration) -> Vec<u16> {
        let _ = now;
        Vec::new()
    }

    /// Is a key frame to be asked for now (PLI)? At most once a second; a stream that starts without one asks at once.
    pub fn needs_key_frame(&mut self, now: Duration) -> bool {
        let _ = now;
        false
    }

    /// The decoder refused a frame: nothing until the next key frame, which is asked for.
    pub fn decoder_failed(&mut self) {}

    /// Counts.
    #[must_use]
    pub fn stats(&self) -> AssemblerStats {
        self.stats
    }
}
