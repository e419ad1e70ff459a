//! Own camera: capture → pace → preview → VP8.

use super::encode::{Outlets, Sender};
use super::{Halt, SendStats, Show};
use crate::allot::Rate;
use crate::api::{EngineEvent, VideoSource};
use crate::clock;
use crate::events::Events;
use codecs::VideoProfile;
use devices::{Camera, CameraFormat, DeviceError, Devices};
use media::I420;
use media::scale::{Fit, scale};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is asked of the camera and sent (`media.md` §2.10, the default profile).
const FORMAT: CameraFormat = CameraFormat { width: 640, height: 480, fps: 15 };
/// Time between two pictures.
const PERIOD: Duration = Duration::from_micros(1_000_000 / FORMAT.fps as u64);
/// A picture that comes so much early still counts: cameras are not exact.
const EARLY: Duration = Duration::from_millis(12);
/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);
/// A camera that delivers nothing for so long has vanished.
const SILENT: Duration = Duration::from_secs(5);

/// What the camera thread works with.
pub(crate) struct CameraJob {
    pub(crate) devices: Arc<dyn Devices>,
    pub(crate) id: Option<String>,
    pub(crate) show: Arc<Show>,
    pub(crate) outlets: Arc<Outlets>,
    pub(crate) rate: Arc<Rate>,
    pub(crate) events: Events,
    pub(crate) halt: Halt,
    pub(crate) stats: SendStats,
}

impl CameraJob {
    /// Runs until told to halt or until the camera is gone.
    pub(crate) fn run(self) {
        if let Err(error) = self.capture()
            && !self.halt.is_set()
        {
            tracing::info!(%error, "camera trouble");
            self.events.tell(EngineEvent::CameraTrouble(error));
        }
    }

    fn capture(&self) -> Result<(), DeviceError> {
        let camera = self.open()?;
        let mut sender = Sender::new(
            VideoProfile::Camera,
            Arc::clone(&self.rate),
            Arc::clone(&self.outlets),
            Arc::clone(&self.stats),
        );
        let start = clock::now();
        let mut due: Option<Instant> = None;
        let mut last = start;
        let mut told = false;
        while !self.halt.is_set() {
            let Some(frame) = camera.frames.wait(LOOK) else {
                let silent = clock::now().saturating_duration_since(last) > SILENT;
                if camera.faults.try_recv().is_ok() || camera.frames.ended() || silent {
                    return Err(DeviceError::Gone);
                }
                continue;
            };
            last = clock::now();
            self.stats.lock().captured += 1;
            if !told {
                told = true;
                self.events.tell(EngineEvent::CameraOn);
            }
            if due.is_some_and(|due| frame.at + EARLY < due) {
                continue;
            }
            due = Some(due.map_or(frame.at, |due| due.max(frame.at - PERIOD.min(EARLY))) + PERIOD);
            let picture = Arc::new(sized(frame.image));
            self.show.picture(&VideoSource::Own, &picture);
            let at_ms = frame.at.saturating_duration_since(start).as_millis();
            let _ = sender.send(&picture, u64::try_from(at_ms).unwrap_or(0));
        }
        Ok(())
    }

    /// The chosen camera or, if that is not there, the default one.
    fn open(&self) -> Result<Camera, DeviceError> {
        match self.devices.open_camera(self.id.as_deref(), FORMAT) {
            Err(DeviceError::NotFound | DeviceError::Gone) if self.id.is_some() => {
                self.devices.open_camera(None, FORMAT)
            }
            other => other,
        }
    }
}

/// At most the size that is sent.
fn sized(image: I420) -> I420 {
    if image.width <= FORMAT.width && image.height <= FORMAT.height {
        image
    } else {
        scale(&image, FORMAT.width, FORMAT.height, Fit::Contain)
    }
}
