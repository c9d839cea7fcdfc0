//! The local secrets, in the file where wrangler looks for them. Made once, at random, and readable by their owner only:
//! a new `JWT_SECRET` would sign everybody out, a new `SETUP_TOKEN` would make the printed link wrong.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::{files, repository};

const FILE: &str = ".dev.vars";
const BYTES: usize = 32;

/// Makes the secrets that are missing.
pub fn set_up() -> Result<()> {
    add_missing(&repository::path(FILE))
}

/// The token that guards the making of the first admin.
pub fn setup_token() -> Result<String> {
    let file = repository::path(FILE);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    value(&text, "SETUP_TOKEN").map(str::to_owned).with_context(|| format!("{FILE} has no SETUP_TOKEN"))
}

fn add_missing(file: &Path) -> Result<()> {
    let present = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let mut addition = String::new();
    for name in ["JWT_SECRET", "SETUP_TOKEN"] {
        if value(&present, name).is_none() {
            let mut secret = [0; BYTES];
            getrandom::fill(&mut secret).context("the system has no randomness to give")?;
            addition.extend([name, "=", &files::hexadecimal(&secret), "\n"]);
        }
    }
    if addition.is_empty() {
        return Ok(());
    }
    if !present.is_empty() && !present.ends_with('\n') {
        addition.insert(0, '\n');
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| open.write_all(addition.as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn value<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_are_made_once_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);

        add_missing(&file).unwrap();
        let first = fs::read_to_string(&file).unwrap();
        add_missing(&file).unwrap();

        assert_eq!(fs::read_to_string(&file).unwrap(), first);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(value(&first, "JWT_SECRET").map(str::len), Some(2 * BYTES));
        assert_ne!(value(&first, "JWT_SECRET"), value(&first, "SETUP_TOKEN"));
    }

    #[test]
    fn what_a_person_wrote_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        fs::write(&file, "JWT_SECRET = \"mine\"\nOTHER=1").unwrap();

        add_missing(&file).unwrap();

        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(value(&text, "JWT_SECRET"), Some("mine"));
        assert_eq!(value(&text, "OTHER"), Some("1"));
        assert!(value(&text, "SETUP_TOKEN").is_some());
    }
}
