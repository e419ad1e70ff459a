//! One signalling WebSocket: routing by `type`, keep-alive, and what ends with it
//! (protocol/media.md §1).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::router::Order;
use super::sdp::{self, Ours};
use super::switchboard::Switchboard;
use super::transport::TransportId;
use super::{audio, screen, video};
use crate::classroom::stopped;
use crate::room::RoomEvent;

/// How long one message may take to leave before the client counts as gone.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// The keep-alive timer.
const CHECK: Duration = Duration::from_secs(20);
/// A client that opens more sessions on one socket is refused.
const SESSIONS: usize = 200;

/// The three modules behind one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Module {
    Video,
    Screen,
    Audio,
}

/// What a socket has started. `share` distinguishes publishing from viewing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) module: Module,
    pub(super) share: bool,
    pub(super) stream: String,
}

pub(super) enum Session {
    Video(video::Session),
    Screen(screen::Session),
    Audio(audio::Session),
}

/// One signalling socket's memory.
pub(super) struct Client {
    pub(super) board: Arc<Switchboard>,
    pub(super) user: String,
    pub(super) sessions: HashMap<Key, Session>,
    pub(super) completed: mpsc::Sender<TransportId>,
    first: Option<Module>,
    outbox: Vec<Value>,
    /// The server ends this socket.
    pub(super) closing: bool,
}

impl Client {
    pub(super) fn say(&mut self, message: Value) {
        self.outbox.push(message);
    }

    pub(super) async fn order(&self, order: Order) {
        // The wire ends only with the server.
        let _ = self.board.orders().send(order).await;
    }

    /// Opens a path on the media port; the answer is its id, ufrag and password.
    pub(super) async fn open_transport(&self) -> (TransportId, String, String) {
        let id = self.board.id();
        let (ufrag, pwd) = (crate::room::random_text(16), crate::room::random_text(32));
        self.order(Order::Open { id, ufrag: ufrag.clone(), pwd: pwd.clone(), completed: self.completed.clone() }).await;
        (id, ufrag, pwd)
    }

    pub(super) fn write_sdp(&self, ufrag: &str, pwd: &str, setup: &'static str, sections: &[Ours]) -> String {
        let wire = &self.board.wire;
        let transport = sdp::Transport { ufrag, pwd, port: wire.port, fingerprint: &wire.identity.fingerprint, setup };
        sdp::write(&transport, sections)
    }

    pub(super) fn may_start(&self) -> bool {
        self.sessions.len() < SESSIONS
    }

    /// Ends one session and whatever the class knows of it.
    pub(super) async fn end(&mut self, key: &Key) {
        match self.sessions.remove(key) {
            Some(Session::Video(session)) => video::end(self, session).await,
            Some(Session::Screen(session)) => screen::end(self, session).await,
            Some(Session::Audio(session)) => audio::end(self, session).await,
            None => {}
        }
    }

    async fn received(&mut self, text: &str) {
        let Ok(message) = serde_json::from_str::<Value>(text) else { return };
        match message["id"].as_str() {
            Some("ping") => return self.say(json!({ "id": "pong" })),
            Some("close") => return,
            _ => {}
        }
        let module = match message["type"].as_str() {
            Some("video") => Module::Video,
            Some("screenshare") => Module::Screen,
            Some("audio") => Module::Audio,
            _ => return,
        };
        self.first.get_or_insert(module);
        match module {
            Module::Video => video::message(self, &message).await,
            Module::Screen => screen::message(self, &message).await,
            Module::Audio => audio::message(self, &message).await,
        }
    }

    async fn ice_completed(&mut self, id: TransportId) {
        let found = self.sessions.iter().find(|(_, session)| session.transport() == id).map(|(key, _)| key.clone());
        let Some(key) = found else { return };
        match self.sessions.get(&key) {
            Some(Session::Video(_)) => video::connected(self, &key),
            Some(Session::Screen(_)) => screen::connected(self, &key),
            Some(Session::Audio(_)) => audio::connected(self, &key),
            None => {}
        }
    }

    async fn event(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::Gone { user } if *user == self.user => self.closing = true,
            RoomEvent::Ended | RoomEvent::CutMedia => self.closing = true,
            RoomEvent::CameraDropped { stream } => {
                let key = Key { module: Module::Video, share: true, stream: stream.clone() };
                self.end(&key).await;
            }
            RoomEvent::ScreenDropped => {
                let key = Key { module: Module::Screen, share: true, stream: String::new() };
                if self.sessions.contains_key(&key) {
                    self.end(&key).await;
                    self.closing = true;
                }
            }
            RoomEvent::VoiceDropped { user } if *user == self.user => {
                let key = Key { module: Module::Audio, share: true, stream: String::new() };
                self.end(&key).await;
            }
            _ => {}
        }
    }
}

impl Session {
    fn transport(&self) -> TransportId {
        match self {
            Self::Video(session) => session.transport,
            Self::Screen(session) => session.transport,
            Self::Audio(session) => session.transport,
        }
    }
}

/// Serves one socket until it ends.
pub(crate) async fn serve(mut socket: WebSocket, board: Arc<Switchboard>, user: String) {
    let mut stopping = board.stopping.clone();
    let mut events = board.room.events();
    let (completed, mut completions) = mpsc::channel(64);
    let mut client =
        Client { board, user, completed, sessions: HashMap::new(), first: None, outbox: Vec::new(), closing: false };
    let mut heard = Instant::now();
    let mut doubted = false;
    let mut checks = interval(CHECK);
    checks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    checks.tick().await;
    'serving: loop {
        tokio::select! {
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => break,
                Some(Ok(Message::Text(text))) => {
                    heard = Instant::now();
                    client.received(&text).await;
                }
                Some(Ok(Message::Pong(_))) => {
                    heard = Instant::now();
                    doubted = false;
                }
                Some(Ok(_)) => heard = Instant::now(),
            },
            Some(id) = completions.recv() => client.ice_completed(id).await,
            event = events.recv() => match event {
                Ok(event) => client.event(&event).await,
                // What was missed is old news: the sessions end with the user at the latest.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            },
            _ = checks.tick() => {
                if doubted {
                    break;
                }
                if heard.elapsed() >= CHECK {
                    doubted = true;
                    if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                        break;
                    }
                }
            }
            () = stopped(&mut stopping) => break,
        }
        for message in std::mem::take(&mut client.outbox) {
            let sending = socket.send(Message::Text(message.to_string().into()));
            if !matches!(timeout(SEND_PATIENCE, sending).await, Ok(Ok(()))) {
                break 'serving;
            }
        }
        if client.closing {
            let _ = timeout(SEND_PATIENCE, socket.send(Message::Close(None))).await;
            break;
        }
    }
    // Only sessions of the first type end with the socket; others leak until the user goes.
    let first = client.first;
    let keys: Vec<Key> = client.sessions.keys().filter(|key| Some(key.module) == first).cloned().collect();
    for key in keys {
        client.end(&key).await;
    }
}
