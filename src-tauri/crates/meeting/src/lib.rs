//! What a meeting *is*: a pure core that decides what happens next.
//!
//! Invariant: no I/O, no clock, no threads, no randomness. Everything that can wake it is an [`Input`], everything it
//! may ask for is an [`Output`]; time is an argument. It keeps what the person *desires* (muted, camera on, hand up,
//! sharing, visible faces) apart from what is *actual* and reconciles the two, so that a muted microphone can never
//! come back open after a reconnect.

mod input;
mod intent;
mod output;
pub mod view;

pub use input::{ControlFault, Entry, EntryFault, Input, LegEvent, LegFault, MediaEvent, SystemEvent, Timer};
pub use intent::Intent;
pub use output::{Bridge, LegKind, LegOrder, MediaCommand, Output};
