//! Still pictures of what could be shared, for tiles of a picker.

use super::{Halt, Show};
use crate::api::{Tile, VideoSource};
use crate::clock;
use crate::threads::Worker;
use devices::Devices;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a still is taken anew.
const PERIOD: Duration = Duration::from_secs(2);
/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Takes stills while there are tiles for them.
#[derive(Default)]
pub(crate) struct Stills {
    running: Option<(Halt, Worker)>,
    ending: Vec<Worker>,
    tiles: Vec<Tile>,
}

impl Stills {
    /// The tiles were set: starts, restarts or ends the thread.
    pub(crate) fn set_tiles(&mut self, tiles: &[Tile], devices: &Arc<dyn Devices>, show: &Arc<Show>) {
        let wanted: Vec<Tile> =
            tiles.iter().filter(|tile| matches!(tile.source, VideoSource::Still(_))).cloned().collect();
        if wanted == self.tiles {
            return;
        }
        self.halt();
        self.tiles.clone_from(&wanted);
        if wanted.is_empty() {
            return;
        }
        let halt = Halt::default();
        let (devices, show, theirs) = (Arc::clone(devices), Arc::clone(show), halt.clone());
        match Worker::spawn("preau-stills", move || take(&wanted, &*devices, &show, &theirs)) {
            Ok(worker) => self.running = Some((halt, worker)),
            Err(error) => tracing::error!(%error, "no thread for stills"),
        }
    }

    /// Tells the thread to end.
    pub(crate) fn halt(&mut self) {
        self.ending.retain(|worker| !worker.ended());
        if let Some((halt, worker)) = self.running.take() {
            halt.set();
            self.ending.push(worker);
        }
    }

    pub(crate) fn join_by(&mut self, deadline: Instant) -> bool {
        self.halt();
        let mut all = true;
        for mut worker in self.ending.drain(..) {
            all &= worker.join_by(deadline);
        }
        all
    }
}

fn take(tiles: &[Tile], devices: &dyn Devices, show: &Show, halt: &Halt) {
    let mut due = clock::now();
    while !halt.is_set() {
        let left = due.saturating_duration_since(clock::now());
        if !left.is_zero() {
            std::thread::park_timeout(left.min(LOOK));
            continue;
        }
        due = clock::now() + PERIOD;
        for tile in tiles {
            let VideoSource::Still(id) = &tile.source else { continue };
            if halt.is_set() {
                return;
            }
            match devices.still(id, tile.width, tile.height) {
                Ok(still) => show.picture(&tile.source, &Arc::new(still)),
                Err(error) => tracing::debug!(%error, "no still"),
            }
        }
    }
}
