//! Error codes of the SFU (`media.md` §8.1).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// An error code: a string or a number on the wire, one number here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl Code {
    /// Media core or worker died; the session is dead.
    pub const OFFLINE: Self = Self(2001);
    /// Default for anything unclassified.
    pub const GENERIC: Self = Self(2200);
    /// The stream to view does not exist.
    pub const NOT_FOUND: Self = Self(2201);
    /// SDP unusable.
    pub const INVALID_SDP: Self = Self(2202);
    /// No common codec.
    pub const NO_CODEC: Self = Self(2203);
    /// No media for 30 s.
    pub const NOT_FLOWING: Self = Self(2211);
    /// Unknown id, bad role or fields, or a screen share that does not exist.
    pub const INVALID_REQUEST: Self = Self(2300);
    /// Permission probe denied.
    pub const UNAUTHORIZED: Self = Self(2301);

    /// Symbolic name as the server writes it into `message` and `reason`; empty for codes we do not name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OFFLINE => "MEDIA_SERVER_OFFLINE",
            Self::GENERIC => "MEDIA_GENERIC_ERROR",
            Self::NOT_FOUND => "MEDIA_NOT_FOUND",
            Self::INVALID_SDP => "MEDIA_INVALID_SDP",
            Self::NO_CODEC => "MEDIA_NO_AVAILABLE_CODEC",
            Self::NOT_FLOWING => "MEDIA_NOT_FLOWING",
            Self::INVALID_REQUEST => "SFU_INVALID_REQUEST",
            Self::UNAUTHORIZED => "SFU_UNAUTHORIZED",
            _ => "",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Code {
    /// As the server does: a string for its own table (2001, 23xx), a number for codes of the media core.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 2001 || (2300..2400).contains(&self.0) {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_u16(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Code {
    /// Anything that is no code is [`Code::GENERIC`]: an error is an error even when its code is unreadable.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        Ok(code.map_or(Self::GENERIC, Self))
    }
}

/// An error as the server reports it, whatever shape it had on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub code: Code,
    /// Camera the error is about, for [`super::Medium::Video`].
    pub stream: Option<String>,
}
