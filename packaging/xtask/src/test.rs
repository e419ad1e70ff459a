//! `cargo xtask test`: every part, one after the other, so that nothing fights for the cores.

use crate::build::{self, Executable};
use crate::say::{self, Step};
use crate::windows::{self, Checked};
use crate::{layers, licences, packages, shell, types, ui, words};
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};
use xtask::desk::Folder;
use xtask::trouble::{Outcome, Trouble};

/// Longest time one test program may take.
const LIMIT: Duration = Duration::from_secs(600);

/// The parts in their order, each with what it shows.
const PARTS: &[(&str, &str)] = &[
    ("ui", "the window's pages: types, style, unit tests, build"),
    ("lint", "formatting and clippy"),
    ("docs", "documentation without a warning"),
    ("rust", "unit and integration tests of every crate"),
    ("types", "generated TypeScript types are up to date"),
    ("layers", "imports go downward only"),
    ("licences", "every dependency's licence suits"),
    ("windows", "the workspace compiles for Windows"),
    ("spoken", "a sentence spoken at one client is heard at another"),
    ("face", "a face before one camera is seen at another client"),
    ("lesson", "a page on a shared screen can be read"),
    ("browser", "a real browser sees and hears the client, and the other way round"),
    ("window-fr", "a newcomer's path through the real window, in French"),
    ("window-en", "the same in English"),
    ("legs", "single legs: certificates in any hash, a narrow way up"),
    ("relay", "media through a real relay over UDP, TCP and TLS"),
    ("echo", "a class does not hear itself through somebody's speaker"),
    ("hostile", "hostile messages, links and files"),
];

/// What a part came to.
#[derive(Debug, Default, Clone)]
struct Count {
    passed: u32,
    failed: u32,
    note: String,
}

/// Runs all parts, or the one named.
///
/// # Errors
/// A part failed, or there is none of that name.
pub(crate) fn run(only: Option<&str>) -> Outcome<()> {
    let names: Vec<&str> =
        PARTS.iter().map(|(name, _)| *name).filter(|name| only.is_none_or(|only| only == *name)).collect();
    if names.is_empty() {
        let all: Vec<String> = PARTS.iter().map(|(name, what)| format!("  {name:<10} {what}")).collect();
        return Err(Trouble::new(format!("there is no such part; these there are:\n{}", all.join("\n"))));
    }
    let began = Instant::now();
    packages::ensure(&[packages::BUILD, packages::RUN, packages::HEADLESS, packages::TEST])?;
    let mut bench = Workbench::default();
    let mut counts = Vec::new();
    for name in names {
        eprintln!("{name} ({} since the start)", say::elapsed(began));
        let count = bench.part(name).unwrap_or_else(|trouble| {
            eprintln!("{trouble}");
            Count { passed: 0, failed: 1, note: String::new() }
        });
        counts.push((name, count));
    }
    if report(&counts, began) == 0 {
        Ok(())
    } else {
        Err(Trouble::new("not everything passed: the reasons stand above, logs and pictures are in artefacts/"))
    }
}

fn report(counts: &[(&str, Count)], began: Instant) -> u32 {
    eprintln!("all parts done ({})", say::elapsed(began));
    let (mut passed, mut failed) = (0, 0);
    for (name, count) in counts {
        passed += count.passed;
        failed += count.failed;
        let bad = if count.failed > 0 { format!(", {} failed", count.failed) } else { String::new() };
        let note = if count.note.is_empty() { String::new() } else { format!("  ({})", count.note) };
        println!("{name:<10} {:>5} passed{bad}{note}", count.passed);
    }
    println!("{passed} passed, {failed} failed");
    failed
}

/// What several parts share: the built workspace.
#[derive(Default)]
struct Workbench {
    built: Option<Vec<Executable>>,
}

impl Workbench {
    fn part(&mut self, name: &str) -> Outcome<Count> {
        match name {
            "ui" => ui_part(),
            "lint" => lint(),
            "docs" => docs(),
            "rust" => self.rust(),
            "types" => types::from(self.built()?, true).map(passed),
            "layers" => layers::check().map(passed),
            "licences" => licences::check().map(passed),
            "windows" => match windows::check()? {
                Checked::Good(crates) => Ok(passed(crates)),
                Checked::Skipped(why) => Ok(Count { note: format!("skipped: {why}"), ..Count::default() }),
            },
            "window-fr" => self.whole_call("window", "french"),
            "window-en" => self.whole_call("window", "english"),
            other => self.whole_call(other, ""),
        }
    }

    fn built(&mut self) -> Outcome<&[Executable]> {
        if self.built.is_none() {
            ui::build()?;
            self.built = Some(build::build("workspace", "build", &["--workspace", "--all-targets"])?);
        }
        Ok(self.built.as_deref().unwrap_or_default())
    }

    fn rust(&mut self) -> Outcome<Count> {
        let types = Folder::new()?;
        let mut total = Count::default();
        let built = self.built()?;
        for test in built.iter().filter(|e| e.test && !(e.package == "e2e" && e.target != "e2e")) {
            let mut command = Command::new(&test.path);
            command.current_dir(&test.folder).env("TS_RS_EXPORT_DIR", types.path());
            total.add(&libtest(&format!("rust-{}-{}", test.package, test.target), &mut command)?);
        }
        Ok(total)
    }

    fn whole_call(&mut self, target: &str, filter: &str) -> Outcome<Count> {
        let words = words::python()?;
        ui::packages()?;
        let built = self.built()?;
        let test = build::find(built, "e2e", target, true)?.clone();
        let mut command = Command::new(&test.path);
        command
            .args(filter.split_whitespace())
            .arg("--test-threads=1")
            .current_dir(&test.folder)
            .env("PREAU_BIN", &build::find(built, "preau", "preau", false)?.path)
            .env("PREAU_WORDS", words)
            .env("PREAU_ARTEFACTS", shell::artefacts());
        libtest(&format!("e2e-{target}{filter}"), &mut command)
    }
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

fn passed(count: u32) -> Count {
    Count { passed: count, ..Count::default() }
}

/// Runs a test program and reads its counts; what failed is shown.
fn libtest(name: &str, command: &mut Command) -> Outcome<Count> {
    let mut step = Step::begin(name);
    let ran = shell::run_within(LIMIT, name, command, |line| step.progress(line))?;
    let mut count = Count::default();
    for line in ran.out.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        count.passed += before(line, " passed");
        count.failed += before(line, " failed");
    }
    if !ran.ok && count.failed == 0 {
        // It ended without a result: a crash, or the time was over.
        count.failed = 1;
    }
    if !ran.ok {
        eprintln!("{}\n{}", failures(&ran.out), ran.tail(15));
    }
    step.done(&format!("{} passed, {} failed", count.passed, count.failed));
    Ok(count)
}

fn before(line: &str, mark: &str) -> u32 {
    line.split(mark).next().and_then(|head| head.rsplit(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn failures(out: &str) -> &str {
    out.find("\nfailures:\n").and_then(|at| out.get(at..)).unwrap_or_default()
}

fn ui_part() -> Outcome<Count> {
    ui::packages()?;
    let mut count = Count::default();
    let mut step = Step::begin("ui-check");
    let ran = shell::run("ui-check", &mut ui::npm(&["run", "check"]), |line| step.progress(line))?;
    step.done("");
    if ran.ok {
        count.passed += 1;
    } else {
        count.failed += 1;
        eprintln!("{}\n{}", ran.out, ran.err);
    }
    let report = shell::artefacts().join("logs/vitest.json");
    let out = format!("--outputFile={}", report.display());
    let step = Step::begin("ui-vitest");
    let ran = shell::run_within(
        LIMIT,
        "ui-vitest",
        &mut ui::npm(&["exec", "--", "vitest", "run", "--reporter=default", "--reporter=json", &out]),
        |_| (),
    )?;
    let json: Value =
        std::fs::read_to_string(&report).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let number = |key: &str| json[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    count.passed += number("numPassedTests");
    count.failed += number("numFailedTests") + u32::from(!ran.ok && number("numFailedTests") == 0);
    if !ran.ok {
        eprintln!("{}\n{}", ran.out, ran.err);
    }
    step.done("");
    ui::build()?;
    count.passed += 1;
    Ok(count)
}

fn lint() -> Outcome<Count> {
    ui::build()?;
    let mut count = Count::default();
    let parts: [(&str, &[&str]); 2] = [
        ("fmt", &["fmt", "--all", "--check"]),
        ("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ];
    for (name, args) in parts {
        let mut step = Step::begin(name);
        let ran = shell::run(name, shell::cargo().args(args), |line| step.progress(line))?;
        step.done("");
        if ran.ok {
            count.passed += 1;
        } else {
            count.failed += 1;
            eprintln!("{}", ran.tail(80));
        }
    }
    Ok(count)
}

fn docs() -> Outcome<Count> {
    ui::build()?;
    let mut step = Step::begin("rustdoc");
    let mut command = shell::cargo();
    command.args(["doc", "--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    let ran = shell::run("rustdoc", &mut command, |line| step.progress(line))?;
    let documented = ran.err.lines().filter(|line| line.contains("Documenting ")).count();
    ran.or("the documentation has warnings: the message above says where")?;
    step.done("");
    Ok(passed(u32::try_from(documented).unwrap_or(0).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_result_line() {
        let line = "ok. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!((before(line, " passed"), before(line, " failed")), (12, 3));
    }
}
