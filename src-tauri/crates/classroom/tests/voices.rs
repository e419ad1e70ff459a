//! The pupils' voices and faces, from espeak-ng and the painter to a listener.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use classroom::{CastConfig, ClassroomConfig, Language, Role, voices};
use codecs::{AudioDecoder, VideoDecoder};
use common::peer::Peer;
use common::{PATIENCE, Person, class};
use media::vp8::{FrameAssembler, VideoPacket};
use serde_json::json;
use tokio::time::{Instant, timeout};

#[test]
fn voices_are_made_once_and_a_missing_folder_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    assert!(voices::ensure(folder.path()).unwrap() > 100);
    assert_eq!(voices::ensure(folder.path()).unwrap(), 0);
    let blocked = folder.path().join("fr_00_00.wav").join("below");
    let fault = voices::ensure(&blocked).unwrap_err().to_string();
    assert!(fault.starts_with("the pupils stay silent: ") && !fault.contains('\n'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pupil_is_heard_and_seen_when_the_class_is_lively() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || voices::ensure(&path)).await.unwrap().unwrap();
    let cast = CastConfig::Pupils { count: 8, language: Language::French, arrive_within: Duration::from_millis(500) };
    let config =
        ClassroomConfig { cast, seed: 1, voices_dir: Some(folder.path().to_owned()), ..ClassroomConfig::default() };
    let class = class(config).await;
    let teacher = Person::join(&class, "Mme Martin", Role::Moderator).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 7).await);

    let stream = class.facts().cameras[0].clone();
    let mut video_socket = teacher.ticket.sfu().await;
    video_socket.send(&json!({ "id": "start", "type": "video", "cameraId": stream, "role": "viewer" })).await;
    let response = video_socket.until("offer", |value| value["id"] == "startResponse").await;
    let mut viewer = Peer::new(true, false).await;
    let answer = viewer.answer(response["sdpAnswer"].as_str().unwrap()).await;
    video_socket
        .send(&json!({ "id": "subscriberAnswer", "type": "video", "cameraId": stream, "role": "viewer", "answer": answer }))
        .await;
    let mut assembler = FrameAssembler::new();
    let mut decoder = codecs::vp8::Decoder::new().unwrap();
    let start = Instant::now();
    let mut pictures = 0;
    while pictures < 30 {
        let packet = viewer.packet(PATIENCE).await.expect("no picture");
        let packet = VideoPacket {
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            payload: &packet.payload,
        };
        assembler.insert(packet, start.elapsed());
        while let Some(frame) = assembler.next_frame(start.elapsed()) {
            let picture = decoder.decode(&frame.data).unwrap().unwrap();
            assert_eq!((picture.width, picture.height), (320, 240));
            pictures += 1;
        }
    }

    let mut socket = teacher.ticket.sfu().await;
    socket.send(&json!({ "id": "start", "type": "audio", "role": "recv", "clientSessionNumber": 1 })).await;
    let response = socket.until("offer", |value| value["id"] == "startResponse").await;
    let mut listener = Peer::new(false, false).await;
    let answer = listener.answer(response["sdpAnswer"].as_str().unwrap()).await;
    socket.send(&json!({ "id": "subscriberAnswer", "type": "audio", "role": "recv", "sdpOffer": answer })).await;
    socket.until("success", |value| value["id"] == "webRTCAudioSuccess").await;
    class.cast_say("Lina", 3);
    let spoken = async {
        let mut decoder = codecs::opus::Decoder::new().unwrap();
        let mut pcm = Vec::new();
        let mut loud = 0;
        while loud < 25 {
            let packet = listener.packet(PATIENCE).await.expect("no sound");
            decoder.decode(&packet.payload, &mut pcm).unwrap();
            loud += u32::from(media::audio::dbfs(&pcm) > -35.0);
        }
    };
    timeout(Duration::from_secs(20), spoken).await.expect("nobody spoke");
    assert!(class.facts().person("Lina").unwrap().talking, "who speaks is seen to talk");
    class.stop().await;
}
