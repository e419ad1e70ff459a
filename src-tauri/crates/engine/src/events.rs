//! The one queue on which everything is told.

use crate::api::EngineEvent;
use tokio::sync::mpsc;

/// How many events may wait to be read.
const QUEUE: usize = 256;
/// Levels, ten a second and stale at once, give way when less room than this is left.
const ROOM_FOR_LEVELS: usize = QUEUE / 2;

/// Tells events; never blocks. Overflow: levels first, then the newest event, with a log line.
#[derive(Debug, Clone)]
pub(crate) struct Events(mpsc::Sender<EngineEvent>);

impl Events {
    pub(crate) fn new() -> (Self, mpsc::Receiver<EngineEvent>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    pub(crate) fn tell(&self, event: EngineEvent) {
        if matches!(event, EngineEvent::Level { .. }) && self.0.capacity() < ROOM_FOR_LEVELS {
            return;
        }
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(event) {
            tracing::error!("event queue full, event dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_give_way_to_events_that_matter() {
        let (events, mut told) = Events::new();
        for _ in 0..QUEUE {
            events.tell(EngineEvent::Level { mic_db: -20.0, speaking: false });
        }
        events.tell(EngineEvent::NoSpeaker);
        let mut last = None;
        let mut n = 0;
        while let Ok(event) = told.try_recv() {
            last = Some(event);
            n += 1;
        }
        assert_eq!(last, Some(EngineEvent::NoSpeaker));
        assert!(n < QUEUE);
    }
}
