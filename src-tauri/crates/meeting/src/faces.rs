//! Cameras of the class: who is listed, who is on screen, and a leg for each that is both (`media.md` §2.7).

use crate::legs::{Flow, Medium, Slot, State};
use crate::me;
use crate::meeting::{Meeting, Step};
use crate::text;
use crate::view::{CameraState, Face, FaceState, Role};
use crate::{LegKind, MediaCommand, Output};
use protocol::graphql::CameraRow;
use protocol::ids::{StreamId, UserId};
use std::collections::BTreeSet;

/// Most streams on screen at once (`media.md` §2.12). Overflow rule: the first ones asked for are shown.
const MOST_SHOWN: usize = 48;
/// Most cameras listed. Overflow rule: the rest of the server's order is left out.
const MOST_LISTED: usize = 1_000;

#[derive(Debug, Clone, PartialEq)]
struct Camera {
    stream: StreamId,
    user: UserId,
    name: String,
    role: Role,
}

/// Cameras of the class.
#[derive(Debug, Default)]
pub(crate) struct Faces {
    rows: Vec<Camera>,
    heard: bool,
    shown: Vec<StreamId>,
}

impl Faces {
    pub(crate) fn show(&mut self, streams: Vec<String>) {
        let mut seen = BTreeSet::new();
        let fresh = streams.into_iter().filter(|s| seen.insert(s.clone())).take(MOST_SHOWN);
        self.shown = fresh.map(StreamId::new).collect();
    }

    /// The server has said which cameras there are.
    pub(crate) fn known(&self) -> bool {
        self.heard
    }

    pub(crate) fn start_anew(&mut self) {
        self.heard = false;
    }

    pub(crate) fn lists(&self, stream: &StreamId) -> bool {
        self.rows.iter().any(|row| row.stream == *stream)
    }

    /// How many streams of this user, and of all, are listed, leaving one out.
    pub(crate) fn listed_besides(&self, user: &UserId, except: Option<&StreamId>) -> (usize, usize) {
        let others = || self.rows.iter().filter(|row| Some(&row.stream) != except);
        (others().filter(|row| row.user == *user).count(), others().count())
    }

    /// Streams of others that are listed and on screen.
    pub(crate) fn visible(&self) -> usize {
        self.shown.iter().filter(|stream| self.lists(stream)).count()
    }
}

impl Meeting {
    pub(crate) fn camera_rows(&mut self, rows: &[CameraRow], step: &mut Step<'_>) {
        self.faces.heard = true;
        self.faces.rows = rows.iter().filter_map(read).take(MOST_LISTED).collect();
        for row in rows {
            if let Some(user) = &row.user {
                self.hear_of_presenter(user.user_id.as_ref(), user.name.as_ref(), user.presenter);
            }
        }
        self.camera_listing(step);
    }

    fn is_mine(&self, stream: &StreamId) -> bool {
        let session = self.facts.as_ref().map_or("", |facts| facts.client_session.as_str());
        stream.belongs_to(&self.own.user, session)
    }

    pub(crate) fn reconcile_faces(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() || !self.faces.heard {
            return;
        }
        let wanted: BTreeSet<StreamId> =
            self.faces.shown.iter().filter(|s| self.faces.lists(s) && !self.is_mine(s)).cloned().collect();
        let gone: Vec<StreamId> = self.legs.faces.keys().filter(|s| !wanted.contains(*s)).cloned().collect();
        for stream in gone {
            self.close_leg(&Medium::Face(stream.clone()), step);
            self.legs.faces.remove(&stream);
        }
        for stream in wanted {
            if self.legs.faces.get(&stream).is_none_or(Slot::is_free) {
                let kind = LegKind::CameraView { stream: stream.clone() };
                self.open_leg(&Medium::Face(stream), kind, step);
            }
        }
    }

    pub(crate) fn face_views(&self) -> Vec<Face> {
        let own = match self.camera_view().state {
            CameraState::On => FaceState::Live,
            CameraState::Lost => FaceState::Lost,
            CameraState::Starting | CameraState::Off => FaceState::Connecting,
        };
        let view = |row: &Camera| {
            let mine = self.is_mine(&row.stream);
            let state = if mine { own } else { self.legs.faces.get(&row.stream).map_or(FaceState::Idle, state_of) };
            Face {
                stream: row.stream.as_str().to_owned(),
                user: row.user.as_str().to_owned(),
                name: row.name.clone(),
                mine,
                role: row.role,
                state,
            }
        };
        self.faces.rows.iter().map(view).collect()
    }

    /// Capture stops, of camera and screen.
    pub(crate) fn stop_capture(&mut self, step: &mut Step<'_>) {
        self.stop_camera(false, step);
        if self.sharing.stop_all() {
            step.out.push(Output::Media(MediaCommand::Screen(None)));
        }
    }
}

/// What a tile has to show for a leg that views.
pub(crate) fn state_of(slot: &Slot) -> FaceState {
    match &slot.state {
        State::Live(leg) => match (leg.flow, leg.frames) {
            (Flow::Up { .. }, Some(true)) => FaceState::Live,
            (Flow::Up { .. } | Flow::Wavering { .. }, Some(false)) | (Flow::Wavering { .. }, _) => FaceState::Lost,
            (Flow::Opening, _) if slot.was_up => FaceState::Lost,
            (Flow::Up { .. } | Flow::Opening, _) => FaceState::Connecting,
        },
        State::Resting(_) | State::Free if slot.was_up => FaceState::Lost,
        State::Resting(_) | State::Free => FaceState::Connecting,
        State::GivenUp => FaceState::Lost,
    }
}

fn read(row: &CameraRow) -> Option<Camera> {
    let stream = row.stream_id.clone().filter(|s| text::id(s.as_str()).is_some())?;
    // Some 4.0 states list shared screens here, too.
    if row.content_type.as_deref() == Some("screenshare") {
        return None;
    }
    let person = row.user.as_ref();
    Some(Camera {
        user: person.and_then(|p| p.user_id.clone()).filter(|u| text::id(u.as_str()).is_some()).unwrap_or_default(),
        name: text::name(person.and_then(|p| p.name.as_ref())),
        role: me::role(person.and_then(|p| p.is_moderator), person.and_then(|p| p.role.as_deref())),
        stream,
    })
}
