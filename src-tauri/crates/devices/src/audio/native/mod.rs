//! Through `cpal`: ALSA, WASAPI, CoreAudio.

mod choose;
mod names;
mod open;

use cpal::traits::{DeviceTrait, HostTrait};

use super::{Direction, PATIENCE};
use crate::{DeviceError, DeviceInfo, Microphone, Speaker};

pub(super) fn list(direction: Direction) -> Result<Vec<DeviceInfo>, DeviceError> {
    let devices = bounded("sound-list", move || devices(direction))?;
    Ok(devices.into_iter().map(|(info, _)| info).collect())
}

pub(super) fn microphone(info: DeviceInfo) -> Result<Microphone, DeviceError> {
    bounded("microphone-open", move || {
        let device = find(Direction::In, &info)?;
        open::microphone(info, &device)
    })
}

pub(super) fn speaker(info: DeviceInfo) -> Result<Speaker, DeviceError> {
    bounded("speaker-open", move || {
        let device = find(Direction::Out, &info)?;
        open::speaker(info, &device)
    })
}

fn find(direction: Direction, info: &DeviceInfo) -> Result<cpal::Device, DeviceError> {
    let found = devices(direction)?.into_iter().find(|(listed, _)| listed.id == info.id);
    found.map(|(_, device)| device).ok_or(DeviceError::Gone)
}

/// Runs what may block in a driver for ever, and waits only for so long.
fn bounded<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, DeviceError> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    let work = move || drop(sender.send(work()));
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|_| DeviceError::Driver)?;
    receiver.recv_timeout(PATIENCE).unwrap_or(Err(DeviceError::Driver))
}

fn devices(direction: Direction) -> Result<Vec<(DeviceInfo, cpal::Device)>, DeviceError> {
    let host = cpal::default_host();
    let fail = |e: cpal::Error| error(&e);
    let (devices, default): (Vec<_>, _) = match direction {
        Direction::In => (host.input_devices().map_err(fail)?.collect(), host.default_input_device()),
        Direction::Out => (host.output_devices().map_err(fail)?.collect(), host.default_output_device()),
    };
    let default = default.and_then(|d| d.id().ok()).map(|id| id.to_string());
    let described = devices.into_iter().filter_map(|device| {
        let id = device.id().ok()?.to_string();
        let name = device.description().map_or_else(|_| id.clone(), |d| d.name().to_owned());
        let is_default = default.as_ref() == Some(&id);
        Some((DeviceInfo { id, name, is_default }, device))
    });
    Ok(names::tidy(described.collect()))
}

/// What the person can act upon in an error of `cpal`.
fn error(error: &cpal::Error) -> DeviceError {
    use cpal::ErrorKind as Kind;
    match error.kind() {
        Kind::DeviceBusy => DeviceError::Busy,
        Kind::PermissionDenied => DeviceError::Blocked,
        Kind::DeviceNotAvailable => DeviceError::Gone,
        Kind::HostUnavailable => DeviceError::Unsupported,
        Kind::UnsupportedConfig | Kind::UnsupportedOperation | Kind::InvalidInput => DeviceError::Format,
        _ => DeviceError::Driver,
    }
}
