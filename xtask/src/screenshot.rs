//! `cargo xtask screenshot`: the README's pictures, taken of the real product.

use anyhow::Result;

use crate::worker::{self, Profile};
use crate::{browser, process, setup};

pub fn run() -> Result<()> {
    let tools = setup::tools()?;
    let browser = browser::set_up()?;
    worker::build(&tools, Profile::Dev)?;
    process::announce("Taking the pictures");
    process::run(
        tools.javascript.command("node").arg("tests/browser/screenshot.mjs").env(browser::VARIABLE, browser),
    )
}
