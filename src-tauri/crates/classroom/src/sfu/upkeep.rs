//! What the media server does by the clock: asking publishers again, feedback, reports, caps
//! (protocol/media.md §6.8).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::router::Router;
use super::rtcp;
use super::transport::TransportId;
use crate::clock::unix_millis;

/// When what is due next.
#[derive(Default)]
pub(super) struct Due {
    nack: Option<Instant>,
    feedback: Option<Instant>,
    report: Option<Instant>,
    cap: Option<Instant>,
}

impl Router {
    /// Lets time pass; call it every 20 ms or so.
    pub(crate) fn tick(&mut self, now: Instant) {
        for transport in self.transports.values_mut() {
            transport.tick(now, &mut self.out);
        }
        if elapsed(&mut self.due.nack, now, 40) {
            self.ask_publishers(now);
        }
        if elapsed(&mut self.due.feedback, now, 100) {
            self.send_transport_feedback();
        }
        if elapsed(&mut self.due.report, now, 1000) {
            self.send_reports(now);
            let abandoned: Vec<TransportId> =
                self.transports.values().filter(|t| t.is_abandoned(now)).map(|t| t.id).collect();
            for id in abandoned {
                self.close(id);
            }
        }
        if elapsed(&mut self.due.cap, now, 1500) {
            self.send_caps();
        }
    }

    fn ask_publishers(&mut self, now: Instant) {
        let own = self.own_ssrc;
        for published in self.sources.values_mut() {
            let key_frame = published.books.key_frame_due(now);
            if let Some(tap) = &published.tap {
                if key_frame {
                    tap.key_frame.store(true, Ordering::Relaxed);
                }
                continue;
            }
            let lost = published.books.nacks(now);
            let Some(transport) = published.owner.and_then(|id| self.transports.get_mut(&id)) else { continue };
            let Some(producer) = transport.producers.iter().find(|p| p.video && p.feedback) else { continue };
            let ssrc = producer.ssrc;
            if key_frame {
                transport.send_rtcp(&rtcp::pli(own, ssrc), &mut self.out);
            }
            if !lost.is_empty() {
                transport.send_rtcp(&rtcp::nack(own, ssrc, &lost), &mut self.out);
            }
        }
    }

    fn send_transport_feedback(&mut self) {
        for (id, arrivals) in &mut self.arrivals {
            if arrivals.seen.is_empty() {
                continue;
            }
            let mut seen = std::mem::take(&mut arrivals.seen);
            let first = seen[0].0;
            seen.sort_by_key(|(sequence, _)| sequence.wrapping_sub(first).wrapping_add(0x4000));
            seen.dedup_by_key(|(sequence, _)| *sequence);
            let Some(transport) = self.transports.get_mut(id) else { continue };
            let Some(ssrc) = transport.producers.first().map(|producer| producer.ssrc) else { continue };
            if let Some(bytes) = rtcp::transport_feedback(self.own_ssrc, ssrc, arrivals.count, &seen) {
                arrivals.count = arrivals.count.wrapping_add(1);
                transport.send_rtcp(&bytes, &mut self.out);
            }
        }
    }

    fn send_reports(&mut self, now: Instant) {
        let own = self.own_ssrc;
        let ntp = ntp_now();
        for transport in self.transports.values_mut().filter(|transport| transport.is_open()) {
            let mut packets = Vec::new();
            for producer in &transport.producers {
                if let Some(report) =
                    self.sources.get_mut(&producer.source).and_then(|published| published.books.report(now))
                {
                    packets.push(rtcp::receiver_report(own, producer.ssrc, &report));
                }
            }
            for consumer in &transport.consumers {
                if let Some((timestamp, count, bytes)) = consumer.report(now) {
                    packets.push(rtcp::sender_report(consumer.ssrc, ntp, timestamp, count, bytes, consumer.cname));
                }
            }
            for packet in packets {
                transport.send_rtcp(&packet, &mut self.out);
            }
        }
    }

    /// The cap goes out as a REMB, though it is no estimate.
    fn send_caps(&mut self) {
        for transport in self.transports.values_mut() {
            let caps: Vec<Vec<u8>> = transport
                .producers
                .iter()
                .filter(|producer| producer.video)
                .map(|producer| rtcp::remb(self.own_ssrc, producer.ssrc, producer.cap_bps))
                .collect();
            for cap in caps {
                transport.send_rtcp(&cap, &mut self.out);
            }
        }
    }
}

fn elapsed(due: &mut Option<Instant>, now: Instant, every_ms: u64) -> bool {
    if due.is_some_and(|due| now < due) {
        return false;
    }
    *due = Some(now + Duration::from_millis(every_ms));
    true
}

/// Seconds since 1900 in 32.32.
fn ntp_now() -> u64 {
    let millis = unix_millis() + 2_208_988_800_000;
    ((millis / 1000) << 32) | (((millis % 1000) << 32) / 1000)
}

/// The same clock in 6.18, as the header extension has it.
pub(super) fn abs_send_time() -> u32 {
    ((ntp_now() >> 14) & 0x00ff_ffff) as u32
}
