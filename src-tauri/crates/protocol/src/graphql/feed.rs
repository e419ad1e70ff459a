//! What can be subscribed to, and what then arrives.

use super::rows::{
    CameraRow, ChatMessageRow, ChatRow, HandRow, LobbyRow, MeRow, MeetingRow, NoticeRow, RecordingRow, ScreenRow,
    TypingRow, UserRow, VoiceRow,
};
use crate::ids::Text;

/// Rows of one page of the people list (`graphql.md` §3).
pub const PEOPLE_PAGE: u32 = 50;

/// Something to subscribe to. How it is asked for depends on the server and is this crate's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feed {
    /// Who I am and whether I am in: the few columns every server shows before joining. Open it first, keep it open.
    Me,
    /// Who I am with all columns we use. Open it after `joined` (`session.md` §4.1).
    MeFull,
    /// What someone in the waiting room is told.
    Lobby,
    /// Locks, policies, what is going on.
    Meeting,
    /// How many people.
    PeopleCount,
    /// One page of [`PEOPLE_PAGE`] rows of the people list in the server's order, from page 0.
    PeoplePage {
        /// From 0.
        page: u32,
        /// Part of a name; empty for everybody.
        search: Text,
    },
    /// Raised hands in their order.
    Hands,
    /// Chats with their counters.
    Chats,
    /// A window of the public chat's history, oldest first, live while open.
    ChatPage {
        /// First message, from 0.
        offset: u32,
        /// How many (1–200).
        limit: u32,
    },
    /// New chat messages, public and own private ones.
    ChatStream {
        /// Newer than this, ISO 8601.
        since: String,
    },
    /// Who is typing in the public chat (at most 4).
    Typing,
    /// Changes of who is unmuted or talking.
    Voice,
    /// Every camera of the class.
    Cameras,
    /// The shared screen.
    Screen,
    /// Whether it is recorded.
    Recording,
    /// Notifications.
    Notices {
        /// Newer than this, ISO 8601.
        since: String,
    },
    /// The server's clock, once.
    ServerTime,
}

impl Feed {
    /// True for what the server answers before `joined` (`session.md` §2.4); everything else is silently held.
    #[must_use]
    pub fn before_joining(&self) -> bool {
        matches!(self, Self::Me | Self::Lobby)
    }
}

/// What arrived. Lists are whole, except for the streams ([`FeedData::ChatStream`], [`FeedData::Voice`],
/// [`FeedData::Notices`]), which carry only new rows.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedData {
    /// Of [`Feed::Me`]: only its few columns are ever filled.
    Me(MeRow),
    /// Of [`Feed::MeFull`].
    MeFull(MeRow),
    /// Of [`Feed::Lobby`].
    Lobby(LobbyRow),
    /// Of [`Feed::Meeting`].
    Meeting(MeetingRow),
    /// Of [`Feed::PeopleCount`].
    PeopleCount(u32),
    /// Of [`Feed::PeoplePage`].
    PeoplePage {
        /// From 0.
        page: u32,
        /// At most [`PEOPLE_PAGE`].
        rows: Vec<UserRow>,
    },
    /// Of [`Feed::Hands`].
    Hands(Vec<HandRow>),
    /// Of [`Feed::Chats`].
    Chats(Vec<ChatRow>),
    /// Of [`Feed::ChatPage`].
    ChatPage {
        /// As asked for.
        offset: u32,
        /// Oldest first.
        rows: Vec<ChatMessageRow>,
    },
    /// Of [`Feed::ChatStream`]: new messages.
    ChatStream(Vec<ChatMessageRow>),
    /// Of [`Feed::Typing`].
    Typing(Vec<TypingRow>),
    /// Of [`Feed::Voice`]: changes.
    Voice(Vec<VoiceRow>),
    /// Of [`Feed::Cameras`].
    Cameras(Vec<CameraRow>),
    /// Of [`Feed::Screen`].
    Screen(Vec<ScreenRow>),
    /// Of [`Feed::Recording`]: absent = never recorded.
    Recording(Option<RecordingRow>),
    /// Of [`Feed::Notices`]: new ones.
    Notices(Vec<NoticeRow>),
    /// Of [`Feed::ServerTime`]: Unix milliseconds.
    ServerTime(f64),
}
