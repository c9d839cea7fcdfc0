//! What people may write: when a message has something to see in it, what is taken out of it, and what a name is made of.
//!
//! One rule for all texts of the product: the room asks here for messages, notes and edits, REST for names, and the
//! browser reads the same tables from `domain/bindings/text-rules.js` (`cargo xtask types` writes it), so that nobody is let send
//! what is refused.
//!
//! - **A text needs one visible character.** Invisible is what [`is_visible`] says: white space, controls and
//!   formatting, what fonts leave out by rule, blanks that call themselves letters or symbols.
//! - **What is no text is taken out** ([`clean`]), not refused: nobody sees the NUL they have pasted, so nobody could
//!   mend it, and kept it would break whoever reads the text next (terminals, CSV, XML). Line ends become `\n`.
//! - **Everything else is kept** as it was written, bidirectional controls and stacks of combining marks included:
//!   writing needs them (Tibetan stacks six), and a message is drawn in a box of its own.
//! - **A name stands in other people's sentences**, and is taken for who somebody is. It is one line without anything that
//!   turns its surroundings around, that cannot be seen, or that climbs out of the line ([`name`]).
//! - **What is too long for its place is cut** where a reader's character ends ([`cut()`]).

mod clusters;
mod cut;

use std::borrow::Cow;

pub use cut::cut;

/// How long a name may be, in Unicode scalar values.
pub const NAME_CHARACTERS: usize = 100;
/// How many combining marks a letter of a name may carry: Vietnamese has two, pointed Hebrew up to four.
pub const NAME_MARKS: usize = 4;

/// What has no shape of its own, by Unicode 17: `White_Space`, `Cc`, `Cf` without those that are drawn (number signs that
/// span digits, as U+0600), `Default_Ignorable_Code_Point` (fillers, variation selectors, tags), and two symbols that are
/// blank: U+2800, the empty braille pattern, and U+1D159, the null note head. Noncharacters are [`is_noncharacter`].
const INVISIBLE: [(char, char); 23] = [
    ('\0', ' '),
    ('\u{7f}', '\u{a0}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2000}', '\u{200f}'),
    ('\u{2028}', '\u{202f}'),
    ('\u{205f}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
];
/// The tags and variation selectors of plane 14, a whole block that is ignorable by default.
const PLANE_14: (char, char) = ('\u{e0000}', '\u{e0fff}');

/// Marks that are drawn above or below a letter, and stack: those for any letter, and those of Hebrew, Arabic, Thai and Lao.
const MARKS: [(char, char); 15] = [
    ('\u{300}', '\u{36f}'),
    ('\u{483}', '\u{489}'),
    ('\u{591}', '\u{5c7}'),
    ('\u{610}', '\u{61a}'),
    ('\u{64b}', '\u{65f}'),
    ('\u{6d6}', '\u{6ed}'),
    ('\u{e31}', '\u{e31}'),
    ('\u{e34}', '\u{e3a}'),
    ('\u{e47}', '\u{e4e}'),
    ('\u{eb4}', '\u{ebc}'),
    ('\u{ec8}', '\u{ece}'),
    ('\u{1ab0}', '\u{1aff}'),
    ('\u{1dc0}', '\u{1dff}'),
    ('\u{20d0}', '\u{20ff}'),
    ('\u{fe20}', '\u{fe2f}'),
];

/// Whether a character shows anything, were it all there is.
#[must_use]
pub fn is_visible(character: char) -> bool {
    // Nearly every text has its answer in its first character.
    if character.is_ascii_graphic() {
        return true;
    }
    let within = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    !INVISIBLE.iter().any(within) && !within(&PLANE_14) && !is_noncharacter(character)
}

/// Whether there is anything to see in a text.
#[must_use]
pub fn has_something_to_see(text: &str) -> bool {
    text.chars().any(is_visible)
}

/// Whether Unicode promises never to make a character of it.
#[must_use]
pub fn is_noncharacter(character: char) -> bool {
    u32::from(character) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&character)
}

/// Whether [`clean`] takes it out of a text: a control that is neither tab nor line end, or a noncharacter.
#[must_use]
pub fn is_no_text(character: char) -> bool {
    (character.is_control() && character != '\t' && !ends_line(character)) || is_noncharacter(character)
}

/// The controls that end a line: LF, VT, FF, CR and NEL.
const fn ends_line(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{85}')
}

/// The text as it is stored: without what is no text, each line end one `\n`.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_clean = |character: char| character == '\n' || !(ends_line(character) || is_no_text(character));
    if text.chars().all(is_clean) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut before = None;
    for character in text.chars() {
        match character {
            '\n' if before == Some('\r') => {}
            _ if ends_line(character) => clean.push('\n'),
            _ if is_no_text(character) => {}
            _ => clean.push(character),
        }
        before = Some(character);
    }
    Cow::Owned(clean)
}

/// Why a text is no name. Reads on after "name".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing to see in it.
    #[error("needs at least one visible character")]
    Empty,
    /// Too long.
    #[error("must have 1 to {NAME_CHARACTERS} characters; it has {0}")]
    TooLong(usize),
    /// A line end or another control, a bidirectional control, or something else that cannot be seen.
    #[error("must not contain U+{:04X}, which cannot be seen", u32::from(*.0))]
    Unseen(char),
    /// Too many combining marks on one letter.
    #[error("has more than {NAME_MARKS} combining marks on one letter")]
    TooManyMarks,
}

/// A name as it is kept: one line, without white space around it.
///
/// # Errors
/// Why it is none.
pub fn name(text: &str) -> Result<String, NameError> {
    let name = text.trim();
    if !has_something_to_see(name) {
        return Err(NameError::Empty);
    }
    let characters = name.chars().count();
    if characters > NAME_CHARACTERS {
        return Err(NameError::TooLong(characters));
    }
    if let Some(unseen) =
        name.chars().find(|character| !is_visible(*character) && !may_be_in_name(*character))
    {
        return Err(NameError::Unseen(unseen));
    }
    let is_mark = |character: char| MARKS.iter().any(|(first, last)| (*first..=*last).contains(&character));
    let mut marks = 0;
    for character in name.chars() {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        if marks > NAME_MARKS {
            return Err(NameError::TooManyMarks);
        }
    }
    Ok(name.to_owned())
}

/// What cannot be seen and yet belongs into names: spaces, the joiners of Persian, Indian scripts and emoji, and
/// variation selectors, which Mongolian and Japanese names are spelt with.
const fn may_be_in_name(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{200c}'..='\u{200d}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
            | '\u{180b}'..='\u{180d}'
            | '\u{180f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use std::fmt::Write as _;
    use std::{env, fs, path::Path};

    use super::*;

    /// A JavaScript character class of all code points for which `belongs`.
    fn class(belongs: impl Fn(char) -> bool) -> String {
        let mut class = String::new();
        let mut characters = ('\0'..=char::MAX).peekable();
        while let Some(first) = characters.next() {
            if !belongs(first) {
                continue;
            }
            let mut last = first;
            while let Some(next) = characters.next_if(|next| belongs(*next)) {
                last = next;
            }
            let write = |class: &mut String, end: char| write!(class, "\\u{{{:x}}}", u32::from(end)).unwrap();
            write(&mut class, first);
            if last != first {
                class.push('-');
                write(&mut class, last);
            }
        }
        class
    }

    fn rules() -> String {
        let (unseen, no_text) = (class(|character| !is_visible(character)), class(is_no_text));
        format!(
            "// Generated from domain/src/text.rs by `cargo xtask types`. Do not edit.\n\n\
             /** A character that can be seen: a text needs one. */\n\
             export const VISIBLE = /[^{unseen}]/u;\n\n\
             /** What the room takes out of a text. */\n\
             export const NO_TEXT = /[{no_text}]/gu;\n"
        )
    }

    /// Fails when the committed tables are not those of this file; `cargo xtask types` writes them.
    #[test]
    fn the_browsers_text_rules_are_those_of_the_rust_ones() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings/text-rules.js");
        if env::var_os("VOXORA_WRITE_TYPES").is_some() {
            fs::write(&file, rules()).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == rules(),
            "domain/bindings/text-rules.js is out of date; run `cargo xtask types`"
        );
    }

    #[test]
    fn a_text_of_what_cannot_be_seen_is_empty() {
        // What people and programs have sent as whole messages.
        let unseen = "\0\u{1}\u{7f}\u{85}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\
                      \u{200f}\u{2028}\u{202e}\u{2060}\u{2062}\u{2066}\u{2800}\u{3000}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fffb}\
                      \u{ffff}\u{1d159}\u{e0020}\u{e01ef}\u{10ffff} \t\r\n";
        for character in unseen.chars() {
            assert!(!has_something_to_see(&character.to_string()), "U+{:04X}", u32::from(character));
        }
        assert!(!has_something_to_see(unseen));
        assert!(!has_something_to_see(""));
        for seen in [
            "a",
            "?",
            "\u{301}",
            "é",
            "א",
            "\u{600}",
            "❤\u{fe0f}",
            "👩\u{200d}💻",
            "\u{fffd}",
            "\u{e000}",
            "\u{378}",
        ] {
            assert!(has_something_to_see(seen), "{seen:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_taken_out_and_all_else_is_kept() {
        for kept in [
            "",
            "a\tb\nc",
            "\u{202e}abc\u{202c}",
            "e\u{301}\u{301}\u{301}",
            "👩\u{200d}💻",
            "\u{feff}a\u{2028}b",
        ] {
            assert!(matches!(clean(kept), Cow::Borrowed(text) if text == kept), "{kept:?}");
        }
        assert_eq!(clean("a\0b\u{1b}[31mc\u{7f}\u{9b}d\u{ffff}e\u{fdd0}"), "ab[31mcde");
        assert_eq!(clean("a\r\nb\rc\u{b}d\u{c}e\u{85}f\n\ng\r\r\nh"), "a\nb\nc\nd\ne\nf\n\ng\n\nh");
    }

    #[test]
    fn a_name_is_one_line_that_can_be_seen_and_stays_where_it_stands() {
        for good in [
            "Ada",
            "Ada Lovelace-King",
            "Nguyễn Văn Ệ",
            "عائشة",
            "می\u{200c}خواهم",
            "渡辺\u{e0100}",
            "👩\u{200d}💻",
        ] {
            assert_eq!(name(&format!("  {good}\u{3000}\n")).as_deref(), Ok(good));
        }
        for empty in ["", "  ", "\u{200b}", "\u{2800}", "\u{feff}", "\u{202e}", "\u{3164}"] {
            assert_eq!(name(empty), Err(NameError::Empty));
        }
        for unseen in [
            '\0',
            '\n',
            '\t',
            '\u{85}',
            '\u{2028}',
            '\u{200b}',
            '\u{200f}',
            '\u{202e}',
            '\u{2066}',
            '\u{e0041}',
        ] {
            assert_eq!(name(&format!("Eve{unseen}x")), Err(NameError::Unseen(unseen)));
        }
        assert_eq!(
            NameError::Unseen('\u{202e}').to_string(),
            "must not contain U+202E, which cannot be seen"
        );
        assert_eq!(name(&"a".repeat(100)).map(|name| name.len()), Ok(100));
        assert_eq!(name(&"ä".repeat(101)), Err(NameError::TooLong(101)));
        assert!(name(&format!("Z{}algo", "\u{347}".repeat(4))).is_ok());
        assert_eq!(name(&format!("Z{}algo", "\u{347}".repeat(5))), Err(NameError::TooManyMarks));
    }
}
