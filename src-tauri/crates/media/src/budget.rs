//! Who may send how much. Nobody else sets a bitrate.
//!
//! In go the class's rules as upper bounds, what we send, and what is known of the link; out comes one allocation with
//! a reason per line: audio first, then the shared screen, then the own camera. How much a camera may send with so many
//! faces on screen is the server's rule (`media.md` §2.11), read from its settings; it comes in as a bound.
//!
//! With hysteresis: less because the link, the losses or the computer say so counts at once; every other change must
//! have been asked for during [`DEBOUNCE`]. What was paused comes back only when there is room to spare.

mod settle;

#[cfg(test)]
mod tests;

use settle::{Settled, Strain};
use std::time::Duration;

/// Opus, `media.md` §4.8.
pub const AUDIO_KBPS: u32 = 30;
/// The shared screen at most, `media.md` §3.7.
pub const SCREEN_KBPS: u32 = 1500;
/// The default camera profile (`medium`), `media.md` §2.10.
pub const CAMERA_KBPS: u32 = 200;
/// A change is made when it was wanted for so long.
pub const DEBOUNCE: Duration = Duration::from_millis(2500);

/// Opus where there is hardly any room: still good to understand.
const AUDIO_LEAST_KBPS: u32 = 20;
/// What RTP, UDP and IP add to fifty sound packets a second.
const AUDIO_OVERHEAD_KBPS: u32 = 24;
/// Less of a screen is worth nothing.
pub const SCREEN_LEAST_KBPS: u32 = 60;
/// Less of a camera is worth nothing.
pub const CAMERA_LEAST_KBPS: u32 = 30;

/// What is known about the way to the server; unknown is `None` and restricts nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Link {
    /// Capacity upwards for everything together, kbit/s.
    pub kbps: Option<u32>,
    /// Packets lost of those sent, 0 to 1.
    pub loss: Option<f32>,
    /// Round trip; over 400 ms loss is answered as if it were double, since nothing can be sent again in time.
    pub rtt: Option<Duration>,
}

/// The shared screen as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// What the server allows, kbit/s; never more than [`SCREEN_KBPS`] is given.
    pub limit_kbps: u32,
    /// What its leg's congestion control thinks possible.
    pub estimate_kbps: Option<u32>,
}

/// The own camera as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Camera {
    /// Bitrate of the chosen profile, kbit/s.
    pub profile_kbps: u32,
    /// What the server allows with so many faces on screen, kbit/s; `None` restricts nothing.
    pub crowd_kbps: Option<u32>,
    /// What its leg's congestion control thinks possible.
    pub estimate_kbps: Option<u32>,
}

/// Everything the decision depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Demand {
    /// Is sound sent?
    pub audio: bool,
    /// The shared screen, if any.
    pub screen: Option<Screen>,
    /// The own camera, if it is on.
    pub camera: Option<Camera>,
    /// The way up.
    pub link: Link,
    /// Part of one core the video encoders use, 0 to 1.
    pub encoder_load: Option<f32>,
}

/// Who gets something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// The microphone.
    Audio,
    /// The shared screen.
    Screen,
    /// The own camera.
    Camera,
}

/// Why it is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// All that was wanted.
    Wanted,
    /// Many faces are visible.
    Crowd,
    /// The link does not carry more.
    Link,
    /// Packets get lost.
    Loss,
    /// The computer does not encode more.
    Load,
    /// Nothing is left for it: paused.
    Paused,
}

/// One line of the allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// For whom.
    pub share: Share,
    /// How much; 0 is paused.
    pub kbps: u32,
    /// Why.
    pub reason: Reason,
}

/// What may be sent. A share that is not wanted is `None` and has no line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Opus bitrate.
    pub audio_kbps: Option<u32>,
    /// Loss the Opus encoder shall expect, percent (drives its forward error correction).
    pub audio_loss_percent: u8,
    /// Screen bitrate; 0 is paused.
    pub screen_kbps: Option<u32>,
    /// Camera bitrate; 0 is paused.
    pub camera_kbps: Option<u32>,
    /// Reasons, most important share first.
    pub lines: Vec<Line>,
}

/// Decides, with memory: see the module.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    audio: Option<Settled>,
    screen: Option<Settled>,
    camera: Option<Settled>,
    loss: Strain,
    load: Strain,
    expected_loss: ExpectedLoss,
}

/// A share before it is settled.
#[derive(Debug, Clone, Copy)]
struct Wish {
    kbps: u32,
    reason: Reason,
}

impl Wish {
    /// Lowers it, and says why if it does.
    fn at_most(self, kbps: u32, reason: Reason) -> Self {
        if kbps < self.kbps { Self { kbps, reason } } else { self }
    }

    /// Nothing rather than too little for sense.
    fn or_paused(self, needed: u32) -> Self {
        if self.kbps < needed { Self { kbps: 0, reason: Reason::Paused } } else { self }
    }
}

impl Budget {
    /// Nothing allocated yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides anew; call on every change and at least once a second.
    pub fn decide(&mut self, now: Duration, demand: &Demand) -> Allocation {
        let loss = demand.link.loss.filter(|loss| loss.is_finite());
        let far = demand.link.rtt.is_some_and(|rtt| rtt > Duration::from_millis(400));
        let weight = if far { 2.0 } else { 1.0 };
        let by_loss = self.loss.follow(now, loss.map(|loss| loss * weight), 0.10, 0.02);
        let by_load = self.load.follow(now, demand.encoder_load, 0.85, 0.50);

        let mut left = capacity(demand);
        let audio = demand.audio.then(|| audio(&mut left));
        let camera = demand.camera.map(|wanted| {
            let wish = allowed(wanted);
            (wanted, wish, needed(CAMERA_LEAST_KBPS, wish, self.camera))
        });
        let screen = demand.screen.map(|wanted| {
            let wish = Wish { kbps: wanted.limit_kbps.min(SCREEN_KBPS), reason: Reason::Wanted };
            let needed = needed(SCREEN_LEAST_KBPS, wish, self.screen);
            let by_loss = if wanted.estimate_kbps.is_some() { 1.0 } else { by_loss };
            // The camera keeps its least, if the screen has enough without it.
            let kept = camera.filter(|_| left.is_some_and(|left| left > 300)).map_or(0, |(_, _, needed)| needed);
            let room = left.map_or(u32::MAX, |left| left.saturating_sub(kept));
            let wish = strained(wish, by_loss, 1.0).at_most(room, Reason::Link);
            take(&mut left, wish.or_paused(needed))
        });
        let camera = camera.map(|(wanted, wish, needed)| {
            let by_loss = if wanted.estimate_kbps.is_some() { 1.0 } else { by_loss };
            let wish = strained(wish, by_loss, by_load).at_most(left.unwrap_or(u32::MAX), Reason::Link);
            take(&mut left, wish.or_paused(needed))
        });

        let mut lines = Vec::with_capacity(3);
        let mut settle = |share, memory: &mut Option<Settled>, wish: Option<Wish>| {
            let settled = wish.map(|wish| Settled::next(*memory, now, wish));
            *memory = settled;
            let settled = settled?;
            lines.push(Line { share, kbps: settled.kbps(), reason: settled.reason() });
            Some(settled.kbps())
        };
        let audio_kbps = settle(Share::Audio, &mut self.audio, audio);
        let screen_kbps = settle(Share::Screen, &mut self.screen, screen);
        let camera_kbps = settle(Share::Camera, &mut self.camera, camera);
        let audio_loss_percent = self.expected_loss.follow(now, loss);
        Allocation { audio_kbps, audio_loss_percent, screen_kbps, camera_kbps, lines }
    }
}

/// What the profile and the server's rule allow.
fn allowed(camera: Camera) -> Wish {
    let wish = Wish { kbps: camera.profile_kbps, reason: Reason::Wanted };
    camera.crowd_kbps.map_or(wish, |kbps| wish.at_most(kbps, Reason::Crowd))
}

/// Below this a share is paused; what was paused wants half as much again to come back, but never more than is allowed.
fn needed(least: u32, allowed: Wish, before: Option<Settled>) -> u32 {
    let paused = before.is_some_and(|settled| settled.kbps() == 0);
    (if paused { least * 3 / 2 } else { least }).min(allowed.kbps)
}

/// Room for everything: what is known of the link, or what the legs think possible if all of them think.
fn capacity(demand: &Demand) -> Option<u32> {
    let legs = [demand.screen.map(|screen| screen.estimate_kbps), demand.camera.map(|camera| camera.estimate_kbps)];
    let sum = legs.into_iter().flatten().try_fold(0_u32, |sum, estimate| Some(sum.saturating_add(estimate?)));
    let video = sum.filter(|_| demand.screen.is_some() || demand.camera.is_some());
    // The legs' estimates are about video; sound comes on top of them.
    let sound = if demand.audio { AUDIO_KBPS + AUDIO_OVERHEAD_KBPS } else { 0 };
    let video = video.map(|kbps| kbps.saturating_add(sound));
    match (demand.link.kbps, video) {
        (Some(link), Some(video)) => Some(link.min(video)),
        (link, video) => link.or(video),
    }
}

fn audio(left: &mut Option<u32>) -> Wish {
    let wish = Wish { kbps: AUDIO_KBPS, reason: Reason::Wanted };
    let room = left.map_or(u32::MAX, |left| left.saturating_sub(AUDIO_OVERHEAD_KBPS).max(AUDIO_LEAST_KBPS));
    *left = left.map(|left| left.saturating_sub(AUDIO_OVERHEAD_KBPS));
    take(left, wish.at_most(room, Reason::Link))
}

fn strained(wish: Wish, by_loss: f32, by_load: f32) -> Wish {
    let part = |factor: f32| (wish.kbps as f32 * factor) as u32;
    wish.at_most(part(by_loss), Reason::Loss).at_most(part(by_load), Reason::Load)
}

fn take(left: &mut Option<u32>, wish: Wish) -> Wish {
    *left = left.map(|left| left.saturating_sub(wish.kbps));
    wish
}

/// Loss the Opus encoder is told: in steps, up at once, down after ten quiet seconds.
#[derive(Debug, Clone, Copy, Default)]
struct ExpectedLoss {
    percent: Option<u8>,
    below_since: Option<Duration>,
}

impl ExpectedLoss {
    const STEPS: [u8; 4] = [30, 20, 10, 5];
    const DOWN_AFTER: Duration = Duration::from_secs(10);

    fn follow(&mut self, now: Duration, loss: Option<f32>) -> u8 {
        let current = self.percent.unwrap_or(10);
        let Some(loss) = loss else { return current };
        // Bursts are worse than their mean.
        let expected = loss.clamp(0.0, 1.0) * 150.0;
        let wanted = Self::STEPS.into_iter().find(|step| expected >= f32::from(*step)).unwrap_or(5);
        if wanted < current {
            let since = *self.below_since.get_or_insert(now);
            if now < since + Self::DOWN_AFTER {
                return current;
            }
        }
        self.below_since = None;
        self.percent = Some(wanted);
        wanted
    }
}
