//! One client's path: ICE-lite, DTLS, SRTP, and what is published and consumed over it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::dtls::{Dtls, Identity, Keys};
use super::ice::{self, Check};
use super::rtp::{self, Outgoing};
use super::sdp::{Fingerprint, Setup};
use super::source::Packet;
use super::stream::{Consumer, Producer};

/// Names a transport for as long as the server runs.
pub(crate) type TransportId = u64;
/// Names a published stream.
pub(crate) type SourceId = u64;

/// Without a valid check for so long the path counts as gone (protocol/media.md §6.6).
const CONSENT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ice {
    New,
    Connected,
    Completed,
    Disconnected,
}

pub(crate) struct Transport {
    pub(crate) id: TransportId,
    pub(crate) ufrag: String,
    pwd: String,
    ice: Ice,
    tuples: Vec<SocketAddr>,
    selected: Option<SocketAddr>,
    checked: Instant,
    remote: Option<(Setup, Fingerprint)>,
    dtls: Option<Dtls>,
    keys: Option<Keys>,
    completed: Option<mpsc::Sender<TransportId>>,
    pub(crate) producers: Vec<Producer>,
    pub(crate) consumers: Vec<Consumer>,
}

impl Transport {
    pub(crate) fn new(
        id: TransportId,
        ufrag: String,
        pwd: String,
        completed: mpsc::Sender<TransportId>,
        now: Instant,
    ) -> Self {
        Self {
            id,
            ufrag,
            pwd,
            ice: Ice::New,
            tuples: Vec::new(),
            selected: None,
            checked: now,
            remote: None,
            dtls: None,
            keys: None,
            completed: Some(completed),
            producers: Vec::new(),
            consumers: Vec::new(),
        }
    }

    pub(crate) fn knows(&self, from: SocketAddr) -> bool {
        self.tuples.contains(&from)
    }

    /// Media may flow towards the client.
    pub(crate) fn is_open(&self) -> bool {
        self.ice == Ice::Completed && self.keys.is_some()
    }

    /// Neither checks nor hope: the books can be closed.
    pub(crate) fn is_abandoned(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.checked) > CONSENT * 4
    }

    /// A STUN datagram; the answer goes to `out`.
    pub(crate) fn stun(
        &mut self,
        now: Instant,
        identity: &Identity,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut Vec<(SocketAddr, Vec<u8>)>,
    ) {
        match ice::check(datagram, from, &self.pwd, identity.crypto.crypto()) {
            Check::Ignore => {}
            Check::Refused(reply) => out.push((from, reply)),
            Check::Valid { reply, nominated } => {
                out.push((from, reply));
                self.checked = now;
                if !self.tuples.contains(&from) {
                    // Newest last; a client that roams forever keeps no more than these.
                    self.tuples.push(from);
                    if self.tuples.len() > 8 {
                        self.tuples.remove(0);
                    }
                }
                if nominated || self.selected.is_none() {
                    self.selected = Some(from);
                }
                if nominated {
                    self.ice = Ice::Completed;
                } else if self.ice != Ice::Completed {
                    self.ice = Ice::Connected;
                }
                self.run_dtls(now, identity, out);
                if self.ice == Ice::Completed
                    && let Some(completed) = self.completed.take()
                {
                    // The socket that waits for it may be gone.
                    let _ = completed.try_send(self.id);
                }
            }
        }
    }

    /// The client's DTLS parameters are known now.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        identity: &Identity,
        setup: Setup,
        fingerprint: Fingerprint,
        out: &mut Vec<(SocketAddr, Vec<u8>)>,
    ) {
        self.remote = Some((setup, fingerprint));
        self.run_dtls(now, identity, out);
        self.derive_keys(identity);
    }

    /// Undecided it listens; told that the client is passive it calls (again).
    fn run_dtls(&mut self, now: Instant, identity: &Identity, out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        if self.ice == Ice::New {
            return;
        }
        let calls = matches!(self.remote, Some((Setup::Passive | Setup::ActPass, _)));
        match &self.dtls {
            None if calls => self.dtls = Dtls::client(identity, now).ok(),
            None => self.dtls = Some(Dtls::server(identity)),
            Some(dtls) if calls && !dtls.client && !dtls.connected => {
                self.dtls = Dtls::client(identity, now).ok();
            }
            Some(_) => {}
        }
        self.flush_dtls(out);
    }

    pub(crate) fn dtls(
        &mut self,
        now: Instant,
        identity: &Identity,
        datagram: &[u8],
        out: &mut Vec<(SocketAddr, Vec<u8>)>,
    ) {
        if let Some(dtls) = &mut self.dtls {
            dtls.read(now, datagram);
        }
        self.flush_dtls(out);
        self.derive_keys(identity);
    }

    fn flush_dtls(&mut self, out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        let (Some(dtls), Some(to)) = (&mut self.dtls, self.selected) else { return };
        while let Some(datagram) = dtls.outgoing() {
            out.push((to, datagram.to_vec()));
        }
    }

    fn derive_keys(&mut self, identity: &Identity) {
        let (Some(dtls), Some((_, fingerprint)), None) = (&self.dtls, &self.remote, &self.keys) else {
            return;
        };
        if !dtls.connected {
            return;
        }
        match dtls.keys(identity, fingerprint) {
            Ok(keys) => self.keys = Some(keys),
            Err(error) => {
                tracing::warn!(transport = self.id, %error, "dtls gave no keys");
                self.remote = None;
            }
        }
    }

    pub(crate) fn tick(&mut self, now: Instant, out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        if let Some(dtls) = &mut self.dtls {
            dtls.tick(now);
        }
        self.flush_dtls(out);
        let silent = now.saturating_duration_since(self.checked) > CONSENT;
        if silent && matches!(self.ice, Ice::Connected | Ice::Completed) {
            self.ice = Ice::Disconnected;
        }
    }

    pub(crate) fn decrypt_rtp(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.keys.as_mut()?.receive.decrypt_rtp(datagram).ok().map(|bytes| bytes.to_vec())
    }

    pub(crate) fn decrypt_rtcp(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.keys.as_mut()?.receive.decrypt_rtcp(datagram).ok().map(|bytes| bytes.to_vec())
    }

    pub(crate) fn send_rtcp(&mut self, packet: &[u8], out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        if self.ice != Ice::Completed {
            return;
        }
        let (Some(keys), Some(to)) = (&mut self.keys, self.selected) else { return };
        if let Ok(bytes) = keys.send.encrypt_rtcp(packet) {
            out.push((to, bytes.to_vec()));
        }
    }

    /// Forwards a packet of a source to one consumer.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        sent_at: u32,
        consumer: usize,
        packet: &Packet,
        out: &mut Vec<(SocketAddr, Vec<u8>)>,
    ) {
        if !self.is_open() {
            return;
        }
        let Some(consumer) = self.consumers.get_mut(consumer) else { return };
        let Some(sequence) = consumer.number(packet) else { return };
        consumer.timestamp = packet.timestamp;
        let outgoing = Outgoing {
            video: consumer.video,
            marker: packet.marker,
            pt: consumer.pt,
            sequence,
            timestamp: packet.timestamp,
            ssrc: consumer.ssrc,
            mid: consumer.mid,
            abs_send_time: sent_at,
            payload: &packet.payload,
        };
        consumer.note(now, packet.payload.len());
        let bytes = rtp::write(&outgoing);
        self.send_rtp(&bytes, out);
    }

    /// 20 ms of the mixed class.
    pub(crate) fn play(&mut self, now: Instant, sent_at: u32, payload: &[u8], out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        let open = self.is_open();
        let Some(consumer) = self.consumers.iter_mut().find(|consumer| consumer.source.is_none()) else { return };
        consumer.timestamp = consumer.timestamp.wrapping_add(960);
        if !open || payload.is_empty() {
            return;
        }
        let outgoing = Outgoing {
            video: false,
            marker: !consumer.has_started(),
            pt: consumer.pt,
            sequence: consumer.next,
            timestamp: consumer.timestamp,
            ssrc: consumer.ssrc,
            mid: consumer.mid,
            abs_send_time: sent_at,
            payload,
        };
        consumer.next = consumer.next.wrapping_add(1);
        consumer.note(now, payload.len());
        let bytes = rtp::write(&outgoing);
        self.send_rtp(&bytes, out);
    }

    /// The hold switch put another stream behind the same source (protocol/media.md §4.7).
    pub(crate) fn swap(&mut self) {
        for consumer in self.consumers.iter_mut().filter(|consumer| consumer.source.is_none()) {
            consumer.timestamp = consumer.timestamp.wrapping_add(48_000 * 7);
            consumer.next = consumer.next.wrapping_add(1000);
        }
    }

    /// Sends a stored packet once more: same source, same number.
    pub(crate) fn resend(
        &mut self,
        sent_at: u32,
        consumer: usize,
        number: u16,
        packet: &Packet,
        out: &mut Vec<(SocketAddr, Vec<u8>)>,
    ) {
        let Some(consumer) = self.consumers.get(consumer) else { return };
        let bytes = rtp::write(&Outgoing {
            video: consumer.video,
            marker: packet.marker,
            pt: consumer.pt,
            sequence: number,
            timestamp: packet.timestamp,
            ssrc: consumer.ssrc,
            mid: consumer.mid,
            abs_send_time: sent_at,
            payload: &packet.payload,
        });
        self.send_rtp(&bytes, out);
    }

    fn send_rtp(&mut self, packet: &[u8], out: &mut Vec<(SocketAddr, Vec<u8>)>) {
        let (Some(keys), Some(to)) = (&mut self.keys, self.selected) else { return };
        if let Ok(bytes) = keys.send.encrypt_rtp(packet) {
            out.push((to, bytes.to_vec()));
        }
    }
}
