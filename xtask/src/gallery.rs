//! `cargo xtask gallery`: pictures of every screen and state, in every look, into `build/gallery/`.

use anyhow::Result;

use crate::worker::{self, Profile};
use crate::{browser, process, setup};

/// Takes the pictures; with words, only those of the states that have one of them in their names.
pub fn run(words: &[String]) -> Result<()> {
    let tools = setup::tools()?;
    let browser = browser::set_up()?;
    worker::build(&tools, Profile::Dev)?;
    process::announce("Taking pictures of everything there is to see");
    process::run(
        tools
            .javascript
            .command("node")
            .arg("tests/gallery/take.mjs")
            .args(words)
            .env(browser::VARIABLE, browser),
    )
}
