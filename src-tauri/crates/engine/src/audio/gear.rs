//! The devices of the audio thread: opening them without holding it up, falling back and coming back.

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
/// How long the last opening may take when the thread ends.
const GOODBYE: Duration = Duration::from_millis(500);
/// A device that is in use or blocked is tried again after this long, if it is still wanted.
const AGAIN: Duration = Duration::from_secs(3);
/// Where there is none at all, the list of devices tells when that changes; this is for systems whose list does not.
const NONE_AGAIN: Duration = Duration::from_secs(60);

fn again(error: DeviceError) -> Duration {
    match error {
        DeviceError::NotFound | DeviceError::Unsupported => NONE_AGAIN,
        _ => AGAIN,
    }
}

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

/// A kind of device: which is wanted, which is open.
struct Slot<D> {
    /// `None`: the system's default.
    chosen: Option<String>,
    wanted: bool,
    open: Option<D>,
    /// The chosen one was not there, another is open.
    fell_back: bool,
    /// Counts openings, so that a late one is known as such.
    wish: u64,
    opening: bool,
    /// Nothing could be opened: not before then again.
    again: Option<Instant>,
}

impl<D> Slot<D> {
    fn new() -> Self {
        Self { chosen: None, wanted: false, open: None, fell_back: false, wish: 0, opening: false, again: None }
    }

    fn needs_opening(&self) -> bool {
        self.wanted && self.open.is_none() && !self.opening && self.again.is_none_or(|at| clock::now() >= at)
    }
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
            workers: Vec::new(),
        }
    }

    pub(super) fn choose_microphone(&mut self, id: Option<String>) {
        self.microphone.chosen = id;
        self.microphone.fell_back = false;
        self.microphone.again = None;
        if self.microphone.wanted {
            self.open_microphone();
        }
    }

    pub(super) fn choose_speaker(&mut self, id: Option<String>) {
        self.speaker.chosen = id;
        self.speaker.fell_back = false;
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
        if self.microphone.needs_opening() {
            self.open_microphone();
        }
        if self.speaker.needs_opening() {
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
            self.microphone.fell_back = true;
            self.dispose(gone);
            self.open_microphone();
        }
        if self.speaker.open.as_ref().is_some_and(|open| open.faults.try_recv().is_ok())
            && let Some(gone) = self.speaker.open.take()
        {
            tracing::info!("speaker gone");
            self.speaker.fell_back = true;
            self.dispose(gone);
            self.open_speaker();
        }
        if self.changes.poll() {
            self.shared.events.tell(EngineEvent::DevicesChanged);
            self.microphone.again = None;
            self.speaker.again = None;
            if self.microphone.wanted && (self.microphone.fell_back || self.microphone.open.is_none()) {
                self.open_microphone();
            }
            if self.speaker.wanted && (self.speaker.fell_back || self.speaker.open.is_none()) {
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
        let (wish, chosen) = (self.microphone.wish, self.microphone.chosen.clone());
        let (devices, commands) = (Arc::clone(&self.shared.devices), self.commands.clone());
        self.work(move || {
            let mut fell_back = false;
            let mut result = devices.open_microphone(chosen.as_deref());
            if chosen.is_some()
                && result.is_err()
                && let Ok(other) = devices.open_microphone(None)
            {
                fell_back = true;
                result = Ok(other);
            }
            let _ = commands.send(Command::MicrophoneOpened { wish, result, fell_back });
        });
    }

    fn open_speaker(&mut self) {
        self.speaker.wish += 1;
        self.speaker.opening = true;
        let (wish, chosen) = (self.speaker.wish, self.speaker.chosen.clone());
        let (devices, commands) = (Arc::clone(&self.shared.devices), self.commands.clone());
        self.work(move || {
            let mut result = devices.open_speaker(chosen.as_deref());
            if chosen.is_some() && result.is_err() {
                result = devices.open_speaker(None);
            }
            let _ = commands.send(Command::SpeakerOpened { wish, result });
        });
    }

    pub(super) fn microphone_opened(&mut self, wish: u64, result: Result<Microphone, DeviceError>, fell_back: bool) {
        if wish != self.microphone.wish || !self.microphone.wanted {
            self.microphone.opening &= wish != self.microphone.wish;
            if let Ok(late) = result {
                self.dispose(late);
            }
            return;
        }
        self.microphone.opening = false;
        match result {
            Ok(opened) => {
                self.microphone.again = None;
                // Fallen back before, and again on the same device: nothing changed.
                let same = self.microphone.open.as_ref().is_some_and(|open| open.info.id == opened.info.id);
                let was_away = self.microphone.fell_back;
                let came_back = was_away && !fell_back && !same;
                // The default that vanished has no other to come back.
                self.microphone.fell_back = fell_back;
                let fell = fell_back || (was_away && !came_back && !same);
                let name = Some(opened.info.name.clone());
                if let Some(older) = self.microphone.open.replace(opened) {
                    self.dispose(older);
                }
                self.pieces.clear();
                if !same {
                    self.shared.events.tell(EngineEvent::Microphone { name, fell_back: fell && !came_back, came_back });
                }
            }
            Err(error) => {
                if let Some(older) = self.microphone.open.take() {
                    self.dispose(older);
                }
                let first = self.microphone.again.is_none();
                self.microphone.again = Some(clock::now() + again(error));
                if first && matches!(error, DeviceError::NotFound | DeviceError::Gone) {
                    let gone = self.microphone.fell_back;
                    self.shared.events.tell(EngineEvent::Microphone { name: None, fell_back: gone, came_back: false });
                } else if first {
                    self.shared.events.tell(EngineEvent::MicrophoneTrouble(error));
                }
            }
        }
    }

    pub(super) fn speaker_opened(&mut self, wish: u64, result: Result<Speaker, DeviceError>) {
        if wish != self.speaker.wish || !self.speaker.wanted {
            self.speaker.opening &= wish != self.speaker.wish;
            if let Ok(late) = result {
                self.dispose(late);
            }
            return;
        }
        self.speaker.opening = false;
        match result {
            Ok(opened) => {
                self.speaker.again = None;
                let chosen = self.speaker.chosen.as_ref();
                self.speaker.fell_back = chosen.is_some_and(|id| *id != opened.info.id);
                self.gaps_seen = 0;
                self.ahead = LEAST;
                if let Some(older) = self.speaker.open.replace(opened) {
                    self.dispose(older);
                }
            }
            Err(error) => {
                tracing::info!(%error, "no speaker");
                if self.speaker.again.is_none() {
                    self.shared.events.tell(EngineEvent::NoSpeaker);
                }
                self.speaker.again = Some(clock::now() + again(error));
                if let Some(older) = self.speaker.open.take() {
                    self.dispose(older);
                }
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
