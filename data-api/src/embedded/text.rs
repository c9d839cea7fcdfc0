//! `$text`: full text search, with the meaning that MongoDB gives it under `default_language: "none"`.
//!
//! A document matches when it has any of the terms; `"quoted phrases"` must all be there, and `-term` and `-"phrase"` must not.
//! Case and diacritics do not count, and there are neither stop words nor stems. Only negations match nothing.
//!
//! The index is an FTS5 table over the texts of the declared fields, without a copy of them; triggers keep it in step, so
//! a document with text costs one more row written, and one without text none.
//!
//! Where tokens begin and end, FTS5 (`unicode61`) and MongoDB differ a little: for FTS5 a token is a run of letters and
//! digits, and ends at `_` and emoji, which MongoDB keeps in tokens; and a phrase is a row of whole tokens, whatever stands
//! between them, where MongoDB looks for the text itself: it also finds `"or not"` within `floor not`, and not `"a-b"` in
//! `a b`. What has no token at all could not be found, and is refused.

use serde_json::Value as Json;

use super::compare::type_name;
use super::fields::column;
use super::path::Path;
use crate::DataApiError;
use crate::document::Document;
use crate::error::invalid;
use crate::schema::CollectionSchema;

/// The FTS5 table beside `documents`.
pub(super) const TABLE: &str = "documents_text";
/// The triggers that keep it in step.
pub(super) const TRIGGERS: [&str; 3] =
    ["documents_text_insert", "documents_text_update", "documents_text_delete"];
/// How many terms and phrases a search may have.
const MAX_TERMS: usize = 64;

/// How documents and what was found come together. The result is the same; the time is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// What was found leads to the documents: best for few.
    Lead,
    /// Documents are taken in the order of another index, and looked up in the set of what was found: best for many.
    Lookup,
    /// The same, and each is searched for by itself: best where about every tenth matches.
    Probe,
}

impl Access {
    /// The condition on a row of `documents`; `expression` is the parameter that says what to match.
    pub(super) fn sql(self, expression: &str) -> String {
        match self {
            Self::Lead => format!("number IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH {expression})"),
            // The sign keeps SQLite from looking documents up by number.
            Self::Lookup => {
                format!("+number IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH {expression})")
            }
            Self::Probe => {
                format!("EXISTS (SELECT 1 FROM {TABLE} WHERE {TABLE} MATCH {expression} AND rowid = number)")
            }
        }
    }
}

/// More than this many are many: to read each and sort takes about 100 ms.
const MANY: i64 = 15_000;
/// How many of the newest documents show how dense matches are.
const SAMPLE: i64 = 20_000;

/// How to search, where another index serves the rest of a query that wants few documents. `count` carries out a statement
/// with the expression for its parameter, and gives the number that it answers.
pub(super) fn access(count: impl Fn(String) -> Result<i64, DataApiError>) -> Result<Access, DataApiError> {
    let found = format!("FROM {TABLE} WHERE {TABLE} MATCH ?");
    if count(format!("SELECT count(*) FROM (SELECT 1 {found} LIMIT {})", MANY + 1))? <= MANY {
        return Ok(Access::Lead);
    }
    let newest = format!("rowid > (SELECT max(number) - {SAMPLE} FROM documents)");
    let dense = count(format!("SELECT count(*) {found} AND {newest}"))? * 10 >= SAMPLE;
    Ok(if dense { Access::Probe } else { Access::Lookup })
}

/// The statements that make the index of a collection that declares one; none for the others. The first makes the table.
pub(super) fn definitions(schema: &CollectionSchema) -> Result<Vec<String>, DataApiError> {
    let Some(index) = &schema.text else { return Ok(Vec::new()) };
    let columns = index.fields.iter().map(|field| {
        let column = column(schema, &Path::parse(field)?);
        column
            .map(|column| column.sql)
            .ok_or_else(|| invalid(format!("the text index '{}' needs '{field}' to be declared", index.name)))
    });
    let columns = columns.collect::<Result<Vec<_>, DataApiError>>()?;
    let names = (0..columns.len()).map(|number| format!("f{number}")).collect::<Vec<_>>().join(", ");
    // The same expressions on the row that a trigger sees. They hold no other word `body`: paths are quoted.
    let of = |row: &str| {
        columns.iter().map(|sql| sql.replacen("(body ", &format!("({row}body "), 1)).collect::<Vec<_>>()
    };
    let (old, new) = (of("old."), of("new."));
    let any = |columns: &[String]| format!("coalesce({}, NULL) IS NOT NULL", columns.join(", "));
    let differ = old.iter().zip(&new).map(|(old, new)| format!("{old} IS NOT {new}"));
    let differ = differ.collect::<Vec<_>>().join(" OR ");
    let insert = |row: &str, columns: &[String]| {
        format!(
            "INSERT INTO {TABLE} (rowid, {names}) SELECT {row}number, {} WHERE {}",
            columns.join(", "),
            any(columns)
        )
    };
    let delete =
        |columns: &[String]| format!("DELETE FROM {TABLE} WHERE rowid = old.number AND {}", any(columns));
    let [on_insert, on_update, on_delete] = TRIGGERS;
    Ok(vec![
        format!(
            "CREATE VIRTUAL TABLE {TABLE} USING fts5({names}, content='', contentless_delete=1, \
             tokenize='unicode61 remove_diacritics 2')"
        ),
        format!(
            "INSERT INTO {TABLE} (rowid, {names}) SELECT number, {} FROM documents WHERE {}",
            columns.join(", "),
            any(&columns)
        ),
        format!("CREATE TRIGGER {on_insert} AFTER INSERT ON documents BEGIN {}; END", insert("new.", &new)),
        format!(
            "CREATE TRIGGER {on_update} AFTER UPDATE OF body ON documents WHEN {differ} BEGIN {}; {}; END",
            delete(&old),
            insert("new.", &new)
        ),
        format!("CREATE TRIGGER {on_delete} AFTER DELETE ON documents BEGIN {}; END", delete(&old)),
    ])
}

/// Reads the operand of `$text`: what FTS5 shall match, or `None` where nothing can match.
pub(super) fn parse(operand: &Json) -> Result<Option<String>, DataApiError> {
    let none = Document::new();
    let fields = operand.as_object().unwrap_or(&none);
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("$search", Json::String(_)) | ("$caseSensitive" | "$diacriticSensitive", Json::Bool(false)) => {}
            ("$language", Json::String(language)) if language == "none" => {}
            ("$search", other) => {
                return Err(invalid(format!("$search of $text needs a string, not {}", type_name(other))));
            }
            ("$language" | "$caseSensitive" | "$diacriticSensitive", _) => {
                return Err(invalid(format!(
                    "the embedded engine does not support {name} in $text other than as it is without it"
                )));
            }
            (other, _) => return Err(invalid(format!("$text does not know '{}'", other.escape_debug()))),
        }
    }
    match fields.get("$search").and_then(Json::as_str) {
        Some(search) => Search::read(search).expression(),
        None => Err(invalid("$text needs {\"$search\": \"…\"}")),
    }
}

/// What a search consists of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Search<'a> {
    terms: Vec<&'a str>,
    phrases: Vec<&'a str>,
    without: Vec<&'a str>,
}

impl<'a> Search<'a> {
    /// Reads a search as MongoDB does: `-` negates where white space stands before it and none after it, up to the next
    /// white space, and not within quotes; quotes make phrases. One that is not closed gives terms, and none if negated.
    fn read(search: &'a str) -> Self {
        let mut found = Self::default();
        let mut negated = false;
        let mut after_space = true;
        // What stands behind an open quote, and how many terms stand before it.
        let mut open: Option<(&str, usize)> = None;
        let mut rest = search;
        while let Some(first) = rest.chars().next() {
            let (_, mut beyond) = rest.split_at(first.len_utf8());
            let is_space = matches!(first, ' ' | '\n' | '\u{B}' | '\u{C}' | '\r');
            if is_space {
                negated &= open.is_some();
            } else if first == '"' {
                if let Some((phrase, terms)) = open.take() {
                    let phrase = phrase.strip_suffix(rest).unwrap_or_default();
                    found.terms.truncate(terms);
                    // An empty one is in every text.
                    if negated {
                        found.without.push(phrase);
                    } else if !phrase.is_empty() {
                        found.phrases.push(phrase);
                    }
                } else {
                    open = Some((beyond, found.terms.len()));
                }
            } else if is_separator(first) {
                negated |= first == '-' && after_space && open.is_none();
            } else {
                let (term, behind) = rest.split_at(rest.find(is_separator).unwrap_or(rest.len()));
                beyond = behind;
                match (negated, &open) {
                    (false, _) => found.terms.push(term),
                    (true, None) => found.without.push(term),
                    (true, Some(_)) => {}
                }
            }
            (after_space, rest) = (is_space, beyond);
        }
        found
    }

    /// As FTS5 writes it. Every term and phrase is quoted, so nothing in it can be syntax.
    fn expression(&self) -> Result<Option<String>, DataApiError> {
        let count = self.terms.len() + self.phrases.len() + self.without.len();
        if count > MAX_TERMS {
            return Err(DataApiError::TooLarge(format!(
                "a search may have {MAX_TERMS} terms and phrases; this one has {count}"
            )));
        }
        let all = self.terms.iter().chain(&self.phrases).chain(&self.without);
        if let Some(words) =
            all.into_iter().find(|words| !words.contains(char::is_alphanumeric) || words.contains('\0'))
        {
            return Err(invalid(format!(
                "the embedded engine does not search for words without a letter or a digit, or with a NUL: '{}'",
                words.escape_debug()
            )));
        }
        // A phrase that must be there makes terms that may be there superfluous.
        let wanted = if self.phrases.is_empty() {
            quoted(&self.terms, " OR ")
        } else {
            quoted(&self.phrases, " AND ")
        };
        Ok(match (wanted.is_empty(), self.without.is_empty()) {
            (true, _) => None,
            (false, true) => Some(wanted),
            (false, false) => Some(format!("({wanted}) NOT ({})", quoted(&self.without, " OR "))),
        })
    }
}

fn quoted(words: &[&str], joint: &str) -> String {
    // No quote can be in one: quotes separate.
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(joint)
}

/// Whether a character stands between terms. FTS5 takes apart what is left together here, as a phrase.
fn is_separator(c: char) -> bool {
    (c.is_ascii_punctuation() && c != '_')
        || c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{A1}'..='\u{A9}' | '\u{AB}'..='\u{B1}' | '\u{B4}' | '\u{B6}'..='\u{B8}' | '\u{BB}' | '\u{BF}')
        || matches!(c, '\u{2010}'..='\u{205E}' | '\u{2190}'..='\u{245F}' | '\u{2500}'..='\u{2775}')
        || matches!(c, '\u{2794}'..='\u{2BFF}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}')
        || matches!(c, '\u{FF01}' | '\u{FF0C}' | '\u{FF0E}' | '\u{FF1A}' | '\u{FF1B}' | '\u{FF1F}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Access, MANY, access, parse};

    #[test]
    fn how_to_search_depends_on_how_many_match() {
        for (all, newest, expected) in [
            (0, 0, Access::Lead),
            (MANY, 9999, Access::Lead),
            (MANY + 1, 0, Access::Lookup),
            (MANY + 1, 1999, Access::Lookup),
            (MANY + 1, 2000, Access::Probe),
        ] {
            let count = |statement: String| Ok(if statement.contains("LIMIT") { all } else { newest });
            assert_eq!(access(count), Ok(expected), "{all} {newest}");
        }
    }

    #[test]
    fn searches_become_quoted_expressions() {
        for (search, expected) in [
            ("hello world", Some(r#""hello" OR "world""#)),
            ("  Hello,  world! ", Some(r#""Hello" OR "world""#)),
            (r#"ssl "authority key" other"#, Some(r#""authority key""#)),
            (r#""one two" "three four""#, Some(r#""one two" AND "three four""#)),
            ("coffee -shop", Some(r#"("coffee") NOT ("shop")"#)),
            (r#"coffee -"coffee shop" -cake"#, Some(r#"("coffee") NOT ("coffee shop" OR "cake")"#)),
            ("-a-b c", Some(r#"("c") NOT ("a" OR "b")"#)),
            ("pre-market", Some(r#""pre" OR "market""#)),
            ("a - b", Some(r#""a" OR "b""#)),
            (r#"an "open quote"#, Some(r#""an" OR "open" OR "quote""#)),
            (r#"hello -"foo bar"-"baz quux""#, Some(r#"("hello") NOT ("foo bar" OR "baz quux")"#)),
            (r#"hello -"foo bar"baz"#, Some(r#"("hello") NOT ("foo bar" OR "baz")"#)),
            (r#"hello -"foo bar" baz"#, Some(r#"("hello" OR "baz") NOT ("foo bar")"#)),
            (r#"hello - "foo bar""#, Some(r#""foo bar""#)),
            (r#""foo"-bar"#, Some(r#""foo""#)),
            (r#""open -quote"#, Some(r#""open" OR "quote""#)),
            (r#"hello -"open quote"#, Some(r#""hello""#)),
            ("hello\t-world", Some(r#""hello" OR "world""#)),
            ("hello\u{3000}-world", Some(r#""hello" OR "world""#)),
            ("hello\n-world", Some(r#"("hello") NOT ("world")"#)),
            (r#""" hello"#, Some(r#""hello""#)),
            (r#""""#, None),
            (r#""one" "" two"#, Some(r#""one""#)),
            ("snake_case", Some(r#""snake_case""#)),
            ("→ ✓ ？", None),
            ("a* OR f0:b NEAR(c)", Some(r#""a" OR "OR" OR "f0" OR "b" OR "NEAR" OR "c""#)),
            ("what\0is", Some(r#""what" OR "is""#)),
            ("„Grüße“ 日本語", Some(r#""Grüße" OR "日本語""#)),
            ("-only -these", None),
            ("  ", None),
            ("", None),
            ("!?", None),
        ] {
            assert_eq!(parse(&json!({ "$search": search })).unwrap().as_deref(), expected, "{search}");
        }
        let defaults = json!({ "$search": "a", "$language": "none", "$caseSensitive": false, "$diacriticSensitive": false });
        assert_eq!(parse(&defaults).unwrap().as_deref(), Some(r#""a""#));
    }

    #[test]
    fn what_a_search_cannot_do_it_says() {
        for (operand, word) in [
            (json!("a"), "needs {\"$search\""),
            (json!({}), "needs {\"$search\""),
            (json!({ "$search": 5 }), "not a number"),
            (json!({ "$search": "a", "$language": "english" }), "does not support $language"),
            (json!({ "$search": "a", "$caseSensitive": true }), "does not support $caseSensitive"),
            (json!({ "$search": "a", "$diacriticSensitive": true }), "does not support $diacriticSensitive"),
            (json!({ "$search": "a", "$meta": "textScore" }), "does not know '$meta'"),
            (json!({ "$search": "a ".repeat(65) }), "64 terms"),
            (json!({ "$search": "hello 😀" }), "without a letter or a digit"),
            (json!({ "$search": "hello -😀" }), "without a letter or a digit"),
            (json!({ "$search": "hello ___" }), "without a letter or a digit"),
            (json!({ "$search": "hello \"!!!\"" }), "without a letter or a digit"),
            (json!({ "$search": "hello \" \"" }), "without a letter or a digit"),
            (json!({ "$search": "hello -\"\"" }), "without a letter or a digit"),
            (json!({ "$search": "\"a\u{0}b\"" }), "NUL"),
        ] {
            let error = parse(&operand).unwrap_err().to_string();
            assert!(error.contains(word), "{operand}: {error}");
        }
    }
}
