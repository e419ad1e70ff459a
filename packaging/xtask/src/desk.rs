//! A desk without furniture: a display, a sound server and a message bus of our own, for a window on a machine that has
//! none, and so that tests never touch those of the person.

use crate::process::Process;
use crate::trouble::{Outcome, Trouble};
use crate::wait;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const READY: Duration = Duration::from_secs(20);
const INSTALL: &str = "`cargo xtask run --headless` installs it";

/// The screen of a school PC.
pub const SCREEN: (u32, u32) = (1366, 768);

/// A private folder, gone with its value.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one, readable by nobody else.
    ///
    /// # Errors
    /// The temporary folder cannot be written.
    pub fn new() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("preau-{}-{number}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| Trouble::file("create", &path, &error))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An X server without a screen.
#[derive(Debug)]
pub struct Display {
    _server: Process,
    name: String,
}

impl Display {
    /// Starts Xvfb on the first free display.
    ///
    /// # Errors
    /// Xvfb is missing or does not come up.
    pub fn start(width: u32, height: u32) -> Outcome<Self> {
        let mut command = Command::new("Xvfb");
        command
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Process::start("Xvfb", &mut command)?;
        let number = first_line(&mut server).ok_or_else(|| {
            Trouble::new(format!("Xvfb gave no display: check that /tmp/.X11-unix can be written; {INSTALL}"))
        })?;
        Ok(Self { _server: server, name: format!(":{number}") })
    }

    /// Its name, for `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Saves what it shows as a PNG.
    ///
    /// # Errors
    /// ImageMagick is missing or the file cannot be written.
    pub fn shot(&self, file: &Path) -> Outcome<()> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| Trouble::file("create", folder, &error))?;
        }
        let done = Command::new("import")
            .args(["-display", &self.name, "-window", "root"])
            .arg(file)
            .stderr(Stdio::null())
            .status()
            .map_err(|_| Trouble::missing("import (ImageMagick)", INSTALL))?;
        if done.success() {
            Ok(())
        } else {
            Err(Trouble::new(format!("no picture could be written to {}", file.display())))
        }
    }

    /// Whether a mapped window with `title` in its name is on it.
    pub fn shows(&self, title: &str) -> bool {
        Command::new("xwininfo")
            .args(["-display", &self.name, "-root", "-tree"])
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|out| {
                String::from_utf8_lossy(&out.stdout).lines().any(|line| {
                    line.contains(&format!("\"{title}")) && !line.contains(" 10x10+") && !line.contains(" 1x1+")
                })
            })
    }
}

/// A sound server with a speaker nobody hears and a microphone that hears what is played into `micfeed`.
#[derive(Debug)]
pub struct Sound {
    server: Process,
    address: String,
}

impl Sound {
    /// Starts PulseAudio with its socket in `folder`.
    ///
    /// # Errors
    /// PulseAudio is missing or does not come up.
    pub fn start(folder: &Path) -> Outcome<Self> {
        let socket = folder.join("pulse");
        let script = folder.join("pulse.pa");
        let lines = format!(
            "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             load-module module-null-sink sink_name=speaker rate=48000 channels=2 sink_properties=device.description=Speaker\n\
             load-module module-null-sink sink_name=micfeed rate=48000 channels=1 sink_properties=device.description=Feed\n\
             load-module module-remap-source source_name=mic master=micfeed.monitor source_properties=device.description=Microphone\n\
             set-default-sink speaker\nset-default-source mic\n",
            socket.display()
        );
        std::fs::write(&script, lines).map_err(|error| Trouble::file("write", &script, &error))?;
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "-F"])
            .arg(&script)
            .args([
                "--exit-idle-time=-1",
                "--daemonize=no",
                "--disallow-exit",
                "--use-pid-file=no",
                "--disable-shm=yes",
            ])
            .env("XDG_RUNTIME_DIR", folder)
            .env("PULSE_RUNTIME_PATH", folder.join("pulse-state"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Process::start("pulseaudio", &mut command)?;
        let mut sound = Self { server, address: format!("unix:{}", socket.display()) };
        let limit = READY;
        wait::until(limit, || (sound.server.ended().is_some() || sound.answers()).then_some(()));
        if sound.answers() {
            Ok(sound)
        } else {
            Err(Trouble::new(format!(
                "the private sound server did not start: check that pulseaudio runs here; {INSTALL}"
            )))
        }
    }

    /// Its address, for `PULSE_SERVER`.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn answers(&self) -> bool {
        Command::new("pactl")
            .args(["list", "short", "sources"])
            .env("PULSE_SERVER", &self.address)
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|out| {
                String::from_utf8_lossy(&out.stdout).lines().any(|line| line.split('\t').nth(1) == Some("mic"))
            })
    }
}

/// Display, sound and bus together, with the environment that leads a program to them.
#[derive(Debug)]
pub struct Desk {
    /// What is seen.
    pub display: Display,
    /// What is heard.
    pub sound: Sound,
    bus: Bus,
    folder: Folder,
}

impl Desk {
    /// Sets one up with a school PC's screen.
    ///
    /// # Errors
    /// One of the three does not start.
    pub fn start() -> Outcome<Self> {
        let folder = Folder::new()?;
        let display = Display::start(SCREEN.0, SCREEN.1)?;
        let sound = Sound::start(folder.path())?;
        let bus = Bus::start()?;
        Ok(Self { display, sound, bus, folder })
    }

    /// Its private folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leads `command` here and to nothing of the person's.
    pub fn seat(&self, command: &mut Command) {
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command.env_remove("WAYLAND_DISPLAY").env_remove("XAUTHORITY");
    }

    /// The variables that lead here.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("DISPLAY", self.display.name().into()),
            ("GDK_BACKEND", "x11".into()),
            ("XDG_SESSION_TYPE", "x11".into()),
            ("PULSE_SERVER", self.sound.address().into()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.address.clone().into()),
            ("XDG_RUNTIME_DIR", self.folder.path().into()),
        ]
    }
}

/// A session bus.
#[derive(Debug)]
struct Bus {
    _daemon: Process,
    address: String,
}

impl Bus {
    fn start() -> Outcome<Self> {
        let mut command = Command::new("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut daemon = Process::start("dbus-daemon", &mut command)?;
        let address = first_line(&mut daemon).ok_or_else(|| {
            Trouble::new(format!("the private message bus did not start: check that dbus is installed; {INSTALL}"))
        })?;
        Ok(Self { _daemon: daemon, address })
    }
}

/// The first line a program prints, or `None` when it ends without one.
fn first_line(process: &mut Process) -> Option<String> {
    let out = process.child().stdout.take()?;
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(out);
        let mut line = String::new();
        if reader.read_line(&mut line).is_ok() && !line.trim().is_empty() {
            let _ = send.send(line.trim().to_owned());
        }
        // Keep reading, so that a chatty program never blocks on a full pipe.
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    receive.recv_timeout(READY).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_goes() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }
}
