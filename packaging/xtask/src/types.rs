//! TypeScript types of what the window and the core say to each other, generated from the Rust ones.

use crate::build::{self, Executable};
use crate::say::Step;
use crate::shell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::desk::Folder;
use xtask::trouble::{Outcome, Trouble};

/// The test of the shell that writes them: the shell sees every type the window shares.
const WRITER: &str = "types_for_the_window_are_written";

/// Writes them, or with `check` fails when they differ; returns their number.
///
/// # Errors
/// The workspace does not compile, or the types differ.
pub(crate) fn run(check: bool) -> Outcome<u32> {
    let built = build::build("workspace", "build", &["--workspace", "--all-targets"])?;
    from(&built, check)
}

/// As [`run`], with what was built already.
///
/// # Errors
/// The types differ, or cannot be written.
pub(crate) fn from(built: &[Executable], check: bool) -> Outcome<u32> {
    let step = Step::begin("types of the window");
    let fresh = Folder::new()?;
    for source in built.iter().filter(|e| e.test && e.package == "preau") {
        let mut command = Command::new(&source.path);
        command.arg(WRITER).current_dir(&source.folder).env("TS_RS_EXPORT_DIR", fresh.path());
        shell::run(&format!("types-{}-{}", source.package, source.target), &mut command, |_| ())?
            .or(&format!("the types of {} cannot be exported", source.package))?;
    }
    let kept = shell::root().join("ui/src/lib/bindings");
    let (new, old) = (read(fresh.path()), read(&kept));
    if new.is_empty() {
        return Err(Trouble::new("no type was exported: the shell's test that writes them is missing"));
    }
    let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
    if new == old {
        step.done(&format!("{count} up to date"));
        return Ok(count);
    }
    if check {
        let names: Vec<String> = differing(&new, &old);
        return Err(Trouble::new(format!(
            "ui/src/lib/bindings is behind the Rust types ({}): run `cargo xtask types`",
            names.join(", ")
        )));
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        let _ = std::fs::remove_file(kept.join(name));
    }
    for (name, text) in &new {
        let path = kept.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Trouble::file("create", folder, &error))?;
        }
        std::fs::write(&path, text).map_err(|error| Trouble::file("write", &path, &error))?;
    }
    step.done(&format!("{count} written"));
    Ok(count)
}

fn differing(new: &BTreeMap<PathBuf, String>, old: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let names = new.keys().chain(old.keys().filter(|name| !new.contains_key(*name)));
    names.filter(|name| new.get(*name) != old.get(*name)).map(|name| name.display().to_string()).collect()
}

/// Every `.ts` file below `folder`, by relative path.
fn read(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ts")
                && let (Ok(name), Ok(text)) = (path.strip_prefix(folder), std::fs::read_to_string(&path))
            {
                found.insert(name.to_owned(), text);
            }
        }
    }
    found
}
