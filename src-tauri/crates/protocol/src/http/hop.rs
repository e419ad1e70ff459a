//! Judging one step on the way in (`session.md` §2.1, `http-api.md` §4.3, §7).

use super::link::{Address, ClientUrl, LinkError};
use super::xml;
use crate::ids::Text;
use serde::Deserialize;
use url::Url;

/// Most steps to follow; beyond, it is a loop.
pub const MAX_HOPS: usize = 12;
/// Most of a page looked at, in bytes.
const MAX_PAGE: usize = 256 * 1024;
/// Most errors kept.
const MAX_ERRORS: usize = 8;

/// Where one step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// Go there next.
    Follow(Address),
    /// Arrived.
    Client(ClientUrl),
    /// BBB refuses.
    Refused(JoinErrors),
    /// It leads to an unencrypted or unusable address.
    Insecure,
    /// An ordinary page: a portal that wants a person (sign in, "start class"), or no BBB at all.
    NotBbb,
}

/// Errors of a refused join; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinErrors(pub Vec<JoinError>);

/// One error of a refused join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinError {
    /// What it means.
    pub refusal: Refusal,
    /// The server's own words.
    pub message: Text,
}

/// What a refused join means (`http-api.md` §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// No such meeting, or not started yet.
    MeetingNotFound,
    /// No place left.
    Full,
    /// The link belongs to an earlier run of the meeting.
    LinkUsed,
    /// The meeting was ended.
    Ended,
    /// Guests are not let in.
    GuestDenied,
    /// The link was changed or signed with another secret.
    Checksum,
    /// A parameter is missing or wrong, such as the password.
    Parameters,
    /// The server's API is switched off.
    ApiOff,
    /// Something else.
    Unknown,
}

impl Refusal {
    /// Meaning of an error key.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        match key {
            "invalidMeetingId" | "invalidMeetingIdentifier" | "notFound" | "meetingNotFound" => Self::MeetingNotFound,
            "maxParticipantsReached" => Self::Full,
            "mismatchCreateTimeParam" | "mismatchCreateTime" => Self::LinkUsed,
            "meetingForciblyEnded" => Self::Ended,
            "guestDeniedAccess" => Self::GuestDenied,
            "checksumError" => Self::Checksum,
            "validationError" | "MissingParam" | "missingParam" | "Params required" | "invalidPassword" => {
                Self::Parameters
            }
            "apiNotEnabled" => Self::ApiOff,
            _ => Self::Unknown,
        }
    }
}

impl JoinErrors {
    /// The error that says most.
    #[must_use]
    pub fn main(&self) -> Refusal {
        self.0.iter().map(|error| error.refusal).min().unwrap_or(Refusal::Unknown)
    }

    fn of(pairs: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let errors: Vec<_> = pairs
            .take(MAX_ERRORS)
            .map(|(key, message)| JoinError { refusal: Refusal::of_key(&key), message: message.into() })
            .collect();
        (!errors.is_empty()).then_some(Self(errors))
    }
}

/// Judges a redirect from `from` to `location` (absolute or relative).
#[must_use]
pub fn judge_redirect(from: &Address, location: &str) -> Hop {
    if location.len() > super::link::MAX_LINK {
        return Hop::Insecure;
    }
    let Ok(url) = from.url().join(location) else { return Hop::Insecure };
    // The logout page may be unencrypted or anything: what it carries about the refusal counts all the same.
    let has_token = url.query_pairs().any(|(name, _)| name == "sessionToken");
    if let Some((_, errors)) = url.query_pairs().find(|(name, _)| name == "errors").filter(|_| !has_token) {
        return Hop::Refused(read_errors(&errors));
    }
    let address = match Address::new(url) {
        Ok(address) => address,
        Err(_) => return Hop::Insecure,
    };
    match ClientUrl::read(&address) {
        Ok(Some(client)) => Hop::Client(client),
        Ok(None) => Hop::Follow(address),
        Err(LinkError::BadToken | _) => Hop::Insecure,
    }
}

/// Judges a page that is no redirect: the address it came from and its text.
#[must_use]
pub fn judge_page(at: &Address, body: &str) -> Hop {
    if let Ok(Some(client)) = ClientUrl::read(at) {
        return Hop::Client(client);
    }
    let end = (0..=MAX_PAGE.min(body.len())).rev().find(|&end| body.is_char_boundary(end)).unwrap_or(0);
    let body = &body[..end];
    let page = body.trim_start_matches('\u{feff}').trim_start();
    if !(page.starts_with("<?xml") || page.starts_with("<response")) {
        return Hop::NotBbb;
    }
    match xml::element(page, "returncode").as_deref() {
        Some("FAILED") => Hop::Refused(xml_errors(page)),
        Some("SUCCESS") => {
            // `redirect=false`: the client URL stands in the answer (`http-api.md` §4.2).
            let url = xml::element(page, "url").and_then(|url| Url::parse(&url).ok());
            match url.map(Address::new) {
                Some(Ok(address)) => match ClientUrl::read(&address) {
                    Ok(Some(client)) => Hop::Client(client),
                    _ => Hop::NotBbb,
                },
                Some(Err(_)) => Hop::Insecure,
                None => Hop::NotBbb,
            }
        }
        _ => Hop::NotBbb,
    }
}

fn xml_errors(page: &str) -> JoinErrors {
    let keys = xml::attributes(page, "error", "key");
    let messages = xml::attributes(page, "error", "message");
    let listed = JoinErrors::of(keys.into_iter().zip(messages.into_iter().chain(std::iter::repeat(String::new()))));
    listed.unwrap_or_else(|| {
        let key = xml::element(page, "messageKey").unwrap_or_default();
        let message = xml::element(page, "message").unwrap_or_default();
        JoinErrors(vec![JoinError { refusal: Refusal::of_key(&key), message: message.into() }])
    })
}

fn read_errors(json: &str) -> JoinErrors {
    #[derive(Deserialize)]
    struct One {
        #[serde(default)]
        key: String,
        #[serde(default)]
        message: String,
    }
    let list: Vec<One> = serde_json::from_str(json).unwrap_or_default();
    JoinErrors::of(list.into_iter().map(|one| (one.key, one.message)))
        .unwrap_or_else(|| JoinErrors(vec![JoinError { refusal: Refusal::Unknown, message: Text::default() }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Address {
        Address::new(Url::parse(url).unwrap()).unwrap()
    }

    fn from_join(location: &str) -> Hop {
        judge_redirect(&at("https://bbb.example.org/bigbluebutton/api/join?checksum=1"), location)
    }

    #[test]
    fn a_location_with_a_token_is_the_arrival() {
        let Hop::Client(client) = from_join(
            "https://proxy.example.org/bbb-01/html5client/?sessionToken=ai1wqj8wb6s7rnk0&shouldWaitForLayout=false",
        ) else {
            panic!()
        };
        assert_eq!((client.origin.as_str(), client.prefix.as_str()), ("https://proxy.example.org", "/bbb-01"));
        assert!(matches!(from_join("/html5client/join?sessionToken=abc"), Hop::Client(_)));
    }

    #[test]
    fn other_locations_are_followed_if_safe() {
        let Hop::Follow(next) = from_join("../next?x=1") else { panic!() };
        assert_eq!(next.as_str(), "https://bbb.example.org/bigbluebutton/next?x=1");
        for unsafe_hop in [
            "http://bbb.example.org/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://u:p@h.example/",
            "https://[bad",
            "/html5client/?sessionToken=%0a",
        ] {
            assert_eq!(from_join(unsafe_hop), Hop::Insecure, "{unsafe_hop}");
        }
        assert_eq!(from_join(&format!("/{}", "x".repeat(100_000))), Hop::Insecure);
    }

    #[test]
    fn errors_in_a_location_are_typed_refusals() {
        for (key, refusal) in [
            ("invalidMeetingIdentifier", Refusal::MeetingNotFound),
            ("maxParticipantsReached", Refusal::Full),
            ("mismatchCreateTimeParam", Refusal::LinkUsed),
            ("meetingForciblyEnded", Refusal::Ended),
            ("guestDeniedAccess", Refusal::GuestDenied),
            ("checksumError", Refusal::Checksum),
            ("validationError", Refusal::Parameters),
            ("somethingNew", Refusal::Unknown),
        ] {
            let mut url = Url::parse("http://logout.example.org/").unwrap();
            url.query_pairs_mut().append_pair("errors", &format!(r#"[{{"key":"{key}","message":"m"}}]"#));
            let Hop::Refused(errors) = from_join(url.as_str()) else { panic!("{key}") };
            assert_eq!(errors.main(), refusal, "{key}");
        }
    }

    #[test]
    fn the_error_that_says_most_comes_first() {
        let location = "/?errors=%5B%7B%22key%22%3A%22odd%22%7D%2C%7B%22key%22%3A%22maxParticipantsReached%22%7D%5D";
        let Hop::Refused(errors) = from_join(location) else { panic!() };
        assert_eq!((errors.main(), errors.0.len()), (Refusal::Full, 2));
    }

    #[test]
    fn malformed_errors_are_still_a_refusal() {
        let many = format!("/?errors=[{}1]", "{\"key\":\"x\"},".repeat(100));
        for location in
            ["/?errors=", "/?errors=%5B", "/?errors=nonsense", "/?errors={}", "/?errors=[[[]]]", "/?errors=[]", &many]
        {
            let Hop::Refused(errors) = from_join(location) else { panic!("{location:.40}") };
            assert_eq!(errors.main(), Refusal::Unknown);
            assert!(errors.0.len() <= MAX_ERRORS);
        }
    }

    #[test]
    fn xml_bodies_are_judged() {
        let api = at("https://bbb.example.org/bigbluebutton/api/join");
        let failed = "<response><returncode>FAILED</returncode><messageKey>Params required</messageKey><message>no</message></response>";
        let Hop::Refused(errors) = judge_page(&api, failed) else { panic!() };
        assert_eq!(errors.main(), Refusal::Parameters);
        let listed = r#"<response><returncode>FAILED</returncode><errors><error key="checksumError" message="a &amp; b"/></errors></response>"#;
        let Hop::Refused(errors) = judge_page(&api, listed) else { panic!() };
        assert_eq!((errors.main(), errors.0[0].message.as_str()), (Refusal::Checksum, "a & b"));
        let joined = "<response><returncode>SUCCESS</returncode><url>https://bbb.example.org/html5client/?sessionToken=ai1w&amp;x=1</url></response>";
        assert!(matches!(judge_page(&api, joined), Hop::Client(_)));
        let lured = "<response><returncode>SUCCESS</returncode><url>http://evil.example.org/html5client/?sessionToken=a</url></response>";
        assert_eq!(judge_page(&api, lured), Hop::Insecure);
    }

    #[test]
    fn ordinary_pages_are_not_bbb() {
        let page = at("https://portal.example.org/b/room");
        let huge = "é".repeat(MAX_PAGE);
        for body in [
            "",
            "<!doctype html><html>",
            "{\"a\":1}",
            "<response>",
            "<response><returncode>MAYBE</returncode></response>",
            &huge,
        ] {
            assert_eq!(judge_page(&page, body), Hop::NotBbb, "{body:.20}");
        }
    }
}
