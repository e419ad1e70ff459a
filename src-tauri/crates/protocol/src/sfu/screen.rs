//! Shared screen, `type: "screenshare"` (`media.md` §3). Closing the socket ends it; there is no `stop`.

use super::video::generic;
use super::{Code, Failure, Sdp};
use crate::ids::{Text, UserId};
use serde::{Deserialize, Serialize};

/// Presenter or viewer (§3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Presenter; the client offers.
    Send,
    /// Viewer; the server offers.
    Recv,
}

/// Word the server confirms with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    /// `accepted`
    #[default]
    Accepted,
}

/// Client to server (§3.2). Identity fields are overridden by what the server knows of the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Begin.
    Start {
        /// Presenter or viewer.
        role: Role,
        /// Meeting.
        #[serde(default)]
        internal_meeting_id: String,
        /// Voice conference.
        #[serde(default)]
        voice_bridge: String,
        /// Display name.
        #[serde(default)]
        user_name: Text,
        /// User id.
        #[serde(default)]
        caller_name: UserId,
        /// Presenter's offer, audio section before video; absent for a viewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdp_offer: Option<Sdp>,
        /// With sound.
        #[serde(default)]
        has_audio: bool,
        /// `screenshare` for a screen, `camera` for a camera as content and, without effect, for viewers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
        /// Presenter's bitrate in kbit/s.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bitrate: Option<u32>,
    },
    /// A viewer's answer.
    SubscriberAnswer {
        /// Always [`Role::Recv`].
        role: Role,
        /// Voice conference.
        #[serde(default)]
        voice_bridge: String,
        /// User id.
        #[serde(default)]
        caller_name: UserId,
        /// Answer.
        answer: Sdp,
    },
    /// Trickled candidate; not sent by us, ignored by the server.
    IceCandidate {
        /// Presenter or viewer.
        role: Role,
    },
    /// New ICE credentials, SFU 2.15 and later.
    RestartIce {
        /// Presenter or viewer.
        role: Role,
    },
}

/// Server to client (§3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// Start accepted.
    StartResponse {
        /// Presenter or viewer.
        role: Role,
        /// Always `accepted`.
        #[serde(default)]
        response: Accepted,
        /// Answer to a presenter, the server's *offer* to a viewer.
        sdp_answer: Sdp,
    },
    /// ICE completed; some servers do not send it, so take the connection itself as success too.
    PlayStart {
        /// Presenter or viewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
    },
    /// The presenter's media stopped for 30 s.
    StopSharing {
        /// Why.
        error: StopError,
    },
    /// Never sent by the mediasoup backend.
    IceCandidate {},
    /// New credentials, SFU 2.15 and later.
    RestartIceResponse {
        /// New description.
        sdp: Sdp,
    },
    /// Failed; unless the request's id was unknown, the socket closes.
    Error {
        /// Presenter or viewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// The user's id, called so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream_id: Option<UserId>,
        /// Why.
        #[serde(default = "generic")]
        code: Code,
        /// Symbolic name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Symbolic name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// `error` of [`Reply::StopSharing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopError {
    /// Why.
    #[serde(default = "generic")]
    pub code: Code,
    /// Symbolic name.
    #[serde(default)]
    pub reason: String,
}

impl Reply {
    /// The server's error with its usual words.
    #[must_use]
    pub fn error(role: Option<Role>, user: Option<UserId>, code: Code) -> Self {
        let name = Some(code.name().to_owned());
        Self::Error { role, stream_id: user, code, message: name.clone(), reason: name }
    }

    /// The error, if it is one.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Error { code, .. } => Some(Failure { code: *code, stream: None }),
            Self::StopSharing { error } => Some(Failure { code: error.code, stream: None }),
            _ => None,
        }
    }
}
