//! Files: what changed, and copying only that. wrangler watches `build/`; writing an equal file again would restart it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

/// The files under a folder in a stable order, each by its path from there; none when there is no such folder.
/// What `node_modules` and `dist` hold is made from the rest and left out.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let wanted = |entry: &DirEntry| {
        entry.depth() == 0 || !["node_modules", "dist"].iter().any(|name| entry.file_name() == *name)
    };
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(wanted) {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        if !entry.file_type().is_dir() {
            files.push(entry.path().strip_prefix(folder)?.to_path_buf());
        }
    }
    Ok(files)
}

/// Reads a file; a failure names it.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Writes a file, and its folder where that is missing, unless it already says exactly this.
pub fn write_if_changed(file: &Path, content: &[u8]) -> Result<()> {
    match fs::read(file) {
        Ok(present) if present == content => return Ok(()),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
        _ => {}
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

/// Copies one file, unless the copy is there.
pub fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    write_if_changed(to, &read(from)?)
}

/// Makes `to` hold exactly the files of `from`, touching only those that differ.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    let wanted: BTreeSet<_> = list(from)?.into_iter().collect();
    for file in &wanted {
        copy_if_changed(&from.join(file), &to.join(file))?;
    }
    for file in list(to)? {
        if !wanted.contains(&file) {
            let stale = to.join(file);
            fs::remove_file(&stale).with_context(|| format!("cannot remove {}", stale.display()))?;
        }
    }
    Ok(())
}

/// A fingerprint of several things: equal when, and only when, all of them are equal in the same order.
pub struct Fingerprint(Sha256);

impl Fingerprint {
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    pub fn add(&mut self, bytes: &[u8]) {
        // The length first: otherwise "ab" + "c" would look like "a" + "bc".
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// A file's, or a whole folder's, names and contents.
    pub fn add_path(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            for file in list(path)? {
                self.add(file.as_os_str().as_encoded_bytes());
                self.add(&read(&path.join(file))?);
            }
            return Ok(());
        }
        self.add(&read(path)?);
        Ok(())
    }

    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// Lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Remembers from what something was made, so that making it again can be skipped.
pub struct Stamp {
    file: PathBuf,
    fingerprint: String,
}

impl Stamp {
    pub fn new(file: PathBuf, fingerprint: Fingerprint) -> Self {
        Self { file, fingerprint: fingerprint.finish() }
    }

    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|made_from| made_from == self.fingerprint)
    }

    pub fn set(&self) -> Result<()> {
        write_if_changed(&self.file, self.fingerprint.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_holds_exactly_what_its_original_holds() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write_if_changed(&from.join("a/b.txt"), b"new").unwrap();
        write_if_changed(&to.join("a/b.txt"), b"old").unwrap();
        write_if_changed(&to.join("stale.txt"), b"").unwrap();

        mirror(&from, &to).unwrap();

        assert_eq!(list(&to).unwrap(), vec![PathBuf::from("a/b.txt")]);
        assert_eq!(read(&to.join("a/b.txt")).unwrap(), b"new");
    }

    #[test]
    fn an_equal_file_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_if_changed(&file, b"same").unwrap();
        let before = fs::metadata(&file).unwrap().modified().unwrap();

        write_if_changed(&file, b"same").unwrap();

        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn a_fingerprint_knows_where_one_part_ends() {
        let of = |parts: &[&[u8]]| {
            let mut fingerprint = Fingerprint::new();
            for part in parts {
                fingerprint.add(part);
            }
            fingerprint.finish()
        };
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_eq!(of(&[b"ab", b"c"]), of(&[b"ab", b"c"]));
    }
}
