//! Microphones and speakers: PulseAudio (also PipeWire's) before ALSA on Linux, WASAPI on Windows, CoreAudio on macOS.

mod native;
#[cfg(target_os = "linux")]
mod pulse;
mod pump;
mod resample;

use std::time::Duration;

use crate::{DeviceError, DeviceInfo, Microphone, Speaker};
pub(crate) use resample::Resampler;

/// How long a sound system may take to list or to start a device before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// The default first.
fn list(direction: Direction) -> Result<Vec<DeviceInfo>, DeviceError> {
    #[cfg(target_os = "linux")]
    match pulse::list(direction) {
        // No sound server: whatever the kernel has.
        Err(DeviceError::Unsupported) => {}
        result => return result,
    }
    native::list(direction)
}

pub(crate) fn microphones() -> Result<Vec<DeviceInfo>, DeviceError> {
    list(Direction::In)
}

pub(crate) fn speakers() -> Result<Vec<DeviceInfo>, DeviceError> {
    list(Direction::Out)
}

fn find(direction: Direction, id: Option<&str>) -> Result<DeviceInfo, DeviceError> {
    let mut listed = list(direction)?.into_iter();
    let found = match id {
        Some(id) => listed.find(|info| info.id == id),
        None => listed.next(),
    };
    found.ok_or(DeviceError::NotFound)
}

pub(crate) fn open_microphone(id: Option<&str>) -> Result<Microphone, DeviceError> {
    let info = find(Direction::In, id)?;
    #[cfg(target_os = "linux")]
    if pulse::owns(&info.id) {
        return pulse::microphone(info);
    }
    native::microphone(info)
}

pub(crate) fn open_speaker(id: Option<&str>) -> Result<Speaker, DeviceError> {
    let info = find(Direction::Out, id)?;
    #[cfg(target_os = "linux")]
    if pulse::owns(&info.id) {
        return pulse::speaker(info);
    }
    native::speaker(info)
}
