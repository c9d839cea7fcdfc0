//! What the browser has from the Rust types and tables: the TypeScript types of the wire, the rules of texts. And what the
//! rules of texts have from Unicode's.

use anyhow::Result;

use crate::process;

/// The tests that compare what is generated with what it is made of, and write it where they are told to.
const TESTS: [&str; 7] =
    ["test", "--package", "voxora-domain", "--lib", "--", "of_the_rust_ones", "of_unicode"];

/// `cargo xtask types`: writes `domain/bindings/` and `domain/src/text/clusters.rs`.
pub fn write() -> Result<()> {
    process::run(process::cargo().args(TESTS).env("VOXORA_WRITE_TYPES", "1"))
}

/// Fails when they are not what the Rust types, and Unicode, say.
pub fn check() -> Result<()> {
    process::run(process::cargo().args(TESTS))
}
