//! Rows as the database views would give them (protocol/graphql-types.md). A row holds every
//! column a role could read; the schema decides what a query may select.

use std::sync::Arc;

use serde_json::{Value, json};

use super::state::{Guest, State, User};
use crate::clock::iso;

impl State {
    pub(super) fn user_row(&self, user: &User) -> Value {
        let cameras: Vec<Value> = self
            .cameras
            .iter()
            .filter(|(_, camera)| camera.user == user.id)
            .map(|(stream, _)| json!({ "streamId": stream, "userId": user.id }))
            .collect();
        let extra = json!({
            "authToken": user.auth_token,
            "meetingId": self.meeting.id,
            "joinErrorCode": user.join_error.map(|error| error.0),
            "joinErrorMessage": user.join_error.map(|error| error.1),
            "ejected": user.ejected.is_some(),
            "ejectReason": user.ejected,
            "ejectReasonCode": user.ejected,
            "raiseHandTime": user.hand.map(iso),
            "awayTime": null,
            "bot": false,
            "isRunningEchoTest": false,
            "inactivityWarningDisplay": false,
            "inactivityWarningTimeoutSecs": 0,
            "logoutUrl": self.meeting.logout_url,
            "webcamBackground": "",
            "enforceLayout": null,
            "lastBreakoutRoom": null,
            "breakoutRoomsSummary": { "totalOfBreakoutRooms": 0, "totalOfIsUserCurrentlyInRoom": 0, "totalOfShowInvitation": 0, "totalOfJoinURL": 0 },
            "livekit": null,
            "presPagesWritable": [],
            "userLockSettings": { "disablePublicChat": user.public_chat_locked },
            "sessionCurrent": { "enforceLayout": null, "sessionName": "", "sessionToken": "" },
            "welcomeMsgs": { "welcomeMsg": self.meeting.welcome, "welcomeMsgForModerators": null },
            "guestStatusDetails": self.guest_row(user),
            "cameras": cameras,
            "voice": self.voice_relation(user),
        });
        merged(self.person_row(user), extra)
    }

    /// The columns of `user_ref`, which other rows embed.
    fn person_row(&self, user: &User) -> Value {
        let (first, last) = user.name.split_once(' ').unwrap_or((&user.name, ""));
        json!({
            "userId": user.id,
            "extId": user.ext_id,
            "name": user.name,
            "nameSortable": user.name.to_lowercase(),
            "firstName": first, "firstNameSortable": first.to_lowercase(),
            "lastName": last, "lastNameSortable": last.to_lowercase(),
            "role": user.role.wire(),
            "isModerator": user.is_moderator(),
            "presenter": user.presenter,
            "guest": user.guest,
            "guestStatus": guest_status(user.guest_status),
            "joined": user.joined,
            "currentlyInMeeting": user.in_class(),
            "loggedOut": user.logged_out,
            "disconnected": user.disconnected.is_some(),
            "expired": user.expired,
            "banned": user.banned,
            "authed": !user.guest,
            "locked": user.locked,
            "pinned": user.pinned,
            "away": user.away,
            "raiseHand": user.hand.is_some(),
            "reactionEmoji": user.reaction.clone().unwrap_or_else(|| "none".to_owned()),
            "avatar": "",
            "color": user.color,
            "mobile": user.mobile,
            "clientType": user.client_type,
            "isDialIn": false,
            "hasDrawPermissionOnCurrentPage": user.presenter,
            "speechLocale": "",
            "captionLocale": "",
            "registeredAt": iso(user.registered),
            "registeredOn": user.registered,
            "chatSeen": user.chat_seen,
        })
    }

    fn voice_relation(&self, user: &User) -> Value {
        let Some(voice) = &user.voice else { return Value::Null };
        json!({
            "userId": user.id,
            "voiceUserId": voice.voice_user_id,
            "joined": true,
            "muted": voice.muted,
            "talking": voice.talking,
            "listenOnly": voice.listen_only,
            "listenOnlyInputDevice": user.listen_only_input,
            "deafened": voice.deafened,
            "floor": voice.floor,
            "lastFloorTime": if voice.last_floor == 0 { String::new() } else { voice.last_floor.to_string() },
            "spoke": voice.talked,
            "callerName": user.name,
            "callerNum": user.id,
            "callingWith": "",
            "voiceConf": self.meeting.voice_bridge,
            "user": self.person_row(user),
        })
    }

    fn guest_row(&self, user: &User) -> Value {
        if user.guest_status != Guest::Waiting {
            return Value::Null;
        }
        let ahead = self
            .users
            .values()
            .filter(|other| other.guest_status == Guest::Waiting)
            .filter(|other| (other.registered, &other.id) < (user.registered, &user.id))
            .count();
        json!({
            "userId": user.id,
            "guestStatus": guest_status(user.guest_status),
            "guestLobbyMessage": self.meeting.lobby_message,
            "positionInWaitingQueue": ahead + 1,
            "isWaiting": true, "isAllowed": false, "isDenied": false,
            "user": self.person_row(user),
        })
    }

    pub(super) fn lobby_rows(&self) -> Vec<Arc<Value>> {
        self.users
            .values()
            .filter(|user| user.guest_status == Guest::Waiting && user.disconnected.is_none())
            .map(|user| Arc::new(self.guest_row(user)))
            .collect()
    }

    pub(super) fn meeting_row(&self) -> Value {
        merged(self.meeting_columns(), self.meeting_relations())
    }

    fn meeting_columns(&self) -> Value {
        let meeting = &self.meeting;
        let ended = meeting.ended.as_ref();
        let by = ended.and_then(|end| end.by.as_ref());
        let end = json!({
            "ended": ended.is_some(),
            "endedAt": ended.map(|end| iso(end.at)),
            "endedReasonCode": ended.map(|end| end.code),
            "endedBy": by,
            "endedByUserName": by.and_then(|id| self.users.get(id)).map(|user| &user.name),
        });
        let rest = json!({
            "meetingId": meeting.id,
            "extId": meeting.ext_id,
            "name": meeting.name,
            "isBreakout": false,
            "createdAt": iso(meeting.created),
            "createdTime": meeting.created,
            "durationInSeconds": meeting.policies.duration_minutes * 60,
            "disabledFeatures": [],
            "endWhenNoModerator": false,
            "endWhenNoModeratorDelayInMinutes": 1,
            "logoutUrl": meeting.logout_url,
            "loginUrl": null,
            "bannerColor": null, "bannerText": null,
            "customLogoUrl": null, "customDarkLogoUrl": null,
            "audioBridge": "bbb-webrtc-sfu",
            "cameraBridge": "bbb-webrtc-sfu",
            "screenShareBridge": "bbb-webrtc-sfu",
            "maxPinnedCameras": 3,
            "meetingCameraCap": meeting.policies.meeting_camera_cap,
            "notifyRecordingIsOn": false,
            "presentationUploadExternalDescription": "",
            "presentationUploadExternalUrl": "",
        });
        merged(end, rest)
    }

    fn meeting_relations(&self) -> Value {
        json!({
            "groups": [],
            "learningDashboard": null,
            "lockSettings": self.lock_settings(),
            "usersPolicies": self.users_policies(),
            "recordingPolicies": self.recording_policies(),
            "recording": self.recording_value(),
            "voiceSettings": self.voice_settings(),
            "breakoutPolicies": self.breakout_policies(),
            "breakoutRoomsCommonProperties": null,
            "layout": {
                "cameraDockAspectRatio": 0, "cameraDockIsResizing": false, "cameraDockPlacement": "contentTop",
                "cameraWithFocus": "", "currentLayoutType": "CUSTOM_LAYOUT", "presentationMinimized": false,
                "propagateLayout": false, "updatedAt": iso(self.meeting.created),
            },
            "externalVideo": null,
            "screenshare": self.screen_rows().first().map_or(Value::Null, |row| (**row).clone()),
            "timer": null,
            "clientSettings": { "clientSettingsJson": crate::settings::client_settings() },
            "componentsFlags": {
                "hasBreakoutRoom": false, "hasCameraAsContent": false, "hasCaption": false,
                "hasCurrentPresentation": false, "hasExternalVideo": false, "hasPoll": false,
                "hasScreenshare": self.screen.is_some(), "hasScreenshareAsContent": false,
                "hasSharedNotes": false, "hasTimer": false, "isSharedNotedPinned": false,
                "showRemainingTime": self.meeting.policies.duration_minutes > 0,
            },
        })
    }

    fn lock_settings(&self) -> Value {
        let locks = self.meeting.locks;
        json!({
            "disableCam": locks.camera,
            "disableMic": locks.microphone,
            "disableNotes": locks.notes,
            "disablePrivateChat": locks.private_chat,
            "disablePublicChat": locks.public_chat,
            "hideUserList": locks.hide_user_list,
            "hideViewersCursor": false,
            "hideViewersAnnotation": false,
            "webcamsOnlyForModerator": locks.webcams_only_for_moderator,
            "lockOnJoin": true,
            "lockOnJoinConfigurable": false,
            "hasActiveLockSetting": locks.any(),
        })
    }

    pub(crate) fn users_policies(&self) -> Value {
        let policies = &self.meeting.policies;
        json!({
            "allowModsToEjectCameras": true,
            "allowModsToUnmuteUsers": policies.allow_mods_to_unmute,
            "allowPromoteGuestToModerator": false,
            "authenticatedGuest": true,
            "guestPolicy": policies.guest_policy.wire(),
            "guestLobbyMessage": self.meeting.lobby_message,
            "maxUserConcurrentAccesses": 3,
            "maxUsers": policies.max_users,
            "meetingLayout": "CUSTOM_LAYOUT",
            "moderatorsCanMuteAudio": true,
            "moderatorsCanUnmuteAudio": policies.allow_mods_to_unmute,
            "userCameraCap": policies.user_camera_cap,
            "webcamsOnlyForModerator": self.meeting.locks.webcams_only_for_moderator,
        })
    }

    pub(crate) fn recording_policies(&self) -> Value {
        json!({
            "allowStartStopRecording": true,
            "autoStartRecording": false,
            "record": self.meeting.policies.record,
            "keepEvents": false,
        })
    }

    pub(crate) fn voice_settings(&self) -> Value {
        json!({
            "dialNumber": "613-555-1234",
            "muteOnStart": self.meeting.policies.mute_on_start,
            "voiceConf": self.meeting.voice_bridge,
            "telVoice": self.meeting.voice_bridge,
        })
    }

    pub(crate) fn breakout_policies(&self) -> Value {
        json!({
            "breakoutRooms": [], "captureNotes": false, "captureNotesFilename": "%%CONFNAME%%",
            "captureSlides": false, "captureSlidesFilename": "%%CONFNAME%%", "freeJoin": false,
            "parentId": "bbb-none", "privateChatEnabled": true, "record": false, "sequence": 0,
        })
    }

    fn recording_value(&self) -> Value {
        let Some(recording) = self.meeting.recording else { return Value::Null };
        json!({
            "isRecording": recording.on,
            "startedAt": iso(recording.since),
            "startedBy": null,
            "stoppedAt": null, "stoppedBy": null,
            "previousRecordedTimeInSeconds": 0,
        })
    }

    pub(super) fn recording_rows(&self) -> Vec<Arc<Value>> {
        self.meeting.recording.iter().map(|_| Arc::new(self.recording_value())).collect()
    }

    pub(super) fn camera_rows(&self) -> Vec<Arc<Value>> {
        self.cameras
            .iter()
            .filter_map(|(stream, camera)| {
                let user = self.users.get(&camera.user)?;
                Some(Arc::new(json!({
                    "streamId": stream,
                    "userId": user.id,
                    "meetingId": self.meeting.id,
                    "contentType": "camera",
                    "showAsContent": false,
                    "hasAudio": false,
                    "user": self.person_row(user),
                    "voice": self.voice_relation(user),
                })))
            })
            .collect()
    }

    pub(super) fn screen_rows(&self) -> Vec<Arc<Value>> {
        self.screen
            .iter()
            .map(|screen| {
                Arc::new(json!({
                    "screenshareId": screen.id,
                    "stream": screen.stream,
                    "contentType": screen.content_type,
                    "hasAudio": screen.has_audio,
                    "screenshareConf": self.meeting.voice_bridge,
                    "voiceConf": self.meeting.voice_bridge,
                    "startedAt": iso(screen.started),
                    "stoppedAt": null,
                    "vidWidth": screen.width,
                    "vidHeight": screen.height,
                }))
            })
            .collect()
    }

    pub(super) fn typing_rows(&self) -> Vec<Arc<Value>> {
        self.typing
            .iter()
            .filter_map(|(id, typing)| {
                let user = self.users.get(id)?;
                Some(Arc::new(json!({
                    "chatId": super::act::PUBLIC_CHAT,
                    "userId": id,
                    "isCurrentlyTyping": true,
                    "startedTypingAt": iso(typing.started),
                    "lastTypingAt": iso(typing.last),
                    "user": self.person_row(user),
                })))
            })
            .collect()
    }

    /// A chat row, with its author as a relation.
    pub(super) fn message_row(&self, user: &User, text: &str, at: u64) -> Value {
        let sequence = self.chat.len() + 1;
        json!({
            "messageId": format!("{at}-{}", super::membership::random_text(8)),
            "messageSequence": sequence,
            "correlationId": format!("{}-{sequence}", user.id),
            "chatId": super::act::PUBLIC_CHAT,
            "message": text,
            "messageType": "default",
            "messageMetadata": "{}",
            "chatEmphasizedText": user.is_moderator(),
            "senderId": user.id,
            "senderName": user.name,
            "senderRole": user.role.wire(),
            "createdAt": iso(at),
            "editedAt": null,
            "deletedAt": null,
            "deletedBy": null,
            "replyToMessage": null,
            "reactions": [],
            "user": self.person_row(user),
        })
    }
}

/// Two halves of one row.
fn merged(mut row: Value, more: Value) -> Value {
    if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
        row.extend(more);
    }
    row
}

fn guest_status(status: Guest) -> &'static str {
    match status {
        Guest::Allowed => "ALLOW",
        Guest::Waiting => "WAIT",
        Guest::Denied => "DENY",
    }
}
