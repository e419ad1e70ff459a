//! Threads that play the part of devices, in real time.

use std::time::{Duration, Instant};

use media::I420;
use media::face::FacePainter;
use media::scale::{Fit, scale};

use super::wav::{self, Recorder};
use super::y4m::{Clip, ppm};
use super::{SyntheticCamera, SyntheticMicrophone, SyntheticScreen, SyntheticSpeaker};
use crate::handle::{Latency, RING, faults};
use crate::worker::{Stop, Worker};
use crate::{
    Camera, CameraFormat, CapturedFrame, Counter, DeviceError, Microphone, RATE, ScreenCapture, Speaker, frames,
};

/// One turn of a sound thread.
const TURN: Duration = Duration::from_millis(10);
const TURN_SAMPLES: usize = RATE as usize / 100;

/// More than this late, and the lost time is not made up for: the computer slept.
const LATE: Duration = Duration::from_millis(300);

/// Calls `turn` once a period until told to stop or until it says that there is no more.
fn paced(stop: &Stop, period: Duration, mut turn: impl FnMut() -> bool) {
    let mut next = Instant::now();
    while turn() {
        next += period;
        let now = Instant::now();
        if now.duration_since(next) > LATE {
            next = now;
        }
        if stop.wait_until(next) {
            break;
        }
    }
}

fn thread(name: &str, work: impl FnOnce(&Stop) + Send + 'static) -> Result<Box<Worker>, DeviceError> {
    Worker::spawn(name, work).map(Box::new).map_err(|_| DeviceError::Driver)
}

impl SyntheticMicrophone {
    pub(crate) fn open(&self) -> Result<Microphone, DeviceError> {
        let sound = match self {
            Self::Wav(path) => wav::read(path)?,
            // A second holds a whole number of periods.
            Self::Tone(hertz) => {
                let step = std::f64::consts::TAU * f64::from(*hertz) / f64::from(RATE);
                (0..RATE).map(|i| (f64::from(i) * step).sin() as f32 * TONE).collect()
            }
            Self::Silence => vec![0.0; TURN_SAMPLES],
        };
        let (mut ring, samples) = rtrb::RingBuffer::new(RING);
        let dropped = Counter::default();
        let lost = dropped.clone();
        let worker = thread("synthetic-mic", move |stop| {
            let mut sound = sound.iter().copied().cycle();
            paced(stop, TURN, || {
                let missed = sound.by_ref().take(TURN_SAMPLES).filter(|s| ring.push(*s).is_err()).count();
                if missed > 0 {
                    lost.add(missed);
                }
                !ring.is_abandoned()
            });
        })?;
        Ok(Microphone::new(self.info(), samples, faults().1, dropped, worker))
    }
}

/// −20 dBFS (root mean square) as the amplitude of a sine.
const TONE: f32 = 0.141_42;

impl SyntheticSpeaker {
    pub(crate) fn open(&self) -> Result<Speaker, DeviceError> {
        let mut recorder = match self {
            Self::Sink => None,
            Self::Record(path) => Some(Recorder::create(path)?),
        };
        let (samples, mut ring) = rtrb::RingBuffer::new(RING);
        let (missing, latency) = (Counter::default(), Latency::default());
        latency.set(TURN);
        let silent = missing.clone();
        let (report, faults) = faults();
        let worker = thread("synthetic-speaker", move |stop| {
            let mut sound = [0.0; TURN_SAMPLES];
            let (mut turns, mut started) = (0_u64, false);
            paced(stop, TURN, || {
                let got = {
                    let (got, rest) = ring.pop_partial_slice(&mut sound);
                    rest.fill(0.0);
                    got.len()
                };
                started |= got > 0;
                if started && got < TURN_SAMPLES {
                    silent.add(TURN_SAMPLES - got);
                }
                turns += 1;
                let Some(recorder) = &mut recorder else { return true };
                let written = recorder.write(&sound);
                let written =
                    if turns.is_multiple_of(100) { written.and_then(|()| recorder.settle()) } else { written };
                if written.is_err() {
                    report.gone();
                }
                written.is_ok()
            });
            if let Some(mut recorder) = recorder {
                let _ = recorder.settle();
            }
        })?;
        Ok(Speaker::new(self.info(), samples, faults, missing, latency, worker))
    }
}

impl SyntheticCamera {
    pub(crate) fn open(&self, want: CameraFormat) -> Result<Camera, DeviceError> {
        let (slot, frames) = frames();
        let (report, faults) = faults();
        let fps = want.fps.clamp(1, 60);
        let worker = match self {
            Self::Face(seed) => {
                let mut painter = FacePainter::new(*seed);
                let (width, height) = (want.width.clamp(32, 1920), want.height.clamp(32, 1080));
                thread("synthetic-camera", move |stop| {
                    let mut count = 0_u64;
                    paced(stop, Duration::from_secs(1) / fps, || {
                        // The painter counts in fifteenths of a second.
                        let index = count * 15 / u64::from(fps);
                        let at = Instant::now();
                        slot.put(CapturedFrame { image: painter.paint(index, chatter(index), width, height), at });
                        count += 1;
                        true
                    });
                })?
            }
            Self::Y4m(path) => {
                let mut clip = Clip::open(path)?;
                thread("synthetic-camera", move |stop| {
                    paced(stop, clip.period(), || match clip.next() {
                        Ok(image) => {
                            slot.put(CapturedFrame { image, at: Instant::now() });
                            true
                        }
                        Err(_) => {
                            report.gone();
                            false
                        }
                    });
                })?
            }
        };
        Ok(Camera::new(self.info(), frames, faults, worker))
    }
}

/// The face says something for three seconds of eight.
fn chatter(index: u64) -> f32 {
    if index % 120 < 45 { 0.6 } else { 0.0 }
}

/// How long a page stays.
const PAGE: Duration = Duration::from_secs(1);

impl SyntheticScreen {
    /// The pictures in order of name; one that cannot be read makes the whole unusable.
    fn pages(&self) -> Result<Vec<I420>, DeviceError> {
        let Self::Page(path) = self;
        if !path.is_dir() {
            return Ok(vec![ppm(path)?]);
        }
        let entries = std::fs::read_dir(path).map_err(|_| DeviceError::BadFile)?;
        let mut paths: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "ppm"));
        paths.sort();
        paths.truncate(64);
        let pages = paths.iter().map(|p| ppm(p)).collect::<Result<Vec<_>, _>>()?;
        if pages.is_empty() { Err(DeviceError::BadFile) } else { Ok(pages) }
    }

    pub(crate) fn still(&self, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
        let pages = self.pages()?;
        pages.first().map(|page| scale(page, max_width, max_height, Fit::Contain)).ok_or(DeviceError::BadFile)
    }

    pub(crate) fn open(&self) -> Result<ScreenCapture, DeviceError> {
        let pages = self.pages()?;
        let (slot, frames) = frames();
        let worker = thread("synthetic-screen", move |stop| {
            let mut pages = pages.iter().cycle();
            paced(stop, PAGE, || {
                let Some(page) = pages.next() else { return false };
                slot.put(CapturedFrame { image: page.clone(), at: Instant::now() });
                true
            });
        })?;
        Ok(ScreenCapture::new(self.source().title, frames, faults().1, worker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceFault;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn a_tone_comes_in_real_time_and_at_its_level() {
        let mut microphone = SyntheticMicrophone::Tone(440).open().unwrap();
        let start = Instant::now();
        let mut sound = Vec::new();
        let mut part = [0.0; 480];
        while sound.len() < 24_000 {
            let n = microphone.read(&mut part);
            sound.extend_from_slice(&part[..n]);
            if n == 0 {
                std::thread::yield_now();
            }
            assert!(start.elapsed() < PATIENCE);
        }
        assert!(start.elapsed() > Duration::from_millis(450), "{:?}", start.elapsed());
        let power: f32 = sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32;
        assert!((10.0 * power.log10() + 20.0).abs() < 0.1);
    }

    #[test]
    fn a_speaker_records_what_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.wav");
        let mut speaker = SyntheticSpeaker::Record(path.clone()).open().unwrap();
        for _ in 0..4_800 {
            speaker.samples.push(0.5).unwrap();
        }
        let start = Instant::now();
        while speaker.queued() > 0 && start.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        drop(speaker);
        let heard = wav::read(&path).unwrap();
        let loud = heard.iter().filter(|s| (**s - 0.5).abs() < 0.001).count();
        assert!(loud >= 4_320, "{loud}");
    }

    #[test]
    fn a_face_moves_at_the_rate_and_size_asked_for() {
        let camera = SyntheticCamera::Face(2).open(CameraFormat { width: 160, height: 120, fps: 30 }).unwrap();
        let first = camera.frames.wait(PATIENCE).unwrap();
        assert_eq!((first.image.width, first.image.height), (160, 120));
        let start = Instant::now();
        while camera.frames.wait(PATIENCE).is_some_and(|f| f.image == first.image) {
            assert!(start.elapsed() < PATIENCE, "the face does not move");
        }
    }

    #[test]
    fn a_clip_that_shrinks_while_it_plays_is_a_camera_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.y4m");
        std::fs::write(&path, b"YUV4MPEG2 W2 H2 F120:1\nFRAME\n123456").unwrap();
        let camera = SyntheticCamera::Y4m(path.clone()).open(CameraFormat { width: 2, height: 2, fps: 1 }).unwrap();
        assert!(camera.frames.wait(PATIENCE).is_some());
        std::fs::write(&path, b"YUV4MPEG2").unwrap();
        assert_eq!(camera.faults.recv_timeout(PATIENCE), Ok(DeviceFault::Gone));
        let _ = camera.frames.take();
        assert!(camera.frames.wait(PATIENCE).is_none() && camera.frames.ended());
    }

    #[test]
    fn pages_turn_in_order_of_name() {
        let folder = tempfile::tempdir().unwrap();
        for (name, shade) in [("b.ppm", 255_u8), ("a.ppm", 0)] {
            let mut bytes = b"P6 2 2 255\n".to_vec();
            bytes.extend([shade; 12]);
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let screen = SyntheticScreen::Page(folder.path().into());
        assert_eq!(screen.still(320, 200).unwrap().data()[0], 16);
        let capture = screen.open().unwrap();
        let shades: Vec<u8> = (0..3).map(|_| capture.frames.wait(PATIENCE).unwrap().image.data()[0]).collect();
        assert_eq!(shades, [16, 235, 16]);
    }
}
