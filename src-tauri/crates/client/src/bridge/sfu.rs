//! `bbb-webrtc-sfu`: one signalling socket for all cameras, one for each audio session and each screen share
//! (`media.md` §1.4). A *line* is such a socket with the legs on it.

mod line;
mod words;

use super::Shared;
use engine::LegState;
use meeting::LegKind;
use protocol::ids::LegId;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Orders on their way to a line. More than a page of faces opens and closes at once.
const ORDERS: usize = 256;

/// Which socket carries a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LineId {
    Cameras,
    Own(LegId),
}

/// What a line is told.
enum Order {
    Open(LegId, LegKind),
    Close(LegId),
    Engine(LegId, LegState),
}

/// The lines of one class.
pub(super) struct Sfu {
    shared: Shared,
    lines: HashMap<LineId, mpsc::Sender<Order>>,
    legs: HashMap<LegId, LineId>,
    /// `clientSessionNumber`: counts audio attempts from 1 (`media.md` §4.6).
    audio_sessions: u32,
}

impl Sfu {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared, lines: HashMap::new(), legs: HashMap::new(), audio_sessions: 0 }
    }

    pub(super) fn open(&mut self, leg: LegId, kind: LegKind) {
        let id = match kind {
            LegKind::CameraSend { .. } | LegKind::CameraView { .. } => LineId::Cameras,
            LegKind::Audio { .. } => {
                self.audio_sessions += 1;
                LineId::Own(leg)
            }
            LegKind::ScreenSend { .. } | LegKind::ScreenView => LineId::Own(leg),
        };
        self.legs.insert(leg, id);
        if self.lines.get(&id).is_none_or(mpsc::Sender::is_closed) {
            let (orders, inbox) = mpsc::channel(ORDERS);
            tokio::spawn(line::run(self.shared.clone(), id, self.audio_sessions, inbox));
            self.lines.insert(id, orders);
        }
        self.order(id, Order::Open(leg, kind));
    }

    pub(super) fn close(&mut self, leg: LegId) {
        let Some(id) = self.legs.remove(&leg) else { return };
        self.order(id, Order::Close(leg));
        if id != LineId::Cameras {
            self.lines.remove(&id);
        }
    }

    pub(super) fn engine(&self, leg: LegId, state: LegState) {
        if let Some(id) = self.legs.get(&leg) {
            self.order(*id, Order::Engine(leg, state));
        }
    }

    fn order(&self, id: LineId, order: Order) {
        if self.lines.get(&id).is_some_and(|line| line.try_send(order).is_err()) {
            tracing::debug!("line is closed or behind");
        }
    }
}
