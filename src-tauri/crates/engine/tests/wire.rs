//! What the server reads in our descriptions, and what we can read in its own (`media.md` §6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the message")]

#[allow(dead_code, reason = "each test file stands on a part of the rig")]
mod rig;

use engine::{LegError, LegMedia};
use rig::Side;

/// As printed by the SFU's own code (`media.md` §6.1, §6.2), with its traps.
fn offer(section: &str) -> String {
    let head = "v=0\r\no=mediasoup-client 10000 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n\
        a=fingerprint:sha-1 0A:4D:55:A8:D7:78:B5:02:2F:AB:70:19:77:C5:D8:40:BB:C4:86:D0\r\na=msid-semantic: WMS *\r\n";
    format!("{head}{section}\r\n")
}

fn transport(mid: &str) -> String {
    format!(
        "a=setup:actpass\r\na=mid:{mid}\r\na=msid:cname 3f4e8a90-0000-4000-8000-000000000000\r\n\
         a=ice-ufrag:w8yqbm3p2s\r\na=ice-pwd:x2p0q8vrtm5k1z9c7b3n6d4f\r\n\
         a=candidate:udpcandidate 1 udp 1076302079 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n\
         a=ice-options:renomination\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
    )
}

fn video_section(mid: &str, content: &str) -> String {
    format!(
        "m=video 7 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:200000\r\nb=AS:200\r\na=rtpmap:96 VP8/90000\r\n\
         a=fmtp:96 \r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack \r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb \r\n\
         a=rtcp-fb:96 transport-cc \r\na=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendonly\r\n{}a=ssrc:431765098 cname:abc\r\na=content:{content}\r\n",
        transport(mid)
    )
}

fn audio_section(mid: &str, direction: &str) -> String {
    format!(
        "m=audio 7 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:111 opus/48000/2\r\n\
         a=fmtp:111 useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40\r\n\
         a=rtcp-fb:111 transport-cc \r\na={direction}\r\n{}a=ssrc:98765432 cname:abc\r\n\
         a=ssrc:98765432 msid:abc 3f4e8a90-0000-4000-8000-000000000000\r\n",
        transport(mid)
    )
}

fn has(sdp: &str, line: &str) -> bool {
    sdp.lines().any(|candidate| candidate == line)
}

#[tokio::test]
async fn a_microphone_offer_is_answered_both_ways_with_an_ssrc() {
    let side = Side::start("");
    for send in [true, false] {
        let offer = offer(&format!("a=group:BUNDLE 0\r\n{}", audio_section("0", "sendrecv")));
        let answer = side.engine.answer(side.leg(LegMedia::Audio { send }), &offer).await.unwrap();
        assert!(has(&answer, "a=sendrecv"), "{answer}");
        assert!(has(&answer, "a=mid:0") && has(&answer, "a=setup:active") && has(&answer, "a=rtcp-mux"), "{answer}");
        assert!(answer.contains("a=ssrc:") && answer.contains(" cname:"), "{answer}");
        assert!(answer.contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), "{answer}");
        assert!(answer.contains("a=fingerprint:sha-256 "), "{answer}");
        assert!(!answer.contains("extmap") && !answer.contains(".local"), "{answer}");
    }
}

#[tokio::test]
async fn listening_only_is_answered_recvonly() {
    let side = Side::start("");
    let offer = offer(&format!("a=group:BUNDLE 0\r\n{}", audio_section("0", "sendonly")));
    let answer = side.engine.answer(side.leg(LegMedia::Audio { send: false }), &offer).await.unwrap();
    assert!(has(&answer, "a=recvonly"), "{answer}");
}

#[tokio::test]
async fn a_camera_of_the_class_is_answered_with_repair_and_without_extensions() {
    let side = Side::start("");
    let offer = offer(&format!("a=group:BUNDLE 0\r\n{}", video_section("0", "main")));
    let answer = side.engine.answer(side.leg(LegMedia::CameraView { source: "s".into() }), &offer).await.unwrap();
    assert!(has(&answer, "a=recvonly") && has(&answer, "a=mid:0"), "{answer}");
    for feedback in ["nack", "nack pli", "ccm fir"] {
        assert!(has(&answer, &format!("a=rtcp-fb:96 {feedback}")), "{feedback}: {answer}");
    }
    assert!(!answer.contains("extmap") && !answer.contains("transport-cc"), "{answer}");
}

#[tokio::test]
async fn a_screen_with_sound_is_answered_section_by_section() {
    let side = Side::start("");
    let (audio, video) = (audio_section("0", "sendonly"), video_section("1", "slides"));
    let offer = offer(&format!("a=group:BUNDLE 0 1\r\n{audio}{video}"));
    let answer = side.engine.answer(side.leg(LegMedia::ScreenView), &offer).await.unwrap();
    let (first, second) = (answer.find("m=audio").unwrap(), answer.find("m=video").unwrap());
    assert!(first < second);
    assert_eq!(answer.matches("a=recvonly").count(), 2, "{answer}");
    assert!(has(&answer, "a=mid:0") && has(&answer, "a=mid:1") && answer.contains("a=group:BUNDLE 0 1"), "{answer}");
}

#[tokio::test]
async fn own_camera_and_screen_are_offered_with_all_feedback() {
    let side = Side::start("");
    for media in [LegMedia::CameraSend { kbps: 200 }, LegMedia::ScreenSend { kbps: 1500 }] {
        let offer = side.engine.offer(side.leg(media)).await.unwrap();
        assert!(has(&offer, "a=sendonly") && has(&offer, "a=mid:0"), "{offer}");
        assert!(has(&offer, "a=setup:actpass"), "{offer}");
        for feedback in ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"] {
            assert!(has(&offer, &format!("a=rtcp-fb:96 {feedback}")), "{feedback}: {offer}");
        }
        assert!(offer.contains("transport-wide-cc"), "{offer}");
        let ssrcs: std::collections::BTreeSet<&str> = offer
            .lines()
            .filter_map(|line| line.strip_prefix("a=ssrc:"))
            .filter_map(|rest| rest.split(' ').next())
            .collect();
        assert_eq!(ssrcs.len(), 1, "one source: no retransmission stream, no layers");
    }
}

#[tokio::test]
async fn the_answer_to_own_screen_may_say_sendrecv() {
    let side = Side::start("");
    side.engine.offer(side.leg(LegMedia::ScreenSend { kbps: 1500 })).await.unwrap();
    let answer = offer(&format!("a=group:BUNDLE 0\r\n{}", video_section("0", "slides")))
        .replace("a=sendonly", "a=sendrecv")
        .replace("a=setup:actpass", "a=setup:active");
    assert_eq!(side.engine.accept(1, &answer).await, Ok(()));
}

#[tokio::test]
async fn hostile_descriptions_are_refused() {
    let side = Side::start("");
    let good = offer(&format!("a=group:BUNDLE 0\r\n{}", video_section("0", "main")));
    let long = format!("{good}{}", "a=x:y\r\n".repeat(100_000));
    let deep = good.replace("a=mid:0", &format!("a=mid:{}", "0".repeat(10_000)));
    let bad = [
        String::new(),
        "\0".repeat(1000),
        "v=0".to_owned(),
        good.replace("m=video", "m=application"),
        good.replace("sha-1", "md5"),
        good.replace("0A:4D", "XX:YY"),
        good.replace("a=ice-ufrag:w8yqbm3p2s\r\n", ""),
        good.replace("VP8/90000", "H264/90000"),
        good.replace("a=mid:0\r\n", ""),
        good.replace("s=-", ""),
    ];
    for sdp in &bad {
        let answered = side.engine.answer(side.leg(LegMedia::CameraView { source: "s".into() }), sdp).await;
        assert!(answered.is_err(), "{sdp}");
    }
    for sdp in [long, deep] {
        // Odd but not wrong: whatever becomes of it, the engine goes on.
        let _ = side.engine.answer(side.leg(LegMedia::CameraView { source: "s".into() }), &sdp).await;
    }
    assert_eq!(side.engine.accept(99, &good).await, Err(LegError::Closed));
    assert!(side.engine.answer(side.leg(LegMedia::CameraView { source: "s".into() }), &good).await.is_ok());
    assert!(tokio::task::spawn_blocking(move || side.engine.shutdown()).await.unwrap());
}
