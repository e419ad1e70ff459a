//! The pupils' voices: sentences spoken by espeak-ng once, kept as WAV files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::cast::SPOKEN;
use crate::config::Language;

/// How a voice sounds: espeak-ng's variant, pitch (0–99) and words a minute.
struct Sound {
    variant: &'static str,
    pitch: u8,
    speed: u16,
}

const fn sound(variant: &'static str, pitch: u8, speed: u16) -> Sound {
    Sound { variant, pitch, speed }
}

/// Children's voices; pupil n speaks with number n modulo their count.
const SOUNDS: [Sound; 8] = [
    sound("f3", 78, 150),
    sound("m3", 88, 158),
    sound("f2", 84, 145),
    sound("m1", 92, 165),
    sound("f4", 72, 152),
    sound("m7", 95, 150),
    sound("f5", 86, 160),
    sound("f1", 90, 142),
];

/// Rate of the mixed class.
const RATE: usize = 48_000;

/// Why there are no voices. Not fatal: the pupils stay silent.
#[derive(Debug, thiserror::Error)]
pub enum VoicesError {
    /// The speech program is not installed.
    #[error("the pupils stay silent: espeak-ng is not installed (on Debian and Ubuntu: apt install espeak-ng)")]
    NoSpeechProgram,
    /// The program could not write a sentence.
    #[error("the pupils stay silent: espeak-ng could not write {0}")]
    Failed(PathBuf),
    /// The folder cannot be used.
    #[error("the pupils stay silent: the folder for their voices cannot be written: {0}")]
    Folder(#[from] std::io::Error),
}

/// Makes the missing voice files in `folder`: some 15 MB, a few seconds the first time. Returns
/// how many were made.
///
/// # Errors
/// See [`VoicesError`]; each says what to do. A class without voices still works.
pub fn ensure(folder: &Path) -> Result<usize, VoicesError> {
    std::fs::create_dir_all(folder)?;
    let mut made = 0;
    for language in [Language::French, Language::English] {
        for voice in 0..SOUNDS.len() {
            for line in 0..SPOKEN.len() {
                let file = folder.join(file_name(language, voice, line));
                if std::fs::metadata(&file).is_ok_and(|found| found.len() > 44) {
                    continue;
                }
                speak(language, voice, line, &file)?;
                made += 1;
            }
        }
    }
    Ok(made)
}

fn file_name(language: Language, voice: usize, line: usize) -> String {
    format!("{}_{voice:02}_{line:02}.wav", code(language))
}

fn code(language: Language) -> &'static str {
    match language {
        Language::French => "fr",
        Language::English => "en",
    }
}

fn speak(language: Language, voice: usize, line: usize, file: &Path) -> Result<(), VoicesError> {
    let sound = &SOUNDS[voice % SOUNDS.len()];
    // Written beside and renamed, so that a file that is there is whole.
    let part = file.with_extension("part");
    let status = Command::new("espeak-ng")
        .args(["-v", &format!("{}+{}", code(language), sound.variant)])
        .args(["-p", &sound.pitch.to_string(), "-s", &sound.speed.to_string(), "-w"])
        .arg(&part)
        .arg(SPOKEN[line].text(language))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(VoicesError::NoSpeechProgram),
        Ok(status) if status.success() && std::fs::metadata(&part).is_ok_and(|made| made.len() > 44) => {
            Ok(std::fs::rename(&part, file)?)
        }
        _ => {
            let _ = std::fs::remove_file(&part);
            Err(VoicesError::Failed(file.to_owned()))
        }
    }
}

/// One sentence of one pupil as 48 kHz mono; `None` when the file is missing or no WAV.
pub(crate) fn load(folder: &Path, language: Language, pupil: usize, line: usize) -> Option<Arc<[f32]>> {
    let file = folder.join(file_name(language, pupil % SOUNDS.len(), line));
    let bytes = std::fs::read(file).ok()?;
    let (rate, samples) = wav(&bytes)?;
    let mut sound = resample(&samples, rate);
    level(&mut sound);
    Some(sound.into())
}

/// Reads a mono 16-bit WAV file.
fn wav(bytes: &[u8]) -> Option<(usize, Vec<f32>)> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let (mut at, mut rate) = (12, None);
    while at + 8 <= bytes.len() {
        let length = number(at + 4)?;
        let body = at + 8;
        match &bytes[at..at + 4] {
            b"fmt " => {
                let short = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
                if short(body)? != 1 || short(body + 2)? != 1 || short(body + 14)? != 16 {
                    return None;
                }
                rate = Some(number(body + 4)?).filter(|rate| (8000..=48_000).contains(rate));
            }
            b"data" => {
                let end = body.saturating_add(length).min(bytes.len());
                let samples = bytes[body..end]
                    .chunks_exact(2)
                    .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
                    .collect();
                return Some((rate?, samples));
            }
            _ => {}
        }
        at = body.saturating_add(length).saturating_add(length & 1);
    }
    None
}

/// Raises the rate by a windowed sinc: done once a sentence, so plain is good enough.
fn resample(samples: &[f32], rate: usize) -> Vec<f32> {
    const REACH: isize = 12;
    if rate == RATE {
        return samples.to_vec();
    }
    let length = samples.len() * RATE / rate;
    let step = rate as f64 / RATE as f64;
    (0..length)
        .map(|n| {
            let position = n as f64 * step;
            let centre = position.floor() as isize;
            let mut sum = 0.0;
            for tap in centre - REACH + 1..=centre + REACH {
                let Some(sample) = usize::try_from(tap).ok().and_then(|tap| samples.get(tap)) else { continue };
                let x = position - tap as f64;
                let sinc =
                    if x.abs() < 1e-9 { 1.0 } else { (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI) };
                let window = 0.5 + 0.5 * (x / REACH as f64 * std::f64::consts::PI).cos();
                sum += f64::from(*sample) * sinc * window;
            }
            sum as f32
        })
        .collect()
}

/// Everybody speaks equally loud.
fn level(samples: &mut [f32]) {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak > 0.01 {
        let gain = 0.5 / peak;
        samples.iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// How open a mouth is in each picture (15 a second) of a sentence, 0 to 1.
pub(crate) fn mouth(samples: &[f32]) -> Vec<f32> {
    samples
        .chunks(RATE / 15)
        .map(|part| {
            let power: f32 = part.iter().map(|sample| sample * sample).sum::<f32>() / part.len() as f32;
            (power.sqrt() * 6.0).min(1.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(rate: u32, samples: &[i16]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(rate.to_le_bytes());
        out.extend((rate * 2).to_le_bytes());
        out.extend([2, 0, 16, 0]);
        out.extend(b"LIST\x03\0\0\0abc\0data");
        out.extend((samples.len() as u32 * 2).to_le_bytes());
        out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        out
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_level_at_the_higher_rate() {
        let samples: Vec<i16> = (0..22_050)
            .map(|n| ((n as f32 * 440.0 / 22_050.0 * std::f32::consts::TAU).sin() * 16_000.0) as i16)
            .collect();
        let (rate, read) = wav(&file(22_050, &samples)).unwrap();
        let raised = resample(&read, rate);
        assert_eq!(raised.len(), 48_000);
        let crossings = raised.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((438..=441).contains(&crossings), "{crossings}");
        let peak = raised[1000..47_000].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.47..0.51).contains(&peak), "{peak}");
    }

    #[test]
    fn broken_files_give_no_voice() {
        let good = file(22_050, &[1, 2, 3]);
        assert!(wav(&good).is_some());
        for cut in 0..good.len() {
            let _ = wav(&good[..cut]);
        }
        assert!(wav(b"RIFF....WAVE").is_none());
        assert!(load(Path::new("/nowhere"), Language::French, 0, 0).is_none());
    }
}
