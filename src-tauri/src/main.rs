//! Préau's desktop shell: one window, its commands, its frames. It decides nothing about a meeting.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod events;
mod frames;
mod graphics;
mod practice;
mod shell;
mod system_setting;

use clap::Parser;

/// What is logged unless `PREAU_LOG` says otherwise. The WebRTC stack warns about what is normal beside an ICE-lite server.
const LOG: &str = "warn,preau=info,client=info,engine=info,rtc_dtls=error,rtc_ice=error";

fn main() -> std::process::ExitCode {
    let arguments = arguments::Arguments::parse();
    graphics::prepare();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("PREAU_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(LOG)),
        )
        .with_writer(std::io::stderr)
        .init();
    match shell::run(arguments) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Préau could not start: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
