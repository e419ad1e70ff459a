//! Cameras (protocol/media.md §2).

use serde_json::{Value, json};

use super::error::Fault;
use super::router::Order;
use super::sdp::{self, Kind, Ours};
use super::socket::{Client, Key, Module, Session as AnySession};
use super::stream::{Consumer, Producer};
use super::switchboard::CameraFeed;
use super::transport::{SourceId, TransportId};

/// What the router of a real server knows of a publisher's extensions.
pub(super) const PUBLISHER_EXTENSIONS: [&str; 6] =
    [sdp::EXT_TOFFSET, sdp::EXT_ABS_SEND_TIME, sdp::EXT_TWCC, sdp::EXT_MID, sdp::EXT_RID, sdp::EXT_REPAIRED];

/// Bitrate when the client names none.
const DEFAULT_KBPS: u32 = 300;

pub(super) struct Session {
    pub(super) transport: TransportId,
    stream: String,
    /// Set for a publisher.
    source: Option<SourceId>,
}

fn refuse(client: &mut Client, role: &str, stream: &str, fault: Fault) {
    client.say(json!({
        "type": "video", "id": "error", "role": role, "streamId": stream,
        "code": fault.code(), "message": fault.name(), "reason": fault.name(),
    }));
}

pub(super) async fn message(client: &mut Client, message: &Value) {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let (role, stream) = (text("role"), text("cameraId"));
    if role != "share" && role != "viewer" {
        return refuse(client, &role, &stream, Fault::InvalidRequest);
    }
    let share = role == "share";
    let key = Key { module: Module::Video, share, stream: stream.clone() };
    match message["id"].as_str() {
        Some("start") => {
            // A second start with the same key closes the older session first.
            client.end(&key).await;
            let outcome = if !client.may_start() {
                Err(Fault::InvalidRequest)
            } else if share {
                publish(client, &key, message).await
            } else {
                view(client, &key).await
            };
            match outcome {
                Ok(sdp) => client.say(json!({
                    "type": "video", "role": role, "id": "startResponse", "cameraId": stream, "sdpAnswer": sdp,
                })),
                Err(fault) => refuse(client, &role, &stream, fault),
            }
        }
        Some("subscriberAnswer") => {
            if let Some(AnySession::Video(session)) = client.sessions.get(&key) {
                let transport = session.transport;
                answered(client, transport, &text("answer")).await;
            }
        }
        Some("onIceCandidate") => {}
        Some("stop") => client.end(&key).await,
        _ => refuse(client, &role, &stream, Fault::InvalidRequest),
    }
}

async fn publish(client: &mut Client, key: &Key, message: &Value) -> Result<String, Fault> {
    let stream = &key.stream;
    let allowed = client.board.room.read(|state| state.may_broadcast(&client.user, stream));
    if !allowed {
        return Err(Fault::Unauthorized);
    }
    let offer = message["sdpOffer"].as_str().and_then(sdp::parse).ok_or(Fault::InvalidSdp)?;
    let section = offer.sections.iter().find(|s| s.kind == Kind::Video).ok_or(Fault::InvalidSdp)?;
    let pt = section.payload_type("vp8").ok_or(Fault::NoCodec)?;
    let ssrc = section.ssrc.ok_or(Fault::InvalidSdp)?;
    let (Some(setup), Some(fingerprint)) = (offer.setup, offer.fingerprint.clone()) else {
        return Err(Fault::InvalidSdp);
    };
    let kbps = message["bitrate"].as_u64().and_then(|kbps| u32::try_from(kbps).ok()).filter(|kbps| *kbps > 0);
    let kbps = kbps.unwrap_or(DEFAULT_KBPS).min(10_000);
    let feedback = sdp::video_feedback(&section.feedback_of(pt));
    let extensions = sdp::shared_extensions(section, &PUBLISHER_EXTENSIONS);
    let (transport, ufrag, pwd) = client.open_transport().await;
    let source = client.board.id();
    let producer = Producer {
        source,
        ssrc,
        pt,
        video: true,
        feedback: feedback.iter().any(|kind| kind.starts_with("nack")),
        twcc: feedback.iter().any(|kind| kind == "transport-cc").then(|| section.extension(sdp::EXT_TWCC)).flatten(),
        cap_bps: kbps * 1000,
    };
    let answer = client.write_sdp(
        &ufrag,
        &pwd,
        "active",
        &[Ours {
            kind: Kind::Video,
            mid: "0".to_owned(),
            pt,
            direction: "recvonly",
            feedback: feedback.clone(),
            extensions,
            ssrc: None,
            kbps: Some(kbps),
            content: Some("main"),
        }],
    );
    client.order(Order::Publish { id: transport, producer }).await;
    client.order(Order::Accept { id: transport, setup, fingerprint }).await;
    client.board.add_camera(stream, CameraFeed { source, feedback, kbps });
    let session = Session { transport, stream: stream.clone(), source: Some(source) };
    client.sessions.insert(key.clone(), AnySession::Video(session));
    Ok(answer)
}

async fn view(client: &mut Client, key: &Key) -> Result<String, Fault> {
    let allowed = client.board.room.read(|state| state.may_watch(&client.user, &key.stream));
    if !allowed {
        return Err(Fault::Unauthorized);
    }
    let feed = client.board.camera(&key.stream).ok_or(Fault::NotFound)?;
    let (transport, ufrag, pwd) = client.open_transport().await;
    let ssrc = rand::random::<u32>() | 1;
    let consumer = Consumer::new(Some(feed.source), true, ssrc, 96, 0, "cn");
    client.order(Order::Consume { id: transport, consumer }).await;
    let offer = client.write_sdp(
        &ufrag,
        &pwd,
        "actpass",
        &[Ours {
            kind: Kind::Video,
            mid: "0".to_owned(),
            pt: 96,
            direction: "sendonly",
            feedback: feed.feedback,
            extensions: sdp::viewer_extensions(true),
            ssrc: Some((ssrc, "cn")),
            kbps: Some(feed.kbps),
            content: Some("main"),
        }],
    );
    let session = Session { transport, stream: key.stream.clone(), source: None };
    client.sessions.insert(key.clone(), AnySession::Video(session));
    Ok(offer)
}

/// A viewer's answer. What is wrong with it stays a secret of the server's log.
pub(super) async fn answered(client: &Client, transport: TransportId, answer: &str) {
    let Some(answer) = sdp::parse(answer) else {
        return tracing::debug!(transport, "subscriber answer is no sdp");
    };
    if let (Some(setup), Some(fingerprint)) = (answer.setup, answer.fingerprint) {
        client.order(Order::Accept { id: transport, setup, fingerprint }).await;
    }
}

pub(super) fn connected(client: &mut Client, key: &Key) {
    let role = if key.share { "share" } else { "viewer" };
    client.say(json!({ "type": "video", "role": role, "id": "playStart", "cameraId": key.stream }));
}

pub(super) async fn end(client: &Client, session: Session) {
    client.order(Order::Close { id: session.transport }).await;
    if let Some(source) = session.source
        && client.board.remove_camera(&session.stream, source)
    {
        client.board.room.change(|state| state.camera_off(&session.stream, false));
    }
}
