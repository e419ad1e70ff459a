//! Microphone frames in, Opus packets out.

use super::{AudioLeg, Shared, Voice};
use crate::api::EngineEvent;
use crate::net::Outgoing;
use codecs::AudioEncoder;
use media::audio::{FLOOR_DB, FRAME, FRAME_TIME, PACKET, dbfs};
use media::talk::TalkDetector;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Frames between two levels told: ten a second.
const LEVEL_EVERY: u32 = 10;
/// Voice for so long makes the talking mark appear.
const TALKING: Duration = Duration::from_millis(100);
/// Voice for so long into a muted microphone is told.
const TALKING_MUTED: Duration = Duration::from_millis(700);
/// After so many silent packets the encoder has forgotten the last word, and the same packet can be sent again.
const SILENT_PACKETS: u32 = 10;

/// The way of the microphone's sound. The gate (mute) is here and nowhere else.
pub(crate) struct Uplink {
    encoder: Option<Box<dyn AudioEncoder>>,
    /// 20 ms in the making.
    packet: Vec<f32>,
    encoded: Vec<u8>,
    /// Encoded silence: sent where there is no microphone, and by a muted one.
    silence: Vec<u8>,
    silent_packets: u32,
    /// Gain of the gate at the end of the last frame: 0 closed, 1 open.
    gate: f32,
    timestamp: u32,
    /// Bitrate in kbit/s and expected loss in percent, as the encoder was told last.
    told: Option<(u32, u8)>,
    talking: TalkDetector,
    talking_muted: TalkDetector,
    told_muted: bool,
    peak_db: f32,
    frames: u32,
}

impl Uplink {
    pub(crate) fn new() -> Self {
        let mut silence = Vec::new();
        Self {
            encoder: encoder(&mut silence),
            packet: Vec::with_capacity(PACKET),
            encoded: Vec::new(),
            silence,
            silent_packets: 0,
            gate: 0.0,
            timestamp: 0,
            told: None,
            talking: TalkDetector::new(TALKING),
            talking_muted: TalkDetector::new(TALKING_MUTED),
            told_muted: false,
            peak_db: FLOOR_DB,
            frames: 0,
        }
    }

    /// A cleaned frame of the microphone; `private` keeps it from the class whatever the mute says.
    pub(crate) fn hear(&mut self, frame: &mut [f32; FRAME], private: bool, shared: &Shared, legs: &[Arc<AudioLeg>]) {
        let db = dbfs(&frame[..]);
        let muted = shared.muted.load(Ordering::Acquire);
        self.watch(db, muted && !private, shared);
        self.pass(frame, if muted || private { 0.0 } else { 1.0 });
        self.collect(frame, shared, legs);
    }

    /// 10 ms without any microphone.
    pub(crate) fn hear_nothing(&mut self, shared: &Shared, legs: &[Arc<AudioLeg>]) {
        self.gate = 0.0;
        self.collect(&[0.0; FRAME], shared, legs);
    }

    fn watch(&mut self, db: f32, muted: bool, shared: &Shared) {
        let speaking = self.talking.push(db, FRAME_TIME);
        if muted {
            let voice = self.talking_muted.push(db, FRAME_TIME);
            if voice && !self.told_muted {
                shared.events.tell(EngineEvent::SpeakingMuted);
            }
            self.told_muted = voice;
        } else {
            self.talking_muted.reset();
            self.told_muted = false;
        }
        self.peak_db = self.peak_db.max(db);
        self.frames += 1;
        if self.frames >= LEVEL_EVERY {
            shared.events.tell(EngineEvent::Level { mic_db: self.peak_db.clamp(FLOOR_DB, 0.0), speaking });
            self.frames = 0;
            self.peak_db = FLOOR_DB;
        }
    }

    /// Lets the frame through the gate; opening and closing take one frame, so that nothing clicks.
    fn pass(&mut self, frame: &mut [f32; FRAME], target: f32) {
        if self.gate == target {
            if target == 0.0 {
                frame.fill(0.0);
            }
            return;
        }
        let step = (target - self.gate) / FRAME as f32;
        let mut gain = self.gate;
        for sample in frame.iter_mut() {
            gain += step;
            *sample *= gain;
        }
        self.gate = target;
    }

    fn collect(&mut self, frame: &[f32; FRAME], shared: &Shared, legs: &[Arc<AudioLeg>]) {
        self.packet.extend_from_slice(frame);
        if self.packet.len() < PACKET {
            return;
        }
        self.send(shared, legs);
        self.packet.clear();
        self.timestamp = self.timestamp.wrapping_add(PACKET as u32);
    }

    fn send(&mut self, shared: &Shared, legs: &[Arc<AudioLeg>]) {
        let silent = self.packet.iter().all(|sample| *sample == 0.0);
        self.silent_packets = if silent { self.silent_packets.saturating_add(1) } else { 0 };
        let listened = legs.iter().any(|leg| leg.voice == Voice::Microphone && leg.port.is_open());
        if listened && self.silent_packets <= SILENT_PACKETS {
            self.follow(shared.rate.now());
            self.encode();
        }
        let microphone = if self.silent_packets > SILENT_PACKETS { &self.silence } else { &self.encoded };
        let mut sent = 0;
        for leg in legs {
            let payload = match leg.voice {
                Voice::Microphone => microphone,
                Voice::Silence => &self.silence,
                Voice::Nothing => continue,
            };
            if payload.is_empty() || !leg.port.is_open() {
                continue;
            }
            let outgoing = Outgoing { payload: payload.clone(), marker: false, timestamp: self.timestamp };
            sent += u64::from(leg.port.send(vec![outgoing]));
        }
        if sent > 0 {
            shared.stats.lock().packets_sent += sent;
        }
    }

    fn encode(&mut self) {
        let Some(encoder) = &mut self.encoder else { return };
        if let Err(error) = encoder.encode(&self.packet, &mut self.encoded) {
            tracing::debug!(%error, "packet could not be encoded");
            self.encoded.clear();
        }
    }

    /// Tells the encoder what the budget says: the bitrate, and how much forward error correction is needed.
    fn follow(&mut self, rate: (u32, u8)) {
        let Some(encoder) = self.encoder.as_mut().filter(|_| self.told != Some(rate)) else { return };
        self.told = Some(rate);
        let (kbps, loss) = rate;
        if let Err(error) = encoder.set_bitrate_kbps(kbps).and_then(|()| encoder.set_expected_loss(loss)) {
            tracing::debug!(%error, "bitrate of the sound could not be set");
        }
    }
}

/// An encoder that has encoded some silence, and the packet of it.
fn encoder(silence: &mut Vec<u8>) -> Option<Box<dyn AudioEncoder>> {
    let mut encoder = match codecs::opus::Encoder::new() {
        Ok(encoder) => encoder,
        Err(error) => {
            tracing::error!(%error, "no opus encoder");
            return None;
        }
    };
    for _ in 0..SILENT_PACKETS {
        if let Err(error) = encoder.encode(&[0.0; PACKET], silence) {
            tracing::error!(%error, "silence could not be encoded");
            return None;
        }
    }
    Some(Box::new(encoder))
}
