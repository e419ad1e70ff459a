//! The audio thread: one loop, woken every 10 ms while there is something to hear or say.
//!
//! The devices set the pace: as many frames are taken from the microphone's ring as are in it, as many are made for the
//! speaker as keep its ring filled. Where a device is missing the clock takes its place.

use super::downlink::Downlink;
use super::gear::{Ear, Gear, Mouth};
use super::process::Process;
use super::sounds::{self, HearMyself, Player};
use super::uplink::Uplink;
use super::{AudioLeg, Command, Shared, Voice};
use crate::clock;
use media::audio::{FRAME, FRAME_TIME};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often devices and figures are looked after.
const CHORES: Duration = Duration::from_millis(200);
/// How often an idle thread looks whether devices came or went.
const IDLE: Duration = Duration::from_millis(500);
/// A loop that was held up longer than this (a sleeping machine) starts counting anew.
const HELD_UP: Duration = Duration::from_millis(200);
/// Most microphone frames of one round: what a stall of the loop leaves behind is worked off, never more.
const FRAMES_A_ROUND: usize = 20;

/// Runs until told to stop or until nobody is left to ask.
pub(super) fn run(shared: &Arc<Shared>, own: &SyncSender<Command>, asked: &Receiver<Command>) {
    let start = clock::now();
    let mut state = State {
        gear: Gear::new(Arc::clone(shared), own.clone()),
        shared: Arc::clone(shared),
        legs: Vec::new(),
        use_sound: false,
        chime: None,
        hear: None,
        uplink: Uplink::new(),
        downlink: Downlink::new(start),
        process: None,
        silent_due: start,
        mute_due: start,
        frame: Box::new([0.0; FRAME]),
    };
    let mut next = start;
    let mut chores = start;
    loop {
        let wait = if state.is_busy() { next.saturating_duration_since(clock::now()) } else { IDLE };
        match asked.recv_timeout(wait) {
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(command) => {
                state.obey(command);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = clock::now();
        next += FRAME_TIME;
        if now.saturating_duration_since(next) > HELD_UP {
            next = now + FRAME_TIME;
        }
        if now >= chores {
            chores = now + CHORES;
            state.chores();
        }
        if state.is_busy() {
            state.round(now);
        }
    }
    state.gear.close();
}

struct State {
    shared: Arc<Shared>,
    gear: Gear,
    legs: Vec<Arc<AudioLeg>>,
    use_sound: bool,
    chime: Option<Player>,
    hear: Option<HearMyself>,
    uplink: Uplink,
    downlink: Downlink,
    /// Kept as long as there is a microphone: the echo path stays learnt over a device change.
    process: Option<Process>,
    /// When the next frame is due on a leg without microphone.
    silent_due: Instant,
    /// When the next frame is due on a computer without speaker.
    mute_due: Instant,
    frame: Box<[f32; FRAME]>,
}

impl State {
    fn is_busy(&self) -> bool {
        !self.legs.is_empty() || self.use_sound || self.chime.is_some() || self.hear.is_some()
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::ChooseMicrophone(id) => self.gear.choose_microphone(id),
            Command::ChooseSpeaker(id) => self.gear.choose_speaker(id),
            Command::UseSound(on) => self.use_sound = on,
            Command::Chime => self.chime = Some(Player::new(sounds::chime())),
            Command::HearMyself => self.hear = Some(HearMyself::new()),
            Command::Legs | Command::Stop => self.find_legs(),
            Command::MicrophoneOpened { wish, found } => self.gear.microphone_opened(wish, found),
            Command::SpeakerOpened { wish, found } => self.gear.speaker_opened(wish, found),
        }
        self.want_devices();
    }

    fn find_legs(&mut self) {
        let mut known = self.shared.legs.lock();
        known.retain(|leg| leg.strong_count() > 0);
        self.legs = known.iter().filter_map(Weak::upgrade).collect();
        drop(known);
        self.downlink.set_legs(&self.legs);
    }

    fn want_devices(&mut self) {
        let talks = self.legs.iter().any(|leg| leg.voice == Voice::Microphone);
        let microphone = talks || self.use_sound || self.hear.is_some();
        self.gear.want(microphone, self.is_busy());
        if !microphone {
            self.process = None;
        } else if self.process.is_none() {
            self.process = Some(Process::new());
        }
    }

    /// What need not happen every 10 ms.
    fn chores(&mut self) {
        // The strong references here are the last ones of a leg that was closed.
        if self.legs.iter().any(|leg| Arc::strong_count(leg) <= 2) {
            self.legs.clear();
            self.downlink.set_legs(&[]);
            self.find_legs();
        }
        self.want_devices();
        self.gear.look_after();
        let heard = self.downlink.stats();
        let mut stats = self.shared.stats.lock();
        stats.packets_received = heard.received;
        stats.concealed = heard.concealed;
        stats.repaired = heard.repaired;
        stats.jitter_ms = u32::try_from(heard.target.as_millis()).unwrap_or(u32::MAX);
        stats.speaker_gaps = self.gear.gaps();
        stats.microphone_dropped = self.gear.dropped();
    }

    fn round(&mut self, now: Instant) {
        self.downlink.receive();
        self.play(now);
        self.listen(now);
    }

    /// Fills the speaker's ring.
    fn play(&mut self, now: Instant) {
        match self.gear.mouth() {
            Mouth::Open { missing } => {
                for _ in 0..missing {
                    self.make(now);
                    self.gear.speak(&self.frame);
                }
                self.mute_due = now;
            }
            Mouth::Closed => {
                // What arrives is played to nobody, so that nothing is stale when a speaker appears.
                if now.saturating_duration_since(self.mute_due) > HELD_UP {
                    self.mute_due = now;
                }
                while self.mute_due <= now {
                    self.mute_due += FRAME_TIME;
                    self.make(now);
                }
            }
        }
    }

    /// Makes the next 10 ms that are heard, and shows them to the echo canceller.
    fn make(&mut self, now: Instant) {
        self.downlink.play(now, &mut self.frame);
        if let Some(chime) = &mut self.chime
            && !chime.add_to(&mut self.frame[..])
        {
            self.chime = None;
        }
        if let Some(hear) = &mut self.hear
            && !hear.add_to(&mut self.frame[..])
        {
            self.hear = None;
        }
        self.downlink.limit(&mut self.frame);
        if let Some(process) = &mut self.process {
            process.reference(&self.frame);
        }
    }

    /// Empties the microphone's ring.
    fn listen(&mut self, now: Instant) {
        let delay = self.gear.delay();
        match self.gear.ear() {
            Ear::Open => {
                for _ in 0..FRAMES_A_ROUND {
                    if !self.gear.hear(&mut self.frame) {
                        break;
                    }
                    if let Some(process) = &mut self.process {
                        process.clean(&mut self.frame, delay);
                    }
                    if let Some(hear) = &mut self.hear {
                        hear.record(&self.frame[..]);
                    }
                    self.uplink.hear(&mut self.frame, self.hear.is_some(), &self.shared, &self.legs);
                    self.silent_due = now + FRAME_TIME;
                }
            }
            Ear::Closed => {
                if now.saturating_duration_since(self.silent_due) > HELD_UP {
                    self.silent_due = now;
                }
                while self.silent_due <= now {
                    self.silent_due += FRAME_TIME;
                    self.uplink.hear_nothing(&self.shared, &self.legs);
                }
            }
        }
    }
}
