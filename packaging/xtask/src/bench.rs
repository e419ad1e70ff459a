//! `cargo xtask bench`: builds in release and runs the measuring program of the package `e2e`.

use crate::{build, packages, shell, ui};
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

/// Longest time one bench may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// Processor time and memory beside headless Chromium.
///
/// # Errors
/// It does not build, or a measurement could not be made.
pub(crate) fn cpu(json: bool) -> Outcome<()> {
    packages::ensure(&[packages::BUILD, packages::RUN, packages::HEADLESS, packages::TEST])?;
    ui::build()?;
    let built = build::build(
        "application and bench (release)",
        "build-release",
        &["--release", "--package", "preau", "--package", "e2e"],
    )?;
    let window = build::find(&built, "preau", "preau", false)?;
    let bench = build::find(&built, "e2e", "bench-cpu", false)?;
    let mut command = Command::new(&bench.path);
    command
        .env("PREAU_BIN", &window.path)
        .env("PREAU_ARTEFACTS", shell::artefacts())
        .current_dir(shell::root())
        .stdin(Stdio::null());
    if json {
        command.arg("--json");
    }
    let status = Process::start("bench-cpu", &mut command)?.finish(LIMIT)?;
    if status.success() {
        Ok(())
    } else {
        Err(Trouble::new("the bench could not be completed: its messages are above"))
    }
}
