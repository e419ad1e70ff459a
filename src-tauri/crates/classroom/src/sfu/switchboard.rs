//! Who publishes what, for those who want to see it; and the doors to room, wire and mixer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use super::router::Order;
use super::transport::{SourceId, TransportId};
use super::wire::Wire;
use crate::mix::Mixing;
use crate::room::Room;

/// A camera that sends.
#[derive(Clone, Debug)]
pub(crate) struct CameraFeed {
    pub(crate) source: SourceId,
    /// What the publisher offered decides what viewers are offered.
    pub(crate) feedback: Vec<String>,
    pub(crate) kbps: u32,
}

/// The screen that is sent.
#[derive(Clone, Debug)]
pub(crate) struct ScreenFeed {
    /// Which session it is, so that an old one cannot take away a new one's.
    pub(crate) transport: TransportId,
    pub(crate) video: SourceId,
    pub(crate) audio: Option<SourceId>,
    pub(crate) feedback: Vec<String>,
    pub(crate) kbps: u32,
}

/// Shared by all media sockets.
pub(crate) struct Switchboard {
    pub(crate) room: Room,
    pub(crate) wire: Wire,
    pub(crate) mixer: Mixing,
    pub(crate) stopping: watch::Receiver<bool>,
    next_id: AtomicU64,
    cameras: Mutex<HashMap<String, CameraFeed>>,
    screen: Mutex<Option<ScreenFeed>>,
}

impl Switchboard {
    pub(crate) fn new(room: Room, wire: Wire, mixer: Mixing, stopping: watch::Receiver<bool>) -> Self {
        Self {
            room,
            wire,
            mixer,
            stopping,
            next_id: AtomicU64::new(1),
            cameras: Mutex::new(HashMap::new()),
            screen: Mutex::new(None),
        }
    }

    /// A number for a transport or a source.
    pub(crate) fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn orders(&self) -> &mpsc::Sender<Order> {
        &self.wire.orders
    }

    pub(crate) fn camera(&self, stream: &str) -> Option<CameraFeed> {
        self.cameras.lock().get(stream).cloned()
    }

    pub(crate) fn add_camera(&self, stream: &str, feed: CameraFeed) {
        self.cameras.lock().insert(stream.to_owned(), feed);
    }

    /// Removes the camera if it is still this source.
    pub(crate) fn remove_camera(&self, stream: &str, source: SourceId) -> bool {
        let mut cameras = self.cameras.lock();
        let fits = cameras.get(stream).is_some_and(|feed| feed.source == source);
        if fits {
            cameras.remove(stream);
        }
        fits
    }

    pub(crate) fn screen(&self) -> Option<ScreenFeed> {
        self.screen.lock().clone()
    }

    /// Puts a new screen up and gives the old one back.
    pub(crate) fn put_screen(&self, feed: ScreenFeed) -> Option<ScreenFeed> {
        self.screen.lock().replace(feed)
    }

    /// Takes the screen down if it is still this session's.
    pub(crate) fn take_screen(&self, transport: TransportId) -> bool {
        let mut screen = self.screen.lock();
        let fits = screen.as_ref().is_some_and(|feed| feed.transport == transport);
        if fits {
            *screen = None;
        }
        fits
    }
}
