//! What the media threads and a leg share: counters, the gate that opens with the right certificate, the way out.

use crate::api::LegStats;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// An RTP payload with what the leg cannot know by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) payload: Vec<u8>,
    pub(crate) marker: bool,
    /// In units of the codec's clock.
    pub(crate) timestamp: u32,
}

/// How many batches (video frames, audio packets) may wait for the network thread. Overflow: the new one is refused.
const OUT_QUEUE: usize = 16;

/// One leg, as the media threads see it.
#[derive(Debug)]
pub(crate) struct LegPort {
    pub(crate) id: u32,
    /// The certificate is the announced one: media may flow.
    open: AtomicBool,
    out: mpsc::Sender<Vec<Outgoing>>,
    /// The other side wants a key frame of us.
    key_wanted: AtomicBool,
    /// We want a key frame of the other side.
    ask_key: AtomicBool,
    asked_at: Mutex<Option<Instant>>,
    /// Percent of our packets that are lost, by the other side's reports, plus one; 0 while unknown.
    loss_percent: AtomicU32,
    /// Round trip in ms by the other side's reports, plus one; 0 while unknown.
    round_trip_ms: AtomicU32,
    /// Limit of the way out, kbit/s; 0 while unknown.
    estimate_kbps: AtomicU32,
    pub(crate) counts: Counts,
}

/// Counters of a leg.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) packets_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) packets_received: AtomicU64,
    pub(crate) bytes_received: AtomicU64,
    pub(crate) frames_received: AtomicU64,
    pub(crate) frames_decoded: AtomicU64,
    pub(crate) frames_dropped: AtomicU64,
    pub(crate) key_frames_asked: AtomicU64,
    pub(crate) key_frames_wanted: AtomicU64,
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, n: usize) {
    counter.fetch_add(n as u64, Ordering::Relaxed);
}

impl LegPort {
    /// A closed port, and what its leg is given to send.
    pub(crate) fn new(id: u32) -> (Self, mpsc::Receiver<Vec<Outgoing>>) {
        let (out, given) = mpsc::channel(OUT_QUEUE);
        let port = Self {
            id,
            open: AtomicBool::new(false),
            out,
            key_wanted: AtomicBool::new(false),
            ask_key: AtomicBool::new(false),
            asked_at: Mutex::new(None),
            loss_percent: AtomicU32::new(0),
            round_trip_ms: AtomicU32::new(0),
            estimate_kbps: AtomicU32::new(0),
            counts: Counts::default(),
        };
        (port, given)
    }

    /// May media flow?
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Release);
    }

    /// Hands a batch over; `false` if the leg is not open or its queue is full (the batch is lost).
    pub(crate) fn send(&self, batch: Vec<Outgoing>) -> bool {
        self.is_open() && self.out.try_send(batch).is_ok()
    }

    /// The other side asked for a key frame.
    pub(crate) fn want_key(&self) {
        self.key_wanted.store(true, Ordering::Relaxed);
        count(&self.counts.key_frames_wanted, 1);
    }

    /// Was a key frame asked of us since the last call?
    pub(crate) fn take_key_wanted(&self) -> bool {
        self.key_wanted.swap(false, Ordering::Relaxed)
    }

    /// Is a key frame wanted of us?
    pub(crate) fn key_is_wanted(&self) -> bool {
        self.key_wanted.load(Ordering::Relaxed)
    }

    /// Puts a wish back that could not be fulfilled yet.
    pub(crate) fn still_wants_key(&self) {
        self.key_wanted.store(true, Ordering::Relaxed);
    }

    /// Asks the other side for a key frame: leaves with the next packet that comes or within a quarter of a second.
    pub(crate) fn ask_key(&self) {
        self.ask_key.store(true, Ordering::Relaxed);
    }

    /// The same for somebody who asks again and again: once a second, as the server coalesces them anyway (§6.8).
    pub(crate) fn ask_key_at_most(&self, now: Instant) {
        let mut asked = self.asked_at.lock();
        if asked.is_none_or(|at| now.saturating_duration_since(at) >= Duration::from_secs(1)) {
            *asked = Some(now);
            self.ask_key();
        }
    }

    pub(crate) fn take_ask_key(&self) -> bool {
        self.ask_key.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn set_loss_percent(&self, percent: u32) {
        self.loss_percent.store(percent.min(100) + 1, Ordering::Relaxed);
    }

    /// Percent of our packets that the other side misses, if it has said anything.
    pub(crate) fn loss_percent(&self) -> Option<u32> {
        self.loss_percent.load(Ordering::Relaxed).checked_sub(1)
    }

    pub(crate) fn set_round_trip(&self, time: Duration) {
        let ms = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        self.round_trip_ms.store(ms.saturating_add(1), Ordering::Relaxed);
    }

    /// How long a packet of ours and its answer take, if the other side has said anything.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        let ms = self.round_trip_ms.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_millis(ms.into()))
    }

    pub(crate) fn set_estimate_kbps(&self, kbps: u32) {
        self.estimate_kbps.store(kbps.max(1), Ordering::Relaxed);
    }

    /// Limit of the way out, if anything is known.
    pub(crate) fn estimate_kbps(&self) -> Option<u32> {
        match self.estimate_kbps.load(Ordering::Relaxed) {
            0 => None,
            kbps => Some(kbps),
        }
    }

    pub(crate) fn stats(&self) -> LegStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LegStats {
            id: self.id,
            packets_sent: get(&self.counts.packets_sent),
            bytes_sent: get(&self.counts.bytes_sent),
            packets_received: get(&self.counts.packets_received),
            bytes_received: get(&self.counts.bytes_received),
            frames_received: get(&self.counts.frames_received),
            frames_decoded: get(&self.counts.frames_decoded),
            frames_dropped: get(&self.counts.frames_dropped),
            key_frames_asked: get(&self.counts.key_frames_asked),
            key_frames_wanted: get(&self.counts.key_frames_wanted),
            estimate_kbps: self.estimate_kbps(),
            loss_percent: self.loss_percent(),
            round_trip_ms: self.round_trip().map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
        }
    }
}
