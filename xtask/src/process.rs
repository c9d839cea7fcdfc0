//! Runs other programs. A failure names the program, what it was asked, and what to do when it is missing.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

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

/// Says in one line what begins now.
pub fn announce(what: &str) {
    eprintln!("==> {what}");
}

/// Runs a program with its output on the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| explain(command, error))?;
    check(command, status)
}

/// Runs a program whose output nobody wants to read unless it fails, or warns. Then all of it is shown.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let (status, said) = overhear(command)?;
    if is_worth_showing(status, &said) {
        // Where the terminal is gone there is nobody to tell.
        let _ = io::stderr().write_all(&said);
    }
    check(command, status)
}

/// Runs a program and hands back all that it wrote.
fn overhear(command: &mut Command) -> Result<(ExitStatus, Vec<u8>)> {
    let (mut output, input) = io::pipe().context("the system has no pipe to give")?;
    let errors = input.try_clone().context("the system has no pipe to give")?;
    let started = command.stdin(Stdio::null()).stdout(input).stderr(errors).spawn();
    // The command holds its ends of the pipe, which would never close.
    command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let mut child = started.map_err(|error| explain(command, error))?;
    let mut said = Vec::new();
    output
        .read_to_end(&mut said)
        .with_context(|| format!("cannot read what `{}` says", describe(command)))?;
    let status = child.wait().with_context(|| format!("cannot wait for `{}`", describe(command)))?;
    Ok((status, said))
}

/// Of what went well only the warnings of esbuild, which neither worker-build nor its status tells on. What npm and cargo say of
/// other people's packages is not for whoever starts this.
fn is_worth_showing(status: ExitStatus, said: &[u8]) -> bool {
    !status.success() || String::from_utf8_lossy(said).contains("[WARNING]")
}

/// Runs a program with its output on the terminal, and has each line of its standard output read.
pub fn run_and_read(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    let started = command.stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| explain(command, error))?;
    let output = child.stdout.take().context("standard output is piped")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("cannot read what `{}` says", describe(command)))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        read(&line);
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{}`", describe(command)))?;
    check(command, status)
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
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
    run_quietly(command("apt-get").args(["update", "--quiet"]))?;
    run_quietly(
        command("apt-get")
            .args(["install", "--yes", "--no-install-recommends", package])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn a_quiet_run_ends_with_its_program_and_says_which_one_failed() {
        run_quietly(&mut shell("true")).unwrap();
        let failure = run_quietly(&mut shell("echo why >&2; exit 3")).unwrap_err().to_string();
        assert!(failure.contains("sh -c") && failure.contains('3'), "{failure}");
    }

    #[test]
    fn of_a_quiet_run_only_failures_and_the_bundlers_warnings_are_shown() {
        for (script, is_shown) in [
            ("echo Downloaded a lot; echo warning: package a is yanked >&2", false),
            ("echo '▲ [WARNING] Duplicate key' >&2", true),
            ("echo why >&2; exit 3", true),
        ] {
            let (status, said) = overhear(&mut shell(script)).unwrap();
            assert!(!said.is_empty(), "what {script} says is not on the terminal already");
            assert_eq!(is_worth_showing(status, &said), is_shown, "{script}");
        }
    }

    #[test]
    fn each_line_is_read() {
        let mut lines = Vec::new();
        run_and_read(&mut shell("echo one; echo two"), |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two"]);
    }
}
