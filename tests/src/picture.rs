//! Pictures: clips to show to a camera, and how much what arrives is like what was shown.

use media::I420;
use media::face::FacePainter;
use media::scale::{Fit, scale};
use std::io::Write;
use std::path::Path;
use xtask::trouble::{Outcome, Trouble};

/// A clip of a moving face.
#[must_use]
pub fn face_clip(seed: u64, frames: u64, width: u32, height: u32) -> Vec<I420> {
    let mut painter = FacePainter::new(seed);
    (0..frames).map(|index| painter.paint(index, (index % 8) as f32 / 8.0, width, height)).collect()
}

/// Writes a clip as Y4M.
///
/// # Errors
/// It has no frame, or the file cannot be written.
pub fn write_y4m(clip: &[I420], fps: u32, file: &Path) -> Outcome<()> {
    let first = clip.first().ok_or_else(|| Trouble::new("a clip needs a frame"))?;
    let write = || -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
        writeln!(out, "YUV4MPEG2 W{} H{} F{fps}:1 Ip A1:1 C420jpeg", first.width, first.height)?;
        for frame in clip {
            out.write_all(b"FRAME\n")?;
            out.write_all(frame.data())?;
        }
        out.flush()
    };
    write().map_err(|error| Trouble::file("write", file, &error))
}

/// Likeness of two pictures of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Peak signal to noise of the brightness, dB.
    pub psnr: f64,
    /// Structural similarity of the brightness, mean over 8×8 windows.
    pub ssim: f64,
}

/// Compares; `None` when the sizes differ.
#[must_use]
pub fn likeness(a: &I420, b: &I420) -> Option<Likeness> {
    if (a.width, a.height) != (b.width, b.height) {
        return None;
    }
    let (ya, yb) = (a.planes().0, b.planes().0);
    Some(Likeness { psnr: psnr(ya, yb), ssim: ssim(ya, yb, a.width as usize) })
}

/// The best likeness of `frame` to any of `clip`, which is scaled to its size.
#[must_use]
pub fn best_match(frame: &I420, clip: &[I420]) -> Option<(usize, Likeness)> {
    clip.iter()
        .enumerate()
        .filter_map(|(index, shown)| {
            Some((index, likeness(frame, &scale(shown, frame.width, frame.height, Fit::Cover))?))
        })
        .max_by(|a, b| a.1.psnr.total_cmp(&b.1.psnr))
}

/// Writes the brightness as PGM, which every viewer and reader opens.
///
/// # Errors
/// The file cannot be written.
pub fn write_pgm(frame: &I420, file: &Path) -> Outcome<()> {
    let mut bytes = format!("P5\n{} {}\n255\n", frame.width, frame.height).into_bytes();
    bytes.extend(frame.planes().0);
    std::fs::write(file, bytes).map_err(|error| Trouble::file("write", file, &error))
}

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    let square = |(x, y): (&u8, &u8)| (f64::from(*x) - f64::from(*y)).powi(2);
    let error = a.iter().zip(b).map(square).sum::<f64>() / a.len().max(1) as f64;
    if error == 0.0 { 99.0 } else { 10.0 * (255.0_f64.powi(2) / error).log10() }
}

fn ssim(a: &[u8], b: &[u8], width: usize) -> f64 {
    const SIDE: usize = 8;
    let rows = a.len() / width.max(1);
    let (mut sum, mut count) = (0.0, 0.0);
    for top in (0..rows.saturating_sub(SIDE - 1)).step_by(SIDE / 2) {
        for left in (0..width.saturating_sub(SIDE - 1)).step_by(SIDE / 2) {
            sum += window(a, b, width, top, left);
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

fn window(a: &[u8], b: &[u8], width: usize, top: usize, left: usize) -> f64 {
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in top..top + 8 {
        for column in left..left + 8 {
            let (x, y) = (f64::from(a[row * width + column]), f64::from(b[row * width + column]));
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
    }
    let (ma, mb) = (sa / 64.0, sb / 64.0);
    let (va, vb, cov) = (saa / 64.0 - ma * ma, sbb / 64.0 - mb * mb, sab / 64.0 - ma * mb);
    let (c1, c2) = (6.5025, 58.5225);
    ((2.0 * ma * mb + c1) * (2.0 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_most_like_itself() {
        let clip = face_clip(1, 8, 320, 240);
        let (index, likeness) = best_match(&clip[5], &clip).unwrap();
        assert_eq!(index, 5);
        assert!(likeness.psnr > 90.0 && likeness.ssim > 0.999, "{likeness:?}");
    }

    #[test]
    fn another_face_is_not_like_it() {
        let (one, other) = (face_clip(1, 1, 320, 240), face_clip(2, 1, 320, 240));
        let likeness = likeness(&one[0], &other[0]).unwrap();
        assert!(likeness.psnr < 20.0 && likeness.ssim < 0.8, "{likeness:?}");
    }
}
