//! The real window through WebKit's own WebDriver server: plain HTTP and JSON.

use crate::load;
use crate::place::{self, eventually};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::desk::Desk;
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const STARTS: Duration = Duration::from_secs(30);

/// A session with the window's page.
#[derive(Debug)]
pub struct Driver {
    http: reqwest::Client,
    session: String,
    server: Process,
    name: String,
}

/// Something on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element(String);

impl Driver {
    /// Starts `program` with `args` on `desk` and takes hold of its page. `environment` reaches the program.
    ///
    /// # Errors
    /// WebKitWebDriver is missing, or the window does not come up.
    pub async fn open(desk: &Desk, program: &Path, args: &[String], environment: &[(&str, String)]) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new("WebKitWebDriver");
        let log = place::artefact(&format!("logs/window-{port}.log"))?;
        let log = std::fs::File::create(&log).map_err(|error| Trouble::file("write", &log, &error))?;
        let copy = log.try_clone().map_err(|error| Trouble::new(format!("no log for the window: {error}")))?;
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(log).stderr(copy);
        desk.seat(&mut command);
        command
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(environment.iter().cloned());
        let server = Process::start("WebKitWebDriver", &mut command)?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()
            .map_err(|error| Trouble::new(format!("no HTTP client can be made: {error}")))?;
        let base = format!("http://127.0.0.1:{port}");
        eventually("WebKitWebDriver", STARTS, async || http.get(format!("{base}/status")).send().await.ok().map(drop))
            .await?;
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": program, "args": args}
        }}});
        let answer = call(http.post(format!("{base}/session")).json(&wanted)).await?;
        let id = answer["sessionId"]
            .as_str()
            .ok_or_else(|| Trouble::new(format!("no session with the window: {answer}")))?;
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { session: format!("{base}/session/{id}"), http, server, name })
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// The script throws, or the window is gone.
    pub async fn script(&self, script: &str, args: &[Value]) -> Outcome<Value> {
        self.post("execute/sync", &json!({"script": script, "args": args})).await
    }

    /// The element a script returns.
    ///
    /// # Errors
    /// As [`Driver::script`].
    pub async fn find(&self, script: &str, args: &[Value]) -> Outcome<Option<Element>> {
        let found = self.script(script, args).await?;
        Ok(found[ELEMENT].as_str().map(|id| Element(id.to_owned())))
    }

    /// Clicks with the real pointer; scrolls there first if need be.
    ///
    /// # Errors
    /// It cannot be clicked (covered, gone).
    pub async fn click(&self, element: &Element) -> Outcome<()> {
        self.post(&format!("element/{}/click", element.0), &json!({})).await.map(drop)
    }

    /// Types into a field, after emptying it.
    ///
    /// # Errors
    /// It cannot be typed into.
    pub async fn fill(&self, element: &Element, text: &str) -> Outcome<()> {
        self.post(&format!("element/{}/clear", element.0), &json!({})).await?;
        self.post(&format!("element/{}/value", element.0), &json!({"text": text})).await.map(drop)
    }

    /// Presses keys together (`Ctrl`, then the others), as a person would.
    ///
    /// # Errors
    /// The window is gone.
    pub async fn keys(&self, keys: &[&str]) -> Outcome<()> {
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key_code(key)}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key_code(key)}));
        let actions: Vec<Value> = down.chain(up).collect();
        self.post("actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}))
            .await
            .map(drop)
    }

    /// The process of the program, which the driver's server started.
    ///
    /// # Errors
    /// It has ended.
    pub fn program(&self) -> Outcome<u32> {
        let started = load::below(self.server.id(), &self.name);
        started.into_iter().next().ok_or_else(|| Trouble::new("the window has ended"))
    }

    /// Closes the window.
    ///
    /// # Errors
    /// It is gone already.
    pub async fn close(self) -> Outcome<()> {
        call(self.http.delete(&self.session)).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        call(self.http.post(format!("{}/{path}", self.session)).json(body)).await
    }
}

async fn call(request: reqwest::RequestBuilder) -> Outcome<Value> {
    let broken = |error: reqwest::Error| Trouble::new(format!("the window's driver does not answer: {error}"));
    let answer = request.send().await.map_err(broken)?;
    let ok = answer.status().is_success();
    let mut body: Value = answer.json().await.map_err(broken)?;
    if ok {
        Ok(body["value"].take())
    } else {
        Err(Trouble::new(format!("the window's driver refuses: {}", body["value"])))
    }
}

/// A port nobody listens on now.
///
/// # Errors
/// None is free.
pub fn free_port() -> Outcome<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Trouble::new(format!("no port is free on 127.0.0.1: {error}")))
}

/// WebDriver's private code points for keys without a letter.
fn key_code(key: &str) -> &str {
    match key {
        "Ctrl" => "\u{e009}",
        "Shift" => "\u{e008}",
        "Alt" => "\u{e00a}",
        "Enter" => "\u{e007}",
        "Escape" => "\u{e00c}",
        "Tab" => "\u{e004}",
        "Space" => " ",
        "ArrowDown" => "\u{e015}",
        "ArrowUp" => "\u{e013}",
        "ArrowLeft" => "\u{e012}",
        "ArrowRight" => "\u{e014}",
        "F6" => "\u{e036}",
        other => other,
    }
}
