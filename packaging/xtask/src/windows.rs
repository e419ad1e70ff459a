//! Type-checking for Windows on Debian, with Debian's own newer compiler that carries the standard library's source.
//!
//! The packages clash with rustup when installed, so they are unpacked beside. Nothing is linked or run.

use crate::say::Step;
use crate::{packages, shell, ui};
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::trouble::{Outcome, Trouble};

const TARGET: &str = "x86_64-pc-windows-gnu";
const PREFIX: &str = "x86_64-w64-mingw32";
const PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "libstd-rust-web-1.96",
    "libstd-rust-web-dev",
    "libllvm22",
    "libgit2-1.5",
    "libhttp-parser2.9",
    "libmbedcrypto7",
    "libmbedtls14",
    "libmbedx509-1",
];

/// What the check came to.
#[derive(Debug)]
pub(crate) enum Checked {
    /// It compiles; so many crates of ours.
    Good(u32),
    /// It could not be done here, with the reason.
    Skipped(String),
}

/// The command: a check that cannot be done is a trouble here.
///
/// # Errors
/// It does not compile for Windows, or cannot be checked here.
pub(crate) fn command() -> Outcome<()> {
    match check()? {
        Checked::Good(crates) => {
            println!("{crates} crates compile for Windows");
            Ok(())
        }
        Checked::Skipped(why) => Err(Trouble::unsupported(why)),
    }
}

/// Checks the whole workspace.
///
/// # Errors
/// It does not compile for Windows.
pub(crate) fn check() -> Outcome<Checked> {
    let tools = match tools() {
        Ok(tools) => tools,
        Err(trouble) => return Ok(Checked::Skipped(trouble.to_string())),
    };
    ui::build()?;
    let mut step = Step::begin("checking for Windows");
    let mut command = Command::new(tools.join("usr/bin/cargo"));
    command
        .args(["check", "-Zbuild-std", "--target", TARGET, "--workspace", "--all-targets"])
        .current_dir(shell::root())
        .envs(environment(&tools)?)
        .env_remove("CARGO_RESOLVER_FEATURE_UNIFICATION")
        .env_remove("CARGO_UNSTABLE_FEATURE_UNIFICATION");
    shell::run("check-windows", &mut command, |line| step.progress(line.trim()))?
        .or("it does not compile for Windows: the message above says where")?;
    step.done("");
    let members = u32::try_from(members()?).unwrap_or(u32::MAX);
    Ok(Checked::Good(members))
}

/// The folder with the unpacked compiler, made when missing.
fn tools() -> Outcome<PathBuf> {
    let cannot =
        |why: &str| Trouble::new(format!("the Windows check needs Debian 12's rustc-web packages and mingw ({why})"));
    if !packages::can_install() {
        return Err(cannot("this is not Debian"));
    }
    let folder = shell::cache()?.join("windows");
    let root = folder.join("root");
    let stamp = folder.join("unpacked");
    if !stamp.exists() {
        let debs = folder.join("debs");
        std::fs::create_dir_all(&debs).map_err(|error| Trouble::file("create", &debs, &error))?;
        let mut step = Step::begin("compiler for the Windows check");
        let mut download = Command::new("apt-get");
        download.arg("download").args(PACKAGES).current_dir(&debs);
        if !shell::run("windows-download", &mut download, |line| step.progress(line))?.ok {
            return Err(cannot("this machine's sources do not offer them"));
        }
        let found = std::fs::read_dir(&debs).map_err(|error| Trouble::file("read", &debs, &error))?;
        for deb in found.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "deb"))
        {
            let done = Command::new("dpkg").arg("-x").arg(&deb).arg(&root).status();
            if !done.is_ok_and(|status| status.success()) {
                return Err(cannot("dpkg could not unpack them"));
            }
        }
        std::fs::write(&stamp, "").map_err(|error| Trouble::file("write", &stamp, &error))?;
        step.done("");
    }
    packages::ensure(&[packages::WINDOWS]).map_err(|trouble| cannot(&trouble.to_string()))?;
    Ok(root)
}

fn environment(tools: &Path) -> Outcome<Vec<(String, String)>> {
    let under = TARGET.replace('-', "_");
    let pair = |name: &str, value: String| (name.to_owned(), value);
    Ok(vec![
        pair("RUSTC", tools.join("usr/bin/rustc").display().to_string()),
        pair("LD_LIBRARY_PATH", tools.join("usr/lib/x86_64-linux-gnu").display().to_string()),
        pair("RUSTC_BOOTSTRAP", "1".into()),
        pair("CARGO_TARGET_DIR", shell::cache()?.join("windows/target").display().to_string()),
        // libvpx for Windows comes with the package of the application; its interface is that of the headers here.
        pair("VPX_LIB_DIR", tools.display().to_string()),
        pair("VPX_INCLUDE_DIR", headers(tools)?.display().to_string()),
        pair("VPX_VERSION", vpx_version()?),
        pair(&format!("CC_{under}"), format!("{PREFIX}-gcc-posix")),
        pair(&format!("CXX_{under}"), format!("{PREFIX}-g++-posix")),
        pair(&format!("AR_{under}"), format!("{PREFIX}-ar")),
        pair(&format!("CARGO_TARGET_{}_LINKER", under.to_uppercase()), format!("{PREFIX}-gcc-posix")),
    ])
}

/// A folder with libvpx's headers and no others: those of Linux must not be seen beside mingw's.
fn headers(tools: &Path) -> Outcome<PathBuf> {
    let folder = tools.join("include");
    let inner = folder.join("vpx");
    std::fs::create_dir_all(&inner).map_err(|error| Trouble::file("create", &inner, &error))?;
    let from = Path::new("/usr/include/vpx");
    for entry in std::fs::read_dir(from).map_err(|error| Trouble::file("read", from, &error))?.flatten() {
        let to = inner.join(entry.file_name());
        std::fs::copy(entry.path(), &to).map_err(|error| Trouble::file("write", &to, &error))?;
    }
    Ok(folder)
}

fn vpx_version() -> Outcome<String> {
    shell::ask(Command::new("pkg-config").args(["--modversion", "vpx"]))
        .ok_or_else(|| Trouble::missing("libvpx-dev", "`cargo xtask run` installs it"))
}

fn members() -> Outcome<usize> {
    shell::ask(shell::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))
        .and_then(|json| serde_json::from_str::<serde_json::Value>(&json).ok())
        .and_then(|metadata| metadata["packages"].as_array().map(Vec::len))
        .ok_or_else(|| Trouble::new("cargo metadata gave nothing: run it by hand to see why"))
}
