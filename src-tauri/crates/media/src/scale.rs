//! Scaling to the size a tile shows: down, and a little up.

use crate::frame::{I420, even_side};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::cell::RefCell;

/// How a picture meets a tile of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fill the tile and cut what is over, around 50 % across and 35 % down (faces are above the middle).
    Cover,
    /// Keep everything; the result has the picture's shape and fits into the tile.
    Contain,
}

/// How much larger in area than its source a face may become here. Up to it, bytes to the window cost less than
/// scaling does in a web view that draws in software; from there on the web view scales.
const ENLARGED: f64 = 1.5;

/// A rectangle of the source, in even pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Crop {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

thread_local! {
    /// Keeps its buffers from picture to picture.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// The picture at the size a tile of `width` × `height` needs: both sides even. [`Fit::Contain`] is never larger than the
/// source, [`Fit::Cover`] by half its area at most.
#[must_use]
pub fn scale(source: &I420, width: u32, height: u32, fit: Fit) -> I420 {
    let (crop, width, height) = plan(source.width, source.height, even_side(width), even_side(height), fit);
    let mut out = I420::black(width, height);
    let chroma = Crop { x: crop.x / 2, y: crop.y / 2, width: crop.width / 2, height: crop.height / 2 };
    let from = source.planes();
    let to = out.planes_mut();
    RESIZER.with_borrow_mut(|resizer| {
        plane(resizer, from.0, source.width, crop, to.0, width);
        plane(resizer, from.1, source.width / 2, chroma, to.1, width / 2);
        plane(resizer, from.2, source.width / 2, chroma, to.2, width / 2);
    });
    out
}

/// Which part of the source is shown, and at what size.
fn plan(source_width: u32, source_height: u32, width: u32, height: u32, fit: Fit) -> (Crop, u32, u32) {
    let (sw, sh, tw, th) = (u64::from(source_width), u64::from(source_height), u64::from(width), u64::from(height));
    let wider = sw * th > tw * sh;
    match fit {
        Fit::Contain => {
            let all = Crop { x: 0, y: 0, width: source_width, height: source_height };
            if tw >= sw && th >= sh {
                return (all, source_width, source_height);
            }
            let (w, h) = if wider { (tw, rounded(sh * tw, sw)) } else { (rounded(sw * th, sh), th) };
            (all, even_side(w.min(sw) as u32), even_side(h.min(sh) as u32))
        }
        Fit::Cover => {
            let (cw, ch) = if wider { (rounded(tw * sh, th), sh) } else { (sw, rounded(th * sw, tw)) };
            let (cw, ch) = (even_side(cw.min(sw) as u32), even_side(ch.min(sh) as u32));
            let crop = Crop {
                x: ((source_width - cw) / 2) & !1,
                y: (u64::from(source_height - ch) * 35 / 100) as u32 & !1,
                width: cw,
                height: ch,
            };
            let enlarged = f64::from(width) * f64::from(height) / (f64::from(cw) * f64::from(ch));
            if enlarged <= ENLARGED { (crop, width, height) } else { (crop, width.min(cw), height.min(ch)) }
        }
    }
}

fn rounded(numerator: u64, denominator: u64) -> u64 {
    (numerator + denominator / 2) / denominator
}

/// The part `crop` of one plane (rows of `stride`) into `out` (rows of `width`): each result is the weighted mean of what it
/// covers. Stays as it was if the sizes do not fit the slices, which `plan` rules out.
fn plane(resizer: &mut Resizer, source: &[u8], stride: u32, crop: Crop, out: &mut [u8], width: u32) {
    let rows = |samples: usize, width: u32| u32::try_from(samples).unwrap_or(0) / width;
    let Ok(from) = ImageRef::new(stride, rows(source.len(), stride), source, PixelType::U8) else { return };
    let Ok(mut to) = Image::from_slice_u8(width, rows(out.len(), width), out, PixelType::U8) else { return };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        f64::from(crop.x),
        f64::from(crop.y),
        f64::from(crop.width),
        f64::from(crop.height),
    );
    let _ = resizer.resize(&from, &mut to, &options);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: u32, height: u32) -> I420 {
        let mut frame = I420::black(width, height);
        let stride = frame.width as usize;
        let (y, u, v) = frame.planes_mut();
        for (at, sample) in y.iter_mut().enumerate() {
            *sample = ((at % stride) * 255 / stride) as u8;
        }
        u.fill(77);
        v.fill(188);
        frame
    }

    #[test]
    fn sizes_are_even_never_larger_and_keep_the_promise_of_the_fit() {
        for ((sw, sh), (tw, th), fit, (ow, oh)) in [
            ((640, 480), (320, 240), Fit::Contain, (320, 240)),
            ((640, 480), (320, 240), Fit::Cover, (320, 240)),
            ((640, 480), (1280, 960), Fit::Cover, (640, 480)),
            ((640, 480), (1280, 960), Fit::Contain, (640, 480)),
            ((1920, 1080), (300, 300), Fit::Contain, (300, 168)),
            ((1920, 1080), (300, 300), Fit::Cover, (300, 300)),
            ((640, 480), (1600, 900), Fit::Cover, (640, 360)),
            ((640, 480), (680, 460), Fit::Cover, (680, 460)),
            ((640, 480), (161, 91), Fit::Cover, (160, 90)),
            ((640, 480), (0, 0), Fit::Cover, (2, 2)),
            ((640, 480), (1, 5000), Fit::Contain, (2, 2)),
            ((2, 2), (5000, 5000), Fit::Cover, (2, 2)),
            ((320, 240), (640, 100), Fit::Contain, (132, 100)),
        ] {
            let out = scale(&ramp(sw, sh), tw, th, fit);
            assert_eq!((out.width, out.height), (ow, oh), "{sw}x{sh} into {tw}x{th} {fit:?}");
        }
    }

    #[test]
    fn every_size_of_source_and_tile_is_taken() {
        for side in (2..60).step_by(2) {
            let source = ramp(side, 62 - side);
            for width in 0..40 {
                let height = 37 - width.min(37);
                let whole = scale(&source, width, height, Fit::Contain);
                assert!(whole.width <= source.width && whole.height <= source.height);
                let cut = scale(&source, width, height, Fit::Cover);
                let area = |picture: &I420| f64::from(picture.width) * f64::from(picture.height);
                assert!(area(&cut) <= ENLARGED * area(&source), "{side}: {width}x{height}");
            }
        }
    }

    #[test]
    fn brightness_stays_at_every_ratio() {
        let source = I420::filled(640, 480, 201, 77, 188);
        for (width, height) in [(640, 480), (320, 240), (426, 320), (214, 160), (638, 478), (106, 80), (2, 2)] {
            let out = scale(&source, width, height, Fit::Cover);
            let (y, u, v) = out.planes();
            assert!(y.iter().all(|s| *s == 201) && u.iter().all(|s| *s == 77) && v.iter().all(|s| *s == 188));
        }
    }

    #[test]
    fn a_ramp_stays_a_ramp() {
        let out = scale(&ramp(640, 480), 426, 320, Fit::Contain);
        for (at, sample) in out.planes().0[..426].iter().enumerate() {
            let expected = at as f32 * 255.0 / 426.0;
            assert!((f32::from(*sample) - expected).abs() <= 1.5, "{at}: {sample}");
        }
    }

    #[test]
    fn cover_keeps_what_is_above_the_middle() {
        // A tall picture into a wide tile: 480 rows of which 160 stay, from row 112 (35 % of 320) on.
        let mut source = I420::black(320, 480);
        for line in source.planes_mut().0.chunks_exact_mut(320).skip(112).take(160) {
            line.fill(200);
        }
        let out = scale(&source, 320, 160, Fit::Cover);
        assert!(out.planes().0.iter().all(|sample| *sample == 200));
    }

    #[test]
    fn fine_stripes_become_grey_instead_of_flickering() {
        let mut source = I420::black(640, 480);
        for (at, sample) in source.planes_mut().0.iter_mut().enumerate() {
            *sample = if at % 2 == 0 { 0 } else { 200 };
        }
        for (width, height) in [(320, 240), (300, 226), (160, 120)] {
            let out = scale(&source, width, height, Fit::Cover);
            assert!(out.planes().0.iter().all(|sample| (60..=140).contains(sample)), "{width}");
        }
    }
}
