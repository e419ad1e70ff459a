//! The shared screen: mine, or the one somebody shows (`media.md` §3).

use crate::faces::state_of;
use crate::legs::Medium;
use crate::meeting::{Meeting, Step};
use crate::text;
use crate::view::{Notice, Share};
use crate::{LegKind, MediaCommand, Output};
use protocol::graphql::ScreenRow;
use protocol::ids::{Text, UserId};
use std::collections::VecDeque;

/// Own shares remembered, so that none of them is taken for somebody's while the server still lists it.
const REMEMBERED: usize = 8;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Mine {
    #[default]
    Off,
    /// Capture is being started.
    Capturing,
    /// Capture runs; the leg is in its slot.
    Showing { title: String },
}

/// The shared screen.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    mine: Mine,
    /// Id of the live share, as the server lists it.
    listed: Option<String>,
    own_ids: VecDeque<String>,
    /// The last own share ended before the server listed it: its id is still to come.
    own_to_come: bool,
    /// The live share a view leg was opened for.
    viewed: Option<String>,
    presenter: Option<(UserId, String)>,
    /// Mine was ended by a new presenter whose name is not known yet.
    taken: bool,
}

impl Sharing {
    pub(crate) fn runs(&mut self, title: &str) {
        if self.mine != Mine::Off {
            self.mine = Mine::Showing { title: text::name(Some(&Text::new(title))) };
        }
    }

    /// Forgets mine; true when capture has to be stopped.
    pub(crate) fn stop_all(&mut self) -> bool {
        self.taken = false;
        std::mem::take(&mut self.mine) != Mine::Off
    }

    fn remember(&mut self, id: String) {
        if !self.own_ids.contains(&id) {
            self.own_ids.push_back(id);
        }
        if self.own_ids.len() > REMEMBERED {
            self.own_ids.pop_front();
        }
    }

    /// The live share, if it is somebody's.
    fn theirs(&self) -> Option<&String> {
        self.listed.as_ref().filter(|id| !self.own_ids.contains(id))
    }

    /// Somebody's name has to be found out: presenters come first in the people list.
    pub(crate) fn wants_presenter(&self) -> bool {
        self.presenter.is_none() && (self.taken || self.theirs().is_some())
    }
}

impl Meeting {
    pub(crate) fn want_sharing(&mut self, source: String, step: &mut Step<'_>) {
        if !self.own.presenter {
            step.notice(Notice::ActionRefused);
            return;
        }
        if self.session.been_in && !self.session.is_in() {
            step.notice(Notice::ActionTooLate);
            return;
        }
        self.sharing.taken = false;
        // A change of source keeps the leg: only what is captured differs.
        if self.sharing.mine == Mine::Off {
            self.sharing.mine = Mine::Capturing;
            self.sharing.own_to_come = false;
        }
        step.out.push(Output::Media(MediaCommand::Screen(Some(source))));
    }

    pub(crate) fn stop_sharing(&mut self, step: &mut Step<'_>) {
        if self.sharing.mine == Mine::Off {
            return;
        }
        self.sharing.own_to_come =
            self.legs.screen_out.is_up() && self.sharing.theirs().is_none() && !self.own_is_listed();
        self.close_leg(&Medium::ScreenOut, step);
        self.sharing.mine = Mine::Off;
        step.out.push(Output::Media(MediaCommand::Screen(None)));
    }

    fn own_is_listed(&self) -> bool {
        self.sharing.listed.as_ref().is_some_and(|id| self.sharing.own_ids.contains(id))
    }

    pub(crate) fn screen_refused(&mut self, step: &mut Step<'_>) {
        if self.sharing.mine != Mine::Off {
            self.stop_sharing(step);
            step.notice(Notice::ShareRefused);
        }
    }

    pub(crate) fn screen_gone(&mut self, step: &mut Step<'_>) {
        if self.sharing.mine != Mine::Off {
            self.stop_sharing(step);
            step.notice(Notice::ShareGone);
        }
    }

    pub(crate) fn share_failed(&mut self, code: String, step: &mut Step<'_>) {
        self.stop_sharing(step);
        step.notice(Notice::ShareFailed { code });
    }

    /// Only the presenter may show; with the role the share goes.
    pub(crate) fn presenter_lost(&mut self, step: &mut Step<'_>) {
        if self.sharing.presenter.as_ref().is_some_and(|(user, _)| *user == self.own.user) {
            self.sharing.presenter = None;
        }
        if self.sharing.mine != Mine::Off {
            self.stop_sharing(step);
            self.sharing.taken = true;
            self.tell_taken(step);
        }
    }

    /// Any row that says who presents.
    pub(crate) fn hear_of_presenter(&mut self, user: Option<&UserId>, name: Option<&Text>, presents: Option<bool>) {
        let Some(user) = user else { return };
        let known = self.sharing.presenter.as_ref().is_some_and(|(who, _)| who == user);
        match presents {
            Some(true) => self.sharing.presenter = Some((user.clone(), text::name(name))),
            Some(false) if known => self.sharing.presenter = None,
            Some(false) | None => {}
        }
    }

    pub(crate) fn tell_taken(&mut self, step: &mut Step<'_>) {
        if !self.sharing.taken {
            return;
        }
        if let Some((_, name)) = self.sharing.presenter.as_ref().filter(|(user, _)| *user != self.own.user) {
            step.notice(Notice::ShareTaken { name: name.clone() });
            self.sharing.taken = false;
        }
    }

    pub(crate) fn screen_rows(&mut self, rows: &[ScreenRow]) {
        let live = rows.iter().rfind(|row| row.stopped_at.as_deref().is_none_or(str::is_empty));
        let id = live.map(|row| {
            let id = row.screenshare_id.as_ref().or(row.stream.as_ref()).or(row.started_at.as_ref());
            id.and_then(|id| text::id(id)).map(str::to_owned).unwrap_or_default()
        });
        if self.sharing.listed == id {
            return;
        }
        self.sharing.listed = id.clone();
        let mine = self.sharing.own_to_come || (self.sharing.mine != Mine::Off && self.legs.screen_out.is_up());
        if let Some(id) = id.filter(|_| mine) {
            self.sharing.own_to_come = false;
            self.sharing.remember(id);
        }
    }

    pub(crate) fn reconcile_share(&mut self, step: &mut Step<'_>) {
        self.tell_taken(step);
        if !self.session.is_in() {
            return;
        }
        let showing = matches!(self.sharing.mine, Mine::Showing { .. });
        if showing && self.legs.screen_out.is_free() {
            let kbps = self.facts.as_ref().map_or(1_500, |facts| facts.screen_kbps);
            self.open_leg(&Medium::ScreenOut, LegKind::ScreenSend { kbps }, step);
        }
        let theirs = self.sharing.theirs().filter(|_| !showing).cloned();
        if theirs != self.sharing.viewed {
            self.close_leg(&Medium::ScreenIn, step);
            self.sharing.viewed.clone_from(&theirs);
        }
        if theirs.is_some() && self.legs.screen_in.is_free() {
            self.open_leg(&Medium::ScreenIn, LegKind::ScreenView, step);
        }
    }

    pub(crate) fn share_view(&self) -> Share {
        match &self.sharing.mine {
            Mine::Capturing => return Share::Starting,
            Mine::Showing { title } => {
                let up = self.legs.screen_out.is_up();
                return if up { Share::Mine { source: title.clone() } } else { Share::Starting };
            }
            Mine::Off => {}
        }
        if self.sharing.theirs().is_none() || self.session.is_over() {
            return Share::None;
        }
        let presenter = self.sharing.presenter.as_ref().filter(|(user, _)| *user != self.own.user);
        Share::Theirs {
            name: presenter.map(|(_, name)| name.clone()).unwrap_or_default(),
            state: state_of(&self.legs.screen_in),
        }
    }
}
