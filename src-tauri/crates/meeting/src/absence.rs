//! When the person was not in class, though they had been: what was written then stands under its own mark in the chat.
//!
//! What was missed starts after the newest message known, by the server's own clock: a dead socket is noticed late.

use crate::meeting::{Meeting, Step};
use crate::view::Away;
use std::collections::VecDeque;

/// Most absences remembered. Overflow rule: the first is forgotten.
const MOST: usize = 16;

/// Absences, and the one that lasts.
#[derive(Debug, Default)]
pub(crate) struct Absences {
    lasting: Option<Lasting>,
    past: VecDeque<Away>,
}

#[derive(Debug)]
struct Lasting {
    /// First moment missed, server's Unix milliseconds.
    from: f64,
    /// Since when, own Unix milliseconds.
    since: f64,
    /// Server's clock minus ours, as last heard.
    clock: f64,
}

impl Absences {
    /// True when there is one more, or a longer one.
    fn end(&mut self, wall: f64) -> bool {
        let Some(Lasting { from, since, clock }) = self.lasting.take() else { return false };
        let until = wall + clock;
        let seconds = ((wall - since) / 1_000.0).round().clamp(0.0, f64::from(u32::MAX)) as u32;
        match self.past.back_mut() {
            // Away again before anything was read: one absence to the person.
            Some(last) if last.from >= from => {
                last.until = until.max(last.until);
                last.seconds = last.seconds.saturating_add(seconds);
            }
            _ => self.past.push_back(Away { from, until, seconds }),
        }
        if self.past.len() > MOST {
            self.past.pop_front();
        }
        true
    }

    pub(crate) fn view(&self) -> Vec<Away> {
        self.past.iter().cloned().collect()
    }
}

impl Meeting {
    /// Not in class any more, or the class is over for me.
    pub(crate) fn goes_away(&mut self, step: &Step<'_>) {
        if self.session.been_in {
            let (since, clock) = (step.wall, self.own.clock());
            let from = self.chat.log.newest().map_or(since + clock, |(at, _)| at as f64 + 1.0);
            self.chat.absences.lasting.get_or_insert(Lasting { from, since, clock });
        }
    }

    /// In class again.
    pub(crate) fn comes_back(&mut self, step: &Step<'_>) {
        self.chat.dirty |= self.chat.absences.end(step.wall);
    }
}
