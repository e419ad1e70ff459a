//! The one picture format inside the application.

use thiserror::Error;

/// Longest side of a picture, in pixels. Larger ones are refused before anything is allocated for them.
pub const MAX_SIDE: u32 = 16_384;

/// Why bytes are not a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Zero, odd where evenness is needed, or above [`MAX_SIDE`].
    #[error("picture of {width}x{height} pixels cannot be used")]
    Size {
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Fewer bytes than size, format and stride ask for (or more, where planes must be tight).
    #[error("picture holds {got} bytes where {needed} are needed")]
    Length {
        /// Bytes the size asks for.
        needed: usize,
        /// Bytes given.
        got: usize,
    },
}

/// One plane to copy from: rows of samples, `stride` bytes apart.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Samples, first row first.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A picture in planar YUV 4:2:0, BT.601 limited range: all Y, then all U, then all V, rows without padding.
///
/// Both sides are even and at least 2. Not `Clone` by accident on hot paths: share it in an `Arc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    /// Pixels a row; even. Read only: the planes follow from it.
    pub width: u32,
    /// Rows; even. Read only: the planes follow from it.
    pub height: u32,
    data: Vec<u8>,
}

impl I420 {
    /// Takes tight planes as they are.
    ///
    /// # Errors
    /// [`FrameError`] if a side is odd, zero or too long, or the length is not [`I420::bytes`].
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, FrameError> {
        check_even(width, height)?;
        let needed = Self::bytes(width, height);
        if data.len() != needed {
            return Err(FrameError::Length { needed, got: data.len() });
        }
        Ok(Self { width, height, data })
    }

    /// Copies from planes with strides (a decoder's output).
    ///
    /// # Errors
    /// [`FrameError`] if a side is odd, zero or too long, or a plane too short.
    pub fn from_planes(width: u32, height: u32, y: Plane<'_>, u: Plane<'_>, v: Plane<'_>) -> Result<Self, FrameError> {
        check_even(width, height)?;
        let (w, h) = (width as usize, height as usize);
        let mut data = Vec::with_capacity(Self::bytes(width, height));
        copy_rows(&mut data, y, w, h)?;
        copy_rows(&mut data, u, w / 2, h / 2)?;
        copy_rows(&mut data, v, w / 2, h / 2)?;
        Ok(Self { width, height, data })
    }

    /// A black picture. Odd sides are rounded down; the smallest is 2×2, the largest [`MAX_SIDE`].
    #[must_use]
    pub fn black(width: u32, height: u32) -> Self {
        Self::filled(width, height, 16, 128, 128)
    }

    /// A picture of one colour; sides as in [`I420::black`].
    #[must_use]
    pub fn filled(width: u32, height: u32, y: u8, u: u8, v: u8) -> Self {
        let (width, height) = (even_side(width), even_side(height));
        let luma = width as usize * height as usize;
        let mut data = Vec::with_capacity(luma + luma / 2);
        data.resize(luma, y);
        data.resize(luma + luma / 4, u);
        data.resize(luma + luma / 2, v);
        Self { width, height, data }
    }

    /// Bytes of a picture of this size.
    #[must_use]
    pub const fn bytes(width: u32, height: u32) -> usize {
        let luma = width as usize * height as usize;
        luma + luma / 2
    }

    /// The Y, U and V planes; strides are `width`, `width / 2`, `width / 2`.
    #[must_use]
    pub fn planes(&self) -> (&[u8], &[u8], &[u8]) {
        let (y, chroma) = self.data.split_at(self.data.len() / 3 * 2);
        let (u, v) = chroma.split_at(chroma.len() / 2);
        (y, u, v)
    }

    /// The planes, to be drawn into.
    #[must_use]
    pub fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let luma = self.data.len() / 3 * 2;
        let (y, chroma) = self.data.split_at_mut(luma);
        let half = chroma.len() / 2;
        let (u, v) = chroma.split_at_mut(half);
        (y, u, v)
    }

    /// All bytes: Y, U, V.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Gives the bytes away.
    #[must_use]
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}

/// The nearest usable side: even, 2 to [`MAX_SIDE`].
pub(crate) const fn even_side(side: u32) -> u32 {
    let even = side & !1;
    if even < 2 {
        2
    } else if even > MAX_SIDE {
        MAX_SIDE
    } else {
        even
    }
}

fn check_even(width: u32, height: u32) -> Result<(), FrameError> {
    let usable = |side: u32| (2..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
    if usable(width) && usable(height) { Ok(()) } else { Err(FrameError::Size { width, height }) }
}

fn copy_rows(out: &mut Vec<u8>, plane: Plane<'_>, width: usize, height: usize) -> Result<(), FrameError> {
    let needed = plane.stride.saturating_mul(height - 1).saturating_add(width);
    if plane.stride < width || plane.data.len() < needed {
        return Err(FrameError::Length { needed, got: plane.data.len() });
    }
    for row in plane.data.chunks(plane.stride).take(height) {
        out.extend_from_slice(&row[..width]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_even_and_planes_tight() {
        assert!(matches!(I420::new(3, 2, vec![0; 9]), Err(FrameError::Size { .. })));
        assert!(matches!(I420::new(0, 2, vec![]), Err(FrameError::Size { .. })));
        assert!(matches!(I420::new(MAX_SIDE + 2, 2, vec![]), Err(FrameError::Size { .. })));
        assert!(matches!(I420::new(4, 2, vec![0; 11]), Err(FrameError::Length { needed: 12, got: 11 })));
        let frame = I420::new(4, 2, (0..12).collect()).unwrap();
        assert_eq!(frame.planes(), (&[0, 1, 2, 3, 4, 5, 6, 7][..], &[8, 9][..], &[10, 11][..]));
        assert_eq!(frame.into_data().len(), 12);
    }

    #[test]
    fn black_takes_any_size() {
        for (asked, got) in [((0, 0), (2, 2)), ((641, 481), (640, 480)), ((u32::MAX, 7), (MAX_SIDE, 6))] {
            let frame = I420::black(asked.0, asked.1);
            assert_eq!((frame.width, frame.height), got);
            assert_eq!(frame.data().len(), I420::bytes(got.0, got.1));
        }
    }

    #[test]
    fn rows_with_padding_are_packed() {
        let y = [1, 2, 0, 0, 3, 4, 0, 0];
        let frame = I420::from_planes(
            2,
            2,
            Plane { data: &y[..6], stride: 4 },
            Plane { data: &[5], stride: 9 },
            Plane { data: &[6], stride: 9 },
        )
        .unwrap();
        assert_eq!(frame.data(), [1, 2, 3, 4, 5, 6]);
        let short = I420::from_planes(
            2,
            2,
            Plane { data: &y[..5], stride: 4 },
            Plane { data: &[5], stride: 1 },
            Plane { data: &[6], stride: 1 },
        );
        assert_eq!(short, Err(FrameError::Length { needed: 6, got: 5 }));
    }
}
