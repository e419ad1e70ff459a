//! Everything the core may ask for.

use crate::Timer;
use crate::view::Change;
use protocol::graphql::{Feed, Mutation};
use protocol::ids::{LegId, MutationId, StreamId};
use std::time::Instant;

/// What the driver is asked to do. Drivers report a typed fault once and stop; only the core tries again.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Follow the link (again) and read the server's facts: answered by `Entered` or `EntryFailed`.
    Enter {
        /// With what.
        by: EntryBy,
    },
    /// Open the control socket: answered by `ControlUp` or `ControlDown`.
    OpenControl,
    /// Send what is queued, close it (1000) and drop all feeds; no `ControlDown` follows.
    CloseControl,
    /// Subscribe; data arrive as `Feed`.
    OpenFeed(Feed),
    /// Unsubscribe.
    CloseFeed(Feed),
    /// Send a mutation: answered by `Mutated`.
    Mutate(MutationId, Mutation),
    /// Open a media leg over its bridge: answered by `Leg` events.
    OpenLeg(LegId, LegOrder),
    /// Close it; no event follows.
    CloseLeg(LegId),
    /// Ask the media engine.
    Media(MediaCommand),
    /// The view changed.
    View(Change),
    /// Wake me then (replaces an earlier one of the same name).
    WakeAt(Instant, Timer),
    /// Forget that timer.
    Forget(Timer),
    /// Drop the web session (`signOut`) after leaving.
    SignOut,
    /// Over, and no way back is offered: nothing more will come, the driver may stop. After an end with a way back it does
    /// not come, for `Intent::Rejoin` may.
    Finished,
}

/// How to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryBy {
    /// Use the session that exists (token and cookies).
    Session,
    /// Follow the link from its beginning.
    Link,
}

/// A leg to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegOrder {
    /// Which bridge carries this medium in this meeting.
    pub bridge: Bridge,
    /// What it carries.
    pub kind: LegKind,
}

/// Media bridges (`media.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bridge {
    /// `bbb-webrtc-sfu`
    Sfu,
    /// `livekit`
    LiveKit,
}

/// What a leg carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegKind {
    /// Microphone out and the mixed class in; `listen_only` sends silence.
    Audio {
        /// Nothing will be said on it.
        listen_only: bool,
    },
    /// Own camera.
    CameraSend {
        /// Own stream, new for every start.
        stream: StreamId,
        /// Most, kbit/s.
        kbps: u32,
    },
    /// Somebody's camera.
    CameraView {
        /// Whose.
        stream: StreamId,
    },
    /// Own screen.
    ScreenSend {
        /// Most, kbit/s.
        kbps: u32,
    },
    /// Somebody's screen.
    ScreenView,
}

/// What the media engine is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaCommand {
    /// Close the gate behind the microphone (silence is sent) or open it.
    SetMuted(bool),
    /// Start or stop capturing from the chosen camera.
    Camera(bool),
    /// Capture this screen or window, or stop.
    Screen(Option<String>),
    /// What the class allows the own camera with so many streams on screen (`media.md` §2.11): a bound for the budget.
    CameraBound {
        /// Most, kbit/s.
        kbps: u32,
    },
}

/// What one call of [`crate::Meeting::handle`] asks for, in order. The order matters: a gate closes before the server is
/// told, a leg closes before another opens.
#[derive(Debug, Default)]
pub struct Outbox(Vec<Output>);

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.0.push(output);
    }

    /// Takes everything out, in order; the allocation stays for the next call.
    pub fn drain(&mut self) -> std::vec::Drain<'_, Output> {
        self.0.drain(..)
    }

    /// What is in it.
    pub fn iter(&self) -> std::slice::Iter<'_, Output> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
