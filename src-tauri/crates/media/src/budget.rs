//! Who may send how much. Nobody else sets a bitrate.
//!
//! In go the class's rules, what we send, and what is known of the link; out comes one allocation with a reason per
//! line: audio first, then the shared screen, then the own camera. Camera steps follow BigBlueButton's thresholds
//! (`media.md` §2.10 and §2.11): the more faces are visible, the less each sends.

use std::time::Duration;

/// Opus, `media.md` §4.8.
pub const AUDIO_KBPS: u32 = 30;
/// The shared screen at most, `media.md` §3.7.
pub const SCREEN_KBPS: u32 = 1500;
/// The default camera profile (`medium`).
pub const CAMERA_KBPS: u32 = 200;
/// Visible streams → kbit/s, `media.md` §2.11; from the highest.
pub const CROWD_STEPS: [(u32, u32); 6] = [(30, 30), (25, 40), (20, 50), (15, 70), (12, 90), (8, 100)];

/// What is known about the way to the server; unknown is `None` and restricts nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Link {
    /// Estimated capacity upwards for everything together, kbit/s.
    pub kbps: Option<u32>,
    /// Packets lost of those sent, 0 to 1.
    pub loss: Option<f32>,
    /// Round trip.
    pub rtt: Option<Duration>,
}

/// The own camera as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Camera {
    /// Bitrate of the chosen profile.
    pub profile_kbps: u32,
    /// Pinned or with the floor: exempt from the steps by visible streams.
    pub privileged: bool,
}

/// Everything the decision depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Demand {
    /// Cameras shown in the class now, the own one included.
    pub visible_streams: u32,
    /// Is sound sent?
    pub audio: bool,
    /// Is the screen shared, and up to what bitrate?
    pub screen: Option<u32>,
    /// Is the own camera on?
    pub camera: Option<Camera>,
    /// The way up.
    pub link: Link,
    /// Part of one core the video encoders use, 0 to 1.
    pub encoder_load: Option<f32>,
}

/// Who gets something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// The microphone.
    Audio,
    /// The shared screen.
    Screen,
    /// The own camera.
    Camera,
}

/// Why it is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// All that was wanted.
    Wanted,
    /// Many faces are visible.
    Crowd {
        /// How many.
        visible: u32,
    },
    /// The link does not carry more.
    Link,
    /// Packets get lost.
    Loss,
    /// The computer does not encode more.
    Load,
    /// Nothing is left for it: paused.
    Paused,
}

/// One line of the allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// For whom.
    pub share: Share,
    /// How much; 0 is paused.
    pub kbps: u32,
    /// Why.
    pub reason: Reason,
}

/// What may be sent. A share that is not wanted is `None` and has no line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Opus bitrate.
    pub audio_kbps: Option<u32>,
    /// Loss the Opus encoder shall expect, percent (drives its forward error correction).
    pub audio_loss_percent: u8,
    /// Screen bitrate; 0 is paused.
    pub screen_kbps: Option<u32>,
    /// Camera bitrate; 0 is paused.
    pub camera_kbps: Option<u32>,
    /// Reasons, most important share first.
    pub lines: Vec<Line>,
}

/// Decides, with memory: see the module.
#[derive(Debug, Clone, Default)]
pub struct Budget {}

impl Budget {
    /// Nothing allocated yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides anew; call on every change and at least once a second.
    pub fn decide(&mut self, now: Duration, demand: &Demand) -> Allocation {
        let _ = now;
        let mut allocation = Allocation { audio_loss_percent: 10, ..Allocation::default() };
        if demand.audio {
            allocation.audio_kbps = Some(AUDIO_KBPS);
        }
        allocation.screen_kbps = demand.screen.map(|kbps| kbps.min(SCREEN_KBPS));
        allocation.camera_kbps = demand.camera.map(|camera| crowd_kbps(demand.visible_streams, camera));
        allocation
    }
}

/// What the profile allows with so many visible streams.
#[must_use]
pub fn crowd_kbps(visible_streams: u32, camera: Camera) -> u32 {
    if camera.privileged {
        return camera.profile_kbps;
    }
    let step = CROWD_STEPS.iter().find(|(from, _)| visible_streams >= *from);
    step.map_or(camera.profile_kbps, |(_, kbps)| camera.profile_kbps.min(*kbps))
}
