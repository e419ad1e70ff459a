//! Microphones and speakers through `cpal`: PulseAudio (also PipeWire's) before ALSA on Linux, WASAPI, CoreAudio.

mod choose;
mod names;
mod open;
mod pump;
mod resample;

use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait};
use parking_lot::Mutex;

use crate::{DeviceError, DeviceInfo, Microphone, Speaker};
pub(crate) use resample::Resampler;

/// How long a sound server may take to list or to start a device before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// The connection to the sound system, kept so that a listing does not connect anew each time.
#[derive(Default)]
pub(crate) struct Sound {
    host: Mutex<Option<cpal::Host>>,
}

impl Sound {
    pub(crate) fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.list(Direction::In).map(infos)
    }

    pub(crate) fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.list(Direction::Out).map(infos)
    }

    pub(crate) fn open_microphone(&self, id: Option<&str>) -> Result<Microphone, DeviceError> {
        let (info, device) = self.find(Direction::In, id)?;
        open::microphone(info, device)
    }

    pub(crate) fn open_speaker(&self, id: Option<&str>) -> Result<Speaker, DeviceError> {
        let (info, device) = self.find(Direction::Out, id)?;
        open::speaker(info, device)
    }

    fn find(&self, direction: Direction, id: Option<&str>) -> Result<(DeviceInfo, cpal::Device), DeviceError> {
        let mut listed = self.list(direction)?.into_iter();
        // The default stands first.
        let found = match id {
            Some(id) => listed.find(|(info, _)| info.id == id),
            None => listed.next(),
        };
        found.ok_or(DeviceError::NotFound)
    }

    fn list(&self, direction: Direction) -> Result<Vec<(DeviceInfo, cpal::Device)>, DeviceError> {
        // A server that hangs must not hang the window with it: the calls below have no timeout of their own.
        let host = self.host.lock().take();
        let (host, list) = bounded("device-list", move || {
            if let Some(host) = host.filter(is_preferred)
                && let Ok(list) = list(&host, direction)
            {
                return Ok((host, list));
            }
            // The server has restarted, or comes up only now.
            let host = open_host()?;
            let list = list(&host, direction).map_err(|e| error(&e))?;
            Ok((host, list))
        })?;
        *self.host.lock() = Some(host);
        Ok(list)
    }
}

fn infos(list: Vec<(DeviceInfo, cpal::Device)>) -> Vec<DeviceInfo> {
    list.into_iter().map(|(info, _)| info).collect()
}

/// Runs what may block on a server for ever, and waits only for so long.
fn bounded<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, DeviceError> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _ = sender.send(work());
        })
        .map_err(|_| DeviceError::Driver)?;
    receiver.recv_timeout(PATIENCE).unwrap_or(Err(DeviceError::Driver))
}

#[cfg(target_os = "linux")]
fn is_preferred(host: &cpal::Host) -> bool {
    host.id() == cpal::HostId::PulseAudio
}

#[cfg(not(target_os = "linux"))]
fn is_preferred(_host: &cpal::Host) -> bool {
    true
}

#[cfg(target_os = "linux")]
fn open_host() -> Result<cpal::Host, DeviceError> {
    cpal::host_from_id(cpal::HostId::PulseAudio)
        .or_else(|_| cpal::host_from_id(cpal::HostId::Alsa))
        .map_err(|e| error(&e))
}

#[cfg(not(target_os = "linux"))]
fn open_host() -> Result<cpal::Host, DeviceError> {
    Ok(cpal::default_host())
}

fn list(host: &cpal::Host, direction: Direction) -> Result<Vec<(DeviceInfo, cpal::Device)>, cpal::Error> {
    let (devices, default): (Vec<_>, _) = match direction {
        Direction::In => (host.input_devices()?.collect(), host.default_input_device()),
        Direction::Out => (host.output_devices()?.collect(), host.default_output_device()),
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
