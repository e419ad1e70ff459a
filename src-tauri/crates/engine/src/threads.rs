//! Threads that can be joined with a deadline.

use crate::clock;
use parking_lot::Mutex;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// A running thread.
pub(crate) struct Worker {
    name: &'static str,
    /// Disconnected when the thread's function has returned or unwound.
    done: Mutex<Receiver<()>>,
    handle: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread. It must have its own way to be told to stop.
    pub(crate) fn spawn(name: &'static str, body: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (alive, done) = sync_channel::<()>(1);
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _alive = alive;
            body();
        })?;
        Ok(Self { name, done: Mutex::new(done), handle: Some(handle) })
    }

    /// Waits for the thread to end; `false` if it did not in time (it is then left to itself, and that is logged).
    pub(crate) fn join_by(&mut self, deadline: Instant) -> bool {
        let Some(handle) = self.handle.take() else { return true };
        let left = deadline.saturating_duration_since(clock::now());
        match self.done.get_mut().recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::error!(thread = self.name, "thread did not stop in time");
                false
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                if handle.join().is_err() {
                    tracing::error!(thread = self.name, "thread panicked");
                }
                true
            }
        }
    }

    /// Has it ended by itself?
    pub(crate) fn ended(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_thread_that_ends_is_joined_and_one_that_does_not_is_left() {
        let (stop, stopped) = sync_channel::<()>(1);
        let mut worker = Worker::spawn("test", move || while stopped.recv().is_ok() {}).unwrap();
        assert!(!worker.ended());
        drop(stop);
        assert!(worker.join_by(clock::now() + Duration::from_secs(20)));

        let (stop, stopped) = sync_channel::<()>(1);
        let mut worker = Worker::spawn("test", move || while stopped.recv().is_ok() {}).unwrap();
        assert!(!worker.join_by(clock::now()));
        drop(stop);
    }

    #[test]
    fn a_thread_that_panics_is_joined() {
        let mut worker = Worker::spawn("test", || panic!("on purpose")).unwrap();
        assert!(worker.join_by(clock::now() + Duration::from_secs(20)));
    }
}
