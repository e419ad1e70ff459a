//! What a person pastes, and where it leads (`session.md` §2.1).

use super::settings::ClientSettings;
use crate::ids::SessionToken;
use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// Longest text read as a link, in bytes.
pub const MAX_LINK: usize = 8 * 1024;

/// A link to a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinLink {
    /// A signed `…/bigbluebutton/api/join` link.
    Api {
        /// Where to begin.
        url: Address,
    },
    /// An `…/html5client/…?sessionToken=…` link: already joined, only the cookie may be missing.
    Client(ClientUrl),
    /// Any other page: a portal that leads on by redirects, or asks to sign in.
    Portal {
        /// Where to begin.
        url: Address,
    },
}

/// Why a text is no link to a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing, or no address in it.
    #[error("no address")]
    NotALink,
    /// Longer than [`MAX_LINK`].
    #[error("too long")]
    TooLong,
    /// Another scheme than `https` (`http` only on this machine).
    #[error("not an encrypted web address")]
    Scheme,
    /// It carries a user name or password.
    #[error("credentials in the address")]
    Credentials,
    /// Its session token cannot be one.
    #[error("session token malformed")]
    BadToken,
}

/// An address that may hold tokens, checksums and names. Prints only scheme, host and port.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Accepts `https`, and `http` to this machine only; without credentials.
    ///
    /// # Errors
    /// [`LinkError::Scheme`], [`LinkError::Credentials`], [`LinkError::NotALink`] for one without host.
    pub fn new(url: Url) -> Result<Self, LinkError> {
        let host = url.host().ok_or(LinkError::NotALink)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            _ => return Err(LinkError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(LinkError::Credentials);
        }
        Ok(Self(url))
    }

    /// The address itself. Never log it.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address itself. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host name, for sentences such as "no answer from …".
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.0.origin().ascii_serialization())
    }
}

/// Where the client of a joined user lives: everything else on the server is found from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientUrl {
    /// `https://host[:port]`.
    pub origin: String,
    /// Path before `/html5client`, empty or such as `/bbb-01` (cluster proxy).
    pub prefix: String,
    /// Token of the joined user.
    pub session_token: SessionToken,
}

impl ClientUrl {
    /// Reads a final client URL. `Ok(None)` when it is no such URL.
    ///
    /// # Errors
    /// [`LinkError::BadToken`] when it is one with an impossible token.
    pub fn read(address: &Address) -> Result<Option<Self>, LinkError> {
        let url = address.url();
        let Some((prefix, rest)) = url.path().split_once("/html5client") else { return Ok(None) };
        if !(rest.is_empty() || rest.starts_with('/')) {
            return Ok(None);
        }
        let Some((_, token)) = url.query_pairs().find(|(name, _)| name == "sessionToken") else { return Ok(None) };
        let session_token = SessionToken::parse(&token).ok_or(LinkError::BadToken)?;
        Ok(Some(Self { origin: url.origin().ascii_serialization(), prefix: prefix.to_owned(), session_token }))
    }

    /// `GET` with `Content-Type: application/json` (`session.md` §2.2).
    #[must_use]
    pub fn api_index(&self) -> String {
        format!("{}{}/bigbluebutton/api", self.origin, self.prefix)
    }

    /// STUN and TURN list (`media.md` §7.1).
    #[must_use]
    pub fn stuns(&self) -> String {
        self.with_token("/bigbluebutton/api/stuns")
    }

    /// Drops the web session (`session.md` §4.3).
    #[must_use]
    pub fn sign_out(&self) -> String {
        self.with_token("/bigbluebutton/api/signOut")
    }

    /// RTT probe (`session.md` §4.4).
    #[must_use]
    pub fn rtt_check(&self, settings: &ClientSettings, client_session: &str, user: &str, meeting: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("session", client_session)
            .append_pair("user", user)
            .append_pair("meeting", meeting)
            .finish();
        let base = format!("/{}", settings.bbb_web_base.trim_matches('/'));
        format!("{}{}{base}/rtt-check?{query}", self.origin, self.prefix)
    }

    /// SFU signalling (`media.md` §1.1): the configured address if it is one, else on this server.
    #[must_use]
    pub fn sfu(&self, settings: &ClientSettings) -> String {
        let configured = settings.sfu_ws_url.as_deref().unwrap_or_default();
        let secure = self.origin.starts_with("https:");
        let base = match configured {
            url if url.starts_with("wss://") || (url.starts_with("ws://") && !secure) => url.to_owned(),
            path if path.starts_with('/') && !path.starts_with("//") => {
                format!("{}{}{path}", self.web_socket_origin(), self.prefix)
            }
            _ => format!("{}{}/bbb-webrtc-sfu", self.web_socket_origin(), self.prefix),
        };
        let separator = if base.contains('?') { '&' } else { '?' };
        format!("{base}{separator}sessionToken={}", self.session_token.as_str())
    }

    /// Fall-back for a server whose index could not be read (`session.md` §2.2).
    #[must_use]
    pub fn usual_graphql(&self) -> (String, String) {
        (
            format!("{}{}/graphql", self.web_socket_origin(), self.prefix),
            format!("{}{}/api/rest", self.origin, self.prefix),
        )
    }

    fn web_socket_origin(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }

    fn with_token(&self, path: &str) -> String {
        format!("{}{}{path}?sessionToken={}", self.origin, self.prefix, self.session_token.as_str())
    }
}

/// Reads what a person pasted: a link, a link without `https://`, or a message with a link in it.
///
/// # Errors
/// See [`LinkError`]; the text is never followed anywhere.
pub fn parse_link(text: &str) -> Result<JoinLink, LinkError> {
    if text.len() > MAX_LINK {
        return Err(LinkError::TooLong);
    }
    let address = Address::new(find_url(text)?)?;
    if let Some(client) = ClientUrl::read(&address)? {
        return Ok(JoinLink::Client(client));
    }
    let signed = address.url().query_pairs().any(|(name, _)| name == "checksum");
    if signed && address.url().path().ends_with("/bigbluebutton/api/join") {
        return Ok(JoinLink::Api { url: address });
    }
    Ok(JoinLink::Portal { url: address })
}

fn find_url(text: &str) -> Result<Url, LinkError> {
    let outer = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '«' | '»' | '\u{a0}');
    let text = text.trim_matches(outer);
    let linked = text.find("https://").or_else(|| text.find("http://"));
    let word = linked.map_or(text, |start| &text[start..]);
    let word = word.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).next().unwrap_or_default();
    let word = word.trim_end_matches(['.', ',', ';', ')', '»']);
    if word.is_empty() || (linked.is_none() && text.contains(char::is_whitespace)) {
        return Err(LinkError::NotALink);
    }
    match Url::parse(word) {
        // `host:8443/path` parses as a scheme: only what has a host part counts as one.
        Ok(url) if url.has_host() || !word.contains('.') => Ok(url),
        Ok(url) if matches!(url.scheme(), "javascript" | "data" | "file" | "mailto" | "about" | "blob") => Ok(url),
        _ if word.contains('.') && !word.contains("://") => {
            Url::parse(&format!("https://{word}")).map_err(|_| LinkError::NotALink)
        }
        _ => Err(LinkError::NotALink),
    }
    .and_then(|url| if url.has_host() { Ok(url) } else { Err(LinkError::Scheme) })
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => IpAddr::from(*ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::from(*ip).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(link: &str) -> ClientUrl {
        match parse_link(link) {
            Ok(JoinLink::Client(client)) => client,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_three_kinds_of_link_are_told_apart() {
        let api = "https://bbb.example.org/bigbluebutton/api/join?fullName=Ada&meetingID=c&role=VIEWER&checksum=8fe2";
        assert!(matches!(parse_link(api), Ok(JoinLink::Api { .. })));
        let client =
            client("https://bbb.example.org/html5client/?sessionToken=ai1wqj8wb6s7rnk0&shouldWaitForLayout=false");
        assert_eq!((client.origin.as_str(), client.prefix.as_str()), ("https://bbb.example.org", ""));
        for portal in [
            "https://visio.education.fr/rooms/abc-def-ghi/join",
            "bbb.example.org/b/ada-x7k",
            "bbb.example.org:8443/b/x",
        ] {
            assert!(matches!(parse_link(portal), Ok(JoinLink::Portal { .. })), "{portal}");
        }
    }

    #[test]
    fn a_link_is_found_inside_an_invitation() {
        let text = "Bonjour,\nvoici le lien : <https://visio.example.fr/b/ada-x7k>.\nÀ demain";
        match parse_link(text) {
            Ok(JoinLink::Portal { url }) => assert_eq!(url.as_str(), "https://visio.example.fr/b/ada-x7k"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cluster_prefix_is_kept_in_every_address() {
        let client = client("https://proxy.example.org/bbb-01/html5client/join?sessionToken=tok123");
        let settings = ClientSettings::default();
        assert_eq!(client.api_index(), "https://proxy.example.org/bbb-01/bigbluebutton/api");
        assert_eq!(client.stuns(), "https://proxy.example.org/bbb-01/bigbluebutton/api/stuns?sessionToken=tok123");
        assert_eq!(client.sfu(&settings), "wss://proxy.example.org/bbb-01/bbb-webrtc-sfu?sessionToken=tok123");
        assert_eq!(client.usual_graphql().0, "wss://proxy.example.org/bbb-01/graphql");
        assert_eq!(
            client.rtt_check(&settings, "u", "w_1", "m-1"),
            "https://proxy.example.org/bbb-01/bigbluebutton/rtt-check?session=u&user=w_1&meeting=m-1"
        );
    }

    #[test]
    fn the_configured_sfu_address_wins_but_never_weakens_encryption() {
        let client = client("https://h.example.org/html5client/?sessionToken=t");
        let sfu = |url: &str| client.sfu(&ClientSettings { sfu_ws_url: Some(url.into()), ..ClientSettings::default() });
        assert_eq!(sfu("wss://s.example.org/x"), "wss://s.example.org/x?sessionToken=t");
        assert_eq!(sfu("/custom"), "wss://h.example.org/custom?sessionToken=t");
        assert_eq!(sfu("HOST"), "wss://h.example.org/bbb-webrtc-sfu?sessionToken=t");
        assert_eq!(sfu("ws://s.example.org/x"), "wss://h.example.org/bbb-webrtc-sfu?sessionToken=t");
        assert_eq!(sfu("//evil.example.org/x"), "wss://h.example.org/bbb-webrtc-sfu?sessionToken=t");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for own in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:9/x", "http://127.8.8.8/"] {
            assert!(parse_link(own).is_ok(), "{own}");
        }
        for far in [
            "http://bbb.example.org/x",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org",
            "http://10.0.0.1/",
        ] {
            assert_eq!(parse_link(far), Err(LinkError::Scheme), "{far}");
        }
    }

    #[test]
    fn hostile_or_useless_texts_are_refused() {
        let long = format!("https://a.example/{}", "x".repeat(MAX_LINK));
        for (text, error) in [
            ("", LinkError::NotALink),
            ("   \n", LinkError::NotALink),
            ("hello", LinkError::NotALink),
            ("hello world.", LinkError::NotALink),
            ("https://", LinkError::NotALink),
            ("https://[::1", LinkError::NotALink),
            ("javascript:alert(1)", LinkError::Scheme),
            ("javascript:alert(document.cookie)", LinkError::Scheme),
            ("data:text/html,<script>", LinkError::Scheme),
            ("file:///etc/passwd", LinkError::Scheme),
            ("ftp://bbb.example.org/x", LinkError::Scheme),
            ("https://user:pw@bbb.example.org/", LinkError::Credentials),
            ("https://bbb.example.org@evil.example.org/", LinkError::Credentials),
            ("https://h.example/html5client/?sessionToken=..%2F..%2F", LinkError::BadToken),
            ("https://h.example/html5client/?sessionToken=", LinkError::BadToken),
            (long.as_str(), LinkError::TooLong),
        ] {
            assert_eq!(parse_link(text), Err(error), "{text:.60}");
        }
    }

    #[test]
    fn debug_output_shows_host_only() {
        let link = parse_link("https://bbb.example.org/bigbluebutton/api/join?fullName=Ada&checksum=8fe2").unwrap();
        let shown = format!("{link:?} {:?}", client("https://h.example/html5client/?sessionToken=secret1"));
        assert!(shown.contains("bbb.example.org"));
        assert!(!shown.contains("Ada") && !shown.contains("8fe2") && !shown.contains("secret1"), "{shown}");
    }
}
