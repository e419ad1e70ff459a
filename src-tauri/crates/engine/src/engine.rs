//! The handle by which everything is asked, and the owner of every thread.

use crate::allot::{Allotment, Sent};
use crate::api::{DeviceList, EngineEvent, EngineStats, FrameSink, LegError, LegMedia, LegSpec, Tile, VideoSource};
use crate::audio::{Audio, Command, Voice};
use crate::clock;
use crate::events::Events;
use crate::net::{LegPort, Net, Sinks};
use crate::threads::Worker;
use crate::video::{CameraJob, Decode, Halt, Outlets, ScreenJob, SendStats, Show, Stills};
use devices::{DeviceError, Devices, ScreenSource};
use media::I420;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long the threads may take to end when the last handle is dropped.
const GOODBYE: Duration = Duration::from_secs(2);

/// What the engine works with.
#[derive(Clone)]
pub struct EngineConfig {
    /// Microphones, speakers, cameras, screens.
    pub devices: Arc<dyn Devices>,
    /// Takes pictures for the window.
    pub frames: Arc<dyn FrameSink>,
}

/// Handle to the engine. Clones are cheap; when the last one is dropped every thread is told to stop and joined, which
/// takes some tenths of a second at most.
///
/// Unless said otherwise methods return at once; what they bring about is told by [`EngineEvent`]s.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    devices: Arc<dyn Devices>,
    events: Events,
    show: Arc<Show>,
    net: Net,
    audio: Audio,
    decode: Decode,
    own: Mutex<Own>,
    camera_outlets: Arc<Outlets>,
    screen_outlets: Arc<Outlets>,
    allotment: Arc<Allotment>,
}

/// What is captured here.
#[derive(Default)]
struct Own {
    microphone_id: Option<String>,
    speaker_id: Option<String>,
    camera_id: Option<String>,
    camera: Option<Capture>,
    screen: Option<Capture>,
    ending: Vec<Worker>,
    stills: Stills,
}

struct Capture {
    halt: Halt,
    worker: Worker,
    stats: SendStats,
}

impl Own {
    fn end(&mut self, capture: Option<Capture>) {
        self.ending.retain(|worker| !worker.ended());
        if let Some(capture) = capture {
            capture.halt.set();
            self.ending.push(capture.worker);
        }
    }
}

impl Engine {
    /// Starts the engine; no device is opened yet. The receiver must be read: 256 events may wait, from 128 on `Level`
    /// is left out, and what comes when it is full is lost (and logged).
    ///
    /// # Errors
    /// The system gives no more threads or sockets.
    pub fn start(config: EngineConfig) -> std::io::Result<(Engine, mpsc::Receiver<EngineEvent>)> {
        let (events, told) = Events::new();
        let show = Arc::new(Show::new(config.frames));
        let allotment = Arc::new(Allotment::new());
        let net = Net::start()?;
        net.spawn(Arc::clone(&allotment).run());
        let inner = Inner {
            net,
            audio: Audio::start(Arc::clone(&config.devices), Arc::clone(&allotment.audio), events.clone())?,
            decode: Decode::start(Arc::clone(&show), events.clone())?,
            devices: config.devices,
            events,
            show,
            own: Mutex::default(),
            camera_outlets: Arc::default(),
            screen_outlets: Arc::default(),
            allotment,
        };
        Ok((Engine { inner: Arc::new(inner) }, told))
    }

    /// Opens a leg and returns our offer. Does not wait for candidates (`media.md` §2.6).
    ///
    /// # Errors
    /// [`LegError::Network`], [`LegError::Sdp`].
    pub async fn offer(&self, leg: LegSpec) -> Result<String, LegError> {
        self.inner.open(leg, None).await
    }

    /// Opens a leg from the server's offer and returns our answer.
    ///
    /// # Errors
    /// [`LegError::Sdp`] if the offer cannot be used, [`LegError::Network`].
    pub async fn answer(&self, leg: LegSpec, offer: &str) -> Result<String, LegError> {
        self.inner.open(leg, Some(offer.to_owned())).await
    }

    /// Gives the server's answer to a leg that offered.
    ///
    /// # Errors
    /// [`LegError::Sdp`] if it cannot be used, [`LegError::Closed`].
    pub async fn accept(&self, leg: u32, answer: &str) -> Result<(), LegError> {
        self.inner.net.accept(leg, answer).await
    }

    /// Closes a leg; no event of it follows. Unknown legs are ignored. A leg that is `Down` is to be closed as well.
    pub fn close(&self, leg: u32) {
        self.inner.net.close(leg);
    }

    /// Lists the devices. May take a second: call it where blocking is allowed.
    #[must_use]
    pub fn devices(&self) -> DeviceList {
        let devices = &self.inner.devices;
        let own = self.inner.own.lock();
        let mut list = DeviceList {
            microphone: own.microphone_id.clone(),
            speaker: own.speaker_id.clone(),
            camera: own.camera_id.clone(),
            ..DeviceList::default()
        };
        drop(own);
        list.microphones = devices.microphones().unwrap_or_default();
        list.speakers = devices.speakers().unwrap_or_default();
        list.cameras = devices.cameras().unwrap_or_default();
        list
    }

    /// Uses this microphone from now on (`None`: the system's default), without touching any leg.
    pub fn choose_microphone(&self, id: Option<String>) {
        self.inner.own.lock().microphone_id.clone_from(&id);
        self.inner.audio.ask(Command::ChooseMicrophone(id));
    }

    /// Uses this speaker from now on.
    pub fn choose_speaker(&self, id: Option<String>) {
        self.inner.own.lock().speaker_id.clone_from(&id);
        self.inner.audio.ask(Command::ChooseSpeaker(id));
    }

    /// Uses this camera from now on; a running camera changes over.
    pub fn choose_camera(&self, id: Option<String>) {
        let mut own = self.inner.own.lock();
        let changed = own.camera_id != id;
        own.camera_id = id;
        if changed && own.camera.is_some() {
            self.inner.stop_camera(&mut own);
            self.inner.start_camera(&mut own);
        }
    }

    /// Closes the gate behind the microphone (silence is sent) or opens it. Closed at the start.
    pub fn set_muted(&self, muted: bool) {
        self.inner.audio.set_muted(muted);
    }

    /// Keeps microphone and speaker open for the level and tests even without an audio leg.
    pub fn use_sound(&self, on: bool) {
        self.inner.audio.ask(Command::UseSound(on));
    }

    /// Plays a short chime on the chosen speaker.
    pub fn play_test_sound(&self) {
        self.inner.audio.ask(Command::Chime);
    }

    /// Records 4 s from the microphone and plays them; the class hears silence meanwhile. Again while running: starts over.
    pub fn hear_myself(&self) {
        self.inner.audio.ask(Command::HearMyself);
    }

    /// Starts or stops capturing from the chosen camera: [`EngineEvent::CameraOn`] or [`EngineEvent::CameraTrouble`].
    /// Of one that runs already, `CameraOn` is told again.
    pub fn camera(&self, on: bool) {
        let mut own = self.inner.own.lock();
        match &own.camera {
            Some(camera) if on && !camera.worker.ended() => {
                // Whoever asks waits to be told, also when a preview runs already. Not yet: the thread tells it.
                if camera.stats.lock().captured > 0 {
                    self.inner.events.tell(EngineEvent::CameraOn);
                }
            }
            _ => {
                self.inner.stop_camera(&mut own);
                if on {
                    self.inner.start_camera(&mut own);
                }
            }
        }
    }

    /// What the class allows the own camera with so many faces on screen, kbit/s (`media.md` §2.11): a bound for the
    /// budget, which follows a change that lasts.
    pub fn bound_camera(&self, kbps: u32) {
        self.inner.allotment.bound_camera(kbps);
    }

    /// Starts capturing this screen or window, or stops: [`EngineEvent::ScreenOn`], [`EngineEvent::ScreenRefused`].
    pub fn screen(&self, id: Option<String>) {
        let mut own = self.inner.own.lock();
        let older = own.screen.take();
        own.end(older);
        if let Some(id) = id {
            self.inner.start_screen(&mut own, id);
        }
    }

    /// Screens and windows that can be shared. Blocks for some milliseconds.
    ///
    /// # Errors
    /// What the system says.
    pub fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        self.inner.devices.screens()
    }

    /// A picture of a screen or window, not larger than asked. Blocks for some milliseconds.
    ///
    /// # Errors
    /// What the system says.
    pub fn still(&self, id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
        self.inner.devices.still(id, max_width, max_height)
    }

    /// The tiles of the window from now on. Streams without a tile are not decoded.
    pub fn set_tiles(&self, tiles: Vec<Tile>) {
        let mut own = self.inner.own.lock();
        own.stills.set_tiles(&tiles, &self.inner.devices, &self.inner.show);
        self.inner.show.set_tiles(tiles);
        self.inner.decode.tiles_changed();
    }

    /// Drops this handle and, if it is the last one, says whether every thread ended in time (2 s). Blocks meanwhile.
    #[must_use]
    pub fn shutdown(self) -> bool {
        Arc::into_inner(self.inner).is_some_and(|mut inner| inner.end(clock::now() + GOODBYE))
    }

    /// Figures of this moment.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        let own = self.inner.own.lock();
        let of = |capture: &Option<Capture>| {
            capture.as_ref().filter(|capture| !capture.worker.ended()).map(|capture| *capture.stats.lock())
        };
        EngineStats {
            legs: self.inner.net.stats(),
            tiles: self.inner.show.stats(),
            audio: self.inner.audio.stats(),
            camera: of(&own.camera),
            screen: of(&own.screen),
            budget: self.inner.allotment.allocation(),
        }
    }
}

impl Inner {
    async fn open(&self, spec: LegSpec, offer: Option<String>) -> Result<String, LegError> {
        let (port, given) = LegPort::new(spec.id);
        let port = Arc::new(port);
        let audio = |voice| {
            if voice != Voice::Nothing {
                self.allotment.add(&port, Sent::Audio);
            }
            Some(self.audio.add(Arc::clone(&port), voice))
        };
        let sinks = match &spec.media {
            LegMedia::Audio { send: true } => Sinks { audio: audio(Voice::Microphone), video: None },
            LegMedia::Audio { send: false } => Sinks { audio: audio(Voice::Silence), video: None },
            LegMedia::CameraView { source } => {
                let source = VideoSource::Stream(source.clone());
                Sinks { audio: None, video: Some(self.decode.add(source, Arc::clone(&port))) }
            }
            LegMedia::ScreenView => {
                let video = Some(self.decode.add(VideoSource::Screen, Arc::clone(&port)));
                Sinks { audio: audio(Voice::Nothing), video }
            }
            LegMedia::CameraSend { kbps } => {
                self.allotment.add(&port, Sent::Camera { kbps: *kbps });
                self.camera_outlets.add(&port);
                Sinks { audio: None, video: None }
            }
            LegMedia::ScreenSend { kbps } => {
                self.allotment.add(&port, Sent::Screen { kbps: *kbps });
                self.screen_outlets.add(&port);
                Sinks { audio: None, video: None }
            }
        };
        self.net.open(spec, offer, port, given, sinks, self.events.clone()).await
    }

    fn start_camera(&self, own: &mut Own) {
        let (halt, stats) = (Halt::default(), SendStats::default());
        let job = CameraJob {
            devices: Arc::clone(&self.devices),
            id: own.camera_id.clone(),
            show: Arc::clone(&self.show),
            outlets: Arc::clone(&self.camera_outlets),
            rate: Arc::clone(&self.allotment.camera),
            events: self.events.clone(),
            halt: halt.clone(),
            stats: Arc::clone(&stats),
        };
        match Worker::spawn("preau-camera", move || job.run()) {
            Ok(worker) => own.camera = Some(Capture { halt, worker, stats }),
            Err(error) => {
                tracing::error!(%error, "no thread for the camera");
                self.events.tell(EngineEvent::CameraTrouble(DeviceError::Driver));
            }
        }
    }

    fn stop_camera(&self, own: &mut Own) {
        let older = own.camera.take();
        own.end(older);
    }

    fn start_screen(&self, own: &mut Own, id: String) {
        let (halt, stats) = (Halt::default(), SendStats::default());
        let job = ScreenJob {
            devices: Arc::clone(&self.devices),
            id,
            show: Arc::clone(&self.show),
            outlets: Arc::clone(&self.screen_outlets),
            rate: Arc::clone(&self.allotment.screen),
            events: self.events.clone(),
            halt: halt.clone(),
            stats: Arc::clone(&stats),
        };
        match Worker::spawn("preau-screen", move || job.run()) {
            Ok(worker) => own.screen = Some(Capture { halt, worker, stats }),
            Err(error) => {
                tracing::error!(%error, "no thread for the screen");
                self.events.tell(EngineEvent::ScreenRefused);
            }
        }
    }

    /// Tells every thread to end and waits for all of them.
    fn end(&mut self, deadline: Instant) -> bool {
        let own = self.own.get_mut();
        for capture in [own.camera.take(), own.screen.take()] {
            own.end(capture);
        }
        own.stills.halt();
        self.audio.stop();
        self.decode.stop();
        self.net.stop();
        let mut all = own.stills.join_by(deadline);
        for worker in &mut own.ending {
            all &= worker.join_by(deadline);
        }
        all &= self.net.join_by(deadline);
        all &= self.audio.join_by(deadline);
        all &= self.decode.join_by(deadline);
        all
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end(clock::now() + GOODBYE);
    }
}
