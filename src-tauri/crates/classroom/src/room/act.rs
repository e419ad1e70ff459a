//! Mutations: what the action server checks, and what the class then does
//! (protocol/session.md §3.5, protocol/mutations.md, protocol/media.md §2.8 and §9.2).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::RoomEvent;
use super::state::{Locks, Recording, State, Typing};
use crate::clock::{iso, parse_iso};
use crate::config::{GuestPolicy, Role};

pub(crate) const PUBLIC_CHAT: &str = "MAIN-PUBLIC-GROUP-CHAT";

/// Longest accepted chat text, in characters; longer ones are dropped without a word.
const CHAT_LIMIT: usize = 5000;
/// How many messages are kept; beyond, the oldest goes.
const CHAT_KEPT: usize = 10_000;

/// Who acts, as the connection's session variables know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor {
    pub(crate) moderator: bool,
    pub(crate) presenter: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Moderator,
    Presenter,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    Object,
    List,
}

type Parameter = (&'static str, Kind, bool);

/// The action server's table: name, who may, parameters with type and "required".
const ACTIONS: &[(&str, Who, &[Parameter])] = {
    use Kind::{Flag, List, Number, Object, Text};
    use Who::{Anyone, Moderator, Presenter};
    &[
        (
            "userJoinMeeting",
            Anyone,
            &[("authToken", Text, true), ("clientType", Text, true), ("clientIsMobile", Flag, false)],
        ),
        ("userLeaveMeeting", Anyone, &[]),
        (
            "userSetConnectionAlive",
            Anyone,
            &[
                ("networkRttInMs", Number, true),
                ("serverRequestId", Text, false),
                ("clientSessionUUID", Text, false),
                ("applicationRttInMs", Number, false),
                ("traceLog", Text, false),
            ],
        ),
        ("userSendActivitySign", Anyone, &[]),
        ("userSetExitReason", Anyone, &[("exitReason", Text, true)]),
        ("userSetClientSettings", Anyone, &[("userClientSettingsJson", Object, true)]),
        ("userSetRaiseHand", Anyone, &[("raiseHand", Flag, true), ("userId", Text, false)]),
        ("userSetAway", Anyone, &[("away", Flag, true)]),
        ("userSetReactionEmoji", Anyone, &[("reactionEmoji", Text, true)]),
        ("userSetSpeechLocale", Anyone, &[("locale", Text, true), ("provider", Text, true)]),
        ("echoTestRunningAt", Anyone, &[]),
        ("userSetRole", Moderator, &[("userId", Text, true), ("role", Text, true)]),
        ("userSetPresenter", Moderator, &[("userId", Text, true)]),
        ("userEjectFromMeeting", Moderator, &[("userId", Text, true), ("banUser", Flag, true)]),
        ("userEjectCameras", Moderator, &[("userId", Text, true)]),
        ("userSetCameraPinned", Moderator, &[("userId", Text, true), ("pinned", Flag, true)]),
        ("userSetLocked", Moderator, &[("userId", Text, true), ("locked", Flag, true)]),
        ("userSetUserLockSettings", Moderator, &[("userId", Text, true), ("disablePubChat", Flag, true)]),
        (
            "meetingLockSettingsSetProps",
            Moderator,
            &[
                ("disableCam", Flag, true),
                ("disableMic", Flag, true),
                ("disablePrivChat", Flag, true),
                ("disablePubChat", Flag, true),
                ("disableNotes", Flag, true),
                ("hideUserList", Flag, true),
                ("lockOnJoin", Flag, true),
                ("lockOnJoinConfigurable", Flag, true),
                ("hideViewersCursor", Flag, true),
                ("hideViewersAnnotation", Flag, true),
            ],
        ),
        ("meetingSetWebcamOnlyForModerator", Moderator, &[("webcamsOnlyForModerator", Flag, true)]),
        ("guestUsersSetPolicy", Moderator, &[("guestPolicy", Text, true)]),
        ("guestUsersSetLobbyMessage", Moderator, &[("message", Text, true)]),
        ("guestUsersSubmitApprovalStatus", Moderator, &[("guests", List, true)]),
        ("userSetMuted", Anyone, &[("userId", Text, false), ("muted", Flag, true)]),
        ("meetingSetMuted", Moderator, &[("muted", Flag, true), ("exceptPresenter", Flag, false)]),
        ("userEjectFromVoice", Moderator, &[("userId", Text, true), ("banUser", Flag, false)]),
        ("userSetTalking", Anyone, &[("talking", Flag, true)]),
        ("userSetDeafened", Anyone, &[("userId", Text, false), ("deafened", Flag, true)]),
        ("userSetListenOnlyInput", Anyone, &[("listenOnlyInputDevice", Flag, true)]),
        (
            "chatSendMessage",
            Anyone,
            &[
                ("chatId", Text, true),
                ("chatMessageInMarkdownFormat", Text, true),
                ("replyToMessageId", Text, false),
                ("metadata", Object, false),
            ],
        ),
        ("chatSetTyping", Anyone, &[("chatId", Text, false)]),
        ("chatSetLastSeen", Anyone, &[("chatId", Text, false), ("lastSeenAt", Text, false)]),
        ("chatPublicClearHistory", Moderator, &[]),
        ("cameraBroadcastStart", Anyone, &[("stream", Text, true), ("contentType", Text, false)]),
        ("cameraBroadcastStop", Anyone, &[("stream", Text, true)]),
        ("meetingEnd", Moderator, &[]),
        ("meetingRecordingSetStatus", Moderator, &[("recording", Flag, true)]),
        ("meetingLayoutSetScreenshareAsContent", Presenter, &[("screenshareAsContent", Flag, true)]),
    ]
};

/// Arguments that late releases insist on although the first one did not know them.
const LATE: [(&str, &str); 3] = [
    ("cameraBroadcastStart", "contentType"),
    ("userSetConnectionAlive", "serverRequestId"),
    ("userSetConnectionAlive", "clientSessionUUID"),
];

/// The action server's verdict; `None` when the command is published.
pub(crate) fn arguments_fault(name: &str, arguments: &Map<String, Value>, actor: Actor, late: bool) -> Option<String> {
    let Some((_, who, parameters)) = ACTIONS.iter().find(|(known, ..)| *known == name) else {
        return Some(format!("{name}: Internal Server Error"));
    };
    match who {
        Who::Moderator if !actor.moderator => {
            return Some(format!("{name}: Permission Denied (not moderator)."));
        }
        Who::Presenter if !actor.presenter => {
            return Some(format!("{name}: Permission Denied (not presenter)."));
        }
        _ => {}
    }
    for (parameter, kind, required) in *parameters {
        match arguments.get(*parameter) {
            None | Some(Value::Null) if *required || (late && LATE.contains(&(name, *parameter))) => {
                return Some(format!("{name}: Missing required parameter: '{parameter}'"));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                if let Some(expected) = mismatch(*kind, value) {
                    return Some(format!("{name}: Parameter '{parameter}' should be of type {expected}"));
                }
            }
        }
    }
    None
}

fn mismatch(kind: Kind, value: &Value) -> Option<&'static str> {
    let (fits, name) = match kind {
        Kind::Text => (value.is_string(), "string"),
        Kind::Number => (value.is_number(), "number"),
        Kind::Flag => (value.is_boolean(), "boolean"),
        Kind::Object => (value.is_object(), "json"),
        Kind::List => (value.is_array(), "objectArray"),
    };
    (!fits).then_some(name)
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

fn flag(arguments: &Map<String, Value>, name: &str) -> bool {
    arguments.get(name).and_then(Value::as_bool).unwrap_or(false)
}

impl State {
    /// What the core does with a published command. Nobody hears of a refusal, except that
    /// overstepping one's rights in voice or camera puts one out.
    pub(crate) fn act(&mut self, actor: &str, name: &str, arguments: &Map<String, Value>) {
        if name == "userJoinMeeting" {
            let fits = self
                .users
                .get(actor)
                .is_some_and(|user| text(arguments, "authToken") == Some(user.auth_token.as_str()));
            if fits {
                let kind = text(arguments, "clientType").unwrap_or("HTML5").to_owned();
                self.join(actor, &kind, flag(arguments, "clientIsMobile"));
            } else {
                self.edit(actor, |user| {
                    user.join_error = Some(("validate_token_failed_eject_reason", "Invalid auth token."));
                });
            }
            return;
        }
        if !self.is_in_class(actor) {
            return;
        }
        let target = text(arguments, "userId").unwrap_or(actor).to_owned();
        match name {
            "userLeaveMeeting" => self.leave(actor),
            "userSetRaiseHand" => self.raise_hand(actor, &target, flag(arguments, "raiseHand")),
            "userSetAway" => {
                let away = flag(arguments, "away");
                self.edit(actor, |user| user.away = away);
                if away {
                    self.set_muted(actor, true);
                }
            }
            "userSetReactionEmoji" => {
                let emoji = text(arguments, "reactionEmoji").filter(|emoji| *emoji != "none").map(str::to_owned);
                self.edit(actor, |user| user.reaction = emoji);
            }
            "userSetRole" => {
                let role = if text(arguments, "role") == Some("MODERATOR") { Role::Moderator } else { Role::Viewer };
                self.set_role(&target, role);
            }
            "userSetPresenter" => self.make_presenter(&target),
            "userEjectFromMeeting" => {
                self.eject(&target, "user_requested_eject_reason", flag(arguments, "banUser"));
            }
            "userEjectCameras" => self.drop_cameras(&target),
            "userSetCameraPinned" => {
                let pinned = flag(arguments, "pinned");
                self.edit(&target, |user| user.pinned = pinned);
            }
            "userSetLocked" => {
                let locked = flag(arguments, "locked");
                self.edit(&target, |user| user.locked = locked);
                self.enforce_locks();
            }
            "userSetUserLockSettings" => {
                let locked = flag(arguments, "disablePubChat");
                self.edit(&target, |user| user.public_chat_locked = locked);
            }
            "meetingLockSettingsSetProps" => self.set_locks(Locks {
                camera: flag(arguments, "disableCam"),
                microphone: flag(arguments, "disableMic"),
                private_chat: flag(arguments, "disablePrivChat"),
                public_chat: flag(arguments, "disablePubChat"),
                notes: flag(arguments, "disableNotes"),
                hide_user_list: flag(arguments, "hideUserList"),
                webcams_only_for_moderator: self.meeting.locks.webcams_only_for_moderator,
            }),
            "meetingSetWebcamOnlyForModerator" => {
                self.meeting.locks.webcams_only_for_moderator = flag(arguments, "webcamsOnlyForModerator");
                self.enforce_locks();
            }
            "guestUsersSetPolicy" => {
                if let Some(policy) = text(arguments, "guestPolicy").and_then(GuestPolicy::from_wire) {
                    self.meeting.policies.guest_policy = policy;
                    self.touch_meeting();
                }
            }
            "guestUsersSetLobbyMessage" => {
                self.meeting.lobby_message = text(arguments, "message").map(str::to_owned);
                self.touch_meeting();
                self.dirty.everybody = true;
            }
            "guestUsersSubmitApprovalStatus" => self.decide_guests(arguments),
            "userSetMuted" => self.mute_by(actor, &target, flag(arguments, "muted")),
            "meetingSetMuted" => self.mute_all(flag(arguments, "muted"), flag(arguments, "exceptPresenter")),
            "userEjectFromVoice" => self.leave_voice(&target, None),
            "userSetDeafened" => {
                let deafened = flag(arguments, "deafened");
                self.edit(actor, |user| {
                    if let Some(voice) = &mut user.voice {
                        voice.deafened = deafened;
                    }
                });
                if deafened {
                    self.set_muted(actor, true);
                }
            }
            "userSetListenOnlyInput" => {
                let listen_only = flag(arguments, "listenOnlyInputDevice");
                self.edit(actor, |user| user.listen_only_input = listen_only);
            }
            "chatSendMessage" if text(arguments, "chatId") == Some(PUBLIC_CHAT) => {
                let message = text(arguments, "chatMessageInMarkdownFormat").unwrap_or("").to_owned();
                self.say(actor, &message);
            }
            "chatSetTyping" => self.set_typing(actor),
            "chatSetLastSeen" => {
                let seen = text(arguments, "lastSeenAt").map_or(self.now, parse_iso);
                self.edit(actor, |user| user.chat_seen = user.chat_seen.max(seen));
                self.dirty.chat = true;
            }
            "chatPublicClearHistory" => {
                self.chat.clear();
                self.dirty.chat = true;
            }
            "cameraBroadcastStart" => self.broadcast_by(actor, text(arguments, "stream").unwrap_or("")),
            "cameraBroadcastStop" => {
                let stream = text(arguments, "stream").unwrap_or("");
                if stream.starts_with(actor) {
                    let stream = stream.to_owned();
                    self.camera_off(&stream, true);
                } else {
                    self.eject(actor, "not_enough_permission_eject_reason", false);
                }
            }
            "meetingEnd" => self.end("ENDED_AFTER_USER_LOGGED_OUT", Some(actor.to_owned())),
            "meetingRecordingSetStatus" if self.meeting.policies.record => {
                let on = flag(arguments, "recording");
                self.meeting.recording = Some(Recording { on, since: self.now });
                self.touch_meeting();
            }
            _ => {}
        }
    }

    fn raise_hand(&mut self, actor: &str, target: &str, up: bool) {
        let own = actor == target;
        if !own && !self.users.get(actor).is_some_and(super::User::is_moderator) {
            return;
        }
        // Nobody raises somebody else's hand.
        if own || !up {
            self.set_hand(target, up);
        }
    }

    fn mute_by(&mut self, actor: &str, target: &str, muted: bool) {
        let moderator = self.users.get(actor).is_some_and(super::User::is_moderator);
        if actor != target && (!moderator || (!muted && !self.meeting.policies.allow_mods_to_unmute)) {
            self.eject(actor, "not_enough_permission_eject_reason", false);
            return;
        }
        if !muted {
            let Some(user) = self.users.get(target) else { return };
            let deaf = user.voice.as_ref().is_some_and(|voice| voice.deafened);
            if deaf || (user.is_bound() && self.meeting.locks.microphone) {
                return;
            }
            if user.away {
                self.edit(target, |user| user.away = false);
            }
        }
        self.set_muted(target, muted);
    }

    pub(crate) fn mute_all(&mut self, muted: bool, except_presenter: bool) {
        self.meeting.muted = muted;
        self.touch_meeting();
        if !muted {
            return;
        }
        let all: Vec<String> =
            self.in_class().filter(|user| !(except_presenter && user.presenter)).map(|user| user.id.clone()).collect();
        for user in all {
            self.set_muted(&user, true);
        }
    }

    pub(crate) fn set_locks(&mut self, locks: Locks) {
        self.meeting.locks = locks;
        self.enforce_locks();
    }

    fn decide_guests(&mut self, arguments: &Map<String, Value>) {
        let guests = arguments.get("guests").and_then(Value::as_array).cloned().unwrap_or_default();
        for guest in guests {
            let (Some(id), Some(status)) =
                (guest.get("guest").and_then(Value::as_str), guest.get("status").and_then(Value::as_str))
            else {
                continue;
            };
            self.decide_guest(id, status == "ALLOW");
        }
    }

    fn broadcast_by(&mut self, actor: &str, stream: &str) {
        if self.may_broadcast(actor, stream) {
            self.camera_on(actor, stream);
        } else {
            self.eject(actor, "not_enough_permission_eject_reason", false);
        }
    }

    pub(crate) fn set_typing(&mut self, user_id: &str) {
        let now = self.now;
        self.typing
            .entry(user_id.to_owned())
            .and_modify(|typing| typing.last = now)
            .or_insert(Typing { started: now, last: now });
        self.dirty.typing = true;
    }

    /// Somebody writes to everybody.
    pub(crate) fn say(&mut self, user_id: &str, message: &str) {
        let at = self.stamp();
        let Some(user) = self.users.get(user_id) else { return };
        let barred = user.is_bound() && (self.meeting.locks.public_chat || user.public_chat_locked);
        if barred || message.trim().is_empty() || message.chars().count() > CHAT_LIMIT {
            return;
        }
        let row = self.message_row(user, message, at);
        let stream_row = json!({
            "chatId": row["chatId"], "createdAt": iso(at), "message": row["message"],
            "messageId": row["messageId"], "messageMetadata": {}, "messageType": row["messageType"],
            "senderName": row["senderName"], "senderRole": row["senderRole"], "senderId": row["senderId"],
            "__typename": "chat_message_stream",
        });
        self.chat.push(Arc::new(row));
        if self.chat.len() > CHAT_KEPT {
            self.chat.remove(0);
        }
        self.dirty.chat = true;
        if self.typing.remove(user_id).is_some() {
            self.dirty.typing = true;
        }
        self.events.push(RoomEvent::Chat { row: Arc::new(stream_row), sender: user_id.to_owned() });
    }
}
