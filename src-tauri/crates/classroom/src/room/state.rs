//! What the class remembers, and what of it changed since the last snapshot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::RoomEvent;
use crate::config::{MeetingPolicies, Role};

/// What a class is made from.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) welcome: String,
    pub(crate) policies: MeetingPolicies,
    pub(crate) origin: String,
    pub(crate) now: u64,
}

/// Everybody's state is kept until the server stops, as rows stay readable after leaving.
pub(crate) struct State {
    pub(crate) meeting: Meeting,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) chat: Vec<Arc<Value>>,
    pub(crate) typing: BTreeMap<String, Typing>,
    pub(crate) cameras: BTreeMap<String, Camera>,
    pub(crate) screen: Option<Screen>,
    pub(crate) activity: BTreeMap<String, Arc<Value>>,
    pub(crate) now: u64,
    pub(super) dirty: Dirty,
    pub(super) events: Vec<RoomEvent>,
    pub(super) joined_count: u64,
    last_stamp: u64,
}

pub(crate) struct Meeting {
    pub(crate) id: String,
    pub(crate) ext_id: String,
    pub(crate) name: String,
    pub(crate) welcome: String,
    pub(crate) voice_bridge: String,
    pub(crate) created: u64,
    pub(crate) logout_url: String,
    pub(crate) policies: MeetingPolicies,
    pub(crate) locks: Locks,
    /// New voices start muted (`meetingSetMuted` or `muteOnStart`).
    pub(crate) muted: bool,
    pub(crate) lobby_message: Option<String>,
    pub(crate) recording: Option<Recording>,
    pub(crate) ended: Option<Ended>,
}

#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) at: u64,
    pub(crate) code: &'static str,
    pub(crate) by: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Recording {
    pub(crate) on: bool,
    pub(crate) since: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Locks {
    pub(crate) camera: bool,
    pub(crate) microphone: bool,
    pub(crate) private_chat: bool,
    pub(crate) public_chat: bool,
    pub(crate) notes: bool,
    pub(crate) hide_user_list: bool,
    pub(crate) webcams_only_for_moderator: bool,
}

impl Locks {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }
}

pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) cookie: String,
    pub(crate) sockets: u32,
    /// The client has opened its control socket once: the join link counts as used.
    pub(crate) expired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guest {
    Allowed,
    Waiting,
    Denied,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) ext_id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) presenter: bool,
    pub(crate) guest: bool,
    pub(crate) guest_status: Guest,
    pub(crate) auth_token: String,
    pub(crate) color: &'static str,
    pub(crate) registered: u64,
    pub(crate) joined: bool,
    pub(crate) join_error: Option<(&'static str, &'static str)>,
    pub(crate) logged_out: bool,
    pub(crate) ejected: Option<&'static str>,
    pub(crate) banned: bool,
    /// When the last socket of the user went away.
    pub(crate) disconnected: Option<u64>,
    pub(crate) expired: bool,
    pub(crate) locked: bool,
    pub(crate) away: bool,
    pub(crate) pinned: bool,
    pub(crate) hand: Option<u64>,
    pub(crate) reaction: Option<String>,
    pub(crate) mobile: bool,
    pub(crate) client_type: String,
    pub(crate) public_chat_locked: bool,
    pub(crate) chat_seen: u64,
    pub(crate) listen_only_input: bool,
    pub(crate) voice: Option<Voice>,
    /// A pupil of the cast: has no sockets.
    pub(crate) cast: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) voice_user_id: String,
    pub(crate) muted: bool,
    pub(crate) talking: bool,
    pub(crate) listen_only: bool,
    pub(crate) deafened: bool,
    pub(crate) floor: bool,
    pub(crate) last_floor: u64,
    pub(crate) talked: bool,
    /// Whose media session this is, so that an old one cannot end a new one.
    pub(crate) session: u64,
}

pub(crate) struct Typing {
    pub(crate) started: u64,
    pub(crate) last: u64,
}

pub(crate) struct Camera {
    pub(crate) user: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Screen {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) stream: String,
    pub(crate) started: u64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) has_audio: bool,
    pub(crate) content_type: String,
}

/// What the next snapshot has to build anew.
#[derive(Default)]
pub(super) struct Dirty {
    pub(super) users: BTreeSet<String>,
    pub(super) everybody: bool,
    pub(super) meeting: bool,
    pub(super) chat: bool,
    pub(super) typing: bool,
    pub(super) cameras: bool,
    pub(super) screen: bool,
    pub(super) activity: bool,
}

impl User {
    pub(crate) fn in_class(&self) -> bool {
        self.joined && !self.expired && !self.logged_out && self.ejected.is_none()
    }

    pub(crate) fn is_moderator(&self) -> bool {
        self.role == Role::Moderator
    }

    /// Locks bind this user.
    pub(crate) fn is_bound(&self) -> bool {
        self.locked && !self.is_moderator()
    }
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let ext_id = "practice".to_owned();
        let muted = settings.policies.mute_on_start;
        Self {
            meeting: Meeting {
                id: format!("183f0bf3a0982a127bdb8161e0c44eb696b3e75c-{}", settings.now),
                ext_id,
                name: settings.name,
                welcome: settings.welcome,
                voice_bridge: "73939".to_owned(),
                created: settings.now,
                logout_url: format!("{}/left", settings.origin),
                locks: settings.policies.locks(),
                policies: settings.policies,
                muted,
                lobby_message: None,
                recording: None,
                ended: None,
            },
            users: BTreeMap::new(),
            sessions: HashMap::new(),
            chat: Vec::new(),
            typing: BTreeMap::new(),
            cameras: BTreeMap::new(),
            screen: None,
            activity: BTreeMap::new(),
            now: settings.now,
            dirty: Dirty { everybody: true, meeting: true, ..Dirty::default() },
            events: Vec::new(),
            joined_count: 0,
            last_stamp: 0,
        }
    }

    pub(super) fn is_dirty(&self) -> bool {
        let dirty = &self.dirty;
        dirty.everybody
            || dirty.meeting
            || dirty.chat
            || dirty.typing
            || dirty.cameras
            || dirty.screen
            || dirty.activity
            || !dirty.users.is_empty()
    }

    pub(super) fn take_events(&mut self) -> Vec<RoomEvent> {
        std::mem::take(&mut self.events)
    }

    /// Changes one user and remembers that the rows about them are stale.
    pub(crate) fn edit<T>(&mut self, user: &str, edit: impl FnOnce(&mut User) -> T) -> Option<T> {
        let found = self.users.get_mut(user)?;
        let result = edit(found);
        self.dirty.users.insert(user.to_owned());
        if self.cameras.values().any(|camera| camera.user == user) {
            self.dirty.cameras = true;
        }
        Some(result)
    }

    /// The time, never the same twice: hands, messages and voices have an order.
    pub(super) fn stamp(&mut self) -> u64 {
        self.last_stamp = self.now.max(self.last_stamp + 1);
        self.last_stamp
    }

    /// Puts a hand up (it keeps its place if it is up already) or down.
    pub(crate) fn set_hand(&mut self, user: &str, up: bool) {
        let now = self.stamp();
        self.edit(user, |user| user.hand = up.then(|| user.hand.unwrap_or(now)));
    }

    pub(crate) fn in_class(&self) -> impl Iterator<Item = &User> {
        self.users.values().filter(|user| user.in_class())
    }

    pub(crate) fn touch_meeting(&mut self) {
        self.dirty.meeting = true;
    }
}
