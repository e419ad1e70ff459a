//! A room in which the microphone hears the speaker: how much of the class's own voice goes back to it, and whether the
//! person in the room is still heard as loud as they speak.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

use devices::{
    Camera, CameraFormat, Changes, Counter, DeviceError, DeviceFault, DeviceInfo, Devices, Latency, Microphone,
    ScreenCapture, ScreenSource, SilentDevices, Speaker, SyntheticSet, SystemDevices,
};
use e2e::place::eventually;
use e2e::sound::{self, Pcm};
use engine::{Engine, EngineConfig, EngineEvent, FrameSink, IceServers, LegMedia, LegSpec, LegState};
use media::I420;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use xtask::desk::Folder;

const PATIENCE: Duration = Duration::from_secs(60);
/// 10 ms of 48 kHz.
const FRAME: usize = 480;
/// From the speaker to the microphone: the air of a room and the buffers of its sound card, and two walls.
const ECHOES: [(usize, f32); 3] = [(2_880, 0.25), (3_600, 0.10), (5_100, 0.05)];

/// Both ends of the sound card, in one beat.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    speaker: Option<rtrb::Consumer<f32>>,
    microphone: Option<rtrb::Producer<f32>>,
    /// What was played, newest last.
    air: VecDeque<f32>,
    /// What the person in the room is about to say.
    near: VecDeque<f32>,
    /// What of the speaker the microphone heard, and what of the person.
    heard: (Vec<f32>, Vec<f32>),
}

impl Room {
    fn beat(&self) {
        let mut state = self.0.lock().unwrap();
        let state = &mut *state;
        for at in 0..FRAME {
            let played = state.speaker.as_mut().and_then(|speaker| speaker.pop().ok()).unwrap_or(0.0);
            state.air.push_back(played);
            if state.air.len() > 48_000 {
                state.air.pop_front();
            }
            let air = |back: usize| state.air.len().checked_sub(back + 1).map_or(0.0, |at| state.air[at]);
            let echo: f32 = ECHOES.iter().map(|(delay, gain)| air(*delay) * gain).sum();
            let near = state.near.pop_front().unwrap_or(0.0);
            // No room is without a sound: −75 dBFS.
            let hiss = ((at * 7919 + state.heard.0.len()) % 211) as f32 / 211.0 - 0.5;
            if let Some(microphone) = &mut state.microphone {
                let _ = microphone.push(echo + near + hiss * 6e-4);
                state.heard.0.push(echo);
                state.heard.1.push(near);
            }
        }
    }

    fn run(&self, stop: &Receiver<()>) {
        let mut next = Instant::now();
        while stop.recv_timeout(next.saturating_duration_since(Instant::now())) == Err(RecvTimeoutError::Timeout) {
            next += Duration::from_millis(10);
            self.beat();
        }
    }

    fn heard(&self) -> (Pcm, Pcm) {
        let state = self.0.lock().unwrap();
        (Pcm(state.heard.0.clone()), Pcm(state.heard.1.clone()))
    }
}

/// The room as devices; the fault senders are kept so that nothing seems to vanish.
#[derive(Clone)]
struct Card(Room, Arc<Mutex<Vec<SyncSender<DeviceFault>>>>);

fn info(name: &str) -> DeviceInfo {
    DeviceInfo { id: name.to_owned(), name: name.to_owned(), is_default: true }
}

impl Devices for Card {
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(vec![info("microphone")])
    }

    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(vec![info("speaker")])
    }

    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn open_microphone(&self, _: Option<&str>) -> Result<Microphone, DeviceError> {
        let (samples, ring) = rtrb::RingBuffer::new(24_000);
        let (fault, faults) = sync_channel(1);
        self.1.lock().unwrap().push(fault);
        self.0.0.lock().unwrap().microphone = Some(samples);
        Ok(Microphone::new(info("microphone"), ring, faults, Counter::default(), Box::new(())))
    }

    fn open_speaker(&self, _: Option<&str>) -> Result<Speaker, DeviceError> {
        let (samples, ring) = rtrb::RingBuffer::new(24_000);
        let (fault, faults) = sync_channel(1);
        self.1.lock().unwrap().push(fault);
        self.0.0.lock().unwrap().speaker = Some(ring);
        Ok(Speaker::new(info("speaker"), samples, faults, Counter::default(), Latency::default(), Box::new(())))
    }

    fn open_camera(&self, _: Option<&str>, _: CameraFormat) -> Result<Camera, DeviceError> {
        Err(DeviceError::NotFound)
    }

    fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        SilentDevices.screens()
    }

    fn still(&self, id: &str, width: u32, height: u32) -> Result<I420, DeviceError> {
        SilentDevices.still(id, width, height)
    }

    fn open_screen(&self, id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
        SilentDevices.open_screen(id, fps)
    }

    fn changed(&self) -> Changes {
        SilentDevices.changed()
    }
}

struct Nowhere;

impl FrameSink for Nowhere {
    fn deliver(&self, _: u32, _: Arc<I420>, _: u32) -> bool {
        true
    }
}

type Side = (Engine, mpsc::Receiver<EngineEvent>);

fn side(devices: Arc<dyn Devices>) -> Side {
    Engine::start(EngineConfig { devices, frames: Arc::new(Nowhere) }).unwrap()
}

async fn connect(a: &mut Side, b: &mut Side) {
    let leg = || LegSpec { id: 1, media: LegMedia::Audio { send: true }, ice: IceServers::default() };
    let offer = a.0.offer(leg()).await.unwrap();
    let answer = b.0.answer(leg(), &offer).await.unwrap();
    a.0.accept(1, &answer).await.unwrap();
    for (_, events) in [a, b] {
        let up = async {
            while !matches!(events.recv().await, Some(EngineEvent::Leg { state: LegState::Connected, .. })) {}
        };
        tokio::time::timeout(PATIENCE, up).await.unwrap();
    }
}

/// What was recorded so far.
fn recorded(file: &Path) -> Pcm {
    let bytes = std::fs::read(file).unwrap_or_default();
    let samples = bytes.get(44..).unwrap_or_default().chunks_exact(2);
    Pcm(samples.map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect())
}

/// Waits until `seconds` more were recorded; gives where they begin and end, in frames of 10 ms.
async fn listen(file: &Path, seconds: usize) -> (usize, usize) {
    let begin = recorded(file).0.len() / FRAME;
    let end = begin + seconds * 100;
    eventually("the recording", PATIENCE, async || (recorded(file).0.len() / FRAME >= end).then_some(()))
        .await
        .unwrap();
    (begin, end)
}

fn power_db(pcm: &Pcm) -> f32 {
    let power = pcm.0.iter().map(|s| s * s).sum::<f32>() / pcm.0.len().max(1) as f32;
    10.0 * power.max(1e-12).log10()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_class_does_not_hear_itself_and_the_person_is_heard() {
    let folder = Folder::new().unwrap();
    let (wav, _) = sound::speak(
        "Good morning. Please open your books at page forty seven, and read the second paragraph aloud, one after the other.",
        folder.path(),
    )
    .unwrap();
    let near = Folder::new().unwrap();
    let (_, said) = sound::speak("I have a question about the third exercise of yesterday.", near.path()).unwrap();
    let file = folder.path().join("class.wav");
    let set = format!("first;synthetic:wav:{};synthetic:record:{}", wav.display(), file.display());
    let mut class = side(Arc::new(SystemDevices::with_synthetic(set.parse::<SyntheticSet>().unwrap())));
    let room = Room::default();
    let (stop, stopped) = sync_channel(0);
    let beat = std::thread::spawn({
        let room = room.clone();
        move || room.run(&stopped)
    });
    let mut person = side(Arc::new(Card(room.clone(), Arc::default())));
    connect(&mut class, &mut person).await;
    person.0.set_muted(false);
    class.0.set_muted(false);
    // The canceller learns while the class speaks.
    listen(&file, 8).await;
    let from = room.heard().0.0.len();
    let (begin, end) = listen(&file, 8).await;
    let echo = Pcm(room.heard().0.0[from..].to_vec());
    let back = recorded(&file).part(begin, end - begin);
    let (echo_db, back_db) = (power_db(&echo), power_db(&back));
    // The class is silent, the person speaks.
    class.0.set_muted(true);
    listen(&file, 2).await;
    let level = said.speech_level();
    room.0.lock().unwrap().near.extend(said.0.iter().map(|sample| sample * 0.25));
    let (begin, end) = listen(&file, said.seconds() as usize + 2).await;
    let heard = recorded(&file).part(begin, end - begin).speech_level();
    let spoken = level - 12.04;
    println!(
        "echo {echo_db:.1} dBFS, returned {back_db:.1} dBFS: ERLE {:.1} dB; the person {spoken:.1} dBFS, heard {heard:.1} dBFS",
        echo_db - back_db
    );
    assert!(echo_db > -50.0, "there was an echo to cancel: {echo_db} dBFS");
    assert!(echo_db - back_db > 15.0, "only {} dB of the echo are gone", echo_db - back_db);
    assert!(heard > spoken - 6.0, "the person is heard {} dB softer", spoken - heard);
    drop(stop);
    beat.join().unwrap();
}
