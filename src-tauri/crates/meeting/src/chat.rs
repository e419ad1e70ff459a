//! Public chat: which history is loaded, what is unread, who types. What is on its way out is in [`crate::outgoing`].

use crate::absence::Absences;
use crate::asks::Ask;
use crate::chat_log::{ChatLog, MOST};
use crate::meeting::{Meeting, Step};
use crate::outgoing::Outgoing;
use crate::view::{Change, ChatChange, Message, MessageState};
use crate::{Timer, text};
use protocol::graphql::{ChatMessageRow, ChatRow, Feed, Mutation, PUBLIC_CHAT, TypingRow};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Messages of one page.
const PAGE: u32 = 50;
/// Pages kept open, and so kept true when a message is edited or deleted. Overflow rule: the page in the middle closes.
const OPEN_PAGES: usize = 6;
/// A page with fewer rows than this is not enough to fill the panel.
const FEW: u32 = 20;
/// Least time between two signs that I type.
const TYPING: Duration = Duration::from_secs(3);
/// Who typed is forgotten after this.
const FADES: Duration = Duration::from_secs(6);
/// Least time between two marks of what I have read; the heartbeat brings the last one.
const SEEN: Duration = Duration::from_secs(2);

/// The public chat.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    pub(crate) log: ChatLog,
    pub(crate) open: BTreeSet<u32>,
    pub(crate) total: u32,
    pub(crate) total_known: bool,
    pub(crate) since: String,
    /// The newest page has been read since the socket came up.
    pub(crate) caught_up: bool,
    /// Everything that was written has been here, though it may have been dropped since.
    pub(crate) whole: bool,
    pub(crate) outgoing: VecDeque<Outgoing>,
    pub(crate) last_local: u64,
    /// What I have read, Unix milliseconds.
    pub(crate) seen: Option<i64>,
    pub(crate) seen_told: Option<(i64, Instant)>,
    pub(crate) server_unread: u32,
    pub(crate) typing: Vec<String>,
    pub(crate) typed: Option<Instant>,
    /// Back after a loss: the person is told once the queue has gone out.
    pub(crate) back: bool,
    pub(crate) absences: Absences,
    /// What the window has not been told: own messages, and local ids that are no more.
    pub(crate) dirty: bool,
    pub(crate) gone: Vec<String>,
}

impl Chat {
    pub(crate) fn since(&self) -> &str {
        &self.since
    }

    pub(crate) fn pages(&self) -> impl Iterator<Item = Feed> + '_ {
        self.open.iter().map(|offset| Feed::ChatPage { offset: *offset, limit: PAGE })
    }

    pub(crate) fn hear_anew(&mut self) {
        self.caught_up = false;
        self.total_known = false;
    }

    /// Messages on their way out carry my name and role.
    pub(crate) fn author_changed(&mut self) {
        self.dirty |= !self.outgoing.is_empty();
    }

    pub(crate) fn typing_fades(&mut self) {
        self.dirty |= !self.typing.is_empty();
        self.typing.clear();
    }

    pub(crate) fn class_over(&mut self) {
        for message in &mut self.outgoing {
            message.state = MessageState::Failed;
            message.ask = None;
        }
        self.typing.clear();
        self.back = false;
        self.dirty = true;
    }

    /// Another class begins. What could not be sent stays, to be sent or copied.
    pub(crate) fn start_over(&mut self) {
        let mut old = std::mem::take(self);
        old.log.clear();
        *self = Self {
            log: old.log,
            outgoing: old.outgoing,
            last_local: old.last_local,
            gone: old.gone,
            absences: old.absences,
            dirty: true,
            ..Self::default()
        };
    }

    fn newest_page(&self) -> u32 {
        self.total.saturating_sub(1) / PAGE * PAGE
    }

    /// Opens what is missing between what is open and the newest page, and closes the middle if that is too much.
    fn follow_total(&mut self) {
        let newest = self.newest_page();
        while let Some(last) = self.open.last().copied().filter(|last| *last > newest) {
            self.close(last);
        }
        match self.open.last().copied() {
            // Too much happened to fill the gap: what is old is loaded again when somebody wants it.
            Some(last) if newest - last > 3 * PAGE => {
                self.open.clear();
                self.log.clear();
                self.whole = false;
                self.dirty = true;
                self.open_end(newest);
            }
            Some(last) => self.open.extend((last..=newest).step_by(PAGE as usize)),
            None => self.open_end(newest),
        }
        while self.open.len() > OPEN_PAGES {
            let Some(middle) = self.open.iter().nth(1).copied() else { break };
            self.close(middle);
        }
    }

    fn open_end(&mut self, newest: u32) {
        self.open.insert(newest);
        if self.total - newest < FEW && newest >= PAGE {
            self.open.insert(newest - PAGE);
        }
    }

    fn close(&mut self, offset: u32) {
        self.open.remove(&offset);
        self.log.close_page(offset);
    }

    fn has_older(&self) -> bool {
        let more = self.open.first().is_some_and(|first| *first > 0);
        more && self.log.len() < MOST && !self.log.overflowed()
    }

    fn unread(&self) -> u32 {
        if self.seen.is_none() && self.server_unread > 0 { self.server_unread } else { self.log.unread(self.seen) }
    }
}

impl Meeting {
    /// The stream of new messages starts after the newest one known, or now.
    pub(crate) fn chat_since(&mut self, wall: f64) {
        let newest = self.chat.log.newest().map(|(_, created)| created.to_owned());
        self.chat.since = newest.unwrap_or_else(|| protocol::time::iso(wall));
    }

    pub(crate) fn may_chat(&self) -> bool {
        self.facts.as_ref().is_none_or(|facts| facts.chat) && !self.own.chat_locked()
    }

    pub(crate) fn chat_settles(&mut self) {
        self.chat.caught_up = true;
    }

    pub(crate) fn chat_list(&mut self, rows: &[ChatRow]) {
        let is_public = |row: &&ChatRow| row.chat_id.as_deref() == Some(PUBLIC_CHAT) || row.public == Some(true);
        let Some(row) = rows.iter().find(is_public) else { return };
        let total = row.total_messages.map_or(0, |n| u32::try_from(n.0.clamp(0, 1_000_000)).unwrap_or(0));
        let first = !std::mem::replace(&mut self.chat.total_known, true);
        if first || total != self.chat.total {
            self.chat.total = total;
            if total == 0 {
                self.chat.whole = true;
                self.chat.log.clear();
            }
            self.chat.follow_total();
        }
        self.chat.server_unread = row.total_unread.map_or(0, |n| u32::try_from(n.0.max(0)).unwrap_or(0));
        let seen = row.last_seen_at.as_deref().and_then(protocol::time::unix_ms).map(|at| at as i64);
        // Before anything was read BBB says 1970.
        self.chat.seen = self.chat.seen.max(seen.filter(|at| *at > 0));
        self.chat.dirty = true;
    }

    pub(crate) fn chat_page(&mut self, offset: u32, rows: &[ChatMessageRow], step: &mut Step<'_>) {
        if !self.chat.open.contains(&offset) {
            tracing::debug!(offset, "a page nobody asked for");
            return;
        }
        self.chat_rows(rows, step);
        self.chat.log.page(offset, rows);
        self.chat.whole |= offset == 0;
        if offset >= self.chat.newest_page() {
            self.chat.caught_up = true;
        }
        self.chat.dirty = true;
    }

    pub(crate) fn chat_stream(&mut self, rows: &[ChatMessageRow], step: &mut Step<'_>) {
        self.chat_rows(rows, step);
    }

    fn chat_rows(&mut self, rows: &[ChatMessageRow], step: &mut Step<'_>) {
        let me = self.own.user.as_str().to_owned();
        for row in rows {
            if !self.chat.log.take(row, &me) {
                continue;
            }
            self.chat.dirty = true;
            if let Some(user) = &row.sender_id {
                self.crowd.part.took(user.as_str());
            }
            let mine = row.sender_id.as_ref().is_some_and(|id| id.as_str() == me);
            if mine && let Some(id) = self.chat.arrived(row.message.as_ref().map_or("", |m| m.as_str())) {
                step.forget(Timer::Confirm(id));
            }
        }
    }

    pub(crate) fn older_chat(&mut self) {
        if !self.chat.has_older() {
            return;
        }
        if let Some(first) = self.chat.open.first().copied() {
            self.chat.open.insert(first.saturating_sub(PAGE));
            while self.chat.open.len() > OPEN_PAGES {
                let Some(middle) = self.chat.open.iter().nth(1).copied() else { break };
                self.chat.close(middle);
            }
            self.chat.dirty = true;
        }
    }

    pub(crate) fn typing(&mut self, step: &mut Step<'_>) {
        let lately = |at: Instant| step.now.saturating_duration_since(at) < TYPING;
        if self.session.is_in() && self.may_chat() && !self.chat.typed.is_some_and(lately) {
            self.chat.typed = Some(step.now);
            self.ask(Ask::Aside, Mutation::Typing, None, step);
        }
    }

    pub(crate) fn typing_rows(&mut self, rows: &[TypingRow], step: &mut Step<'_>) {
        let active = |row: &&TypingRow| {
            row.user_id.as_ref() != Some(&self.own.user)
                && row.is_currently_typing != Some(false)
                && row.chat_id.as_deref().is_none_or(|chat| chat == PUBLIC_CHAT)
        };
        let names = rows.iter().filter(active).map(|row| text::name(row.user.as_ref().and_then(|u| u.name.as_ref())));
        let typing: Vec<String> = names.filter(|name| !name.is_empty()).take(4).collect();
        if typing.is_empty() {
            step.forget(Timer::TypingFades);
        } else {
            step.wake_in(FADES, Timer::TypingFades);
        }
        self.chat.dirty |= typing != self.chat.typing;
        self.chat.typing = typing;
    }

    pub(crate) fn saw_chat(&mut self, step: &mut Step<'_>) {
        let Some((newest, _)) = self.chat.log.newest() else { return };
        if self.chat.seen < Some(newest) {
            self.chat.seen = Some(newest);
            self.chat.dirty = true;
        }
        let lately = |(_, at): (i64, Instant)| step.now.saturating_duration_since(at) < SEEN;
        if !self.chat.seen_told.is_some_and(lately) {
            self.chat_seen_late(step);
        }
    }

    /// Tells the server what has been read, if it does not know.
    pub(crate) fn chat_seen_late(&mut self, step: &mut Step<'_>) {
        let Some((newest, created)) = self.chat.log.newest() else { return };
        let told = self.chat.seen_told.map(|(at, _)| at);
        if self.session.is_in() && self.chat.seen == Some(newest) && told < Some(newest) {
            let at = created.to_owned();
            self.chat.seen_told = Some((newest, step.now));
            self.ask(Ask::Aside, Mutation::ChatSeen { at }, None, step);
        }
    }

    pub(crate) fn chat_difference(&mut self) -> Option<Change> {
        if !std::mem::take(&mut self.chat.dirty) && !self.chat.log.differs() {
            return None;
        }
        let (mut upsert, mut remove) = self.chat.log.difference();
        remove.append(&mut self.chat.gone);
        upsert.extend(self.chat.outgoing_views(self.own.user.as_str(), self.own.display_name(), self.own.role()));
        Some(self.chat_change(upsert, remove))
    }

    pub(crate) fn whole_chat(&self) -> Change {
        let mut upsert: Vec<Message> = self.chat.log.messages().cloned().collect();
        upsert.extend(self.chat.outgoing_views(self.own.user.as_str(), self.own.display_name(), self.own.role()));
        self.chat_change(upsert, Vec::new())
    }

    fn chat_change(&self, upsert: Vec<Message>, remove: Vec<String>) -> Change {
        Change::Chat(ChatChange {
            upsert,
            remove,
            unread: self.chat.unread(),
            typing: self.chat.typing.clone(),
            has_older: self.chat.has_older(),
            away: self.chat.absences.view(),
        })
    }
}
