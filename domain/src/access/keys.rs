//! The deployment's signing keys: one signs, and the one before it is still believed, so that a key can be replaced without
//! ending a session. Everything that a deployment signs goes through here: access and renewal tokens, refresh tokens, one-time
//! tokens, and the proofs of devices.
//!
//! A key's id (`kid`) is made of the key itself, so that there is nothing to configure, and nothing to confuse.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest key that HS256 is safe with, in bytes (RFC 7518, section 3.2).
const KEY_BYTES: usize = 32;
/// What HMAC-SHA256 makes of every key first, in bytes.
const BLOCK_BYTES: usize = 64;
/// How much of a hash names a key, in characters: enough to tell two from each other.
const ID_CHARACTERS: usize = 8;

/// A key is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("needs at least {KEY_BYTES} bytes; it has {0}")]
pub struct TooShort(usize);

/// One key.
#[derive(Clone)]
pub struct Key {
    id: String,
    secret: String,
}

impl Key {
    fn new(secret: &str) -> Self {
        let mut key = Self { id: String::new(), secret: secret.to_owned() };
        key.id = key.sign("voxora key id").chars().take(ID_CHARACTERS).collect();
        key
    }

    /// What tokens call it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    /// An HMAC-SHA256 of a message, in base64url. What is signed must begin with words that say what for: no two purposes may
    /// have a message in common, nor any of them one with a JSON Web Token.
    #[must_use]
    pub fn sign(&self, message: impl AsRef<[u8]>) -> String {
        // As RFC 2104 has it, which takes keys of any length; the crate's way of saying so is a Result.
        let mut block = [0; BLOCK_BYTES];
        let secret = self.secret.as_bytes();
        let hashed = Sha256::digest(secret);
        let key = if secret.len() > BLOCK_BYTES { hashed.as_slice() } else { secret };
        block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte = *of_key);
        let mac = Hmac::<Sha256>::new(&block.into()).chain_update(message);
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

/// The keys of a deployment.
#[derive(Clone)]
pub struct Keys {
    signing: Key,
    before: Option<Key>,
}

impl Keys {
    /// The keys of these secrets: one that signs, and one that is only believed, such as the one that signed before.
    #[must_use]
    pub fn new(signing: &str, before: Option<&str>) -> Self {
        Self { signing: Key::new(signing), before: before.map(Key::new) }
    }

    /// Whether a secret is long enough to be a key.
    ///
    /// # Errors
    /// How short it is.
    pub const fn check(secret: &str) -> Result<(), TooShort> {
        if secret.len() < KEY_BYTES { Err(TooShort(secret.len())) } else { Ok(()) }
    }

    /// The one that signs.
    #[must_use]
    pub const fn signing(&self) -> &Key {
        &self.signing
    }

    /// All that are believed, the one that signs first.
    pub fn believed(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.signing).chain(&self.before)
    }

    /// See [`Key::sign`].
    #[must_use]
    pub fn sign(&self, message: impl AsRef<[u8]>) -> String {
        self.signing.sign(message)
    }

    /// Whether one of the keys signed a message so. In constant time for each.
    #[must_use]
    pub fn verify(&self, message: impl AsRef<[u8]>, signature: &str) -> bool {
        let signed = |key: &Key| key.sign(&message).as_bytes().ct_eq(signature.as_bytes()).into();
        self.believed().any(signed)
    }
}

/// Says which keys they are, and never the keys.
impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.believed().map(Key::id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "the key of last year, which is long enough";
    const NEW: &str = "the key of this year, which is long enough too";

    #[test]
    fn a_signature_is_hmac_sha_256_whatever_the_length_of_the_key() {
        // RFC 4231, test case 2.
        let short = Key::new("Jefe").sign("what do ya want for nothing?");
        assert_eq!(short, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
        for length in [1, 32, 63, 64, 65, 200] {
            let secret = "k".repeat(length);
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update("m"));
            let expected = mac.map(|mac| BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
            assert_eq!(Ok(Key::new(&secret).sign("m")), expected, "{length}");
        }
    }

    #[test]
    fn the_key_before_is_believed_and_signs_nothing() {
        let (old, both, new) = (Keys::new(OLD, None), Keys::new(NEW, Some(OLD)), Keys::new(NEW, None));
        let signed = old.sign("m");
        assert!(old.verify("m", &signed) && both.verify("m", &signed) && !new.verify("m", &signed));
        assert_eq!(both.sign("m"), new.sign("m"));
        for forged in ["", "x", &signed[1..]] {
            assert!(!both.verify("m", forged), "{forged}");
        }
        assert!(!both.verify("n", &signed));
    }

    #[test]
    fn a_key_has_a_name_of_its_own_that_does_not_give_it_away() {
        let keys = Keys::new(NEW, Some(OLD));
        let ids: Vec<_> = keys.believed().map(Key::id).collect();
        assert!(ids[0] != ids[1] && ids.iter().all(|id| id.len() == 8), "{ids:?}");
        assert_eq!(format!("{keys:?}"), format!("{ids:?}"));
        assert_eq!(Keys::check("short"), Err(TooShort(5)));
        assert_eq!(Keys::check(NEW), Ok(()));
    }
}
