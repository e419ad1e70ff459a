//! The devices of the audio thread: opening them without holding it up, falling back and coming back.

use super::slot::{Found, Settled, Slot};
use super::{Command, Shared};
use crate::api::EngineEvent;
use crate::clock;
use crate::threads::Worker;
use devices::{Changes, DeviceError, Microphone, Speaker};
use media::audio::{FRAME, RATE, Rechunk};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// Sound kept ready in the speaker's ring, in samples: as little as the device allows.
const LEAST: usize = 3 * FRAME;
const MOST: usize = 16 * FRAME;
/// After so long without a gap the ring is kept a little shorter.
const CALM: Duration = Duration::from_secs(30);
/// What a microphone adds to the echo's way, about.
const MICROPHONE_DELAY: Duration = Duration::from_millis(20);
/// How often a missing device is looked for.
const SEARCH: Duration = Duration::from_secs(5);
/// How long the last opening may take when the thread ends.
const GOODBYE: Duration = Duration::from_millis(500);

/// Is there a microphone?
pub(super) enum Ear {
    Open,
    Closed,
}

/// Is there a speaker, and how many frames are missing in its ring?
pub(super) enum Mouth {
    Open { missing: usize },
    Closed,
}

/// Microphone and speaker.
pub(super) struct Gear {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    microphone: Slot<Microphone>,
    speaker: Slot<Speaker>,
    pieces: Rechunk,
    scratch: Vec<f32>,
    ahead: usize,
    gaps_seen: u64,
    calm_since: Instant,
    gaps: u64,
    dropped: u64,
    changes: Changes,
    searched: Instant,
    workers: Vec<Worker>,
}

impl Gear {
    pub(super) fn new(shared: Arc<Shared>, commands: SyncSender<Command>) -> Self {
        let changes = shared.devices.changed();
        Self {
            shared,
            commands,
            microphone: Slot::new(),
            speaker: Slot::new(),
            pieces: Rechunk::default(),
            scratch: vec![0.0; 2 * FRAME],
            ahead: LEAST,
            gaps_seen: 0,
            calm_since: clock::now(),
            gaps: 0,
            dropped: 0,
            changes,
            searched: clock::now(),
            workers: Vec::new(),
        }
    }

    pub(super) fn choose_microphone(&mut self, id: Option<String>) {
        self.microphone.chosen = id;
        self.microphone.missing = None;
        self.microphone.again = None;
        if self.microphone.wanted {
            self.open_microphone();
        }
    }

    pub(super) fn choose_speaker(&mut self, id: Option<String>) {
        self.speaker.chosen = id;
        self.speaker.missing = None;
        self.speaker.again = None;
        if self.speaker.wanted {
            self.open_speaker();
        }
    }

    /// Opens and closes what is needed now.
    pub(super) fn want(&mut self, microphone: bool, speaker: bool) {
        self.microphone.wanted = microphone;
        self.speaker.wanted = speaker;
        if !microphone && let Some(open) = self.microphone.open.take() {
            self.dispose(open);
            self.pieces.clear();
        }
        if !speaker && let Some(open) = self.speaker.open.take() {
            self.dispose(open);
        }
        if self.microphone.needs_opening(clock::now()) {
            self.open_microphone();
        }
        if self.speaker.needs_opening(clock::now()) {
            self.open_speaker();
        }
    }

    /// Notices devices that vanish or come back.
    pub(super) fn look_after(&mut self) {
        self.workers.retain(|worker| !worker.ended());
        if self.microphone.open.as_ref().is_some_and(|open| open.faults.try_recv().is_ok())
            && let Some(gone) = self.microphone.open.take()
        {
            tracing::info!("microphone gone");
            // Of several that vanish one after the other, the first is the one that was wanted.
            self.microphone.missing.get_or_insert_with(|| gone.info.id.clone());
            self.dispose(gone);
            self.open_microphone();
        }
        if self.speaker.open.as_ref().is_some_and(|open| open.faults.try_recv().is_ok())
            && let Some(gone) = self.speaker.open.take()
        {
            tracing::info!("speaker gone");
            self.speaker.missing.get_or_insert_with(|| gone.info.id.clone());
            self.dispose(gone);
            self.open_speaker();
        }
        let changed = self.changes.poll();
        if changed {
            self.shared.events.tell(EngineEvent::DevicesChanged);
            self.microphone.again = None;
            self.speaker.again = None;
        }
        // Pulled out and put back between two looks at the list is no change of it.
        let now = clock::now();
        if changed || now.saturating_duration_since(self.searched) > SEARCH {
            self.searched = now;
            if self.microphone.wanted
                && (self.microphone.missing.is_some() || (changed && self.microphone.open.is_none()))
            {
                self.open_microphone();
            }
            if self.speaker.wanted && (self.speaker.missing.is_some() || (changed && self.speaker.open.is_none())) {
                self.open_speaker();
            }
        }
        if let Some(open) = &self.microphone.open {
            self.dropped = open.dropped.get() + self.pieces.dropped();
        }
        self.adapt();
    }

    /// More sound is kept ready where gaps were heard, less again where none are.
    fn adapt(&mut self) {
        let Some(open) = &self.speaker.open else { return };
        let missing = open.missing.get();
        if missing > self.gaps_seen {
            self.gaps += missing - self.gaps_seen;
            self.gaps_seen = missing;
            self.ahead = (self.ahead + FRAME).min(MOST);
            self.calm_since = clock::now();
        } else if clock::now().saturating_duration_since(self.calm_since) > CALM {
            self.ahead = self.ahead.saturating_sub(FRAME / 2).max(LEAST);
            self.calm_since = clock::now();
        }
    }

    pub(super) fn gaps(&self) -> u64 {
        self.gaps
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn ear(&self) -> Ear {
        if self.microphone.open.is_some() { Ear::Open } else { Ear::Closed }
    }

    /// The next frame of the microphone, if a whole one is there.
    pub(super) fn hear(&mut self, frame: &mut [f32; FRAME]) -> bool {
        if let Some(open) = &mut self.microphone.open {
            let n = open.read(&mut self.scratch);
            self.pieces.push(self.scratch.get(..n).unwrap_or_default());
        }
        self.pieces.pop(&mut frame[..])
    }

    pub(super) fn mouth(&self) -> Mouth {
        match &self.speaker.open {
            Some(open) => Mouth::Open { missing: self.ahead.saturating_sub(open.queued()).div_ceil(FRAME) },
            None => Mouth::Closed,
        }
    }

    /// Hands a frame to the speaker. Overflow: what does not fit is dropped (the ring is ten times longer than asked).
    pub(super) fn speak(&mut self, frame: &[f32; FRAME]) {
        if let Some(open) = &mut self.speaker.open {
            let n = open.samples.slots().min(FRAME);
            if let Ok(mut chunk) = open.samples.write_chunk(n) {
                let (a, b) = chunk.as_mut_slices();
                let split = a.len();
                a.copy_from_slice(&frame[..split]);
                b.copy_from_slice(&frame[split..n]);
                chunk.commit_all();
            }
        }
    }

    /// Time from handing a frame to the speaker until its echo is in a frame of the microphone.
    pub(super) fn delay(&self) -> Duration {
        self.speaker.open.as_ref().map_or(Duration::ZERO, |open| open.latency() + MICROPHONE_DELAY)
    }

    fn open_microphone(&mut self) {
        self.microphone.wish += 1;
        self.microphone.opening = true;
        let wish = self.microphone.wish;
        let search = self.microphone.search(|open| &open.info.id);
        let (devices, commands) = (Arc::clone(&self.shared.devices), self.commands.clone());
        self.work(move || {
            let found = search.run(|| devices.microphones(), |id| devices.open_microphone(id));
            let _ = commands.send(Command::MicrophoneOpened { wish, found });
        });
    }

    fn open_speaker(&mut self) {
        self.speaker.wish += 1;
        self.speaker.opening = true;
        let wish = self.speaker.wish;
        let search = self.speaker.search(|open| &open.info.id);
        let (devices, commands) = (Arc::clone(&self.shared.devices), self.commands.clone());
        self.work(move || {
            let found = search.run(|| devices.speakers(), |id| devices.open_speaker(id));
            let _ = commands.send(Command::SpeakerOpened { wish, found });
        });
    }

    pub(super) fn microphone_opened(&mut self, wish: u64, found: Found<Microphone>) {
        let (settled, rest) = self.microphone.settle(wish, found, |open| &open.info.id);
        rest.into_iter().for_each(|device| self.dispose(device));
        let name = || self.microphone.open.as_ref().map(|open| open.info.name.clone());
        let event = match settled {
            Settled::Nothing => return,
            Settled::Opened { fell_back, came_back } => EngineEvent::Microphone { name: name(), fell_back, came_back },
            Settled::Failed(DeviceError::NotFound | DeviceError::Gone) => {
                EngineEvent::Microphone { name: None, fell_back: self.microphone.missing.is_some(), came_back: false }
            }
            Settled::Failed(error) => EngineEvent::MicrophoneTrouble(error),
        };
        self.pieces.clear();
        self.shared.events.tell(event);
    }

    pub(super) fn speaker_opened(&mut self, wish: u64, found: Found<Speaker>) {
        let (settled, rest) = self.speaker.settle(wish, found, |open| &open.info.id);
        rest.into_iter().for_each(|device| self.dispose(device));
        match settled {
            Settled::Nothing => {}
            Settled::Opened { .. } => {
                self.gaps_seen = 0;
                self.ahead = LEAST;
            }
            Settled::Failed(error) => {
                tracing::info!(%error, "no speaker");
                self.shared.events.tell(EngineEvent::NoSpeaker);
            }
        }
    }

    /// Closing a device may take as long as opening one: never on the audio thread.
    fn dispose(&mut self, device: impl Send + 'static) {
        self.work(move || drop(device));
    }

    fn work(&mut self, job: impl FnOnce() + Send + 'static) {
        match Worker::spawn("preau-device", job) {
            Ok(worker) => self.workers.push(worker),
            Err(error) => tracing::error!(%error, "no thread for a device"),
        }
    }

    /// Closes the devices and waits for what is under way.
    pub(super) fn close(&mut self) {
        drop(self.microphone.open.take());
        drop(self.speaker.open.take());
        let deadline = clock::now() + GOODBYE;
        for worker in &mut self.workers {
            worker.join_by(deadline);
        }
    }
}

/// The ring of a speaker must hold what is kept ready at most.
const _: () = assert!(MOST < RATE as usize / 2);
