//! The voice conference: decodes everybody, gives each listener the class minus themselves,
//! and notices who talks. One thread owns all of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use codecs::{AudioDecoder, AudioEncoder, opus};
use media::audio::{Mixer, PACKET, dbfs};
use media::jitter::{AudioPacket, JitterBuffer, Playout};
use tokio::sync::mpsc;

use crate::room::Room;
use crate::sfu::{Order, TransportId};

/// Inputs that may wait. Sound packets beyond are dropped, newest first; cues wait.
const INPUTS: usize = 4096;
/// One tick.
const TICK: Duration = Duration::from_millis(20);
/// Lateness beyond which ticks are skipped instead of caught up.
const HOPELESS: Duration = Duration::from_millis(400);
/// Somebody louder than this for [`ONSET`] talks (the voice server's own activity detection).
const TALKING_DB: f32 = -45.0;
const ONSET: u32 = 3;
/// Ticks of quiet until somebody counts as silent again.
const HANGOVER: u32 = 40;
/// Ticks a listener keeps an encoder of their own after they last spoke.
const OWN_ENCODER: u32 = 100;
/// Pupils get numbers above all transports.
const PUPILS: u64 = 1 << 40;

/// An Opus packet from a microphone.
pub(crate) struct MicrophonePacket {
    pub(crate) transport: TransportId,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: Bytes,
}

enum Input {
    Packet(MicrophonePacket),
    Join {
        listener: TransportId,
        user: String,
        speaks: bool,
    },
    Leave {
        listener: TransportId,
    },
    Muted {
        user: String,
        muted: bool,
    },
    /// A pupil says something: 48 kHz mono.
    Say {
        user: String,
        samples: Arc<[f32]>,
    },
    Stop,
}

/// Handle to the mixer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Mixing(SyncSender<Input>);

impl Mixing {
    /// Never waits: a full queue drops the packet, and the mixer conceals it.
    pub(crate) fn packet(&self, packet: MicrophonePacket) {
        let _ = self.0.try_send(Input::Packet(packet));
    }

    pub(crate) fn join(&self, listener: TransportId, user: &str, speaks: bool) {
        self.cue(Input::Join { listener, user: user.to_owned(), speaks });
    }

    pub(crate) fn leave(&self, listener: TransportId) {
        self.cue(Input::Leave { listener });
    }

    pub(crate) fn muted(&self, user: &str, muted: bool) {
        self.cue(Input::Muted { user: user.to_owned(), muted });
    }

    pub(crate) fn say(&self, user: &str, samples: Arc<[f32]>) {
        self.cue(Input::Say { user: user.to_owned(), samples });
    }

    pub(crate) fn stop(&self) {
        self.cue(Input::Stop);
    }

    fn cue(&self, input: Input) {
        // The thread empties the queue every tick; a send that fails means it has ended.
        let _ = self.0.send(input);
    }
}

/// The thread and its queue, before it runs: the wire needs the handle, the thread the wire.
pub(crate) struct Unstarted {
    inbox: Receiver<Input>,
}

pub(crate) fn prepare() -> (Mixing, Unstarted) {
    let (sender, inbox) = sync_channel(INPUTS);
    (Mixing(sender), Unstarted { inbox })
}

impl Unstarted {
    pub(crate) fn start(self, room: Room, orders: mpsc::Sender<Order>) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("classroom-mixer".to_owned()).spawn(move || {
            Conference::new(room, orders).run(&self.inbox);
        })
    }
}

/// Somebody with a path for sound.
struct Person {
    user: String,
    speaks: bool,
    muted: bool,
    jitter: JitterBuffer,
    decoder: Option<opus::Decoder>,
    last_db: Option<f32>,
    /// Own encoder while they speak, and how many ticks it is still kept.
    encoder: Option<opus::Encoder>,
    encoder_ticks: u32,
    talk: Talk,
}

/// A pupil who is saying something.
struct Speech {
    number: u64,
    muted: bool,
    queue: VecDeque<Arc<[f32]>>,
    at: usize,
    talk: Talk,
}

#[derive(Default)]
struct Talk {
    loud: u32,
    quiet: u32,
    talking: bool,
}

impl Talk {
    /// Takes the level of a tick; the answer is a change of mind.
    fn hear(&mut self, db: f32) -> Option<bool> {
        if db > TALKING_DB {
            self.loud += 1;
            self.quiet = 0;
        } else {
            self.loud = 0;
            self.quiet += 1;
        }
        if !self.talking && self.loud >= ONSET {
            self.talking = true;
            return Some(true);
        }
        if self.talking && self.quiet >= HANGOVER {
            self.talking = false;
            return Some(false);
        }
        None
    }
}

struct Conference {
    room: Room,
    orders: mpsc::Sender<Order>,
    people: BTreeMap<TransportId, Person>,
    pupils: BTreeMap<String, Speech>,
    muted: BTreeMap<String, bool>,
    mixer: Mixer,
    shared: Option<opus::Encoder>,
    zero: Instant,
    next_pupil: u64,
    pcm: Vec<f32>,
    opus: Vec<u8>,
}

impl Conference {
    fn new(room: Room, orders: mpsc::Sender<Order>) -> Self {
        Self {
            room,
            orders,
            people: BTreeMap::new(),
            pupils: BTreeMap::new(),
            muted: BTreeMap::new(),
            mixer: Mixer::new(PACKET),
            shared: opus::Encoder::new().ok(),
            zero: Instant::now(),
            next_pupil: PUPILS,
            pcm: Vec::new(),
            opus: Vec::new(),
        }
    }

    fn run(mut self, inbox: &Receiver<Input>) {
        let mut next = Instant::now() + TICK;
        loop {
            let now = Instant::now();
            if now >= next {
                if now.saturating_duration_since(next) > HOPELESS {
                    next = now;
                }
                self.tick(now);
                next += TICK;
                continue;
            }
            // Nobody there: sleep until somebody comes.
            let input = if self.people.is_empty() && self.pupils.is_empty() {
                inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                inbox.recv_timeout(next - now)
            };
            match input {
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Packet(packet) => {
                if let Some(person) = self.people.get_mut(&packet.transport) {
                    let sound = AudioPacket {
                        sequence: packet.sequence,
                        timestamp: packet.timestamp,
                        ssrc: packet.ssrc,
                        payload: &packet.payload,
                    };
                    person.jitter.insert(sound, self.zero.elapsed());
                }
            }
            Input::Join { listener, user, speaks } => {
                let muted = self.muted.get(&user).copied().unwrap_or(false);
                self.people.insert(
                    listener,
                    Person {
                        user,
                        speaks,
                        muted,
                        jitter: JitterBuffer::new(),
                        decoder: None,
                        last_db: None,
                        encoder: None,
                        encoder_ticks: 0,
                        talk: Talk::default(),
                    },
                );
            }
            Input::Leave { listener } => {
                self.people.remove(&listener);
                self.mixer.remove(listener);
            }
            Input::Muted { user, muted } => {
                for person in self.people.values_mut().filter(|person| person.user == user) {
                    person.muted = muted;
                    person.talk = Talk::default();
                }
                if let Some(pupil) = self.pupils.get_mut(&user) {
                    pupil.muted = muted;
                    pupil.talk = Talk::default();
                }
                self.muted.insert(user, muted);
            }
            Input::Say { user, samples } => {
                let muted = self.muted.get(&user).copied().unwrap_or(false);
                let number = self.next_pupil;
                self.next_pupil += 1;
                let speech = self.pupils.entry(user).or_insert_with(|| Speech {
                    number,
                    muted,
                    queue: VecDeque::new(),
                    at: 0,
                    talk: Talk::default(),
                });
                speech.queue.push_back(samples);
            }
            Input::Stop => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        self.mixer.begin();
        let mut changes = Vec::new();
        self.hear_people(now, &mut changes);
        self.hear_pupils(&mut changes);
        for (user, talking) in changes {
            self.room.change(|state| state.set_talking(&user, talking));
        }
        let mixes = self.encode();
        if !mixes.is_empty() {
            // A full queue drops these 20 ms: the listeners conceal them.
            let _ = self.orders.try_send(Order::Play { mixes });
        }
    }

    fn hear_people(&mut self, now: Instant, changes: &mut Vec<(String, bool)>) {
        let at = now.saturating_duration_since(self.zero);
        for (listener, person) in self.people.iter_mut().filter(|(_, person)| person.speaks) {
            let playout = person.jitter.pull(at, person.last_db);
            let db = if person.muted {
                // Nothing is decoded for a closed microphone.
                person.decoder = None;
                media::audio::FLOOR_DB
            } else {
                decode(&mut person.decoder, &playout, &mut self.pcm);
                if self.pcm.is_empty() {
                    media::audio::FLOOR_DB
                } else {
                    self.pcm.resize(PACKET, 0.0);
                    let db = dbfs(&self.pcm);
                    self.mixer.add(*listener, &self.pcm);
                    if db > -70.0 {
                        person.encoder_ticks = OWN_ENCODER;
                    }
                    db
                }
            };
            person.last_db = Some(db);
            if let Some(talking) = person.talk.hear(db) {
                changes.push((person.user.clone(), talking));
            }
        }
    }

    fn hear_pupils(&mut self, changes: &mut Vec<(String, bool)>) {
        self.pupils.retain(|user, pupil| {
            let Some(front) = pupil.queue.front() else {
                // The last word is said: one more turn to notice the silence.
                if pupil.talk.talking {
                    if pupil.talk.hear(media::audio::FLOOR_DB) == Some(false) {
                        changes.push((user.clone(), false));
                    }
                    return true;
                }
                return false;
            };
            let end = (pupil.at + PACKET).min(front.len());
            let samples = &front[pupil.at.min(end)..end];
            let db = if pupil.muted { media::audio::FLOOR_DB } else { dbfs(samples) };
            if !pupil.muted {
                self.mixer.add(pupil.number, samples);
            }
            if let Some(talking) = pupil.talk.hear(db) {
                changes.push((user.clone(), talking));
            }
            if end == front.len() {
                pupil.queue.pop_front();
                pupil.at = 0;
            } else {
                pupil.at = end;
            }
            true
        });
    }

    /// Who has not spoken lately hears what everybody hears: that is encoded once.
    fn encode(&mut self) -> Vec<(TransportId, Bytes)> {
        let mut mixes = Vec::with_capacity(self.people.len());
        let mut common: Option<Bytes> = None;
        for (listener, person) in &mut self.people {
            if person.encoder_ticks > 0 {
                person.encoder_ticks -= 1;
                if person.encoder.is_none() {
                    person.encoder = opus::Encoder::new().ok();
                }
                self.mixer.mix(*listener, &mut self.pcm);
                if let Some(encoder) = &mut person.encoder
                    && encoder.encode(&self.pcm, &mut self.opus).is_ok()
                {
                    mixes.push((*listener, Bytes::copy_from_slice(&self.opus)));
                }
                continue;
            }
            person.encoder = None;
            if common.is_none() {
                self.mixer.mix(u64::MAX, &mut self.pcm);
                if let Some(encoder) = &mut self.shared
                    && encoder.encode(&self.pcm, &mut self.opus).is_ok()
                {
                    common = Some(Bytes::copy_from_slice(&self.opus));
                }
            }
            if let Some(common) = &common {
                mixes.push((*listener, common.clone()));
            }
        }
        mixes
    }
}

/// Leaves `pcm` empty where there is nothing to hear.
fn decode(decoder: &mut Option<opus::Decoder>, playout: &Playout, pcm: &mut Vec<f32>) {
    pcm.clear();
    if matches!(playout, Playout::Silence) {
        return;
    }
    if decoder.is_none() {
        *decoder = opus::Decoder::new().ok();
    }
    let Some(decoder) = decoder else { return };
    let done = match playout {
        Playout::Play(packet) => decoder.decode(packet, pcm),
        Playout::Fec(next) => decoder.decode_fec(next, pcm),
        Playout::Conceal | Playout::Silence => decoder.conceal(pcm),
    };
    if done.is_err() && decoder.conceal(pcm).is_err() {
        pcm.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talking_starts_after_three_loud_ticks_and_outlasts_a_pause() {
        let mut talk = Talk::default();
        assert_eq!(talk.hear(-20.0), None);
        assert_eq!(talk.hear(-20.0), None);
        assert_eq!(talk.hear(-20.0), Some(true));
        for _ in 0..HANGOVER - 1 {
            assert_eq!(talk.hear(-90.0), None);
        }
        assert_eq!(talk.hear(-90.0), Some(false));
    }
}
