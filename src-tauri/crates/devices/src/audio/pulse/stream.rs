//! A recording or playing stream: the thread that the server drives.

use std::ffi::CString;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, PlaybackStreamParams, Prop, Props,
    RecordStreamParams, SampleFormat, SampleSpec,
};

use super::PREFIX;
use super::wire::{Message, Wire};
use crate::audio::pump::{Intake, Outlet};
use crate::handle::{Latency, RING, faults};
use crate::worker::Worker;
use crate::{Counter, DeviceError, DeviceInfo, Microphone, RATE, Speaker};

/// Bytes of a sample.
const SAMPLE: usize = size_of::<f32>();

/// Samples converted at a time: 10 ms.
const PART: usize = RATE as usize / 100;

const fn bytes(milliseconds: usize) -> u32 {
    (RATE as usize / 1000 * milliseconds * SAMPLE) as u32
}

/// Sound comes in pieces of 10 ms.
const RECORD: BufferAttr = BufferAttr {
    max_length: u32::MAX,
    target_length: u32::MAX,
    pre_buffering: u32::MAX,
    minimum_request_length: u32::MAX,
    fragment_size: bytes(10),
};

/// 50 ms in all, asked for in pieces of 10 ms; started at once and never stopped for want of sound.
const PLAY: BufferAttr = BufferAttr {
    max_length: u32::MAX,
    target_length: bytes(50),
    pre_buffering: 0,
    minimum_request_length: bytes(10),
    fragment_size: u32::MAX,
};

/// A device that goes takes its stream with it instead of handing it to another behind our back.
fn flags() -> StreamFlags {
    StreamFlags { adjust_latency: true, no_move: true, ..StreamFlags::default() }
}

fn spec() -> SampleSpec {
    let format = if cfg!(target_endian = "little") { SampleFormat::Float32Le } else { SampleFormat::Float32Be };
    SampleSpec { format, channels: 1, sample_rate: RATE }
}

/// A call: servers switch headsets to their microphone profile for it and turn music down.
fn props() -> Props {
    let mut props = Props::new();
    props.set(Prop::MediaRole, c"phone");
    props.set(Prop::MediaName, c"Préau");
    props
}

fn device_name(info: &DeviceInfo) -> Result<CString, DeviceError> {
    let name = info.id.strip_prefix(PREFIX).ok_or(DeviceError::NotFound)?;
    CString::new(name).map_err(|_| DeviceError::NotFound)
}

/// Ends the connection, which ends the thread, which is then joined.
struct Playing {
    socket: UnixStream,
    _worker: Worker,
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

pub(in crate::audio) fn microphone(info: DeviceInfo) -> Result<Microphone, DeviceError> {
    let mut wire = Wire::connect()?;
    let params = RecordStreamParams {
        sample_spec: spec(),
        channel_map: ChannelMap::mono(),
        source_name: Some(device_name(&info)?),
        buffer_attr: RECORD,
        flags: flags(),
        props: props(),
        ..RecordStreamParams::default()
    };
    let _: CreateRecordStreamReply = wire.ask(&Command::CreateRecordStream(params))?;
    let (producer, samples) = rtrb::RingBuffer::new(RING);
    let dropped = Counter::default();
    let (report, faults) = faults();
    let mut intake = Intake::new(producer, dropped.clone(), 1, RATE);
    let socket = wire.patient()?;
    let worker = Worker::spawn("microphone", move |stop| {
        let error = loop {
            match wire.next() {
                Ok(Message::Sound(sound)) => record(&mut intake, sound),
                Ok(Message::Killed) => break DeviceError::Gone,
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        if !stop.is_set() {
            tracing::info!(?error, "microphone ended");
            report.gone();
        }
    });
    let worker = worker.map_err(|_| DeviceError::Driver)?;
    Ok(Microphone::new(info, samples, faults, dropped, Box::new(Playing { socket, _worker: worker })))
}

fn record(intake: &mut Intake, sound: &[u8]) {
    let mut part = [0.0; PART];
    for bytes in sound.chunks(PART * SAMPLE) {
        let mut n = 0;
        for (to, from) in part.iter_mut().zip(bytes.as_chunks::<SAMPLE>().0) {
            *to = f32::from_ne_bytes(*from);
            n += 1;
        }
        intake.take(&part[..n]);
    }
}

pub(in crate::audio) fn speaker(info: DeviceInfo) -> Result<Speaker, DeviceError> {
    let mut wire = Wire::connect()?;
    let params = PlaybackStreamParams {
        sample_spec: spec(),
        channel_map: ChannelMap::mono(),
        sink_name: Some(device_name(&info)?),
        buffer_attr: PLAY,
        flags: flags(),
        props: props(),
        ..PlaybackStreamParams::default()
    };
    let reply: CreatePlaybackStreamReply = wire.ask(&Command::CreatePlaybackStream(params))?;
    let (samples, consumer) = rtrb::RingBuffer::new(RING);
    let (missing, latency) = (Counter::default(), Latency::default());
    latency.set(buffered(&reply));
    let (report, faults) = faults();
    let mut outlet = Outlet::new(consumer, missing.clone(), 1, RATE);
    let socket = wire.patient()?;
    let worker = Worker::spawn("speaker", move |stop| {
        let mut sound = Vec::new();
        let mut wanted = reply.requested_bytes as usize;
        let error = loop {
            if let Err(error) = answer(&mut wire, reply.channel, &mut outlet, &mut sound, wanted) {
                break error;
            }
            wanted = match wire.next() {
                Ok(Message::Wanted(bytes)) => bytes,
                Ok(Message::Killed) => break DeviceError::Gone,
                Ok(_) => 0,
                Err(error) => break error,
            };
        };
        if !stop.is_set() {
            tracing::info!(?error, "speaker ended");
            report.gone();
        }
    });
    let worker = worker.map_err(|_| DeviceError::Driver)?;
    Ok(Speaker::new(info, samples, faults, missing, latency, Box::new(Playing { socket, _worker: worker })))
}

/// What the server keeps of the stream, and what the sink does.
fn buffered(reply: &CreatePlaybackStreamReply) -> Duration {
    let per_second = f64::from(bytes(1000));
    let stream = f64::from(reply.buffer_attr.target_length.min(bytes(2000))) / per_second;
    Duration::from_secs_f64(stream) + Duration::from_micros(reply.stream_latency.min(2_000_000))
}

/// Gives as many bytes as the server wants, or it would count on the rest for ever.
fn answer(
    wire: &mut Wire,
    channel: u32,
    outlet: &mut Outlet,
    sound: &mut Vec<u8>,
    wanted: usize,
) -> Result<(), DeviceError> {
    // More than it ever holds is time that has passed (this thread was late, the computer slept), and what is sent for it
    // is thrown away: send silence for that and keep the sound.
    let mut late = wanted.saturating_sub(PLAY.target_length as usize) / SAMPLE;
    let mut samples = wanted / SAMPLE - late;
    while late > 0 {
        let n = late.min(RATE as usize);
        sound.clear();
        sound.resize(n * SAMPLE, 0);
        wire.play(channel, sound)?;
        late -= n;
    }
    if samples == 0 {
        return Ok(());
    }
    sound.clear();
    let mut part = [0.0_f32; PART];
    while samples > 0 {
        let n = samples.min(PART);
        outlet.give(&mut part[..n]);
        sound.extend(part[..n].iter().flat_map(|s| s.to_ne_bytes()));
        samples -= n;
    }
    wire.play(channel, sound)
}
