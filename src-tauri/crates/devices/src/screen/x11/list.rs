//! What an X display offers to share.

use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState, Window, WindowClass};

use super::display::{Display, gone, reply};
use crate::{DeviceError, ScreenKind, ScreenSource};

pub(super) const MONITOR: &str = "x11:monitor:";
pub(super) const WINDOW: &str = "x11:window:";

/// A monitor's place on the root window.
pub(super) struct Monitor {
    pub name: String,
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

pub(super) fn sources(display: &Display) -> Result<Vec<ScreenSource>, DeviceError> {
    let mut sources: Vec<_> = monitors(display)?
        .into_iter()
        .map(|m| ScreenSource {
            id: format!("{MONITOR}{}", m.name),
            title: m.name,
            kind: ScreenKind::Screen,
            width: m.width.into(),
            height: m.height.into(),
        })
        .collect();
    for window in windows(display)? {
        sources.extend(describe(display, window));
    }
    Ok(sources)
}

/// Primary first.
pub(super) fn monitors(display: &Display) -> Result<Vec<Monitor>, DeviceError> {
    let mut list = Vec::new();
    if display.has_randr {
        let cookie = display.connection.randr_get_monitors(display.root, true).map_err(gone)?;
        let mut monitors = cookie.reply().map_err(|e| reply(&e))?.monitors;
        monitors.sort_by_key(|m| !m.primary);
        for monitor in monitors.into_iter().filter(|m| m.width > 1 && m.height > 1) {
            let name = display.connection.get_atom_name(monitor.name).map_err(gone)?.reply().map_err(|e| reply(&e))?;
            list.push(Monitor {
                name: String::from_utf8_lossy(&name.name).into_owned(),
                x: monitor.x,
                y: monitor.y,
                width: monitor.width,
                height: monitor.height,
            });
        }
    }
    if list.is_empty() {
        let (width, height) = display.root_size;
        list.push(Monitor { name: "screen".into(), x: 0, y: 0, width, height });
    }
    Ok(list)
}

/// Front to back.
fn windows(display: &Display) -> Result<Vec<Window>, DeviceError> {
    for list in [display.atoms._NET_CLIENT_LIST_STACKING, display.atoms._NET_CLIENT_LIST] {
        let mut windows = display.numbers(display.root, list, AtomEnum::WINDOW);
        if !windows.is_empty() {
            windows.reverse();
            return Ok(windows);
        }
    }
    // No window manager: the windows stand on the root themselves.
    let tree = display.connection.query_tree(display.root).map_err(gone)?.reply().map_err(|e| reply(&e))?;
    Ok(tree.children.into_iter().rev().collect())
}

/// `None` for what cannot or should not be shared: ours, hidden, panels and desktops, nameless.
fn describe(display: &Display, window: Window) -> Option<ScreenSource> {
    let attributes = display.connection.get_window_attributes(window).ok()?.reply().ok()?;
    if attributes.map_state != MapState::VIEWABLE || attributes.class != WindowClass::INPUT_OUTPUT {
        return None;
    }
    let pid = display.numbers(window, display.atoms._NET_WM_PID, AtomEnum::CARDINAL);
    let kinds = display.numbers(window, display.atoms._NET_WM_WINDOW_TYPE, AtomEnum::ATOM);
    let furniture = [display.atoms._NET_WM_WINDOW_TYPE_DOCK, display.atoms._NET_WM_WINDOW_TYPE_DESKTOP];
    if pid.first() == Some(&std::process::id()) || kinds.iter().any(|k| furniture.contains(k)) {
        return None;
    }
    let title = title(display, window)?;
    let geometry = display.connection.get_geometry(window).ok()?.reply().ok()?;
    if geometry.width < 16 || geometry.height < 16 {
        return None;
    }
    Some(ScreenSource {
        id: format!("{WINDOW}{window}"),
        title,
        kind: ScreenKind::Window,
        width: geometry.width.into(),
        height: geometry.height.into(),
    })
}

pub(super) fn title(display: &Display, window: Window) -> Option<String> {
    display
        .text(window, display.atoms._NET_WM_NAME, display.atoms.UTF8_STRING)
        .or_else(|| display.text(window, AtomEnum::WM_NAME.into(), AtomEnum::ANY.into()))
}
