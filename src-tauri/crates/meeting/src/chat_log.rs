//! Messages of the public chat as the server has them: pages and stream merged, each message once, bounded.

use crate::me;
use crate::text;
use crate::view::{Message, MessageState};
use protocol::graphql::{ChatMessageRow, PUBLIC_CHAT};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most messages kept. Overflow rule: the oldest goes.
pub(crate) const MOST: usize = 2_000;

/// A message and the server's own words for its time, which it wants back as a cursor.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    message: Message,
    created: String,
}

/// The log and what of it the window does not know yet.
#[derive(Debug, Default)]
pub(crate) struct ChatLog {
    entries: HashMap<String, Entry>,
    /// By time, for the oldest, the newest and what is unread.
    order: BTreeSet<(i64, String)>,
    /// Ids each open page held last.
    pages: BTreeMap<u32, Vec<String>>,
    changed: BTreeSet<String>,
    removed: BTreeSet<String>,
    overflowed: bool,
}

impl ChatLog {
    /// Takes a row in. True when the message was not known.
    pub(crate) fn take(&mut self, row: &ChatMessageRow, me: &str) -> bool {
        let Some((id, entry)) = read(row, me) else { return false };
        let at = whole(entry.message.at);
        match self.entries.get(&id) {
            Some(known) if *known == entry => return false,
            // A stream row that was on its way when the message was deleted must not bring it back.
            Some(known)
                if known.message.state == MessageState::Deleted && entry.message.state == MessageState::Sent =>
            {
                return false;
            }
            Some(known) => {
                self.order.remove(&(whole(known.message.at), id.clone()));
            }
            None => {}
        }
        self.order.insert((at, id.clone()));
        self.removed.remove(&id);
        self.changed.insert(id.clone());
        let fresh = self.entries.insert(id.clone(), entry).is_none();
        while self.entries.len() > MOST {
            let Some((_, oldest)) = self.order.first().cloned() else { break };
            self.remove(&oldest);
            self.overflowed = true;
        }
        fresh && self.entries.contains_key(&id)
    }

    /// A page is whole: what it held and holds no more is gone, unless another page has it.
    pub(crate) fn page(&mut self, offset: u32, rows: &[ChatMessageRow]) {
        let now: Vec<String> = rows.iter().take(MOST).filter_map(|row| row.message_id.clone()).collect();
        let before = self.pages.insert(offset, now).unwrap_or_default();
        for id in before {
            if !self.pages.values().any(|page| page.contains(&id)) {
                self.remove(&id);
            }
        }
    }

    pub(crate) fn close_page(&mut self, offset: u32) {
        self.pages.remove(&offset);
    }

    pub(crate) fn clear(&mut self) {
        for id in self.entries.keys().cloned().collect::<Vec<_>>() {
            self.remove(&id);
        }
        self.pages.clear();
        self.overflowed = false;
    }

    fn remove(&mut self, id: &str) {
        if let Some(entry) = self.entries.remove(id) {
            self.order.remove(&(whole(entry.message.at), id.to_owned()));
            self.changed.remove(id);
            self.removed.insert(id.to_owned());
        }
    }

    /// The newest message's time as the server wrote it.
    pub(crate) fn newest(&self) -> Option<(i64, &str)> {
        let (at, id) = self.order.last()?;
        self.entries.get(id).map(|entry| (*at, entry.created.as_str()))
    }

    /// Messages of others newer than this, Unix milliseconds.
    pub(crate) fn unread(&self, seen: Option<i64>) -> u32 {
        let from = seen.map_or(i64::MIN, |at| at.saturating_add(1));
        let fresh = self.order.range((from, String::new())..);
        let unread = fresh.filter(|(_, id)| self.entries.get(id).is_some_and(|e| !e.message.mine));
        u32::try_from(unread.count()).unwrap_or(u32::MAX)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Older messages were dropped to stay bounded.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.order.iter().filter_map(|(_, id)| self.entries.get(id)).map(|entry| &entry.message)
    }

    /// Something differs since the last call of [`Self::difference`].
    pub(crate) fn differs(&self) -> bool {
        !self.changed.is_empty() || !self.removed.is_empty()
    }

    /// Differences since the last call: what is new or other, and what is gone.
    pub(crate) fn difference(&mut self) -> (Vec<Message>, Vec<String>) {
        let changed = std::mem::take(&mut self.changed);
        let upsert = changed.iter().filter_map(|id| self.entries.get(id)).map(|e| e.message.clone()).collect();
        (upsert, std::mem::take(&mut self.removed).into_iter().collect())
    }
}

fn whole(at: f64) -> i64 {
    at as i64
}

/// `None` for other chats, for messages of the server without words, and for rows that lack what makes a message.
fn read(row: &ChatMessageRow, me: &str) -> Option<(String, Entry)> {
    if row.chat_id.as_deref().is_some_and(|chat| chat != PUBLIC_CHAT) {
        return None;
    }
    let id = row.message_id.clone().filter(|id| text::id(id).is_some())?;
    let created = row.created_at.clone().filter(|at| at.len() <= 64)?;
    let at = protocol::time::unix_ms(&created)?;
    let deleted = row.deleted_at.as_deref().is_some_and(|at| !at.is_empty());
    let text = if deleted { String::new() } else { text::body(row.message.as_ref().map_or("", |m| m.as_str())) };
    let kind = row.message_type.as_deref().unwrap_or("default");
    let words = matches!(kind, "default" | "api" | "plugin" | "breakoutRoomModeratorMsg" | "");
    if !deleted && (!words || text.trim().is_empty()) {
        return None;
    }
    let user = row.sender_id.as_ref().and_then(|u| text::id(u.as_str())).unwrap_or_default().to_owned();
    let person = row.user.as_ref();
    let name = text::name(row.sender_name.as_ref().or_else(|| person?.name.as_ref()));
    let role = me::role(person.and_then(|p| p.is_moderator), row.sender_role.as_deref());
    let state = if deleted { MessageState::Deleted } else { MessageState::Sent };
    let mine = !user.is_empty() && user == me;
    Some((id.clone(), Entry { message: Message { id, user, name, role, mine, text, at, state }, created }))
}
