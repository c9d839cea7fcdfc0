//! When two stores both have a document and it is not the same: which one is right, by the rules of
//! its collection (`voxora_store::collections`). Where those don't say, the target's stays, and the difference is reported.
//!
//! Two documents are the same when their canonical forms are: names in order, numbers by their value, of messages and events
//! without the names that hold null (an amendment writes null where the first version has nothing), and of people without when they
//! were last seen, which whoever moves documents changes by signing in to do it.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use voxora_data_api::document::Document;
use voxora_store::{collections, events, messages, users};

/// When somebody of the team last signed in.
const LAST_SEEN: &str = "lastSeenAt";

/// How the source's version of a document stands to the target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They say the same.
    Same,
    /// The target's is out of date.
    SourceNewer,
    /// The source's is out of date.
    TargetNewer,
    /// Neither can be said to be right; the target's stays.
    Conflict,
}

/// Compares two versions of one document.
pub fn judge(collection: &str, source: &Document, target: &Document) -> Verdict {
    if canonical(collection, source) == canonical(collection, target) {
        return Verdict::Same;
    }
    match collections::collection(collection).and_then(|collection| (collection.newer)(source, target)) {
        Some(Ordering::Greater) => Verdict::SourceNewer,
        Some(Ordering::Less) => Verdict::TargetNewer,
        Some(Ordering::Equal) | None => Verdict::Conflict,
    }
}

/// A document's text that is the same whatever store it comes from.
pub fn canonical(collection: &str, document: &Document) -> String {
    let mut text = String::new();
    let without_nulls = [messages::SCHEMA.name, events::SCHEMA.name].contains(&collection);
    if collection == users::SCHEMA.name && document.contains_key(LAST_SEEN) {
        let mut document = document.clone();
        document.remove(LAST_SEEN);
        write_members(&mut text, &document, without_nulls);
    } else {
        write_members(&mut text, document, without_nulls);
    }
    text
}

fn write_members(text: &mut String, members: &Document, without_nulls: bool) {
    let mut members: Vec<_> =
        members.iter().filter(|(_, value)| !(without_nulls && value.is_null())).collect();
    members.sort_by_key(|(name, _)| name.as_str());
    text.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_value(text, &Value::from(name.as_str()));
        text.push(':');
        write_value(text, value);
    }
    text.push('}');
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => write_members(text, members, false),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, item);
            }
            text.push(']');
        }
        // Every whole number that a document may hold is exact as a double, and a store may give it as either.
        Value::Number(number) => {
            let _ = match number.as_f64().filter(|_| number.as_i64().is_none()) {
                Some(double) => write!(text, "{double}"),
                None => write!(text, "{number}"),
            };
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// The checksum of a collection's documents in the order of their `_id`: SHA-256 of their canonical forms, one a line.
#[derive(Clone, Default)]
pub struct Checksum {
    hash: Sha256,
    /// How many documents went in.
    pub documents: u64,
}

impl Checksum {
    /// Adds the next document.
    pub fn add(&mut self, collection: &str, document: &Document) {
        self.hash.update(canonical(collection, document));
        self.hash.update("\n");
        self.documents += 1;
    }

    /// As hexadecimal digits.
    pub fn hexadecimal(&self) -> String {
        self.hash.clone().finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use voxora_data_api::document::Document;

    use super::Verdict::{Conflict, Same, SourceNewer, TargetNewer};
    use super::{Checksum, canonical, judge};

    fn document(value: &Value) -> Document {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_same_document_has_one_canonical_form() {
        let one = document(&json!({ "_id": "a", "n": 1, "o": { "x": 1.5, "y": [null, "é\n"] } }));
        let other = document(&json!({ "o": { "y": [null, "é\n"], "x": 1.5 }, "n": 1.0, "_id": "a" }));
        assert_eq!(canonical("users", &one), canonical("users", &other));
        for different in [
            json!({ "_id": "a", "n": 2, "o": { "x": 1.5, "y": [null, "é\n"] } }),
            json!({ "_id": "a", "n": "1", "o": { "x": 1.5, "y": [null, "é\n"] } }),
            json!({ "_id": "a", "n": 1, "o": { "x": 1.5, "y": ["é\n", null] } }),
            json!({ "_id": "a", "n": 1, "o": { "x": 1.5, "y": [null, "é\n"] }, "z": null }),
        ] {
            assert_ne!(canonical("users", &one), canonical("users", &document(&different)), "{different}");
        }
        let (mut first, mut second) = (Checksum::default(), Checksum::default());
        first.add("users", &one);
        second.add("users", &other);
        assert_eq!(first.hexadecimal(), second.hexadecimal());
        second.add("users", &other);
        assert_ne!(first.hexadecimal(), second.hexadecimal());
    }

    #[test]
    fn each_collection_has_its_rule() {
        let date = |time: i64| json!({ "$date": time });
        let message = json!({ "_id": "c-1", "seq": 1, "text": "old", "createdAt": date(1) });
        let edited = json!({
            "_id": "c-1", "seq": 1, "text": "new", "createdAt": date(1), "amendedBy": 5, "editedAt": date(7),
            "deletedAt": null,
        });
        let unamended =
            json!({ "_id": "c-1", "seq": 1, "text": "old", "createdAt": date(1), "editedAt": null });
        let tampered = json!({ "_id": "c-1", "seq": 1, "text": "other", "createdAt": date(1) });
        let (low, high) = (json!({ "head": 4, "status": "open" }), json!({ "head": 5, "status": "closed" }));
        let odd = json!({ "head": 5, "status": "open" });
        let first = json!({ "createdAt": date(1), "lastMessageAt": date(5), "name": "Visitor" });
        let merged = json!({ "createdAt": date(1), "lastMessageAt": date(9), "name": "Visitor" });
        let changed = json!({ "createdAt": date(1), "name": "Other", "revision": 2 });
        let seen = json!({ "createdAt": date(1), "lastMessageAt": date(5), "name": "Visitor", "lastSeenAt": date(9) });
        for (collection, source, target, verdict) in [
            ("messages", &message, &unamended, Same),
            ("messages", &edited, &message, SourceNewer),
            ("messages", &message, &edited, TargetNewer),
            ("messages", &message, &tampered, Conflict),
            ("events", &message, &unamended, Same),
            ("events", &message, &tampered, Conflict),
            ("conversations", &high, &low, SourceNewer),
            ("conversations", &low, &high, TargetNewer),
            ("conversations", &odd, &high, Conflict),
            ("customers", &merged, &first, SourceNewer),
            ("customers", &first, &merged, TargetNewer),
            ("users", &odd, &high, Conflict),
            ("users", &changed, &first, SourceNewer),
            ("users", &seen, &first, Same),
            ("settings", &low, &low, Same),
        ] {
            assert_eq!(judge(collection, &document(source), &document(target)), verdict, "{source} {target}");
        }
    }
}
