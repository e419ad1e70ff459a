//! Signalling of `bbb-webrtc-sfu` (`media.md` §1–4), both directions, with its odd names.
//!
//! One WebSocket per [`Medium`] (§0.3): a message without `type` belongs to the socket's medium. For audio and for every
//! viewer the *server* offers, in a field called `sdpAnswer`; audio's answer travels in a field called `sdpOffer`.

pub mod audio;
mod code;
pub mod screen;
#[cfg(test)]
mod tests;
pub mod video;

pub use code::{Code, Failure};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Largest message a server accepts, in bytes; a larger one closes the socket (`media.md` §1.1).
pub const MAX_REQUEST: usize = 51_200;
/// Largest message read from a server, in bytes.
pub const MAX_REPLY: usize = 256 * 1024;

/// Session description text. It holds addresses and ICE passwords, so it prints only its length.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sdp(pub String);

impl Sdp {
    /// The text itself. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sdp({} bytes)", self.0.len())
    }
}

impl From<String> for Sdp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sdp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What a socket is for; the server remembers the first `type` it sees (`media.md` §0.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// Cameras.
    Video,
    /// Shared screen.
    Screenshare,
    /// Microphone and class sound.
    Audio,
}

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `{"id":"ping"}` after opening and every 15 s (`media.md` §1.2).
    Ping,
    /// `type: video`
    Video(video::Request),
    /// `type: screenshare`
    Screen(screen::Request),
    /// `type: audio`
    Audio(audio::Request),
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answer to a ping.
    Pong,
    /// `type: video`
    Video(video::Reply),
    /// `type: screenshare`
    Screen(screen::Reply),
    /// `type: audio`
    Audio(audio::Reply),
}

/// Why a client's message is not acted upon (`media.md` §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// No JSON, no or an unknown `type`: dropped without an answer.
    #[error("dropped")]
    Ignored,
    /// Known `type`, but an unknown `id`, role or missing field: answered by 2300 in that medium's shape.
    #[error("invalid request")]
    Invalid(Medium),
    /// Larger than [`MAX_REQUEST`]: the socket is closed.
    #[error("too large")]
    TooLarge,
}

/// Why a server's message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    /// Larger than [`MAX_REPLY`].
    #[error("message too large")]
    TooLarge,
    /// No JSON, another medium, or an `id` or shape we do not know.
    #[error("message not understood")]
    NotUnderstood,
}

impl Request {
    /// As it goes over the wire.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Ping => r#"{"id":"ping"}"#.to_owned(),
            Self::Video(message) => typed(Medium::Video, message),
            Self::Screen(message) => typed(Medium::Screenshare, message),
            Self::Audio(message) => typed(Medium::Audio, message),
        }
    }

    /// Reads a client's message as the server does.
    ///
    /// # Errors
    /// See [`RequestFault`].
    pub fn parse(text: &str) -> Result<Self, RequestFault> {
        if text.len() > MAX_REQUEST {
            return Err(RequestFault::TooLarge);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| RequestFault::Ignored)?;
        if value.get("id").and_then(Value::as_str) == Some("ping") {
            return Ok(Self::Ping);
        }
        let kind = value.get("type").cloned().ok_or(RequestFault::Ignored)?;
        let medium: Medium = serde_json::from_value(kind).map_err(|_| RequestFault::Ignored)?;
        match medium {
            Medium::Video => serde_json::from_value(value).map(Self::Video),
            Medium::Screenshare => serde_json::from_value(value).map(Self::Screen),
            Medium::Audio => serde_json::from_value(value).map(Self::Audio),
        }
        .map_err(|_| RequestFault::Invalid(medium))
    }
}

impl Reply {
    /// As it goes over the wire.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Pong => r#"{"id":"pong"}"#.to_owned(),
            Self::Video(message) => typed(Medium::Video, message),
            Self::Screen(message) => typed(Medium::Screenshare, message),
            Self::Audio(message) => typed(Medium::Audio, message),
        }
    }

    /// Reads a message that arrived on the socket of `medium`.
    ///
    /// # Errors
    /// See [`ReplyFault`]; drop the message and go on.
    pub fn parse(medium: Medium, text: &str) -> Result<Self, ReplyFault> {
        if text.len() > MAX_REPLY {
            return Err(ReplyFault::TooLarge);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| ReplyFault::NotUnderstood)?;
        if value.get("id").and_then(Value::as_str) == Some("pong") {
            return Ok(Self::Pong);
        }
        // `restartIceResponse` may come without `type` (`media.md` §2.5).
        if value.get("type").is_some_and(|kind| serde_json::from_value(kind.clone()).ok() != Some(medium)) {
            return Err(ReplyFault::NotUnderstood);
        }
        match medium {
            Medium::Video => serde_json::from_value(value).map(Self::Video),
            Medium::Screenshare => serde_json::from_value(value).map(Self::Screen),
            Medium::Audio => serde_json::from_value(value).map(Self::Audio),
        }
        .map_err(|_| ReplyFault::NotUnderstood)
    }
}

fn typed(medium: Medium, message: &impl Serialize) -> String {
    let value = serde_json::to_value(message).map(|mut value| {
        if let Value::Object(map) = &mut value {
            map.insert("type".into(), serde_json::to_value(medium).unwrap_or_default());
        }
        value.to_string()
    });
    value.unwrap_or_default()
}
