//! Pictures to the window: a loopback WebSocket with a random token, one binary message a beat.
//!
//! The window says which tiles it shows and how large ([`TileOrder`]), and gives a credit back for each frame it has
//! drawn. Without credit the newest frame of a tile waits in its slot and replaces the one before it: a slow window makes us
//! drop, never queue. Only the newest connection is served.
//!
//! Message to the window: frames end to end, each of tile `u32`, width `u16`, height `u16`, time `u32` in ms
//! (little-endian), then I420. One message for all faces: each costs the web view a shared memory and two wake-ups.

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
/// Bytes before the planes of a frame.
const HEADER: usize = 12;
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
    /// The processor draws the window: a WebGL context would only be emulated.
    pub(crate) software: bool,
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
        let endpoint = Endpoint { url, token: token.clone(), software: crate::graphics::drawn_in_software() };
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
                let message = self.take();
                if !message.is_empty() && out.send(Message::Binary(message.into())).await.is_err() {
                    return;
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

    /// All frames that may go now, end to end; empty if there is none.
    fn take(&self) -> Vec<u8> {
        let due: Vec<(u32, Arc<I420>, u32)> = {
            let mut slots = self.slots.lock();
            let ready = slots.iter_mut().filter(|(_, slot)| slot.credits > 0);
            ready
                .filter_map(|(id, slot)| {
                    let (frame, at_ms) = slot.waiting.take()?;
                    slot.credits -= 1;
                    Some((*id, frame, at_ms))
                })
                .collect()
        };
        let mut message = Vec::with_capacity(due.iter().map(|(_, frame, _)| HEADER + frame.data().len()).sum());
        for (id, frame, at_ms) in due {
            let (Ok(width), Ok(height)) = (u16::try_from(frame.width), u16::try_from(frame.height)) else { continue };
            message.extend_from_slice(&id.to_le_bytes());
            message.extend_from_slice(&width.to_le_bytes());
            message.extend_from_slice(&height.to_le_bytes());
            message.extend_from_slice(&at_ms.to_le_bytes());
            message.extend_from_slice(frame.data());
        }
        message
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
        let first = frames.take();
        assert_eq!(first[..12], [7, 0, 0, 0, 4, 0, 2, 0, 9, 0, 0, 0]);
        assert_eq!(first.len(), 12 + 12);
        assert!(frames.take().is_empty());
        assert!(frames.deliver(7, Arc::clone(&picture), 10));
        assert!(!frames.take().is_empty());
        assert!(!frames.deliver(7, Arc::clone(&picture), 11));
        assert!(frames.take().is_empty());
        frames.order(r#"{"credit":[7,7,7,99]}"#);
        assert!(!frames.take().is_empty());
    }

    #[test]
    fn all_tiles_of_a_beat_go_in_one_message() {
        let frames = Frames::default();
        let tile = |id: u32| format!(r#"{{"id":{id},"source":{{"kind":"own"}},"width":4,"height":2,"fit":"cover"}}"#);
        frames.order(&format!(r#"{{"tiles":[{},{},{}]}}"#, tile(1), tile(2), tile(3)));
        for id in [1, 3] {
            frames.deliver(id, Arc::new(I420::black(4, 2)), id);
        }
        let message = frames.take();
        let mut tiles: Vec<u8> = message.chunks_exact(24).map(|frame| frame[0]).collect();
        tiles.sort_unstable();
        assert_eq!((tiles, message.len()), (vec![1, 3], 48));
        assert!(frames.take().is_empty());
    }

    #[test]
    fn a_tile_that_is_gone_takes_nothing_and_nonsense_is_dropped() {
        let frames = Frames::default();
        frames.order("{\"tiles\":7}");
        frames.order("\u{0}");
        assert!(!frames.deliver(1, Arc::new(I420::black(2, 2)), 0));
        assert!(frames.take().is_empty());
    }
}
