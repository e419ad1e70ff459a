//! The words spoken with the engine: what is asked of it and what it tells.

use devices::{DeviceError, DeviceInfo};
use media::I420;
use media::budget::Allocation;
use media::scale::Fit;
use std::sync::Arc;

/// Where pictures for the window go.
pub trait FrameSink: Send + Sync {
    /// Takes `frame` for `tile`. `at_ms` is the time of the picture in milliseconds since the engine started (wraps).
    ///
    /// `false`: the tile has no credit and the frame was dropped; the engine does not queue it. Must not block.
    fn deliver(&self, tile: u32, frame: Arc<I420>, at_ms: u32) -> bool;
}

/// STUN and TURN servers for one leg (`media.md` §7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IceServers {
    /// `stun:host:port`
    pub stun: Vec<String>,
    /// TURN servers with their credentials.
    pub turn: Vec<TurnServer>,
    /// Use relayed candidates only (`media.md` §7.2).
    pub relay_only: bool,
}

/// One TURN server.
#[derive(Clone, PartialEq, Eq)]
pub struct TurnServer {
    /// `turn:host:port?transport=udp` or `turns:…`
    pub url: String,
    /// User name, usually with its expiry before a colon.
    pub username: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for TurnServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnServer").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A media leg to open: one peer connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegSpec {
    /// Chosen by the caller; comes back in every event. Opening a leg under an id in use closes the older one.
    pub id: u32,
    /// What it carries.
    pub media: LegMedia,
    /// How to get through.
    pub ice: IceServers,
}

/// What a leg carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegMedia {
    /// The mixed class in, and the microphone out. With `send: false` no microphone is opened and silence goes out.
    Audio {
        /// Open the microphone and send what it hears.
        send: bool,
    },
    /// Own camera, at most this many kbit/s.
    CameraSend {
        /// kbit/s
        kbps: u32,
    },
    /// Somebody's camera.
    CameraView {
        /// Stream id: the name by which tiles ask for it ([`VideoSource::Stream`]).
        source: String,
    },
    /// Own screen or window, at most this many kbit/s.
    ScreenSend {
        /// kbit/s
        kbps: u32,
    },
    /// The screen somebody shares ([`VideoSource::Screen`]).
    ScreenView,
}

/// Why an SDP could not be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LegError {
    /// The other side's SDP cannot be parsed or used, or carries no certificate fingerprint that we know.
    #[error("the session description of the server cannot be used")]
    Sdp,
    /// No such leg, or it was closed meanwhile.
    #[error("the leg is closed")]
    Closed,
    /// No socket could be opened on this machine.
    #[error("no network socket could be opened")]
    Network,
}

/// Something the engine tells.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineEvent {
    /// State of a leg. Nothing follows `Down`; nothing at all follows [`Engine::close`](crate::Engine::close).
    Leg {
        /// Which leg.
        id: u32,
        /// Its state.
        state: LegState,
    },
    /// Ten times a second while the microphone is open.
    Level {
        /// Peak of the last 100 ms behind echo and noise processing, dBFS (−100 = silence, 0 = full scale).
        mic_db: f32,
        /// Somebody speaks into the microphone (whether muted or not).
        speaking: bool,
    },
    /// Somebody has spoken for 700 ms into a muted microphone. Once for each stretch of speech.
    SpeakingMuted,
    /// The microphone in use.
    Microphone {
        /// Its name; `None`: there is no microphone at all.
        name: Option<String>,
        /// The chosen one is gone, this is another.
        fell_back: bool,
        /// The chosen one is here again.
        came_back: bool,
    },
    /// No speaker could be opened.
    NoSpeaker,
    /// The microphone cannot be used.
    MicrophoneTrouble(DeviceError),
    /// Own camera delivers pictures.
    CameraOn,
    /// Own camera cannot be used or vanished. The camera is off.
    CameraTrouble(DeviceError),
    /// Screen capture delivers pictures.
    ScreenOn {
        /// What is shown.
        title: String,
    },
    /// Capturing the screen was refused or is not possible.
    ScreenRefused,
    /// The captured window was closed. Capture is off.
    ScreenGone,
    /// A viewing leg delivered its first whole picture (`true`), or none for 5 s (`false`).
    Frames {
        /// Which leg.
        leg: u32,
        /// Pictures come.
        flowing: bool,
    },
    /// Devices came or went: ask [`Engine::devices`](crate::Engine::devices) again.
    DevicesChanged,
}

/// State of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegState {
    /// ICE and DTLS are up, the certificate is the announced one: media may flow.
    Connected,
    /// ICE has lost contact; it may come back by itself (then `Connected` is said again).
    Wavering,
    /// Down for good.
    Down(LegFailure),
}

/// Why a leg is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegFailure {
    /// No way to the other side.
    Ice,
    /// Handshake failed, or the certificate is not the announced one.
    Dtls,
    /// The SDP could not be used after all.
    Sdp,
    /// No way to the other side, and no relay either.
    Relay(RelayFault),
}

/// Why a relay over TCP or TLS cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayFault {
    /// It does not answer, or its name is not known.
    Unreachable,
    /// Its certificate is not one that the system believes, or is of somebody else.
    Certificate,
    /// The handshake failed, what answers is no relay, or the stream was cut.
    Broken,
}

/// A place in the window that shows a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Chosen by the window.
    pub id: u32,
    /// What it shows.
    pub source: VideoSource,
    /// Width in device pixels; never upscaled beyond the source.
    pub width: u32,
    /// Height in device pixels.
    pub height: u32,
    /// How a picture of another shape fits.
    pub fit: Fit,
}

/// What a tile may show.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VideoSource {
    /// Own camera.
    Own,
    /// A camera of the class, by stream id ([`LegMedia::CameraView`]).
    Stream(String),
    /// The shared screen: somebody's ([`LegMedia::ScreenView`]) or, while capturing, one's own.
    Screen,
    /// A still picture of a screen or window that could be shared, by the id that the list of screens gives; taken
    /// when the tiles are set and every 2 s.
    Still(String),
}

/// The devices there are, and what was chosen.
#[derive(Debug, Clone, Default)]
pub struct DeviceList {
    /// Microphones; empty also if they cannot be listed.
    pub microphones: Vec<DeviceInfo>,
    /// Speakers.
    pub speakers: Vec<DeviceInfo>,
    /// Cameras.
    pub cameras: Vec<DeviceInfo>,
    /// Chosen microphone (`None`: the system's default).
    pub microphone: Option<String>,
    /// Chosen speaker.
    pub speaker: Option<String>,
    /// Chosen camera.
    pub camera: Option<String>,
}

/// Figures for diagnostics and the bandwidth budget.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineStats {
    /// One for each open leg, by id.
    pub legs: Vec<LegStats>,
    /// One for each tile that was shown anything.
    pub tiles: Vec<TileStats>,
    /// Sound.
    pub audio: AudioStats,
    /// Own camera, while it runs.
    pub camera: Option<VideoSendStats>,
    /// Own screen, while it runs.
    pub screen: Option<VideoSendStats>,
    /// Who may send how much, and why.
    pub budget: Allocation,
}

/// Figures of one leg.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LegStats {
    /// Which leg.
    pub id: u32,
    /// Media packets sent.
    pub packets_sent: u64,
    /// Media bytes sent.
    pub bytes_sent: u64,
    /// Media packets received.
    pub packets_received: u64,
    /// Media bytes received.
    pub bytes_received: u64,
    /// Whole pictures received.
    pub frames_received: u64,
    /// Pictures decoded.
    pub frames_decoded: u64,
    /// Pictures dropped before decoding because the decoder was behind.
    pub frames_dropped: u64,
    /// Key frames asked of the other side.
    pub key_frames_asked: u64,
    /// Key frames the other side asked of us.
    pub key_frames_wanted: u64,
    /// What congestion control thinks possible on the way out, kbit/s.
    pub estimate_kbps: Option<u32>,
    /// Packets of ours that the other side misses, percent.
    pub loss_percent: Option<u32>,
    /// Round trip by the other side's reports, ms.
    pub round_trip_ms: Option<u32>,
}

/// Figures of one tile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TileStats {
    /// Which tile.
    pub id: u32,
    /// Frames the window took.
    pub delivered: u64,
    /// Frames the window had no credit for.
    pub refused: u64,
}

/// Figures of the audio path.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AudioStats {
    /// 20 ms packets encoded and sent.
    pub packets_sent: u64,
    /// Packets that came in.
    pub packets_received: u64,
    /// 20 ms periods that had to be concealed.
    pub concealed: u64,
    /// 20 ms periods repaired by in-band FEC.
    pub repaired: u64,
    /// Delay the jitter buffer aims at, ms.
    pub jitter_ms: u32,
    /// Samples the speaker asked for that were not there (48 kHz).
    pub speaker_gaps: u64,
    /// Samples of the microphone that had to be thrown away (48 kHz).
    pub microphone_dropped: u64,
}

/// Figures of an encoder.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VideoSendStats {
    /// Width of what is encoded.
    pub width: u32,
    /// Height of what is encoded.
    pub height: u32,
    /// Pictures captured.
    pub captured: u64,
    /// Pictures encoded.
    pub encoded: u64,
    /// Key frames among them.
    pub key_frames: u64,
    /// Mean time of encoding one picture, ms.
    pub encode_ms: f32,
    /// Bitrate asked of the encoder, kbit/s.
    pub kbps: u32,
}
