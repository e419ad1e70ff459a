//! Every WebRTC leg, on one thread with one single-threaded runtime: no work is handed from core to core, and a burst of
//! packets on many legs is one wake-up.

mod again;
mod estimate;
mod frames;
mod leg;
mod peer;
mod port;
mod relay;
mod tap;

pub(crate) use port::{LegPort, Outgoing, count};
pub(crate) use tap::Sinks;

use crate::api::{LegError, LegSpec, LegStats};
use crate::clock;
use crate::events::Events;
use crate::threads::Worker;
use leg::LegHandle;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// How long the legs may take to say goodbye when the engine ends.
const GOODBYE: Duration = Duration::from_millis(250);

/// The network thread and the legs on it.
pub(crate) struct Net {
    handle: Handle,
    legs: Arc<Mutex<BTreeMap<u32, LegHandle>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Worker,
}

impl Net {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let legs = Arc::new(Mutex::new(BTreeMap::<u32, LegHandle>::new()));
        let (stop, stopped) = oneshot::channel::<()>();
        let ending = Arc::clone(&legs);
        let thread = Worker::spawn("preau-net", move || {
            runtime.block_on(async move {
                let _ = stopped.await;
                let last: Vec<LegHandle> = std::mem::take(&mut *ending.lock()).into_values().collect();
                let goodbyes = last.into_iter().map(LegHandle::close_and_wait);
                let all = async {
                    for goodbye in goodbyes.collect::<Vec<_>>() {
                        goodbye.await;
                    }
                };
                if tokio::time::timeout(GOODBYE, all).await.is_err() {
                    tracing::warn!("legs did not close in time");
                }
            });
            runtime.shutdown_timeout(GOODBYE);
        })?;
        Ok(Self { handle, legs, stop: Some(stop), thread })
    }

    /// Runs something beside the legs until the thread ends.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(task);
    }

    /// Opens a leg and returns the description to send. An older leg of that id is closed.
    pub(crate) async fn open(
        &self,
        spec: LegSpec,
        offer: Option<String>,
        port: Arc<LegPort>,
        given: mpsc::Receiver<Vec<Outgoing>>,
        sinks: Sinks,
        events: Events,
    ) -> Result<String, LegError> {
        let id = spec.id;
        self.close(id);
        let opening = self.handle.spawn(leg::open(spec, offer, port, given, sinks, events));
        let opened = opening.await.map_err(|_| LegError::Closed)??;
        if let Some(older) = self.legs.lock().insert(id, opened.handle) {
            older.close();
        }
        Ok(opened.local)
    }

    /// Gives the answer to a leg that offered.
    pub(crate) async fn accept(&self, id: u32, answer: &str) -> Result<(), LegError> {
        let acceptor = self.legs.lock().get(&id).map(LegHandle::acceptor).ok_or(LegError::Closed)?;
        let (reply, replied) = oneshot::channel();
        acceptor.send((answer.to_owned(), reply)).await.map_err(|_| LegError::Closed)?;
        replied.await.map_err(|_| LegError::Closed)?
    }

    /// Closes a leg, if there is one of that id.
    pub(crate) fn close(&self, id: u32) {
        if let Some(leg) = self.legs.lock().remove(&id) {
            leg.close();
        }
    }

    pub(crate) fn stats(&self) -> Vec<LegStats> {
        self.legs.lock().values().map(|leg| leg.port.stats()).collect()
    }

    /// Tells the thread to end; [`Net::join_by`] waits for it.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    pub(crate) fn join_by(&mut self, deadline: Instant) -> bool {
        self.stop();
        self.thread.join_by(deadline)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.join_by(clock::now() + 2 * GOODBYE);
    }
}
