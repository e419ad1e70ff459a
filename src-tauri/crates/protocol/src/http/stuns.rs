//! STUN and TURN list (`media.md` §7.1, `http-api.md` §6.1).

use crate::ids::Secret;
use serde_json::Value;

/// Largest answer read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Most servers of each kind.
const MAX_SERVERS: usize = 16;

/// Servers for ICE. Both lists may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stuns {
    /// `stun:` servers.
    pub stun: Vec<IceServer>,
    /// `turn:` and `turns:` servers.
    pub turn: Vec<IceServer>,
}

/// One server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:host:port`, `turn:host:port?transport=udp`, `turns:…`.
    pub url: String,
    /// Empty for STUN. Holds an expiry and the user id.
    pub username: Secret,
    /// Empty for STUN.
    pub password: Secret,
    /// Seconds the credentials hold; 0 if unsaid.
    pub ttl_s: u32,
}

/// Why there is no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StunsError {
    /// The server does not know the session.
    #[error("session not accepted")]
    Refused,
    /// No JSON, or too large.
    #[error("list not understood")]
    NotUnderstood,
}

impl Stuns {
    /// Reads the answer, also when it is nested under `response`. Entries with other schemes are left out.
    ///
    /// # Errors
    /// [`StunsError::Refused`] when it says `FAILED`, [`StunsError::NotUnderstood`] for no list at all.
    pub fn parse(body: &str) -> Result<Self, StunsError> {
        if body.len() > MAX_BODY {
            return Err(StunsError::NotUnderstood);
        }
        let root: Value = serde_json::from_str(body).map_err(|_| StunsError::NotUnderstood)?;
        let answer = root.get("response").unwrap_or(&root);
        if answer.get("returncode").and_then(Value::as_str).is_some_and(|code| code != "SUCCESS") {
            return Err(StunsError::Refused);
        }
        if answer.get("stunServers").is_none() && answer.get("turnServers").is_none() {
            return Err(StunsError::NotUnderstood);
        }
        Ok(Self {
            stun: servers(answer.get("stunServers"), &["stun:", "stuns:"]),
            turn: servers(answer.get("turnServers"), &["turn:", "turns:"]),
        })
    }
}

fn servers(list: Option<&Value>, schemes: &[&str]) -> Vec<IceServer> {
    let one = |value: &Value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let url = text("url");
        let sound = url.len() <= 512 && url.is_ascii() && !url.contains(|c: char| c.is_ascii_control() || c == ' ');
        (sound && schemes.iter().any(|scheme| url.starts_with(scheme))).then(|| IceServer {
            url: url.to_owned(),
            username: text("username").into(),
            password: text("password").into(),
            ttl_s: value.get("ttl").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(0),
        })
    };
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(one).take(MAX_SERVERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"stunServers":[{"url":"stun:turn.example.org:3478"}],"turnServers":[{"username":"1767691401:w_0a1b","password":"bm90LWEtc2VjcmV0","url":"turns:turn.example.org:443?transport=tcp","ttl":86400}],"remoteIceCandidates":[]}"#;

    #[test]
    fn both_shapes_are_read() {
        let list = Stuns::parse(PLAIN).unwrap();
        assert_eq!(list.stun[0].url, "stun:turn.example.org:3478");
        assert_eq!((list.turn[0].ttl_s, list.turn[0].password.as_str()), (86_400, "bm90LWEtc2VjcmV0"));
        assert_eq!(Stuns::parse(&format!(r#"{{"response":{PLAIN}}}"#)), Ok(list));
        assert_eq!(Stuns::parse(r#"{"stunServers":[],"turnServers":[]}"#), Ok(Stuns::default()));
    }

    #[test]
    fn a_refusal_is_told_from_nonsense() {
        let failed = r#"{"returncode":"FAILED","message":"Could not find conference.","logoutURL":"x"}"#;
        assert_eq!(Stuns::parse(failed), Err(StunsError::Refused));
        assert_eq!(Stuns::parse(&format!(r#"{{"response":{failed}}}"#)), Err(StunsError::Refused));
        for body in ["", "{}", "[]", "<html>", r#"{"response":3}"#] {
            assert_eq!(Stuns::parse(body), Err(StunsError::NotUnderstood), "{body}");
        }
    }

    #[test]
    fn hostile_entries_are_left_out_and_the_list_is_bounded() {
        let body = r#"{"stunServers":[{"url":"http://x"},{"url":"stun:a b"},{"url":7},null,{"url":"stun:ok"}],"turnServers":"many"}"#;
        let list = Stuns::parse(body).unwrap();
        assert_eq!((list.stun.len(), list.turn.len()), (1, 0));
        let many = format!(r#"{{"stunServers":[{}{{}}]}}"#, r#"{"url":"stun:h"},"#.repeat(500));
        assert_eq!(Stuns::parse(&many).unwrap().stun.len(), MAX_SERVERS);
    }

    #[test]
    fn credentials_do_not_show_in_debug_output() {
        let shown = format!("{:?}", Stuns::parse(PLAIN).unwrap());
        assert!(!shown.contains("bm90") && !shown.contains("w_0a1b"), "{shown}");
    }
}
