//! A `graphql-transport-ws` client without I/O: text in, events and texts out.

use super::column::Read;
use super::feed::{Feed, FeedData};
use super::mutation::Mutation;
use super::operations::{Operation, PATCHED};
use super::patch::Base;
use super::rows::TimeRow;
use super::wire::{Answer, ClientMessage, Fault, InitHeaders, InitPayload, Request, ServerMessage};
use crate::ids::{MutationId, SessionToken};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// Largest message read, in bytes; larger ones are dropped unread.
pub const MAX_MESSAGE: usize = 8 << 20;
/// Most feeds open at once; the server allows 100 (`session.md` §3.8).
pub const MAX_FEEDS: usize = 64;
/// Most rows of one answer.
const MAX_ROWS: usize = 5_000;
/// Most mutations waiting for an answer; beyond, the oldest is forgotten.
const MAX_MUTATIONS: usize = 512;
/// Patches that did not apply before a feed goes on without patches.
const PATCH_FAILURES: u8 = 3;
/// Times the server may end a live feed before it is given up.
const ENDINGS: u8 = 2;

/// Who opens the session (`session.md` §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// Token of the joined user.
    pub token: SessionToken,
    /// UUID of this run of the client, at most 36 characters; the same on every reconnect.
    pub client_session: String,
}

/// What a received text means.
#[derive(Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "an event is moved once, from here to the core, and never queued")]
pub enum SessionEvent {
    /// `connection_ack`: feeds can be opened.
    Ready,
    /// Send this text: a pong, or a subscription in other words.
    Send(String),
    /// New data.
    Data(FeedData),
    /// The server cannot serve this feed in any variant; it is closed, the session goes on.
    Refused(Feed),
    /// The mutation was queued, or refused.
    Mutated(MutationId, Result<(), MutationError>),
    /// The server refuses the connection and will close it (`session.md` §3.7).
    Rejected {
        /// `messageId`, or `unknown`; letters, digits, `_`, `-`, at most 64.
        message_id: String,
    },
    /// A message that made no sense was dropped and counted.
    Dropped(BadMessage),
    /// A ping came: the server is alive (`session.md` §3.6).
    Heard,
}

impl fmt::Debug for SessionEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("Ready"),
            Self::Send(text) => write!(f, "Send({} bytes)", text.len()),
            Self::Data(data) => f.debug_tuple("Data").field(data).finish(),
            Self::Refused(feed) => f.debug_tuple("Refused").field(feed).finish(),
            Self::Mutated(id, result) => f.debug_tuple("Mutated").field(id).field(result).finish(),
            Self::Rejected { message_id } => f.debug_struct("Rejected").field("message_id", message_id).finish(),
            Self::Dropped(why) => f.debug_tuple("Dropped").field(why).finish(),
            Self::Heard => f.write_str("Heard"),
        }
    }
}

/// Why a mutation was refused (`session.md` §3.5, §3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MutationError {
    /// Not allowed in this role.
    #[error("not allowed")]
    Denied,
    /// An argument is missing or of the wrong type: our mistake, or an incompatible server.
    #[error("arguments not accepted")]
    Arguments,
    /// Too many in a minute.
    #[error("rate limited")]
    Limited,
    /// The server failed.
    #[error("server failed")]
    Server,
}

/// A message of the server that was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Larger than [`MAX_MESSAGE`].
    #[error("message too large")]
    TooLarge,
    /// No JSON, or not of this protocol.
    #[error("message not understood")]
    NotUnderstood,
    /// Data without the root field asked for, or too many rows.
    #[error("data of an unexpected shape")]
    Shape,
    /// A patch that does not apply; the feed is subscribed anew.
    #[error("patch does not apply")]
    Patch,
}

/// What went wrong so far, for diagnostics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages dropped.
    pub dropped: u64,
    /// Patches that did not apply.
    pub patches_failed: u64,
    /// Times an older variant was taken.
    pub fallbacks: u64,
    /// Feeds given up.
    pub refused: u64,
}

struct Open {
    feed: Feed,
    variant: usize,
    /// Patches are asked for.
    patched: bool,
    base: Option<Base>,
    patch_failures: u8,
    endings: u8,
}

struct Pending {
    id: MutationId,
    mutation: Mutation,
    variant: usize,
}

/// The session of one control socket; [`Session::restart`] carries it over to the next one.
pub struct Session {
    init: Init,
    last_number: u64,
    open: BTreeMap<u64, Open>,
    numbers: BTreeMap<Feed, u64>,
    pending: BTreeMap<u64, Pending>,
    /// First variant that worked, by the text of the best one.
    known: BTreeMap<&'static str, usize>,
    counters: Counters,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("feeds", &self.numbers.len())
            .field("pending", &self.pending.len())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Nothing is open yet.
    #[must_use]
    pub fn new(init: Init) -> Self {
        Self {
            init,
            last_number: 0,
            open: BTreeMap::new(),
            numbers: BTreeMap::new(),
            pending: BTreeMap::new(),
            known: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// First text of a socket. Send nothing else before [`SessionEvent::Ready`].
    #[must_use]
    pub fn hello(&self) -> String {
        let headers = InitHeaders {
            session_token: self.init.token.clone(),
            client_session: self.init.client_session.clone(),
            client_type: "HTML5".into(),
            client_is_mobile: "false".into(),
        };
        ClientMessage::ConnectionInit { payload: InitPayload { headers } }.to_text()
    }

    /// For a new socket: forgets feeds, bases and unanswered mutations (`session.md` §3.9), remembers which variants
    /// this server understood.
    pub fn restart(&mut self) {
        self.open.clear();
        self.numbers.clear();
        self.pending.clear();
    }

    /// Text that subscribes to `feed`; `None` when it is open already or [`MAX_FEEDS`] are.
    pub fn open(&mut self, feed: Feed) -> Option<String> {
        if self.numbers.contains_key(&feed) || self.numbers.len() >= MAX_FEEDS {
            return None;
        }
        let variant = feed.operations().first().and_then(|best| self.known.get(best.text)).copied().unwrap_or(0);
        let open = Open { feed, variant, patched: true, base: None, patch_failures: 0, endings: 0 };
        Some(self.subscribe(open))
    }

    /// Text that ends it; `None` when it is not open.
    pub fn close(&mut self, feed: &Feed) -> Option<String> {
        let number = self.numbers.remove(feed)?;
        self.open.remove(&number);
        Some(ClientMessage::Complete { id: id_text(number) }.to_text())
    }

    /// Feeds that are open now.
    pub fn feeds(&self) -> impl Iterator<Item = &Feed> {
        self.numbers.keys()
    }

    /// Text that sends `mutation`. It is answered by [`SessionEvent::Mutated`], unless the socket goes first or 512
    /// newer ones were sent meanwhile.
    pub fn mutate(&mut self, id: MutationId, mutation: &Mutation) -> String {
        while self.pending.len() >= MAX_MUTATIONS {
            self.pending.pop_first();
        }
        let variant = mutation.operations().first().and_then(|best| self.known.get(best.text)).copied().unwrap_or(0);
        self.dispatch(Pending { id, mutation: mutation.clone(), variant })
    }

    /// What went wrong so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Reads one text message of the server. At most five events are added.
    pub fn receive(&mut self, text: &str, out: &mut Vec<SessionEvent>) {
        if text.len() > MAX_MESSAGE {
            return self.dropped(BadMessage::TooLarge, out);
        }
        match serde_json::from_str(text) {
            Ok(ServerMessage::ConnectionAck) => out.push(SessionEvent::Ready),
            Ok(ServerMessage::Ping { payload }) => {
                let payload = payload.filter(|payload| payload.to_string().len() <= 1024);
                out.push(SessionEvent::Heard);
                out.push(SessionEvent::Send(ClientMessage::Pong { payload }.to_text()));
            }
            Ok(ServerMessage::Pong { .. }) => {}
            Ok(ServerMessage::Next { id, payload }) => self.next(&id, payload, text.len(), out),
            Ok(ServerMessage::Error { id, payload }) if id == "-1" => {
                let message_id = payload.into_iter().find_map(|fault| fault.message_id).unwrap_or_default();
                let sound = (1..=64).contains(&message_id.len())
                    && message_id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
                out.push(SessionEvent::Rejected { message_id: if sound { message_id } else { "unknown".into() } });
            }
            Ok(ServerMessage::Error { id, payload }) => self.failed(&id, &payload, out),
            Ok(ServerMessage::Complete { id }) => self.completed(&id, out),
            Err(_) => self.dropped(BadMessage::NotUnderstood, out),
        }
    }

    fn next(&mut self, id: &str, answer: Answer, bytes: usize, out: &mut Vec<SessionEvent>) {
        if answer.data.is_null() && !answer.errors.is_empty() {
            return self.failed(id, &answer.errors, out);
        }
        let Some(number) = id_number(id) else { return };
        if let Some(pending) = self.pending.remove(&number) {
            let accepted = pending.operation().is_some_and(|op| answer.data.get(op.root) == Some(&Value::Bool(true)));
            if accepted {
                self.remember(pending.mutation.operations(), pending.variant);
            }
            let result = if accepted { Ok(()) } else { Err(MutationError::Server) };
            return out.push(SessionEvent::Mutated(pending.id, result));
        }
        // Data of a feed that was closed meanwhile.
        let Some(open) = self.open.get_mut(&number) else { return };
        let Some(operation) = open.operation() else { return };
        let Value::Object(mut data) = answer.data else { return self.dropped(BadMessage::Shape, out) };

        if let Some(patch) = data.remove("patch") {
            let applied = open.base.as_mut().is_some_and(|base| base.apply(patch, bytes).is_ok());
            if !applied {
                return self.repatch(number, out);
            }
        } else {
            let Some(rows) = data.remove(operation.root) else { return self.dropped(BadMessage::Shape, out) };
            if open.is_patched(operation) {
                open.base = None;
                let decoded = decode(&open.feed, &rows);
                open.base = Base::new(rows, bytes);
                return self.deliver(number, decoded, out);
            }
            let decoded = decode(&open.feed, &rows);
            return self.deliver(number, decoded, out);
        }
        let decoded = open.base.as_ref().and_then(|base| decode(&open.feed, base.rows()));
        self.deliver(number, decoded, out);
    }

    fn deliver(&mut self, number: u64, decoded: Option<Decoded>, out: &mut Vec<SessionEvent>) {
        let Some(open) = self.open.get(&number) else { return };
        let (operations, variant) = (open.feed.operations(), open.variant);
        match decoded {
            Some(Decoded::Data(data)) => out.push(SessionEvent::Data(data)),
            Some(Decoded::Nothing) => {}
            None => return self.dropped(BadMessage::Shape, out),
        }
        self.remember(operations, variant);
    }

    fn failed(&mut self, id: &str, faults: &[Fault], out: &mut Vec<SessionEvent>) {
        let Some(number) = id_number(id) else { return };
        let message = faults.first().map_or("", |fault| fault.message.as_str());
        let limited = message.contains("Rate limit exceeded") || message.contains("Limit exceeded");
        if let Some(mut pending) = self.pending.remove(&number) {
            // Only when the argument itself is refused: some mutations eject on a second, forbidden attempt.
            let other_words =
                message.contains("contentType") && pending.variant + 1 < pending.mutation.operations().len();
            if other_words {
                pending.variant += 1;
                self.counters.fallbacks += 1;
                let text = self.dispatch(pending);
                return out.push(SessionEvent::Send(text));
            }
            return out.push(SessionEvent::Mutated(pending.id, Err(mutation_error(message, limited))));
        }
        let Some(mut open) = self.open.remove(&number) else { return };
        self.numbers.remove(&open.feed);
        if limited || open.variant + 1 >= open.feed.operations().len() {
            self.counters.refused += 1;
            return out.push(SessionEvent::Refused(open.feed));
        }
        open.variant += 1;
        open.base = None;
        self.counters.fallbacks += 1;
        let text = self.subscribe(open);
        out.push(SessionEvent::Send(text));
    }

    fn completed(&mut self, id: &str, out: &mut Vec<SessionEvent>) {
        let Some(number) = id_number(id) else { return };
        if let Some(pending) = self.pending.remove(&number) {
            return out.push(SessionEvent::Mutated(pending.id, Err(MutationError::Server)));
        }
        let Some(mut open) = self.open.remove(&number) else { return };
        self.numbers.remove(&open.feed);
        if open.operation().is_some_and(|op| op.text.starts_with("query")) {
            return;
        }
        open.endings += 1;
        if open.endings > ENDINGS {
            self.counters.refused += 1;
            return out.push(SessionEvent::Refused(open.feed));
        }
        open.base = None;
        let text = self.subscribe(open);
        out.push(SessionEvent::Send(text));
    }

    /// Drops a base in doubt and subscribes anew, in the end without patches.
    fn repatch(&mut self, number: u64, out: &mut Vec<SessionEvent>) {
        self.counters.patches_failed += 1;
        self.dropped(BadMessage::Patch, out);
        let Some(mut open) = self.open.remove(&number) else { return };
        self.numbers.remove(&open.feed);
        out.push(SessionEvent::Send(ClientMessage::Complete { id: id_text(number) }.to_text()));
        if !open.patched {
            // It sends patches nobody asked for.
            self.counters.refused += 1;
            return out.push(SessionEvent::Refused(open.feed));
        }
        open.base = None;
        open.patch_failures += 1;
        open.patched = open.patch_failures < PATCH_FAILURES;
        let text = self.subscribe(open);
        out.push(SessionEvent::Send(text));
    }

    fn subscribe(&mut self, open: Open) -> String {
        let number = self.new_number();
        let text = open.operation().map(|operation| {
            let (name, query) = if open.patched || !operation.name.starts_with(PATCHED) {
                (operation.name.to_owned(), operation.text.to_owned())
            } else {
                (operation.name.replacen(PATCHED, "", 1), operation.text.replacen(PATCHED, "", 1))
            };
            request(number, name, query, open.feed.variables())
        });
        self.numbers.insert(open.feed.clone(), number);
        self.open.insert(number, open);
        text.unwrap_or_default()
    }

    fn dispatch(&mut self, pending: Pending) -> String {
        let number = self.new_number();
        let text = pending.operation().map(|operation| {
            let mut variables = pending.mutation.variables();
            // A variable the text does not declare would be an error on a strict server.
            if let Value::Object(map) = &mut variables {
                map.retain(|name, _| operation.text.contains(&format!("${name}:")));
            }
            request(number, operation.name.to_owned(), operation.text.to_owned(), variables)
        });
        self.pending.insert(number, pending);
        text.unwrap_or_default()
    }

    fn remember(&mut self, operations: &'static [Operation], variant: usize) {
        if let Some(best) = operations.first() {
            self.known.insert(best.text, variant);
        }
    }

    fn dropped(&mut self, why: BadMessage, out: &mut Vec<SessionEvent>) {
        self.counters.dropped += 1;
        out.push(SessionEvent::Dropped(why));
    }

    fn new_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl Open {
    fn operation(&self) -> Option<&'static Operation> {
        self.feed.operations().get(self.variant)
    }

    fn is_patched(&self, operation: &Operation) -> bool {
        self.patched && operation.name.starts_with(PATCHED)
    }
}

impl Pending {
    fn operation(&self) -> Option<&'static Operation> {
        self.mutation.operations().get(self.variant)
    }
}

fn request(number: u64, operation_name: String, query: String, variables: Value) -> String {
    let payload = Request { operation_name, variables, extensions: json!({}), query };
    ClientMessage::Subscribe { id: id_text(number), payload }.to_text()
}

// The middleware replaces ids textually in some messages, so an id must not occur anywhere else: a UUID cannot.
const ID_PREFIX: &str = "7c3a9e10-5b2d-4f6e-8a41-";

fn id_text(number: u64) -> String {
    format!("{ID_PREFIX}{number:012x}")
}

fn id_number(id: &str) -> Option<u64> {
    let number = id.strip_prefix(ID_PREFIX).filter(|rest| rest.len() == 12)?;
    u64::from_str_radix(number, 16).ok()
}

fn mutation_error(message: &str, limited: bool) -> MutationError {
    if limited {
        MutationError::Limited
    } else if message.contains("Permission Denied") {
        MutationError::Denied
    } else if message.contains("Missing required parameter") || message.contains("should be of type") {
        MutationError::Arguments
    } else {
        MutationError::Server
    }
}

#[expect(clippy::large_enum_variant, reason = "lives on the stack between two functions")]
enum Decoded {
    Data(FeedData),
    /// A row that must exist is not visible now.
    Nothing,
}

fn decode(feed: &Feed, value: &Value) -> Option<Decoded> {
    if let Feed::PeopleCount = feed {
        let count = value.get("aggregate")?.get("count")?.as_u64()?;
        return Some(Decoded::Data(FeedData::PeopleCount(u32::try_from(count).unwrap_or(u32::MAX))));
    }
    let rows = value.as_array().filter(|rows| rows.len() <= MAX_ROWS)?;
    let data = match feed {
        Feed::Me => first(rows).map(FeedData::Me),
        Feed::MeFull => first(rows).map(FeedData::MeFull),
        Feed::Lobby => first(rows).map(FeedData::Lobby),
        Feed::Meeting => first(rows).map(FeedData::Meeting),
        Feed::PeopleCount => None,
        Feed::PeoplePage { page, .. } => Some(FeedData::PeoplePage { page: *page, rows: all(rows) }),
        Feed::Hands => Some(FeedData::Hands(all(rows))),
        Feed::Chats => Some(FeedData::Chats(all(rows))),
        Feed::ChatPage { offset, .. } => Some(FeedData::ChatPage { offset: *offset, rows: all(rows) }),
        Feed::ChatStream { .. } => Some(FeedData::ChatStream(all(rows))),
        Feed::Typing => Some(FeedData::Typing(all(rows))),
        Feed::Voice => Some(FeedData::Voice(all(rows))),
        Feed::Cameras => Some(FeedData::Cameras(all(rows))),
        Feed::Screen => Some(FeedData::Screen(all(rows))),
        Feed::Recording => Some(FeedData::Recording(first(rows))),
        Feed::Notices { .. } => Some(FeedData::Notices(all(rows))),
        Feed::ServerTime => {
            let time = first::<TimeRow>(rows).and_then(|row| row.current_timestamp);
            time.and_then(|time| crate::time::unix_ms(&time)).map(FeedData::ServerTime)
        }
    };
    Some(data.map_or(Decoded::Nothing, Decoded::Data))
}

fn first<T: Read>(rows: &[Value]) -> Option<T> {
    rows.first().and_then(T::read)
}

fn all<T: Read>(rows: &[Value]) -> Vec<T> {
    rows.iter().filter_map(T::read).collect()
}
