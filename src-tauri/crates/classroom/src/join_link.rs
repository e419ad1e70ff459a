//! Signed join links (protocol/http-api.md §2, §4).

use protocol::http::{Algorithm, checksum};

use crate::config::Role;

/// A join call that passed the checks that need no class.
#[derive(Debug)]
pub(crate) struct JoinCall {
    pub(crate) full_name: String,
    pub(crate) meeting_id: String,
    pub(crate) role: Option<Role>,
    pub(crate) guest: bool,
    pub(crate) user_id: Option<String>,
    pub(crate) redirect: bool,
    pub(crate) error_redirect: Option<String>,
}

/// Why a link is no good in itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkFault {
    Checksum,
    Name,
    Meeting,
}

impl LinkFault {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Checksum => "checksumError",
            Self::Name | Self::Meeting => "validationError",
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Checksum => "You did not pass the checksum security check",
            Self::Name => "You must provide your name",
            Self::Meeting => "You must provide a meeting ID",
        }
    }
}

/// Checks the checksum over the query as it was sent, and reads the parameters.
pub(crate) fn parse(query: &str, secret: &str) -> Result<JoinCall, LinkFault> {
    let (rest, given) = without_checksum(query).ok_or(LinkFault::Checksum)?;
    let algorithm = match given.len() {
        40 => Algorithm::Sha1,
        64 => Algorithm::Sha256,
        96 => Algorithm::Sha384,
        128 => Algorithm::Sha512,
        _ => return Err(LinkFault::Checksum),
    };
    if checksum("join", &rest, secret, algorithm) != given {
        return Err(LinkFault::Checksum);
    }
    let find = |name: &str| {
        url::form_urlencoded::parse(rest.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    };
    let full_name: String = find("fullName").unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if full_name.trim().is_empty() {
        return Err(LinkFault::Name);
    }
    let role = find("role").and_then(|role| match role.to_ascii_uppercase().as_str() {
        "MODERATOR" => Some(Role::Moderator),
        "VIEWER" => Some(Role::Viewer),
        _ => None,
    });
    Ok(JoinCall {
        full_name,
        meeting_id: find("meetingID").ok_or(LinkFault::Meeting)?,
        role,
        guest: find("guest").as_deref() == Some("true"),
        user_id: find("userID"),
        redirect: find("redirect").as_deref() != Some("false"),
        error_redirect: find("errorRedirectUrl"),
    })
}

/// The query without its checksum, byte for byte otherwise.
fn without_checksum(query: &str) -> Option<(String, String)> {
    let mut given = None;
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| match pair.strip_prefix("checksum=") {
            Some(value) => {
                given = Some(value.to_ascii_lowercase());
                false
            }
            None => true,
        })
        .collect();
    Some((kept.join("&"), given?))
}

/// A signed join link.
pub(crate) fn build(
    origin: &str,
    secret: &str,
    meeting_id: &str,
    name: &str,
    role: Role,
    extra: &[(&str, &str)],
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("fullName", name).append_pair("meetingID", meeting_id).append_pair("role", role.wire());
    for (key, value) in extra {
        query.append_pair(key, value);
    }
    let query = query.finish();
    let signature = checksum("join", &query, secret, Algorithm::Sha256);
    format!("{origin}/bigbluebutton/api/join?{query}&checksum={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t-for-tests";

    #[test]
    fn both_documented_checksums_open_the_door() {
        let query = "fullName=Ada+L&meetingID=chem-101&role=VIEWER";
        for sum in [
            "8fe2f801c072cb866a623554675af588fee9afa4",
            "c459a95f757c7bf12e4d00606ee492d50e3bd29232ba34f5b94115ef6425b73c",
        ] {
            let call = parse(&format!("{query}&checksum={sum}"), SECRET).unwrap();
            assert_eq!((call.full_name.as_str(), call.meeting_id.as_str()), ("Ada L", "chem-101"));
            assert_eq!(call.role, Some(Role::Viewer));
        }
        let fault = parse(&format!("{query}&x=1&checksum=8fe2f801c072cb866a623554675af588fee9afa4"), SECRET);
        assert_eq!(fault.unwrap_err(), LinkFault::Checksum);
        assert_eq!(parse(query, SECRET).unwrap_err(), LinkFault::Checksum);
    }

    #[test]
    fn what_is_built_is_accepted() {
        let link = build("http://127.0.0.1:1", SECRET, "practice", "Zoë & Co", Role::Moderator, &[("guest", "true")]);
        let query = link.split_once('?').unwrap().1;
        let call = parse(query, SECRET).unwrap();
        assert_eq!(call.full_name, "Zoë & Co");
        assert!(call.guest);
    }
}
