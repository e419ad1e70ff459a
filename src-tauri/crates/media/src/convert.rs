//! From what cameras and screens deliver to [`I420`].

use crate::frame::{FrameError, I420, MAX_SIDE};

/// Layout of captured bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// Packed 4:2:2: Y0 U Y1 V.
    Yuyv,
    /// Y plane, then interleaved U V at half height; both with the same stride.
    Nv12,
    /// R G B, three bytes a pixel.
    Rgb24,
    /// B G R x, four bytes a pixel; the fourth is ignored.
    Bgra,
    /// Y plane, then U and V; the chroma stride is half the given one.
    I420,
}

/// Converts one captured picture. `stride` is the bytes from one row to the next (of the Y plane, where planar). An odd
/// last column or row is cut off, since windows come in odd sizes.
///
/// # Errors
/// [`FrameError`] if the size is below 2×2 or above [`MAX_SIDE`], or `data` is too short for it.
pub fn to_i420(format: PixelFormat, width: u32, height: u32, stride: usize, data: &[u8]) -> Result<I420, FrameError> {
    if width < 2 || height < 2 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(FrameError::Size { width, height });
    }
    let source = Source { height: height as usize, stride, data };
    source.check(format, width as usize)?;
    let mut out = I420::black(width, height);
    match format {
        PixelFormat::Yuyv => yuyv(source, &mut out),
        PixelFormat::Nv12 => nv12(source, &mut out),
        PixelFormat::Rgb24 => rgb::<3, 0, 2>(source, &mut out),
        PixelFormat::Bgra => rgb::<4, 2, 0>(source, &mut out),
        PixelFormat::I420 => i420(source, &mut out),
    }
    Ok(out)
}

#[derive(Clone, Copy)]
struct Source<'a> {
    height: usize,
    stride: usize,
    data: &'a [u8],
}

impl<'a> Source<'a> {
    /// Before anything is allocated: is there a byte for every sample that will be read?
    fn check(&self, format: PixelFormat, width: usize) -> Result<(), FrameError> {
        let (even_width, chroma_rows) = (width & !1, self.height / 2);
        let row = match format {
            PixelFormat::Yuyv => even_width * 2,
            PixelFormat::Rgb24 => width * 3,
            PixelFormat::Bgra => width * 4,
            PixelFormat::Nv12 | PixelFormat::I420 => width,
        };
        // The last row may end without its padding.
        let needed = match format {
            PixelFormat::Yuyv | PixelFormat::Rgb24 | PixelFormat::Bgra => {
                self.stride.saturating_mul(self.height - 1).saturating_add(row)
            }
            PixelFormat::Nv12 => self.stride.saturating_mul(self.height + chroma_rows - 1).saturating_add(even_width),
            PixelFormat::I420 => self
                .v_start()
                .saturating_add((self.stride / 2).saturating_mul(chroma_rows - 1))
                .saturating_add(even_width / 2),
        };
        if self.stride < row || self.data.len() < needed {
            return Err(FrameError::Length { needed: needed.max(row), got: self.data.len() });
        }
        Ok(())
    }

    /// Where U (or UV) begins.
    fn chroma_start(&self) -> usize {
        self.stride.saturating_mul(self.height)
    }

    /// Where V begins; a source of odd height has chroma for its last row too.
    fn v_start(&self) -> usize {
        self.chroma_start().saturating_add((self.stride / 2).saturating_mul(self.height.div_ceil(2)))
    }

    fn rows(&self, row: usize) -> impl Iterator<Item = &'a [u8]> {
        self.data.chunks(self.stride).map(move |line| &line[..row.min(line.len())])
    }
}

/// Pairs of rows of one plane with the chroma rows beside them.
fn row_pairs(out: &mut I420) -> impl Iterator<Item = (&mut [u8], &mut [u8], &mut [u8], &mut [u8])> {
    let width = out.width as usize;
    let (y, u, v) = out.planes_mut();
    y.chunks_exact_mut(width * 2).zip(u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2))).map(
        move |(y, (u, v))| {
            let (top, bottom) = y.split_at_mut(width);
            (top, bottom, u, v)
        },
    )
}

fn yuyv(source: Source<'_>, out: &mut I420) {
    let row = out.width as usize * 2;
    let mut rows = source.rows(row);
    for (top, bottom, u, v) in row_pairs(out) {
        let (Some(first), Some(second)) = (rows.next(), rows.next()) else { break };
        for (y, pair) in top.iter_mut().zip(first.chunks_exact(2)) {
            *y = pair[0];
        }
        for (y, pair) in bottom.iter_mut().zip(second.chunks_exact(2)) {
            *y = pair[0];
        }
        for ((u, v), (a, b)) in u.iter_mut().zip(v).zip(first.chunks_exact(4).zip(second.chunks_exact(4))) {
            *u = average(a[1], b[1]);
            *v = average(a[3], b[3]);
        }
    }
}

fn nv12(source: Source<'_>, out: &mut I420) {
    let width = out.width as usize;
    let (y, u, v) = out.planes_mut();
    for (to, from) in y.chunks_exact_mut(width).zip(source.rows(width)) {
        to.copy_from_slice(from);
    }
    let chroma = source.data[source.chroma_start()..].chunks(source.stride);
    for ((u, v), from) in u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2)).zip(chroma) {
        for ((u, v), pair) in u.iter_mut().zip(v).zip(from.chunks_exact(2)) {
            *u = pair[0];
            *v = pair[1];
        }
    }
}

fn i420(source: Source<'_>, out: &mut I420) {
    let width = out.width as usize;
    let (y, u, v) = out.planes_mut();
    for (to, from) in y.chunks_exact_mut(width).zip(source.rows(width)) {
        to.copy_from_slice(from);
    }
    for (plane, start) in [(u, source.chroma_start()), (v, source.v_start())] {
        for (to, from) in plane.chunks_exact_mut(width / 2).zip(source.data[start..].chunks(source.stride / 2)) {
            to.copy_from_slice(&from[..width / 2]);
        }
    }
}

/// `N` bytes a pixel with red at `R` and blue at `B`, green between them.
fn rgb<const N: usize, const R: usize, const B: usize>(source: Source<'_>, out: &mut I420) {
    let row = out.width as usize * N;
    let mut rows = source.rows(row);
    for (top, bottom, u, v) in row_pairs(out) {
        let (Some(first), Some(second)) = (rows.next(), rows.next()) else { break };
        for (y, pixel) in top.iter_mut().zip(first.chunks_exact(N)) {
            *y = luma(pixel[R], pixel[1], pixel[B]);
        }
        for (y, pixel) in bottom.iter_mut().zip(second.chunks_exact(N)) {
            *y = luma(pixel[R], pixel[1], pixel[B]);
        }
        let fours = first.chunks_exact(N * 2).zip(second.chunks_exact(N * 2));
        for ((u, v), (a, b)) in u.iter_mut().zip(v).zip(fours) {
            let sum = |at: usize| i32::from(a[at]) + i32::from(a[at + N]) + i32::from(b[at]) + i32::from(b[at + N]);
            (*u, *v) = chroma(sum(R), sum(1), sum(B));
        }
    }
}

/// BT.601 limited range in 8 fractional bits.
#[inline]
fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((66 * u32::from(r) + 129 * u32::from(g) + 25 * u32::from(b) + 128 + (16 << 8)) >> 8) as u8
}

/// From the sums over four pixels.
#[inline]
fn chroma(r: i32, g: i32, b: i32) -> (u8, u8) {
    const MIDDLE: i32 = (128 << 10) + 512;
    let u = (-38 * r - 74 * g + 112 * b + MIDDLE) >> 10;
    let v = (112 * r - 94 * g - 18 * b + MIDDLE) >> 10;
    (u as u8, v as u8)
}

#[inline]
fn average(a: u8, b: u8) -> u8 {
    (u16::from(a) + u16::from(b)).div_ceil(2) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_colours_arrive_as_bt601() {
        // (r, g, b) → (y, u, v) of the standard, ±1.
        for ((r, g, b), expected) in [
            ((0, 0, 0), [16, 128, 128]),
            ((255, 255, 255), [235, 128, 128]),
            ((255, 0, 0), [82, 90, 240]),
            ((0, 255, 0), [145, 54, 34]),
            ((0, 0, 255), [41, 240, 110]),
        ] {
            let rgb: Vec<u8> = [r, g, b].repeat(4);
            let bgra: Vec<u8> = [b, g, r, 255].repeat(4);
            for frame in [
                to_i420(PixelFormat::Rgb24, 2, 2, 6, &rgb).unwrap(),
                to_i420(PixelFormat::Bgra, 2, 2, 8, &bgra).unwrap(),
            ] {
                let got = [frame.data()[0], frame.data()[4], frame.data()[5]];
                for (got, expected) in got.iter().zip(expected) {
                    assert!((i32::from(*got) - expected).abs() <= 1, "{r},{g},{b}: {got} not {expected}");
                }
            }
        }
    }

    #[test]
    fn every_layout_gives_the_same_picture() {
        // 6×4 with a stride of more than the row, each with its own padding of 0xee.
        let y = |x: usize, line: usize| (line * 6 + x + 20) as u8;
        let (u, v) =
            (|x: usize, line: usize| (100 + line * 3 + x) as u8, |x: usize, line: usize| (150 + line * 3 + x) as u8);
        let mut expected = Vec::new();
        expected.extend((0..4).flat_map(|line| (0..6).map(move |x| y(x, line))));
        expected.extend((0..2).flat_map(|line| (0..3).map(move |x| u(x, line))));
        expected.extend((0..2).flat_map(|line| (0..3).map(move |x| v(x, line))));

        let mut yuyv = Vec::new();
        let mut nv12 = Vec::new();
        let mut planar = Vec::new();
        for line in 0..4 {
            for x in 0..3 {
                yuyv.extend([y(2 * x, line), u(x, line / 2), y(2 * x + 1, line), v(x, line / 2)]);
            }
            yuyv.extend([0xee; 4]);
            nv12.extend((0..6).map(|x| y(x, line)).chain([0xee; 2]));
            planar.extend((0..6).map(|x| y(x, line)).chain([0xee; 2]));
        }
        for line in 0..2 {
            nv12.extend((0..3).flat_map(|x| [u(x, line), v(x, line)]).chain([0xee; 2]));
            planar.extend((0..3).map(|x| u(x, line)).chain([0xee]));
        }
        for line in 0..2 {
            planar.extend((0..3).map(|x| v(x, line)).chain([0xee]));
        }
        for (format, stride, data) in
            [(PixelFormat::Yuyv, 16, yuyv), (PixelFormat::Nv12, 8, nv12), (PixelFormat::I420, 8, planar)]
        {
            let frame = to_i420(format, 6, 4, stride, &data).unwrap();
            assert_eq!(frame.data(), expected, "{format:?}");
        }
    }

    #[test]
    fn odd_sizes_lose_their_last_line() {
        for (format, bytes) in [(PixelFormat::Rgb24, 3), (PixelFormat::Bgra, 4)] {
            let frame = to_i420(format, 5, 3, 5 * bytes, &vec![200; 5 * bytes * 3]).unwrap();
            assert_eq!((frame.width, frame.height), (4, 2));
        }
        let planar = vec![7; 6 * 3 + 2 * 3 * 2];
        assert_eq!(to_i420(PixelFormat::I420, 5, 3, 6, &planar).unwrap().width, 4);
    }

    #[test]
    fn short_or_absurd_input_is_refused() {
        for format in [PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Rgb24, PixelFormat::Bgra, PixelFormat::I420] {
            for (width, height, stride, length) in [
                (0, 0, 0, 0),
                (1, 1, 4, 100),
                (4, 4, 0, 0),
                (4, 4, 0, 1000),
                (4, 4, 3, 1000),
                (4, 4, 16, 8),
                (4, 4, usize::MAX, 64),
                (u32::MAX, u32::MAX, 8, 64),
                (MAX_SIDE, MAX_SIDE, MAX_SIDE as usize * 4, 64),
            ] {
                assert!(
                    to_i420(format, width, height, stride, &vec![0; length]).is_err(),
                    "{format:?} {width} {stride}"
                );
            }
        }
    }
}
