//! Passwords: argon2id in a PHC string, 19 MiB, two passes (OWASP's password storage cheat sheet).
//!
//! Hashing takes some 50 ms of CPU and is synchronous; it happens in the stateless Worker, never in a room.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::AppError;

/// A hash of no password, for accounts that do not exist: looking one up takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon2() -> Argon2<'static> {
    // The default parameters are the ones named above.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Hashes a password with a new salt.
pub fn hash(password: &str) -> Result<String, AppError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(AppError::internal)?;
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt).map_err(AppError::internal)?;
    Ok(hash.to_string())
}

/// Whether this is the password of the hash; of `None`, never, at the same cost.
pub fn verify(password: &str, hash: Option<&str>) -> Result<bool, AppError> {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY)).map_err(AppError::internal)?;
    Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some())
}
