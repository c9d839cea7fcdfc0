//! Builds what wrangler deploys: the Worker, as `build/index.js` and `build/index_bg.wasm`, and the static pages in
//! `build/public/`. What did not change is neither built nor written again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::attribution;
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
    pages::build(tools, profile == Profile::Dev)
}

/// A crate that is compiled to a Worker.
struct Crate {
    package: &'static str,
    folder: &'static str,
}

const PRODUCT: Crate = Crate { package: "voxora-program", folder: "workers/program" };
/// What `bench start` measures the product beside.
const HELLO: Crate = Crate { package: "voxora-hello-worker", folder: "tests/bench/hello-worker" };

fn build_module(tools: &Tools, profile: Profile) -> Result<()> {
    let first = if PRODUCT.compiled(profile)?.exists() { "" } else { "; the first time takes minutes" };
    process::announce(&format!("Building the Worker ({}{first})", profile.name()));
    // Each profile has its own output, so that going from one to the other is only a copy.
    let output = target::state()?.join("worker").join(profile.name());
    for file in PRODUCT.build(tools, profile, &output)? {
        let name = file.file_name().context("the Worker's files have names")?;
        files::copy_if_changed(&file, &repository::path("build").join(name))?;
    }
    Ok(())
}

/// Builds the least a Worker can be, as the product is built for release; gives the folder it is in.
pub fn build_hello(tools: &Tools) -> Result<PathBuf> {
    let state = target::state()?;
    let _lock = Lock::acquire(&state.join("build.lock"))?;
    let output = state.join("worker/hello");
    HELLO.build(tools, Profile::Release, &output)?;
    Ok(output)
}

/// What the compiler made of the product, before wasm-bindgen and wasm-opt: its functions still have names.
pub fn compiled(profile: Profile) -> Result<PathBuf> {
    PRODUCT.compiled(profile)
}

impl Crate {
    /// Makes the Worker in a folder current; gives its files.
    fn build(&self, tools: &Tools, profile: Profile, output: &Path) -> Result<[PathBuf; 2]> {
        process::run(&mut self.compile(profile))?;

        // Cargo alone knows whether anything changed; its result tells whether what follows has anything new to work on.
        let mut fingerprint = Fingerprint::new();
        fingerprint.add_path(&self.compiled(profile)?)?;
        fingerprint.add_path(&repository::path(self.folder).join("Cargo.toml"))?;
        fingerprint.add_path(&repository::path("package-lock.json"))?;
        fingerprint.add(tools.rust.worker_build.as_os_str().as_encoded_bytes());
        fingerprint.add(tools.rust.wasm_bindgen.as_os_str().as_encoded_bytes());

        let stamp = Stamp::new(output.with_extension("stamp"), fingerprint);
        let made = [output.join("index_bg.wasm"), output.join("index.js")];
        if !stamp.is_current() || !made.iter().all(|file| file.is_file()) {
            fs::create_dir_all(output).with_context(|| format!("cannot make {}", output.display()))?;
            let mut worker_build = process::command(&tools.rust.worker_build);
            tools.javascript.prepare(&mut worker_build);
            process::run_quietly(
                mangling(&mut worker_build, profile)
                    .current_dir(repository::path(self.folder))
                    .args(match profile {
                        // Under its own name: as `--profile dev` it would not be the one that worker-build knows.
                        Profile::Dev => vec!["--dev"],
                        Profile::Release => vec!["--profile", profile.cargo().0],
                    })
                    .arg("--out-dir")
                    .arg(output)
                    // A missing path would make worker-build download the program.
                    .env("WASM_BINDGEN_BIN", &tools.rust.wasm_bindgen)
                    .env("WASM_OPT_BIN", &tools.javascript.wasm_opt)
                    .env("ESBUILD_BIN", &tools.javascript.esbuild),
            )?;
            if profile == Profile::Release {
                let [module, _] = &made;
                fs::write(module, attribution::without_names(&files::read(module)?)?)
                    .with_context(|| format!("cannot write {}", module.display()))?;
            }
            stamp.set()?;
        }
        Ok(made)
    }

    /// Compiles exactly as worker-build does, whose own call then finds nothing left to do.
    fn compile(&self, profile: Profile) -> Command {
        let mut command = process::cargo();
        command
            .args(["build", "--quiet", "--package", self.package, "--lib", "--target", WASM_TARGET])
            .args(["--profile", profile.cargo().0])
            .env("WASM_BINDGEN_USE_JS_SYS", "1");
        mangling(&mut command, profile);
        command
    }

    fn compiled(&self, profile: Profile) -> Result<PathBuf> {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        Ok(target::folder()?.join(WASM_TARGET).join(profile.cargo().1).join(file))
    }
}

/// The release's functions are named in full, with the types that a generic one was made for: `sizes` reads whose code it
/// is. No name reaches what is deployed.
fn mangling(command: &mut Command, profile: Profile) -> &mut Command {
    if profile == Profile::Release {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--codegen=symbol-mangling-version=v0");
    }
    command
}
