//! Error codes of the media server (protocol/media.md §8.1). Some travel as text, some as
//! numbers; both are kept as there.

use serde_json::{Value, json};

/// A refusal, as its code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing to see: no publisher.
    NotFound,
    /// SDP without what the worker needs.
    InvalidSdp,
    /// No codec in common.
    NoCodec,
    /// Unknown or malformed request.
    InvalidRequest,
    /// Not allowed.
    Unauthorized,
}

impl Fault {
    pub(crate) fn code(self) -> Value {
        match self {
            Self::NotFound => json!(2201),
            Self::InvalidSdp => json!(2202),
            Self::NoCodec => json!(2203),
            Self::InvalidRequest => json!("2300"),
            Self::Unauthorized => json!("2301"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotFound => "MEDIA_NOT_FOUND",
            Self::InvalidSdp => "MEDIA_INVALID_SDP",
            Self::NoCodec => "MEDIA_NO_AVAILABLE_CODEC",
            Self::InvalidRequest => "SFU_INVALID_REQUEST",
            Self::Unauthorized => "SFU_UNAUTHORIZED",
        }
    }
}
