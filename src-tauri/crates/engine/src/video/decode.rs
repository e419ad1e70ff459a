//! The decode thread: VP8 of everybody → picture → tiles.
//!
//! One thread for all streams: sixteen small faces cost it a few percent of a core, and sixteen threads would cost more
//! in wake-ups than in decoding. Streams that no tile shows are not decoded at all.

use super::Show;
use crate::api::{EngineEvent, VideoSource};
use crate::clock;
use crate::events::Events;
use crate::net::{LegPort, count};
use crate::threads::Worker;
use codecs::VideoDecoder;
use media::vp8::VideoFrame;
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Frames of one stream that may wait. Overflow: all of them are dropped and a key frame is asked for.
const QUEUE: usize = 12;
/// A leg without frames for so long is told to have stopped.
const STOPPED: Duration = Duration::from_secs(5);
/// How often that is looked after.
const LOOK: Duration = Duration::from_millis(500);

struct Stream {
    source: VideoSource,
    port: Arc<LegPort>,
    queue: VecDeque<VideoFrame>,
    /// Nothing but a key frame can be decoded.
    needs_key: bool,
    /// Seen by a tile at the last look.
    shown: bool,
    broken: Arc<AtomicBool>,
    last: Option<Instant>,
    flowing: bool,
}

#[derive(Default)]
struct State {
    streams: HashMap<u64, Stream>,
    /// Streams with something in their queue, each once.
    ready: VecDeque<u64>,
    gone: Vec<u64>,
    next_key: u64,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    show: Arc<Show>,
    events: Events,
}

/// The decode thread, as the engine holds it.
pub(crate) struct Decode {
    shared: Arc<Shared>,
    thread: Worker,
}

/// The network's end of a stream; the stream is forgotten when it is dropped.
pub(crate) struct FrameInlet {
    shared: Arc<Shared>,
    key: u64,
    broken: Arc<AtomicBool>,
}

impl FrameInlet {
    /// A whole frame has come.
    pub(crate) fn push(&self, frame: VideoFrame) {
        let mut state = self.shared.state.lock();
        let Some(stream) = state.streams.get_mut(&self.key) else { return };
        stream.last = Some(clock::now());
        if !stream.flowing {
            stream.flowing = true;
            self.shared.events.tell(EngineEvent::Frames { leg: stream.port.id, flowing: true });
        }
        if !stream.shown {
            stream.needs_key = true;
            return;
        }
        if stream.needs_key && !frame.key {
            stream.port.ask_key_at_most(clock::now());
            return;
        }
        stream.needs_key = false;
        if stream.queue.len() >= QUEUE {
            count(&stream.port.counts.frames_dropped, stream.queue.len());
            stream.queue.clear();
            if !frame.key {
                count(&stream.port.counts.frames_dropped, 1);
                stream.needs_key = true;
                stream.port.ask_key_at_most(clock::now());
                return;
            }
        }
        stream.queue.push_back(frame);
        if stream.queue.len() == 1 && !state.ready.contains(&self.key) {
            state.ready.push_back(self.key);
        }
        drop(state);
        self.shared.wake.notify_one();
    }

    /// Did the decoder refuse a frame since the last call?
    pub(crate) fn take_broken(&self) -> bool {
        self.broken.swap(false, Ordering::Relaxed)
    }
}

impl Drop for FrameInlet {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.streams.remove(&self.key);
        state.gone.push(self.key);
    }
}

impl Decode {
    pub(crate) fn start(show: Arc<Show>, events: Events) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), wake: Condvar::new(), show, events });
        let theirs = Arc::clone(&shared);
        let thread = Worker::spawn("preau-decode", move || run(&theirs))?;
        Ok(Self { shared, thread })
    }

    /// A new stream.
    pub(crate) fn add(&self, source: VideoSource, port: Arc<LegPort>) -> FrameInlet {
        let shown = self.shared.show.shows(&source);
        let broken = Arc::new(AtomicBool::new(false));
        let mut state = self.shared.state.lock();
        let key = state.next_key;
        state.next_key += 1;
        let stream = Stream {
            source,
            port,
            queue: VecDeque::new(),
            needs_key: true,
            shown,
            broken: Arc::clone(&broken),
            last: None,
            flowing: false,
        };
        state.streams.insert(key, stream);
        drop(state);
        self.shared.wake.notify_one();
        FrameInlet { shared: Arc::clone(&self.shared), key, broken }
    }

    /// The tiles were set: streams that have got one ask for a key frame.
    pub(crate) fn tiles_changed(&self) {
        let tiles = self.shared.show.tiles();
        for stream in self.shared.state.lock().streams.values_mut() {
            let shown = tiles.iter().any(|tile| tile.source == stream.source);
            if shown && !stream.shown && stream.needs_key {
                stream.port.ask_key();
            }
            if !shown {
                stream.queue.clear();
                stream.needs_key = true;
            }
            stream.shown = shown;
        }
    }

    /// Tells the thread to end.
    pub(crate) fn stop(&self) {
        self.shared.state.lock().stop = true;
        self.shared.wake.notify_one();
    }

    pub(crate) fn join_by(&mut self, deadline: Instant) -> bool {
        self.thread.join_by(deadline)
    }
}

/// What the thread is to do next.
enum Work {
    Decode { key: u64, frame: VideoFrame, source: VideoSource, port: Arc<LegPort>, broken: Arc<AtomicBool> },
    Forget(Vec<u64>),
    Look,
    Stop,
}

fn run(shared: &Shared) {
    let mut decoders: HashMap<u64, Box<dyn VideoDecoder>> = HashMap::new();
    let mut looked = clock::now();
    loop {
        match next(shared, looked) {
            Work::Stop => return,
            Work::Forget(gone) => gone.iter().for_each(|key| drop(decoders.remove(key))),
            Work::Look => {
                looked = clock::now();
                look(shared, looked);
            }
            Work::Decode { key, frame, source, port, broken } => {
                let decoder = match decoders.entry(key) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(place) => match codecs::vp8::Decoder::new() {
                        Ok(decoder) => place.insert(Box::new(decoder)),
                        Err(error) => {
                            tracing::error!(%error, "no vp8 decoder");
                            continue;
                        }
                    },
                };
                match decoder.decode(&frame.data) {
                    Ok(Some(picture)) => {
                        count(&port.counts.frames_decoded, 1);
                        shared.show.picture(&source, &Arc::new(picture));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(leg = port.id, %error, "frame could not be decoded");
                        decoders.remove(&key);
                        broken.store(true, Ordering::Relaxed);
                        if let Some(stream) = shared.state.lock().streams.get_mut(&key) {
                            stream.needs_key = true;
                            stream.queue.clear();
                        }
                    }
                }
            }
        }
    }
}

fn next(shared: &Shared, looked: Instant) -> Work {
    let mut state = shared.state.lock();
    loop {
        if state.stop {
            return Work::Stop;
        }
        let since = clock::now().saturating_duration_since(looked);
        if since >= LOOK && !state.streams.is_empty() {
            return Work::Look;
        }
        if !state.gone.is_empty() {
            return Work::Forget(std::mem::take(&mut state.gone));
        }
        while let Some(key) = state.ready.pop_front() {
            let Some(stream) = state.streams.get_mut(&key) else { continue };
            let Some(frame) = stream.queue.pop_front() else { continue };
            let work = Work::Decode {
                key,
                frame,
                source: stream.source.clone(),
                port: Arc::clone(&stream.port),
                broken: Arc::clone(&stream.broken),
            };
            // One frame of each stream in turn: a large picture does not make the small ones wait for long.
            if !stream.queue.is_empty() {
                state.ready.push_back(key);
            }
            return work;
        }
        if state.streams.is_empty() {
            shared.wake.wait(&mut state);
        } else {
            shared.wake.wait_for(&mut state, LOOK.saturating_sub(since));
        }
    }
}

/// Tells of streams that have stopped.
fn look(shared: &Shared, now: Instant) {
    for stream in shared.state.lock().streams.values_mut() {
        if stream.flowing && stream.last.is_some_and(|last| now.saturating_duration_since(last) > STOPPED) {
            stream.flowing = false;
            shared.events.tell(EngineEvent::Frames { leg: stream.port.id, flowing: false });
        }
    }
}
