//! Single legs of the engine at the practice server: its certificate in any hash.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

use classroom::{Classroom, ClassroomConfig, FingerprintHash, Quirks};
use e2e::endpoint::Endpoint;
use engine::{IceServers, LegFailure, LegMedia, LegSpec, LegState};

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
