//! What a document of a collection must hold, said so that whoever imports one reads which field is wrong and what would be
//! right.

use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_data_api::document::{Document, MAX_INTEGER, as_date};
use voxora_domain::json;
use voxora_domain::wire::FieldError;

/// Why a document is none of its collection's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Unfit {
    /// The field, by its dotted path.
    pub field: String,
    /// What it must be, as the end of a sentence.
    pub reason: String,
}

impl Unfit {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// Text that is not empty.
    Text,
    /// Text, which may be empty.
    AnyText,
    /// A UUID in its hyphenated form.
    Uuid,
    /// A list of UUIDs.
    Uuids,
    /// A whole number from 0 on.
    Count,
    /// A whole number from 0 on that 32 bits hold.
    Small,
    /// A whole number from 1 on.
    Seq,
    /// True or false.
    Boolean,
    /// A date.
    Date,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object with these fields.
    Object(&'static [Part]),
    /// A list of objects with these fields.
    Objects(&'static [Part]),
}

/// A field, whether it must be there, and what it holds.
pub(crate) type Part = (&'static str, Presence, Shape);

/// Whether a field must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    /// It may be missing or null.
    Optional,
}

pub(crate) use Presence::{Optional, Required};

/// Someone who signs what they do.
pub(crate) const ACTOR: &[Part] = &[
    ("kind", Required, Shape::Word(&["visitor", "agent", "system"])),
    ("id", Required, Shape::Text),
    ("name", Required, Shape::AnyText),
];

/// Where a conversation stands.
pub(crate) const STATUS: Shape = Shape::Word(&["open", "pending", "snoozed", "resolved", "closed"]);

/// How urgent it is.
pub(crate) const PRIORITY: Shape = Shape::Word(&["low", "normal", "high", "urgent"]);

/// How far each side has read.
pub(crate) const READ: &[Part] = &[("visitor", Required, Shape::Count), ("agents", Required, Shape::Count)];

/// Whether a document holds what it must, and whoever reads it as `T` can.
pub(crate) fn check_as<T: DeserializeOwned>(document: &Document, parts: &[Part]) -> Result<(), Unfit> {
    check(document, parts)?;
    check_readable::<T>(document)
}

/// Whether whoever reads a document as `T` can. What its shape leaves open (a null in place of a list that may be missing, a
/// version that no number of ours holds) would otherwise be stored, and fail every list that has it.
pub(crate) fn check_readable<T: DeserializeOwned>(document: &Document) -> Result<(), Unfit> {
    let read = json::from_value::<T>(Value::Object(document.clone()));
    read.map(drop).map_err(|error| Unfit::new("the document", format!("cannot be read: {error}")))
}

/// Whether a field that may be missing is as its rule keeps it.
pub(crate) fn check_kept<T: DeserializeOwned + PartialEq>(
    document: &Document,
    field: &str,
    read: fn(&T) -> Result<T, Vec<FieldError>>,
) -> Result<(), Unfit> {
    let Some(found) = document.get(field).filter(|found| !found.is_null()) else { return Ok(()) };
    let found = json::from_value::<T>(found.clone())
        .map_err(|error| Unfit::new(field, format!("cannot be read: {error}")))?;
    match read(&found) {
        Ok(kept) if kept == found => Ok(()),
        Ok(_) => Err(Unfit::new(field, "must be as it is kept: in order, without anything around it")),
        Err(errors) => Err(errors.into_iter().next().map_or_else(
            || Unfit::new(field, "does not fit"),
            |first| Unfit::new(&format!("{field}{}", first.pointer.replace('/', ".")), first.detail),
        )),
    }
}

/// Whether a document holds what it must.
pub(crate) fn check(document: &Document, parts: &[Part]) -> Result<(), Unfit> {
    check_members("", document, parts)
}

fn check_members(prefix: &str, members: &Document, parts: &[Part]) -> Result<(), Unfit> {
    for (name, presence, shape) in parts {
        let path = format!("{prefix}{name}");
        match members.get(*name) {
            None | Some(Value::Null) if *presence == Optional => {}
            None => return Err(Unfit::new(&path, "is missing")),
            Some(value) => check_value(&path, value, *shape)?,
        }
    }
    Ok(())
}

fn check_value(path: &str, value: &Value, shape: Shape) -> Result<(), Unfit> {
    let whole = |least: i64| value.as_i64().is_some_and(|number| (least..=MAX_INTEGER).contains(&number));
    let text = value.as_str();
    let (fits, reason) = match shape {
        Shape::Text => (text.is_some_and(|text| !text.is_empty()), "must be text that is not empty"),
        Shape::AnyText => (text.is_some(), "must be text"),
        Shape::Uuid => {
            (text.is_some_and(is_uuid), "must be a UUID such as 0190b6f2-7a0c-7d3e-8f6a-2b1c4d5e6f70")
        }
        Shape::Uuids => {
            let is_id = |item: &Value| item.as_str().is_some_and(is_uuid);
            (value.as_array().is_some_and(|items| items.iter().all(is_id)), "must be a list of UUIDs")
        }
        Shape::Count => (whole(0), "must be a whole number from 0 on"),
        Shape::Small => (
            value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
            "must be a whole number from 0 to 4294967295",
        ),
        Shape::Seq => (whole(1), "must be a whole number from 1 on"),
        Shape::Boolean => (value.is_boolean(), "must be true or false"),
        Shape::Date => {
            (as_date(value).is_some(), "must be a date, such as {\"$date\": \"2026-11-26T12:00:00Z\"}")
        }
        Shape::Word(words) => {
            if text.is_some_and(|text| words.contains(&text)) {
                return Ok(());
            }
            return Err(Unfit::new(path, format!("must be one of {}", words.join(", "))));
        }
        Shape::Object(parts) => {
            return match value.as_object() {
                Some(members) => check_members(&format!("{path}."), members, parts),
                None => Err(Unfit::new(path, "must be an object")),
            };
        }
        Shape::Objects(parts) => {
            let Some(items) = value.as_array() else {
                return Err(Unfit::new(path, "must be a list of objects"));
            };
            return items.iter().enumerate().try_for_each(|(place, item)| {
                check_value(&format!("{path}.{place}"), item, Shape::Object(parts))
            });
        }
    };
    if fits { Ok(()) } else { Err(Unfit::new(path, reason)) }
}

fn is_uuid(text: &str) -> bool {
    // One spelling per id; `_id`s are compared as text.
    text.len() == 36 && text == text.to_ascii_lowercase() && uuid::Uuid::parse_str(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ACTOR, Optional, Part, Required, Shape, check};

    const PARTS: &[Part] = &[
        ("_id", Required, Shape::Uuid),
        ("head", Required, Shape::Count),
        ("at", Optional, Shape::Date),
        ("tags", Optional, Shape::Uuids),
        ("actor", Required, Shape::Object(ACTOR)),
    ];

    #[test]
    fn what_is_wrong_is_named() {
        let good = json!({
            "_id": "0197a0c0-0000-7000-8000-000000000001", "head": 5, "at": { "$date": 1 },
            "actor": { "kind": "agent", "id": "u", "name": "Bob" }, "more": [],
            "tags": ["0197a0c0-0000-7000-8000-000000000001"],
        });
        check(good.as_object().unwrap(), PARTS).unwrap();
        for (path, value, said) in [
            ("/head", json!(-5), "head must be a whole number from 0 on"),
            ("/head", json!(1e300), "head must be a whole number from 0 on"),
            ("/head", json!(null), "head must be a whole number from 0 on"),
            ("/_id", json!("0197A0C0-0000-7000-8000-000000000001"), "_id must be a UUID"),
            ("/at", json!(5), "at must be a date"),
            ("/tags", json!("x"), "tags must be a list of UUIDs"),
            ("/tags", json!(["x"]), "tags must be a list of UUIDs"),
            ("/actor", json!([]), "actor must be an object"),
            ("/actor/kind", json!("robot"), "actor.kind must be one of visitor, agent, system"),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(path).unwrap() = value;
            let error = check(bad.as_object().unwrap(), PARTS).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove("head");
        assert_eq!(check(bad.as_object().unwrap(), PARTS).unwrap_err().to_string(), "head is missing");
        bad = good;
        bad["at"] = json!(null);
        check(bad.as_object().unwrap(), PARTS).unwrap();
    }
}
