//! Media logic without devices, sockets or codecs: frames and scaling, sound levels and mixing, the jitter buffer,
//! VP8 over RTP, and the one place that decides bitrates.
//!
//! Invariant: no I/O, no clock, no threads, no `unsafe`. Time is an argument: a [`Duration`](std::time::Duration)
//! since any fixed start the caller likes (the start of a leg, of the engine), never going backwards.

pub mod audio;
pub mod budget;
mod convert;
pub mod face;
mod frame;
pub mod jitter;
pub mod scale;
pub mod talk;
pub mod vp8;

pub use convert::{PixelFormat, to_i420};
pub use frame::{FrameError, I420, MAX_SIDE, Plane};
