//! Who I am here, and what roles, policies and locks leave me.

use crate::asks::Ask;
use crate::meeting::{Meeting, Step};
use crate::text;
use crate::view::{ClassInfo, May, Me, Role};
use protocol::graphql::{MeRow, MeetingRow, Mutation};
use protocol::ids::{Text, UserId};
use std::time::{Duration, Instant};

/// Somebody who did something in the last minutes is there; no need to ask again.
const PRESENT: Duration = Duration::from_secs(300);

/// What the server says of me.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) user: UserId,
    name: String,
    pub(crate) moderator: bool,
    pub(crate) presenter: bool,
    /// Locks apply, unless a moderator. Unknown counts as locked.
    unlocked: bool,
    chat_locked: bool,
    pub(crate) raise_hand: bool,
    locks: Locks,
    may_not_mute_others: bool,
    pub(crate) recording: bool,
    duration_s: Option<i64>,
    created: Option<i64>,
    title: Option<String>,
    /// Server's clock minus ours, milliseconds.
    clock: f64,
    inactive: bool,
    acted: Option<Instant>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Locks {
    camera: bool,
    microphone: bool,
    chat: bool,
}

impl Own {
    pub(crate) fn server_time(&mut self, server: f64, wall: f64) {
        if server.is_finite() {
            self.clock = server - wall;
        }
    }

    /// Server's clock minus ours, milliseconds.
    pub(crate) fn clock(&self) -> f64 {
        self.clock
    }

    fn bound(&self) -> bool {
        !self.moderator && !self.unlocked
    }

    pub(crate) fn microphone_locked(&self) -> bool {
        self.bound() && self.locks.microphone
    }

    pub(crate) fn camera_locked(&self) -> bool {
        self.bound() && self.locks.camera
    }

    pub(crate) fn chat_locked(&self) -> bool {
        !self.moderator && (self.chat_locked || (self.bound() && self.locks.chat))
    }

    pub(crate) fn may_mute_others(&self) -> bool {
        self.moderator && !self.may_not_mute_others
    }

    pub(crate) fn role(&self) -> Role {
        if self.moderator { Role::Teacher } else { Role::Pupil }
    }

    pub(crate) fn display_name(&self) -> &str {
        &self.name
    }
}

/// BBB says the role twice; either may be missing.
pub(crate) fn role(is_moderator: Option<bool>, role: Option<&str>) -> Role {
    let teacher = is_moderator.unwrap_or_else(|| role.is_some_and(|r| r.eq_ignore_ascii_case("MODERATOR")));
    if teacher { Role::Teacher } else { Role::Pupil }
}

impl Meeting {
    /// Columns that both feeds about me have.
    pub(crate) fn learn_me(&mut self, row: &MeRow) {
        let before = (self.own.user.clone(), self.own.name.clone(), self.own.moderator);
        if let Some(user) = &row.user_id {
            self.own.user = user.clone();
        }
        if row.name.is_some() {
            self.own.name = text::name(row.name.as_ref());
        }
        if let Some(moderator) = row.is_moderator {
            self.own.moderator = moderator;
            self.crowd.for_teacher(moderator);
        }
        if before != (self.own.user.clone(), self.own.name.clone(), self.own.moderator) {
            self.chat.author_changed();
        }
    }

    pub(crate) fn me_full_row(&mut self, row: &MeRow, step: &mut Step<'_>) {
        if row.user_id.as_ref().is_some_and(|user| *user != self.own.user) {
            tracing::debug!("row of somebody else as mine");
            return;
        }
        if self.ended_by(row, step) {
            return;
        }
        self.learn_me(row);
        let was_presenter = self.own.presenter;
        if let Some(presenter) = row.presenter {
            self.own.presenter = presenter;
        }
        match (was_presenter, self.own.presenter) {
            (true, false) => self.presenter_lost(step),
            (false, true) => {
                let (user, name) = (self.own.user.clone(), Text::new(self.own.name.clone()));
                self.hear_of_presenter(Some(&user), Some(&name), Some(true));
            }
            _ => {}
        }
        if let Some(locked) = row.locked {
            self.own.unlocked = !locked;
        }
        self.own.chat_locked = row.user_lock_settings.as_ref().and_then(|l| l.disable_public_chat).unwrap_or(false);
        self.own.raise_hand = row.raise_hand.unwrap_or(false);
        if row.currently_in_meeting == Some(false) && row.logged_out != Some(true) {
            self.join_again(row, step);
        }
        let inactive = row.inactivity_warning_display == Some(true);
        if inactive && !self.own.inactive {
            self.own.inactive = true;
            if self.own.acted.is_some_and(|at| step.now.saturating_duration_since(at) < PRESENT) {
                self.sign_of_life(step);
            }
        }
        self.own.inactive = inactive;
    }

    pub(crate) fn meeting_row(&mut self, row: &MeetingRow) {
        if let Some(locks) = &row.lock_settings {
            self.own.locks = Locks {
                camera: locks.disable_cam == Some(true),
                microphone: locks.disable_mic == Some(true),
                chat: locks.disable_public_chat == Some(true),
            };
        }
        if let Some(can) = row.users_policies.as_ref().and_then(|p| p.moderators_can_mute_audio) {
            self.own.may_not_mute_others = !can;
        }
        self.own.duration_s = row.duration_in_seconds.map(|d| d.0).or(self.own.duration_s);
        self.own.created = row.created_time.map(|c| c.0).or(self.own.created);
        if row.name.is_some() {
            self.own.title = Some(text::name(row.name.as_ref()));
        }
    }

    /// An intent shows that somebody is there (`session.md` §4.6).
    pub(crate) fn person_is_there(&mut self, step: &mut Step<'_>) {
        self.own.acted = Some(step.now);
        if self.own.inactive && self.session.is_in() {
            self.sign_of_life(step);
        }
    }

    fn sign_of_life(&mut self, step: &mut Step<'_>) {
        self.own.inactive = false;
        self.ask(Ask::Aside, Mutation::ActivitySign, None, step);
    }

    pub(crate) fn may_mute_at_start(&mut self, can: bool) {
        self.own.may_not_mute_others = !can;
    }

    pub(crate) fn me_view(&self) -> Me {
        Me {
            user: self.own.user.as_str().to_owned(),
            name: self.own.name.clone(),
            role: self.own.role(),
            presenter: self.own.presenter,
            hand: self.my_hand(),
            hand_pending: self.hand_pending(),
            may: May {
                speak: !self.own.microphone_locked(),
                camera: self.may_camera(),
                share: self.own.presenter,
                chat: self.may_chat(),
                mute_others: self.own.may_mute_others(),
                lower_hands: self.own.moderator,
                end_class: self.own.moderator,
            },
        }
    }

    pub(crate) fn class_view(&self) -> ClassInfo {
        let Some(facts) = &self.facts else { return ClassInfo::default() };
        let duration = self.own.duration_s.unwrap_or(0).clamp(0, 31_536_000);
        let created = self.own.created.unwrap_or(facts.created).clamp(0, 32_503_680_000_000);
        let clock = self.own.clock.round();
        let opened_at = (created > 0).then_some(created as f64 - clock);
        let ends_at = opened_at.filter(|_| duration > 0).map(|at| at + (duration * 1_000) as f64);
        ClassInfo {
            name: self.own.title.clone().unwrap_or_else(|| facts.name.clone()),
            practice: facts.practice,
            recording: self.own.recording,
            server: facts.server.clone(),
            opened_at,
            ends_at,
            chat_limit: facts.chat_limit,
        }
    }
}
