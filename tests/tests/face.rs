//! A face before one client's camera is seen at another client, sharp enough and at its own rate.
#![cfg(target_os = "linux")]

use classroom::{Classroom, ClassroomConfig, Role};
use e2e::picture;
use e2e::place::{artefact, eventually};
use e2e::seat::{self, Arrival, Seat};
use serde_json::json;
use std::time::Duration;
use xtask::desk::Desk;

const RATE: u32 = 15;
const SECONDS: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_face_arrives_sharp_and_at_its_frame_rate() {
    let (here, there) = (Desk::start().unwrap(), Desk::start().unwrap());
    let clip = picture::face_clip(3, 60, 640, 480);
    let file = here.folder().join("face.y4m");
    picture::write_y4m(&clip, RATE, &file).unwrap();
    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let shown = Arrival {
        camera: Some(format!("synthetic:y4m:{}", file.display())),
        camera_on: true,
        muted: true,
        ..Arrival::default()
    };
    let mut shows = Seat::take("shows", &here, &classroom.join_url("Alice", Role::Moderator), &shown).unwrap();
    let quiet = Arrival { muted: true, ..Arrival::default() };
    let mut sees = Seat::take("sees", &there, &classroom.join_url("Bob", Role::Viewer), &quiet).unwrap();
    shows.until("an own camera", |view| view.part("camera")["state"] == "on").await.unwrap();
    let view = sees.until("a face", |view| view.in_class() && view.others().len() == 1).await.unwrap();
    let stream = view.others().remove(0);
    sees.wants(&json!({"kind": "showFaces", "streams": [&stream]})).unwrap();
    let record = sees.show(&json!({"stream": stream}), 640, 480).unwrap();
    sees.until("a live face", |view| view.part("faces")[0]["state"] == "live").await.unwrap();

    let wanted = u64::from(RATE * SECONDS) * (I420_640X480 + 12);
    eventually("six seconds of a face", Duration::from_secs(20), async || {
        (std::fs::metadata(&record).ok()?.len() >= wanted).then_some(())
    })
    .await
    .unwrap();
    let frames = seat::recorded(&record).unwrap();
    // The first second may still be sharpening.
    let settled = &frames[RATE as usize..];
    let span = f64::from(settled[settled.len() - 1].at_ms.wrapping_sub(settled[0].at_ms)) / 1000.0;
    let fps = (settled.len() - 1) as f64 / span;
    let likeness: Vec<_> =
        settled.iter().step_by(5).filter_map(|shown| picture::best_match(&shown.frame, &clip)).collect();
    let mean =
        |of: fn(&picture::Likeness) -> f64| likeness.iter().map(|(_, l)| of(l)).sum::<f64>() / likeness.len() as f64;
    let (psnr, ssim) = (mean(|l| l.psnr), mean(|l| l.ssim));
    let last = &settled[settled.len() - 1].frame;
    picture::write_pgm(last, &artefact("face/arrived.pgm").unwrap()).unwrap();
    println!("{}x{}, {fps:.1} frames a second, PSNR {psnr:.1} dB, SSIM {ssim:.3}", last.width, last.height);
    assert_eq!((last.width, last.height), (640, 480));
    assert!((f64::from(RATE) * 0.9..f64::from(RATE) * 1.1).contains(&fps), "{fps} frames a second");
    assert!(psnr > 30.0, "PSNR {psnr}");
    assert!(ssim > 0.85, "SSIM {ssim}");
    let seen: std::collections::BTreeSet<_> = likeness.iter().map(|(index, _)| *index).collect();
    assert!(seen.len() > 5, "the picture stands still: only {seen:?} of the clip");

    shows.wants(&json!({"kind": "setCamera", "on": false})).unwrap();
    sees.until("no face any more", |view| view.others().is_empty()).await.unwrap();
    shows.leave().unwrap();
    sees.leave().unwrap();
    classroom.stop().await;
}

const I420_640X480: u64 = 640 * 480 * 3 / 2;
