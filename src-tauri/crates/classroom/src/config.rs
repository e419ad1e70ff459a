//! What a practice server can be told to be.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::room::Locks;

/// How the practice server is started.
#[derive(Clone, Debug)]
pub struct ClassroomConfig {
    /// Where to listen: a loopback address; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Title of the class.
    pub name: String,
    /// Welcome text of the class.
    pub welcome: String,
    /// Who else is in the class.
    pub cast: CastConfig,
    /// Which server it imitates, and how it misbehaves.
    pub quirks: Quirks,
    /// What people may do.
    pub policies: MeetingPolicies,
    /// Where the pupils' voices (WAV files) are; `None` leaves the pupils silent.
    pub voices_dir: Option<PathBuf>,
    /// Everything the cast does follows from this number.
    pub seed: u64,
}

impl Default for ClassroomConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            name: "Classe d’essai".to_owned(),
            welcome: "Bienvenue dans la classe d’essai.".to_owned(),
            cast: CastConfig::None,
            quirks: Quirks::default(),
            policies: MeetingPolicies::default(),
            voices_dir: None,
            seed: 1,
        }
    }
}

/// Who plays the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CastConfig {
    /// Nobody: for tests that bring their own people.
    None,
    /// Pupils with faces and voices.
    Pupils {
        /// How many; 8 make a class, names repeat with a number beyond 24.
        count: u32,
        /// The language they speak and write.
        language: Language,
        /// How fast they live: they all have come after this time.
        arrive_within: Duration,
    },
}

impl CastConfig {
    /// An ordinary French class of `count` pupils who arrive within 20 s.
    #[must_use]
    pub fn pupils(count: u32) -> Self {
        Self::Pupils { count, language: Language::French, arrive_within: Duration::from_secs(20) }
    }
}

/// What the cast speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Sentences of a French school.
    French,
    /// The same in English.
    English,
}

/// What somebody may do in the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Teacher.
    Moderator,
    /// Pupil.
    Viewer,
}

impl Role {
    pub(crate) fn wire(self) -> &'static str {
        match self {
            Self::Moderator => "MODERATOR",
            Self::Viewer => "VIEWER",
        }
    }
}

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestPolicy {
    /// Everybody.
    AlwaysAccept,
    /// No guests.
    AlwaysDeny,
    /// Guests wait until a moderator decides.
    AskModerator,
}

impl GuestPolicy {
    pub(crate) fn wire(self) -> &'static str {
        match self {
            Self::AlwaysAccept => "ALWAYS_ACCEPT",
            Self::AlwaysDeny => "ALWAYS_DENY",
            Self::AskModerator => "ASK_MODERATOR",
        }
    }

    pub(crate) fn from_wire(text: &str) -> Option<Self> {
        [Self::AlwaysAccept, Self::AlwaysDeny, Self::AskModerator].into_iter().find(|policy| policy.wire() == text)
    }
}

/// The create-time settings of the class.
#[derive(Clone, Debug)]
pub struct MeetingPolicies {
    /// Who is let in.
    pub guest_policy: GuestPolicy,
    /// Cap on people; 0 is none.
    pub max_users: u32,
    /// Cap on cameras of one person; 0 is none.
    pub user_camera_cap: u32,
    /// Cap on cameras of the class; 0 is none.
    pub meeting_camera_cap: u32,
    /// Newcomers start muted.
    pub mute_on_start: bool,
    /// A moderator may open others' microphones.
    pub allow_mods_to_unmute: bool,
    /// Viewers' cameras are seen by moderators only.
    pub webcams_only_for_moderator: bool,
    /// Locked viewers may not use cameras.
    pub lock_camera: bool,
    /// Locked viewers may only listen.
    pub lock_microphone: bool,
    /// Locked viewers may not write to everybody.
    pub lock_public_chat: bool,
    /// The class can be recorded.
    pub record: bool,
    /// Planned length in minutes; 0 is none.
    pub duration_minutes: u32,
}

impl Default for MeetingPolicies {
    fn default() -> Self {
        Self {
            guest_policy: GuestPolicy::AlwaysAccept,
            max_users: 0,
            user_camera_cap: 3,
            meeting_camera_cap: 0,
            mute_on_start: false,
            allow_mods_to_unmute: false,
            webcams_only_for_moderator: false,
            lock_camera: false,
            lock_microphone: false,
            lock_public_chat: false,
            record: false,
            duration_minutes: 0,
        }
    }
}

impl MeetingPolicies {
    pub(crate) fn locks(&self) -> Locks {
        Locks {
            camera: self.lock_camera,
            microphone: self.lock_microphone,
            public_chat: self.lock_public_chat,
            webcams_only_for_moderator: self.webcams_only_for_moderator,
            ..Locks::default()
        }
    }
}

/// Which BigBlueButton the server pretends to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerVersion {
    /// 3.0.0: newer fields are unknown, no managed chat stream.
    V3_0_0,
    /// A late 3.0.
    V3_0Late,
}

impl ServerVersion {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::V3_0_0 => "3.0.0",
            Self::V3_0Late => "3.0.19",
        }
    }
}

/// The hash in which the media server announces its certificate (protocol/media.md §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintHash {
    /// Seen on real servers.
    Sha1,
    /// Rare.
    Sha224,
    /// What most stacks insist on.
    Sha256,
    /// Legal.
    Sha384,
    /// Legal, and the default here because it is not what a stack expects.
    Sha512,
}

/// Which server is imitated and in what it is odd.
#[derive(Clone, Debug)]
pub struct Quirks {
    /// Release.
    pub version: ServerVersion,
    /// Hash of the announced certificate fingerprint.
    pub fingerprint: FingerprintHash,
    /// Answers to changed data may be JSON patches.
    pub json_patch: bool,
    /// A control socket that is silent for so long is closed (60 s there).
    pub idle_timeout: Duration,
    /// Pause between application pings (5 s there).
    pub ping_every: Duration,
    /// Muting swaps the listener's audio source after a while: RTP time and number jump.
    pub hold_swap: bool,
    /// Every so many milliseconds of delay before a control message is answered; 0 is none.
    pub control_delay_ms: u64,
    /// Requests work without the `JSESSIONID` cookie (`allowRequestsWithoutSession`).
    pub without_cookie: bool,
    /// Somebody gone for so long leaves the list (10 s there).
    pub expire_after: Duration,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            version: ServerVersion::V3_0Late,
            fingerprint: FingerprintHash::Sha512,
            json_patch: true,
            idle_timeout: Duration::from_secs(60),
            ping_every: Duration::from_secs(5),
            hold_swap: false,
            control_delay_ms: 0,
            without_cookie: false,
            expire_after: Duration::from_secs(10),
        }
    }
}
