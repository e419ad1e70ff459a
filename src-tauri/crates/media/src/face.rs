//! A drawn face that moves: what stands for a camera where there is none, in the practice class and in tests.
//!
//! Each seed is another person: skin, hair, shirt, backdrop, glasses. Small seeds are chosen to differ as much as possible,
//! so that a class numbered from 0 has no twins among its first dozen. The drawing is a function of its arguments only.
//!
//! Backdrop and body are drawn once per size, and so is the head, as a picture with transparency; a frame is a copy, the
//! head laid over it at its present angle, eyes and mouth, and a little grain.

mod head;
mod person;
mod raster;
mod scene;

use crate::I420;
use head::{Pose, Sprite};
use person::Person;

/// Frames per second that the movements are made for. Other rates only make the person livelier or calmer.
const RATE: f32 = 15.0;

/// Paints one person.
#[derive(Debug)]
pub struct FacePainter {
    person: Person,
    drawn: Option<Drawn>,
    grain: Vec<u8>,
}

/// What does not move, for one size.
#[derive(Debug)]
struct Drawn {
    width: u32,
    height: u32,
    scene: I420,
    head: Sprite,
}

impl FacePainter {
    /// The person of this number.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { person: Person::new(seed), drawn: None, grain: grain(seed) }
    }

    /// Frame `frame_index` (at 15 frames per second) in this size. `talking` from 0, closed and smiling, to 1, loud,
    /// opens the mouth. Sides are made even and usable as by [`I420::black`]; made for 4:3, good at any ratio.
    #[must_use]
    pub fn paint(&mut self, frame_index: u64, talking: f32, width: u32, height: u32) -> I420 {
        let person = &self.person;
        let drawn = match self.drawn.take() {
            Some(drawn) if (drawn.width, drawn.height) == (width, height) => drawn,
            _ => {
                let scene = scene::draw(person, I420::black(width, height));
                let head = Sprite::draw(person, scene.height);
                Drawn { width, height, scene, head }
            }
        };
        let drawn = self.drawn.insert(drawn);
        let mut out = drawn.scene.clone();
        let talking = if talking.is_finite() { talking.clamp(0.0, 1.0) } else { 0.0 };
        let pose = Pose::at(person, frame_index, RATE, talking);
        drawn.head.lay(&mut out, person, &pose);
        self.add_grain(&mut out, frame_index);
        out
    }

    /// Adds −1, 0 or 1 to each pixel's brightness: a camera's picture is never twice the same, and neither is the work
    /// of encoding it.
    fn add_grain(&self, out: &mut I420, frame_index: u64) {
        let mut at = frame_index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17;
        let length = out.width as usize;
        for row in out.planes_mut().0.chunks_mut(length) {
            for part in row.chunks_mut(GRAIN / 2) {
                at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let from = (at >> 33) as usize % (GRAIN / 2);
                for (pixel, grain) in part.iter_mut().zip(&self.grain[from..]) {
                    *pixel = pixel.wrapping_add(*grain);
                }
            }
        }
    }
}

/// Bytes of grain; rows start at different places in it.
const GRAIN: usize = 4096;

/// Values to add with wrap-around. All paint lies between 17 and 234, so nothing wraps in the picture.
fn grain(seed: u64) -> Vec<u8> {
    let mut dice = person::Dice::new(seed ^ 0x6e6f_6973);
    (0..GRAIN)
        .map(|_| match dice.below(6) {
            0 => 0xff,
            1 => 1,
            _ => 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(a: &I420, b: &I420) -> f64 {
        let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.data().len() as f64
    }

    #[test]
    fn the_same_arguments_give_the_same_picture() {
        let a = FacePainter::new(3).paint(40, 0.5, 320, 240);
        let mut painter = FacePainter::new(3);
        let _ = painter.paint(7, 0.0, 160, 120);
        assert_eq!(painter.paint(40, 0.5, 320, 240), a);
    }

    #[test]
    fn every_seed_is_another_person() {
        let faces: Vec<I420> = (0..24).map(|seed| FacePainter::new(seed).paint(0, 0.0, 160, 120)).collect();
        for (i, a) in faces.iter().enumerate() {
            for b in &faces[..i] {
                assert!(difference(a, b) > 4.0, "{i} resembles another: {}", difference(a, b));
            }
        }
    }

    #[test]
    fn the_face_moves_and_the_mouth_more_so_when_talking() {
        let mut painter = FacePainter::new(1);
        let still = painter.paint(30, 0.0, 320, 240);
        let later = painter.paint(45, 0.0, 320, 240);
        assert!(difference(&still, &later) > 0.3);
        let talking = painter.paint(30, 1.0, 320, 240);
        assert!(difference(&still, &talking) > 0.05);
    }

    #[test]
    fn any_size_and_any_argument_is_painted() {
        let mut painter = FacePainter::new(u64::MAX);
        for (width, height) in [(0, 0), (2, 2), (3, 999), (1_000, 4), (97, 41), (1_280, 720)] {
            let picture = painter.paint(u64::MAX, f32::NAN, width, height);
            let expected = I420::black(width, height);
            assert_eq!((picture.width, picture.height), (expected.width, expected.height));
        }
    }

    #[test]
    fn brightness_stays_in_the_range_of_video() {
        for seed in 0..12 {
            let picture = FacePainter::new(seed).paint(seed, 1.0, 320, 240);
            let (y, u, v) = picture.planes();
            assert!(y.iter().all(|y| (16..=235).contains(y)));
            assert!(u.iter().chain(v).all(|c| (16..=240).contains(c)));
        }
    }
}
