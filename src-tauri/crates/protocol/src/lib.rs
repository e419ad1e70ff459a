//! BigBlueButton on the wire: the HTTP way in, GraphQL operations and envelope, SFU signalling.
//!
//! Invariant: no I/O, no clock, no randomness, no threads. Whatever a server or a link says is parsed into types that
//! cannot hold nonsense, with bounds on size and count; nothing here panics on bad input. Tokens, names and chat texts are
//! redacted by type ([`ids`]), so that a debug print of anything here can be logged.
//!
//! The types serve both sides: the client and the practice server speak through them.

pub mod graphql;
#[cfg(test)]
mod hostile_tests;
pub mod http;
pub mod ids;
pub mod sfu;
pub mod time;
