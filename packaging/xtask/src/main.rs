//! `cargo xtask`: everything a developer of Préau runs, one command each.

mod bench;
mod build;
mod layers;
mod licences;
mod packages;
mod practice;
mod say;
mod shell;
mod test;
mod types;
mod ui;
mod windows;
mod words;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::trouble::Outcome;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of Préau", disable_help_subcommand = true)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Install what is missing, build, and open the window inside the practice class.
    Run(RunArgs),
    /// Run every test, or one part of them.
    Test {
        /// Only this part; a wrong name lists them.
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
    },
    /// Type-check the whole workspace for Windows.
    CheckWindows,
    /// Measure.
    Bench {
        #[arg(value_enum)]
        what: Bench,
        /// One JSON object a line instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Write the TypeScript types the window shares with the core.
    Types {
        /// Change nothing; fail when they differ.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Bench {
    /// Processor time and memory beside headless Chromium doing the same work.
    Cpu,
}

#[derive(Args)]
struct RunArgs {
    /// Start at the home screen.
    #[arg(long, conflicts_with = "join")]
    home: bool,
    /// Join this class instead of the practice class.
    #[arg(long, value_name = "URL")]
    join: Option<String>,
    /// Own display and sound server (the default where there is no display).
    #[arg(long)]
    headless: bool,
    /// End after this many seconds in the window.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Before the end, save a picture of the screen.
    #[arg(long, value_name = "FILE.png")]
    shot: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Command::parse().what {
        What::Run(args) => practice::run(&args),
        What::Test { only } => test::run(only.as_deref()),
        What::CheckWindows => windows::command(),
        What::Bench { what: Bench::Cpu, json } => bench::cpu(json),
        What::Types { check } => types::run(check).map(drop),
    };
    finish(outcome)
}

fn finish(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::from(trouble.code())
        }
    }
}
