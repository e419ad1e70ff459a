//! Wayland: the portal asks the person, PipeWire brings the pictures. Not there yet.

use crate::{DeviceError, ScreenCapture, ScreenSource};

pub(super) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    Err(DeviceError::Unsupported)
}

pub(super) fn open(_id: &str, _fps: u32) -> Result<ScreenCapture, DeviceError> {
    Err(DeviceError::Unsupported)
}
