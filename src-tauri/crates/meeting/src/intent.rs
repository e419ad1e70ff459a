//! What the person wants.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something the person asks for inside a class. The window sends these; the core decides what they mean now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Intent {
    /// Microphone off (`true`) or open (`false`).
    SetMuted {
        /// Off, or open.
        muted: bool,
    },
    /// Listen without a microphone, or go back to full audio.
    SetListenOnly {
        /// Listen only, or full audio.
        listen_only: bool,
    },
    /// Publish the own camera or stop.
    SetCamera {
        /// Publish, or stop.
        on: bool,
    },
    /// Share this screen or window (an id of the share picker).
    StartSharing {
        /// Id of the share picker.
        source: String,
    },
    /// Stop sharing.
    StopSharing,
    /// Raise or lower the own hand.
    SetHand {
        /// Up, or down.
        up: bool,
    },
    /// Teacher: lower somebody's hand.
    LowerHand {
        /// Internal id.
        user: String,
    },
    /// Teacher: lower every hand.
    LowerAllHands,
    /// Teacher: mute one person.
    Mute {
        /// Internal id.
        user: String,
    },
    /// Teacher: mute everybody except the presenter.
    MuteAll,
    /// Send a public chat message (Markdown text as BBB has it; sent as typed).
    SendChat {
        /// As typed.
        text: String,
    },
    /// Send again a message that failed, by its local id.
    ResendChat {
        /// Its id while it is on its way.
        local_id: String,
    },
    /// The person is typing in the public chat.
    Typing,
    /// The newest public chat message is on screen.
    SawChat,
    /// Load the page of chat history before the oldest one loaded.
    OlderChat,
    /// These camera streams are on screen now; all others cost nothing.
    ShowFaces {
        /// Stream ids.
        streams: Vec<String>,
    },
    /// This range of rows of the people list is on screen (`to` exclusive); an empty range when the panel is closed.
    ShowPeople {
        /// First row, from 0.
        from: u32,
        /// Row after the last one.
        to: u32,
        /// Part of a name; empty for everybody.
        search: String,
    },
    /// Try again now instead of waiting.
    Retry,
    /// After `Ended` with a way back: enter again.
    Rejoin,
    /// Leave; the class goes on.
    Leave,
    /// Teacher: end the class for everybody.
    EndForAll,
}
