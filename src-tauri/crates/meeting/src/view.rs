//! What the window shows, as data. The core emits a [`Change`] whenever a part of it differs; the shell numbers them.
//!
//! Types for the window are generated from these by ts-rs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One part of the view that changed, whole, except where a list says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "part", content = "value", rename_all = "camelCase")]
pub enum Change {
    /// Where the person is: joining, waiting, in class, ended.
    Stage(Stage),
    /// Name and fixed facts of the class.
    Class(ClassInfo),
    /// Who I am here and what I may do.
    Me(Me),
    /// My audio.
    Sound(Sound),
    /// My camera.
    Camera(OwnCamera),
    /// The shared screen, mine or somebody's.
    Share(Share),
    /// Connection to the class, always true.
    Link(Link),
    /// How many people, and the raised hands in their order.
    People(People),
    /// One page (50 rows, server order) of the people list, replaced whole.
    PeoplePage(PeoplePage),
    /// Who is unmuted or talking; a list difference.
    Voices(Voices),
    /// Every camera of the class, replaced whole.
    Faces(Vec<Face>),
    /// Public chat; a list difference.
    Chat(ChatChange),
    /// One sentence to show now (calm, once).
    Notice(Notice),
}

/// Where the person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Stage {
    /// On the way in.
    Joining { step: JoinStep },
    /// In the waiting room.
    Waiting { position: Option<u32>, message: Option<String> },
    /// In class.
    InClass,
    /// Over. `rejoin` says whether a way back is offered.
    Ended { reason: EndReason, rejoin: bool, unsent: Vec<String> },
}

/// Steps of joining, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum JoinStep {
    /// Following the link.
    Link,
    /// Reading the server's facts.
    Server,
    /// Opening the control socket.
    Control,
    /// Waiting until the server lists us.
    Entering,
}

/// Why a class is over or was never entered. Each has its own sentence and next step in the catalogues
/// (key in ui.md §9 beside it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// We left. (no sentence)
    Left,
    /// `end.closed`
    Closed,
    /// `end.time`
    TimeUp,
    /// `end.ejected`
    Ejected,
    /// `end.banned`
    Banned,
    /// `end.duplicate`
    Duplicate,
    /// `end.inactive`: removed after a long silence.
    Inactive,
    /// `end.permission`: the server removed us because an action was not allowed.
    NotAllowed,
    /// `link.wrong`
    LinkWrong,
    /// `link.used`
    LinkUsed,
    /// `join.full`
    Full,
    /// `join.notStarted`
    NotStarted,
    /// `join.refused`: the teacher denied entry.
    Refused,
    /// `join.version`
    Version,
    /// `net.server`: no answer.
    Unreachable,
    /// `net.noNetwork`
    NoNetwork,
    /// `net.dns`
    Dns,
    /// `net.cert`
    Certificate,
    /// `net.clock`
    Clock,
    /// `net.proxy`
    Proxy,
    /// `join.signin`: session gone, sign in at the portal again.
    SessionExpired,
    /// `join.failed`: refused for a reason we do not know.
    Unknown,
}

/// Fixed facts of the class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClassInfo {
    /// Its name, plain text.
    pub name: String,
    /// Practice class on this machine.
    pub practice: bool,
    /// It is being recorded.
    pub recording: bool,
    /// When it ends, Unix milliseconds, if it has a planned length.
    pub ends_at: Option<f64>,
    /// Longest chat message, in characters.
    pub chat_limit: u32,
}

/// Role in the class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// BBB `MODERATOR`.
    Teacher,
    /// BBB `VIEWER`.
    #[default]
    Pupil,
}

/// Who I am here and what I may do. What is not allowed is not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    pub user: String,
    pub name: String,
    pub role: Role,
    pub presenter: bool,
    /// My place in the queue of hands, from 1.
    pub hand: Option<u32>,
    /// Asked, not confirmed yet.
    pub hand_pending: bool,
    pub may: May,
}

/// What the server's roles, policies and locks leave me.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct May {
    pub speak: bool,
    pub camera: bool,
    pub share: bool,
    pub chat: bool,
    pub mute_others: bool,
    pub lower_hands: bool,
    pub end_class: bool,
}

/// My audio.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sound {
    pub state: SoundState,
    pub listen_only: bool,
    /// What the server says (never the wish).
    pub muted: bool,
    /// Asked for, not confirmed yet.
    pub pending: Option<bool>,
    /// The server hears me talking.
    pub talking: bool,
    /// Last mute came from a teacher.
    pub by_teacher: bool,
    /// Microphones are locked for me.
    pub locked: bool,
}

/// State of the audio leg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SoundState {
    #[default]
    Off,
    Joining,
    On,
    /// Was on; being brought back.
    Lost,
}

/// My camera.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnCamera {
    pub state: CameraState,
    /// Why it cannot be on, if so.
    pub trouble: Option<DeviceTrouble>,
}

/// State of my camera leg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CameraState {
    #[default]
    Off,
    Starting,
    On,
    Lost,
}

/// The shared screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Share {
    #[default]
    None,
    /// Mine is starting.
    Starting,
    /// Mine is shown to the class.
    Mine { source: String },
    /// Somebody's.
    Theirs { name: String, state: FaceState },
}

/// Connection to the class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub state: LinkState,
    /// Since when it is lost, Unix milliseconds.
    pub lost_since: Option<f64>,
    /// When the next attempt comes, Unix milliseconds.
    pub retry_at: Option<f64>,
}

/// State of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LinkState {
    #[default]
    Connecting,
    Good,
    /// Control socket silent for 15 s, or a leg being brought back.
    Strained,
    Lost,
}

/// Counts and hands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct People {
    pub total: u32,
    /// Raised hands in order.
    pub hands: Vec<Hand>,
}

/// A raised hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Hand {
    pub user: String,
    pub name: String,
    /// ISO 8601 time it was raised, as the server says.
    pub since: Option<String>,
}

/// One page of the people list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeoplePage {
    pub page: u32,
    pub rows: Vec<Person>,
}

/// A row of the people list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub user: String,
    pub name: String,
    pub role: Role,
    pub presenter: bool,
    pub me: bool,
    pub away: bool,
    pub hand: bool,
    pub camera: bool,
    /// In the voice conference.
    pub in_voice: bool,
    pub listen_only: bool,
    pub locked: bool,
    pub guest: bool,
    /// `#rrggbb` given by the server; anything else was dropped.
    pub color: Option<String>,
}

/// Live voice states: those absent are muted and silent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Voices {
    pub upsert: Vec<VoiceOf>,
    pub remove: Vec<String>,
}

/// One person's voice state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VoiceOf {
    pub user: String,
    pub name: String,
    pub muted: bool,
    pub talking: bool,
}

/// A camera of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Face {
    pub stream: String,
    pub user: String,
    pub name: String,
    pub mine: bool,
    pub role: Role,
    pub state: FaceState,
}

/// What a video tile has to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum FaceState {
    /// Not subscribed (off screen).
    #[default]
    Idle,
    Connecting,
    Live,
    Lost,
}

/// What changed in the public chat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChatChange {
    pub upsert: Vec<Message>,
    pub remove: Vec<String>,
    pub unread: u32,
    /// Names of people typing, at most 4, without mine.
    pub typing: Vec<String>,
    /// Older messages can be loaded.
    pub has_older: bool,
}

/// A chat message. Text is plain; the window never treats it as HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Server id, or the local id while it is on its way.
    pub id: String,
    pub user: String,
    pub name: String,
    pub role: Role,
    pub mine: bool,
    pub text: String,
    /// Unix milliseconds.
    pub at: f64,
    pub state: MessageState,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MessageState {
    #[default]
    Sent,
    /// `chat.queued`
    Queued,
    /// `chat.failed`
    Failed,
    Deleted,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DeviceTrouble {
    None,
    Busy,
    Blocked,
    Gone,
    Locked,
}

/// A sentence for the person, by key of the catalogues, with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "key", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// `mic.byTeacher`
    MutedByTeacher,
    /// `mic.gone`: now using `name`.
    MicrophoneGone { name: String },
    /// `mic.back`
    MicrophoneBack,
    /// `mic.none`
    NoMicrophone,
    /// `mic.blocked`
    MicrophoneBlocked,
    /// `speaker.none`
    NoSpeaker,
    /// `mic.speakingMuted`
    SpeakingMuted,
    /// `mic.locked`
    MicrophoneLocked,
    /// `sound.failed`: audio could not be joined; `code` for the IT person.
    SoundFailed { code: String },
    /// `cam.none` / `cam.busy` / `cam.blocked` / `cam.gone` / `cam.locked`
    Camera { trouble: DeviceTrouble },
    /// `cam.failed`
    CameraFailed { code: String },
    /// `share.refused`
    ShareRefused,
    /// `share.gone`
    ShareGone,
    /// `share.taken`
    ShareTaken { name: String },
    /// `share.failed`
    ShareFailed { code: String },
    /// `act.refused`
    ActionRefused,
    /// `act.tooLate`
    ActionTooLate,
    /// `net.back`
    Back { sent: u32 },
}
