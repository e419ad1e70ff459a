//! The pupils' cameras: one thread that paints and encodes the faces somebody looks at, and no
//! others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use codecs::{VideoEncoder, VideoProfile, vp8};
use media::face::FacePainter;
use media::vp8::Packetizer;
use tokio::sync::mpsc;

use crate::sfu::{Order, SourceId, Tap};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;
const KBPS: u32 = 120;
/// 15 pictures a second.
const PICTURE: Duration = Duration::from_micros(66_667);
/// Requests that may wait; the cast waits when it is full.
const REQUESTS: usize = 256;
/// An encoder nobody looks at is given back after so many pictures.
const KEPT: u32 = 15 * 10;

enum Request {
    Open {
        source: SourceId,
        seed: u64,
        tap: Arc<Tap>,
    },
    Close {
        source: SourceId,
    },
    /// The mouth for the pictures to come.
    Speak {
        source: SourceId,
        mouth: Vec<f32>,
    },
    Stop,
}

/// Handle to the thread.
#[derive(Clone)]
pub(crate) struct Studio(SyncSender<Request>);

impl Studio {
    /// Starts the thread. It ends when told to, or when nobody holds a handle any more.
    pub(crate) fn start(orders: mpsc::Sender<Order>) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, inbox) = sync_channel(REQUESTS);
        let thread =
            std::thread::Builder::new().name("classroom-faces".to_owned()).spawn(move || run(&inbox, &orders))?;
        Ok((Self(sender), thread))
    }

    pub(crate) fn open(&self, source: SourceId, seed: u64, tap: Arc<Tap>) {
        self.ask(Request::Open { source, seed, tap });
    }

    pub(crate) fn close(&self, source: SourceId) {
        self.ask(Request::Close { source });
    }

    pub(crate) fn speak(&self, source: SourceId, mouth: Vec<f32>) {
        self.ask(Request::Speak { source, mouth });
    }

    pub(crate) fn stop(&self) {
        self.ask(Request::Stop);
    }

    fn ask(&self, request: Request) {
        // A thread that has ended has nothing to paint any more.
        let _ = self.0.send(request);
    }
}

struct Face {
    tap: Arc<Tap>,
    painter: FacePainter,
    packetizer: Packetizer,
    encoder: Option<vp8::Encoder>,
    unseen: u32,
    mouth: std::vec::IntoIter<f32>,
    timestamp: u32,
}

fn run(inbox: &Receiver<Request>, orders: &mpsc::Sender<Order>) {
    let mut faces: BTreeMap<SourceId, Face> = BTreeMap::new();
    let start = Instant::now();
    let mut picture = 0_u64;
    let mut encoded = Vec::new();
    loop {
        let due = start + PICTURE.mul_f64(picture as f64);
        let wait = due.saturating_duration_since(Instant::now());
        match inbox.recv_timeout(wait) {
            Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Request::Open { source, seed, tap }) => {
                let face = Face {
                    tap,
                    painter: FacePainter::new(seed),
                    packetizer: Packetizer::new((seed as u16) << 3),
                    encoder: None,
                    unseen: 0,
                    mouth: Vec::new().into_iter(),
                    timestamp: (seed as u32).wrapping_mul(90_000),
                };
                faces.insert(source, face);
            }
            Ok(Request::Close { source }) => {
                faces.remove(&source);
            }
            Ok(Request::Speak { source, mouth }) => {
                if let Some(face) = faces.get_mut(&source) {
                    face.mouth = mouth.into_iter();
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                for (source, face) in &mut faces {
                    face.next_picture(picture, *source, orders, &mut encoded);
                }
                // Pictures that came too late are left out.
                let now = (start.elapsed().as_secs_f64() / PICTURE.as_secs_f64()) as u64;
                picture = (picture + 1).max(now);
            }
        }
    }
}

impl Face {
    fn next_picture(&mut self, picture: u64, source: SourceId, orders: &mpsc::Sender<Order>, encoded: &mut Vec<u8>) {
        let talking = self.mouth.next().unwrap_or(0.0);
        if self.tap.viewers.load(Ordering::Relaxed) == 0 {
            self.unseen += 1;
            if self.unseen > KEPT {
                self.encoder = None;
            }
            return;
        }
        self.unseen = 0;
        if self.encoder.is_none() {
            self.encoder = Some(vp8::Encoder::new(VideoProfile::Camera, KBPS));
        }
        let Some(encoder) = &mut self.encoder else { return };
        let key = self.tap.key_frame.swap(false, Ordering::Relaxed);
        let frame = self.painter.paint(picture, talking, WIDTH, HEIGHT);
        let pts = picture * 1000 / 15;
        match encoder.encode(&frame, pts, key, encoded) {
            Ok(outcome) if !outcome.dropped => {}
            _ => return,
        }
        let timestamp = self.timestamp.wrapping_add((picture as u32).wrapping_mul(6000));
        for part in self.packetizer.packetize(encoded) {
            // A full queue drops the packet; whoever misses it asks again.
            let _ = orders.try_send(Order::Inject { source, timestamp, marker: part.marker, payload: part.bytes });
        }
    }
}
