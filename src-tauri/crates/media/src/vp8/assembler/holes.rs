//! Packets that have not come, and when to ask for them.

use super::{MOST_PACKETS, PATIENCE};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// A packet may just be reordered for so long, or by so many.
const REORDER_TIME: Duration = Duration::from_millis(10);
const REORDER_STEPS: i64 = 3;
const BETWEEN_ASKING: Duration = Duration::from_millis(100);
const MOST_ASKED: u8 = 4;

#[derive(Debug, Default)]
pub(super) struct Holes {
    open: BTreeMap<i64, Hole>,
}

#[derive(Debug, Clone, Copy)]
struct Hole {
    since: Duration,
    asked: u8,
    last: Duration,
}

impl Holes {
    /// These have not come by now.
    pub(super) fn open(&mut self, indices: Range<i64>, now: Duration) {
        self.open.extend(indices.map(|index| (index, Hole { since: now, asked: 0, last: now })));
        while self.open.len() > MOST_PACKETS {
            self.open.pop_first();
        }
    }

    /// This one came.
    pub(super) fn fill(&mut self, index: i64) {
        self.open.remove(&index);
    }

    /// Those before no longer matter; says how many there were.
    pub(super) fn forget_before(&mut self, index: i64) -> u64 {
        let rest = self.open.split_off(&index);
        let forgotten = self.open.len() as u64;
        self.open = rest;
        forgotten
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Was the oldest one waited for in vain?
    pub(super) fn given_up(&self, now: Duration) -> bool {
        self.open.first_key_value().is_some_and(|(_, hole)| now >= hole.since + PATIENCE)
    }

    /// Calls back with each that is to be asked for now.
    pub(super) fn ask(&mut self, now: Duration, highest: i64, mut each: impl FnMut(i64)) {
        for (&index, hole) in &mut self.open {
            let due = match hole.asked {
                0 => now >= hole.since + REORDER_TIME || highest - index >= REORDER_STEPS,
                asked => asked < MOST_ASKED && now >= hole.last + BETWEEN_ASKING,
            };
            if due && now < hole.since + PATIENCE {
                hole.asked += 1;
                hole.last = now;
                each(index);
            }
        }
    }
}
