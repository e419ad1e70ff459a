//! Cameras, `type: "video"` (`media.md` §2).

use super::{Code, Failure, Sdp};
use crate::ids::StreamId;
use serde::{Deserialize, Serialize};

/// Publisher or subscriber (§2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Own camera; the client offers.
    Share,
    /// Somebody's camera; the server offers.
    Viewer,
}

/// Client to server (§2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Begin. A second one with the same camera and role replaces the first.
    Start {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
        /// Publisher's offer; absent for a viewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdp_offer: Option<Sdp>,
        /// Publisher's bitrate in kbit/s.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bitrate: Option<u32>,
        /// May be recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<bool>,
    },
    /// A viewer's answer. If it is unusable the server says nothing: time out.
    SubscriberAnswer {
        /// Always [`Role::Viewer`].
        role: Role,
        /// Which camera.
        camera_id: StreamId,
        /// Answer.
        answer: Sdp,
    },
    /// Trickled candidate; not sent by us, ignored by the server.
    OnIceCandidate {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
    },
    /// End. Not answered.
    Stop {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
    },
    /// New ICE credentials, SFU 2.15 and later.
    RestartIce {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
    },
}

/// Server to client (§2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// Start accepted.
    StartResponse {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
        /// Answer to a publisher, the server's *offer* to a viewer.
        sdp_answer: Sdp,
    },
    /// ICE completed. Proves neither DTLS nor media.
    PlayStart {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
    },
    /// No media for 30 s.
    PlayStop {
        /// Publisher or subscriber.
        role: Role,
        /// Which camera.
        camera_id: StreamId,
    },
    /// Never sent by the mediasoup backend.
    IceCandidate {},
    /// New credentials, SFU 2.15 and later.
    RestartIceResponse {
        /// Which camera.
        camera_id: StreamId,
        /// New description.
        sdp: Sdp,
    },
    /// Failed. The camera is called `streamId` here.
    Error {
        /// Publisher or subscriber.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// Which camera.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream_id: Option<StreamId>,
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

pub(super) fn generic() -> Code {
    Code::GENERIC
}

impl Reply {
    /// The server's error with its usual words.
    #[must_use]
    pub fn error(role: Option<Role>, stream: Option<StreamId>, code: Code) -> Self {
        let name = Some(code.name().to_owned());
        Self::Error { role, stream_id: stream, code, message: name.clone(), reason: name }
    }

    /// The error, if it is one.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Error { code, stream_id, .. } => {
                Some(Failure { code: *code, stream: stream_id.as_ref().map(ToString::to_string) })
            }
            _ => None,
        }
    }
}
