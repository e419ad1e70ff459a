//! One control socket: `connection_init`, requests, subscriptions, pings, and how it ends
//! (protocol/session.md §3).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::operation::Schemas;
use super::subscription::{Connection, Reply};
use crate::classroom::stopped;
use crate::clock::unix_millis;
use crate::config::Quirks;
use crate::room::{Room, RoomEvent, Standing};

/// How long one message may take to leave before the client counts as gone.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// Everything a control socket needs to know.
pub(crate) struct Middleware {
    pub(crate) room: Room,
    pub(crate) schemas: Schemas,
    pub(crate) quirks: Quirks,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Why a socket is over.
enum End {
    /// Closed by us, with code and reason.
    Close(u16, &'static str),
    /// First the `-1` error, then a close.
    Reject(u16, &'static str),
    /// The other side went, or a test cut the line.
    Silent,
}

/// Serves one socket until it ends.
pub(crate) async fn serve(mut socket: WebSocket, middleware: Arc<Middleware>, cookies: Vec<String>) {
    let end = match admit(&mut socket, &middleware, &cookies).await {
        Ok((token, user)) => {
            let end = run(&mut socket, &middleware, &token, &user).await;
            middleware.room.change(|state| state.socket_closed(&token));
            end
        }
        Err(end) => end,
    };
    match end {
        End::Silent => {}
        End::Close(code, reason) => close(&mut socket, code, reason).await,
        End::Reject(code, message_id) => {
            let text = json!({
                "id": "-1", "type": "error",
                "payload": [{ "messageId": message_id, "message": message_id.replace('_', " ") }],
            });
            let _ = send(&mut socket, text.to_string()).await;
            close(&mut socket, code, message_id).await;
        }
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(SEND_PATIENCE, socket.send(Message::Close(Some(frame)))).await;
}

async fn send(socket: &mut WebSocket, text: String) -> Result<(), End> {
    match timeout(SEND_PATIENCE, socket.send(Message::Text(text.into()))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(End::Silent),
    }
}

/// Waits for `connection_init` and judges it. What comes before it is thrown away.
async fn admit(socket: &mut WebSocket, middleware: &Middleware, cookies: &[String]) -> Result<(String, String), End> {
    let mut stopping = middleware.stopping.clone();
    let init = loop {
        let message = tokio::select! {
            message = timeout(middleware.quirks.idle_timeout, socket.recv()) => message,
            () = stopped(&mut stopping) => return Err(End::Close(1001, "server stopped")),
        };
        match message {
            Err(_) => return Err(End::Close(1000, "idle timeout")),
            Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return Err(End::Silent),
            Ok(Some(Ok(Message::Text(text)))) => {
                if let Ok(value) = serde_json::from_str::<Value>(&text)
                    && value["type"] == "connection_init"
                {
                    break value;
                }
            }
            Ok(Some(Ok(_))) => {}
        }
    };
    let headers = &init["payload"]["headers"];
    let header = |name: &str| headers.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(token), Some(_), Some(_), Some(_)) =
        (header("X-Session-Token"), header("X-ClientSessionUUID"), header("X-ClientType"), header("X-ClientIsMobile"))
    else {
        return Err(End::Reject(4403, "param_missing"));
    };
    let lax = middleware.quirks.without_cookie;
    match middleware.room.read(|state| state.standing(&token, cookies, lax)) {
        Standing::Good { user } => {
            if !middleware.room.change(|state| state.socket_opened(&token)) {
                return Err(End::Reject(4403, "too_many_connections"));
            }
            send(socket, r#"{"type":"connection_ack"}"#.to_owned()).await?;
            Ok((token, user))
        }
        Standing::UnknownToken => Err(End::Reject(4403, "user_not_found")),
        Standing::NoMeeting => Err(End::Reject(4403, "meeting_not_found")),
        Standing::WrongCookie => Err(End::Reject(4403, "check_authorization_error")),
    }
}

async fn run(socket: &mut WebSocket, middleware: &Middleware, token: &str, user: &str) -> End {
    let mut stopping = middleware.stopping.clone();
    let mut snapshots = middleware.room.snapshots();
    let mut events = middleware.room.events();
    let mut connection = Connection::new(middleware, token, user);
    let mut heard = Instant::now();
    let mut pings = interval(middleware.quirks.ping_every);
    let mut watch = interval((middleware.quirks.idle_timeout / 4).max(Duration::from_millis(50)));
    pings.set_missed_tick_behavior(MissedTickBehavior::Skip);
    watch.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let delay = Duration::from_millis(middleware.quirks.control_delay_ms);
    loop {
        let mut replies = Vec::new();
        tokio::select! {
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return End::Silent,
                Some(Ok(Message::Text(text))) => {
                    heard = Instant::now();
                    if !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    }
                    let wait = connection.received(&text, &mut replies);
                    if !wait.is_zero() {
                        // The limiter holds up everything on this socket, as there.
                        tokio::time::sleep(wait).await;
                    }
                }
                Some(Ok(_)) => heard = Instant::now(),
            },
            changed = snapshots.changed() => {
                if changed.is_err() {
                    return End::Silent;
                }
                let snapshot = snapshots.borrow_and_update().clone();
                connection.changed(&snapshot, &mut replies);
            }
            event = events.recv() => match event {
                Ok(RoomEvent::CutControl) => return End::Silent,
                Ok(RoomEvent::Nonsense(text)) => replies.push(Reply::Text(text.to_string())),
                Ok(RoomEvent::Expelled { user: whom, message_id }) if whom == user => {
                    return End::Reject(4403, message_id);
                }
                Ok(event) => connection.event(&event, &mut replies),
                // A reader this slow loses the oldest rows, which is what a stream allows.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return End::Silent,
            },
            _ = pings.tick() => {
                replies.push(Reply::Text(r#"{"type":"ping","payload":{"message":"keepalive"}}"#.to_owned()));
            }
            _ = watch.tick() => {
                if heard.elapsed() >= middleware.quirks.idle_timeout {
                    return End::Close(1000, "idle timeout");
                }
                let now = unix_millis();
                if middleware.room.read(|state| state.afterlife_over(now)) {
                    return End::Reject(4403, "meeting_not_found");
                }
            }
            () = stopped(&mut stopping) => return End::Close(1001, "server stopped"),
        }
        for reply in replies {
            match reply {
                Reply::Text(text) => {
                    if let Err(end) = send(socket, text).await {
                        return end;
                    }
                }
                // After the answers before it: a mutation says `true` first and acts then.
                Reply::Act(call) => middleware.room.change(|state| {
                    state.now = unix_millis();
                    state.act(user, &call.name, &call.arguments);
                }),
                Reply::Close(code, reason) => return End::Close(code, reason),
            }
        }
    }
}
