//! The latest-wins slot between a thread that captures pictures and one that uses them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use media::I420;
use parking_lot::{Condvar, Mutex};

/// One captured picture.
#[derive(Debug, Clone)]
pub struct CapturedFrame {
    /// The picture, in the device's own size.
    pub image: I420,
    /// When it was taken.
    pub at: Instant,
}

#[derive(Default)]
struct State {
    frame: Option<CapturedFrame>,
    replaced: u64,
    closed: bool,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// A new slot: what the capture thread fills and what its user reads.
#[must_use]
pub fn frames() -> (FrameSlot, Frames) {
    let shared = Shared::default();
    (FrameSlot(Arc::clone(&shared)), Frames(shared))
}

/// The capturing end of a [`Frames`]. Overflow rule: a frame that was not fetched is replaced.
pub struct FrameSlot(Shared);

impl FrameSlot {
    /// Puts a frame in, over the one there if nobody has fetched it.
    pub fn put(&self, frame: CapturedFrame) {
        let (state, ready) = &*self.0;
        let mut state = state.lock();
        if state.frame.replace(frame).is_some() {
            state.replaced += 1;
        }
        ready.notify_one();
    }
}

impl Drop for FrameSlot {
    fn drop(&mut self) {
        self.0.0.lock().closed = true;
        self.0.1.notify_all();
    }
}

/// The latest picture of a camera or screen.
pub struct Frames(Shared);

impl Frames {
    /// The latest frame not fetched yet; waits for one up to `timeout`. Returns at once with `None` when the capture ended.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Option<CapturedFrame> {
        let (state, ready) = &*self.0;
        let mut state = state.lock();
        ready.wait_while_for(&mut state, |s| s.frame.is_none() && !s.closed, timeout);
        state.frame.take()
    }

    /// The latest frame not fetched yet, without waiting.
    #[must_use]
    pub fn take(&self) -> Option<CapturedFrame> {
        self.0.0.lock().frame.take()
    }

    /// True when nothing will come any more.
    #[must_use]
    pub fn ended(&self) -> bool {
        let state = self.0.0.lock();
        state.closed && state.frame.is_none()
    }

    /// How many frames were replaced before they were fetched.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.0.0.lock().replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: u32) -> CapturedFrame {
        CapturedFrame { image: I420::black(width, 2), at: Instant::now() }
    }

    #[test]
    fn a_slow_reader_gets_the_latest_frame_only() {
        let (slot, frames) = frames();
        slot.put(frame(2));
        slot.put(frame(4));
        assert_eq!(frames.wait(Duration::ZERO).map(|f| f.image.width), Some(4));
        assert_eq!(frames.replaced(), 1);
        assert!(frames.take().is_none());
    }

    #[test]
    fn a_reader_is_woken_when_the_capture_ends() {
        let (slot, frames) = frames();
        let waiter = std::thread::spawn(move || (frames.wait(Duration::from_secs(20)).is_none(), frames.ended()));
        drop(slot);
        assert_eq!(waiter.join().unwrap(), (true, true));
    }
}
