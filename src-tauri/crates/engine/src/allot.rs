//! The budget put into effect: what is known of the legs goes into [`media::budget`], what it decides goes to the
//! encoders. Nobody else sets a bitrate.
//!
//! It decides when a leg is added, when the class's bound changes, and on a beat while anything is sent; with nothing to
//! send it sleeps. Tiles of the window do not count: on this wire a received stream has one encoding, chosen by its sender.

use crate::clock;
use crate::net::LegPort;
use media::budget::{Allocation, Budget, Camera, Demand, Line, Link, Screen};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often it is decided anew while anything is sent: a few reports of the other side apart (`media.md` §6.8).
const BEAT: Duration = Duration::from_millis(250);
/// Over how long the work of the encoders is measured: one key frame of a screen is no load.
const LOAD_OVER: Duration = Duration::from_secs(2);

/// What one video encoder may send, and what its work costs.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    kbps: AtomicU32,
    busy_us: AtomicU64,
}

impl Rate {
    /// What may be sent now, kbit/s; 0 is nothing at all.
    pub(crate) fn kbps(&self) -> u32 {
        self.kbps.load(Ordering::Relaxed)
    }

    /// The encoder has worked for so long.
    pub(crate) fn worked(&self, took: Duration) {
        self.busy_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }
}

/// What the sound encoder is told.
#[derive(Debug)]
pub(crate) struct AudioRate {
    kbps: AtomicU32,
    loss_percent: AtomicU32,
}

impl Default for AudioRate {
    fn default() -> Self {
        Self { kbps: AtomicU32::new(media::budget::AUDIO_KBPS), loss_percent: AtomicU32::new(10) }
    }
}

impl AudioRate {
    /// Bitrate in kbit/s, and the loss in percent that it is to be prepared for.
    pub(crate) fn now(&self) -> (u32, u8) {
        let loss = u8::try_from(self.loss_percent.load(Ordering::Relaxed)).unwrap_or(100);
        (self.kbps.load(Ordering::Relaxed), loss)
    }
}

/// What a leg sends, with its bound in kbit/s where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Audio,
    Camera { kbps: u32 },
    Screen { kbps: u32 },
}

/// The one who asks the budget.
pub(crate) struct Allotment {
    pub(crate) audio: Arc<AudioRate>,
    pub(crate) camera: Arc<Rate>,
    pub(crate) screen: Arc<Rate>,
    start: Instant,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    legs: Vec<(Weak<LegPort>, Sent)>,
    crowd_kbps: Option<u32>,
    budget: Budget,
    allocation: Allocation,
    load: Load,
}

impl Allotment {
    pub(crate) fn new() -> Self {
        Self {
            audio: Arc::default(),
            camera: Arc::default(),
            screen: Arc::default(),
            start: clock::now(),
            changed: Notify::new(),
            state: Mutex::default(),
        }
    }

    /// A new leg that sends this. It counts until it is closed.
    pub(crate) fn add(&self, port: &Arc<LegPort>, sent: Sent) {
        self.state.lock().legs.push((Arc::downgrade(port), sent));
        self.decide(clock::now());
        self.changed.notify_one();
    }

    /// What the class allows the own camera with so many faces on screen, kbit/s.
    pub(crate) fn bound_camera(&self, kbps: u32) {
        self.state.lock().crowd_kbps = Some(kbps);
        self.decide(clock::now());
        self.changed.notify_one();
    }

    /// What was decided last, with the reasons.
    pub(crate) fn allocation(&self) -> Allocation {
        self.state.lock().allocation.clone()
    }

    /// Keeps the beat; never ends by itself.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            if self.decide(clock::now()) {
                let _ = tokio::time::timeout(BEAT, self.changed.notified()).await;
            } else {
                self.changed.notified().await;
            }
        }
    }

    /// Decides, and says whether there is anything to send.
    fn decide(&self, now: Instant) -> bool {
        let mut state = self.state.lock();
        let busy = self.camera.busy_us.load(Ordering::Relaxed) + self.screen.busy_us.load(Ordering::Relaxed);
        let load = state.load.follow(now, Duration::from_micros(busy));
        let demand = state.demand(load);
        let allocation = state.budget.decide(now.saturating_duration_since(self.start), &demand);
        for line in &allocation.lines {
            note(*line, &state.allocation.lines);
        }
        if let Some(kbps) = allocation.audio_kbps {
            self.audio.kbps.store(kbps, Ordering::Relaxed);
        }
        self.audio.loss_percent.store(allocation.audio_loss_percent.into(), Ordering::Relaxed);
        self.camera.kbps.store(allocation.camera_kbps.unwrap_or(0), Ordering::Relaxed);
        self.screen.kbps.store(allocation.screen_kbps.unwrap_or(0), Ordering::Relaxed);
        state.allocation = allocation;
        !state.legs.is_empty()
    }
}

/// A new reason is worth a line in the log; a rate that follows its estimate only for somebody who looks closely.
fn note(line: Line, before: &[Line]) {
    let Line { share, kbps, reason } = line;
    match before.iter().find(|old| old.share == share) {
        Some(old) if *old == line => {}
        Some(old) if old.reason == reason => tracing::debug!(?share, kbps, ?reason, "bitrate follows"),
        _ => tracing::info!(?share, kbps, ?reason, "bitrate allotted"),
    }
}

impl State {
    fn demand(&mut self, encoder_load: Option<f32>) -> Demand {
        self.legs.retain(|(port, _)| port.strong_count() > 0);
        let mut demand = Demand { encoder_load, ..Demand::default() };
        for (port, sent) in &self.legs {
            let Some(port) = port.upgrade() else { continue };
            demand.link = worst(demand.link, &port);
            let estimate_kbps = port.estimate_kbps();
            match *sent {
                Sent::Audio => demand.audio = true,
                // The old leg and the new one, for a moment: the tighter one counts.
                Sent::Camera { kbps } => {
                    let camera = Camera { profile_kbps: kbps, crowd_kbps: self.crowd_kbps, estimate_kbps };
                    demand.camera = Some(demand.camera.map_or(camera, |other| Camera {
                        profile_kbps: other.profile_kbps.min(kbps),
                        estimate_kbps: least(other.estimate_kbps, estimate_kbps),
                        ..other
                    }));
                }
                Sent::Screen { kbps } => {
                    let screen = Screen { limit_kbps: kbps, estimate_kbps };
                    demand.screen = Some(demand.screen.map_or(screen, |other| Screen {
                        limit_kbps: other.limit_kbps.min(kbps),
                        estimate_kbps: least(other.estimate_kbps, estimate_kbps),
                    }));
                }
            }
        }
        demand
    }
}

fn least(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a.into_iter().chain(b).min()
}

/// The worst that any leg reports: all of them share the way out.
fn worst(link: Link, port: &LegPort) -> Link {
    let loss = port.loss_percent().map(|percent| percent as f32 / 100.0);
    Link {
        loss: link.loss.into_iter().chain(loss).reduce(f32::max),
        rtt: link.rtt.into_iter().chain(port.round_trip()).max(),
        ..link
    }
}

/// Part of one core that the encoders use.
#[derive(Debug, Default)]
struct Load {
    since: Option<(Instant, Duration)>,
    share: Option<f32>,
}

impl Load {
    /// `busy` is all their work so far.
    fn follow(&mut self, now: Instant, busy: Duration) -> Option<f32> {
        let (then, before) = *self.since.get_or_insert((now, busy));
        let passed = now.saturating_duration_since(then);
        if passed >= LOAD_OVER {
            self.share = Some(busy.saturating_sub(before).as_secs_f32() / passed.as_secs_f32());
            self.since = Some((now, busy));
        }
        self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::budget::{Reason, Share};

    fn leg(allotment: &Allotment, sent: Sent) -> Arc<LegPort> {
        let port = Arc::new(LegPort::new(1).0);
        allotment.add(&port, sent);
        port
    }

    fn lines(allotment: &Allotment) -> Vec<(Share, u32, Reason)> {
        allotment.allocation().lines.iter().map(|line| (line.share, line.kbps, line.reason)).collect()
    }

    #[test]
    fn a_leg_has_its_rate_before_its_first_picture_and_none_after_its_end() {
        let allotment = Allotment::new();
        assert!(!allotment.decide(allotment.start), "nothing is sent");
        let camera = leg(&allotment, Sent::Camera { kbps: 200 });
        let screen = leg(&allotment, Sent::Screen { kbps: 1500 });
        let _audio = leg(&allotment, Sent::Audio);
        assert_eq!((allotment.camera.kbps(), allotment.screen.kbps(), allotment.audio.now().0), (200, 1500, 30));
        drop((camera, screen));
        assert!(allotment.decide(allotment.start + BEAT));
        assert_eq!(lines(&allotment), [(Share::Audio, 30, Reason::Wanted)]);
        assert_eq!((allotment.camera.kbps(), allotment.screen.kbps()), (0, 0));
    }

    #[test]
    fn what_a_leg_thinks_possible_counts_at_the_next_beat_and_the_screen_goes_first() {
        let allotment = Allotment::new();
        let camera = leg(&allotment, Sent::Camera { kbps: 200 });
        camera.set_estimate_kbps(90);
        allotment.decide(allotment.start + BEAT);
        assert_eq!(lines(&allotment), [(Share::Camera, 90, Reason::Link)]);
        let screen = leg(&allotment, Sent::Screen { kbps: 1500 });
        screen.set_estimate_kbps(100);
        allotment.decide(allotment.start + 2 * BEAT);
        assert_eq!(lines(&allotment), [(Share::Screen, 190, Reason::Link), (Share::Camera, 0, Reason::Paused)]);
    }

    #[test]
    fn the_bound_of_the_class_is_followed_when_it_lasts() {
        let allotment = Allotment::new();
        let _camera = leg(&allotment, Sent::Camera { kbps: 200 });
        allotment.bound_camera(100);
        assert_eq!(allotment.camera.kbps(), 200, "faces come and go");
        allotment.decide(clock::now() + Duration::from_secs(3));
        assert_eq!(lines(&allotment), [(Share::Camera, 100, Reason::Crowd)]);
    }

    #[test]
    fn loss_makes_sound_more_robust_and_a_hot_computer_the_camera_cheaper() {
        let allotment = Allotment::new();
        let camera = leg(&allotment, Sent::Camera { kbps: 200 });
        camera.set_loss_percent(15);
        for second in 0..5 {
            allotment.camera.worked(Duration::from_millis(950));
            allotment.decide(allotment.start + Duration::from_secs(second));
        }
        assert_eq!(allotment.audio.now().1, 20);
        let slower = allotment.camera.kbps();
        assert!(slower < 160, "{slower}");
    }
}
