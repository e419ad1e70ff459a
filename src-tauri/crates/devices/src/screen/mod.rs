//! Screens and windows: one module a system, the same four functions in each.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "linux")]
mod wayland;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
pub(crate) use linux::{open, sources, still};
#[cfg(target_os = "macos")]
pub(crate) use macos::{open, sources, still};
#[cfg(windows)]
pub(crate) use windows::{open, sources, still};

use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use crate::handle::{FaultReport, faults};
use crate::worker::{Stop, Worker};
use crate::{DeviceError, FrameSlot, ScreenCapture, frames};

/// How often an unchanged picture comes again: a decoder that starts late, or lost something, gets a whole one.
const REFRESH: Duration = Duration::from_secs(1);

/// Tells the opener how the start went: the title, or why there is none.
type Started = SyncSender<Result<String, DeviceError>>;

/// Runs a capture on a thread of its own. It answers through `Started` once, then fills the slot until told to stop.
fn capture(
    patience: Duration,
    run: impl FnOnce(&Stop, &Started, &FrameSlot, &FaultReport) + Send + 'static,
) -> Result<ScreenCapture, DeviceError> {
    let (slot, frames) = frames();
    let (report, faults) = faults();
    let (started, start) = sync_channel(1);
    let worker =
        Worker::spawn("screen", move |stop| run(stop, &started, &slot, &report)).map_err(|_| DeviceError::Driver)?;
    let title = start.recv_timeout(patience).unwrap_or(Err(DeviceError::Driver))?;
    Ok(ScreenCapture::new(title, frames, faults, Box::new(worker)))
}
