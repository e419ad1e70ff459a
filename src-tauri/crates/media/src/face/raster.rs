//! Shapes by their distance function, painted with soft edges into a small floating-point canvas.

use crate::I420;

/// Linear mixing of gamma-coded components from 0 to 1: what drawings of this kind are made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub r: f32,
    pub g: f32,
    pub b: f32,
}

impl Colour {
    pub(super) const fn rgb(hex: u32) -> Self {
        Self {
            r: ((hex >> 16) & 255) as f32 / 255.0,
            g: ((hex >> 8) & 255) as f32 / 255.0,
            b: (hex & 255) as f32 / 255.0,
        }
    }

    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        Self { r: mix(self.r, other.r), g: mix(self.g, other.g), b: mix(self.b, other.b) }
    }

    pub(super) fn darker(self, share: f32) -> Self {
        self.mix(Self::rgb(0x14_1218), share)
    }

    /// Y, U and V of BT.601 in limited range, kept a step inside it so that grain cannot leave it.
    pub(super) fn yuv(self) -> [f32; 3] {
        let y = 16.0 + 65.481 * self.r + 128.553 * self.g + 24.966 * self.b;
        let u = 128.0 - 37.797 * self.r - 74.203 * self.g + 112.0 * self.b;
        let v = 128.0 + 112.0 * self.r - 93.786 * self.g - 18.214 * self.b;
        [y.clamp(17.0, 234.0), u.clamp(16.0, 240.0), v.clamp(16.0, 240.0)]
    }
}

/// A rectangle that a shape does not leave: x from, y from, x to, y to.
pub(super) type Bounds = [f32; 4];

/// Everywhere.
pub(super) const ALL: Bounds = [-1e6, -1e6, 1e6, 1e6];

/// A point in the shape's coordinates to the distance from its edge, negative inside.
pub(super) trait Shape: Fn(f32, f32) -> f32 {}
impl<F: Fn(f32, f32) -> f32> Shape for F {}

pub(super) fn ellipse(cx: f32, cy: f32, rx: f32, ry: f32) -> impl Shape + Copy {
    move |x, y| {
        let (x, y) = (x - cx, y - cy);
        let near = (x / rx).hypot(y / ry);
        let slope = (x / (rx * rx)).hypot(y / (ry * ry));
        if slope < 1e-6 { -rx.min(ry) } else { near * (near - 1.0) / slope }
    }
}

/// A rectangle around a centre with half sides and rounded corners.
pub(super) fn block(cx: f32, cy: f32, hx: f32, hy: f32, round: f32) -> impl Shape + Copy {
    move |x, y| {
        let dx = (x - cx).abs() - hx + round;
        let dy = (y - cy).abs() - hy + round;
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - round
    }
}

/// A line from one point to another with round ends, `thick` to each side.
pub(super) fn line(ax: f32, ay: f32, bx: f32, by: f32, thick: f32) -> impl Shape + Copy {
    move |x, y| {
        let (px, py, dx, dy) = (x - ax, y - ay, bx - ax, by - ay);
        let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (px - dx * along).hypot(py - dy * along) - thick
    }
}

/// The bow of a parabola over `cx ± half`, `sag` lower in its middle (higher where negative), `thick` to each side.
pub(super) fn bow(cx: f32, cy: f32, half: f32, sag: f32, thick: f32) -> impl Shape + Copy {
    move |x, y| {
        let t = ((x - cx) / half).clamp(-1.0, 1.0);
        let slope = -2.0 * sag * t / half;
        let at = cy + sag * (1.0 - t * t);
        let across = (y - at) / (1.0 + slope * slope).sqrt();
        let beyond = (x - cx).abs() - half;
        if beyond > 0.0 { beyond.hypot(y - at) - thick } else { across.abs() - thick }
    }
}

/// Premultiplied red, green, blue and opacity.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Pixels per unit.
    scale: f32,
    /// Where the unit coordinates have their origin, in pixels.
    origin: (f32, f32),
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, scale: f32, origin: (f32, f32)) -> Self {
        Self { width, height, scale, origin, pixels: vec![[0.0; 4]; width * height] }
    }

    /// Fills a shape. `blur` in units widens the edge, for what is far behind the face.
    pub(super) fn fill(&mut self, shape: impl Shape, bounds: Bounds, colour: Colour, opacity: f32, blur: f32) {
        self.shade(shape, bounds, |_, _| colour, opacity, blur);
    }

    /// Fills a shape with a colour that depends on the place.
    pub(super) fn shade(
        &mut self,
        shape: impl Shape,
        bounds: Bounds,
        colour: impl Fn(f32, f32) -> Colour,
        opacity: f32,
        blur: f32,
    ) {
        let soft = blur.max(1.0 / self.scale);
        let pixel =
            |unit: f32, origin: f32, length: usize| ((unit * self.scale + origin).clamp(0.0, length as f32)) as usize;
        let left = pixel(bounds[0] - soft, self.origin.0, self.width);
        let top = pixel(bounds[1] - soft, self.origin.1, self.height);
        let right = (pixel(bounds[2] + soft, self.origin.0, self.width) + 1).min(self.width);
        let bottom = (pixel(bounds[3] + soft, self.origin.1, self.height) + 1).min(self.height);
        for row in top..bottom {
            let y = (row as f32 + 0.5 - self.origin.1) / self.scale;
            for column in left..right {
                let x = (column as f32 + 0.5 - self.origin.0) / self.scale;
                let cover = (0.5 - shape(x, y) / soft).clamp(0.0, 1.0) * opacity;
                if cover > 0.0 {
                    let c = colour(x, y);
                    let pixel = &mut self.pixels[row * self.width + column];
                    for (old, new) in pixel.iter_mut().zip([c.r, c.g, c.b, 1.0]) {
                        *old += (new - *old) * cover;
                    }
                }
            }
        }
    }

    /// Brightness times opacity, and opacity, of each pixel, from 0 to 255.
    pub(super) fn luma(&self) -> Vec<[u8; 2]> {
        self.pixels.iter().map(|p| [premultiplied(p)[0], byte(p[3] * 255.0)]).collect()
    }

    /// U and V times opacity, and opacity, of each square of four pixels. Both sides must be even.
    pub(super) fn chroma(&self) -> Vec<[u8; 3]> {
        let mut out = Vec::with_capacity(self.pixels.len() / 4);
        for rows in self.pixels.chunks_exact(self.width * 2) {
            let (top, bottom) = rows.split_at(self.width);
            for (a, b) in top.chunks_exact(2).zip(bottom.chunks_exact(2)) {
                let mut mean = [0.0; 4];
                for p in a.iter().chain(b) {
                    mean.iter_mut().zip(p).for_each(|(m, p)| *m += p / 4.0);
                }
                let [_, u, v] = premultiplied(&mean);
                out.push([u, v, byte(mean[3] * 255.0)]);
            }
        }
        out
    }

    /// The canvas as a picture; it must be opaque and of the picture's size.
    pub(super) fn onto(&self, picture: &mut I420) {
        let (y, u, v) = picture.planes_mut();
        for (y, [luma, _]) in y.iter_mut().zip(self.luma()) {
            *y = luma;
        }
        for ((u, v), chroma) in u.iter_mut().zip(v).zip(self.chroma()) {
            [*u, *v] = [chroma[0], chroma[1]];
        }
    }
}

fn premultiplied(p: &[f32; 4]) -> [u8; 3] {
    if p[3] <= 0.0 {
        return [0; 3];
    }
    let yuv = Colour { r: p[0] / p[3], g: p[1] / p[3], b: p[2] / p[3] }.yuv();
    yuv.map(|c| byte(c * p[3]))
}

fn byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}
