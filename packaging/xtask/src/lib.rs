//! Developer commands, and the desk they share with the end-to-end tests: a private display, sound server and bus.
//!
//! Invariant: needs no system library and nothing that takes minutes to compile; every child process ends with the
//! value that started it, also when this process is killed.

pub mod desk;
pub mod process;
pub mod trouble;
pub mod wait;
