//! The head: drawn once with transparency, laid over the scene at an angle, with living eyes and mouth.
//!
//! Coordinates: half face heights from the middle of the face, y down; the chin is at 1.

use super::person::{Hair, Person};
use super::raster::{ALL, Canvas, Colour, Shape, block, bow, ellipse, line};
use crate::I420;

/// Half a usual face's height in picture heights.
pub(super) const HEAD: f32 = 0.22;
/// Where the middle of the face rests, in picture heights from the top.
pub(super) const CENTRE_Y: f32 = 0.47;

/// What the sprite covers, in head units.
const LEFT: f32 = -1.75;
const TOP: f32 = -1.95;
const WIDE: f32 = 3.5;
const HIGH: f32 = 3.8;

/// How the head is held in one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pose {
    /// Radians, clockwise.
    tilt: f32,
    /// Picture heights beside the place of rest.
    dx: f32,
    dy: f32,
    /// 1 open to 0 shut.
    lids: f32,
    /// Where the eyes look, in head units.
    gaze: f32,
    /// 0 shut to 1 wide open.
    mouth: f32,
}

impl Pose {
    pub(super) fn at(person: &Person, frame: u64, rate: f32, talking: f32) -> Self {
        // An hour and a bit repeats; single precision stays fine.
        let t = (frame % 65_536) as f32 / rate;
        let wave = |hertz: f32, shift: f32| (t * hertz * std::f32::consts::TAU + person.phase * shift).sin();
        let since_blink = (t + person.phase) % person.blink_every;
        let lids = if since_blink < 0.24 { (since_blink - 0.12).abs() / 0.12 } else { 1.0 };
        // Syllables: about four a second, never quite the same.
        let syllable = 0.5 + 0.3 * wave(3.9, 2.0) + 0.2 * wave(2.3, 3.0);
        Self {
            tilt: 0.035 * wave(0.13, 1.0) + 0.022 * wave(0.31, 2.0) + 0.015 * talking * wave(0.9, 1.0),
            dx: 0.009 * wave(0.11, 3.0) + 0.005 * wave(0.27, 1.0),
            dy: 0.004 * wave(0.23, 2.0) + 0.008 * talking * wave(1.1, 2.0),
            lids: lids.clamp(0.0, 1.0),
            gaze: 0.045 * wave(0.09, 5.0).powi(3),
            mouth: if talking < 0.04 { 0.0 } else { (talking.sqrt() * (0.3 + 0.7 * syllable)).clamp(0.08, 1.0) },
        }
    }
}

/// From picture pixels to head units.
struct View {
    cos: f32,
    sin: f32,
    /// Middle of the face, pixels.
    x: f32,
    y: f32,
    /// Pixels per head unit.
    unit: f32,
}

impl View {
    fn head(&self, px: f32, py: f32) -> (f32, f32) {
        let (x, y) = ((px - self.x) / self.unit, (py - self.y) / self.unit);
        (x * self.cos + y * self.sin, y * self.cos - x * self.sin)
    }

    fn pixel(&self, hx: f32, hy: f32) -> (f32, f32) {
        (self.x + (hx * self.cos - hy * self.sin) * self.unit, self.y + (hx * self.sin + hy * self.cos) * self.unit)
    }

    /// Pixels that may see a rectangle of head units, cut to the picture and widened to even numbers.
    fn bounds(&self, [left, top, right, bottom]: [f32; 4], width: usize, height: usize) -> [usize; 4] {
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| self.pixel(x, y));
        let fold = |axis: fn(&(f32, f32)) -> f32, pick: fn(f32, f32) -> f32| {
            corners.iter().map(axis).reduce(pick).unwrap_or(0.0)
        };
        let cut = |value: f32, length: usize| value.clamp(0.0, length as f32) as usize;
        [
            cut(fold(|c| c.0, f32::min) - 1.0, width) & !1,
            cut(fold(|c| c.1, f32::min) - 1.0, height) & !1,
            ((cut(fold(|c| c.0, f32::max) + 2.0, width) + 1) & !1).min(width),
            ((cut(fold(|c| c.1, f32::max) + 2.0, height) + 1) & !1).min(height),
        ]
    }
}

/// The drawn head.
#[derive(Debug)]
pub(super) struct Sprite {
    luma: Vec<[u8; 2]>,
    chroma: Vec<[u8; 3]>,
    width: usize,
    height: usize,
    /// Pixels per head unit.
    unit: f32,
}

impl Sprite {
    pub(super) fn draw(person: &Person, picture_height: u32) -> Self {
        let unit = (picture_height as f32 * HEAD * person.size).max(1.0);
        let even = |units: f32| ((units * unit).ceil() as usize + 3) & !1;
        let mut canvas = Canvas::new(even(WIDE), even(HIGH), unit, (-LEFT * unit, -TOP * unit));
        draw_head(&mut canvas, person);
        let (width, height) = (canvas.width, canvas.height);
        Self { luma: canvas.luma(), chroma: canvas.chroma(), width, height, unit }
    }

    /// Lays the head over the scene, then eyes and mouth.
    pub(super) fn lay(&self, out: &mut I420, person: &Person, pose: &Pose) {
        let (width, height) = (out.width as usize, out.height as usize);
        let view = View {
            cos: pose.tilt.cos(),
            sin: pose.tilt.sin(),
            x: width as f32 / 2.0 + (person.aside + pose.dx) * height as f32,
            y: (CENTRE_Y + pose.dy) * height as f32,
            unit: self.unit,
        };
        let bounds = view.bounds([LEFT, TOP, LEFT + WIDE, TOP + HIGH], width, height);
        let (y, u, v) = out.planes_mut();
        self.lay_luma(y, width, &view, bounds);
        self.lay_chroma(u, v, width / 2, &view, bounds.map(|b| b / 2));
        face(&mut Stamp { out, view: &view }, person, pose);
    }

    /// The place in the sprite that a pixel sees, and the step from one pixel of a row to the next, in 1/65536 of a pixel.
    fn walk(&self, view: &View, px: f32, py: f32, share: f32) -> (i32, i32, i32, i32) {
        let (hx, hy) = view.head(px, py);
        let fixed = |v: f32| (v * 65_536.0) as i32;
        (
            fixed((hx - LEFT) * self.unit * share - 0.5),
            fixed((hy - TOP) * self.unit * share - 0.5),
            fixed(view.cos),
            fixed(-view.sin),
        )
    }

    fn lay_luma(&self, plane: &mut [u8], stride: usize, view: &View, [left, top, right, bottom]: [usize; 4]) {
        for row in top..bottom {
            let (mut sx, mut sy, dx, dy) = self.walk(view, left as f32 + 0.5, row as f32 + 0.5, 1.0);
            for pixel in &mut plane[row * stride + left..row * stride + right] {
                if let Some([y, cover]) = sample(&self.luma, self.width, self.height, sx, sy) {
                    *pixel = over(*pixel, y, cover);
                }
                sx += dx;
                sy += dy;
            }
        }
    }

    fn lay_chroma(
        &self,
        u: &mut [u8],
        v: &mut [u8],
        stride: usize,
        view: &View,
        [left, top, right, bottom]: [usize; 4],
    ) {
        for row in top..bottom {
            let (mut sx, mut sy, dx, dy) = self.walk(view, left as f32 * 2.0 + 1.0, row as f32 * 2.0 + 1.0, 0.5);
            let span = row * stride + left..row * stride + right;
            for (u, v) in u[span.clone()].iter_mut().zip(&mut v[span]) {
                if let Some([su, sv, cover]) = sample(&self.chroma, self.width / 2, self.height / 2, sx, sy) {
                    *u = over(*u, su, cover);
                    *v = over(*v, sv, cover);
                }
                sx += dx;
                sy += dy;
            }
        }
    }
}

/// Bilinear; `None` outside or where nothing is drawn.
#[inline]
fn sample<const N: usize>(pixels: &[[u8; N]], width: usize, height: usize, sx: i32, sy: i32) -> Option<[u8; N]> {
    let (x, y) = (usize::try_from(sx >> 16).ok()?, usize::try_from(sy >> 16).ok()?);
    if x + 1 >= width || y + 1 >= height {
        return None;
    }
    let at = y * width + x;
    let (a, b) = (&pixels[at..at + 2], &pixels[at + width..at + width + 2]);
    if a[0][N - 1] | a[1][N - 1] | b[0][N - 1] | b[1][N - 1] == 0 {
        return None;
    }
    let (fx, fy) = ((sx as u32 >> 8) & 255, (sy as u32 >> 8) & 255);
    let mut out = [0; N];
    for (i, out) in out.iter_mut().enumerate() {
        let top = u32::from(a[0][i]) * (256 - fx) + u32::from(a[1][i]) * fx;
        let bottom = u32::from(b[0][i]) * (256 - fx) + u32::from(b[1][i]) * fx;
        *out = ((top * (256 - fy) + bottom * fy + 32_768) >> 16) as u8;
    }
    Some(out)
}

#[inline]
fn over(under: u8, premultiplied: u8, cover: u8) -> u8 {
    let rest = u32::from(under) * (255 - u32::from(cover));
    (u32::from(premultiplied) + (rest + 127) / 255).min(255) as u8
}

/// Draws small shapes in head units right into the picture.
struct Stamp<'a> {
    out: &'a mut I420,
    view: &'a View,
}

impl Stamp<'_> {
    fn fill(&mut self, shape: impl Shape, bounds: [f32; 4], colour: Colour, opacity: f32) {
        let (width, height) = (self.out.width as usize, self.out.height as usize);
        let [left, top, right, bottom] = self.view.bounds(bounds, width, height);
        let [cy, cu, cv] = colour.yuv();
        let view = self.view;
        let cover = |px: f32, py: f32, soft: f32| {
            let (x, y) = view.head(px, py);
            (0.5 - shape(x, y) * view.unit / soft).clamp(0.0, 1.0) * opacity
        };
        let blend = |pixel: &mut u8, colour: f32, cover: f32| {
            let old = f32::from(*pixel);
            *pixel = (old + (colour - old) * cover + 0.5) as u8;
        };
        let (y, u, v) = self.out.planes_mut();
        for row in top..bottom {
            for column in left..right {
                let cover = cover(column as f32 + 0.5, row as f32 + 0.5, 1.0);
                if cover > 0.0 {
                    blend(&mut y[row * width + column], cy, cover);
                }
            }
        }
        for row in top / 2..bottom / 2 {
            for column in left / 2..right / 2 {
                let cover = cover(column as f32 * 2.0 + 1.0, row as f32 * 2.0 + 1.0, 2.0);
                if cover > 0.0 {
                    blend(&mut u[row * (width / 2) + column], cu, cover);
                    blend(&mut v[row * (width / 2) + column], cv, cover);
                }
            }
        }
    }
}

/// Eyes and mouth.
fn face(stamp: &mut Stamp<'_>, person: &Person, pose: &Pose) {
    let dark = Colour::rgb(0x2a1d18);
    for side in [-1.0_f32, 1.0] {
        let x = side * 0.33 + pose.gaze;
        let lids = (pose.lids * 0.105).max(0.001);
        if pose.lids > 0.25 {
            stamp.fill(ellipse(x, 0.08, 0.08, lids), [x - 0.1, -0.05, x + 0.1, 0.2], dark, 1.0);
            stamp.fill(ellipse(x + 0.028, 0.045, 0.022, 0.022), [x, 0.0, x + 0.06, 0.08], Colour::rgb(0xffffff), 0.85);
        } else {
            stamp.fill(bow(x, 0.09, 0.09, 0.03, 0.022), [x - 0.12, 0.03, x + 0.12, 0.16], dark, 1.0);
        }
    }
    let lip = person.skin.mix(Colour::rgb(0x8c2f2b), 0.62);
    if pose.mouth <= 0.0 {
        let smile = 0.05 + 0.1 * person.smile;
        stamp.fill(bow(0.0, 0.53, 0.22, smile, 0.026), [-0.27, 0.45, 0.27, 0.75], lip, 1.0);
        return;
    }
    let (half, depth) = (0.215 - 0.035 * pose.mouth, 0.06 + 0.2 * pose.mouth);
    let bounds = [-0.3, 0.42, 0.3, 0.9];
    let opening =
        move |x: f32, y: f32| ellipse(0.0, 0.53, half, depth)(x, y).max((0.53 - 0.035 * pose.mouth - y).max(-9.0));
    stamp.fill(move |x, y| opening(x, y) - 0.025, bounds, lip, 1.0);
    stamp.fill(opening, bounds, Colour::rgb(0x64181c), 1.0);
    if pose.mouth > 0.25 {
        let teeth = block(0.0, 0.51, half * 0.8, 0.035 + 0.02 * pose.mouth, 0.02);
        stamp.fill(move |x, y| teeth(x, y).max(opening(x, y) + 0.012), bounds, Colour::rgb(0xfbf7f0), 0.95);
        let tongue = ellipse(0.0, 0.53 + depth, half * 0.6, depth * 0.5);
        stamp.fill(move |x, y| tongue(x, y).max(opening(x, y) + 0.01), bounds, Colour::rgb(0xc65a55), 0.9);
    }
}

fn face_shape(x: f32, y: f32) -> f32 {
    // Rounder above than at the chin.
    let skull = ellipse(0.0, -0.08, 0.84, 0.92)(x, y);
    let jaw = ellipse(0.0, 0.2, 0.74, 0.8)(x, y);
    let (low, high) = (skull.min(jaw), (skull - jaw).abs());
    let round = (0.12 - high).max(0.0);
    low - round * round / 0.48
}

fn draw_head(canvas: &mut Canvas, person: &Person) {
    let skin = person.skin;
    behind(canvas, person);
    for side in [-1.0, 1.0] {
        canvas.fill(ellipse(side * 0.83, 0.12, 0.15, 0.2), ALL, skin.darker(0.05), 1.0, 0.0);
        canvas.fill(ellipse(side * 0.85, 0.13, 0.075, 0.11), ALL, skin.darker(0.17), 0.8, 0.0);
    }
    let shaded = |x: f32, y: f32| skin.darker((0.02 + 0.05 * x + 0.05 * y).clamp(0.0, 0.1));
    canvas.shade(face_shape, ALL, shaded, 1.0, 0.0);
    for side in [-1.0, 1.0] {
        let blush = skin.mix(Colour::rgb(0xe8604f), 0.36);
        canvas.fill(ellipse(side * 0.5, 0.38, 0.17, 0.13), ALL, blush, 0.75, 0.09);
        let brow = bow(side * 0.33, -0.14, 0.15, -0.055, 0.028);
        canvas.fill(brow, ALL, person.hair.mix(skin, 0.18).darker(0.1), 1.0, 0.0);
    }
    let nose = skin.darker(0.24);
    canvas.fill(bow(0.015, 0.31, 0.07, 0.03, 0.02), ALL, nose, 0.9, 0.0);
    canvas.fill(line(0.055, 0.1, 0.085, 0.31, 0.016), ALL, nose, 0.55, 0.0);
    front(canvas, person);
    if person.glasses {
        let frame = Colour::rgb(0x22252b);
        for side in [-1.0_f32, 1.0] {
            let rim = block(side * 0.35, 0.09, 0.235, 0.19, 0.13);
            canvas.fill(rim, ALL, Colour::rgb(0xffffff), 0.12, 0.0);
            canvas.fill(move |x, y| rim(x, y).abs() - 0.025, ALL, frame, 1.0, 0.0);
            canvas.fill(line(side * 0.585, 0.04, side * 0.82, 0.0, 0.022), ALL, frame, 1.0, 0.0);
        }
        canvas.fill(bow(0.0, 0.06, 0.115, -0.03, 0.023), ALL, frame, 1.0, 0.0);
    }
    if person.headset {
        let dark = Colour::rgb(0x33373d);
        let band = |x: f32, y: f32| (ellipse(0.0, -0.02, 1.07, 1.27)(x, y).abs() - 0.045).max(y);
        canvas.fill(band, ALL, dark, 1.0, 0.0);
        for side in [-1.0, 1.0] {
            canvas.fill(block(side * 1.0, 0.14, 0.11, 0.25, 0.1), ALL, dark, 1.0, 0.0);
        }
        canvas.fill(line(-0.98, 0.36, -0.86, 0.66, 0.03), ALL, dark, 1.0, 0.0);
        canvas.fill(line(-0.86, 0.66, -0.5, 0.78, 0.03), ALL, dark, 1.0, 0.0);
        canvas.fill(ellipse(-0.47, 0.785, 0.075, 0.05), ALL, dark, 1.0, 0.0);
    }
}

/// Hair behind the face, and the neck before it.
fn behind(canvas: &mut Canvas, person: &Person) {
    let hair = person.hair;
    let side = if person.mirrored { -1.0 } else { 1.0 };
    let crown = ellipse(0.0, -0.12, 0.98, 1.06);
    match person.style {
        Hair::LongParted => {
            let fall = block(0.0, 0.35, 0.98, 0.75, 0.2);
            canvas.fill(move |x, y| crown(x, y).min(fall(x, y)), ALL, hair.darker(0.12), 1.0, 0.0);
            for side in [-1.0, 1.0] {
                let strand = block(side * 0.77, 0.85, 0.24, 0.95, 0.2);
                canvas.fill(strand, ALL, hair.darker(0.06), 1.0, 0.0);
            }
        }
        Hair::Bob | Hair::Fringe => {
            let fall = block(0.0, 0.35, if person.style == Hair::Fringe { 0.96 } else { 1.0 }, 0.62, 0.16);
            canvas.fill(move |x, y| crown(x, y).min(fall(x, y)), ALL, hair.darker(0.1), 1.0, 0.0);
        }
        Hair::Curls => cloud(canvas, hair.darker(0.06), 0.98, -0.22, 0.27, 0.1, 11),
        Hair::Afro => {
            canvas.fill(ellipse(0.0, -0.18, 1.28, 1.2), ALL, hair, 1.0, 0.0);
            cloud(canvas, hair, 1.2, -0.15, 0.3, 0.75, 17);
        }
        Hair::Bun => {
            canvas.fill(ellipse(0.0, -1.28, 0.34, 0.33), ALL, hair.darker(0.06), 1.0, 0.0);
            canvas.fill(crown, ALL, hair, 1.0, 0.0);
        }
        Hair::Ponytail => {
            let tail = |x: f32, y: f32| {
                let along = ((y + 0.5) / 1.4).clamp(0.0, 1.0);
                ellipse(side * 1.04, 0.1, 0.24, 0.66)(x, y).min(ellipse(side * 0.9, -0.4, 0.3, 0.26)(x, y))
                    + 0.05 * along
            };
            canvas.fill(tail, ALL, hair.darker(0.08), 1.0, 0.0);
        }
        Hair::Braids => {
            for side in [-1.0, 1.0] {
                for knot in 0..6 {
                    let y = 0.25 + 0.19 * knot as f32;
                    let x = side * (0.93 + 0.05 * (knot as f32 / 5.0));
                    let shade = if knot % 2 == 0 { 0.06 } else { 0.14 };
                    canvas.fill(ellipse(x, y, 0.15, 0.13), ALL, hair.darker(shade), 1.0, 0.0);
                }
                canvas.fill(ellipse(side * 0.98, 1.3, 0.09, 0.11), ALL, hair.darker(0.06), 1.0, 0.0);
            }
        }
        Hair::Crop | Hair::Swept | Hair::Buzz => {}
    }
    neck(canvas, person);
}

/// The neck moves with the head; the throat, drawn with the shoulders, does not.
fn neck(canvas: &mut Canvas, person: &Person) {
    let skin = person.skin.darker(0.14);
    let neck = block(0.0, 0.92, 0.33, 0.34, 0.2);
    canvas.fill(neck, ALL, skin, 1.0, 0.0);
    let shadow = bow(0.0, 0.8, 0.34, 0.28, 0.1);
    canvas.fill(move |x, y| shadow(x, y).max(neck(x, y)), ALL, skin.darker(0.2), 0.6, 0.1);
}

/// Curls along the upper side of an ellipse of this radius around `cy`, down to `until` on both sides.
fn cloud(canvas: &mut Canvas, hair: Colour, radius: f32, cy: f32, curl: f32, until: f32, curls: usize) {
    let reach = std::f32::consts::FRAC_PI_2 + (until / radius).clamp(-1.0, 1.0).asin();
    for i in 0..curls {
        let angle = reach * (2.0 * i as f32 / (curls - 1) as f32 - 1.0);
        let (x, y) = (angle.sin() * radius * 0.94, cy - angle.cos() * radius * 0.94);
        canvas.fill(ellipse(x, y, curl, curl), ALL, hair, 1.0, 0.0);
    }
}

/// Hair over the forehead: a cap with an opening for the face.
fn front(canvas: &mut Canvas, person: &Person) {
    let side = if person.mirrored { -1.0 } else { 1.0 };
    let cap = ellipse(0.0, -0.13, 0.93, 1.0);
    let big = ellipse(0.0, -0.12, 0.98, 1.06);
    let hair = person.hair;
    let shine = move |x: f32, y: f32| {
        hair.mix(Colour::rgb(0xffffff), (0.1 - 0.12 * (x * 0.6 + 0.4).hypot(y + 0.9)).clamp(0.0, 0.08))
    };
    // Above this height only, so that the cap does not close around the jaw.
    let above = |limit: f32| move |_: f32, y: f32| y - limit;
    match person.style {
        Hair::Crop | Hair::Bun => {
            let brow = if person.style == Hair::Crop { -0.42 } else { -0.52 };
            let open = ellipse(0.0, brow + 0.9, 0.86, 0.9);
            let ends = above(-0.02);
            canvas.shade(move |x, y| cap(x, y).max(-open(x, y)).max(ends(x, y)), ALL, shine, 1.0, 0.0);
        }
        Hair::Buzz => {
            let (open, ends) = (ellipse(0.0, 0.42, 0.9, 0.94), above(-0.1));
            let thin = ellipse(0.0, -0.1, 0.87, 0.94);
            canvas.shade(move |x, y| thin(x, y).max(-open(x, y)).max(ends(x, y)), ALL, shine, 0.96, 0.02);
        }
        Hair::Swept | Hair::Ponytail => {
            // The parting on one side, the hair swept in a wide bow to the other.
            let open = move |x: f32, y: f32| {
                ellipse(side * 0.3, 0.66, 1.12, 1.16)(x, y).max(ellipse(side * -0.12, 0.55, 0.88, 1.15)(x, y))
            };
            let ends = above(0.0);
            canvas.shade(move |x, y| big(x, y).max(-open(x, y)).max(ends(x, y)), ALL, shine, 1.0, 0.0);
        }
        Hair::LongParted | Hair::Bob | Hair::Braids => {
            // Two bows that meet in a parting.
            let open =
                |x: f32, y: f32| ellipse(0.52, 0.62, 1.28, 1.42)(x, y).max(ellipse(-0.52, 0.62, 1.28, 1.42)(x, y));
            let ends = above(if person.style == Hair::Braids { 0.15 } else { 0.75 });
            let edge = if person.style == Hair::Braids { 0.04 } else { 0.0 };
            canvas.shade(move |x, y| (big(x, y) + edge).max(-open(x, y)).max(ends(x, y)), ALL, shine, 1.0, 0.0);
        }
        Hair::Fringe => {
            let open = block(0.0, 0.75, 0.79, 1.03, 0.16);
            let ends = above(0.8);
            let shell = move |x: f32, y: f32| big(x, y).min(block(0.0, 0.35, 0.96, 0.6, 0.1)(x, y));
            canvas.shade(move |x, y| shell(x, y).max(-open(x, y)).max(ends(x, y)), ALL, shine, 1.0, 0.0);
        }
        Hair::Curls | Hair::Afro => {
            let open = ellipse(0.0, 0.46, 0.84, 0.9);
            let ends = above(0.05);
            canvas.shade(move |x, y| cap(x, y).max(-open(x, y)).max(ends(x, y)), ALL, shine, 1.0, 0.0);
            for i in 0..7 {
                let angle = (i as f32 - 3.0) * 0.36;
                let (x, y) = (angle.sin() * 0.8, 0.36 - angle.cos() * 0.92);
                canvas.fill(ellipse(x, y - 0.05, 0.17, 0.15), ALL, hair, 1.0, 0.0);
            }
        }
    }
}
