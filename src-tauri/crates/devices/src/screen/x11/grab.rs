//! Pixels from the X server: through memory shared with it, or over the connection where that cannot be had.
#![allow(unsafe_code, reason = "mapping the memory that the X server shares")]

use std::fs::File;

use memmap2::MmapMut;
use x11rb::connection::Connection;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::display::{Display, gone, reply, reply_or_id};
use super::target::Area;
use crate::DeviceError;

const ALL_PLANES: u32 = !0;

struct Segment {
    id: shm::Seg,
    memory: MmapMut,
}

pub(super) struct Grabber<'d> {
    display: &'d Display,
    segment: Option<Segment>,
    use_shm: bool,
    copied: Vec<u8>,
}

impl<'d> Grabber<'d> {
    pub(super) fn new(display: &'d Display) -> Self {
        Self { display, segment: None, use_shm: display.has_shm, copied: Vec::new() }
    }

    /// Blue, green, red, nothing: `width * 4` bytes a row. The caller may draw into it; the next grab starts afresh.
    ///
    /// # Errors
    /// [`DeviceError::Driver`] if the area is not there any more, [`DeviceError::Format`] for pixels of another size,
    /// [`DeviceError::Gone`] if the server is.
    pub(super) fn grab(&mut self, area: &Area) -> Result<&mut [u8], DeviceError> {
        let length = usize::from(area.width) * usize::from(area.height) * 4;
        if self.use_shm && self.segment.as_ref().is_none_or(|s| s.memory.len() < length) {
            self.release();
            self.segment = self.share(length).ok();
            // A display on another computer announces the extension all the same.
            self.use_shm = self.segment.is_some();
        }
        if self.segment.is_none() {
            self.copied = self.over_the_wire(area, length)?;
            return Ok(&mut self.copied);
        }
        let Some(segment) = &mut self.segment else { return Err(DeviceError::Driver) };
        let connection = &self.display.connection;
        let cookie = connection.shm_get_image(
            area.drawable,
            area.x,
            area.y,
            area.width,
            area.height,
            ALL_PLANES,
            ImageFormat::Z_PIXMAP.into(),
            segment.id,
            0,
        );
        let image = cookie.map_err(gone)?.reply().map_err(|e| reply(&e))?;
        if image.size as usize != length {
            return Err(DeviceError::Format);
        }
        Ok(&mut segment.memory[..length])
    }

    fn share(&self, length: usize) -> Result<Segment, DeviceError> {
        let connection = &self.display.connection;
        let size = u32::try_from(length).map_err(|_| DeviceError::Format)?;
        let id = connection.generate_id().map_err(|e| reply_or_id(&e))?;
        let cookie = connection.shm_create_segment(id, size, false).map_err(gone)?;
        let file = File::from(cookie.reply().map_err(|e| reply(&e))?.shm_fd);
        // SAFETY: the server made this file for us alone and keeps it at this size; mapping less than it has is refused
        // by the kernel. It writes only while it answers `shm_get_image`, and `grab` returns after the answer.
        let memory = unsafe { memmap2::MmapOptions::new().len(length).map_mut(&file) };
        let memory = memory.map_err(|_| DeviceError::Driver)?;
        Ok(Segment { id, memory })
    }

    fn over_the_wire(&self, area: &Area, length: usize) -> Result<Vec<u8>, DeviceError> {
        let Area { drawable, x, y, width, height } = *area;
        let cookie =
            self.display.connection.get_image(ImageFormat::Z_PIXMAP, drawable, x, y, width, height, ALL_PLANES);
        let image = cookie.map_err(gone)?.reply().map_err(|e| reply(&e))?;
        if image.data.len() == length { Ok(image.data) } else { Err(DeviceError::Format) }
    }

    fn release(&mut self) {
        if let Some(segment) = self.segment.take() {
            let _ = self.display.connection.shm_detach(segment.id);
        }
    }
}

impl Drop for Grabber<'_> {
    fn drop(&mut self) {
        self.release();
        let _ = self.display.connection.flush();
    }
}
