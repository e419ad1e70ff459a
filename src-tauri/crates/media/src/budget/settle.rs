//! Memory that keeps bitrates from flickering.

use super::{DEBOUNCE, Reason, Wish};
use std::time::Duration;

/// One share as it was decided, and what may come next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    kbps: u32,
    reason: Reason,
    pending: Option<Pending>,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    since: Duration,
    up: bool,
    /// When going up: the least that was wished meanwhile.
    wish: Wish,
}

impl Settled {
    pub(super) fn kbps(&self) -> u32 {
        self.kbps
    }

    pub(super) fn reason(&self) -> Reason {
        self.reason
    }

    /// What is given now that this is wished.
    pub(super) fn next(before: Option<Self>, now: Duration, wish: Wish) -> Self {
        let settled = Self { kbps: wish.kbps, reason: wish.reason, pending: None };
        let Some(before) = before else { return settled };
        if wish.kbps == before.kbps {
            return settled;
        }
        let up = wish.kbps > before.kbps;
        let forced = matches!(wish.reason, Reason::Link | Reason::Loss | Reason::Load | Reason::Paused);
        if !up && forced {
            // A tenth is noise of the estimate.
            let noise = wish.kbps > 0 && wish.kbps * 10 > before.kbps * 9 && before.reason == wish.reason;
            return if noise { Self { pending: None, ..before } } else { settled };
        }
        let pending = match before.pending {
            Some(pending) if pending.up == up => {
                let wish = if up && pending.wish.kbps < wish.kbps { pending.wish } else { wish };
                Pending { wish, ..pending }
            }
            _ => Pending { since: now, up, wish },
        };
        if now >= pending.since + DEBOUNCE {
            Self { kbps: pending.wish.kbps, reason: pending.wish.reason, pending: None }
        } else {
            Self { pending: Some(pending), ..before }
        }
    }
}

/// A factor that falls while a measure is too high and recovers while it is low, one step a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strain {
    factor: f32,
    stepped: Option<Duration>,
}

impl Default for Strain {
    fn default() -> Self {
        Self { factor: 1.0, stepped: None }
    }
}

impl Strain {
    const LEAST: f32 = 0.15;
    const STEP: Duration = Duration::from_secs(1);

    /// The factor now, 0.15 to 1.
    pub(super) fn follow(&mut self, now: Duration, measure: Option<f32>, high: f32, low: f32) -> f32 {
        if self.stepped.is_some_and(|last| now < last + Self::STEP) {
            return self.factor;
        }
        self.stepped = Some(now);
        match measure {
            Some(measure) if measure > high => self.factor = (self.factor * 0.8).max(Self::LEAST),
            Some(measure) if measure >= low => {}
            _ => self.factor = (self.factor * 1.06).min(1.0),
        }
        self.factor
    }
}
