//! What one control socket has asked for, without the socket: messages in, replies out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::limits::{self, Bucket};
use super::mutation::{self, Call};
use super::operation::{self, Field, hasura_error};
use super::patch::{self, Update};
use super::resolve::{self, Viewer};
use super::socket::Middleware;
use crate::clock::{parse_iso, unix_millis};
use crate::config::ServerVersion;
use crate::room::{Actor, RoomEvent, Snapshot, arguments_fault};

/// What to do for a message, in order.
pub(crate) enum Reply {
    Text(String),
    Act(Call),
    Close(u16, &'static str),
}

/// Forwarded before the user is in the class; everything else is held without a word.
const PREJOIN: [&str; 6] = [
    "getUserInfo",
    "getMeetingEndData",
    "PluginConfigurationQuery",
    "getGuestLobbyInfo",
    "userCurrentSubscription",
    "Patched_userCurrentSubscription",
];

/// How many requests are held for somebody in the lobby; further ones are forgotten.
const HELD: usize = 200;

struct Request {
    id: String,
    name: String,
    text: String,
    variables: Map<String, Value>,
}

enum Source {
    /// Rows of a table, sent again when they change.
    Rows {
        root: Field,
        patched: bool,
        last: Option<Value>,
        revision: u64,
    },
    /// A Hasura stream.
    Stream {
        root: Field,
        column: String,
        cursor: u64,
        revision: u64,
    },
    /// Answered by the middleware itself.
    Voice,
    Chat,
    Notifications,
    /// Managed, and never anything to say here.
    Quiet,
}

pub(crate) struct Connection<'a> {
    middleware: &'a Middleware,
    user: String,
    token: String,
    member: bool,
    snapshot: Arc<Snapshot>,
    open: BTreeMap<String, Source>,
    held: Vec<Request>,
    queries: Bucket,
    mutations: Bucket,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(middleware: &'a Middleware, token: &str, user: &str) -> Self {
        let snapshot = middleware.room.snapshots().borrow().clone();
        let now = Instant::now();
        let mut connection = Self {
            middleware,
            user: user.to_owned(),
            token: token.to_owned(),
            member: false,
            snapshot,
            open: BTreeMap::new(),
            held: Vec::new(),
            queries: Bucket::new(200, now),
            mutations: Bucket::new(900, now),
        };
        connection.member = connection.is_member();
        connection
    }

    fn me(&self, column: &str) -> bool {
        self.snapshot.people.get(&self.user).is_some_and(|row| row[column] == true)
    }

    fn is_member(&self) -> bool {
        self.me("currentlyInMeeting")
    }

    fn viewer(&self) -> Viewer {
        Viewer {
            user: self.user.clone(),
            moderator: self.me("isModerator"),
            token: self.token.clone(),
            now: unix_millis(),
        }
    }

    /// Handles one text frame; the answer is how long the socket has to be held up.
    pub(crate) fn received(&mut self, text: &str, replies: &mut Vec<Reply>) -> Duration {
        if text.len() > limits::MESSAGE_SIZE {
            replies.push(Reply::Close(1009, "message too large"));
            return Duration::ZERO;
        }
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return Duration::ZERO;
        };
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        match message["type"].as_str().unwrap_or_default() {
            "subscribe" if !id.is_empty() => {
                let payload = &message["payload"];
                let request = Request {
                    id,
                    name: payload["operationName"].as_str().unwrap_or_default().to_owned(),
                    text: payload["query"].as_str().unwrap_or_default().to_owned(),
                    variables: payload["variables"].as_object().cloned().unwrap_or_default(),
                };
                // The raw bytes decide, so a space after the colon makes it a query.
                if text.contains("\"query\":\"mutation") {
                    self.mutate(&request, replies)
                } else {
                    self.ask(request, replies)
                }
            }
            "complete" => {
                self.open.remove(&id);
                self.held.retain(|request| request.id != id);
                Duration::ZERO
            }
            _ => Duration::ZERO,
        }
    }

    fn mutate(&mut self, request: &Request, replies: &mut Vec<Reply>) -> Duration {
        if request.text.len() > limits::MUTATION_LENGTH {
            let fault = format!(
                "Mutation {} is not valid with length {} and the max allowed is {}",
                request.name,
                request.text.len(),
                limits::MUTATION_LENGTH
            );
            refuse(&request.id, &json!([{ "message": fault }]), replies);
            return Duration::ZERO;
        }
        let wait = self.mutations.take(Instant::now());
        if wait > limits::PATIENCE {
            refuse(&request.id, &rate_fault(900, "mutations"), replies);
            return Duration::ZERO;
        }
        let actor = Actor { moderator: self.me("isModerator"), presenter: self.me("presenter") };
        let late = self.middleware.quirks.version == ServerVersion::V3_0Late;
        let outcome = mutation::pick(&request.text, &request.variables).and_then(|call| {
            match arguments_fault(&call.name, &call.arguments, actor, late) {
                Some(fault) => Err(format!("graphql actions request failed: {fault}")),
                None => Ok(call),
            }
        });
        match outcome {
            Ok(call) => {
                let mut data = Map::new();
                data.insert(call.name.clone(), Value::Bool(true));
                next(&request.id, &Value::Object(data), replies);
                complete(&request.id, replies);
                replies.push(Reply::Act(call));
            }
            Err(fault) => {
                let fault = format!("It was not able to send the request to Graphql Actions: {fault}.");
                refuse(&request.id, &json!([{ "message": fault.replace("..", ".") }]), replies);
            }
        }
        wait
    }

    fn ask(&mut self, request: Request, replies: &mut Vec<Reply>) -> Duration {
        let kind_known = ["subscription", "query", "{"].iter().any(|kind| request.text.starts_with(kind));
        let (length, depth) = (request.text.len(), limits::depth(&request.text));
        let fault = if !kind_known {
            Some("not a valid graphql query".to_owned())
        } else if length > limits::QUERY_LENGTH {
            Some(format!(
                "Query {} is not valid with length {length} and the max allowed is {}",
                request.name,
                limits::QUERY_LENGTH
            ))
        } else if depth > limits::QUERY_DEPTH {
            Some(format!(
                "Query {} is not valid with depth {depth} and the max allowed is {}",
                request.name,
                limits::QUERY_DEPTH
            ))
        } else if request.text.starts_with("subscription") && self.open.len() >= limits::SUBSCRIPTIONS {
            Some(format!("Limit exceeded: Maximum {} concurrent subscriptions allowed.", limits::SUBSCRIPTIONS))
        } else {
            None
        };
        if let Some(fault) = fault {
            refuse(&request.id, &json!([{ "message": fault }]), replies);
            return Duration::ZERO;
        }
        let wait = self.queries.take(Instant::now());
        if wait > limits::PATIENCE {
            refuse(&request.id, &rate_fault(200, "queries"), replies);
            return Duration::ZERO;
        }
        if !self.member && !PREJOIN.contains(&request.name.as_str()) {
            if self.held.len() < HELD {
                self.held.push(request);
            }
            return wait;
        }
        self.forward(request, replies);
        wait
    }

    fn forward(&mut self, request: Request, replies: &mut Vec<Reply>) {
        if let Some(source) = self.managed(&request.name) {
            if matches!(source, Source::Voice) {
                self.replay_voices(&request.id, replies);
            }
            self.open.insert(request.id, source);
            return;
        }
        let schema = self.middleware.schemas.role(self.member);
        let operation = match operation::read(schema, &request.text, &request.variables) {
            Ok(operation) => operation,
            Err(fault) => return refuse(&request.id, &hasura_error(&fault), replies),
        };
        if !operation.subscription {
            let viewer = self.viewer();
            let data: Map<String, Value> = operation
                .roots
                .iter()
                .map(|root| (root.key.clone(), resolve::root(&self.snapshot, &viewer, root)))
                .collect();
            next(&request.id, &Value::Object(data), replies);
            complete(&request.id, replies);
            return;
        }
        let Some(root) = operation.roots.into_iter().next() else {
            return refuse(&request.id, &hasura_error("subscription without a root field"), replies);
        };
        let mut source = if root.name.ends_with("_stream") {
            let (column, cursor) = cursor_of(&root);
            Source::Stream { root, column, cursor, revision: 0 }
        } else {
            let patched = self.middleware.quirks.json_patch
                && request.name.starts_with("Patched_")
                && !root.name.ends_with("_aggregate");
            Source::Rows { root, patched, last: None, revision: 0 }
        };
        let snapshot = self.snapshot.clone();
        refresh(&request.id, &mut source, &snapshot, &self.viewer(), replies);
        self.open.insert(request.id, source);
    }

    /// Streams the middleware answers by operation name, whatever the text says.
    fn managed(&self, name: &str) -> Option<Source> {
        let late = self.middleware.quirks.version == ServerVersion::V3_0Late;
        match name {
            "getCursorCoordinatesStream" => Some(Source::Quiet),
            "getUserVoiceStateStream" if late => Some(Source::Voice),
            "getChatMessageStream" if late => Some(Source::Chat),
            "getNotificationStream" if late => Some(Source::Notifications),
            _ => None,
        }
    }

    fn replay_voices(&self, id: &str, replies: &mut Vec<Reply>) {
        let rows: Vec<Value> = self
            .snapshot
            .activity
            .rows
            .iter()
            .filter(|row| row["muted"] == false || row["talking"] == true)
            .map(|row| (**row).clone())
            .collect();
        if !rows.is_empty() {
            next(id, &json!({ "user_voice_activity_stream": rows }), replies);
        }
    }

    /// The class changed: who has to hear of it?
    pub(crate) fn changed(&mut self, snapshot: &Arc<Snapshot>, replies: &mut Vec<Reply>) {
        self.snapshot = snapshot.clone();
        let member = self.is_member();
        let was = std::mem::replace(&mut self.member, member);
        let viewer = self.viewer();
        for (id, source) in &mut self.open {
            // Somebody who left still reads how it ended, and nothing else.
            let readable = member
                || matches!(source, Source::Rows { root, .. } if root.name == "user_current" || root.name == "meeting");
            if readable {
                refresh(id, source, snapshot, &viewer, replies);
            }
        }
        if self.member && !was {
            for request in std::mem::take(&mut self.held) {
                self.forward(request, replies);
            }
        }
    }

    /// Something for the managed streams.
    pub(crate) fn event(&mut self, event: &RoomEvent, replies: &mut Vec<Reply>) {
        if !self.is_member_now() {
            return;
        }
        for (id, source) in &self.open {
            let (root, row) = match (source, event) {
                (Source::Voice, RoomEvent::Voice(row)) => ("user_voice_activity_stream", row),
                (Source::Chat, RoomEvent::Chat { row, .. }) => ("chat_message_stream", row),
                (Source::Notifications, RoomEvent::Notification(row)) => ("notification_stream", row),
                _ => continue,
            };
            next(id, &json!({ root: [&**row] }), replies);
        }
    }

    /// Membership is checked on every send, and events may overtake the snapshot.
    fn is_member_now(&self) -> bool {
        self.member || self.middleware.room.read(|state| state.is_in_class(&self.user))
    }
}

fn cursor_of(root: &Field) -> (String, u64) {
    let cursor = root.arguments.get("cursor");
    let cursor = cursor.and_then(|cursor| cursor.as_array().and_then(|list| list.first()).or(Some(cursor)));
    let initial = cursor.and_then(|cursor| cursor.get("initial_value")).and_then(Value::as_object);
    let (column, value) = initial.and_then(|initial| initial.iter().next()).map_or_else(
        || ("createdAt".to_owned(), 0),
        |(column, value)| (column.clone(), value.as_str().map_or(0, parse_iso)),
    );
    (column, value)
}

fn refresh(id: &str, source: &mut Source, snapshot: &Snapshot, viewer: &Viewer, replies: &mut Vec<Reply>) {
    match source {
        Source::Rows { root, patched, last, revision } => {
            let current = resolve::revision(snapshot, &root.name);
            if last.is_some() && *revision == current {
                return;
            }
            *revision = current;
            let value = resolve::root(snapshot, viewer, root);
            let mut data = Map::new();
            match last.as_ref().map(|last| (last, patch::update(last, &value))) {
                Some((before, _)) if *before == value => return,
                Some((_, Update::Patch(operations))) if *patched => {
                    data.insert("patch".to_owned(), operations);
                    data.insert(root.key.clone(), Value::Array(Vec::new()));
                }
                _ => {
                    data.insert(root.key.clone(), value.clone());
                }
            }
            *last = Some(value);
            next(id, &Value::Object(data), replies);
        }
        Source::Stream { root, column, cursor, revision } => {
            let current = resolve::revision(snapshot, &root.name);
            if *revision == current && current != 0 {
                return;
            }
            *revision = current;
            loop {
                let (rows, after) = resolve::stream(snapshot, viewer, root, column, *cursor);
                if after == *cursor {
                    break;
                }
                *cursor = after;
                next(id, &json!({ root.key.as_str(): rows }), replies);
            }
        }
        Source::Voice | Source::Chat | Source::Notifications | Source::Quiet => {}
    }
}

fn rate_fault(limit: u32, what: &str) -> Value {
    json!([{ "message": format!("Rate limit exceeded: Maximum {limit} {what} per minute allowed. Please try again later.") }])
}

fn next(id: &str, data: &Value, replies: &mut Vec<Reply>) {
    replies.push(Reply::Text(json!({ "id": id, "type": "next", "payload": { "data": data } }).to_string()));
}

fn complete(id: &str, replies: &mut Vec<Reply>) {
    replies.push(Reply::Text(json!({ "id": id, "type": "complete" }).to_string()));
}

/// An error is always followed by a `complete` of the same id.
fn refuse(id: &str, payload: &Value, replies: &mut Vec<Reply>) {
    replies.push(Reply::Text(json!({ "id": id, "type": "error", "payload": payload }).to_string()));
    complete(id, replies);
}
