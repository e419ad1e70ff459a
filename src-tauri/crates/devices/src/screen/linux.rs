//! Wayland where a Wayland session runs (there, an X display shows only its own windows), X11 otherwise.

use media::I420;

use super::{wayland, x11};
use crate::{DeviceError, ScreenCapture, ScreenSource};

fn is_wayland() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty())
}

pub(crate) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    if is_wayland() { wayland::sources() } else { x11::sources() }
}

pub(crate) fn still(id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
    if is_wayland() { Err(DeviceError::Unsupported) } else { x11::still(id, max_width, max_height) }
}

pub(crate) fn open(id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
    if is_wayland() { wayland::open(id, fps) } else { x11::open(id, fps) }
}
