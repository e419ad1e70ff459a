//! The way in by HTTP (`http-api.md`, `session.md` §2): links, redirects, server facts, STUN and TURN.
//!
//! A join goes: [`parse_link`] → follow hop by hop with [`judge_redirect`] and [`judge_page`] → [`ClientUrl`] →
//! [`ApiIndex`] → [`StaticData`] → [`Stuns`]. Nothing here sends anything.

mod checksum;
mod hop;
mod index;
mod link;
mod settings;
mod statics;
mod stuns;
mod xml;

pub use checksum::{Algorithm, ChecksumError, checksum, join_url, signed_query, verify_checksum, verify_query};
pub use hop::{Hop, JoinError, JoinErrors, MAX_HOPS, Refusal, judge_page, judge_redirect};
pub use index::{ApiIndex, IndexError};
pub use link::{Address, ClientUrl, JoinLink, LinkError, MAX_LINK, parse_link};
pub use settings::{CameraProfile, ClientSettings, QualityThreshold};
pub use statics::{Bridge, Bridges, RecordingPolicies, StaticData, StaticError, UsersPolicies, VoiceSettings};
pub use stuns::{IceServer, Stuns, StunsError};
