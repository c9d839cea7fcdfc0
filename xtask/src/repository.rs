//! Where things are in the repository. Every path that another module uses starts here.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    // Cargo tells the running binary where its package is. Asking at run time and not at compile time keeps a target
    // folder usable that several clones share.
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
});

/// A path in the repository.
pub fn path(relative: &str) -> PathBuf {
    ROOT.join(relative)
}

/// The root of the repository.
pub fn root() -> &'static Path {
    &ROOT
}
