//! Imports go downward only: what `cargo metadata` says against the table in `src-tauri/ARCHITECTURE.md`.

use crate::shell;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use xtask::trouble::{Outcome, Trouble};

type Table = BTreeMap<String, BTreeSet<String>>;

/// Compares; returns the number of crates.
///
/// # Errors
/// A crate imports what the table does not allow, or one of the two knows a crate that the other does not.
pub(crate) fn check() -> Outcome<u32> {
    let page = shell::root().join("src-tauri/ARCHITECTURE.md");
    let text = std::fs::read_to_string(&page).map_err(|error| Trouble::file("read", &page, &error))?;
    let metadata = shell::ask(shell::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))
        .and_then(|json| serde_json::from_str::<Value>(&json).ok())
        .ok_or_else(|| Trouble::new("cargo metadata gave nothing: run it by hand to see why"))?;
    let actual = imports(&metadata);
    let faults = compare(&table(&text, &actual), &actual);
    if faults.is_empty() {
        Ok(u32::try_from(actual.len()).unwrap_or(u32::MAX))
    } else {
        Err(Trouble::new(faults.join("\n")))
    }
}

/// Lines `- crate: allowed, allowed` whose crate is ours; backquotes do not matter, a remark may follow in brackets;
/// `anything` allows all of ours.
fn table(text: &str, known: &Table) -> Table {
    let clean = |name: &str| name.trim().trim_matches('`').to_owned();
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'))
        .map(|(name, rest)| (clean(name), rest.split(['(', '.']).next().unwrap_or_default()))
        .filter(|(name, _)| known.contains_key(name))
        .map(|(name, rest)| {
            let allowed = match clean(rest).as_str() {
                "anything" => known.keys().cloned().collect(),
                _ => rest.split(',').map(clean).filter(|part| known.contains_key(part)).collect(),
            };
            (name, allowed)
        })
        .collect()
}

fn imports(metadata: &Value) -> Table {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| {
            let inside = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
            (name(package), inside.iter().filter(|dependency| dependency["path"].is_string()).map(name).collect())
        })
        .collect()
}

fn compare(allowed: &Table, actual: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, used) in actual {
        let Some(may) = allowed.get(name) else {
            faults.push(format!("{name} has no line in the table of src-tauri/ARCHITECTURE.md: add `- {name}: …`"));
            continue;
        };
        for extra in used.difference(may) {
            faults.push(format!("{name} imports {extra}, which src-tauri/ARCHITECTURE.md does not allow: take it out or change the table"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&str, &[&str])]) -> Table {
        lines.iter().map(|(name, used)| ((*name).to_owned(), used.iter().map(|u| (*u).to_owned()).collect())).collect()
    }

    #[test]
    fn an_upward_import_is_named() {
        let actual = of(&[("media", &["engine"]), ("engine", &["media"])]);
        let page = "Layers:\n- `engine`: media, codecs\n- media:\n- note: nothing\n";
        let faults = compare(&table(page, &actual), &actual);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("media imports engine"));
    }

    #[test]
    fn anything_means_all_of_ours() {
        let actual = of(&[("media", &[]), ("e2e", &["media"])]);
        assert_eq!(compare(&table("- media: nothing\n- e2e: anything\n", &actual), &actual), Vec::<String>::new());
    }

    #[test]
    fn a_crate_without_a_line_is_named() {
        let actual = of(&[("media", &[])]);
        assert!(compare(&table("", &actual), &actual)[0].contains("no line"));
    }
}
