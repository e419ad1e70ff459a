//! What went wrong, as one sentence that says what to do.

use std::fmt;
use std::path::Path;

/// One sentence for the person at the terminal, and the exit code that goes with it.
#[derive(Debug)]
pub struct Trouble {
    sentence: String,
    code: u8,
}

/// Result of a developer command.
pub type Outcome<T> = Result<T, Trouble>;

impl Trouble {
    /// Something the person can mend: exit code 1.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// This system cannot do it by itself: exit code 2.
    pub fn unsupported(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// A file that cannot be read or written.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!(
            "cannot {what} {}: {error}; check that you own the folder and that the disk is not full",
            path.display()
        ))
    }

    /// A program that is not there.
    pub fn missing(program: &str, remedy: &str) -> Self {
        Self::new(format!("{program} is not on this machine: {remedy}"))
    }

    /// Exit code of the process.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Trouble {}
