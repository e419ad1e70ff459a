//! Hot plug: compares listings from time to time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::DeviceInfo;
use crate::worker::Worker;

/// How often the listings are compared.
const PERIOD: Duration = Duration::from_secs(2);

/// What is compared: microphones, speakers, cameras.
pub type Listing = [Vec<DeviceInfo>; 3];

/// Tells that the lists of devices changed. Dropping it ends the watch.
pub struct Changes {
    changed: Receiver<()>,
    _worker: Option<Worker>,
}

impl Changes {
    /// A watch over `list`, which is called on a thread of its own about every two seconds.
    #[must_use]
    pub fn watch(list: impl FnMut() -> Listing + Send + 'static) -> Self {
        Self::watch_every(PERIOD, list)
    }

    fn watch_every(period: Duration, mut list: impl FnMut() -> Listing + Send + 'static) -> Self {
        // One place is enough: a change nobody has looked at yet and the next are the same news.
        let (sender, changed) = sync_channel(1);
        let worker = Worker::spawn("device-watch", move |stop| {
            let mut known = list();
            while !stop.wait_until(Instant::now() + period) {
                let now = list();
                if now != known {
                    known = now;
                    let _ = sender.try_send(());
                }
            }
        });
        if worker.is_err() {
            tracing::warn!("no thread for the device watch");
        }
        Self { changed, _worker: worker.ok() }
    }

    /// A watch over devices that never change.
    pub(crate) fn never() -> Self {
        Self { changed: sync_channel(1).1, _worker: None }
    }

    /// True if devices came or went since the last call; does not wait.
    #[must_use]
    pub fn poll(&self) -> bool {
        self.changed.try_recv().is_ok()
    }

    /// Waits up to `timeout` for devices to come or go.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        match self.changed.recv_timeout(timeout) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                // Nothing will ever come; a caller that loops over this must not spin.
                std::thread::park_timeout(timeout);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::sync::Arc;

    fn named(name: &str) -> DeviceInfo {
        DeviceInfo { id: name.into(), name: name.into(), is_default: false }
    }

    #[test]
    fn a_microphone_that_is_plugged_in_is_noticed_once() {
        let listing = Arc::new(Mutex::new(Listing::default()));
        let theirs = Arc::clone(&listing);
        let (looked, looks) = std::sync::mpsc::channel();
        let changes = Changes::watch_every(Duration::from_millis(5), move || {
            let _ = looked.send(());
            theirs.lock().clone()
        });
        looks.recv().unwrap();
        looks.recv().unwrap();
        assert!(!changes.poll());
        listing.lock()[0].push(named("headset"));
        assert!(changes.wait(Duration::from_secs(20)));
        looks.iter().take(5).for_each(drop);
        assert!(!changes.poll());
        listing.lock()[0].clear();
        assert!(changes.wait(Duration::from_secs(20)));
    }

    #[test]
    fn many_changes_that_nobody_looked_at_are_one() {
        let mut n = 0;
        let (looked, looks) = std::sync::mpsc::channel();
        let changes = Changes::watch_every(Duration::from_millis(1), move || {
            let _ = looked.send(());
            n += 1;
            [vec![named(&n.to_string())], vec![], vec![]]
        });
        looks.iter().take(20).for_each(drop);
        assert!(changes.poll());
        drop(looks);
        drop(changes);
    }

    #[test]
    fn dropping_the_handle_ends_the_watch() {
        let (looked, looks) = std::sync::mpsc::channel();
        let changes = Changes::watch_every(Duration::from_millis(5), move || {
            let _ = looked.send(());
            Listing::default()
        });
        looks.recv().unwrap();
        drop(changes);
        assert!(looks.iter().count() < 1000, "the sender is gone, so this ends");
    }
}
