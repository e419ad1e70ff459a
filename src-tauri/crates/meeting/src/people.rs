//! People: how many, the pages on screen, hands in their order, and what a teacher may do to others.

use crate::asks::{Ask, PATIENCE};
use crate::feeds::search_words;
use crate::me;
use crate::meeting::{Meeting, Step};
use crate::quiet::{MOST_PEOPLE, Part};
use crate::text;
use crate::view::{Change, Hand, Notice, People, PeoplePage, Person};
use crate::{MutationRefusal, Timer};
use protocol::graphql::{Feed, HandRow, Mutation, PEOPLE_PAGE, UserRow};
use protocol::ids::{MutationId, Text, UserId};
use std::collections::BTreeMap;

/// Most pages open at once. Overflow rule: the first of the range are.
pub(crate) const MOST_PAGES: u32 = 6;
/// Most hands kept. Overflow rule: the first ones raised.
const MOST_HANDS: usize = 1_000;
/// Most hands lowered by one wish: the server takes 900 mutations a minute (`session.md` §3.8).
const AT_ONCE: usize = 200;

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    total: u32,
    hands: Vec<Hand>,
    hands_known: bool,
    first: u32,
    count: u32,
    search: Text,
    pages: BTreeMap<u32, Vec<Person>>,
    /// I am a teacher, who wants to know of everybody.
    teacher: bool,
    pub(crate) part: Part,
    /// What my hand shall be, until the server says it is.
    hand_wish: Option<bool>,
    hand_asked: Option<MutationId>,
}

impl Crowd {
    pub(crate) fn count(&mut self, total: u32) {
        if total != self.total {
            self.total = total;
            self.close_pages();
        }
    }

    pub(crate) fn for_teacher(&mut self, teacher: bool) {
        if teacher != self.teacher {
            self.teacher = teacher;
            self.close_pages();
        }
    }

    /// The list is on screen for a teacher and short enough to be looked through whole.
    pub(crate) fn looks_through(&self) -> bool {
        self.teacher && self.count > 0 && self.search.is_empty() && (1..=MOST_PEOPLE).contains(&self.total)
    }

    /// Everybody, when every page is here.
    pub(crate) fn whole_pages(&self) -> Option<impl Iterator<Item = &Person>> {
        let (_, count) = self.range();
        (0..count).all(|page| self.pages.contains_key(&page)).then(|| self.pages.values().flatten())
    }

    /// First open page and how many.
    fn range(&self) -> (u32, u32) {
        if self.looks_through() { (0, self.total.div_ceil(PEOPLE_PAGE)) } else { (self.first, self.count) }
    }

    fn close_pages(&mut self) {
        let (first, count) = self.range();
        self.pages.retain(|page, _| *page >= first && page - first < count);
        self.part.changed();
    }

    pub(crate) fn show(&mut self, from: u32, to: u32, search: &str) {
        let search = search_words(search);
        if to <= from {
            (self.first, self.count) = (0, 0);
        } else {
            self.first = from / PEOPLE_PAGE;
            self.count = ((to - 1) / PEOPLE_PAGE - self.first + 1).min(MOST_PAGES);
        }
        if search != self.search {
            self.pages.clear();
            self.search = search;
        }
        self.close_pages();
    }

    pub(crate) fn pages(&self) -> impl Iterator<Item = Feed> + '_ {
        let (first, count) = self.range();
        (first..first.saturating_add(count)).map(|page| Feed::PeoplePage { page, search: self.search.clone() })
    }

    fn shows(&self, page: u32) -> bool {
        let (first, count) = self.range();
        page >= first && page - first < count
    }

    pub(crate) fn page_changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.pages.iter().map(|(page, rows)| Change::PeoplePage(PeoplePage { page: *page, rows: rows.clone() }))
    }

    pub(crate) fn view(&self) -> People {
        People { total: self.total, hands: self.hands.clone(), quiet: self.part.list().cloned() }
    }

    pub(crate) fn same(&self, shown: &People) -> bool {
        shown.total == self.total && shown.hands == self.hands && shown.quiet.as_ref() == self.part.list()
    }
}

impl Meeting {
    pub(crate) fn people_page(&mut self, page: u32, rows: &[UserRow], step: &mut Step<'_>) {
        for row in rows {
            self.hear_of_presenter(row.user_id.as_ref(), row.name.as_ref(), row.presenter);
        }
        if !self.crowd.shows(page) {
            return;
        }
        for row in rows {
            self.crowd.part.row(row);
        }
        let most = usize::try_from(PEOPLE_PAGE).unwrap_or(50);
        let people: Vec<Person> = rows.iter().filter_map(|row| self.person(row)).take(most).collect();
        if self.crowd.pages.get(&page) != Some(&people) {
            self.crowd.pages.insert(page, people.clone());
            self.crowd.part.changed();
            step.view(Change::PeoplePage(PeoplePage { page, rows: people }));
        }
    }

    fn person(&self, row: &UserRow) -> Option<Person> {
        let user = row.user_id.as_ref().filter(|u| text::id(u.as_str()).is_some())?;
        let voice = row.voice.as_ref();
        Some(Person {
            user: user.as_str().to_owned(),
            name: text::name(row.name.as_ref()),
            role: me::role(row.is_moderator, row.role.as_deref()),
            presenter: row.presenter == Some(true),
            me: *user == self.own.user,
            away: row.away == Some(true),
            hand: row.raise_hand == Some(true),
            camera: row.cameras.as_ref().is_some_and(|c| !c.is_empty()),
            in_voice: voice.and_then(|v| v.joined) == Some(true),
            listen_only: voice.is_some_and(|v| v.listen_only == Some(true) || v.listen_only_input_device == Some(true)),
            locked: row.locked == Some(true),
            guest: row.guest == Some(true),
            color: text::color(row.color.as_deref()),
        })
    }

    pub(crate) fn hand_rows(&mut self, rows: &[HandRow], step: &mut Step<'_>) {
        let read = |row: &HandRow| {
            let user = row.user_id.as_ref().filter(|u| text::id(u.as_str()).is_some())?;
            Some(Hand {
                user: user.as_str().to_owned(),
                name: text::name(row.name.as_ref()),
                since: row.raise_hand_time.clone().filter(|t| t.len() <= 64),
            })
        };
        let was_up = self.my_hand().is_some();
        for user in rows.iter().filter_map(|row| row.user_id.as_ref()) {
            self.crowd.part.took(user.as_str());
        }
        self.crowd.hands = rows.iter().filter_map(read).take(MOST_HANDS).collect();
        let was_up = std::mem::replace(&mut self.crowd.hands_known, true) && was_up;
        for row in rows {
            self.hear_of_presenter(row.user_id.as_ref(), row.name.as_ref(), row.presenter);
        }
        if was_up && self.my_hand().is_none() && self.crowd.hand_wish.is_none() {
            step.notice(Notice::HandLowered);
        }
        if self.crowd.hand_wish == Some(self.my_hand().is_some()) {
            self.forget_hand(step);
        }
    }

    fn forget_hand(&mut self, step: &mut Step<'_>) {
        self.crowd.hand_wish = None;
        if let Some(id) = self.crowd.hand_asked.take() {
            step.forget(Timer::Confirm(id));
        }
    }

    pub(crate) fn my_hand(&self) -> Option<u32> {
        let at = self.crowd.hands.iter().position(|hand| hand.user == self.own.user.as_str())?;
        u32::try_from(at + 1).ok()
    }

    fn hand_is_up(&self) -> bool {
        if self.feeds.is_refused(&Feed::Hands) { self.own.raise_hand } else { self.my_hand().is_some() }
    }

    pub(crate) fn hand_pending(&self) -> bool {
        self.crowd.hand_wish.is_some()
    }

    pub(crate) fn want_hand(&mut self, up: bool, step: &mut Step<'_>) {
        if self.crowd.hand_wish.is_none() && self.hand_is_up() == up {
            return;
        }
        self.forget_hand(step);
        self.crowd.hand_wish = Some(up);
    }

    /// A wish that was lost with the socket is sent when the class is back and its hands are known.
    pub(crate) fn reconcile_hand(&mut self, step: &mut Step<'_>) {
        let known = self.crowd.hands_known || self.feeds.is_refused(&Feed::Hands);
        if let Some(up) = self.crowd.hand_wish
            && self.crowd.hand_asked.is_none()
            && self.session.is_in()
            && known
        {
            let mutation = Mutation::RaiseHand { user: self.own.user.clone(), up };
            let id = self.ask(Ask::Hand, mutation, Some(PATIENCE), step);
            self.crowd.hand_asked = Some(id);
        }
    }

    pub(crate) fn hand_answered(&mut self, id: MutationId, result: Result<(), MutationRefusal>, step: &mut Step<'_>) {
        if self.crowd.hand_asked != Some(id) {
            return;
        }
        match result {
            Ok(()) if self.feeds.is_refused(&Feed::Hands) => self.forget_hand(step),
            Ok(()) => {}
            Err(MutationRefusal::Denied) => {
                self.forget_hand(step);
                step.notice(Notice::ActionRefused);
            }
            Err(MutationRefusal::Lost) => {
                self.crowd.hand_asked = None;
                self.crowd.hands_known = false;
            }
        }
    }

    pub(crate) fn hand_unconfirmed(&mut self, id: MutationId, step: &mut Step<'_>) {
        if self.crowd.hand_asked == Some(id) {
            self.forget_hand(step);
            step.notice(Notice::ActionTooLate);
        }
    }

    /// Whether the person may do it now; says so if not.
    pub(crate) fn allowed_to_act(&mut self, may: bool, step: &mut Step<'_>) -> bool {
        if !may {
            step.notice(Notice::ActionRefused);
        } else if !self.session.is_in() {
            step.notice(Notice::ActionTooLate);
        }
        may && self.session.is_in()
    }

    pub(crate) fn lower_hand(&mut self, user: &str, step: &mut Step<'_>) {
        if user == self.own.user.as_str() {
            self.want_hand(false, step);
        } else if self.allowed_to_act(self.own.moderator, step) {
            let mutation = Mutation::RaiseHand { user: UserId::new(user), up: false };
            self.ask(Ask::Act, mutation, Some(PATIENCE), step);
        }
    }

    pub(crate) fn lower_all_hands(&mut self, step: &mut Step<'_>) {
        if !self.allowed_to_act(self.own.moderator, step) {
            return;
        }
        let users: Vec<String> = self.crowd.hands.iter().take(AT_ONCE).map(|hand| hand.user.clone()).collect();
        for user in users {
            self.lower_hand(&user, step);
        }
    }

    pub(crate) fn mute_other(&mut self, user: &str, step: &mut Step<'_>) {
        if user == self.own.user.as_str() {
            self.want_muted(true, step);
        } else if self.allowed_to_act(self.own.may_mute_others(), step) {
            let mutation = Mutation::SetMuted { user: UserId::new(user), muted: true };
            self.ask(Ask::Act, mutation, Some(PATIENCE), step);
        }
    }

    pub(crate) fn mute_all(&mut self, step: &mut Step<'_>) {
        if self.allowed_to_act(self.own.may_mute_others(), step) {
            self.mutes_itself(step);
            self.ask(Ask::Act, Mutation::MuteAll { except_presenter: true }, Some(PATIENCE), step);
        }
    }
}
