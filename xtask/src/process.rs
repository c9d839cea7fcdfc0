//! Runs other programs. A failure names the program, what it was asked, and what to do when it is missing.

use std::env;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};
use nix::unistd::Uid;

use crate::repository;

/// A program to be run in the root of the repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository::root());
    command
}

/// The cargo that runs us, so that a toolchain chosen on the command line holds for what we start.
pub fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says what begins now, before its own output streams by.
pub fn announce(what: &str) {
    eprintln!("\n==> {what}");
}

/// Runs a program with its output on the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| explain(command, error))?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a program and hands back what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| explain(command, error))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", describe(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` wrote something that is not text", describe(command)))
}

/// The first of these programs that is on the PATH.
pub fn find_on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

fn explain(command: &Command, error: std::io::Error) -> Error {
    let missing = error.kind() == ErrorKind::NotFound;
    let error = Error::new(error).context(format!("cannot start `{}`", describe(command)));
    if missing {
        error.context(format!(
            "{} is not installed or not on the PATH",
            command.get_program().to_string_lossy()
        ))
    } else {
        error
    }
}

fn describe(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

/// Installs a package, as root on a Debian-like system; elsewhere does nothing. Says whether it did.
pub fn install_debian_package(package: &str) -> Result<bool> {
    if !Uid::effective().is_root() || find_on_path(&["apt-get"]).is_none() {
        return Ok(false);
    }
    announce(&format!("Installing {package} (apt-get)"));
    run(command("apt-get").args(["update", "--quiet"]))?;
    run(command("apt-get")
        .args(["install", "--yes", "--no-install-recommends", package])
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(true)
}
