//! Passwords: argon2id in a PHC string, 19 MiB, two passes (OWASP's password storage cheat sheet).
//!
//! Hashing takes some 50 ms of CPU and is synchronous; it happens in the stateless Worker, never in a room.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::StoreError;

mod fit;

pub use fit::fit;

/// A hash of no password, for accounts that do not exist: looking one up takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The most memory and passes that a stored hash may ask for: an imported one must not stop the Worker that checks it.
const MOST: (u32, u32, u32) = (64 * 1024, 10, 4);

fn argon2() -> Argon2<'static> {
    // The default parameters are the ones named above.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Hashes a password with a new salt.
///
/// # Errors
/// [`StoreError::Internal`] when there is no randomness.
pub fn hash(password: &str) -> Result<String, StoreError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(internal)?;
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt).map_err(internal)?;
    Ok(hash.to_string())
}

/// Whether this is the password of the hash; of `None`, never, at the same cost.
///
/// # Errors
/// [`StoreError::Internal`] when the hash is none.
pub fn verify(password: &str, hash: Option<&str>) -> Result<bool, StoreError> {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY)).map_err(internal)?;
    Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some())
}

/// Whether a text is a hash that [`verify`] can check.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(text) else { return false };
    let (memory, passes, lanes) = MOST;
    parsed.algorithm.as_str() == "argon2id"
        && parsed.salt.is_some()
        && parsed.hash.is_some()
        && Params::try_from(&parsed).is_ok_and(|asked| {
            asked.m_cost() <= memory && asked.t_cost() <= passes && asked.p_cost() <= lanes
        })
}

fn internal(error: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, hash, is_hash, verify};

    #[test]
    fn a_hash_is_of_its_password_alone() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", Some(&stored)).unwrap());
        assert!(!verify("wrong horse", Some(&stored)).unwrap());
        assert!(!verify("correct horse", None).unwrap());
        assert!(is_hash(&stored) && is_hash(NOBODY));
    }

    #[test]
    fn what_is_no_hash_is_told() {
        for bad in [
            "",
            "secret",
            "$argon2id$",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(!is_hash(bad), "{bad}");
        }
    }
}
