//! The jitter buffer: Opus packets in as they arrive, one decision out for each playout tick.
//!
//! Sequence numbers say what is missing; timestamps are used only to measure how late packets are, so a stream whose
//! timestamps jump (the server swaps the source when the microphone is muted for a while, `media.md` §4.7) plays on
//! without a gap. What is waited for is the [`target`](JitterStats::target): what 97 % of the packets of the last eight
//! seconds needed, 40 to 300 ms. More than that is cut in pauses, less is filled up in pauses.

mod lateness;
mod stream;

#[cfg(test)]
mod tests;

use crate::audio::RATE;
use crate::talk::VOICE_DB;
use lateness::{Lateness, micros};
use std::collections::BTreeMap;
use std::time::Duration;
use stream::{Held, Place, Stream};

/// Least and greatest delay aimed at.
pub const TARGET_RANGE: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(300));

/// Packets held at most (2 s); the oldest go first.
const MOST_PACKETS: usize = 100;
/// Ticks concealed in a row before it is silence.
const MOST_CONCEALED: u32 = 5;
/// More than this over the target is cut in a pause; the second, at any time; the third, at once.
const OVER_MICROS: i64 = 30_000;
const FAR_OVER_MICROS: i64 = 120_000;
const ABSURDLY_OVER_MICROS: i64 = 600_000;
/// Less than this under the target is left alone.
const UNDER_MICROS: i64 = 30_000;
/// Ticks between two cuts or fillings.
const TICKS_BETWEEN: u32 = 5;
const TICK_MICROS: i64 = 20_000;

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
    /// Delay now: how much later than the quickest packet things are played.
    pub delay: Duration,
    /// Sound that waits.
    pub buffered: Duration,
}

/// Reorders, waits as long as the link needs, and covers losses.
#[derive(Debug, Default)]
pub struct JitterBuffer {
    stream: Stream,
    lateness: Lateness,
    packets: BTreeMap<i64, Stored>,
    state: State,
    /// Ticks since something was played, covered or given up.
    starved: u32,
    /// Concealed in a row.
    concealed: u32,
    /// Smoothed, in microseconds.
    delay: Option<i64>,
    since_adjusted: u32,
    stats: JitterStats,
}

#[derive(Debug)]
struct Stored {
    payload: Vec<u8>,
    /// When it was sent on the sender's clock, and which clock that is.
    sent: i64,
    clock: u32,
    /// Samples in it.
    samples: u32,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// Nothing came yet, or not for long.
    #[default]
    Empty,
    /// Waits until the target is reached, since then.
    Filling(i64),
    /// The next to play.
    Playing(i64),
}

impl JitterBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a packet; `arrival` is the caller's clock.
    pub fn insert(&mut self, packet: AudioPacket<'_>, arrival: Duration) {
        self.stats.received += 1;
        let Some(samples) = samples_of(packet.payload) else {
            self.stats.discarded += 1;
            return;
        };
        match self.stream.place(packet) {
            Place::At(index) => self.store(index, packet, samples, arrival),
            Place::Probation => {}
            Place::Restart { held, held_index, index } => {
                self.stats.resyncs += 1;
                let Held { sequence, timestamp, ssrc, payload } = &held;
                let first = AudioPacket { sequence: *sequence, timestamp: *timestamp, ssrc: *ssrc, payload };
                self.store(held_index, first, samples_of(payload).unwrap_or(samples), arrival);
                self.store(index, packet, samples, arrival);
            }
        }
    }

    fn store(&mut self, index: i64, packet: AudioPacket<'_>, samples: u32, arrival: Duration) {
        let arrival = micros(arrival);
        match self.state {
            State::Playing(next) if index < next => {
                self.stats.late += 1;
                self.lateness.observe(packet.timestamp, arrival);
                return;
            }
            State::Empty => self.state = State::Filling(arrival),
            State::Playing(_) | State::Filling(_) => {}
        }
        if self.packets.contains_key(&index) {
            self.stats.duplicate += 1;
            return;
        }
        let (sent, jumped) = self.lateness.observe(packet.timestamp, arrival);
        if jumped {
            self.stats.resyncs += 1;
            self.delay = None;
        }
        let clock = self.lateness.clock();
        self.packets.insert(index, Stored { payload: packet.payload.to_vec(), sent, clock, samples });
        while self.packets.len() > MOST_PACKETS {
            self.discard_first();
        }
    }

    /// The next piece. Call it whenever fewer than 20 ms of decoded sound are left (for 20 ms packets: once a tick).
    /// `last_db` is the level of what was decoded last, if known: adjusting happens in pauses then.
    pub fn pull(&mut self, now: Duration, last_db: Option<f32>) -> Playout {
        let now = micros(now);
        if let State::Filling(since) = self.state {
            self.finish_filling(since, now);
        }
        let State::Playing(_) = self.state else {
            self.stats.silent += 1;
            return Playout::Silence;
        };
        let Some(&first) = self.packets.keys().next() else { return self.starve() };
        if self.adjust(now, last_db.is_some_and(|db| db <= VOICE_DB)) {
            return self.conceal();
        }
        let next = self.next_index(first);
        match self.packets.keys().next() {
            Some(&first) if first == next => self.play(next),
            Some(&first) if first == next + 1 => self.recover(first),
            Some(_) => {
                self.state = State::Playing(next + 1);
                self.conceal()
            }
            None => self.starve(),
        }
    }

    /// Counts and delay.
    #[must_use]
    pub fn stats(&self) -> JitterStats {
        let micros = |value: i64| Duration::from_micros(value.max(0).unsigned_abs());
        JitterStats {
            target: micros(self.lateness.target()),
            delay: micros(self.delay.unwrap_or(0)),
            buffered: micros(self.buffered()),
            ..self.stats
        }
    }

    /// Forgets everything but the counts: the leg was opened anew.
    pub fn reset(&mut self) {
        *self = Self { stats: self.stats, ..Self::default() };
    }

    /// Begins to play when the target is reached, with no more than that.
    fn finish_filling(&mut self, since: i64, now: i64) {
        let target = self.lateness.target();
        let first = self.packets.values().next();
        let due = match (first, self.lateness.quickest()) {
            // After an interruption playing goes on where it would be without it.
            (Some(first), Some(quickest)) if first.clock == self.lateness.clock() => first.sent + quickest + target,
            _ => since + target,
        };
        if now < due {
            return;
        }
        while self.packets.len() > 1 && self.buffered() > target + OVER_MICROS {
            self.discard_first();
        }
        if let Some(&first) = self.packets.keys().next() {
            self.state = State::Playing(first);
            (self.starved, self.concealed, self.delay) = (0, 0, None);
        }
    }

    /// Nothing is there: cover it for a while. The turn is not taken from the packet that may still come.
    fn starve(&mut self) -> Playout {
        self.starved += 1;
        if self.starved > MOST_CONCEALED {
            self.state = State::Empty;
            self.stats.silent += 1;
            return Playout::Silence;
        }
        self.conceal()
    }

    fn conceal(&mut self) -> Playout {
        self.concealed += 1;
        self.stats.concealed += 1;
        Playout::Conceal
    }

    /// Whose turn it is. Ticks starved stand for as many lost packets, and a gap is not concealed for ever.
    fn next_index(&mut self, first: i64) -> i64 {
        let State::Playing(mut next) = self.state else { return first };
        if first > next {
            next += i64::from(self.starved).min(first - next);
            if self.concealed >= MOST_CONCEALED {
                next = next.max(first - 1);
            }
        }
        self.starved = 0;
        self.state = State::Playing(next);
        next
    }

    fn play(&mut self, index: i64) -> Playout {
        let Some(stored) = self.packets.remove(&index) else { return self.starve() };
        self.state = State::Playing(index + 1);
        self.concealed = 0;
        self.stats.played += 1;
        Playout::Play(stored.payload)
    }

    fn recover(&mut self, first: i64) -> Playout {
        let Some(stored) = self.packets.get(&first) else { return self.starve() };
        self.state = State::Playing(first);
        self.concealed = 0;
        self.stats.recovered += 1;
        Playout::Fec(stored.payload.clone())
    }

    /// Keeps the delay at the target: takes packets out when it is above; says `true` when a tick is to be filled
    /// because it is below.
    fn adjust(&mut self, now: i64, pause: bool) -> bool {
        let Some(over) = self.measure(now) else { return false };
        self.since_adjusted = self.since_adjusted.saturating_add(1);
        if over > ABSURDLY_OVER_MICROS {
            while self.packets.len() > 1 && self.buffered() > self.lateness.target() {
                self.discard_first();
            }
            self.delay = None;
        } else if self.since_adjusted >= TICKS_BETWEEN {
            let slow = self.since_adjusted >= TICKS_BETWEEN * 2;
            if (over > OVER_MICROS && pause || over > FAR_OVER_MICROS && slow) && self.packets.len() > 1 {
                self.discard_first();
                self.adjusted(-TICK_MICROS);
            } else if over < -UNDER_MICROS && pause {
                self.adjusted(TICK_MICROS);
                return true;
            }
        }
        false
    }

    /// How much the delay is above the target.
    fn measure(&mut self, now: i64) -> Option<i64> {
        let (&index, first) = self.packets.first_key_value()?;
        let State::Playing(next) = self.state else { return None };
        if first.clock != self.lateness.clock() {
            return None;
        }
        let gap = (index - next).max(0) * TICK_MICROS;
        let delay = now - first.sent - gap - self.lateness.quickest()?;
        let smooth = self.delay.map_or(delay, |old| old + (delay - old) / 8);
        self.delay = Some(smooth);
        Some(smooth - self.lateness.target())
    }

    fn adjusted(&mut self, by: i64) {
        self.since_adjusted = 0;
        self.delay = self.delay.map(|delay| delay + by);
    }

    fn discard_first(&mut self) {
        if let Some((index, _)) = self.packets.pop_first() {
            self.stats.discarded += 1;
            if let State::Playing(next) = self.state {
                self.state = State::Playing(next.max(index + 1));
            }
        }
    }

    fn buffered(&self) -> i64 {
        let samples: u64 = self.packets.values().map(|stored| u64::from(stored.samples)).sum();
        (samples * 1_000_000 / u64::from(RATE)).cast_signed()
    }
}

/// Samples of an Opus packet by its first bytes (RFC 6716 §3.1); `None` if it cannot be one.
fn samples_of(payload: &[u8]) -> Option<u32> {
    let toc = *payload.first()?;
    let config = toc >> 3;
    let frame = match config {
        0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*payload.get(1)? & 0x3f),
    };
    let samples = frame * count;
    (1..=5760).contains(&samples).then_some(samples)
}
