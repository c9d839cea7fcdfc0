//! Set-up: what a machine with only Rust, Node with npm, and a C compiler does not have yet.

use anyhow::Result;

use crate::javascript::{self, JavaScriptTools};
use crate::lock::Lock;
use crate::rust::{self, RustTools};
use crate::{browser, secrets, target};

/// Everything that builds and serves Voxora.
pub struct Tools {
    pub rust: RustTools,
    pub javascript: JavaScriptTools,
}

/// Brings what is missing.
pub fn tools() -> Result<Tools> {
    let _lock = Lock::acquire(&target::state()?.join("setup.lock"))?;
    secrets::set_up()?;
    Ok(Tools { javascript: javascript::set_up()?, rust: rust::set_up()? })
}

/// The same from inside of wrangler, which is one of the tools and must not be replaced while it runs.
pub fn tools_inside_wrangler() -> Result<Tools> {
    Ok(Tools { javascript: javascript::expect_set_up()?, rust: rust::set_up()? })
}

/// `cargo xtask setup`.
pub fn run() -> Result<()> {
    tools()?;
    let browser = browser::set_up()?;
    println!("Everything is in place. The browser for tests is {}.", browser.display());
    Ok(())
}
