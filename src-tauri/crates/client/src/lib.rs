//! Drivers around the meeting core: HTTP, control socket, media bridges, settings, and the one task that feeds
//! [`meeting::Meeting`] and obeys it.
//!
//! Invariant: nothing here decides. A driver reports a typed fault once and stops; trying again is the core's business.
//! It knows nothing of Tauri or of what the window looks like.

mod bridge;
mod clock;
mod control;
mod entry;
mod hub;
mod jar;
mod store;
mod web;

pub use store::{Language, RecentClass, Settings, Store, Theme};

use devices::{Devices, ScreenSource};
use engine::{DeviceList, Engine, EngineConfig, EngineStats, FrameSink};
use meeting::Intent;
use meeting::view::{Change, DeviceTrouble};
use parking_lot::Mutex;
use protocol::http::{JoinLink, parse_link};
use protocol::ids::Secret;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Events on their way to the window. When it is full the hub waits: the window's pump does nothing but pass them on.
const EVENTS: usize = 1024;
/// Orders on their way to the hub; a person cannot fill it.
const ORDERS: usize = 256;

/// What a client needs to start.
pub struct ClientConfig {
    /// Microphones, speakers, cameras, screens.
    pub devices: Arc<dyn Devices>,
    /// Where pictures go.
    pub frames: Arc<dyn FrameSink>,
    /// Where tasks run.
    pub runtime: tokio::runtime::Handle,
    /// Folder of the settings.
    pub folder: PathBuf,
    /// Camera to use in place of the saved one.
    pub camera: Option<String>,
    /// Microphone to use in place of the saved one.
    pub microphone: Option<String>,
}

/// A class to enter, and how.
#[derive(Debug, Clone)]
pub struct JoinOrder {
    /// What the person pasted.
    pub link: Secret,
    /// The practice class of this machine: it leaves no trace among the recent ones.
    pub practice: bool,
    /// Come in with the microphone closed.
    pub muted: bool,
    /// Come in without a microphone.
    pub listen_only: bool,
    /// Come in with the camera on, where that is allowed.
    pub camera: bool,
}

impl JoinOrder {
    /// Enters quietly: microphone closed, camera off.
    pub fn quietly(link: impl Into<String>) -> Self {
        Self { link: Secret::new(link), practice: false, muted: true, listen_only: false, camera: false }
    }
}

/// Whether a text is by its form a link to a class: signed, or already joined.
#[must_use]
pub fn is_class_link(text: &str) -> bool {
    matches!(parse_link(text), Ok(JoinLink::Api { .. } | JoinLink::Client(_)))
}

/// Something for the window.
#[derive(Debug, Clone)]
pub enum Event {
    /// The view of the class changed.
    Change(Change),
    /// Devices came, went or were chosen.
    Devices(DeviceList),
    /// Why microphone and camera cannot be used, if so.
    Troubles {
        /// The microphone.
        microphone: Option<DeviceTrouble>,
        /// The camera.
        camera: Option<DeviceTrouble>,
    },
    /// Ten times a second while the microphone is open.
    Level {
        /// dBFS.
        mic_db: f32,
        /// Somebody speaks into it.
        speaking: bool,
    },
    /// A class is being entered.
    Joined,
    /// The class is closed.
    Left,
    /// Recent classes changed.
    Recent(Vec<RecentClass>),
}

/// A running client: the engine and at most one class. Clones share it.
#[derive(Clone)]
pub struct Client {
    engine: Engine,
    store: Arc<Store>,
    orders: mpsc::Sender<hub::Order>,
    hub: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Client {
    /// Starts the engine and the task that owns the class.
    ///
    /// # Errors
    /// When the engine's threads cannot be started.
    pub fn start(config: ClientConfig) -> std::io::Result<(Self, mpsc::Receiver<Event>)> {
        let store = Arc::new(Store::open(&config.folder));
        let entered = config.runtime.enter();
        let (engine, engine_events) = Engine::start(EngineConfig { devices: config.devices, frames: config.frames })?;
        let settings = store.settings();
        engine.choose_microphone(config.microphone.or(settings.microphone));
        engine.choose_speaker(settings.speaker);
        engine.choose_camera(config.camera.or(settings.camera));
        let (orders, inbox) = mpsc::channel(ORDERS);
        let (events, outlet) = mpsc::channel(EVENTS);
        let hub = tokio::spawn(hub::run(engine.clone(), Arc::clone(&store), engine_events, inbox, events));
        drop(entered);
        Ok((Self { engine, store, orders, hub: Arc::new(Mutex::new(Some(hub))) }, outlet))
    }

    /// The media engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Settings and recent classes.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Enters a class; one that is open is left first.
    pub fn join(&self, order: JoinOrder) {
        self.order(hub::Order::Join(order));
    }

    /// Passes on what the person wants.
    pub fn intent(&self, intent: Intent) {
        self.order(hub::Order::Intent(intent));
    }

    /// The whole view of the class; `None` when there is none.
    pub async fn snapshot(&self) -> Option<Vec<Change>> {
        let (reply, answer) = oneshot::channel();
        self.order(hub::Order::Snapshot(reply));
        answer.await.ok().flatten()
    }

    /// Own camera for the device check, outside a class.
    pub fn preview_camera(&self, on: bool) {
        self.order(hub::Order::Preview(on));
    }

    /// Lists the devices again for the window.
    pub fn tell_devices(&self) {
        self.order(hub::Order::TellDevices);
    }

    /// Devices and choices. Off the async threads: listing may take some hundred milliseconds.
    pub async fn devices(&self) -> DeviceList {
        let engine = self.engine.clone();
        tokio::task::spawn_blocking(move || engine.devices()).await.unwrap_or_default()
    }

    /// Screens and windows that could be shared.
    pub async fn screens(&self) -> Vec<ScreenSource> {
        let engine = self.engine.clone();
        match tokio::task::spawn_blocking(move || engine.screens()).await {
            Ok(Ok(screens)) => screens,
            _ => Vec::new(),
        }
    }

    /// Figures of the engine.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        self.engine.stats()
    }

    /// Drops an ended class: back to the home screen. A class that runs is left.
    pub fn close_class(&self) {
        self.order(hub::Order::Close);
    }

    /// Leaves the class if there is one, and waits for it at most 3 s. The engine's threads are joined when the last
    /// handle to it is dropped.
    pub async fn stop(&self) {
        self.order(hub::Order::Stop);
        let hub = self.hub.lock().take();
        if let Some(hub) = hub
            && tokio::time::timeout(Duration::from_secs(3), hub).await.is_err()
        {
            tracing::warn!("class not left in time");
        }
    }

    fn order(&self, order: hub::Order) {
        if self.orders.try_send(order).is_err() {
            tracing::warn!("client is busy or stopped, order dropped");
        }
    }
}
