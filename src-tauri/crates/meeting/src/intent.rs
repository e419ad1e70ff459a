//! What the person wants.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something the person asks for inside a class. The window sends these; the core decides what they mean now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Intent {
    /// Microphone off (`true`) or open (`false`).
    SetMuted { muted: bool },
    /// Listen without a microphone, or go back to full audio.
    SetListenOnly { listen_only: bool },
    /// Publish the own camera or stop.
    SetCamera { on: bool },
    /// Share this screen or window (an id of the share picker).
    StartSharing { source: String },
    /// Stop sharing.
    StopSharing,
    /// Raise or lower the own hand.
    SetHand { up: bool },
    /// Teacher: lower somebody's hand.
    LowerHand { user: String },
    /// Teacher: lower every hand.
    LowerAllHands,
    /// Teacher: mute one person.
    Mute { user: String },
    /// Teacher: mute everybody except the presenter.
    MuteAll,
    /// Send a public chat message (Markdown text as BBB has it; sent as typed).
    SendChat { text: String },
    /// Send again a message that failed, by its local id.
    ResendChat { local_id: String },
    /// The person is typing in the public chat.
    Typing,
    /// The newest public chat message is on screen.
    SawChat,
    /// Load the page of chat history before the oldest one loaded.
    OlderChat,
    /// These camera streams are on screen now; all others cost nothing.
    ShowFaces { streams: Vec<String> },
    /// This range of rows of the people list is on screen (`to` exclusive); an empty range when the panel is closed.
    ShowPeople { from: u32, to: u32, search: String },
    /// Try again now instead of waiting.
    Retry,
    /// After `Ended` with a way back: enter again.
    Rejoin,
    /// Leave; the class goes on.
    Leave,
    /// Teacher: end the class for everybody.
    EndForAll,
}
