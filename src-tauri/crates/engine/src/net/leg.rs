//! One leg from its first description to its end: a task on the network thread.

use super::peer::{self, Peer, Plan};
use super::port::{LegPort, Outgoing, count};
use super::tap::Sinks;
use crate::api::{EngineEvent, LegError, LegFailure, LegMedia, LegSpec, LegState, RelayFault};
use crate::clock;
use crate::events::Events;
use crate::sdp::{self, Description, Direction, Fingerprint, Kind, Mend};
use media::budget::{CAMERA_LEAST_KBPS, SCREEN_LEAST_KBPS};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState,
    RTCStatsReportEntry, StatsSelector,
};

/// A leg as the rest of the engine holds it.
pub(crate) struct LegHandle {
    pub(crate) port: Arc<LegPort>,
    accept: mpsc::Sender<Answer>,
    stop: Arc<Stop>,
    task: Option<tokio::task::JoinHandle<()>>,
}

/// A leg nobody holds any more has ended: also one whose opening was given up half-way.
impl Drop for LegHandle {
    fn drop(&mut self) {
        self.close();
    }
}

/// An answer to our offer, and where to say what became of it.
type Answer = (String, oneshot::Sender<Result<(), LegError>>);

/// Tells a leg to end. Set once.
#[derive(Default)]
struct Stop {
    closed: AtomicBool,
    wake: Notify,
}

impl LegHandle {
    /// Ends the leg; nothing more is told of it.
    pub(crate) fn close(&self) {
        self.port.set_open(false);
        self.stop.closed.store(true, Ordering::Release);
        self.stop.wake.notify_one();
    }

    /// Ends the leg; the future is ready when its connection is closed.
    pub(crate) fn close_and_wait(mut self) -> impl Future<Output = ()> {
        self.close();
        let task = self.task.take();
        async move {
            if let Some(task) = task {
                let _ = task.await;
            }
        }
    }

    /// Where the answer to our offer goes in.
    pub(crate) fn acceptor(&self) -> mpsc::Sender<Answer> {
        self.accept.clone()
    }
}

/// What the stack says of the connection, passed on to the leg's task.
struct Watcher {
    changes: mpsc::Sender<Change>,
    /// Local candidates are known.
    gathered: Arc<Notify>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Ice(RTCIceConnectionState),
    Connection(RTCPeerConnectionState),
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Watcher {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.notify_one();
        }
    }

    async fn on_ice_connection_state_change(&self, state: RTCIceConnectionState) {
        let _ = self.changes.try_send(Change::Ice(state));
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let _ = self.changes.try_send(Change::Connection(state));
    }
}

/// How many changes of state may wait for the leg's task; there are never more than a few.
const CHANGES: usize = 64;
/// How long candidates of this machine, which cost no question to anybody, are waited for.
const CANDIDATES: Duration = Duration::from_millis(50);

struct Leg {
    peer: Peer,
    port: Arc<LegPort>,
    events: Events,
    gathered: Arc<Notify>,
    /// Set once the other side's description is known.
    remote: Option<Remote>,
    only_sends: bool,
    carries: Kind,
    ice: RTCIceConnectionState,
    relay_only: bool,
    /// Relays that cannot be used, by number.
    relay_faults: BTreeMap<usize, RelayFault>,
    sequence: u16,
    timestamp_offset: u32,
    verified: bool,
}

struct Remote {
    fingerprint: Fingerprint,
    payload_type: Option<u8>,
}

/// A leg that is set up: its handle, and the description to send.
pub(crate) struct Opened {
    pub(crate) handle: LegHandle,
    pub(crate) local: String,
}

/// Opens a leg: with an offer of the server, answers it; without, offers. Must run on the network thread.
pub(crate) async fn open(
    spec: LegSpec,
    offer: Option<String>,
    port: Arc<LegPort>,
    given: mpsc::Receiver<Vec<Outgoing>>,
    sinks: Sinks,
    events: Events,
) -> Result<Opened, LegError> {
    let carries = carried(&spec.media);
    let remote = offer.as_deref().map(|offer| usable(offer, carries)).transpose()?;
    let plan = plan(&spec, remote.as_ref());
    let (change, changes) = mpsc::channel(CHANGES);
    let gathered = Arc::new(Notify::new());
    let watcher = Watcher { changes: change, gathered: Arc::clone(&gathered) };
    let peer = peer::build(&plan, &port, sinks, Arc::new(watcher)).await?;
    let connection = Arc::clone(&peer.connection);
    let mut leg = Leg {
        peer,
        port: Arc::clone(&port),
        events,
        gathered,
        remote: None,
        only_sends: plan.sections.iter().all(|(_, direction)| *direction == Direction::SendOnly),
        carries,
        ice: RTCIceConnectionState::New,
        relay_only: spec.ice.relay_only,
        relay_faults: BTreeMap::new(),
        sequence: rand::random(),
        timestamp_offset: rand::random(),
        verified: false,
    };
    let described = match (offer, remote) {
        (Some(offer), Some(remote)) => leg.answer(&offer, &remote).await,
        _ => leg.offer().await,
    };
    let local = match described {
        Ok(local) => local,
        Err(error) => {
            let _ = connection.close().await;
            return Err(error);
        }
    };
    let (accept, accepts) = mpsc::channel(1);
    let stop = Arc::new(Stop::default());
    let task = tokio::spawn(leg.run(changes, given, accepts, Arc::clone(&stop)));
    let handle = LegHandle { port, accept, stop, task: Some(task) };
    Ok(Opened { handle, local })
}

/// What the leg is there for; sound beside a screen is welcome and not needed.
fn carried(media: &LegMedia) -> Kind {
    match media {
        LegMedia::Audio { .. } => Kind::Audio,
        _ => Kind::Video,
    }
}

/// The other side's description, if it has what the leg is there for in a codec we speak.
fn usable(sdp: &str, carries: Kind) -> Result<Description, LegError> {
    let description = sdp::read(sdp)?;
    description.payload_type(carries).map(|_| ()).ok_or(LegError::Sdp)?;
    Ok(description)
}

/// Which sections with which direction (`media.md` §6.5): as offered, mirrored; ours when we offer.
fn plan(spec: &LegSpec, remote: Option<&Description>) -> Plan {
    let send_kbps = match spec.media {
        LegMedia::CameraSend { kbps } => Some((kbps, CAMERA_LEAST_KBPS)),
        LegMedia::ScreenSend { kbps } => Some((kbps, SCREEN_LEAST_KBPS)),
        LegMedia::Audio { .. } | LegMedia::CameraView { .. } | LegMedia::ScreenView => None,
    };
    let sections = match (&spec.media, remote) {
        (_, Some(remote)) => remote
            .sections
            .iter()
            .map(|section| {
                let mirrored = match section.direction {
                    Direction::SendRecv => Direction::SendRecv,
                    Direction::SendOnly => Direction::RecvOnly,
                    Direction::RecvOnly => Direction::SendOnly,
                    Direction::Inactive => Direction::Inactive,
                };
                (section.kind, mirrored)
            })
            .collect(),
        (LegMedia::Audio { .. }, None) => vec![(Kind::Audio, Direction::SendRecv)],
        (LegMedia::CameraSend { .. } | LegMedia::ScreenSend { .. }, None) => vec![(Kind::Video, Direction::SendOnly)],
        (LegMedia::CameraView { .. }, None) => vec![(Kind::Video, Direction::RecvOnly)],
        (LegMedia::ScreenView, None) => vec![(Kind::Audio, Direction::RecvOnly), (Kind::Video, Direction::RecvOnly)],
    };
    let remote = remote.map(|remote| remote.addresses.clone()).unwrap_or_default();
    Plan { sections, send_kbps, remote, ice: spec.ice.clone() }
}

impl Leg {
    async fn offer(&mut self) -> Result<String, LegError> {
        let connection = &self.peer.connection;
        let offer = connection.create_offer(None).await.map_err(|error| self.unusable(&error))?;
        connection.set_local_description(offer).await.map_err(|error| self.unusable(&error))?;
        self.described().await
    }

    async fn answer(&mut self, offer: &str, remote: &Description) -> Result<String, LegError> {
        let offer =
            RTCSessionDescription::offer(sdp::mended(offer, Mend::Offer)).map_err(|error| self.unusable(&error))?;
        self.take_remote(remote);
        let connection = &self.peer.connection;
        connection.set_remote_description(offer).await.map_err(|error| self.unusable(&error))?;
        let answer = connection.create_answer(None).await.map_err(|error| self.unusable(&error))?;
        connection.set_local_description(answer).await.map_err(|error| self.unusable(&error))?;
        self.described().await
    }

    async fn accept(&mut self, answer: &str) -> Result<(), LegError> {
        let remote = usable(answer, self.carries)?;
        let mend = if self.only_sends { Mend::AnswerToSender } else { Mend::Answer };
        let answer = RTCSessionDescription::answer(sdp::mended(answer, mend)).map_err(|error| self.unusable(&error))?;
        self.take_remote(&remote);
        self.peer.connection.set_remote_description(answer).await.map_err(|error| self.unusable(&error))
    }

    /// Our description, with the candidates that are known at once: those of this machine. Relayed ones are not waited
    /// for; the server needs none of them (§6.5).
    async fn described(&self) -> Result<String, LegError> {
        let _ = tokio::time::timeout(CANDIDATES, self.gathered.notified()).await;
        let local = self.peer.connection.local_description().await.ok_or(LegError::Sdp)?;
        Ok(local.sdp)
    }

    fn take_remote(&mut self, remote: &Description) {
        let mut types = self.peer.types.lock();
        types.audio = remote.payload_type(Kind::Audio);
        types.video = remote.payload_type(Kind::Video);
        let payload_type = match &self.peer.track {
            Some((_, Kind::Audio, _)) => types.audio,
            Some((_, Kind::Video, _)) => types.video,
            None => None,
        };
        self.remote = Some(Remote { fingerprint: remote.fingerprint.clone(), payload_type });
    }

    fn unusable(&self, error: &impl std::fmt::Display) -> LegError {
        tracing::warn!(leg = self.port.id, %error, "session description could not be used");
        LegError::Sdp
    }

    async fn run(
        mut self,
        mut changes: mpsc::Receiver<Change>,
        mut given: mpsc::Receiver<Vec<Outgoing>>,
        mut accepts: mpsc::Receiver<Answer>,
        stop: Arc<Stop>,
    ) {
        let end = loop {
            tokio::select! {
                () = stop.wake.notified() => break None,
                change = changes.recv() => {
                    let Some(change) = change else { break None };
                    if let Some(failure) = self.on_change(change).await {
                        break Some(failure);
                    }
                }
                Some((answer, reply)) = accepts.recv() => {
                    let result = self.accept(&answer).await;
                    let _ = reply.send(result);
                }
                Some(batch) = given.recv() => self.send(batch).await,
                Some((relay, fault)) = self.peer.relays.faults.recv() => {
                    self.relay_faults.insert(relay, fault);
                    // With other ways left it is for ICE to find out.
                    if self.relay_only && self.relay_faults.len() == self.peer.relays.servers.len() {
                        break Some(self.no_way());
                    }
                }
            }
        };
        self.port.set_open(false);
        if let Some(failure) = end
            && !stop.closed.load(Ordering::Acquire)
        {
            self.tell(LegState::Down(failure));
        }
        let _ = self.peer.connection.close().await;
    }

    fn tell(&self, state: LegState) {
        tracing::debug!(leg = self.port.id, ?state, "leg state");
        self.events.tell(EngineEvent::Leg { id: self.port.id, state });
    }

    async fn on_change(&mut self, change: Change) -> Option<LegFailure> {
        match change {
            Change::Ice(state) => {
                self.ice = state;
                (state == RTCIceConnectionState::Failed).then(|| self.no_way())
            }
            Change::Connection(RTCPeerConnectionState::Connected) => {
                if !self.verified && !self.has_announced_certificate().await {
                    tracing::warn!(leg = self.port.id, "certificate is not the announced one");
                    return Some(LegFailure::Dtls);
                }
                self.verified = true;
                self.port.set_open(true);
                self.tell(LegState::Connected);
                None
            }
            Change::Connection(RTCPeerConnectionState::Disconnected) => {
                self.tell(LegState::Wavering);
                None
            }
            Change::Connection(RTCPeerConnectionState::Failed) => {
                let ice = matches!(self.ice, RTCIceConnectionState::Failed | RTCIceConnectionState::Disconnected);
                Some(if ice { self.no_way() } else { LegFailure::Dtls })
            }
            Change::Connection(RTCPeerConnectionState::Closed) => Some(LegFailure::Dtls),
            Change::Connection(_) => None,
        }
    }

    /// ICE found no way; a relay that could not be used says more about why.
    fn no_way(&self) -> LegFailure {
        self.relay_faults.values().next_back().map_or(LegFailure::Ice, |fault| LegFailure::Relay(*fault))
    }

    /// Compares the certificate of the handshake with the fingerprint in the description (`media.md` §6.7).
    async fn has_announced_certificate(&self) -> bool {
        let Some(remote) = &self.remote else { return false };
        match remote_certificate(&*self.peer.connection).await {
            Some(der) => remote.fingerprint.matches(&der),
            None => false,
        }
    }

    async fn send(&mut self, batch: Vec<Outgoing>) {
        let Some((track, _, ssrc)) = &self.peer.track else { return };
        let Some(payload_type) = self.remote.as_ref().and_then(|remote| remote.payload_type) else { return };
        for outgoing in batch {
            let header = rtp::Header {
                version: 2,
                marker: outgoing.marker,
                payload_type,
                sequence_number: self.sequence,
                timestamp: outgoing.timestamp.wrapping_add(self.timestamp_offset),
                ssrc: *ssrc,
                ..Default::default()
            };
            self.sequence = self.sequence.wrapping_add(1);
            count(&self.port.counts.packets_sent, 1);
            count(&self.port.counts.bytes_sent, outgoing.payload.len());
            if track.write_rtp(rtp::Packet { header, payload: outgoing.payload.into() }).await.is_err() {
                return;
            }
        }
    }
}

/// The certificate (DER) of the other side, once the handshake is done. The stack keeps it in its statistics, in hex
/// whatever the field is called, from the moment of the handshake; receivers give access only after a first packet.
async fn remote_certificate(connection: &dyn PeerConnection) -> Option<Vec<u8>> {
    let report = connection.get_stats(clock::now(), StatsSelector::None).await;
    let id = &report.transport()?.remote_certificate_id;
    match report.get(id)? {
        RTCStatsReportEntry::Certificate(certificate) => unhex(&certificate.base64_certificate),
        _ => None,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::IceServers;

    #[test]
    fn hex_is_read_and_nonsense_refused() {
        assert_eq!(unhex("00ffA5"), Some(vec![0, 255, 0xA5]));
        for bad in ["", "0", "0g", "\u{e9}0"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }

    #[test]
    fn directions_are_mirrored_and_listening_still_answers_both_ways() {
        let spec = |media| LegSpec { id: 1, media, ice: IceServers::default() };
        let remote = |kind, direction| {
            let fingerprint = format!("a=fingerprint:sha-1 {}", ["00"; 20].join(":"));
            sdp::read(&format!("{fingerprint}\r\nm={kind} 7 x 1\r\na={direction}\r\n")).unwrap()
        };
        let mirrored = |media, kind, direction| plan(&spec(media), Some(&remote(kind, direction))).sections;
        let listen = LegMedia::Audio { send: false };
        assert_eq!(mirrored(listen.clone(), "audio", "sendrecv"), [(Kind::Audio, Direction::SendRecv)]);
        assert_eq!(mirrored(listen, "audio", "sendonly"), [(Kind::Audio, Direction::RecvOnly)]);
        let view = LegMedia::CameraView { source: "s".into() };
        assert_eq!(mirrored(view, "video", "sendonly"), [(Kind::Video, Direction::RecvOnly)]);
        let own = plan(&spec(LegMedia::CameraSend { kbps: 200 }), None);
        assert_eq!(own.sections, [(Kind::Video, Direction::SendOnly)]);
        assert_eq!(own.send_kbps, Some((200, CAMERA_LEAST_KBPS)));
    }
}
