//! The TypeScript types of the wire, generated from the Rust ones.

use anyhow::Result;

use crate::process;

/// `cargo xtask types`: writes `domain/bindings/wire.ts`.
pub fn write() -> Result<()> {
    process::run(
        process::cargo()
            .args(["test", "--package", "voxora-domain", "--lib", "typescript_types"])
            .env("VOXORA_WRITE_TYPES", "1"),
    )
}

/// Fails when `domain/bindings/wire.ts` is not what the Rust types say.
pub fn check() -> Result<()> {
    process::run(process::cargo().args(["test", "--package", "voxora-domain", "--lib", "typescript_types"]))
}
