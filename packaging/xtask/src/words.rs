//! The word recogniser of the tests: PyPI's pocketsphinx in a Python environment of its own.

use crate::say::Step;
use crate::shell;
use std::path::PathBuf;
use std::process::Command;
use xtask::trouble::{Outcome, Trouble};

const PACKAGE: &str = "pocketsphinx==5.0.4";

/// The Python that can import it, installed when missing.
///
/// # Errors
/// No Python, no network.
pub(crate) fn python() -> Outcome<PathBuf> {
    let folder = shell::cache()?.join("words");
    let python = folder.join("bin/python");
    let stamp = folder.join(PACKAGE);
    if stamp.exists() && python.exists() {
        return Ok(python);
    }
    let mut step = Step::begin("word recogniser (pocketsphinx)");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    shell::run("words-venv", &mut venv, |_| ())?
        .or("python3 cannot make a virtual environment: install python3-venv")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:", PACKAGE]);
    shell::run("words-pip", &mut pip, |line| step.progress(line))?.or("pip could not install pocketsphinx")?;
    std::fs::write(&stamp, "").map_err(|error| Trouble::file("write", &stamp, &error))?;
    step.done("");
    Ok(python)
}
