//! Child processes that end with their owner.
//!
//! Each child leads a process group. A small shell process holds the reading end of a pipe of ours: when we go away, in
//! whatever manner, the pipe closes and the shell ends the group. Nothing is left behind by Ctrl-C or a crash.

use crate::trouble::{Outcome, Trouble};
use crate::wait;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

const GRACE: Duration = Duration::from_secs(3);

/// A running process and everything it started in its group; dropping it ends them.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    keeper: Option<Child>,
}

impl Process {
    /// Starts `command` as the leader of its own group.
    ///
    /// # Errors
    /// The program is missing or cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Outcome<Self> {
        let child = lead_group(command).spawn().map_err(|error| cannot_start(name, &error))?;
        let keeper = keep(child.id());
        Ok(Self { name: name.to_owned(), child, keeper })
    }

    /// The process id, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its exit status if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It did not end within `limit`; it is ended then.
    pub fn finish(mut self, limit: Duration) -> Outcome<ExitStatus> {
        wait::until(limit, || self.ended()).ok_or_else(|| {
            Trouble::new(format!("{} did not end within {} s; it was stopped", self.name, limit.as_secs()))
        })
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The leader may be gone while others of its group still run: always signal, it costs nothing.
        self.signal("-TERM");
        if wait::until(GRACE, || self.ended()).is_none() {
            let _ = self.child.kill();
        }
        self.signal("-KILL");
        let _ = self.child.wait();
        if let Some(keeper) = &mut self.keeper {
            let _ = keeper.kill();
            let _ = keeper.wait();
        }
    }
}

/// The shell that outlives us by one second to end group `leader`.
fn keep(leader: u32) -> Option<Child> {
    let script = format!(
        "trap '' INT TERM HUP; cat >/dev/null; kill -TERM -- -{leader} 2>/dev/null; sleep 1; kill -KILL -- -{leader} 2>/dev/null"
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    lead_group(&mut shell).spawn().ok()
}

/// Groups exist on Unix; elsewhere the developer commands that start processes say that they cannot.
fn lead_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

fn cannot_start(name: &str, error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::NotFound {
        Trouble::missing(name, "install it, or let `cargo xtask run` install what is missing")
    } else {
        Trouble::new(format!("{name} could not be started: {error}"))
    }
}

/// Whether a program of that name is on `PATH`.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn alive(id: u32) -> bool {
        std::path::Path::new(&format!("/proc/{id}/stat")).exists()
            && !std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default().contains(") Z ")
    }

    #[test]
    fn a_grandchild_ends_with_its_owner() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped());
        let mut process = Process::start("sh", &mut command).unwrap();
        let mut line = String::new();
        let out = process.child().stdout.take().unwrap();
        io::BufRead::read_line(&mut io::BufReader::new(out), &mut line).unwrap();
        let grandchild: u32 = line.trim().parse().unwrap();
        assert!(alive(grandchild));
        drop(process);
        assert!(wait::until(Duration::from_secs(2), || (!alive(grandchild)).then_some(())).is_some());
    }

    #[test]
    fn a_missing_program_is_one_sentence() {
        let trouble = Process::start("no-such-program", &mut Command::new("no-such-program")).unwrap_err();
        assert!(trouble.to_string().starts_with("no-such-program is not on this machine"));
    }
}
