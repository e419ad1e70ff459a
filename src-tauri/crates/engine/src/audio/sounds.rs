//! Sounds made here: the test chime, and one's own voice played back.

use media::audio::{FRAME, RATE};

/// How long one's own voice is recorded.
const RECORD: usize = 4 * RATE as usize;

/// A short pleasant chime: three notes of a major chord (C, E, G), each struck softly and fading, about 1.2 s.
pub(crate) fn chime() -> Vec<f32> {
    let rate = RATE as f32;
    let notes = [(523.25_f32, 0.0_f32), (659.26, 0.16), (783.99, 0.32)];
    let length = (1.25 * rate) as usize;
    (0..length)
        .map(|i| {
            let t = i as f32 / rate;
            let sum: f32 = notes
                .iter()
                .filter(|(_, start)| t >= *start)
                .map(|(frequency, start)| {
                    let t = t - start;
                    let attack = (t / 0.008).min(1.0);
                    let body = (t * frequency * std::f32::consts::TAU).sin();
                    let shine = 0.25 * (t * 2.0 * frequency * std::f32::consts::TAU).sin() * (-t * 6.0).exp();
                    attack * (-t * 3.5).exp() * (body + shine)
                })
                .sum();
            // The end is faded out so that nothing clicks.
            let end = ((1.25 - t) / 0.05).clamp(0.0, 1.0);
            0.16 * sum * end
        })
        .collect()
}

/// Something that is played once, over what comes from the class.
#[derive(Debug, Default)]
pub(crate) struct Player {
    samples: Vec<f32>,
    at: usize,
}

impl Player {
    pub(crate) fn new(samples: Vec<f32>) -> Self {
        Self { samples, at: 0 }
    }

    /// Adds the next piece; `false` when it is over.
    pub(crate) fn add_to(&mut self, out: &mut [f32]) -> bool {
        let rest = self.samples.get(self.at..).unwrap_or_default();
        for (to, sample) in out.iter_mut().zip(rest) {
            *to += sample;
        }
        self.at += out.len();
        self.at < self.samples.len()
    }
}

/// Recording one's own voice and playing it.
#[derive(Debug)]
pub(crate) enum HearMyself {
    Recording(Vec<f32>),
    Playing(Player),
}

impl HearMyself {
    pub(crate) fn new() -> Self {
        Self::Recording(Vec::with_capacity(RECORD + FRAME))
    }

    /// Takes a piece of the microphone, and starts to play after 4 s.
    pub(crate) fn record(&mut self, frame: &[f32]) {
        if let Self::Recording(samples) = self {
            samples.extend_from_slice(frame);
            if samples.len() >= RECORD {
                *self = Self::Playing(Player::new(std::mem::take(samples)));
            }
        }
    }

    /// Adds the next piece, if it is playing; `false` when it is over.
    pub(crate) fn add_to(&mut self, out: &mut [f32]) -> bool {
        match self {
            Self::Recording(_) => true,
            Self::Playing(player) => player.add_to(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::audio::dbfs;

    #[test]
    fn the_chime_is_heard_and_neither_clips_nor_clicks() {
        let chime = chime();
        assert!(dbfs(&chime) > -30.0);
        assert!(chime.iter().all(|sample| sample.abs() < 0.9));
        assert!(chime[0].abs() < 0.01 && chime[chime.len() - 1].abs() < 0.01);
    }

    #[test]
    fn what_was_recorded_is_played_once() {
        let mut hear = HearMyself::new();
        let mut out = [0.0; FRAME];
        for _ in 0..RECORD / FRAME {
            assert!(hear.add_to(&mut out));
            assert_eq!(out[0], 0.0, "not while recording");
            hear.record(&[0.5; FRAME]);
        }
        let mut frames = 1;
        while hear.add_to(&mut out) {
            assert_eq!(out[7], 0.5);
            out.fill(0.0);
            frames += 1;
        }
        assert_eq!(frames, RECORD / FRAME);
    }
}
