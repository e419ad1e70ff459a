//! Screen share (protocol/media.md §3).

use serde_json::{Value, json};

use super::error::Fault;
use super::router::Order;
use super::sdp::{self, Kind, Ours, Section};
use super::socket::{Client, Key, Module, Session as AnySession};
use super::stream::{Consumer, Producer};
use super::switchboard::ScreenFeed;
use super::transport::TransportId;
use super::video::{PUBLISHER_EXTENSIONS, answered};
use crate::room::Screen;

/// Bitrate when the client names none.
const DEFAULT_KBPS: u32 = 1500;

pub(super) struct Session {
    pub(super) transport: TransportId,
    /// What the class is told when the presenter's path is up.
    screen: Option<Screen>,
    announced: bool,
}

pub(super) async fn message(client: &mut Client, message: &Value) {
    let role = message["role"].as_str().unwrap_or_default().to_owned();
    match message["id"].as_str() {
        Some("start") => {
            let share = role == "send";
            if !share && role != "recv" {
                return refuse(client, &role, Fault::InvalidRequest);
            }
            let key = Key { module: Module::Screen, share, stream: String::new() };
            client.end(&key).await;
            let outcome = if share { publish(client, &key, message).await } else { view(client, &key).await };
            match outcome {
                Ok(sdp) => client.say(json!({
                    "type": "screenshare", "role": role, "id": "startResponse", "response": "accepted", "sdpAnswer": sdp,
                })),
                Err(fault) => refuse(client, &role, fault),
            }
        }
        Some("subscriberAnswer") => {
            let key = Key { module: Module::Screen, share: false, stream: String::new() };
            if let Some(AnySession::Screen(session)) = client.sessions.get(&key) {
                let transport = session.transport;
                answered(client, transport, message["answer"].as_str().unwrap_or_default()).await;
            }
        }
        Some("iceCandidate") => {}
        // Unknown, `stop` included: the same shape without role, and the socket stays.
        _ => client.say(json!({
            "type": "screenshare", "id": "error", "code": Fault::InvalidRequest.code(),
            "message": Fault::InvalidRequest.name(), "reason": Fault::InvalidRequest.name(),
        })),
    }
}

/// A start that failed closes the socket.
fn refuse(client: &mut Client, role: &str, fault: Fault) {
    let user = client.user.clone();
    client.say(json!({
        "type": "screenshare", "id": "error", "role": role, "streamId": user,
        "code": fault.code(), "message": fault.name(), "reason": fault.name(),
    }));
    client.closing = true;
}

async fn publish(client: &mut Client, key: &Key, message: &Value) -> Result<String, Fault> {
    if !client.board.room.read(|state| state.may_share_screen(&client.user)) {
        return Err(Fault::Unauthorized);
    }
    let offer = message["sdpOffer"].as_str().and_then(sdp::parse).ok_or(Fault::InvalidSdp)?;
    let find = |kind: Kind| offer.sections.iter().find(|s| s.kind == kind && !s.rejected);
    let video = find(Kind::Video).ok_or(Fault::InvalidSdp)?;
    let video_pt = video.payload_type("vp8").ok_or(Fault::NoCodec)?;
    let video_ssrc = video.ssrc.ok_or(Fault::InvalidSdp)?;
    let audio = match find(Kind::Audio) {
        Some(section) => {
            let pt = section.payload_type("opus").ok_or(Fault::NoCodec)?;
            Some((section, pt, section.ssrc.ok_or(Fault::InvalidSdp)?))
        }
        None => None,
    };
    let (Some(setup), Some(fingerprint)) = (offer.setup, offer.fingerprint.clone()) else {
        return Err(Fault::InvalidSdp);
    };
    let kbps = message["bitrate"].as_u64().and_then(|kbps| u32::try_from(kbps).ok()).filter(|kbps| *kbps > 0);
    let kbps = kbps.unwrap_or(DEFAULT_KBPS).min(20_000);
    let feedback = sdp::video_feedback(&video.feedback_of(video_pt));
    let (transport, ufrag, pwd) = client.open_transport().await;
    let video_source = client.board.id();
    let audio_source = audio.as_ref().map(|_| client.board.id());
    // The answer lists audio first whatever the order of the offer.
    let mut sections = Vec::new();
    if let (Some((section, pt, ssrc)), Some(source)) = (audio, audio_source) {
        sections.push(audio_answer(section, pt));
        let producer = Producer { source, ssrc, pt, video: false, feedback: false, twcc: None, cap_bps: 30_000 };
        client.order(Order::Publish { id: transport, producer }).await;
    }
    let second = !sections.is_empty();
    sections.push(Ours {
        kind: Kind::Video,
        mid: if second { "1" } else { "0" }.to_owned(),
        pt: video_pt,
        // Marked so although nothing will ever be sent.
        direction: if second { "sendrecv" } else { "recvonly" },
        feedback: feedback.clone(),
        extensions: sdp::shared_extensions(video, &PUBLISHER_EXTENSIONS),
        ssrc: None,
        kbps: Some(kbps),
        content: Some("slides"),
    });
    let twcc = feedback.iter().any(|kind| kind == "transport-cc").then(|| video.extension(sdp::EXT_TWCC)).flatten();
    let producer = Producer {
        source: video_source,
        ssrc: video_ssrc,
        pt: video_pt,
        video: true,
        feedback: feedback.iter().any(|kind| kind.starts_with("nack")),
        twcc,
        cap_bps: kbps * 1000 + if second { 30_000 } else { 0 },
    };
    client.order(Order::Publish { id: transport, producer }).await;
    client.order(Order::Accept { id: transport, setup, fingerprint }).await;
    let answer = client.write_sdp(&ufrag, &pwd, "active", &sections);
    let feed = ScreenFeed { transport, video: video_source, audio: audio_source, feedback, kbps };
    if client.board.put_screen(feed).is_some() {
        // A new presenter start closes the session before.
        client.board.room.change(|state| state.stop_screen(true));
    }
    let number = |name: &str| message[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let screen = Screen {
        id: format!("{}-{transport}", client.user),
        user: client.user.clone(),
        stream: transport.to_string(),
        started: crate::clock::unix_millis(),
        width: number("vw"),
        height: number("vh"),
        has_audio: second,
        content_type: message["contentType"].as_str().unwrap_or("screenshare").to_owned(),
    };
    let session = Session { transport, screen: Some(screen), announced: false };
    client.sessions.insert(key.clone(), AnySession::Screen(session));
    Ok(answer)
}

fn audio_answer(section: &Section, pt: u8) -> Ours {
    let offered = section.feedback_of(pt);
    Ours {
        kind: Kind::Audio,
        mid: "0".to_owned(),
        pt,
        direction: "recvonly",
        feedback: offered.into_iter().filter(|kind| kind == "transport-cc").collect(),
        extensions: sdp::shared_extensions(section, &[sdp::EXT_ABS_SEND_TIME, sdp::EXT_TWCC, sdp::EXT_MID]),
        ssrc: None,
        kbps: None,
        content: None,
    }
}

async fn view(client: &mut Client, key: &Key) -> Result<String, Fault> {
    let feed = client.board.screen().ok_or(Fault::InvalidRequest)?;
    if !client.board.room.read(|state| state.is_in_class(&client.user)) {
        return Err(Fault::Unauthorized);
    }
    let (transport, ufrag, pwd) = client.open_transport().await;
    let mut sections = Vec::new();
    if let Some(source) = feed.audio {
        let ssrc = rand::random::<u32>() | 1;
        let consumer = Consumer::new(Some(source), false, ssrc, 111, 0, "cn");
        client.order(Order::Consume { id: transport, consumer }).await;
        sections.push(Ours {
            kind: Kind::Audio,
            mid: "0".to_owned(),
            pt: 111,
            direction: "sendonly",
            feedback: vec!["transport-cc".to_owned()],
            extensions: sdp::viewer_extensions(true),
            ssrc: Some((ssrc, "cn")),
            kbps: None,
            content: None,
        });
    }
    let mid = u8::try_from(sections.len()).unwrap_or(0);
    let ssrc = rand::random::<u32>() | 1;
    let consumer = Consumer::new(Some(feed.video), true, ssrc, 96, mid, "cn");
    client.order(Order::Consume { id: transport, consumer }).await;
    sections.push(Ours {
        kind: Kind::Video,
        mid: mid.to_string(),
        pt: 96,
        direction: "sendonly",
        feedback: feed.feedback,
        extensions: sdp::viewer_extensions(true),
        ssrc: Some((ssrc, "cn")),
        kbps: Some(feed.kbps),
        content: Some("slides"),
    });
    let offer = client.write_sdp(&ufrag, &pwd, "actpass", &sections);
    let session = Session { transport, screen: None, announced: false };
    client.sessions.insert(key.clone(), AnySession::Screen(session));
    Ok(offer)
}

/// ICE completed. For the presenter the class hears of the screen now, no mutation needed.
pub(super) fn connected(client: &mut Client, key: &Key) {
    let role = if key.share { "send" } else { "recv" };
    let user = client.user.clone();
    let room = client.board.room.clone();
    if let Some(AnySession::Screen(session)) = client.sessions.get_mut(key)
        && let Some(screen) = session.screen.take()
    {
        if !room.read(|state| state.may_share_screen(&user)) {
            return refuse(client, role, Fault::Unauthorized);
        }
        session.announced = true;
        room.change(|state| state.start_screen(screen));
    }
    client.say(json!({ "type": "screenshare", "id": "playStart", "role": role }));
}

pub(super) async fn end(client: &Client, session: Session) {
    client.order(Order::Close { id: session.transport }).await;
    if client.board.take_screen(session.transport) && session.announced {
        client.board.room.change(|state| state.stop_screen(false));
    }
}
