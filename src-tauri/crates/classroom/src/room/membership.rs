//! Coming and going: join links, tokens, the lobby, leaving, being put out, the end.

use std::sync::Arc;

use rand::Rng;
use serde_json::json;

use super::RoomEvent;
use super::state::{Ended, Guest, Session, State, User};
use crate::clock::iso;
use crate::config::{GuestPolicy, Role};

/// What a join link asks for.
pub(crate) struct JoinRequest {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) guest: bool,
    pub(crate) ext_id: Option<String>,
    /// The browser's cookie, if it brought one.
    pub(crate) cookie: Option<String>,
}

/// What a good join link gives.
pub(crate) struct Entry {
    pub(crate) user_id: String,
    pub(crate) session_token: String,
    pub(crate) cookie: String,
}

/// Why a join link is refused (protocol/http-api.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinFault {
    Full,
    Ended,
    GuestDenied,
}

impl JoinFault {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Full => "maxParticipantsReached",
            Self::Ended => "meetingForciblyEnded",
            Self::GuestDenied => "guestDeniedAccess",
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Full => "The number of participants allowed for this meeting has been reached.",
            Self::Ended => "You can not join a meeting that has already been forcibly ended.",
            Self::GuestDenied => "Guest access is denied.",
        }
    }
}

/// What a token is worth right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Token and cookie fit.
    Good { user: String },
    /// The token is not known (any more).
    UnknownToken,
    /// The class is over and its rows are gone.
    NoMeeting,
    /// The cookie is missing or belongs to another token.
    WrongCookie,
}

const COLORS: [&str; 8] = ["#4a148c", "#1b5e20", "#0d47a1", "#b71c1c", "#e65100", "#006064", "#33691e", "#880e4f"];

/// How long an ended class can still be read, so that clients learn how it ended.
const AFTERLIFE_MS: u64 = 60_000;

pub(crate) fn random_text(length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

impl State {
    /// Admits a join link: a user and a session for it, not yet in the class.
    pub(crate) fn admit(&mut self, request: JoinRequest) -> Result<Entry, JoinFault> {
        if self.meeting.ended.is_some() {
            return Err(JoinFault::Ended);
        }
        let cap = usize::try_from(self.meeting.policies.max_users).unwrap_or(usize::MAX);
        if cap > 0 && self.in_class().count() >= cap {
            return Err(JoinFault::Full);
        }
        let guest_status = match (request.guest, self.meeting.policies.guest_policy) {
            (true, GuestPolicy::AlwaysDeny) => return Err(JoinFault::GuestDenied),
            (true, GuestPolicy::AskModerator) => Guest::Waiting,
            _ => Guest::Allowed,
        };
        let user_id = format!("w_{}", random_text(12));
        let ext_id = request.ext_id.unwrap_or_else(|| user_id.clone());
        self.add_user(&user_id, &ext_id, &request.name, request.role, guest_status, false);
        if request.guest {
            self.edit(&user_id, |user| user.guest = true);
        }
        let cookie = request.cookie.unwrap_or_else(|| random_text(32).to_uppercase());
        let session_token = random_text(16);
        self.sessions.insert(
            session_token.clone(),
            Session { user: user_id.clone(), cookie: cookie.clone(), sockets: 0, expired: false },
        );
        Ok(Entry { user_id, session_token, cookie })
    }

    /// Puts a user into the books. Pupils of the cast come this way, too.
    pub(crate) fn add_user(&mut self, id: &str, ext_id: &str, name: &str, role: Role, guest_status: Guest, cast: bool) {
        let color = COLORS[self.users.len() % COLORS.len()];
        let user = User {
            id: id.to_owned(),
            ext_id: ext_id.to_owned(),
            name: name.to_owned(),
            role,
            presenter: false,
            guest: false,
            guest_status,
            auth_token: random_text(12),
            color,
            registered: self.now,
            joined: false,
            join_error: None,
            logged_out: false,
            ejected: None,
            banned: false,
            disconnected: None,
            expired: false,
            locked: role == Role::Viewer,
            away: false,
            pinned: false,
            hand: None,
            reaction: None,
            mobile: false,
            client_type: "HTML5".to_owned(),
            public_chat_locked: false,
            chat_seen: 0,
            listen_only_input: false,
            voice: None,
            cast,
        };
        self.users.insert(id.to_owned(), user);
        self.dirty.users.insert(id.to_owned());
    }

    /// Judges a token and the cookie that came with it.
    pub(crate) fn standing(&self, token: &str, cookies: &[String], lax: bool) -> Standing {
        let Some(session) = self.sessions.get(token).filter(|session| !session.expired) else {
            return Standing::UnknownToken;
        };
        if !lax && !cookies.contains(&session.cookie) {
            return Standing::WrongCookie;
        }
        if self.meeting.ended.as_ref().is_some_and(|end| self.now > end.at + AFTERLIFE_MS) {
            return Standing::NoMeeting;
        }
        Standing::Good { user: session.user.clone() }
    }

    /// `userJoinMeeting` took effect.
    pub(crate) fn join(&mut self, user_id: &str, client_type: &str, mobile: bool) {
        let locked = !self.users.get(user_id).is_some_and(User::is_moderator);
        let ended = self.meeting.ended.is_some();
        let presenter = !ended
            && self.users.get(user_id).is_some_and(|user| user.is_moderator())
            && !self.in_class().any(|user| user.presenter);
        let known = self.edit(user_id, |user| {
            if user.banned {
                user.join_error = Some(("banned_user_rejoining_reason", "User was banned"));
                return false;
            }
            if user.guest_status != Guest::Allowed || user.ejected.is_some() || ended {
                return false;
            }
            let fresh = !user.in_class();
            user.joined = true;
            user.logged_out = false;
            user.expired = false;
            user.disconnected = None;
            user.locked = locked;
            user.presenter |= presenter;
            user.mobile = mobile;
            client_type.clone_into(&mut user.client_type);
            fresh
        });
        if known == Some(true) {
            self.joined_count += 1;
            self.dirty.meeting = true;
            let name = self.users.get(user_id).map(|user| user.name.clone());
            self.events.push(RoomEvent::Notification(Arc::new(json!({
                "notificationType": "info",
                "icon": "user",
                "messageId": "app.notification.userJoinPushAlert",
                "messageValues": { "0": name },
                "isSingleUserNotification": false,
                "createdAt": iso(self.now),
                "__typename": "notification_stream",
            }))));
        }
    }

    /// Takes the user out of whatever holds media or attention.
    fn clear_traces(&mut self, user_id: &str) {
        self.leave_voice(user_id, None);
        let streams: Vec<String> = self
            .cameras
            .iter()
            .filter(|(_, camera)| camera.user == user_id)
            .map(|(stream, _)| stream.clone())
            .collect();
        for stream in streams {
            self.cameras.remove(&stream);
            self.dirty.cameras = true;
        }
        if self.screen.as_ref().is_some_and(|screen| screen.user == user_id) {
            self.stop_screen(true);
        }
        if self.typing.remove(user_id).is_some() {
            self.dirty.typing = true;
        }
        self.events.push(RoomEvent::Gone { user: user_id.to_owned() });
    }

    /// The user left by the button.
    pub(crate) fn leave(&mut self, user_id: &str) {
        self.clear_traces(user_id);
        self.edit(user_id, |user| {
            user.logged_out = true;
            user.presenter = false;
            user.hand = None;
        });
        self.dirty.meeting = true;
    }

    /// Puts the user out for good.
    pub(crate) fn eject(&mut self, user_id: &str, code: &'static str, ban: bool) {
        if self.users.get(user_id).is_none_or(|user| user.ejected.is_some()) {
            return;
        }
        self.clear_traces(user_id);
        self.edit(user_id, |user| {
            user.ejected = Some(code);
            user.banned |= ban;
            user.presenter = false;
            user.hand = None;
        });
        self.dirty.meeting = true;
    }

    /// Ends the class for everybody.
    pub(crate) fn end(&mut self, code: &'static str, by: Option<String>) {
        if self.meeting.ended.is_some() {
            return;
        }
        self.meeting.ended = Some(Ended { at: self.now, code, by });
        self.dirty.meeting = true;
        self.dirty.everybody = true;
        self.events.push(RoomEvent::Ended);
    }

    /// A control socket of this token came up; `false` when it has too many already.
    pub(crate) fn socket_opened(&mut self, token: &str) -> bool {
        let Some(session) = self.sessions.get_mut(token) else { return false };
        if session.sockets >= 3 {
            return false;
        }
        session.sockets += 1;
        let user = session.user.clone();
        if self.users.get(&user).is_some_and(|user| user.disconnected.is_some()) {
            self.edit(&user, |user| user.disconnected = None);
        }
        true
    }

    pub(crate) fn socket_closed(&mut self, token: &str) {
        let Some(session) = self.sessions.get_mut(token) else { return };
        session.sockets = session.sockets.saturating_sub(1);
        let user = session.user.clone();
        let alone = self.sessions.values().filter(|other| other.user == user).all(|s| s.sockets == 0);
        if alone {
            let now = self.now;
            self.edit(&user, |user| user.disconnected = Some(now));
        }
    }

    pub(crate) fn knows_token(&self, token: &str) -> bool {
        self.sessions.get(token).is_some_and(|session| !session.expired)
    }

    /// The web session is dropped; its token is worth nothing any more.
    pub(crate) fn sign_out(&mut self, token: &str) {
        if let Some(session) = self.sessions.get_mut(token) {
            session.expired = true;
        }
    }

    /// The ended class can no longer be read.
    pub(crate) fn afterlife_over(&self, now: u64) -> bool {
        self.meeting.ended.as_ref().is_some_and(|end| now > end.at + AFTERLIFE_MS)
    }

    /// Lets time pass: gone users leave the list, typing ends.
    pub(crate) fn tick(&mut self, now: u64, expire_after_ms: u64) {
        self.now = now;
        let gone: Vec<String> = self
            .users
            .values()
            .filter(|user| !user.cast && !user.expired && user.joined)
            .filter(|user| user.disconnected.is_some_and(|at| now >= at + expire_after_ms))
            .map(|user| user.id.clone())
            .collect();
        for user in gone {
            self.clear_traces(&user);
            self.edit(&user, |user| {
                user.expired = true;
                user.presenter = false;
                user.hand = None;
            });
            self.dirty.meeting = true;
        }
        let before = self.typing.len();
        self.typing.retain(|_, typing| now < typing.last + 5000);
        self.dirty.typing |= self.typing.len() != before;
    }

    /// A moderator (or a test) decides about a waiting guest.
    pub(crate) fn decide_guest(&mut self, user_id: &str, allow: bool) {
        self.edit(user_id, |user| {
            if user.guest_status == Guest::Waiting {
                user.guest_status = if allow { Guest::Allowed } else { Guest::Denied };
            }
        });
    }
}
