//! Opus and VP8 behind small traits.
//!
//! Invariant: `unsafe` stays inside the module of its library; every return code is checked, every handle is freed on
//! drop, and no bytes from the network can do more than return an error. No threads, no clock, no I/O.

mod error;
pub mod opus;
pub mod vp8;

pub use error::{CodecError, Result};
pub use vp8::VideoProfile;

use media::I420;

/// Encodes sound: 20 ms packets of 48 kHz mono.
pub trait AudioEncoder: Send {
    /// Encodes exactly 960 samples, −1 to 1; `out` is replaced by the packet.
    ///
    /// # Errors
    /// [`CodecError::Size`] for another count of samples, [`CodecError::Library`] if the library refuses.
    fn encode(&mut self, pcm: &[f32], out: &mut Vec<u8>) -> Result<()>;

    /// Tells how many packets are lost on the way, 0 to 100 percent: more makes forward error correction stronger.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    fn set_expected_loss(&mut self, percent: u8) -> Result<()>;

    /// Sets the bitrate in kbit/s, 6 to 128.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    fn set_bitrate_kbps(&mut self, kbps: u32) -> Result<()>;
}

/// Decodes sound to 48 kHz mono.
pub trait AudioDecoder: Send {
    /// Decodes one packet; `out` is replaced (960 samples for a 20 ms packet, up to 5760).
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] if it is no Opus; conceal then.
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<()>;

    /// Recovers the lost packet before `next` from `next`'s forward error correction (conceals where there is none);
    /// `out` is replaced by 960 samples. Decode `next` itself afterwards.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] if it is no Opus.
    fn decode_fec(&mut self, next: &[u8], out: &mut Vec<f32>) -> Result<()>;

    /// Makes up 20 ms for a lost packet; `out` is replaced by 960 samples.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    fn conceal(&mut self, out: &mut Vec<f32>) -> Result<()>;
}

/// What came out of [`VideoEncoder::encode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encoded {
    /// It is a key frame.
    pub key: bool,
    /// The rate control gave this frame up: there is nothing to send. A picture that will not come again by itself (a
    /// turned page) is to be given once more at the next tick.
    pub dropped: bool,
}

/// Encodes pictures in real time.
pub trait VideoEncoder: Send {
    /// Encodes one picture; `out` is replaced by the frame (empty if dropped). `pts_ms` is the capture time on any
    /// clock that goes forward; a picture of a new size starts with a key frame. `key` asks for one, which may come some
    /// frames later while a screen is behind its bitrate.
    ///
    /// A screen that stands still gets sharper with every time it is given, for two to four seconds; after that a frame
    /// of nearly nothing comes out.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    fn encode(&mut self, frame: &I420, pts_ms: u64, key: bool, out: &mut Vec<u8>) -> Result<Encoded>;

    /// Sets the bitrate in kbit/s, at least 10; costs no key frame.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    fn set_bitrate_kbps(&mut self, kbps: u32) -> Result<()>;
}

/// Decodes pictures.
pub trait VideoDecoder: Send {
    /// Decodes one frame; `None` if it shows nothing.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] if the frame cannot be decoded: ask for a key frame.
    fn decode(&mut self, frame: &[u8]) -> Result<Option<I420>>;
}
