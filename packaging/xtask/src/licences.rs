//! Every crate and npm package we ship must have a licence that goes with Apache-2.0 and MIT.

use crate::shell;
use serde_json::Value;
use xtask::trouble::{Outcome, Trouble};

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "LGPL-2.1-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "OFL-1.1",
    "Python-2.0",
    "CC-BY-4.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "bzip2-1.0.6",
];

/// Packages that name none in the form that tools read, with what their licence file says.
const READ: &[(&str, &str)] = &[("jsonpath-rust", "MIT")];

/// Checks both; returns the number of packages.
///
/// # Errors
/// A package whose licence does not suit, or that names none.
pub(crate) fn check() -> Outcome<u32> {
    let mut faults = Vec::new();
    let mut count = 0;
    let metadata = shell::ask(shell::cargo().args(["metadata", "--format-version", "1"]))
        .and_then(|json| serde_json::from_str::<Value>(&json).ok())
        .ok_or_else(|| Trouble::new("cargo metadata gave nothing: run it by hand to see why"))?;
    for package in metadata["packages"].as_array().into_iter().flatten().filter(|package| !package["source"].is_null())
    {
        count += 1;
        let name = package["name"].as_str().unwrap_or("?");
        let read = READ.iter().find(|(known, _)| *known == name).map(|(_, licence)| *licence);
        let licence = package["license"].as_str().or(read).unwrap_or("none named");
        if !suits(licence) {
            faults.push(format!("crate {name} has the licence {licence}"));
        }
    }
    let lock = shell::root().join("ui/package-lock.json");
    let text = std::fs::read_to_string(&lock).map_err(|error| Trouble::file("read", &lock, &error))?;
    let lock: Value = serde_json::from_str(&text).map_err(|error| {
        Trouble::new(format!("ui/package-lock.json is not JSON ({error}): make it anew with npm install"))
    })?;
    for (path, package) in lock["packages"].as_object().into_iter().flatten().filter(|(path, _)| !path.is_empty()) {
        // What only builds or tests does not reach the person.
        if package["dev"] == true {
            continue;
        }
        count += 1;
        let licence = package["license"].as_str().unwrap_or("none named");
        if !suits(licence) {
            faults.push(format!("npm package {} has the licence {licence}", path.trim_start_matches("node_modules/")));
        }
    }
    if faults.is_empty() { Ok(count) } else { Err(Trouble::new(faults.join("\n"))) }
}

/// Whether we can meet an SPDX expression: one side of every OR, both of every AND. Exceptions (WITH) only add rights.
fn suits(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) && rest.is_empty()
}

fn any(words: &mut &[&str]) -> bool {
    let mut good = all(words);
    while take(words, "OR") {
        // Not `||`: both sides must be read.
        good |= all(words);
    }
    good
}

fn all(words: &mut &[&str]) -> bool {
    let mut good = one(words);
    while take(words, "AND") {
        good &= one(words);
    }
    good
}

fn one(words: &mut &[&str]) -> bool {
    if take(words, "(") {
        let good = any(words);
        return take(words, ")") && good;
    }
    let Some((name, rest)) = words.split_first() else { return false };
    *words = rest;
    if take(words, "WITH") {
        *words = words.get(1..).unwrap_or_default();
    }
    ALLOWED.contains(name)
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let there = words.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
    if there {
        *words = words.get(1..).unwrap_or_default();
    }
    there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        for good in
            ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-2.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(suits(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND AGPL-3.0", "", "none named", "(MIT", "OR MIT"] {
            assert!(!suits(bad), "{bad}");
        }
    }
}
