//! System packages: what is needed, what is missing, and installing it on Debian and Ubuntu.

use crate::say::Step;
use crate::shell;
use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;
use xtask::trouble::{Outcome, Trouble};

/// Needed to build.
pub(crate) const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "cmake",
    "nasm",
    "clang",
    "libclang-dev",
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "libssl-dev",
    "libvpx-dev",
    "libasound2-dev",
    "libdbus-1-dev",
    "libpipewire-0.3-dev",
    "libxcb1-dev",
    "libxcb-randr0-dev",
    "libxcb-shm0-dev",
    "libpulse-dev",
];

/// Needed in the window: drawing, letters, the pupils' voices.
pub(crate) const RUN: &[&str] = &["libgl1-mesa-dri", "libegl1", "fonts-dejavu-core", "libasound2-plugins", "espeak-ng"];

/// Needed to run where there is no screen and no sound card.
pub(crate) const HEADLESS: &[&str] =
    &["xvfb", "xauth", "x11-utils", "dbus", "pulseaudio", "pulseaudio-utils", "imagemagick"];

/// Needed by the end-to-end tests.
pub(crate) const TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xdotool",
    "sox",
    "chromium",
    "tesseract-ocr",
    "ffmpeg",
    "python3-venv",
    "locales",
    "coturn",
    "openssl",
];

/// Needed to type-check C parts for Windows.
pub(crate) const WINDOWS: &[&str] = &["gcc-mingw-w64-x86-64-posix", "g++-mingw-w64-x86-64-posix"];

/// What kind of system this is, as far as installing goes.
fn has_apt() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .any(|value| value.trim_matches('"').split(' ').any(|id| id == "debian" || id == "ubuntu"))
}

/// Whether the packages of `lists` can be installed by [`ensure`] here.
pub(crate) fn can_install() -> bool {
    has_apt()
}

/// Those of `lists` that are not installed.
pub(crate) fn missing(lists: &[&[&'static str]]) -> Vec<&'static str> {
    let wanted: Vec<&str> = lists.concat();
    let status =
        Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).args(&wanted).output();
    let installed = status.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    wanted.into_iter().filter(|name| !installed.lines().any(|line| line == format!("{name} installed"))).collect()
}

/// Makes sure that the packages of `lists` are there.
///
/// # Errors
/// Not Debian or Ubuntu and the tools are not there; the person said no; no right to install; no network.
pub(crate) fn ensure(lists: &[&[&'static str]]) -> Outcome<()> {
    if !has_apt() {
        return foreign(&lists.concat());
    }
    let missing = missing(lists);
    if missing.is_empty() {
        return Ok(());
    }
    let root = shell::ask(Command::new("id").arg("-u")).as_deref() == Some("0");
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", missing.join(" "));
    if std::io::stdin().is_terminal() && std::env::var_os("CI").is_none() && !root && !agreed(&missing) {
        return Err(Trouble::new(format!("nothing was installed; when you are ready: {by_hand}")));
    }
    let mut step = Step::begin("system packages");
    let apt = |name: &str, args: &[&str], step: &mut Step| {
        let mut command = if root { Command::new("env") } else { Command::new("sudo") };
        if !root {
            command.args(if std::io::stdin().is_terminal() { &["env"][..] } else { &["-n", "env"][..] });
        }
        command.arg("DEBIAN_FRONTEND=noninteractive").args(args);
        shell::run(name, &mut command, |line| step.progress(line))
    };
    apt("apt-update", &["apt-get", "update"], &mut step)?;
    let install: Vec<&str> =
        ["apt-get", "install", "-y", "--no-install-recommends"].into_iter().chain(missing.iter().copied()).collect();
    let mut ran = apt("apt-install", &install, &mut step)?;
    if !ran.ok {
        // An installation was seen to break midway and to mend like this.
        apt("apt-mend", &["dpkg", "--configure", "-a"], &mut step)?;
        apt("apt-mend-2", &["apt-get", "-f", "install", "-y"], &mut step)?;
        ran = apt("apt-install-2", &install, &mut step)?;
    }
    ran.or(&format!("apt-get could not install what is missing; try it by hand: {by_hand}"))?;
    step.done(&format!("{} installed", missing.len()));
    Ok(())
}

/// Another system: go on when the tools are there under whatever package names, else say what is needed.
fn foreign(wanted: &[&str]) -> Outcome<()> {
    let libraries = ["webkit2gtk-4.1", "gtk+-3.0", "vpx", "alsa", "dbus-1", "libpipewire-0.3", "libpulse"];
    let there = cfg!(target_os = "linux")
        && Command::new("pkg-config").arg("--exists").args(libraries).status().is_ok_and(|status| status.success())
        && !wanted.contains(&"chromium");
    if there {
        return Ok(());
    }
    Err(Trouble::unsupported(format!(
        "this command installs packages on Debian and Ubuntu only; here, install what these are called on your system and run it again:\n{}",
        wanted.join(" ")
    )))
}

fn agreed(missing: &[&str]) -> bool {
    eprint!("These packages are missing:\n  {}\nInstall them with sudo apt-get? [Y/n] ", missing.join(" "));
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).is_ok_and(|count| count > 0)
        && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "o" | "oui")
}
