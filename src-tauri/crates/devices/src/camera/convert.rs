//! From what cameras deliver to I420.

use media::{I420, PixelFormat, to_i420};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// How a camera packs its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Yuyv,
    Nv12,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 tells of it"))]
    I420,
    Rgb,
    Jpeg,
}

impl Layout {
    /// What it costs beside another size, in the measure of `pick`.
    pub(super) fn effort(self) -> f64 {
        match self {
            Self::I420 | Self::Nv12 | Self::Yuyv => 0.0,
            Self::Rgb => 0.1,
            Self::Jpeg => 0.25,
        }
    }
}

/// `None` for a damaged picture; there will be another.
pub(super) fn convert(layout: Layout, width: u32, height: u32, stride: usize, data: &[u8]) -> Option<I420> {
    let (format, tight) = match layout {
        Layout::Yuyv => (PixelFormat::Yuyv, width as usize * 2),
        Layout::Nv12 => (PixelFormat::Nv12, width as usize),
        Layout::I420 => (PixelFormat::I420, width as usize),
        Layout::Rgb => (PixelFormat::Rgb24, width as usize * 3),
        Layout::Jpeg => return jpeg(data),
    };
    // Drivers leave the stride out, or tell that of another plane.
    let stride = if stride < tight { tight } else { stride };
    to_i420(format, width, height, stride, data).ok()
}

/// Motion JPEG: each frame is a picture of its own, in full-range YCbCr.
fn jpeg(data: &[u8]) -> Option<I420> {
    let options = DecoderOptions::default().set_max_width(4096).set_max_height(4096).set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().ok()?;
    // Infrared cameras have no colour, and the decoder makes none up.
    let wanted = if decoder.input_colorspace()? == ColorSpace::Luma { ColorSpace::Luma } else { ColorSpace::YCbCr };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    let parts = match decoder.output_colorspace()? {
        ColorSpace::YCbCr => 3,
        ColorSpace::Luma => 1,
        _ => return None,
    };
    if pixels.len() < width * height * parts || width < 2 || height < 2 {
        return None;
    }
    let mut out = I420::black(width.try_into().ok()?, height.try_into().ok()?);
    let (even_width, half) = (out.width as usize, out.width as usize / 2);
    let (y, u, v) = out.planes_mut();
    for (to, from) in y.chunks_exact_mut(even_width).zip(pixels.chunks_exact(width * parts)) {
        for (to, from) in to.iter_mut().zip(from.chunks_exact(parts)) {
            *to = limited_luma(from[0]);
        }
    }
    if parts == 3 {
        let rows = u.chunks_exact_mut(half).zip(v.chunks_exact_mut(half)).zip(pixels.chunks_exact(width * 6));
        for ((u, v), pair) in rows {
            let (top, bottom) = pair.split_at(width * 3);
            let fours = top.chunks_exact(6).zip(bottom.chunks_exact(6));
            for ((u, v), (a, b)) in u.iter_mut().zip(v).zip(fours) {
                let sum = |at: usize| u32::from(a[at]) + u32::from(a[at + 3]) + u32::from(b[at]) + u32::from(b[at + 3]);
                *u = limited_chroma(sum(1));
                *v = limited_chroma(sum(2));
            }
        }
    }
    Some(out)
}

/// 0–255 to 16–235.
fn limited_luma(full: u8) -> u8 {
    ((u32::from(full) * 219 + 127) / 255 + 16) as u8
}

/// The sum of four of 0–255 to one of 16–240.
fn limited_chroma(sum: u32) -> u8 {
    ((sum * 224 + 510) / 1020 + 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An 8×8 grey JPEG of one or three components, made by hand: the shortest there is.
    fn plain_jpeg(components: u8) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8];
        let mut segment = |marker: u8, body: &[u8]| {
            file.extend([0xff, marker]);
            file.extend(((body.len() + 2) as u16).to_be_bytes());
            file.extend(body);
        };
        let mut quant = vec![0];
        quant.extend([1; 64]);
        segment(0xdb, &quant);
        let mut frame = vec![8, 0, 8, 0, 8, components];
        (1..=components).for_each(|id| frame.extend([id, 0x11, 0]));
        segment(0xc0, &frame);
        // One code for direct current (category 0: grey), one for the end of the block.
        for class in [0x00, 0x10] {
            let mut table = vec![class, 1];
            table.extend([0; 15]);
            table.push(0);
            segment(0xc4, &table);
        }
        let mut scan = vec![components];
        (1..=components).for_each(|id| scan.extend([id, 0]));
        scan.extend([0, 63, 0]);
        segment(0xda, &scan);
        file.extend([0b1111_1111 >> (2 * components), 0xff, 0xd9]);
        file
    }

    #[test]
    fn a_grey_jpeg_is_grey_with_and_without_colour_planes() {
        for components in [1, 3] {
            let picture = convert(Layout::Jpeg, 8, 8, 0, &plain_jpeg(components)).unwrap();
            assert_eq!((picture.width, picture.height), (8, 8));
            let (y, u, v) = picture.planes();
            assert!(y.iter().all(|y| (125..=127).contains(y)), "{y:?}");
            assert!(u.iter().chain(v).all(|c| *c == 128));
        }
    }

    #[test]
    fn damaged_pictures_are_left_out() {
        let file = plain_jpeg(3);
        for length in 0..file.len() - 3 {
            let _ = convert(Layout::Jpeg, 8, 8, 0, &file[..length]);
        }
        assert!(convert(Layout::Jpeg, 8, 8, 0, &[]).is_none());
        for layout in [Layout::Yuyv, Layout::Nv12, Layout::I420, Layout::Rgb] {
            assert!(convert(layout, 64, 48, 0, &[0; 100]).is_none());
        }
    }

    #[test]
    fn full_range_becomes_limited() {
        assert_eq!((limited_luma(0), limited_luma(255)), (16, 235));
        assert_eq!((limited_chroma(0), limited_chroma(512), limited_chroma(1020)), (16, 128, 240));
    }
}
