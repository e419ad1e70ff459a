//! What a test may know about the class, read from the same rows everybody reads.

use serde_json::Value;

use crate::room::Snapshot;

/// Somebody in the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Internal id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Is a teacher.
    pub moderator: bool,
    /// Holds the presenter's rights.
    pub presenter: bool,
    /// Hand is up.
    pub hand: bool,
    /// Takes part in sound.
    pub in_voice: bool,
    /// Microphone is closed by the server.
    pub muted: bool,
    /// Is heard.
    pub talking: bool,
}

/// The class at one moment.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who is in, in no particular order.
    pub people: Vec<Person>,
    /// Who waits at the door, by name.
    pub lobby: Vec<String>,
    /// Published cameras, by stream id.
    pub cameras: Vec<String>,
    /// A screen is shared.
    pub screen: bool,
    /// Name and text of every message in the public chat.
    pub chat: Vec<(String, String)>,
    /// The class is over.
    pub ended: bool,
}

impl Facts {
    /// Somebody by display name.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            people: snapshot
                .users
                .rows
                .iter()
                .map(|row| Person {
                    id: text(&row["userId"]),
                    name: text(&row["name"]),
                    moderator: row["isModerator"] == true,
                    presenter: row["presenter"] == true,
                    hand: row["raiseHand"] == true,
                    in_voice: row["voice"].is_object(),
                    muted: row["voice"]["muted"] == true,
                    talking: row["voice"]["talking"] == true,
                })
                .collect(),
            lobby: snapshot.lobby.rows.iter().map(|row| text(&row["user"]["name"])).collect(),
            cameras: snapshot.cameras.rows.iter().map(|row| text(&row["streamId"])).collect(),
            screen: !snapshot.screen.rows.is_empty(),
            chat: snapshot.chat.rows.iter().map(|row| (text(&row["senderName"]), text(&row["message"]))).collect(),
            ended: snapshot.meeting.rows.first().is_some_and(|row| row["ended"] == true),
        }
    }
}
