//! Builds what wrangler deploys: the Worker, as `build/index.js` and `build/index_bg.wasm`, and the static pages in
//! `build/public/`. What did not change is neither built nor written again.

use std::env;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files::{self, Fingerprint, Stamp};
use crate::lock::Lock;
use crate::rust::WASM_TARGET;
use crate::setup::{self, Tools};
use crate::{pages, process, repository, target};

/// How the Worker is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// Quick to build; for `dev` and `test`.
    Dev,
    /// Small and fast; what is deployed.
    Release,
}

impl Profile {
    /// `dev` and `test` set it for the `cargo xtask worker` that wrangler calls on their behalf.
    pub const VARIABLE: &str = "VOXORA_PROFILE";

    pub fn from_environment() -> Result<Self> {
        match env::var(Self::VARIABLE).ok().as_deref() {
            None | Some("" | "release") => Ok(Self::Release),
            Some("dev") => Ok(Self::Dev),
            Some(other) => bail!("{} is \"{other}\"; it may be \"dev\" or \"release\"", Self::VARIABLE),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// The profile in `Cargo.toml`, and the folder that cargo puts its results into.
    fn cargo(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "debug"),
            Self::Release => ("worker", "worker"),
        }
    }
}

/// `cargo xtask worker`, the build command in `wrangler.toml`.
pub fn build_for_wrangler(profile: Profile) -> Result<()> {
    build(&setup::tools_inside_wrangler()?, profile)
}

/// Makes `build/` current.
pub fn build(tools: &Tools, profile: Profile) -> Result<()> {
    let _lock = Lock::acquire(&target::state()?.join("build.lock"))?;
    build_module(tools, profile)?;
    pages::build(tools)
}

fn build_module(tools: &Tools, profile: Profile) -> Result<()> {
    process::announce(&format!("Building the Worker ({})", profile.name()));
    process::run(&mut compile(profile))?;

    // Cargo alone knows whether anything changed; its result tells whether what follows has anything new to work on.
    let target = target::folder()?;
    let compiled = target.join(WASM_TARGET).join(profile.cargo().1).join("voxora_program.wasm");
    let mut fingerprint = Fingerprint::new();
    fingerprint.add_path(&compiled)?;
    fingerprint.add_path(&repository::path("workers/program/Cargo.toml"))?;
    fingerprint.add_path(&repository::path("package-lock.json"))?;
    fingerprint.add(tools.rust.worker_build.as_os_str().as_encoded_bytes());
    fingerprint.add(tools.rust.wasm_bindgen.as_os_str().as_encoded_bytes());

    // Each profile has its own output, so that going from one to the other is only a copy.
    let output = target::state()?.join("worker").join(profile.name());
    let stamp = Stamp::new(output.with_extension("stamp"), fingerprint);
    let made = [output.join("index_bg.wasm"), output.join("index.js")];
    if !stamp.is_current() || !made.iter().all(|file| file.is_file()) {
        fs::create_dir_all(&output).with_context(|| format!("cannot make {}", output.display()))?;
        let mut worker_build = process::command(&tools.rust.worker_build);
        tools.javascript.prepare(&mut worker_build);
        process::run(
            worker_build
                .current_dir(repository::path("workers/program"))
                .args(match profile {
                    // Under its own name: as `--profile dev` it would not be the one that worker-build knows.
                    Profile::Dev => vec!["--dev"],
                    Profile::Release => vec!["--profile", profile.cargo().0],
                })
                .arg("--out-dir")
                .arg(&output)
                // A missing path would make worker-build download the program.
                .env("WASM_BINDGEN_BIN", &tools.rust.wasm_bindgen)
                .env("WASM_OPT_BIN", &tools.javascript.wasm_opt)
                .env("ESBUILD_BIN", &tools.javascript.esbuild),
        )?;
        stamp.set()?;
    }
    for file in made {
        let name = file.file_name().context("the Worker's files have names")?;
        files::copy_if_changed(&file, &repository::path("build").join(name))?;
    }
    Ok(())
}

/// Compiles exactly as worker-build does, whose own call then finds nothing left to do.
fn compile(profile: Profile) -> Command {
    let mut command = process::cargo();
    command
        .args(["build", "--package", "voxora-program", "--lib", "--target", WASM_TARGET])
        .args(["--profile", profile.cargo().0])
        .env("WASM_BINDGEN_USE_JS_SYS", "1");
    command
}
