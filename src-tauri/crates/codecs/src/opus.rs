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
        let mut inner = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).map_err(refused)?;
        inner.set_bitrate(opus::Bitrate::Bits(30_000)).map_err(refused)?;
        inner.set_complexity(Self::COMPLEXITY).map_err(refused)?;
        inner.set_signal(opus::Signal::Voice).map_err(refused)?;
        inner.set_inband_fec(true).map_err(refused)?;
        inner.set_packet_loss_perc(10).map_err(refused)?;
        inner.set_dtx(false).map_err(refused)?;
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
        let length = self.inner.encode_float(pcm, out).map_err(refused);
        out.truncate(*length.as_ref().unwrap_or(&0));
        length.map(|_| ())
    }

    fn set_expected_loss(&mut self, percent: u8) -> Result<()> {
        self.inner.set_packet_loss_perc(i32::from(percent.min(100))).map_err(refused)
    }

    fn set_bitrate_kbps(&mut self, kbps: u32) -> Result<()> {
        let bits = kbps.clamp(6, 128).cast_signed() * 1000;
        self.inner.set_bitrate(opus::Bitrate::Bits(bits)).map_err(refused)
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
        Ok(Self { inner: opus::Decoder::new(RATE, opus::Channels::Mono).map_err(refused)? })
    }

    fn run(&mut self, packet: &[u8], fec: bool, room: usize, out: &mut Vec<f32>) -> Result<()> {
        out.clear();
        out.resize(room, 0.0);
        let samples = self.inner.decode_float(packet, out, fec).map_err(refused);
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

fn refused(error: opus::Error) -> CodecError {
    match error.code() {
        opus::ErrorCode::InvalidPacket | opus::ErrorCode::BufferTooSmall => CodecError::Corrupt,
        code => CodecError::Library(code as i32),
    }
}
