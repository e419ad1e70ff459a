//! One peer connection, built as the server wants it (`media.md` §6).

use super::again::Again;
use super::estimate::Estimate;
use super::port::LegPort;
use super::relay::Relays;
use super::tap::{PayloadTypes, Sinks, Tap};
use crate::api::{IceServers, LegError};
use crate::clock;
use crate::sdp::{Direction, Kind};
use parking_lot::Mutex;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{
    BandwidthEstimator, CongestionControlBuilder, NackResponderBuilder, PacerBuilder, ReceiverReportBuilder, Registry,
    SenderReportBuilder, Slot, TwccSenderBuilder,
};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceTransportPolicy, SettingEngineBuilder,
};

/// Payload types we offer; those the server's router uses itself (§6.3).
pub(crate) const OPUS: u8 = 111;
/// See [`OPUS`].
pub(crate) const VP8: u8 = 96;

/// ICE gives a leg up after this long without an answer, having called it wavering after the shorter time; a consent
/// request leaves this often whether media flow or not (§6.6).
const ICE_WAVERING: Duration = Duration::from_secs(5);
const ICE_FAILED: Duration = Duration::from_secs(15);
const ICE_CONSENT: Duration = Duration::from_millis(2_500);

/// What the pacer lets out at once, bits: one packet. More would fill the queue of a weak line before anything is known.
const BURST_BITS: f64 = 12_000.0;

/// What a connection is to carry.
pub(crate) struct Plan {
    /// Sections in their order, and our direction in each.
    pub(crate) sections: Vec<(Kind, Direction)>,
    /// Where congestion control starts, for legs that send video, and below what it does not go, kbit/s.
    pub(crate) send_kbps: Option<(u32, u32)>,
    /// Addresses of the other side, when they are known already.
    pub(crate) remote: Vec<IpAddr>,
    pub(crate) ice: IceServers,
}

/// A connection and the track it sends.
pub(crate) struct Peer {
    pub(crate) connection: Arc<dyn PeerConnection>,
    pub(crate) track: Option<(Arc<TrackLocalStaticRTP>, Kind, u32)>,
    pub(crate) types: Arc<Mutex<PayloadTypes>>,
    pub(crate) relays: Relays,
}

/// Builds a connection; no packet leaves yet. Must run on the network thread.
pub(crate) async fn build(
    plan: &Plan,
    port: &Arc<LegPort>,
    sinks: Sinks,
    handler: Arc<dyn PeerConnectionEventHandler>,
) -> Result<Peer, LegError> {
    let sends_video = plan.send_kbps.is_some();
    let types = Arc::new(Mutex::new(PayloadTypes::default()));
    let tap = Tap::new(Arc::clone(port), Arc::clone(&types), sinks, clock::now());
    let mut media = MediaEngine::default();
    register_codecs(&mut media, plan).map_err(|_| LegError::Sdp)?;
    let registry = interceptors(plan.send_kbps, port).with(Slot::from(12_500), tap);

    let relays = Relays::open(&plan.ice).await;
    let mut addresses = local_addresses(&plan.remote, plan.ice.relay_only);
    let loopback = addresses.iter().any(|address| address.ip().is_loopback());
    if relays.streamed > 0 && !loopback {
        if plan.ice.relay_only && relays.streamed == relays.servers.len() {
            addresses.clear();
        }
        // The way to those relays, and nothing that the other side is told of.
        addresses.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0));
    }
    // Two seconds otherwise, in which a better way may be found.
    let relay_wait = plan.ice.relay_only.then_some(Duration::ZERO);
    let settings = SettingEngineBuilder::new()
        // The stack knows SHA-256 only; the leg checks the certificate itself before it opens its port.
        .with_disable_certificate_fingerprint_verification(true)
        .with_answering_dtls_role(RTCDtlsRole::Client)
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(loopback)
        .with_ice_timeouts(Some(ICE_WAVERING), Some(ICE_FAILED), Some(ICE_CONSENT))
        // There is nothing to choose between: nominate the first pair that works, at once.
        .with_host_acceptance_min_wait(Some(Duration::ZERO))
        .with_srflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_relay_acceptance_min_wait(relay_wait)
        .build();
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration(&relays, plan.ice.relay_only))
        .with_media_engine(media)
        .with_setting_engine(settings)
        .with_interceptor_registry(registry)
        .with_handler(handler)
        .with_udp_addrs(addresses)
        .build()
        .await
        .map_err(|error| {
            tracing::warn!(leg = port.id, %error, "peer connection could not be built");
            LegError::Network
        })?;
    let connection: Arc<dyn PeerConnection> = Arc::new(connection);

    let mut sent = None;
    for (kind, direction) in &plan.sections {
        let added = match direction {
            Direction::SendOnly | Direction::SendRecv => {
                let (track, ssrc) = new_track(*kind, sends_video);
                let result = connection.add_transceiver_from_track(
                    Arc::clone(&track) as Arc<dyn TrackLocal>,
                    Some(RTCRtpTransceiverInit {
                        direction: if *direction == Direction::SendOnly {
                            RTCRtpTransceiverDirection::Sendonly
                        } else {
                            RTCRtpTransceiverDirection::Sendrecv
                        },
                        streams: vec![],
                        send_encodings: vec![],
                    }),
                );
                let result = result.await;
                sent = Some((track, *kind, ssrc));
                result
            }
            Direction::RecvOnly | Direction::Inactive => {
                let init = RTCRtpTransceiverInit {
                    direction: RTCRtpTransceiverDirection::Recvonly,
                    streams: vec![],
                    send_encodings: vec![],
                };
                connection.add_transceiver_from_kind(codec_kind(*kind), Some(init)).await
            }
        };
        added.map_err(|error| {
            tracing::warn!(leg = port.id, %error, "media section could not be added");
            LegError::Sdp
        })?;
    }
    Ok(Peer { connection, track: sent, types, relays })
}

fn codec_kind(kind: Kind) -> RtpCodecKind {
    match kind {
        Kind::Audio => RtpCodecKind::Audio,
        Kind::Video => RtpCodecKind::Video,
    }
}

/// Opus without feedback; VP8 with all of it when we send (our list decides that of every viewer, §6.3) and with what
/// repairs losses when we receive.
fn codec(kind: Kind, sends_video: bool) -> RTCRtpCodec {
    let feedback = |list: &[(&str, &str)]| {
        list.iter()
            .map(|(typ, parameter)| RTCPFeedback { typ: (*typ).to_owned(), parameter: (*parameter).to_owned() })
            .collect::<Vec<_>>()
    };
    match kind {
        Kind::Audio => RTCRtpCodec {
            mime_type: "audio/opus".to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
            rtcp_feedback: vec![],
        },
        Kind::Video => RTCRtpCodec {
            mime_type: "video/VP8".to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: String::new(),
            rtcp_feedback: if sends_video {
                feedback(&[("goog-remb", ""), ("transport-cc", ""), ("ccm", "fir"), ("nack", ""), ("nack", "pli")])
            } else {
                feedback(&[("ccm", "fir"), ("nack", ""), ("nack", "pli")])
            },
        },
    }
}

fn register_codecs(media: &mut MediaEngine, plan: &Plan) -> Result<(), rtc::shared::error::Error> {
    let sends_video = plan.send_kbps.is_some();
    for (kind, payload_type) in [(Kind::Audio, OPUS), (Kind::Video, VP8)] {
        if plan.sections.iter().any(|(used, _)| *used == kind) {
            let parameters = RTCRtpCodecParameters { rtp_codec: codec(kind, sends_video), payload_type };
            media.register_codec(parameters, codec_kind(kind))?;
        }
    }
    if sends_video {
        let uri = rtc::sdp::extmap::TRANSPORT_CC_URI.to_owned();
        media.register_header_extension(RTCRtpHeaderExtensionCapability { uri }, RtpCodecKind::Video, None)?;
    }
    Ok(())
}

/// Congestion control, pacing and retransmission for legs that send video; reports only for the others (a pacer shared
/// with sound would starve it).
fn interceptors(send_kbps: Option<(u32, u32)>, port: &Arc<LegPort>) -> Registry {
    let registry = Registry::new()
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
        .with(Slot::SenderReport, SenderReportBuilder::new().build());
    let Some((kbps, least)) = send_kbps else { return registry };
    let estimate = Estimate::new(kbps, least, Arc::clone(port));
    let pace = estimate.target_bitrate();
    registry
        .with(Slot::CongestionControl, CongestionControlBuilder::new(estimate).build())
        .with(Slot::TwccSender, TwccSenderBuilder::new().build())
        .with(Slot::Pacer, PacerBuilder::new().with_target_bitrate(pace).with_burst_bits(BURST_BITS).build())
        .with(Slot::from(3_500), Again::new(Arc::clone(port)))
        .with(Slot::NackResponder, NackResponderBuilder::new().build())
}

fn new_track(kind: Kind, sends_video: bool) -> (Arc<TrackLocalStaticRTP>, u32) {
    // 0 means "none" to some.
    let ssrc = rand::random::<u32>().max(1);
    let stream = format!("{:016x}", rand::random::<u64>());
    let id = format!("{:016x}", rand::random::<u64>());
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec(kind, sends_video),
        ..Default::default()
    };
    let track = MediaStreamTrack::new(stream, id, String::new(), codec_kind(kind), vec![encoding]);
    (Arc::new(TrackLocalStaticRTP::new(track)), ssrc)
}

/// STUN servers are left out: the server answers to wherever a check comes from (§6.6), so a reflexive candidate
/// changes nothing, and asking for one delays the first check.
fn configuration(relays: &Relays, relay_only: bool) -> webrtc::peer_connection::RTCConfiguration {
    let policy = if relay_only { RTCIceTransportPolicy::Relay } else { RTCIceTransportPolicy::All };
    RTCConfigurationBuilder::new().with_ice_servers(relays.servers.clone()).with_ice_transport_policy(policy).build()
}

/// Where to bind: the addresses from which the other side's candidates are reached, as the system's routes say. As long
/// as none is known: every interface and the loopback.
fn local_addresses(remote: &[IpAddr], relay_only: bool) -> Vec<SocketAddr> {
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in remote {
        if let Some(local) = route_to(*address) {
            let local = SocketAddr::new(local, 0);
            if !found.contains(&local) {
                found.push(local);
            }
        }
    }
    if relay_only || (found.is_empty() && !remote.is_empty()) {
        return vec![any_v4()];
    }
    if found.is_empty() {
        found = vec![any_v4(), SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)];
        if route_to(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into()).is_some() {
            found.push(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0));
        }
    }
    found
}

fn any_v4() -> SocketAddr {
    SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0)
}

/// The own address from which packets to `remote` leave. Sends nothing.
fn route_to(remote: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((remote, 9)).ok()?;
    let local = socket.local_addr().ok()?.ip();
    (!local.is_unspecified()).then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_the_loopback_is_reached_from_the_loopback_only() {
        let here: SocketAddr = "127.0.0.1:0".parse().unwrap();
        assert_eq!(local_addresses(&[Ipv4Addr::LOCALHOST.into()], false), [here]);
        assert!(local_addresses(&[], false).contains(&here));
    }
}
