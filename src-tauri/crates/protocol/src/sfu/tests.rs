//! The transcripts of `media.md` §10, both directions, and what a hostile peer may send instead.

use super::{Code, MAX_REPLY, MAX_REQUEST, Medium, Reply, ReplyFault, Request, RequestFault, audio, screen, video};
use crate::ids::{StreamId, UserId};
use serde_json::Value;

/// The text and the message are the same thing in both directions.
fn request(text: &str, message: &Request) {
    assert_eq!(Request::parse(text).as_ref(), Ok(message), "{text}");
    let (sent, expected): (Value, Value) =
        (serde_json::from_str(&message.to_text()).unwrap(), serde_json::from_str(text).unwrap());
    assert_eq!(sent, expected);
}

fn reply(medium: Medium, text: &str, message: &Reply) {
    assert_eq!(Reply::parse(medium, text).as_ref(), Ok(message), "{text}");
    let (sent, expected): (Value, Value) =
        (serde_json::from_str(&message.to_text()).unwrap(), serde_json::from_str(text).unwrap());
    assert_eq!(sent, expected);
}

#[test]
fn ping_and_pong_need_no_type() {
    request(r#"{"id":"ping"}"#, &Request::Ping);
    for medium in [Medium::Video, Medium::Screenshare, Medium::Audio] {
        reply(medium, r#"{"id":"pong"}"#, &Reply::Pong);
    }
}

#[test]
fn a_camera_is_published_as_in_the_transcript() {
    let camera: StreamId = "w_abc123def456_5f0c-uuid_cam0".into();
    let role = video::Role::Share;
    request(
        r#"{"id":"start","type":"video","cameraId":"w_abc123def456_5f0c-uuid_cam0","role":"share","sdpOffer":"v=0…","bitrate":200,"record":true}"#,
        &Request::Video(video::Request::Start {
            role,
            camera_id: camera.clone(),
            sdp_offer: Some("v=0…".into()),
            bitrate: Some(200),
            record: Some(true),
        }),
    );
    reply(
        Medium::Video,
        r#"{"type":"video","role":"share","id":"startResponse","cameraId":"w_abc123def456_5f0c-uuid_cam0","sdpAnswer":"v=0…"}"#,
        &Reply::Video(video::Reply::StartResponse { role, camera_id: camera.clone(), sdp_answer: "v=0…".into() }),
    );
    reply(
        Medium::Video,
        r#"{"type":"video","role":"share","id":"playStart","cameraId":"w_abc123def456_5f0c-uuid_cam0"}"#,
        &Reply::Video(video::Reply::PlayStart { role, camera_id: camera.clone() }),
    );
    request(
        r#"{"id":"stop","type":"video","cameraId":"w_abc123def456_5f0c-uuid_cam0","role":"share"}"#,
        &Request::Video(video::Request::Stop { role, camera_id: camera }),
    );
}

#[test]
fn a_camera_is_viewed_as_in_the_transcript() {
    let camera: StreamId = "w_zzz_9e1d-uuid_cam0".into();
    let role = video::Role::Viewer;
    request(
        r#"{"id":"start","type":"video","cameraId":"w_zzz_9e1d-uuid_cam0","role":"viewer"}"#,
        &Request::Video(video::Request::Start {
            role,
            camera_id: camera.clone(),
            sdp_offer: None,
            bitrate: None,
            record: None,
        }),
    );
    request(
        r#"{"id":"subscriberAnswer","type":"video","role":"viewer","cameraId":"w_zzz_9e1d-uuid_cam0","answer":"v=0… (recvonly)"}"#,
        &Request::Video(video::Request::SubscriberAnswer {
            role, camera_id: camera, answer: "v=0… (recvonly)".into()
        }),
    );
}

#[test]
fn camera_errors_name_the_stream_and_a_code_of_either_type() {
    let text = r#"{"type":"video","id":"error","role":"viewer","streamId":"w_zzz_9e1d-uuid_cam0","code":2201,"message":"MEDIA_NOT_FOUND","reason":"MEDIA_NOT_FOUND"}"#;
    let camera: StreamId = "w_zzz_9e1d-uuid_cam0".into();
    reply(
        Medium::Video,
        text,
        &Reply::Video(video::Reply::error(Some(video::Role::Viewer), Some(camera), Code::NOT_FOUND)),
    );
    let text = r#"{"type":"video","id":"error","role":"share","streamId":"w_abc123def456_5f0c-uuid_cam0","code":"2301","message":"SFU_UNAUTHORIZED","reason":"SFU_UNAUTHORIZED"}"#;
    let camera: StreamId = "w_abc123def456_5f0c-uuid_cam0".into();
    let denied = video::Reply::error(Some(video::Role::Share), Some(camera.clone()), Code::UNAUTHORIZED);
    let failure = denied.failure().unwrap();
    assert_eq!((failure.code, failure.stream.as_deref()), (Code::UNAUTHORIZED, Some(camera.as_str())));
    reply(Medium::Video, text, &Reply::Video(denied));
}

#[test]
fn a_screen_is_shared_as_in_the_transcript() {
    request(
        r#"{"id":"start","type":"screenshare","role":"send","internalMeetingId":"m1","voiceBridge":"71234","userName":"Ada","callerName":"w_abc123def456","sdpOffer":"v=0… (audio,video sendonly)","hasAudio":true,"contentType":"screenshare","bitrate":1500}"#,
        &Request::Screen(screen::Request::Start {
            role: screen::Role::Send,
            internal_meeting_id: "m1".into(),
            voice_bridge: "71234".into(),
            user_name: "Ada".into(),
            caller_name: "w_abc123def456".into(),
            sdp_offer: Some("v=0… (audio,video sendonly)".into()),
            has_audio: true,
            content_type: Some("screenshare".into()),
            bitrate: Some(1500),
        }),
    );
    reply(
        Medium::Screenshare,
        r#"{"type":"screenshare","role":"send","id":"startResponse","response":"accepted","sdpAnswer":"v=0…"}"#,
        &Reply::Screen(screen::Reply::StartResponse {
            role: screen::Role::Send,
            response: screen::Accepted::Accepted,
            sdp_answer: "v=0…".into(),
        }),
    );
    reply(
        Medium::Screenshare,
        r#"{"type":"screenshare","id":"playStart","role":"send"}"#,
        &Reply::Screen(screen::Reply::PlayStart { role: Some(screen::Role::Send) }),
    );
}

#[test]
fn a_screen_is_viewed_as_in_the_transcript() {
    let user: UserId = "w_zzz".into();
    request(
        r#"{"id":"start","type":"screenshare","role":"recv","internalMeetingId":"m1","voiceBridge":"71234","userName":"Bob","callerName":"w_zzz","hasAudio":true,"contentType":"camera"}"#,
        &Request::Screen(screen::Request::Start {
            role: screen::Role::Recv,
            internal_meeting_id: "m1".into(),
            voice_bridge: "71234".into(),
            user_name: "Bob".into(),
            caller_name: user.clone(),
            sdp_offer: None,
            has_audio: true,
            content_type: Some("camera".into()),
            bitrate: None,
        }),
    );
    request(
        r#"{"id":"subscriberAnswer","type":"screenshare","role":"recv","voiceBridge":"71234","callerName":"w_zzz","answer":"v=0…"}"#,
        &Request::Screen(screen::Request::SubscriberAnswer {
            role: screen::Role::Recv,
            voice_bridge: "71234".into(),
            caller_name: user.clone(),
            answer: "v=0…".into(),
        }),
    );
    reply(
        Medium::Screenshare,
        r#"{"type":"screenshare","id":"error","role":"recv","streamId":"w_zzz","code":"2300","message":"SFU_INVALID_REQUEST","reason":"SFU_INVALID_REQUEST"}"#,
        &Reply::Screen(screen::Reply::error(Some(screen::Role::Recv), Some(user), Code::INVALID_REQUEST)),
    );
    let stopped = r#"{"type":"screenshare","id":"stopSharing","error":{"code":2211,"reason":"MEDIA_NOT_FLOWING"}}"#;
    let Ok(Reply::Screen(stopped)) = Reply::parse(Medium::Screenshare, stopped) else { panic!() };
    assert_eq!(stopped.failure().map(|failure| failure.code), Some(Code::NOT_FLOWING));
}

#[test]
fn a_microphone_joins_as_in_the_transcript() {
    let role = audio::Role::SendRecv;
    request(
        r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":1,"extension":null,"transparentListenOnly":true}"#,
        &Request::Audio(audio::Request::Start {
            role,
            client_session_number: 1,
            sdp_offer: None,
            extension: None,
            transparent_listen_only: true,
        }),
    );
    reply(
        Medium::Audio,
        r#"{"type":"audio","id":"startResponse","response":"accepted","sdpAnswer":"v=0… (server OFFER, sendrecv)"}"#,
        &Reply::Audio(audio::Reply::StartResponse {
            response: screen::Accepted::Accepted,
            sdp_answer: "v=0… (server OFFER, sendrecv)".into(),
        }),
    );
    request(
        r#"{"id":"subscriberAnswer","type":"audio","role":"sendrecv","sdpOffer":"v=0… (client ANSWER with a=ssrc)"}"#,
        &Request::Audio(audio::Request::SubscriberAnswer { role, answer: "v=0… (client ANSWER with a=ssrc)".into() }),
    );
    reply(
        Medium::Audio,
        r#"{"type":"audio","id":"webRTCAudioSuccess","success":"MEDIA_FLOWING"}"#,
        &Reply::Audio(audio::Reply::Success { success: "MEDIA_FLOWING".into() }),
    );
    request(
        r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":2,"extension":"echo","transparentListenOnly":true}"#,
        &Request::Audio(audio::Request::Start {
            role,
            client_session_number: 2,
            sdp_offer: None,
            extension: Some("echo".into()),
            transparent_listen_only: true,
        }),
    );
    request(r#"{"id":"dtmf","type":"audio","tones":"1"}"#, &Request::Audio(audio::Request::Dtmf { tones: "1".into() }));
}

#[test]
fn a_client_may_offer_its_microphone_and_may_only_listen() {
    request(
        r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":1,"sdpOffer":"v=0…","extension":null,"transparentListenOnly":false}"#,
        &Request::Audio(audio::Request::Start {
            role: audio::Role::SendRecv,
            client_session_number: 1,
            sdp_offer: Some("v=0…".into()),
            extension: None,
            transparent_listen_only: false,
        }),
    );
    for (word, role) in [
        ("passive-sendrecv", audio::Role::PassiveSendRecv),
        ("recvonly", audio::Role::Recv),
        ("recv", audio::Role::Recv),
    ] {
        let text = format!(r#"{{"id":"start","type":"audio","role":"{word}","clientSessionNumber":3}}"#);
        let Ok(Request::Audio(audio::Request::Start { role: read, .. })) = Request::parse(&text) else {
            panic!("{word}")
        };
        assert_eq!(read, role);
    }
}

#[test]
fn audio_errors_are_understood_in_every_shape() {
    for (text, code) in [
        (
            r#"{"type":"audio","id":"error","role":"sendrecv","code":"2301","message":"SFU_UNAUTHORIZED","reason":"SFU_UNAUTHORIZED"}"#,
            2301,
        ),
        (r#"{"type":"audio","id":"webRTCAudioError","error":{"code":2211,"reason":"MEDIA_NOT_FLOWING"}}"#, 2211),
        (r#"{"type":"audio","id":"webRTCAudioError","code":2203}"#, 2203),
        (r#"{"type":"audio","id":"error","error":{"code":"2303"}}"#, 2303),
        (r#"{"type":"audio","id":"error"}"#, 2200),
        (r#"{"type":"audio","id":"error","code":{"odd":1}}"#, 2200),
        (r#"{"type":"audio","id":"error","code":"99999999999"}"#, 2200),
        (r#"{"id":"error","code":-1}"#, 2200),
    ] {
        let Ok(Reply::Audio(reply)) = Reply::parse(Medium::Audio, text) else { panic!("{text}") };
        assert_eq!(reply.failure().map(|failure| failure.code), Some(Code(code)), "{text}");
    }
}

#[test]
fn a_restart_answer_may_come_without_a_type() {
    let text = r#"{"id":"restartIceResponse","sdp":"v=0"}"#;
    assert!(matches!(Reply::parse(Medium::Audio, text), Ok(Reply::Audio(audio::Reply::RestartIceResponse { .. }))));
    assert!(matches!(
        Reply::parse(Medium::Screenshare, text),
        Ok(Reply::Screen(screen::Reply::RestartIceResponse { .. }))
    ));
}

#[test]
fn a_server_drops_or_refuses_what_it_must() {
    for (text, fault) in [
        ("", RequestFault::Ignored),
        ("not json", RequestFault::Ignored),
        ("[]", RequestFault::Ignored),
        (r#"{"id":"start"}"#, RequestFault::Ignored),
        (r#"{"id":"start","type":"telepathy"}"#, RequestFault::Ignored),
        (r#"{"id":"start","type":["video"]}"#, RequestFault::Ignored),
        (r#"{"id":"stop","type":"screenshare"}"#, RequestFault::Invalid(Medium::Screenshare)),
        (r#"{"id":"dance","type":"video"}"#, RequestFault::Invalid(Medium::Video)),
        (r#"{"id":"start","type":"video","role":"owner","cameraId":"x"}"#, RequestFault::Invalid(Medium::Video)),
        (r#"{"id":"start","type":"video","role":"share"}"#, RequestFault::Invalid(Medium::Video)),
        (
            r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":"1"}"#,
            RequestFault::Invalid(Medium::Audio),
        ),
        (
            r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":-1}"#,
            RequestFault::Invalid(Medium::Audio),
        ),
        (
            r#"{"id":"subscriberAnswer","type":"audio","role":"sendrecv","answer":"v=0"}"#,
            RequestFault::Invalid(Medium::Audio),
        ),
        (r#"{"id":7,"type":"audio"}"#, RequestFault::Invalid(Medium::Audio)),
    ] {
        assert_eq!(Request::parse(text), Err(fault), "{text}");
    }
    let huge = format!(r#"{{"id":"ping","x":"{}"}}"#, "x".repeat(MAX_REQUEST));
    assert_eq!(Request::parse(&huge), Err(RequestFault::TooLarge));
}

#[test]
fn a_client_drops_what_it_does_not_understand() {
    let huge = format!(r#"{{"id":"pong","x":"{}"}}"#, "x".repeat(MAX_REPLY));
    assert_eq!(Reply::parse(Medium::Video, &huge), Err(ReplyFault::TooLarge));
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for text in [
        "",
        "{",
        "null",
        "\u{0}",
        &deep,
        r#"{"id":"startResponse"}"#,
        r#"{"id":"startResponse","type":"audio","sdpAnswer":"v=0"}"#,
        r#"{"id":"startResponse","type":"video","role":"share","cameraId":"x","sdpAnswer":{"sdp":"v=0"}}"#,
        r#"{"id":"explode","type":"video"}"#,
        r#"{"type":"video","id":{"$gt":""}}"#,
    ] {
        assert_eq!(Reply::parse(Medium::Video, text), Err(ReplyFault::NotUnderstood), "{text:.60}");
    }
}

#[test]
fn descriptions_and_names_do_not_show_in_debug_output() {
    let start = r#"{"id":"start","type":"screenshare","role":"send","userName":"Ada","sdpOffer":"a=ice-pwd:hush"}"#;
    let shown = format!("{:?}", Request::parse(start).unwrap());
    assert!(!shown.contains("Ada") && !shown.contains("hush"), "{shown}");
}
