//! What the browser has from the Rust types and tables: the TypeScript types of the wire, the rules of texts.

use anyhow::Result;

use crate::process;

/// `cargo xtask types`: writes `domain/bindings/`.
pub fn write() -> Result<()> {
    process::run(
        process::cargo()
            .args(["test", "--package", "voxora-domain", "--lib", "of_the_rust_ones"])
            .env("VOXORA_WRITE_TYPES", "1"),
    )
}

/// Fails when `domain/bindings/` is not what the Rust types say.
pub fn check() -> Result<()> {
    process::run(process::cargo().args(["test", "--package", "voxora-domain", "--lib", "of_the_rust_ones"]))
}
