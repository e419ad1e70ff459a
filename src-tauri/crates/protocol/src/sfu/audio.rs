//! Microphone and class sound, `type: "audio"` (`media.md` §4).

use super::screen::Accepted;
use super::video::generic;
use super::{Code, Failure, Sdp};
use serde::{Deserialize, Serialize};

/// How to take part (§4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Microphone and sound.
    #[serde(rename = "sendrecv")]
    SendRecv,
    /// Classic listen-only.
    #[serde(rename = "recv", alias = "recvonly")]
    Recv,
    /// Duplex channel without a microphone, muted by the server; SFU 2.14 and later.
    #[serde(rename = "passive-sendrecv")]
    PassiveSendRecv,
}

/// Client to server (§4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Begin; replaces an earlier session of this socket.
    Start {
        /// How to take part.
        role: Role,
        /// Counts attempts of this run from 1. A number, never a string (§4.6).
        client_session_number: u32,
        /// Absent: the server offers, which is what 3.0 does by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdp_offer: Option<Sdp>,
        /// `null`, or `echo` for the server's echo test.
        #[serde(default)]
        extension: Option<String>,
        /// As the server's settings say (§4.2).
        #[serde(default)]
        transparent_listen_only: bool,
    },
    /// Our *answer*, in a field called `sdpOffer`. It must carry `a=ssrc`, or no media will flow, silently (§6.5).
    SubscriberAnswer {
        /// As in the start.
        role: Role,
        /// The answer.
        #[serde(rename = "sdpOffer")]
        answer: Sdp,
    },
    /// Trickled candidate; not sent by us, ignored by the server.
    IceCandidate {
        /// As in the start.
        role: Role,
    },
    /// Telephone tones, at most 20 characters.
    Dtmf {
        /// Digits.
        tones: String,
    },
    /// New ICE credentials.
    RestartIce {
        /// As in the start.
        role: Role,
    },
    /// End; closing the socket does the same.
    Stop {},
}

/// Server to client (§4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// Start accepted; can take seconds.
    StartResponse {
        /// Always `accepted`.
        #[serde(default)]
        response: Accepted,
        /// The server's *offer*, unless we offered.
        sdp_answer: Sdp,
    },
    /// ICE completed. Proves neither DTLS nor media.
    #[serde(rename = "webRTCAudioSuccess")]
    Success {
        /// `MEDIA_FLOWING`
        #[serde(default)]
        success: String,
    },
    /// Media stopped, or failed; the code is nested, on some servers flat.
    #[serde(rename = "webRTCAudioError")]
    MediaError {
        /// The nested form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<NestedError>,
        /// The flat form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Code>,
    },
    /// Failed; the session is closed, the socket stays open. The code is flat, on some servers nested.
    Error {
        /// As in the start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// The flat form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Code>,
        /// The nested form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<NestedError>,
        /// Symbolic name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Symbolic name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Never sent by the mediasoup backend.
    IceCandidate {},
    /// New offer, SFU 2.14 beta.
    IceRestarted {
        /// Offer.
        offer: Sdp,
    },
    /// New description, SFU 2.15 and later.
    RestartIceResponse {
        /// New description.
        sdp: Sdp,
    },
}

/// The nested error form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedError {
    /// Why.
    #[serde(default = "generic")]
    pub code: Code,
    /// Symbolic name.
    #[serde(default)]
    pub reason: String,
}

impl Reply {
    /// The server's error with its usual words, in the flat form.
    #[must_use]
    pub fn error(role: Option<Role>, code: Code) -> Self {
        let name = Some(code.name().to_owned());
        Self::Error { role, code: Some(code), error: None, message: name.clone(), reason: name }
    }

    /// The error, if it is one, in either form.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Error { code, error, .. } | Self::MediaError { error, code } => {
                let code = (*code).or(error.as_ref().map(|error| error.code)).unwrap_or(Code::GENERIC);
                Some(Failure { code, stream: None })
            }
            _ => None,
        }
    }
}
