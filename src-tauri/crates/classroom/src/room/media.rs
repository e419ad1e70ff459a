//! What the class knows of media: voices, cameras, the one shared screen, and who may.

use std::sync::Arc;

use serde_json::json;

use super::RoomEvent;
use super::state::{Camera, Screen, State, User, Voice};
use crate::clock::iso;
use crate::config::Role;

/// How somebody takes part in sound (protocol/media.md §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceRole {
    /// With a microphone.
    Duplex,
    /// Duplex without an input device: muted from the start.
    Passive,
    /// Classic listen-only.
    Listen,
}

impl State {
    /// May this user open a microphone?
    pub(crate) fn may_speak(&self, user_id: &str) -> bool {
        self.users
            .get(user_id)
            .is_some_and(|user| user.in_class() && !(user.is_bound() && self.meeting.locks.microphone))
    }

    pub(crate) fn is_in_class(&self, user_id: &str) -> bool {
        self.users.get(user_id).is_some_and(User::in_class)
    }

    /// The voice conference has this user now. Returns whether the voice starts muted.
    pub(crate) fn join_voice(&mut self, user_id: &str, role: VoiceRole, session: u64) -> bool {
        let muted = role != VoiceRole::Duplex || self.meeting.muted;
        let voice_user_id = format!("{}", 100 + self.joined_count + session);
        self.edit(user_id, |user| {
            user.voice = Some(Voice {
                voice_user_id,
                muted,
                talking: false,
                listen_only: role == VoiceRole::Listen,
                deafened: false,
                floor: false,
                last_floor: 0,
                talked: false,
                session,
            });
        });
        self.events.push(RoomEvent::Muted { user: user_id.to_owned(), muted });
        if !muted {
            self.voice_row(user_id, false);
        }
        muted
    }

    /// The media session behind somebody's voice.
    pub(crate) fn voice_session(&self, user_id: &str) -> Option<u64> {
        Some(self.users.get(user_id)?.voice.as_ref()?.session)
    }

    /// The voice is gone; with `session`, only if it is still that session's.
    pub(crate) fn leave_voice(&mut self, user_id: &str, session: Option<u64>) {
        let fits = self
            .users
            .get(user_id)
            .and_then(|user| user.voice.as_ref())
            .is_some_and(|voice| session.is_none_or(|session| voice.session == session));
        if !fits {
            return;
        }
        self.voice_row(user_id, true);
        self.edit(user_id, |user| user.voice = None);
        self.events.push(RoomEvent::VoiceDropped { user: user_id.to_owned() });
    }

    /// Sets the microphone of one user as the voice server sees it.
    pub(crate) fn set_muted(&mut self, user_id: &str, muted: bool) {
        let changed = self.edit(user_id, |user| match &mut user.voice {
            Some(voice) if voice.muted != muted && (muted || !voice.listen_only) => {
                voice.muted = muted;
                voice.talking &= !muted;
                true
            }
            _ => false,
        });
        if changed == Some(true) {
            self.voice_row(user_id, false);
            self.events.push(RoomEvent::Muted { user: user_id.to_owned(), muted });
        }
    }

    /// The mixer hears somebody, or no longer.
    pub(crate) fn set_talking(&mut self, user_id: &str, talking: bool) {
        let now = self.now;
        let changed = self.edit(user_id, |user| match &mut user.voice {
            Some(voice) if voice.talking != talking && !(voice.muted && talking) => {
                voice.talking = talking;
                voice.talked |= talking;
                if talking {
                    voice.floor = true;
                    voice.last_floor = now;
                }
                true
            }
            _ => false,
        });
        if changed != Some(true) {
            return;
        }
        if talking {
            let others: Vec<String> = self
                .users
                .values()
                .filter(|user| user.id != user_id && user.voice.as_ref().is_some_and(|v| v.floor))
                .map(|user| user.id.clone())
                .collect();
            for other in others {
                self.edit(&other, |user| {
                    if let Some(voice) = &mut user.voice {
                        voice.floor = false;
                    }
                });
            }
        }
        self.voice_row(user_id, false);
    }

    /// Tells the managed voice stream about one user.
    fn voice_row(&mut self, user_id: &str, left: bool) {
        let at = self.stamp();
        let Some(user) = self.users.get(user_id) else { return };
        let Some(voice) = &user.voice else { return };
        let row = Arc::new(json!({
            "userId": user.id,
            "voiceUserId": voice.voice_user_id,
            "muted": voice.muted || left,
            "talking": voice.talking && !left,
            "leftVoiceConf": left,
            "user": { "userId": user.id, "color": user.color, "name": user.name, "speechLocale": "", "__typename": "user_ref" },
            "voiceActivityAt": iso(at),
            "startTime": null,
            "endTime": null,
            "__typename": "user_voice_activity_stream",
        }));
        if left {
            self.activity.remove(user_id);
        } else {
            self.activity.insert(user_id.to_owned(), row.clone());
        }
        self.dirty.activity = true;
        self.events.push(RoomEvent::Voice(row));
    }

    /// `GetCamBroadcastPermission` (protocol/media.md §2.8).
    pub(crate) fn may_broadcast(&self, user_id: &str, stream: &str) -> bool {
        let Some(user) = self.users.get(user_id).filter(|user| user.in_class()) else {
            return false;
        };
        let policies = &self.meeting.policies;
        let own = self.cameras.values().filter(|camera| camera.user == user_id).count();
        let below = |count: usize, cap: u32| cap == 0 || count < usize::try_from(cap).unwrap_or(usize::MAX);
        !(user.is_bound() && self.meeting.locks.camera)
            && stream.starts_with(user_id)
            && (self.cameras.contains_key(stream)
                || (below(own, policies.user_camera_cap) && below(self.cameras.len(), policies.meeting_camera_cap)))
    }

    /// `GetCamSubscribePermission`.
    pub(crate) fn may_watch(&self, user_id: &str, stream: &str) -> bool {
        let Some(camera) = self.cameras.get(stream) else { return false };
        self.users.get(user_id).is_some_and(|viewer| {
            viewer.in_class()
                && (!self.meeting.locks.webcams_only_for_moderator
                    || viewer.is_moderator()
                    || camera.user == user_id
                    || self.users.get(&camera.user).is_some_and(User::is_moderator))
        })
    }

    /// Lists a camera. The caller has checked [`State::may_broadcast`].
    pub(crate) fn camera_on(&mut self, user_id: &str, stream: &str) {
        self.cameras.insert(stream.to_owned(), Camera { user: user_id.to_owned() });
        self.dirty.cameras = true;
        self.dirty.users.insert(user_id.to_owned());
    }

    /// Takes a camera off the list; with `drop`, its media session ends, too.
    pub(crate) fn camera_off(&mut self, stream: &str, drop: bool) {
        if let Some(camera) = self.cameras.remove(stream) {
            self.dirty.cameras = true;
            self.dirty.users.insert(camera.user);
            if drop {
                self.events.push(RoomEvent::CameraDropped { stream: stream.to_owned() });
            }
        }
    }

    pub(crate) fn may_share_screen(&self, user_id: &str) -> bool {
        self.users.get(user_id).is_some_and(|user| user.in_class() && user.presenter)
    }

    pub(crate) fn start_screen(&mut self, screen: Screen) {
        self.screen = Some(screen);
        self.dirty.screen = true;
        self.dirty.meeting = true;
    }

    /// Takes the screen off; with `drop`, the media session ends, too.
    pub(crate) fn stop_screen(&mut self, drop: bool) {
        if self.screen.take().is_some() {
            self.dirty.screen = true;
            self.dirty.meeting = true;
            if drop {
                self.events.push(RoomEvent::ScreenDropped);
            }
        }
    }

    /// What a new lock means for what is already running.
    pub(crate) fn enforce_locks(&mut self) {
        let bound: Vec<String> = self.in_class().filter(|user| user.is_bound()).map(|user| user.id.clone()).collect();
        for user in bound {
            if self.meeting.locks.microphone {
                self.set_muted(&user, true);
            }
            if self.meeting.locks.camera {
                self.drop_cameras(&user);
            }
        }
        self.dirty.meeting = true;
        self.dirty.cameras = true;
    }

    pub(crate) fn drop_cameras(&mut self, user_id: &str) {
        let streams: Vec<String> = self
            .cameras
            .iter()
            .filter(|(_, camera)| camera.user == user_id)
            .map(|(stream, _)| stream.clone())
            .collect();
        for stream in streams {
            self.camera_off(&stream, true);
        }
    }

    /// Makes this user the one presenter.
    pub(crate) fn make_presenter(&mut self, user_id: &str) {
        let before: Vec<String> = self
            .users
            .values()
            .filter(|user| user.presenter && user.id != user_id)
            .map(|user| user.id.clone())
            .collect();
        for user in &before {
            self.edit(user, |user| user.presenter = false);
        }
        self.edit(user_id, |user| user.presenter = true);
        if self.screen.as_ref().is_some_and(|screen| screen.user != user_id) {
            self.stop_screen(true);
        }
    }

    pub(crate) fn set_role(&mut self, user_id: &str, role: Role) {
        self.edit(user_id, |user| user.role = role);
    }
}
