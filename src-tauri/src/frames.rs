//! Pictures to the window: a loopback WebSocket with a random token, one binary message a frame.
//!
//! The window says which tiles it shows and how large ([`TileOrder`]), and gives a credit back for each frame it has
//! drawn. Without credit the newest frame of a tile waits in its slot and replaces the one before it: a slow window makes us
//! drop, never queue. Only the newest connection is served.
//!
//! Message to the window: tile `u32`, width `u16`, height `u16`, time `u32` in ms (little-endian), then I420.

use engine::{Engine, FrameSink, Tile, VideoSource};
use futures_util::{SinkExt, StreamExt};
use media::I420;
use media::scale::Fit;
use parking_lot::Mutex;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use ts_rs::TS;

/// Frames that may be on their way to the window for one tile.
const CREDITS: u8 = 2;
/// All tiles go out on one beat, a little faster than the 15 frames a second of a camera: a window drawn in software
/// then paints once for all faces, not once for each.
const BEAT: Duration = Duration::from_millis(60);
/// Most tiles served at once: a full page of faces, the screen, the own picture and a picker of windows.
const MAX_TILES: usize = 96;
/// Longest message read from the window, in bytes.
const MAX_ORDER: usize = 64 << 10;

/// Where the window finds its frames.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoint {
    /// `ws://127.0.0.1:PORT/frames`
    pub(crate) url: String,
    /// To be sent as the `token` query parameter.
    pub(crate) token: String,
}

/// What the window sends.
#[derive(Debug, Deserialize, TS)]
pub(crate) struct TileOrder {
    /// All tiles on screen now, when that changed.
    #[serde(default)]
    #[ts(optional)]
    tiles: Option<Vec<WindowTile>>,
    /// Tiles of which one frame was drawn.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<u32>>")]
    credit: Vec<u32>,
}

/// One tile of the window, in device pixels.
#[derive(Debug, Deserialize, TS)]
struct WindowTile {
    id: u32,
    source: TileSource,
    width: u32,
    height: u32,
    fit: TileFit,
}

/// What a tile shows.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum TileSource {
    Own,
    Stream { stream: String },
    Screen,
    Still { source: String },
}

/// How a picture of another shape fits.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
enum TileFit {
    Cover,
    Contain,
}

impl From<WindowTile> for Tile {
    fn from(tile: WindowTile) -> Self {
        let source = match tile.source {
            TileSource::Own => VideoSource::Own,
            TileSource::Stream { stream } => VideoSource::Stream(stream),
            TileSource::Screen => VideoSource::Screen,
            TileSource::Still { source } => VideoSource::Still(source),
        };
        let fit = match tile.fit {
            TileFit::Cover => Fit::Cover,
            TileFit::Contain => Fit::Contain,
        };
        Self { id: tile.id, source, width: tile.width.clamp(1, 4096), height: tile.height.clamp(1, 4096), fit }
    }
}

#[derive(Default)]
struct Slot {
    credits: u8,
    waiting: Option<(Arc<I420>, u32)>,
}

/// The sink the engine delivers to, and the state shared with the connection.
#[derive(Default)]
pub(crate) struct Frames {
    slots: Mutex<HashMap<u32, Slot>>,
    ready: Notify,
    replaced: Notify,
    engine: OnceLock<Engine>,
}

impl FrameSink for Frames {
    fn deliver(&self, tile: u32, frame: Arc<I420>, at_ms: u32) -> bool {
        let mut slots = self.slots.lock();
        let Some(slot) = slots.get_mut(&tile) else { return false };
        slot.waiting = Some((frame, at_ms));
        let may_go = slot.credits > 0;
        drop(slots);
        if may_go {
            self.ready.notify_one();
        }
        may_go
    }
}

impl Frames {
    /// Binds to a free loopback port and serves until the process ends. `engine` is told which tiles are wanted.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        engine: Engine,
        origins: &'static [&'static str],
    ) -> std::io::Result<Endpoint> {
        // Set once: `serve` is called once, at start.
        let _ = self.engine.set(engine);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("ws://{}/frames", listener.local_addr()?);
        let mut secret = [0u8; 24];
        rand::rng().fill_bytes(&mut secret);
        let token: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let endpoint = Endpoint { url, token: token.clone() };
        let frames = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&frames).connection(stream, token.clone(), origins));
            }
        });
        Ok(endpoint)
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, token: String, origins: &'static [&'static str]) {
        if stream.set_nodelay(true).is_err() {
            return;
        }
        #[expect(clippy::result_large_err, reason = "the callback's type is given by the crate")]
        let check = |request: &Request, response: Response| {
            if admits(request, &token, origins) {
                Ok(response)
            } else {
                tracing::warn!("frame connection refused");
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::FORBIDDEN;
                Err(refusal)
            }
        };
        let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default()
            .max_message_size(Some(MAX_ORDER))
            .write_buffer_size(0);
        let Ok(socket) = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config)).await else {
            return;
        };
        self.replaced.notify_waiters();
        let replaced = self.replaced.notified();
        self.slots.lock().clear();
        let (mut out, mut orders) = socket.split();
        let read = async {
            while let Some(Ok(message)) = orders.next().await {
                if let Message::Text(text) = message {
                    self.order(&text);
                }
            }
        };
        let write = async {
            let mut beat = tokio::time::Instant::now();
            loop {
                self.ready.notified().await;
                tokio::time::sleep_until(beat).await;
                beat = tokio::time::Instant::now() + BEAT;
                while let Some(message) = self.take() {
                    if out.send(Message::Binary(message.into())).await.is_err() {
                        return;
                    }
                }
            }
        };
        tokio::select! { () = read => {} () = write => {} () = replaced => {} }
    }

    fn order(&self, text: &str) {
        let Ok(order) = serde_json::from_str::<TileOrder>(text) else {
            tracing::warn!(bytes = text.len(), "tile order not understood");
            return;
        };
        let mut slots = self.slots.lock();
        if let Some(mut tiles) = order.tiles {
            tiles.truncate(MAX_TILES);
            slots.retain(|id, _| tiles.iter().any(|tile| tile.id == *id));
            for tile in &tiles {
                slots.entry(tile.id).or_insert(Slot { credits: CREDITS, waiting: None });
            }
            if let Some(engine) = self.engine.get() {
                engine.set_tiles(tiles.into_iter().map(Tile::from).collect());
            }
        }
        for id in order.credit {
            if let Some(slot) = slots.get_mut(&id) {
                slot.credits = (slot.credits + 1).min(CREDITS);
            }
        }
        drop(slots);
        self.ready.notify_one();
    }

    /// The next frame that has both a picture and a credit.
    fn take(&self) -> Option<Vec<u8>> {
        let (id, frame, at_ms) = {
            let mut slots = self.slots.lock();
            let (id, slot) = slots.iter_mut().find(|(_, slot)| slot.credits > 0 && slot.waiting.is_some())?;
            let (frame, at_ms) = slot.waiting.take()?;
            slot.credits -= 1;
            (*id, frame, at_ms)
        };
        let mut message = Vec::with_capacity(12 + frame.data().len());
        message.extend_from_slice(&id.to_le_bytes());
        message.extend_from_slice(&u16::try_from(frame.width).ok()?.to_le_bytes());
        message.extend_from_slice(&u16::try_from(frame.height).ok()?.to_le_bytes());
        message.extend_from_slice(&at_ms.to_le_bytes());
        message.extend_from_slice(frame.data());
        Some(message)
    }
}

/// Right path, right token, and a page of ours.
fn admits(request: &Request, token: &str, origins: &[&str]) -> bool {
    let origin = request.headers().get("origin").and_then(|value| value.to_str().ok());
    request.uri().path() == "/frames"
        && request.uri().query().and_then(|query| query.strip_prefix("token=")) == Some(token)
        && origin.is_some_and(|origin| origins.contains(&origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, origin: Option<&str>) -> Request {
        let mut request = tokio_tungstenite::tungstenite::http::Request::builder().uri(uri);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn only_our_own_page_with_the_token_gets_frames() {
        let ours = ["tauri://localhost"];
        assert!(admits(&request("/frames?token=abc", Some("tauri://localhost")), "abc", &ours));
        assert!(!admits(&request("/frames?token=abd", Some("tauri://localhost")), "abc", &ours));
        assert!(!admits(&request("/frames", Some("tauri://localhost")), "abc", &ours));
        assert!(!admits(&request("/frames?token=abc", Some("https://evil.example")), "abc", &ours));
        assert!(!admits(&request("/frames?token=abc", None), "abc", &ours));
    }

    #[test]
    fn a_slow_window_gets_the_newest_frame_and_no_queue() {
        let frames = Frames::default();
        frames.order(r#"{"tiles":[{"id":7,"source":{"kind":"own"},"width":4,"height":2,"fit":"cover"}]}"#);
        let picture = Arc::new(I420::black(4, 2));
        for at in 0..10 {
            frames.deliver(7, Arc::clone(&picture), at);
        }
        let first = frames.take().unwrap();
        assert_eq!(first[..12], [7, 0, 0, 0, 4, 0, 2, 0, 9, 0, 0, 0]);
        assert_eq!(first.len(), 12 + 12);
        assert!(frames.take().is_none());
        assert!(frames.deliver(7, Arc::clone(&picture), 10));
        assert!(frames.take().is_some());
        assert!(!frames.deliver(7, Arc::clone(&picture), 11));
        assert!(frames.take().is_none());
        frames.order(r#"{"credit":[7,7,7,99]}"#);
        assert!(frames.take().is_some());
    }

    #[test]
    fn a_tile_that_is_gone_takes_nothing_and_nonsense_is_dropped() {
        let frames = Frames::default();
        frames.order("{\"tiles\":7}");
        frames.order("\u{0}");
        assert!(!frames.deliver(1, Arc::new(I420::black(2, 2)), 0));
        assert!(frames.take().is_none());
    }
}
