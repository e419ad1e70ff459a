//! All paths and streams of the media server, without a socket: datagrams and orders in,
//! datagrams out. Forwards as mediasoup does (protocol/media.md §6.8, §6.9).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::dtls::Identity;
use super::rtcp::{self, Feedback};
use super::rtp;
use super::sdp::{Fingerprint, Setup};
use super::source::{Packet, Source};
use super::stream::{Consumer, Producer};
use super::transport::{SourceId, Transport, TransportId};
use super::upkeep::{Due, abs_send_time};
use crate::mix::{MicrophonePacket, Mixing};

/// What a stream made inside the server (a pupil's face) has to know of its viewers.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    /// How many look; nobody means no work.
    pub(crate) viewers: AtomicU32,
    /// Somebody needs a key frame.
    pub(crate) key_frame: AtomicBool,
}

/// What the rest of the server asks of the media path.
pub(crate) enum Order {
    Open {
        id: TransportId,
        ufrag: String,
        pwd: String,
        completed: mpsc::Sender<TransportId>,
    },
    Accept {
        id: TransportId,
        setup: Setup,
        fingerprint: Fingerprint,
    },
    Publish {
        id: TransportId,
        producer: Producer,
    },
    Consume {
        id: TransportId,
        consumer: Consumer,
    },
    Close {
        id: TransportId,
    },
    /// A stream made inside the server.
    Announce {
        source: SourceId,
        tap: Arc<Tap>,
    },
    Inject {
        source: SourceId,
        timestamp: u32,
        marker: bool,
        payload: Vec<u8>,
    },
    /// 20 ms of sound for each listener.
    Play {
        mixes: Vec<(TransportId, Bytes)>,
    },
    /// The source behind a listener's sound was swapped.
    Swap {
        id: TransportId,
    },
}

pub(super) struct Published {
    pub(super) books: Source,
    pub(super) owner: Option<TransportId>,
    pub(super) tap: Option<Arc<Tap>>,
    viewers: Vec<TransportId>,
    next_injected: u16,
}

/// Arrivals on one path since the last transport-wide feedback.
#[derive(Default)]
pub(super) struct Arrivals {
    pub(super) count: u8,
    pub(super) seen: Vec<(u16, i64)>,
}

pub(crate) struct Router {
    identity: Arc<Identity>,
    pub(super) transports: HashMap<TransportId, Transport>,
    by_ufrag: HashMap<String, TransportId>,
    by_address: HashMap<SocketAddr, TransportId>,
    pub(super) sources: HashMap<SourceId, Published>,
    pub(super) arrivals: HashMap<TransportId, Arrivals>,
    mixer: Mixing,
    zero: Instant,
    pub(super) due: Due,
    /// Our source in feedback packets.
    pub(super) own_ssrc: u32,
    pub(crate) out: Vec<(SocketAddr, Vec<u8>)>,
}

impl Router {
    pub(crate) fn new(identity: Arc<Identity>, mixer: Mixing, now: Instant) -> Self {
        Self {
            identity,
            transports: HashMap::new(),
            by_ufrag: HashMap::new(),
            by_address: HashMap::new(),
            sources: HashMap::new(),
            arrivals: HashMap::new(),
            mixer,
            zero: now,
            due: Due::default(),
            own_ssrc: 0xBBB,
            out: Vec::new(),
        }
    }

    /// Takes one datagram of the shared port.
    pub(crate) fn datagram(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        match datagram.first() {
            Some(0..=3) => self.stun(now, from, datagram),
            Some(20..=63) => {
                let Some(&id) = self.by_address.get(&from) else { return };
                let Some(transport) = self.transports.get_mut(&id) else { return };
                let was = transport.is_open();
                transport.dtls(now, &self.identity, datagram, &mut self.out);
                if transport.is_open() && !was {
                    self.resume(id);
                }
            }
            Some(128..=191) => {
                // RFC 5761: RTCP types 192–223 where RTP has marker and payload type.
                if datagram.get(1).is_some_and(|kind| (192..=223).contains(kind)) {
                    self.rtcp(now, from, datagram);
                } else {
                    self.rtp(now, from, datagram);
                }
            }
            _ => {}
        }
    }

    fn stun(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let Some(id) = ice_target(&self.by_ufrag, datagram) else { return };
        let Some(transport) = self.transports.get_mut(&id) else { return };
        let was = transport.is_open();
        transport.stun(now, &self.identity, from, datagram, &mut self.out);
        let opened = transport.is_open() && !was;
        if transport.knows(from) {
            self.by_address.insert(from, id);
        }
        if opened {
            self.resume(id);
        }
    }

    /// Media may flow: the consumers start, and their sources owe a key frame.
    fn resume(&mut self, id: TransportId) {
        let Some(transport) = self.transports.get(&id) else { return };
        for source in transport.consumers.iter().filter_map(|consumer| consumer.source) {
            if let Some(published) = self.sources.get_mut(&source) {
                published.books.want_key_frame();
            }
        }
    }

    fn rtp(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let Some(&id) = self.by_address.get(&from) else { return };
        let Some(transport) = self.transports.get_mut(&id) else { return };
        let Some(packet) = transport.decrypt_rtp(datagram) else { return };
        let Some(header) = rtp::parse(&packet) else { return };
        // Other payload types are thrown away, as the worker does.
        let Some(producer) =
            transport.producers.iter().find(|producer| producer.ssrc == header.ssrc && producer.pt == header.pt)
        else {
            return;
        };
        if let Some(bytes) = producer.twcc.and_then(|id| header.extension(&packet, id))
            && let [high, low] = bytes
        {
            let at = i64::try_from(now.saturating_duration_since(self.zero).as_micros()).unwrap_or(0);
            let arrivals = self.arrivals.entry(id).or_default();
            if arrivals.seen.len() < 2000 {
                arrivals.seen.push((u16::from_be_bytes([*high, *low]), at));
            }
        }
        let (source, video) = (producer.source, producer.video);
        let payload = Bytes::copy_from_slice(&packet[header.payload.0..header.payload.1]);
        let Some(published) = self.sources.get_mut(&source) else { return };
        let Some(packet) = published.books.receive(now, header.sequence, header.timestamp, header.marker, payload)
        else {
            return;
        };
        if !video && published.viewers.is_empty() {
            self.mixer.packet(MicrophonePacket {
                transport: id,
                ssrc: header.ssrc,
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload: packet.payload.clone(),
            });
        }
        self.fan_out(now, source, &packet);
    }

    fn fan_out(&mut self, now: Instant, source: SourceId, packet: &Packet) {
        let Some(published) = self.sources.get(&source) else { return };
        let sent_at = abs_send_time();
        for id in &published.viewers {
            let Some(transport) = self.transports.get_mut(id) else { continue };
            let found = transport.consumers.iter().position(|consumer| consumer.source == Some(source));
            if let Some(consumer) = found {
                transport.forward(now, sent_at, consumer, packet, &mut self.out);
            }
        }
    }

    fn rtcp(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let Some(&id) = self.by_address.get(&from) else { return };
        let Some(transport) = self.transports.get_mut(&id) else { return };
        let Some(packet) = transport.decrypt_rtcp(datagram) else { return };
        for feedback in rtcp::parse(&packet) {
            match feedback {
                Feedback::Sender { ssrc, ntp } => {
                    let source = transport.producers.iter().find(|p| p.ssrc == ssrc).map(|p| p.source);
                    if let Some(published) = source.and_then(|source| self.sources.get_mut(&source)) {
                        published.books.last_report = Some((ntp, now));
                    }
                }
                Feedback::KeyFrame { ssrc } => {
                    let source = transport.consumers.iter().find(|c| c.ssrc == ssrc).and_then(|c| c.source);
                    if let Some(published) = source.and_then(|source| self.sources.get_mut(&source)) {
                        published.books.want_key_frame();
                    }
                }
                Feedback::Nack { ssrc, lost } => {
                    let Some(at) = transport.consumers.iter().position(|c| c.ssrc == ssrc) else { continue };
                    let Some(published) = transport.consumers[at].source.and_then(|source| self.sources.get(&source))
                    else {
                        continue;
                    };
                    for number in lost {
                        let consumer = &mut transport.consumers[at];
                        let stored = consumer.original(number).and_then(|seq| published.books.stored(seq));
                        if let Some(packet) = stored
                            && consumer.may_resend(now, number)
                        {
                            transport.resend(abs_send_time(), at, number, packet, &mut self.out);
                        }
                    }
                }
            }
        }
    }

    /// Obeys one order.
    pub(crate) fn order(&mut self, now: Instant, order: Order) {
        match order {
            Order::Open { id, ufrag, pwd, completed } => {
                self.by_ufrag.insert(ufrag.clone(), id);
                self.transports.insert(id, Transport::new(id, ufrag, pwd, completed, now));
            }
            Order::Accept { id, setup, fingerprint } => {
                let Some(transport) = self.transports.get_mut(&id) else { return };
                let was = transport.is_open();
                transport.accept(now, &self.identity, setup, fingerprint, &mut self.out);
                if transport.is_open() && !was {
                    self.resume(id);
                }
            }
            Order::Publish { id, producer } => {
                let Some(transport) = self.transports.get_mut(&id) else { return };
                self.sources.insert(
                    producer.source,
                    Published {
                        books: Source::new(producer.video),
                        owner: Some(id),
                        tap: None,
                        viewers: Vec::new(),
                        next_injected: 0,
                    },
                );
                transport.producers.push(producer);
            }
            Order::Consume { id, consumer } => {
                let Some(transport) = self.transports.get_mut(&id) else { return };
                if let Some(published) = consumer.source.and_then(|source| self.sources.get_mut(&source)) {
                    published.viewers.push(id);
                    published.tell_tap();
                }
                transport.consumers.push(consumer);
            }
            Order::Close { id } => self.close(id),
            Order::Announce { source, tap } => {
                self.sources.insert(
                    source,
                    Published {
                        books: Source::new(true),
                        owner: None,
                        tap: Some(tap),
                        viewers: Vec::new(),
                        next_injected: 1,
                    },
                );
            }
            Order::Inject { source, timestamp, marker, payload } => {
                let Some(published) = self.sources.get_mut(&source) else { return };
                let sequence = published.next_injected;
                published.next_injected = sequence.wrapping_add(1);
                let packet = published.books.receive(now, sequence, timestamp, marker, payload.into());
                if let Some(packet) = packet {
                    self.fan_out(now, source, &packet);
                }
            }
            Order::Play { mixes } => {
                let sent_at = abs_send_time();
                for (id, payload) in mixes {
                    if let Some(transport) = self.transports.get_mut(&id) {
                        transport.play(now, sent_at, &payload, &mut self.out);
                    }
                }
            }
            Order::Swap { id } => {
                if let Some(transport) = self.transports.get_mut(&id) {
                    transport.swap();
                }
            }
        }
    }

    pub(super) fn close(&mut self, id: TransportId) {
        let Some(transport) = self.transports.remove(&id) else { return };
        self.by_ufrag.remove(&transport.ufrag);
        self.by_address.retain(|_, owner| *owner != id);
        self.arrivals.remove(&id);
        self.sources.retain(|_, published| published.owner != Some(id));
        for published in self.sources.values_mut() {
            if published.viewers.contains(&id) {
                published.viewers.retain(|viewer| *viewer != id);
                published.tell_tap();
            }
        }
        // Those who looked at what is gone wait for a key frame of whatever comes next.
        for other in self.transports.values_mut() {
            for consumer in &mut other.consumers {
                if consumer.source.is_some_and(|source| !self.sources.contains_key(&source)) {
                    consumer.restart();
                }
            }
        }
    }
}

impl Published {
    fn tell_tap(&self) {
        if let Some(tap) = &self.tap {
            tap.viewers.store(u32::try_from(self.viewers.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        }
    }
}

fn ice_target(by_ufrag: &HashMap<String, TransportId>, datagram: &[u8]) -> Option<TransportId> {
    by_ufrag.get(&super::ice::local_ufrag(datagram)?).copied()
}
