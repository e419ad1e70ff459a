//! Which of a device's formats to open it in.

use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfigRange};

use crate::RATE;
use crate::audio::Direction;

/// 48 kHz if it can be had, then the nearest rate above, then below; few channels; floats; a small buffer.
pub(super) fn choose(
    ranges: impl IntoIterator<Item = SupportedStreamConfigRange>,
    direction: Direction,
    default_rate: Option<u32>,
) -> Option<(StreamConfig, SampleFormat)> {
    let best = ranges.into_iter().filter(|r| format_rank(r.sample_format()).is_some()).min_by_key(|range| {
        let rate = rate(range, default_rate);
        let distance = if rate >= RATE { rate - RATE } else { 1_000_000 + RATE - rate };
        (distance, channel_rank(range.channels(), direction), format_rank(range.sample_format()))
    })?;
    let buffer_size = match best.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed(period(direction, rate(&best, default_rate)).clamp(*min, *max))
        }
        _ => BufferSize::Default,
    };
    let config = StreamConfig { channels: best.channels(), sample_rate: rate(&best, default_rate), buffer_size };
    Some((config, best.sample_format()))
}

/// Frames a callback: 10 ms of microphone, 20 ms of speaker, where a late thread would be heard.
fn period(direction: Direction, rate: u32) -> u32 {
    match direction {
        Direction::In => rate / 100,
        Direction::Out => rate / 50,
    }
}

fn rate(range: &SupportedStreamConfigRange, default_rate: Option<u32>) -> u32 {
    let (min, max) = (range.min_sample_rate(), range.max_sample_rate());
    if (min..=max).contains(&RATE) {
        return RATE;
    }
    default_rate.filter(|r| (min..=max).contains(r)).unwrap_or(if min > RATE { min } else { max })
}

fn channel_rank(channels: u16, direction: Direction) -> u16 {
    match (direction, channels) {
        (Direction::In, 1) | (Direction::Out, 2) => 0,
        (Direction::In, 2) | (Direction::Out, 1) => 1,
        (_, n) => n.max(2),
    }
}

/// Lower is better; `None` for what the callbacks do not understand.
fn format_rank(format: SampleFormat) -> Option<u8> {
    match format {
        SampleFormat::F32 => Some(0),
        SampleFormat::I16 => Some(1),
        SampleFormat::I32 => Some(2),
        SampleFormat::I24 => Some(3),
        SampleFormat::F64 => Some(4),
        SampleFormat::U16 => Some(5),
        SampleFormat::I8 => Some(6),
        SampleFormat::U8 => Some(7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(channels: u16, min: u32, max: u32, format: SampleFormat) -> SupportedStreamConfigRange {
        SupportedStreamConfigRange::new(channels, min, max, SupportedBufferSize::Range { min: 64, max: 8192 }, format)
    }

    fn check(ranges: &[SupportedStreamConfigRange], direction: Direction, expected: (u16, u32, SampleFormat)) {
        let (config, format) = choose(ranges.iter().copied(), direction, Some(44_100)).unwrap();
        assert_eq!((config.channels, config.sample_rate, format), expected);
    }

    #[test]
    fn forty_eight_kilohertz_wins_over_everything() {
        let ranges = [
            range(1, 44_100, 44_100, SampleFormat::F32),
            range(8, 48_000, 48_000, SampleFormat::U8),
            range(2, 8_000, 192_000, SampleFormat::I16),
        ];
        check(&ranges, Direction::In, (2, 48_000, SampleFormat::I16));
        check(&ranges, Direction::Out, (2, 48_000, SampleFormat::I16));
    }

    #[test]
    fn without_it_the_rate_above_is_better_than_the_one_below() {
        let ranges = [range(1, 16_000, 44_100, SampleFormat::F32), range(1, 96_000, 192_000, SampleFormat::F32)];
        check(&ranges, Direction::In, (1, 96_000, SampleFormat::F32));
        check(&ranges[..1], Direction::In, (1, 44_100, SampleFormat::F32));
    }

    #[test]
    fn microphones_are_opened_in_mono_and_speakers_in_stereo() {
        let ranges = [1, 2, 6].map(|n| range(n, 8_000, 96_000, SampleFormat::F32));
        check(&ranges, Direction::In, (1, 48_000, SampleFormat::F32));
        check(&ranges, Direction::Out, (2, 48_000, SampleFormat::F32));
    }

    #[test]
    fn a_device_of_unknown_formats_only_is_refused() {
        assert!(choose([range(2, 48_000, 48_000, SampleFormat::DsdU8)], Direction::Out, None).is_none());
    }

    #[test]
    fn buffers_are_short_but_within_what_the_device_takes() {
        let narrow = SupportedStreamConfigRange::new(
            2,
            48_000,
            48_000,
            SupportedBufferSize::Range { min: 1024, max: 2048 },
            SampleFormat::F32,
        );
        assert_eq!(choose([narrow], Direction::In, None).unwrap().0.buffer_size, BufferSize::Fixed(1024));
        let ranges = [range(2, 48_000, 48_000, SampleFormat::F32)];
        assert_eq!(choose(ranges, Direction::In, None).unwrap().0.buffer_size, BufferSize::Fixed(480));
        assert_eq!(choose(ranges, Direction::Out, None).unwrap().0.buffer_size, BufferSize::Fixed(960));
    }
}
