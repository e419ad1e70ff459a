//! A client without a window: the same `client` crate, ordered about by JSON lines on its input and telling what the
//! window would be told by JSON lines on its output. Its sound and display are those of its environment.

use clap::Parser;
use client::{Client, ClientConfig, Event, JoinOrder};
use devices::{SyntheticSet, SystemDevices};
use engine::{FrameSink, Tile, VideoSource};
use media::I420;
use media::scale::Fit;
use meeting::Intent;
use serde::Deserialize;
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

/// A client without a window.
#[derive(Parser)]
struct Arguments {
    /// Class to enter.
    #[arg(long)]
    join: String,
    /// Folder of its settings.
    #[arg(long)]
    folder: PathBuf,
    /// Camera id.
    #[arg(long)]
    camera: Option<String>,
    /// Microphone id.
    #[arg(long)]
    microphone: Option<String>,
    /// Come in with the microphone closed.
    #[arg(long)]
    muted: bool,
    /// Come in without a microphone.
    #[arg(long)]
    listen_only: bool,
    /// Come in with the camera on.
    #[arg(long)]
    camera_on: bool,
}

impl Arguments {
    fn synthetic(&self) -> String {
        let named = [&self.camera, &self.microphone].into_iter().flatten();
        named.filter(|id| id.starts_with("synthetic:")).cloned().collect::<Vec<_>>().join(";")
    }
}

/// An order on the input.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Order {
    /// What a person wants.
    Intent(Intent),
    /// Show this and write its frames to that file (width, height, milliseconds as little-endian `u32`, then I420).
    Show { tile: u32, source: Source, width: u32, height: u32, file: PathBuf },
    /// Show nothing.
    Hide,
    /// List what could be shared.
    Screens,
    /// Leave, stop and end.
    Stop,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    Own,
    Screen,
    Stream(String),
}

/// Frames of the one tile that is shown, into a file.
#[derive(Default)]
struct Recorder(Mutex<Option<(u32, File)>>);

impl FrameSink for Recorder {
    fn deliver(&self, tile: u32, frame: Arc<I420>, at_ms: u32) -> bool {
        let Ok(mut slot) = self.0.lock() else { return false };
        let Some((shown, file)) = slot.as_mut() else { return false };
        let head: Vec<u8> = [frame.width, frame.height, at_ms].iter().flat_map(|number| number.to_le_bytes()).collect();
        *shown == tile && file.write_all(&head).and_then(|()| file.write_all(frame.data())).is_ok()
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            runtime.block_on(sit(arguments, runtime.handle().clone()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no runtime can be made: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn sit(arguments: Arguments, runtime: tokio::runtime::Handle) {
    let recorder = Arc::new(Recorder::default());
    let synthetic = match arguments.synthetic().parse::<SyntheticSet>() {
        Ok(set) => set,
        Err(error) => return say(&json!({"failed": error.to_string()})),
    };
    let started = Client::start(ClientConfig {
        devices: Arc::new(SystemDevices::with_synthetic(synthetic)),
        frames: Arc::<Recorder>::clone(&recorder),
        runtime,
        folder: arguments.folder.clone(),
        camera: arguments.camera.clone(),
        microphone: arguments.microphone.clone(),
    });
    let (client, mut events) = match started {
        Ok(started) => started,
        Err(error) => return say(&json!({"failed": error.to_string()})),
    };
    let mut order = JoinOrder::quietly(arguments.join);
    order.muted = arguments.muted;
    order.listen_only = arguments.listen_only;
    order.camera = arguments.camera_on;
    client.join(order);
    let mut orders = lines();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => tell(&event),
                None => break,
            },
            line = orders.recv() => match line.as_deref().map(serde_json::from_str::<Order>) {
                None | Some(Ok(Order::Stop)) => break,
                Some(Ok(order)) => obey(&client, &recorder, order).await,
                Some(Err(error)) => say(&json!({"misunderstood": error.to_string()})),
            },
        }
    }
    client.stop().await;
    say(&json!({"stopped": true}));
}

async fn obey(client: &Client, recorder: &Recorder, order: Order) {
    match order {
        Order::Intent(intent) => client.intent(intent),
        Order::Show { tile, source, width, height, file } => {
            let source = match source {
                Source::Own => VideoSource::Own,
                Source::Screen => VideoSource::Screen,
                Source::Stream(stream) => VideoSource::Stream(stream),
            };
            if let (Ok(file), Ok(mut slot)) = (File::create(file), recorder.0.lock()) {
                *slot = Some((tile, file));
            }
            client.engine().set_tiles(vec![Tile { id: tile, source, width, height, fit: Fit::Contain }]);
        }
        Order::Hide => {
            client.engine().set_tiles(Vec::new());
            if let Ok(mut slot) = recorder.0.lock() {
                *slot = None;
            }
        }
        Order::Screens => {
            let screens: Vec<_> = client
                .screens()
                .await
                .into_iter()
                .map(|screen| json!({"id": screen.id, "title": screen.title}))
                .collect();
            say(&json!({"screens": screens}));
        }
        Order::Stop => {}
    }
}

fn tell(event: &Event) {
    match event {
        Event::Change(change) => say(&json!({"change": change})),
        Event::Level { mic_db, speaking } => say(&json!({"level": mic_db, "speaking": speaking})),
        Event::Devices(list) => {
            let names =
                |list: &[devices::DeviceInfo]| list.iter().map(|device| device.name.clone()).collect::<Vec<_>>();
            say(
                &json!({"microphones": names(&list.microphones), "speakers": names(&list.speakers), "cameras": names(&list.cameras)}),
            );
        }
        Event::Joined | Event::Left | Event::Recent(_) | Event::Troubles { .. } => {}
    }
}

fn say(value: &serde_json::Value) {
    println!("{value}");
}

/// Lines of the input; ends with it.
fn lines() -> tokio::sync::mpsc::Receiver<String> {
    let (send, receive) = tokio::sync::mpsc::channel(64);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if send.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receive
}
