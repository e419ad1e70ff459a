//! Sound: what the network and the person's wishes share with the audio thread.

mod downlink;
mod gear;
mod process;
mod slot;
mod sounds;
mod thread;
mod uplink;

use crate::allot::AudioRate;
use crate::api::AudioStats;
use crate::events::Events;
use crate::net::LegPort;
use crate::threads::Worker;
use devices::{Devices, Microphone, Speaker};
use parking_lot::Mutex;
use rtc::rtp;
use slot::Found;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Instant;

/// Packets that may wait for the audio thread: 2.5 s. Overflow: the oldest is dropped.
const PACKETS: usize = 128;
/// Wishes that may wait for the audio thread. Overflow: refused with a log line (nobody wishes that fast).
const COMMANDS: usize = 64;

/// What goes out on a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The microphone.
    Microphone,
    /// Silence (`media.md` §6.8).
    Silence,
    /// Nothing: the sound of somebody's screen.
    Nothing,
}

/// A received packet on its way to the jitter buffer.
pub(crate) struct Incoming {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: bytes::Bytes,
    pub(crate) arrival: Instant,
}

/// A leg that carries sound.
pub(crate) struct AudioLeg {
    pub(crate) port: Arc<LegPort>,
    pub(crate) voice: Voice,
    queue: Mutex<VecDeque<Incoming>>,
}

impl AudioLeg {
    /// Takes what arrived since the last call.
    pub(crate) fn take(&self, into: &mut VecDeque<Incoming>) {
        std::mem::swap(&mut *self.queue.lock(), into);
    }
}

/// The network's end of a leg with sound; the audio thread forgets the leg when it is dropped.
pub(crate) struct AudioInlet {
    leg: Arc<AudioLeg>,
}

impl AudioInlet {
    pub(crate) fn push(&self, packet: &rtp::Packet, arrival: Instant) {
        let incoming = Incoming {
            ssrc: packet.header.ssrc,
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            payload: packet.payload.clone(),
            arrival,
        };
        let mut queue = self.leg.queue.lock();
        if queue.len() >= PACKETS {
            queue.pop_front();
        }
        queue.push_back(incoming);
    }
}

/// What the audio thread is asked to do.
pub(crate) enum Command {
    ChooseMicrophone(Option<String>),
    ChooseSpeaker(Option<String>),
    UseSound(bool),
    Chime,
    HearMyself,
    /// Look at the legs again.
    Legs,
    MicrophoneOpened {
        wish: u64,
        found: Found<Microphone>,
    },
    SpeakerOpened {
        wish: u64,
        found: Found<Speaker>,
    },
    Stop,
}

/// State shared with the audio thread.
pub(crate) struct Shared {
    pub(crate) muted: AtomicBool,
    pub(crate) legs: Mutex<Vec<Weak<AudioLeg>>>,
    pub(crate) stats: Mutex<AudioStats>,
    pub(crate) rate: Arc<AudioRate>,
    pub(crate) events: Events,
    pub(crate) devices: Arc<dyn Devices>,
}

/// The audio thread, as the engine holds it.
pub(crate) struct Audio {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    thread: Worker,
}

impl Audio {
    pub(crate) fn start(devices: Arc<dyn Devices>, rate: Arc<AudioRate>, events: Events) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            muted: AtomicBool::new(true),
            legs: Mutex::new(Vec::new()),
            stats: Mutex::new(AudioStats::default()),
            rate,
            events,
            devices,
        });
        let (commands, asked) = sync_channel(COMMANDS);
        let (theirs, own) = (Arc::clone(&shared), commands.clone());
        let thread = Worker::spawn("preau-audio", move || thread::run(&theirs, &own, &asked))?;
        Ok(Self { shared, commands, thread })
    }

    /// A new leg with sound.
    pub(crate) fn add(&self, port: Arc<LegPort>, voice: Voice) -> AudioInlet {
        let leg = Arc::new(AudioLeg { port, voice, queue: Mutex::new(VecDeque::new()) });
        self.shared.legs.lock().push(Arc::downgrade(&leg));
        self.ask(Command::Legs);
        AudioInlet { leg }
    }

    pub(crate) fn ask(&self, command: Command) {
        if let Err(TrySendError::Full(_)) = self.commands.try_send(command) {
            tracing::error!("audio thread is behind, wish dropped");
        }
    }

    pub(crate) fn set_muted(&self, muted: bool) {
        self.shared.muted.store(muted, Ordering::Release);
    }

    pub(crate) fn stats(&self) -> AudioStats {
        *self.shared.stats.lock()
    }

    /// Tells the thread to end.
    pub(crate) fn stop(&self) {
        // Waits for a place: stopping must not be lost, and the thread empties the queue every 10 ms.
        let _ = self.commands.send(Command::Stop);
    }

    pub(crate) fn join_by(&mut self, deadline: Instant) -> bool {
        self.thread.join_by(deadline)
    }
}
