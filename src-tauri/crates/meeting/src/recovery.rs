//! Recovery: the only place where anything is tried again.
//!
//! Ladder: that leg again → control socket again → in again with the session → in again by the link → ended, with the
//! reason. Faults that are final are final. Waking up, a new network or the person cut a wait short.

use crate::legs::{Medium, State};
use crate::meeting::{Meeting, Step};
use crate::session::Phase;
use crate::view::{EndReason, Link, LinkState, Notice};
use crate::{EntryBy, EntryFault, LegFault, Output, Timer};
use protocol::ids::LegId;
use std::time::Duration;

/// Waits before the control socket is tried again (`session.md` §3.7), the last one repeated.
const CONTROL_WAITS: [u64; 4] = [1, 2, 5, 10];
const CONTROL_TRIES: u32 = 20;
/// On the way in nobody's place is kept: say sooner what is wrong.
const FIRST_TRIES: u32 = 5;
const SESSION_TRIES: u32 = 3;
const LINK_TRIES: u32 = 3;
/// A session that held this long makes the next loss a first one.
const HELD: Duration = Duration::from_secs(10);
/// Silence after the first 15 s (`session.md` §3.6) until the socket counts as gone.
const SILENCE: Duration = Duration::from_secs(15);
/// A leg that fell sooner than this after coming up did not work.
const WORKED: Duration = Duration::from_secs(5);

/// What is tried next for the session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Rung {
    #[default]
    Control,
    Session,
    Link,
}

/// How far down we are.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    rung: Rung,
    tries: u32,
    /// Since when it is lost, Unix milliseconds.
    lost_since: Option<f64>,
    retry_at: Option<f64>,
    /// Nothing is heard on the control socket.
    pub(crate) silent: bool,
    /// Why the last way in failed.
    reason: Option<EndReason>,
}

impl Recovery {
    /// Next rung and the wait before it; `None` when there is none left.
    fn next(&mut self, has_place: bool) -> Option<(Rung, Duration)> {
        loop {
            let most = match self.rung {
                _ if !has_place => FIRST_TRIES,
                Rung::Control => CONTROL_TRIES,
                Rung::Session => SESSION_TRIES,
                Rung::Link => LINK_TRIES,
            };
            if self.tries < most {
                let at = usize::try_from(self.tries).unwrap_or(usize::MAX).min(CONTROL_WAITS.len() - 1);
                self.tries += 1;
                return Some((self.rung, Duration::from_secs(CONTROL_WAITS[at])));
            }
            if !has_place {
                return None;
            }
            self.rung = match self.rung {
                Rung::Control => Rung::Session,
                Rung::Session => Rung::Link,
                Rung::Link => return None,
            };
            self.tries = 0;
        }
    }

    /// Nothing is tried any more.
    pub(crate) fn rest_in_peace(&mut self, step: &mut Step<'_>) {
        *self = Self::default();
        step.forget(Timer::RetrySession);
    }
}

/// What to do about a leg that went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Now,
    After(Duration),
    GiveUp,
}

/// `worked`: it was up, long enough to count. `tries`: failures in a row before this one.
fn verdict(medium: &Medium, fault: LegFault, worked: bool, was_up: bool, tries: u32) -> Verdict {
    let after = |waits: &[u64]| {
        let wait = usize::try_from(tries).ok().and_then(|n| waits.get(n));
        wait.map_or(Verdict::GiveUp, |s| Verdict::After(Duration::from_secs(*s)))
    };
    // The server says no, or cannot ever: asking again only annoys it.
    let refused = matches!(fault, LegFault::Server(2202 | 2203 | 2204 | 2301) | LegFault::Sdp | LegFault::Unsupported);
    match medium {
        // A face is worth trying for as long as it is listed (`media.md` §7.4).
        Medium::Face(_) if fault == LegFault::Unsupported => Verdict::GiveUp,
        Medium::Face(_) if worked => Verdict::Now,
        Medium::Face(_) => Verdict::After(Duration::from_secs(if tries == 0 { 30 } else { 60 })),
        _ if refused => Verdict::GiveUp,
        Medium::Audio if worked => Verdict::Now,
        Medium::Audio => after(&[2, 5, 10, 10, 20]),
        Medium::Camera | Medium::ScreenOut if !was_up && !matches!(fault, LegFault::Signalling) => Verdict::GiveUp,
        Medium::Camera | Medium::ScreenOut => after(&[2, 5, 10]),
        Medium::ScreenIn if worked => Verdict::Now,
        Medium::ScreenIn => after(&[8, 12, 18, 25]),
    }
}

/// Code for the IT person (`media.md` §8).
fn code_of(medium: &Medium, fault: LegFault) -> String {
    let audio = *medium == Medium::Audio;
    let code = match fault {
        LegFault::Server(code) => code,
        LegFault::Signalling if audio => 1001,
        LegFault::Signalling => 1101,
        LegFault::Timeout if audio => 1010,
        LegFault::Timeout if *medium == Medium::Camera => 1020,
        LegFault::Timeout => 1120,
        LegFault::Ice if audio => 1007,
        LegFault::Ice => 1107,
        LegFault::Dtls if audio => 1012,
        LegFault::Dtls => 1121,
        LegFault::Sdp if audio => 1005,
        LegFault::Sdp => 1105,
        LegFault::Unsupported => 1003,
    };
    code.to_string()
}

impl Meeting {
    /// The session is gone for a reason that may pass.
    pub(crate) fn session_lost(&mut self, step: &mut Step<'_>) {
        let held = match self.session.phase {
            Phase::In { since } => step.now.saturating_duration_since(since) >= HELD,
            // Whoever got as far as the waiting room starts from the top of the ladder.
            Phase::Lobby => true,
            _ => false,
        };
        if held {
            (self.recovery.rung, self.recovery.tries) = (Rung::Control, 0);
        }
        self.recovery.lost_since.get_or_insert(step.wall);
        self.goes_away(step);
        match self.recovery.next(self.session.has_place) {
            Some((rung, wait)) => self.rest(rung, wait, step),
            None => {
                let reason = self.recovery.reason.unwrap_or(EndReason::Unreachable);
                self.end(reason, step);
            }
        }
    }

    fn rest(&mut self, rung: Rung, wait: Duration, step: &mut Step<'_>) {
        self.session.phase = Phase::Resting(rung);
        self.recovery.retry_at = Some(step.wall + wait.as_secs_f64() * 1_000.0);
        step.wake_in(wait, Timer::RetrySession);
    }

    /// Takes a rung now.
    pub(crate) fn go(&mut self, rung: Rung, step: &mut Step<'_>) {
        self.recovery.rung = rung;
        self.recovery.retry_at = None;
        match rung {
            Rung::Control => self.open_control(step),
            Rung::Session => self.enter(EntryBy::Session, step),
            Rung::Link => self.enter(EntryBy::Link, step),
        }
    }

    /// The first way in by link succeeded: from now on the socket is what may fail. The tries go on being counted.
    pub(crate) fn entry_held(&mut self) {
        if !self.session.has_place {
            self.recovery.rung = Rung::Control;
        }
    }

    pub(crate) fn retry_session_due(&mut self, step: &mut Step<'_>) {
        if let Phase::Resting(rung) = self.session.phase {
            self.go(rung, step);
        }
    }

    pub(crate) fn entry_failed(&mut self, fault: EntryFault, step: &mut Step<'_>) {
        let Phase::Entering(by) = self.session.phase else {
            tracing::debug!("a way in failed that is not tried");
            return;
        };
        match fault {
            // The session is no more; the link may make a new one.
            EntryFault::Final(
                EndReason::SessionExpired | EndReason::LinkWrong | EndReason::LinkUsed | EndReason::Unknown,
            ) if by == EntryBy::Session => {
                (self.recovery.rung, self.recovery.tries) = (Rung::Link, 0);
                self.session_lost(step);
            }
            EntryFault::Final(reason) => self.end(reason, step),
            EntryFault::Passing(reason) => {
                self.recovery.reason = Some(reason);
                self.session_lost(step);
            }
        }
    }

    /// Back in class, or in class for the first time.
    pub(crate) fn session_found(&mut self, returns: bool, step: &mut Step<'_>) {
        self.recovery.retry_at = None;
        self.recovery.reason = None;
        self.recovery.rung = Rung::Control;
        let lost = self.recovery.lost_since.take().is_some();
        self.comes_back(step);
        self.chat_returns(returns && lost, step);
        self.wake_legs(true, step);
    }

    pub(crate) fn control_silent(&mut self, silent: bool, step: &mut Step<'_>) {
        if !self.session.is_listening() {
            return;
        }
        self.recovery.silent = silent;
        if silent {
            step.wake_in(SILENCE, Timer::Silence);
        } else {
            step.forget(Timer::Silence);
        }
    }

    pub(crate) fn silence_due(&mut self, step: &mut Step<'_>) {
        if self.recovery.silent && self.session.is_listening() {
            self.give_up_socket(step);
        }
    }

    /// The socket is there but of no use.
    pub(crate) fn give_up_socket(&mut self, step: &mut Step<'_>) {
        step.out.push(Output::CloseControl);
        self.detach(step);
        self.session_lost(step);
    }

    /// The machine woke up or has a new network.
    pub(crate) fn cut_waits(&mut self, step: &mut Step<'_>) {
        match self.session.phase {
            Phase::Resting(rung) => {
                step.forget(Timer::RetrySession);
                self.go(rung, step);
            }
            _ if self.recovery.silent && self.session.is_listening() => {
                self.give_up_socket(step);
                self.retry_session_due(step);
            }
            // Whether the socket survived shows soonest when something is sent over it.
            Phase::In { .. } => self.heartbeat(step),
            _ => {}
        }
        self.wake_legs(true, step);
    }

    /// The person does not want to wait.
    pub(crate) fn retry(&mut self, step: &mut Step<'_>) {
        if let Phase::Resting(rung) = self.session.phase {
            step.forget(Timer::RetrySession);
            self.go(rung, step);
        }
        self.wake_legs(true, step);
    }

    /// Legs that wait are tried now; with `fresh`, those given up as well.
    fn wake_legs(&mut self, fresh: bool, step: &mut Step<'_>) {
        for medium in self.legs.media() {
            let Some(slot) = self.legs.slot(&medium) else { continue };
            match slot.state {
                State::Resting(id) => {
                    slot.state = State::Free;
                    step.forget(Timer::RetryLeg(id));
                }
                State::GivenUp if fresh => {
                    slot.state = State::Free;
                    slot.tries = 0;
                }
                State::Free | State::Live(_) | State::GivenUp => {}
            }
        }
    }

    pub(crate) fn leg_down(&mut self, medium: &Medium, fault: LegFault, step: &mut Step<'_>) {
        let in_class = self.session.is_in();
        let Some(slot) = self.legs.slot(medium) else { return };
        let State::Live(leg) = &slot.state else { return };
        let id = leg.id;
        let worked = slot.lived(step.now).is_some_and(|lived| lived >= WORKED);
        if worked {
            slot.tries = 0;
        }
        // Without the class nobody may open a leg: it waits for the session, and that is no failure of its own.
        let verdict = if in_class { verdict(medium, fault, worked, slot.was_up, slot.tries) } else { Verdict::Now };
        slot.state = match verdict {
            Verdict::Now => State::Free,
            Verdict::After(wait) => {
                slot.tries += 1;
                step.out.push(Output::WakeAt(step.now + wait, Timer::RetryLeg(id)));
                State::Resting(id)
            }
            Verdict::GiveUp => State::GivenUp,
        };
        match medium {
            Medium::Audio => self.sound_went(),
            Medium::Camera => self.cam.unannounced(),
            Medium::ScreenOut | Medium::ScreenIn | Medium::Face(_) => {}
        }
        if verdict == Verdict::GiveUp {
            tracing::warn!(leg = id.0, ?medium, ?fault, "leg given up");
            self.leg_given_up(medium, code_of(medium, fault), step);
        }
    }

    fn leg_given_up(&mut self, medium: &Medium, code: String, step: &mut Step<'_>) {
        match medium {
            Medium::Audio => {
                self.want_muted(true, step);
                step.notice(Notice::SoundFailed { code });
            }
            Medium::Camera => self.camera_failed(code, step),
            Medium::ScreenOut => self.share_failed(code, step),
            Medium::ScreenIn | Medium::Face(_) => {}
        }
    }

    pub(crate) fn retry_leg_due(&mut self, id: LegId) {
        let Some(medium) = self.legs.medium_of(id) else { return };
        if let Some(slot) = self.legs.slot(&medium)
            && slot.state == State::Resting(id)
        {
            slot.state = State::Free;
        }
    }

    /// The connection as it is, never better.
    pub(crate) fn link_view(&self) -> Link {
        let state = if self.session.is_in() {
            // What is watched shows its own state; it also breaks when the other side stops, which is no strain of ours.
            let returning = [&self.legs.audio, &self.legs.camera, &self.legs.screen_out];
            let strained = self.recovery.silent || returning.iter().any(|slot| slot.is_returning());
            if strained { LinkState::Strained } else { LinkState::Good }
        } else if self.recovery.lost_since.is_some() || self.session.is_over() {
            LinkState::Lost
        } else {
            LinkState::Connecting
        };
        let lost = state == LinkState::Lost;
        Link {
            state,
            lost_since: self.recovery.lost_since.filter(|_| lost),
            retry_at: self.recovery.retry_at.filter(|_| lost),
        }
    }
}
