//! The media server (bbb-webrtc-sfu with mediasoup behind it): signalling over one WebSocket a
//! medium, media over one loopback UDP port (protocol/media.md).
//!
//! ICE-lite, DTLS and SRTP are put together from `rtc`'s parts rather than taken as a peer
//! connection: the real server is no peer connection either, and its strictness and its oddities
//! (no media without `a=ssrc`, wrong header-extension ids, success before DTLS) live below one.

mod audio;
mod dtls;
mod error;
mod ice;
mod router;
mod rtcp;
mod rtp;
mod screen;
mod sdp;
mod socket;
mod source;
mod stream;
mod switchboard;
mod transport;
mod upkeep;
mod video;
mod wire;

pub(crate) use dtls::Identity;
pub(crate) use router::{Order, Tap};
pub(crate) use socket::serve;
pub(crate) use switchboard::{CameraFeed, Switchboard};
pub(crate) use transport::{SourceId, TransportId};
pub(crate) use wire::start;
