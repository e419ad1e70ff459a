//! What the window has been told, so that it is told only what differs.

use crate::meeting::{Meeting, Step};
use crate::view::{Change, ClassInfo, Face, Link, Me, OwnCamera, People, Share, Sound, Stage};

/// The last word on each part.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    stage: Option<Stage>,
    class: Option<ClassInfo>,
    me: Option<Me>,
    sound: Option<Sound>,
    camera: Option<OwnCamera>,
    share: Option<Share>,
    link: Option<Link>,
    people: Option<People>,
    faces: Option<Vec<Face>>,
}

/// Says `now` when it differs from what was said.
fn tell<T: PartialEq + Clone>(shown: &mut Option<T>, now: T, change: impl Fn(T) -> Change, step: &mut Step<'_>) {
    if shown.as_ref() != Some(&now) {
        *shown = Some(now.clone());
        step.view(change(now));
    }
}

impl Meeting {
    /// Says every part of the view that differs.
    pub(crate) fn publish(&mut self, step: &mut Step<'_>) {
        self.look_for_quiet();
        let (me, share, people) = (self.me_view(), self.share_view(), &self.crowd);
        let faces = self.face_views();
        let shown = &mut self.shown;
        if !shown.people.as_ref().is_some_and(|shown| people.same(shown)) {
            tell(&mut shown.people, people.view(), Change::People, step);
        }
        tell(&mut shown.me, me, Change::Me, step);
        tell(&mut shown.share, share, Change::Share, step);
        if shown.faces.as_ref() != Some(&faces) {
            tell(&mut shown.faces, faces, Change::Faces, step);
        }
        let (class, sound, camera, link) = (self.class_view(), self.sound_view(), self.camera_view(), self.link_view());
        let stage = self.stage_view();
        let shown = &mut self.shown;
        tell(&mut shown.class, class, Change::Class, step);
        tell(&mut shown.sound, sound, Change::Sound, step);
        tell(&mut shown.camera, camera, Change::Camera, step);
        tell(&mut shown.link, link, Change::Link, step);
        // Last: whoever acts on the stage finds the rest as it is.
        tell(&mut shown.stage, stage, Change::Stage, step);
        for difference in [self.voices.difference(), self.chat_difference()].into_iter().flatten() {
            step.view(difference);
        }
    }

    /// The whole view as it is, for a window that opens now.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Change> {
        let mut changes = vec![
            Change::Stage(self.stage_view()),
            Change::Class(self.class_view()),
            Change::Me(self.me_view()),
            Change::Sound(self.sound_view()),
            Change::Camera(self.camera_view()),
            Change::Share(self.share_view()),
            Change::Link(self.link_view()),
            Change::People(self.crowd.view()),
            Change::Faces(self.face_views()),
            self.voices.whole(),
            self.whole_chat(),
        ];
        changes.extend(self.crowd.page_changes());
        changes
    }
}
