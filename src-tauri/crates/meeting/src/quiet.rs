//! Who has not taken part yet: not spoken, not written, no hand raised. For a teacher, while the list is on screen.
//!
//! Said only when it is known: of everybody in the class, and of everything that was written.

use crate::meeting::Meeting;
use crate::people::Crowd;
use crate::text;
use crate::view::{Quiet, Role};
use protocol::graphql::{PEOPLE_PAGE, UserRow};
use std::collections::BTreeSet;

/// Most people looked through: the pages that may be open at once. In larger classes nothing is said.
pub(crate) const MOST_PEOPLE: u32 = crate::people::MOST_PAGES * PEOPLE_PAGE;
/// Most people remembered as having taken part. Overflow rule: from then on nothing is said.
const MOST: usize = 5_000;

/// What is known of who took part.
#[derive(Debug, Default)]
pub(crate) struct Part {
    took: BTreeSet<String>,
    /// The server does not say who has spoken before I came.
    unsaid: bool,
    /// Something changed since the list was made.
    stale: bool,
    /// Everything written was known when the list was made.
    whole_chat: bool,
    list: Option<Vec<Quiet>>,
}

impl Part {
    pub(crate) fn took(&mut self, user: &str) {
        if self.took.len() <= MOST && text::id(user).is_some() && !self.took.contains(user) {
            self.took.insert(user.to_owned());
            self.stale = true;
        }
    }

    /// A row of the list says who has spoken. A bot is never asked to.
    pub(crate) fn row(&mut self, row: &UserRow) {
        let Some(user) = row.user_id.as_ref() else { return };
        let spoke = row.voice.as_ref().map(|voice| voice.spoke);
        self.unsaid |= spoke == Some(None);
        if spoke == Some(Some(true)) || row.bot == Some(true) {
            self.took(user.as_str());
        }
    }

    pub(crate) fn changed(&mut self) {
        self.stale = true;
    }

    pub(crate) fn list(&self) -> Option<&Vec<Quiet>> {
        self.list.as_ref()
    }
}

impl Crowd {
    fn quiet(&self) -> Option<Vec<Quiet>> {
        if !self.looks_through() || self.part.unsaid || self.part.took.len() > MOST {
            return None;
        }
        let pages = self.whole_pages()?;
        let quiet = |person: &&crate::view::Person| {
            person.role == Role::Pupil && !person.me && !self.part.took.contains(&person.user)
        };
        let said = |person: &crate::view::Person| Quiet { user: person.user.clone(), name: person.name.clone() };
        Some(pages.filter(quiet).map(said).collect())
    }
}

impl Meeting {
    /// Makes the list anew if it may differ.
    pub(crate) fn look_for_quiet(&mut self) {
        let whole_chat = self.chat.whole;
        if self.crowd.part.stale || self.crowd.part.whole_chat != whole_chat {
            let list = if whole_chat { self.crowd.quiet() } else { None };
            let part = &mut self.crowd.part;
            (part.stale, part.whole_chat, part.list) = (false, whole_chat, list);
        }
    }
}
