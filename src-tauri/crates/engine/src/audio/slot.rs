//! Which device of a kind is wanted and which is open: falling back and coming back, decided without opening anything.

use crate::clock;
use devices::{DeviceError, DeviceInfo};
use std::time::{Duration, Instant};

/// A device that is in use or blocked is tried again after this long, if it is still wanted.
const AGAIN: Duration = Duration::from_secs(3);
/// Where there is none at all, the list of devices tells when that changes; this is for systems whose list does not.
const NONE_AGAIN: Duration = Duration::from_secs(60);

/// A kind of device.
pub(super) struct Slot<D> {
    /// `None`: the system's default.
    pub(super) chosen: Option<String>,
    pub(super) wanted: bool,
    pub(super) open: Option<D>,
    /// The one that should be open and is not there; another is open instead, or none.
    pub(super) missing: Option<String>,
    /// Counts openings, so that a late one is known as such.
    pub(super) wish: u64,
    pub(super) opening: bool,
    /// Nothing could be opened: not before then again.
    pub(super) again: Option<Instant>,
}

/// What a search brought.
pub(crate) enum Found<D> {
    Opened(D),
    /// The missing one is still missing, and what is open may stay.
    Stays,
    Nothing(DeviceError),
}

/// What an opening changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing that is worth telling.
    Nothing,
    Opened {
        fell_back: bool,
        came_back: bool,
    },
    Failed(DeviceError),
}

/// What is to be looked for, and where to look for it: away from the audio thread.
pub(super) struct Search {
    chosen: Option<String>,
    missing: Option<String>,
    has_other: bool,
}

impl Search {
    pub(super) fn run<D>(
        self,
        list: impl FnOnce() -> Result<Vec<DeviceInfo>, DeviceError>,
        open: impl Fn(Option<&str>) -> Result<D, DeviceError>,
    ) -> Found<D> {
        if self.has_other
            && let Some(missing) = &self.missing
            && !list().is_ok_and(|list| list.iter().any(|device| device.id == *missing))
        {
            return Found::Stays;
        }
        let first = self.missing.or(self.chosen);
        let result = match open(first.as_deref()) {
            Err(error) if first.is_some() && !self.has_other => open(None).map_err(|_| error),
            other => other,
        };
        match result {
            Ok(device) => Found::Opened(device),
            Err(_) if self.has_other => Found::Stays,
            Err(error) => Found::Nothing(error),
        }
    }
}

impl<D> Slot<D> {
    pub(super) fn new() -> Self {
        Self { chosen: None, wanted: false, open: None, missing: None, wish: 0, opening: false, again: None }
    }

    pub(super) fn needs_opening(&self, now: Instant) -> bool {
        self.wanted && self.open.is_none() && !self.opening && self.again.is_none_or(|at| now >= at)
    }

    pub(super) fn search(&self, id: impl Fn(&D) -> &String) -> Search {
        // Another is open already because the right one was missing; a choice of the person is no such case.
        let has_other =
            self.missing.is_some() && self.open.as_ref().is_some_and(|open| Some(id(open)) != self.missing.as_ref());
        Search { chosen: self.chosen.clone(), missing: self.missing.clone(), has_other }
    }

    /// Takes in what the search of this wish brought; gives back what is to be closed.
    pub(super) fn settle(&mut self, wish: u64, found: Found<D>, id: impl Fn(&D) -> &String) -> (Settled, Option<D>) {
        if wish == self.wish {
            self.opening = false;
        }
        match found {
            Found::Opened(late) if wish != self.wish || !self.wanted => (Settled::Nothing, Some(late)),
            _ if wish != self.wish || !self.wanted => (Settled::Nothing, None),
            Found::Stays => (Settled::Nothing, None),
            Found::Opened(opened) => {
                self.again = None;
                let came_back = self.missing.as_ref() == Some(id(&opened));
                let expected = self.missing.take().or_else(|| self.chosen.clone());
                let fell_back = expected.as_ref().is_some_and(|expected| expected != id(&opened));
                if fell_back {
                    self.missing = expected;
                }
                let older = self.open.replace(opened);
                (Settled::Opened { fell_back, came_back }, older)
            }
            Found::Nothing(error) => {
                let first = self.again.is_none();
                let none = matches!(error, DeviceError::NotFound | DeviceError::Unsupported);
                self.again = Some(clock::now() + if none { NONE_AGAIN } else { AGAIN });
                (if first { Settled::Failed(error) } else { Settled::Nothing }, self.open.take())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(id: &str) -> DeviceInfo {
        DeviceInfo { id: id.into(), name: id.into(), is_default: false }
    }

    /// Looks once, with these devices there (the first is the default).
    fn look(slot: &mut Slot<String>, there: &[&str]) -> Settled {
        slot.wish += 1;
        let list = || Ok(there.iter().map(|id| info(id)).collect());
        let open = |id: Option<&str>| {
            let id = id.or(there.first().copied()).ok_or(DeviceError::NotFound)?;
            there.contains(&id).then(|| id.to_owned()).ok_or(DeviceError::NotFound)
        };
        let found = slot.search(|open| open).run(list, open);
        slot.settle(slot.wish, found, |open| open).0
    }

    fn vanish(slot: &mut Slot<String>) {
        let gone = slot.open.take().unwrap();
        slot.missing.get_or_insert(gone);
    }

    const PLAIN: Settled = Settled::Opened { fell_back: false, came_back: false };
    const FELL: Settled = Settled::Opened { fell_back: true, came_back: false };
    const CAME: Settled = Settled::Opened { fell_back: false, came_back: true };

    fn wanted() -> Slot<String> {
        Slot { wanted: true, ..Slot::new() }
    }

    #[test]
    fn a_chosen_device_that_vanishes_is_replaced_and_comes_back() {
        let mut slot = wanted();
        slot.chosen = Some("headset".into());
        assert_eq!(look(&mut slot, &["built-in", "headset"]), PLAIN);
        vanish(&mut slot);
        assert_eq!(look(&mut slot, &["built-in"]), FELL);
        assert_eq!(look(&mut slot, &["built-in", "other"]), Settled::Nothing, "not opened anew for nothing");
        assert_eq!(look(&mut slot, &["built-in", "headset"]), CAME);
        assert_eq!(slot.open.as_deref(), Some("headset"));
    }

    #[test]
    fn the_default_that_vanishes_comes_back_too() {
        let mut slot = wanted();
        assert_eq!(look(&mut slot, &["headset", "built-in"]), PLAIN);
        vanish(&mut slot);
        assert_eq!(look(&mut slot, &["built-in"]), FELL);
        vanish(&mut slot);
        assert_eq!(look(&mut slot, &[]), Settled::Failed(DeviceError::NotFound));
        assert_eq!(look(&mut slot, &[]), Settled::Nothing, "said once");
        assert_eq!(look(&mut slot, &["built-in", "headset"]), CAME);
    }

    #[test]
    fn a_chosen_device_that_is_not_there_from_the_start_is_replaced() {
        let mut slot = wanted();
        slot.chosen = Some("headset".into());
        assert_eq!(look(&mut slot, &["built-in"]), FELL);
        slot.chosen = None;
        slot.missing = None;
        assert_eq!(look(&mut slot, &["built-in"]), PLAIN);
    }

    #[test]
    fn a_device_that_opens_too_late_is_closed_again() {
        let mut slot = wanted();
        slot.wish = 2;
        let (settled, rest) = slot.settle(1, Found::Opened("a".to_owned()), |open| open);
        assert_eq!((settled, rest.as_deref(), slot.open), (Settled::Nothing, Some("a"), None));
    }
}
