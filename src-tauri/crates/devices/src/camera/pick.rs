//! Which of a camera's formats to use.

use super::convert::Layout;
use crate::CameraFormat;

/// Something a camera offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    pub layout: Layout,
    pub width: u32,
    pub height: u32,
    /// Frames per second, rounded.
    pub fps: u32,
}

/// The nearest: no smaller than wanted if possible, of the same shape, as fast as wanted, without a codec where the
/// cable carries it.
pub(super) fn pick(offers: impl IntoIterator<Item = Offer>, want: CameraFormat) -> Option<Offer> {
    let shape = |width: u32, height: u32| f64::from(width) / f64::from(height.max(1));
    let cost = |offer: &Offer| {
        let area = f64::from(offer.width) * f64::from(offer.height);
        let wanted = f64::from(want.width) * f64::from(want.height);
        let ratio = (area / wanted.max(1.0)).max(1e-6);
        // Too small costs more than too large: it can only be looked at blurred.
        let size = if ratio < 1.0 { 3.0 / ratio - 3.0 } else { ratio - 1.0 };
        let crop = (shape(offer.width, offer.height) / shape(want.width, want.height)).ln().abs() * 2.0;
        let slow = f64::from(want.fps.saturating_sub(offer.fps)) / f64::from(want.fps.max(1)) * 4.0;
        let fast = f64::from(offer.fps.saturating_sub(want.fps)) * 0.005;
        size + crop + slow + fast + offer.layout.effort()
    };
    offers.into_iter().filter(|o| o.width >= 2 && o.height >= 2).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANT: CameraFormat = CameraFormat { width: 640, height: 480, fps: 15 };

    fn offer(layout: Layout, width: u32, height: u32, fps: u32) -> Offer {
        Offer { layout, width, height, fps }
    }

    #[test]
    fn the_usual_webcam_is_opened_uncompressed_in_the_size_asked_for() {
        let offers = [
            offer(Layout::Jpeg, 1920, 1080, 30),
            offer(Layout::Jpeg, 640, 480, 30),
            offer(Layout::Yuyv, 1920, 1080, 5),
            offer(Layout::Yuyv, 640, 480, 30),
            offer(Layout::Yuyv, 320, 240, 30),
        ];
        assert_eq!(pick(offers, WANT), Some(offers[3]));
        let large = CameraFormat { width: 1280, height: 720, fps: 30 };
        assert_eq!(pick(offers, large), Some(offers[0]));
    }

    #[test]
    fn compressed_and_fluent_is_better_than_uncompressed_and_jerky() {
        let offers = [offer(Layout::Yuyv, 640, 480, 5), offer(Layout::Jpeg, 640, 480, 30)];
        assert_eq!(pick(offers, WANT), Some(offers[1]));
    }

    #[test]
    fn larger_is_better_than_smaller() {
        let offers = [offer(Layout::Yuyv, 320, 240, 15), offer(Layout::Yuyv, 800, 600, 15)];
        assert_eq!(pick(offers, WANT), Some(offers[1]));
        assert_eq!(pick(offers[..1].iter().copied(), WANT), Some(offers[0]));
        assert_eq!(pick([offer(Layout::Yuyv, 0, 0, 0)], WANT), None);
    }
}
