//! Linux cameras, through the kernel's own interface.
//!
//! Not through `nokhwa` as elsewhere: there it lists the metadata nodes that every webcam has beside its picture, refuses
//! cameras whose rate is no whole number, and gives no stable names.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use v4l::buffer::Type;
use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::traits::CaptureStream;
use v4l::prelude::MmapStream;
use v4l::video::Capture;
use v4l::{Device, Format, FourCC, Fraction};

use super::convert::{Layout, convert};
use super::first_is_default;
use super::pick::{Offer, pick};
use crate::worker::Stop;
use crate::{CameraFormat, CapturedFrame, DeviceError, DeviceInfo};

const PREFIX: &str = "v4l2:";

/// How long one wait for a picture lasts, so that a stop is noticed.
const WAIT: Duration = Duration::from_millis(200);

/// The cameras of `/sys/class/video4linux`, in the order of their numbers.
#[allow(clippy::unnecessary_wraps, reason = "the other systems can fail")]
pub(crate) fn list() -> Result<Vec<DeviceInfo>, DeviceError> {
    let names = stable_names();
    let list = nodes().into_iter().map(|(node, name)| {
        let stable = names.get(&node).unwrap_or(&node);
        DeviceInfo { id: format!("{PREFIX}{}", stable.display()), name, is_default: false }
    });
    Ok(first_is_default(list.collect()))
}

/// Device nodes that take pictures, with the names their drivers give.
fn nodes() -> Vec<(PathBuf, String)> {
    /// Opening a node wakes the camera up, so each is asked once what it is.
    static KNOWN: Mutex<Option<HashMap<(PathBuf, String), bool>>> = Mutex::new(None);
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/class/video4linux").into_iter().flatten().flatten() {
        let file = entry.file_name();
        let Some(number) = file.to_str().and_then(|f| f.strip_prefix("video")?.parse::<u32>().ok()) else { continue };
        let name = fs::read_to_string(entry.path().join("name")).unwrap_or_default();
        found.push((number, Path::new("/dev").join(&file), name.trim().to_owned()));
    }
    found.sort();
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_default();
    let nodes: Vec<_> = found.into_iter().map(|(_, node, name)| (node, name)).collect();
    known.retain(|node, _| nodes.contains(node));
    nodes.into_iter().filter(|node| *known.entry(node.clone()).or_insert_with(|| takes_pictures(&node.0))).collect()
}

/// One that cannot be looked at is listed: opening it will say why.
fn takes_pictures(node: &Path) -> bool {
    let Ok(device) = Device::with_path(node) else { return true };
    device.query_caps().is_ok_and(|caps| {
        caps.capabilities.contains(Flags::VIDEO_CAPTURE)
            && !caps.capabilities.contains(Flags::VIDEO_M2M)
            && device.enum_formats().is_ok_and(|formats| !formats.is_empty())
    })
}

/// From device node to a name that stays when the camera is plugged in elsewhere or later.
fn stable_names() -> HashMap<PathBuf, PathBuf> {
    let mut names = HashMap::new();
    for folder in ["/dev/v4l/by-path", "/dev/v4l/by-id"] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Ok(node) = entry.path().canonicalize() {
                names.insert(node, entry.path());
            }
        }
    }
    names
}

pub(super) struct Source {
    stream: MmapStream<'static>,
    layout: Layout,
    width: u32,
    height: u32,
    stride: usize,
    // The stream holds the device's handle, too; this keeps the order of ending plain.
    _device: Device,
}

impl Source {
    pub(super) fn open(id: &str, want: CameraFormat) -> Result<Self, DeviceError> {
        let path = id.strip_prefix(PREFIX).ok_or(DeviceError::NotFound)?;
        let device = Device::with_path(path).map_err(|e| error(&e))?;
        let offer = pick(offers(&device), want).ok_or(DeviceError::Format)?;
        let format = Format::new(offer.width, offer.height, fourcc(offer.layout));
        let format = device.set_format(&format).map_err(|e| error(&e))?;
        let layout = layout(format.fourcc).ok_or(DeviceError::Format)?;
        // Not every driver lets the rate be chosen; a wrong one is no reason to fail.
        if let Ok(mut params) = device.params() {
            params.interval = Fraction::new(1, offer.fps.max(1));
            let _ = device.set_params(&params);
        }
        let mut stream = MmapStream::with_buffers(&device, Type::VideoCapture, 4).map_err(|e| error(&e))?;
        stream.set_timeout(WAIT);
        let (width, height) = (format.width, format.height);
        Ok(Self { stream, layout, width, height, stride: format.stride as usize, _device: device })
    }

    /// `None` for a damaged picture.
    pub(super) fn next(&mut self, patience: Duration, stop: &Stop) -> Result<Option<CapturedFrame>, DeviceError> {
        let start = Instant::now();
        loop {
            match self.stream.next() {
                Ok((data, meta)) => {
                    let used = (meta.bytesused as usize).min(data.len());
                    let data = if used == 0 { data } else { &data[..used] };
                    let image = convert(self.layout, self.width, self.height, self.stride, data);
                    return Ok(image.map(|image| CapturedFrame { image, at: Instant::now() }));
                }
                Err(e) if is_wait(&e) && !stop.is_set() && start.elapsed() < patience => {}
                Err(e) => return Err(error(&e)),
            }
        }
    }
}

fn is_wait(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn offers(device: &Device) -> Vec<Offer> {
    let mut offers = Vec::new();
    for description in device.enum_formats().unwrap_or_default() {
        let Some(layout) = layout(description.fourcc) else { continue };
        for size in device.enum_framesizes(description.fourcc).unwrap_or_default() {
            match size.size {
                FrameSizeEnum::Discrete(size) => {
                    for fps in rates(device, description.fourcc, size.width, size.height) {
                        offers.push(Offer { layout, width: size.width, height: size.height, fps });
                    }
                }
                // Anything between: the usual sizes are enough of a choice.
                FrameSizeEnum::Stepwise(range) => {
                    for (width, height) in [(320, 240), (640, 480), (800, 600), (1280, 720), (1920, 1080)] {
                        let fits = (range.min_width..=range.max_width).contains(&width)
                            && (range.min_height..=range.max_height).contains(&height);
                        if fits {
                            offers.push(Offer { layout, width, height, fps: 30 });
                        }
                    }
                }
            }
        }
    }
    if offers.is_empty()
        && let Ok(now) = device.format()
        && let Some(layout) = layout(now.fourcc)
    {
        // Virtual cameras have one format and list nothing.
        offers.push(Offer { layout, width: now.width, height: now.height, fps: 30 });
    }
    offers
}

fn rates(device: &Device, fourcc: FourCC, width: u32, height: u32) -> Vec<u32> {
    let per_second = |interval: &Fraction| {
        let (time, parts) = (interval.numerator.max(1), interval.denominator);
        (f64::from(parts) / f64::from(time)).round() as u32
    };
    let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
    let mut rates: Vec<u32> = intervals
        .iter()
        .map(|i| match &i.interval {
            FrameIntervalEnum::Discrete(interval) => per_second(interval),
            FrameIntervalEnum::Stepwise(range) => per_second(&range.min),
        })
        .collect();
    if rates.is_empty() {
        rates.push(30);
    }
    rates
}

fn layout(fourcc: FourCC) -> Option<Layout> {
    match &fourcc.repr {
        b"YUYV" => Some(Layout::Yuyv),
        b"NV12" => Some(Layout::Nv12),
        b"YU12" => Some(Layout::I420),
        b"RGB3" => Some(Layout::Rgb),
        b"MJPG" | b"JPEG" => Some(Layout::Jpeg),
        _ => None,
    }
}

fn fourcc(layout: Layout) -> FourCC {
    FourCC::new(match layout {
        Layout::Yuyv => b"YUYV",
        Layout::Nv12 => b"NV12",
        Layout::I420 => b"YU12",
        Layout::Rgb => b"RGB3",
        Layout::Jpeg => b"MJPG",
    })
}

fn error(error: &io::Error) -> DeviceError {
    /// The kernel's words for a device that was taken away while it was open.
    const NO_DEVICE: [i32; 2] = [6, 19];
    match error.kind() {
        io::ErrorKind::PermissionDenied => DeviceError::Blocked,
        io::ErrorKind::ResourceBusy => DeviceError::Busy,
        io::ErrorKind::NotFound | io::ErrorKind::TimedOut => DeviceError::Gone,
        _ if error.raw_os_error().is_some_and(|code| NO_DEVICE.contains(&code)) => DeviceError::Gone,
        _ => DeviceError::Driver,
    }
}
