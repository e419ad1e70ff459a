//! Names of things on the wire, and the types that keep people and secrets out of logs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One media leg (a WebRTC connection and its signalling), chosen by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub u32);

/// One mutation on its way, chosen by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MutationId(pub u64);

macro_rules! plain {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps it as it is.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// As it goes over the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }
    };
}

plain! {
    /// Camera stream: `<userId>_<clientSessionUUID>_<deviceId>` (`media.md` §2.2).
    StreamId
}

plain! {
    /// Internal user id such as `w_0a1b2c3d4e5f` (`session.md` §2.1). It is a pseudonym, so it may be logged.
    UserId
}

impl StreamId {
    /// Builds the id of an own camera. `_` in the device part becomes `-`, because servers and clients split on it.
    #[must_use]
    pub fn compose(user: &UserId, client_session: &str, device: &str) -> Self {
        let device: String = device
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .map(|c| if c == '_' { '-' } else { c })
            .take(64)
            .collect();
        Self(format!("{user}_{client_session}_{device}"))
    }

    /// True when it was composed for this user on this client (`media.md` §2.2).
    #[must_use]
    pub fn belongs_to(&self, user: &UserId, client_session: &str) -> bool {
        self.0
            .strip_prefix(user.as_str())
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|rest| !client_session.is_empty() && rest.starts_with(client_session))
    }
}

macro_rules! hidden {
    ($(#[$meta:meta])* $name:ident, $shown:literal) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps it as it is.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The content itself. Never log it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The content itself, without a copy. Never log it.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }

            /// True when there is nothing in it.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $shown, self.0.len())
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

hidden! {
    /// What people are called or wrote: names, chat messages, titles, search words. Prints only its length in bytes.
    Text, "Text({} bytes)"
}

hidden! {
    /// A secret other than the session token: `authToken`, TURN password, LiveKit token. Prints only its length.
    Secret, "Secret({} bytes)"
}

hidden! {
    /// `sessionToken` of a joined user (`session.md` §2.1). Prints only its length.
    SessionToken, "SessionToken({} bytes)"
}

impl SessionToken {
    /// Accepts what BBB makes (16 lower-case alphanumerics) and a little more: 1–64 ASCII letters, digits, `-`, `_`.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let fits = (1..=64).contains(&value.len())
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        fits.then(|| Self(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_people_do_not_show_in_debug_output() {
        let shown = format!(
            "{:?} {:?} {:?}",
            SessionToken::new("ai1wqj8wb6s7rnk0"),
            Secret::new("14mm5y3eurjw"),
            Text::new("Ada Lovelace")
        );
        for leaked in ["ai1w", "14mm", "Ada"] {
            assert!(!shown.contains(leaked), "{shown}");
        }
    }

    #[test]
    fn a_composed_stream_id_is_recognised_as_own_and_keeps_its_four_parts() {
        let user = UserId::new("w_abc123def456");
        let stream = StreamId::compose(&user, "5f0c-uuid", "/dev/video_0");
        assert_eq!(stream.as_str(), "w_abc123def456_5f0c-uuid_devvideo-0");
        assert_eq!(stream.as_str().split('_').count(), 4);
        assert!(stream.belongs_to(&user, "5f0c-uuid"));
        assert!(!stream.belongs_to(&user, "other"));
        assert!(!stream.belongs_to(&UserId::new("w_abc123def45"), "5f0c-uuid"));
    }

    #[test]
    fn odd_session_tokens_are_refused() {
        for bad in ["", "a b", "a&b=c", "../..", "ä", &"a".repeat(65)] {
            assert_eq!(SessionToken::parse(bad), None, "{bad}");
        }
        assert!(SessionToken::parse("ai1wqj8wb6s7rnk0").is_some());
    }
}
