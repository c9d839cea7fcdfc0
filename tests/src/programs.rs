//! Programs of this repository that a suite runs beside the Worker.

use std::path::PathBuf;

/// A program of this repository, where cargo has put it: its name, after `examples/` where it is one.
/// `cargo xtask test` has built it before.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let folder = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    let program = folder.join(name);
    assert!(program.exists(), "{name} has not been built. `cargo xtask test api` does it.");
    program
}
