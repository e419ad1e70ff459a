//! The one task that owns a class: it feeds the meeting core and does what the core asks.

use crate::bridge::Bridges;
use crate::control::Control;
use crate::entry::Session;
use crate::store::Store;
use crate::web::Web;
use crate::{Event, JoinOrder, clock, control, entry};
use engine::{Engine, EngineEvent};
use meeting::view::{Change, DeviceTrouble, EndReason, Stage};
use meeting::{
    EntryBy, EntryFault, Input, Intent, LegEvent, MediaCommand, MediaEvent, Meeting, MeetingConfig, Outbox, Output,
    Timer,
};
use protocol::graphql::Mutation;
use protocol::ids::{LegId, MutationId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Reports of drivers on their way to the hub; drivers wait when it is full.
const REPORTS: usize = 512;

/// What the application wants.
pub(crate) enum Order {
    Join(JoinOrder),
    Intent(Intent),
    Snapshot(oneshot::Sender<Option<Vec<Change>>>),
    Preview(bool),
    TellDevices,
    Close,
    Stop,
}

/// What drivers tell. The number is the class (or the control socket) it belongs to: what is late is dropped.
pub(crate) enum Report {
    Entered { class: u64, result: Box<Result<entry::Entered, EntryFault>> },
    Control { class: u64, socket: u64, input: Box<Input> },
    Leg { class: u64, leg: LegId, event: LegEvent },
}

struct Class {
    number: u64,
    join: JoinOrder,
    meeting: Meeting,
    web: Web,
    session: Option<Arc<Session>>,
    client_session: String,
    user: String,
    control: Option<Control>,
    sockets: u64,
    bridges: Option<Bridges>,
    timers: BTreeMap<Timer, Instant>,
    finished: bool,
}

struct Hub {
    engine: Engine,
    store: Arc<Store>,
    events: mpsc::Sender<Event>,
    reports: mpsc::Sender<Report>,
    class: Option<Class>,
    classes: u64,
    preview: bool,
    camera_wanted: bool,
    /// Of the microphone and of the camera.
    troubles: (Option<DeviceTrouble>, Option<DeviceTrouble>),
}

/// Runs until `Order::Stop` or until the last handle is dropped.
pub(crate) async fn run(
    engine: Engine,
    store: Arc<Store>,
    mut engine_events: mpsc::Receiver<EngineEvent>,
    mut orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<Event>,
) {
    let (reports, mut inbox) = mpsc::channel(REPORTS);
    let mut hub = Hub {
        engine,
        store,
        events,
        reports,
        class: None,
        classes: 0,
        preview: false,
        camera_wanted: false,
        troubles: (None, None),
    };
    loop {
        let wake = hub.class.as_ref().and_then(|class| class.timers.values().min().copied());
        tokio::select! {
            order = orders.recv() => match order {
                None | Some(Order::Stop) => break,
                Some(order) => hub.order(order).await,
            },
            Some(event) = engine_events.recv() => hub.engine_event(event).await,
            Some(report) = inbox.recv() => hub.report(report).await,
            () = until(wake) => hub.timers().await,
        }
    }
    hub.leave().await;
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

impl Hub {
    async fn order(&mut self, order: Order) {
        match order {
            Order::Join(join) => self.join(join).await,
            Order::Intent(intent) => self.feed(Input::Intent(intent)).await,
            Order::Snapshot(reply) => {
                let view = self.class.as_ref().map(|class| class.meeting.snapshot());
                // Nobody waits any more: the window was reloaded in between.
                let _ = reply.send(view);
            }
            Order::Preview(on) => {
                self.preview = on;
                self.engine.camera(self.preview || self.camera_wanted);
            }
            Order::TellDevices => self.tell_devices(),
            Order::Close => {
                self.leave().await;
                self.tell(Event::Left).await;
            }
            Order::Stop => {}
        }
    }

    async fn join(&mut self, join: JoinOrder) {
        self.leave().await;
        let web = match Web::new() {
            Ok(web) => web,
            Err(error) => {
                tracing::error!(%error, "no http client");
                return;
            }
        };
        self.classes += 1;
        self.class = Some(Class {
            number: self.classes,
            meeting: Meeting::new(MeetingConfig {
                muted: join.muted,
                listen_only: join.listen_only,
                camera: join.camera,
                ..MeetingConfig::default()
            }),
            join,
            web,
            session: None,
            client_session: uuid::Uuid::new_v4().to_string(),
            user: String::new(),
            control: None,
            sockets: 0,
            bridges: None,
            timers: BTreeMap::new(),
            finished: false,
        });
        self.tell(Event::Joined).await;
        self.feed(Input::Start).await;
    }

    /// Leaves as a person would, and waits for the goodbye to go out, at most 2 s.
    async fn leave(&mut self) {
        if self.class.as_ref().is_some_and(|class| !class.finished) {
            self.feed(Input::Intent(Intent::Leave)).await;
        }
        let Some(mut class) = self.class.take() else { return };
        if let Some(control) = class.control.take() {
            control.close(Duration::from_secs(2)).await;
        }
        if let Some(bridges) = class.bridges.take() {
            bridges.close();
        }
        self.camera_wanted = false;
        self.engine.camera(self.preview);
        self.engine.screen(None);
        self.engine.set_muted(true);
    }

    async fn report(&mut self, report: Report) {
        let Some(class) = &mut self.class else { return };
        match report {
            Report::Entered { class: number, result } if number == class.number => match *result {
                Ok(entered) => {
                    let session = Arc::new(entered.session);
                    class.bridges = Some(Bridges::new(
                        number,
                        class.web.clone(),
                        Arc::clone(&session),
                        self.engine.clone(),
                        self.reports.clone(),
                    ));
                    class.session = Some(session);
                    self.feed(Input::Entered(Box::new(entered.entry))).await;
                }
                Err(fault) => self.feed(Input::EntryFailed(fault)).await,
            },
            Report::Control { class: number, socket, input } if number == class.number && socket == class.sockets => {
                if matches!(*input, Input::ControlDown(_)) {
                    class.control = None;
                }
                self.feed(*input).await;
            }
            Report::Leg { class: number, leg, event } if number == class.number => {
                self.feed(Input::Leg(leg, event)).await;
            }
            _ => tracing::debug!("report of a class that is gone"),
        }
    }

    async fn engine_event(&mut self, event: EngineEvent) {
        let media = match event {
            EngineEvent::Leg { id, state } => {
                if let Some(bridges) = self.class.as_ref().and_then(|class| class.bridges.as_ref()) {
                    bridges.engine(LegId(id), state);
                }
                return;
            }
            EngineEvent::Level { mic_db, speaking } => return self.tell(Event::Level { mic_db, speaking }).await,
            EngineEvent::DevicesChanged => return self.tell_devices(),
            EngineEvent::SpeakingMuted => MediaEvent::SpeakingMuted,
            EngineEvent::Microphone { name, fell_back, came_back } => {
                self.tell_devices();
                let none = name.is_none().then_some(DeviceTrouble::None);
                self.tell_troubles(none, self.troubles.1).await;
                MediaEvent::Microphone { name, fell_back, came_back }
            }
            EngineEvent::NoSpeaker => MediaEvent::NoSpeaker,
            EngineEvent::MicrophoneTrouble(error) => {
                let trouble = entry::trouble(&error);
                self.tell_troubles(Some(trouble), self.troubles.1).await;
                MediaEvent::MicrophoneTrouble(trouble)
            }
            EngineEvent::CameraOn => {
                self.tell_troubles(self.troubles.0, None).await;
                MediaEvent::CameraOn
            }
            EngineEvent::CameraTrouble(error) => {
                let trouble = entry::trouble(&error);
                self.tell_troubles(self.troubles.0, Some(trouble)).await;
                MediaEvent::CameraTrouble(trouble)
            }
            EngineEvent::ScreenOn { title } => MediaEvent::ScreenOn { title },
            EngineEvent::ScreenRefused => MediaEvent::ScreenRefused,
            EngineEvent::ScreenGone => MediaEvent::ScreenGone,
            EngineEvent::Frames { leg, flowing } => MediaEvent::Frames { leg: LegId(leg), flowing },
        };
        self.feed(Input::Media(media)).await;
    }

    async fn timers(&mut self) {
        let now = clock::now();
        while let Some(class) = &mut self.class {
            let Some(due) = class.timers.iter().find(|(_, at)| **at <= now).map(|(timer, _)| *timer) else {
                return;
            };
            class.timers.remove(&due);
            self.feed(Input::Timer(due)).await;
        }
    }

    async fn feed(&mut self, input: Input) {
        let Some(class) = &mut self.class else { return };
        let mut out = Outbox::default();
        class.meeting.handle(clock::now(), clock::wall_ms(), input, &mut out);
        for output in out.drain() {
            self.obey(output).await;
        }
    }

    async fn obey(&mut self, output: Output) {
        let Some(class) = &mut self.class else { return };
        match output {
            Output::View(change) => {
                if let Change::Me(me) = &change {
                    class.user.clone_from(&me.user);
                }
                if matches!(change, Change::Stage(Stage::InClass)) {
                    self.entered();
                }
                self.tell(Event::Change(change)).await;
            }
            Output::Enter { by } => {
                let session = if by == EntryBy::Session { class.session.clone() } else { None };
                let (number, web, join) = (class.number, class.web.clone(), class.join.clone());
                let (client_session, reports) = (class.client_session.clone(), self.reports.clone());
                tokio::spawn(async move {
                    let result = Box::new(entry::enter(&web, &join, session.as_deref(), client_session).await);
                    // The hub is gone only when the application stops.
                    let _ = reports.send(Report::Entered { class: number, result }).await;
                });
            }
            Output::OpenControl => {
                class.sockets += 1;
                let Some(session) = class.session.clone() else { return };
                class.control = Some(control::open(
                    class.web.clone(),
                    session,
                    class.client_session.clone(),
                    self.reports.clone(),
                    (class.number, class.sockets),
                ));
            }
            Output::CloseControl => {
                class.sockets += 1;
                if let Some(control) = class.control.take() {
                    tokio::spawn(control.close(Duration::from_secs(2)));
                }
            }
            Output::OpenFeed(feed) => class.control(control::Order::Open(feed)),
            Output::CloseFeed(feed) => class.control(control::Order::Close(feed)),
            Output::Mutate(id, mutation @ Mutation::ConnectionAlive { .. }) => class.heartbeat(id, mutation),
            Output::Mutate(id, mutation) => class.control(control::Order::Mutate(id, mutation)),
            Output::OpenLeg(leg, order) => {
                if let Some(bridges) = &mut class.bridges {
                    bridges.open(leg, order);
                }
            }
            Output::CloseLeg(leg) => {
                if let Some(bridges) = &mut class.bridges {
                    bridges.close_leg(leg);
                }
            }
            Output::Media(command) => self.command(command),
            Output::WakeAt(at, timer) => {
                class.timers.insert(timer, at);
            }
            Output::Forget(timer) => {
                class.timers.remove(&timer);
            }
            Output::SignOut => {
                if let Some(session) = class.session.clone() {
                    let web = class.web.clone();
                    tokio::spawn(async move { entry::sign_out(&web, &session).await });
                }
            }
            Output::Finished => class.finished = true,
        }
    }

    fn command(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::SetMuted(muted) => self.engine.set_muted(muted),
            MediaCommand::Camera(on) => {
                self.camera_wanted = on;
                self.engine.camera(self.preview || on);
            }
            MediaCommand::Screen(source) => self.engine.screen(source),
            MediaCommand::CameraBound { kbps } => self.engine.bound_camera(kbps),
        }
    }

    /// Keeps a class that was really entered among the recent ones; a practice class leaves no trace.
    fn entered(&self) {
        let Some(class) = &self.class else { return };
        let Some(session) = class.session.clone().filter(|_| !class.join.practice) else { return };
        let (store, events, link) = (Arc::clone(&self.store), self.events.clone(), class.join.link.clone());
        tokio::spawn(async move {
            store.remember(&session.class_name, &session.host(), link.as_str(), clock::wall_ms()).await;
            // The window is gone only when the application stops.
            let _ = events.send(Event::Recent(store.recent())).await;
        });
    }

    fn tell_devices(&self) {
        let (engine, events) = (self.engine.clone(), self.events.clone());
        tokio::spawn(async move {
            if let Ok(list) = tokio::task::spawn_blocking(move || engine.devices()).await {
                let _ = events.send(Event::Devices(list)).await;
            }
        });
    }

    /// Also before a class, where the core does not run yet.
    async fn tell_troubles(&mut self, microphone: Option<DeviceTrouble>, camera: Option<DeviceTrouble>) {
        if self.troubles != (microphone, camera) {
            self.troubles = (microphone, camera);
            self.tell(Event::Troubles { microphone, camera }).await;
        }
    }

    async fn tell(&self, event: Event) {
        // The window is gone only when the application stops.
        let _ = self.events.send(event).await;
    }
}

impl Class {
    fn control(&self, order: control::Order) {
        match &self.control {
            Some(control) => control.order(order),
            None => tracing::debug!("no control socket for an order"),
        }
    }

    /// Measures the round trip beside the control socket, then sends it (`session.md` §4.4). A probe that is not
    /// answered sends no heartbeat: the server then shows us as not responding, which is true.
    fn heartbeat(&self, id: MutationId, mutation: Mutation) {
        let (Some(session), Some(control)) = (self.session.clone(), &self.control) else { return };
        let (web, orders) = (self.web.clone(), control.orders());
        let probe = session.rtt_check(&self.client_session, &self.user);
        tokio::spawn(async move {
            let asked = clock::now();
            let Ok(answer) = web.get(&probe, &[]).await else { return };
            let round_trip = clock::now().duration_since(asked).as_secs_f64() * 1000.0;
            let Mutation::ConnectionAlive { client_session, application_rtt_ms, .. } = mutation else { return };
            let measured = Mutation::ConnectionAlive {
                server_request_id: answer.request_id.unwrap_or_default(),
                client_session,
                network_rtt_ms: round_trip,
                application_rtt_ms,
            };
            // The socket is gone: the next one has its own heartbeat.
            if let Some(orders) = orders.upgrade() {
                let _ = orders.try_send(control::Order::Mutate(id, measured));
            }
        });
    }
}

/// A fault that may pass.
pub(crate) fn passing(reason: EndReason) -> EntryFault {
    match reason {
        EndReason::Unreachable | EndReason::NoNetwork | EndReason::Dns => EntryFault::Passing(reason),
        other => EntryFault::Final(other),
    }
}
