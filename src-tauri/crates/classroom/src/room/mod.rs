//! The class itself: who is in it, who speaks, what was said. One lock, one owner; whatever
//! happens in a change is seen by others only when it is complete, as a new [`Snapshot`].

mod act;
mod media;
mod membership;
mod rows;
mod snapshot;
mod state;

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{broadcast, watch};

pub(crate) use act::{Actor, arguments_fault};
pub(crate) use media::VoiceRole;
pub(crate) use membership::{JoinRequest, Standing, random_text};
pub(crate) use snapshot::Snapshot;
pub(crate) use state::{Guest, Locks, Screen, Settings, State, User};

/// How many events a slow listener may fall behind before it loses the oldest.
const EVENT_QUEUE: usize = 4096;

/// What happened, for those who do not look at rows: sockets, media sessions, the cast.
#[derive(Clone, Debug)]
pub(crate) enum RoomEvent {
    /// A row for the managed voice stream.
    Voice(Arc<Value>),
    /// A row for the managed chat stream.
    Chat { row: Arc<Value>, sender: String },
    /// A row for the managed notification stream.
    Notification(Arc<Value>),
    /// Somebody was muted or may speak: the mixer obeys.
    Muted { user: String, muted: bool },
    /// The user is no longer in the class: media sockets close.
    Gone { user: String },
    /// The server ends this camera's session without a word (lock, ejected camera).
    CameraDropped { stream: String },
    /// The server ends the screen share (new presenter, class over).
    ScreenDropped,
    /// The user is put out of the voice conference.
    VoiceDropped { user: String },
    /// The class is over.
    Ended,
    /// Test switch: drop every control socket without a closing message.
    CutControl,
    /// Test switch: drop every media signalling socket.
    CutMedia,
    /// Test switch: send this text as it is on every control socket.
    Nonsense(Arc<str>),
    /// Test switch: a pupil of the cast says this sentence now.
    Prompt { user: String, line: usize },
    /// Forces the tokens of one user out with this message id.
    Expelled { user: String, message_id: &'static str },
}

/// Handle to the one class of this server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Room(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    events: broadcast::Sender<RoomEvent>,
}

impl Room {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut state = State::new(settings);
        let first = Arc::new(state.publish(&Snapshot::default()));
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            snapshots: watch::Sender::new(first),
            events: broadcast::Sender::new(EVENT_QUEUE),
        }))
    }

    /// Runs one change; then publishes rows and events, in that order.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.state.lock();
        let result = change(&mut state);
        if state.is_dirty() {
            let next = Arc::new(state.publish(&self.0.snapshots.borrow()));
            self.0.snapshots.send_replace(next);
        }
        // Sent under the lock, so that events keep the order of the changes.
        for event in state.take_events() {
            // Nobody listening is no fault.
            let _ = self.0.events.send(event);
        }
        result
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.state.lock())
    }

    pub(crate) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.0.snapshots.subscribe()
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<RoomEvent> {
        self.0.events.subscribe()
    }

    pub(crate) fn announce(&self, event: RoomEvent) {
        let _ = self.0.events.send(event);
    }
}
