//! What was asked of the server and has no answer yet.
//!
//! An answer only says that the server took the request (`session.md` §0.3); what became of it is told by a feed. So
//! each feature keeps the id of what it waits for, and this map only knows what an answer belongs to.

use crate::meeting::{Meeting, Step};
use crate::view::Notice;
use crate::{MutationRefusal, Output, Timer};
use protocol::graphql::Mutation;
use protocol::ids::MutationId;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a wish may wait for its confirmation.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// Most requests kept. Overflow rule: the oldest is forgotten, its answer will be ignored.
const MOST: usize = 512;

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    Join,
    Leave,
    Mute {
        muted: bool,
    },
    Hand,
    Chat,
    CameraStart,
    /// Wanted by the person, confirmed by the answer alone.
    Act,
    /// Nobody waits for it.
    Aside,
}

/// Requests without an answer.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    last: u64,
    pending: BTreeMap<MutationId, Ask>,
}

impl Asks {
    fn note(&mut self, ask: Ask) -> MutationId {
        self.last = self.last.wrapping_add(1);
        let id = MutationId(self.last);
        self.pending.insert(id, ask);
        if self.pending.len() > MOST {
            self.pending.pop_first();
        }
        id
    }

    /// Everything on its way is lost with the socket.
    pub(crate) fn lose_all(&mut self) -> BTreeMap<MutationId, Ask> {
        std::mem::take(&mut self.pending)
    }
}

impl Meeting {
    /// Sends a mutation. With a deadline, `Timer::Confirm` comes unless it is forgotten before.
    pub(crate) fn ask(
        &mut self,
        ask: Ask,
        mutation: Mutation,
        deadline: Option<Duration>,
        step: &mut Step<'_>,
    ) -> MutationId {
        let id = self.asks.note(ask);
        step.out.push(Output::Mutate(id, mutation));
        if let Some(deadline) = deadline {
            step.wake_in(deadline, Timer::Confirm(id));
        }
        id
    }

    pub(crate) fn mutated(&mut self, id: MutationId, result: Result<(), MutationRefusal>, step: &mut Step<'_>) {
        let Some(ask) = self.asks.pending.remove(&id) else {
            tracing::debug!(mutation = id.0, "answer to nothing asked");
            return;
        };
        self.settle(id, &ask, result, step);
    }

    pub(crate) fn settle(
        &mut self,
        id: MutationId,
        ask: &Ask,
        result: Result<(), MutationRefusal>,
        step: &mut Step<'_>,
    ) {
        match ask {
            Ask::Leave => self.parted(id, step),
            Ask::Mute { muted } => self.mute_answered(id, *muted, result, step),
            Ask::Hand => self.hand_answered(id, result, step),
            Ask::Chat => self.chat_answered(id, result, step),
            Ask::CameraStart => self.camera_answered(id, result, step),
            Ask::Act => {
                step.forget(Timer::Confirm(id));
                match result {
                    Ok(()) => {}
                    Err(MutationRefusal::Denied) => step.notice(Notice::ActionRefused),
                    Err(MutationRefusal::Lost) => step.notice(Notice::ActionTooLate),
                }
            }
            // A refused join is told by the row; until then the deadline of the join decides.
            Ask::Join if result.is_ok() => self.join_answered(id, step),
            Ask::Join | Ask::Aside => {}
        }
    }

    /// `Timer::Confirm`: a wish was not confirmed in time.
    pub(crate) fn confirm_due(&mut self, id: MutationId, step: &mut Step<'_>) {
        let ask = self.asks.pending.remove(&id);
        if ask == Some(Ask::Act) {
            step.notice(Notice::ActionTooLate);
        }
        self.parted(id, step);
        self.join_unanswered(id, step);
        self.mute_unconfirmed(id, step);
        self.hand_unconfirmed(id, step);
        self.chat_unconfirmed(id);
        self.camera_unconfirmed(id, step);
    }
}
