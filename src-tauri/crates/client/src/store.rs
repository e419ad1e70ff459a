//! What is kept between runs: settings and recent classes in one small file each, links in the system's keyring.
//!
//! A class link is a secret (it lets its holder in), so the file knows only the class's name and host. Where there is no
//! keyring the link is kept in memory and [`Store::secrets_in_memory`] says so.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ts_rs::TS;

/// Most recent classes kept.
const MAX_RECENT: usize = 24;
/// Keyring service name.
const SERVICE: &str = "org.preau.desktop";
/// A locked keyring may wait for the person; the application does not.
const KEYRING_PATIENCE: Duration = Duration::from_secs(3);

/// The person's choices. Saved as they change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Language of the window.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// Text size in percent, 100–200.
    pub text_scale: u32,
    /// Name shown to the class where the link does not carry one.
    pub name: String,
    /// The device check was passed once.
    pub device_check_done: bool,
    /// Chosen microphone (`null`: the system's).
    pub microphone: Option<String>,
    /// Chosen speaker.
    pub speaker: Option<String>,
    /// Chosen camera.
    pub camera: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::System,
            theme: Theme::System,
            text_scale: 100,
            name: String::new(),
            device_check_done: false,
            microphone: None,
            speaker: None,
            camera: None,
        }
    }
}

/// Language of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// The system's, French where it is neither.
    #[default]
    System,
    /// French.
    Fr,
    /// English.
    En,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A class entered before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentClass {
    /// Id in this store.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Host it came from.
    #[serde(rename = "where")]
    pub place: String,
    /// Unix milliseconds.
    pub last_used: f64,
}

/// Settings, recent classes and their links.
pub struct Store {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    settings: Settings,
    recent: Vec<RecentClass>,
    links: HashMap<String, String>,
    in_memory: bool,
}

impl Store {
    /// Reads what is there; a file that cannot be read or parsed counts as absent and is replaced at the next change.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        let mut settings: Settings = read(&folder.join("settings.json"));
        settings.text_scale = settings.text_scale.clamp(100, 200);
        let state = State { settings, recent: read(&folder.join("recent.json")), ..State::default() };
        Self { folder: folder.to_owned(), state: Mutex::new(state) }
    }

    /// The settings now.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.state.lock().settings.clone()
    }

    /// Changes the settings and saves them.
    pub fn set_settings(&self, mut settings: Settings) {
        settings.text_scale = settings.text_scale.clamp(100, 200);
        let mut state = self.state.lock();
        state.settings = settings;
        write(&self.folder.join("settings.json"), &state.settings);
    }

    /// Recent classes, newest first.
    #[must_use]
    pub fn recent(&self) -> Vec<RecentClass> {
        self.state.lock().recent.clone()
    }

    /// Whether a link had to be kept in memory only.
    #[must_use]
    pub fn secrets_in_memory(&self) -> bool {
        self.state.lock().in_memory
    }

    /// Remembers a class that was entered. The same link replaces its older entry.
    pub async fn remember(&self, name: &str, place: &str, link: &str, at_ms: f64) {
        let id = {
            let mut state = self.state.lock();
            let known = state.recent.iter().position(|recent| recent.name == name && recent.place == place);
            let id = known.map_or_else(|| uuid::Uuid::new_v4().to_string(), |index| state.recent.remove(index).id);
            state.recent.insert(
                0,
                RecentClass { id: id.clone(), name: name.to_owned(), place: place.to_owned(), last_used: at_ms },
            );
            state.recent.truncate(MAX_RECENT);
            state.links.insert(id.clone(), link.to_owned());
            write(&self.folder.join("recent.json"), &state.recent);
            id
        };
        let link = link.to_owned();
        if keyring(move || entry(&id)?.set_password(&link)).await.is_none_or(|kept| kept.is_err()) {
            tracing::info!("keyring not available, link kept in memory");
            self.state.lock().in_memory = true;
        }
    }

    /// The link of a recent class, if it is still known.
    pub async fn link(&self, id: &str) -> Option<String> {
        if let Some(link) = self.state.lock().links.get(id).cloned() {
            return Some(link);
        }
        let id = id.to_owned();
        keyring(move || entry(&id)?.get_password()).await?.ok()
    }

    /// Forgets a class and its link.
    pub async fn forget(&self, id: &str) {
        {
            let mut state = self.state.lock();
            state.recent.retain(|recent| recent.id != id);
            state.links.remove(id);
            write(&self.folder.join("recent.json"), &state.recent);
        }
        let id = id.to_owned();
        // Not there or not reachable: nothing more can be forgotten.
        let _ = keyring(move || entry(&id)?.delete_credential()).await;
    }
}

fn entry(id: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, id)
}

/// Asks the keyring off the async threads; `None` when it does not answer in time.
async fn keyring<T: Send + 'static>(
    ask: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Option<keyring::Result<T>> {
    tokio::time::timeout(KEYRING_PATIENCE, tokio::task::spawn_blocking(ask)).await.ok()?.ok()
}

fn read<T: Default + for<'de> Deserialize<'de>>(path: &Path) -> T {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Whole or not at all: a crash while saving leaves the file that was there.
fn write(path: &Path, value: &impl Serialize) {
    let save = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let next = path.with_extension("next");
        let mut file = std::fs::File::create(&next)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.sync_all()?;
        std::fs::rename(next, path)
    };
    if let Err(error) = save() {
        tracing::warn!(kind = ?error.kind(), "settings could not be saved");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_a_broken_file_does_not_hurt() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        store.set_settings(Settings { language: Language::En, text_scale: 900, ..Settings::default() });
        let again = Store::open(folder.path()).settings();
        assert_eq!((again.language, again.text_scale), (Language::En, 200));
        std::fs::write(folder.path().join("settings.json"), b"{\"language\": 7").unwrap();
        assert_eq!(Store::open(folder.path()).settings(), Settings::default());
    }

    #[tokio::test]
    async fn a_link_is_never_written_to_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        store.remember("6e B", "bbb.example.org", "https://bbb.example.org/join?checksum=secret", 1.0).await;
        store.remember("6e B", "bbb.example.org", "https://bbb.example.org/join?checksum=newer", 2.0).await;
        assert_eq!(store.recent().len(), 1);
        let id = store.recent()[0].id.clone();
        assert_eq!(store.link(&id).await.as_deref(), Some("https://bbb.example.org/join?checksum=newer"));
        let kept = std::fs::read_to_string(folder.path().join("recent.json")).unwrap();
        assert!(!kept.contains("checksum"));
        store.forget(&id).await;
        assert!(store.recent().is_empty());
    }
}
