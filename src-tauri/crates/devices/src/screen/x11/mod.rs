//! X11: monitors by RandR, windows by their Composite pixmap, pictures through shared memory.

mod cursor;
mod display;
mod grab;
mod list;
mod target;

use std::time::{Duration, Instant};

use media::scale::{Fit, scale};
use media::{I420, PixelFormat, to_i420};

use super::{REFRESH, Started, capture};
use crate::handle::FaultReport;
use crate::worker::Stop;
use crate::{CapturedFrame, DeviceError, FrameSlot, ScreenCapture, ScreenSource};
use cursor::Cursor;
use display::Display;
use grab::Grabber;
use target::{Sight, Target};

/// An X server that does not answer for so long does not answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a program gets to paint what was covered until now, where nothing composites.
const REPAINT: Duration = Duration::from_millis(80);

pub(super) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    list::sources(&Display::open()?)
}

pub(super) fn still(id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
    let display = Display::open()?;
    let mut target = Target::find(&display, id)?;
    if target.is_window() && !display.is_composited() {
        Stop::default().wait_until(Instant::now() + REPAINT);
    }
    let mut grabber = Grabber::new(&display);
    let Sight::Visible(area) = target.look()? else { return Err(DeviceError::Gone) };
    let pixels = grabber.grab(&area)?;
    let full = to_i420(PixelFormat::Bgra, area.width.into(), area.height.into(), usize::from(area.width) * 4, pixels)
        .map_err(|_| DeviceError::Format)?;
    Ok(scale(&full, max_width, max_height, Fit::Contain))
}

pub(super) fn open(id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
    let id = id.to_owned();
    capture(PATIENCE, move |stop, started, slot, report| {
        if let Err(error) = run(&id, fps, stop, started, slot, report) {
            let _ = started.try_send(Err(error));
            tracing::info!(?error, "screen capture ended");
            report.gone();
        }
    })
}

/// Ends with `Ok` when told to stop.
fn run(
    id: &str,
    fps: u32,
    stop: &Stop,
    started: &Started,
    slot: &FrameSlot,
    report: &FaultReport,
) -> Result<(), DeviceError> {
    let display = Display::open()?;
    let mut target = Target::find(&display, id)?;
    let mut grabber = Grabber::new(&display);
    let mut cursor = Cursor::new(&display);
    let mut picture = Picture::default();
    let period = Duration::from_secs(1) / fps.clamp(1, 30);
    let _ = started.try_send(Ok(target.title()));
    let mut next = Instant::now();
    loop {
        match target.look() {
            Ok(Sight::Visible(area)) => {
                let pixels = match grabber.grab(&area) {
                    Ok(pixels) => pixels,
                    // Resized or closed between the look and the grab: the next look tells.
                    Err(DeviceError::Driver) => &mut [],
                    Err(error) => return Err(error),
                };
                if !pixels.is_empty() {
                    cursor.update(&target);
                    let size = (area.width, area.height);
                    if let Some(frame) = picture.take(pixels, size, &cursor) {
                        slot.put(frame);
                    }
                }
            }
            // Minimised: the last picture stays.
            Ok(Sight::Hidden) => {
                if let Some(frame) = picture.again() {
                    slot.put(frame);
                }
            }
            Err(DeviceError::Gone) => {
                report.gone();
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        // No catching up after a slow spell.
        next = (next + period).max(Instant::now());
        if stop.wait_until(next) {
            return Ok(());
        }
    }
}

/// The last picture that was delivered, to leave out what has not changed.
#[derive(Default)]
struct Picture {
    /// As grabbed, without the cursor.
    pixels: Vec<u8>,
    size: (u16, u16),
    cursor: Option<cursor::Place>,
    image: Option<I420>,
    delivered: Option<Instant>,
}

impl Picture {
    /// The frame to deliver, if there is news. Draws the cursor into `pixels`.
    fn take(&mut self, pixels: &mut [u8], size: (u16, u16), cursor: &Cursor<'_>) -> Option<CapturedFrame> {
        let place = cursor.place(size);
        if self.size == size && self.cursor == place && self.pixels == pixels {
            return self.again();
        }
        self.pixels.clear();
        self.pixels.extend_from_slice(pixels);
        self.size = size;
        self.cursor = place;
        if let Some(place) = place {
            cursor.draw(place, pixels, size);
        }
        let (width, height) = (u32::from(size.0), u32::from(size.1));
        self.image = to_i420(PixelFormat::Bgra, width, height, width as usize * 4, pixels).ok();
        self.delivered = None;
        self.again()
    }

    /// The same picture once more, if it is time.
    fn again(&mut self) -> Option<CapturedFrame> {
        let now = Instant::now();
        if self.delivered.is_some_and(|at| now.duration_since(at) < REFRESH) {
            return None;
        }
        let image = self.image.clone()?;
        self.delivered = Some(now);
        Some(CapturedFrame { image, at: now })
    }
}
