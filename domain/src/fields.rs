//! What a field of a resource may hold: one rule and one sentence for each kind, whoever asks for it. A sentence reads on
//! after the field's name, as in "color must be a colour such as #1f6feb". Names are [`crate::text::name`].

use crate::text;

/// How long a description may be, in Unicode scalar values.
pub const DESCRIPTION_CHARACTERS: usize = 1_000;

/// A colour as it is kept: `#rrggbb` in lower case.
///
/// # Errors
/// Why it is none.
pub fn color(text: &str) -> Result<String, String> {
    let color = text.trim().to_ascii_lowercase();
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(color)
    } else {
        Err("must be a colour such as #1f6feb".to_owned())
    }
}

/// A description as it is kept; nothing when there is nothing to see in it.
///
/// # Errors
/// When it is too long.
pub fn description(text: &str) -> Result<Option<String>, String> {
    let characters = text.chars().count();
    if characters > DESCRIPTION_CHARACTERS {
        return Err(format!("must have at most {DESCRIPTION_CHARACTERS} characters; it has {characters}"));
    }
    let clean = text::clean(text.trim()).into_owned();
    Ok(Some(clean).filter(|clean| text::has_something_to_see(clean)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_is_six_hexadecimal_digits() {
        assert_eq!(color(" #1F6FEB ").as_deref(), Ok("#1f6feb"));
        for bad in ["", "#", "1f6feb", "#1f6fe", "#1f6feb0", "#1f6feg", "##1f6fe", "red", "#ä1f6f"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_description_is_clean_and_not_endless() {
        assert_eq!(description(" two\r\nlines\0 "), Ok(Some("two\nlines".to_owned())));
        assert_eq!(description(" \u{200b} "), Ok(None));
        assert_eq!(description(&"ä".repeat(1_000)), Ok(Some("ä".repeat(1_000))));
        assert!(description(&"ä".repeat(1_001)).unwrap_err().ends_with("it has 1001"));
    }
}
