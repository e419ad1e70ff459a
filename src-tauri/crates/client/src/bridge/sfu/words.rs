//! What is said on a line, and what is heard (`media.md` §2–§4).

use super::LineId;
use crate::entry::Session;
use meeting::LegKind;
use protocol::ids::{LegId, StreamId, Text, UserId};
use protocol::sfu::{Failure, Medium, Reply, Request, Sdp, audio, screen, video};
use std::collections::HashMap;
use std::sync::Arc;

/// Something the server said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A session description for this leg.
    Description { leg: LegId, sdp: String },
    /// The server refuses or ends these legs.
    Refused { legs: Vec<LegId>, code: u16 },
    /// Nothing that changes anything.
    Nothing,
    /// No message of this protocol.
    NotUnderstood,
}

/// The words of one line: which leg a message is about, and how it is said.
pub(super) struct Words {
    session: Arc<Session>,
    audio_session: u32,
    medium: Medium,
    legs: HashMap<LegId, LegKind>,
}

impl Words {
    pub(super) fn new(session: Arc<Session>, line: LineId, audio_session: u32) -> Self {
        // A line of one leg learns its medium when that leg starts.
        let medium = if line == LineId::Cameras { Medium::Video } else { Medium::Audio };
        Self { session, audio_session, medium, legs: HashMap::new() }
    }

    pub(super) fn ping() -> String {
        Request::Ping.to_text()
    }

    /// Begins a leg; `offer` is ours, for what we publish.
    pub(super) fn start(&mut self, leg: LegId, kind: &LegKind, offer: Option<String>) -> String {
        self.legs.insert(leg, kind.clone());
        let sdp_offer = offer.map(Sdp);
        let request = match kind {
            LegKind::CameraSend { stream, kbps } => Request::Video(video::Request::Start {
                role: video::Role::Share,
                camera_id: stream.clone(),
                sdp_offer,
                bitrate: Some(*kbps),
                record: Some(true),
            }),
            LegKind::CameraView { stream } => Request::Video(video::Request::Start {
                role: video::Role::Viewer,
                camera_id: stream.clone(),
                sdp_offer: None,
                bitrate: None,
                record: None,
            }),
            LegKind::Audio { listen_only } => Request::Audio(audio::Request::Start {
                role: self.audio_role(*listen_only),
                client_session_number: self.audio_session,
                sdp_offer: None,
                extension: None,
                transparent_listen_only: self.session.transparent_listen_only(),
            }),
            LegKind::ScreenSend { kbps } => {
                self.screen_start(screen::Role::Send, sdp_offer, Some("screenshare"), Some(*kbps))
            }
            LegKind::ScreenView => self.screen_start(screen::Role::Recv, None, Some("camera"), None),
        };
        self.medium = medium(kind);
        request.to_text()
    }

    /// Answers the server's offer.
    pub(super) fn answer(&self, kind: &LegKind, sdp: String) -> String {
        let answer = Sdp(sdp);
        match kind {
            LegKind::CameraSend { stream, .. } | LegKind::CameraView { stream } => {
                Request::Video(video::Request::SubscriberAnswer {
                    role: video::Role::Viewer,
                    camera_id: stream.clone(),
                    answer,
                })
            }
            LegKind::Audio { listen_only } => {
                Request::Audio(audio::Request::SubscriberAnswer { role: self.audio_role(*listen_only), answer })
            }
            LegKind::ScreenSend { .. } | LegKind::ScreenView => Request::Screen(screen::Request::SubscriberAnswer {
                role: screen::Role::Recv,
                voice_bridge: self.session.voice_conf().to_owned(),
                caller_name: UserId::default(),
                answer,
            }),
        }
        .to_text()
    }

    /// Ends a camera leg; the other media end with their socket.
    pub(super) fn stop(kind: &LegKind) -> Option<String> {
        let (role, camera_id) = camera(kind)?;
        Some(Request::Video(video::Request::Stop { role, camera_id: camera_id.clone() }).to_text())
    }

    /// Messages of this leg are not understood any more.
    pub(super) fn forget(&mut self, leg: LegId) {
        self.legs.remove(&leg);
    }

    /// Reads what came in.
    pub(super) fn understand(&self, text: &str) -> Heard {
        let Ok(reply) = Reply::parse(self.medium, text) else { return Heard::NotUnderstood };
        match reply {
            Reply::Video(video::Reply::StartResponse { role, camera_id, sdp_answer }) => self.description(
                self.legs.iter().find(|(_, kind)| camera(kind) == Some((role, &camera_id))).map(|(leg, _)| *leg),
                sdp_answer,
            ),
            Reply::Screen(screen::Reply::StartResponse { sdp_answer, .. })
            | Reply::Audio(audio::Reply::StartResponse { sdp_answer, .. }) => {
                self.description(self.legs.keys().next().copied(), sdp_answer)
            }
            Reply::Video(reply) => {
                let role = if let video::Reply::Error { role, .. } = &reply { *role } else { None };
                self.refused(role, reply.failure())
            }
            Reply::Screen(reply) => self.refused(None, reply.failure()),
            Reply::Audio(reply) => self.refused(None, reply.failure()),
            Reply::Pong => Heard::Nothing,
        }
    }

    fn description(&self, leg: Option<LegId>, sdp: Sdp) -> Heard {
        leg.map_or(Heard::Nothing, |leg| Heard::Description { leg, sdp: sdp.0 })
    }

    /// A failure names a camera and perhaps a role; without them it is about everything on the line.
    fn refused(&self, role: Option<video::Role>, failure: Option<Failure>) -> Heard {
        let Some(failure) = failure else { return Heard::Nothing };
        let meant = |kind: &LegKind| match camera(kind) {
            Some((own_role, stream)) => {
                failure.stream.as_deref().is_some_and(|meant| meant == stream.as_str())
                    && role.is_none_or(|role| role == own_role)
            }
            None => true,
        };
        let legs = self.legs.iter().filter(|(_, kind)| meant(kind)).map(|(leg, _)| *leg).collect();
        Heard::Refused { legs, code: failure.code.0 }
    }

    fn audio_role(&self, listen_only: bool) -> audio::Role {
        match (listen_only, self.session.transparent_listen_only()) {
            (false, _) => audio::Role::SendRecv,
            (true, true) => audio::Role::PassiveSendRecv,
            (true, false) => audio::Role::Recv,
        }
    }

    fn screen_start(
        &self,
        role: screen::Role,
        sdp_offer: Option<Sdp>,
        content_type: Option<&str>,
        bitrate: Option<u32>,
    ) -> Request {
        // The server knows who we are from the socket; what we said would be overridden (§3.2).
        Request::Screen(screen::Request::Start {
            role,
            internal_meeting_id: self.session.meeting_id().to_owned(),
            voice_bridge: self.session.voice_conf().to_owned(),
            user_name: Text::default(),
            caller_name: UserId::default(),
            sdp_offer,
            has_audio: false,
            content_type: content_type.map(str::to_owned),
            bitrate,
        })
    }
}

fn medium(kind: &LegKind) -> Medium {
    match kind {
        LegKind::Audio { .. } => Medium::Audio,
        LegKind::CameraSend { .. } | LegKind::CameraView { .. } => Medium::Video,
        LegKind::ScreenSend { .. } | LegKind::ScreenView => Medium::Screenshare,
    }
}

fn camera(kind: &LegKind) -> Option<(video::Role, &StreamId)> {
    match kind {
        LegKind::CameraSend { stream, .. } => Some((video::Role::Share, stream)),
        LegKind::CameraView { stream } => Some((video::Role::Viewer, stream)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: LegId = LegId(1);
    const THEIRS: LegId = LegId(2);

    fn cameras() -> Words {
        let mut words = Words::new(Arc::new(Session::example()), LineId::Cameras, 0);
        let stream = StreamId::from("w_a_u_cam");
        words.start(MINE, &LegKind::CameraSend { stream: stream.clone(), kbps: 200 }, Some("v=0".to_owned()));
        words.start(THEIRS, &LegKind::CameraView { stream }, None);
        words
    }

    #[test]
    fn an_answer_finds_the_leg_of_its_camera_and_role() {
        let text = r#"{"type":"video","role":"viewer","id":"startResponse","cameraId":"w_a_u_cam","sdpAnswer":"v=0"}"#;
        assert_eq!(cameras().understand(text), Heard::Description { leg: THEIRS, sdp: "v=0".to_owned() });
    }

    #[test]
    fn a_refusal_hits_only_the_camera_and_role_it_names() {
        let named = r#"{"type":"video","id":"error","role":"share","streamId":"w_a_u_cam","code":"2301"}"#;
        assert_eq!(cameras().understand(named), Heard::Refused { legs: vec![MINE], code: 2301 });
        let other = r#"{"type":"video","id":"error","role":"share","streamId":"w_b_u_cam","code":2201}"#;
        assert_eq!(cameras().understand(other), Heard::Refused { legs: vec![], code: 2201 });
    }

    #[test]
    fn the_microphone_answers_in_a_field_called_offer_with_a_number_for_its_session() {
        let mut words = Words::new(Arc::new(Session::example()), LineId::Own(MINE), 3);
        let kind = LegKind::Audio { listen_only: false };
        assert!(words.start(MINE, &kind, None).contains(r#""clientSessionNumber":3"#));
        assert!(words.answer(&kind, "v=0".to_owned()).contains(r#""sdpOffer":"v=0""#));
        let offer = r#"{"type":"audio","id":"startResponse","response":"accepted","sdpAnswer":"v=1"}"#;
        assert_eq!(words.understand(offer), Heard::Description { leg: MINE, sdp: "v=1".to_owned() });
        let nested = r#"{"type":"audio","id":"webRTCAudioError","error":{"code":2211,"reason":"MEDIA_NOT_FLOWING"}}"#;
        assert_eq!(words.understand(nested), Heard::Refused { legs: vec![MINE], code: 2211 });
    }

    #[test]
    fn nonsense_is_not_understood_and_a_forgotten_leg_hears_nothing() {
        let mut words = cameras();
        assert_eq!(words.understand("{\"id\":7}"), Heard::NotUnderstood);
        words.forget(THEIRS);
        let text = r#"{"type":"video","role":"viewer","id":"startResponse","cameraId":"w_a_u_cam","sdpAnswer":"v=0"}"#;
        assert_eq!(words.understand(text), Heard::Nothing);
    }
}
