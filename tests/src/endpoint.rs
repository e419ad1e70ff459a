//! One person at the practice server with an engine and nothing else: signs in, and carries session descriptions between
//! the engine and the media endpoint (`media.md` §2 and §4), so that a test may change them on their way.

use crate::place::eventually;
use classroom::{Classroom, Role};
use devices::{SyntheticSet, SystemDevices};
use engine::{Engine, EngineConfig, EngineEvent, FrameSink, LegSpec, LegState};
use futures_util::{SinkExt, StreamExt};
use media::I420;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use xtask::trouble::{Outcome, Trouble};

/// How long anything may take on a machine under load.
pub const PATIENCE: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Nowhere;

impl FrameSink for Nowhere {
    fn deliver(&self, _: u32, _: Arc<I420>, _: u32) -> bool {
        true
    }
}

/// A person in class.
pub struct Endpoint {
    /// What sends and receives.
    pub engine: Engine,
    events: mpsc::Receiver<EngineEvent>,
    user: String,
    origin: String,
    token: String,
    cookie: String,
    control: Socket,
    media: Vec<Socket>,
}

fn trouble(what: &str) -> impl Fn(&dyn std::fmt::Display) -> Trouble {
    move |error| Trouble::new(format!("{what}: {error}"))
}

async fn open(url: &str, cookie: &str, protocol: Option<&str>) -> Outcome<Socket> {
    let failed = trouble("no socket to the practice server");
    let mut request = url.into_client_request().map_err(|e| failed(&e))?;
    let headers = request.headers_mut();
    headers.insert("cookie", cookie.parse().map_err(|_| Trouble::new("the cookie is no header"))?);
    if let Some(protocol) = protocol {
        headers.insert("sec-websocket-protocol", protocol.parse().map_err(|_| Trouble::new("no protocol"))?);
    }
    connect_async(request).await.map(|(socket, _)| socket).map_err(|e| failed(&e))
}

async fn say(socket: &mut Socket, value: &Value) -> Outcome<()> {
    socket.send(Message::text(value.to_string())).await.map_err(|e| trouble("the socket is gone")(&e))
}

/// The next message that fits; others are passed over.
async fn until(socket: &mut Socket, what: &str, fits: impl Fn(&Value) -> bool) -> Outcome<Value> {
    let wait = async {
        while let Some(Ok(message)) = socket.next().await {
            let value = message.to_text().ok().and_then(|text| serde_json::from_str::<Value>(text).ok());
            if let Some(value) = value.filter(&fits) {
                return Ok(value);
            }
        }
        Err(Trouble::new(format!("the socket closed before {what}")))
    };
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| Trouble::new(format!("waited in vain for {what}")))?
}

const ME: &str = "subscription Patched_userCurrentSubscription { user_current { userId authToken guestStatus joined joinErrorCode loggedOut ejected ejectReasonCode meeting { ended endedReasonCode } } }";

impl Endpoint {
    /// Comes into the class as `name`, with these synthetic devices.
    ///
    /// # Errors
    /// A step failed, or took too long.
    pub async fn join(class: &Classroom, name: &str, devices: &str) -> Outcome<Self> {
        let mut set: SyntheticSet = devices.parse().map_err(|e| trouble("synthetic devices")(&e))?;
        set.first = true;
        let config = EngineConfig { devices: Arc::new(SystemDevices::with_synthetic(set)), frames: Arc::new(Nowhere) };
        let (engine, events) = Engine::start(config).map_err(|e| trouble("no engine")(&e))?;

        let failed = trouble("joining failed");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let answer = http.map_err(|e| failed(&e))?.get(class.join_url(name, Role::Moderator)).send().await;
        let answer = answer.map_err(|e| failed(&e))?;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned).ok_or_else(|| Trouble::new(format!("no {name} after joining")))
        };
        let (cookie, location) = (header("set-cookie")?, header("location")?);
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let token = location.split("sessionToken=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        let origin = location.split("/html5client").next().unwrap_or_default().replacen("http", "ws", 1);
        let mut control = open(&format!("{origin}/graphql"), &cookie, Some("graphql-transport-ws")).await?;
        say(
            &mut control,
            &json!({ "type": "connection_init", "payload": { "headers": {
                "X-Session-Token": token, "X-ClientType": "HTML5", "X-ClientIsMobile": "false",
                "X-ClientSessionUUID": "0f3f2a52-2a0b-4c3e-9c6f-1f3a7e5d1b11",
            } } }),
        )
        .await?;
        until(&mut control, "the acknowledgement", |value| value["type"] == "connection_ack").await?;
        say(&mut control, &order("me", "subscription", "Patched_userCurrentSubscription", ME, &json!({}))).await?;
        let me = until(&mut control, "the own row", |value| value["id"] == "me").await?;
        let me = &me["payload"]["data"]["user_current"][0];
        let text = |name: &str| me[name].as_str().unwrap_or_default().to_owned();
        let (user, auth) = (text("userId"), text("authToken"));
        let join = "mutation M($authToken: String!, $clientType: String!, $clientIsMobile: Boolean!) { userJoinMeeting(authToken: $authToken, clientType: $clientType, clientIsMobile: $clientIsMobile) }";
        let who = json!({ "authToken": auth, "clientType": "HTML5", "clientIsMobile": false });
        say(&mut control, &order("join", "mutation", "M", join, &who)).await?;
        until(&mut control, "being in class", |value| value["id"] == "join" && value["type"] == "complete").await?;
        let token = token.to_owned();
        Ok(Self { engine, events, user, origin, token, cookie, control, media: Vec::new() })
    }

    async fn sfu(&self) -> Outcome<Socket> {
        open(&format!("{}/bbb-webrtc-sfu?sessionToken={}", self.origin, self.token), &self.cookie, None).await
    }

    /// Offers own camera; `on_its_way` may change the server's answer.
    ///
    /// # Errors
    /// A step failed, or took too long.
    pub async fn send_camera(&mut self, leg: LegSpec, kbps: u32, on_its_way: impl Fn(&str) -> String) -> Outcome<()> {
        let mut socket = self.sfu().await?;
        let id = leg.id;
        let offer = self.engine.offer(leg).await.map_err(|e| trouble("no offer")(&e))?;
        let stream = format!("{}_0f3f2a52_cam{id}", self.user);
        say(
            &mut socket,
            &json!({ "id": "start", "type": "video", "cameraId": stream, "role": "share",
                     "sdpOffer": offer, "bitrate": kbps, "record": true }),
        )
        .await?;
        let answer = until(&mut socket, "the answer", |value| value["id"] == "startResponse").await?;
        let answer = on_its_way(answer["sdpAnswer"].as_str().unwrap_or_default());
        self.media.push(socket);
        self.engine.accept(id, &answer).await.map_err(|e| trouble("the answer is refused")(&e))
    }

    /// Answers the server's offer of sound; `on_its_way` may change that.
    ///
    /// # Errors
    /// A step failed, or took too long.
    pub async fn speak(&mut self, leg: LegSpec, on_its_way: impl Fn(&str) -> String) -> Outcome<()> {
        let mut socket = self.sfu().await?;
        say(
            &mut socket,
            &json!({ "id": "start", "type": "audio", "role": "sendrecv", "clientSessionNumber": 1,
                     "extension": null, "transparentListenOnly": true }),
        )
        .await?;
        let offer = until(&mut socket, "the offer", |value| value["id"] == "startResponse").await?;
        let offer = on_its_way(offer["sdpAnswer"].as_str().unwrap_or_default());
        let answer = self.engine.answer(leg, &offer).await.map_err(|e| trouble("the offer is refused")(&e))?;
        say(&mut socket, &json!({ "id": "subscriberAnswer", "type": "audio", "role": "sendrecv", "sdpOffer": answer }))
            .await?;
        self.media.push(socket);
        Ok(())
    }

    /// What became of this leg: connected or down, whichever comes first.
    ///
    /// # Errors
    /// Neither within a minute.
    pub async fn outcome(&mut self, leg: u32) -> Outcome<LegState> {
        let wait = async {
            while let Some(event) = self.events.recv().await {
                if let EngineEvent::Leg { id, state } = event
                    && id == leg
                    && state != LegState::Wavering
                {
                    return Ok(state);
                }
            }
            Err(Trouble::new("the engine has ended"))
        };
        tokio::time::timeout(PATIENCE, wait).await.map_err(|_| Trouble::new("nothing became of the leg"))?
    }

    /// Waits until the engine's figures are so.
    ///
    /// # Errors
    /// They are not within a minute.
    pub async fn until(&self, what: &str, so: impl Fn(&engine::EngineStats) -> bool) -> Outcome<()> {
        eventually(what, PATIENCE, async || so(&self.engine.stats()).then_some(())).await
    }

    /// Leaves. Says whether every thread of the engine ended in time.
    pub async fn leave(mut self) -> bool {
        // The server notices whoever is gone by itself.
        let _ = self.control.close(None).await;
        let engine = self.engine;
        tokio::task::spawn_blocking(move || engine.shutdown()).await.unwrap_or(false)
    }
}

fn order(id: &str, kind: &str, name: &str, query: &str, variables: &Value) -> Value {
    debug_assert!(query.starts_with(kind));
    json!({ "id": id, "type": "subscribe", "payload": {
        "operationName": name, "variables": variables, "extensions": {}, "query": query } })
}
