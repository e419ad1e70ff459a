//! Legs that have no way to the practice server but a relay: a real one (coturn), over UDP, TCP and TLS.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

use classroom::{Classroom, ClassroomConfig};
use e2e::coturn::{self, Coturn};
use e2e::endpoint::Endpoint;
use engine::{IceServers, LegFailure, LegMedia, LegSpec, LegState, RelayFault};

/// Told to a copy of this program that is to believe the relay's certificate.
const BELIEVES: &str = "PREAU_TEST_RELAY_URL";

fn leg(id: u32, media: LegMedia, ice: &IceServers) -> LegSpec {
    LegSpec { id, media, ice: ice.clone() }
}

async fn relay() -> Option<Coturn> {
    let relay = Coturn::start().await.unwrap();
    if relay.is_none() {
        println!("skipped: coturn is not installed; `cargo xtask test` installs it");
    }
    relay
}

/// Sends sound and camera through this relay until the server has reported about both.
async fn flows(ice: &IceServers) {
    let class = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let mut alice = Endpoint::join(&class, "Alice", "face:3;tone:440").await.unwrap();
    alice.engine.camera(true);
    alice.engine.set_muted(false);
    alice.speak(leg(1, LegMedia::Audio { send: true }, ice), str::to_owned).await.unwrap();
    assert_eq!(alice.outcome(1).await.unwrap(), LegState::Connected);
    alice.send_camera(leg(2, LegMedia::CameraSend { kbps: 200 }, ice), 200, str::to_owned).await.unwrap();
    assert_eq!(alice.outcome(2).await.unwrap(), LegState::Connected);
    alice
        .until("reports about both legs", |stats| {
            stats.legs.len() == 2 && stats.legs.iter().all(|leg| leg.packets_sent > 50 && leg.loss_percent == Some(0))
        })
        .await
        .unwrap();
    assert!(alice.leave().await, "a thread did not end in time");
    class.stop().await;
}

/// What becomes of a leg that has only this relay.
async fn outcome(ice: &IceServers) -> LegState {
    let class = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let mut alice = Endpoint::join(&class, "Alice", "tone:440").await.unwrap();
    alice.speak(leg(1, LegMedia::Audio { send: true }, ice), str::to_owned).await.unwrap();
    let state = alice.outcome(1).await.unwrap();
    assert!(alice.leave().await, "a thread did not end in time");
    class.stop().await;
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn media_flow_through_a_relay_over_udp() {
    let Some(relay) = relay().await else { return };
    flows(&relay.over_udp()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_flow_through_a_relay_over_tcp() {
    let Some(relay) = relay().await else { return };
    flows(&relay.over_tcp()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_flow_through_a_relay_over_tls_that_the_system_believes() {
    // What the system believes is fixed with the program's start: this one starts itself once more.
    if let Ok(url) = std::env::var(BELIEVES) {
        return flows(&coturn::only(url)).await;
    }
    let Some(relay) = relay().await else { return };
    let again = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "media_flow_through_a_relay_over_tls_that_the_system_believes", "--nocapture"])
        .env(BELIEVES, &relay.over_tls().turn[0].url)
        .env("SSL_CERT_FILE", relay.certificate())
        .output()
        .await
        .unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_certificate_nobody_knows_is_not_used_and_says_so() {
    let Some(relay) = relay().await else { return };
    assert_eq!(outcome(&relay.over_tls()).await, LegState::Down(LegFailure::Relay(RelayFault::Certificate)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_not_there_or_is_none_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = coturn::only(format!("turn:{free}?transport=tcp"));
    assert_eq!(outcome(&nobody).await, LegState::Down(LegFailure::Relay(RelayFault::Unreachable)));
}
