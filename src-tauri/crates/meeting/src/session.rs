//! Life cycle of the session: the way in, the waiting room, in class (`session.md` §4).

use crate::asks::Ask;
use crate::facts::Facts;
use crate::meeting::{Meeting, Step};
use crate::recovery::Rung;
use crate::view::{EndReason, JoinStep, Stage};
use crate::{ControlFault, Entry, EntryBy, MediaCommand, Output, Timer, text};
use protocol::graphql::{LobbyRow, MeRow, Mutation};
use protocol::ids::{MutationId, Secret};
use std::time::{Duration, Instant};

/// Time for `joined` after asking for it (`session.md` §4.1).
const JOIN: Duration = Duration::from_secs(60);
/// When to ask again, should nothing have come of it.
const JOIN_AGAIN: Duration = Duration::from_secs(10);
/// How long after coming in the feeds may take to say what is.
const SETTLE: Duration = Duration::from_secs(5);

/// Where the session stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Phase {
    #[default]
    Idle,
    /// HTTP.
    Entering(EntryBy),
    /// Control socket being opened.
    Opening,
    /// Control socket up, waiting for the first row about me.
    Greeting,
    /// Waiting room.
    Lobby,
    /// Asked to join. `listed`: the server had us as joined already, so only its answer says that the join was heard.
    Admitting { ask: MutationId, listed: bool },
    /// In class.
    In { since: Instant },
    /// Waiting for `Timer::RetrySession`.
    Resting(Rung),
    /// Over. `parting`: leaving was asked for and the socket is still open for the answer.
    Over { reason: EndReason, parting: Option<MutationId> },
}

/// The session.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) phase: Phase,
    /// Was in class since it was entered: the window stays in class while the way back is tried.
    pub(crate) been_in: bool,
    /// In class or in the waiting room: there is something to lose.
    pub(crate) has_place: bool,
    /// For the progress shown.
    step: Option<JoinStep>,
    position: Option<u32>,
    message: Option<String>,
    auth: Secret,
    /// The last row said `joined`.
    joined: bool,
    /// When `userJoinMeeting` was last sent while in class.
    repeated: Option<Instant>,
}

impl Session {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    pub(crate) fn is_in(&self) -> bool {
        matches!(self.phase, Phase::In { .. })
    }

    /// The control socket is up.
    pub(crate) fn is_listening(&self) -> bool {
        matches!(self.phase, Phase::Greeting | Phase::Lobby | Phase::Admitting { .. } | Phase::In { .. })
    }

    /// Waits outside: in the waiting room.
    pub(crate) fn in_lobby(&self) -> bool {
        self.phase == Phase::Lobby
    }
}

impl Meeting {
    pub(crate) fn set_out(&mut self, step: &mut Step<'_>) {
        if self.session.phase != Phase::Idle {
            tracing::debug!("set out already");
            return;
        }
        // Fail closed: until the server and the person agree, silence is sent.
        step.out.push(Output::Media(MediaCommand::SetMuted(true)));
        self.go(Rung::Link, step);
    }

    pub(crate) fn link_followed(&mut self) {
        if matches!(self.session.phase, Phase::Entering(_)) {
            self.session.step = Some(JoinStep::Server);
        }
    }

    pub(crate) fn entered(&mut self, entry: &Entry, step: &mut Step<'_>) {
        if !matches!(self.session.phase, Phase::Entering(_)) {
            tracing::debug!("entered without being asked to");
            return;
        }
        let facts = Facts::read(entry);
        if !self.session.been_in {
            self.voice.newcomer(self.config.muted || facts.mute_on_start);
            self.may_mute_at_start(facts.mods_may_mute);
        }
        self.facts = Some(facts);
        self.entry_held();
        self.open_control(step);
    }

    pub(crate) fn open_control(&mut self, step: &mut Step<'_>) {
        self.session.phase = Phase::Opening;
        self.session.step = Some(JoinStep::Control);
        step.out.push(Output::OpenControl);
    }

    pub(crate) fn enter(&mut self, by: EntryBy, step: &mut Step<'_>) {
        self.session.phase = Phase::Entering(by);
        self.session.step = Some(JoinStep::Link);
        // What still runs belongs to a session that may be no more; the new one has its own signalling.
        self.drop_legs(step);
        step.out.push(Output::Enter { by });
    }

    pub(crate) fn control_up(&mut self, step: &mut Step<'_>) {
        if self.session.phase != Phase::Opening {
            tracing::debug!("control socket came up unasked");
            return;
        }
        self.session.phase = Phase::Greeting;
        self.session.step = Some(JoinStep::Entering);
        self.session.joined = false;
        self.feeds.start_anew();
        self.voices_start_anew();
        self.voice.hear_anew();
        self.cam.hear_anew();
        self.faces.start_anew();
        self.chat.hear_anew();
        step.wake_in(JOIN, Timer::JoinDeadline);
    }

    /// The socket is gone; what hung on it is, too. Recovery says what comes next.
    pub(crate) fn control_down(&mut self, fault: &ControlFault, step: &mut Step<'_>) {
        if !self.session.is_listening() && self.session.phase != Phase::Opening {
            tracing::debug!("a control socket that is closed went down");
            return;
        }
        self.detach(step);
        match fault {
            ControlFault::Broken => self.session_lost(step),
            ControlFault::Refused { message_id } => match self.meaning_of(message_id) {
                Some(reason) => self.end(reason, step),
                None => self.session_lost(step),
            },
        }
    }

    /// Forgets everything that hangs on the control socket.
    pub(crate) fn detach(&mut self, step: &mut Step<'_>) {
        self.feeds.start_anew();
        self.recovery.silent = false;
        for timer in [Timer::JoinDeadline, Timer::Heartbeat, Timer::Settle, Timer::Silence] {
            step.forget(timer);
        }
        for (id, ask) in self.asks.lose_all() {
            step.forget(Timer::Confirm(id));
            if ask != Ask::Leave {
                self.settle(id, &ask, Err(crate::MutationRefusal::Lost), step);
            }
        }
        self.voice_unheard();
    }

    pub(crate) fn me_row(&mut self, row: &MeRow, step: &mut Step<'_>) {
        if self.ended_by(row, step) {
            return;
        }
        let before = self.own.user.clone();
        self.learn_me(row);
        if !before.as_str().is_empty() && before != self.own.user {
            tracing::info!("came back as somebody new");
            self.drop_legs(step);
            self.voice.becomes_somebody_new();
        }
        if let Some(token) = row.auth_token.as_ref().filter(|t| !t.is_empty()) {
            self.session.auth = token.clone();
        }
        self.session.joined = row.joined == Some(true);
        let waits = row.guest_status.as_deref() == Some("WAIT");
        match self.session.phase {
            Phase::Greeting | Phase::Admitting { .. } if waits => {
                self.session.phase = Phase::Lobby;
                self.session.has_place = true;
                step.forget(Timer::JoinDeadline);
            }
            Phase::Greeting | Phase::Lobby if !waits => self.send_join(step),
            Phase::Admitting { listed: false, .. } if self.session.joined => self.come_in(step),
            Phase::In { .. } if row.joined == Some(false) => self.join_again(row, step),
            _ => {}
        }
    }

    pub(crate) fn lobby_row(&mut self, row: &LobbyRow) {
        let details = row.guest_status_details.as_ref();
        let place = details.and_then(|d| d.position_in_waiting_queue).map(|p| p.0);
        self.session.position = place.and_then(|p| u32::try_from(p).ok()).filter(|p| *p > 0);
        let own = details.and_then(|d| d.guest_lobby_message.as_ref());
        let all = row.meeting.as_ref().and_then(|m| m.users_policies.as_ref()?.guest_lobby_message.as_ref());
        let message = own.filter(|m| !m.is_empty()).or(all).map(|m| text::body(m.as_str()));
        self.session.message = message.filter(|m| !m.trim().is_empty());
    }

    fn send_join(&mut self, step: &mut Step<'_>) {
        // Also when we are listed: the server may have let us go meanwhile, and to say it again is harmless.
        if !self.session.auth.is_empty() {
            step.wake_in(JOIN, Timer::JoinDeadline);
            self.repeat_join(step);
        } else if self.session.joined {
            self.come_in(step);
        } else {
            tracing::debug!("no token to join with yet");
        }
    }

    fn repeat_join(&mut self, step: &mut Step<'_>) {
        let mutation = Mutation::UserJoin { auth_token: self.session.auth.clone() };
        let ask = self.ask(Ask::Join, mutation, Some(JOIN_AGAIN), step);
        self.session.phase = Phase::Admitting { ask, listed: self.session.joined };
    }

    /// The server took the join. Who is listed already comes in with it; who is not waits for the row.
    pub(crate) fn join_answered(&mut self, id: MutationId, step: &mut Step<'_>) {
        if matches!(self.session.phase, Phase::Admitting { ask, listed: true } if ask == id) {
            self.come_in(step);
        }
    }

    pub(crate) fn join_unanswered(&mut self, id: MutationId, step: &mut Step<'_>) {
        if !matches!(self.session.phase, Phase::Admitting { ask, .. } if ask == id) {
            return;
        }
        if self.session.joined {
            self.come_in(step);
        } else {
            self.repeat_join(step);
        }
    }

    /// Listed as gone while connected (`session.md` §4.1, step 6).
    pub(crate) fn join_again(&mut self, row: &MeRow, step: &mut Step<'_>) {
        let lately = |at: Instant| step.now.saturating_duration_since(at) < JOIN_AGAIN;
        if row.ejected == Some(true) || !self.session.is_in() || self.session.repeated.is_some_and(lately) {
            return;
        }
        self.session.repeated = Some(step.now);
        let mutation = Mutation::UserJoin { auth_token: self.session.auth.clone() };
        self.ask(Ask::Aside, mutation, None, step);
    }

    pub(crate) fn join_deadline(&mut self, step: &mut Step<'_>) {
        if !matches!(self.session.phase, Phase::Greeting | Phase::Admitting { .. }) {
            return;
        }
        if self.session.been_in {
            self.give_up_socket(step);
        } else {
            self.end(EndReason::Unknown, step);
        }
    }

    fn come_in(&mut self, step: &mut Step<'_>) {
        if let Phase::Admitting { ask, .. } = self.session.phase {
            step.forget(Timer::Confirm(ask));
        }
        step.forget(Timer::JoinDeadline);
        self.session.phase = Phase::In { since: step.now };
        let returns = std::mem::replace(&mut self.session.been_in, true);
        self.session.has_place = true;
        self.chat_since(step.wall);
        step.wake_in(SETTLE, Timer::Settle);
        self.schedule_heartbeat(step);
        self.session_found(returns, step);
    }

    fn schedule_heartbeat(&self, step: &mut Step<'_>) {
        let interval = self.facts.as_ref().map_or(Duration::from_secs(10), |f| f.heartbeat);
        step.wake_in(interval, Timer::Heartbeat);
    }

    /// Sends the heartbeat; the driver puts the round trip in (`session.md` §4.4).
    pub(crate) fn heartbeat(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() {
            return;
        }
        let Some(facts) = &self.facts else { return };
        let mutation = Mutation::ConnectionAlive {
            server_request_id: String::new(),
            client_session: facts.client_session.clone(),
            network_rtt_ms: 0.0,
            application_rtt_ms: None,
        };
        self.ask(Ask::Aside, mutation, None, step);
        self.chat_seen_late(step);
        self.schedule_heartbeat(step);
    }

    pub(crate) fn stage_view(&self) -> Stage {
        match &self.session.phase {
            Phase::Over { reason, .. } => {
                Stage::Ended { reason: *reason, rejoin: reason.has_way_back(), unsent: self.chat.unsent() }
            }
            Phase::Lobby => Stage::Waiting { position: self.session.position, message: self.session.message.clone() },
            _ if self.session.been_in => Stage::InClass,
            _ => Stage::Joining { step: self.session.step.unwrap_or(JoinStep::Link) },
        }
    }
}
