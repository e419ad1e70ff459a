//! Echo cancelling, noise suppression and gain.

use media::audio::{FRAME, RATE};
use sonora::config::{AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression, Pipeline};
use sonora::{AudioProcessing, Config, StreamConfig};
use std::time::Duration;

/// The processing of one microphone against one speaker. Works on frames of 10 ms.
pub(crate) struct Process {
    apm: AudioProcessing,
    scratch: Box<[f32; FRAME]>,
    ignored: Box<[f32; FRAME]>,
}

impl Process {
    pub(crate) fn new() -> Self {
        let config = Config {
            pipeline: Pipeline { multi_channel_render: false, multi_channel_capture: false, ..Pipeline::default() },
            high_pass_filter: Some(HighPassFilter::default()),
            echo_canceller: Some(EchoCanceller::default()),
            noise_suppression: Some(NoiseSuppression::default()),
            gain_controller2: Some(GainController2 {
                // 50 dB, the default, turns the hum of an empty room into a sound; a class needs less.
                adaptive_digital: Some(AdaptiveDigital {
                    max_gain_db: 24.0,
                    initial_gain_db: 8.0,
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let stream = StreamConfig::new(RATE, 1);
        let apm = AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build();
        Self { apm, scratch: Box::new([0.0; FRAME]), ignored: Box::new([0.0; FRAME]) }
    }

    /// Tells what is about to be played.
    pub(crate) fn reference(&mut self, played: &[f32; FRAME]) {
        if let Err(error) = self.apm.process_render_f32(&[played], &mut [&mut self.ignored[..]]) {
            tracing::trace!(?error, "echo reference refused");
        }
    }

    /// Cleans a frame of the microphone in place. `delay` is the time until what was told last is heard.
    pub(crate) fn clean(&mut self, frame: &mut [f32; FRAME], delay: Duration) {
        let ms = i32::try_from(delay.as_millis()).unwrap_or(500).min(500);
        let _ = self.apm.set_stream_delay_ms(ms);
        match self.apm.process_capture_f32(&[&frame[..]], &mut [&mut self.scratch[..]]) {
            Ok(()) => *frame = *self.scratch,
            Err(error) => tracing::trace!(?error, "microphone frame refused"),
        }
    }
}
