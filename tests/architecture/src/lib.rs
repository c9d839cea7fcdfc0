//! Reads the source as text, without compiling any of it, so that `tests/rules.rs` can hold it to
//! `docs/ARCHITECTURE.md`.
//!
//! It promises to see every `use`, every path and every call that is written down. What only the compiler knows (the type
//! behind a method, the inside of a macro's own syntax) it does not see. Code under `#[cfg(test)]` is left out: tests may
//! reach where they like.

// What is wrong with a rule's input fails the test, with a message that says what was expected.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::missing_panics_doc)]

mod crates;
mod exceptions;
mod graph;
mod javascript;
mod rust;

use std::path::{Path, PathBuf};

pub use crates::{Package, packages};
pub use exceptions::{Exception, expect};
pub use graph::{Graph, circles};
pub use javascript::imports;
pub use rust::{Call, Crate};

/// A path from the root of the repository, with `/` between its parts.
pub type File = String;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("the crate is two folders below the root").to_path_buf()
}

/// How the rules name a file.
#[must_use]
pub fn name(file: &Path) -> File {
    let relative = file.strip_prefix(root()).unwrap_or(file);
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The text of a file.
#[must_use]
pub fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
