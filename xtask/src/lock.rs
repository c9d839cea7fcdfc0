//! One build at a time: wrangler starts `cargo xtask worker` whenever a file is saved, also while a person's own
//! command is building into the same folders.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

/// Held until dropped. The operating system lets go of it when the process ends, however it ends.
pub struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    pub fn acquire(file: &Path) -> Result<Self> {
        let lock = File::create(file).with_context(|| format!("cannot open {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => return Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => {
                eprintln!("Waiting for another `cargo xtask` to finish building…");
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        lock.lock().with_context(|| format!("cannot lock {}", file.display()))?;
        Ok(Self(lock))
    }
}
