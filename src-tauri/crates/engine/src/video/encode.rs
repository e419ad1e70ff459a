//! Pictures to VP8 to the legs that send them; the same for camera and screen.

use super::SendStats;
use crate::allot::Rate;
use crate::clock;
use crate::net::{LegPort, Outgoing};
use codecs::{VideoEncoder, VideoProfile};
use media::I420;
use media::vp8::Packetizer;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Key frames asked for are made at most this often: each costs as much as many others.
const KEY_EVERY: Duration = Duration::from_millis(500);

/// The legs that send one kind of picture. Usually one; none until signalling is done.
#[derive(Debug, Default)]
pub(crate) struct Outlets(Mutex<Vec<Weak<LegPort>>>);

impl Outlets {
    /// A new leg. It starts with a key frame.
    pub(crate) fn add(&self, port: &Arc<LegPort>) {
        port.still_wants_key();
        let mut ports = self.0.lock();
        ports.retain(|port| port.strong_count() > 0);
        ports.push(Arc::downgrade(port));
    }

    fn open(&self) -> Vec<Arc<LegPort>> {
        self.0.lock().iter().filter_map(Weak::upgrade).filter(|port| port.is_open()).collect()
    }
}

/// Encodes for a set of legs.
pub(crate) struct Sender {
    outlets: Arc<Outlets>,
    encoder: Box<dyn VideoEncoder>,
    packetizer: Packetizer,
    frame: Vec<u8>,
    rate: Arc<Rate>,
    kbps: u32,
    last_key: Option<Instant>,
    /// The last picture was given up: nobody has seen it.
    owed: bool,
    stats: SendStats,
}

/// What a turn of the sender cost.
pub(crate) struct Turn {
    pub(crate) took: Duration,
}

impl Sender {
    pub(crate) fn new(profile: VideoProfile, rate: Arc<Rate>, outlets: Arc<Outlets>, stats: SendStats) -> Self {
        let kbps = rate.kbps();
        Self {
            outlets,
            encoder: Box::new(codecs::vp8::Encoder::new(profile, kbps)),
            rate,
            packetizer: Packetizer::new(rand::random()),
            frame: Vec::new(),
            kbps,
            last_key: None,
            owed: false,
            stats,
        }
    }

    /// Is the last picture to be given once more, though nothing has changed? So it is when it was given up for want of
    /// bits, and when somebody waits for a key frame that may be made now.
    pub(crate) fn wants_again(&self) -> bool {
        let rested = self.last_key.is_none_or(|last| clock::now().saturating_duration_since(last) >= KEY_EVERY);
        let ports = self.outlets.open();
        self.rate.kbps() > 0
            && ((self.owed && !ports.is_empty()) || (rested && ports.iter().any(|port| port.key_is_wanted())))
    }

    /// Encodes and sends a picture taken at `at_ms` of any clock that goes on. `None` if there is nobody to send to or
    /// the budget has paused it.
    pub(crate) fn send(&mut self, picture: &I420, at_ms: u64) -> Option<Turn> {
        let ports = self.outlets.open();
        let kbps = self.rate.kbps();
        if ports.is_empty() || kbps == 0 {
            self.owed = true;
            self.stats.lock().kbps = 0;
            return None;
        }
        let now = clock::now();
        let rested = self.last_key.is_none_or(|last| now.saturating_duration_since(last) >= KEY_EVERY);
        let mut key = false;
        for port in &ports {
            if rested {
                key |= port.take_key_wanted();
            }
        }
        self.set_bitrate(kbps);
        let encoded = match self.encoder.encode(picture, at_ms, key, &mut self.frame) {
            Ok(encoded) => encoded,
            Err(error) => {
                tracing::warn!(%error, "picture could not be encoded");
                return None;
            }
        };
        let took = clock::now().saturating_duration_since(now);
        self.rate.worked(took);
        self.owed = encoded.dropped;
        if key && encoded.dropped {
            ports.iter().for_each(|port| port.still_wants_key());
        }
        if encoded.key {
            self.last_key = Some(now);
        }
        if !encoded.dropped {
            self.hand_out(&ports, at_ms);
        }
        self.note(picture, encoded.key, encoded.dropped, took);
        Some(Turn { took })
    }

    fn set_bitrate(&mut self, kbps: u32) {
        if kbps != self.kbps {
            match self.encoder.set_bitrate_kbps(kbps) {
                Ok(()) => self.kbps = kbps,
                Err(error) => tracing::debug!(%error, "bitrate could not be set"),
            }
        }
    }

    fn hand_out(&mut self, ports: &[Arc<LegPort>], at_ms: u64) {
        // 90 kHz, wrapping as RTP timestamps do.
        let timestamp = (at_ms.wrapping_mul(90) & u64::from(u32::MAX)) as u32;
        let batch: Vec<Outgoing> = self
            .packetizer
            .packetize(&self.frame)
            .into_iter()
            .map(|payload| Outgoing { payload: payload.bytes, marker: payload.marker, timestamp })
            .collect();
        for port in ports {
            if !port.send(batch.clone()) {
                // The frame is lost to this leg; only a key frame mends that.
                port.still_wants_key();
            }
        }
    }

    fn note(&self, picture: &I420, key: bool, dropped: bool, took: Duration) {
        let mut stats = self.stats.lock();
        stats.width = picture.width;
        stats.height = picture.height;
        stats.kbps = self.kbps;
        if !dropped {
            stats.encoded += 1;
            stats.key_frames += u64::from(key);
        }
        let ms = took.as_secs_f32() * 1000.0;
        stats.encode_ms = if stats.encode_ms == 0.0 { ms } else { 0.95 * stats.encode_ms + 0.05 * ms };
    }
}
