//! Dotted paths, checked once so that they can stand in a statement.

use std::cmp::Ordering;

use crate::DataApiError;
use crate::error::invalid;

/// The most parts a path may have: far beyond use, and few enough for SQLite's limits on one statement.
const MAX_PARTS: usize = 16;

/// A dotted path such as `assignee.id`, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path<'a>(Vec<&'a str>);

impl<'a> Path<'a> {
    pub(super) fn parse(path: &'a str) -> Result<Self, DataApiError> {
        let parts: Vec<_> = path.split('.').collect();
        let reason = if parts.iter().any(|part| part.is_empty()) {
            "has an empty part"
        } else if parts.iter().any(|part| part.starts_with('$')) {
            "has a part that begins with '$'; positional operators are not supported"
        } else if path.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
            // Names in stored JSON are escaped exactly where they hold one of these; SQLite compares them unescaped.
            "holds a quote, a backslash or a control character"
        } else if parts.len() > MAX_PARTS {
            "has more than 16 parts"
        } else {
            return Ok(Self(parts));
        };
        Err(invalid(format!("the field path '{}' {reason}", path.escape_debug())))
    }

    /// The parts, of which there is at least one.
    pub(super) fn parts(&self) -> &[&'a str] {
        &self.0
    }

    /// All but the last part, and the last.
    pub(super) fn split(&self) -> (&[&'a str], &'a str) {
        match self.0.split_last() {
            Some((last, parents)) => (parents, last),
            None => (&[], ""), // `parse` gives at least one part
        }
    }

    /// Whether the other path is this one or lies below it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The order in which MongoDB carries out changes: part by part, positions by their number. All positions stand where
    /// `0` does among the names, also before `1a`: as text `10` comes before it and `9` after it, which would be no order.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let each = self.0.iter().zip(&other.0).map(|(left, right)| match (position(left), position(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => "0".cmp(right),
            (None, Some(_)) => (*left).cmp("0"),
            (None, None) => left.cmp(right),
        });
        each.fold(Ordering::Equal, Ordering::then).then(self.0.len().cmp(&other.0.len()))
    }

    /// As an SQL string that holds SQLite's JSON path: `'$."assignee"."id"'`.
    pub(super) fn to_sql(&self) -> String {
        json_path(&self.0)
    }

    /// The same for the milliseconds of a date that the path leads to.
    pub(super) fn to_date_sql(&self) -> String {
        json_path(&[self.0.as_slice(), &["$date"]].concat())
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.join("."))
    }
}

/// The position in an array that a part of a path can mean: digits without a leading zero.
pub(super) fn position(part: &str) -> Option<usize> {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    if digits { part.parse().ok() } else { None }
}

/// An SQL string that holds SQLite's JSON path to these parts. They come from [`Path::parse`], which keeps out what
/// could end the quotes inside; the quotes around are doubled here.
pub(super) fn json_path(parts: &[&str]) -> String {
    format!("'$.\"{}\"'", parts.join("\".\"").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn the_order_is_one() {
        let ascending =
            ["a", "n", "n.-", "n.0", "n.9", "n.9.x", "n.10", "n.10.x", "n.00", "n.1a", "n.2b", "n.x"];
        let paths = ascending.map(|path| Path::parse(path).unwrap());
        for (index, left) in paths.iter().enumerate() {
            for (other, right) in paths.iter().enumerate() {
                assert_eq!(left.order(right), index.cmp(&other), "{left} {right}");
            }
        }
    }

    #[test]
    fn paths_are_checked_and_quoted() {
        for (path, sql) in [
            ("email", r#"'$."email"'"#),
            ("assignee.id", r#"'$."assignee"."id"'"#),
            ("o'clock [0] größe", r#"'$."o''clock [0] größe"'"#),
        ] {
            assert_eq!(Path::parse(path).unwrap().to_sql(), sql);
        }
        for bad in ["", ".", "a.", ".a", "a..b", "$a", "a.$", "a.$[].b", "a\"b", "a\\b", "a\0b", "a\nb"] {
            assert!(Path::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Path::parse(&["a"; 17].join(".")).is_err());
    }
}
