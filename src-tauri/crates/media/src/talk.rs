//! Is somebody speaking? For “your microphone is off” and for the own speaking ring.

use std::time::Duration;

/// Above this many dBFS counts as voice.
pub const VOICE_DB: f32 = -50.0;

/// Voice activity: so long above the threshold → speaking; short pauses between words do not end it.
#[derive(Debug, Clone)]
pub struct TalkDetector {
    after: Duration,
    loud: Duration,
    quiet: Duration,
    speaking: bool,
}

impl Default for TalkDetector {
    fn default() -> Self {
        Self::new(Duration::from_millis(700))
    }
}

impl TalkDetector {
    /// A pause of this length ends speaking.
    const RELEASE: Duration = Duration::from_millis(600);
    /// A pause of this length between words is part of speech; a longer one makes the count start again.
    const PAUSE: Duration = Duration::from_millis(200);

    /// Says speaking after this much voice; the default is 700 ms.
    #[must_use]
    pub fn new(after: Duration) -> Self {
        Self { after, loud: Duration::ZERO, quiet: Duration::ZERO, speaking: false }
    }

    /// Hears a stretch of sound at this level and says whether somebody is speaking.
    pub fn push(&mut self, db: f32, length: Duration) -> bool {
        if db > VOICE_DB {
            self.quiet = Duration::ZERO;
            self.loud = self.loud.saturating_add(length);
            self.speaking |= self.loud >= self.after;
        } else {
            self.quiet = self.quiet.saturating_add(length);
            if self.quiet > Self::PAUSE {
                self.loud = Duration::ZERO;
            }
            self.speaking &= self.quiet < Self::RELEASE;
        }
        self.speaking
    }

    /// Speaking at the last push?
    #[must_use]
    pub fn speaking(&self) -> bool {
        self.speaking
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        *self = Self::new(self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(detector: &mut TalkDetector, db: f32, millis: u64) -> bool {
        (0..millis / 10).fold(detector.speaking(), |_, _| detector.push(db, Duration::from_millis(10)))
    }

    #[test]
    fn seven_hundred_milliseconds_of_voice_are_speaking() {
        let mut detector = TalkDetector::default();
        assert!(!hear(&mut detector, -30.0, 690));
        assert!(hear(&mut detector, -30.0, 10));
        assert!(hear(&mut detector, -80.0, 590));
        assert!(!hear(&mut detector, -80.0, 10));
    }

    #[test]
    fn a_cough_or_a_keyboard_is_not() {
        let mut detector = TalkDetector::default();
        for _ in 0..20 {
            assert!(!hear(&mut detector, -20.0, 300));
            assert!(!hear(&mut detector, -70.0, 300));
        }
        assert!(!hear(&mut detector, VOICE_DB, 5000));
        assert!(!hear(&mut detector, f32::NAN, 5000));
    }

    #[test]
    fn words_with_pauses_are() {
        let mut detector = TalkDetector::default();
        for _ in 0..3 {
            hear(&mut detector, -30.0, 240);
            hear(&mut detector, -70.0, 120);
        }
        assert!(detector.speaking());
        detector.reset();
        assert!(!detector.speaking());
    }
}
