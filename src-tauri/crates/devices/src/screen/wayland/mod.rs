//! Wayland: the portal lets the person choose, PipeWire brings the pictures.

mod pictures;

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use ashpd::desktop::Session;
use ashpd::desktop::screencast::{
    CursorMode, OpenPipeWireRemoteOptions, Screencast, SelectSourcesOptions, SourceType, StartCastOptions,
};
use ashpd::enumflags2::BitFlags;

use super::{REFRESH, Started, capture};
use crate::handle::FaultReport;
use crate::worker::Stop;
use crate::{CapturedFrame, DeviceError, FrameSlot, ScreenCapture, ScreenKind, ScreenSource};
use pictures::Pictures;

/// The one entry there is: what it stands for is chosen in the system's own dialog.
const PORTAL: &str = "wayland:portal";

/// How long the person may look at that dialog.
const PATIENCE: Duration = Duration::from_secs(180);

#[allow(clippy::unnecessary_wraps, reason = "the other systems can fail")]
pub(super) fn sources() -> Result<Vec<ScreenSource>, DeviceError> {
    let (id, title) = (PORTAL.to_owned(), String::new());
    Ok(vec![ScreenSource { id, title, kind: ScreenKind::Screen, width: 0, height: 0 }])
}

pub(super) fn open(id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
    if id != PORTAL {
        return Err(DeviceError::NotFound);
    }
    capture(PATIENCE, move |stop, started, slot, report| {
        if let Err(error) = run(fps, stop, started, slot, report) {
            let _ = started.try_send(Err(error));
        }
    })
}

fn run(fps: u32, stop: &Stop, started: &Started, slot: &FrameSlot, report: &FaultReport) -> Result<(), DeviceError> {
    let (session, remote, node) = pollster::block_on(choose())?;
    let fps = fps.clamp(1, 30);
    let period = Duration::from_secs(1) / fps;
    let pictures = Pictures::connect(remote, node, fps)?;
    let _ = started.try_send(Ok(String::new()));
    let mut last: Option<CapturedFrame> = None;
    let mut next = Instant::now();
    while !stop.is_set() {
        // Ends when the person stops sharing in the system's own panel, too.
        if !pictures.turn(next.saturating_duration_since(Instant::now())) {
            report.gone();
            break;
        }
        let now = Instant::now();
        if now < next {
            continue;
        }
        next = now + period;
        if let Some(image) = pictures.take() {
            last = Some(CapturedFrame { image, at: now });
        } else {
            match &mut last {
                Some(frame) if now.duration_since(frame.at) >= REFRESH => frame.at = now,
                _ => continue,
            }
        }
        if let Some(frame) = &last {
            slot.put(frame.clone());
        }
    }
    drop(pictures);
    let _ = pollster::block_on(session.close());
    Ok(())
}

/// The person's choice: a session to keep, the door to PipeWire, and which of its nodes it is.
async fn choose() -> Result<(Session<Screencast>, OwnedFd, u32), DeviceError> {
    let portal = Screencast::new().await.map_err(|e| error(&e))?;
    let session = portal.create_session(Default::default()).await.map_err(|e| error(&e))?;
    let offered = portal.available_source_types().await.unwrap_or(SourceType::Monitor.into());
    let wanted: BitFlags<SourceType> = SourceType::Monitor | SourceType::Window;
    let mut options = SelectSourcesOptions::default().set_sources(wanted & offered).set_multiple(false);
    if portal.available_cursor_modes().await.is_ok_and(|modes| modes.contains(CursorMode::Embedded)) {
        options = options.set_cursor_mode(CursorMode::Embedded);
    }
    portal.select_sources(&session, options).await.map_err(|e| error(&e))?;
    let answer = portal.start(&session, None, StartCastOptions::default()).await.map_err(|e| error(&e))?;
    let streams = answer.response().map_err(|e| error(&e))?;
    let node = streams.streams().first().ok_or(DeviceError::Blocked)?.pipe_wire_node_id();
    let remote = portal.open_pipe_wire_remote(&session, OpenPipeWireRemoteOptions::default()).await;
    Ok((session, remote.map_err(|e| error(&e))?, node))
}

fn error(error: &ashpd::Error) -> DeviceError {
    match error {
        // Cancelled by the person or refused by the system.
        ashpd::Error::Response(_) | ashpd::Error::NoResponse => DeviceError::Blocked,
        ashpd::Error::PortalNotFound(_) | ashpd::Error::RequiresVersion(..) | ashpd::Error::Zbus(_) => {
            DeviceError::Unsupported
        }
        _ => DeviceError::Driver,
    }
}
