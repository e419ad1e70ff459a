//! Handles of open devices.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::{DeviceFault, DeviceInfo, Frames, RATE};

/// What keeps a device running; dropping it stops the device.
pub(crate) type Running = Box<dyn Any + Send>;

/// A number written by a device's thread and read by anybody.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// The count since the device was opened.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, n: usize) {
        self.0.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// Reports a fault once; what comes after the first is dropped.
#[derive(Clone)]
pub(crate) struct FaultReport(SyncSender<DeviceFault>);

impl FaultReport {
    pub(crate) fn gone(&self) {
        let _ = self.0.try_send(DeviceFault::Gone);
    }
}

pub(crate) fn faults() -> (FaultReport, Receiver<DeviceFault>) {
    let (report, receiver) = sync_channel(1);
    (FaultReport(report), receiver)
}

/// How much sound a ring between device and engine holds, in samples: half a second.
pub(crate) const RING: usize = RATE as usize / 2;

/// Backlog from which [`Microphone::read`] gives up the oldest sound, in samples: 200 ms.
const BACKLOG: usize = RATE as usize / 5;

/// An open microphone.
pub struct Microphone {
    /// Which it is.
    pub info: DeviceInfo,
    /// 48 kHz mono. Holds half a second; when it is full, new sound is dropped and counted, so read through
    /// [`Microphone::read`], which drops the *oldest* well before that, unless you keep it short yourself.
    pub samples: rtrb::Consumer<f32>,
    /// At most one fault.
    pub faults: Receiver<DeviceFault>,
    /// Samples lost because nobody fetched them.
    pub dropped: Counter,
    _running: Running,
}

impl Microphone {
    /// A microphone of another making, for tests above the device line; dropping `running` stops it.
    #[must_use]
    pub fn new(
        info: DeviceInfo,
        samples: rtrb::Consumer<f32>,
        faults: Receiver<DeviceFault>,
        dropped: Counter,
        running: Running,
    ) -> Self {
        Self { info, samples, faults, dropped, _running: running }
    }

    /// Moves up to `out.len()` samples into `out` and says how many. Overflow rule: of a backlog over 200 ms, as after a
    /// stall of the reader, all but the newest `out.len()` samples are given up and counted.
    pub fn read(&mut self, out: &mut [f32]) -> usize {
        let queued = self.samples.slots();
        if queued > BACKLOG.max(out.len()) {
            let stale = queued - out.len();
            if let Ok(chunk) = self.samples.read_chunk(stale) {
                chunk.commit_all();
                self.dropped.add(stale);
            }
        }
        let n = self.samples.slots().min(out.len());
        match self.samples.read_chunk(n) {
            Ok(chunk) => {
                let (a, b) = chunk.as_slices();
                out[..a.len()].copy_from_slice(a);
                out[a.len()..n].copy_from_slice(b);
                chunk.commit_all();
                n
            }
            Err(_) => 0,
        }
    }
}

/// Latency of a speaker in microseconds, written by its callback.
#[derive(Clone, Default)]
pub struct Latency(Arc<AtomicU32>);

impl Latency {
    /// The device says so now.
    pub fn set(&self, latency: Duration) {
        self.0.store(latency.as_micros().try_into().unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

/// An open speaker.
pub struct Speaker {
    /// Which it is.
    pub info: DeviceInfo,
    /// 48 kHz mono. Holds half a second: keep no more in it than you want to hear late. Empty means silence.
    pub samples: rtrb::Producer<f32>,
    /// At most one fault.
    pub faults: Receiver<DeviceFault>,
    /// Samples of silence played because nothing was there; counts from the first sample given.
    pub missing: Counter,
    latency: Latency,
    _running: Running,
}

impl Speaker {
    /// A speaker of another making, for tests above the device line; dropping `running` stops it.
    #[must_use]
    pub fn new(
        info: DeviceInfo,
        samples: rtrb::Producer<f32>,
        faults: Receiver<DeviceFault>,
        missing: Counter,
        latency: Latency,
        running: Running,
    ) -> Self {
        Self { info, samples, faults, missing, latency, _running: running }
    }

    /// Samples waiting in [`Speaker::samples`].
    #[must_use]
    pub fn queued(&self) -> usize {
        self.samples.buffer().capacity().saturating_sub(self.samples.slots())
    }

    /// Estimate of the time until a sample that is given now is heard: what is queued plus what the system buffers.
    #[must_use]
    pub fn latency(&self) -> Duration {
        let device = Duration::from_micros(u64::from(self.latency.0.load(Ordering::Relaxed)));
        device + Duration::from_micros(self.queued() as u64 * 1_000_000 / u64::from(RATE))
    }
}

/// An open camera.
pub struct Camera {
    /// Which it is.
    pub info: DeviceInfo,
    /// Its pictures.
    pub frames: Frames,
    /// At most one fault.
    pub faults: Receiver<DeviceFault>,
    _running: Running,
}

impl Camera {
    /// A camera of another making, for tests above the device line; dropping `running` stops it.
    #[must_use]
    pub fn new(info: DeviceInfo, frames: Frames, faults: Receiver<DeviceFault>, running: Running) -> Self {
        Self { info, frames, faults, _running: running }
    }
}

/// A screen or window being captured.
pub struct ScreenCapture {
    /// Window title or monitor name when it was opened. Personal: never logged.
    pub title: String,
    /// Its pictures, in full size, cursor drawn in.
    pub frames: Frames,
    /// At most one fault: the window closed, the monitor was unplugged, the system ended the sharing.
    pub faults: Receiver<DeviceFault>,
    _running: Running,
}

impl ScreenCapture {
    /// A capture of another making, for tests above the device line; dropping `running` stops it.
    #[must_use]
    pub fn new(title: String, frames: Frames, faults: Receiver<DeviceFault>, running: Running) -> Self {
        Self { title, frames, faults, _running: running }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn microphone() -> (rtrb::Producer<f32>, Microphone) {
        let (producer, consumer) = rtrb::RingBuffer::new(RING);
        let info = DeviceInfo { id: "m".into(), name: "m".into(), is_default: true };
        let microphone = Microphone::new(info, consumer, faults().1, Counter::default(), Box::new(()));
        (producer, microphone)
    }

    #[test]
    fn a_short_backlog_is_read_in_order_and_whole() {
        let (mut producer, mut microphone) = microphone();
        for i in 0..700 {
            producer.push(i as f32).unwrap();
        }
        let mut out = [0.0; 480];
        assert_eq!(microphone.read(&mut out), 480);
        assert_eq!((out[0], out[479]), (0.0, 479.0));
        assert_eq!(microphone.read(&mut out), 220);
        assert_eq!((out[0], out[219]), (480.0, 699.0));
        assert_eq!(microphone.dropped.get(), 0);
    }

    #[test]
    fn a_reader_that_stalled_gets_the_newest_sound() {
        let (mut producer, mut microphone) = microphone();
        for i in 0..20_000 {
            producer.push(i as f32).unwrap();
        }
        let mut out = [0.0; 480];
        assert_eq!(microphone.read(&mut out), 480);
        assert_eq!(out[479], 19_999.0);
        assert_eq!(microphone.dropped.get(), 20_000 - 480);
    }

    #[test]
    fn a_fault_is_reported_once() {
        let (report, faults) = faults();
        report.gone();
        report.gone();
        assert_eq!(faults.try_iter().count(), 1);
    }
}
