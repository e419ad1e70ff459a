//! The `graphql-transport-ws` envelope, both directions (`session.md` §3.2, §3.3).

use crate::ids::SessionToken;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Most faults kept of one message.
const MAX_FAULTS: usize = 16;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// First message; nothing else before the ack.
    ConnectionInit {
        /// Who.
        payload: InitPayload,
    },
    /// Subscription, query or mutation.
    Subscribe {
        /// Any unique string.
        id: String,
        /// The operation.
        payload: Request,
    },
    /// No more of this one.
    Complete {
        /// Its id.
        id: String,
    },
    /// Are you there.
    Ping {
        /// Anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    /// Answer to the server's ping.
    Pong {
        /// As in the ping.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
}

/// Payload of `connection_init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitPayload {
    /// All four are mandatory and strings.
    pub headers: InitHeaders,
}

/// Headers of `connection_init` (`session.md` §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitHeaders {
    /// Token of the joined user.
    #[serde(rename = "X-Session-Token")]
    pub session_token: SessionToken,
    /// UUID of this run of the client.
    #[serde(rename = "X-ClientSessionUUID")]
    pub client_session: String,
    /// `HTML5`.
    #[serde(rename = "X-ClientType")]
    pub client_type: String,
    /// `"true"` or `"false"`.
    #[serde(rename = "X-ClientIsMobile")]
    pub client_is_mobile: String,
}

/// Payload of `subscribe`. Field order keeps `"query":"mutation` together in compact JSON (`session.md` §3.3).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Matched literally by the middleware.
    #[serde(default)]
    pub operation_name: String,
    /// Variables; may hold names and chat, so they do not show in debug output.
    #[serde(default)]
    pub variables: Value,
    /// Always `{}`.
    #[serde(default)]
    pub extensions: Value,
    /// Text of the operation.
    pub query: String,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("operation_name", &self.operation_name).finish_non_exhaustive()
    }
}

/// What a server sends.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Init accepted.
    ConnectionAck,
    /// Data.
    Next {
        /// Of the subscription.
        id: String,
        /// `data` and perhaps `errors`.
        payload: Answer,
    },
    /// Failed; for id `-1` the connection is refused (`session.md` §3.7).
    Error {
        /// Of the subscription, or `-1`.
        id: String,
        /// Why.
        #[serde(default, deserialize_with = "faults")]
        payload: Vec<Fault>,
    },
    /// No more of this one; may come for an id that is already finished.
    Complete {
        /// Its id.
        id: String,
    },
    /// Are you there; about every 5 s.
    Ping {
        /// Anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    /// Answer to our ping.
    Pong {
        /// As in the ping.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
}

impl std::fmt::Debug for ServerMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ConnectionAck => "ConnectionAck",
            Self::Next { .. } => "Next",
            Self::Error { .. } => "Error",
            Self::Complete { .. } => "Complete",
            Self::Ping { .. } => "Ping",
            Self::Pong { .. } => "Pong",
        })
    }
}

/// Payload of `next`.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Root fields, or `patch` beside an empty root field (`session.md` §3.9).
    pub data: Value,
    /// Faults that came as data.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "faults")]
    pub errors: Vec<Fault>,
}

/// One fault of `error`.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// Only with id `-1` (`session.md` §3.7).
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Sentence for developers.
    pub message: String,
    /// `{"path", "code"}` from Hasura.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub extensions: Value,
}

/// A list of faults, or one outside a list; whatever else comes, it was an error all the same.
fn faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fault>, D::Error> {
    let list = match Value::deserialize(deserializer)? {
        Value::Array(list) => list,
        one => vec![one],
    };
    Ok(list.into_iter().take(MAX_FAULTS).filter_map(|fault| serde_json::from_value(fault).ok()).collect())
}

impl ClientMessage {
    /// As it goes over the wire: compact JSON in the order the page of BBB uses (`id`, `type`, `payload`).
    #[must_use]
    pub fn to_text(&self) -> String {
        #[derive(Serialize)]
        struct Subscribe<'a> {
            id: &'a str,
            r#type: &'static str,
            payload: &'a Request,
        }
        let text = match self {
            Self::Subscribe { id, payload } => serde_json::to_string(&Subscribe { id, r#type: "subscribe", payload }),
            other => serde_json::to_string(other),
        };
        text.unwrap_or_default()
    }
}

impl ServerMessage {
    /// As it goes over the wire.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
