//! `$regex`: the patterns that are comparisons in disguise.
//!
//! Supported are a literal, escaped with `\` where it holds special characters; `^` before and `$` after it; `.*` at an end
//! that is not anchored, where it changes nothing; and the option `i` for literals of ASCII. Everything else is refused by
//! name. As in PCRE, `$` also matches before a newline that ends the text, and `i` also takes the two letters beyond
//! ASCII that fold into it, `K` (the kelvin sign) and `ſ`.

use crate::DataApiError;
use crate::error::invalid;

/// A pattern that has been checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    at_start: bool,
    at_end: bool,
    ignore_case: bool,
    /// In small letters where case is ignored.
    literal: String,
}

impl Pattern {
    /// Reads `$regex` and `$options`. Messages say what it is about in the words of `field`.
    pub(super) fn parse(field: &str, pattern: &str, options: &str) -> Result<Self, DataApiError> {
        let refused = |what: &str| {
            Err(invalid(format!(
                "the embedded engine does not support {what} in $regex of {field}: possible are a literal, ^ before it, \
                 $ after it, and the option i"
            )))
        };
        if let Some(option) = options.chars().find(|option| *option != 'i') {
            return refused(&format!("the option {}", option.escape_debug()));
        }
        let ignore_case = !options.is_empty();
        let (at_start, pattern) = match pattern.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, pattern.strip_prefix(".*").unwrap_or(pattern)),
        };
        let mut literal = String::with_capacity(pattern.len());
        let mut at_end = false;
        let mut rest = pattern.chars();
        while let Some(character) = rest.next() {
            match character {
                '\\' => match rest.next() {
                    Some(escaped) if !escaped.is_alphanumeric() => literal.push(escaped),
                    Some(class) => return refused(&format!("\\{}", class.escape_debug())),
                    None => return Err(invalid(format!("$regex of {field} ends in a single backslash"))),
                },
                '$' if rest.as_str().is_empty() => at_end = true,
                '.' if rest.as_str() == "*" => break,
                '.' | '*' | '+' | '?' | '|' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => {
                    return refused(&character.to_string());
                }
                plain => literal.push(plain),
            }
        }
        if ignore_case {
            if !literal.is_ascii() {
                return refused("the option i with characters beyond ASCII");
            }
            literal.make_ascii_lowercase();
        }
        Ok(Self { at_start, at_end, ignore_case, literal })
    }

    /// The condition under which the text of an SQL expression matches. `bind` takes the parameters, in the order in which
    /// they stand in the condition. False or null where it does not match.
    pub(super) fn sql(&self, text: &str, mut bind: impl FnMut(&str) -> String) -> String {
        let folded;
        let text = if self.ignore_case {
            folded = format!("replace(replace(lower({text}), char(8490), 'k'), char(383), 's')");
            &folded
        } else {
            text
        };
        let with_newline = || format!("{}\n", self.literal);
        match (self.at_start, self.at_end) {
            (true, true) => format!("{text} IN ({}, {})", bind(&self.literal), bind(&with_newline())),
            _ if self.literal.is_empty() => format!("{text} IS NOT NULL"),
            (false, false) => format!("instr({text}, {}) > 0", bind(&self.literal)),
            // A range, for which an index on the field can be used.
            (true, false) => match successor(&self.literal) {
                Some(beyond) => {
                    format!("({text} >= {} AND {text} < {})", bind(&self.literal), bind(&beyond))
                }
                None => format!("{text} >= {}", bind(&self.literal)),
            },
            (false, true) => {
                // As bytes: SQLite stops counting the characters of a text at a NUL.
                let mut ends = |end: &str| {
                    format!("substr(CAST({text} AS BLOB), -{}) = CAST({} AS BLOB)", end.len(), bind(end))
                };
                format!("({} OR {})", ends(&self.literal), ends(&with_newline()))
            }
        }
    }
}

/// The least text greater than every text that begins with this one; `None` where there is no such.
fn successor(prefix: &str) -> Option<String> {
    let mut kept = prefix.to_owned();
    while let Some(last) = kept.pop() {
        let next = match last {
            // What lies between is no character.
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Pattern, successor};

    #[test]
    fn literals_and_anchors_are_read() {
        for (pattern, options, at_start, at_end, literal) in [
            ("abc", "", false, false, "abc"),
            ("^abc", "", true, false, "abc"),
            ("abc$", "", false, true, "abc"),
            ("^abc$", "", true, true, "abc"),
            (".*abc.*", "", false, false, "abc"),
            ("^abc.*", "", true, false, "abc"),
            (r"a\.b\\c\$", "", false, false, r"a.b\c$"),
            ("Grüße", "", false, false, "Grüße"),
            ("ABC", "i", false, false, "abc"),
            ("", "", false, false, ""),
            ("a b#c-d/e", "", false, false, "a b#c-d/e"),
        ] {
            let expected =
                Pattern { at_start, at_end, ignore_case: options == "i", literal: literal.to_owned() };
            assert_eq!(Pattern::parse("f", pattern, options), Ok(expected), "{pattern}");
        }
        for (pattern, options, word) in [
            ("a.c", "", "support . in"),
            ("a.*c", "", "support . in"),
            ("^.*abc", "", "support . in"),
            ("abc.*$", "", "support . in"),
            ("a|b", "", "support | in"),
            ("[ab]", "", "support [ in"),
            ("(?i)a", "", "support ( in"),
            ("a^b", "", "support ^ in"),
            ("a$b", "", "support $ in"),
            (r"\d", "", r"support \d in"),
            (r"\Qa\E", "", r"support \Q in"),
            ("a\\", "", "single backslash"),
            ("a", "x", "the option x"),
            ("a", "im", "the option m"),
            ("Ä", "i", "beyond ASCII"),
        ] {
            let error = Pattern::parse("f", pattern, options).unwrap_err().to_string();
            assert!(error.contains(word), "{pattern}: {error}");
        }
    }

    #[test]
    fn a_successor_comes_right_after() {
        for (prefix, next) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
            ("\u{D7FF}", Some("\u{E000}")),
            ("é", Some("ê")),
        ] {
            assert_eq!(successor(prefix).as_deref(), next);
        }
    }
}
