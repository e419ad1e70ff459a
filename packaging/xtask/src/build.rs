//! Building with cargo, so that one sees how far it is.

use crate::say::Step;
use crate::shell;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use xtask::trouble::{Outcome, Trouble};

/// An executable cargo made.
#[derive(Debug, Clone)]
pub(crate) struct Executable {
    /// Package it belongs to.
    pub(crate) package: String,
    /// Folder of that package.
    pub(crate) folder: PathBuf,
    /// Name of its target.
    pub(crate) target: String,
    /// Made with the test harness.
    pub(crate) test: bool,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// Runs `cargo build` with `args`; returns every executable that is up to date afterwards.
///
/// # Errors
/// It does not compile, or crates cannot be fetched.
pub(crate) fn build(what: &str, log: &str, args: &[&str]) -> Outcome<Vec<Executable>> {
    let expected = crates();
    let mut step = Step::begin(what);
    let mut seen = BTreeSet::new();
    let mut executables = Vec::new();
    let mut command = shell::cargo();
    command.arg("build").args(args).arg("--message-format=json-render-diagnostics");
    let ran = shell::run(log, &mut command, |line| {
        if let Ok(message) = serde_json::from_str::<Value>(line)
            && message["reason"] == "compiler-artifact"
        {
            let id = message["package_id"].as_str().unwrap_or_default();
            seen.insert(id.to_owned());
            executables.extend(executable(&message));
            let target = message["target"]["name"].as_str().unwrap_or_default();
            step.progress(&format!("{} of {expected} crates, {target}", seen.len().min(expected)));
        } else if line.trim_start().starts_with("Downloading") || line.trim_start().starts_with("Updating") {
            step.progress(line.trim());
        }
    })?;
    ran.or("it does not compile: the message above says where")?;
    step.done(&format!("{} crates", seen.len()));
    Ok(executables)
}

/// The executable of that package and name among `all`.
///
/// # Errors
/// Cargo did not make it.
pub(crate) fn find<'a>(all: &'a [Executable], package: &str, target: &str, test: bool) -> Outcome<&'a Executable> {
    let wanted = |executable: &&Executable| {
        (&*executable.package, &*executable.target, executable.test) == (package, target, test)
    };
    all.iter().find(wanted).ok_or_else(|| {
        Trouble::new(format!("cargo made no executable `{target}`: check the targets in the Cargo.toml files"))
    })
}

fn executable(message: &Value) -> Option<Executable> {
    let path = message["executable"].as_str()?;
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let folder = manifest.parent()?.to_owned();
    let id = message["package_id"].as_str()?;
    let package = id.rsplit_once('#').map_or(id, |(_, name)| name).split('@').next()?;
    // `path+file:///…/engine#0.1.0` carries no name when the folder has the same.
    let package = if package.starts_with(|c: char| c.is_ascii_digit()) {
        folder.file_name()?.to_string_lossy().into_owned()
    } else {
        package.to_owned()
    };
    Some(Executable {
        package,
        folder,
        target: message["target"]["name"].as_str()?.to_owned(),
        test: message["profile"]["test"].as_bool().unwrap_or(false),
        path: path.into(),
    })
}

/// Roughly how many crates a build has.
fn crates() -> usize {
    let mut command = shell::cargo();
    command.args(["tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let tree = shell::ask(&mut command).unwrap_or_default();
    tree.lines().map(|line| line.trim_end_matches(" (*)")).collect::<BTreeSet<_>>().len()
}
