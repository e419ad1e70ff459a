//! A class on a stage: the core, a clock that only the test moves, and a driver and a window that do what they are told.

use meeting::view::{
    Away, Change, ChatChange, ClassInfo, Face, Link, LinkState, Me, Message, Notice, OwnCamera, People, PeoplePage,
    Share, Sound, Stage, VoiceOf,
};
use meeting::{
    ControlFault, Entry, EntryBy, Input, Intent, LegEvent, LegFault, LegKind, LegOrder, MediaCommand, MediaEvent,
    Meeting, MeetingConfig, Outbox, Output, Timer,
};
use protocol::graphql::{
    CameraRow, ChatMessageRow, ChatRow, Feed, FeedData, HandRow, LockRow, MeRow, MeetingRow, Mutation, PUBLIC_CHAT,
    PersonRow, ScreenRow, UserRow, VoiceRow,
};
use protocol::http::StaticData;
use protocol::ids::{LegId, MutationId, StreamId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// 2026-01-05T09:00:00Z
pub(crate) const MORNING: f64 = 1_767_603_600_000.0;
/// My internal id.
pub(crate) const ME: &str = "w_me0000000000";
/// My client session.
pub(crate) const RUN: &str = "0f3f2a52-2a0b-4c3e-9c6f-1f3a7e5d1b11";

/// What the window shows, put together from the changes it got.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) stage: Option<Stage>,
    pub(crate) class: ClassInfo,
    pub(crate) me: Me,
    pub(crate) sound: Sound,
    pub(crate) camera: OwnCamera,
    pub(crate) share: Share,
    pub(crate) link: Link,
    pub(crate) people: People,
    pub(crate) pages: BTreeMap<u32, PeoplePage>,
    pub(crate) voices: BTreeMap<String, VoiceOf>,
    pub(crate) faces: Vec<Face>,
    pub(crate) chat: BTreeMap<String, Message>,
    pub(crate) unread: u32,
    pub(crate) typing: Vec<String>,
    pub(crate) has_older: bool,
    pub(crate) away: Vec<Away>,
}

impl Window {
    pub(crate) fn take(&mut self, change: Change) {
        match change {
            Change::Stage(stage) => self.stage = Some(stage),
            Change::Class(class) => self.class = class,
            Change::Me(me) => self.me = me,
            Change::Sound(sound) => self.sound = sound,
            Change::Camera(camera) => self.camera = camera,
            Change::Share(share) => self.share = share,
            Change::Link(link) => self.link = link,
            Change::People(people) => self.people = people,
            Change::PeoplePage(page) => {
                self.pages.insert(page.page, page);
            }
            Change::Voices(voices) => {
                for user in voices.remove {
                    self.voices.remove(&user);
                }
                self.voices.extend(voices.upsert.into_iter().map(|v| (v.user.clone(), v)));
            }
            Change::Faces(faces) => self.faces = faces,
            Change::Chat(ChatChange { upsert, remove, unread, typing, has_older, away }) => {
                for id in remove {
                    self.chat.remove(&id);
                }
                self.chat.extend(upsert.into_iter().map(|m| (m.id.clone(), m)));
                (self.unread, self.typing, self.has_older, self.away) = (unread, typing, has_older, away);
            }
            Change::Notice(_) => {}
        }
    }
}

/// The stage.
pub(crate) struct Scene {
    pub(crate) core: Meeting,
    pub(crate) now: Instant,
    pub(crate) wall: f64,
    pub(crate) window: Window,
    pub(crate) notices: Vec<Notice>,
    /// Everything asked for since the last look, in order.
    pub(crate) asked: Vec<Output>,
    pub(crate) timers: BTreeMap<Timer, Instant>,
    pub(crate) feeds: BTreeSet<Feed>,
    pub(crate) legs: BTreeMap<LegId, LegOrder>,
    pub(crate) gate_open: bool,
    pub(crate) finished: bool,
    out: Outbox,
}

impl Scene {
    pub(crate) fn new(config: MeetingConfig) -> Self {
        Self {
            core: Meeting::new(config),
            now: Instant::now(),
            wall: MORNING,
            window: Window::default(),
            notices: Vec::new(),
            asked: Vec::new(),
            timers: BTreeMap::new(),
            feeds: BTreeSet::new(),
            legs: BTreeMap::new(),
            gate_open: true,
            finished: false,
            out: Outbox::new(),
        }
    }

    /// Gives the core an input and does what it asks for.
    pub(crate) fn say(&mut self, input: Input) -> &mut Self {
        self.core.handle(self.now, self.wall, input, &mut self.out);
        for output in self.out.drain().collect::<Vec<_>>() {
            self.obey(output);
        }
        self
    }

    fn obey(&mut self, output: Output) {
        match output.clone() {
            Output::OpenFeed(feed) => assert!(self.feeds.insert(feed.clone()), "opened twice: {feed:?}"),
            Output::CloseFeed(feed) => assert!(self.feeds.remove(&feed), "closed but not open: {feed:?}"),
            Output::CloseControl => self.feeds.clear(),
            Output::OpenLeg(id, order) => assert!(self.legs.insert(id, order).is_none(), "leg id used twice"),
            Output::CloseLeg(id) => assert!(self.legs.remove(&id).is_some(), "closed but not open: {id:?}"),
            Output::Media(MediaCommand::SetMuted(muted)) => self.gate_open = !muted,
            Output::View(Change::Notice(notice)) => self.notices.push(notice),
            Output::View(change) => self.window.take(change),
            Output::WakeAt(at, timer) => {
                self.timers.insert(timer, at);
            }
            Output::Forget(timer) => {
                self.timers.remove(&timer);
            }
            Output::Finished => self.finished = true,
            Output::Enter { .. } | Output::OpenControl | Output::Mutate(..) | Output::Media(_) | Output::SignOut => {}
        }
        self.asked.push(output);
    }

    /// Lets time pass; timers fire when they are due, in order.
    pub(crate) fn pass(&mut self, seconds: f64) -> &mut Self {
        let end = self.now + Duration::from_secs_f64(seconds);
        while let Some((timer, at)) =
            self.timers.iter().min_by_key(|(_, at)| **at).filter(|(_, at)| **at <= end).map(|(t, at)| (*t, *at))
        {
            self.timers.remove(&timer);
            self.move_to(at);
            self.say(Input::Timer(timer));
        }
        self.move_to(end);
        self
    }

    fn move_to(&mut self, at: Instant) {
        let at = at.max(self.now);
        self.wall += (at - self.now).as_secs_f64() * 1_000.0;
        self.now = at;
    }

    /// What was asked for since the last call.
    pub(crate) fn take_asked(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.asked)
    }

    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Mutations since the last call of [`Self::take_asked`], without heartbeats.
    pub(crate) fn mutations(&self) -> Vec<(MutationId, Mutation)> {
        let wanted = |output: &Output| match output {
            Output::Mutate(_, Mutation::ConnectionAlive { .. }) => None,
            Output::Mutate(id, mutation) => Some((*id, mutation.clone())),
            _ => None,
        };
        self.asked.iter().filter_map(wanted).collect()
    }

    pub(crate) fn last_mutation(&self) -> (MutationId, Mutation) {
        self.mutations().pop().expect("a mutation")
    }

    pub(crate) fn mutes_asked(&self) -> Vec<bool> {
        let own = |m: &Mutation| match m {
            Mutation::SetMuted { user, muted } if user.as_str() == ME => Some(*muted),
            _ => None,
        };
        self.mutations().iter().filter_map(|(_, m)| own(m)).collect()
    }

    pub(crate) fn asked_for(&self, output: &Output) -> bool {
        self.asked.contains(output)
    }

    pub(crate) fn leg(&self, fits: impl Fn(&LegKind) -> bool) -> Option<LegId> {
        self.legs.iter().find(|(_, order)| fits(&order.kind)).map(|(id, _)| *id)
    }

    pub(crate) fn audio(&self) -> LegId {
        self.leg(|kind| matches!(kind, LegKind::Audio { .. })).expect("an audio leg")
    }

    pub(crate) fn leg_down(&mut self, id: LegId, fault: LegFault) -> &mut Self {
        self.legs.remove(&id).expect("an open leg");
        self.say(Input::Leg(id, LegEvent::Down(fault)))
    }

    pub(crate) fn control_down(&mut self) -> &mut Self {
        self.feeds.clear();
        self.say(Input::ControlDown(ControlFault::Broken))
    }

    pub(crate) fn refused(&mut self, message_id: &str) -> &mut Self {
        self.feeds.clear();
        self.say(Input::ControlDown(ControlFault::Refused { message_id: message_id.to_owned() }))
    }

    pub(crate) fn intent(&mut self, intent: Intent) -> &mut Self {
        self.say(Input::Intent(intent))
    }

    pub(crate) fn feed(&mut self, data: FeedData) -> &mut Self {
        self.say(Input::Feed(data))
    }

    pub(crate) fn mute(&mut self, muted: bool) -> &mut Self {
        self.intent(Intent::SetMuted { muted })
    }

    /// The server says of my microphone.
    pub(crate) fn voice(&mut self, muted: bool) -> &mut Self {
        self.feed(FeedData::Voice(vec![voice_of(ME, "Me", muted, !muted)]))
    }

    pub(crate) fn link(&self) -> LinkState {
        self.window.link.state
    }

    pub(crate) fn stage(&self) -> &Stage {
        self.window.stage.as_ref().expect("a stage")
    }

    /// Up to the open control socket.
    pub(crate) fn to_control(config: MeetingConfig, facts: StaticData) -> Self {
        let mut scene = Self::new(config);
        scene.say(Input::Start);
        assert!(scene.asked_for(&Output::Enter { by: EntryBy::Link }));
        scene.say(Input::Entered(Box::new(entry(facts))));
        assert!(scene.asked_for(&Output::OpenControl));
        scene.say(Input::ControlUp);
        assert_eq!(scene.feeds.iter().cloned().collect::<Vec<_>>(), [Feed::Me]);
        scene
    }

    /// In class, with the first rows; no leg is up yet.
    pub(crate) fn in_class(moderator: bool) -> Self {
        Self::in_class_with(MeetingConfig::default(), StaticData::default(), moderator)
    }

    pub(crate) fn in_class_with(config: MeetingConfig, facts: StaticData, moderator: bool) -> Self {
        let mut scene = Self::to_control(config, facts);
        scene.feed(FeedData::Me(me_row(moderator, false)));
        scene.feed(FeedData::Me(me_row(moderator, true)));
        scene.first_rows(moderator);
        scene.take_asked();
        scene
    }

    /// In class, before any chat is known.
    pub(crate) fn in_class_fresh(moderator: bool) -> Self {
        let mut scene = Self::to_control(MeetingConfig::default(), StaticData::default());
        scene.feed(FeedData::Me(me_row(moderator, false)));
        scene.feed(FeedData::Me(me_row(moderator, true)));
        scene.take_asked();
        scene
    }

    /// What a server says first of all feeds.
    pub(crate) fn first_rows(&mut self, moderator: bool) {
        self.feed(FeedData::MeFull(me_full(moderator, false)));
        self.feed(FeedData::Meeting(MeetingRow::default()));
        self.feed(FeedData::PeopleCount(12));
        self.feed(FeedData::Hands(vec![]));
        self.feed(FeedData::Cameras(vec![]));
        self.feed(FeedData::Screen(vec![]));
        self.feed(FeedData::Recording(None));
        self.feed(FeedData::Chats(vec![chat_row(0, None)]));
        if self.feeds.contains(&Feed::ChatPage { offset: 0, limit: 50 }) {
            self.feed(FeedData::ChatPage { offset: 0, rows: vec![] });
        }
    }

    /// In class with sound up and the microphone open, by the person's wish and the server's word.
    pub(crate) fn talking(moderator: bool) -> Self {
        let mut scene = Self::in_class(moderator);
        scene.say(Input::Leg(scene.audio(), LegEvent::Up));
        scene.mute(false).voice(false);
        assert!(scene.gate_open && !scene.window.sound.muted);
        scene.take_asked();
        scene.take_notices();
        scene
    }

    /// In class with the camera on and listed. Returns its stream.
    pub(crate) fn with_camera(moderator: bool) -> (Self, StreamId) {
        let mut scene = Self::in_class(moderator);
        scene.intent(Intent::SetCamera { on: true });
        scene.say(Input::Media(MediaEvent::CameraOn));
        let stream = scene.bring_camera_up();
        scene.take_asked();
        (scene, stream)
    }

    /// Leg up, announced, listed.
    pub(crate) fn bring_camera_up(&mut self) -> StreamId {
        let leg = self.leg(|kind| matches!(kind, LegKind::CameraSend { .. })).expect("a camera leg");
        let LegKind::CameraSend { stream, .. } = self.legs[&leg].kind.clone() else { unreachable!() };
        self.say(Input::Leg(leg, LegEvent::Up));
        assert_eq!(self.last_mutation().1, Mutation::CameraStart { stream: stream.clone() });
        self.feed(FeedData::Cameras(vec![camera(stream.as_str(), ME)]));
        stream
    }

    /// From the link on, after an end with a way back.
    pub(crate) fn enter_again(&mut self, moderator: bool) -> &mut Self {
        self.say(Input::Entered(Box::new(entry(StaticData::default()))));
        self.say(Input::ControlUp);
        self.feed(FeedData::Me(me_row(moderator, false)));
        self.feed(FeedData::Me(me_row(moderator, true)))
    }

    /// The control socket comes back after a loss and we are let in again.
    pub(crate) fn come_back(&mut self, moderator: bool) -> &mut Self {
        self.say(Input::ControlUp);
        self.feed(FeedData::Me(me_row(moderator, true)));
        let (id, mutation) = self.last_mutation();
        assert!(matches!(mutation, Mutation::UserJoin { .. }), "{mutation:?}");
        self.say(Input::Mutated(id, Ok(())));
        assert!(self.feeds.contains(&Feed::Voice));
        self
    }
}

pub(crate) fn entry(facts: StaticData) -> Entry {
    Entry { facts, client_session: RUN.to_owned(), practice: false, server: "bbb.example.org".to_owned() }
}

pub(crate) fn me_row(moderator: bool, joined: bool) -> MeRow {
    MeRow {
        user_id: Some(UserId::new(ME)),
        name: Some("Me".into()),
        is_moderator: Some(moderator),
        auth_token: Some("14mm5y3eurjw".into()),
        guest_status: Some("ALLOW".to_owned()),
        joined: Some(joined),
        ..MeRow::default()
    }
}

pub(crate) fn me_full(moderator: bool, presenter: bool) -> MeRow {
    MeRow {
        presenter: Some(presenter),
        locked: Some(true),
        currently_in_meeting: Some(true),
        ..me_row(moderator, true)
    }
}

pub(crate) fn locks(camera: bool, microphone: bool) -> FeedData {
    FeedData::Meeting(MeetingRow {
        lock_settings: Some(LockRow { disable_cam: Some(camera), disable_mic: Some(microphone), ..LockRow::default() }),
        ..MeetingRow::default()
    })
}

pub(crate) fn person(user: &str, name: &str) -> PersonRow {
    PersonRow { user_id: Some(UserId::new(user)), name: Some(name.into()), ..PersonRow::default() }
}

pub(crate) fn voice_of(user: &str, name: &str, muted: bool, talking: bool) -> VoiceRow {
    VoiceRow {
        user_id: Some(UserId::new(user)),
        muted: Some(muted),
        talking: Some(talking),
        user: Some(person(user, name)),
        ..VoiceRow::default()
    }
}

pub(crate) fn left_voice(user: &str, member: &str) -> VoiceRow {
    VoiceRow { left_voice_conf: Some(true), voice_user_id: Some(member.to_owned()), ..voice_of(user, "", true, false) }
}

pub(crate) fn camera(stream: &str, user: &str) -> CameraRow {
    CameraRow { stream_id: Some(StreamId::new(stream)), user: Some(person(user, user)), ..CameraRow::default() }
}

pub(crate) fn hand(user: &str) -> HandRow {
    HandRow { user_id: Some(UserId::new(user)), name: Some(user.into()), ..HandRow::default() }
}

pub(crate) fn user(id: &str, presenter: bool) -> UserRow {
    UserRow {
        user_id: Some(UserId::new(id)),
        name: Some(format!("Name of {id}").into()),
        presenter: Some(presenter),
        ..UserRow::default()
    }
}

pub(crate) fn screen(id: &str) -> ScreenRow {
    ScreenRow { screenshare_id: Some(id.to_owned()), ..ScreenRow::default() }
}

pub(crate) fn chat_row(total: i64, seen: Option<&str>) -> ChatRow {
    ChatRow {
        chat_id: Some(PUBLIC_CHAT.to_owned()),
        public: Some(true),
        total_messages: Some(protocol::graphql::Big(total)),
        last_seen_at: seen.map(str::to_owned),
        ..ChatRow::default()
    }
}

/// Message number `n`, written `n` seconds after nine.
pub(crate) fn message(n: u32, from: &str, text: &str) -> ChatMessageRow {
    ChatMessageRow {
        message_id: Some(format!("m{n}")),
        chat_id: Some(PUBLIC_CHAT.to_owned()),
        message: Some(text.into()),
        message_type: Some("default".to_owned()),
        sender_id: Some(UserId::new(from)),
        sender_name: Some(from.into()),
        created_at: Some(protocol::time::iso(MORNING + f64::from(n) * 1_000.0)),
        ..ChatMessageRow::default()
    }
}
