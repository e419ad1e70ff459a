//! Own chat messages on their way out: queued, sent, shown by the server or failed; never lost, never said twice.

use crate::asks::{Ask, PATIENCE};
use crate::chat::Chat;
use crate::meeting::{Meeting, Step};
use crate::text::bare;
use crate::view::{Message, MessageState, Notice, Role};
use crate::{MutationRefusal, Timer};
use protocol::graphql::Mutation;
use protocol::ids::{MutationId, Text};
use std::time::Duration;

/// Most own messages waiting. Overflow rule: the newest is not taken, and the person is told.
const MOST_OUTGOING: usize = 100;
/// Time for an own message to show up.
const ARRIVES: Duration = PATIENCE;

/// An own message that the server has not shown yet.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) local: String,
    pub(crate) text: String,
    pub(crate) at: f64,
    pub(crate) state: MessageState,
    /// Sent, waiting to show up.
    pub(crate) ask: Option<MutationId>,
    /// It was on its way when the socket broke: it may have arrived.
    pub(crate) in_doubt: bool,
}

impl Chat {
    /// What could not be sent, to be copied.
    pub(crate) fn unsent(&self) -> Vec<String> {
        self.outgoing.iter().map(|message| message.text.clone()).collect()
    }

    pub(crate) fn push_outgoing(&mut self, text: String, at: f64, state: MessageState) {
        self.last_local += 1;
        let local = format!("local-{}", self.last_local);
        self.outgoing.push_back(Outgoing { local, text, at, state, ask: None, in_doubt: false });
        self.dirty = true;
    }

    /// An own row arrived: which of the waiting messages is it?
    pub(crate) fn arrived(&mut self, row_text: &str) -> Option<MutationId> {
        let waits = |m: &&Outgoing| m.ask.is_some() || m.in_doubt || m.state == MessageState::Failed;
        let plain = bare(row_text);
        let same = |m: &Outgoing| m.text.trim() == row_text.trim();
        let alike = |m: &Outgoing| !plain.is_empty() && bare(&m.text) == plain;
        let find = |fits: &dyn Fn(&Outgoing) -> bool| {
            self.outgoing.iter().find(|m| waits(m) && fits(m)).map(|m| m.local.clone())
        };
        let local = find(&same).or_else(|| find(&alike))?;
        let at = self.outgoing.iter().position(|m| m.local == local)?;
        let message = self.outgoing.remove(at)?;
        self.gone.push(message.local);
        self.dirty = true;
        message.ask
    }

    pub(crate) fn outgoing_views<'a>(
        &'a self,
        user: &'a str,
        name: &'a str,
        me: Role,
    ) -> impl Iterator<Item = Message> + 'a {
        self.outgoing.iter().map(move |m| Message {
            id: m.local.clone(),
            user: user.to_owned(),
            name: name.to_owned(),
            role: me,
            mine: true,
            text: m.text.clone(),
            at: m.at,
            state: m.state,
        })
    }
}

impl Meeting {
    pub(crate) fn send_chat(&mut self, text: String, step: &mut Step<'_>) {
        let limit = self.facts.as_ref().map_or(5_000, |facts| facts.chat_limit);
        let long = text.chars().count() > usize::try_from(limit).unwrap_or(usize::MAX);
        if text.trim().is_empty() || long {
            tracing::debug!(long, "a message that cannot be sent");
        } else if !self.may_chat() {
            step.notice(Notice::ActionRefused);
        } else if self.chat.outgoing.len() >= MOST_OUTGOING {
            step.notice(Notice::ActionTooLate);
        } else {
            self.chat.push_outgoing(text, step.wall, MessageState::Queued);
        }
    }

    pub(crate) fn resend_chat(&mut self, local_id: &str) {
        let failed = |m: &&mut Outgoing| m.local == local_id && m.state == MessageState::Failed;
        if let Some(message) = self.chat.outgoing.iter_mut().find(failed) {
            message.state = MessageState::Queued;
            message.in_doubt = false;
            self.chat.dirty = true;
        }
    }

    pub(crate) fn chat_returns(&mut self, back: bool, step: &mut Step<'_>) {
        let waiting = self.chat.outgoing.iter().any(|m| m.state == MessageState::Queued);
        if back && waiting {
            self.chat.back = true;
        } else if back {
            step.notice(Notice::Back { sent: 0 });
        }
    }

    /// Sends what waits, in order. What may have arrived before the socket broke waits for the newest page first, so that
    /// nothing is said twice.
    pub(crate) fn reconcile_chat(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() || (!self.chat.caught_up && self.chat.outgoing.iter().any(|m| m.in_doubt)) {
            return;
        }
        let mut sent = 0;
        for at in 0..self.chat.outgoing.len() {
            let Some(message) = self.chat.outgoing.get(at) else { break };
            if message.state != MessageState::Queued || message.ask.is_some() {
                continue;
            }
            let mutation = Mutation::SendChat { text: Text::new(message.text.clone()) };
            let id = self.ask(Ask::Chat, mutation, Some(ARRIVES), step);
            if let Some(message) = self.chat.outgoing.get_mut(at) {
                message.ask = Some(id);
                message.in_doubt = false;
            }
            sent += 1;
        }
        if std::mem::take(&mut self.chat.back) {
            step.notice(Notice::Back { sent });
        }
    }

    pub(crate) fn chat_answered(&mut self, id: MutationId, result: Result<(), MutationRefusal>, step: &mut Step<'_>) {
        let Some(message) = self.chat.outgoing.iter_mut().find(|m| m.ask == Some(id)) else { return };
        match result {
            Ok(()) => {}
            Err(MutationRefusal::Denied) => {
                (message.ask, message.state) = (None, MessageState::Failed);
                self.chat.dirty = true;
                step.forget(Timer::Confirm(id));
                step.notice(Notice::ActionRefused);
            }
            Err(MutationRefusal::Lost) => (message.ask, message.in_doubt) = (None, true),
        }
    }

    pub(crate) fn chat_unconfirmed(&mut self, id: MutationId) {
        if let Some(message) = self.chat.outgoing.iter_mut().find(|m| m.ask == Some(id)) {
            (message.ask, message.state) = (None, MessageState::Failed);
            self.chat.dirty = true;
        }
    }
}
