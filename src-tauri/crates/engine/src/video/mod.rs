//! Pictures: own camera and screen on their way out, everybody's on their way to the window.

mod camera;
mod decode;
mod encode;
mod screen;
mod stills;
mod tiles;

pub(crate) use camera::CameraJob;
pub(crate) use decode::{Decode, FrameInlet};
pub(crate) use encode::Outlets;
pub(crate) use screen::ScreenJob;
pub(crate) use stills::Stills;
pub(crate) use tiles::Show;

use crate::api::VideoSendStats;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a capture thread to end, and whether it still may tell anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Halt(Arc<AtomicBool>);

impl Halt {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Figures a capture thread writes.
pub(crate) type SendStats = Arc<Mutex<VideoSendStats>>;
