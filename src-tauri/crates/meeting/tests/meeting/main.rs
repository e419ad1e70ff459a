//! The core in virtual time: what comes in, what it asks for, what the window shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

mod absence;
mod cameras;
mod chatting;
mod ending;
mod joining;
mod people;
mod quiet;
mod random;
mod recovery;
mod scene;
mod sharing;
mod sound;
