//! Threads and pipelines: capture → process → encode → send; receive → buffer → decode → show; WebRTC legs.
//!
//! Invariant: knows nothing of BigBlueButton's signalling, of GraphQL or of Tauri. SDP comes in as text and goes out as
//! text; what it means that a leg is down, and what to do about it, is decided elsewhere. Nothing here tries again.
//!
//! Threads, all owned by [`Engine`] and joined when its last clone is dropped:
//!
//! | thread | does | waits on |
//! |---|---|---|
//! | `preau-net` | every WebRTC leg (one single-threaded runtime) | sockets, timers, commands |
//! | `preau-audio` | microphone → processing → Opus; Opus → playout | the 10 ms beat of the devices |
//! | `preau-camera` | capture → pace → preview → VP8 | frames of the camera |
//! | `preau-screen` | capture → preview → VP8 | frames of the screen |
//! | `preau-decode` | every received picture: VP8 → scale → window | complete frames |
//!
//! `preau-camera` and `preau-screen` exist only while there is something to capture, `preau-stills` while a picker shows
//! what could be shared, `preau-device` for the moment in which a device is opened or closed.
//!
//! Queues and what happens when they are full: events: levels first, then the newest; a leg's way out (16 frames or
//! packets): the new one is refused and video asks itself for a key frame; sound that came in (2.5 s): the oldest; frames
//! to decode (12 of a stream): all of them, and a key frame is asked for; datagrams for a relay over TCP or TLS (64): the
//! newest; pictures for the window: the sink's credit.

mod allot;
mod api;
mod audio;
mod clock;
mod engine;
mod events;
mod net;
mod sdp;
mod threads;
mod video;

pub use api::{
    AudioStats, DeviceList, EngineEvent, EngineStats, FrameSink, IceServers, LegError, LegFailure, LegMedia, LegSpec,
    LegState, LegStats, RelayFault, Tile, TileStats, TurnServer, VideoSendStats, VideoSource,
};
pub use engine::{Engine, EngineConfig};
