//! Which words a recording holds: PyPI's pocketsphinx with a closed grammar.

use crate::place;
use crate::sound::Pcm;
use std::path::Path;
use std::process::{Command, Stdio};
use xtask::trouble::{Outcome, Trouble};

/// The words of `grammar` (one JSGF rule, such as `open the (book | door)`) heard in `pcm`.
///
/// # Errors
/// The recogniser is not installed, or fails.
pub fn heard(pcm: &Pcm, grammar: &str, folder: &Path) -> Outcome<String> {
    let python = std::env::var_os("PREAU_WORDS").ok_or_else(|| {
        Trouble::new("the word recogniser is not there: run this through `cargo xtask test`, which installs it")
    })?;
    let (wav, low, rules) = (folder.join("words.wav"), folder.join("words.raw"), folder.join("words.gram"));
    pcm.write(&wav)?;
    std::fs::write(&rules, format!("#JSGF V1.0;\ngrammar words;\npublic <words> = {grammar};\n"))
        .map_err(|error| Trouble::file("write", &rules, &error))?;
    let mut sox = Command::new("sox");
    sox.arg(&wav).args(["-r", "16000", "-t", "raw", "-e", "signed", "-b", "16"]).arg(&low).stderr(Stdio::null());
    let low_made = sox.status().map_err(|_| Trouble::missing("sox", "`cargo xtask test` installs it"))?;
    if !low_made.success() {
        return Err(Trouble::new("sox could not resample the recording"));
    }
    let out = Command::new(python)
        .arg(place::root().join("tests/words.py"))
        .args([&rules, &low])
        .output()
        .map_err(|error| Trouble::new(format!("the word recogniser could not be started: {error}")))?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    } else {
        Err(Trouble::new(format!("the word recogniser failed: {}", String::from_utf8_lossy(&out.stderr))))
    }
}
