//! `cargo xtask bench NAME`: hands over to the load generator, with the Worker built as it is deployed.

use anyhow::Result;

use crate::worker::{self, Profile};
use crate::{process, setup};

pub fn run(name: &str, arguments: &[String]) -> Result<()> {
    let tools = setup::tools()?;
    worker::build(&tools, Profile::Release)?;
    process::announce(&format!("Bench: {name}"));
    let mut bench = process::cargo();
    tools.javascript.prepare(&mut bench);
    process::run(
        bench.args(["run", "--profile", "bench", "--package", "voxora-bench", "--", name]).args(arguments),
    )
}
