//! `cargo xtask run`: from a fresh clone to the window inside the practice class.

use crate::say::{self, Step};
use crate::{RunArgs, build, packages, shell, ui};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use xtask::desk::Desk;
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};
use xtask::wait;

/// The window's title begins so.
const TITLE: &str = "Préau";
const APPEARS: Duration = Duration::from_secs(60);

/// Installs, builds, opens the window, and waits for its end.
///
/// # Errors
/// Something is missing, does not build, or the window ended by itself with a failure.
pub(crate) fn run(args: &RunArgs) -> Outcome<()> {
    let began = Instant::now();
    let headless = args.headless || !has_display();
    let mut lists = vec![packages::BUILD, packages::RUN];
    if headless || args.shot.is_some() {
        lists.push(packages::HEADLESS);
    }
    packages::ensure(&lists)?;
    ui::build()?;
    let built = build::build("application", "build-preau", &["--package", "preau"])?;
    let window = build::find(&built, "preau", "preau", false)?;
    let desk = if headless { Some(Desk::start()?) } else { None };
    let mut command = Command::new(&window.path);
    command.args(arguments(args, headless)).current_dir(shell::root()).stdin(Stdio::null());
    if let Some(desk) = &desk {
        desk.seat(&mut command);
    }
    let mut process = Process::start(TITLE, &mut command)?;
    match &desk {
        Some(desk) => appear(&mut process, desk)?,
        None => eprintln!("  the window opens ({} since the start); close it to end", say::elapsed(began)),
    }
    stay(&mut process, args.seconds)?;
    if let (Some(file), Some(desk)) = (&args.shot, &desk) {
        desk.display.shot(file)?;
        eprintln!("  picture in {}", file.display());
    } else if let Some(file) = &args.shot {
        shot_of_screen(file)?;
    }
    Ok(())
}

fn arguments(args: &RunArgs, headless: bool) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    if let Some(url) = &args.join {
        list.extend(["--join".into(), url.clone()]);
    } else if !args.home {
        list.push("--practice".into());
    }
    if headless && !has_camera() {
        list.extend(["--camera".into(), "synthetic:face".into()]);
    }
    list
}

/// Waits until the window is on the display.
fn appear(process: &mut Process, desk: &Desk) -> Outcome<()> {
    let step = Step::begin("window");
    let limit = APPEARS;
    let outcome = wait::until(limit, || match process.ended() {
        Some(status) => {
            Some(Err(Trouble::new(format!("the window ended before it was seen ({status}): its messages are above"))))
        }
        None => desk.display.shows(TITLE).then_some(Ok(())),
    });
    outcome.unwrap_or_else(|| {
        Err(Trouble::new(format!("no window within {} s: its messages are above", limit.as_secs())))
    })?;
    step.done("");
    Ok(())
}

/// Until the time is over, or without one until the person closes the window.
fn stay(process: &mut Process, seconds: Option<u64>) -> Outcome<()> {
    let Some(seconds) = seconds else {
        let status = process
            .child()
            .wait()
            .map_err(|error| Trouble::new(format!("the window was lost: {error}; run it again")))?;
        return if status.success() {
            Ok(())
        } else {
            Err(Trouble::new(format!("the window failed ({status}): its messages are above")))
        };
    };
    if wait::during(Duration::from_secs(seconds), || process.ended().is_none()) {
        Ok(())
    } else {
        Err(Trouble::new(format!("the window ended before {seconds} s were over: its messages are above")))
    }
}

/// A picture of the person's own screen.
fn shot_of_screen(file: &Path) -> Outcome<()> {
    let done = Command::new("import").args(["-window", "root"]).arg(file).status();
    if done.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(Trouble::new("no picture could be taken of this screen: use --headless with --shot"))
    }
}

fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn has_camera() -> bool {
    std::fs::read_dir("/dev")
        .is_ok_and(|entries| entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with("video")))
}
