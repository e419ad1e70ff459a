//! The system's own settings of a device, opened when the system denies it. Nothing of what is opened comes from outside:
//! every address and command stands here.

use crate::commands::DeviceKind;

/// Kinds of device whose setting can be opened here.
pub(crate) fn known() -> Vec<DeviceKind> {
    [DeviceKind::Microphone, DeviceKind::Speaker, DeviceKind::Camera]
        .into_iter()
        .filter(|kind| system::place(*kind).is_some())
        .collect()
}

/// Opens it; false where there is none.
pub(crate) fn open(kind: DeviceKind) -> bool {
    system::place(kind).is_some_and(system::go)
}

#[cfg(any(windows, target_os = "macos"))]
mod system {
    use super::DeviceKind;

    #[cfg(windows)]
    pub(super) fn place(kind: DeviceKind) -> Option<&'static str> {
        Some(match kind {
            DeviceKind::Microphone => "ms-settings:privacy-microphone",
            DeviceKind::Speaker => "ms-settings:sound",
            DeviceKind::Camera => "ms-settings:privacy-webcam",
        })
    }

    #[cfg(target_os = "macos")]
    pub(super) fn place(kind: DeviceKind) -> Option<&'static str> {
        Some(match kind {
            DeviceKind::Microphone => "x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone",
            DeviceKind::Speaker => "x-apple.systempreferences:com.apple.preference.sound",
            DeviceKind::Camera => "x-apple.systempreferences:com.apple.preference.security?Privacy_Camera",
        })
    }

    pub(super) fn go(address: &str) -> bool {
        open::that_detached(address).is_ok()
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
mod system {
    use super::DeviceKind;
    use std::env;

    /// A program and what it is told.
    pub(super) type Place = (&'static str, &'static [&'static str]);

    /// What desktops have, the first of them that is installed. GNOME's refuses to start elsewhere.
    fn places(kind: DeviceKind, desktop: &str) -> Vec<Place> {
        let (gnome, kde) = (desktop.contains("GNOME") || desktop.contains("Unity"), desktop.contains("KDE"));
        let mut places: Vec<Place> = Vec::new();
        match kind {
            DeviceKind::Camera if gnome => places.push(("gnome-control-center", &["camera"])),
            DeviceKind::Camera => {}
            DeviceKind::Microphone | DeviceKind::Speaker => {
                if gnome {
                    places.push(("gnome-control-center", &["sound"]));
                }
                if kde {
                    places.push(("systemsettings", &["kcm_pulseaudio"]));
                    places.push(("systemsettings5", &["kcm_pulseaudio"]));
                }
                places.push(("pavucontrol", &[]));
            }
        }
        places
    }

    pub(super) fn place(kind: DeviceKind) -> Option<Place> {
        let desktop = env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
        let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
        let installed = |place: &Place| folders.iter().any(|folder| folder.join(place.0).is_file());
        places(kind, &desktop).into_iter().find(installed)
    }

    pub(super) fn go((program, arguments): Place) -> bool {
        // Dropped without waiting: the runtime takes care of it when it ends.
        tokio::process::Command::new(program).args(arguments).spawn().is_ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_desktop_is_offered_what_it_has() {
            let first = |kind, desktop| places(kind, desktop).first().map(|place| place.0);
            assert_eq!(first(DeviceKind::Camera, "ubuntu:GNOME"), Some("gnome-control-center"));
            assert_eq!(first(DeviceKind::Camera, "XFCE"), None);
            assert_eq!(first(DeviceKind::Microphone, "KDE"), Some("systemsettings"));
            assert_eq!(first(DeviceKind::Speaker, ""), Some("pavucontrol"));
        }
    }
}
