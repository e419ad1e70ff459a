//! A stock WebRTC peer: the published `webrtc` crate, with the manual certificate check that
//! this server's fingerprints ask for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rtc::interceptor::{Attribute, Interceptor, Packet, Registry, Slot, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use webrtc::media_stream::Track;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionState,
};

/// Lets key-frame requests through to the application; the library keeps them otherwise.
#[derive(Default)]
struct KeyFrameRequests {
    reading: VecDeque<TaggedPacket>,
    writing: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyFrameRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, mut message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            if !packets.iter().any(|packet| packet.as_any().is::<PictureLossIndication>()) {
                return Ok(());
            }
            message.message.add(Attribute::DeliverToApplication);
        }
        self.reading.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<Self::Rout> {
        self.reading.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.writing.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<Self::Wout> {
        self.writing.pop_front()
    }
}

impl Interceptor for KeyFrameRequests {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}

#[derive(Clone)]
struct Handler {
    packets: mpsc::Sender<rtc::rtp::Packet>,
    state: watch::Sender<RTCPeerConnectionState>,
    gathered: watch::Sender<bool>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let packets = self.packets.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let _ = packets.try_send(packet);
                }
            }
        });
    }
}

pub struct Peer {
    pub connection: Arc<dyn PeerConnection>,
    pub packets: mpsc::Receiver<rtc::rtp::Packet>,
    state: watch::Receiver<RTCPeerConnectionState>,
    gathered: watch::Receiver<bool>,
    track: Option<Arc<TrackLocalStaticRTP>>,
    pub ssrc: u32,
    pub plis: Arc<AtomicU64>,
}

fn codec(video: bool) -> RTCRtpCodecParameters {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() };
    if video {
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: "video/VP8".to_owned(),
                clock_rate: 90_000,
                channels: 0,
                sdp_fmtp_line: String::new(),
                rtcp_feedback: vec![
                    feedback("goog-remb", ""),
                    feedback("transport-cc", ""),
                    feedback("ccm", "fir"),
                    feedback("nack", ""),
                    feedback("nack", "pli"),
                ],
            },
            payload_type: 96,
        }
    } else {
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: "audio/opus".to_owned(),
                clock_rate: 48_000,
                channels: 2,
                sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
                rtcp_feedback: vec![feedback("transport-cc", "")],
            },
            payload_type: 111,
        }
    }
}

impl Peer {
    /// A peer for one medium that sends if told to.
    pub async fn new(video: bool, send: bool) -> Self {
        let kind = if video { RtpCodecKind::Video } else { RtpCodecKind::Audio };
        let mut engine = MediaEngine::default();
        engine.register_codec(codec(video), kind).unwrap();
        let registry = register_default_interceptors(Registry::new(), &mut engine).unwrap();
        let registry = registry.with(Slot::from(14_000), KeyFrameRequests::default());
        let setting = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            .with_disable_certificate_fingerprint_verification(true)
            .build();
        let (packet_sender, packets) = mpsc::channel(4096);
        let (state_sender, state) = watch::channel(RTCPeerConnectionState::New);
        let (gathered_sender, gathered) = watch::channel(false);
        let handler = Handler { packets: packet_sender, state: state_sender, gathered: gathered_sender };
        let connection: Arc<dyn PeerConnection> = Arc::new(
            PeerConnectionBuilder::new()
                .with_configuration(RTCConfigurationBuilder::new().build())
                .with_setting_engine(setting)
                .with_media_engine(engine)
                .with_interceptor_registry(registry)
                .with_handler(Arc::new(handler))
                .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
                .build()
                .await
                .unwrap(),
        );
        let ssrc = rand::random::<u32>() | 1;
        let plis = Arc::new(AtomicU64::new(0));
        let mut track = None;
        if send {
            let local = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
                "stream".to_owned(),
                "track".to_owned(),
                "label".to_owned(),
                kind,
                vec![RTCRtpEncodingParameters {
                    rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
                    codec: codec(video).rtp_codec,
                    ..Default::default()
                }],
            )));
            connection.add_track(local.clone() as Arc<dyn TrackLocal>).await.unwrap();
            let (watched, count) = (local.clone(), plis.clone());
            tokio::spawn(async move {
                while let Some(event) = watched.poll().await {
                    let TrackLocalEvent::OnRtcpPacket(packets) = event else { continue };
                    for packet in packets {
                        let pli = packet.as_any().is::<PictureLossIndication>();
                        count.fetch_add(u64::from(pli), Ordering::Relaxed);
                    }
                }
            });
            track = Some(local);
        }
        Self { connection, packets, state, gathered, track, ssrc, plis }
    }

    async fn local(&mut self) -> String {
        let _ = timeout(super::PATIENCE, self.gathered.wait_for(|done| *done)).await;
        self.connection.local_description().await.unwrap().sdp
    }

    pub async fn offer(&mut self) -> String {
        let offer = self.connection.create_offer(None).await.unwrap();
        self.connection.set_local_description(offer).await.unwrap();
        self.local().await
    }

    pub async fn accept(&mut self, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).unwrap();
        self.connection.set_remote_description(answer).await.unwrap();
    }

    pub async fn answer(&mut self, offer: &str) -> String {
        let offer = RTCSessionDescription::offer(offer.to_owned()).unwrap();
        self.connection.set_remote_description(offer).await.unwrap();
        let answer = self.connection.create_answer(None).await.unwrap();
        self.connection.set_local_description(answer).await.unwrap();
        self.local().await
    }

    pub async fn connected(&mut self) -> bool {
        let waiting = self.state.wait_for(|state| *state == RTCPeerConnectionState::Connected);
        matches!(timeout(super::PATIENCE, waiting).await, Ok(Ok(_)))
    }

    pub async fn send(&self, sequence: u16, timestamp: u32, marker: bool, payload: &[u8]) {
        let header = rtc::rtp::Header {
            version: 2,
            marker,
            payload_type: if self.ssrc == 0 { 0 } else { self.payload_type().await },
            sequence_number: sequence,
            timestamp,
            ssrc: self.ssrc,
            ..Default::default()
        };
        let packet = rtc::rtp::Packet { header, payload: payload.to_vec().into() };
        let _ = self.track.as_ref().unwrap().write_rtp(packet).await;
    }

    async fn payload_type(&self) -> u8 {
        match self.track.as_ref().unwrap().kind().await {
            RtpCodecKind::Video => 96,
            _ => 111,
        }
    }

    pub async fn packet(&mut self, patience: Duration) -> Option<rtc::rtp::Packet> {
        timeout(patience, self.packets.recv()).await.ok().flatten()
    }

    pub async fn close(self) {
        let _ = self.connection.close().await;
    }
}
