//! What the tests stand on: one side of a call with synthetic devices, and the window's end of the pictures.

use devices::{Devices, SilentDevices, SyntheticSet, SyntheticSpeaker, SystemDevices};
use engine::{Engine, EngineConfig, EngineEvent, FrameSink, IceServers, LegMedia, LegSpec, Tile, VideoSource};
use media::I420;
use media::scale::Fit;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Longest time anything may take on a machine under load.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The window: keeps the last hundred pictures.
#[derive(Default)]
pub(crate) struct Window {
    pictures: Mutex<VecDeque<Arc<I420>>>,
    delivered: AtomicU64,
}

impl Window {
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(crate) fn last(&self) -> Option<Arc<I420>> {
        self.pictures.lock().unwrap().back().cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<I420>> {
        self.pictures.lock().unwrap().iter().cloned().collect()
    }
}

impl FrameSink for Window {
    fn deliver(&self, _tile: u32, frame: Arc<I420>, _at_ms: u32) -> bool {
        let mut pictures = self.pictures.lock().unwrap();
        if pictures.len() == 100 {
            pictures.pop_front();
        }
        pictures.push_back(frame);
        self.delivered.fetch_add(1, Ordering::Relaxed);
        true
    }
}

/// One side of a call.
pub(crate) struct Side {
    pub(crate) engine: Engine,
    pub(crate) sink: Arc<Window>,
    events: mpsc::Receiver<EngineEvent>,
    recording: Option<TempDir>,
}

impl Side {
    /// A side with these synthetic devices (see `SyntheticSet`), or with none at all.
    pub(crate) fn start(set: &str) -> Self {
        if set.is_empty() {
            return Self::with(Arc::new(SilentDevices));
        }
        let mut set: SyntheticSet = set.parse().unwrap();
        set.first = true;
        if set.speakers.is_empty() {
            set.speakers.push(SyntheticSpeaker::Sink);
        }
        Self::with(Arc::new(SystemDevices::with_synthetic(set)))
    }

    /// A side without microphone that records what it hears.
    pub(crate) fn recording() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut set: SyntheticSet = "first;synthetic:silence".parse().unwrap();
        set.speakers.push(SyntheticSpeaker::Record(folder.path().join("heard.wav")));
        let mut side = Self::with(Arc::new(SystemDevices::with_synthetic(set)));
        side.recording = Some(folder);
        side
    }

    pub(crate) fn with(devices: Arc<dyn Devices>) -> Self {
        let sink = Arc::new(Window::default());
        let frames = Arc::clone(&sink) as Arc<dyn FrameSink>;
        let (engine, events) = Engine::start(EngineConfig { devices, frames }).unwrap();
        Self { engine, sink, events, recording: None }
    }

    /// Ends this side and gives what it heard.
    pub(crate) fn recorded(self) -> Vec<f32> {
        let folder = self.recording.unwrap();
        assert!(self.engine.shutdown(), "all threads end");
        let bytes = std::fs::read(folder.path().join("heard.wav")).unwrap();
        bytes[44..].chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect()
    }

    /// Has the speaker been given so many samples?
    pub(crate) fn has_recorded(&self, samples: u64) -> bool {
        let file = self.recording.as_ref().unwrap().path().join("heard.wav");
        std::fs::metadata(file).is_ok_and(|file| file.len() > 44 + 2 * samples)
    }

    /// Leg 1 with this in it.
    pub(crate) fn leg(&self, media: LegMedia) -> LegSpec {
        LegSpec { id: 1, media, ice: IceServers::default() }
    }

    pub(crate) fn show(&self, source: VideoSource, width: u32, height: u32) {
        self.engine.set_tiles(vec![Tile { id: 1, source, width, height, fit: Fit::Contain }]);
    }

    /// The next event of this kind; others are passed over.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&EngineEvent) -> bool) -> EngineEvent {
        let mut passed = Vec::new();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.unwrap();
                if wanted(&event) {
                    return event;
                }
                if !matches!(event, EngineEvent::Level { .. }) {
                    passed.push(event);
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("event did not come; others: {passed:?}"))
    }
}

/// Waits until something is so.
pub(crate) async fn settle(what: &str, so: impl Fn() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(20));
    let reached = tokio::time::timeout(PATIENCE, async {
        while !so() {
            look.tick().await;
        }
    })
    .await;
    assert!(reached.is_ok(), "waited in vain for {what}");
}

/// Peak signal-to-noise ratio of the luma of two pictures of one size, dB.
pub(crate) fn psnr(a: &I420, b: &I420) -> f64 {
    let (a, b) = (a.planes().0, b.planes().0);
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (sum / a.len() as f64).max(1e-9)).log10()
}

/// The description with the first digit of each fingerprint changed.
pub(crate) fn with_other_fingerprint(sdp: &str) -> String {
    let mut out = String::new();
    for line in sdp.lines() {
        match line.strip_prefix("a=fingerprint:sha-256 ") {
            Some(hex) => {
                let first = if hex.starts_with('0') { '1' } else { '0' };
                out.push_str("a=fingerprint:sha-256 ");
                out.push(first);
                out.push_str(&hex[1..]);
            }
            None => out.push_str(line),
        }
        out.push_str("\r\n");
    }
    assert_ne!(out, sdp);
    out
}

/// The description with a fingerprint of zeros and another hash.
pub(crate) fn with_zero_fingerprint(sdp: &str, hash: &str) -> String {
    let length = match hash {
        "sha-1" => 20,
        "sha-224" => 28,
        "sha-384" => 48,
        _ => 64,
    };
    let mut out = String::new();
    for line in sdp.lines() {
        if line.starts_with("a=fingerprint:") {
            out.push_str(&format!("a=fingerprint:{hash} {}", vec!["00"; length].join(":")));
        } else {
            out.push_str(line);
        }
        out.push_str("\r\n");
    }
    out
}
