//! Whole calls on this machine: what the end-to-end tests speak, hear, see, click and read with.
//!
//! Invariant: tests come in and go out at the real edges (a virtual microphone, a recorded speaker, a camera clip, the
//! window's own controls, a browser's own stack) and wait on conditions with a deadline, never for a while.

pub mod browser;
pub mod coturn;
pub mod driver;
pub mod endpoint;
pub mod load;
pub mod narrow;
pub mod ocr;
pub mod picture;
pub mod place;
pub mod seat;
pub mod sound;
pub mod window;
pub mod words;
