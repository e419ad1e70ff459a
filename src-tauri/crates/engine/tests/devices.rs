//! Devices that vanish and come back, and tests of one's own sound, with fakes below the device line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the message")]

#[allow(dead_code, reason = "each test file stands on a part of the rig")]
mod rig;

use devices::{
    Camera, CameraFormat, CapturedFrame, Changes, Counter, DeviceError, DeviceFault, DeviceInfo, Devices, FrameSlot,
    Microphone, ScreenCapture, ScreenSource, SilentDevices, Speaker, frames,
};
use engine::{EngineEvent, LegMedia, LegState, VideoSource};
use media::I420;
use rig::Side;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A desk with microphones and cameras that can be pulled out, and one screen.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    microphones: Vec<&'static str>,
    cameras: Vec<&'static str>,
    open: Vec<(&'static str, SyncSender<DeviceFault>)>,
    camera: Option<FrameSlot>,
    screen: Option<FrameSlot>,
    /// Held by each open microphone.
    running: Arc<()>,
}

fn info(id: &str) -> DeviceInfo {
    DeviceInfo { id: id.into(), name: format!("The {id}"), is_default: false }
}

impl Desk {
    fn pull(&self, id: &str) {
        let mut state = self.0.lock().unwrap();
        state.microphones.retain(|there| *there != id);
        state.cameras.retain(|there| *there != id);
        state.open.retain(|(open, fault)| *open != id || fault.send(DeviceFault::Gone).is_err());
    }

    fn plug(&self, id: &'static str) {
        self.0.lock().unwrap().microphones.push(id);
    }

    fn picture(&self, luma: u8) {
        let state = self.0.lock().unwrap();
        let image = I420::filled(640, 480, luma, 128, 128);
        state.camera.as_ref().unwrap().put(CapturedFrame { image, at: Instant::now() });
    }

    fn screen_picture(&self, image: I420) {
        let state = self.0.lock().unwrap();
        state.screen.as_ref().unwrap().put(CapturedFrame { image, at: Instant::now() });
    }

    fn find(there: &[&'static str], id: Option<&str>) -> Result<&'static str, DeviceError> {
        match id {
            None => there.first().copied(),
            Some(id) => there.iter().copied().find(|name| *name == id),
        }
        .ok_or(DeviceError::NotFound)
    }
}

impl Devices for Desk {
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(self.0.lock().unwrap().microphones.iter().map(|id| info(id)).collect())
    }

    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(self.0.lock().unwrap().cameras.iter().map(|id| info(id)).collect())
    }

    fn open_microphone(&self, id: Option<&str>) -> Result<Microphone, DeviceError> {
        let mut state = self.0.lock().unwrap();
        let id = Self::find(&state.microphones, id)?;
        let (ring, samples) = rtrb::RingBuffer::new(24_000);
        let (fault, faults) = sync_channel(1);
        state.open.push((id, fault));
        let running = (ring, Arc::clone(&state.running));
        Ok(Microphone::new(info(id), samples, faults, Counter::default(), Box::new(running)))
    }

    fn open_speaker(&self, _id: Option<&str>) -> Result<Speaker, DeviceError> {
        Err(DeviceError::NotFound)
    }

    fn open_camera(&self, id: Option<&str>, _want: CameraFormat) -> Result<Camera, DeviceError> {
        let mut state = self.0.lock().unwrap();
        let id = Self::find(&state.cameras, id)?;
        let (slot, frames) = frames();
        let (fault, faults) = sync_channel(1);
        state.open.push((id, fault));
        state.camera = Some(slot);
        Ok(Camera::new(info(id), frames, faults, Box::new(())))
    }

    fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        SilentDevices.screens()
    }

    fn still(&self, _id: &str, width: u32, height: u32) -> Result<I420, DeviceError> {
        Ok(I420::black(width, height))
    }

    fn open_screen(&self, id: &str, _fps: u32) -> Result<ScreenCapture, DeviceError> {
        if id != "screen" {
            return Err(DeviceError::Blocked);
        }
        let (slot, frames) = frames();
        let (fault, faults) = sync_channel(1);
        let mut state = self.0.lock().unwrap();
        state.open.push(("screen", fault));
        state.screen = Some(slot);
        Ok(ScreenCapture::new("A window".into(), frames, faults, Box::new(())))
    }

    fn changed(&self) -> Changes {
        let desk = self.clone();
        Changes::watch(move || [desk.microphones().unwrap(), Vec::new(), Vec::new()])
    }
}

fn microphone(name: Option<&str>, fell_back: bool, came_back: bool) -> EngineEvent {
    EngineEvent::Microphone { name: name.map(|name| format!("The {name}")), fell_back, came_back }
}

fn of_microphone(event: &EngineEvent) -> bool {
    matches!(event, EngineEvent::Microphone { .. } | EngineEvent::MicrophoneTrouble(_))
}

#[tokio::test]
async fn a_headset_that_is_pulled_out_is_replaced_and_comes_back() {
    let desk = Desk::default();
    desk.plug("built-in");
    desk.plug("headset");
    let mut side = Side::with(Arc::new(desk.clone()));
    side.engine.choose_microphone(Some("headset".into()));
    side.engine.use_sound(true);
    assert_eq!(side.until(of_microphone).await, microphone(Some("headset"), false, false));
    desk.pull("headset");
    assert_eq!(side.until(of_microphone).await, microphone(Some("built-in"), true, false));
    desk.plug("headset");
    assert_eq!(side.until(of_microphone).await, microphone(Some("headset"), false, true));
    assert_eq!(side.engine.devices().microphone.as_deref(), Some("headset"));
}

#[tokio::test]
async fn the_microphone_is_open_as_long_as_the_leg_is() {
    let desk = Desk::default();
    desk.plug("built-in");
    let open = |desk: &Desk| Arc::strong_count(&desk.0.lock().unwrap().running) > 1;
    let mut side = Side::with(Arc::new(desk.clone()));
    side.engine.offer(side.leg(LegMedia::Audio { send: false })).await.unwrap();
    assert!(!open(&desk), "listening needs none");
    side.engine.offer(side.leg(LegMedia::Audio { send: true })).await.unwrap();
    side.until(of_microphone).await;
    assert!(open(&desk));
    side.engine.close(1);
    rig::settle("the microphone is closed", || !open(&desk)).await;
}

#[tokio::test]
async fn without_any_device_the_person_is_told_once() {
    let mut side = Side::with(Arc::new(Desk::default()));
    side.engine.use_sound(true);
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(side.until(|event| of_microphone(event) || *event == EngineEvent::NoSpeaker).await);
    }
    assert!(told.contains(&EngineEvent::NoSpeaker) && told.contains(&microphone(None, false, false)), "{told:?}");
    side.engine.camera(true);
    let trouble = side.until(|event| matches!(event, EngineEvent::CameraTrouble(_))).await;
    assert_eq!(trouble, EngineEvent::CameraTrouble(DeviceError::NotFound));
}

#[tokio::test]
async fn a_camera_that_is_pulled_out_is_off_and_says_so() {
    let desk = Desk::default();
    desk.0.lock().unwrap().cameras = vec!["webcam"];
    let mut side = Side::with(Arc::new(desk.clone()));
    side.show(VideoSource::Own, 320, 240);
    side.engine.camera(true);
    rig::settle("the camera is open", || desk.0.lock().unwrap().camera.is_some()).await;
    desk.picture(80);
    side.until(|event| *event == EngineEvent::CameraOn).await;
    rig::settle("a preview", || side.sink.delivered() == 1).await;
    side.engine.camera(true);
    side.until(|event| *event == EngineEvent::CameraOn).await;
    desk.pull("webcam");
    side.until(|event| *event == EngineEvent::CameraTrouble(DeviceError::Gone)).await;
    rig::settle("the thread has ended", || side.engine.stats().camera.is_none()).await;
}

#[tokio::test]
async fn somebody_who_comes_late_to_a_still_screen_sees_it() {
    let desk = Desk::default();
    let teacher = Side::with(Arc::new(desk.clone()));
    let mut pupil = Side::start("");
    let mut teacher = teacher;
    teacher.engine.screen(Some("screen".into()));
    rig::settle("the screen is open", || desk.0.lock().unwrap().screen.is_some()).await;
    desk.screen_picture(I420::filled(800, 600, 90, 128, 128));
    teacher.until(|event| *event == EngineEvent::ScreenOn { title: "A window".into() }).await;
    // One picture in all, and it was taken before anybody was there.
    pupil.show(VideoSource::Screen, 1366, 768);
    let offer = teacher.engine.offer(teacher.leg(LegMedia::ScreenSend { kbps: 1500 })).await.unwrap();
    let answer = pupil.engine.answer(pupil.leg(LegMedia::ScreenView), &offer).await.unwrap();
    teacher.engine.accept(1, &answer).await.unwrap();
    pupil.until(|event| *event == EngineEvent::Frames { leg: 1, flowing: true }).await;
    rig::settle("the screen", || pupil.sink.delivered() > 0).await;
    let seen = pupil.sink.last().unwrap();
    assert_eq!((seen.width, seen.height), (800, 600), "never scaled up");
    desk.pull("screen");
    teacher.until(|event| *event == EngineEvent::ScreenGone).await;
    teacher.engine.screen(Some("another".into()));
    teacher.until(|event| *event == EngineEvent::ScreenRefused).await;
}

/// A page of marks as dense as letters; each seed has its own.
fn page(seed: u32) -> I420 {
    let mut page = I420::filled(800, 600, 235, 128, 128);
    for (row, line) in page.planes_mut().0.chunks_exact_mut(800).enumerate() {
        for (x, sample) in line.iter_mut().enumerate().filter(|_| row % 16 < 11) {
            let letter = ((x / 8 + row / 16 * 100) as u32 ^ seed).wrapping_mul(2_654_435_761);
            if letter >> (8 + x % 8 / 2 * 3 + row % 16 / 4) & 1 == 1 {
                *sample = 16;
            }
        }
    }
    page
}

#[tokio::test]
async fn the_last_change_of_a_screen_arrives_though_there_were_no_bits_for_it() {
    let desk = Desk::default();
    let mut teacher = Side::with(Arc::new(desk.clone()));
    let mut pupil = Side::start("");
    pupil.show(VideoSource::Screen, 800, 600);
    teacher.engine.screen(Some("screen".into()));
    rig::settle("the screen is open", || desk.0.lock().unwrap().screen.is_some()).await;
    let offer = teacher.engine.offer(teacher.leg(LegMedia::ScreenSend { kbps: 200 })).await.unwrap();
    let answer = pupil.engine.answer(pupil.leg(LegMedia::ScreenView), &offer).await.unwrap();
    teacher.engine.accept(1, &answer).await.unwrap();
    teacher.until(|event| matches!(event, EngineEvent::Leg { state: LegState::Connected, .. })).await;
    desk.screen_picture(page(1));
    pupil.until(|event| *event == EngineEvent::Frames { leg: 1, flowing: true }).await;
    // The first page has taken seconds of the bitrate: the second is given up, and nothing moves after it.
    desk.screen_picture(page(2));
    rig::settle("the second page was taken", || teacher.engine.stats().screen.unwrap().captured == 2).await;
    assert!(teacher.engine.stats().screen.unwrap().encoded < 2, "there were bits for it");
    let second = page(2);
    rig::settle("the second page", || pupil.sink.last().is_some_and(|seen| rig::psnr(&seen, &second) > 15.0)).await;
    assert!(rig::psnr(&pupil.sink.last().unwrap(), &page(1)) < 12.0, "it is not the first");
}

#[tokio::test]
async fn stills_are_shown_while_there_are_tiles_for_them() {
    let side = Side::with(Arc::new(Desk::default()));
    side.show(VideoSource::Still("screen".into()), 160, 90);
    rig::settle("a still", || side.sink.delivered() > 0).await;
    let still = side.sink.last().unwrap();
    assert_eq!((still.width, still.height), (160, 90));
    side.engine.set_tiles(Vec::new());
}

#[tokio::test]
async fn speaking_into_a_muted_microphone_is_noticed() {
    let mut side = Side::start("synthetic:tone:300");
    side.engine.use_sound(true);
    side.until(|event| *event == EngineEvent::SpeakingMuted).await;
    let speaking =
        |event: &EngineEvent| matches!(event, EngineEvent::Level { speaking: true, mic_db } if *mic_db > -50.0);
    side.until(speaking).await;
}
