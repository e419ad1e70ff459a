//! The practice server: a small BigBlueButton on loopback that speaks the real wire, and its
//! cast of pupils. Newcomers open Préau in it, teachers rehearse in it, and every end-to-end
//! test runs against it.
//!
//! Invariant: listens on loopback only, and knows nothing of the meeting core, the client or
//! the engine; so that a mistake on one side cannot hide on the other. Where BigBlueButton is
//! strict it is strict (unknown field, wrong operation name, missing cookie, missing `a=ssrc`),
//! where BigBlueButton is odd it is odd.
//!
//! | part | imitates |
//! |---|---|
//! | `http`, `join_link`, `settings` | bbb-web and its nginx |
//! | `graphql` | bbb-graphql-middleware, Hasura, the actions server |
//! | `room` | akka-apps and the database behind it |
//! | `sfu` | bbb-webrtc-sfu and mediasoup |
//! | `mix` | FreeSWITCH |
//! | `cast`, `voices` | the children |

mod cast;
mod classroom;
mod clock;
mod config;
mod facts;
mod graphql;
mod http;
mod join_link;
mod mix;
mod room;
mod settings;
mod sfu;
pub mod voices;

pub use classroom::{Classroom, StartError};
pub use config::{
    CastConfig, ClassroomConfig, FingerprintHash, GuestPolicy, Language, MeetingPolicies, Quirks, Role, ServerVersion,
};
pub use facts::{Facts, Person};
