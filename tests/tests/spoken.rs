//! A sentence spoken into one client's microphone comes out of another client's speaker: all real but the devices, which
//! are a private sound server's.
#![cfg(target_os = "linux")]

use classroom::{Classroom, ClassroomConfig, Role};
use e2e::place::{artefact, eventually};
use e2e::seat::{Arrival, Seat};
use e2e::sound::{self, Comparison, Ear, Pcm};
use e2e::words;
use serde_json::json;
use std::time::Duration;
use xtask::desk::Desk;
use xtask::trouble::Outcome;

const SENTENCE: &str = "please open the book and read page seven";
const GRAMMAR: &str = "please (open | close | show) the (book | window | door | map) and (read | write | draw) page (one | four | seven | eleven | twenty)";
/// What the sentence's own length leaves for the way through both clients and the server.
const ARRIVES: Duration = Duration::from_secs(8);

/// Plays the sentence and returns how it arrived.
async fn say(wav: &std::path::Path, said: &Pcm, from: &Desk, ear: &Ear) -> Outcome<(Comparison, Pcm)> {
    let before = ear.heard()?.0.len();
    let since = |all: Pcm| Pcm(all.0[before.min(all.0.len())..].to_vec());
    sound::into_microphone(&from.sound, wav)?;
    let found = eventually("the sentence at the other client", ARRIVES, async || {
        let heard = since(ear.heard().ok()?);
        sound::compare(said, &heard).ok().filter(|found| found.likeness > 0.8).map(|found| (found, heard))
    })
    .await;
    match found {
        Ok(found) => Ok(found),
        Err(_) => {
            let heard = since(ear.heard()?);
            Ok((sound::compare(said, &heard)?, heard))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoken_sentence_is_heard_whole_and_a_muted_one_not_at_all() {
    let (here, there) = (Desk::start().unwrap(), Desk::start().unwrap());
    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let mut speaker =
        Seat::take("speaker", &here, &classroom.join_url("Alice", Role::Moderator), &Arrival::default()).unwrap();
    let quiet = Arrival { muted: true, ..Arrival::default() };
    let mut listener = Seat::take("listener", &there, &classroom.join_url("Bob", Role::Viewer), &quiet).unwrap();
    for seat in [&mut speaker, &mut listener] {
        seat.until("sound", |view| view.in_class() && view.part("sound")["state"] == "on").await.unwrap();
    }
    speaker.until("an open microphone", |view| view.part("sound")["muted"] == false).await.unwrap();
    listener.until("a closed microphone", |view| view.part("sound")["muted"] == true).await.unwrap();
    let (wav, said) = sound::speak(SENTENCE, here.folder()).unwrap();
    let ear = Ear::open(&there.sound, there.folder()).unwrap();

    let (found, heard) = say(&wav, &said, &here, &ear).await.unwrap();
    heard.write(&artefact("spoken/heard.wav").unwrap()).unwrap();
    let part = heard.part(found.at.saturating_sub(20), said.levels().len() + 40);
    let recognised = words::heard(&part, GRAMMAR, there.folder()).unwrap();
    println!(
        "likeness {:.3}, level {:.1} dBFS, longest gap {} ms, words “{recognised}”",
        found.likeness, found.level, found.longest_gap_ms
    );
    assert!(found.likeness > 0.8, "{found:?}");
    assert!((-40.0..-8.0).contains(&found.level), "{found:?}");
    assert!(found.longest_gap_ms <= 60, "{found:?}");
    assert_eq!(recognised, SENTENCE);
    listener
        .until("the speaker talking", |view| view.voices.values().any(|voice| voice["name"] == "Alice"))
        .await
        .unwrap();

    speaker.wants(&json!({"kind": "setMuted", "muted": true})).unwrap();
    speaker.until("a closed microphone", |view| view.part("sound")["muted"] == true).await.unwrap();
    let (_, silent) = say(&wav, &said, &here, &ear).await.unwrap();
    let loudest = silent.levels().into_iter().fold(-100.0, f32::max);
    println!("loudest while muted {loudest:.1} dBFS");
    assert!(loudest < -60.0, "a muted microphone was heard at {loudest} dBFS");

    speaker.wants(&json!({"kind": "setMuted", "muted": false})).unwrap();
    speaker.until("an open microphone", |view| view.part("sound")["muted"] == false).await.unwrap();
    let (again, _) = say(&wav, &said, &here, &ear).await.unwrap();
    assert!(again.likeness > 0.8, "{again:?}");

    speaker.leave().unwrap();
    listener.leave().unwrap();
    classroom.stop().await;
}
