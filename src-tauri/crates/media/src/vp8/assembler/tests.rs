use super::super::Packetizer;
use super::*;

/// A stream of frames, each with its number inside; every tenth is a key frame.
struct Sender {
    packetizer: Packetizer,
    sequence: u16,
    frames: u32,
}

#[derive(Clone)]
struct Packet {
    sequence: u16,
    timestamp: u32,
    marker: bool,
    payload: Vec<u8>,
}

impl Packet {
    fn view(&self) -> VideoPacket<'_> {
        VideoPacket { sequence: self.sequence, timestamp: self.timestamp, marker: self.marker, payload: &self.payload }
    }
}

impl Sender {
    fn new() -> Self {
        Self { packetizer: Packetizer::new(0x7ff0), sequence: 65_500, frames: 0 }
    }

    /// The packets of the next frame, of this size.
    fn frame(&mut self, size: usize) -> Vec<Packet> {
        let key = self.frames.is_multiple_of(10);
        let mut data = vec![u8::from(!key)];
        data.extend(self.frames.to_be_bytes());
        data.resize(size.max(5), self.frames as u8);
        let timestamp = self.frames.wrapping_mul(6000).wrapping_add(u32::MAX - 30_000);
        self.frames += 1;
        let packets = self.packetizer.packetize(&data).into_iter().map(|payload| {
            self.sequence = self.sequence.wrapping_add(1);
            Packet { sequence: self.sequence, timestamp, marker: payload.marker, payload: payload.bytes }
        });
        packets.collect()
    }

    /// Frames of three packets.
    fn frames(&mut self, count: usize) -> Vec<Packet> {
        (0..count).flat_map(|_| self.frame(3000)).collect()
    }
}

fn number(frame: &VideoFrame) -> u32 {
    u32::from_be_bytes(frame.data[1..5].try_into().unwrap())
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Gives packets in, ten milliseconds apart from `start`, and returns the numbers of the frames that came out.
fn give(assembler: &mut FrameAssembler, packets: &[Packet], start: u64) -> Vec<u32> {
    let mut numbers = Vec::new();
    for (step, packet) in packets.iter().enumerate() {
        let now = at(start + step as u64 * 10);
        assembler.insert(packet.view(), now);
        while let Some(frame) = assembler.next_frame(now) {
            assert_eq!(frame.key, number(&frame).is_multiple_of(10));
            assert_eq!(frame.data.len(), 3000);
            numbers.push(number(&frame));
        }
    }
    numbers
}

#[test]
fn frames_come_out_whole_and_in_order_across_the_wrap() {
    let mut assembler = FrameAssembler::new();
    let packets = Sender::new().frames(40);
    assert_eq!(give(&mut assembler, &packets, 0), (0..40).collect::<Vec<_>>());
    assert!(assembler.missing(at(2000)).is_empty());
    assert!(!assembler.needs_key_frame(at(2000)));
    let stats = assembler.stats();
    assert_eq!((stats.frames, stats.lost, stats.late, stats.malformed, stats.discarded), (40, 0, 0, 0, 0));
    assert_eq!((assembler.packets.len(), assembler.bytes), (0, 0));
}

#[test]
fn reordered_and_doubled_packets_do_no_harm() {
    let mut packets = Sender::new().frames(40);
    for pair in packets.chunks_mut(2) {
        pair.reverse();
    }
    let doubled: Vec<Packet> = packets.iter().flat_map(|packet| [packet.clone(), packet.clone()]).collect();
    let mut assembler = FrameAssembler::new();
    assert_eq!(give(&mut assembler, &doubled, 0), (0..40).collect::<Vec<_>>());
    assert_eq!(assembler.stats().late, 120);
}

#[test]
fn a_hole_is_asked_for_and_mended() {
    let packets = Sender::new().frames(6);
    let mut assembler = FrameAssembler::new();
    let (lost, mut rest) = (packets[7].clone(), packets.clone());
    rest.remove(7);
    // Frame 2 has a hole: nothing after it comes out, its packet is asked for.
    assert_eq!(give(&mut assembler, &rest[..9], 0), [0, 1]);
    assert_eq!(assembler.missing(at(90)), [lost.sequence]);
    assert!(assembler.missing(at(100)).is_empty());
    assert_eq!(assembler.missing(at(190)), [lost.sequence]);
    assert!(!assembler.needs_key_frame(at(190)));
    assert_eq!(give(&mut assembler, &[lost], 200), [2]);
    assert!(assembler.missing(at(400)).is_empty());
    assert_eq!(give(&mut assembler, &rest[9..], 210), [3, 4, 5]);
    assert_eq!(assembler.stats().lost, 0);
}

#[test]
fn a_hole_nobody_mends_costs_a_key_frame() {
    let mut sender = Sender::new();
    let mut packets = sender.frames(4);
    let lost = packets.remove(4).sequence;
    let mut assembler = FrameAssembler::new();
    assert_eq!(give(&mut assembler, &packets, 0), [0]);
    let asked: usize = (120..1000).step_by(10).map(|now| assembler.missing(at(now)).len()).sum();
    assert!((3..=4).contains(&asked), "{asked} times asked for {lost}");
    assert!(assembler.next_frame(at(1000)).is_none());
    assert!(assembler.needs_key_frame(at(1000)));
    assert!(!assembler.needs_key_frame(at(1900)));
    assert!(assembler.needs_key_frame(at(2000)));
    // Frames that build on it are not given out; the key frame (10) and what follows are.
    assert_eq!(give(&mut assembler, &sender.frames(8), 2010), [10, 11]);
    assert!(!assembler.needs_key_frame(at(9000)));
    assert_eq!(assembler.stats().lost, 1);
}

#[test]
fn a_key_frame_behind_a_hole_is_taken_at_once() {
    let mut packets = Sender::new().frames(14);
    packets.remove(22);
    let mut assembler = FrameAssembler::new();
    assert_eq!(give(&mut assembler, &packets, 0), [0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13]);
}

#[test]
fn a_lost_first_or_last_packet_of_a_frame_is_a_hole_too() {
    for lost in [3, 5] {
        let mut packets = Sender::new().frames(12);
        packets.remove(lost);
        let mut assembler = FrameAssembler::new();
        assert_eq!(give(&mut assembler, &packets, 0), [0, 10, 11], "{lost}");
    }
}

#[test]
fn a_stream_that_starts_in_the_middle_asks_for_a_key_frame() {
    let mut sender = Sender::new();
    sender.frames(3);
    let mut assembler = FrameAssembler::new();
    assert!(!assembler.needs_key_frame(at(0)));
    assert!(give(&mut assembler, &sender.frames(4), 0).is_empty());
    assert!(assembler.needs_key_frame(at(120)));
    assert_eq!(give(&mut assembler, &sender.frames(5), 200), [10, 11]);
}

#[test]
fn a_frame_the_decoder_refused_costs_a_key_frame() {
    let mut sender = Sender::new();
    let mut assembler = FrameAssembler::new();
    assert_eq!(give(&mut assembler, &sender.frames(3), 0), [0, 1, 2]);
    assembler.decoder_failed();
    assert!(assembler.needs_key_frame(at(100)));
    assert_eq!(give(&mut assembler, &sender.frames(9), 110), [10, 11]);
}

#[test]
fn another_stream_is_followed_and_a_stray_packet_is_not() {
    let mut sender = Sender::new();
    let mut assembler = FrameAssembler::new();
    assert_eq!(give(&mut assembler, &sender.frames(2), 0), [0, 1]);
    let stray = Packet { sequence: 20_000, ..sender.frame(10)[0].clone() };
    sender.sequence = sender.sequence.wrapping_sub(1);
    assembler.insert(stray.view(), at(70));
    assert!(!assembler.needs_key_frame(at(70)));
    sender.sequence = 30_000;
    sender.frames = 10;
    let packets = sender.frames(2);
    assert!(give(&mut assembler, &packets, 100).is_empty());
    // Its first packet served to believe it, and is asked for.
    assert_eq!(assembler.missing(at(170)), [30_001]);
    assert_eq!(give(&mut assembler, &packets[..1], 180), [10, 11]);
}

#[test]
fn an_unmarked_end_and_padding_are_understood() {
    let mut packets = Sender::new().frames(3);
    packets[2].marker = false;
    let mut sequence = packets[5].sequence;
    for packet in &mut packets[6..] {
        packet.sequence = packet.sequence.wrapping_add(1);
    }
    sequence = sequence.wrapping_add(1);
    packets.insert(6, Packet { sequence, timestamp: 5, marker: false, payload: vec![] });
    assert_eq!(give(&mut FrameAssembler::new(), &packets, 0), [0, 1, 2]);
}

#[test]
fn hostile_payloads_only_cost_their_frame() {
    let hostile: [&[u8]; 9] = [
        &[0x90],
        &[0x90, 0x80],
        &[0x90, 0x80, 0xff],
        &[0x90, 0xf0, 0x92, 0x34, 7],
        &[0xff; 4],
        &[0x10],
        &[0x00, 1],
        &[0x17, 0, 0, 0],
        &[0x90, 0x80, 0x01, 9, 9, 9],
    ];
    for payload in hostile {
        let mut sender = Sender::new();
        let mut packets = sender.frames(12);
        packets[4].payload = payload.to_vec();
        let numbers = give(&mut FrameAssembler::new(), &packets, 0);
        assert_eq!(numbers, [0, 10, 11], "{payload:?}");
    }
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut assembler = FrameAssembler::new();
    let huge = vec![0x10_u8; 60_000];
    let mut state = 9_u32;
    for round in 0..30_000_u32 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Beginnings of key frames that never end, broken descriptors, holes, jumps.
        let sequence = if state.is_multiple_of(7) { (state >> 16) as u16 } else { (round * 2) as u16 };
        let bytes = match state >> 30 {
            0 => &huge[..],
            1 => &[0x90, 0x80, 0x80, 0x01, 0][..],
            2 => &[0x00, 1, 2, 3][..],
            _ => &huge[..(state >> 20 & 0xf) as usize],
        };
        let packet = VideoPacket { sequence, timestamp: state, marker: state.is_multiple_of(1000), payload: bytes };
        let now = at(u64::from(round));
        assembler.insert(packet, now);
        let _ = assembler.next_frame(now);
        let _ = assembler.missing(now);
        let _ = assembler.needs_key_frame(now);
        assert!(assembler.packets.len() <= MOST_PACKETS && assembler.bytes <= MOST_BYTES);
    }
}
