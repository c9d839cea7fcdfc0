//! Where things are in the repository. Every path that another module uses starts here.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    // Cargo tells the running binary where its package is. Asking at run time and not at compile time keeps a target
    // folder usable that several clones share.
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
});

/// A path in the repository.
pub fn path(relative: &str) -> PathBuf {
    ROOT.join(relative)
}

/// The root of the repository.
pub fn root() -> &'static Path {
    &ROOT
}

/// Cargo's target folder, wherever this machine's settings put it.
pub fn target() -> Result<PathBuf> {
    let metadata = process::output(process::cargo().args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("`cargo metadata` did not answer in JSON")?;
    metadata
        .get("target_directory")
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .context("`cargo metadata` did not name the target folder")
}

/// A folder for what xtask remembers between runs: stamps, locks, pages being put together.
pub fn state() -> Result<PathBuf> {
    let state = target()?.join("xtask");
    std::fs::create_dir_all(&state).with_context(|| format!("cannot make {}", state.display()))?;
    Ok(state)
}
