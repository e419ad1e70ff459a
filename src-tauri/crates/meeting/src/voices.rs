//! Who is unmuted or talking. Those without an entry are muted and silent (`graphql.md` §5).

use crate::meeting::{Meeting, Step};
use crate::text;
use crate::view::{Change, VoiceOf, Voices};
use protocol::graphql::VoiceRow;
use std::collections::{BTreeMap, BTreeSet};

/// Most entries kept. Overflow rule: newcomers are not shown until somebody falls silent.
const MOST: usize = 5_000;

/// Active voices and what of them the window does not know yet.
#[derive(Debug, Default)]
pub(crate) struct VoiceMap {
    active: BTreeMap<String, VoiceOf>,
    changed: BTreeSet<String>,
}

impl VoiceMap {
    fn take(&mut self, row: &VoiceRow) {
        let Some(user) = row.user_id.as_ref().and_then(|u| text::id(u.as_str())).map(str::to_owned) else { return };
        let before = self.active.get(&user);
        let muted = row.muted.unwrap_or_else(|| before.is_none_or(|v| v.muted));
        let talking = row.talking.unwrap_or(false);
        if row.left_voice_conf == Some(true) || (muted && !talking) {
            if self.active.remove(&user).is_some() {
                self.changed.insert(user);
            }
            return;
        }
        let said = text::name(row.user.as_ref().and_then(|u| u.name.as_ref()));
        let name = if said.is_empty() { before.map(|v| v.name.clone()).unwrap_or_default() } else { said };
        let now = VoiceOf { user: user.clone(), name, muted, talking };
        if before != Some(&now) && (before.is_some() || self.active.len() < MOST) {
            self.active.insert(user.clone(), now);
            self.changed.insert(user);
        }
    }

    fn clear(&mut self) {
        for (user, _) in std::mem::take(&mut self.active) {
            self.changed.insert(user);
        }
    }

    /// The difference since the last call.
    pub(crate) fn difference(&mut self) -> Option<Change> {
        if self.changed.is_empty() {
            return None;
        }
        let mut voices = Voices::default();
        for user in std::mem::take(&mut self.changed) {
            match self.active.get(&user) {
                Some(voice) => voices.upsert.push(voice.clone()),
                None => voices.remove.push(user),
            }
        }
        Some(Change::Voices(voices))
    }

    pub(crate) fn whole(&self) -> Change {
        Change::Voices(Voices { upsert: self.active.values().cloned().collect(), remove: Vec::new() })
    }
}

impl Meeting {
    pub(crate) fn voice_rows(&mut self, rows: &[VoiceRow], step: &mut Step<'_>) {
        for row in rows {
            self.voices.take(row);
            if let Some(user) = row.user_id.as_ref().filter(|_| row.talking == Some(true)) {
                self.crowd.part.took(user.as_str());
            }
            if row.user_id.as_ref() == Some(&self.own.user) {
                self.own_voice(row, step);
            }
        }
    }

    /// On a new socket the feed starts with everybody who is active; what was known before may be over.
    pub(crate) fn voices_start_anew(&mut self) {
        self.voices.clear();
    }
}
