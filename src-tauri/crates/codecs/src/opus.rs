//! Opus as BigBlueButton speaks it (`media.md` §4.8): 48 kHz, mono, 20 ms, 30 kbit/s, in-band FEC, no DTX.

use crate::{AudioDecoder, AudioEncoder, CodecError, Result};
use media::audio::{PACKET, RATE};

/// Longest sound of one packet: 120 ms.
const LONGEST: usize = 5760;
/// No packet of ours is larger.
const LARGEST: usize = 1275;

/// Encodes a voice.
#[derive(Debug)]
pub struct Encoder {
    inner: opus::Encoder,
}

impl Encoder {
    /// Of ten; on a 2-core machine more is not worth its cost for speech.
    const COMPLEXITY: i32 = 5;

    /// An encoder for 20 ms packets at 30 kbit/s that expects 10 % loss.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    pub fn new() -> Result<Self> {
        let mut inner =
            opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).map_err(|error| refused(&error))?;
        inner.set_bitrate(opus::Bitrate::Bits(30_000)).map_err(|error| refused(&error))?;
        inner.set_complexity(Self::COMPLEXITY).map_err(|error| refused(&error))?;
        inner.set_signal(opus::Signal::Voice).map_err(|error| refused(&error))?;
        inner.set_inband_fec(true).map_err(|error| refused(&error))?;
        inner.set_packet_loss_perc(10).map_err(|error| refused(&error))?;
        inner.set_dtx(false).map_err(|error| refused(&error))?;
        Ok(Self { inner })
    }
}

impl AudioEncoder for Encoder {
    fn encode(&mut self, pcm: &[f32], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        if pcm.len() != PACKET {
            return Err(CodecError::Size);
        }
        out.resize(LARGEST, 0);
        let length = self.inner.encode_float(pcm, out).map_err(|error| refused(&error));
        out.truncate(*length.as_ref().unwrap_or(&0));
        length.map(|_| ())
    }

    fn set_expected_loss(&mut self, percent: u8) -> Result<()> {
        self.inner.set_packet_loss_perc(i32::from(percent.min(100))).map_err(|error| refused(&error))
    }

    fn set_bitrate_kbps(&mut self, kbps: u32) -> Result<()> {
        let bits = kbps.clamp(6, 128).cast_signed() * 1000;
        self.inner.set_bitrate(opus::Bitrate::Bits(bits)).map_err(|error| refused(&error))
    }
}

/// Decodes a voice or the mixed class.
#[derive(Debug)]
pub struct Decoder {
    inner: opus::Decoder,
}

impl Decoder {
    /// A decoder to mono, whatever the packets hold.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    pub fn new() -> Result<Self> {
        Ok(Self { inner: opus::Decoder::new(RATE, opus::Channels::Mono).map_err(|error| refused(&error))? })
    }

    fn run(&mut self, packet: &[u8], fec: bool, room: usize, out: &mut Vec<f32>) -> Result<()> {
        out.clear();
        out.resize(room, 0.0);
        let samples = self.inner.decode_float(packet, out, fec).map_err(|error| refused(&error));
        out.truncate(*samples.as_ref().unwrap_or(&0));
        samples.map(|_| ())
    }
}

impl AudioDecoder for Decoder {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<()> {
        out.clear();
        // The library takes no bytes for a loss; here they are a mistake of the sender.
        if packet.is_empty() {
            return Err(CodecError::Corrupt);
        }
        self.run(packet, false, LONGEST, out)
    }

    fn decode_fec(&mut self, next: &[u8], out: &mut Vec<f32>) -> Result<()> {
        if next.is_empty() {
            return self.conceal(out);
        }
        self.run(next, true, PACKET, out)
    }

    fn conceal(&mut self, out: &mut Vec<f32>) -> Result<()> {
        self.run(&[], false, PACKET, out)
    }
}

fn refused(error: &opus::Error) -> CodecError {
    match error.code() {
        opus::ErrorCode::InvalidPacket | opus::ErrorCode::BufferTooSmall => CodecError::Corrupt,
        code => CodecError::Library(code as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something like a child's voice: a gliding tone with harmonics in syllables. High, since the coder filters (and
    /// so shifts) what is below speech, which would count as noise.
    fn voice(seconds: f32) -> Vec<f32> {
        let mut phase = 0.0_f32;
        (0..(seconds * RATE as f32) as usize)
            .map(|n| {
                let t = n as f32 / RATE as f32;
                phase += (320.0 + 60.0 * (t * 2.1).sin()) / RATE as f32;
                let tone: f32 = (1..12).map(|k| (phase * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
                let syllable = (t * 4.0 * std::f32::consts::PI).sin().abs().powf(0.5);
                0.25 * tone * syllable
            })
            .collect()
    }

    fn power(samples: &[f32]) -> f64 {
        samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
    }

    /// Signal to noise in dB after the best alignment within 20 ms.
    fn snr(original: &[f32], decoded: &[f32]) -> f64 {
        (0..PACKET)
            .map(|delay| {
                let aligned = &decoded[delay..];
                let clean = &original[..aligned.len()];
                let noise: Vec<f32> = clean.iter().zip(aligned).map(|(a, b)| a - b).collect();
                10.0 * (power(clean) / power(&noise)).log10()
            })
            .fold(f64::MIN, f64::max)
    }

    fn packets(encoder: &mut Encoder, pcm: &[f32]) -> Vec<Vec<u8>> {
        let encode = |frame: &[f32]| {
            let mut packet = Vec::new();
            encoder.encode(frame, &mut packet).unwrap();
            packet
        };
        pcm.chunks_exact(PACKET).map(encode).collect()
    }

    #[test]
    fn a_voice_survives_the_round_trip() {
        let pcm = voice(3.0);
        let packets = packets(&mut Encoder::new().unwrap(), &pcm);
        let bytes: usize = packets.iter().map(Vec::len).sum();
        let kbps = bytes as f64 * 8.0 / 3000.0;
        assert!((15.0..40.0).contains(&kbps), "{kbps} kbit/s");
        let mut decoder = Decoder::new().unwrap();
        let mut decoded = Vec::new();
        let mut out = Vec::new();
        for packet in &packets {
            decoder.decode(packet, &mut out).unwrap();
            assert_eq!(out.len(), PACKET);
            decoded.extend_from_slice(&out);
        }
        let snr = snr(&pcm, &decoded);
        assert!(snr > 8.0, "{snr} dB");
    }

    #[test]
    fn every_packet_is_sent_in_silence_too() {
        let packets = packets(&mut Encoder::new().unwrap(), &vec![0.0; PACKET * 100]);
        assert!(packets.iter().all(|packet| packet.len() > 2), "silence is sent as such, not left out");
    }

    #[test]
    fn forward_error_correction_brings_back_what_concealment_cannot() {
        let pcm = voice(4.0);
        let mut encoder = Encoder::new().unwrap();
        encoder.set_expected_loss(20).unwrap();
        let packets = packets(&mut encoder, &pcm);
        // What comes out for the lost packets, all after each other.
        let lost = |cover: fn(&mut Decoder, &[u8], &[u8], &mut Vec<f32>)| {
            let mut decoder = Decoder::new().unwrap();
            let (mut decoded, mut out) = (Vec::new(), Vec::new());
            for (index, pair) in packets.windows(2).enumerate() {
                if index % 5 == 3 {
                    cover(&mut decoder, &pair[0], &pair[1], &mut out);
                    decoded.extend_from_slice(&out);
                } else {
                    decoder.decode(&pair[0], &mut out).unwrap();
                }
                assert_eq!(out.len(), PACKET);
            }
            decoded
        };
        let intact = lost(|decoder, packet, _, out| decoder.decode(packet, out).unwrap());
        let recovered = lost(|decoder, _, next, out| decoder.decode_fec(next, out).unwrap());
        let concealed = lost(|decoder, _, _, out| decoder.conceal(out).unwrap());
        let quality = |covered: &[f32]| {
            let noise: Vec<f32> = intact.iter().zip(covered).map(|(a, b)| a - b).collect();
            10.0 * (power(&intact) / power(&noise)).log10()
        };
        let (with, without) = (quality(&recovered), quality(&concealed));
        assert!(with > without + 3.0, "{with} dB with, {without} dB without");
    }

    #[test]
    fn bitrate_follows() {
        let pcm = voice(2.0);
        let size = |kbps| {
            let mut encoder = Encoder::new().unwrap();
            encoder.set_bitrate_kbps(kbps).unwrap();
            packets(&mut encoder, &pcm).iter().map(Vec::len).sum::<usize>()
        };
        assert!(size(16) < size(32) && size(32) < size(64));
        assert!(size(0) > 0 && size(u32::MAX) > 0);
    }

    #[test]
    fn other_sizes_are_refused() {
        let mut encoder = Encoder::new().unwrap();
        let mut out = vec![1, 2, 3];
        for length in [0, 1, PACKET - 1, PACKET + 1, 5760] {
            assert_eq!(encoder.encode(&vec![0.0; length], &mut out), Err(CodecError::Size));
            assert!(out.is_empty());
        }
        // What is no number does not spoil the coder.
        let _ = encoder.encode(&[f32::NAN; PACKET], &mut out);
        encoder.encode(&[0.0; PACKET], &mut out).unwrap();
    }

    #[test]
    fn any_bytes_are_survived() {
        let pcm = voice(4.0);
        let packets = packets(&mut Encoder::new().unwrap(), &pcm);
        let mut decoder = Decoder::new().unwrap();
        let mut out = Vec::new();
        let mut state = 1_u64;
        let mut roll = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for packet in &packets {
            let mut bytes = packet.clone();
            bytes.truncate(roll() as usize % (bytes.len() + 1));
            for byte in &mut bytes {
                if roll() % 4 == 0 {
                    *byte = roll() as u8;
                }
            }
            let _ = decoder.decode(&bytes, &mut out);
            assert!(out.len() <= LONGEST && out.iter().all(|s| s.is_finite()));
            let _ = decoder.decode_fec(&bytes, &mut out);
            assert!(out.len() <= LONGEST);
            let random: Vec<u8> = (0..roll() % 400).map(|_| roll() as u8).collect();
            let _ = decoder.decode(&random, &mut out);
            let _ = decoder.decode_fec(&random, &mut out);
        }
        assert_eq!(decoder.decode(&[], &mut out), Err(CodecError::Corrupt));
        decoder.conceal(&mut out).unwrap();
        decoder.decode(&packets[0], &mut out).unwrap();
        assert_eq!(out.len(), PACKET);
    }
}
