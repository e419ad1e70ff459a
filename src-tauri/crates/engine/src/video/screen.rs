//! Own screen: capture → preview → VP8. Size is never given up for bits; frame rate and quality are.

use super::encode::{Outlets, Sender};
use super::{Halt, SendStats, Show};
use crate::allot::Rate;
use crate::api::{EngineEvent, VideoSource};
use crate::clock;
use crate::events::Events;
use codecs::VideoProfile;
use devices::{DeviceError, Devices};
use media::I420;
use media::scale::{Fit, scale};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pictures a second, at most (`media.md` §3.4).
const FPS: u32 = 10;
/// Time between two pictures.
const PERIOD: Duration = Duration::from_millis(1000 / FPS as u64);
/// Largest size that is sent (`media.md` §3.4); larger screens are divided by a whole number, so that text stays sharp.
const WIDTH: u32 = 2560;
const HEIGHT: u32 = 1600;
/// How often the thread looks whether it is to end or a key frame is wanted.
const LOOK: Duration = Duration::from_millis(100);

/// What the screen thread works with.
pub(crate) struct ScreenJob {
    pub(crate) devices: Arc<dyn Devices>,
    pub(crate) id: String,
    pub(crate) show: Arc<Show>,
    pub(crate) outlets: Arc<Outlets>,
    pub(crate) rate: Arc<Rate>,
    pub(crate) events: Events,
    pub(crate) halt: Halt,
    pub(crate) stats: SendStats,
}

impl ScreenJob {
    /// Runs until told to halt or until there is nothing to capture any more.
    pub(crate) fn run(self) {
        if let Err(error) = self.capture()
            && !self.halt.is_set()
        {
            tracing::info!(%error, "screen capture ended");
            self.events.tell(match error {
                DeviceError::Gone => EngineEvent::ScreenGone,
                _ => EngineEvent::ScreenRefused,
            });
        }
    }

    fn capture(&self) -> Result<(), DeviceError> {
        let capture = self.devices.open_screen(&self.id, FPS)?;
        let mut sender = Sender::new(
            VideoProfile::Screen { text: true },
            Arc::clone(&self.rate),
            Arc::clone(&self.outlets),
            Arc::clone(&self.stats),
        );
        let start = clock::now();
        let mut last: Option<Arc<I420>> = None;
        let mut due: Option<Instant> = None;
        let mut told = false;
        while !self.halt.is_set() {
            // A machine that needs long for a picture gets fewer of them, and keeps time for everything else.
            if let Some(due) = due {
                let left = due.saturating_duration_since(clock::now());
                if !left.is_zero() {
                    std::thread::park_timeout(left.min(LOOK));
                    continue;
                }
            }
            let (picture, at) = match capture.frames.wait(LOOK) {
                Some(frame) => {
                    self.stats.lock().captured += 1;
                    if !told {
                        told = true;
                        self.events.tell(EngineEvent::ScreenOn { title: capture.title.clone() });
                    }
                    let picture = Arc::new(sized(frame.image));
                    self.show.picture(&VideoSource::Screen, &picture);
                    last = Some(Arc::clone(&picture));
                    (picture, frame.at)
                }
                None => {
                    if capture.faults.try_recv().is_ok() || capture.frames.ended() {
                        return Err(DeviceError::Gone);
                    }
                    // Nothing moves, but not everybody has seen what stands there.
                    match &last {
                        Some(picture) if sender.wants_again() => (Arc::clone(picture), clock::now()),
                        _ => continue,
                    }
                }
            };
            let at_ms = u64::try_from(at.saturating_duration_since(start).as_millis()).unwrap_or(0);
            let turn = sender.send(&picture, at_ms);
            let rest = turn.map_or(Duration::ZERO, |turn| turn.took * 2);
            due = Some(at.max(start) + PERIOD.max(rest) - Duration::from_millis(5));
        }
        Ok(())
    }
}

/// At most the size that is sent, by whole division.
fn sized(image: I420) -> I420 {
    let by = image.width.div_ceil(WIDTH).max(image.height.div_ceil(HEIGHT));
    if by <= 1 { image } else { scale(&image, image.width / by, image.height / by, Fit::Contain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_screens_that_are_too_large_are_divided() {
        let size = |w, h| {
            let sized = sized(I420::black(w, h));
            (sized.width, sized.height)
        };
        assert_eq!(size(1920, 1080), (1920, 1080));
        assert_eq!(size(2560, 1600), (2560, 1600));
        assert_eq!(size(3840, 2160), (1920, 1080));
    }
}
