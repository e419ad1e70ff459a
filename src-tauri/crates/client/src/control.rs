//! The control socket: GraphQL over one WebSocket (`session.md` §3).
//!
//! All rules of the wire are in [`protocol::graphql::Session`]; this moves text in and out of it, notices silence, and
//! says once when the socket is gone.

use crate::clock;
use crate::entry::Session;
use crate::hub::Report;
use crate::web::Web;
use futures_util::{SinkExt, StreamExt};
use meeting::{ControlFault, Input, MutationRefusal};
use protocol::graphql::{self, Feed, Init, Mutation, SessionEvent};
use protocol::ids::MutationId;
use reqwest_websocket::{CloseCode, Message, Upgrade, WebSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Orders on their way to the socket; the core's bursts are smaller.
const ORDERS: usize = 512;
/// Time for TCP, TLS, upgrade and `connection_ack` (`session.md` §3.2: "up to some seconds").
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// Silence after which the connection is not called good any more (`session.md` §3.6).
const SILENCE: Duration = Duration::from_secs(15);

/// What the core wants of the control socket.
pub(crate) enum Order {
    Open(Feed),
    Close(Feed),
    Mutate(MutationId, Mutation),
}

/// An open (or opening) control socket.
pub(crate) struct Control {
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

impl Control {
    /// Passes an order; one that does not fit any more is dropped and logged.
    pub(crate) fn order(&self, order: Order) {
        if self.orders.try_send(order).is_err() {
            tracing::warn!("control socket is behind, order dropped");
        }
    }

    /// For orders that come later; it does not keep the socket open.
    pub(crate) fn orders(&self) -> mpsc::WeakSender<Order> {
        self.orders.downgrade()
    }

    /// Sends what is queued, closes with 1000 and waits for it, at most `patience`.
    pub(crate) async fn close(self, patience: Duration) {
        drop(self.orders);
        let mut task = self.task;
        if tokio::time::timeout(patience, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Opens the control socket; reports go out under `tag` (class, socket).
pub(crate) fn open(
    web: Web,
    session: Arc<Session>,
    client_session: String,
    reports: mpsc::Sender<Report>,
    tag: (u64, u64),
) -> Control {
    let (orders, inbox) = mpsc::channel(ORDERS);
    let task = tokio::spawn(async move {
        let mut driver = Driver { reports, tag, silent: false, rejected: None };
        let fault = match connect(&web, &session).await {
            Some(socket) => {
                let init = Init { token: session.token.clone(), client_session };
                driver.run(socket, graphql::Session::new(init), inbox).await
            }
            None => Some(ControlFault::Broken),
        };
        if let Some(fault) = fault {
            driver.tell(Input::ControlDown(fault)).await;
        }
    });
    Control { orders, task }
}

async fn connect(web: &Web, session: &Session) -> Option<WebSocket> {
    let upgrade = async {
        let request = web.http().get(&session.graphql_ws).upgrade().protocols(["graphql-transport-ws"]);
        request.send().await?.into_websocket().await
    };
    match tokio::time::timeout(OPEN_WITHIN, upgrade).await {
        Ok(Ok(socket)) => Some(socket),
        Ok(Err(error)) => {
            tracing::info!(kind = %kind(&error), "control socket not opened");
            None
        }
        Err(_) => None,
    }
}

/// The kind of failure without the address, which carries the token on some paths.
pub(crate) fn kind(error: &reqwest_websocket::Error) -> &'static str {
    match error {
        reqwest_websocket::Error::Handshake(_) => "handshake",
        reqwest_websocket::Error::Reqwest(error) if error.is_connect() => "connect",
        reqwest_websocket::Error::Reqwest(error) if error.is_timeout() => "timeout",
        reqwest_websocket::Error::Reqwest(_) => "http",
        _ => "websocket",
    }
}

struct Driver {
    reports: mpsc::Sender<Report>,
    tag: (u64, u64),
    silent: bool,
    rejected: Option<String>,
}

impl Driver {
    /// `None` when we closed it ourselves.
    async fn run(
        &mut self,
        socket: WebSocket,
        mut wire: graphql::Session,
        mut orders: mpsc::Receiver<Order>,
    ) -> Option<ControlFault> {
        let (mut out, mut incoming) = socket.split();
        let broken = Some(ControlFault::Broken);
        if out.send(Message::Text(wire.hello())).await.is_err() {
            return broken;
        }
        let mut heard = clock::now();
        let mut events = Vec::new();
        loop {
            let quiet_at = if self.silent { heard + SILENCE * 4 } else { heard + SILENCE };
            tokio::select! {
                order = orders.recv() => {
                    let text = match order {
                        Some(Order::Open(feed)) => wire.open(feed),
                        Some(Order::Close(feed)) => wire.close(&feed),
                        Some(Order::Mutate(id, mutation)) => Some(wire.mutate(id, &mutation)),
                        None => {
                            let close = Message::Close { code: CloseCode::Normal, reason: String::new() };
                            // Leaving: whether the goodbye arrives does not matter any more.
                            let _ = out.send(close).await;
                            return None;
                        }
                    };
                    if let Some(text) = text
                        && out.send(Message::Text(text)).await.is_err()
                    {
                        return broken;
                    }
                }
                message = incoming.next() => {
                    heard = clock::now();
                    if std::mem::take(&mut self.silent) {
                        self.tell(Input::ControlSilent(false)).await;
                    }
                    match message {
                        Some(Ok(Message::Text(text))) => wire.receive(&text, &mut events),
                        Some(Ok(Message::Close { code, .. })) => return Some(self.closed(u16::from(code))),
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return Some(self.closed(0)),
                    }
                    for event in events.drain(..) {
                        if let Some(text) = self.event(event).await
                            && out.send(Message::Text(text)).await.is_err()
                        {
                            return broken;
                        }
                    }
                }
                () = tokio::time::sleep_until(quiet_at.into()) => {
                    if self.silent {
                        // The middleware pings every few seconds; after a minute of silence nothing is there any more.
                        return broken;
                    }
                    self.silent = true;
                    self.tell(Input::ControlSilent(true)).await;
                }
            }
        }
    }

    fn closed(&mut self, code: u16) -> ControlFault {
        match self.rejected.take() {
            Some(message_id) => ControlFault::Refused { message_id },
            None if code == 4403 => ControlFault::Refused { message_id: String::new() },
            None => ControlFault::Broken,
        }
    }

    /// Passes an event on; returns what has to be sent because of it.
    async fn event(&mut self, event: SessionEvent) -> Option<String> {
        match event {
            SessionEvent::Ready => self.tell(Input::ControlUp).await,
            SessionEvent::Send(text) => return Some(text),
            SessionEvent::Data(data) => self.tell(Input::Feed(data)).await,
            SessionEvent::Refused(feed) => self.tell(Input::FeedRefused(feed)).await,
            SessionEvent::Mutated(id, result) => {
                self.tell(Input::Mutated(id, result.map_err(|_| MutationRefusal::Denied))).await;
            }
            SessionEvent::Rejected { message_id } => self.rejected = Some(message_id),
            SessionEvent::Dropped(reason) => tracing::warn!(?reason, "control message dropped"),
            SessionEvent::Heard => {}
        }
        None
    }

    async fn tell(&self, input: Input) {
        let (class, socket) = self.tag;
        // The hub is gone only when the application stops.
        let _ = self.reports.send(Report::Control { class, socket, input: Box::new(input) }).await;
    }
}
