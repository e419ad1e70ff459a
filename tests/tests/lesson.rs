//! A page of small text on a shared screen can be read by those who watch.
#![cfg(target_os = "linux")]

use classroom::{Classroom, ClassroomConfig, Role};
use e2e::place::{artefact, eventually};
use e2e::seat::{self, Arrival, Seat};
use e2e::{ocr, picture};
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::desk::{Desk, SCREEN};
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

const TEXT: &str = "The water cycle. Heat from the sun turns water of the sea into vapour that rises into the air. High up it \
    is cold, and the vapour turns into very small drops that we see as clouds. Wind carries the clouds over the land. When \
    the drops grow heavy they fall as rain, or as snow where the air is below zero. Part of the rain runs into rivers and \
    back into the sea, part of it sinks into the ground and feeds the springs, and part of it is taken up by the roots of \
    plants, which give it back to the air through their leaves. Nothing is lost on the way. Question one: why does a puddle \
    vanish on a warm day? Question two: where does the water of a cloud come from? Question three: how long does a drop stay \
    in the ground before it reaches the river again? Write your answers in full sentences and keep them for Friday.";

/// Breaks a text into lines of at most so many letters.
fn lines(text: &str, longest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= longest => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Puts a page of 20 px text on the whole of a display.
fn put_page(desk: &Desk) -> Outcome<Process> {
    let page = desk.folder().join("page.png");
    let (width, height) = SCREEN;
    let made = Command::new("convert")
        .args(["-background", "white", "-fill", "#1c211e"])
        .args(["-font", "DejaVu-Sans", "-density", "72", "-pointsize", "20"])
        .args(lines(TEXT, 100).iter().map(|line| format!("label:{line}")))
        .args(["-append", "-gravity", "center", "-extent", &format!("{width}x{height}")])
        .arg(&page)
        .stderr(Stdio::null())
        .status()
        .map_err(|_| Trouble::missing("convert (ImageMagick)", "`cargo xtask test` installs it"))?;
    if !made.success() {
        return Err(Trouble::new("ImageMagick could not set the page"));
    }
    let mut show = Command::new("display");
    show.args(["-window", "root", "-backdrop"]).arg(&page).stdin(Stdio::null()).stderr(Stdio::null());
    desk.seat(&mut show);
    Process::start("display", &mut show)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_small_text_can_be_read_at_the_other_end() {
    let (here, there) = (Desk::start().unwrap(), Desk::start().unwrap());
    let _page = put_page(&here).unwrap();
    let expected = ocr::words(TEXT);
    let shot = artefact("lesson/shown.png").unwrap();
    eventually("the page on the shared display", Duration::from_secs(15), async || {
        here.display.shot(&shot).ok()?;
        (ocr::share(&expected, &ocr::read(&shot).ok()?) > 0.99).then_some(())
    })
    .await
    .unwrap();

    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let quiet = Arrival { muted: true, ..Arrival::default() };
    let mut teacher = Seat::take("teacher", &here, &classroom.join_url("Alice", Role::Moderator), &quiet).unwrap();
    let mut pupil = Seat::take("pupil", &there, &classroom.join_url("Bob", Role::Viewer), &quiet).unwrap();
    teacher.until("the right to share", |view| view.part("me")["may"]["share"] == true).await.unwrap();
    pupil.until("the class", seat::View::in_class).await.unwrap();
    teacher.ask_screens().unwrap();
    let view = teacher.until("a screen to share", |view| !view.screens.is_empty()).await.unwrap();
    let screen = view.screens.iter().find(|screen| screen["id"].as_str().is_some_and(|id| id.contains("screen")));
    let source = screen.unwrap_or(&view.screens[0])["id"].clone();
    teacher.wants(&json!({"kind": "startSharing", "source": source})).unwrap();
    teacher.until("an own share", |view| view.part("share")["kind"] == "mine").await.unwrap();
    pupil.until("a live share", |view| view.part("share")["kind"] == "theirs").await.unwrap();
    let record = pupil.show(&json!("screen"), SCREEN.0, SCREEN.1).unwrap();

    let picture_file = artefact("lesson/read.pgm").unwrap();
    let mut best = 0.0;
    let read = eventually("a page that can be read", Duration::from_secs(20), async || {
        let last = seat::recorded(&record).ok()?.pop()?;
        picture::write_pgm(&last.frame, &picture_file).ok()?;
        let share = ocr::share(&expected, &ocr::read(&picture_file).ok()?);
        best = f64::max(best, share);
        (share >= 0.99).then_some((share, last.frame.width, last.frame.height))
    })
    .await;
    println!("best share of words read {best:.3}");
    let (_, width, height) = read.unwrap();
    assert_eq!((width, height), SCREEN, "the resolution must not be scaled down");

    teacher.wants(&json!({"kind": "stopSharing"})).unwrap();
    pupil.until("no share any more", |view| view.part("share")["kind"] == "none").await.unwrap();
    teacher.leave().unwrap();
    pupil.leave().unwrap();
    classroom.stop().await;
}
