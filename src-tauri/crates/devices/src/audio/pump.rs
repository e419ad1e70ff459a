//! What happens inside the audio callbacks: any sample format and channel count to 48 kHz mono and back, through a ring.
//!
//! Nothing here allocates, locks or logs.

use cpal::{FromSample, Sample, SizedSample};

use super::resample::Resampler;
use crate::{Counter, RATE};

/// Device samples into the ring.
pub(crate) struct Intake {
    ring: rtrb::Producer<f32>,
    dropped: Counter,
    channels: usize,
    resampler: Option<Resampler>,
}

impl Intake {
    pub(crate) fn new(ring: rtrb::Producer<f32>, dropped: Counter, channels: u16, rate: u32) -> Self {
        Self { ring, dropped, channels: usize::from(channels).max(1), resampler: Resampler::new(rate, RATE) }
    }

    pub(crate) fn take<T: SizedSample>(&mut self, data: &[T])
    where
        f32: FromSample<T>,
    {
        let Self { ring, dropped, channels, resampler } = self;
        let mut lost = 0;
        let mut push = |sample: f32| lost += usize::from(ring.push(sample).is_err());
        // A microphone array's further channels carry references and beams, not more of the voice.
        let voices = (*channels).min(2);
        for frame in data.chunks_exact(*channels) {
            let sum: f32 = frame[..voices].iter().map(|s| f32::from_sample(*s)).sum();
            let sample = sum / voices as f32;
            match resampler {
                Some(resampler) => resampler.push(sample, &mut push),
                None => push(sample),
            }
        }
        if lost > 0 {
            dropped.add(lost);
        }
    }
}

/// Ring samples into the device's buffer.
pub(crate) struct Outlet {
    ring: rtrb::Consumer<f32>,
    missing: Counter,
    channels: usize,
    resampler: Option<Resampler>,
    started: bool,
}

impl Outlet {
    pub(crate) fn new(ring: rtrb::Consumer<f32>, missing: Counter, channels: u16, rate: u32) -> Self {
        let channels = usize::from(channels).max(1);
        Self { ring, missing, channels, resampler: Resampler::new(RATE, rate), started: false }
    }

    pub(crate) fn give<T: SizedSample + FromSample<f32>>(&mut self, data: &mut [T]) {
        let Self { ring, missing, channels, resampler, started } = self;
        let mut silent = 0;
        let mut next = || match ring.pop() {
            Ok(sample) => {
                *started = true;
                sample
            }
            Err(_) => {
                silent += usize::from(*started);
                0.0
            }
        };
        // Of a surround set only the front pair plays.
        let voices = (*channels).min(2);
        for frame in data.chunks_exact_mut(*channels) {
            let sample = match resampler {
                Some(resampler) => resampler.pull(&mut next),
                None => next(),
            };
            let sample = T::from_sample(sample.clamp(-1.0, 1.0));
            frame[..voices].fill(sample);
            frame[voices..].fill(T::EQUILIBRIUM);
        }
        if silent > 0 {
            missing.add(silent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_integers_become_mono_floats() {
        let (producer, mut consumer) = rtrb::RingBuffer::new(8);
        let mut intake = Intake::new(producer, Counter::default(), 2, RATE);
        intake.take(&[16_384_i16, 0, -32_768, -32_768]);
        assert_eq!(consumer.pop(), Ok(0.25));
        assert_eq!(consumer.pop(), Ok(-1.0));
        assert!(consumer.pop().is_err());
        intake.take(&[16_384_i16, 0, 7]);
        assert_eq!(consumer.slots(), 1, "half a frame is left out");
    }

    #[test]
    fn unsigned_samples_rest_in_the_middle() {
        let (producer, mut consumer) = rtrb::RingBuffer::new(8);
        Intake::new(producer, Counter::default(), 1, RATE).take(&[128_u8, 192]);
        assert_eq!((consumer.pop(), consumer.pop()), (Ok(0.0), Ok(0.5)));
        let (_producer, consumer) = rtrb::RingBuffer::new(8);
        let mut out = [0_u8; 4];
        Outlet::new(consumer, Counter::default(), 2, RATE).give(&mut out);
        assert_eq!(out, [128; 4]);
    }

    #[test]
    fn a_full_ring_counts_what_it_loses() {
        let (producer, _consumer) = rtrb::RingBuffer::new(4);
        let dropped = Counter::default();
        Intake::new(producer, dropped.clone(), 1, RATE).take(&[0.1_f32; 10]);
        assert_eq!(dropped.get(), 6);
    }

    #[test]
    fn an_empty_ring_is_silence_and_counted_from_the_first_sample_on() {
        let (mut producer, consumer) = rtrb::RingBuffer::new(8);
        let missing = Counter::default();
        let mut outlet = Outlet::new(consumer, missing.clone(), 6, RATE);
        let mut out = [1.0_f32; 12];
        outlet.give(&mut out);
        assert_eq!((out, missing.get()), ([0.0; 12], 0));
        producer.push(3.0).unwrap();
        outlet.give(&mut out);
        assert_eq!(out[..3], [1.0, 1.0, 0.0], "clipped, on the front pair");
        assert_eq!(missing.get(), 1);
    }

    #[test]
    fn other_rates_go_through_the_resampler() {
        let (producer, consumer) = rtrb::RingBuffer::new(50_000);
        Intake::new(producer, Counter::default(), 1, 16_000).take(&[0.5_f32; 16_000]);
        assert!(consumer.slots().abs_diff(48_000) <= 1);
        let mut out = vec![0.0_f32; 44_100];
        let missing = Counter::default();
        Outlet::new(consumer, missing.clone(), 1, 44_100).give(&mut out);
        assert!((out[40_000] - 0.5).abs() < 0.01);
        assert!(missing.get() <= 2);
    }
}
