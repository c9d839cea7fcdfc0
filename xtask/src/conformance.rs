//! One suite for every engine of the Data API (`docs/CONFORMANCE.md`): what it needs is built and brought here.

use anyhow::Result;
use clap::ValueEnum;

use crate::documentdb::{self, Store};
use crate::setup::{self, Tools};
use crate::worker::{self, Profile};
use crate::{process, target};

const PACKAGE: &str = "voxora-conformance";
/// By which the tests find the gateway's program.
const GATEWAY: &str = "VOXORA_GATEWAY";

/// What is fed with malformed input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Target {
    /// Reading and writing Extended JSON
    Ejson,
    /// Filters, and their negations
    Filters,
    /// Updates of single documents
    Updates,
    /// Aggregation pipelines
    Pipelines,
    /// Whole requests, bytes and all
    Requests,
}

/// Asks the embedded engine natively and in workerd, and the gateway in front of a real store where there can be one.
pub fn test(tools: &Tools) -> Result<()> {
    run(tools, None, &[])?;
    worker::build(tools, Profile::Dev)?;
    run(tools, None, &["--test", "cases", "--", "--ignored", "in_workerd"])?;
    let store = documentdb::for_tests()?;
    if !store.is_there() {
        return Ok(());
    }
    process::run(process::cargo().args(["build", "--package", "voxora-gateway"]))?;
    run(
        tools,
        Some(&store),
        &["--test", "cases", "--test", "differential", "--", "--ignored", "--skip", "in_workerd"],
    )
}

/// `cargo xtask fuzz`: each target, or the named one, for so many seconds.
pub fn fuzz(target: Option<Target>, seconds: u64) -> Result<()> {
    let tools = setup::tools()?;
    let mut command = process::cargo();
    tools.javascript.prepare(&mut command);
    command.args(["test", "--package", PACKAGE, "--test", "fuzz", "--", "--nocapture"]);
    if let Some(target) = target.and_then(|target| target.to_possible_value()) {
        command.args(["--exact", target.get_name()]);
    }
    process::run(command.env("FUZZ_SECONDS", seconds.to_string()))
}

fn run(tools: &Tools, store: Option<&Store>, arguments: &[&str]) -> Result<()> {
    let mut command = process::cargo();
    tools.javascript.prepare(&mut command);
    if let Some(store) = store {
        store.tell(&mut command);
        command.env(GATEWAY, target::folder()?.join("debug/voxora-gateway"));
    }
    process::run(command.args(["test", "--package", PACKAGE]).args(arguments))
}
