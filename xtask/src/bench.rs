//! `cargo xtask bench NAME`: hands over to the load generator, with the Worker built as it is deployed.

use anyhow::Result;

use crate::worker::{self, Profile};
use crate::{process, setup};

pub fn run(name: &str, arguments: &[String]) -> Result<()> {
    let tools = setup::tools()?;
    worker::build(&tools, Profile::Release)?;
    if name == "room" && process::find_on_path(&["redis-server"]).is_none() {
        // Where it can't be installed, the bench says what to do.
        process::install_debian_package("redis-server")?;
    }
    if name == "documents" {
        process::run(process::cargo().args(["build", "--profile", "bench", "--package", "voxora-gateway"]))?;
    }
    process::announce(&format!("Bench: {name}"));
    let mut bench = process::cargo();
    tools.javascript.prepare(&mut bench);
    bench.args(["run", "--profile", "bench", "--package", "voxora-bench", "--", name]).args(arguments);
    if name == "start" {
        bench.arg("--hello").arg(worker::build_hello(&tools)?);
    }
    process::run(&mut bench)
}
