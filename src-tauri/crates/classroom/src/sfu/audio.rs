//! Sound: one session a socket, the class mixed (protocol/media.md §4).

use serde_json::{Value, json};

use super::error::Fault;
use super::router::Order;
use super::sdp::{self, Description, Kind, Ours, Section};
use super::socket::{Client, Key, Module, Session as AnySession};
use super::stream::{Consumer, Producer};
use super::transport::TransportId;
use crate::room::VoiceRole;

pub(super) struct Session {
    pub(super) transport: TransportId,
    role: VoiceRole,
    /// The server made the offer and waits for the answer.
    offered: bool,
    joined: bool,
}

fn key() -> Key {
    Key { module: Module::Audio, share: true, stream: String::new() }
}

/// The code means to say `webRTCAudioError`; the spread error object overrides the id.
fn refuse(client: &mut Client, role: &str, fault: Fault) {
    client.say(json!({
        "type": "audio", "id": "error", "role": role,
        "code": fault.code(), "message": fault.name(), "reason": fault.name(),
    }));
}

pub(super) async fn message(client: &mut Client, message: &Value) {
    let role_text = message["role"].as_str().unwrap_or_default().to_owned();
    match message["id"].as_str() {
        Some("start") => {
            client.end(&key()).await;
            match start(client, &role_text, message).await {
                Ok(sdp) => client.say(json!({
                    "type": "audio", "id": "startResponse", "response": "accepted", "sdpAnswer": sdp,
                })),
                Err(fault) => refuse(client, &role_text, fault),
            }
        }
        Some("subscriberAnswer") => {
            // The answer travels in a field called `sdpOffer`.
            let answer = message["sdpOffer"].as_str().and_then(sdp::parse);
            match answer {
                Some(answer) => answered(client, &answer).await,
                None => tracing::debug!("audio answer is no sdp"),
            }
        }
        Some("iceCandidate") => {}
        Some("dtmf") => {
            if message["tones"].as_str().is_none_or(|tones| tones.is_empty() || tones.len() > 20) {
                refuse(client, &role_text, Fault::InvalidRequest);
            }
        }
        Some("stop") => client.end(&key()).await,
        _ => refuse(client, &role_text, Fault::InvalidRequest),
    }
}

async fn start(client: &mut Client, role: &str, message: &Value) -> Result<String, Fault> {
    let role = match role {
        "sendrecv" => VoiceRole::Duplex,
        "passive-sendrecv" => VoiceRole::Passive,
        "recv" | "recvonly" => VoiceRole::Listen,
        _ => return Err(Fault::InvalidRequest),
    };
    // A number, never its text.
    if !message["clientSessionNumber"].as_f64().is_some_and(|number| number >= 0.0) {
        return Err(Fault::InvalidRequest);
    }
    let allowed = client.board.room.read(|state| match role {
        VoiceRole::Duplex => state.may_speak(&client.user),
        VoiceRole::Passive | VoiceRole::Listen => state.is_in_class(&client.user),
    });
    if !allowed {
        return Err(Fault::Unauthorized);
    }
    match message["sdpOffer"].as_str() {
        None => Ok(offer(client, role).await),
        Some(text) => {
            let offer = sdp::parse(text).ok_or(Fault::InvalidSdp)?;
            answer(client, role, &offer).await
        }
    }
}

fn hear(ssrc: u32, pt: u8) -> Consumer {
    Consumer::new(None, false, ssrc, pt, 0, "fs")
}

fn ours(role: VoiceRole, pt: u8, ssrc: u32) -> Ours {
    let listen = role == VoiceRole::Listen;
    Ours {
        kind: Kind::Audio,
        mid: "0".to_owned(),
        pt,
        direction: if listen { "sendonly" } else { "sendrecv" },
        feedback: if listen { Vec::new() } else { vec!["transport-cc".to_owned()] },
        extensions: if listen { sdp::viewer_extensions(false) } else { Vec::new() },
        ssrc: Some((ssrc, "fs")),
        kbps: None,
        content: None,
    }
}

async fn offer(client: &mut Client, role: VoiceRole) -> String {
    let (transport, ufrag, pwd) = client.open_transport().await;
    let ssrc = rand::random::<u32>() | 1;
    client.order(Order::Consume { id: transport, consumer: hear(ssrc, 111) }).await;
    let offer = client.write_sdp(&ufrag, &pwd, "actpass", &[ours(role, 111, ssrc)]);
    let session = Session { transport, role, offered: true, joined: false };
    client.sessions.insert(key(), AnySession::Audio(session));
    offer
}

fn microphone(section: &Section, pt: u8, client: &Client) -> Option<Producer> {
    let ssrc = section.ssrc?;
    Some(Producer { source: client.board.id(), ssrc, pt, video: false, feedback: false, twcc: None, cap_bps: 100_000 })
}

/// A client that offers itself (transparent listen-only off).
async fn answer(client: &mut Client, role: VoiceRole, offer: &Description) -> Result<String, Fault> {
    let section = offer.sections.iter().find(|s| s.kind == Kind::Audio).ok_or(Fault::InvalidSdp)?;
    let pt = section.payload_type("opus").ok_or(Fault::NoCodec)?;
    let (Some(setup), Some(fingerprint)) = (offer.setup, offer.fingerprint.clone()) else {
        return Err(Fault::InvalidSdp);
    };
    let producer = match role {
        VoiceRole::Listen => None,
        VoiceRole::Duplex | VoiceRole::Passive => Some(microphone(section, pt, client).ok_or(Fault::InvalidSdp)?),
    };
    let (transport, ufrag, pwd) = client.open_transport().await;
    let ssrc = rand::random::<u32>() | 1;
    let mut section_of_ours = ours(role, pt, ssrc);
    section_of_ours.extensions = sdp::shared_extensions(section, &[sdp::EXT_ABS_SEND_TIME, sdp::EXT_MID]);
    let offered_feedback = section.feedback_of(pt);
    section_of_ours.feedback.retain(|kind| offered_feedback.contains(kind));
    client.order(Order::Consume { id: transport, consumer: hear(ssrc, pt) }).await;
    if let Some(producer) = producer {
        client.order(Order::Publish { id: transport, producer }).await;
    }
    client.order(Order::Accept { id: transport, setup, fingerprint }).await;
    let answer = client.write_sdp(&ufrag, &pwd, "active", &[section_of_ours]);
    let session = Session { transport, role, offered: false, joined: false };
    client.sessions.insert(key(), AnySession::Audio(session));
    Ok(answer)
}

/// The client's answer. Without `a=ssrc` the worker refuses the producer and the fingerprint is
/// never taken: ICE completes, success is announced, and no media will ever flow.
async fn answered(client: &mut Client, answer: &Description) {
    let Some(AnySession::Audio(session)) = client.sessions.get_mut(&key()) else { return };
    if !std::mem::take(&mut session.offered) {
        return;
    }
    let (transport, role) = (session.transport, session.role);
    let Some(section) = answer.sections.iter().find(|s| s.kind == Kind::Audio) else { return };
    let (Some(setup), Some(fingerprint)) = (answer.setup, answer.fingerprint.clone()) else { return };
    let producer = section.payload_type("opus").and_then(|pt| microphone(section, pt, client));
    match (role, producer) {
        (VoiceRole::Duplex, None) => return tracing::debug!(transport, "audio answer without a source"),
        (VoiceRole::Listen, _) | (VoiceRole::Passive, None) => {}
        (_, Some(producer)) => client.order(Order::Publish { id: transport, producer }).await,
    }
    client.order(Order::Accept { id: transport, setup, fingerprint }).await;
}

/// ICE completed: precedes DTLS, and proves no media.
pub(super) fn connected(client: &mut Client, key: &Key) {
    let (user, board) = (client.user.clone(), client.board.clone());
    if let Some(AnySession::Audio(session)) = client.sessions.get_mut(key) {
        session.joined = true;
        let (transport, role) = (session.transport, session.role);
        board.mixer.join(transport, &user, role != VoiceRole::Listen);
        board.room.change(|state| state.join_voice(&user, role, transport));
    }
    client.say(json!({ "type": "audio", "id": "webRTCAudioSuccess", "success": "MEDIA_FLOWING" }));
}

pub(super) async fn end(client: &Client, session: Session) {
    client.order(Order::Close { id: session.transport }).await;
    client.board.mixer.leave(session.transport);
    if session.joined {
        client.board.room.change(|state| state.leave_voice(&client.user, Some(session.transport)));
    }
}
