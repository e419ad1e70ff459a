//! VP8 through libvpx.

mod decoder;
mod encoder;

#[cfg(test)]
mod tests;

pub use decoder::Decoder;
pub use encoder::{Encoder, VideoProfile};
