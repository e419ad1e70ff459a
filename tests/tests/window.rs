//! A newcomer's path through the real window, by what is written on it and by the keyboard, in both languages; what it
//! claims is compared with what the server knows.
#![cfg(target_os = "linux")]

use classroom::{CastConfig, Classroom, ClassroomConfig, Facts, Language, Role};
use e2e::place::artefact;
use e2e::window::Window;
use std::time::Duration;
use xtask::desk::Desk;
use xtask::trouble::{Outcome, Trouble};

/// What stands on the window in one language.
struct Words {
    language: &'static str,
    home: &'static str,
    link: &'static str,
    enter: &'static str,
    check: &'static str,
    go_in: &'static str,
    write: &'static str,
    send: &'static str,
    share: &'static str,
    picker: &'static str,
    show: &'static str,
    shared: &'static str,
    stop: &'static str,
    leave: &'static str,
    leave_stay: &'static str,
    left: &'static str,
    back_home: &'static str,
    practise: &'static str,
    practice: &'static str,
}

const FRENCH: Words = Words {
    language: "fr",
    home: "Entrer dans une classe",
    link: "Lien de la classe",
    enter: "Entrer",
    check: "Son et caméra",
    go_in: "Entrer dans la classe",
    write: "Écrire à tout le monde",
    send: "Envoyer",
    share: "Partager",
    picker: "Que voulez-vous montrer ?",
    show: "Montrer",
    shared: "La classe voit",
    stop: "Arrêter le partage",
    leave: "Quitter",
    leave_stay: "Quitter, la classe continue",
    left: "Vous avez quitté la classe.",
    back_home: "Retour à l'accueil",
    practise: "S'entraîner",
    practice: "Entraînement",
};

const ENGLISH: Words = Words {
    language: "en",
    home: "Enter a class",
    link: "Link of the class",
    enter: "Enter",
    check: "Sound and camera",
    go_in: "Enter the class",
    write: "Write to everybody",
    send: "Send",
    share: "Share",
    picker: "What do you want to show?",
    show: "Show",
    shared: "The class sees",
    stop: "Stop sharing",
    leave: "Leave",
    leave_stay: "Leave, the class goes on",
    left: "You have left the class.",
    back_home: "Back to the start",
    practise: "Practise",
    practice: "Practice",
};

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_finds_the_way_in_french() {
    path(&FRENCH).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_finds_the_way_in_english() {
    path(&ENGLISH).await.unwrap();
}

async fn path(words: &Words) -> Outcome<()> {
    let desk = Desk::start()?;
    let shot = |name: &str| desk.display.shot(&artefact(&format!("window/{}-{name}.png", words.language))?);
    let cast = CastConfig::Pupils { count: 8, language: Language::French, arrive_within: Duration::from_secs(3) };
    let classroom = Classroom::start(ClassroomConfig { cast, ..ClassroomConfig::default() })
        .await
        .map_err(|error| Trouble::new(error.to_string()))?;
    let link = classroom.join_url("Camille", Role::Moderator);
    let window = Window::open(&desk, words.language, &["--camera", "synthetic:face", "--pupils", "4"]).await?;

    // Home, and a link that somebody sent.
    window.says(words.home).await?;
    shot("1-home")?;
    window.fill(words.link, &link).await?;
    window.press(words.enter).await?;

    // Device check, the first time.
    window.says(words.check).await?;
    drawn(&window, 1).await?;
    shot("2-check")?;
    window.press(words.go_in).await?;

    // In class, with the pupils and their faces.
    known(&classroom, "the teacher and eight pupils", |facts| {
        facts.people.len() == 9 && facts.person("Camille").is_some()
    })
    .await?;
    known(&classroom, "sound", |facts| facts.person("Camille").is_some_and(|me| me.in_voice)).await?;
    let pupil = classroom
        .facts()
        .people
        .iter()
        .find(|person| !person.moderator)
        .map(|person| person.name.clone())
        .unwrap_or_default();
    window.says(&pupil).await?;
    drawn(&window, 6).await?;
    shot("3-class")?;

    // Microphone, by key and back: the server agrees both times.
    let muted = |facts: &Facts| facts.person("Camille").is_some_and(|me| me.muted);
    let before = muted(&classroom.facts());
    for now in [!before, before] {
        window.keys(&["Ctrl", "m"]).await?;
        known(&classroom, "the other state of the microphone", |facts| muted(facts) == now).await?;
    }

    // Hand: lowered only when the queue of hands shows it, as a person would.
    for up in [true, false] {
        window.keys(&["Ctrl", "h"]).await?;
        known(&classroom, "the hand", |facts| facts.person("Camille").is_some_and(|me| me.hand == up)).await?;
        if up {
            window.says("Camille").await?;
        } else {
            window.unsays("Camille").await?;
        }
    }

    // Chat, both ways.
    window.keys(&["Ctrl", "2"]).await?;
    window.fill(words.write, "Bonjour à tous & <b>bienvenue</b>").await?;
    window.press(words.send).await?;
    known(&classroom, "the message", |facts| {
        facts.chat.iter().any(|(name, text)| name == "Camille" && text.contains("bienvenue"))
    })
    .await?;
    classroom.chat(&pupil, "Merci, on vous entend bien");
    window.says("Merci, on vous entend bien").await?;
    window.says("Bonjour à tous & <b>bienvenue</b>").await?;
    shot("4-chat")?;
    window.keys(&["Ctrl", "2"]).await?;

    // The screen, and the control that stops it.
    window.press(words.share).await?;
    window.says(words.picker).await?;
    window.click("radio", "").await?;
    drawn(&window, 1).await?;
    shot("5-picker")?;
    window.press(words.show).await?;
    known(&classroom, "a shared screen", |facts| facts.screen).await?;
    window.says(words.shared).await?;
    shot("6-sharing")?;
    window.press(words.stop).await?;
    known(&classroom, "no shared screen", |facts| !facts.screen).await?;

    // Out, and home.
    window.press(words.leave).await?;
    window.press(words.leave_stay).await?;
    window.says(words.left).await?;
    shot("7-left")?;
    known(&classroom, "the teacher gone", |facts| facts.person("Camille").is_none()).await?;
    window.press(words.back_home).await?;
    window.says(words.home).await?;

    // The practice class, one click from home now that the devices are known.
    window.press(words.practise).await?;
    window.says(words.practice).await?;
    drawn(&window, 3).await?;
    shot("8-practice")?;
    window.close().await?;
    classroom.stop().await;
    Ok(())
}

/// Waits until the server knows it so.
async fn known(classroom: &Classroom, what: &str, so: impl Fn(&Facts) -> bool) -> Outcome<()> {
    if classroom.wait_for(Duration::from_secs(20), so).await {
        Ok(())
    } else {
        Err(Trouble::new(format!("the server does not know of {what}: {:?}", classroom.facts())))
    }
}

/// Waits until so many pictures are drawn, in the dialog if one is open: canvases on view with several colours in them.
async fn drawn(window: &Window, count: u64) -> Outcome<()> {
    const PICTURES: &str = r"
        const paper = document.createElement('canvas');
        paper.width = paper.height = 8;
        const ink = paper.getContext('2d', { willReadFrequently: true });
        const within = [...document.querySelectorAll('[role=dialog]')].pop() ?? document;
        const seen = [...within.querySelectorAll('canvas')].filter(canvas => {
            if (canvas.width < 60 || !canvas.getClientRects().length) return false;
            ink.clearRect(0, 0, 8, 8);
            ink.drawImage(canvas, 0, 0, 8, 8);
            return new Set(new Uint32Array(ink.getImageData(0, 0, 8, 8).data.buffer)).size > 4;
        });
        return seen.length;";
    e2e::place::eventually(&format!("{count} pictures"), Duration::from_secs(30), async || {
        (window.script(PICTURES, &[]).await.ok()?.as_u64()? >= count).then_some(())
    })
    .await
}
