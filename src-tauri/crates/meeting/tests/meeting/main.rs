//! The core in virtual time: what comes in, what it asks for, what the window shows.

mod cameras;
mod chatting;
mod ending;
mod joining;
mod people;
mod random;
mod recovery;
mod scene;
mod sharing;
mod sound;
