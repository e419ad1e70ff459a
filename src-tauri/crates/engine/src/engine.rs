//! The handle by which everything is asked, and the owner of every thread.

use crate::api::{DeviceList, EngineEvent, EngineStats, FrameSink, LegError, LegSpec, Tile};
use devices::{DeviceError, Devices, ScreenSource};
use media::I420;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What the engine works with.
#[derive(Clone)]
pub struct EngineConfig {
    /// Microphones, speakers, cameras, screens.
    pub devices: Arc<dyn Devices>,
    /// Takes pictures for the window.
    pub frames: Arc<dyn FrameSink>,
}

/// Handle to the engine. Clones are cheap; when the last one is dropped every thread is told to stop and joined.
///
/// Unless said otherwise methods return at once; what they bring about is told by [`EngineEvent`]s.
#[derive(Clone)]
pub struct Engine {
    _inner: Arc<()>,
}

#[allow(unused_variables, clippy::unused_async, clippy::needless_pass_by_value, reason = "filled in next")]
impl Engine {
    /// Starts the engine; no device is opened yet. The receiver must be read: when 256 events wait, `Level` events are
    /// dropped first and then the newest.
    pub fn start(config: EngineConfig) -> (Engine, mpsc::Receiver<EngineEvent>) {
        let (_tx, rx) = mpsc::channel(256);
        (Engine { _inner: Arc::new(()) }, rx)
    }

    /// Opens a leg and returns our offer. Does not wait for candidates (`media.md` §2.6).
    ///
    /// # Errors
    /// [`LegError::Network`], [`LegError::Sdp`].
    pub async fn offer(&self, leg: LegSpec) -> Result<String, LegError> {
        Err(LegError::Closed)
    }

    /// Opens a leg from the server's offer and returns our answer.
    ///
    /// # Errors
    /// [`LegError::Sdp`] if the offer cannot be used, [`LegError::Network`].
    pub async fn answer(&self, leg: LegSpec, offer: &str) -> Result<String, LegError> {
        Err(LegError::Closed)
    }

    /// Gives the server's answer to a leg that offered.
    ///
    /// # Errors
    /// [`LegError::Sdp`] if it cannot be used, [`LegError::Closed`].
    pub async fn accept(&self, leg: u32, answer: &str) -> Result<(), LegError> {
        Err(LegError::Closed)
    }

    /// Closes a leg; no event of it follows. Unknown legs are ignored.
    pub fn close(&self, leg: u32) {}

    /// Lists the devices. May take a second: call it where blocking is allowed.
    pub fn devices(&self) -> DeviceList {
        DeviceList::default()
    }

    /// Uses this microphone from now on (`None`: the system's default), without touching any leg.
    pub fn choose_microphone(&self, id: Option<String>) {}

    /// Uses this speaker from now on.
    pub fn choose_speaker(&self, id: Option<String>) {}

    /// Uses this camera from now on; a running camera changes over.
    pub fn choose_camera(&self, id: Option<String>) {}

    /// Closes the gate behind the microphone (silence is sent) or opens it. Closed at the start.
    pub fn set_muted(&self, muted: bool) {}

    /// Keeps microphone and speaker open for the level and tests even without an audio leg.
    pub fn use_sound(&self, on: bool) {}

    /// Plays a short chime on the chosen speaker.
    pub fn play_test_sound(&self) {}

    /// Records 4 s from the microphone and plays them; nothing is sent meanwhile. Again while running: starts over.
    pub fn hear_myself(&self) {}

    /// Starts or stops capturing from the chosen camera: [`EngineEvent::CameraOn`] or [`EngineEvent::CameraTrouble`].
    pub fn camera(&self, on: bool) {}

    /// Upper limit for own camera, kbit/s.
    pub fn set_camera_bitrate(&self, kbps: u32) {}

    /// Starts capturing this screen or window, or stops: [`EngineEvent::ScreenOn`], [`EngineEvent::ScreenRefused`].
    pub fn screen(&self, id: Option<String>) {}

    /// Screens and windows that can be shared. Blocks for some milliseconds.
    ///
    /// # Errors
    /// What the system says.
    pub fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        Err(DeviceError::Unsupported)
    }

    /// A picture of a screen or window, not larger than asked. Blocks for some milliseconds.
    ///
    /// # Errors
    /// What the system says.
    pub fn still(&self, id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
        Err(DeviceError::Unsupported)
    }

    /// The tiles of the window from now on. Streams without a tile are not decoded.
    pub fn set_tiles(&self, tiles: Vec<Tile>) {}

    /// Figures of this moment.
    pub fn stats(&self) -> EngineStats {
        EngineStats::default()
    }
}
