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

/// Where a clock is: a name of the IANA database, as it is kept there.
///
/// # Errors
/// When there is no such name.
pub fn time_zone(text: &str) -> Result<String, String> {
    // Of the release 2025b. A zone that was named since is refused until it is written down there.
    let known = include_str!("time-zones.txt").lines().any(|name| name == text.trim());
    if known {
        Ok(text.trim().to_owned())
    } else {
        Err("must be a time zone such as Europe/Berlin".to_owned())
    }
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

    #[test]
    fn a_time_zone_is_a_name_of_the_iana_database() {
        for good in ["Europe/Berlin", " UTC ", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "US/Pacific"]
        {
            assert_eq!(time_zone(good).as_deref(), Ok(good.trim()));
        }
        for bad in ["", "europe/berlin", "Berlin", "Europe", "Europe/Berlin\n\nUTC", "+02:00", "CEST"] {
            assert!(time_zone(bad).is_err(), "{bad}");
        }
    }
}
