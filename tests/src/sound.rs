//! Speaking into the virtual microphone, recording the virtual speaker, and comparing the two.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::desk::Sound;
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};
use xtask::wait;

/// Samples a second everywhere here.
pub const RATE: usize = 48_000;
const FRAME: usize = RATE / 100;
const INSTALL: &str = "`cargo xtask test` installs it";

/// Mono sound.
#[derive(Debug, Clone, Default)]
pub struct Pcm(pub Vec<f32>);

impl Pcm {
    /// Reads 16-bit little-endian samples.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(file: &Path) -> Outcome<Self> {
        let bytes = std::fs::read(file).map_err(|error| Trouble::file("read", file, &error))?;
        Ok(Self(
            bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect(),
        ))
    }

    /// Writes a WAV file to be listened to.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> Outcome<()> {
        let length = u32::try_from(self.0.len() * 2).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(self.0.len() * 2 + 44);
        bytes.extend(b"RIFF");
        bytes.extend((length + 36).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(48_000_u32.to_le_bytes());
        bytes.extend(96_000_u32.to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(length.to_le_bytes());
        for sample in &self.0 {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the range just before")]
            let value = (sample.clamp(-1.0, 1.0) * 32_767.0) as i16;
            bytes.extend(value.to_le_bytes());
        }
        std::fs::write(file, bytes).map_err(|error| Trouble::file("write", file, &error))
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f32 {
        self.0.len() as f32 / RATE as f32
    }

    /// Level of every 10 ms, in dBFS, −100 at least.
    #[must_use]
    pub fn levels(&self) -> Vec<f32> {
        self.0.chunks_exact(FRAME).map(level).collect()
    }

    /// Level of its loud part: the mean power of the frames within 30 dB of the loudest, in dBFS.
    #[must_use]
    pub fn speech_level(&self) -> f32 {
        let levels = self.levels();
        let top = levels.iter().copied().fold(-100.0, f32::max);
        let loud: Vec<f32> = levels.into_iter().filter(|l| *l > top - 30.0).map(|l| 10_f32.powf(l / 10.0)).collect();
        10.0 * (loud.iter().sum::<f32>() / loud.len().max(1) as f32).max(1e-10).log10()
    }

    /// The part from `from` for `length` frames of 10 ms.
    #[must_use]
    pub fn part(&self, from: usize, length: usize) -> Self {
        let start = (from * FRAME).min(self.0.len());
        let end = ((from + length) * FRAME).min(self.0.len());
        Self(self.0[start..end].to_vec())
    }
}

fn level(frame: &[f32]) -> f32 {
    let power = frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32;
    (10.0 * power.max(1e-10).log10()).max(-100.0)
}

/// How a recording compares with what was said.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Where in the recording the sentence begins, in frames of 10 ms.
    pub at: usize,
    /// Likeness of the two courses of loudness there, −1 to 1.
    pub likeness: f32,
    /// Level of the sentence in the recording, dBFS.
    pub level: f32,
    /// Longest stretch that is silent in the recording where the sentence is not, in milliseconds.
    pub longest_gap_ms: usize,
}

/// Finds `said` in `heard`.
///
/// # Errors
/// The recording is shorter than the sentence.
pub fn compare(said: &Pcm, heard: &Pcm) -> Outcome<Comparison> {
    let (a, b) = (loudness(said), loudness(heard));
    if a.is_empty() || b.len() < a.len() {
        return Err(Trouble::new(format!(
            "{:.1} s were recorded of a sentence of {:.1} s",
            heard.seconds(),
            said.seconds()
        )));
    }
    let mut best = (0, -1.0_f32);
    for at in 0..=b.len() - a.len() {
        let likeness = correlation(&a, &b[at..at + a.len()]);
        if likeness > best.1 {
            best = (at, likeness);
        }
    }
    let part = heard.part(best.0, a.len());
    let (said_levels, heard_levels) = (said.levels(), part.levels());
    let (top_said, top_heard) = (peak(&said_levels), peak(&heard_levels));
    let (mut gap, mut longest) = (0, 0);
    for (said, heard) in said_levels.iter().zip(&heard_levels) {
        let lost = *said > top_said - 20.0 && *heard < top_heard - 40.0;
        gap = if lost { gap + 1 } else { 0 };
        longest = longest.max(gap);
    }
    Ok(Comparison { at: best.0, likeness: best.1, level: part.speech_level(), longest_gap_ms: longest * 10 })
}

/// Course of loudness, floored well above the noise of codecs and smoothed over 50 ms.
fn loudness(pcm: &Pcm) -> Vec<f32> {
    let levels = pcm.levels();
    let floor = peak(&levels) - 40.0;
    let raised: Vec<f32> = levels.into_iter().map(|l| l.max(floor)).collect();
    raised.windows(5).map(|w| w.iter().sum::<f32>() / 5.0).collect()
}

fn peak(levels: &[f32]) -> f32 {
    levels.iter().copied().fold(-100.0, f32::max)
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// Has espeak-ng speak an English sentence; the WAV file (48 kHz mono) is at `folder/sentence.wav`.
///
/// # Errors
/// espeak-ng or sox is missing.
pub fn speak(text: &str, folder: &Path) -> Outcome<(PathBuf, Pcm)> {
    let (raw, wav, pcm) = (folder.join("spoken.wav"), folder.join("sentence.wav"), folder.join("sentence.raw"));
    run(
        "espeak-ng",
        Command::new("espeak-ng").args(["-v", "en-us", "-s", "140", "-a", "120", "-w"]).arg(&raw).arg(text),
    )?;
    run("sox", Command::new("sox").arg(&raw).args(["-r", "48000", "-c", "1", "-b", "16"]).arg(&wav))?;
    run("sox", Command::new("sox").arg(&wav).args(["-t", "raw", "-e", "signed", "-b", "16"]).arg(&pcm))?;
    Ok((wav, Pcm::read(&pcm)?))
}

/// Plays a WAV file into the virtual microphone, to its end.
///
/// # Errors
/// The sound server refuses it.
pub fn into_microphone(sound: &Sound, wav: &Path) -> Outcome<()> {
    run("paplay", Command::new("paplay").arg("--device=micfeed").arg(wav).env("PULSE_SERVER", sound.address()))
}

/// A recording of the virtual speaker.
#[derive(Debug)]
pub struct Ear {
    recorder: Process,
    file: PathBuf,
}

impl Ear {
    /// Begins to listen; sound is being recorded when this returns.
    ///
    /// # Errors
    /// The recorder does not start.
    pub fn open(sound: &Sound, folder: &Path) -> Outcome<Self> {
        let file = folder.join("heard.raw");
        let out = std::fs::File::create(&file).map_err(|error| Trouble::file("write", &file, &error))?;
        let mut command = Command::new("parec");
        command
            .args([
                "--device=speaker.monitor",
                "--raw",
                "--format=s16le",
                "--rate=48000",
                "--channels=1",
                "--latency-msec=20",
            ])
            .env("PULSE_SERVER", sound.address())
            .stdout(out)
            .stderr(Stdio::null());
        let recorder = Process::start("parec", &mut command)?;
        let grows = wait::until(Duration::from_secs(10), || {
            std::fs::metadata(&file).is_ok_and(|data| data.len() > 0).then_some(())
        });
        grows.ok_or_else(|| {
            Trouble::new("nothing can be recorded from the private sound server: check parec by hand")
        })?;
        Ok(Self { recorder, file })
    }

    /// What was heard so far.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn heard(&self) -> Outcome<Pcm> {
        Pcm::read(&self.file)
    }

    /// Ends and returns all.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn close(self) -> Outcome<Pcm> {
        drop(self.recorder);
        Pcm::read(&self.file)
    }
}

fn run(program: &str, command: &mut Command) -> Outcome<()> {
    let status =
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().map_err(|_| Trouble::missing(program, INSTALL))?;
    if status.success() {
        Ok(())
    } else {
        Err(Trouble::new(format!("{program} failed ({status}): run it by hand to see why")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frames: usize, on: impl Fn(usize) -> bool, gain: f32) -> Pcm {
        let sample = |i: usize| if on(i / FRAME) { (i as f32 * 0.06).sin() * gain } else { 0.0 };
        Pcm((0..frames * FRAME).map(sample).collect())
    }

    #[test]
    fn a_sentence_is_found_where_it_begins_and_a_gap_is_measured() {
        let said = tone(200, |f| f % 50 < 30, 0.3);
        let heard = tone(400, |f| f >= 120 && (f - 120) % 50 < 30 && !(180..190).contains(&f) && f < 320, 0.1);
        let found = compare(&said, &heard).unwrap();
        assert_eq!(found.at, 120);
        assert!(found.likeness > 0.8, "{found:?}");
        assert_eq!(found.longest_gap_ms, 100);
        assert!((found.level - 20.0 * (0.1_f32 / 2.0_f32.sqrt()).log10()).abs() < 1.0, "{found:?}");
    }
}
