//! Everybody hears everybody else: the sum, minus one's own voice.

use super::Limiter;
use std::collections::HashMap;

/// Mixes one tick at a time: [`begin`](Mixer::begin), [`add`](Mixer::add) each voice, [`mix`](Mixer::mix) for each
/// listener. The sum is made once, so 30 people cost 60 passes over a packet and not 900.
#[derive(Debug)]
pub struct Mixer {
    samples: usize,
    total: Vec<f32>,
    /// What each voice said this tick; buffers stay for the next one.
    voices: HashMap<u64, Voice>,
    limiters: HashMap<u64, Limiter>,
    talking: usize,
}

#[derive(Debug)]
struct Voice {
    samples: Vec<f32>,
    heard: bool,
}

impl Mixer {
    /// A mixer for ticks of so many samples (usually [`PACKET`](super::PACKET)).
    #[must_use]
    pub fn new(samples: usize) -> Self {
        Self { samples, total: vec![0.0; samples], voices: HashMap::new(), limiters: HashMap::new(), talking: 0 }
    }

    /// Starts a new tick: nobody has spoken.
    pub fn begin(&mut self) {
        self.total.fill(0.0);
        self.talking = 0;
        for voice in self.voices.values_mut() {
            voice.heard = false;
        }
    }

    /// Adds what `speaker` said: missing samples are silence, further ones ignored, the loudest is ±4. Said twice in a
    /// tick, the first counts.
    pub fn add(&mut self, speaker: u64, samples: &[f32]) {
        let voice = self
            .voices
            .entry(speaker)
            .or_insert_with(|| Voice { samples: Vec::with_capacity(self.samples), heard: false });
        if voice.heard {
            return;
        }
        voice.heard = true;
        voice.samples.clear();
        // What is no number would stay in the sum for everybody.
        let clean = |sample: &f32| if sample.is_finite() { sample.clamp(-4.0, 4.0) } else { 0.0 };
        voice.samples.extend(samples.iter().take(self.samples).map(clean));
        voice.samples.resize(self.samples, 0.0);
        for (sum, sample) in self.total.iter_mut().zip(&voice.samples) {
            *sum += sample;
        }
        self.talking += 1;
    }

    /// What `listener` hears: all but themselves, limited. `out` is replaced. Says how many voices are in it.
    pub fn mix(&mut self, listener: u64, out: &mut Vec<f32>) -> usize {
        out.clear();
        out.extend_from_slice(&self.total);
        let mut voices = self.talking;
        if let Some(own) = self.voices.get(&listener).filter(|voice| voice.heard) {
            for (sum, sample) in out.iter_mut().zip(&own.samples) {
                *sum -= sample;
            }
            voices -= 1;
        }
        self.limiters.entry(listener).or_default().process(out);
        voices
    }

    /// Forgets somebody who left.
    pub fn remove(&mut self, person: u64) {
        self.voices.remove(&person);
        self.limiters.remove(&person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::PACKET;

    #[test]
    fn everybody_hears_all_but_themselves() {
        let mut mixer = Mixer::new(PACKET);
        let mut out = Vec::new();
        for tick in 0..3 {
            mixer.begin();
            for person in 0..30_u64 {
                mixer.add(person, &vec![person as f32 / 1000.0; PACKET]);
            }
            for person in 0..30_u64 {
                assert_eq!(mixer.mix(person, &mut out), 29);
                let expected = (435 - person) as f32 / 1000.0;
                assert!(out.iter().all(|s| (s - expected).abs() < 1e-5), "tick {tick} person {person} {}", out[0]);
            }
            assert_eq!(mixer.mix(99, &mut out), 30);
        }
    }

    #[test]
    fn a_tick_forgets_the_last_one() {
        let mut mixer = Mixer::new(4);
        let mut out = Vec::new();
        mixer.begin();
        mixer.add(1, &[0.5; 4]);
        mixer.begin();
        mixer.add(2, &[0.25; 2]);
        assert_eq!(mixer.mix(1, &mut out), 1);
        assert_eq!(out, [0.25, 0.25, 0.0, 0.0]);
        assert_eq!(mixer.mix(2, &mut out), 0);
        assert_eq!(out, [0.0; 4]);
    }

    #[test]
    fn one_broken_voice_does_not_spoil_the_class() {
        let mut mixer = Mixer::new(4);
        let mut out = Vec::new();
        mixer.begin();
        mixer.add(1, &[f32::NAN, f32::INFINITY, 1e30, 0.1, 7.0, 7.0]);
        mixer.add(2, &[0.1; 4]);
        mixer.add(2, &[0.7; 4]);
        mixer.mix(1, &mut out);
        assert!(out.iter().all(|s| (s - 0.1).abs() < 1e-5), "{out:?}");
        mixer.mix(3, &mut out);
        assert!(out.iter().all(|s| s.is_finite() && s.abs() <= 1.0));
        mixer.remove(1);
        mixer.remove(42);
    }
}
