//! One suite for every engine of the Data API (`docs/CONFORMANCE.md`): what it needs is built and brought here.

use anyhow::Result;
use clap::ValueEnum;

use crate::documentdb::{self, Store};
use crate::setup;
use crate::stopwatch::Run;
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
pub fn test(run: &mut Run) -> Result<()> {
    ask(run, None, &[])?;
    worker::build(&run.tools, Profile::Dev)?;
    ask(run, None, &["--test", "cases", "--", "--ignored", "in_workerd"])?;
    let store = documentdb::for_tests()?;
    if !store.is_there() {
        return Ok(());
    }
    process::run(process::cargo().args(["build", "--quiet", "--package", "voxora-gateway"]))?;
    ask(
        run,
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

fn ask(run: &mut Run, store: Option<&Store>, arguments: &[&str]) -> Result<()> {
    let gateway = target::folder()?.join("debug/voxora-gateway");
    run.cargo_test(PACKAGE, store, |command| {
        if store.is_some() {
            command.env(GATEWAY, gateway);
        }
        command.args(arguments);
    })
}
