//! The contract: `docs/openapi.json`, generated from the route table, and what is tested against it from outside.

use anyhow::Result;

use crate::process;
use crate::python::Environment;
use crate::setup::Tools;
use crate::worker::{self, Profile};

const GENERATOR: [&str; 5] = ["test", "--package", "voxora-workers", "--lib", "openapi"];

/// `cargo xtask openapi`: writes `docs/openapi.json` and `domain/bindings/api.ts`.
pub fn write() -> Result<()> {
    process::run(process::cargo().args(GENERATOR).env("VOXORA_WRITE_OPENAPI", "1"))
}

/// Fails when they are not what the routes say.
pub fn check() -> Result<()> {
    process::run(process::cargo().args(GENERATOR))
}

/// Thousands of requests, good and bad, made up from the document, to the built Worker: every answer is one that the
/// document knows, and none is a fault.
pub fn schemathesis(tools: &Tools) -> Result<()> {
    let environment = Environment::set_up("schemathesis", "tests/contract/requirements.txt")?;
    worker::build(tools, Profile::Dev)?;
    let program = environment.command("schemathesis");
    let mut command = tools.javascript.command("node");
    command.arg("tests/contract/run.mjs").env("VOXORA_SCHEMATHESIS", program.get_program());
    process::run(&mut command)
}
