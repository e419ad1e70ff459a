//! Opus packets in, 10 ms of the class out.

use super::{AudioLeg, Incoming};
use codecs::AudioDecoder;
use media::audio::{FRAME, Limiter, PACKET, dbfs};
use media::jitter::{AudioPacket, JitterBuffer, Playout};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that is heard of the class.
pub(crate) struct Downlink {
    voices: Vec<Source>,
    arrived: VecDeque<Incoming>,
    limiter: Limiter,
    start: Instant,
}

/// One leg's sound.
struct Source {
    leg: Arc<AudioLeg>,
    jitter: JitterBuffer,
    decoder: Option<Box<dyn AudioDecoder>>,
    /// Decoded and not played.
    ready: VecDeque<f32>,
    decoded: Vec<f32>,
    last_db: Option<f32>,
}

/// Sums for the figures.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DownlinkStats {
    pub(crate) received: u64,
    pub(crate) concealed: u64,
    pub(crate) repaired: u64,
    pub(crate) target: Duration,
}

impl Downlink {
    pub(crate) fn new(start: Instant) -> Self {
        Self { voices: Vec::new(), arrived: VecDeque::new(), limiter: Limiter::new(), start }
    }

    /// Plays these legs from now on; those that stay go on without a gap.
    pub(crate) fn set_legs(&mut self, legs: &[Arc<AudioLeg>]) {
        self.voices.retain(|voice| legs.iter().any(|leg| Arc::ptr_eq(leg, &voice.leg)));
        for leg in legs {
            if !self.voices.iter().any(|voice| Arc::ptr_eq(leg, &voice.leg)) {
                self.voices.push(Source::new(Arc::clone(leg)));
            }
        }
    }

    /// Takes in what has arrived.
    pub(crate) fn receive(&mut self) {
        for voice in &mut self.voices {
            voice.leg.take(&mut self.arrived);
            for packet in self.arrived.drain(..) {
                let arrival = packet.arrival.saturating_duration_since(self.start);
                let packet = AudioPacket {
                    sequence: packet.sequence,
                    timestamp: packet.timestamp,
                    ssrc: packet.ssrc,
                    payload: &packet.payload,
                };
                voice.jitter.insert(packet, arrival);
            }
        }
    }

    /// The next 10 ms of all legs together, limited.
    pub(crate) fn play(&mut self, now: Instant, out: &mut [f32; FRAME]) {
        out.fill(0.0);
        let at = now.saturating_duration_since(self.start);
        for voice in &mut self.voices {
            voice.add_to(at, out);
        }
    }

    /// Keeps the sum within bounds, after everything was added to it.
    pub(crate) fn limit(&mut self, out: &mut [f32; FRAME]) {
        self.limiter.process(&mut out[..]);
    }

    pub(crate) fn stats(&self) -> DownlinkStats {
        self.voices.iter().fold(DownlinkStats::default(), |sum, voice| {
            let one = voice.jitter.stats();
            DownlinkStats {
                received: sum.received + one.received,
                concealed: sum.concealed + one.concealed,
                repaired: sum.repaired + one.recovered,
                target: sum.target.max(one.target),
            }
        })
    }
}

impl Source {
    fn new(leg: Arc<AudioLeg>) -> Self {
        let decoder = match codecs::opus::Decoder::new() {
            Ok(decoder) => Some(Box::new(decoder) as Box<dyn AudioDecoder>),
            Err(error) => {
                tracing::error!(%error, "no opus decoder");
                None
            }
        };
        let decoded = Vec::with_capacity(PACKET);
        Self { leg, jitter: JitterBuffer::new(), decoder, ready: VecDeque::new(), decoded, last_db: None }
    }

    fn add_to(&mut self, at: Duration, out: &mut [f32; FRAME]) {
        // A packet may hold more than 20 ms, never less than 2.5: bounded tries.
        for _ in 0..4 {
            if self.ready.len() >= FRAME {
                break;
            }
            self.decode(at);
        }
        for (to, sample) in out.iter_mut().zip(self.ready.drain(..FRAME.min(self.ready.len()))) {
            *to += sample;
        }
    }

    fn decode(&mut self, at: Duration) {
        let Some(decoder) = &mut self.decoder else { return };
        let result = match self.jitter.pull(at, self.last_db) {
            Playout::Play(packet) => {
                let result = decoder.decode(&packet, &mut self.decoded);
                if result.is_err() { decoder.conceal(&mut self.decoded) } else { result }
            }
            Playout::Fec(next) => decoder.decode_fec(&next, &mut self.decoded),
            Playout::Conceal => decoder.conceal(&mut self.decoded),
            Playout::Silence => {
                self.ready.extend(std::iter::repeat_n(0.0, PACKET));
                self.last_db = None;
                return;
            }
        };
        if let Err(error) = result {
            tracing::trace!(%error, "packet could not be decoded");
            self.decoded.clear();
            self.decoded.resize(PACKET, 0.0);
        }
        self.last_db = Some(dbfs(&self.decoded));
        self.ready.extend(self.decoded.iter().copied());
    }
}
