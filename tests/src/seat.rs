//! A client in a process of its own, as a test sees it: orders in, view out. The program is `src/bin/seat.rs`.

use crate::place::{self, eventually};
use media::I420;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xtask::desk::{Desk, Folder};
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

/// How a client comes in.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Camera id; `None` leaves the system's.
    pub camera: Option<String>,
    /// Microphone id; `None` leaves the system's.
    pub microphone: Option<String>,
    /// Camera on from the start.
    pub camera_on: bool,
    /// Microphone closed at the start.
    pub muted: bool,
    /// Without a microphone.
    pub listen_only: bool,
}

/// What a client has told so far.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Newest value of each part of the view (`stage`, `me`, `sound`, `faces`, …).
    pub parts: BTreeMap<String, Value>,
    /// Public chat by id.
    pub chat: BTreeMap<String, Value>,
    /// Voices by user.
    pub voices: BTreeMap<String, Value>,
    /// Notices in their order.
    pub notices: Vec<Value>,
    /// What could be shared, after asking.
    pub screens: Vec<Value>,
    /// Microphone level, dBFS.
    pub level: f64,
    /// It has stopped.
    pub stopped: bool,
}

impl View {
    fn take(&mut self, line: &Value) {
        if let Some(level) = line["level"].as_f64() {
            self.level = level;
        } else if let Some(screens) = line["screens"].as_array() {
            self.screens.clone_from(screens);
        } else if line["failed"].is_string() {
            self.parts.insert("failed".to_owned(), line["failed"].clone());
        } else if line["stopped"] == true {
            self.stopped = true;
        } else if let Some(part) = line["change"]["part"].as_str() {
            let value = &line["change"]["value"];
            match part {
                "chat" => merge(&mut self.chat, value, "id"),
                "voices" => merge(&mut self.voices, value, "user"),
                "notice" => self.notices.push(value.clone()),
                _ => drop(self.parts.insert(part.to_owned(), value.clone())),
            }
        }
    }

    /// The part of that name, null before it was told.
    #[must_use]
    pub fn part(&self, name: &str) -> Value {
        self.parts.get(name).cloned().unwrap_or_default()
    }

    /// It is in class.
    #[must_use]
    pub fn in_class(&self) -> bool {
        self.part("stage")["kind"] == "inClass"
    }

    /// Streams of the others' cameras.
    #[must_use]
    pub fn others(&self) -> Vec<String> {
        let faces = self.part("faces");
        let all = faces.as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .filter(|face| face["mine"] == false)
            .filter_map(|face| Some(face["stream"].as_str()?.to_owned()))
            .collect()
    }
}

fn merge(list: &mut BTreeMap<String, Value>, change: &Value, key: &str) {
    for row in change["upsert"].as_array().into_iter().flatten() {
        list.insert(row[key].as_str().unwrap_or_default().to_owned(), row.clone());
    }
    for gone in change["remove"].as_array().into_iter().flatten() {
        list.remove(gone.as_str().unwrap_or_default());
    }
}

/// A running client.
#[derive(Debug)]
pub struct Seat {
    process: Process,
    input: ChildStdin,
    view: Arc<Mutex<View>>,
    folder: Folder,
    name: String,
}

impl Seat {
    /// Starts a client on `desk` and sends it into the class behind `link`. Its log stays as an artefact of that `name`.
    ///
    /// # Errors
    /// It is not built or cannot be started.
    pub fn take(name: &str, desk: &Desk, link: &str, arrival: &Arrival) -> Outcome<Self> {
        let folder = Folder::new()?;
        let log = place::artefact(&format!("logs/seat-{name}.log"))?;
        let log = std::fs::File::create(&log).map_err(|error| Trouble::file("write", &log, &error))?;
        let mut command = Command::new(place::program("seat", "PREAU_SEAT")?);
        command.args(["--join", link]).arg("--folder").arg(folder.path());
        for (flag, value) in [("--camera", &arrival.camera), ("--microphone", &arrival.microphone)] {
            if let Some(value) = value {
                command.args([flag, value]);
            }
        }
        for (flag, set) in
            [("--camera-on", arrival.camera_on), ("--muted", arrival.muted), ("--listen-only", arrival.listen_only)]
        {
            if set {
                command.arg(flag);
            }
        }
        desk.seat(&mut command);
        command.env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = Process::start("seat", &mut command)?;
        let (input, output) = (process.child().stdin.take(), process.child().stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(Trouble::new("the client has no pipes"));
        };
        let view = Arc::new(Mutex::new(View::default()));
        let told = Arc::clone(&view);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let (Ok(line), Ok(mut view)) = (serde_json::from_str(&line), told.lock()) {
                    view.take(&line);
                }
            }
        });
        Ok(Self { process, input, view, folder, name: name.to_owned() })
    }

    /// What it has told so far.
    #[must_use]
    pub fn view(&self) -> View {
        self.view.lock().map(|view| view.clone()).unwrap_or_default()
    }

    /// Its private folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until its view is so.
    ///
    /// # Errors
    /// It is not within 20 s, or the client ended.
    pub async fn until(&mut self, what: &str, so: impl Fn(&View) -> bool) -> Outcome<View> {
        let what = format!("{} of the client {}", what, self.name);
        let found = eventually(&what, Duration::from_secs(20), async || {
            let view = self.view();
            if so(&view) {
                return Some(Ok(view));
            }
            let ended = self.process.ended()?;
            Some(Err(Trouble::new(format!(
                "the client {} ended ({ended}): see artefacts/logs/seat-{}.log",
                self.name, self.name
            ))))
        })
        .await;
        match found {
            Ok(result) => result,
            Err(trouble) => Err(Trouble::new(format!("{trouble}; its view: {}", json!(self.view().parts)))),
        }
    }

    /// Sends an intent (`{"kind": …}`).
    ///
    /// # Errors
    /// The client is gone.
    pub fn wants(&mut self, intent: &Value) -> Outcome<()> {
        self.order(&json!({"intent": intent}))
    }

    /// Shows a source (`"own"`, `"screen"`, `{"stream": ID}`) at most that large; returns where its frames are recorded.
    ///
    /// # Errors
    /// The client is gone.
    pub fn show(&mut self, source: &Value, width: u32, height: u32) -> Outcome<PathBuf> {
        let file = self.folder.path().join("frames");
        self.order(&json!({"show": {"tile": 1, "source": source, "width": width, "height": height, "file": file}}))?;
        Ok(file)
    }

    /// Asks what could be shared: then in [`View::screens`].
    ///
    /// # Errors
    /// The client is gone.
    pub fn ask_screens(&mut self) -> Outcome<()> {
        self.order(&json!("screens"))
    }

    /// Leaves and ends.
    ///
    /// # Errors
    /// It does not end within 10 s.
    pub fn leave(mut self) -> Outcome<()> {
        self.order(&json!("stop"))?;
        self.process.finish(Duration::from_secs(10)).map(drop)
    }

    fn order(&mut self, order: &Value) -> Outcome<()> {
        writeln!(self.input, "{order}")
            .map_err(|error| Trouble::new(format!("the client {} is gone: {error}", self.name)))
    }
}

/// A frame that was shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// When, in milliseconds of the engine's clock.
    pub at_ms: u32,
    /// The picture.
    pub frame: I420,
}

/// Reads recorded frames; one that is not yet whole is left out.
///
/// # Errors
/// There is no recording.
pub fn recorded(file: &Path) -> Outcome<Vec<Shown>> {
    let mut reader = BufReader::new(std::fs::File::open(file).map_err(|error| Trouble::file("read", file, &error))?);
    let mut frames = Vec::new();
    let mut head = [0; 12];
    while reader.read_exact(&mut head).is_ok() {
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let mut data = vec![0; I420::bytes(number(0), number(4))];
        if reader.read_exact(&mut data).is_err() {
            break;
        }
        match I420::new(number(0), number(4), data) {
            Ok(frame) => frames.push(Shown { at_ms: number(8), frame }),
            Err(error) => return Err(Trouble::new(format!("the recording is not of whole pictures: {error}"))),
        }
    }
    Ok(frames)
}
