//! Tools that come as Python packages, each set in a virtual environment of its own: exactly what its requirements file
//! pins, and nothing of the machine's.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files::{Fingerprint, Stamp};
use crate::lock::Lock;
use crate::{process, repository, target};

const NAMES: [&str; 1] = ["python3"];

/// A virtual environment that holds what a requirements file names.
pub struct Environment {
    programs: PathBuf,
}

impl Environment {
    /// Brings what is missing; what is there already stays. Two files may not share a `name`.
    pub fn set_up(name: &str, requirements: &str) -> Result<Self> {
        let requirements = repository::path(requirements);
        let state = target::state()?.join("python");
        fs::create_dir_all(&state).with_context(|| format!("cannot make {}", state.display()))?;
        let _lock = Lock::acquire(&state.join(format!("{name}.lock")))?;
        let folder = state.join(name);
        let environment = Self { programs: folder.join("bin") };

        let python = find()?;
        let mut fingerprint = Fingerprint::new();
        fingerprint.add_path(&requirements)?;
        fingerprint.add(process::output(process::command(&python).arg("--version"))?.as_bytes());
        let stamp = Stamp::new(folder.with_extension("stamp"), fingerprint);
        if !stamp.is_current() || !environment.programs.join("python").is_file() {
            process::announce(&format!("Installing Python packages ({name})"));
            make(&python, &folder)?;
            environment.install(&requirements)?;
            stamp.set()?;
        }
        Ok(environment)
    }

    /// A program that one of the packages brings, or `python` itself.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = process::command(self.programs.join(program.as_ref()));
        // What they write beside their sources would be files in the repository.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn install(&self, requirements: &Path) -> Result<()> {
        process::run(
            self.command("python")
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
                .args(["--require-hashes", "--requirement"])
                .arg(requirements),
        )
    }
}

fn find() -> Result<PathBuf> {
    if let Some(python) = process::find_on_path(&NAMES) {
        return Ok(python);
    }
    if process::install_debian_package("python3")? {
        return process::find_on_path(&NAMES).context("apt-get installed python3, but it is not on the PATH");
    }
    bail!("these tests need Python 3: install it (Debian: `sudo apt-get install python3 python3-venv`)")
}

/// An empty environment. Debian packs what makes one apart from Python.
fn make(python: &Path, folder: &Path) -> Result<()> {
    let mut venv = process::command(python);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    let made = process::run(&mut venv);
    if made.is_err() && process::install_debian_package("python3-venv")? {
        return process::run(&mut venv);
    }
    made.context("Python cannot make a virtual environment (Debian: `sudo apt-get install python3-venv`)")
}
