//! What does not move: the room and the shoulders.
//!
//! Coordinates: picture heights, from the middle of the upper edge.

use super::head::{CENTRE_Y, HEAD};
use super::person::{Decor, Person};
use super::raster::{ALL, Bounds, Canvas, Colour, Shape, block, ellipse, line};
use crate::I420;

pub(super) fn draw(person: &Person, mut picture: I420) -> I420 {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut canvas = Canvas::new(width, height, height as f32, (width as f32 / 2.0, 0.0));
    let half = width as f32 / height as f32 / 2.0;
    let (light, dark) = person.wall;
    let side = if person.mirrored { -1.0 } else { 1.0 };
    let wall = |x: f32, y: f32| light.mix(dark, ((x * side / half + 1.0) * 0.3 + y * 0.45).clamp(0.0, 1.0));
    canvas.shade(|_, _| -1.0, ALL, wall, 1.0, 0.0);
    decorate(&mut canvas, person, half.min(0.75), side);
    shoulders(&mut canvas, person);
    canvas.onto(&mut picture);
    picture
}

/// Something in the room, a little out of focus, beside the head.
fn decorate(canvas: &mut Canvas, person: &Person, half: f32, side: f32) {
    const BLUR: f32 = 0.014;
    let at = |x: f32| x * side;
    let mut put = |shape: &dyn Fn(f32, f32) -> f32, bounds: Bounds, colour: Colour, opacity: f32| {
        canvas.fill(shape, bounds, colour, opacity, BLUR);
    };
    let middle = half - 0.17;
    match person.decor {
        Decor::Plain => {}
        Decor::Window => {
            for (column, row) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                let (x, y) = (middle - 0.075 + column * 0.15, 0.14 + row * 0.17);
                put(&block(at(x), y, 0.066, 0.076, 0.01), ALL, Colour::rgb(0xfbfbf6), 0.85);
            }
        }
        Decor::Shelf => {
            const SPINES: [u32; 6] = [0x3f7480, 0xc26b4f, 0xe3c07a, 0x55809a, 0x8a5f86, 0xd98f74];
            for shelf in 0..2 {
                let y = 0.25 + 0.19 * shelf as f32;
                put(&block(at(middle), y, 0.16, 0.008, 0.004), ALL, Colour::rgb(0x9a7a62), 0.9);
                for book in 0..7 {
                    let tall = 0.045 + 0.011 * ((book * 5 + shelf * 3) % 4) as f32;
                    let x = middle - 0.13 + 0.04 * book as f32 + 0.012 * shelf as f32;
                    let colour = Colour::rgb(SPINES[(book + shelf * 2) % SPINES.len()]);
                    put(&block(at(x), y - 0.008 - tall, 0.015, tall, 0.004), ALL, colour, 0.85);
                }
            }
        }
        Decor::Poster => {
            put(&block(at(middle), 0.26, 0.105, 0.14, 0.01), ALL, Colour::rgb(0xf6f2e6), 0.95);
            let ink = person.wall.1.darker(0.35);
            put(&ellipse(at(middle), 0.22, 0.058, 0.058), ALL, ink, 0.75);
            put(&line(at(middle) - 0.06, 0.325, at(middle) + 0.04, 0.325, 0.007), ALL, ink, 0.5);
            put(&line(at(middle) - 0.06, 0.355, at(middle) + 0.06, 0.355, 0.007), ALL, ink, 0.5);
        }
        Decor::Plant => {
            let green = Colour::rgb(0x4f8560);
            for (lean, tall) in [(-0.085, 0.17), (0.085, 0.17), (-0.04, 0.23), (0.045, 0.23), (0.0, 0.26)] {
                let leaf = blade(at(middle), 0.53, at(middle) + lean, 0.53 - tall);
                put(&leaf, ALL, green.darker(if lean == 0.0 { 0.0 } else { 0.12 }), 0.95);
            }
            let pot = |x: f32, y: f32| {
                let narrow = 0.052 - (y - 0.59) * 0.12;
                block(at(middle), 0.59, narrow.max(0.02), 0.065, 0.01)(x, y)
            };
            put(&pot, ALL, Colour::rgb(0xc67a55), 0.95);
        }
        Decor::Lamp => {
            put(&ellipse(at(middle), 0.24, 0.22, 0.22), ALL, Colour::rgb(0xffe9b4), 0.45);
            put(&line(at(middle), 0.24, at(middle), 0.75, 0.008), ALL, Colour::rgb(0x6e675f), 0.9);
            let shade = |x: f32, y: f32| {
                let wide = 0.055 + (y - 0.19) * 0.35;
                block(at(middle), 0.2, wide.max(0.02), 0.055, 0.008)(x, y)
            };
            put(&shade, ALL, Colour::rgb(0xfff4d6), 1.0);
        }
        Decor::Curtain => {
            for fold in 0..6 {
                let x = half - 0.03 - 0.062 * fold as f32;
                put(&block(at(x), 0.35, 0.02, 0.5, 0.01), ALL, person.wall.1.darker(0.12), 0.55);
            }
        }
    }
}

/// A leaf from its foot to its tip.
fn blade(fx: f32, fy: f32, tx: f32, ty: f32) -> impl Shape {
    move |x, y| {
        let (dx, dy) = (tx - fx, ty - fy);
        let length = dx.hypot(dy);
        let along = (((x - fx) * dx + (y - fy) * dy) / (length * length)).clamp(0.0, 1.0);
        let wide = 0.03 * (std::f32::consts::PI * (0.12 + along * 0.86)).sin();
        (x - fx - dx * along).hypot(y - fy - dy * along) - wide
    }
}

fn shoulders(canvas: &mut Canvas, person: &Person) {
    let unit = HEAD * person.size;
    let x0 = person.aside;
    let top = CENTRE_Y + unit * 1.28;
    let shirt = person.shirt;
    let body = move |x: f32, y: f32| {
        let slope = ellipse(x0, top + 0.3, 0.33 * person.size.max(0.95) + 0.05, 0.3)(x, y);
        let trunk = block(x0, top + 0.65, 0.38 * person.size.max(0.95), 0.45, 0.1)(x, y);
        slope.min(trunk)
    };
    let shade = |x: f32, y: f32| shirt.darker(((y - top) * 0.3 + (x - x0).abs() * 0.2).clamp(0.0, 0.25));
    canvas.shade(body, ALL, shade, 1.0, 0.0);
    let collar = ellipse(x0, top + 0.012, unit * 0.5, unit * 0.3);
    canvas.fill(|x, y| collar(x, y).max(body(x, y) - 0.012), ALL, shirt.darker(0.22), 1.0, 0.0);
    let throat = ellipse(x0, top - 0.005, unit * 0.385, unit * 0.21);
    let neck = block(x0, CENTRE_Y + unit * 0.95, unit * 0.35, unit * 0.45, unit * 0.2);
    canvas.fill(|x, y| throat(x, y).min(neck(x, y)), ALL, person.skin.darker(0.14), 1.0, 0.0);
}
