//! The Rust side's tools: the wasm target, worker-build and the wasm-bindgen CLI, each of the one version that fits
//! `Cargo.lock`. They are kept in the user's cache, so that `cargo clean` and a second clone do not build them again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self as std_process, Command};

use anyhow::{Context, Result, bail};

use crate::{process, repository};

/// The target that a Worker is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// A program that cargo installs.
struct Tool {
    package: &'static str,
    version: &'static str,
    binary: &'static str,
    /// The library in `Cargo.lock` that must have the same version, as each speaks the other's private format.
    companion: &'static str,
}

const WORKER_BUILD: Tool =
    Tool { package: "worker-build", version: "0.8.7", binary: "worker-build", companion: "worker" };

const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    binary: "wasm-bindgen",
    companion: "wasm-bindgen",
};

/// Where the installed programs are.
pub struct RustTools {
    pub worker_build: PathBuf,
    pub wasm_bindgen: PathBuf,
}

/// Brings what is missing.
pub fn set_up() -> Result<RustTools> {
    add_wasm_target()?;
    let lock_file = repository::path("Cargo.lock");
    let lock_file =
        fs::read_to_string(&lock_file).with_context(|| format!("cannot read {}", lock_file.display()))?;
    Ok(RustTools {
        worker_build: WORKER_BUILD.set_up(&lock_file)?,
        wasm_bindgen: WASM_BINDGEN.set_up(&lock_file)?,
    })
}

fn add_wasm_target() -> Result<()> {
    let libraries = process::output(process::command("rustc").args([
        "--target",
        WASM_TARGET,
        "--print",
        "target-libdir",
    ]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    process::announce(&format!("Adding the Rust target {WASM_TARGET}"));
    process::run_quietly(process::command("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!(
            "Rust's {WASM_TARGET} target is missing; without rustup, install it the way Rust was installed"
        )
    })
}

impl Tool {
    fn set_up(&self, lock_file: &str) -> Result<PathBuf> {
        let locked = locked_version(lock_file, self.companion)
            .with_context(|| format!("Cargo.lock does not name {}", self.companion))?;
        if locked != self.version {
            bail!(
                "Cargo.lock has {} {locked}, but xtask/src/rust.rs pins {} {}: make both the same",
                self.companion,
                self.package,
                self.version
            );
        }
        let home = cache()?.join(format!("{}-{}", self.package, self.version));
        let binary = home.join("bin").join(self.binary);
        if !binary.is_file() {
            process::announce(&format!("Building {} {} (once; some minutes)", self.package, self.version));
            self.install(&home)?;
        }
        Ok(binary)
    }

    /// Builds next to the final place and moves there in one step: a build that was broken off leaves nothing that
    /// looks whole.
    fn install(&self, home: &Path) -> Result<()> {
        let staging = home.with_extension(format!("{}.partial", std_process::id()));
        let installed = process::run_quietly(&mut self.cargo_install(&staging, true)).or_else(|error| {
            eprintln!(
                "\n{error:#}.\nTrying once more without --locked: a dependency that {} {} locks may be missing from the registry.",
                self.package, self.version
            );
            process::run_quietly(&mut self.cargo_install(&staging, false))
        });
        let moved = installed.and_then(|()| {
            if home.exists() {
                fs::remove_dir_all(home).with_context(|| format!("cannot remove {}", home.display()))?;
            }
            fs::rename(&staging, home).with_context(|| format!("cannot move {} into place", home.display()))
        });
        if moved.is_err() && staging.exists() {
            fs::remove_dir_all(&staging).with_context(|| format!("cannot remove {}", staging.display()))?;
        }
        moved
    }

    fn cargo_install(&self, root: &Path, locked: bool) -> Command {
        let mut command = process::cargo();
        command
            .args(["install", self.package, "--version"])
            .arg(format!("={}", self.version))
            .args(["--bin", self.binary, "--root"])
            .arg(root);
        if locked {
            command.arg("--locked");
        }
        command
    }
}

/// A folder for what is brought once and serves every clone of this user.
pub fn cache() -> Result<PathBuf> {
    let from = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = from("XDG_CACHE_HOME")
        .or_else(|| {
            let home = from("HOME")?;
            Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
        })
        .context("neither XDG_CACHE_HOME nor HOME is set: there is no place to keep the built tools")?
        .join("voxora/tools");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The version of a package in a `Cargo.lock`.
fn locked_version<'lock>(lock_file: &'lock str, package: &str) -> Option<&'lock str> {
    let mut lines = lock_file.lines();
    lines.find(|line| *line == format!("name = \"{package}\""))?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_of_exactly_that_package() {
        let lock_file = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                         [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock_file, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock_file, "wasm"), None);
    }
}
