//! The way in by HTTP (`session.md` §2): the link followed one hop at a time, then the server's facts.

use crate::JoinOrder;
use crate::hub::passing;
use crate::web::Web;
use devices::DeviceError;
use engine::{IceServers, TurnServer};
use meeting::view::{DeviceTrouble, EndReason};
use meeting::{Entry, EntryFault};
use protocol::http::{
    Address, ApiIndex, ClientUrl, Hop, JoinLink, LinkError, MAX_HOPS, Refusal, StaticData, StaticError, Stuns,
    judge_page, judge_redirect, parse_link,
};
use protocol::ids::SessionToken;

/// Where a joined session lives: what drivers need to reach the server.
pub(crate) struct Session {
    pub(crate) client_url: ClientUrl,
    pub(crate) token: SessionToken,
    pub(crate) graphql_ws: String,
    pub(crate) ice: IceServers,
    pub(crate) class_name: String,
    facts: StaticData,
}

impl Session {
    /// Host shown beside the class's name.
    pub(crate) fn host(&self) -> String {
        reqwest::Url::parse(&self.client_url.origin)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Address of the SFU's signalling, with the token.
    pub(crate) fn sfu_ws(&self) -> String {
        self.client_url.sfu(&self.facts.settings)
    }

    /// Internal meeting id.
    pub(crate) fn meeting_id(&self) -> &str {
        &self.facts.meeting_id
    }

    /// Number of the voice conference.
    pub(crate) fn voice_conf(&self) -> &str {
        &self.facts.voice.voice_conf
    }

    /// Whether listening without a microphone is a full channel kept muted (`media.md` §4.1).
    pub(crate) fn transparent_listen_only(&self) -> bool {
        self.facts.settings.transparent_listen_only
    }

    /// Address of the round-trip probe.
    pub(crate) fn rtt_check(&self, client_session: &str, user: &str) -> String {
        self.client_url.rtt_check(&self.facts.settings, client_session, user, &self.facts.meeting_id)
    }
}

#[cfg(test)]
impl Session {
    /// A session of a server that said nothing special.
    pub(crate) fn example() -> Self {
        let client_url = ClientUrl {
            origin: "https://bbb.example.org".to_owned(),
            prefix: String::new(),
            session_token: SessionToken::parse("ai1wqj8wb6s7rnk0").unwrap(),
        };
        Self {
            token: client_url.session_token.clone(),
            graphql_ws: "wss://bbb.example.org/graphql".to_owned(),
            ice: IceServers::default(),
            class_name: "6e B".to_owned(),
            client_url,
            facts: StaticData::default(),
        }
    }
}

/// What the way in brought.
pub(crate) struct Entered {
    pub(crate) session: Session,
    pub(crate) entry: Entry,
}

/// Goes the whole way, or from the session on where there is one.
///
/// # Errors
/// What stood in the way, final or passing.
pub(crate) async fn enter(
    web: &Web,
    join: &JoinOrder,
    known: Option<&Session>,
    client_session: String,
) -> Result<Entered, EntryFault> {
    let client_url = match known {
        Some(session) => session.client_url.clone(),
        None => follow(web, join.link.as_str()).await?,
    };
    let index = index(web, &client_url).await?;
    let (usual_ws, usual_api) = client_url.usual_graphql();
    let graphql_ws = index.graphql_ws.unwrap_or(usual_ws);
    let api = index.graphql_api.unwrap_or(usual_api);
    if !reachable(&graphql_ws) || !reachable(&api) {
        return Err(EntryFault::Final(EndReason::Version));
    }
    let facts = facts(web, &api, &client_url).await?;
    let ice = IceServers { relay_only: facts.settings.force_relay, ..stuns(web, &client_url).await };
    let session = Session {
        token: client_url.session_token.clone(),
        graphql_ws,
        ice,
        class_name: facts.name.as_str().to_owned(),
        client_url,
        facts: facts.clone(),
    };
    let server = session.host();
    Ok(Entered { session, entry: Entry { facts, client_session, practice: join.practice, server } })
}

/// Tells the server that the session is over; nobody waits for the answer.
pub(crate) async fn sign_out(web: &Web, session: &Session) {
    if web.get(&session.client_url.sign_out(), &[]).await.is_err() {
        tracing::debug!("sign-out not answered");
    }
}

/// Why a device cannot be used, as the person is told.
pub(crate) fn trouble(error: &DeviceError) -> DeviceTrouble {
    match error {
        DeviceError::Busy => DeviceTrouble::Busy,
        DeviceError::Blocked => DeviceTrouble::Blocked,
        DeviceError::Gone => DeviceTrouble::Gone,
        _ => DeviceTrouble::None,
    }
}

/// Addresses from a server: encrypted, or on this machine.
fn reachable(address: &str) -> bool {
    let web = address.strip_prefix("ws").map_or_else(|| address.to_owned(), |rest| format!("http{rest}"));
    reqwest::Url::parse(&web).is_ok_and(|url| Address::new(url).is_ok())
}

async fn follow(web: &Web, link: &str) -> Result<ClientUrl, EntryFault> {
    let mut at = match parse_link(link) {
        Ok(JoinLink::Client(client)) => return Ok(client),
        Ok(JoinLink::Api { url } | JoinLink::Portal { url }) => url,
        Err(LinkError::BadToken) => return Err(EntryFault::Final(EndReason::LinkUsed)),
        Err(_) => return Err(EntryFault::Final(EndReason::LinkWrong)),
    };
    for _ in 0..MAX_HOPS {
        let answer = web.get(at.as_str(), &[]).await.map_err(passing)?;
        let hop = match (answer.status, answer.location) {
            (300..=399, Some(location)) => judge_redirect(&at, &location),
            (500.., _) => return Err(EntryFault::Passing(EndReason::Unreachable)),
            (407, _) => return Err(EntryFault::Final(EndReason::Proxy)),
            (404 | 410, _) => return Err(EntryFault::Final(EndReason::LinkWrong)),
            _ => judge_page(&at, &answer.body),
        };
        match hop {
            Hop::Follow(next) => at = next,
            Hop::Client(client) => return Ok(client),
            Hop::Refused(errors) => return Err(EntryFault::Final(refused(errors.main()))),
            Hop::Insecure | Hop::NotBbb => return Err(EntryFault::Final(EndReason::LinkWrong)),
        }
    }
    Err(EntryFault::Final(EndReason::LinkWrong))
}

fn refused(refusal: Refusal) -> EndReason {
    match refusal {
        Refusal::MeetingNotFound => EndReason::NotStarted,
        Refusal::Full => EndReason::Full,
        Refusal::LinkUsed => EndReason::LinkUsed,
        Refusal::Ended => EndReason::Closed,
        Refusal::GuestDenied => EndReason::Refused,
        Refusal::Checksum | Refusal::Parameters => EndReason::LinkWrong,
        Refusal::ApiOff | Refusal::Unknown => EndReason::Unknown,
    }
}

async fn index(web: &Web, client: &ClientUrl) -> Result<ApiIndex, EntryFault> {
    let answer = web.get(&client.api_index(), &[("content-type", "application/json")]).await.map_err(passing)?;
    match ApiIndex::parse(&answer.body) {
        Ok(index) if index.is_too_old() => Err(EntryFault::Final(EndReason::Version)),
        Ok(index) => Ok(index),
        // Not readable on an otherwise good server: the usual addresses are tried (`session.md` §2.2).
        Err(_) if answer.status < 500 => Ok(ApiIndex::default()),
        Err(_) => Err(EntryFault::Passing(EndReason::Unreachable)),
    }
}

async fn facts(web: &Web, api: &str, client: &ClientUrl) -> Result<StaticData, EntryFault> {
    let url = format!("{}/meetingStaticData", api.trim_end_matches('/'));
    let headers = [("x-session-token", client.session_token.as_str())];
    let answer = web.get(&url, &headers).await.map_err(passing)?;
    match (answer.status, StaticData::parse(&answer.body)) {
        (200, Ok(facts)) => Ok(facts),
        (200, Err(StaticError::Expired)) | (401 | 403, _) => Err(EntryFault::Final(EndReason::SessionExpired)),
        (500.., _) => Err(EntryFault::Passing(EndReason::Unreachable)),
        _ => Err(EntryFault::Final(EndReason::Version)),
    }
}

/// STUN and TURN servers; a class without any is still tried.
async fn stuns(web: &Web, client: &ClientUrl) -> IceServers {
    let Ok(answer) = web.get(&client.stuns(), &[]).await else { return IceServers::default() };
    let Ok(list) = Stuns::parse(&answer.body) else {
        tracing::warn!("list of relays not understood");
        return IceServers::default();
    };
    IceServers {
        stun: list.stun.into_iter().map(|server| server.url).collect(),
        turn: list
            .turn
            .into_iter()
            .map(|server| TurnServer {
                url: server.url,
                username: server.username.into_string(),
                password: server.password.into_string(),
            })
            .collect(),
        relay_only: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_from_a_server_is_encrypted_or_on_this_machine() {
        for good in ["wss://bbb.example.org/graphql", "https://bbb.example.org/api/rest", "ws://127.0.0.1:8090/graphql"]
        {
            assert!(reachable(good), "{good}");
        }
        for bad in ["ws://bbb.example.org/graphql", "http://bbb.example.org/", "file:///etc/passwd", "wsx", ""] {
            assert!(!reachable(bad), "{bad}");
        }
    }

    #[test]
    fn the_signalling_address_carries_the_token_and_debug_output_does_not() {
        let session = Session::example();
        assert!(session.sfu_ws().ends_with("sessionToken=ai1wqj8wb6s7rnk0"));
        assert!(!format!("{:?}", session.client_url).contains("ai1wqj8wb6s7rnk0"));
        assert_eq!(session.host(), "bbb.example.org");
    }
}
