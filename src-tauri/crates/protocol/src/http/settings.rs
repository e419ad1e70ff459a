//! The server's settings for clients (`settings.yml`, `session.md` §2.3), merged over defaults and read into types.

use serde_json::{Value, json};

/// What of the settings we use.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientSettings {
    /// `public.app.bbbWebBase`: path of the web application.
    pub bbb_web_base: String,
    /// `public.kurento.wsUrl` if set: absolute, or a path. See [`super::ClientUrl::sfu`].
    pub sfu_ws_url: Option<String>,
    /// `public.media.livekit.url` if set.
    pub livekit_url: Option<String>,
    /// `public.media.forceRelay`: media only through TURN.
    pub force_relay: bool,
    /// `public.media.transparentListenOnly`: the server offers, also for microphones (`media.md` §4.2).
    pub transparent_listen_only: bool,
    /// Time for audio to succeed, in milliseconds (`media.md` §4.10).
    pub audio_timeout_ms: u32,
    /// Heartbeat in milliseconds, 1,000–120,000 (`session.md` §4.4).
    pub stats_interval_ms: u32,
    /// Longest chat message in characters, 1–50,000.
    pub chat_max_length: u32,
    /// Camera qualities, at most 32 (`media.md` §2.10).
    pub camera_profiles: Vec<CameraProfile>,
    /// Profile by number of visible cameras, ascending, at most 32; empty when the server switched it off
    /// (`media.md` §2.11).
    pub camera_thresholds: Vec<QualityThreshold>,
    /// Bitrate of a shared screen in kbit/s, 50–20,000 (`media.md` §3.7).
    pub screen_kbps: u32,
}

/// A camera quality (`media.md` §2.10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameraProfile {
    /// `low`, `medium`, …
    pub id: String,
    /// Bitrate in kbit/s, 10–20,000.
    pub kbps: u32,
    /// Width in pixels, if the profile says.
    pub width: Option<u32>,
    /// Height in pixels, if the profile says.
    pub height: Option<u32>,
    /// Frames a second, if the profile says.
    pub fps: Option<u32>,
    /// Offered to people.
    pub in_menu: bool,
    /// Taken when nobody chose.
    pub default: bool,
}

/// From this number of visible cameras on, take that profile (`media.md` §2.11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QualityThreshold {
    /// Number of visible streams.
    pub streams: u32,
    /// [`CameraProfile::id`].
    pub profile: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self::read(&defaults())
    }
}

impl ClientSettings {
    /// Reads `clientSettingsJson`, deep-merged over BBB 3.0's defaults. Values of the wrong type or out of range are
    /// replaced by the default.
    #[must_use]
    pub fn merged(server: &Value) -> Self {
        let mut all = defaults();
        // Some servers send the settings as a string of JSON.
        let parsed = server.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        merge(&mut all, parsed.as_ref().unwrap_or(server));
        Self::read(&all)
    }

    /// The profile to start with.
    #[must_use]
    pub fn default_camera(&self) -> Option<&CameraProfile> {
        self.camera_profiles.iter().find(|profile| profile.default).or_else(|| self.camera_profiles.first())
    }

    /// Bitrate for the own camera when `visible` cameras are on screen somewhere, never above `chosen` (kbit/s).
    #[must_use]
    pub fn camera_kbps(&self, chosen: u32, visible: u32) -> u32 {
        let reached = self.camera_thresholds.iter().rev().find(|threshold| visible >= threshold.streams);
        reached
            .and_then(|threshold| self.camera_profiles.iter().find(|profile| profile.id == threshold.profile))
            .map_or(chosen, |profile| profile.kbps.min(chosen))
    }

    fn read(all: &Value) -> Self {
        let usual = defaults();
        let at = |path: &str| all.pointer(path);
        let flag = |path: &str| at(path).and_then(Value::as_bool).or(usual.pointer(path)?.as_bool());
        let text = |path: &str| at(path).and_then(Value::as_str).filter(|t| !t.is_empty() && t.len() <= 2048);
        let number = |path: &str, low: u32, high: u32| -> u32 {
            let read = |value: &Value| value.as_f64().filter(|n| (f64::from(low)..=f64::from(high)).contains(n));
            at(path).and_then(read).or_else(|| usual.pointer(path).and_then(read)).map_or(low, |n| n as u32)
        };
        let mut camera_profiles = profiles(at("/public/kurento/cameraProfiles"));
        if camera_profiles.is_empty() {
            camera_profiles = profiles(usual.pointer("/public/kurento/cameraProfiles"));
        }
        let adapt = flag("/public/kurento/cameraQualityThresholds/enabled").unwrap_or(true);
        Self {
            bbb_web_base: text("/public/app/bbbWebBase").unwrap_or("/bigbluebutton").to_owned(),
            sfu_ws_url: text("/public/kurento/wsUrl").map(str::to_owned),
            livekit_url: text("/public/media/livekit/url").map(str::to_owned),
            force_relay: flag("/public/media/forceRelay").unwrap_or(false),
            transparent_listen_only: flag("/public/media/transparentListenOnly").unwrap_or(true),
            audio_timeout_ms: number("/public/media/listenOnlyCallTimeout", 1_000, 120_000),
            stats_interval_ms: number("/public/stats/interval", 1_000, 120_000),
            chat_max_length: number("/public/chat/max_message_length", 1, 50_000),
            camera_thresholds: if adapt {
                let path = "/public/kurento/cameraQualityThresholds/thresholds";
                thresholds(at(path).filter(|list| list.is_array()).or_else(|| usual.pointer(path)))
            } else {
                Vec::new()
            },
            camera_profiles,
            screen_kbps: number("/public/kurento/screenshare/bitrate", 50, 20_000),
        }
    }
}

fn profiles(list: Option<&Value>) -> Vec<CameraProfile> {
    let one = |value: &Value| {
        let part = |path: &str| value.pointer(path).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let small = |path: &str, high: u32| part(path).filter(|n| (1..=high).contains(n));
        Some(CameraProfile {
            id: value.get("id")?.as_str().filter(|id| !id.is_empty() && id.len() <= 64)?.to_owned(),
            kbps: part("/bitrate").filter(|kbps| (10..=20_000).contains(kbps))?,
            width: small("/constraints/width", 7680),
            height: small("/constraints/height", 4320),
            fps: small("/constraints/frameRate", 120),
            in_menu: !value.get("hidden").and_then(Value::as_bool).unwrap_or(false),
            default: value.get("default").and_then(Value::as_bool).unwrap_or(false),
        })
    };
    list.and_then(Value::as_array).map(|list| list.iter().filter_map(one).take(32).collect()).unwrap_or_default()
}

fn thresholds(list: Option<&Value>) -> Vec<QualityThreshold> {
    let one = |value: &Value| {
        Some(QualityThreshold {
            streams: value.get("threshold")?.as_u64().and_then(|n| u32::try_from(n).ok())?,
            profile: value.get("profile")?.as_str()?.to_owned(),
        })
    };
    let mut list: Vec<_> =
        list.and_then(Value::as_array).map(|list| list.iter().filter_map(one).take(32).collect()).unwrap_or_default();
    list.sort_by_key(|threshold| threshold.streams);
    list
}

/// Objects are merged key by key, everything else is replaced. JSON's own depth limit bounds the recursion.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (_, Value::Null) => {}
        (base, over) => *base = over.clone(),
    }
}

/// BBB 3.0's own values for what we read (`media.md` §2.10, §2.11, §3.7, §4.2, §4.10).
fn defaults() -> Value {
    let hidden = |id: &str, kbps: u32| json!({"id": id, "bitrate": kbps, "hidden": true});
    json!({"public": {
        "app": {"bbbWebBase": "/bigbluebutton"},
        "stats": {"interval": 10_000},
        "chat": {"max_message_length": 5000},
        "media": {"transparentListenOnly": true, "forceRelay": false, "listenOnlyCallTimeout": 15_000},
        "kurento": {
            "screenshare": {"bitrate": 1500},
            "cameraProfiles": [
                hidden("low-u30", 30), hidden("low-u25", 40), hidden("low-u20", 50), hidden("low-u15", 70),
                hidden("low-u12", 90), hidden("low-u8", 100),
                {"id": "low", "bitrate": 100},
                {"id": "medium", "bitrate": 200, "default": true},
                {"id": "high", "bitrate": 500, "constraints": {"width": 1280, "height": 720, "frameRate": 15}},
                {"id": "hd", "bitrate": 800, "constraints": {"width": 1280, "height": 720, "frameRate": 30}},
                {"id": "fhd", "bitrate": 1500, "hidden": true, "constraints": {"width": 1920, "height": 1080}},
            ],
            "cameraQualityThresholds": {"enabled": true, "thresholds": [
                {"threshold": 8, "profile": "low-u8"}, {"threshold": 12, "profile": "low-u12"},
                {"threshold": 15, "profile": "low-u15"}, {"threshold": 20, "profile": "low-u20"},
                {"threshold": 25, "profile": "low-u25"}, {"threshold": 30, "profile": "low-u30"},
            ]},
        },
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_bbb() {
        let settings = ClientSettings::default();
        assert_eq!(settings.default_camera().map(|profile| (profile.id.as_str(), profile.kbps)), Some(("medium", 200)));
        assert_eq!(settings.camera_profiles.len(), 11);
        assert_eq!(
            (settings.screen_kbps, settings.stats_interval_ms, settings.audio_timeout_ms),
            (1500, 10_000, 15_000)
        );
        assert!(settings.transparent_listen_only && !settings.force_relay);
    }

    #[test]
    fn a_camera_gives_way_as_faces_multiply_and_never_exceeds_the_choice() {
        let settings = ClientSettings::default();
        for (visible, kbps) in [(0, 200), (7, 200), (8, 100), (12, 90), (29, 40), (30, 30), (500, 30)] {
            assert_eq!(settings.camera_kbps(200, visible), kbps, "{visible}");
        }
        assert_eq!(settings.camera_kbps(50, 8), 50);
    }

    #[test]
    fn servers_override_key_by_key() {
        let settings = ClientSettings::merged(&json!({"public": {
            "kurento": {"wsUrl": "wss://sfu.example.org/bbb-webrtc-sfu", "screenshare": {"bitrate": 2500},
                "cameraQualityThresholds": {"enabled": false}},
            "media": {"transparentListenOnly": false}, "stats": null,
        }}));
        assert_eq!(settings.sfu_ws_url.as_deref(), Some("wss://sfu.example.org/bbb-webrtc-sfu"));
        assert_eq!((settings.screen_kbps, settings.stats_interval_ms), (2500, 10_000));
        assert!(!settings.transparent_listen_only && settings.camera_thresholds.is_empty());
        assert_eq!(settings.camera_profiles.len(), 11);
        assert_eq!(
            ClientSettings::merged(&json!(r#"{"public":{"chat":{"max_message_length":7}}}"#)).chat_max_length,
            7
        );
    }

    #[test]
    fn nonsense_in_the_settings_leaves_the_defaults() {
        let settings = ClientSettings::merged(&json!({"public": {
            "app": {"bbbWebBase": ["x"]}, "stats": {"interval": -1}, "chat": {"max_message_length": 1e99},
            "media": "off", "kurento": {"cameraProfiles": [{"id": ""}, {"bitrate": 9}, 4], "screenshare": 3,
            "cameraQualityThresholds": {"thresholds": [{"threshold": "many"}]}},
        }}));
        let usual = ClientSettings::default();
        assert_eq!(settings, ClientSettings { camera_thresholds: Vec::new(), ..usual });
    }
}
