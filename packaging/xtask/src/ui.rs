//! The window's pages: npm and vite, skipped when nothing they are made of has changed.

use crate::say::Step;
use crate::shell;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::trouble::{Outcome, Trouble};

const NODE: u32 = 20;

/// Fetches the packages of `ui/` unless they are there already.
///
/// # Errors
/// No Node, no network, or a lock file that does not fit.
pub(crate) fn packages() -> Outcome<()> {
    let ui = shell::root().join("ui");
    let stamp = ui.join("node_modules/.preau-stamp");
    let now = fingerprint(&ui, &["package.json", "package-lock.json"])?;
    if std::fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return Ok(());
    }
    node()?;
    let mut step = Step::begin("packages of the window (npm)");
    let mut command = npm(&["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    shell::run("npm-ci", &mut command, |line| step.progress(line))?
        .or("npm could not fetch the packages of ui/: run `npm ci` there to see more")?;
    write(&stamp, &now)?;
    step.done("");
    Ok(())
}

/// Builds `ui/dist` unless it is up to date.
///
/// # Errors
/// As [`packages`], or the build fails.
pub(crate) fn build() -> Outcome<()> {
    let ui = shell::root().join("ui");
    packages()?;
    let stamp = ui.join("dist/.preau-stamp");
    let now = fingerprint(&ui, &["."])?;
    if std::fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return Ok(());
    }
    let mut step = Step::begin("pages of the window (vite)");
    shell::run("vite", &mut npm(&["run", "build"]), |line| step.progress(line))?
        .or("the pages of the window do not build: mend ui/ and run this again")?;
    write(&stamp, &now)?;
    step.done("");
    Ok(())
}

/// `npm` in `ui/`.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(args).current_dir(shell::root().join("ui")).env("NO_COLOR", "1").env("CI", "1");
    command
}

fn node() -> Outcome<()> {
    let version = shell::ask(Command::new("node").arg("--version"));
    let major = version.as_deref().and_then(|v| v.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE => Ok(()),
        Some(major) => {
            Err(Trouble::new(format!("Node {major} is too old: install Node {NODE} or newer and run this again")))
        }
        None => Err(Trouble::missing(
            "node",
            &format!("install Node {NODE} or newer (https://nodejs.org) and run this again"),
        )),
    }
}

/// A number that changes with the content of these files and folders.
fn fingerprint(ui: &Path, parts: &[&str]) -> Outcome<String> {
    let mut files = BTreeSet::new();
    for part in parts {
        collect(&ui.join(part), &mut files);
    }
    let mut hasher = DefaultHasher::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|error| Trouble::file("read", &file, &error))?;
        file.strip_prefix(ui).unwrap_or(&file).hash(&mut hasher);
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) {
    if path.is_file() {
        files.insert(path.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name != "node_modules" && name != "dist" {
            collect(&entry.path(), files);
        }
    }
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    std::fs::write(path, text).map_err(|error| Trouble::file("write", path, &error))
}
