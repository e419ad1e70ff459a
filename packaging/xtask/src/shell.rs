//! Running other programs: their output in a log file, their failure in one sentence with the lines that matter.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

/// Top of the checkout.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Folder for what tests and builds leave to look at.
pub(crate) fn artefacts() -> PathBuf {
    root().join("artefacts")
}

/// Folder of things worth keeping between checkouts; made when missing.
///
/// # Errors
/// It cannot be written.
pub(crate) fn cache() -> Outcome<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    let folder = base.join("preau");
    std::fs::create_dir_all(&folder).map_err(|error| Trouble::file("create", &folder, &error))?;
    Ok(folder)
}

/// What a program printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit status 0.
    pub(crate) ok: bool,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// Where both are kept.
    pub(crate) log: PathBuf,
}

impl Ran {
    /// Itself, or a trouble that starts with `sentence` and ends with the last lines printed.
    ///
    /// # Errors
    /// The program failed.
    pub(crate) fn or(self, sentence: &str) -> Outcome<Self> {
        if self.ok {
            return Ok(self);
        }
        if let Some(network) = no_network(&self.err).or_else(|| no_network(&self.out)) {
            return Err(Trouble::new(format!(
                "no network ({network}): connect this machine, or set http_proxy and https_proxy, and run the command again"
            )));
        }
        Err(Trouble::new(format!("{}\n{sentence} (all of it: {})", self.tail(25), self.log.display())))
    }

    /// The last lines of both outputs.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let source = if self.err.trim().is_empty() { &self.out } else { &self.err };
        let all: Vec<&str> = source.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs `command` to its end; `each` sees every line as it comes.
///
/// # Errors
/// The program is missing or the log cannot be written. A failure of the program itself is in [`Ran::ok`].
pub(crate) fn run(name: &str, command: &mut Command, each: impl FnMut(&str)) -> Outcome<Ran> {
    run_within(Duration::from_secs(3600), name, command, each)
}

/// As [`run`], but ends the program when it takes longer than `limit`; its output then says so.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_within(
    limit: Duration,
    name: &str,
    command: &mut Command,
    mut each: impl FnMut(&str),
) -> Outcome<Ran> {
    let end = Instant::now() + limit;
    let folder = artefacts().join("logs");
    std::fs::create_dir_all(&folder).map_err(|error| Trouble::file("create", &folder, &error))?;
    let path = folder.join(format!("{name}.log"));
    let mut log = std::fs::File::create(&path).map_err(|error| Trouble::file("write", &path, &error))?;
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::start(&program, command)?;
    let (send, lines) = channel();
    if let Some(out) = process.child().stdout.take() {
        forward(out, true, send.clone());
    }
    if let Some(err) = process.child().stderr.take() {
        forward(err, false, send);
    }
    let (mut out, mut err) = (String::new(), String::new());
    loop {
        let (is_out, line) = match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                drop(process);
                err.push_str(&format!("stopped: it took longer than {} s\n", limit.as_secs()));
                return Ok(Ran { ok: false, out, err, log: path });
            }
        };
        let _ = writeln!(log, "{line}");
        each(&line);
        let kept = if is_out { &mut out } else { &mut err };
        kept.push_str(&line);
        kept.push('\n');
    }
    let status =
        process.child().wait().map_err(|error| Trouble::new(format!("{program} was lost: {error}; run it again")))?;
    Ok(Ran { ok: status.success(), out, err, log: path })
}

/// The standard output of a short command, if it succeeds.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let out = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Cargo, the same that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
    command
}

fn forward(source: impl Read + Send + 'static, is_out: bool, send: Sender<(bool, String)>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(source);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if send.send((is_out, line)).is_err() {
                break;
            }
        }
    });
}

fn no_network(text: &str) -> Option<&'static str> {
    [
        ("Could not resolve host", "names cannot be resolved"),
        ("Temporary failure resolving", "names cannot be resolved"),
        ("EAI_AGAIN", "names cannot be resolved"),
        ("ENOTFOUND", "names cannot be resolved"),
        ("ECONNREFUSED", "the package registry cannot be reached"),
        ("ETIMEDOUT", "the package registry does not answer"),
        ("failed to download from", "the crate registry cannot be reached"),
        ("Unable to fetch some archives", "Debian's mirror cannot be reached"),
        ("Failed to establish a new connection", "the Python registry cannot be reached"),
    ]
    .into_iter()
    .find_map(|(mark, said)| text.contains(mark).then_some(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_network_is_told_from_a_broken_build() {
        assert!(
            no_network("error: failed to download from `https://…`\n Could not resolve host: index.crates.io")
                .is_some()
        );
        assert!(no_network("error[E0308]: mismatched types").is_none());
    }
}
