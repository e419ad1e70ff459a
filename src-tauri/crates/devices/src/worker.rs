//! A thread with one owner: dropping the owner signals it and joins with a deadline.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// How long a drop waits for the thread; a driver that hangs longer keeps its thread, not ours.
const DEADLINE: Duration = Duration::from_secs(2);

#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    pub(crate) fn is_set(&self) -> bool {
        *self.0.0.lock()
    }

    /// Waits until `until`, or less when told to stop; true when told to stop.
    pub(crate) fn wait_until(&self, until: Instant) -> bool {
        let mut stopped = self.0.0.lock();
        while !*stopped {
            if self.0.1.wait_until(&mut stopped, until).timed_out() {
                break;
            }
        }
        *stopped
    }

    fn set(&self) {
        *self.0.0.lock() = true;
        self.0.1.notify_all();
    }
}

pub(crate) struct Worker {
    stop: Stop,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts `work` on a thread of that name.
    pub(crate) fn spawn(name: &str, work: impl FnOnce(&Stop) + Send + 'static) -> std::io::Result<Self> {
        let stop = Stop::default();
        let theirs = stop.clone();
        let (ended, done) = channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            work(&theirs);
            drop(ended);
        })?;
        Ok(Self { stop, done, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.set();
        // Nothing is ever sent: the channel closes when the work has returned (or panicked).
        let ended = self.done.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Disconnected);
        if let (true, Some(thread)) = (ended, self.thread.take()) {
            let _ = thread.join();
        } else {
            tracing::warn!("device thread did not stop in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_the_owner_wakes_and_joins_the_thread() {
        let (sender, receiver) = channel();
        let worker = Worker::spawn("test", move |stop| {
            let told = stop.wait_until(Instant::now() + Duration::from_secs(60));
            let _ = sender.send(told);
        })
        .unwrap();
        let start = Instant::now();
        drop(worker);
        assert_eq!(receiver.try_recv(), Ok(true));
        assert!(start.elapsed() < DEADLINE);
    }
}
