//! One monitor or window that is being captured: where its pixels are just now.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, Drawable, EventMask, MapState, Pixmap, Window,
};

use super::display::{Display, gone, reply, reply_or_id};
use super::list::{MONITOR, WINDOW, monitors, title};
use crate::DeviceError;

/// How often the place of a monitor is asked for.
const MONITOR_CHECK: Duration = Duration::from_secs(1);

/// A rectangle of a drawable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub drawable: Drawable,
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

pub(super) enum Sight {
    Visible(Area),
    /// There, but nothing of it is to be had: minimised.
    Hidden,
}

enum Kind {
    Monitor { name: String, checked: Instant },
    Window { window: Window, pixmap: Option<Pixmap>, shown: bool, moved: bool },
}

pub(super) struct Target<'d> {
    display: &'d Display,
    kind: Kind,
    area: Area,
    /// The upper left corner on the root window, to place the cursor.
    corner: (i16, i16),
    title: String,
}

impl<'d> Target<'d> {
    pub(super) fn find(display: &'d Display, id: &str) -> Result<Self, DeviceError> {
        if let Some(name) = id.strip_prefix(MONITOR) {
            let monitor = monitors(display)?.into_iter().find(|m| m.name == name).ok_or(DeviceError::Gone)?;
            let (x, y, width, height) = (monitor.x, monitor.y, monitor.width, monitor.height);
            let area = Area { drawable: display.root, x, y, width, height };
            let kind = Kind::Monitor { name: monitor.name.clone(), checked: Instant::now() };
            return Ok(Self { display, kind, area, corner: (x, y), title: monitor.name });
        }
        let window: Window = id.strip_prefix(WINDOW).and_then(|n| n.parse().ok()).ok_or(DeviceError::NotFound)?;
        let connection = &display.connection;
        let attributes = connection.get_window_attributes(window).map_err(gone)?.reply().map_err(gone)?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        connection.change_window_attributes(window, &events).map_err(gone)?.check().map_err(gone)?;
        if display.has_composite {
            // From now on the server keeps the window's picture whole, whatever covers it. Undone when we disconnect.
            let cookie = connection.composite_redirect_window(window, Redirect::AUTOMATIC).map_err(gone)?;
            cookie.check().map_err(|e| reply(&e))?;
        }
        let title = title(display, window).unwrap_or_default();
        let shown = attributes.map_state == MapState::VIEWABLE;
        let kind = Kind::Window { window, pixmap: None, shown, moved: true };
        let area = Area { drawable: window, x: 0, y: 0, width: 0, height: 0 };
        Ok(Self { display, kind, area, corner: (0, 0), title })
    }

    pub(super) fn title(&self) -> String {
        self.title.clone()
    }

    pub(super) fn is_window(&self) -> bool {
        matches!(self.kind, Kind::Window { .. })
    }

    /// The window, where it is one.
    pub(super) fn window(&self) -> Option<Window> {
        match self.kind {
            Kind::Window { window, .. } => Some(window),
            Kind::Monitor { .. } => None,
        }
    }

    pub(super) fn corner(&self) -> (i16, i16) {
        self.corner
    }

    /// Where the picture is now.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] when the window closed, the monitor was unplugged or the server ended.
    pub(super) fn look(&mut self) -> Result<Sight, DeviceError> {
        match &mut self.kind {
            Kind::Monitor { name, checked } => {
                if checked.elapsed() >= MONITOR_CHECK {
                    *checked = Instant::now();
                    let monitor = monitors(self.display)?.into_iter().find(|m| m.name == *name);
                    let monitor = monitor.ok_or(DeviceError::Gone)?;
                    self.area.x = monitor.x;
                    self.area.y = monitor.y;
                    self.area.width = monitor.width;
                    self.area.height = monitor.height;
                    self.corner = (monitor.x, monitor.y);
                }
                Ok(Sight::Visible(self.area))
            }
            Kind::Window { .. } => self.look_at_window(),
        }
    }

    fn look_at_window(&mut self) -> Result<Sight, DeviceError> {
        let connection = &self.display.connection;
        let Kind::Window { window, pixmap, shown, moved } = &mut self.kind else { return Ok(Sight::Hidden) };
        while let Some(event) = connection.poll_for_event().map_err(gone)? {
            match event {
                Event::DestroyNotify(e) if e.window == *window => return Err(DeviceError::Gone),
                Event::UnmapNotify(e) if e.window == *window => *shown = false,
                Event::MapNotify(e) if e.window == *window => (*shown, *moved) = (true, true),
                Event::ConfigureNotify(e) if e.window == *window => *moved = true,
                Event::ReparentNotify(e) if e.window == *window => *moved = true,
                _ => {}
            }
        }
        if !*shown {
            return Ok(Sight::Hidden);
        }
        if *moved {
            let geometry = connection.get_geometry(*window).map_err(gone)?.reply().map_err(gone)?;
            let at = connection.translate_coordinates(*window, self.display.root, 0, 0).map_err(gone)?;
            let at = at.reply().map_err(gone)?;
            self.corner = (at.dst_x, at.dst_y);
            let size = (geometry.width, geometry.height);
            // Each size has its own pixmap; one that was only moved keeps it, but asking again costs nothing.
            if let Some(old) = pixmap.take() {
                let _ = connection.free_pixmap(old);
            }
            self.area = Area { drawable: *window, x: 0, y: 0, width: size.0, height: size.1 };
            if self.display.has_composite {
                let id = connection.generate_id().map_err(|e| reply_or_id(&e))?;
                let named = connection.composite_name_window_pixmap(*window, id).map_err(gone)?.check();
                match named.map_err(|e| reply(&e)) {
                    Ok(()) => {
                        // With its border; the inside begins behind it.
                        let border = i16::try_from(geometry.border_width).unwrap_or(0);
                        self.area = Area { drawable: id, x: border, y: border, ..self.area };
                        *pixmap = Some(id);
                    }
                    // Unmapped just now; the event is on its way.
                    Err(DeviceError::Driver) => return Ok(Sight::Hidden),
                    Err(error) => return Err(error),
                }
            }
            *moved = false;
        }
        if self.area.width < 2 || self.area.height < 2 { Ok(Sight::Hidden) } else { Ok(Sight::Visible(self.area)) }
    }
}
