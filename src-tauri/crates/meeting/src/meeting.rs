//! The meeting as one value, and the one way into it.

use crate::asks::Asks;
use crate::camera::OwnCam;
use crate::chat::Chat;
use crate::faces::Faces;
use crate::facts::Facts;
use crate::feeds::Feeds;
use crate::legs::Legs;
use crate::me::Own;
use crate::people::Crowd;
use crate::recovery::Recovery;
use crate::session::Session;
use crate::share::Sharing;
use crate::shown::Shown;
use crate::sound::Voice;
use crate::view::{Change, Notice};
use crate::voices::VoiceMap;
use crate::{Input, Intent, MediaEvent, Outbox, Output, Timer};
use protocol::graphql::FeedData;
use std::time::{Duration, Instant};

/// What the person chose before coming in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingConfig {
    /// Come in with the microphone closed. An open one still follows the rule for newcomers of the class.
    pub muted: bool,
    /// Come in without a microphone.
    pub listen_only: bool,
    /// Come in with the camera on, if it is allowed.
    pub camera: bool,
    /// Device part of own stream ids (`media.md` §2.2): ASCII letters, digits and `-`.
    pub camera_device: String,
}

impl Default for MeetingConfig {
    fn default() -> Self {
        Self { muted: true, listen_only: false, camera: false, camera_device: "camera".to_owned() }
    }
}

/// One class, from the link to its end.
#[derive(Debug)]
pub struct Meeting {
    pub(crate) config: MeetingConfig,
    pub(crate) facts: Option<Facts>,
    pub(crate) session: Session,
    pub(crate) recovery: Recovery,
    pub(crate) feeds: Feeds,
    pub(crate) asks: Asks,
    pub(crate) legs: Legs,
    pub(crate) own: Own,
    pub(crate) voice: Voice,
    pub(crate) voices: VoiceMap,
    pub(crate) cam: OwnCam,
    pub(crate) faces: Faces,
    pub(crate) sharing: Sharing,
    pub(crate) crowd: Crowd,
    pub(crate) chat: Chat,
    pub(crate) shown: Shown,
}

/// One call of [`Meeting::handle`]: the time and where to put what follows.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) now: Instant,
    /// Unix milliseconds.
    pub(crate) wall: f64,
    pub(crate) out: &'a mut Outbox,
}

impl Step<'_> {
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.out.push(Output::View(Change::Notice(notice)));
    }

    pub(crate) fn view(&mut self, change: Change) {
        self.out.push(Output::View(change));
    }

    pub(crate) fn wake_in(&mut self, after: Duration, timer: Timer) {
        self.out.push(Output::WakeAt(self.now + after, timer));
    }

    pub(crate) fn forget(&mut self, timer: Timer) {
        self.out.push(Output::Forget(timer));
    }
}

impl Meeting {
    /// A class nobody has entered yet. [`Input::Start`] sets out.
    #[must_use]
    pub fn new(config: MeetingConfig) -> Self {
        Self {
            voice: Voice::new(config.muted, config.listen_only),
            cam: OwnCam::new(config.camera),
            config,
            facts: None,
            session: Session::default(),
            recovery: Recovery::default(),
            feeds: Feeds::default(),
            asks: Asks::default(),
            legs: Legs::default(),
            own: Own::default(),
            voices: VoiceMap::default(),
            faces: Faces::default(),
            sharing: Sharing::default(),
            crowd: Crowd::default(),
            chat: Chat::default(),
            shown: Shown::default(),
        }
    }

    /// Takes one input in and says what follows from it. `wall_ms` is Unix milliseconds, used for what people read.
    ///
    /// Input that does not fit the state (late, repeated, of something closed) is ignored.
    pub fn handle(&mut self, now: Instant, wall_ms: f64, input: Input, out: &mut Outbox) {
        let step = &mut Step { now, wall: if wall_ms.is_finite() { wall_ms } else { 0.0 }, out };
        if self.session.is_over() {
            self.handle_over(input, step);
        } else {
            self.take(input, step);
        }
        self.reconcile(step);
        self.publish(step);
    }

    fn take(&mut self, input: Input, step: &mut Step<'_>) {
        match input {
            Input::Start => self.set_out(step),
            Input::Intent(intent) => self.intent(intent, step),
            Input::LinkFollowed => self.link_followed(),
            Input::Entered(entry) => self.entered(&entry, step),
            Input::EntryFailed(fault) => self.entry_failed(fault, step),
            Input::ControlUp => self.control_up(step),
            Input::ControlSilent(silent) => self.control_silent(silent, step),
            Input::ControlDown(fault) => self.control_down(&fault, step),
            Input::Feed(data) => self.feed(data, step),
            Input::FeedRefused(feed) => self.feed_refused(feed, step),
            Input::Mutated(id, result) => self.mutated(id, result, step),
            Input::Leg(id, event) => self.leg(id, &event, step),
            Input::Media(event) => self.media(event, step),
            Input::System(_) => self.cut_waits(step),
            Input::Timer(timer) => self.timer(timer, step),
        }
    }

    fn intent(&mut self, intent: Intent, step: &mut Step<'_>) {
        match intent {
            Intent::SetMuted { muted } => self.want_muted(muted, step),
            Intent::SetListenOnly { listen_only } => self.want_listen_only(listen_only, step),
            Intent::SetCamera { on } => self.want_camera(on, step),
            Intent::StartSharing { source } => self.want_sharing(source, step),
            Intent::StopSharing => self.stop_sharing(step),
            Intent::SetHand { up } => self.want_hand(up, step),
            Intent::LowerHand { user } => self.lower_hand(&user, step),
            Intent::LowerAllHands => self.lower_all_hands(step),
            Intent::Mute { user } => self.mute_other(&user, step),
            Intent::MuteAll => self.mute_all(step),
            Intent::SendChat { text } => self.send_chat(text, step),
            Intent::ResendChat { local_id } => self.resend_chat(&local_id),
            Intent::Typing => self.typing(step),
            Intent::SawChat => self.saw_chat(step),
            Intent::OlderChat => self.older_chat(),
            Intent::ShowFaces { streams } => self.faces.show(streams),
            Intent::ShowPeople { from, to, search } => self.crowd.show(from, to, &search),
            Intent::Retry => self.retry(step),
            Intent::Rejoin => tracing::debug!("rejoin asked for while not over"),
            Intent::Leave => self.leave(step),
            Intent::EndForAll => self.end_for_all(step),
        }
        self.person_is_there(step);
    }

    fn feed(&mut self, data: FeedData, step: &mut Step<'_>) {
        if !self.session.is_listening() {
            tracing::debug!("data without a control socket");
            return;
        }
        match data {
            FeedData::Me(row) => self.me_row(&row, step),
            FeedData::MeFull(row) => self.me_full_row(&row, step),
            FeedData::Lobby(row) => self.lobby_row(&row),
            FeedData::Meeting(row) => self.meeting_row(&row),
            FeedData::PeopleCount(count) => self.crowd.count(count),
            FeedData::PeoplePage { page, rows } => self.people_page(page, &rows, step),
            FeedData::Hands(rows) => self.hand_rows(&rows, step),
            FeedData::Chats(rows) => self.chat_list(&rows),
            FeedData::ChatPage { offset, rows } => self.chat_page(offset, &rows, step),
            FeedData::ChatStream(rows) => self.chat_stream(&rows, step),
            FeedData::Typing(rows) => self.typing_rows(&rows, step),
            FeedData::Voice(rows) => self.voice_rows(&rows, step),
            FeedData::Cameras(rows) => self.camera_rows(&rows, step),
            FeedData::Screen(rows) => self.screen_rows(&rows),
            FeedData::Recording(row) => self.own.recording = row.and_then(|r| r.is_recording).unwrap_or(false),
            FeedData::ServerTime(ms) => self.own.server_time(ms, step.wall),
            FeedData::Notices(_) => tracing::debug!("notifications are not shown"),
        }
    }

    fn media(&mut self, event: MediaEvent, step: &mut Step<'_>) {
        match event {
            MediaEvent::Microphone { name, fell_back, came_back } => self.microphone(name, fell_back, came_back, step),
            MediaEvent::NoSpeaker => step.notice(Notice::NoSpeaker),
            MediaEvent::MicrophoneTrouble(trouble) => self.microphone_trouble(trouble, step),
            MediaEvent::SpeakingMuted => self.speaking_muted(step),
            MediaEvent::CameraOn => self.cam.runs(),
            MediaEvent::CameraTrouble(trouble) => self.camera_trouble(trouble, step),
            MediaEvent::ScreenOn { title } => self.sharing.runs(&title),
            MediaEvent::ScreenRefused => self.screen_refused(step),
            MediaEvent::ScreenGone => self.screen_gone(step),
            MediaEvent::Frames { leg, flowing } => self.frames(leg, flowing),
        }
    }

    fn timer(&mut self, timer: Timer, step: &mut Step<'_>) {
        match timer {
            Timer::RetrySession => self.retry_session_due(step),
            Timer::RetryLeg(id) => self.retry_leg_due(id),
            Timer::JoinDeadline => self.join_deadline(step),
            Timer::Confirm(id) => self.confirm_due(id, step),
            Timer::TypingFades => self.chat.typing_fades(),
            Timer::Heartbeat => self.heartbeat(step),
            Timer::Settle => self.settle_due(step),
            Timer::Silence => self.silence_due(step),
        }
    }

    /// Makes what is follow what is wanted. The microphone's gate closes before anything else is asked for and opens
    /// after everything else.
    fn reconcile(&mut self, step: &mut Step<'_>) {
        self.close_gate_if_due(step);
        if self.session.is_over() {
            return;
        }
        self.reconcile_feeds(step);
        self.reconcile_sound(step);
        self.reconcile_camera(step);
        self.reconcile_share(step);
        self.reconcile_faces(step);
        self.reconcile_hand(step);
        self.reconcile_chat(step);
        self.open_gate_if_due(step);
    }

    /// What the feeds have not said by now is taken as not so.
    fn settle_due(&mut self, step: &mut Step<'_>) {
        self.voice_settles(step);
        self.chat_settles();
    }
}
