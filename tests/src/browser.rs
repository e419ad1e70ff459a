//! A real browser as classmate: Debian's Chromium without a window, with fake devices, told what to do over its DevTools
//! socket. The page it runs is ours (`tests/browser/classmate.js`) and speaks the same wire as BBB's own.

use crate::place::{self, eventually};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use xtask::desk::Folder;
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--remote-debugging-port=0",
    "--window-size=1366,768",
];

/// What the browser's devices give.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeDevices<'a> {
    /// Y4M clip for the camera; without one Chromium's own green picture.
    pub camera: Option<&'a Path>,
    /// WAV file for the microphone; without one Chromium's own beeps.
    pub microphone: Option<&'a Path>,
}

/// A running browser with one page.
#[derive(Debug)]
pub struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    process: Process,
    _profile: Folder,
}

impl Browser {
    /// Starts it.
    ///
    /// # Errors
    /// Chromium is missing or does not come up.
    pub async fn open(devices: FakeDevices<'_>) -> Outcome<Self> {
        let profile = Folder::new()?;
        let mut command = Command::new("chromium");
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display()));
        if let Some(camera) = devices.camera {
            command.arg(format!("--use-file-for-fake-video-capture={}", camera.display()));
        }
        if let Some(microphone) = devices.microphone {
            command.arg(format!("--use-file-for-fake-audio-capture={}", microphone.display()));
        }
        command.arg("about:blank").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start("chromium", &mut command)?;
        let told = profile.path().join("DevToolsActivePort");
        let port: u16 = eventually("Chromium", Duration::from_secs(30), async || {
            std::fs::read_to_string(&told).ok()?.lines().next()?.parse().ok()
        })
        .await?;
        let pages: Value = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| Trouble::new(format!("no HTTP client can be made: {error}")))?
            .get(format!("http://127.0.0.1:{port}/json/list"))
            .send()
            .await
            .map_err(|error| lost(&error))?
            .json()
            .await
            .map_err(|error| lost(&error))?;
        let address = pages
            .as_array()
            .and_then(|pages| pages.iter().find(|page| page["type"] == "page")?["webSocketDebuggerUrl"].as_str())
            .ok_or_else(|| Trouble::new("Chromium opened no page"))?;
        let (socket, _) = tokio_tungstenite::connect_async(address).await.map_err(|error| lost(&error))?;
        let mut browser = Self { socket, next: 0, process, _profile: profile };
        browser.command("Page.enable", json!({})).await?;
        browser.command("Page.setBypassCSP", json!({"enabled": true})).await?;
        Ok(browser)
    }

    /// Its process, the root of its tree.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Follows a join link to the class's page and puts our classmate there.
    ///
    /// # Errors
    /// The link does not lead to a class.
    pub async fn follow(&mut self, link: &str) -> Outcome<()> {
        self.command("Page.navigate", json!({"url": link})).await?;
        let limit = Duration::from_secs(15);
        let end = tokio::time::Instant::now() + limit;
        while !self
            .evaluate("location.search.includes('sessionToken=') && document.readyState === 'complete'")
            .await
            .is_ok_and(|there| there == true)
        {
            if tokio::time::Instant::now() > end {
                return Err(Trouble::new("the join link did not lead the browser to a class"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let file = place::root().join("tests/browser/classmate.js");
        let script = std::fs::read_to_string(&file).map_err(|error| Trouble::file("read", &file, &error))?;
        self.evaluate(&script).await.map(drop)
    }

    /// Evaluates an expression in the page and waits for its promise.
    ///
    /// # Errors
    /// It throws, or the browser is gone.
    pub async fn evaluate(&mut self, expression: &str) -> Outcome<Value> {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.command("Runtime.evaluate", params).await?;
        if answer["exceptionDetails"].is_object() {
            return Err(Trouble::new(format!(
                "the browser's page says: {}",
                answer["exceptionDetails"]["exception"]["description"]
            )));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// It is not within `limit`.
    pub async fn until(&mut self, expression: &str, limit: Duration) -> Outcome<()> {
        let end = tokio::time::Instant::now() + limit;
        loop {
            if self.evaluate(expression).await? == true {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                let state = self.evaluate("JSON.stringify(classmate.report())").await.unwrap_or_default();
                return Err(Trouble::new(format!(
                    "waited {} s in the browser for {expression}; it reports {state}",
                    limit.as_secs()
                )));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn command(&mut self, method: &str, params: Value) -> Outcome<Value> {
        self.next += 1;
        let id = self.next;
        let text = json!({"id": id, "method": method, "params": params}).to_string();
        self.socket.send(Message::text(text)).await.map_err(|error| lost(&error))?;
        let answer = async {
            while let Some(message) = self.socket.next().await {
                let message = message.map_err(|error| lost(&error))?;
                let Ok(text) = message.to_text() else { continue };
                let mut value: Value = serde_json::from_str(text).unwrap_or_default();
                if value["id"] == id {
                    return if value["error"].is_object() {
                        Err(Trouble::new(format!("the browser refuses {method}: {}", value["error"]["message"])))
                    } else {
                        Ok(value["result"].take())
                    };
                }
            }
            Err(Trouble::new("the browser closed its socket"))
        };
        tokio::time::timeout(Duration::from_secs(60), answer)
            .await
            .unwrap_or_else(|_| Err(Trouble::new(format!("the browser did not answer {method} in 60 s"))))
    }
}

fn lost(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(format!("the browser is lost: {error}"))
}
