//! Puts the parts together: runtime, engine, client, frames, window.

use crate::arguments::Arguments;
use crate::events::{AppEvent, Revised, STREAM};
use crate::frames::{Endpoint, Frames};
use crate::{commands, practice::Practice};
use client::{Client, ClientConfig, Event, JoinOrder};
use devices::{SyntheticSet, SystemDevices};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindowBuilder};
use tokio::sync::mpsc;

/// Where our own page comes from, by system.
const ORIGINS: &[&str] = &["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// What commands reach.
pub(crate) struct Shell {
    pub(crate) client: Client,
    pub(crate) endpoint: Endpoint,
    pub(crate) practice: Practice,
    revision: Arc<AtomicU64>,
}

impl Shell {
    /// Number of the last event sent.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }
}

/// Runs until the window is closed.
///
/// # Errors
/// When no window, no loopback port or no runtime can be had.
pub(crate) fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let handle = runtime.handle().clone();
    let app = tauri::Builder::default()
        .invoke_handler(commands::handler())
        .setup(move |app| {
            let folder = match arguments.config.clone() {
                Some(folder) => folder,
                None => app.path().app_config_dir()?,
            };
            let synthetic: SyntheticSet = arguments.synthetic().parse()?;
            let frames = Arc::new(Frames::default());
            let (client, events) = Client::start(ClientConfig {
                devices: Arc::new(SystemDevices::with_synthetic(synthetic)),
                frames: Arc::clone(&frames) as Arc<dyn engine::FrameSink>,
                runtime: handle.clone(),
                folder,
                camera: arguments.camera.clone(),
                microphone: arguments.microphone.clone(),
            })?;
            let endpoint = handle.block_on(frames.serve(client.engine().clone(), ORIGINS))?;
            let revision = Arc::new(AtomicU64::new(0));
            handle.spawn(pump(app.handle().clone(), events, Arc::clone(&revision)));
            let practice = Practice::new(arguments.pupils, app.path().app_cache_dir()?.join("voices"));
            app.manage(Shell { client, endpoint, practice, revision });
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Préau")
                .inner_size(1366.0, 768.0)
                .min_inner_size(1024.0, 640.0)
                .build()?;
            enter_at_start(app.handle(), &arguments);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let tauri::RunEvent::Exit = event {
            let shell = app.state::<Shell>();
            tauri::async_runtime::block_on(async {
                shell.client.stop().await;
                shell.practice.stop().await;
            });
        }
    });
    // Threads of the engine are joined by `stop`; what is left are sockets.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(())
}

fn enter_at_start(app: &AppHandle, arguments: &Arguments) {
    if arguments.practice {
        let (app, name) = (app.clone(), arguments.name.clone());
        tauri::async_runtime::spawn(async move {
            let shell = app.state::<Shell>();
            let name = name.unwrap_or_else(|| shell.client.store().settings().name);
            match shell.practice.open(&name).await {
                Ok(link) => shell.client.join(JoinOrder { practice: true, ..JoinOrder::quietly(link) }),
                Err(error) => tracing::error!(%error, "practice class could not start"),
            }
        });
    } else if let Some(link) = &arguments.join {
        app.state::<Shell>().client.join(JoinOrder::quietly(link));
    }
}

/// Numbers what the client tells and passes it to the window.
async fn pump(app: AppHandle, mut events: mpsc::Receiver<Event>, revision: Arc<AtomicU64>) {
    while let Some(event) = events.recv().await {
        let rev = revision.fetch_add(1, Ordering::AcqRel) + 1;
        let event = Revised { rev, event: AppEvent::from(event) };
        if app.emit(STREAM, event).is_err() {
            tracing::warn!("window did not take an event");
        }
    }
}
