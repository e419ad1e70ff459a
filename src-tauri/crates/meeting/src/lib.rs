//! What a meeting *is*: a pure core that decides what happens next.
//!
//! Invariant: no I/O, no clock, no threads, no randomness. Everything that can wake it is an [`Input`], everything it
//! may ask for is an [`Output`]; time is an argument. It keeps what the person *desires* (muted, camera on, hand up,
//! sharing, visible faces) apart from what is *actual* and reconciles the two, so that a muted microphone can never
//! come back open after a reconnect.
//!
//! [`Meeting::handle`] always does the same three things: take the input in (one file per idea: session, sound, camera,
//! faces, share, people, chat), reconcile what is wanted with what is, and say what differs in the view. Whatever breaks
//! goes through `recovery`, and nowhere else is anything tried again.

mod absence;
mod asks;
mod camera;
mod chat;
mod chat_log;
mod ending;
mod faces;
mod facts;
mod feeds;
mod input;
mod intent;
mod legs;
mod me;
mod meeting;
mod mute;
mod outgoing;
mod output;
mod people;
mod quiet;
mod recovery;
mod session;
mod share;
mod shown;
mod sound;
mod text;
pub mod view;
mod voices;

pub use input::{
    ControlFault, Entry, EntryFault, Input, LegEvent, LegFault, MediaEvent, MutationRefusal, SystemEvent, Timer,
};
pub use intent::Intent;
pub use meeting::{Meeting, MeetingConfig};
pub use output::{Bridge, EntryBy, LegKind, LegOrder, MediaCommand, Outbox, Output};
