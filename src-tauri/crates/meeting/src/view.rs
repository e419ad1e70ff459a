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
    Joining {
        /// What is being done.
        step: JoinStep,
    },
    /// In the waiting room.
    Waiting {
        /// Place in the queue, from 1.
        position: Option<u32>,
        /// What the teacher wrote for those who wait.
        message: Option<String>,
    },
    /// In class.
    InClass,
    /// Over. `rejoin` says whether a way back is offered.
    Ended {
        /// Why.
        reason: EndReason,
        /// A way back is offered: `Intent::Rejoin`.
        rejoin: bool,
        /// Messages that could not be sent, to be copied.
        unsent: Vec<String>,
    },
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
    /// Host of the server it runs on.
    pub server: String,
    /// When it was opened, Unix milliseconds.
    pub opened_at: Option<f64>,
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
    /// Internal id, as in the lists.
    pub user: String,
    /// Name shown to others.
    pub name: String,
    /// Teacher or pupil.
    pub role: Role,
    /// I present: I may share and turn slides.
    pub presenter: bool,
    /// My place in the queue of hands, from 1.
    pub hand: Option<u32>,
    /// Asked, not confirmed yet.
    pub hand_pending: bool,
    /// What I may do.
    pub may: May,
}

/// What the server's roles, policies and locks leave me.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct May {
    /// Open the microphone.
    pub speak: bool,
    /// Turn the camera on.
    pub camera: bool,
    /// Show a screen.
    pub share: bool,
    /// Write in the public chat.
    pub chat: bool,
    /// Mute others.
    pub mute_others: bool,
    /// Lower others' hands.
    pub lower_hands: bool,
    /// End the class for all.
    pub end_class: bool,
}

/// My audio.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sound {
    /// Audio leg.
    pub state: SoundState,
    /// Without a microphone, by choice.
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
    /// None.
    #[default]
    Off,
    /// Being opened for the first time.
    Joining,
    /// Sound passes.
    On,
    /// Was on; being brought back.
    Lost,
}

/// My camera.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnCamera {
    /// Where it stands.
    pub state: CameraState,
    /// Why it cannot be on, if so.
    pub trouble: Option<DeviceTrouble>,
}

/// State of my camera leg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CameraState {
    /// Off.
    #[default]
    Off,
    /// Being opened, or not listed by the server yet.
    Starting,
    /// The class sees it.
    On,
    /// Was on; being brought back.
    Lost,
}

/// The shared screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Share {
    /// Nobody shares.
    #[default]
    None,
    /// Mine is starting.
    Starting,
    /// Mine is shown to the class.
    Mine {
        /// What is shown: title of the window or screen.
        source: String,
    },
    /// Somebody's.
    Theirs {
        /// Who shows; empty until known.
        name: String,
        /// What there is to see.
        state: FaceState,
    },
}

/// Connection to the class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Where it stands.
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
    /// On the way in for the first time.
    #[default]
    Connecting,
    /// In class and heard.
    Good,
    /// Control socket silent for 15 s, or a leg being brought back.
    Strained,
    /// No control socket; the way back is being tried.
    Lost,
}

/// Counts and hands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct People {
    /// People in class.
    pub total: u32,
    /// Raised hands in order.
    pub hands: Vec<Hand>,
    /// For a teacher, while the list is on screen: pupils who have not taken part yet. `None` when that is not known.
    pub quiet: Option<Vec<Quiet>>,
}

/// Somebody who has not spoken, not written and not raised a hand yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Quiet {
    /// Internal id.
    pub user: String,
    /// Name.
    pub name: String,
}

/// A raised hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Hand {
    /// Internal id.
    pub user: String,
    /// Name.
    pub name: String,
    /// ISO 8601 time it was raised, as the server says.
    pub since: Option<String>,
}

/// One page of the people list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeoplePage {
    /// From 0.
    pub page: u32,
    /// At most 50.
    pub rows: Vec<Person>,
}

/// A row of the people list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Internal id.
    pub user: String,
    /// Name.
    pub name: String,
    /// Teacher or pupil.
    pub role: Role,
    /// Presents.
    pub presenter: bool,
    /// It is me.
    pub me: bool,
    /// Has stepped away.
    pub away: bool,
    /// Hand is up.
    pub hand: bool,
    /// Has a camera on.
    pub camera: bool,
    /// In the voice conference.
    pub in_voice: bool,
    /// Listens without a microphone.
    pub listen_only: bool,
    /// Locks apply.
    pub locked: bool,
    /// Came as a guest.
    pub guest: bool,
    /// `#rrggbb` given by the server; anything else was dropped.
    pub color: Option<String>,
}

/// Live voice states: those absent are muted and silent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Voices {
    /// New or other.
    pub upsert: Vec<VoiceOf>,
    /// Muted and silent from now on.
    pub remove: Vec<String>,
}

/// One person's voice state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VoiceOf {
    /// Internal id.
    pub user: String,
    /// Name; may be empty.
    pub name: String,
    /// Muted.
    pub muted: bool,
    /// Talking.
    pub talking: bool,
}

/// A camera of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Face {
    /// Stream id, for `ShowFaces` and the tiles.
    pub stream: String,
    /// Whose, internal id.
    pub user: String,
    /// Whose name.
    pub name: String,
    /// It is my camera of this device.
    pub mine: bool,
    /// Teacher or pupil.
    pub role: Role,
    /// What to show.
    pub state: FaceState,
}

/// What a video tile has to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum FaceState {
    /// Not subscribed (off screen).
    #[default]
    Idle,
    /// No picture yet.
    Connecting,
    /// Pictures arrive.
    Live,
    /// Had a picture; being brought back.
    Lost,
}

/// What changed in the public chat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChatChange {
    /// New or other messages.
    pub upsert: Vec<Message>,
    /// Ids that are no more.
    pub remove: Vec<String>,
    /// Others' messages not seen yet.
    pub unread: u32,
    /// Names of people typing, at most 4, without mine.
    pub typing: Vec<String>,
    /// Older messages can be loaded.
    pub has_older: bool,
    /// When I was away, in order: what others wrote then stands under a mark.
    pub away: Vec<Away>,
}

/// A time I was not in class, though I had been.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Away {
    /// First moment missed, Unix milliseconds by the server's clock, as the messages have it.
    pub from: f64,
    /// Last moment missed.
    pub until: f64,
    /// How long, to be said.
    pub seconds: u32,
}

/// A chat message. Text is plain; the window never treats it as HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Server id, or the local id while it is on its way.
    pub id: String,
    /// Sender, internal id; empty for the system.
    pub user: String,
    /// Sender, as it was then.
    pub name: String,
    /// Teacher or pupil.
    pub role: Role,
    /// I wrote it.
    pub mine: bool,
    /// Markdown text as BBB has it; empty once deleted.
    pub text: String,
    /// Unix milliseconds.
    pub at: f64,
    /// Where it stands.
    pub state: MessageState,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MessageState {
    /// In the chat.
    #[default]
    Sent,
    /// `chat.queued`
    Queued,
    /// `chat.failed`
    Failed,
    /// Deleted by its author or a teacher.
    Deleted,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DeviceTrouble {
    /// There is none.
    None,
    /// Another application has it.
    Busy,
    /// The system does not let us.
    Blocked,
    /// It was unplugged.
    Gone,
    /// The teacher has closed it.
    Locked,
}

/// A sentence for the person, by key of the catalogues, with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "key", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// `mic.byTeacher`
    MutedByTeacher,
    /// `mic.gone`: now using `name`.
    MicrophoneGone {
        /// What is used instead.
        name: String,
    },
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
    SoundFailed {
        /// `media.md` §8.
        code: String,
    },
    /// `cam.none` / `cam.busy` / `cam.blocked` / `cam.gone` / `cam.locked`
    Camera {
        /// What is wrong.
        trouble: DeviceTrouble,
    },
    /// `cam.failed`
    CameraFailed {
        /// `media.md` §8.
        code: String,
    },
    /// `share.refused`
    ShareRefused,
    /// `share.gone`
    ShareGone,
    /// `share.taken`
    ShareTaken {
        /// Who shows now.
        name: String,
    },
    /// `share.failed`
    ShareFailed {
        /// `media.md` §8.
        code: String,
    },
    /// `act.refused`
    ActionRefused,
    /// `act.tooLate`
    ActionTooLate,
    /// `hand.lowered`: not by me.
    HandLowered,
    /// `net.back`
    Back {
        /// Own messages that went out.
        sent: u32,
    },
}
