//! Minutes of a call in virtual time: a seeded link between a sender of 20 ms packets and a playout of 20 ms ticks.

use super::*;

/// Enough of randomness for a link (xorshift), seeded.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.roll() % limit }
    }
}

/// What the link does to a packet.
#[derive(Clone, Copy)]
struct Conditions {
    seed: u64,
    loss_percent: u64,
    /// Uniform, in milliseconds.
    jitter: u64,
    /// Every packet twice?
    twice: bool,
    /// A pause of speech in every two seconds, so that adjusting can happen?
    pauses: bool,
    /// The sender's clock against ours, parts per million.
    drift: i64,
}

const GOOD: Conditions = Conditions { seed: 7, loss_percent: 0, jitter: 0, twice: false, pauses: true, drift: 0 };

/// One packet on the link.
#[derive(Clone)]
struct Sent {
    arrival: u64,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    number: u32,
}

/// 20 ms, one frame, CELT full band; its number inside.
fn payload(number: u32) -> Vec<u8> {
    let mut bytes = vec![0xf8];
    bytes.extend(number.to_be_bytes());
    bytes
}

fn number(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload[1..5].try_into().unwrap())
}

fn link(conditions: Conditions, packets: u32, change: impl Fn(&mut Sent) -> bool) -> Vec<Sent> {
    let mut dice = Dice(conditions.seed);
    let mut sent = Vec::new();
    for number in 0..packets {
        let leaves = (i64::from(number) * 20_000 * (1_000_000 + conditions.drift) / 1_000_000).cast_unsigned();
        let arrival = leaves + 30_000 + dice.below(conditions.jitter * 1000);
        let mut packet = Sent {
            arrival,
            sequence: (65_000 + number) as u16,
            timestamp: (4_294_900_000_u64 + u64::from(number) * 960) as u32,
            ssrc: 1,
            number,
        };
        if dice.below(100) < conditions.loss_percent || !change(&mut packet) {
            continue;
        }
        if conditions.twice {
            sent.push(packet.clone());
        }
        sent.push(packet);
    }
    sent.sort_by_key(|packet| packet.arrival);
    sent
}

/// What was heard, tick by tick.
struct Heard {
    ticks: Vec<Playout>,
    stats: JitterStats,
    /// Largest delay from sending to playing after the first ten seconds, ms.
    worst: u64,
}

fn listen(sent: &[Sent], conditions: Conditions, millis: u64) -> Heard {
    let mut buffer = JitterBuffer::new();
    let mut arriving = sent.iter().peekable();
    let mut ticks = Vec::new();
    let mut worst = 0;
    for now in (0..millis * 1000).step_by(20_000) {
        while let Some(packet) = arriving.next_if(|packet| packet.arrival <= now) {
            let bytes = payload(packet.number);
            let Sent { sequence, timestamp, ssrc, .. } = *packet;
            let audio = AudioPacket { sequence, timestamp, ssrc, payload: &bytes };
            buffer.insert(audio, Duration::from_micros(packet.arrival));
        }
        let quiet = conditions.pauses && now % 2_000_000 > 1_500_000;
        let heard = buffer.pull(Duration::from_micros(now), Some(if quiet { -70.0 } else { -20.0 }));
        if let Playout::Play(bytes) = &heard
            && now > 10_000_000
        {
            worst = worst.max((now - (u64::from(number(bytes)) * 20_000).min(now)) / 1000);
        }
        ticks.push(heard);
    }
    Heard { ticks, stats: buffer.stats(), worst }
}

impl Heard {
    /// Numbers played, in order.
    fn numbers(&self) -> Vec<u32> {
        let played = |tick: &Playout| if let Playout::Play(bytes) = tick { Some(number(bytes)) } else { None };
        self.ticks.iter().filter_map(played).collect()
    }

    /// Longest run of ticks between the first and the last packet in which nothing real was played.
    fn longest_gap(&self) -> usize {
        let real = |tick: &Playout| matches!(tick, Playout::Play(_) | Playout::Fec(_));
        let first = self.ticks.iter().position(real).unwrap();
        let last = self.ticks.iter().rposition(real).unwrap();
        let (mut run, mut longest) = (0, 0);
        for tick in &self.ticks[first..=last] {
            run = if real(tick) { 0 } else { run + 1 };
            longest = longest.max(run);
        }
        longest
    }

    fn in_order(&self) {
        assert!(self.numbers().is_sorted_by(|a, b| a < b), "played out of order");
    }
}

const MINUTE: u32 = 3000;

fn minute(conditions: Conditions) -> Heard {
    let heard = listen(&link(conditions, MINUTE, |_| true), conditions, 60_000);
    heard.in_order();
    heard
}

#[test]
fn a_good_link_plays_everything_with_little_delay() {
    let heard = minute(GOOD);
    assert_eq!((heard.stats.concealed, heard.stats.recovered, heard.stats.late), (0, 0, 0));
    assert!(heard.stats.discarded <= 2, "{:?}", heard.stats);
    assert_eq!(heard.stats.target, TARGET_RANGE.0);
    assert!(heard.worst <= 30 + 40 + 60, "{} ms", heard.worst);
}

#[test]
fn five_percent_loss_is_recovered() {
    for seed in 1..=10 {
        let heard = minute(Conditions { seed, loss_percent: 5, ..GOOD });
        let lost = u64::from(MINUTE) - heard.stats.received;
        // What is alone among the lost is recovered; two or three in a row leave one or two to conceal.
        assert!(heard.stats.recovered >= lost * 85 / 100, "seed {seed}: {:?} of {lost}", heard.stats);
        assert!(heard.stats.concealed <= lost * 15 / 100 + 6, "seed {seed}: {:?}", heard.stats);
        assert!(heard.worst <= 150, "seed {seed}: {} ms", heard.worst);
    }
}

#[test]
fn twenty_percent_loss_and_jitter_stay_bounded() {
    for seed in 1..=10 {
        let conditions = Conditions { seed, loss_percent: 20, jitter: 50, ..GOOD };
        let mut arrived: Vec<u32> = link(conditions, MINUTE, |_| true).iter().map(|packet| packet.number).collect();
        arrived.sort_unstable();
        let lost_in_a_row = arrived.windows(2).map(|pair| pair[1] - pair[0] - 1).max().unwrap() as usize;
        let heard = minute(conditions);
        let lost = u64::from(MINUTE) - heard.stats.received;
        assert!(heard.stats.recovered >= lost * 60 / 100, "seed {seed}: {:?} of {lost}", heard.stats);
        assert!(heard.stats.late * 100 <= heard.stats.received * 3, "seed {seed}: {:?}", heard.stats);
        // The last of a run is recovered; a late packet and a filled pause may lengthen it.
        let gap = heard.longest_gap();
        assert!(gap <= lost_in_a_row + 2, "seed {seed}: gap of {gap}, {lost_in_a_row} lost in a row");
        assert!(heard.worst <= 30 + 50 + 120, "seed {seed}: {} ms", heard.worst);
    }
}

#[test]
fn jitter_and_reordering_cost_delay_and_no_sound() {
    for seed in 1..=10 {
        let heard = minute(Conditions { seed, jitter: 50, ..GOOD });
        let gone = heard.stats.concealed + heard.stats.recovered + heard.stats.late;
        // While the delay is being learned something may be missing; 99 % must not.
        assert!(gone * 100 <= u64::from(MINUTE), "seed {seed}: {:?}", heard.stats);
        assert!((50..=90).contains(&heard.stats.target.as_millis()), "seed {seed}: {:?}", heard.stats.target);
        assert!(heard.worst <= 30 + 50 + 100, "seed {seed}: {} ms", heard.worst);
    }
}

#[test]
fn duplicates_are_played_once() {
    let heard = minute(Conditions { twice: true, jitter: 30, ..GOOD });
    assert!((heard.stats.duplicate + heard.stats.late).abs_diff(heard.stats.received / 2) <= 2, "{:?}", heard.stats);
    assert!(heard.stats.played + 20 >= u64::from(MINUTE), "{:?}", heard.stats);
}

#[test]
fn a_burst_of_loss_is_a_gap_of_its_own_length() {
    // 400 ms away, twice a minute.
    let lost = |packet: &mut Sent| !(1000..1020).contains(&packet.number) && !(2000..2020).contains(&packet.number);
    let heard = listen(&link(GOOD, MINUTE, lost), GOOD, 60_000);
    heard.in_order();
    assert!(heard.longest_gap() <= 24, "{}", heard.longest_gap());
    assert!(heard.stats.concealed <= 2 * u64::from(MOST_CONCEALED) + 4, "{:?}", heard.stats);
    assert!(heard.worst <= 150, "{} ms", heard.worst);
}

#[test]
fn a_link_that_stands_still_does_not_leave_a_delay() {
    // Nothing for two seconds, then all at once.
    let stall = |packet: &mut Sent| {
        if (1000..1100).contains(&packet.number) {
            packet.arrival = 22_100_000;
        }
        true
    };
    let heard = listen(&link(GOOD, MINUTE, stall), GOOD, 60_000);
    heard.in_order();
    assert!(heard.longest_gap() <= 110, "{}", heard.longest_gap());
    assert!(heard.stats.delay <= TARGET_RANGE.1 + Duration::from_millis(60), "{:?}", heard.stats);
    // Half a minute later it is as if nothing had been.
    let last = heard.ticks.len() - 10;
    let Some(Playout::Play(bytes)) = heard.ticks[last..].iter().find(|tick| matches!(tick, Playout::Play(_))) else {
        panic!("silence at the end");
    };
    let age = (last as u64 * 20).abs_diff(u64::from(number(bytes)) * 20);
    assert!(age <= 150, "{age} ms");
}

#[test]
fn a_swapped_source_plays_on_whatever_jumps() {
    type Change = fn(&mut Sent);
    let changes: [(&str, Change); 6] = [
        ("timestamp forward", |packet| packet.timestamp = packet.timestamp.wrapping_add(500_000_000)),
        ("timestamp back", |packet| packet.timestamp = packet.timestamp.wrapping_sub(777_777)),
        ("timestamp by chance", |packet| packet.timestamp = packet.timestamp.wrapping_add(0x8000_0000)),
        ("sequence", |packet| packet.sequence = packet.sequence.wrapping_add(20_000)),
        ("sequence back", |packet| packet.sequence = packet.sequence.wrapping_sub(5_000)),
        ("all of it", |packet| {
            packet.ssrc = 2;
            packet.sequence = packet.sequence.wrapping_add(9_999);
            packet.timestamp = packet.timestamp.wrapping_add(0x1234_5678);
        }),
    ];
    for (name, change) in changes {
        for jitter in [0, 40] {
            let conditions = Conditions { jitter, ..GOOD };
            let swapped = |packet: &mut Sent| {
                if packet.number >= 1500 {
                    change(packet);
                }
                true
            };
            let heard = listen(&link(conditions, MINUTE, swapped), conditions, 60_000);
            assert!((1..=2).contains(&heard.stats.resyncs), "{name}: {:?}", heard.stats);
            assert!(heard.longest_gap() <= 6, "{name}, jitter {jitter}: gap of {}", heard.longest_gap());
            let gone = u64::from(MINUTE) - heard.stats.played;
            assert!(gone <= 60, "{name}, jitter {jitter}: {gone} not played, {:?}", heard.stats);
            assert!(heard.worst <= 200, "{name}: {} ms", heard.worst);
        }
    }
}

#[test]
fn stray_packets_of_another_stream_are_not_believed() {
    let mut sent = link(GOOD, MINUTE, |_| true);
    for at in (100..2500).step_by(50) {
        let stray = Sent { ssrc: 99, sequence: 5, timestamp: 1, ..sent[at].clone() };
        sent.insert(at, stray);
    }
    let heard = listen(&sent, GOOD, 60_000);
    heard.in_order();
    assert_eq!((heard.stats.resyncs, heard.stats.concealed), (0, 0), "{:?}", heard.stats);
}

#[test]
fn clocks_that_drift_are_followed() {
    for drift in [-300, 300] {
        let conditions = Conditions { drift, jitter: 10, ..GOOD };
        let heard = listen(&link(conditions, MINUTE * 10, |_| true), conditions, 590_000);
        heard.in_order();
        assert!(heard.stats.target <= Duration::from_millis(60), "{drift}: {:?}", heard.stats);
        assert!(heard.stats.delay <= Duration::from_millis(120), "{drift}: {:?}", heard.stats);
        assert!(heard.stats.concealed + heard.stats.discarded <= 60, "{drift}: {:?}", heard.stats);
    }
}

#[test]
fn without_a_pause_a_great_delay_is_cut_all_the_same() {
    let conditions = Conditions { pauses: false, ..GOOD };
    let stall = |packet: &mut Sent| {
        if (1000..1005).contains(&packet.number) {
            packet.arrival = 20_160_000;
        }
        true
    };
    let heard = listen(&link(conditions, MINUTE, stall), conditions, 60_000);
    assert!(heard.stats.delay <= TARGET_RANGE.0 + Duration::from_micros(FAR_OVER_MICROS.unsigned_abs() + 20_000));
}

#[test]
fn memory_is_bounded_and_nonsense_survived() {
    let mut buffer = JitterBuffer::new();
    let mut dice = Dice(3);
    for round in 0..200_000_u64 {
        let bytes: Vec<u8> = (0..dice.below(6)).map(|_| dice.roll() as u8).collect();
        let sequence = if round % 3 == 0 { dice.roll() as u16 } else { round as u16 };
        let (timestamp, ssrc) = (dice.roll() as u32, dice.below(2) as u32);
        buffer.insert(AudioPacket { sequence, timestamp, ssrc, payload: &bytes }, Duration::from_millis(round));
        if dice.below(3) == 0 {
            let _ = buffer.pull(Duration::from_millis(dice.below(round + 1)), None);
        }
        assert!(buffer.packets.len() <= MOST_PACKETS);
    }
    let _ = buffer.pull(Duration::MAX, Some(f32::NAN));
    buffer.reset();
    assert_eq!(buffer.pull(Duration::ZERO, None), Playout::Silence);
}

#[test]
fn durations_are_read_from_the_first_bytes() {
    for (bytes, expected) in [
        (&[0xf8_u8][..], Some(960)),
        (&[0x08], Some(960)),
        (&[0x09], Some(1920)),
        (&[0x18], Some(2880)),
        (&[0x68], Some(960)),
        (&[0x80], Some(120)),
        (&[0xfb, 0x02], Some(1920)),
        (&[0xfb, 0x3f], None),
        (&[0xfb, 0x00], None),
        (&[0xfb], None),
        (&[], None),
    ] {
        assert_eq!(samples_of(bytes), expected, "{bytes:?}");
    }
}
