//! What a request may hold in memory at once: an isolate has 128 MB, and others work in it too.

use std::fmt::Write;

use serde_json::Value;

use super::number::Number;
use crate::DataApiError;
use crate::document::{Document, MAX_DOCUMENT_BYTES, as_date, as_members};

/// The most bytes, by [`weight`], that one computed value may take: sixteen documents' worth.
const MAX_COMPUTED_BYTES: usize = 16 * MAX_DOCUMENT_BYTES;

/// How large a value is while it is computed: what it is made of is looked at before the whole is.
#[derive(Default)]
pub(super) struct Growth(usize);

impl Growth {
    /// # Errors
    /// [`DataApiError::TooLarge`] when it has become too large.
    pub(super) fn by(&mut self, value: &Value) -> Result<(), DataApiError> {
        self.0 += weight(value);
        if self.0 > MAX_COMPUTED_BYTES {
            return Err(DataApiError::TooLarge(format!(
                "a computed value would take more than {MAX_COMPUTED_BYTES} bytes"
            )));
        }
        Ok(())
    }
}

/// The most bytes, by [`weight`], that a request's groups, its sorted documents and its answer may take together.
pub(super) const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;
/// About what a value takes beside its text, and a name in an object.
const VALUE_BYTES: usize = 48;
const NAME_BYTES: usize = 40;

/// What is held now.
#[derive(Default)]
pub(in crate::embedded) struct Memory(usize);

impl Memory {
    /// # Errors
    /// [`DataApiError::TooLarge`] when that is too much; `what` would hold it.
    pub(super) fn hold(&mut self, what: &str, bytes: usize) -> Result<(), DataApiError> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 > MAX_HELD_BYTES {
            return Err(DataApiError::TooLarge(format!(
                "{what} would take more than the {MAX_HELD_BYTES} bytes of memory that a request may hold: \
                 narrow it with a filter, a limit or a projection"
            )));
        }
        Ok(())
    }

    /// Adds a document to the answer. One alone is answered whatever it weighs.
    ///
    /// # Errors
    /// [`DataApiError::TooLarge`] when the answer would be too much.
    pub(in crate::embedded) fn answer(
        &mut self,
        answer: &mut Vec<Document>,
        document: Document,
    ) -> Result<(), DataApiError> {
        if !answer.is_empty() {
            self.hold("the answer", weight_of_members(&document))?;
        }
        answer.push(document);
        Ok(())
    }

    pub(super) fn release(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }
}

/// About how many bytes a value takes in memory.
pub(super) fn weight(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(members) => weight_of_members(members),
        }
}

fn weight_of_members(members: &Document) -> usize {
    members.iter().map(|(name, value)| NAME_BYTES + name.len() + weight(value)).sum()
}

/// A text that two values share exactly if they are equal in MongoDB's sense: 1 is 1.0, and the order of fields counts.
pub(in crate::embedded) fn key(value: &Value) -> String {
    let mut text = String::new();
    write_key(&mut text, value);
    text
}

fn write_key(text: &mut String, value: &Value) {
    let number = Number::of(value);
    // Writing to a String cannot fail.
    let _ = match (value, number.and_then(Number::integral), number) {
        (_, Some(integer), _) => write!(text, "{integer}"),
        (_, _, Some(number)) => write!(text, "{:e}", number.as_f64()),
        (Value::Array(items), ..) => {
            text.push('[');
            for item in items {
                write_key(text, item);
                text.push(',');
            }
            text.write_char(']')
        }
        (value, ..) => match (as_members(value), as_date(value)) {
            (Some(members), _) => {
                text.push('{');
                for (name, member) in members {
                    // Debug's escapes make the end of a name unmistakable.
                    let _ = write!(text, "{name:?}:");
                    write_key(text, member);
                    text.push(',');
                }
                text.write_char('}')
            }
            (_, Some(millis)) => write!(text, "@{millis}"),
            (None, None) => write!(text, "{value}"),
        },
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Memory, key, weight};
    use crate::embedded::compare::compare;

    #[test]
    fn equal_values_and_no_others_share_a_key() {
        let values = [
            json!(null),
            json!(false),
            json!(0),
            json!(-0.0),
            json!(1),
            json!(1.0),
            json!(1.5),
            json!(1e300),
            json!("1"),
            json!(""),
            json!("\",\""),
            json!([]),
            json!([[], []]),
            json!([[[]]]),
            json!(["a", "b"]),
            json!(["a\",\"b"]),
            json!({}),
            json!({ "a": 1, "b": 2.0 }),
            json!({ "a": 1.0, "b": 2 }),
            json!({ "b": 2, "a": 1 }),
            json!({ "a": { "$date": 1 } }),
            json!({ "$date": 1 }),
            json!("@1"),
        ];
        for left in &values {
            for right in &values {
                assert_eq!(key(left) == key(right), compare(left, right).is_eq(), "{left} {right}");
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        memory.hold("$group", 15 << 20).unwrap();
        memory.release(15 << 20);
        memory.hold("$group", 15 << 20).unwrap();
        assert!(memory.hold("$sort", 2 << 20).unwrap_err().to_string().starts_with("$sort would take"));
        assert!(weight(&json!({ "a": ["x"] })) > weight(&json!({ "a": [] })));
    }
}
