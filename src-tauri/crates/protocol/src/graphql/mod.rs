//! GraphQL over WebSocket: what is asked for and in which words, the envelope, and a client without I/O.
//!
//! [`Feed`] and [`Mutation`] name what is wanted; [`Session`] turns them into messages, keeps the bases of JSON patches,
//! falls back to older words when a server does not know a field, and gives up a feed, never the session.

mod column;
mod feed;
mod mutation;
mod operations;
mod patch;
mod rows;
#[cfg(test)]
mod schema_tests;
mod session;
#[cfg(test)]
mod session_tests;
mod wire;

pub use column::Big;
pub use feed::{Feed, FeedData, PEOPLE_PAGE};
pub use mutation::{Mutation, PUBLIC_CHAT};
pub use operations::Operation;
pub use rows::{
    CameraRefRow, CameraRow, ChatMessageRow, ChatRow, ComponentsRow, HandRow, LivekitRow, LobbyDetailsRow,
    LobbyMeetingRow, LobbyRow, LockRow, MeRow, MeetingEndRow, MeetingRow, NoticeRow, PersonRow, PoliciesRow,
    RecordingRow, ScreenRow, TimeRow, TypingRow, UserLockRow, UserRow, VoiceMembershipRow, VoiceRow, VoiceSettingsRow,
};
pub use session::{BadMessage, Counters, Init, MAX_FEEDS, MAX_MESSAGE, MutationError, Session, SessionEvent};
pub use wire::{Answer, ClientMessage, Fault, InitHeaders, InitPayload, Request, ServerMessage};
