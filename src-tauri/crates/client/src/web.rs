//! The HTTP client of one class: its cookies, its timeouts, system proxy and certificates.

use crate::jar::HostJar;
use meeting::view::EndReason;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// Longest answer read from a server, in bytes: static data of the largest known server is 120 kB.
const MAX_BODY: usize = 4 << 20;

/// HTTP for one class. Cheap to clone; clones share cookies.
#[derive(Clone)]
pub(crate) struct Web {
    http: reqwest::Client,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    /// `X-Request-Id`
    pub(crate) request_id: Option<String>,
    pub(crate) body: String,
}

impl Web {
    /// A client with no cookies yet. Redirects are never followed by themselves: each hop is judged.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .cookie_provider(Arc::new(HostJar::default()))
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("Preau/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http })
    }

    /// The bare client, for WebSocket upgrades.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `GET` with extra headers, the body cut at [`MAX_BODY`].
    pub(crate) async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, EndReason> {
        let mut request = self.http.get(url).timeout(Duration::from_secs(20));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, request_id) = (header("location"), header("x-request-id"));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(EndReason::Version);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, location, request_id, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// What a failed request means for the person.
///
/// The platform's TLS and resolver errors are told apart by the texts of their error chains, because reqwest keeps
/// them untyped; an unknown text is [`EndReason::Unreachable`].
pub(crate) fn reason(error: &reqwest::Error) -> EndReason {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        chain.push_str(" / ");
        chain.push_str(&inner.to_string());
        source = inner.source();
    }
    reason_of_text(&chain.to_ascii_lowercase())
}

fn reason_of_text(chain: &str) -> EndReason {
    let has = |words: &[&str]| words.iter().any(|word| chain.contains(word));
    if has(&["proxy authentication", "407"]) {
        EndReason::Proxy
    } else if has(&["notvalidyet", "not valid yet"]) {
        EndReason::Clock
    } else if has(&["certificate", "unknownissuer", "tls", "handshake failure"]) {
        EndReason::Certificate
    } else if has(&["network is unreachable", "network unreachable"]) {
        EndReason::NoNetwork
    } else if has(&["dns error", "failed to lookup", "name or service", "no such host", "name resolution"]) {
        EndReason::Dns
    } else {
        EndReason::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_failure_has_its_own_sentence() {
        for (text, expected) in [
            ("error sending request / client error (connect) / dns error / failed to lookup address", EndReason::Dns),
            ("error sending request / invalid peer certificate: unknownissuer", EndReason::Certificate),
            ("error sending request / invalid peer certificate: notvalidyet", EndReason::Clock),
            ("error sending request / invalid peer certificate: expired", EndReason::Certificate),
            ("error sending request / tcp connect error / network is unreachable (os error 101)", EndReason::NoNetwork),
            ("error sending request / tunnel error: proxy authentication required", EndReason::Proxy),
            ("error sending request / tcp connect error / connection refused", EndReason::Unreachable),
        ] {
            assert_eq!(reason_of_text(text), expected, "{text}");
        }
    }
}
