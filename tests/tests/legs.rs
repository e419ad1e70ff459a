//! Single legs of the engine at the practice server: its certificate in any hash, and a narrow way up.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

use classroom::{Classroom, ClassroomConfig, FingerprintHash, Quirks};
use e2e::endpoint::{Endpoint, PATIENCE};
use e2e::narrow::{self, Narrow, Passed};
use e2e::place::eventually;
use engine::{EngineStats, IceServers, LegFailure, LegMedia, LegSpec, LegState};
use media::budget::{Reason, Share};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

fn leg(id: u32, media: LegMedia) -> LegSpec {
    LegSpec { id, media, ice: IceServers::default() }
}

async fn class(fingerprint: FingerprintHash) -> Classroom {
    let quirks = Quirks { fingerprint, ..Quirks::default() };
    Classroom::start(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await.unwrap()
}

fn untouched(sdp: &str) -> String {
    sdp.to_owned()
}

const HASHES: [(FingerprintHash, &str); 5] = [
    (FingerprintHash::Sha1, "sha-1"),
    (FingerprintHash::Sha224, "sha-224"),
    (FingerprintHash::Sha256, "sha-256"),
    (FingerprintHash::Sha384, "sha-384"),
    (FingerprintHash::Sha512, "sha-512"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_certificate_is_believed_in_every_hash() {
    for (hash, name) in HASHES {
        let class = class(hash).await;
        let mut alice = Endpoint::join(&class, "Alice", "face:3;tone:440").await.unwrap();
        alice.engine.camera(true);
        alice.engine.set_muted(false);
        let announced = |sdp: &str| {
            assert!(sdp.contains(&format!("a=fingerprint:{name} ")), "{sdp}");
            assert_eq!(sdp.matches("a=fingerprint:").count(), 1, "{sdp}");
            sdp.to_owned()
        };
        alice.speak(leg(1, LegMedia::Audio { send: true }), announced).await.unwrap();
        assert_eq!(alice.outcome(1).await.unwrap(), LegState::Connected, "{name}");
        alice.send_camera(leg(2, LegMedia::CameraSend { kbps: 200 }), 200, announced).await.unwrap();
        assert_eq!(alice.outcome(2).await.unwrap(), LegState::Connected, "{name}");
        // Connected may be said too early; what the server reports it has received may not.
        alice
            .until("reports about both legs", |stats| {
                stats.legs.len() == 2
                    && stats.legs.iter().all(|leg| leg.packets_sent > 20 && leg.loss_percent == Some(0))
            })
            .await
            .unwrap();
        assert!(alice.leave().await, "a thread did not end in time");
        class.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_fingerprint_of_any_hash_takes_the_leg_down() {
    for (hash, name) in HASHES {
        let class = class(hash).await;
        let mut alice = Endpoint::join(&class, "Alice", "face:3;tone:440").await.unwrap();
        alice.engine.camera(true);
        let forged = |sdp: &str| {
            let mark = format!("a=fingerprint:{name} ");
            let at = sdp.find(&mark).map(|at| at + mark.len()).unwrap();
            let other = if sdp[at..].starts_with('0') { "1" } else { "0" };
            format!("{}{other}{}", &sdp[..at], &sdp[at + 1..])
        };
        alice.speak(leg(1, LegMedia::Audio { send: true }), forged).await.unwrap();
        assert_eq!(alice.outcome(1).await.unwrap(), LegState::Down(LegFailure::Dtls), "{name}");
        alice.send_camera(leg(2, LegMedia::CameraSend { kbps: 200 }), 200, forged).await.unwrap();
        assert_eq!(alice.outcome(2).await.unwrap(), LegState::Down(LegFailure::Dtls), "{name}");
        let sent: u64 = alice.engine.stats().legs.iter().map(|leg| leg.packets_sent).sum();
        assert_eq!(sent, 0, "nothing was sent to a stranger");
        alice.speak(leg(3, LegMedia::Audio { send: true }), untouched).await.unwrap();
        assert_eq!(alice.outcome(3).await.unwrap(), LegState::Connected, "the right one is still believed: {name}");
        assert!(alice.leave().await, "a thread did not end in time");
        class.stop().await;
    }
}

/// The way up of a poor line, kbit/s, and what the modem before it holds.
const LINE_KBPS: u32 = 150;
const LINE_HOLDS: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn on_a_narrow_way_up_the_camera_gives_way_and_sound_flows_on() {
    let class = class(FingerprintHash::Sha512).await;
    let mut alice = Endpoint::join(&class, "Alice", "face:3;tone:440").await.unwrap();
    alice.engine.camera(true);
    alice.engine.set_muted(false);
    let mut line = Narrow::new(LINE_KBPS, LINE_HOLDS);
    let (sound, camera) = {
        // The server has one port for everything, and tells legs apart by where they come from.
        let server = server(&mut alice).await;
        (line.before(server).await.unwrap(), line.before(server).await.unwrap())
    };
    alice.speak(leg(1, LegMedia::Audio { send: true }), |sdp| narrow::at(sdp, sound)).await.unwrap();
    assert_eq!(alice.outcome(1).await.unwrap(), LegState::Connected);
    alice.send_camera(leg(2, LegMedia::CameraSend { kbps: 500 }), 500, |sdp| narrow::at(sdp, camera)).await.unwrap();
    assert_eq!(alice.outcome(2).await.unwrap(), LegState::Connected);
    let began = Instant::now();
    let kbps = |stats: &EngineStats| stats.camera.map_or(0, |camera| camera.kbps);
    alice.until("the full rate", |stats| kbps(stats) == 500).await.unwrap();
    alice.until("a rate that fits beside the sound", |stats| (1..LINE_KBPS).contains(&kbps(stats))).await.unwrap();
    let fell = began.elapsed();
    let stats = alice.engine.stats();
    assert!(stats.budget.lines.iter().any(|l| l.share == Share::Camera && l.reason == Reason::Link), "{stats:?}");
    // Twenty seconds of sound after that, counted in its packets.
    let settled = line.passed().len();
    let heard = |passed: &[Passed]| passed.iter().filter(|p| p.leg == 0 && p.media).count();
    let before = heard(&line.passed());
    eventually("twenty seconds of sound", PATIENCE, async || (heard(&line.passed()) >= before + 1000).then_some(()))
        .await
        .unwrap();
    let passed = line.passed();
    let gap = longest_gap(&passed, 0);
    let (from, to) = (passed[settled].at, passed[passed.len() - 1].at);
    let of = |leg: usize| {
        let bytes: usize = passed[settled..].iter().filter(|p| p.leg == leg && p.media).map(|p| p.bytes).sum();
        bytes as f64 * 8.0 / 1000.0 / (to - from).as_secs_f64()
    };
    let sent = alice.engine.stats().legs.iter().find(|leg| leg.id == 1).map_or(0, |leg| leg.packets_sent);
    let lost = 1.0 - heard(&passed) as f64 / sent as f64;
    println!(
        "of 500 kbit/s to {} after {:.1} s; sound {:.0} kbit/s, longest gap {} ms, {:.1} % lost; camera {:.0} kbit/s; {} of {} dropped",
        kbps(&stats),
        fell.as_secs_f64(),
        of(0),
        gap.as_millis(),
        lost * 100.0,
        of(1),
        line.dropped(),
        line.dropped() + passed.len(),
    );
    assert!(gap <= LINE_HOLDS, "sound waited behind a full line: {} ms without", gap.as_millis());
    assert!(lost < 0.03, "{:.1} % of the sound lost", lost * 100.0);
    assert!(of(1) > 20.0, "the camera starves: {} kbit/s", of(1));
    assert!(alice.leave().await, "a thread did not end in time");
    class.stop().await;
}

/// The longest time without sound that the line made: where the sender was late itself, that is taken off.
fn longest_gap(passed: &[Passed], leg: usize) -> Duration {
    let sound: Vec<&Passed> = passed.iter().filter(|p| p.leg == leg && p.media).collect();
    let gap = |two: &[&Passed]| {
        let late = two[1].after.saturating_sub(Duration::from_millis(20));
        (two[1].at - two[0].at).saturating_sub(late)
    };
    sound.windows(2).map(gap).max().unwrap_or(Duration::MAX)
}

/// The address of the media server: a leg is opened and thrown away to learn it.
async fn server(somebody: &mut Endpoint) -> SocketAddr {
    let seen = Mutex::new(None);
    let keep = |sdp: &str| {
        *seen.lock().unwrap() = narrow::candidate(sdp).ok();
        sdp.to_owned()
    };
    somebody.speak(leg(9, LegMedia::Audio { send: false }), keep).await.unwrap();
    somebody.engine.close(9);
    let address = *seen.lock().unwrap();
    address.unwrap()
}
