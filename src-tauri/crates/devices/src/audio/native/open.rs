//! Opening a stream on a device and keeping it.

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, SampleFormat, StreamConfig};

use super::choose::choose;
use super::error;
use crate::audio::pump::{Intake, Outlet};
use crate::audio::{Direction, PATIENCE};
use crate::handle::{FaultReport, Latency, RING, faults};
use crate::{Counter, DeviceError, DeviceInfo, Microphone, Speaker};

pub(super) fn microphone(info: DeviceInfo, device: &cpal::Device) -> Result<Microphone, DeviceError> {
    let default_rate = device.default_input_config().ok().map(|c| c.sample_rate());
    let ranges = device.supported_input_configs().map_err(|e| error(&e))?;
    let (config, format) = choose(ranges, Direction::In, default_rate).ok_or(DeviceError::Format)?;
    let attempt = |config: StreamConfig| {
        let (producer, consumer) = rtrb::RingBuffer::new(RING);
        let dropped = Counter::default();
        let (report, faults) = faults();
        let intake = Intake::new(producer, dropped.clone(), config.channels, config.sample_rate);
        let stream = input_stream(device, config, format, intake, report)?;
        stream.play()?;
        Ok((stream, consumer, faults, dropped))
    };
    let (stream, samples, faults, dropped) = with_any_buffer(config, attempt)?;
    Ok(Microphone::new(info, samples, faults, dropped, Box::new(stream)))
}

pub(super) fn speaker(info: DeviceInfo, device: &cpal::Device) -> Result<Speaker, DeviceError> {
    let default_rate = device.default_output_config().ok().map(|c| c.sample_rate());
    let ranges = device.supported_output_configs().map_err(|e| error(&e))?;
    let (config, format) = choose(ranges, Direction::Out, default_rate).ok_or(DeviceError::Format)?;
    let attempt = |config: StreamConfig| {
        let (producer, consumer) = rtrb::RingBuffer::new(RING);
        let (missing, latency) = (Counter::default(), Latency::default());
        let (report, faults) = faults();
        let outlet = Outlet::new(consumer, missing.clone(), config.channels, config.sample_rate);
        let stream = output_stream(device, config, format, outlet, latency.clone(), report)?;
        stream.play()?;
        Ok((stream, producer, faults, missing, latency))
    };
    let (stream, samples, faults, missing, latency) = with_any_buffer(config, attempt)?;
    Ok(Speaker::new(info, samples, faults, missing, latency, Box::new(stream)))
}

/// Drivers announce buffer sizes that they refuse when asked for; their own choice is then better than no sound.
fn with_any_buffer<T>(
    config: StreamConfig,
    attempt: impl Fn(StreamConfig) -> Result<T, cpal::Error>,
) -> Result<T, DeviceError> {
    let first = attempt(config);
    match (&first, config.buffer_size) {
        (Err(e), BufferSize::Fixed(_)) if !matches!(e.kind(), ErrorKind::DeviceBusy | ErrorKind::PermissionDenied) => {
            attempt(StreamConfig { buffer_size: BufferSize::Default, ..config }).map_err(|e| error(&e))
        }
        _ => first.map_err(|e| error(&e)),
    }
}

/// Glitches pass; anything else ended the stream.
fn on_error(report: FaultReport) -> impl FnMut(cpal::Error) + Send + 'static {
    move |e| match e.kind() {
        ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
        kind => {
            tracing::info!(?kind, "sound stream ended");
            report.gone();
        }
    }
}

macro_rules! by_format {
    ($format:expr, $T:ident => $build:expr) => {
        match $format {
            SampleFormat::F32 => by_format!(@ f32, $T, $build),
            SampleFormat::F64 => by_format!(@ f64, $T, $build),
            SampleFormat::I32 => by_format!(@ i32, $T, $build),
            SampleFormat::I24 => by_format!(@ cpal::I24, $T, $build),
            SampleFormat::I16 => by_format!(@ i16, $T, $build),
            SampleFormat::I8 => by_format!(@ i8, $T, $build),
            SampleFormat::U16 => by_format!(@ u16, $T, $build),
            SampleFormat::U8 => by_format!(@ u8, $T, $build),
            _ => Err(cpal::Error::new(ErrorKind::UnsupportedConfig)),
        }
    };
    (@ $sample:ty, $T:ident, $build:expr) => {{
        type $T = $sample;
        $build
    }};
}

fn input_stream(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    mut intake: Intake,
    report: FaultReport,
) -> Result<cpal::Stream, cpal::Error> {
    let failed = on_error(report);
    by_format!(format, T => device.build_input_stream(config, move |data: &[T], _| intake.take(data), failed, Some(PATIENCE)))
}

fn output_stream(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    mut outlet: Outlet,
    latency: Latency,
    report: FaultReport,
) -> Result<cpal::Stream, cpal::Error> {
    let failed = on_error(report);
    by_format!(format, T => device.build_output_stream(
        config,
        move |data: &mut [T], info| {
            let at = info.timestamp();
            latency.set(at.playback.saturating_duration_since(at.callback));
            outlet.give(data);
        },
        failed,
        Some(PATIENCE),
    ))
}
