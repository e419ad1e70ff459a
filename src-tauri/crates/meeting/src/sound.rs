//! My voice: the audio leg, the microphone and the gate behind it. What the server says of it is in [`crate::mute`].
//!
//! The rule everything here serves: the gate is open only while the person wants it open, the server says it is open,
//! and the leg is up. Whatever is in doubt closes it; nothing but a wish and the server's word opens it.

use crate::asks::Ask;
use crate::legs::{Medium, State};
use crate::meeting::{Meeting, Step};
use crate::view::{DeviceTrouble, Notice, Sound, SoundState};
use crate::{LegKind, MediaCommand, Output, Timer};
use protocol::graphql::Mutation;
use protocol::ids::MutationId;
use std::time::{Duration, Instant};

/// How often one may be told that one speaks while muted.
const NAG: Duration = Duration::from_secs(60);
/// Time for the server to say how a new leg starts.
const FIRST_WORD: Duration = Duration::from_secs(5);

/// What the server last said of my microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing since the leg was opened: muted, as everybody without a row is.
    Nothing,
    Muted,
    Open,
}

/// My voice.
#[derive(Debug)]
pub(crate) struct Voice {
    pub(crate) wish_muted: bool,
    pub(crate) listen_only: bool,
    pub(crate) said: Said,
    /// It was said on a control socket that is gone.
    pub(crate) old_word: bool,
    pub(crate) member: Option<String>,
    pub(crate) gate_open: bool,
    /// A change the server was asked for.
    pub(crate) asked: Option<(MutationId, bool)>,
    /// An unmute to ask for as soon as the leg is up.
    pub(crate) open_next: bool,
    pub(crate) mutes_asked: u32,
    pub(crate) by_teacher: bool,
    pub(crate) talking: bool,
    pub(crate) no_microphone: bool,
    /// The leg that is open sends only silence, by its order.
    pub(crate) silent_leg: bool,
    pub(crate) nagged: Option<Instant>,
}

impl Voice {
    pub(crate) fn new(muted: bool, listen_only: bool) -> Self {
        Self {
            wish_muted: muted || listen_only,
            listen_only,
            said: Said::Nothing,
            old_word: false,
            member: None,
            gate_open: false,
            asked: None,
            open_next: false,
            mutes_asked: 0,
            by_teacher: false,
            talking: false,
            no_microphone: false,
            silent_leg: false,
            nagged: None,
        }
    }

    /// First time in: the rule for newcomers comes before the choice made outside.
    pub(crate) fn newcomer(&mut self, muted: bool) {
        self.wish_muted |= muted;
    }

    /// The control socket is gone. An unmute that was not confirmed is off: it must not happen minutes later.
    fn unheard(&mut self) {
        if matches!(self.asked.take(), Some((_, false))) {
            self.wish_muted = true;
        }
        self.open_next = false;
        self.talking = false;
    }

    pub(crate) fn hear_anew(&mut self) {
        self.old_word = true;
        self.mutes_asked = 0;
    }

    pub(crate) fn becomes_somebody_new(&mut self) {
        self.said = Said::Nothing;
        self.member = None;
        self.by_teacher = false;
    }
}

impl Meeting {
    pub(crate) fn voice_unheard(&mut self) {
        self.voice.unheard();
    }

    pub(crate) fn want_muted(&mut self, muted: bool, step: &mut Step<'_>) {
        if muted {
            self.voice.wish_muted = true;
            self.voice.open_next = false;
            self.voice.mutes_asked = 0;
            return;
        }
        if self.own.microphone_locked() {
            step.notice(Notice::MicrophoneLocked);
        } else if self.voice.no_microphone {
            step.notice(Notice::NoMicrophone);
        } else if self.session.been_in && !self.session.is_in() {
            step.notice(Notice::ActionTooLate);
        } else if self.voice.listen_only {
            tracing::debug!("unmute while only listening");
        } else {
            self.voice.wish_muted = false;
            self.voice.by_teacher = false;
            // A mute that is on its way would win over this later wish.
            let mute_on_its_way = matches!(self.voice.asked, Some((_, true)));
            self.voice.open_next = self.session.is_in() && (self.voice.said != Said::Open || mute_on_its_way);
        }
    }

    pub(crate) fn want_listen_only(&mut self, listen_only: bool, step: &mut Step<'_>) {
        if self.voice.listen_only == listen_only {
            return;
        }
        self.voice.listen_only = listen_only;
        if listen_only {
            self.want_muted(true, step);
        }
        self.say_input(step);
    }

    pub(crate) fn microphone(&mut self, name: Option<String>, fell_back: bool, came_back: bool, step: &mut Step<'_>) {
        let missed = std::mem::replace(&mut self.voice.no_microphone, name.is_none());
        match name {
            None => {
                self.want_muted(true, step);
                if !missed {
                    step.notice(Notice::NoMicrophone);
                }
            }
            Some(name) if fell_back => step.notice(Notice::MicrophoneGone { name }),
            Some(_) if came_back => step.notice(Notice::MicrophoneBack),
            Some(_) => {}
        }
        if missed != self.voice.no_microphone {
            self.say_input(step);
        }
    }

    pub(crate) fn microphone_trouble(&mut self, trouble: DeviceTrouble, step: &mut Step<'_>) {
        self.want_muted(true, step);
        step.notice(match trouble {
            DeviceTrouble::None | DeviceTrouble::Gone => Notice::NoMicrophone,
            DeviceTrouble::Busy | DeviceTrouble::Blocked => Notice::MicrophoneBlocked,
            DeviceTrouble::Locked => Notice::MicrophoneLocked,
        });
    }

    pub(crate) fn speaking_muted(&mut self, step: &mut Step<'_>) {
        let lately = |at: Instant| step.now.saturating_duration_since(at) < NAG;
        let listens = self.voice.listen_only || self.voice.asked.is_some();
        if self.session.is_in() && !self.voice.gate_open && !listens && !self.voice.nagged.is_some_and(lately) {
            self.voice.nagged = Some(step.now);
            step.notice(Notice::SpeakingMuted);
        }
    }

    /// Tells the server whether there is a microphone behind the leg (`media.md` §4.5, step 7).
    fn say_input(&mut self, step: &mut Step<'_>) {
        if self.session.is_in() && self.legs.audio.is_up() {
            let listen_only = self.voice.listen_only || self.voice.no_microphone;
            self.ask(Ask::Aside, Mutation::SetListenOnlyInput { listen_only }, None, step);
        }
    }

    pub(crate) fn sound_came_up(&mut self, step: &mut Step<'_>) {
        self.say_input(step);
        if self.voice.wish_muted || self.voice.said == Said::Open {
            return;
        }
        // A new leg is a new member of the conference, muted by the rule for newcomers. A teacher whose microphone was
        // open goes on; for a pupil only the server's word counts, lest a drop undo what the teacher decided.
        if self.own.moderator {
            self.voice.open_next = true;
        } else {
            step.wake_in(FIRST_WORD, Timer::Settle);
        }
    }

    pub(crate) fn sound_went(&mut self) {
        self.voice.said = Said::Nothing;
        self.voice.member = None;
        self.voice.talking = false;
    }

    fn gate_may_be_open(&self) -> bool {
        let voice = &self.voice;
        !self.session.is_over()
            && !self.session.in_lobby()
            && !voice.wish_muted
            && voice.said == Said::Open
            && !voice.listen_only
            && !voice.no_microphone
            && !self.own.microphone_locked()
            && self.legs.audio.is_up()
    }

    pub(crate) fn close_gate_if_due(&mut self, step: &mut Step<'_>) {
        if self.own.microphone_locked() && !self.voice.wish_muted {
            self.voice.wish_muted = true;
            step.notice(Notice::MicrophoneLocked);
        }
        if self.voice.gate_open && !self.gate_may_be_open() {
            self.voice.gate_open = false;
            step.out.push(Output::Media(MediaCommand::SetMuted(true)));
        }
    }

    pub(crate) fn open_gate_if_due(&mut self, step: &mut Step<'_>) {
        if !self.voice.gate_open && self.gate_may_be_open() {
            self.voice.gate_open = true;
            step.out.push(Output::Media(MediaCommand::SetMuted(false)));
        }
    }

    pub(crate) fn silence_for_good(&mut self, step: &mut Step<'_>) {
        self.voice.wish_muted = true;
        self.voice.asked = None;
        self.voice.talking = false;
        self.close_gate_if_due(step);
    }

    pub(crate) fn reconcile_sound(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() {
            return;
        }
        self.reconcile_mute(step);
        // A leg that was opened only to listen cannot send; one that can send may well stay silent.
        if self.voice.silent_leg && !self.voice.listen_only && self.legs.audio.leg().is_some() {
            self.close_leg(&Medium::Audio, step);
            self.sound_went();
        }
        if self.legs.audio.is_free() {
            self.voice.silent_leg = self.voice.listen_only;
            self.open_leg(&Medium::Audio, LegKind::Audio { listen_only: self.voice.listen_only }, step);
        }
    }

    pub(crate) fn sound_view(&self) -> Sound {
        let slot = &self.legs.audio;
        let state = match &slot.state {
            _ if self.session.is_over() => SoundState::Off,
            State::Live(_) if slot.is_up() => SoundState::On,
            State::GivenUp => SoundState::Off,
            _ if slot.was_up => SoundState::Lost,
            State::Live(_) | State::Resting(_) => SoundState::Joining,
            State::Free => SoundState::Off,
        };
        Sound {
            state,
            listen_only: self.voice.listen_only,
            muted: self.voice.said != Said::Open,
            pending: match self.voice.asked {
                Some((_, muted)) => Some(muted),
                None if self.voice.open_next => Some(false),
                None => None,
            },
            talking: self.voice.talking,
            by_teacher: self.voice.by_teacher,
            locked: self.own.microphone_locked(),
        }
    }
}
