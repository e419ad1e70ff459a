//! What a class costs: `cargo run --release --example load -- VIEWS SECONDS`.
//!
//! One engine publishes a 640×480 camera and sound and receives VIEWS cameras of 320×240, all at 15 pictures a second; a
//! second engine in the same process is everybody else. Prints CPU time of each thread in percent of a core; the threads
//! of the first engine come first.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a tool: a panic is its error message")]

use devices::{
    Camera, CameraFormat, CapturedFrame, Changes, DeviceError, DeviceInfo, Devices, Microphone, ScreenCapture,
    ScreenSource, SilentDevices, Speaker, SyntheticMicrophone, SyntheticSet, SyntheticSpeaker, SystemDevices, frames,
};
use engine::{
    Engine, EngineConfig, EngineEvent, FrameSink, IceServers, LegMedia, LegSpec, LegState, Tile, VideoSource,
};
use media::I420;
use media::face::FacePainter;
use media::scale::Fit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

struct Desk {
    sound: SystemDevices,
    width: u32,
    height: u32,
}

impl Desk {
    fn new(width: u32, height: u32) -> Self {
        let set = SyntheticSet {
            microphones: vec![SyntheticMicrophone::Tone(300)],
            speakers: vec![SyntheticSpeaker::Sink],
            first: true,
            ..SyntheticSet::default()
        };
        Self { sound: SystemDevices::with_synthetic(set), width, height }
    }
}

impl Devices for Desk {
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(vec![])
    }
    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(vec![])
    }
    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(vec![])
    }
    fn open_microphone(&self, id: Option<&str>) -> Result<Microphone, DeviceError> {
        self.sound.open_microphone(id)
    }
    fn open_speaker(&self, id: Option<&str>) -> Result<Speaker, DeviceError> {
        self.sound.open_speaker(id)
    }
    fn open_camera(&self, _id: Option<&str>, _want: CameraFormat) -> Result<Camera, DeviceError> {
        let mut painter = FacePainter::new(7);
        let (width, height) = (self.width, self.height);
        let pictures: Vec<I420> = (0..150).map(|i| painter.paint(i, 0.3, width, height)).collect();
        let (slot, frames) = frames();
        std::thread::Builder::new()
            .name("fake-camera".into())
            .spawn(move || {
                let start = Instant::now();
                for (i, image) in pictures.iter().cycle().enumerate() {
                    let due = start + Duration::from_micros(66_667) * u32::try_from(i).unwrap();
                    while Instant::now() < due {
                        std::thread::park_timeout(due - Instant::now());
                    }
                    slot.put(CapturedFrame { image: image.clone(), at: Instant::now() });
                }
            })
            .unwrap();
        let info = DeviceInfo { id: "c".into(), name: "c".into(), is_default: true };
        let (keep, faults) = std::sync::mpsc::sync_channel(1);
        Ok(Camera::new(info, frames, faults, Box::new(keep)))
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

#[derive(Default)]
struct Count(AtomicU64);

impl FrameSink for Count {
    fn deliver(&self, _tile: u32, _frame: Arc<I420>, _at_ms: u32) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        true
    }
}

type Told = mpsc::Receiver<EngineEvent>;

async fn connect(a: (&Engine, &mut Told), b: (&Engine, &mut Told), id: u32, offered: LegMedia, answered: LegMedia) {
    let leg = |media| LegSpec { id, media, ice: IceServers::default() };
    let offer = a.0.offer(leg(offered)).await.unwrap();
    let answer = b.0.answer(leg(answered), &offer).await.unwrap();
    a.0.accept(id, &answer).await.unwrap();
    for told in [a.1, b.1] {
        while !matches!(told.recv().await.unwrap(), EngineEvent::Leg { id: up, state: LegState::Connected } if up == id)
        {
        }
    }
}

/// Name and CPU time of each thread, in ticks of 10 ms.
fn threads() -> Vec<(u64, String, u64)> {
    let mut list: Vec<_> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let id = path.file_name()?.to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(path.join("stat")).ok()?;
            let (name, rest) = stat.split_once('(')?.1.split_once(')')?;
            let fields: Vec<&str> = rest.split_whitespace().collect();
            Some((id, name.to_owned(), fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?))
        })
        .collect();
    list.sort();
    list
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u32>().ok());
    let views = arguments.next().unwrap_or(4);
    let seconds = arguments.next().unwrap_or(10);
    let window = Arc::new(Count::default());
    let config = |desk, frames: &Arc<Count>| EngineConfig {
        devices: Arc::new(desk) as Arc<dyn Devices>,
        frames: Arc::clone(frames) as Arc<dyn FrameSink>,
    };
    let (here, mut told_here) = Engine::start(config(Desk::new(640, 480), &window)).unwrap();
    let (there, mut told_there) = Engine::start(config(Desk::new(320, 240), &Arc::default())).unwrap();
    let tiles = (0..views)
        .map(|i| Tile { id: i, source: VideoSource::Stream(i.to_string()), width: 320, height: 240, fit: Fit::Cover })
        .collect();
    here.set_tiles(tiles);
    here.set_muted(false);
    here.camera(true);
    there.camera(true);
    let (a, b) = (LegMedia::Audio { send: true }, LegMedia::Audio { send: true });
    connect((&here, &mut told_here), (&there, &mut told_there), 1000, a, b).await;
    let (a, b) = (LegMedia::CameraSend { kbps: 200 }, LegMedia::CameraView { source: "teacher".into() });
    connect((&here, &mut told_here), (&there, &mut told_there), 1001, a, b).await;
    for i in 0..views {
        let (a, b) = (LegMedia::CameraSend { kbps: 100 }, LegMedia::CameraView { source: i.to_string() });
        connect((&there, &mut told_there), (&here, &mut told_here), i, a, b).await;
    }
    // The other engine plays 320×240 cameras to us; what it sends is one encoder's work whatever their number.
    tokio::spawn(async move { while told_here.recv().await.is_some() {} });
    tokio::spawn(async move { while told_there.recv().await.is_some() {} });
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (before, frames) = (threads(), window.0.load(Ordering::Relaxed));
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let after = threads();
    let drawn = window.0.load(Ordering::Relaxed) - frames;
    println!(
        "{views} views, {:.1} pictures a second each",
        drawn as f64 / f64::from(seconds) / f64::from(views.max(1))
    );
    for (id, name, ticks) in after {
        let earlier = before.iter().find(|(known, _, _)| *known == id).map_or(0, |(_, _, ticks)| *ticks);
        println!("{:6.1} %  {name}", (ticks - earlier) as f64 / f64::from(seconds));
    }
    println!("{:?}", here.stats().audio);
}
