//! The mouse pointer, which no screen grab contains: fetched beside it and drawn in.

use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};

use super::display::Display;
use super::target::Target;

/// Which cursor, and where its upper left corner is in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    serial: u32,
    x: i32,
    y: i32,
}

pub(super) struct Cursor<'d> {
    display: &'d Display,
    image: Option<GetCursorImageReply>,
    /// Corner of what is captured, on the root window.
    corner: (i16, i16),
}

impl<'d> Cursor<'d> {
    pub(super) fn new(display: &'d Display) -> Self {
        Self { display, image: None, corner: (0, 0) }
    }

    /// Asks where the pointer is and how it looks.
    pub(super) fn update(&mut self, target: &Target<'_>) {
        self.corner = target.corner();
        self.image = None;
        if !self.display.has_cursor {
            return;
        }
        // Over a window in front of the shared one, the pointer is none of the class's business.
        if target.window().is_some_and(|window| !self.is_over(window)) {
            return;
        }
        self.image = self.display.connection.xfixes_get_cursor_image().ok().and_then(|c| c.reply().ok());
    }

    fn is_over(&self, window: Window) -> bool {
        let connection = &self.display.connection;
        let Some(pointer) = connection.query_pointer(self.display.root).ok().and_then(|c| c.reply().ok()) else {
            return false;
        };
        // From the window up to the one that stands on the root: its frame, or itself. Frames nest a few deep.
        let mut top = window;
        for _ in 0..16 {
            match connection.query_tree(top).ok().and_then(|c| c.reply().ok()) {
                Some(tree) if tree.parent != self.display.root && tree.parent != x11rb::NONE => top = tree.parent,
                Some(_) => break,
                None => return false,
            }
        }
        pointer.child == top
    }

    /// `None` where nothing of it is in a picture of that size.
    pub(super) fn place(&self, (width, height): (u16, u16)) -> Option<Place> {
        let image = self.image.as_ref()?;
        let x = i32::from(image.x) - i32::from(image.xhot) - i32::from(self.corner.0);
        let y = i32::from(image.y) - i32::from(image.yhot) - i32::from(self.corner.1);
        let inside = x < i32::from(width)
            && y < i32::from(height)
            && x + i32::from(image.width) > 0
            && y + i32::from(image.height) > 0;
        inside.then_some(Place { serial: image.cursor_serial, x, y })
    }

    /// Draws it into blue-green-red pixels of that size.
    pub(super) fn draw(&self, place: Place, pixels: &mut [u8], size: (u16, u16)) {
        if let Some(image) = &self.image {
            blend(&image.cursor_image, image.width, place, pixels, size);
        }
    }
}

/// Premultiplied ARGB rows of `cursor_width` over pixels; what is outside is left out.
fn blend(cursor: &[u32], cursor_width: u16, place: Place, pixels: &mut [u8], (width, height): (u16, u16)) {
    let inside = |at: i32, length: u16| usize::try_from(at).ok().filter(|at| *at < usize::from(length));
    for (row, line) in cursor.chunks(usize::from(cursor_width.max(1))).enumerate() {
        let Some(y) = inside(place.y + row as i32, height) else { continue };
        for (column, argb) in line.iter().enumerate() {
            let Some(x) = inside(place.x + column as i32, width) else { continue };
            let [blue, green, red, alpha] = argb.to_le_bytes();
            let at = (y * usize::from(width) + x) * 4;
            let Some(pixel) = pixels.get_mut(at..at + 3) else { return };
            for (under, over) in pixel.iter_mut().zip([blue, green, red]) {
                let rest = (u32::from(*under) * (255 - u32::from(alpha)) + 127) / 255;
                *under = (rest + u32::from(over)).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_at_the_edge_is_cut_off() {
        let cursor = [0xffff_ffff_u32; 4];
        let mut pixels = [0_u8; 3 * 2 * 4];
        blend(&cursor, 2, Place { serial: 0, x: 2, y: -1 }, &mut pixels, (3, 2));
        let mut expected = [0_u8; 3 * 2 * 4];
        expected[8..11].fill(255);
        assert_eq!(pixels, expected);
        blend(&cursor, 0, Place { serial: 0, x: i32::MAX - 1, y: 0 }, &mut pixels, (3, 2));
    }

    #[test]
    fn half_transparent_pixels_mix() {
        let mut pixels = [100_u8; 4];
        blend(&[0x8080_0000], 1, Place { serial: 0, x: 0, y: 0 }, &mut pixels, (1, 1));
        assert_eq!(pixels, [50, 50, 178, 100]);
    }
}
