//! Media legs as the core sees them: one slot for each thing that can flow.

use crate::meeting::{Meeting, Step};
use crate::view::Notice;
use crate::{LegEvent, LegKind, LegOrder, Output, Timer};
use protocol::ids::{LegId, StreamId};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a leg carries, without its details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Medium {
    Audio,
    Camera,
    ScreenOut,
    ScreenIn,
    Face(StreamId),
}

/// Whether media can pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Opening,
    Up { since: Instant },
    Wavering { since: Instant },
}

/// A leg that is open at the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) flow: Flow,
    /// Decoded frames arrive; `None` before the first one.
    pub(crate) frames: Option<bool>,
}

/// Where a slot stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing open; reconcile opens one when it is wanted.
    #[default]
    Free,
    /// Waits for `Timer::RetryLeg` of the leg that went down.
    Resting(LegId),
    Live(Leg),
    /// Tried often enough. Only a new reason (the person, a new network, the class again) starts anew.
    GivenUp,
}

/// One thing that can flow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    pub(crate) state: State,
    /// Failures in a row.
    pub(crate) tries: u32,
    /// It worked before, so this is a loss and not a beginning.
    pub(crate) was_up: bool,
}

impl Slot {
    pub(crate) fn leg(&self) -> Option<&Leg> {
        match &self.state {
            State::Live(leg) => Some(leg),
            State::Free | State::Resting(_) | State::GivenUp => None,
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        self.state == State::Free
    }

    /// Media can pass (perhaps badly).
    pub(crate) fn is_up(&self) -> bool {
        self.leg().is_some_and(|leg| leg.flow != Flow::Opening)
    }

    /// Being brought back after it worked.
    pub(crate) fn is_returning(&self) -> bool {
        match &self.state {
            State::Live(leg) => match leg.flow {
                Flow::Opening => self.was_up,
                Flow::Up { .. } => false,
                Flow::Wavering { .. } => true,
            },
            State::Resting(_) | State::Free => self.was_up,
            State::GivenUp => false,
        }
    }

    /// How long it has been up, if it is.
    pub(crate) fn lived(&self, now: Instant) -> Option<Duration> {
        match self.leg()?.flow {
            Flow::Opening => None,
            Flow::Up { since } | Flow::Wavering { since } => Some(now.saturating_duration_since(since)),
        }
    }
}

/// All slots.
#[derive(Debug, Default)]
pub(crate) struct Legs {
    pub(crate) audio: Slot,
    pub(crate) camera: Slot,
    pub(crate) screen_out: Slot,
    pub(crate) screen_in: Slot,
    pub(crate) faces: BTreeMap<StreamId, Slot>,
    last: u32,
}

impl Legs {
    pub(crate) fn slot(&mut self, medium: &Medium) -> Option<&mut Slot> {
        match medium {
            Medium::Audio => Some(&mut self.audio),
            Medium::Camera => Some(&mut self.camera),
            Medium::ScreenOut => Some(&mut self.screen_out),
            Medium::ScreenIn => Some(&mut self.screen_in),
            Medium::Face(stream) => self.faces.get_mut(stream),
        }
    }

    /// The medium of a live leg, or of the leg a slot rests after.
    pub(crate) fn medium_of(&self, id: LegId) -> Option<Medium> {
        let is = |slot: &Slot| match &slot.state {
            State::Live(leg) => leg.id == id,
            State::Resting(last) => *last == id,
            State::Free | State::GivenUp => false,
        };
        if is(&self.audio) {
            return Some(Medium::Audio);
        }
        if is(&self.camera) {
            return Some(Medium::Camera);
        }
        if is(&self.screen_out) {
            return Some(Medium::ScreenOut);
        }
        if is(&self.screen_in) {
            return Some(Medium::ScreenIn);
        }
        self.faces.iter().find(|(_, slot)| is(slot)).map(|(stream, _)| Medium::Face(stream.clone()))
    }

    pub(crate) fn media(&self) -> Vec<Medium> {
        let fixed = [Medium::Audio, Medium::Camera, Medium::ScreenOut, Medium::ScreenIn];
        fixed.into_iter().chain(self.faces.keys().cloned().map(Medium::Face)).collect()
    }
}

impl Meeting {
    /// Opens a leg in a free slot. A face gets its slot here.
    pub(crate) fn open_leg(&mut self, medium: &Medium, kind: LegKind, step: &mut Step<'_>) {
        let Some(facts) = &self.facts else { return };
        let bridge = match medium {
            Medium::Audio => facts.audio_bridge,
            Medium::Camera | Medium::Face(_) => facts.camera_bridge,
            Medium::ScreenOut | Medium::ScreenIn => facts.screen_bridge,
        };
        let Some(bridge) = bridge else {
            if let Some(slot) = self.legs.slot(medium) {
                slot.state = State::GivenUp;
            }
            tracing::warn!(?medium, "no bridge we speak carries this medium");
            if *medium == Medium::Audio {
                step.notice(Notice::SoundFailed { code: "1003".to_owned() });
            }
            return;
        };
        if let Medium::Face(stream) = medium {
            self.legs.faces.entry(stream.clone()).or_default();
        }
        self.legs.last = self.legs.last.wrapping_add(1);
        let id = LegId(self.legs.last);
        let Some(slot) = self.legs.slot(medium) else { return };
        slot.state = State::Live(Leg { id, flow: Flow::Opening, frames: None });
        step.out.push(Output::OpenLeg(id, LegOrder { bridge, kind }));
    }

    /// Closes whatever is in the slot and forgets what was tried. The slot stays, free.
    pub(crate) fn close_leg(&mut self, medium: &Medium, step: &mut Step<'_>) {
        let Some(slot) = self.legs.slot(medium) else { return };
        match std::mem::take(slot).state {
            State::Live(leg) => step.out.push(Output::CloseLeg(leg.id)),
            State::Resting(id) => step.out.push(Output::Forget(Timer::RetryLeg(id))),
            State::Free | State::GivenUp => {}
        }
    }

    /// Closes every leg because the way in starts anew; each is wanted as before and opens again in class.
    pub(crate) fn drop_legs(&mut self, step: &mut Step<'_>) {
        for medium in self.legs.media() {
            let was_up = self.legs.slot(&medium).is_some_and(|slot| slot.was_up);
            self.close_leg(&medium, step);
            if let Some(slot) = self.legs.slot(&medium) {
                slot.was_up = was_up;
            }
        }
        self.sound_went();
        self.cam.unannounced();
    }

    pub(crate) fn close_every_leg(&mut self, step: &mut Step<'_>) {
        for medium in self.legs.media() {
            self.close_leg(&medium, step);
        }
        self.legs.faces.clear();
    }

    pub(crate) fn leg(&mut self, id: LegId, event: &LegEvent, step: &mut Step<'_>) {
        let Some(medium) = self.legs.medium_of(id) else {
            tracing::debug!(leg = id.0, "event of a leg that is closed");
            return;
        };
        let Some(State::Live(leg)) = self.legs.slot(&medium).map(|slot| &mut slot.state) else {
            tracing::debug!(leg = id.0, "event of a leg that is down");
            return;
        };
        match (event, leg.flow) {
            (LegEvent::Up, Flow::Opening) => {
                leg.flow = Flow::Up { since: step.now };
                if let Some(slot) = self.legs.slot(&medium) {
                    slot.was_up = true;
                }
                self.leg_came_up(&medium, step);
            }
            (LegEvent::Up, Flow::Wavering { since }) => leg.flow = Flow::Up { since },
            (LegEvent::Wavering, Flow::Up { since }) => leg.flow = Flow::Wavering { since },
            (LegEvent::Up, Flow::Up { .. }) | (LegEvent::Wavering, _) => {
                tracing::debug!(leg = id.0, "leg repeats itself");
            }
            (LegEvent::Down(fault), _) => self.leg_down(&medium, *fault, step),
        }
    }

    fn leg_came_up(&mut self, medium: &Medium, step: &mut Step<'_>) {
        match medium {
            Medium::Audio => self.sound_came_up(step),
            Medium::Camera => self.announce_camera(step),
            Medium::ScreenOut | Medium::ScreenIn | Medium::Face(_) => {}
        }
    }

    pub(crate) fn frames(&mut self, id: LegId, flowing: bool) {
        let Some(medium) = self.legs.medium_of(id) else { return };
        if let Some(State::Live(leg)) = self.legs.slot(&medium).map(|slot| &mut slot.state) {
            leg.frames = Some(flowing);
        }
    }
}
