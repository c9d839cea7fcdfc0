//! The browser that the browser suite and the README's pictures drive.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process;

/// Names the browser to the scripts that drive it, and lets a person choose another one.
pub const VARIABLE: &str = "CHROMIUM";

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Finds a Chromium; as root on a Debian-like system, installs one where there is none.
pub fn set_up() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os(VARIABLE) {
        let chosen = PathBuf::from(chosen);
        if !chosen.is_file() {
            bail!("{VARIABLE} is set to {}, where there is no program", chosen.display());
        }
        return Ok(chosen);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if process::install_debian_package("chromium")? {
        return find().context("apt-get installed chromium, but it is not on the PATH");
    }
    bail!(
        "the browser tests need Chromium: install it (Debian: `sudo apt-get install chromium`), or set {VARIABLE} to the path of one"
    )
}

fn find() -> Option<PathBuf> {
    process::find_on_path(&NAMES).or_else(|| {
        let application = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        application.is_file().then_some(application)
    })
}
