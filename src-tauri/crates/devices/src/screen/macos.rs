//! macOS screens and windows, polled through `xcap`.

use std::time::{Duration, Instant};

use media::scale::{Fit, scale};
use media::{I420, PixelFormat, to_i420};
use objc2_core_graphics::{CGPreflightScreenCaptureAccess, CGRequestScreenCaptureAccess};
use xcap::{Monitor, Window};

use super::{REFRESH, Started, capture};
use crate::handle::FaultReport;
use crate::worker::Stop;
use crate::{CapturedFrame, DeviceError, FrameSlot, ScreenCapture, ScreenKind, ScreenSource};

const MONITOR: &str = "mac:monitor:";
const WINDOW: &str = "mac:window:";

/// How long a capture may take to start.
const PATIENCE: Duration = Duration::from_secs(8);

/// Pictures that fail in a row before the window counts as closed: it may only be changing its size.
const MAX_MISSES: u32 = 10;

/// Without the person's leave the system shows the desktop's picture only, which would look like a fault of ours.
fn permission() -> Result<(), DeviceError> {
    if CGPreflightScreenCaptureAccess() || CGRequestScreenCaptureAccess() { Ok(()) } else { Err(DeviceError::Blocked) }
}

pub(crate) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    permission()?;
    let mut monitors = Monitor::all().map_err(|_| DeviceError::Unsupported)?;
    monitors.sort_by_key(|m| !m.is_primary().unwrap_or(false));
    let mut sources: Vec<ScreenSource> = monitors.iter().filter_map(monitor_source).collect();
    sources.extend(Window::all().unwrap_or_default().iter().filter_map(window_source));
    Ok(sources)
}

fn monitor_source(monitor: &Monitor) -> Option<ScreenSource> {
    Some(ScreenSource {
        id: format!("{MONITOR}{}", monitor.id().ok()?),
        title: monitor.name().ok()?,
        kind: ScreenKind::Screen,
        width: monitor.width().ok()?,
        height: monitor.height().ok()?,
    })
}

fn window_source(window: &Window) -> Option<ScreenSource> {
    if window.pid().ok()? == std::process::id() || window.is_minimized().unwrap_or(false) {
        return None;
    }
    let title = window.title().ok().filter(|t| !t.is_empty()).or_else(|| window.app_name().ok())?;
    let (width, height) = (window.width().ok()?, window.height().ok()?);
    let id = format!("{WINDOW}{}", window.id().ok()?);
    (width >= 64 && height >= 64).then_some(ScreenSource { id, title, kind: ScreenKind::Window, width, height })
}

enum Target {
    Monitor(Monitor),
    Window(Window),
}

impl Target {
    fn find(id: &str) -> Result<Self, DeviceError> {
        permission()?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| DeviceError::NotFound);
        if let Some(wanted) = id.strip_prefix(MONITOR) {
            let wanted = number(wanted)?;
            let mut monitors = Monitor::all().map_err(|_| DeviceError::Unsupported)?.into_iter();
            return monitors.find(|m| m.id().is_ok_and(|id| id == wanted)).map(Self::Monitor).ok_or(DeviceError::Gone);
        }
        let wanted = number(id.strip_prefix(WINDOW).ok_or(DeviceError::NotFound)?)?;
        let mut windows = Window::all().map_err(|_| DeviceError::Unsupported)?.into_iter();
        let found = windows.find(|w| w.id().is_ok_and(|id| id == wanted) && window_source(w).is_some());
        found.map(Self::Window).ok_or(DeviceError::Gone)
    }

    fn title(&self) -> String {
        match self {
            Self::Monitor(monitor) => monitor.name().unwrap_or_default(),
            Self::Window(window) => window.title().unwrap_or_default(),
        }
    }

    /// Red, green, blue, opacity of each pixel.
    fn grab(&self) -> Option<(u32, u32, Vec<u8>)> {
        let image = match self {
            Self::Monitor(monitor) => monitor.capture_image().ok()?,
            Self::Window(window) => window.capture_image().ok()?,
        };
        Some((image.width(), image.height(), image.into_raw()))
    }
}

fn convert(width: u32, height: u32, pixels: &mut [u8]) -> Option<I420> {
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.swap(0, 2);
    }
    to_i420(PixelFormat::Bgra, width, height, width as usize * 4, pixels).ok()
}

pub(crate) fn still(id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
    let (width, height, mut pixels) = Target::find(id)?.grab().ok_or(DeviceError::Gone)?;
    let full = convert(width, height, &mut pixels).ok_or(DeviceError::Format)?;
    Ok(scale(&full, max_width, max_height, Fit::Contain))
}

pub(crate) fn open(id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
    let id = id.to_owned();
    capture(PATIENCE, move |stop, started, slot, report| {
        if let Err(error) = run(&id, fps, stop, started, slot, report) {
            let _ = started.try_send(Err(error));
        }
    })
}

fn run(
    id: &str,
    fps: u32,
    stop: &Stop,
    started: &Started,
    slot: &FrameSlot,
    report: &FaultReport,
) -> Result<(), DeviceError> {
    let target = Target::find(id)?;
    let _ = started.try_send(Ok(target.title()));
    let period = Duration::from_secs(1) / fps.clamp(1, 30);
    let (mut known, mut delivered, mut misses) = (Vec::new(), None::<Instant>, 0);
    loop {
        let begun = Instant::now();
        match target.grab() {
            Some((width, height, mut pixels)) => {
                misses = 0;
                let due = delivered.is_none_or(|at| begun.duration_since(at) >= REFRESH);
                if due || pixels != known {
                    known.clone_from(&pixels);
                    delivered = Some(begun);
                    if let Some(image) = convert(width, height, &mut pixels) {
                        slot.put(CapturedFrame { image, at: begun });
                    }
                }
            }
            None => misses += 1,
        }
        if misses >= MAX_MISSES {
            report.gone();
            return Ok(());
        }
        if stop.wait_until(begun + period) {
            return Ok(());
        }
    }
}
