//! VP8 through libvpx.

mod decoder;
mod encoder;

pub use decoder::Decoder;
pub use encoder::{Encoder, VideoProfile};
