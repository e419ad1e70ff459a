//! VP8 over RTP (RFC 7741): whole frames to payloads and back.

mod assembler;
mod descriptor;
mod packetizer;

pub use assembler::{AssemblerStats, FrameAssembler, PATIENCE, VideoFrame, VideoPacket};
pub use packetizer::{MAX_PAYLOAD, Packetizer, Payload};

/// Is this VP8 frame a key frame (RFC 6386 §9.1)?
#[must_use]
pub fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 1 == 0)
}
