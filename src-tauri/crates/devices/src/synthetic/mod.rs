//! Twins of the real devices that need no hardware: they come in at the device line, so everything above it is real.

mod open;
mod wav;
mod y4m;

use std::path::PathBuf;
use std::str::FromStr;

use crate::{DeviceError, DeviceInfo, ScreenKind, ScreenSource};

const PREFIX: &str = "synthetic:";

/// Where a synthetic camera takes its pictures from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntheticCamera {
    /// A generated moving face; each seed is another person. Id `synthetic:face:SEED` (`synthetic:face` is seed 0).
    Face(u64),
    /// A Y4M clip (4:2:0, 8 bit), over and over, in its own size and rate. Id `synthetic:y4m:PATH`.
    Y4m(PathBuf),
}

/// Where a synthetic microphone takes its sound from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntheticMicrophone {
    /// A WAV file (PCM 16 bit or float), over and over. Id `synthetic:wav:PATH`.
    Wav(PathBuf),
    /// A sine of that many hertz at −20 dBFS. Id `synthetic:tone:HERTZ`.
    Tone(u32),
    /// Digital silence. Id `synthetic:silence`.
    Silence,
}

/// Where a synthetic speaker puts the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntheticSpeaker {
    /// Nowhere, in real time. Id `synthetic:sink`.
    Sink,
    /// Into a WAV file (48 kHz mono 16 bit, at most ten minutes), complete when the speaker is dropped. Id `synthetic:record:PATH`.
    Record(PathBuf),
}

/// What a synthetic screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntheticScreen {
    /// A binary PPM picture, or a folder of them turned over once a second in order of name. Id `synthetic:page:PATH`.
    Page(PathBuf),
}

/// Synthetic devices offered beside the real ones.
///
/// Reads from and writes to text as ids separated by `;`, for an environment variable:
/// `synthetic:face:7;synthetic:wav:/tmp/a.wav`. The word `first` among them sets [`SyntheticSet::first`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyntheticSet {
    /// Cameras.
    pub cameras: Vec<SyntheticCamera>,
    /// Microphones.
    pub microphones: Vec<SyntheticMicrophone>,
    /// Speakers.
    pub speakers: Vec<SyntheticSpeaker>,
    /// Screens.
    pub screens: Vec<SyntheticScreen>,
    /// List them before the real ones and make the first of each kind the default.
    pub first: bool,
}

impl FromStr for SyntheticSet {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let mut set = Self::default();
        for word in text.split(';').map(str::trim).filter(|w| !w.is_empty()) {
            let word = word.strip_prefix(PREFIX).unwrap_or(word);
            let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
            let path = || if rest.is_empty() { Err(DeviceError::BadFile) } else { Ok(PathBuf::from(rest)) };
            let number = || rest.parse::<u64>().map_err(|_| DeviceError::BadFile);
            match kind {
                "first" => set.first = true,
                "face" if rest.is_empty() => set.cameras.push(SyntheticCamera::Face(0)),
                "face" => set.cameras.push(SyntheticCamera::Face(number()?)),
                "y4m" => set.cameras.push(SyntheticCamera::Y4m(path()?)),
                "wav" => set.microphones.push(SyntheticMicrophone::Wav(path()?)),
                "tone" => set.microphones.push(SyntheticMicrophone::Tone(
                    u32::try_from(number()?).ok().filter(|hz| *hz < crate::RATE / 2).ok_or(DeviceError::BadFile)?,
                )),
                "silence" => set.microphones.push(SyntheticMicrophone::Silence),
                "sink" => set.speakers.push(SyntheticSpeaker::Sink),
                "record" => set.speakers.push(SyntheticSpeaker::Record(path()?)),
                "page" => set.screens.push(SyntheticScreen::Page(path()?)),
                _ => return Err(DeviceError::NotFound),
            }
        }
        Ok(set)
    }
}

impl SyntheticCamera {
    pub(crate) fn info(&self) -> DeviceInfo {
        match self {
            Self::Face(0) => info("face", "Synthetic face".into()),
            Self::Face(seed) => info(&format!("face:{seed}"), format!("Synthetic face {seed}")),
            Self::Y4m(path) => info(&format!("y4m:{}", path.display()), format!("Clip {}", short(path))),
        }
    }
}

impl SyntheticMicrophone {
    pub(crate) fn info(&self) -> DeviceInfo {
        match self {
            Self::Wav(path) => info(&format!("wav:{}", path.display()), format!("Recording {}", short(path))),
            Self::Tone(hertz) => info(&format!("tone:{hertz}"), format!("Tone {hertz} Hz")),
            Self::Silence => info("silence", "Silence".into()),
        }
    }
}

impl SyntheticSpeaker {
    pub(crate) fn info(&self) -> DeviceInfo {
        match self {
            Self::Sink => info("sink", "Silent speaker".into()),
            Self::Record(path) => info(&format!("record:{}", path.display()), format!("Recorder {}", short(path))),
        }
    }
}

impl SyntheticScreen {
    pub(crate) fn source(&self) -> ScreenSource {
        let Self::Page(path) = self;
        ScreenSource {
            id: format!("{PREFIX}page:{}", path.display()),
            title: format!("Page {}", short(path)),
            kind: ScreenKind::Screen,
            width: 0,
            height: 0,
        }
    }
}

fn info(id: &str, name: String) -> DeviceInfo {
    DeviceInfo { id: format!("{PREFIX}{id}"), name, is_default: false }
}

fn short(path: &std::path::Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_from_ids() {
        let set: SyntheticSet =
            "first; synthetic:face:7;synthetic:y4m:/a b.y4m;tone:440;sink;synthetic:page:C:/p.ppm".parse().unwrap();
        assert!(set.first);
        assert_eq!(set.cameras, [SyntheticCamera::Face(7), SyntheticCamera::Y4m("/a b.y4m".into())]);
        assert_eq!(set.microphones, [SyntheticMicrophone::Tone(440)]);
        assert_eq!(set.speakers, [SyntheticSpeaker::Sink]);
        assert_eq!(set.screens, [SyntheticScreen::Page("C:/p.ppm".into())]);
        assert_eq!(set.cameras[0].info().id, "synthetic:face:7");
        for bad in ["synthetic:nose", "tone:90000", "tone:x", "wav:"] {
            assert!(bad.parse::<SyntheticSet>().is_err(), "{bad}");
        }
    }
}
