//! Cameras of Windows (Media Foundation) and macOS (AVFoundation), through `nokhwa`.

use std::time::{Duration, Instant};

use nokhwa::Camera;
use nokhwa::utils::{
    ApiBackend, CameraFormat as NativeFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
    Resolution,
};
use nokhwa::{NokhwaError, native_api_backend, query};

use super::convert::{Layout, convert};
use super::first_is_default;
use super::pick::{Offer, pick};
use crate::worker::Stop;
use crate::{CameraFormat, CapturedFrame, DeviceError, DeviceInfo};

const PREFIX: &str = "native:";

const LAYOUTS: [FrameFormat; 4] = [FrameFormat::YUYV, FrameFormat::NV12, FrameFormat::RAWRGB, FrameFormat::MJPEG];

pub(crate) fn list() -> Result<Vec<DeviceInfo>, DeviceError> {
    let list = found()?.into_iter().map(|(id, info)| DeviceInfo { id, name: info.human_name(), is_default: false });
    Ok(first_is_default(list.collect()))
}

/// With the id that the system keeps: a symbolic link on Windows, a unique id on macOS.
fn found() -> Result<Vec<(String, nokhwa::utils::CameraInfo)>, DeviceError> {
    let backend = native_api_backend().ok_or(DeviceError::Unsupported)?;
    let list = query(backend).map_err(|e| error(&e))?;
    Ok(list.into_iter().map(|info| (format!("{PREFIX}{}", info.misc()), info)).collect())
}

pub(super) struct Source {
    camera: Camera,
}

impl Source {
    pub(super) fn open(id: &str, want: CameraFormat) -> Result<Self, DeviceError> {
        #[cfg(target_os = "macos")]
        permission()?;
        let (_, info) = found()?.into_iter().find(|(found, _)| found == id).ok_or(DeviceError::Gone)?;
        let index: CameraIndex = info.index().clone();
        let any = RequestedFormat::with_formats(RequestedFormatType::AbsoluteHighestFrameRate, &LAYOUTS);
        let mut camera = Camera::with_backend(index, any, ApiBackend::Auto).map_err(|e| error(&e))?;
        let formats = camera.compatible_camera_formats().map_err(|e| error(&e))?;
        let offers = formats.iter().filter_map(|format| {
            let (width, height) = (format.width(), format.height());
            Some(Offer { layout: layout(format.format())?, width, height, fps: format.frame_rate() })
        });
        if let Some(offer) = pick(offers, want) {
            let size = Resolution::new(offer.width, offer.height);
            let exact = NativeFormat::new(size, frame_format(offer.layout), offer.fps);
            let request = RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &LAYOUTS);
            camera.set_camera_requset(request).map_err(|e| error(&e))?;
        }
        camera.open_stream().map_err(|e| error(&e))?;
        Ok(Self { camera })
    }

    /// `None` for a damaged picture. The driver waits as long as it likes.
    pub(super) fn next(&mut self, _patience: Duration, _stop: &Stop) -> Result<Option<CapturedFrame>, DeviceError> {
        let buffer = self.camera.frame().map_err(|_| DeviceError::Gone)?;
        let Some(layout) = layout(buffer.source_frame_format()) else { return Err(DeviceError::Format) };
        let size = buffer.resolution();
        let image = convert(layout, size.width(), size.height(), 0, buffer.buffer());
        Ok(image.map(|image| CapturedFrame { image, at: Instant::now() }))
    }
}

/// Asks the person, once in the life of an installation; afterwards the system answers by itself.
#[cfg(target_os = "macos")]
fn permission() -> Result<(), DeviceError> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    nokhwa::nokhwa_initialize(move |granted| {
        let _ = sender.try_send(granted);
    });
    match receiver.recv_timeout(super::PATIENCE) {
        Ok(true) => Ok(()),
        _ => Err(DeviceError::Blocked),
    }
}

fn layout(format: FrameFormat) -> Option<Layout> {
    match format {
        FrameFormat::YUYV => Some(Layout::Yuyv),
        FrameFormat::NV12 => Some(Layout::Nv12),
        FrameFormat::RAWRGB => Some(Layout::Rgb),
        FrameFormat::MJPEG => Some(Layout::Jpeg),
        FrameFormat::GRAY | FrameFormat::RAWBGR => None,
    }
}

fn frame_format(layout: Layout) -> FrameFormat {
    match layout {
        Layout::Yuyv | Layout::I420 => FrameFormat::YUYV,
        Layout::Nv12 => FrameFormat::NV12,
        Layout::Rgb => FrameFormat::RAWRGB,
        Layout::Jpeg => FrameFormat::MJPEG,
    }
}

/// The systems' codes, which `nokhwa` keeps in its texts only.
fn error(error: &NokhwaError) -> DeviceError {
    let text = error.to_string();
    let says = |codes: &[&str]| codes.iter().any(|code| text.contains(code));
    match error {
        // E_ACCESSDENIED: privacy settings.
        _ if says(&["0x80070005", "ccess is denied", "enied"]) => DeviceError::Blocked,
        // MF_E_HW_MFT_FAILED_START_STREAMING, ERROR_SHARING_VIOLATION, MF_E_VIDEO_RECORDING_DEVICE_PREEMPTED.
        _ if says(&["0xC00D3704", "0x80070020", "0xC00D3EA3", "in use"]) => DeviceError::Busy,
        // MF_E_VIDEO_RECORDING_DEVICE_INVALIDATED.
        _ if says(&["0xC00D3EA2"]) => DeviceError::Gone,
        NokhwaError::UnsupportedOperationError(_) | NokhwaError::NotImplementedError(_) => DeviceError::Unsupported,
        _ => DeviceError::Driver,
    }
}
