//! The media server, as a stock WebRTC peer sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::atomic::Ordering;
use std::time::Duration;

use classroom::{Classroom, ClassroomConfig, FingerprintHash, Quirks, Role};
use common::peer::Peer;
use common::{PATIENCE, Person, Socket, class};
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

/// A VP8 payload of one packet: descriptor, then key or inter frame bytes.
fn vp8(key: bool, fill: u8) -> Vec<u8> {
    let mut payload = vec![0x10, if key { 0x00 } else { 0x01 }];
    payload.extend_from_slice(&[fill; 40]);
    payload
}

struct Camera {
    peer: Peer,
    socket: Socket,
    stream: String,
}

async fn start_camera(person: &Person, lossy: bool) -> Camera {
    let mut socket = person.ticket.sfu().await;
    let mut peer = Peer::new(true, true).await;
    let stream = format!("{}_0f3f2a52_cam0", person.id);
    let offer = peer.offer().await;
    socket
        .send(&json!({ "id": "start", "type": "video", "cameraId": stream, "role": "share", "sdpOffer": offer, "bitrate": 200, "record": true }))
        .await;
    let answer = socket.until("answer", |value| value["id"] == "startResponse").await;
    assert!(answer.get("response").is_none(), "cameras are answered without it");
    let answer = answer["sdpAnswer"].as_str().unwrap();
    let answer = if lossy { behind_lossy_link(answer).await } else { answer.to_owned() };
    peer.accept(&answer).await;
    let play = socket.until("playStart", |value| value["id"] == "playStart").await;
    assert_eq!(play["cameraId"], stream.as_str());
    assert!(peer.connected().await);
    Camera { peer, socket, stream }
}

async fn view_camera(person: &Person, stream: &str, lossy: bool) -> (Peer, Socket, String) {
    let mut socket = person.ticket.sfu().await;
    socket.send(&json!({ "id": "start", "type": "video", "cameraId": stream, "role": "viewer" })).await;
    let response = socket.until("offer", |value| value["id"] == "startResponse").await;
    let offer = response["sdpAnswer"].as_str().unwrap().to_owned();
    let offer = if lossy { behind_lossy_link(&offer).await } else { offer };
    let mut peer = Peer::new(true, false).await;
    let answer = peer.answer(&offer).await;
    socket
        .send(&json!({ "id": "subscriberAnswer", "type": "video", "cameraId": stream, "role": "viewer", "answer": answer }))
        .await;
    socket.until("playStart", |value| value["id"] == "playStart").await;
    assert!(peer.connected().await);
    (peer, socket, offer)
}

async fn error_of(socket: &mut Socket, request: &Value) -> Value {
    socket.send(request).await;
    socket.until("error", |value| value["id"] == "error").await
}

#[tokio::test]
async fn a_camera_goes_from_one_peer_to_another_and_starts_with_a_key_frame() {
    for hash in [FingerprintHash::Sha512, FingerprintHash::Sha1] {
        let quirks = Quirks { fingerprint: hash, ..Quirks::default() };
        let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
        let mut ada = Person::join(&class, "Ada", Role::Moderator).await;
        let bob = Person::join(&class, "Bob", Role::Viewer).await;
        let camera = start_camera(&ada, false).await;
        ada.act("cameraBroadcastStart", json!({ "stream": camera.stream, "contentType": "camera" })).await;
        assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 1).await);
        let (mut viewer, _socket, offer) = view_camera(&bob, &camera.stream, false).await;
        let name = if hash == FingerprintHash::Sha1 { "sha-1" } else { "sha-512" };
        assert!(offer.contains(&format!("a=fingerprint:{name} ")), "{offer}");
        let mut sequence = 100_u16;
        let mut seen = Vec::new();
        let mut clock = interval(Duration::from_millis(20));
        while seen.len() < 20 {
            clock.tick().await;
            // A key frame only when asked, as an encoder would.
            let key = camera.peer.plis.swap(0, Ordering::Relaxed) > 0;
            camera.peer.send(sequence, u32::from(sequence) * 3000, true, &vp8(key, sequence as u8)).await;
            sequence += 1;
            assert!(sequence < 1000, "nothing arrived");
            while let Ok(packet) = viewer.packets.try_recv() {
                seen.push(packet);
            }
        }
        assert_eq!(seen[0].payload[1], 0x00, "the first one forwarded is a key frame");
        for pair in seen.windows(2) {
            assert_eq!(pair[1].header.sequence_number, pair[0].header.sequence_number.wrapping_add(1));
            assert_eq!(pair[1].header.timestamp, pair[0].header.timestamp + 3000);
        }
        assert_eq!(seen[0].header.payload_type, 96);
        class.stop().await;
    }
}

#[tokio::test]
async fn cameras_are_refused_with_the_codes_of_the_real_server() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::join(&class, "Ada", Role::Moderator).await;
    let mut socket = ada.ticket.sfu().await;
    let start = |role: &str, camera: &str, offer: &str| json!({ "id": "start", "type": "video", "role": role, "cameraId": camera, "sdpOffer": offer, "bitrate": 200 });
    let foreign = error_of(&mut socket, &start("share", "w_somebody_cam0", "v=0")).await;
    assert_eq!((&foreign["code"], &foreign["streamId"]), (&json!("2301"), &json!("w_somebody_cam0")));
    assert!(foreign.get("cameraId").is_none());
    let own = format!("{}_uuid_cam0", ada.id);
    let offer = Peer::new(true, true).await.offer().await;
    let without: String =
        offer.lines().filter(|line| !line.starts_with("a=ssrc")).flat_map(|line| [line, "\r\n"]).collect();
    assert_eq!(error_of(&mut socket, &start("share", &own, &without)).await["code"], 2202, "without a source");
    let h264 = offer.replace("VP8/90000", "H264/90000");
    assert_eq!(error_of(&mut socket, &start("share", &own, &h264)).await["code"], 2203);
    assert_eq!(error_of(&mut socket, &start("both", &own, &offer)).await["code"], "2300");
    let early = json!({ "id": "start", "type": "video", "role": "viewer", "cameraId": own });
    assert_eq!(error_of(&mut socket, &early).await["code"], "2301", "not listed yet");
    ada.act("cameraBroadcastStart", json!({ "stream": own, "contentType": "camera" })).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 1).await);
    assert_eq!(error_of(&mut socket, &early).await["code"], 2201, "listed, but nobody sends");
    let odd = json!({ "id": "dance", "type": "video", "role": "viewer", "cameraId": own });
    assert_eq!(error_of(&mut socket, &odd).await["code"], "2300");
    for ignored in ["no json", r#"{"id":"start","type":"hologram"}"#, r#"{"id":"start"}"#, r#"{"id":"close"}"#] {
        socket.send_text(ignored).await;
    }
    socket.send(&json!({ "id": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "id": "pong" }), "what is not understood is not answered");
    class.stop().await;
}

/// A link that loses every tenth RTP packet, both ways, between a peer and the server's port.
async fn lossy(server: u16) -> u16 {
    let outer = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let inner = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    inner.connect(("127.0.0.1", server)).await.unwrap();
    let port = outer.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut up, mut down) = ([0; 2048], [0; 2048]);
        let (mut client, mut count) = (None, 0_u32);
        let mut lost = |bytes: &[u8]| {
            let rtp = (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1]);
            count += u32::from(rtp);
            rtp && count % 10 == 5
        };
        loop {
            tokio::select! {
                Ok((length, from)) = outer.recv_from(&mut up) => {
                    client = Some(from);
                    if !lost(&up[..length]) {
                        let _ = inner.send(&up[..length]).await;
                    }
                }
                Ok(length) = inner.recv(&mut down) => {
                    if let Some(to) = client && !lost(&down[..length]) {
                        let _ = outer.send_to(&down[..length], to).await;
                    }
                }
            }
        }
    });
    port
}

/// The same SDP with the server behind a lossy link.
async fn behind_lossy_link(sdp: &str) -> String {
    let line = sdp.lines().find(|line| line.starts_with("a=candidate:")).unwrap();
    let port = line.split(' ').nth(5).unwrap();
    let other = lossy(port.parse().unwrap()).await;
    sdp.replace(line, &line.replace(port, &other.to_string()))
}

#[tokio::test]
async fn what_the_link_loses_is_asked_for_and_sent_again_on_both_sides() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::join(&class, "Ada", Role::Moderator).await;
    let bob = Person::join(&class, "Bob", Role::Viewer).await;
    let camera = start_camera(&ada, true).await;
    ada.act("cameraBroadcastStart", json!({ "stream": camera.stream, "contentType": "camera" })).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 1).await);
    let (mut viewer, _socket, _) = view_camera(&bob, &camera.stream, true).await;
    let mut clock = interval(Duration::from_millis(10));
    let mut seen = std::collections::BTreeSet::new();
    let started = viewer.packets.len();
    assert_eq!(started, 0);
    for sequence in 0..400_u16 {
        clock.tick().await;
        let key = sequence % 20 == 0;
        camera.peer.send(sequence, u32::from(sequence) * 900, true, &vp8(key, (sequence % 250) as u8)).await;
        while let Ok(packet) = viewer.packets.try_recv() {
            seen.insert(packet.header.sequence_number);
        }
    }
    while let Some(packet) = viewer.packet(Duration::from_millis(500)).await {
        seen.insert(packet.header.sequence_number);
    }
    let span = seen.last().unwrap() - seen.first().unwrap() + 1;
    let holes = usize::from(span) - seen.len();
    assert!(seen.len() > 250 && holes <= 2, "{} of {span} arrived", seen.len());
    class.stop().await;
}

#[tokio::test]
async fn withdrawing_the_camera_ends_its_session_and_closing_the_socket_its_row() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::join(&class, "Ada", Role::Moderator).await;
    let camera = start_camera(&ada, false).await;
    ada.act("cameraBroadcastStart", json!({ "stream": camera.stream, "contentType": "camera" })).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 1).await);
    camera.socket.close().await;
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.is_empty()).await);
    class.stop().await;
}

async fn join_voice(person: &Person, alter: impl Fn(String) -> String) -> (Peer, Socket) {
    let mut socket = person.ticket.sfu().await;
    socket
        .send(&json!({ "id": "start", "type": "audio", "role": "sendrecv", "clientSessionNumber": 1, "extension": null, "transparentListenOnly": true }))
        .await;
    let response = socket.until("offer", |value| value["id"] == "startResponse").await;
    assert_eq!(response["response"], "accepted");
    let offer = response["sdpAnswer"].as_str().unwrap();
    assert!(!offer.contains("extmap") && offer.contains("a=sendrecv") && offer.contains("a=setup:actpass"));
    let mut peer = Peer::new(false, true).await;
    let answer = alter(peer.answer(offer).await);
    socket.send(&json!({ "id": "subscriberAnswer", "type": "audio", "role": "sendrecv", "sdpOffer": answer })).await;
    let success = socket.until("success", |value| value["id"] == "webRTCAudioSuccess").await;
    assert_eq!(success["success"], "MEDIA_FLOWING");
    (peer, socket)
}

/// 20 ms packets of a tone.
struct Tone {
    encoder: codecs::opus::Encoder,
    hertz: f32,
    at: u32,
}

impl Tone {
    fn new(hertz: f32) -> Self {
        Self { encoder: codecs::opus::Encoder::new().unwrap(), hertz, at: 0 }
    }

    fn packet(&mut self) -> Vec<u8> {
        use codecs::AudioEncoder;
        let pcm: Vec<f32> = (0..960)
            .map(|n| {
                let seconds = (self.at * 960 + n) as f32 / 48_000.0;
                (seconds * self.hertz * std::f32::consts::TAU).sin() * 0.3
            })
            .collect();
        self.at += 1;
        let mut out = Vec::new();
        self.encoder.encode(&pcm, &mut out).unwrap();
        out
    }
}

/// How much of a tone is in what was heard, 0 to 1.
fn share_of(pcm: &[f32], hertz: f32) -> f32 {
    let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        let phase = n as f32 / 48_000.0 * hertz * std::f32::consts::TAU;
        sine += sample * phase.sin();
        cosine += sample * phase.cos();
        power += sample * sample;
    }
    if power < 1e-3 { 0.0 } else { 2.0 * (sine * sine + cosine * cosine) / (power * pcm.len() as f32) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_the_class_without_themselves_and_the_muted() {
    use codecs::AudioDecoder;
    let class = class(ClassroomConfig::default()).await;
    let ada = Person::join(&class, "Ada", Role::Moderator).await;
    let mut bob = Person::join(&class, "Bob", Role::Viewer).await;
    let (mut peer_a, _a) = join_voice(&ada, |sdp| sdp).await;
    let (mut peer_b, _b) = join_voice(&bob, |sdp| sdp).await;
    assert!(peer_a.connected().await && peer_b.connected().await);
    assert!(class.wait_for(PATIENCE, |facts| facts.people.iter().all(|p| p.in_voice && !p.muted)).await);
    let (mut tone_a, mut tone_b) = (Tone::new(500.0), Tone::new(1200.0));
    let (mut decoder_a, mut decoder_b) = (codecs::opus::Decoder::new().unwrap(), codecs::opus::Decoder::new().unwrap());
    let (mut heard_a, mut heard_b) = (Vec::new(), Vec::new());
    let mut clock = interval(Duration::from_millis(20));
    let mut pcm = Vec::new();
    for n in 0..150_u16 {
        clock.tick().await;
        peer_a.send(n, u32::from(n) * 960, false, &tone_a.packet()).await;
        peer_b.send(n, u32::from(n) * 960, false, &tone_b.packet()).await;
        for (peer, decoder, heard) in
            [(&mut peer_a, &mut decoder_a, &mut heard_a), (&mut peer_b, &mut decoder_b, &mut heard_b)]
        {
            while let Ok(packet) = peer.packets.try_recv() {
                decoder.decode(&packet.payload, &mut pcm).unwrap();
                heard.extend_from_slice(&pcm);
            }
        }
        if n == 100 {
            let tail = |heard: &Vec<f32>| heard[heard.len().saturating_sub(48_000 / 2)..].to_vec();
            let (a, b) = (tail(&heard_a), tail(&heard_b));
            assert!(share_of(&a, 1200.0) > 0.8, "a hears b: {}", share_of(&a, 1200.0));
            assert!(share_of(&a, 500.0) < 0.05, "a does not hear themselves");
            assert!(share_of(&b, 500.0) > 0.8, "b hears a: {}", share_of(&b, 500.0));
            let facts = class.facts();
            assert!(facts.person("Ada").unwrap().talking && facts.person("Bob").unwrap().talking);
            bob.act("userSetMuted", json!({ "muted": true })).await;
        }
    }
    let tail = &heard_a[heard_a.len() - 9600..];
    assert!(tail.iter().all(|sample| sample.abs() < 0.01), "a muted voice is not mixed");
    assert!(class.facts().person("Bob").unwrap().muted);
    class.stop().await;
}

#[tokio::test]
async fn the_hold_switch_makes_the_sound_jump_without_a_word() {
    let quirks = Quirks { hold_swap: true, ..Quirks::default() };
    let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
    let ada = Person::join(&class, "Ada", Role::Moderator).await;
    let (mut peer, _socket) = join_voice(&ada, |sdp| sdp).await;
    let first = peer.packet(PATIENCE).await.unwrap().header;
    let jump = async {
        let mut last = first.clone();
        loop {
            let header = peer.packet(PATIENCE).await.unwrap().header;
            assert_eq!(header.ssrc, first.ssrc);
            if header.timestamp.wrapping_sub(last.timestamp) > 48_000 * 5 {
                return;
            }
            last = header;
        }
    };
    class.mute("Ada", true);
    class.mute("Ada", false);
    assert!(timeout(PATIENCE, jump).await.is_ok());
    class.stop().await;
}

#[tokio::test]
async fn an_audio_answer_without_a_source_is_announced_as_success_and_stays_silent() {
    let class = class(ClassroomConfig::default()).await;
    let ada = Person::join(&class, "Ada", Role::Moderator).await;
    let strip = |sdp: String| -> String {
        sdp.lines().filter(|line| !line.starts_with("a=ssrc")).flat_map(|line| [line, "\r\n"]).collect()
    };
    let (mut peer, _socket) = join_voice(&ada, strip).await;
    assert!(peer.packet(Duration::from_millis(800)).await.is_none());
    class.stop().await;
}

#[tokio::test]
async fn a_listener_hears_and_bad_audio_requests_are_refused() {
    let class = class(ClassroomConfig::default()).await;
    let ada = Person::join(&class, "Ada", Role::Viewer).await;
    let mut socket = ada.ticket.sfu().await;
    let start = |role: &str, number: Value| json!({ "id": "start", "type": "audio", "role": role, "clientSessionNumber": number });
    for request in [start("sendrecv", json!("1")), start("shout", json!(1)), json!({ "id": "sing", "type": "audio" })] {
        let error = error_of(&mut socket, &request).await;
        assert_eq!(error["code"], "2300");
        assert!(error.get("error").is_none(), "flat");
    }
    socket.send(&start("recv", json!(1))).await;
    let response = socket.until("offer", |value| value["id"] == "startResponse").await;
    let mut peer = Peer::new(false, false).await;
    let answer = peer.answer(response["sdpAnswer"].as_str().unwrap()).await;
    socket.send(&json!({ "id": "subscriberAnswer", "type": "audio", "role": "recv", "sdpOffer": answer })).await;
    socket.until("success", |value| value["id"] == "webRTCAudioSuccess").await;
    assert!(peer.packet(PATIENCE).await.is_some());
    class.lock(false, true);
    let mut bob = Person::join(&class, "Bob", Role::Viewer).await.ticket.sfu().await;
    assert_eq!(error_of(&mut bob, &start("sendrecv", json!(1))).await["code"], "2301", "microphones are locked");
    class.stop().await;
}

async fn screen(class: &Classroom) -> (Person, Peer, Socket) {
    let ada = Person::join(class, "Ada", Role::Moderator).await;
    let mut socket = ada.ticket.sfu().await;
    let mut peer = Peer::new(true, true).await;
    let offer = peer.offer().await;
    socket
        .send(&json!({ "id": "start", "type": "screenshare", "role": "send", "internalMeetingId": "x", "voiceBridge": "1",
            "userName": "Eve", "callerName": "w_eve", "sdpOffer": offer, "hasAudio": false, "contentType": "screenshare", "bitrate": 1500 }))
        .await;
    let response = socket.until("answer", |value| value["id"] == "startResponse").await;
    assert_eq!(response["response"], "accepted");
    let answer = response["sdpAnswer"].as_str().unwrap();
    assert!(answer.contains("a=content:slides") && answer.contains("b=TIAS:1500000"));
    peer.accept(answer).await;
    socket.until("playStart", |value| value["id"] == "playStart").await;
    assert!(peer.connected().await);
    (ada, peer, socket)
}

#[tokio::test]
async fn a_screen_is_announced_seen_and_ended_by_closing_its_socket() {
    let class = class(ClassroomConfig::default()).await;
    let (_ada, presenter, presenting) = screen(&class).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.screen).await);
    let bob = Person::join(&class, "Bob", Role::Viewer).await;
    let mut socket = bob.ticket.sfu().await;
    let start = json!({ "id": "start", "type": "screenshare", "role": "recv", "contentType": "camera" });
    socket.send(&start).await;
    let response = socket.until("offer", |value| value["id"] == "startResponse").await;
    let mut viewer = Peer::new(true, false).await;
    let answer = viewer.answer(response["sdpAnswer"].as_str().unwrap()).await;
    socket.send(&json!({ "id": "subscriberAnswer", "type": "screenshare", "role": "recv", "answer": answer })).await;
    socket.until("playStart", |value| value["id"] == "playStart").await;
    let arrived = timeout(PATIENCE, async {
        let mut clock = interval(Duration::from_millis(30));
        for sequence in 0.. {
            clock.tick().await;
            presenter.send(sequence, u32::from(sequence) * 9000, true, &vp8(true, 7)).await;
            if let Ok(packet) = viewer.packets.try_recv() {
                return packet;
            }
        }
        unreachable!()
    });
    assert_eq!(arrived.await.unwrap().payload[2], 7);
    socket.send(&json!({ "id": "stop", "type": "screenshare", "role": "recv" })).await;
    assert_eq!(socket.until("error", |value| value["id"] == "error").await["code"], "2300", "there is no stop");
    presenting.close().await;
    assert!(class.wait_for(PATIENCE, |facts| !facts.screen).await);
    let mut late = bob.ticket.sfu().await;
    let error = error_of(&mut late, &start).await;
    assert_eq!((&error["code"], &error["streamId"]), (&json!("2300"), &json!(bob.id)));
    assert!(late.next().await.get("close").is_some(), "a start that failed closes the socket");
    class.stop().await;
}

#[tokio::test]
async fn a_new_presenter_ends_the_screen_of_the_old_one() {
    let class = class(ClassroomConfig::default()).await;
    let (_ada, _peer, mut socket) = screen(&class).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.screen).await);
    let bob = Person::join(&class, "Bob", Role::Viewer).await;
    class.make_presenter("Bob");
    assert!(class.wait_for(PATIENCE, |facts| !facts.screen).await);
    assert!(socket.next().await.get("close").is_some());
    drop(bob);
    class.stop().await;
}
