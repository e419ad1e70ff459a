//! Starting and stopping the server, and what tests may do to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::cast::{self, Play, Studio};
use crate::clock::unix_millis;
use crate::config::{CastConfig, ClassroomConfig, GuestPolicy, Role};
use crate::facts::Facts;
use crate::graphql::{Middleware, Schemas};
use crate::http::{self, Site};
use crate::join_link;
use crate::mix::{self, Mixing};
use crate::room::{Locks, Room, RoomEvent, Settings, random_text};
use crate::sfu::{self, Identity, Order, Switchboard};

/// How long stopping may take before what still runs is cut off.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Only loopback addresses are allowed.
    #[error("the practice class only listens on this computer (127.0.0.1), not on {0}")]
    NotLoopback(SocketAddr),
    /// Somebody else listens there.
    #[error("port {port} on this computer is taken: choose another port, or 0 for any free one")]
    PortTaken {
        /// The port asked for.
        port: u16,
    },
    /// The system refused a socket or a thread.
    #[error("the system refused a socket or thread for the practice class: {0}")]
    System(#[from] std::io::Error),
    /// No certificate could be made.
    #[error("no certificate could be made for the practice class's media server")]
    Certificate,
    /// The built-in schema is broken.
    #[error(transparent)]
    Schema(#[from] crate::graphql::SchemaFault),
}

/// A running practice class. Stop it with [`Classroom::stop`]; dropping it signals the same
/// without waiting.
pub struct Classroom {
    address: SocketAddr,
    origin: String,
    secret: String,
    room: Room,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    wire: Option<JoinHandle<()>>,
    mixer: Mixing,
    mixer_thread: Option<std::thread::JoinHandle<()>>,
    faces: Option<(Studio, std::thread::JoinHandle<()>)>,
}

impl std::fmt::Debug for Classroom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classroom").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Classroom {
    /// Starts the server on the current tokio runtime.
    ///
    /// # Errors
    /// One sentence that says what to do, see [`StartError`].
    pub async fn start(config: ClassroomConfig) -> Result<Self, StartError> {
        if !config.bind.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.bind));
        }
        let listener = TcpListener::bind(config.bind).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortTaken { port: config.bind.port() },
            _ => StartError::System(error),
        })?;
        let address = listener.local_addr()?;
        let origin = format!("http://{address}");
        let room = Room::new(Settings {
            name: config.name.clone(),
            welcome: config.welcome.clone(),
            policies: config.policies.clone(),
            origin: origin.clone(),
            now: unix_millis(),
        });
        let (stop, stopping) = watch::channel(false);
        let identity = Identity::new(config.quirks.fingerprint).map_err(|_| StartError::Certificate)?;
        let (mixer, unstarted) = mix::prepare();
        let (wire, wire_task) = sfu::start(Arc::new(identity), mixer.clone()).await?;
        let orders = wire.orders.clone();
        let mixer_thread = unstarted.start(room.clone(), orders.clone())?;
        let middleware = Arc::new(Middleware {
            room: room.clone(),
            schemas: Schemas::new(config.quirks.version)?,
            quirks: config.quirks.clone(),
            stopping: stopping.clone(),
        });
        let switchboard = Arc::new(Switchboard::new(room.clone(), wire, mixer.clone(), stopping.clone()));
        let secret = random_text(24);
        let site = Arc::new(Site {
            origin: origin.clone(),
            secret: secret.clone(),
            quirks: config.quirks.clone(),
            room: room.clone(),
            middleware,
            switchboard: switchboard.clone(),
        });
        let mut tasks = JoinSet::new();
        let mut faces = None;
        if let CastConfig::Pupils { count, language, arrive_within } = config.cast {
            let (studio, thread) = Studio::start(orders.clone())?;
            let play = Play {
                count: usize::try_from(count).unwrap_or(usize::MAX).min(500),
                language,
                arrive_within,
                seed: config.seed,
                voices: config.voices_dir.clone(),
            };
            tasks.spawn(cast::perform(switchboard, studio.clone(), play, stopping.clone()));
            faces = Some((studio, thread));
        }
        tasks.spawn(serve(listener, site, stopping.clone()));
        tasks.spawn(caretaker(room.clone(), mixer.clone(), config.clone(), orders, stopping.clone()));
        Ok(Self {
            address,
            origin,
            secret,
            room,
            stop,
            tasks,
            wire: Some(wire_task),
            mixer,
            mixer_thread: Some(mixer_thread),
            faces,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A fresh signed join link.
    #[must_use]
    pub fn join_url(&self, name: &str, role: Role) -> String {
        self.join_url_with(name, role, &[])
    }

    /// A join link with further parameters, e.g. `("guest", "true")`.
    #[must_use]
    pub fn join_url_with(&self, name: &str, role: Role, extra: &[(&str, &str)]) -> String {
        let meeting = self.room.read(|state| state.meeting.ext_id.clone());
        join_link::build(&self.origin, &self.secret, &meeting, name, role, extra)
    }

    /// A link that starts at a front end, one hop before the server proper.
    #[must_use]
    pub fn portal_url(&self, name: &str, role: Role) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("name", name)
            .append_pair("role", role.wire())
            .finish();
        format!("{}/b/room-code?{query}", self.origin)
    }

    /// Stops everything and waits for it, at most some seconds.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.mixer.stop();
        if let Some((studio, _)) = &self.faces {
            studio.stop();
        }
        let joined = timeout(STOP_PATIENCE, async { while self.tasks.join_next().await.is_some() {} });
        if joined.await.is_err() {
            self.tasks.abort_all();
        }
        let threads = [self.mixer_thread.take(), self.faces.take().map(|(_, thread)| thread)];
        for thread in threads.into_iter().flatten() {
            // Each ends within a picture of its cue above.
            let _ = timeout(STOP_PATIENCE, tokio::task::spawn_blocking(move || thread.join())).await;
        }
        if let Some(wire) = self.wire.take()
            && timeout(STOP_PATIENCE, wire).await.is_err()
        {
            tracing::warn!("media path did not stop in time");
        }
    }

    /// The class as it is now.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts::of(&self.room.snapshots().borrow())
    }

    /// Waits until the class is as described; `false` when `patience` ran out before.
    pub async fn wait_for(&self, patience: Duration, described: impl Fn(&Facts) -> bool) -> bool {
        let mut snapshots = self.room.snapshots();
        let waiting = snapshots.wait_for(|snapshot| described(&Facts::of(snapshot)));
        matches!(timeout(patience, waiting).await, Ok(Ok(_)))
    }

    /// Cuts every control socket as a broken line would.
    pub fn cut_control_sockets(&self) {
        self.room.announce(RoomEvent::CutControl);
    }

    /// Closes every media signalling socket.
    pub fn cut_media_sockets(&self) {
        self.room.announce(RoomEvent::CutMedia);
    }

    /// Sends this text, as it is, on every control socket.
    pub fn say_nonsense(&self, text: &str) {
        self.room.announce(RoomEvent::Nonsense(text.into()));
    }

    /// Ends the class, as the school's own software would by the API.
    pub fn end_meeting(&self) {
        self.change(|state| state.end("ENDED_FROM_API", None));
    }

    /// Puts somebody out, by display name.
    pub fn eject(&self, name: &str) {
        self.on(name, |state, user| state.eject(user, "user_requested_eject_reason", false));
    }

    /// The same person came in by another device.
    pub fn duplicate_session(&self, name: &str) {
        self.on(name, |state, user| state.eject(user, "duplicate_user_in_meeting_eject_reason", false));
    }

    /// Closes somebody's microphone on the server.
    pub fn mute(&self, name: &str, muted: bool) {
        self.on(name, |state, user| state.set_muted(user, muted));
    }

    /// Forces somebody's control sockets out, as the core does with 4403.
    pub fn force_out(&self, name: &str) {
        let found =
            self.room.read(|state| state.users.values().find(|user| user.name == name).map(|user| user.id.clone()));
        if let Some(user) = found {
            self.room.announce(RoomEvent::Expelled { user, message_id: "user_not_found" });
        }
    }

    /// Raises or lowers somebody's hand.
    pub fn set_hand(&self, name: &str, up: bool) {
        self.on(name, |state, user| state.set_hand(user, up));
    }

    /// Makes somebody the presenter.
    pub fn make_presenter(&self, name: &str) {
        self.on(name, |state, user| state.make_presenter(user));
    }

    /// Lets a waiting guest in, or not.
    pub fn decide_guest(&self, name: &str, allow: bool) {
        self.on(name, |state, user| state.decide_guest(user, allow));
    }

    /// Somebody writes to everybody.
    pub fn chat(&self, name: &str, text: &str) {
        self.on(name, |state, user| state.say(user, text));
    }

    /// A pupil of the cast says sentence number `line` (12 of them) as soon as nobody else of the cast speaks.
    pub fn cast_say(&self, name: &str, line: usize) {
        if let Some(pupil) = self.facts().person(name) {
            self.room.announce(RoomEvent::Prompt { user: pupil.id.clone(), line });
        }
    }

    /// Locks or frees cameras and microphones of viewers.
    pub fn lock(&self, camera: bool, microphone: bool) {
        self.change(|state| {
            let locks = Locks { camera, microphone, ..state.meeting.locks };
            state.set_locks(locks);
        });
    }

    /// Who is let in from now on.
    pub fn set_guest_policy(&self, policy: GuestPolicy) {
        self.change(|state| {
            state.meeting.policies.guest_policy = policy;
            state.touch_meeting();
        });
    }

    /// All session tokens are worth nothing any more; open sockets stay until cut.
    pub fn expire_sessions(&self) {
        self.change(|state| {
            for session in state.sessions.values_mut() {
                session.expired = true;
            }
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut crate::room::State) -> T) -> T {
        self.room.change(|state| {
            state.now = unix_millis();
            change(state)
        })
    }

    fn on(&self, name: &str, change: impl FnOnce(&mut crate::room::State, &str)) {
        self.change(|state| {
            let found = state
                .users
                .values()
                .filter(|user| user.name == name)
                .max_by_key(|user| user.registered)
                .map(|user| user.id.clone());
            if let Some(user) = found {
                change(state, &user);
            }
        });
    }
}

impl Drop for Classroom {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.mixer.stop();
        if let Some((studio, _)) = &self.faces {
            studio.stop();
        }
    }
}

/// Waits for the stop signal. Nobody left who could give it means the same.
pub(crate) async fn stopped(signal: &mut watch::Receiver<bool>) {
    let _ = signal.wait_for(|stop| *stop).await;
}

async fn serve(listener: TcpListener, site: Arc<Site>, mut stopping: watch::Receiver<bool>) {
    let stopped = async move {
        // A closed channel means the same: nobody holds the class any more.
        let () = stopped(&mut stopping).await;
    };
    if let Err(error) = axum::serve(listener, http::router(site)).with_graceful_shutdown(stopped).await {
        tracing::warn!(%error, "http server ended");
    }
}

/// Lets the class's time pass and carries microphone states to the mixer.
async fn caretaker(
    room: Room,
    mixer: Mixing,
    config: ClassroomConfig,
    orders: tokio::sync::mpsc::Sender<Order>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut events = room.events();
    let mut ticks = interval(Duration::from_millis(500));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let expire_after = u64::try_from(config.quirks.expire_after.as_millis()).unwrap_or(u64::MAX);
    let mut swaps: Vec<(Instant, String)> = Vec::new();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(RoomEvent::Muted { user, muted }) => {
                    mixer.muted(&user, muted);
                    if config.quirks.hold_swap {
                        let delay = if muted { Duration::from_secs(4) } else { Duration::ZERO };
                        swaps.retain(|(_, known)| *known != user);
                        swaps.push((Instant::now() + delay, user));
                    }
                }
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = ticks.tick() => {
                room.change(|state| state.tick(unix_millis(), expire_after));
                let now = Instant::now();
                let due: Vec<String> =
                    swaps.iter().filter(|(at, _)| *at <= now).map(|(_, user)| user.clone()).collect();
                swaps.retain(|(at, _)| *at > now);
                for user in due {
                    let session = room.read(|state| state.voice_session(&user));
                    if let Some(id) = session {
                        let _ = orders.send(Order::Swap { id }).await;
                    }
                }
            }
            () = stopped(&mut stopping) => return,
        }
    }
}
