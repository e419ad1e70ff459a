//! The pupils: they come late one by one, raise hands, chat, and answer when the teacher speaks
//! or writes. They live inside the server and use its insides where people use the wire; what
//! others see of them comes over the wire like anybody's.

mod director;
mod lines;
mod studio;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval};

pub(crate) use lines::SPOKEN;
pub(crate) use studio::Studio;

use crate::classroom::stopped;
use crate::clock::unix_millis;
use crate::config::{Language, Role};
use crate::room::{Guest, RoomEvent, VoiceRole};
use crate::sfu::{CameraFeed, Order, SourceId, Switchboard, Tap};
use crate::voices;
use director::{Cue, Deed, Director};
use lines::WRITTEN;

/// How often the pupils look at the clock.
const LOOK: Duration = Duration::from_millis(100);
/// A teacher who spoke for less than this has coughed.
const A_SENTENCE: u64 = 700;
/// Media session number of the pupils' voices: no transport has it.
const NO_TRANSPORT: u64 = 0;

/// What the cast is told before the curtain rises.
pub(crate) struct Play {
    pub(crate) count: usize,
    pub(crate) language: Language,
    pub(crate) arrive_within: Duration,
    pub(crate) seed: u64,
    pub(crate) voices: Option<PathBuf>,
}

struct Cast {
    board: Arc<Switchboard>,
    studio: Studio,
    play: Play,
    cameras: HashMap<usize, (String, SourceId)>,
    /// When which teacher began to speak.
    speaking: HashMap<String, u64>,
    hands: HashMap<usize, bool>,
}

/// Plays until the server stops.
pub(crate) async fn perform(board: Arc<Switchboard>, studio: Studio, play: Play, mut stopping: watch::Receiver<bool>) {
    let mut events = board.room.events();
    let now = unix_millis();
    let arrive = u64::try_from(play.arrive_within.as_millis()).unwrap_or(20_000);
    let mut director = Director::new(play.seed, play.count, now, arrive);
    if play.voices.is_none() {
        director = director.without_voices();
    }
    let mut cast =
        Cast { board, studio, play, cameras: HashMap::new(), speaking: HashMap::new(), hands: HashMap::new() };
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => cast.notice(&event, &mut director),
                // What a pupil did not notice, a pupil does not answer.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = looks.tick() => {
                let now = unix_millis();
                cast.watch_hands(now, &mut director);
                for (pupil, deed) in director.due(now) {
                    cast.act(now, pupil, deed, &mut director).await;
                }
            }
            () = stopped(&mut stopping) => return,
        }
    }
}

/// The internal id of a pupil.
fn id(pupil: usize) -> String {
    format!("w_pupil{pupil:07}")
}

fn number(id: &str) -> Option<usize> {
    id.strip_prefix("w_pupil")?.parse().ok()
}

impl Cast {
    fn notice(&mut self, event: &RoomEvent, director: &mut Director) {
        let now = unix_millis();
        match event {
            RoomEvent::Voice(row) => {
                let user = row["userId"].as_str().unwrap_or_default();
                if number(user).is_some() {
                    return;
                }
                if row["talking"] == true {
                    self.speaking.entry(user.to_owned()).or_insert(now);
                } else if let Some(since) = self.speaking.remove(user)
                    && now.saturating_sub(since) > A_SENTENCE
                    && self.is_teacher(user)
                {
                    director.cue(now, Cue::TeacherSpoke);
                }
            }
            RoomEvent::Chat { sender, .. } if number(sender).is_none() && self.is_teacher(sender) => {
                director.cue(now, Cue::TeacherWrote);
            }
            RoomEvent::Prompt { user, line } => {
                if let Some(pupil) = number(user) {
                    director.cue(now, Cue::Prompted { pupil, line: *line });
                }
            }
            RoomEvent::CameraDropped { stream } => {
                let dropped = self.cameras.iter().find(|(_, (known, _))| known == stream).map(|(pupil, _)| *pupil);
                if let Some((stream, source)) = dropped.and_then(|pupil| self.cameras.remove(&pupil)) {
                    self.board.remove_camera(&stream, source);
                    self.studio.close(source);
                }
            }
            _ => {}
        }
    }

    fn is_teacher(&self, user: &str) -> bool {
        self.board.room.read(|state| state.users.get(user).is_some_and(crate::room::User::is_moderator))
    }

    /// Hands also go down by others.
    fn watch_hands(&mut self, now: u64, director: &mut Director) {
        let hands: Vec<(usize, bool)> = self.board.room.read(|state| {
            state
                .in_class()
                .filter(|user| user.cast)
                .filter_map(|user| Some((number(&user.id)?, user.hand.is_some())))
                .collect()
        });
        for (pupil, up) in hands {
            if self.hands.insert(pupil, up).unwrap_or(false) != up {
                director.cue(now, Cue::Hand { pupil, up });
            }
        }
    }

    async fn act(&mut self, now: u64, pupil: usize, deed: Deed, director: &mut Director) {
        let user = id(pupil);
        let room = self.board.room.clone();
        if deed != Deed::Enter && !room.read(|state| state.is_in_class(&user)) {
            // Put out, or the class is over: this pupil's part is played.
            return;
        }
        match deed {
            Deed::Enter => room.change(|state| {
                state.now = now;
                if state.meeting.ended.is_some() {
                    return;
                }
                state.add_user(&user, &user, &lines::name(pupil), Role::Viewer, Guest::Allowed, true);
                state.join(&user, "HTML5", false);
                state.join_voice(&user, VoiceRole::Duplex, NO_TRANSPORT);
                state.set_muted(&user, true);
            }),
            Deed::CameraOn => self.camera_on(pupil, &user).await,
            Deed::HandUp | Deed::HandDown => room.change(|state| {
                state.now = now;
                state.set_hand(&user, deed == Deed::HandUp);
            }),
            Deed::Type => room.change(|state| {
                state.now = now;
                state.set_typing(&user);
            }),
            Deed::Write(line) => room.change(|state| {
                state.now = now;
                state.say(&user, WRITTEN[line].text(self.play.language));
            }),
            Deed::Unmute => room.change(|state| {
                state.now = now;
                if state.may_speak(&user) {
                    state.set_muted(&user, false);
                }
            }),
            Deed::Mute => room.change(|state| {
                state.now = now;
                state.set_muted(&user, true);
            }),
            Deed::Speak(line) => self.speak(now, pupil, &user, line, director).await,
        }
    }

    async fn camera_on(&mut self, pupil: usize, user: &str) {
        let stream = format!("{user}_cast_cam0");
        let room = self.board.room.clone();
        if !room.read(|state| state.may_broadcast(user, &stream)) {
            return;
        }
        let (source, tap) = (self.board.id(), Arc::new(Tap::default()));
        // The wire ends only with the server.
        let _ = self.board.orders().send(Order::Announce { source, tap: tap.clone() }).await;
        self.studio.open(source, self.play.seed.wrapping_sub(1).wrapping_add(pupil as u64), tap);
        let feedback = ["ccm fir", "nack", "nack pli", "goog-remb", "transport-cc"].map(str::to_owned).to_vec();
        self.board.add_camera(&stream, CameraFeed { source, feedback, kbps: 200 });
        room.change(|state| state.camera_on(user, &stream));
        self.cameras.insert(pupil, (stream, source));
    }

    async fn speak(&self, now: u64, pupil: usize, user: &str, line: usize, director: &mut Director) {
        let Some(folder) = self.play.voices.clone() else { return };
        let language = self.play.language;
        let loading = tokio::task::spawn_blocking(move || voices::load(&folder, language, pupil, line));
        let Ok(Some(sound)) = loading.await else {
            director.cue(now, Cue::SpeechEnds { pupil, at: now });
            return;
        };
        let length = sound.len() as u64 / 48;
        director.cue(now, Cue::SpeechEnds { pupil, at: now + length });
        if let Some((_, source)) = self.cameras.get(&pupil) {
            self.studio.speak(*source, voices::mouth(&sound));
        }
        self.board.mixer.say(user, sound);
    }
}
