//! `cargo xtask migrate`: hands over to the tool that moves documents (xtask/migrate), which is a program of its own so
//! that nobody who only wants to run Voxora has to compile an HTTP client.

use std::env;

use anyhow::{Context, Result};

use crate::{process, repository};

pub fn run(arguments: &[String]) -> Result<()> {
    // Folders are named as seen from where the person is.
    let folder = env::current_dir().context("the current folder cannot be found")?;
    process::run(
        process::cargo()
            .args(["run", "--quiet", "--package", "voxora-migrate", "--manifest-path"])
            .arg(repository::path("Cargo.toml"))
            .arg("--")
            .args(arguments)
            .current_dir(folder),
    )
}
