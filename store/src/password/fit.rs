//! Which passwords may be chosen. Length, and nothing that guessers try first; no classes of characters, which make
//! passwords that people write down and guessers know (NIST SP 800-63B, section 3.1.1.2).
//!
//! `common.txt` has what many people choose: of the lists of zxcvbn-ts and of Django what is long enough to be a password here,
//! and the thousand most common words that people make one of by adding a year or an exclamation mark. Whatever the rules
//! below refuse anyway is left out, so that it is 30 kB in the Worker and 14 kB of its download; a filter of hashes would
//! save 6 kB and could not be read. `common-licences.txt` says where it is from.

use voxora_domain::limits::PASSWORD_CHARACTERS;

const COMMON: &str = include_str!("common.txt");
/// What everybody would think of.
const PRODUCT: &str = "voxora";
/// A word that is shorter than this is in too many passwords to mean anything, in characters.
const WORD: usize = 3;
/// What must be left of a password beside words that anybody can guess, in characters.
const REST: usize = 8;

/// Whether somebody may have this password. `about` is what others know of them: their name, their address.
///
/// # Errors
/// Why not, to be read after "password".
pub fn fit(password: &str, about: &[&str]) -> Result<(), String> {
    let characters = password.chars().count();
    if !PASSWORD_CHARACTERS.contains(&characters) {
        let (least, most) = PASSWORD_CHARACTERS.into_inner();
        return Err(format!("must have {least} to {most} characters; it has {characters}"));
    }
    let folded = password.to_lowercase();
    if is_common(&folded) {
        Err("is one that many people have, or nearly".to_owned())
    } else if is_simple(&folded) {
        Err("is a pattern that is easily guessed, such as 1234567890".to_owned())
    } else if is_about(&folded, about) {
        Err("is hardly more than your name, your address or the name of this product".to_owned())
    } else {
        Ok(())
    }
}

/// Whether it is a common password, or one with something before or behind it, or with digits for letters.
fn is_common(folded: &str) -> bool {
    let core = folded.trim_matches(|character: char| !character.is_alphabetic());
    let word: String = core.chars().map(letter).collect();
    let added = folded.chars().count() - core.chars().count();
    COMMON.lines().any(|common| common == folded || (common == word && added < REST))
}

/// The letter that a digit or sign stands for.
const fn letter(character: char) -> char {
    match character {
        '@' | '4' => 'a',
        '0' => 'o',
        '3' => 'e',
        '1' | '!' => 'i',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether it is a few characters again and again, or goes up and down alphabet or digits.
fn is_simple(folded: &str) -> bool {
    let codes: Vec<u32> = folded.chars().map(u32::from).collect();
    let mut distinct = codes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let repeats = |period: &usize| codes.iter().skip(*period).eq(codes.iter().take(codes.len() - period));
    let leaps = codes.iter().zip(codes.iter().skip(1)).filter(|(one, next)| one.abs_diff(**next) > 1).count();
    distinct.len() < 4 || leaps < 3 || (1..REST.min(codes.len() / 2 + 1)).any(|period| repeats(&period))
}

/// Whether little is left of it without what others know of its owner.
fn is_about(folded: &str, about: &[&str]) -> bool {
    let about = about.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let found = about.split(|character: char| !character.is_alphanumeric()).chain([PRODUCT]);
    // The longest first: "adalovelace" before "ada".
    let mut words: Vec<&str> = Vec::new();
    for word in found.filter(|word| word.chars().count() >= WORD) {
        words.insert(words.partition_point(|other| other.len() >= word.len()), word);
    }
    let rest = words.iter().fold(folded.to_owned(), |rest, word| rest.replace(word, ""));
    rest.len() < folded.len() && rest.chars().count() < REST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str) -> Option<String> {
        fit(password, &["Ada Lovelace", "ada.lovelace@example.com"]).err()
    }

    #[test]
    fn the_list_is_as_it_is_looked_for() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.is_sorted() && lines.len() > 2_000, "{}", lines.len());
        assert!(lines.iter().all(|line| !line.is_empty() && line.to_lowercase() == **line));
        assert!(COMMON.len() < 40_000, "{} bytes are in every Worker", COMMON.len());
    }

    #[test]
    fn what_guessers_try_first_is_refused() {
        for (said, passwords) in [
            ("must have 10 to 200", &["", "short", "123456789"][..]),
            (
                "is one that many people have",
                &[
                    "qwertyuiop",
                    "Password2026!",
                    "P@ssw0rd2026",
                    "sunshine!!",
                    "!!Sunshine1",
                    "1q2w3e4r5t",
                    "basketball",
                    "Basketball99",
                    "password123",
                ],
            ),
            (
                "is a pattern",
                &[
                    "1234567890",
                    "0123456789",
                    "9876543210",
                    "aaaaaaaaaa",
                    "abcdefghij",
                    "xyxyxyxyxy",
                    "tango4tango4",
                ],
            ),
            (
                "is hardly more than your name",
                &[
                    "voxora2026!",
                    "ada.lovelace",
                    "AdaLovelace1815",
                    "ada@example.com",
                    "Lovelace-Ada!",
                    "VoxoraVoxora1",
                ],
            ),
        ] {
            for password in passwords {
                let refusal = refusal(password).unwrap_or_else(|| panic!("{password} is taken"));
                assert!(refusal.starts_with(said), "{password}: {refusal}");
            }
        }
        assert!(refusal(&"x1y2z3!".repeat(40)).unwrap().ends_with("it has 280"));
    }

    #[test]
    fn no_class_of_characters_is_asked_for() {
        for password in [
            "correct horse battery staple",
            "correct horse battery staple of ada",
            "sunflower meadow",
            "wzlqkfgmvt",
            "8402517396",
            "пароль для ады",
            "緑茶と和菓子とコーヒー",
            "voxora keeps 9 llamas",
            "basketball on the moon",
        ] {
            assert_eq!(refusal(password), None, "{password}");
        }
    }
}
