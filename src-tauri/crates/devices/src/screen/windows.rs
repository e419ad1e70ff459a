//! Windows Graphics Capture (Windows 10 1903 and later).
//!
//! The system calls with each changed picture; it is copied, and made into I420 at the rate asked for on our own thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use media::scale::{Fit, scale};
use media::{I420, PixelFormat, to_i420};
use parking_lot::{Condvar, Mutex};
use windows_capture::capture::{CaptureControl, Context, GraphicsCaptureApiHandler};
use windows_capture::frame::Frame;
use windows_capture::graphics_capture_api::InternalCaptureControl;
use windows_capture::monitor::Monitor;
use windows_capture::settings::{
    ColorFormat, CursorCaptureSettings, DirtyRegionSettings, DrawBorderSettings, GraphicsCaptureItemType,
    MinimumUpdateIntervalSettings, SecondaryWindowSettings, Settings,
};
use windows_capture::window::Window;

use super::{REFRESH, Started, capture};
use crate::handle::FaultReport;
use crate::worker::Stop;
use crate::{CapturedFrame, DeviceError, FrameSlot, ScreenCapture, ScreenKind, ScreenSource};

const MONITOR: &str = "wgc:monitor:";
const WINDOW: &str = "wgc:window:";

/// How long a capture may take to start.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a picker waits for the first picture; a minimised window has none.
const STILL: Duration = Duration::from_secs(2);

pub(crate) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    let primary = Monitor::primary().ok();
    let mut monitors = Monitor::enumerate().map_err(|_| DeviceError::Unsupported)?;
    monitors.sort_by_key(|m| Some(*m) != primary);
    let mut sources: Vec<ScreenSource> = monitors.into_iter().filter_map(|m| monitor_source(&m)).collect();
    // Front to back, without tool windows and what is not on this desktop.
    sources.extend(Window::enumerate().unwrap_or_default().into_iter().filter_map(|w| window_source(&w)));
    Ok(sources)
}

fn monitor_source(monitor: &Monitor) -> Option<ScreenSource> {
    let device = monitor.device_name().ok()?;
    Some(ScreenSource {
        title: monitor.name().unwrap_or_else(|_| device.clone()),
        id: format!("{MONITOR}{device}"),
        kind: ScreenKind::Screen,
        width: monitor.width().ok()?,
        height: monitor.height().ok()?,
    })
}

fn window_source(window: &Window) -> Option<ScreenSource> {
    if window.process_id().ok()? == std::process::id() {
        return None;
    }
    let title = window.title().ok().filter(|t| !t.is_empty())?;
    Some(ScreenSource {
        id: format!("{WINDOW}{}", window.as_raw_hwnd().addr()),
        title,
        kind: ScreenKind::Window,
        width: window.width().ok()?.try_into().ok()?,
        height: window.height().ok()?.try_into().ok()?,
    })
}

#[derive(Clone, Copy)]
enum Target {
    Monitor(Monitor),
    Window(Window),
}

impl Target {
    fn find(id: &str) -> Result<Self, DeviceError> {
        if let Some(name) = id.strip_prefix(MONITOR) {
            let mut monitors = Monitor::enumerate().map_err(|_| DeviceError::Unsupported)?.into_iter();
            let found = monitors.find(|m| m.device_name().is_ok_and(|n| n == name));
            return found.map(Self::Monitor).ok_or(DeviceError::Gone);
        }
        let handle: usize = id.strip_prefix(WINDOW).and_then(|n| n.parse().ok()).ok_or(DeviceError::NotFound)?;
        // Looked up again rather than trusted: handles are used anew, and ours is never offered.
        let mut windows = Window::enumerate().map_err(|_| DeviceError::Unsupported)?.into_iter();
        let found = windows.find(|w| w.as_raw_hwnd().addr() == handle && window_source(w).is_some());
        found.map(Self::Window).ok_or(DeviceError::Gone)
    }

    fn title(&self) -> String {
        match self {
            Self::Monitor(monitor) => monitor.name().unwrap_or_default(),
            Self::Window(window) => window.title().unwrap_or_default(),
        }
    }
}

/// What the system's thread hands to ours.
#[derive(Default)]
struct Latest {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    stride: usize,
    fresh: bool,
    closed: bool,
}

type Shared = Arc<(Mutex<Latest>, Condvar)>;

struct Handler(Shared);

impl GraphicsCaptureApiHandler for Handler {
    type Flags = Shared;
    type Error = DeviceError;

    fn new(context: Context<Shared>) -> Result<Self, DeviceError> {
        Ok(Self(context.flags))
    }

    fn on_frame_arrived(&mut self, frame: &mut Frame, _control: InternalCaptureControl) -> Result<(), DeviceError> {
        let mut buffer = frame.buffer().map_err(|_| DeviceError::Driver)?;
        let mut latest = self.0.0.lock();
        latest.width = buffer.width();
        latest.height = buffer.height();
        latest.stride = buffer.row_pitch() as usize;
        latest.pixels.clear();
        latest.pixels.extend_from_slice(buffer.as_raw_buffer());
        latest.fresh = true;
        self.0.1.notify_all();
        Ok(())
    }

    fn on_closed(&mut self) -> Result<(), DeviceError> {
        self.0.0.lock().closed = true;
        self.0.1.notify_all();
        Ok(())
    }
}

type Control = CaptureControl<Handler, DeviceError>;

fn start<T>(item: T, shared: &Shared, period: Option<Duration>) -> Result<Control, DeviceError>
where
    T: TryInto<GraphicsCaptureItemType> + Copy + Send + 'static,
{
    let settings = |border, interval| {
        Settings::new(
            item,
            CursorCaptureSettings::Default,
            border,
            SecondaryWindowSettings::Default,
            interval,
            DirtyRegionSettings::Default,
            ColorFormat::Bgra8,
            Arc::clone(shared),
        )
    };
    // A rate limit and no yellow border where Windows 11 has them, as it comes on Windows 10.
    let interval = period.map_or(MinimumUpdateIntervalSettings::Default, MinimumUpdateIntervalSettings::Custom);
    Handler::start_free_threaded(settings(DrawBorderSettings::WithoutBorder, interval))
        .or_else(|_| {
            let plain = MinimumUpdateIntervalSettings::Default;
            Handler::start_free_threaded(settings(DrawBorderSettings::Default, plain))
        })
        .map_err(|_| DeviceError::Blocked)
}

impl Target {
    fn start(&self, shared: &Shared, period: Option<Duration>) -> Result<Control, DeviceError> {
        match *self {
            Self::Monitor(monitor) => start(monitor, shared, period),
            Self::Window(window) => start(window, shared, period),
        }
    }
}

/// The newest picture, if one has come since the last call.
fn convert(latest: &mut Latest) -> Option<I420> {
    if !std::mem::take(&mut latest.fresh) {
        return None;
    }
    to_i420(PixelFormat::Bgra, latest.width, latest.height, latest.stride, &latest.pixels).ok()
}

pub(crate) fn still(id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
    let shared = Shared::default();
    let control = Target::find(id)?.start(&shared, None)?;
    let picture = {
        let mut latest = shared.0.lock();
        shared.1.wait_while_for(&mut latest, |l| !l.fresh && !l.closed, STILL);
        convert(&mut latest)
    };
    let _ = control.stop();
    picture.map(|p| scale(&p, max_width, max_height, Fit::Contain)).ok_or(DeviceError::Gone)
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
    let period = Duration::from_secs(1) / fps.clamp(1, 30);
    let shared = Shared::default();
    let control = target.start(&shared, Some(period))?;
    let _ = started.try_send(Ok(target.title()));
    let mut last: Option<(I420, Instant)> = None;
    while !stop.wait_until(Instant::now() + period) {
        let (fresh, closed) = {
            let mut latest = shared.0.lock();
            (convert(&mut latest), latest.closed)
        };
        if closed || control.is_finished() {
            report.gone();
            break;
        }
        let now = Instant::now();
        if let Some(image) = fresh {
            last = Some((image, now));
        } else {
            match &mut last {
                Some((_, at)) if now.duration_since(*at) >= REFRESH => *at = now,
                _ => continue,
            }
        }
        if let Some((image, at)) = &last {
            slot.put(CapturedFrame { image: image.clone(), at: *at });
        }
    }
    let _ = control.stop();
    Ok(())
}
