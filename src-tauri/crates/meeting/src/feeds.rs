//! Which feeds are open, and which should be.

use crate::meeting::{Meeting, Step};
use crate::session::Phase;
use crate::view::EndReason;
use crate::{Output, text};
use protocol::graphql::Feed;
use protocol::ids::Text;
use std::collections::BTreeSet;

/// Most refused feeds remembered. Overflow rule: no more are remembered, they are asked for again.
const MOST_REFUSED: usize = 64;

/// Feeds on the socket that is up.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    open: BTreeSet<Feed>,
    refused: BTreeSet<Feed>,
}

impl Feeds {
    /// A new socket has no feeds, and may lead to a server that knows more.
    pub(crate) fn start_anew(&mut self) {
        self.open.clear();
        self.refused.clear();
    }

    pub(crate) fn is_refused(&self, feed: &Feed) -> bool {
        self.refused.contains(feed)
    }
}

impl Meeting {
    pub(crate) fn feed_refused(&mut self, feed: Feed, step: &mut Step<'_>) {
        if !self.feeds.open.remove(&feed) {
            tracing::debug!("a feed that is closed was refused");
            return;
        }
        if feed == Feed::Me {
            // Without knowing who we are there is no class.
            self.end(EndReason::Version, step);
            return;
        }
        if self.feeds.refused.len() < MOST_REFUSED {
            self.feeds.refused.insert(feed);
        }
    }

    fn wanted_feeds(&self) -> BTreeSet<Feed> {
        let mut wanted = BTreeSet::new();
        if !self.session.is_listening() {
            return wanted;
        }
        wanted.insert(Feed::Me);
        if self.session.in_lobby() {
            wanted.insert(Feed::Lobby);
        }
        if !matches!(self.session.phase, Phase::In { .. }) {
            return wanted;
        }
        wanted.extend([
            Feed::MeFull,
            Feed::Meeting,
            Feed::PeopleCount,
            Feed::Hands,
            Feed::Chats,
            Feed::Typing,
            Feed::Voice,
            Feed::Cameras,
            Feed::Screen,
            Feed::Recording,
            Feed::ServerTime,
            Feed::ChatStream { since: self.chat.since().to_owned() },
        ]);
        wanted.extend(self.chat.pages());
        wanted.extend(self.crowd.pages());
        if self.sharing.wants_presenter() {
            wanted.insert(Feed::PeoplePage { page: 0, search: Text::default() });
        }
        wanted
    }

    pub(crate) fn reconcile_feeds(&mut self, step: &mut Step<'_>) {
        let wanted = self.wanted_feeds();
        let surplus: Vec<Feed> = self.feeds.open.difference(&wanted).cloned().collect();
        for feed in surplus {
            self.feeds.open.remove(&feed);
            step.out.push(Output::CloseFeed(feed));
        }
        for feed in wanted {
            if !self.feeds.refused.contains(&feed) && self.feeds.open.insert(feed.clone()) {
                step.out.push(Output::OpenFeed(feed));
            }
        }
    }
}

/// What is typed into the search field, as the feed takes it.
pub(crate) fn search_words(typed: &str) -> Text {
    Text::new(text::name(Some(&Text::new(typed))))
}
