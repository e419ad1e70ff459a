//! Cameras: V4L2 on Linux, Media Foundation on Windows, AVFoundation on macOS.

mod convert;
#[cfg(not(target_os = "linux"))]
mod native;
mod pick;
#[cfg(target_os = "linux")]
mod v4l2;

#[cfg(not(target_os = "linux"))]
use native as system;
#[cfg(target_os = "linux")]
use v4l2 as system;

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use crate::handle::{FaultReport, faults};
use crate::worker::{Stop, Worker};
use crate::{Camera, CameraFormat, DeviceError, DeviceInfo, FrameSlot, frames};

pub(crate) use system::list;

/// Some cameras take seconds to start; none takes this long.
const PATIENCE: Duration = Duration::from_secs(12);

/// A camera that delivers nothing for so long is gone, whatever its driver says.
const SILENCE: Duration = Duration::from_secs(5);

/// Wrong pictures in a row, as from a cable that is going, before the camera counts as gone.
const MAX_BAD: u32 = 60;

/// Opens a camera and captures on a thread of its own, where the driver's objects also end.
pub(crate) fn open(id: Option<&str>, want: CameraFormat) -> Result<Camera, DeviceError> {
    let mut listed = list()?.into_iter();
    let info = match id {
        Some(id) => listed.find(|info| info.id == id),
        None => listed.next(),
    };
    let info = info.ok_or(DeviceError::NotFound)?;
    let (slot, frames) = frames();
    let (report, faults) = faults();
    let (started, start) = sync_channel(1);
    let id = info.id.clone();
    let worker = Worker::spawn("camera", move |stop| {
        // A driver crate that panics must look like a camera that went, not like one that is quiet.
        let _gone = Gone(report);
        match system::Source::open(&id, want) {
            Ok(source) => {
                let _ = started.try_send(Ok(()));
                run(source, stop, &slot);
            }
            Err(error) => {
                let _ = started.try_send(Err(error));
            }
        }
    });
    let worker = worker.map_err(|_| DeviceError::Driver)?;
    start.recv_timeout(PATIENCE).unwrap_or(Err(DeviceError::Driver))?;
    Ok(Camera::new(info, frames, faults, Box::new(worker)))
}

struct Gone(FaultReport);

impl Drop for Gone {
    fn drop(&mut self) {
        // After a stop nobody listens any more.
        self.0.gone();
    }
}

/// Ends when told to, or when the camera does.
fn run(mut source: system::Source, stop: &Stop, slot: &FrameSlot) {
    let mut bad = 0;
    while !stop.is_set() {
        match source.next(SILENCE, stop) {
            Ok(Some(frame)) => {
                bad = 0;
                slot.put(frame);
            }
            Ok(None) if bad < MAX_BAD => bad += 1,
            Ok(None) => return tracing::info!("camera delivers nothing usable"),
            Err(error) => {
                if !stop.is_set() {
                    tracing::info!(?error, "camera ended");
                }
                return;
            }
        }
    }
}

/// Devices in the order of the system; it names no default, so the first counts as one.
fn first_is_default(mut list: Vec<DeviceInfo>) -> Vec<DeviceInfo> {
    if let Some(first) = list.first_mut() {
        first.is_default = true;
    }
    list
}
