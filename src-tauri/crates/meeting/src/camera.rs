//! My camera: capture, leg, announcement (`media.md` §2.6), and the rules that avoid ejection (§2.8).
//!
//! `cameraBroadcastStart` without permission and `cameraBroadcastStop` for what the server no longer lists get the
//! caller removed from the class. So both are sent only on the newest word of the server, and never twice.

use crate::asks::{Ask, PATIENCE};
use crate::legs::Medium;
use crate::meeting::{Meeting, Step};
use crate::view::{CameraState, DeviceTrouble, Notice, OwnCamera};
use crate::{LegKind, MediaCommand, MutationRefusal, Output, Timer};
use protocol::graphql::{Feed, Mutation};
use protocol::ids::{MutationId, StreamId};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Capture {
    #[default]
    Off,
    Starting,
    Running,
}

/// Whether the class has been told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Announced {
    #[default]
    No,
    Asked(MutationId),
    Listed,
    /// Was listed on a control socket that is gone.
    Unsure,
}

/// My camera.
#[derive(Debug, Default)]
pub(crate) struct OwnCam {
    wish: bool,
    capture: Capture,
    stream: Option<StreamId>,
    announced: Announced,
    trouble: Option<DeviceTrouble>,
    starts: u32,
    bound: Option<u32>,
}

impl OwnCam {
    pub(crate) fn new(wish: bool) -> Self {
        Self { wish, ..Self::default() }
    }

    pub(crate) fn runs(&mut self) {
        if self.capture == Capture::Starting {
            self.capture = Capture::Running;
            self.trouble = None;
        }
    }

    pub(crate) fn hear_anew(&mut self) {
        if self.announced == Announced::Listed {
            self.announced = Announced::Unsure;
        }
    }

    pub(crate) fn unannounced(&mut self) {
        self.announced = Announced::No;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.announced == Announced::Listed
    }
}

impl Meeting {
    /// Another camera fits under the caps, counting everything listed except this stream.
    fn camera_room(&self, except: Option<&StreamId>) -> bool {
        let Some(facts) = &self.facts else { return true };
        let (mine, all) = self.faces.listed_besides(&self.own.user, except);
        let fits = |cap: u32, used: usize| cap == 0 || used < usize::try_from(cap).unwrap_or(usize::MAX);
        fits(facts.user_camera_cap, mine) && fits(facts.meeting_camera_cap, all)
    }

    pub(crate) fn may_camera(&self) -> bool {
        !self.own.camera_locked() && (self.cam.is_on() || self.camera_room(self.cam.stream.as_ref()))
    }

    pub(crate) fn want_camera(&mut self, on: bool, step: &mut Step<'_>) {
        if !on {
            self.stop_camera(true, step);
        } else if self.own.camera_locked() {
            step.notice(Notice::Camera { trouble: DeviceTrouble::Locked });
        } else if self.session.is_in() && !self.may_camera() {
            step.notice(Notice::ActionRefused);
        } else {
            self.cam.wish = true;
            self.cam.trouble = None;
        }
    }

    pub(crate) fn camera_trouble(&mut self, trouble: DeviceTrouble, step: &mut Step<'_>) {
        if self.cam.capture == Capture::Off {
            return;
        }
        self.stop_camera(true, step);
        self.cam.trouble = Some(trouble);
        step.notice(Notice::Camera { trouble });
    }

    pub(crate) fn camera_failed(&mut self, code: String, step: &mut Step<'_>) {
        self.stop_camera(false, step);
        step.notice(Notice::CameraFailed { code });
    }

    /// Stops sending. `tell`: of the person's own will, so the class is told; a stream that the server has withdrawn
    /// must not be stopped once more.
    pub(crate) fn stop_camera(&mut self, tell: bool, step: &mut Step<'_>) {
        self.cam.wish = false;
        self.cam.trouble = None;
        if let Announced::Asked(id) = self.cam.announced {
            step.forget(Timer::Confirm(id));
        }
        if tell
            && self.cam.announced == Announced::Listed
            && self.session.is_in()
            && let Some(stream) = self.cam.stream.clone()
        {
            self.ask(Ask::Aside, Mutation::CameraStop { stream }, None, step);
        }
        self.cam.announced = Announced::No;
        self.close_leg(&Medium::Camera, step);
        if self.cam.capture != Capture::Off {
            self.cam.capture = Capture::Off;
            step.out.push(Output::Media(MediaCommand::Camera(false)));
        }
        self.cam.bound = None;
    }

    /// The leg is up: the class may be told, if it is still allowed.
    pub(crate) fn announce_camera(&mut self, step: &mut Step<'_>) {
        let Some(stream) = self.cam.stream.clone() else { return };
        if self.cam.announced != Announced::No {
            return;
        }
        if self.own.camera_locked() || !self.camera_room(Some(&stream)) {
            self.stop_camera(false, step);
            step.notice(Notice::ActionRefused);
            return;
        }
        let id = self.ask(Ask::CameraStart, Mutation::CameraStart { stream }, Some(PATIENCE), step);
        self.cam.announced = Announced::Asked(id);
    }

    pub(crate) fn camera_answered(&mut self, id: MutationId, result: Result<(), MutationRefusal>, step: &mut Step<'_>) {
        if self.cam.announced != Announced::Asked(id) {
            return;
        }
        match result {
            // Without the feed the answer is the best word there is.
            Ok(()) if self.feeds.is_refused(&Feed::Cameras) => {
                step.forget(Timer::Confirm(id));
                self.cam.announced = Announced::Listed;
            }
            Ok(()) => {}
            Err(MutationRefusal::Denied) => {
                step.forget(Timer::Confirm(id));
                self.stop_camera(false, step);
                step.notice(Notice::ActionRefused);
            }
            // Whether it was heard is told by the rows on the next socket.
            Err(MutationRefusal::Lost) => self.cam.announced = Announced::Unsure,
        }
    }

    pub(crate) fn camera_unconfirmed(&mut self, id: MutationId, step: &mut Step<'_>) {
        if self.cam.announced == Announced::Asked(id) {
            self.camera_failed("1020".to_owned(), step);
        }
    }

    /// The rows are new: is mine among them?
    pub(crate) fn camera_listing(&mut self, step: &mut Step<'_>) {
        let Some(stream) = &self.cam.stream else { return };
        let listed = self.faces.lists(stream);
        match self.cam.announced {
            Announced::Asked(id) if listed => {
                step.forget(Timer::Confirm(id));
                self.cam.announced = Announced::Listed;
            }
            Announced::Unsure if listed => self.cam.announced = Announced::Listed,
            // The server let it go while we were away; it is still wanted, so it starts from the beginning.
            Announced::Unsure => {
                self.close_leg(&Medium::Camera, step);
                self.cam.announced = Announced::No;
            }
            Announced::Listed if !listed => {
                self.stop_camera(false, step);
                self.cam.trouble = Some(DeviceTrouble::Locked);
                step.notice(Notice::Camera { trouble: DeviceTrouble::Locked });
            }
            Announced::No | Announced::Asked(_) | Announced::Listed => {}
        }
    }

    pub(crate) fn reconcile_camera(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() || !self.cam.wish {
            return;
        }
        if self.own.camera_locked() {
            self.stop_camera(false, step);
            self.cam.trouble = Some(DeviceTrouble::Locked);
            step.notice(Notice::Camera { trouble: DeviceTrouble::Locked });
            return;
        }
        if self.cam.capture == Capture::Off {
            self.cam.capture = Capture::Starting;
            step.out.push(Output::Media(MediaCommand::Camera(true)));
        }
        // Until the rows are known, caps are not; and a stream of ours that still hangs there takes up room.
        let known = self.faces.known() || self.feeds.is_refused(&Feed::Cameras);
        if self.cam.capture == Capture::Running && self.legs.camera.is_free() && known && self.camera_room(None) {
            self.start_leg(step);
        }
        self.follow_visible(step);
    }

    fn start_leg(&mut self, step: &mut Step<'_>) {
        let Some(facts) = &self.facts else { return };
        self.cam.starts = self.cam.starts.wrapping_add(1);
        // A new id for every start: closing the old one must not take the new one with it.
        let device = format!("{}{}", self.config.camera_device, self.cam.starts);
        let stream = StreamId::compose(&self.own.user, &facts.client_session, &device);
        let kbps = facts.camera_kbps();
        self.cam.stream = Some(stream.clone());
        self.cam.announced = Announced::No;
        self.open_leg(&Medium::Camera, LegKind::CameraSend { stream, kbps }, step);
    }

    fn follow_visible(&mut self, step: &mut Step<'_>) {
        let Some(facts) = self.facts.as_ref().filter(|_| self.legs.camera.leg().is_some()) else { return };
        let kbps = facts.camera_bound(self.faces.visible() + usize::from(self.cam.wish));
        if self.cam.bound != Some(kbps) {
            self.cam.bound = Some(kbps);
            step.out.push(Output::Media(MediaCommand::CameraBound { kbps }));
        }
    }

    pub(crate) fn camera_view(&self) -> OwnCamera {
        let slot = &self.legs.camera;
        let state = if !self.cam.wish {
            CameraState::Off
        } else if slot.is_up() && matches!(self.cam.announced, Announced::Listed | Announced::Unsure) {
            CameraState::On
        } else if slot.was_up && !slot.is_up() {
            CameraState::Lost
        } else {
            CameraState::Starting
        };
        OwnCamera { state, trouble: self.cam.trouble }
    }
}
