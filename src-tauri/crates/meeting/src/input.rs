//! Everything that can wake the core.

use crate::Intent;
use crate::view::{DeviceTrouble, EndReason};
use protocol::graphql::{Feed, FeedData};
use protocol::http::StaticData;
use protocol::ids::{LegId, MutationId};

/// What woke the core.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "feed data are nearly all of the traffic; a box would only add an allocation"
)]
pub enum Input {
    /// Begin: the first input of every class.
    Start,
    /// The person wants something.
    Intent(Intent),
    /// The link led to a server; its facts are being read. Only for the progress shown.
    LinkFollowed,
    /// The way in by HTTP succeeded: link followed, server facts read.
    Entered(Box<Entry>),
    /// The way in by HTTP failed. Said once.
    EntryFailed(EntryFault),
    /// Control socket is initialised (`connection_ack` received). All feeds must be opened anew.
    ControlUp,
    /// Nothing has been heard on the control socket for 15 s (`session.md` §3.6), or it is heard again.
    ControlSilent(bool),
    /// Control socket is gone. Said once for each `OpenControl`.
    ControlDown(ControlFault),
    /// New data of a feed.
    Feed(FeedData),
    /// The server cannot serve this feed in any known variant; the session goes on without it.
    FeedRefused(Feed),
    /// A mutation was queued by the server (`Ok`) or refused (`Err`).
    Mutated(MutationId, Result<(), MutationRefusal>),
    /// Something about a media leg.
    Leg(LegId, LegEvent),
    /// Something about the devices or the media engine.
    Media(MediaEvent),
    /// Something about the system.
    System(SystemEvent),
    /// A timer asked for by `Output::WakeAt` is due.
    Timer(Timer),
}

/// Why a mutation was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutationRefusal {
    /// The action server says no (`session.md` §3.5).
    Denied,
    /// The socket went away before an answer.
    Lost,
}

/// What the way in by HTTP brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Constants and settings of the meeting.
    pub facts: StaticData,
    /// UUID of this run (`X-ClientSessionUUID`), part of camera stream ids.
    pub client_session: String,
    /// The practice class of this machine.
    pub practice: bool,
    /// Host of the server, to be shown.
    pub server: String,
}

/// Why the way in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFault {
    /// Final: show the sentence.
    Final(EndReason),
    /// May pass (no answer, server error): the recovery ladder decides.
    Passing(EndReason),
}

/// Why the control socket is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlFault {
    /// TCP, TLS or WebSocket broke, or could not be opened; close codes that ask for a retry.
    Broken,
    /// Close code 4403 or a `-1` message with this `messageId` (`session.md` §3.7).
    Refused {
        /// What the server called it.
        message_id: String,
    },
}

/// Something about a media leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegEvent {
    /// Signalling accepted, ICE and DTLS up, media may flow.
    Up,
    /// ICE lost contact; may come back by itself.
    Wavering,
    /// Down for good. Said once; nobody but recovery opens it again.
    Down(LegFault),
}

/// Why a leg is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegFault {
    /// Signalling socket closed or could not be opened.
    Signalling,
    /// The server answered with this code (`media.md` §8.1).
    Server(u16),
    /// No success within the medium's time (`media.md` §7.4).
    Timeout,
    /// ICE failed.
    Ice,
    /// DTLS failed, or the certificate is not the announced one.
    Dtls,
    /// SDP could not be used.
    Sdp,
    /// The bridge this meeting uses for the medium is not known here.
    Unsupported,
}

/// Something about devices or the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// The microphone in use: `None` when there is none at all.
    Microphone {
        /// Its name.
        name: Option<String>,
        /// The one in use vanished; this one took over.
        fell_back: bool,
        /// The one that vanished is back.
        came_back: bool,
    },
    /// No speaker could be opened.
    NoSpeaker,
    /// The microphone cannot be used.
    MicrophoneTrouble(DeviceTrouble),
    /// Voice was detected for 700 ms while the engine is muted.
    SpeakingMuted,
    /// Camera delivers frames. Said after each `Camera(true)`, also when it ran before for a preview.
    CameraOn,
    /// Camera cannot be used or vanished.
    CameraTrouble(DeviceTrouble),
    /// Screen capture runs; `title` names what is shown.
    ScreenOn {
        /// Title of the window or screen.
        title: String,
    },
    /// Capture was refused by the system.
    ScreenRefused,
    /// The shared window was closed.
    ScreenGone,
    /// First decoded frame of this leg, or frames stopped (5 s without any).
    Frames {
        /// A leg that views.
        leg: LegId,
        /// They arrive.
        flowing: bool,
    },
}

/// Something about the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemEvent {
    /// The machine woke up.
    Woke,
    /// The network changed.
    NetworkChanged,
}

/// Why a timer was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Next rung of the recovery ladder for the session.
    RetrySession,
    /// Next attempt for this leg.
    RetryLeg(LegId),
    /// 60 s for `joined` (`session.md` §4.1).
    JoinDeadline,
    /// A wish was not confirmed in time.
    Confirm(MutationId),
    /// Forget who was typing.
    TypingFades,
    /// Heartbeat (`session.md` §4.4).
    Heartbeat,
    /// What the feeds have not said by now is taken as not so.
    Settle,
    /// The control socket has been silent for so long that it counts as gone.
    Silence,
}
