//! The seam of the media bridges: how a leg reaches the server. The core says which bridge carries a medium; what lies
//! behind is nobody else's business. A second bridge is another module beside [`sfu`] and another arm in [`Bridges`].

mod sfu;

use crate::entry::Session;
use crate::hub::Report;
use crate::web::Web;
use engine::{Engine, IceServers, LegMedia, LegSpec, LegState};
use meeting::{Bridge, LegEvent, LegFault, LegKind, LegOrder};
use protocol::ids::LegId;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// All bridges of one class.
pub(crate) struct Bridges {
    shared: Shared,
    sfu: sfu::Sfu,
    legs: HashMap<LegId, Bridge>,
}

/// What every bridge works with.
#[derive(Clone)]
pub(crate) struct Shared {
    class: u64,
    web: Web,
    session: Arc<Session>,
    engine: Engine,
    reports: mpsc::Sender<Report>,
}

impl Shared {
    async fn tell(&self, leg: LegId, event: LegEvent) {
        // The hub is gone only when the application stops.
        let _ = self.reports.send(Report::Leg { class: self.class, leg, event }).await;
    }

    fn spec(&self, leg: LegId, kind: &LegKind) -> LegSpec {
        let media = match kind {
            LegKind::Audio { listen_only } => LegMedia::Audio { send: !listen_only },
            LegKind::CameraSend { kbps, .. } => LegMedia::CameraSend { kbps: *kbps },
            LegKind::CameraView { stream } => LegMedia::CameraView { source: stream.as_str().to_owned() },
            LegKind::ScreenSend { kbps } => LegMedia::ScreenSend { kbps: *kbps },
            LegKind::ScreenView => LegMedia::ScreenView,
        };
        LegSpec { id: leg.0, media, ice: self.ice() }
    }

    fn ice(&self) -> IceServers {
        self.session.ice.clone()
    }
}

impl Bridges {
    pub(crate) fn new(
        class: u64,
        web: Web,
        session: Arc<Session>,
        engine: Engine,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let shared = Shared { class, web, session, engine, reports };
        Self { sfu: sfu::Sfu::new(shared.clone()), shared, legs: HashMap::new() }
    }

    /// Opens a leg; what becomes of it is reported.
    pub(crate) fn open(&mut self, leg: LegId, order: LegOrder) {
        self.legs.insert(leg, order.bridge);
        match order.bridge {
            Bridge::Sfu => self.sfu.open(leg, order.kind),
            Bridge::LiveKit => {
                let shared = self.shared.clone();
                tokio::spawn(async move { shared.tell(leg, LegEvent::Down(LegFault::Unsupported)).await });
            }
        }
    }

    /// Closes a leg; nothing more is reported of it.
    pub(crate) fn close_leg(&mut self, leg: LegId) {
        if self.legs.remove(&leg) == Some(Bridge::Sfu) {
            self.sfu.close(leg);
        }
    }

    /// Passes on what the engine says of a leg.
    pub(crate) fn engine(&self, leg: LegId, state: LegState) {
        if self.legs.get(&leg) == Some(&Bridge::Sfu) {
            self.sfu.engine(leg, state);
        }
    }

    /// Closes every leg and socket.
    pub(crate) fn close(mut self) {
        for leg in self.legs.drain().map(|(leg, _)| leg).collect::<Vec<_>>() {
            self.sfu.close(leg);
        }
    }
}
