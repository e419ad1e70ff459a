//! A streaming resampler that fits into an audio callback: one table made when the device opens, then a fixed number of
//! multiplications a sample, no allocation.
//!
//! Most devices are opened at 48 kHz and never come here; a Windows microphone at 44.1 kHz does.

use std::f64::consts::PI;

/// Filter taps at the lower of the two rates.
const TAPS: usize = 32;
/// Filter positions between two input samples; between these the filter is interpolated.
const PHASES: usize = 128;

/// Polyphase windowed sinc.
pub(crate) struct Resampler {
    /// `PHASES + 1` filters of `taps` coefficients.
    table: Vec<f32>,
    taps: usize,
    /// The last `taps` input samples twice over, so that a window is always contiguous.
    history: Vec<f32>,
    at: usize,
    /// Input samples per output sample.
    step: f64,
    /// Where the next output sample lies after the newest input sample, in input samples.
    position: f64,
}

impl Resampler {
    /// From and to these rates in hertz; `None` if they are equal or absurd.
    pub(crate) fn new(from: u32, to: u32) -> Option<Self> {
        if from == to || !(4_000..=768_000).contains(&from) || !(4_000..=768_000).contains(&to) {
            return None;
        }
        let step = f64::from(from) / f64::from(to);
        let taps = (TAPS as f64 * step.max(1.0)).ceil() as usize & !1;
        // The transition band ends at the lower Nyquist frequency.
        let cutoff = 0.91 / step.max(1.0);
        let mut table = Vec::with_capacity((PHASES + 1) * taps);
        for phase in 0..=PHASES {
            let centre = taps as f64 / 2.0 - 1.0 + phase as f64 / PHASES as f64;
            let filter: Vec<f64> = (0..taps).map(|i| tap(i as f64 - centre, cutoff, taps as f64 / 2.0)).collect();
            let sum: f64 = filter.iter().sum();
            table.extend(filter.iter().map(|c| (c / sum) as f32));
        }
        Some(Self { table, taps, history: vec![0.0; taps * 2], at: 0, step, position: 0.0 })
    }

    /// Takes one input sample and hands out the output samples that it completes (none, one or a few).
    #[inline]
    pub(crate) fn push(&mut self, sample: f32, mut out: impl FnMut(f32)) {
        self.shift_in(sample);
        while self.position < 1.0 {
            out(self.interpolate());
            self.position += self.step;
        }
        self.position -= 1.0;
    }

    /// Takes from `next` as many input samples as the next output sample needs and returns that one.
    #[inline]
    pub(crate) fn pull(&mut self, mut next: impl FnMut() -> f32) -> f32 {
        while self.position >= 1.0 {
            self.position -= 1.0;
            self.shift_in(next());
        }
        let sample = self.interpolate();
        self.position += self.step;
        sample
    }

    #[inline]
    fn shift_in(&mut self, sample: f32) {
        self.history[self.at] = sample;
        self.history[self.at + self.taps] = sample;
        self.at = (self.at + 1) % self.taps;
    }

    #[inline]
    fn interpolate(&self) -> f32 {
        let place = self.position * PHASES as f64;
        let phase = (place as usize).min(PHASES - 1);
        let fraction = (place - phase as f64) as f32;
        let window = &self.history[self.at..self.at + self.taps];
        let low = &self.table[phase * self.taps..][..self.taps];
        let high = &self.table[(phase + 1) * self.taps..][..self.taps];
        let (mut a, mut b) = (0.0, 0.0);
        for ((x, l), h) in window.iter().zip(low).zip(high) {
            a += x * l;
            b += x * h;
        }
        a + (b - a) * fraction
    }
}

/// Blackman-windowed sinc at `x` input samples from the centre.
fn tap(x: f64, cutoff: f64, half: f64) -> f64 {
    if x.abs() >= half {
        return 0.0;
    }
    let sinc = if x.abs() < 1e-9 { cutoff } else { (PI * x * cutoff).sin() / (PI * x) };
    let window = 0.42 + 0.5 * (PI * x / half).cos() + 0.08 * (2.0 * PI * x / half).cos();
    sinc * window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f64, rate: u32, n: usize) -> Vec<f32> {
        (0..n).map(|i| (2.0 * PI * hertz * i as f64 / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    /// Amplitude of `hertz` in a signal, and of everything else.
    fn measure(signal: &[f32], hertz: f64, rate: u32) -> (f64, f64) {
        let (mut s, mut c) = (0.0, 0.0);
        for (i, x) in signal.iter().enumerate() {
            let a = 2.0 * PI * hertz * i as f64 / f64::from(rate);
            s += f64::from(*x) * a.sin();
            c += f64::from(*x) * a.cos();
        }
        let n = signal.len() as f64;
        let (s, c) = (2.0 * s / n, 2.0 * c / n);
        let rest: f64 = signal
            .iter()
            .enumerate()
            .map(|(i, x)| {
                let a = 2.0 * PI * hertz * i as f64 / f64::from(rate);
                (f64::from(*x) - s * a.sin() - c * a.cos()).powi(2)
            })
            .sum();
        (s.hypot(c), (2.0 * rest / n).sqrt())
    }

    fn pushed(from: u32, to: u32, input: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut out = Vec::new();
        input.iter().for_each(|x| resampler.push(*x, |y| out.push(y)));
        out
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_level_at_every_usual_rate() {
        for from in [8_000, 16_000, 22_050, 44_100, 88_200, 96_000, 192_000] {
            let second = sine(1_000.0, from, from as usize);
            let out = pushed(from, 48_000, &second);
            assert!(out.len().abs_diff(48_000) <= 1, "{from}: {}", out.len());
            let (level, rest) = measure(&out[4_000..44_000], 1_000.0, 48_000);
            assert!((level - 0.5).abs() < 0.005, "{from}: {level}");
            assert!(rest < 0.001, "{from}: {rest}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_removed() {
        let out = pushed(96_000, 48_000, &sine(30_000.0, 96_000, 96_000));
        let loudest = out[1_000..].iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        assert!(loudest < 0.005, "{loudest}");
    }

    #[test]
    fn pulling_gives_what_pushing_gives() {
        for to in [44_100, 96_000, 16_000] {
            let input = sine(440.0, 48_000, 48_000);
            let expected = pushed(48_000, to, &input);
            let mut resampler = Resampler::new(48_000, to).unwrap();
            let mut rest = input.iter().copied();
            let out: Vec<f32> = (0..to as usize - 100).map(|_| resampler.pull(|| rest.next().unwrap_or(0.0))).collect();
            let (level, _) = measure(&out[4_000.min(out.len() / 4)..], 440.0, to);
            assert!((level - 0.5).abs() < 0.005, "{to}: {level}");
            assert!(expected.len().abs_diff(to as usize) <= 1);
        }
    }

    #[test]
    fn equal_or_absurd_rates_need_no_resampler() {
        assert!(Resampler::new(48_000, 48_000).is_none());
        assert!(Resampler::new(0, 48_000).is_none());
        assert!(Resampler::new(48_000, u32::MAX).is_none());
    }
}
