//! What the window may ask. Each command does one thing and answers at once or when it is done.

#![allow(clippy::needless_pass_by_value, reason = "Tauri hands commands their arguments and state by value")]

use crate::events::{DeviceState, ShareSource, Snapshot};
use crate::shell::Shell;
use crate::system_setting;
use client::{JoinOrder, RecentClass, Settings};
use meeting::Intent;
use serde::{Deserialize, Serialize};
use tauri::{State, ipc::Invoke};
use ts_rs::TS;

type ShellState<'a> = State<'a, Shell>;

/// All commands, for the builder.
pub(crate) fn handler() -> impl Fn(Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        snapshot,
        intent,
        join,
        join_practice,
        leave_ended,
        recent_classes,
        rejoin_class,
        forget_class,
        settings,
        set_settings,
        devices,
        choose_device,
        use_sound,
        preview_camera,
        play_test_sound,
        hear_myself,
        screen_sources,
        open_link,
        open_system_setting,
        clipboard_link,
    ]
}

/// Which choice of device is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DeviceKind {
    Microphone,
    Speaker,
    Camera,
}

#[tauri::command]
async fn snapshot(shell: ShellState<'_>) -> Result<Snapshot, ()> {
    // Taken before the view: an event in between is applied twice, never lost.
    let rev = shell.revision();
    let store = shell.client.store();
    Ok(Snapshot {
        rev,
        view: shell.client.snapshot().await,
        settings: store.settings(),
        recent: store.recent(),
        endpoint: shell.endpoint.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        system_languages: system_languages(),
        secrets_in_memory: store.secrets_in_memory(),
        system_settings: system_setting::known(),
    })
}

/// WebKit knows only languages whose locale is installed; the system knows what the person chose.
fn system_languages() -> Vec<String> {
    let named = |tag: &String| !matches!(tag.split('.').next(), Some("C" | "POSIX" | ""));
    let languages: Vec<String> = sys_locale::get_locales().filter(named).collect();
    if languages.is_empty() { vec!["fr".to_owned()] } else { languages }
}

#[tauri::command]
fn intent(shell: ShellState<'_>, intent: Intent) {
    shell.client.intent(intent);
}

/// How to come in, chosen at the device check.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Manner {
    listen_only: bool,
    camera: bool,
    unmuted: bool,
}

impl Manner {
    fn order(self, link: String) -> JoinOrder {
        JoinOrder {
            muted: !self.unmuted,
            listen_only: self.listen_only,
            camera: self.camera,
            ..JoinOrder::quietly(link)
        }
    }
}

#[tauri::command]
fn join(shell: ShellState<'_>, link: String, manner: Option<Manner>) {
    shell.client.join(manner.unwrap_or_default().order(link));
}

#[tauri::command]
async fn join_practice(shell: ShellState<'_>, manner: Option<Manner>) -> Result<(), String> {
    let link = shell.practice.open(&shell.client.store().settings().name).await.map_err(|error| error.to_string())?;
    shell.client.join(JoinOrder { practice: true, ..manner.unwrap_or_default().order(link) });
    Ok(())
}

#[tauri::command]
fn leave_ended(shell: ShellState<'_>) {
    shell.client.close_class();
}

#[tauri::command]
fn recent_classes(shell: ShellState<'_>) -> Vec<RecentClass> {
    shell.client.store().recent()
}

/// Enters a recent class; `false` when its link is not known any more.
#[tauri::command]
async fn rejoin_class(shell: ShellState<'_>, id: String, manner: Option<Manner>) -> Result<bool, ()> {
    let store = shell.client.store();
    let Some(link) = store.link(&id).await else { return Ok(false) };
    shell.client.join(manner.unwrap_or_default().order(link));
    Ok(true)
}

#[tauri::command]
async fn forget_class(shell: ShellState<'_>, id: String) -> Result<Vec<RecentClass>, ()> {
    shell.client.store().forget(&id).await;
    Ok(shell.client.store().recent())
}

#[tauri::command]
fn settings(shell: ShellState<'_>) -> Settings {
    shell.client.store().settings()
}

#[tauri::command]
fn set_settings(shell: ShellState<'_>, settings: Settings) {
    shell.client.store().set_settings(settings);
}

#[tauri::command]
async fn devices(shell: ShellState<'_>) -> Result<DeviceState, ()> {
    Ok(shell.client.devices().await.into())
}

#[tauri::command]
fn choose_device(shell: ShellState<'_>, kind: DeviceKind, id: Option<String>) {
    let engine = shell.client.engine();
    let store = shell.client.store();
    let mut settings = store.settings();
    match kind {
        DeviceKind::Microphone => {
            settings.microphone.clone_from(&id);
            engine.choose_microphone(id);
        }
        DeviceKind::Speaker => {
            settings.speaker.clone_from(&id);
            engine.choose_speaker(id);
        }
        DeviceKind::Camera => {
            settings.camera.clone_from(&id);
            engine.choose_camera(id);
        }
    }
    store.set_settings(settings);
    shell.client.tell_devices();
}

#[tauri::command]
fn use_sound(shell: ShellState<'_>, on: bool) {
    shell.client.engine().use_sound(on);
}

#[tauri::command]
fn preview_camera(shell: ShellState<'_>, on: bool) {
    shell.client.preview_camera(on);
}

#[tauri::command]
fn play_test_sound(shell: ShellState<'_>) {
    shell.client.engine().play_test_sound();
}

#[tauri::command]
fn hear_myself(shell: ShellState<'_>) {
    shell.client.engine().hear_myself();
}

#[tauri::command]
async fn screen_sources(shell: ShellState<'_>) -> Result<Vec<ShareSource>, ()> {
    let sources = shell.client.screens().await;
    Ok(sources
        .into_iter()
        .map(|source| ShareSource {
            screen: matches!(source.kind, devices::ScreenKind::Screen),
            id: source.id,
            title: source.title,
            width: source.width,
            height: source.height,
        })
        .collect())
}

/// Opens a web address outside, after the window has asked. Only `http` and `https`; never through a shell.
#[tauri::command]
fn open_link(url: String) -> bool {
    let allowed = url.len() <= 4096 && (url.starts_with("https://") || url.starts_with("http://"));
    allowed && open::that_detached(url).is_ok()
}

/// Opens the system's own setting of a device; `false` where there is none.
#[tauri::command]
async fn open_system_setting(kind: DeviceKind) -> bool {
    system_setting::open(kind)
}

/// A link to a class on the clipboard, offered beside the link field and never used by itself. An ordinary web address
/// is not offered: only what is a class by its form.
#[tauri::command]
async fn clipboard_link() -> Result<Option<String>, ()> {
    let text = tauri::async_runtime::spawn_blocking(|| arboard::Clipboard::new().ok()?.get_text().ok()).await;
    Ok(text.ok().flatten().filter(|text| client::is_class_link(text)))
}
