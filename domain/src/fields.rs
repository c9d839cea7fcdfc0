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

/// How many departments somebody may be in.
pub const DEPARTMENTS: usize = 50;
/// How many open conversations somebody may take.
pub const CAPACITY: std::ops::RangeInclusive<u32> = 0..=50;

/// A capacity.
///
/// # Errors
/// When it is too large.
pub fn capacity(capacity: u32) -> Result<u32, String> {
    let (least, most) = CAPACITY.into_inner();
    if CAPACITY.contains(&capacity) { Ok(capacity) } else { Err(format!("must be {least} to {most}")) }
}

/// A language as it is kept: a tag of BCP 47, the language in lower case and a region in upper case.
///
/// # Errors
/// When it is none.
pub fn language(text: &str) -> Result<String, String> {
    let text = text.trim();
    let mut tag = String::new();
    for (place, part) in text.split('-').enumerate() {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let fits = if place == 0 {
            letters && (2..=3).contains(&part.len())
        } else {
            part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (2..=8).contains(&part.len())
        };
        if !fits || text.len() > 35 {
            return Err("must be a language such as de or pt-BR".to_owned());
        }
        if place > 0 {
            tag.push('-');
        }
        // As everybody writes them: zh-Hant-TW.
        let capitals = match part.len() {
            2 if place > 0 => 2,
            4 if letters => 1,
            _ => 0,
        };
        let cased = part.chars().enumerate().map(|(place, letter)| {
            if place < capitals { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        });
        tag.extend(cased);
    }
    Ok(tag)
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

    #[test]
    fn a_language_is_a_tag_and_a_capacity_is_small() {
        for (given, kept) in
            [("de", "de"), (" PT-br ", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")]
        {
            assert_eq!(language(given).as_deref(), Ok(kept));
        }
        for bad in
            ["", "d", "deutsch", "de_DE", "de-", "-de", "de--AT", "d\u{e9}", "en-<script>", &"de-".repeat(20)]
        {
            assert!(language(bad).is_err(), "{bad}");
        }
        assert!(capacity(50).is_ok() && capacity(51).is_err());
    }
}
