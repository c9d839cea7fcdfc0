//! Cargo's target folder, and in it what xtask remembers between runs.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// Cargo's target folder, wherever this machine's settings put it.
pub fn folder() -> Result<PathBuf> {
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
    let state = folder()?.join("xtask");
    fs::create_dir_all(&state).with_context(|| format!("cannot make {}", state.display()))?;
    Ok(state)
}
