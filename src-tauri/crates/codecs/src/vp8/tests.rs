use super::*;
use crate::{CodecError, Encoded, VideoDecoder, VideoEncoder};
use media::I420;

/// A soft scene with something that moves, as a camera sees it.
fn scene(width: u32, height: u32, frame: u32) -> I420 {
    let mut picture = I420::black(width, height);
    let stride = width as usize;
    let (y, u, v) = picture.planes_mut();
    let (cx, cy) = (width as f32 * 0.5 + 40.0 * (frame as f32 * 0.1).sin(), height as f32 * 0.45);
    for (at, sample) in y.iter_mut().enumerate() {
        let (px, py) = ((at % stride) as f32, (at / stride) as f32);
        let near = ((px - cx) / 90.0).powi(2) + ((py - cy) / 120.0).powi(2);
        let face = if near < 1.0 { 70.0 * (1.0 - near) } else { 0.0 };
        let noise = ((at as u32).wrapping_mul(2_654_435_761).wrapping_add(frame * 97) >> 28) as f32 / 8.0;
        *sample = (60.0 + px * 0.08 + py * 0.05 + face + noise) as u8;
    }
    u.fill(118);
    v.fill(140);
    picture
}

/// Lines of marks as fine as letters, black on white, scrolled by so many rows.
fn page(width: u32, height: u32, scroll: usize) -> I420 {
    let mut picture = I420::filled(width, height, 235, 128, 128);
    let stride = width as usize;
    for (row, line) in picture.planes_mut().0.chunks_exact_mut(stride).enumerate() {
        let (text_row, in_line) = ((row + scroll) / 20, (row + scroll) % 20);
        if in_line >= 12 {
            continue;
        }
        for (x, sample) in line.iter_mut().enumerate().take(stride - 40).skip(40) {
            let (letter, column) = (x / 8, x % 8);
            let shape =
                (letter as u32).wrapping_mul(747_796_405).wrapping_add((text_row as u32).wrapping_mul(2_891_336_453));
            let space = shape.is_multiple_of(6);
            if !space && column < 6 && shape >> (column + in_line / 2 * 3) & 1 == 1 {
                *sample = 16;
            }
        }
    }
    picture
}

fn psnr(a: &I420, b: &I420) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let (a, b) = (a.planes().0, b.planes().0);
    let error: f64 =
        a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / error.max(1e-9)).log10()
}

#[test]
fn a_camera_survives_the_round_trip() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 500);
    let mut decoder = Decoder::new().unwrap();
    let (mut bytes, mut worst, mut dropped, mut out) = (0, f64::MAX, 0, Vec::new());
    for frame in 0..60 {
        let picture = scene(640, 480, frame);
        let encoded = encoder.encode(&picture, u64::from(frame) * 66, false, &mut out).unwrap();
        assert_eq!(encoded.dropped, out.is_empty());
        assert_eq!(encoded.key, frame == 0, "frame {frame}");
        bytes += out.len();
        if encoded.dropped {
            dropped += 1;
            continue;
        }
        let decoded = decoder.decode(&out).unwrap().unwrap();
        if frame > 10 {
            worst = worst.min(psnr(&picture, &decoded));
        }
    }
    let kbps = bytes as f64 * 8.0 / (60.0 * 66.0);
    assert!(kbps < 650.0, "{kbps} kbit/s");
    assert!(dropped <= 10, "{dropped} dropped");
    assert!(worst > 32.0, "{worst} dB");
}

#[test]
fn writing_on_a_screen_becomes_sharp_and_keeps_its_size() {
    let mut encoder = Encoder::new(VideoProfile::Screen { text: true }, 1500);
    let mut decoder = Decoder::new().unwrap();
    let mut out = Vec::new();
    let mut last = None;
    // Three pages, five seconds each, five frames a second.
    for frame in 0..75_u32 {
        let picture = page(1280, 720, (frame / 25) as usize * 300);
        encoder.encode(&picture, u64::from(frame) * 200, false, &mut out).unwrap();
        if !out.is_empty() {
            last = decoder.decode(&out).unwrap();
        }
        let shown = last.as_ref().unwrap();
        assert_eq!((shown.width, shown.height), (1280, 720));
        if frame % 25 == 24 {
            let quality = psnr(&picture, shown);
            assert!(quality > 34.0, "frame {frame}: {quality} dB");
        }
    }
}

#[test]
fn a_screen_with_few_bits_drops_frames_and_not_pixels() {
    for kbps in [200_u32, 1500] {
        let mut encoder = Encoder::new(VideoProfile::Screen { text: true }, kbps);
        let mut decoder = Decoder::new().unwrap();
        let (mut out, mut dropped, mut bytes) = (Vec::new(), 0, 0);
        for frame in 0..200_u32 {
            let picture = page(1280, 720, frame as usize * 40);
            let encoded = encoder.encode(&picture, u64::from(frame) * 100, false, &mut out).unwrap();
            dropped += u32::from(encoded.dropped);
            bytes += out.len();
            if !out.is_empty() {
                let shown = decoder.decode(&out).unwrap().unwrap();
                assert_eq!((shown.width, shown.height), (1280, 720));
                assert!(psnr(&picture, &shown) > 20.0);
            }
        }
        assert!(dropped > 100, "{dropped} dropped");
        // Twenty seconds; one frame may still be on its way.
        let sent = bytes as f64 * 8.0 / 20_000.0;
        assert!(sent < f64::from(kbps) * 1.3, "{sent} of {kbps} kbit/s");
    }
}

#[test]
fn a_key_frame_asked_for_in_a_rush_comes_a_little_later() {
    let mut encoder = Encoder::new(VideoProfile::Screen { text: true }, 300);
    let (mut out, mut keys) = (Vec::new(), Vec::new());
    for frame in 0..300_u32 {
        let asked = frame == 3;
        let picture = page(1280, 720, frame as usize * 40);
        let encoded = encoder.encode(&picture, u64::from(frame) * 100, asked, &mut out).unwrap();
        if encoded.key {
            keys.push(frame);
        }
    }
    assert_eq!(keys.len(), 2, "{keys:?}");
}

#[test]
fn key_frames_come_on_request_only() {
    for profile in [VideoProfile::Camera, VideoProfile::Screen { text: true }, VideoProfile::Screen { text: false }] {
        let mut encoder = Encoder::new(profile, 2000);
        let mut out = Vec::new();
        for frame in 0..200_u32 {
            // Even when the whole picture changes.
            let picture = if frame % 40 < 20 { scene(320, 240, frame) } else { page(320, 240, 0) };
            let asked = frame == 100;
            let encoded = encoder.encode(&picture, u64::from(frame) * 66, asked, &mut out).unwrap();
            assert!(!asked || encoded == Encoded { key: true, dropped: false }, "{profile:?}");
            assert!(!encoded.key || asked || frame == 0, "{profile:?} frame {frame}");
        }
    }
}

#[test]
fn a_new_size_starts_with_a_key_frame() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 300);
    let mut decoder = Decoder::new().unwrap();
    let mut out = Vec::new();
    for (step, (width, height)) in
        [(320, 240), (640, 480), (2, 2), (1280, 720), (18, 34), (320, 240)].into_iter().enumerate()
    {
        let encoded = encoder.encode(&scene(width, height, 0), step as u64 * 66, false, &mut out).unwrap();
        assert_eq!(encoded, Encoded { key: true, dropped: false });
        let shown = decoder.decode(&out).unwrap().unwrap();
        assert_eq!((shown.width, shown.height), (width, height));
    }
}

#[test]
fn bitrate_follows_without_a_key_frame() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 800);
    let mut out = Vec::new();
    let mut run = |encoder: &mut Encoder, from: u32| -> usize {
        (from..from + 45)
            .map(|frame| {
                let encoded =
                    encoder.encode(&scene(640, 480, frame * 5), u64::from(frame) * 66, false, &mut out).unwrap();
                assert_eq!(encoded.key, frame == 0);
                out.len()
            })
            .skip(15)
            .sum()
    };
    let rich = run(&mut encoder, 0);
    encoder.set_bitrate_kbps(80).unwrap();
    let poor = run(&mut encoder, 45);
    assert!(poor * 2 < rich, "{poor} of {rich}");
    encoder.set_bitrate_kbps(0).unwrap();
    encoder.set_bitrate_kbps(800).unwrap();
    run(&mut encoder, 90);
}

#[test]
fn capture_times_may_stand_still_or_go_back() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 300);
    let mut out = Vec::new();
    for pts in [0, 0, 66, 10, 10_000_000, 5, u64::from(u32::MAX) * 100, 0] {
        encoder.encode(&scene(320, 240, 0), pts, false, &mut out).unwrap();
    }
}

#[test]
fn the_decoder_waits_for_a_key_frame_and_says_so() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 300);
    let mut out = Vec::new();
    encoder.encode(&scene(320, 240, 0), 0, false, &mut out).unwrap();
    let key = out.clone();
    encoder.encode(&scene(320, 240, 1), 66, false, &mut out).unwrap();
    let mut decoder = Decoder::new().unwrap();
    assert_eq!(decoder.decode(&out), Err(CodecError::Corrupt));
    assert!(decoder.decode(&key).unwrap().is_some());
    assert!(decoder.decode(&out).unwrap().is_some());
}

#[test]
fn any_bytes_are_survived() {
    let mut encoder = Encoder::new(VideoProfile::Camera, 300);
    let mut frames = Vec::new();
    for frame in 0..20_u32 {
        let mut out = Vec::new();
        encoder.encode(&scene(320, 240, frame), u64::from(frame) * 66, frame % 5 == 0, &mut out).unwrap();
        frames.push(out);
    }
    let mut state = 7_u64;
    let mut roll = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut decoder = Decoder::new().unwrap();
    for round in 0..400_usize {
        let mut bytes = frames[round % frames.len()].clone();
        match roll() % 3 {
            0 => bytes.truncate(roll() as usize % (bytes.len() + 1)),
            1 => bytes.iter_mut().skip(10).for_each(|byte| *byte ^= if roll() % 50 == 0 { roll() as u8 } else { 0 }),
            _ => bytes = (0..roll() % 300).map(|_| roll() as u8).collect(),
        }
        let _ = decoder.decode(&bytes);
    }
    // Sizes no camera has, in a valid header.
    let mut huge = frames[0].clone();
    huge[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(decoder.decode(&huge), Err(CodecError::Corrupt));
    huge[6..10].fill(0);
    assert_eq!(decoder.decode(&huge), Err(CodecError::Corrupt));
    assert_eq!(decoder.decode(&[]), Err(CodecError::Corrupt));
    // And it works again with the next key frame.
    assert!(decoder.decode(&frames[0]).unwrap().is_some());
}
