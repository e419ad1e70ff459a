//! One signalling socket and the legs on it.

use super::words::{Heard, Words};
use super::{LineId, Order};
use crate::bridge::Shared;
use crate::{clock, control};
use engine::{LegError, LegFailure, LegState};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use meeting::{LegEvent, LegFault, LegKind};
use protocol::ids::LegId;
use reqwest_websocket::{CloseCode, Message, Upgrade, WebSocket};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Time for the socket to open (`media.md` §1.4: 4 s in the browser; a slow line gets more).
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// `{"id":"ping"}` this often (`media.md` §1.2).
const PING_EVERY: Duration = Duration::from_secs(15);
/// A socket silent for longer than this is dead: three pings went unanswered.
const DEAD_AFTER: Duration = Duration::from_secs(48);

/// A leg from order to `Up` or `Down`.
struct Leg {
    kind: LegKind,
    up: bool,
    deadline: Option<Instant>,
}

/// What the engine made of a session description.
struct Described {
    leg: LegId,
    result: Result<Option<String>, LegError>,
}

/// Runs until the socket ends or, for a line of one leg, until that leg is closed.
pub(super) async fn run(shared: Shared, id: LineId, audio_session: u32, mut inbox: mpsc::Receiver<Order>) {
    let opened = open(&shared).await;
    let (described, results) = mpsc::channel(64);
    let words = Words::new(Arc::clone(&shared.session), id, audio_session);
    let mut line =
        Line { shared, words, legs: HashMap::new(), described, single: id != LineId::Cameras, started: false };
    match opened {
        Some(socket) => line.serve(socket, &mut inbox, results).await,
        None => inbox.close(),
    }
    // Whatever was ordered meanwhile has no socket either.
    inbox.close();
    while let Some(order) = inbox.recv().await {
        match order {
            Order::Open(leg, kind) => {
                line.legs.insert(leg, Leg { kind, up: false, deadline: None });
            }
            Order::Close(leg) => {
                line.forget(leg);
            }
            Order::Engine(..) => {}
        }
    }
    for leg in line.legs.keys().copied().collect::<Vec<_>>() {
        line.down(leg, LegFault::Signalling).await;
    }
}

async fn open(shared: &Shared) -> Option<WebSocket> {
    let upgrade =
        async { shared.web.http().get(shared.session.sfu_ws()).upgrade().send().await?.into_websocket().await };
    match tokio::time::timeout(OPEN_WITHIN, upgrade).await {
        Ok(Ok(socket)) => Some(socket),
        Ok(Err(error)) => {
            tracing::info!(kind = %control::kind(&error), "media socket not opened");
            None
        }
        Err(_) => None,
    }
}

struct Line {
    shared: Shared,
    words: Words,
    legs: HashMap<LegId, Leg>,
    described: mpsc::Sender<Described>,
    /// For one leg only: it ends with that leg.
    single: bool,
    started: bool,
}

impl Line {
    async fn serve(
        &mut self,
        socket: WebSocket,
        inbox: &mut mpsc::Receiver<Order>,
        mut results: mpsc::Receiver<Described>,
    ) {
        let (mut out, mut incoming): (SplitSink<WebSocket, Message>, SplitStream<WebSocket>) = socket.split();
        let mut ping = tokio::time::interval(PING_EVERY);
        let mut heard = clock::now();
        let mut texts = Vec::new();
        loop {
            let deadline = self.legs.values().filter_map(|leg| leg.deadline).min();
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => {
                        if !self.order(order, &mut texts).await {
                            let close = Message::Close { code: CloseCode::Normal, reason: String::new() };
                            // Closing is the goodbye of this protocol; if it does not go out, the socket is gone anyway.
                            let _ = out.send(close).await;
                            return;
                        }
                    }
                    None => return,
                },
                Some(described) = results.recv() => self.described(described, &mut texts).await,
                message = incoming.next() => {
                    heard = clock::now();
                    match message {
                        Some(Ok(Message::Text(text))) => self.heard(&text).await,
                        Some(Ok(Message::Close { .. }) | Err(_)) | None => return,
                        Some(Ok(_)) => {}
                    }
                }
                _ = ping.tick() => {
                    if clock::now().duration_since(heard) > DEAD_AFTER {
                        return;
                    }
                    texts.push(Words::ping());
                }
                () = until(deadline) => self.overdue(&mut texts).await,
            }
            for text in texts.drain(..) {
                if out.send(Message::Text(text)).await.is_err() {
                    return;
                }
            }
            if self.single && self.started && self.legs.is_empty() {
                // Its only leg is down: closing the socket is what ends the session on the server.
                let _ = out.send(Message::Close { code: CloseCode::Normal, reason: String::new() }).await;
                return;
            }
        }
    }

    /// `false` when the line has nothing more to do.
    async fn order(&mut self, order: Order, texts: &mut Vec<String>) -> bool {
        match order {
            Order::Open(leg, kind) => {
                let deadline = Some(clock::now() + patience(&kind));
                self.started = true;
                if matches!(kind, LegKind::CameraSend { .. } | LegKind::ScreenSend { .. }) {
                    self.describe(leg, &kind, None);
                } else {
                    texts.push(self.words.start(leg, &kind, None));
                }
                self.legs.insert(leg, Leg { kind, up: false, deadline });
            }
            Order::Close(leg) => {
                if let Some(known) = self.forget(leg) {
                    texts.extend(Words::stop(&known.kind));
                }
                return !self.single;
            }
            Order::Engine(leg, state) => self.engine(leg, state, texts).await,
        }
        true
    }

    async fn engine(&mut self, leg: LegId, state: LegState, texts: &mut Vec<String>) {
        let Some(known) = self.legs.get_mut(&leg) else { return };
        match state {
            LegState::Connected => {
                known.deadline = None;
                known.up = true;
                self.shared.tell(leg, LegEvent::Up).await;
            }
            LegState::Wavering => self.shared.tell(leg, LegEvent::Wavering).await,
            LegState::Down(failure) => {
                let fault = match failure {
                    LegFailure::Ice | LegFailure::Relay(_) => LegFault::Ice,
                    LegFailure::Dtls => LegFault::Dtls,
                    LegFailure::Sdp => LegFault::Sdp,
                };
                self.give_up(leg, fault, texts).await;
            }
        }
    }

    async fn heard(&mut self, text: &str) {
        match self.words.understand(text) {
            Heard::Description { leg, sdp } => {
                let Some(known) = self.legs.get(&leg) else { return };
                let kind = known.kind.clone();
                self.describe(leg, &kind, Some(sdp));
            }
            Heard::Refused { legs, code } => {
                for leg in legs {
                    self.down(leg, LegFault::Server(code)).await;
                }
            }
            Heard::Nothing => {}
            Heard::NotUnderstood => tracing::warn!(bytes = text.len(), "media message dropped"),
        }
    }

    /// Asks the engine for our description, without waiting here. With the server's words in `remote`, a leg that
    /// offered gets them as its answer, every other answers them.
    fn describe(&self, leg: LegId, kind: &LegKind, remote: Option<String>) {
        let (engine, spec, described) =
            (self.shared.engine.clone(), self.shared.spec(leg, kind), self.described.clone());
        let offered = matches!(kind, LegKind::CameraSend { .. } | LegKind::ScreenSend { .. });
        tokio::spawn(async move {
            let result = match remote {
                None => engine.offer(spec).await.map(Some),
                Some(answer) if offered => engine.accept(leg.0, &answer).await.map(|()| None),
                Some(offer) => engine.answer(spec, &offer).await.map(Some),
            };
            // The line is gone: so is the leg.
            let _ = described.send(Described { leg, result }).await;
        });
    }

    async fn described(&mut self, described: Described, texts: &mut Vec<String>) {
        let leg = described.leg;
        let Some(known) = self.legs.get(&leg) else {
            self.shared.engine.close(leg.0);
            return;
        };
        match described.result {
            Ok(None) => {}
            Ok(Some(sdp)) if matches!(known.kind, LegKind::CameraSend { .. } | LegKind::ScreenSend { .. }) => {
                texts.push(self.words.start(leg, &known.kind, Some(sdp)));
            }
            Ok(Some(sdp)) => texts.push(self.words.answer(&known.kind, sdp)),
            Err(LegError::Closed) => tracing::debug!("leg closed while it was described"),
            Err(LegError::Sdp) => self.give_up(leg, LegFault::Sdp, texts).await,
            Err(LegError::Network) => self.give_up(leg, LegFault::Ice, texts).await,
        }
    }

    async fn overdue(&mut self, texts: &mut Vec<String>) {
        let now = clock::now();
        let late = |leg: &Leg| leg.deadline.is_some_and(|deadline| deadline <= now);
        for leg in self.legs.iter().filter(|(_, leg)| late(leg)).map(|(id, _)| *id).collect::<Vec<_>>() {
            self.give_up(leg, LegFault::Timeout, texts).await;
        }
    }

    /// Ends a leg on our side, telling the server where that is possible.
    async fn give_up(&mut self, leg: LegId, fault: LegFault, texts: &mut Vec<String>) {
        if let Some(known) = self.legs.get(&leg) {
            texts.extend(Words::stop(&known.kind));
        }
        self.down(leg, fault).await;
    }

    async fn down(&mut self, leg: LegId, fault: LegFault) {
        if self.forget(leg).is_some() {
            self.shared.tell(leg, LegEvent::Down(fault)).await;
        }
    }

    fn forget(&mut self, leg: LegId) -> Option<Leg> {
        self.words.forget(leg);
        self.shared.engine.close(leg.0);
        self.legs.remove(&leg)
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// From order to connection (`media.md` §7.4).
fn patience(kind: &LegKind) -> Duration {
    match kind {
        LegKind::Audio { .. } => Duration::from_secs(15),
        LegKind::ScreenSend { .. } | LegKind::ScreenView => Duration::from_secs(20),
        LegKind::CameraSend { .. } | LegKind::CameraView { .. } => Duration::from_secs(30),
    }
}
