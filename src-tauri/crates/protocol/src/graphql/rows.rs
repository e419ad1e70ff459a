//! Rows of the feeds. Every column is optional: permissions, versions and `null` all leave gaps (`schema.md`).
//!
//! A column of the wrong type reads as absent, so one odd value costs a column and never a row or a feed.

use super::column::{Big, Read, row};
use crate::ids::{Secret, StreamId, Text, UserId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

row! {
    /// `user_current` (`graphql.md` §1): few columns before joining, more after.
    MeRow {
        /// Internal id.
        user_id: UserId,
        /// External id, the portal's name for this person.
        ext_id: Text,
        /// Display name.
        name: Text,
        /// `MODERATOR` or `VIEWER`.
        role: String,
        /// Is a moderator.
        is_moderator: bool,
        /// Is the presenter.
        presenter: bool,
        /// Needed once, for `userJoinMeeting`.
        auth_token: Secret,
        /// Came as a guest.
        guest: bool,
        /// `WAIT`, `ALLOW` or `DENY` (`session.md` §2.4).
        guest_status: String,
        /// The core has accepted the join.
        joined: bool,
        /// Set when joining was refused.
        join_error_code: String,
        /// Sentence of the server for it.
        join_error_message: Text,
        /// `joined && !expired && !loggedOut && !ejected`.
        currently_in_meeting: bool,
        /// Left by the Leave action.
        logged_out: bool,
        /// All connections of this user are gone.
        disconnected: bool,
        /// Removed.
        ejected: bool,
        /// Sentence of the server for it.
        eject_reason: Text,
        /// Code for it (`session.md` §4.2); may hold a sentence.
        eject_reason_code: String,
        /// Removed with a ban.
        banned: bool,
        /// Locks apply (unless moderator).
        locked: bool,
        /// Is away.
        away: bool,
        /// Hand is up.
        raise_hand: bool,
        /// `#rrggbb`, or anything a server puts there.
        color: String,
        /// The server suspects that nobody is there (`session.md` §4.6).
        inactivity_warning_display: bool,
        /// Seconds until it acts.
        inactivity_warning_timeout_secs: Big,
        /// Where to go after leaving.
        logout_url: Text,
        /// End of the meeting, if it ended.
        meeting: MeetingEndRow,
        /// Own voice state; absent when not in voice.
        voice: VoiceMembershipRow,
        /// Own cameras as the server lists them.
        cameras: Vec<CameraRefRow>,
        /// Per-user locks.
        user_lock_settings: UserLockRow,
        /// Access to the LiveKit room (`media.md` §5.2).
        livekit: LivekitRow,
    }
}

row! {
    /// `user_current.meeting`: whether and why the meeting ended (`session.md` §4.2).
    MeetingEndRow {
        /// It is over.
        ended: bool,
        /// `ENDED_…` code.
        ended_reason_code: String,
        /// Who ended it.
        ended_by_user_name: Text,
        /// Where to go then.
        logout_url: Text,
    }
}

row! {
    /// `voice` relation of a user (`graphql.md` §5).
    VoiceMembershipRow {
        /// In the voice conference.
        joined: bool,
        /// Classic listen-only.
        listen_only: bool,
        /// Joined without a microphone (late 3.0).
        listen_only_input_device: bool,
        /// Output is off.
        deafened: bool,
        /// Has talked in this class.
        spoke: bool,
        /// FreeSWITCH member id or LiveKit sid; changes with every join.
        voice_user_id: String,
        /// Is the floor holder.
        floor: bool,
        /// When it last was, as the server says.
        last_floor_time: String,
    }
}

row! {
    /// A camera named by its stream only.
    CameraRefRow {
        /// The stream.
        stream_id: StreamId,
    }
}

row! {
    /// `userLockSettings`.
    UserLockRow {
        /// This user may not write in the public chat.
        disable_public_chat: bool,
    }
}

row! {
    /// `user_current.livekit`.
    LivekitRow {
        /// JWT.
        livekit_token: Secret,
    }
}

row! {
    /// `meeting` (`graphql.md` §2).
    MeetingRow {
        /// Internal meeting id.
        meeting_id: String,
        /// Name of the class.
        name: Text,
        /// Planned length in seconds; 0 = none.
        duration_in_seconds: Big,
        /// Unix milliseconds.
        created_time: Big,
        /// Locks for viewers with `locked`.
        lock_settings: LockRow,
        /// Policies that can change in class.
        users_policies: PoliciesRow,
        /// What is going on.
        components_flags: ComponentsRow,
        /// Mute for newcomers.
        voice_settings: VoiceSettingsRow,
    }
}

row! {
    /// `meeting.lockSettings` (`graphql.md` §6.1).
    LockRow {
        /// No cameras.
        disable_cam: bool,
        /// No microphones.
        disable_mic: bool,
        /// Notes are read-only.
        disable_notes: bool,
        /// No private chat.
        disable_private_chat: bool,
        /// No public chat.
        disable_public_chat: bool,
        /// Any lock is on.
        has_active_lock_setting: bool,
        /// Viewers do not see each other.
        hide_user_list: bool,
        /// Only moderators see viewers' cameras.
        webcams_only_for_moderator: bool,
        /// Locks apply to newcomers.
        lock_on_join: bool,
    }
}

row! {
    /// `meeting.usersPolicies`.
    PoliciesRow {
        /// `ALWAYS_ACCEPT`, `ASK_MODERATOR`, …
        guest_policy: String,
        /// Words for those who wait.
        guest_lobby_message: Text,
        /// Only moderators see viewers' cameras.
        webcams_only_for_moderator: bool,
        /// Moderators may mute others.
        moderators_can_mute_audio: bool,
        /// Moderators may unmute others; doing it without ejects (`media.md` §9.2).
        moderators_can_unmute_audio: bool,
    }
}

row! {
    /// `meeting.componentsFlags`.
    ComponentsRow {
        /// Breakout rooms exist.
        has_breakout_room: bool,
        /// A presentation is shown.
        has_current_presentation: bool,
        /// An external video is shown.
        has_external_video: bool,
        /// A poll runs.
        has_poll: bool,
        /// A screen is shared.
        has_screenshare: bool,
        /// A timer exists.
        has_timer: bool,
    }
}

row! {
    /// `meeting.voiceSettings`.
    VoiceSettingsRow {
        /// Newcomers start muted.
        mute_on_start: bool,
        /// Number of the voice conference.
        voice_conf: String,
    }
}

row! {
    /// A person of the list (`graphql.md` §3).
    UserRow {
        /// Internal id.
        user_id: UserId,
        /// Display name.
        name: Text,
        /// `MODERATOR` or `VIEWER`.
        role: String,
        /// Is a moderator.
        is_moderator: bool,
        /// Is the presenter.
        presenter: bool,
        /// `#rrggbb`, or anything a server puts there.
        color: String,
        /// Is away.
        away: bool,
        /// Hand is up.
        raise_hand: bool,
        /// Locks apply (unless moderator).
        locked: bool,
        /// A bot.
        bot: bool,
        /// Came as a guest.
        guest: bool,
        /// Joined by telephone.
        is_dial_in: bool,
        /// All connections are gone, still listed for ≈ 10 s.
        disconnected: bool,
        /// Voice state; absent when not in voice.
        voice: VoiceMembershipRow,
        /// Cameras.
        cameras: Vec<CameraRefRow>,
    }
}

row! {
    /// A raised hand, in order (`graphql.md` §4).
    HandRow {
        /// Internal id.
        user_id: UserId,
        /// Display name.
        name: Text,
        /// `#rrggbb`, or anything a server puts there.
        color: String,
        /// Is a moderator.
        is_moderator: bool,
        /// Is the presenter.
        presenter: bool,
        /// Since when, ISO 8601.
        raise_hand_time: String,
    }
}

row! {
    /// A chat (`graphql.md` §7.1).
    ChatRow {
        /// `MAIN-PUBLIC-GROUP-CHAT` is the public one.
        chat_id: String,
        /// Public chat.
        public: bool,
        /// Messages in it.
        total_messages: Big,
        /// Unread ones.
        total_unread: Big,
        /// ISO 8601.
        last_seen_at: String,
        /// The other person of a private chat.
        participant: PersonRow,
    }
}

row! {
    /// A person as others refer to them.
    PersonRow {
        /// Internal id.
        user_id: UserId,
        /// Display name.
        name: Text,
        /// `MODERATOR` or `VIEWER`.
        role: String,
        /// Is a moderator.
        is_moderator: bool,
        /// Is the presenter.
        presenter: bool,
        /// `#rrggbb`, or anything a server puts there.
        color: String,
        /// Is away.
        away: bool,
        /// Camera is pinned by a moderator.
        pinned: bool,
        /// Name as the server sorts it.
        name_sortable: Text,
        /// All connections are gone.
        disconnected: bool,
    }
}

row! {
    /// A chat message, of a page or of the stream of new ones (`graphql.md` §7.2, §7.3).
    ChatMessageRow {
        /// Its id.
        message_id: String,
        /// Its number in the chat.
        message_sequence: Big,
        /// Chat it belongs to.
        chat_id: String,
        /// Markdown text as BBB has it; empty once deleted.
        message: Text,
        /// `default`, or a kind of server message.
        message_type: String,
        /// Internal id; empty for the system.
        sender_id: UserId,
        /// Display name at that time.
        sender_name: Text,
        /// `MODERATOR` or `VIEWER`.
        sender_role: String,
        /// ISO 8601.
        created_at: String,
        /// ISO 8601, once edited.
        edited_at: String,
        /// ISO 8601, once deleted.
        deleted_at: String,
        /// Sender now, if still known.
        user: PersonRow,
    }
}

row! {
    /// Somebody who is typing (`graphql.md` §7.4).
    TypingRow {
        /// Chat.
        chat_id: String,
        /// Who.
        user_id: UserId,
        /// 3.0 only: within the last 5 s. 4.0 lists only those.
        is_currently_typing: bool,
        /// ISO 8601.
        last_typing_at: String,
        /// Name.
        user: PersonRow,
    }
}

row! {
    /// A change of somebody's voice state (`graphql.md` §5). Who is in voice without a row is muted and silent.
    VoiceRow {
        /// Who.
        user_id: UserId,
        /// Member id of the conference.
        voice_user_id: String,
        /// Is muted.
        muted: bool,
        /// Is talking.
        talking: bool,
        /// Has left the conference.
        left_voice_conf: bool,
        /// Name; may be empty in a row that only clears.
        user: PersonRow,
        /// ISO 8601.
        voice_activity_at: String,
    }
}

row! {
    /// A camera of the class (`graphql.md` §15).
    CameraRow {
        /// The stream.
        stream_id: StreamId,
        /// Whose.
        user: PersonRow,
        /// Their voice state, for the order of faces.
        voice: VoiceMembershipRow,
        /// `camera`, or `screenshare` on some 4.0 states.
        content_type: String,
        /// Shown in the place of slides.
        show_as_content: bool,
    }
}

row! {
    /// The shared screen (`graphql.md` §16): live while `stopped_at` is absent.
    ScreenRow {
        /// Id of this share.
        screenshare_id: String,
        /// `screenshare`, or `camera` for a camera as content.
        content_type: String,
        /// Has sound.
        has_audio: bool,
        /// Media id, or LiveKit track sid (`media.md` §5.6).
        stream: String,
        /// Voice conference.
        voice_conf: String,
        /// Width in pixels, 0 if unknown.
        vid_width: Big,
        /// Height in pixels, 0 if unknown.
        vid_height: Big,
        /// ISO 8601.
        started_at: String,
        /// ISO 8601, once stopped.
        stopped_at: String,
    }
}

row! {
    /// What someone in the waiting room is told (`session.md` §2.4).
    LobbyRow {
        /// Place in the queue and own message; absent unless waiting.
        guest_status_details: LobbyDetailsRow,
        /// Message to all who wait.
        meeting: LobbyMeetingRow,
    }
}

row! {
    /// `guestStatusDetails`.
    LobbyDetailsRow {
        /// Message to this person.
        guest_lobby_message: Text,
        /// From 1.
        position_in_waiting_queue: Big,
        /// Let in.
        is_allowed: bool,
    }
}

row! {
    /// `meeting` as the waiting room reads it.
    LobbyMeetingRow {
        /// Policies.
        users_policies: PoliciesRow,
    }
}

row! {
    /// `meeting_recording` (`graphql.md` §19). No row = never recorded.
    RecordingRow {
        /// Runs now.
        is_recording: bool,
        /// ISO 8601.
        started_at: String,
        /// Seconds recorded before.
        previous_recorded_time_in_seconds: Big,
    }
}

row! {
    /// A notification (`graphql.md` §21).
    NoticeRow {
        /// `info`, `success`, `warning`, `error`.
        notification_type: String,
        /// Key of BBB's own catalogue; unknown ones are not shown.
        message_id: String,
        /// Meant for this person only.
        is_single_user_notification: bool,
        /// ISO 8601.
        created_at: String,
    }
}

row! {
    /// Clock of the server (`session.md` §4.5).
    TimeRow {
        /// ISO 8601.
        current_timestamp: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_column_of_the_wrong_type_costs_that_column_only() {
        let row: UserRow = serde_json::from_value(json!({
            "userId": "w_1", "name": 7, "presenter": "yes", "voice": 7, "cameras": [{"streamId": "w_1_a_b"}, {}],
            "raiseHand": true, "unknown": {"x": []},
        }))
        .unwrap();
        assert_eq!(row.user_id, Some(UserId::new("w_1")));
        assert_eq!((row.name, row.presenter, row.voice, row.raise_hand), (None, None, None, Some(true)));
        assert_eq!(row.cameras.map(|c| c.len()), Some(2));
    }

    #[test]
    fn what_a_server_writes_as_a_row_is_read_as_that_row() {
        let row = CameraRow {
            stream_id: Some("w_1_u_c".into()),
            user: Some(PersonRow {
                is_moderator: Some(true),
                name_sortable: Some("ada".into()),
                ..PersonRow::default()
            }),
            voice: Some(VoiceMembershipRow { listen_only_input_device: Some(false), ..VoiceMembershipRow::default() }),
            content_type: None,
            show_as_content: Some(true),
        };
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!(written["user"]["isModerator"], true);
        assert_eq!(written["contentType"], Value::Null);
        assert_eq!(CameraRow::read(&written), Some(row));
    }

    #[test]
    fn debug_output_of_rows_shows_no_name_no_message_no_token() {
        let me = MeRow { name: Some("Ada".into()), auth_token: Some("14mm".into()), ..MeRow::default() };
        let message = ChatMessageRow {
            message: Some("hello".into()),
            sender_name: Some("Curie".into()),
            user: Some(PersonRow { name: Some("Marie".into()), ..PersonRow::default() }),
            ..ChatMessageRow::default()
        };
        let shown = format!("{me:?}{message:?}");
        for leaked in ["Ada", "14mm", "hello", "Curie", "Marie"] {
            assert!(!shown.contains(leaked), "{leaked}");
        }
    }
}
