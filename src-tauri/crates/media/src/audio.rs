//! Sound as 48 kHz mono `f32` between −1 and 1: constants, levels, re-chunking, limiting, mixing.

mod mixer;

pub use mixer::Mixer;

use std::collections::VecDeque;
use std::time::Duration;

/// Samples a second, everywhere.
pub const RATE: u32 = 48_000;
/// Samples of one processing frame (10 ms).
pub const FRAME: usize = 480;
/// Samples of one Opus packet (20 ms).
pub const PACKET: usize = 960;
/// Duration of [`FRAME`].
pub const FRAME_TIME: Duration = Duration::from_millis(10);
/// Duration of [`PACKET`].
pub const PACKET_TIME: Duration = Duration::from_millis(20);
/// What silence measures, in dBFS: no level is below.
pub const FLOOR_DB: f32 = -100.0;
/// Steps of the level shown to the person.
pub const STEPS: u8 = 28;

/// Root mean square of these samples in dBFS, [`FLOOR_DB`] to 0 or a little above; a full-scale sine is −3. Samples
/// that are no numbers count as silence.
#[must_use]
pub fn dbfs(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return FLOOR_DB;
    }
    let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    if power.is_finite() && power > 0.0 { (10.0 * power.log10()).max(FLOOR_DB) } else { FLOOR_DB }
}

/// The level in steps of 2 dB: −56 dBFS and below is 0, from −2 on [`STEPS`].
#[must_use]
pub fn steps(db: f32) -> u8 {
    let step = ((db + 58.0) / 2.0).floor();
    if step.is_nan() { 0 } else { step.clamp(0.0, f32::from(STEPS)) as u8 }
}

/// Level over time: rises at once, falls by 24 dB a second, so that a meter read ten times a second misses no word.
#[derive(Debug, Clone)]
pub struct LevelMeter {
    db: f32,
}

impl Default for LevelMeter {
    fn default() -> Self {
        Self { db: FLOOR_DB }
    }
}

impl LevelMeter {
    const FALL_DB_PER_SECOND: f32 = 24.0;

    /// A meter that has heard nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears some samples; best in frames of 10 to 20 ms.
    pub fn push(&mut self, samples: &[f32]) {
        let fallen = self.db - Self::FALL_DB_PER_SECOND * samples.len() as f32 / RATE as f32;
        self.db = dbfs(samples).max(fallen).max(FLOOR_DB);
    }

    /// dBFS now.
    #[must_use]
    pub fn db(&self) -> f32 {
        self.db
    }

    /// [`steps`] now.
    #[must_use]
    pub fn steps(&self) -> u8 {
        steps(self.db)
    }
}

/// Turns callbacks of odd sizes into pieces of one size. Bounded: when more than the capacity waits, the oldest samples
/// are dropped and counted.
#[derive(Debug, Clone)]
pub struct Rechunk {
    waiting: VecDeque<f32>,
    capacity: usize,
    dropped: u64,
}

impl Default for Rechunk {
    fn default() -> Self {
        Self::new(RATE as usize / 5)
    }
}

impl Rechunk {
    /// Holds at most `capacity` samples (at least one [`PACKET`]); the default is 200 ms.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(PACKET);
        Self { waiting: VecDeque::with_capacity(capacity), capacity, dropped: 0 }
    }

    /// Takes samples in.
    pub fn push(&mut self, samples: &[f32]) {
        let kept = &samples[samples.len().saturating_sub(self.capacity)..];
        let over = (self.waiting.len() + kept.len()).saturating_sub(self.capacity);
        self.waiting.drain(..over.min(self.waiting.len()));
        self.dropped += (over + samples.len() - kept.len()) as u64;
        self.waiting.extend(kept);
    }

    /// Fills the whole of `out`, or leaves it alone and says `false`.
    #[must_use]
    pub fn pop(&mut self, out: &mut [f32]) -> bool {
        if self.waiting.len() < out.len() {
            return false;
        }
        let count = out.len();
        for (to, sample) in out.iter_mut().zip(self.waiting.drain(..count)) {
            *to = sample;
        }
        true
    }

    /// Samples that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Does nothing wait?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Samples lost to overflow so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// Keeps peaks below −1 dBFS by turning down fast (within the frame) and up slowly (about 200 ms), so that many voices
/// at once do not crackle.
#[derive(Debug, Clone)]
pub struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { gain: 1.0 }
    }
}

impl Limiter {
    const CEILING: f32 = 0.891;
    /// Part of the way back to full gain for each sample.
    const RECOVERY: f32 = 1.0 / (0.2 * RATE as f32);

    /// A limiter at rest.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits in place; best in frames of 10 to 20 ms. What is no number becomes silence.
    pub fn process(&mut self, samples: &mut [f32]) {
        let mut peak = 0.0_f32;
        for sample in samples.iter_mut() {
            if !sample.is_finite() {
                *sample = 0.0;
            }
            peak = peak.max(sample.abs());
        }
        let wanted = if peak > Self::CEILING { Self::CEILING / peak } else { 1.0 };
        if self.gain >= 1.0 && wanted >= 1.0 {
            return;
        }
        if wanted < self.gain {
            // Down along the first 32 samples: no click; what still peaks on the way is clipped.
            let step = (wanted - self.gain) / 32.0_f32.min(samples.len() as f32);
            for sample in samples.iter_mut() {
                self.gain = (self.gain + step).max(wanted);
                *sample = (*sample * self.gain).clamp(-Self::CEILING, Self::CEILING);
            }
        } else {
            for sample in samples.iter_mut() {
                self.gain = (self.gain + (1.0 - self.gain) * Self::RECOVERY * 4.0).min(wanted);
                *sample = (*sample * self.gain).clamp(-Self::CEILING, Self::CEILING);
            }
            if self.gain > 0.999 {
                self.gain = 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32, amplitude: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| amplitude * (n as f32 * hz * std::f32::consts::TAU / RATE as f32).sin()).collect()
    }

    #[test]
    fn levels_are_dbfs() {
        assert_eq!(dbfs(&[]), FLOOR_DB);
        assert_eq!(dbfs(&[0.0; 480]), FLOOR_DB);
        assert_eq!(dbfs(&[f32::NAN; 480]), FLOOR_DB);
        assert_eq!(dbfs(&[f32::INFINITY; 480]), FLOOR_DB);
        assert!((dbfs(&sine(1000.0, 1.0, 4800)) + 3.01).abs() < 0.05);
        assert!((dbfs(&sine(1000.0, 0.1, 4800)) + 23.01).abs() < 0.05);
    }

    #[test]
    fn steps_cover_the_meter() {
        for (db, expected) in
            [(-100.0, 0), (-57.0, 0), (-56.0, 1), (-30.0, 14), (-2.0, 28), (0.0, 28), (6.0, 28), (f32::NAN, 0)]
        {
            assert_eq!(steps(db), expected, "{db}");
        }
    }

    #[test]
    fn a_meter_rises_at_once_and_falls_slowly() {
        let mut meter = LevelMeter::new();
        meter.push(&sine(1000.0, 0.5, FRAME));
        let loud = meter.db();
        assert!(loud > -10.0);
        for _ in 0..10 {
            meter.push(&[0.0; FRAME]);
        }
        assert!((loud - meter.db() - 2.4).abs() < 0.01);
        for _ in 0..1000 {
            meter.push(&[0.0; FRAME]);
        }
        assert_eq!(meter.db(), FLOOR_DB);
        assert_eq!(meter.steps(), 0);
    }

    #[test]
    fn odd_callbacks_become_frames_in_order() {
        let mut rechunk = Rechunk::default();
        let mut next_in = 0.0;
        let mut next_out = 0.0;
        let mut frame = [0.0; FRAME];
        for size in (0..500).map(|n| (n * 37) % 1024) {
            let samples: Vec<f32> = (0..size).map(|n| next_in + n as f32).collect();
            next_in += size as f32;
            rechunk.push(&samples);
            while rechunk.pop(&mut frame) {
                for sample in frame {
                    assert_eq!(sample, next_out);
                    next_out += 1.0;
                }
            }
        }
        assert_eq!(rechunk.dropped(), 0);
        assert!(next_in - next_out < FRAME as f32);
    }

    #[test]
    fn overflow_drops_the_oldest() {
        let mut rechunk = Rechunk::new(1000);
        rechunk.push(&[1.0; 900]);
        rechunk.push(&[2.0; 900]);
        assert_eq!((rechunk.len(), rechunk.dropped()), (1000, 800));
        rechunk.push(&[3.0; 5000]);
        assert_eq!((rechunk.len(), rechunk.dropped()), (1000, 5800));
        let mut out = [0.0; 1000];
        assert!(rechunk.pop(&mut out));
        assert!(out.iter().all(|s| *s == 3.0));
        assert!(!rechunk.pop(&mut out[..1]));
    }

    #[test]
    fn the_limiter_leaves_speech_alone_and_holds_shouting() {
        let mut limiter = Limiter::new();
        let quiet = sine(440.0, 0.5, FRAME);
        let mut out = quiet.clone();
        limiter.process(&mut out);
        assert_eq!(out, quiet);
        let mut loud = sine(440.0, 5.0, FRAME * 50);
        for frame in loud.chunks_mut(FRAME) {
            limiter.process(frame);
        }
        assert!(loud.iter().all(|s| s.abs() <= 0.892));
        // Turned down, not cut: the wave is still a sine.
        let last = &loud[FRAME * 49..];
        assert!((dbfs(last) + 4.0).abs() < 0.3, "{}", dbfs(last));
        // And back to full gain within two seconds.
        for _ in 0..200 {
            limiter.process(&mut quiet.clone());
        }
        let mut out = quiet.clone();
        limiter.process(&mut out);
        assert_eq!(out, quiet);
        let mut broken = [f32::NAN, f32::INFINITY, -9.0];
        limiter.process(&mut broken);
        assert!(broken.iter().all(|s| s.abs() <= 0.892));
    }
}
