//! E-mail addresses: one rule for set-up, sign-in and import, so that an address is one account however it is typed.

use crate::shape::Unfit;

/// The most bytes an address may have (RFC 5321 leaves 254 between the angle brackets).
const BYTES: usize = 254;

/// An address as it is stored and looked for: folded as all texts are ([`crate::fold`]). The domain is taken as it is written: one with letters beyond ASCII and its `xn--` form
/// count as two addresses.
#[must_use]
pub fn fold(address: &str) -> String {
    crate::fold::fold(address)
}

/// Reads an address that somebody gave: folded, and only if it is what every mail system agrees on: something, one `@`,
/// something, no blanks. Whether it is theirs, a mail tells.
///
/// # Errors
/// [`Unfit`] when it is none.
pub fn read(address: &str) -> Result<String, Unfit> {
    let address = fold(address);
    let parts = address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if parts && address.len() <= BYTES && !address.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(address);
    }
    Err(Unfit::new("email", format!("must be an address such as ada@example.com, of at most {BYTES} bytes")))
}

#[cfg(test)]
mod tests {
    use super::{fold, read};

    #[test]
    fn spellings_of_one_address_are_one() {
        for (one, other) in [
            (" Ada@Example.com\n", "ada@example.com"),
            ("e\u{301}va@example.com", "\u{e9}va@example.com"),
            ("E\u{301}VA@example.com", "\u{e9}va@example.com"),
            ("ΝΊΚΟΣ@example.com", "νίκος@example.com"),
            ("νίκος@example.com", "νίκοσ@example.com"),
            ("STRAẞE@example.com", "straße@example.com"),
        ] {
            assert_eq!(fold(one), fold(other));
            assert_eq!(fold(&fold(one)), fold(one), "{one}");
        }
        assert_ne!(fold("ada@example.com"), fold("ada@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "a b@c",
            "a\u{0}@c",
            &format!("{}@c", "x".repeat(254)),
        ] {
            let error = read(bad).unwrap_err().to_string();
            assert!(error.starts_with("email must be an address"), "{error}");
        }
        assert_eq!(read(" Ada@Example.com ").unwrap(), "ada@example.com");
    }
}
