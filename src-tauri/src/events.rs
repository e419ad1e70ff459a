//! The one stream of events to the window.

use crate::commands::DeviceKind;
use client::{Event, RecentClass, Settings};
use engine::DeviceList;
use meeting::view::{Change, DeviceTrouble};
use serde::Serialize;
use ts_rs::TS;

/// Name of the event the window listens to.
pub(crate) const STREAM: &str = "preau://event";

/// An event with its revision: the window drops what is not newer than its snapshot.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revised {
    #[ts(type = "number")]
    pub(crate) rev: u64,
    pub(crate) event: AppEvent,
}

/// Something the window should know.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum AppEvent {
    /// The view of the class changed.
    Change { change: Change },
    /// Devices came, went or were chosen.
    Devices { devices: DeviceState },
    /// Why microphone and camera cannot be used, if so.
    Troubles { microphone: Option<DeviceTrouble>, camera: Option<DeviceTrouble> },
    /// Ten times a second while the microphone is open.
    Level { mic_db: f32, speaking: bool },
    /// A class is being entered: a new view begins.
    Joined,
    /// The class is closed for good: back to the home screen.
    Left,
    /// Recent classes changed.
    Recent { classes: Vec<RecentClass> },
}

/// Everything the window needs to draw itself anew.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    #[ts(type = "number")]
    pub(crate) rev: u64,
    /// The class, if there is one.
    pub(crate) view: Option<Vec<Change>>,
    pub(crate) settings: Settings,
    pub(crate) recent: Vec<RecentClass>,
    pub(crate) endpoint: crate::frames::Endpoint,
    pub(crate) version: String,
    /// The languages the person set in the system, best first; French where it names none.
    pub(crate) system_languages: Vec<String>,
    /// Secrets cannot be kept in the system's keyring.
    pub(crate) secrets_in_memory: bool,
    /// Devices whose setting of the system can be opened.
    pub(crate) system_settings: Vec<DeviceKind>,
}

/// A device as the system names it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
}

/// Devices and choices.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceState {
    pub(crate) microphones: Vec<Device>,
    pub(crate) speakers: Vec<Device>,
    pub(crate) cameras: Vec<Device>,
    pub(crate) microphone: Option<String>,
    pub(crate) speaker: Option<String>,
    pub(crate) camera: Option<String>,
}

impl From<DeviceList> for DeviceState {
    fn from(list: DeviceList) -> Self {
        let plain = |devices: Vec<devices::DeviceInfo>| {
            devices.into_iter().map(|d| Device { id: d.id, name: d.name, is_default: d.is_default }).collect()
        };
        Self {
            microphones: plain(list.microphones),
            speakers: plain(list.speakers),
            cameras: plain(list.cameras),
            microphone: list.microphone,
            speaker: list.speaker,
            camera: list.camera,
        }
    }
}

impl From<Event> for AppEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Change(change) => Self::Change { change },
            Event::Devices(list) => Self::Devices { devices: list.into() },
            Event::Troubles { microphone, camera } => Self::Troubles { microphone, camera },
            Event::Level { mic_db, speaking } => Self::Level { mic_db, speaking },
            Event::Joined => Self::Joined,
            Event::Left => Self::Left,
            Event::Recent(classes) => Self::Recent { classes },
        }
    }
}

/// A screen or window that could be shared.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShareSource {
    pub(crate) id: String,
    pub(crate) title: String,
    /// A whole screen, not one window.
    pub(crate) screen: bool,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use meeting::Intent;

    /// Writes the window's types; `cargo xtask types` runs this and compares.
    #[test]
    fn types_for_the_window_are_written() {
        let config = ts_rs::Config::from_env();
        Revised::export_all(&config).unwrap();
        Snapshot::export_all(&config).unwrap();
        ShareSource::export_all(&config).unwrap();
        crate::frames::TileOrder::export_all(&config).unwrap();
        Intent::export_all(&config).unwrap();
    }
}
