//! The connection to the X server and what is asked of it once.

use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ReplyError, ReplyOrIdError};
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, ImageOrder, Window};
use x11rb::protocol::{composite, randr, shm, xfixes};
use x11rb::rust_connection::RustConnection;

use crate::DeviceError;

x11rb::atom_manager! {
    /// Names used between window managers and programs (EWMH).
    pub(super) Atoms: AtomsCookie {
        _NET_CLIENT_LIST,
        _NET_CLIENT_LIST_STACKING,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DESKTOP,
        _NET_WM_WINDOW_TYPE_DOCK,
        UTF8_STRING,
    }
}

pub(super) struct Display {
    pub connection: RustConnection,
    pub root: Window,
    pub root_size: (u16, u16),
    pub atoms: Atoms,
    pub has_shm: bool,
    pub has_randr: bool,
    pub has_composite: bool,
    pub has_cursor: bool,
    screen: usize,
}

impl Display {
    pub(super) fn open() -> Result<Self, DeviceError> {
        let (connection, screen) = x11rb::connect(None).map_err(|_| DeviceError::Unsupported)?;
        let setup = connection.setup();
        let here = setup.roots.get(screen).ok_or(DeviceError::Unsupported)?;
        let (root, depth, visual) = (here.root, here.root_depth, here.root_visual);
        let root_size = (here.width_in_pixels, here.height_in_pixels);
        // Four bytes a pixel, blue first, is what every server of this century has; the others are refused in words.
        let wide = setup.pixmap_formats.iter().any(|f| f.depth == depth && f.bits_per_pixel == 32);
        let masks = here.allowed_depths.iter().flat_map(|d| &d.visuals).find(|v| v.visual_id == visual);
        let plain = masks.is_some_and(|v| (v.red_mask, v.green_mask, v.blue_mask) == (0xff_0000, 0xff00, 0xff));
        if !wide || !plain || setup.image_byte_order != ImageOrder::LSB_FIRST {
            return Err(DeviceError::Format);
        }
        let has = |name| connection.extension_information(name).ok().flatten().is_some();
        // An extension must be greeted before use, or its later requests are errors.
        let has_randr = has(randr::X11_EXTENSION_NAME)
            && connection
                .randr_query_version(1, 5)
                .ok()
                .and_then(|c| c.reply().ok())
                .is_some_and(|v| (v.major_version, v.minor_version) >= (1, 5));
        let has_composite = has(composite::X11_EXTENSION_NAME)
            && connection
                .composite_query_version(0, 4)
                .ok()
                .and_then(|c| c.reply().ok())
                .is_some_and(|v| (v.major_version, v.minor_version) >= (0, 2));
        let has_cursor = has(xfixes::X11_EXTENSION_NAME)
            && connection.xfixes_query_version(4, 0).ok().and_then(|c| c.reply().ok()).is_some();
        let has_shm = has(shm::X11_EXTENSION_NAME) && shm_by_descriptor(&connection);
        let atoms = Atoms::new(&connection).map_err(gone)?.reply().map_err(|e| reply(&e))?;
        Ok(Self { connection, root, root_size, atoms, has_shm, has_randr, has_composite, has_cursor, screen })
    }

    /// True where a compositor keeps every window's whole picture anyway.
    pub(super) fn is_composited(&self) -> bool {
        let name = format!("_NET_WM_CM_S{}", self.screen);
        let atom = self.connection.intern_atom(true, name.as_bytes()).ok().and_then(|c| c.reply().ok());
        atom.is_some_and(|a| {
            let owner = self.connection.get_selection_owner(a.atom).ok().and_then(|c| c.reply().ok());
            owner.is_some_and(|o| o.owner != x11rb::NONE)
        })
    }

    /// A property of 32-bit numbers; empty if it is missing or of another form.
    pub(super) fn numbers(&self, window: Window, property: Atom, kind: AtomEnum) -> Vec<u32> {
        let cookie = self.connection.get_property(false, window, property, kind, 0, 4096);
        let reply = cookie.ok().and_then(|c| c.reply().ok());
        reply.and_then(|r| r.value32().map(Iterator::collect)).unwrap_or_default()
    }

    /// A text property; `None` if missing or empty.
    pub(super) fn text(&self, window: Window, property: Atom, kind: Atom) -> Option<String> {
        let reply = self.connection.get_property(false, window, property, kind, 0, 256).ok()?.reply().ok()?;
        let text = String::from_utf8_lossy(&reply.value).trim_matches(['\0', ' ']).to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// Shared memory that the server hands over as a file descriptor (1.2), which needs no System V segments.
fn shm_by_descriptor(connection: &RustConnection) -> bool {
    use x11rb::protocol::shm::ConnectionExt as _;
    let version = connection.shm_query_version().ok().and_then(|c| c.reply().ok());
    version.is_some_and(|v| (v.major_version, v.minor_version) >= (1, 2))
}

/// The connection broke: with the X server goes everything that could be shared.
pub(super) fn gone<E>(_: E) -> DeviceError {
    DeviceError::Gone
}

/// A broken connection is the end; a refused request is one for the caller to look at.
pub(super) fn reply(error: &ReplyError) -> DeviceError {
    match error {
        ReplyError::ConnectionError(_) => DeviceError::Gone,
        ReplyError::X11Error(_) => DeviceError::Driver,
    }
}

pub(super) fn reply_or_id(error: &ReplyOrIdError) -> DeviceError {
    match error {
        ReplyOrIdError::X11Error(_) => DeviceError::Driver,
        ReplyOrIdError::IdsExhausted | ReplyOrIdError::ConnectionError(_) => DeviceError::Gone,
    }
}
