//! Reading and writing WAV files: just what microphones and speakers made of files need.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::audio::Resampler;
use crate::{DeviceError, RATE};

/// Ten minutes of eight channels at 96 kHz would be more than anybody tests with.
const MAX_BYTES: u64 = 256 << 20;

/// The whole file as 48 kHz mono.
pub(super) fn read(path: &Path) -> Result<Vec<f32>, DeviceError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| DeviceError::BadFile)?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|_| DeviceError::BadFile)?;
    parse(&bytes).ok_or(DeviceError::BadFile)
}

struct Format {
    float: bool,
    channels: usize,
    rate: u32,
    bytes: usize,
}

fn parse(file: &[u8]) -> Option<Vec<f32>> {
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut rest = file.get(12..)?;
    let mut format = None;
    while rest.len() >= 8 {
        let (head, tail) = rest.split_at(8);
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // Recorders that were interrupted, and pipes, leave a length of nothing or of everything.
        let body = &tail[..length.min(tail.len())];
        match &head[..4] {
            b"fmt " => format = Some(parse_format(body)?),
            b"data" => return samples(if length == 0 { tail } else { body }, format.as_ref()?),
            _ => {}
        }
        rest = tail.get(length.checked_add(length % 2)?..)?;
    }
    None
}

fn parse_format(body: &[u8]) -> Option<Format> {
    let word = |at: usize| Some(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let kind = match word(0)? {
        // Extensible: the kind is the beginning of the identifier behind.
        0xfffe => word(24)?,
        kind => kind,
    };
    let rate = u32::from_le_bytes([*body.get(4)?, *body.get(5)?, *body.get(6)?, *body.get(7)?]);
    let (channels, bits) = (usize::from(word(2)?), word(14)?);
    let float = kind == 3;
    let known = matches!((float, bits), (false, 8 | 16 | 24 | 32) | (true, 32)) && (float || kind == 1);
    let sane = (1..=64).contains(&channels) && (4_000..=768_000).contains(&rate);
    (known && sane).then_some(Format { float, channels, rate, bytes: usize::from(bits / 8) })
}

fn samples(data: &[u8], format: &Format) -> Option<Vec<f32>> {
    let value = |s: &[u8]| match (format.float, s) {
        (true, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]).clamp(-1.0, 1.0),
        (false, &[a]) => (f32::from(a) - 128.0) / 128.0,
        (false, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
        (false, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0,
        (false, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
        _ => 0.0,
    };
    let mono = data.chunks_exact(format.bytes * format.channels).map(|frame| {
        let sum: f32 = frame.chunks_exact(format.bytes).map(value).sum();
        let mean = sum / format.channels as f32;
        if mean.is_finite() { mean } else { 0.0 }
    });
    let out = match Resampler::new(format.rate, RATE) {
        None => mono.collect(),
        Some(mut resampler) => {
            let mut out = Vec::new();
            mono.for_each(|sample| resampler.push(sample, |s| out.push(s)));
            out
        }
    };
    (!out.is_empty()).then_some(out)
}

/// A 48 kHz mono 16 bit file that is whole after each [`Recorder::settle`].
pub(super) struct Recorder {
    file: BufWriter<File>,
    samples: u32,
}

/// Ten minutes.
const MAX_SAMPLES: u32 = RATE * 600;

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self, DeviceError> {
        let file = File::create(path).map_err(|_| DeviceError::BadFile)?;
        let mut recorder = Self { file: BufWriter::new(file), samples: 0 };
        recorder.settle().map_err(|_| DeviceError::BadFile)?;
        Ok(recorder)
    }

    pub(super) fn write(&mut self, sound: &[f32]) -> std::io::Result<()> {
        for sample in sound {
            if self.samples < MAX_SAMPLES {
                let value = (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
                self.file.write_all(&value.to_le_bytes())?;
                self.samples += 1;
            }
        }
        Ok(())
    }

    /// Brings the header up to date.
    pub(super) fn settle(&mut self) -> std::io::Result<()> {
        let bytes = self.samples * 2;
        let mut head = Vec::with_capacity(44);
        head.extend(b"RIFF");
        head.extend((bytes + 36).to_le_bytes());
        head.extend(b"WAVEfmt ");
        head.extend(16_u32.to_le_bytes());
        head.extend([1, 0, 1, 0]);
        head.extend(RATE.to_le_bytes());
        head.extend((RATE * 2).to_le_bytes());
        head.extend([2, 0, 16, 0]);
        head.extend(b"data");
        head.extend(bytes.to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&head)?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        out.extend(16_u32.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(channels.to_le_bytes());
        out.extend(rate.to_le_bytes());
        out.extend([0; 6]);
        out.extend(bits.to_le_bytes());
        out.extend(b"LIST\x03\0\0\0abc\0data");
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn every_usual_kind_is_read() {
        assert_eq!(parse(&file(1, 1, 48_000, 16, &[0, 0x40, 0, 0x80])), Some(vec![0.5, -1.0]));
        assert_eq!(parse(&file(1, 2, 48_000, 16, &[0, 0x40, 0, 0])), Some(vec![0.25]));
        assert_eq!(parse(&file(1, 1, 48_000, 24, &[0, 0, 0x40])), Some(vec![0.5]));
        assert_eq!(parse(&file(1, 1, 48_000, 8, &[192])), Some(vec![0.5]));
        assert_eq!(parse(&file(3, 1, 48_000, 32, &0.5_f32.to_le_bytes())), Some(vec![0.5]));
        assert_eq!(parse(&file(1, 1, 16_000, 16, &[0; 3_200])).map(|s| s.len()), Some(4_800));
    }

    #[test]
    fn damaged_files_are_refused() {
        let good = file(1, 1, 48_000, 16, &[1, 2, 3, 4]);
        for length in 0..good.len() - 4 {
            assert!(parse(&good[..length]).is_none(), "{length}");
        }
        for (kind, channels, rate, bits) in [(7, 1, 48_000, 8), (1, 0, 48_000, 16), (1, 1, 0, 16), (1, 1, 48_000, 12)] {
            assert!(parse(&file(kind, channels, rate, bits, &[0; 64])).is_none());
        }
    }

    #[test]
    fn what_is_recorded_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut recorder = Recorder::create(&path).unwrap();
        recorder.write(&[0.5, -0.25, 2.0]).unwrap();
        recorder.settle().unwrap();
        recorder.write(&[0.0]).unwrap();
        recorder.settle().unwrap();
        let sound = read(&path).unwrap();
        let expected = [0.5, -0.25, 1.0, 0.0];
        assert!(sound.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{sound:?}");
        assert_eq!(sound.len(), 4);
    }
}
