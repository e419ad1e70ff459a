//! What the person at the terminal sees while something takes its time.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(20);

/// One step with a name; says its progress now and then and its time at the end.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    began: Instant,
    said: Instant,
    live: bool,
}

impl Step {
    /// Begins a step.
    pub(crate) fn begin(name: &str) -> Self {
        let now = Instant::now();
        let live = std::io::stderr().is_terminal();
        if live {
            eprint!("\r  {name:<34} …");
        }
        let _ = std::io::stderr().flush();
        Self { name: name.to_owned(), began: now, said: now, live }
    }

    /// Says how far it is: in place on a terminal, else a line every 20 s.
    pub(crate) fn progress(&mut self, detail: &str) {
        let wait = if self.live { Duration::from_millis(200) } else { QUIET };
        if self.said.elapsed() < wait {
            return;
        }
        self.said = Instant::now();
        let line = format!("  {:<34} {:>7}  {detail}", self.name, elapsed(self.began));
        if self.live { eprint!("\r{line:<78.78}") } else { eprintln!("{line}") }
    }

    /// Ends it.
    pub(crate) fn done(self, note: &str) {
        let line = format!("  {:<34} {:>7}  {note}", self.name, elapsed(self.began));
        if self.live { eprintln!("\r{line:<78}") } else { eprintln!("{line}") }
    }
}

/// Minutes and seconds since `began`.
pub(crate) fn elapsed(began: Instant) -> String {
    let seconds = began.elapsed().as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
