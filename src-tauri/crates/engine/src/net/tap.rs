//! Where media leaves the WebRTC stack: the last interceptor of each leg.
//!
//! It takes every RTP packet out of the chain on the network thread and hands it straight to the assembler or the audio
//! thread, so that a received packet costs no task, no channel and no wake-up of its own; a decode thread is woken once a
//! whole frame. Feedback (NACK, PLI) is written by it too, because only the assembler knows what is missing.

use super::port::{LegPort, count};
use crate::audio::AudioInlet;
use crate::sdp::Kind;
use crate::video::FrameInlet;
use media::vp8::{FrameAssembler, VideoPacket};
use parking_lot::Mutex;
use rtc::interceptor::{AttributedPacket, Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers};
use rtc::rtp;
use rtc::sansio::Protocol;
use rtc::shared::TransportContext;
use rtc::shared::error::Error;
use rtc::shared::time::SystemInstant;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Packets kept between the handshake and the check of the certificate, which is a matter of milliseconds. Overflow: the
/// newest are dropped (the assembler asks for them again).
const HELD: usize = 256;
/// How long after the last packet missing ones are looked for.
const SOON: Duration = Duration::from_millis(40);
/// How often wishes are looked after when nothing comes.
const IDLE: Duration = Duration::from_millis(250);

/// Which payload types carry what; known when both descriptions are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PayloadTypes {
    pub(crate) audio: Option<u8>,
    pub(crate) video: Option<u8>,
}

impl PayloadTypes {
    fn kind(self, payload_type: u8) -> Option<Kind> {
        if self.audio == Some(payload_type) {
            Some(Kind::Audio)
        } else if self.video == Some(payload_type) {
            Some(Kind::Video)
        } else {
            None
        }
    }
}

/// Where a leg's media go.
pub(crate) struct Sinks {
    pub(crate) audio: Option<AudioInlet>,
    pub(crate) video: Option<FrameInlet>,
}

/// The interceptor.
pub(crate) struct Tap {
    port: Arc<LegPort>,
    types: Arc<Mutex<PayloadTypes>>,
    sinks: Sinks,
    start: Instant,
    /// As the sender reports count.
    wall: SystemInstant,
    ssrc: u32,
    held: Vec<(Instant, rtp::Packet)>,
    video: Option<VideoIn>,
    writes: VecDeque<TaggedPacket>,
}

struct VideoIn {
    ssrc: u32,
    assembler: FrameAssembler,
    due: Instant,
}

impl Tap {
    /// A tap of a leg that starts now.
    pub(crate) fn new(port: Arc<LegPort>, types: Arc<Mutex<PayloadTypes>>, sinks: Sinks, now: Instant) -> Self {
        Self {
            port,
            types,
            sinks,
            start: now,
            wall: SystemInstant::now(now),
            ssrc: rand::random(),
            held: Vec::new(),
            video: None,
            writes: VecDeque::new(),
        }
    }

    fn on_rtp(&mut self, now: Instant, packet: rtp::Packet) {
        if !self.port.is_open() {
            if self.held.len() < HELD {
                self.held.push((now, packet));
            }
            return;
        }
        self.release();
        self.take(now, &packet);
    }

    /// Passes on what was held back, once the certificate was found to be the right one.
    fn release(&mut self) {
        if !self.held.is_empty() && self.port.is_open() {
            for (at, packet) in std::mem::take(&mut self.held) {
                self.take(at, &packet);
            }
        }
    }

    fn take(&mut self, now: Instant, packet: &rtp::Packet) {
        count(&self.port.counts.packets_received, 1);
        count(&self.port.counts.bytes_received, packet.payload.len());
        let kind = self.types.lock().kind(packet.header.payload_type);
        match kind {
            Some(Kind::Audio) => {
                if let Some(audio) = &self.sinks.audio {
                    audio.push(packet, now);
                }
            }
            Some(Kind::Video) => self.on_video(now, packet),
            None => {}
        }
    }

    fn on_video(&mut self, now: Instant, packet: &rtp::Packet) {
        if self.sinks.video.is_none() || packet.payload.is_empty() {
            return;
        }
        let ssrc = packet.header.ssrc;
        if self.video.as_ref().is_none_or(|video| video.ssrc != ssrc) {
            self.video = Some(VideoIn { ssrc, assembler: FrameAssembler::new(), due: now + SOON });
        }
        let at = now.saturating_duration_since(self.start);
        if let Some(video) = &mut self.video {
            let incoming = VideoPacket {
                sequence: packet.header.sequence_number,
                timestamp: packet.header.timestamp,
                marker: packet.header.marker,
                payload: &packet.payload,
            };
            video.assembler.insert(incoming, at);
            video.due = now + SOON;
        }
        self.look_after(now);
    }

    /// Passes whole frames on and asks for what is missing.
    fn look_after(&mut self, now: Instant) {
        let (Some(video), Some(inlet)) = (&mut self.video, &self.sinks.video) else { return };
        let at = now.saturating_duration_since(self.start);
        while let Some(frame) = video.assembler.next_frame(at) {
            count(&self.port.counts.frames_received, 1);
            inlet.push(frame);
        }
        let missing = video.assembler.missing(at);
        let mut feedback: Vec<Box<dyn rtcp::Packet>> = Vec::new();
        if !missing.is_empty() {
            feedback.push(Box::new(TransportLayerNack {
                sender_ssrc: self.ssrc,
                media_ssrc: video.ssrc,
                nacks: nack_pairs_from_sequence_numbers(&missing),
            }));
        }
        if inlet.take_broken() {
            video.assembler.decoder_failed();
        }
        if video.assembler.needs_key_frame(at) | self.port.take_ask_key() {
            count(&self.port.counts.key_frames_asked, 1);
            feedback.push(Box::new(PictureLossIndication { sender_ssrc: self.ssrc, media_ssrc: video.ssrc }));
        }
        if !feedback.is_empty() {
            self.writes.push_back(TaggedPacket {
                now,
                transport: TransportContext::default(),
                message: AttributedPacket::new(Packet::Rtcp(feedback)),
            });
        }
    }

    fn on_rtcp(&self, now: Instant, packets: &[Box<dyn rtcp::Packet>]) {
        for packet in packets {
            let packet = packet.as_any();
            if packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>() {
                self.port.want_key();
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                for block in &report.reports {
                    self.port.set_loss_percent(u32::from(block.fraction_lost) * 100 / 256);
                    let middle = (self.wall.ntp(now) >> 16) as u32;
                    if let Some(time) = round_trip(middle, block.last_sender_report, block.delay) {
                        self.port.set_round_trip(time);
                    }
                }
            }
        }
    }
}

/// From the middle of the NTP time now, that of our report which was heard last, and how long the other side kept it (RFC
/// 3550 §6.4.1, all in 1/65536 s). `None` if it has heard none, or for what cannot be: more than a minute.
fn round_trip(now: u32, heard: u32, kept: u32) -> Option<Duration> {
    let units = now.wrapping_sub(heard).wrapping_sub(kept);
    (heard != 0 && units < 60 << 16).then(|| Duration::from_micros((u64::from(units) * 1_000_000) >> 16))
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Tap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, msg: TaggedPacket) -> Result<(), Error> {
        match msg.message.packet {
            Packet::Rtp(packet) => self.on_rtp(msg.now, packet),
            Packet::Rtcp(packets) if self.port.is_open() => self.on_rtcp(msg.now, &packets),
            _ => {}
        }
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        None
    }

    fn handle_write(&mut self, msg: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(msg);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.release();
        if self.video.as_ref().is_some_and(|video| now >= video.due) {
            self.look_after(now);
            if let Some(video) = &mut self.video {
                video.due = now + IDLE;
            }
        }
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        let held = self.held.last().map(|(at, _)| *at + Duration::from_millis(5));
        let video = self.video.as_ref().map(|video| video.due);
        held.into_iter().chain(video).min()
    }
}

impl Interceptor for Tap {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_is_what_is_left_after_the_other_side_kept_the_report() {
        let second = 1 << 16;
        assert_eq!(round_trip(10 * second, 8 * second, second), Some(Duration::from_secs(1)));
        assert_eq!(round_trip(second / 2, 0_u32.wrapping_sub(second / 4), 0), Some(Duration::from_millis(750)));
        assert_eq!(round_trip(second, 0, 0), None, "no report was heard");
        assert_eq!(round_trip(second, 2 * second, 0), None, "from the future");
        assert_eq!(round_trip(second, second, u32::MAX / 2), None);
    }
}
