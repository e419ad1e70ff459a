//! An engine and a bare peer that does ICE as the server does: lite, without any candidate of ours, never checking by
//! itself (`media.md` §6.6).

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the message")]

#[allow(dead_code, reason = "each test file stands on a part of the rig")]
mod rig;

use engine::{EngineEvent, LegMedia, LegState};
use rig::Side;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    SettingEngineBuilder,
};

struct Watch {
    gathered: Arc<Notify>,
    heard: mpsc::Sender<(u8, usize)>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Watch {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.notify_one();
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let heard = self.heard.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let _ = heard.try_send((packet.header.payload_type, packet.payload.len()));
                }
            }
        });
    }
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec { mime_type: "audio/opus".into(), clock_rate: 48_000, channels: 2, ..RTCRtpCodec::default() }
}

fn vp8() -> RTCRtpCodec {
    RTCRtpCodec { mime_type: "video/VP8".into(), clock_rate: 90_000, ..RTCRtpCodec::default() }
}

struct Server {
    peer: Box<dyn PeerConnection>,
    gathered: Arc<Notify>,
    heard: mpsc::Receiver<(u8, usize)>,
}

impl Server {
    async fn start() -> Self {
        let mut media = MediaEngine::default();
        for (rtp_codec, payload_type, kind) in [(opus(), 111, RtpCodecKind::Audio), (vp8(), 96, RtpCodecKind::Video)] {
            media.register_codec(RTCRtpCodecParameters { rtp_codec, payload_type }, kind).unwrap();
        }
        let settings = SettingEngineBuilder::new()
            .with_lite(true)
            .with_include_loopback_candidate(true)
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .build();
        let gathered = Arc::new(Notify::new());
        let (heard, listen) = mpsc::channel(256);
        let peer = PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_setting_engine(settings)
            .with_handler(Arc::new(Watch { gathered: Arc::clone(&gathered), heard }))
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .unwrap();
        Self { peer: Box::new(peer), gathered, heard: listen }
    }

    async fn described(&self) -> String {
        tokio::time::timeout(rig::PATIENCE, self.gathered.notified()).await.unwrap();
        self.peer.local_description().await.unwrap().sdp
    }

    async fn hears(&mut self, payload_type: u8) {
        let (heard, length) = tokio::time::timeout(rig::PATIENCE, self.heard.recv()).await.unwrap().unwrap();
        assert_eq!(heard, payload_type);
        assert!(length > 0);
    }
}

/// Without our candidates, as if they were never signalled.
fn bare(sdp: &str) -> String {
    sdp.lines()
        .filter(|line| !line.starts_with("a=candidate") && !line.starts_with("a=end-of"))
        .map(|line| format!("{line}\r\n"))
        .collect()
}

fn up(event: &EngineEvent) -> bool {
    matches!(event, EngineEvent::Leg { id: 1, state: LegState::Connected })
}

#[tokio::test]
async fn own_camera_reaches_a_lite_server_that_was_told_no_candidate() {
    let mut side = Side::start("synthetic:face:3");
    side.engine.camera(true);
    let mut server = Server::start().await;
    let offer = side.engine.offer(side.leg(LegMedia::CameraSend { kbps: 200 })).await.unwrap();
    server.peer.set_remote_description(RTCSessionDescription::offer(bare(&offer)).unwrap()).await.unwrap();
    let answer = server.peer.create_answer(None).await.unwrap();
    server.peer.set_local_description(answer).await.unwrap();
    let answer = server.described().await;
    assert!(answer.contains("a=ice-lite"), "{answer}");
    side.engine.accept(1, &answer).await.unwrap();
    side.until(up).await;
    server.hears(96).await;
    server.peer.close().await.unwrap();
}

#[tokio::test]
async fn a_microphone_leg_offered_by_a_lite_server_sends_silence_at_once() {
    let mut side = Side::start("");
    let mut server = Server::start().await;
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(98_765), ..RTCRtpCodingParameters::default() },
        codec: opus(),
        ..RTCRtpEncodingParameters::default()
    };
    let track = MediaStreamTrack::new("s".into(), "t".into(), String::new(), RtpCodecKind::Audio, vec![encoding]);
    let track: Arc<dyn TrackLocal> = Arc::new(TrackLocalStaticRTP::new(track));
    server.peer.add_track(track).await.unwrap();
    let offer = server.peer.create_offer(None).await.unwrap();
    server.peer.set_local_description(offer).await.unwrap();
    let offer = server.described().await;
    let answer = side.engine.answer(side.leg(LegMedia::Audio { send: false }), &offer).await.unwrap();
    server.peer.set_remote_description(RTCSessionDescription::answer(bare(&answer)).unwrap()).await.unwrap();
    side.until(up).await;
    server.hears(111).await;
    server.peer.close().await.unwrap();
}
