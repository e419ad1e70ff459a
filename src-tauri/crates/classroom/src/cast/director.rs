//! Who does what when: a function of the seed, the time and what happens in the class. No clock,
//! no sockets; so that minutes of a lesson run in a test at once.

use std::collections::BTreeMap;

use super::lines::{Line, Occasion, SPOKEN, WRITTEN};

/// What one pupil does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Enter,
    CameraOn,
    HandUp,
    HandDown,
    /// Starts typing; the text follows.
    Type,
    /// Index into the written lines.
    Write(usize),
    Unmute,
    /// Index into the spoken lines.
    Speak(usize),
    Mute,
}

/// What a pupil notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// The teacher finished a sentence.
    TeacherSpoke,
    /// The teacher wrote to everybody.
    TeacherWrote,
    /// A pupil is told to say a line.
    Prompted { pupil: usize, line: usize },
    /// A pupil's hand went up or down, whoever did it.
    Hand { pupil: usize, up: bool },
    /// A pupil's sentence will be over then.
    SpeechEnds { pupil: usize, at: u64 },
}

/// Pause between two things that happen by themselves, in milliseconds.
const LIVELY: (u64, u64) = (7000, 16_000);
/// How long a hand stays up unless somebody takes it down.
const HAND: (u64, u64) = (20_000, 45_000);
/// The microphone opens this much before the first word.
const BREATH: u64 = 400;

pub(crate) struct Director {
    dice: Dice,
    due: BTreeMap<(u64, u64), (usize, Deed)>,
    order: u64,
    hands: Vec<usize>,
    present: Vec<usize>,
    speaking_until: u64,
    next_life: u64,
    mute: bool,
}

impl Director {
    /// Plans the arrivals of `count` pupils within `arrive_within` milliseconds from `start`.
    pub(crate) fn new(seed: u64, count: usize, start: u64, arrive_within: u64) -> Self {
        let mut director = Self {
            dice: Dice::new(seed),
            due: BTreeMap::new(),
            order: 0,
            hands: Vec::new(),
            present: Vec::new(),
            speaking_until: 0,
            next_life: 0,
            mute: false,
        };
        for pupil in 0..count {
            // One after the other, never two at once, the last one in time.
            let slot = arrive_within / count.max(1) as u64;
            let at = start + slot * pupil as u64 + director.dice.below(slot.max(1));
            director.plan(at, pupil, Deed::Enter);
            // Some have no camera; that is how classes are.
            if pupil % 5 != 4 {
                let later = at + 300 + director.dice.below(1500);
                director.plan(later, pupil, Deed::CameraOn);
            }
            if pupil % 3 == 0 {
                let line = director.pick(&WRITTEN, Occasion::Greeting);
                director.write(at + 1500, pupil, line);
            }
        }
        director.next_life = start + arrive_within + director.dice.between(LIVELY) / 2;
        director
    }

    /// Pupils without voices stay mute and write instead.
    pub(crate) fn without_voices(mut self) -> Self {
        self.mute = true;
        self
    }

    fn plan(&mut self, at: u64, pupil: usize, deed: Deed) {
        self.order += 1;
        self.due.insert((at, self.order), (pupil, deed));
    }

    fn write(&mut self, at: u64, pupil: usize, line: usize) {
        self.plan(at, pupil, Deed::Type);
        let typing = 1200 + self.dice.below(1800);
        self.plan(at + typing, pupil, Deed::Write(line));
    }

    fn speak(&mut self, at: u64, pupil: usize, line: usize) {
        if self.mute {
            return self.plan(at, pupil, Deed::HandUp);
        }
        let at = at.max(self.speaking_until + 500);
        self.speaking_until = at + BREATH + 3000;
        self.plan(at, pupil, Deed::Unmute);
        self.plan(at + BREATH, pupil, Deed::Speak(line));
    }

    fn pick(&mut self, lines: &[Line], occasion: Occasion) -> usize {
        let fitting: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| line.occasion == occasion).map(|(at, _)| at).collect();
        fitting[self.dice.below(fitting.len() as u64) as usize]
    }

    fn anyone(&mut self) -> Option<usize> {
        let count = self.present.len() as u64;
        (count > 0).then(|| self.present[self.dice.below(count) as usize])
    }

    /// Something happened that pupils react to.
    pub(crate) fn cue(&mut self, now: u64, cue: Cue) {
        match cue {
            Cue::TeacherSpoke => {
                let wait = 700 + self.dice.below(1200);
                // Who has a hand up is asked first, and takes it down.
                let asked = (!self.hands.is_empty()).then(|| self.hands.remove(0));
                let Some(pupil) = asked.or_else(|| self.anyone()) else { return };
                let line = self.pick(&SPOKEN, if asked.is_some() { Occasion::Question } else { Occasion::Answer });
                if asked.is_some() {
                    self.plan(now + wait + 1500, pupil, Deed::HandDown);
                }
                self.speak(now + wait, pupil, line);
                self.next_life = self.next_life.max(now + 6000);
            }
            Cue::TeacherWrote => {
                let Some(pupil) = self.anyone() else { return };
                let line = self.pick(&WRITTEN, Occasion::Answer);
                let wait = 900 + self.dice.below(1500);
                self.write(now + wait, pupil, line);
            }
            Cue::Prompted { pupil, line } => self.speak(now, pupil, line % SPOKEN.len()),
            Cue::Hand { pupil, up } => {
                self.hands.retain(|other| *other != pupil);
                if up {
                    self.hands.push(pupil);
                    let until = now + self.dice.between(HAND);
                    self.plan(until, pupil, Deed::HandDown);
                }
            }
            Cue::SpeechEnds { pupil, at } => {
                self.speaking_until = self.speaking_until.max(at);
                self.plan(at + 600, pupil, Deed::Mute);
            }
        }
    }

    /// When something is due next.
    #[cfg(test)]
    pub(crate) fn next(&self) -> u64 {
        self.due.keys().next().map_or(self.next_life, |(at, _)| (*at).min(self.next_life))
    }

    /// What happens now, in order.
    pub(crate) fn due(&mut self, now: u64) -> Vec<(usize, Deed)> {
        if now >= self.next_life {
            self.live(now);
            self.next_life = now + self.dice.between(LIVELY);
        }
        let mut deeds = Vec::new();
        while let Some(entry) = self.due.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let (pupil, deed) = entry.remove();
            if deed == Deed::Enter {
                self.present.push(pupil);
            }
            deeds.push((pupil, deed));
        }
        deeds
    }

    /// Something by itself: a hand, a word, a line in the chat.
    fn live(&mut self, now: u64) {
        let Some(pupil) = self.anyone() else { return };
        match self.dice.below(10) {
            0..=3 if self.hands.len() < 3 => self.plan(now, pupil, Deed::HandUp),
            0..=6 => {
                let occasion = if self.dice.below(2) == 0 { Occasion::Question } else { Occasion::Aside };
                let line = self.pick(&WRITTEN, occasion);
                self.write(now, pupil, line);
            }
            _ => {
                let line = self.pick(&SPOKEN, Occasion::Aside);
                self.speak(now, pupil, line);
            }
        }
    }
}

/// A small generator of our own, so that a seed means the same on every machine for ever.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `limit` − 1.
    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    fn between(&mut self, (low, high): (u64, u64)) -> u64 {
        low + self.below(high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(seed: u64) -> Vec<(u64, usize, Deed)> {
        let mut director = Director::new(seed, 8, 0, 20_000);
        let mut log = Vec::new();
        while director.next() < 180_000 {
            let now = director.next();
            for (pupil, deed) in director.due(now) {
                log.push((now, pupil, deed));
                match deed {
                    Deed::HandUp => director.cue(now, Cue::Hand { pupil, up: true }),
                    Deed::HandDown => director.cue(now, Cue::Hand { pupil, up: false }),
                    Deed::Speak(_) => director.cue(now, Cue::SpeechEnds { pupil, at: now + 2000 }),
                    _ => {}
                }
            }
        }
        log
    }

    #[test]
    fn the_same_seed_plays_the_same_lesson() {
        assert_eq!(lesson(7), lesson(7));
        assert_ne!(lesson(7), lesson(8));
    }

    #[test]
    fn all_come_within_their_time_and_act_only_afterwards() {
        let log = lesson(3);
        for pupil in 0..8 {
            let own: Vec<_> = log.iter().filter(|(_, other, _)| *other == pupil).collect();
            assert_eq!(own[0].2, Deed::Enter);
            assert!(own[0].0 <= 20_000);
            assert_eq!(own.iter().filter(|(_, _, deed)| *deed == Deed::Enter).count(), 1);
        }
        assert!(log.iter().any(|(_, _, deed)| *deed == Deed::HandUp));
        assert!(log.iter().any(|(_, _, deed)| matches!(deed, Deed::Write(_))));
        assert!(log.iter().any(|(_, _, deed)| matches!(deed, Deed::Speak(_))));
    }

    #[test]
    fn who_has_a_hand_up_answers_the_teacher_and_takes_it_down() {
        let mut director = Director::new(1, 8, 0, 0);
        director.due(10);
        director.cue(100, Cue::Hand { pupil: 5, up: true });
        director.cue(200, Cue::TeacherSpoke);
        let deeds = director.due(5000);
        assert!(deeds.iter().any(|(pupil, deed)| *pupil == 5 && matches!(deed, Deed::Speak(_))), "{deeds:?}");
        assert!(deeds.contains(&(5, Deed::HandDown)));
    }

    #[test]
    fn every_open_microphone_is_closed_again() {
        let log = lesson(5);
        let count = |wanted: Deed| log.iter().filter(|(_, _, deed)| *deed == wanted).count();
        assert!(count(Deed::Unmute) > 0);
        assert!(count(Deed::Unmute) - count(Deed::Mute) <= 1);
    }
}
