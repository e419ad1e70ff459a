//! Where things are, and waiting for them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use xtask::trouble::{Outcome, Trouble};

/// Top of the checkout.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A file that stays after the test to be looked at; its folder is made.
///
/// # Errors
/// The folder cannot be made.
pub fn artefact(name: &str) -> Outcome<PathBuf> {
    let base = std::env::var_os("PREAU_ARTEFACTS").map_or_else(|| root().join("artefacts"), PathBuf::from);
    let file = base.join(name);
    let folder = file.parent().unwrap_or(&base);
    std::fs::create_dir_all(folder).map_err(|error| Trouble::file("create", folder, &error))?;
    Ok(file)
}

/// The window's program: told by `cargo xtask test`, else beside this test.
///
/// # Errors
/// It was not built.
pub fn window_program() -> Outcome<PathBuf> {
    program("preau", "PREAU_BIN")
}

/// A program of this workspace by name, beside the one that runs.
///
/// # Errors
/// It was not built.
pub fn program(name: &str, variable: &str) -> Outcome<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let me = std::env::current_exe().map_err(|error| Trouble::new(format!("this test cannot find itself: {error}")))?;
    me.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file()).ok_or_else(|| {
        Trouble::new(format!("`{name}` is not built: use `cargo xtask test`, or `cargo build --workspace` first"))
    })
}

/// Asks `look` every 30 ms until it has an answer.
///
/// # Errors
/// It had none within `limit`; `what` completes “waited for …”.
pub async fn eventually<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Outcome<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        if Instant::now() >= end {
            return Err(Trouble::new(format!("waited {} s for {what}", limit.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
