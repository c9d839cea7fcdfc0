//! What a person types into a form: one rule and one sentence a kind of field, for the REST API. Each gives the value as it
//! is kept, or what is wrong, to be read after the field's name. The rule of names is [`crate::text::name`].

use std::ops::RangeInclusive;

/// How many characters a password has.
pub const PASSWORD_CHARACTERS: RangeInclusive<usize> = 10..=200;
/// How many bytes an e-mail address has at most (RFC 5321, section 4.5.3.1.3, without its brackets).
pub const EMAIL_BYTES: usize = 254;

/// An e-mail address, in lower case. Only what every mail system agrees on: something, one `@`, something, no spaces.
/// Whether it is theirs, a mail tells.
///
/// # Errors
/// What is wrong with it.
pub fn email(given: &str) -> Result<String, String> {
    let email = given.trim().to_lowercase();
    let parts = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if parts && email.len() <= EMAIL_BYTES && !email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(email);
    }
    Err(format!("must be an address such as ada@example.com, of at most {EMAIL_BYTES} bytes"))
}

/// A new password.
///
/// # Errors
/// What is wrong with it.
pub fn password(given: &str) -> Result<(), String> {
    characters(given, PASSWORD_CHARACTERS)
}

fn characters(text: &str, range: RangeInclusive<usize>) -> Result<(), String> {
    let found = text.chars().count();
    if range.contains(&found) {
        return Ok(());
    }
    let (least, most) = range.into_inner();
    Err(format!("must have {least} to {most} characters; it has {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_is_tried_at_its_edges() {
        assert!(password(&"ä".repeat(10)).is_ok() && password(&"x".repeat(200)).is_ok());
        assert!(password("123456789").is_err() && password(&"x".repeat(201)).is_err());
        let longest = format!("{}@example.com", "x".repeat(EMAIL_BYTES - 12));
        assert!(email(&longest).is_ok() && email(&format!("x{longest}")).is_err());
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(email(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for wrong in ["", "ada", "@example.com", "ada@", "a@b@c", "a b@c", "a\u{0}@c"] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }
}
