//! A bare client: just HTTP, WebSocket text and a stock WebRTC peer, so that these tests speak
//! the wire as the documents have it and not as our own client does.

#![allow(dead_code, unreachable_pub, missing_debug_implementations, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a broken step of a test is a failed test")]

pub mod peer;

use std::collections::BTreeMap;
use std::time::Duration;

use classroom::{Classroom, ClassroomConfig, Role};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const PATIENCE: Duration = Duration::from_secs(10);

pub async fn class(config: ClassroomConfig) -> Classroom {
    Classroom::start(config).await.unwrap()
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Somebody who followed a join link.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub origin: String,
    pub token: String,
    pub cookie: String,
}

/// Follows a join link to the client page.
pub async fn follow(url: &str) -> Ticket {
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let location = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(location.path(), "/html5client/");
    let token = location.query_pairs().find(|(key, _)| key == "sessionToken").unwrap().1.into_owned();
    Ticket { origin: location.origin().ascii_serialization(), token, cookie }
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub async fn open(url: &str, cookie: Option<&str>, protocol: Option<&str>) -> Result<Socket, u16> {
    let mut request = url.into_client_request().unwrap();
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((stream, _)) => Ok(Socket { stream, kept: Vec::new() }),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// A WebSocket of JSON texts.
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    kept: Vec<Value>,
}

impl Socket {
    pub async fn send(&mut self, value: &Value) {
        self.stream.send(Message::text(value.to_string())).await.unwrap();
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// The next message that is no keep-alive; a close arrives as `{"close": code}`.
    pub async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.next_now()).await.expect("no message in time")
    }

    async fn next_now(&mut self) -> Value {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
                    if value["type"] != "ping" {
                        return value;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return json!({ "close": frame.map_or(1005, |frame| u16::from(frame.code)) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "close": 1006 }),
            }
        }
    }

    /// The next message that fits; others are kept for later calls.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&fits) {
            return self.kept.remove(at);
        }
        let wait = async {
            loop {
                let value = self.next_now().await;
                if fits(&value) {
                    return value;
                }
                assert!(value.get("close").is_none(), "closed while waiting for {what}: {value}");
                self.kept.push(value);
            }
        };
        let waited = timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("no {what} in time; kept: {:#?}", self.kept))
    }

    /// Nothing that fits comes within this time.
    pub async fn silent(&mut self, time: Duration, fits: impl Fn(&Value) -> bool) -> bool {
        if self.kept.iter().any(&fits) {
            return false;
        }
        let wait = async {
            loop {
                let value = self.next_now().await;
                if fits(&value) {
                    return;
                }
                if value.get("close").is_some() {
                    std::future::pending::<()>().await;
                }
                self.kept.push(value);
            }
        };
        timeout(time, wait).await.is_err()
    }

    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
    }
}

impl Ticket {
    fn socket(&self, path: &str) -> String {
        format!("{}{path}", self.origin.replacen("http", "ws", 1))
    }

    pub async fn graphql(&self) -> Result<Socket, u16> {
        open(&self.socket("/graphql"), Some(&self.cookie), Some("graphql-transport-ws")).await
    }

    pub async fn sfu(&self) -> Socket {
        open(&self.socket(&format!("/bbb-webrtc-sfu?sessionToken={}", self.token)), Some(&self.cookie), None)
            .await
            .unwrap()
    }

    pub fn init(&self) -> Value {
        json!({ "type": "connection_init", "payload": { "headers": {
            "X-Session-Token": self.token,
            "X-ClientSessionUUID": "0f3f2a52-2a0b-4c3e-9c6f-1f3a7e5d1b11",
            "X-ClientType": "HTML5",
            "X-ClientIsMobile": "false",
        } } })
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = http().get(format!("{}{path}", self.origin)).header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

pub fn subscribe(id: &str, name: &str, query: &str, variables: &Value) -> Value {
    json!({ "id": id, "type": "subscribe", "payload": {
        "operationName": name, "variables": variables, "extensions": {}, "query": query } })
}

/// A mutation text in the form every client uses.
pub fn mutation(id: &str, name: &str, arguments: &Value) -> String {
    let arguments = arguments.as_object().unwrap();
    let list: Vec<String> = arguments.keys().map(|key| format!("{key}: ${key}")).collect();
    let declared: Vec<String> = arguments.keys().map(|key| format!("${key}: String")).collect();
    let parens = |parts: Vec<String>| if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
    let query = format!("mutation M{} {{ {name}{} }}", parens(declared), parens(list));
    subscribe(id, "M", &query, &Value::Object(arguments.clone())).to_string()
}

/// Somebody in the class, with one control socket.
#[derive(Debug)]
pub struct Person {
    pub ticket: Ticket,
    pub socket: Socket,
    pub id: String,
    next: u32,
    bases: BTreeMap<String, Value>,
}

const ME: &str = "subscription Patched_userCurrentSubscription { user_current { userId authToken guestStatus joined joinErrorCode loggedOut ejected ejectReasonCode meeting { ended endedReasonCode } } }";

impl Person {
    /// Comes as far as the acknowledged control socket and the first row about themselves.
    pub async fn arrive(url: &str) -> Self {
        let ticket = follow(url).await;
        let mut socket = ticket.graphql().await.unwrap();
        socket.send(&ticket.init()).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        let mut person = Self { ticket, socket, id: String::new(), next: 0, bases: BTreeMap::new() };
        let me = subscribe("me", "Patched_userCurrentSubscription", ME, &json!({}));
        person.socket.send(&me).await;
        let row = person.rows("me", "user_current", |rows| rows[0].is_object()).await;
        person.id = row[0]["userId"].as_str().unwrap().to_owned();
        person
    }

    /// Comes into the class.
    pub async fn join(class: &Classroom, name: &str, role: Role) -> Self {
        let mut person = Self::arrive(&class.join_url(name, role)).await;
        let auth = person.bases["me"][0]["authToken"].clone();
        person
            .act("userJoinMeeting", json!({ "authToken": auth, "clientType": "HTML5", "clientIsMobile": false }))
            .await;
        person.rows("me", "user_current", |rows| rows[0]["joined"] == true).await;
        person
    }

    pub async fn open(&mut self, id: &str, name: &str, query: &str, variables: Value) {
        self.socket.send(&subscribe(id, name, query, &variables)).await;
    }

    /// Runs a mutation; an error is its message.
    pub async fn try_act(&mut self, name: &str, arguments: Value) -> Result<(), String> {
        self.next += 1;
        let id = format!("mutation-{}", self.next);
        self.socket.send_text(&mutation(&id, name, &arguments)).await;
        let answer = self.socket.until("mutation answer", |value| value["id"] == id.as_str()).await;
        self.socket.until("completion", |value| value["id"] == id.as_str() && value["type"] == "complete").await;
        match answer["type"].as_str() {
            Some("next") => {
                assert_eq!(answer["payload"]["data"][name], true);
                Ok(())
            }
            _ => Err(answer["payload"][0]["message"].as_str().unwrap_or_default().to_owned()),
        }
    }

    pub async fn act(&mut self, name: &str, arguments: Value) {
        self.try_act(name, arguments).await.unwrap();
    }

    /// Waits until the rows of a subscription fit; applies patches on the way.
    pub async fn rows(&mut self, id: &str, root: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(base) = self.bases.get(id)
            && fits(base)
        {
            return base.clone();
        }
        loop {
            let what = format!("rows of {id}");
            let message = self.socket.until(&what, |value| value["id"] == id).await;
            assert_eq!(message["type"], "next", "{message}");
            let data = &message["payload"]["data"];
            let rows = match data.get("patch") {
                Some(patch) => {
                    assert_eq!(data[root], json!([]), "the placeholder of a patch is empty");
                    let mut base = self.bases[id].clone();
                    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
                    json_patch::patch(&mut base, &patch).unwrap();
                    base
                }
                None => data[root].clone(),
            };
            self.bases.insert(id.to_owned(), rows.clone());
            if fits(&rows) {
                return rows;
            }
        }
    }
}
