//! The end, in every way there is (`session.md` §3.7, §4.2, §4.3), and the way back after it.

use crate::asks::Ask;
use crate::meeting::{Meeting, Step};
use crate::session::Phase;
use crate::view::EndReason;
use crate::{Input, Intent, Output, Timer};
use protocol::graphql::{MeRow, Mutation};
use protocol::ids::MutationId;
use std::time::Duration;

/// How long leaving waits for the server's answer before the socket closes.
const PARTING: Duration = Duration::from_secs(2);

impl EndReason {
    /// Whether a way back is offered.
    pub(crate) fn has_way_back(self) -> bool {
        match self {
            Self::Duplicate | Self::Inactive | Self::NotAllowed | Self::Full | Self::NotStarted | Self::Unreachable => {
                true
            }
            Self::NoNetwork | Self::Dns | Self::Clock | Self::Proxy | Self::SessionExpired | Self::Unknown => true,
            Self::Left | Self::Closed | Self::TimeUp | Self::Ejected | Self::Banned | Self::LinkWrong => false,
            Self::LinkUsed | Self::Refused | Self::Version | Self::Certificate => false,
        }
    }
}

/// What a code of `session.md` §4.2 means; `None` when it says nothing.
fn reason_of(code: &str, unknown: EndReason) -> Option<EndReason> {
    Some(match code {
        "" | "not_eject_reason" => return None,
        "duplicate_user_in_meeting_eject_reason" => EndReason::Duplicate,
        "not_enough_permission_eject_reason" => EndReason::NotAllowed,
        "user_requested_eject_reason" | "system_requested_eject_reason" => EndReason::Ejected,
        "validate_token_failed_eject_reason" => EndReason::SessionExpired,
        "user_inactivity_eject_reason" => EndReason::Inactive,
        "banned_user_rejoining_reason" => EndReason::Banned,
        "user_logged_out_reason" => EndReason::Left,
        "max_participants_reason" => EndReason::Full,
        _ => unknown,
    })
}

/// Why the row says it is over, in the order of `session.md` §4.2.
fn end_of(row: &MeRow) -> Option<EndReason> {
    if let Some(meeting) = row.meeting.as_ref().filter(|m| m.ended == Some(true)) {
        let timed = matches!(
            meeting.ended_reason_code.as_deref(),
            Some("ENDED_AFTER_EXCEEDING_DURATION" | "BREAKOUT_ENDED_EXCEEDING_DURATION")
        );
        return Some(if timed { EndReason::TimeUp } else { EndReason::Closed });
    }
    if row.logged_out == Some(true) {
        return Some(EndReason::Left);
    }
    if let Some(reason) = row.join_error_code.as_deref().and_then(|code| reason_of(code, EndReason::Unknown)) {
        return Some(reason);
    }
    if row.banned == Some(true) {
        return Some(EndReason::Banned);
    }
    if let Some(reason) = row.eject_reason_code.as_deref().and_then(|code| reason_of(code, EndReason::Ejected)) {
        return Some(reason);
    }
    if row.ejected == Some(true) {
        return Some(EndReason::Ejected);
    }
    (row.guest_status.as_deref() == Some("DENY")).then_some(EndReason::Refused)
}

impl Meeting {
    /// A refused socket (`session.md` §3.7): `None` = passing. After a working session it usually means the end.
    pub(crate) fn meaning_of(&self, message_id: &str) -> Option<EndReason> {
        let worked = self.session.been_in;
        match message_id {
            "connections_limit_exceeded" => None,
            // Own sockets that broke are counted until the server notices; a fresh session has none.
            "too_many_connections" if worked => None,
            "too_many_connections" => Some(EndReason::Duplicate),
            "meeting_not_found" => Some(EndReason::Closed),
            "user_not_found" | "check_authorization_error" if !worked => Some(EndReason::SessionExpired),
            code => {
                let unknown = if worked { EndReason::Closed } else { EndReason::Unknown };
                Some(reason_of(code, unknown).unwrap_or(unknown))
            }
        }
    }

    pub(crate) fn ended_by(&mut self, row: &MeRow, step: &mut Step<'_>) -> bool {
        match end_of(row) {
            Some(reason) => {
                self.end(reason, step);
                true
            }
            None => false,
        }
    }

    pub(crate) fn leave(&mut self, step: &mut Step<'_>) {
        if self.session.is_in() {
            let id = self.ask(Ask::Leave, Mutation::Leave, Some(PARTING), step);
            self.finish(EndReason::Left, Some(id), step);
        } else {
            self.finish(EndReason::Left, None, step);
        }
    }

    pub(crate) fn end_for_all(&mut self, step: &mut Step<'_>) {
        if self.allowed_to_act(self.own.moderator, step) {
            self.ask(Ask::Act, Mutation::EndMeeting, Some(crate::asks::PATIENCE), step);
        }
    }

    pub(crate) fn end(&mut self, reason: EndReason, step: &mut Step<'_>) {
        self.finish(reason, None, step);
    }

    /// Everything stops: first what leaves this machine, then what comes in, then the socket.
    fn finish(&mut self, reason: EndReason, parting: Option<MutationId>, step: &mut Step<'_>) {
        let open = self.session.is_listening() || self.session.phase == Phase::Opening;
        self.session.phase = Phase::Over { reason, parting };
        self.silence_for_good(step);
        self.stop_capture(step);
        self.close_every_leg(step);
        self.recovery.rest_in_peace(step);
        self.goes_away(step);
        self.chat.class_over();
        for timer in [Timer::JoinDeadline, Timer::Heartbeat, Timer::Settle, Timer::Silence, Timer::TypingFades] {
            step.forget(timer);
        }
        if parting.is_none() {
            if open {
                step.out.push(Output::CloseControl);
            }
            self.after_end(reason, step);
        }
    }

    fn after_end(&mut self, reason: EndReason, step: &mut Step<'_>) {
        self.feeds.start_anew();
        self.asks.lose_all();
        if reason == EndReason::Left {
            step.out.push(Output::SignOut);
        }
        if !reason.has_way_back() {
            step.out.push(Output::Finished);
        }
    }

    /// The leave was answered, or will not be.
    pub(crate) fn parted(&mut self, id: MutationId, step: &mut Step<'_>) {
        if let Phase::Over { reason, parting } = &mut self.session.phase
            && *parting == Some(id)
        {
            *parting = None;
            let reason = *reason;
            step.forget(Timer::Confirm(id));
            step.out.push(Output::CloseControl);
            self.after_end(reason, step);
        }
    }

    pub(crate) fn handle_over(&mut self, input: Input, step: &mut Step<'_>) {
        match (input, &self.session.phase) {
            (Input::Mutated(id, result), _) => self.mutated(id, result, step),
            (Input::Timer(Timer::Confirm(id)), _) => self.parted(id, step),
            (Input::ControlDown(_), Phase::Over { parting: Some(id), .. }) => self.parted(*id, step),
            (Input::Intent(Intent::Rejoin), Phase::Over { reason, parting: None }) if reason.has_way_back() => {
                self.enter_anew(step);
            }
            _ => tracing::debug!("input after the end"),
        }
    }

    /// Enters again as a newcomer. What the person wrote and could not send is kept; the microphone starts closed.
    fn enter_anew(&mut self, step: &mut Step<'_>) {
        self.config.muted = true;
        // What the window knows of the lists goes with their differences.
        self.voices_start_anew();
        self.chat.start_over();
        *self = Self {
            asks: std::mem::take(&mut self.asks),
            legs: std::mem::take(&mut self.legs),
            shown: std::mem::take(&mut self.shown),
            voices: std::mem::take(&mut self.voices),
            chat: std::mem::take(&mut self.chat),
            ..Self::new(self.config.clone())
        };
        self.set_out(step);
    }
}
