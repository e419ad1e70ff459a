//! `meetingStaticData` (`session.md` §2.3): constants of the meeting and the settings for clients.

use super::settings::ClientSettings;
use crate::ids::Text;
use serde_json::Value;

/// Largest answer read, in bytes.
const MAX_BODY: usize = 4 << 20;

/// Why there are no facts about the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaticError {
    /// The list of meetings is empty: token no longer valid, or meeting over.
    #[error("session expired")]
    Expired,
    /// No JSON, not of this shape, or too large: not a BBB 3 server, or a proxy's page.
    #[error("static data not understood")]
    NotUnderstood,
}

/// Constants of the meeting.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StaticData {
    /// Internal meeting id.
    pub meeting_id: String,
    /// External meeting id.
    pub ext_id: Text,
    /// Name of the class.
    pub name: Text,
    /// Is a breakout room.
    pub is_breakout: bool,
    /// When it was made, Unix milliseconds.
    pub created_ms: Option<f64>,
    /// Functions switched off (`http-api.md` §3.3); at most 200.
    pub disabled_features: Vec<String>,
    /// What carries which medium.
    pub bridges: Bridges,
    /// Where to go after leaving.
    pub logout_url: Option<Text>,
    /// Cameras in the whole meeting; 0 = no limit.
    pub meeting_camera_cap: u32,
    /// Ask before recording starts.
    pub notify_recording: bool,
    /// Recording.
    pub recording: RecordingPolicies,
    /// What people may do.
    pub users_policies: UsersPolicies,
    /// Voice conference.
    pub voice: VoiceSettings,
    /// Settings for clients, merged over defaults.
    pub settings: ClientSettings,
}

/// What carries each medium (`media.md` §5.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bridges {
    /// Microphone and class sound.
    pub audio: Bridge,
    /// Cameras.
    pub camera: Bridge,
    /// Shared screen.
    pub screen: Bridge,
}

/// A way media travel (`media.md` §5.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Bridge {
    /// `bbb-webrtc-sfu`, also when nothing is said: older servers have nothing else.
    #[default]
    Sfu,
    /// `livekit`
    LiveKit,
    /// `freeswitch`: audio over SIP, not spoken by us.
    FreeSwitch,
    /// One we have never heard of.
    Unknown,
}

/// `recordingPolicies`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordingPolicies {
    /// The meeting can be recorded.
    pub record: bool,
    /// Recording starts by itself.
    pub auto_start: bool,
    /// Moderators may start and stop it.
    pub allow_start_stop: bool,
}

/// `usersPolicies`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersPolicies {
    /// Most people at once; 0 = no limit.
    pub max_users: u32,
    /// Cameras of one person; 0 = no limit.
    pub user_camera_cap: u32,
    /// Only moderators see viewers' cameras.
    pub webcams_only_for_moderator: bool,
    /// Moderators may mute others.
    pub moderators_can_mute: bool,
    /// Moderators may unmute others; doing it without ejects (`media.md` §9.2).
    pub moderators_can_unmute: bool,
    /// `ALWAYS_ACCEPT`, `ASK_MODERATOR`, …
    pub guest_policy: String,
    /// Initial layout.
    pub meeting_layout: String,
}

impl Default for UsersPolicies {
    fn default() -> Self {
        Self {
            max_users: 0,
            user_camera_cap: 3,
            webcams_only_for_moderator: false,
            moderators_can_mute: true,
            moderators_can_unmute: false,
            guest_policy: "ALWAYS_ACCEPT".into(),
            meeting_layout: String::new(),
        }
    }
}

/// `voiceSettings`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceSettings {
    /// Everybody starts muted.
    pub mute_on_start: bool,
    /// Number of the voice conference (`voiceBridge` of the SFU messages).
    pub voice_conf: String,
}

impl StaticData {
    /// Reads the body of `meetingStaticData`. Every field may be missing; what is missing has BBB's default.
    ///
    /// # Errors
    /// [`StaticError::Expired`] for an empty list, [`StaticError::NotUnderstood`] for anything that is none.
    pub fn parse(body: &str) -> Result<Self, StaticError> {
        if body.len() > MAX_BODY {
            return Err(StaticError::NotUnderstood);
        }
        let root: Value = serde_json::from_str(body).map_err(|_| StaticError::NotUnderstood)?;
        let list = root.get("meeting").and_then(Value::as_array).ok_or(StaticError::NotUnderstood)?;
        let meeting = list.first().ok_or(StaticError::Expired)?;
        if !meeting.is_object() {
            return Err(StaticError::NotUnderstood);
        }
        Ok(Self::read(meeting))
    }

    fn read(meeting: &Value) -> Self {
        let part = |name: &str| meeting.get(name).unwrap_or(&Value::Null);
        let (users, recording, voice) = (part("usersPolicies"), part("recordingPolicies"), part("voiceSettings"));
        let usual = UsersPolicies::default();
        Self {
            meeting_id: text(meeting, "meetingId").unwrap_or_default(),
            ext_id: text(meeting, "extId").unwrap_or_default().into(),
            name: text(meeting, "name").unwrap_or_default().into(),
            is_breakout: flag(meeting, "isBreakout").unwrap_or(false),
            created_ms: number(meeting, "createdTime"),
            disabled_features: part("disabledFeatures")
                .as_array()
                .map(|list| list.iter().filter_map(Value::as_str).take(200).map(str::to_owned).collect())
                .unwrap_or_default(),
            bridges: Bridges {
                audio: bridge(meeting, "audioBridge"),
                camera: bridge(meeting, "cameraBridge"),
                screen: bridge(meeting, "screenShareBridge"),
            },
            logout_url: text(meeting, "logoutUrl").filter(|url| !url.is_empty()).map(Text::from),
            meeting_camera_cap: count(meeting, "meetingCameraCap").unwrap_or(0),
            notify_recording: flag(meeting, "notifyRecordingIsOn").unwrap_or(false),
            recording: RecordingPolicies {
                record: flag(recording, "record").unwrap_or(false),
                auto_start: flag(recording, "autoStartRecording").unwrap_or(false),
                allow_start_stop: flag(recording, "allowStartStopRecording").unwrap_or(true),
            },
            users_policies: UsersPolicies {
                max_users: count(users, "maxUsers").unwrap_or(usual.max_users),
                user_camera_cap: count(users, "userCameraCap").unwrap_or(usual.user_camera_cap),
                webcams_only_for_moderator: flag(users, "webcamsOnlyForModerator")
                    .unwrap_or(usual.webcams_only_for_moderator),
                moderators_can_mute: flag(users, "moderatorsCanMuteAudio").unwrap_or(usual.moderators_can_mute),
                moderators_can_unmute: flag(users, "moderatorsCanUnmuteAudio").unwrap_or(usual.moderators_can_unmute),
                guest_policy: text(users, "guestPolicy").unwrap_or(usual.guest_policy),
                meeting_layout: text(users, "meetingLayout").unwrap_or_default(),
            },
            voice: VoiceSettings {
                mute_on_start: flag(voice, "muteOnStart").unwrap_or(false),
                voice_conf: text(voice, "voiceConf").unwrap_or_default(),
            },
            settings: ClientSettings::merged(part("clientSettings").get("clientSettingsJson").unwrap_or(&Value::Null)),
        }
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn flag(value: &Value, name: &str) -> Option<bool> {
    value.get(name)?.as_bool()
}

fn number(value: &Value, name: &str) -> Option<f64> {
    match value.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

fn count(value: &Value, name: &str) -> Option<u32> {
    number(value, name).filter(|n| (0.0..=1e6).contains(n)).map(|n| n as u32)
}

fn bridge(value: &Value, name: &str) -> Bridge {
    match value.get(name).and_then(Value::as_str) {
        None | Some("" | "bbb-webrtc-sfu") => Bridge::Sfu,
        Some("livekit") => Bridge::LiveKit,
        Some("freeswitch") => Bridge::FreeSwitch,
        Some(_) => Bridge::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_answer_is_read() {
        let body = json!({"meeting": [{
            "meetingId": "183f-1767605000123", "extId": "chem-101", "name": "Chemistry 101", "createdTime": 1_767_605_000_123_u64,
            "meetingCameraCap": 0, "cameraBridge": "bbb-webrtc-sfu", "screenShareBridge": "livekit", "audioBridge": "freeswitch",
            "logoutUrl": "https://school.example.org", "disabledFeatures": ["polls", 3],
            "recordingPolicies": {"allowStartStopRecording": true, "autoStartRecording": false, "record": true, "keepEvents": false},
            "usersPolicies": {"maxUsers": 30, "userCameraCap": 2, "webcamsOnlyForModerator": true, "moderatorsCanUnmuteAudio": true, "guestPolicy": "ASK_MODERATOR"},
            "voiceSettings": {"dialNumber": "613-555-1234", "muteOnStart": true, "voiceConf": "73939", "telVoice": "73939"},
            "clientSettings": {"clientSettingsJson": {"public": {"chat": {"max_message_length": 800}}}},
        }]});
        let facts = StaticData::parse(&body.to_string()).unwrap();
        assert_eq!(facts.name, "Chemistry 101");
        assert_eq!(facts.bridges, Bridges { audio: Bridge::FreeSwitch, camera: Bridge::Sfu, screen: Bridge::LiveKit });
        assert_eq!((facts.voice.mute_on_start, facts.voice.voice_conf.as_str()), (true, "73939"));
        assert_eq!((facts.users_policies.max_users, facts.users_policies.user_camera_cap), (30, 2));
        assert!(facts.users_policies.moderators_can_unmute && facts.recording.record);
        assert_eq!(facts.disabled_features, ["polls"]);
        assert_eq!(facts.created_ms, Some(1_767_605_000_123.0));
        assert_eq!(facts.settings.chat_max_length, 800);
    }

    #[test]
    fn an_empty_list_means_the_session_has_expired() {
        assert_eq!(StaticData::parse(r#"{"meeting":[]}"#), Err(StaticError::Expired));
    }

    #[test]
    fn a_meeting_that_says_nothing_has_the_usual_rules() {
        let facts = StaticData::parse(r#"{"meeting":[{}]}"#).unwrap();
        assert_eq!(facts.users_policies, UsersPolicies::default());
        assert_eq!(facts.bridges, Bridges::default());
        assert_eq!(facts.settings, ClientSettings::default());
    }

    #[test]
    fn hostile_or_odd_answers_are_typed_errors_or_defaults() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for body in [
            "",
            "null",
            "[]",
            "<html></html>",
            r#"{"meeting":{}}"#,
            r#"{"meeting":[1]}"#,
            r#"{"meeting":[null]}"#,
            &deep,
        ] {
            assert_eq!(StaticData::parse(body), Err(StaticError::NotUnderstood));
        }
        let odd = r#"{"meeting":[{"name":[],"createdTime":"x","meetingCameraCap":-4,"usersPolicies":[],"voiceSettings":7,
            "audioBridge":{},"cameraBridge":"carrier-pigeon","clientSettings":{"clientSettingsJson":[1]}}]}"#;
        let facts = StaticData::parse(odd).unwrap();
        assert_eq!((facts.meeting_camera_cap, facts.created_ms), (0, None));
        assert_eq!(facts.bridges.camera, Bridge::Unknown);
        assert_eq!(facts.settings, ClientSettings::default());
    }

    #[test]
    fn names_do_not_show_in_debug_output() {
        let facts = StaticData::parse(r#"{"meeting":[{"name":"Chez Ada","logoutUrl":"https://x/?token=1"}]}"#).unwrap();
        let shown = format!("{facts:?}");
        assert!(!shown.contains("Ada") && !shown.contains("token=1"), "{shown}");
    }
}
