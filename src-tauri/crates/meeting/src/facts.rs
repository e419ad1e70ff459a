//! What the server said before the control socket opened, read once into what the core needs.

use crate::{Bridge, Entry, text};
use protocol::http::{Bridge as WireBridge, ClientSettings};
use protocol::ids::Text;
use std::time::Duration;

/// Constants of this class.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) practice: bool,
    pub(crate) server: String,
    pub(crate) client_session: String,
    pub(crate) mute_on_start: bool,
    pub(crate) mods_may_mute: bool,
    /// `None`: carried by something we do not speak.
    pub(crate) audio_bridge: Option<Bridge>,
    pub(crate) camera_bridge: Option<Bridge>,
    pub(crate) screen_bridge: Option<Bridge>,
    /// 0 = no limit.
    pub(crate) user_camera_cap: u32,
    /// 0 = no limit.
    pub(crate) meeting_camera_cap: u32,
    pub(crate) chat: bool,
    /// Characters.
    pub(crate) chat_limit: u32,
    pub(crate) heartbeat: Duration,
    pub(crate) screen_kbps: u32,
    /// Unix milliseconds; 0 = unknown.
    pub(crate) created: i64,
    settings: ClientSettings,
}

fn bridge(wire: WireBridge) -> Option<Bridge> {
    match wire {
        WireBridge::Sfu => Some(Bridge::Sfu),
        WireBridge::LiveKit => Some(Bridge::LiveKit),
        WireBridge::FreeSwitch | WireBridge::Unknown => None,
    }
}

impl Facts {
    pub(crate) fn read(entry: &Entry) -> Self {
        let facts = &entry.facts;
        let settings = facts.settings.clone();
        Self {
            name: text::name(Some(&facts.name)),
            practice: entry.practice,
            server: text::name(Some(&Text::new(entry.server.clone()))),
            client_session: entry.client_session.clone(),
            mute_on_start: facts.voice.mute_on_start,
            mods_may_mute: facts.users_policies.moderators_can_mute,
            audio_bridge: bridge(facts.bridges.audio),
            camera_bridge: bridge(facts.bridges.camera),
            screen_bridge: bridge(facts.bridges.screen),
            user_camera_cap: facts.users_policies.user_camera_cap,
            meeting_camera_cap: facts.meeting_camera_cap,
            chat: !facts.disabled_features.iter().any(|feature| feature == "chat"),
            chat_limit: settings.chat_max_length.max(1),
            heartbeat: Duration::from_millis(u64::from(settings.stats_interval_ms.clamp(1_000, 120_000))),
            screen_kbps: settings.screen_kbps,
            created: facts.created_ms.filter(|ms| ms.is_finite()).map_or(0, |ms| ms as i64),
            settings,
        }
    }

    /// Bitrate of the own camera's profile, kbit/s: with it the server is told what may come at most.
    pub(crate) fn camera_kbps(&self) -> u32 {
        self.settings.default_camera().map_or(200, |profile| profile.kbps)
    }

    /// The most for the own camera when that many streams are on screen, kbit/s.
    pub(crate) fn camera_bound(&self, visible: usize) -> u32 {
        self.settings.camera_kbps(self.camera_kbps(), u32::try_from(visible).unwrap_or(u32::MAX))
    }
}
