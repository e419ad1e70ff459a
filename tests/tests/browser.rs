//! A real browser and the client in one class: each sees and hears the other. What the browser makes of our server and our
//! media, no test of ours could imagine.
#![cfg(target_os = "linux")]

use classroom::{Classroom, ClassroomConfig, Role};
use e2e::browser::{Browser, FakeDevices};
use e2e::picture;
use e2e::place::{artefact, eventually};
use e2e::seat::{self, Arrival, Seat};
use e2e::sound::{self, Ear};
use serde_json::json;
use std::time::Duration;
use xtask::desk::Desk;

const SENTENCE: &str = "good morning I can see you and I can hear you";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_and_the_client_see_and_hear_each_other() {
    let desk = Desk::start().unwrap();
    let clip = picture::face_clip(5, 60, 640, 480);
    let face = desk.folder().join("browser.y4m");
    picture::write_y4m(&clip, 15, &face).unwrap();
    let (wav, said) = sound::speak(SENTENCE, desk.folder()).unwrap();
    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let arrival = Arrival { camera: Some("synthetic:face:2".into()), camera_on: true, ..Arrival::default() };
    let mut client = Seat::take("client", &desk, &classroom.join_url("Alice", Role::Moderator), &arrival).unwrap();
    client.until("sound", |view| view.in_class() && view.part("sound")["state"] == "on").await.unwrap();

    let mut browser = Browser::open(FakeDevices { camera: Some(&face), microphone: Some(&wav) }).await.unwrap();
    browser.follow(&classroom.join_url("Bob", Role::Viewer)).await.unwrap();
    browser.evaluate("classmate.enter()").await.unwrap();
    browser.evaluate("classmate.speak()").await.unwrap();
    browser.evaluate("classmate.setMuted(false)").await.unwrap();
    browser.evaluate("classmate.showFace()").await.unwrap();
    browser.evaluate("classmate.watch()").await.unwrap();

    // The browser sees the client.
    browser.until("classmate.report().faces[0]?.drawn > 45", Duration::from_secs(30)).await.unwrap();
    let report = browser.evaluate("classmate.report()").await.unwrap();
    println!("browser: {report}");
    assert_eq!((&report["faces"][0]["width"], &report["faces"][0]["height"]), (&json!(640), &json!(480)));

    // The client sees the browser.
    let view = client.until("the browser's face", |view| view.others().len() == 1).await.unwrap();
    let stream = view.others().remove(0);
    client.wants(&json!({"kind": "showFaces", "streams": [&stream]})).unwrap();
    let record = client.show(&json!({"stream": stream}), 640, 480).unwrap();
    let likeness = eventually("the browser's face at the client", Duration::from_secs(30), async || {
        let frames = seat::recorded(&record).ok()?;
        let last = frames.get(30..)?.last()?;
        picture::write_pgm(&last.frame, &artefact("browser/arrived.pgm").ok()?).ok()?;
        picture::best_match(&last.frame, &clip).filter(|(_, likeness)| likeness.psnr > 25.0)
    })
    .await
    .unwrap();
    println!("client: {likeness:?}");

    // The client hears the browser, which says its sentence over and over.
    let ear = Ear::open(&desk.sound, desk.folder()).unwrap();
    let found = eventually("the browser's sentence at the client", Duration::from_secs(20), async || {
        sound::compare(&said, &ear.heard().ok()?).ok().filter(|found| found.likeness > 0.75)
    })
    .await;
    let heard = ear.close().unwrap();
    heard.write(&artefact("browser/heard.wav").unwrap()).unwrap();
    println!("client hears {:?}", found.unwrap());

    // The browser hears the client, and nothing of itself: it is silent until the client speaks.
    browser.evaluate("classmate.setMuted(true)").await.unwrap();
    browser.until("classmate.report().heard?.level < -60", Duration::from_secs(10)).await.unwrap();
    browser.evaluate("classmate.forgetHeard()").await.unwrap();
    sound::into_microphone(&desk.sound, &wav).unwrap();
    browser.until("classmate.report().heard?.loudest > -40", Duration::from_secs(10)).await.unwrap();
    let report = browser.evaluate("classmate.report()").await.unwrap();
    println!("browser hears {}", report["heard"]);
    assert_eq!(report["troubles"], json!([]));

    client.leave().unwrap();
    classroom.stop().await;
}

/// Two browsers, none of our client: what fails here is the practice server's own.
#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_see_and_hear_each_other_in_the_practice_class() {
    let folder = xtask::desk::Folder::new().unwrap();
    let (wav, _) = sound::speak(SENTENCE, folder.path()).unwrap();
    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let mut browsers = Vec::new();
    for (name, role) in [("Alice", Role::Moderator), ("Bob", Role::Viewer)] {
        let mut browser = Browser::open(FakeDevices { camera: None, microphone: Some(&wav) }).await.unwrap();
        browser.follow(&classroom.join_url(name, role)).await.unwrap();
        browser.evaluate("classmate.enter()").await.unwrap();
        browser.evaluate("classmate.speak()").await.unwrap();
        browser.evaluate("classmate.setMuted(false)").await.unwrap();
        browser.evaluate("classmate.showFace()").await.unwrap();
        browser.evaluate("classmate.watch()").await.unwrap();
        browsers.push(browser);
    }
    for browser in &mut browsers {
        browser.until("classmate.report().faces[0]?.drawn > 30", Duration::from_secs(30)).await.unwrap();
        browser.until("classmate.report().heard?.loudest > -40", Duration::from_secs(15)).await.unwrap();
        let report = browser.evaluate("classmate.report()").await.unwrap();
        assert_eq!(report["troubles"], json!([]));
    }
    classroom.stop().await;
}
