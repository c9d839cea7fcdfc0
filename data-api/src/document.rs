//! What a document may hold: the part of JSON that every engine and every EJSON format carries without loss.
//!
//! Strings (a string `_id` among them), whole numbers within ±(2^53 − 1), finite doubles, booleans, null, arrays,
//! objects, and UTC dates as `{"$date": <whole milliseconds since 1970>}` (see [`crate::ejson`]). Every other name that
//! begins with `$` is refused, and so is one that holds a dot or a NUL, or is empty: such names are how a stored map
//! could later be taken for an operator or a path.

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Number, Value};
use voxora_domain::json;

use crate::DataApiError;
use crate::date::{MAX_MILLIS, MIN_MILLIS};
use crate::error::invalid;

/// A document: field names and values.
pub type Document = Map<String, Value>;

/// The largest whole number every format carries exactly, 2^53 − 1.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;
/// The most bytes of JSON a document may have. (A row of an object's SQLite holds 2 MB.)
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
/// The most bytes an `_id` may have.
pub const MAX_ID_BYTES: usize = 1024;
/// How deep objects and arrays may be nested, as in MongoDB.
pub const MAX_DEPTH: usize = 100;

/// The one name of the object that a date is.
const DATE: &str = "$date";

/// A UTC date, by its milliseconds since 1970, where a value is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i64);

impl From<Date> for Value {
    fn from(Date(millis): Date) -> Self {
        date(millis)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(DATE, &self.0)?;
        map.end()
    }
}

/// A UTC date, by its milliseconds since 1970.
#[must_use]
pub fn date(millis: i64) -> Value {
    Value::Object(Map::from_iter([(DATE.to_owned(), Value::from(millis))]))
}

/// The milliseconds since 1970 in a value that is a UTC date.
#[must_use]
pub fn as_date(value: &Value) -> Option<i64> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(DATE)?.as_i64().filter(|millis| (MIN_MILLIS..=MAX_MILLIS).contains(millis))
}

/// The members of a value that is an object, which a date is not.
#[must_use]
pub fn as_members(value: &Value) -> Option<&Document> {
    value.as_object().filter(|members| !members.contains_key(DATE))
}

/// The members of a value that is an object, which a date is not, to change them.
#[must_use]
pub fn as_members_mut(value: &mut Value) -> Option<&mut Document> {
    value.as_object_mut().filter(|members| !members.contains_key(DATE))
}

/// The document's key.
///
/// # Errors
/// [`DataApiError::Invalid`] when `_id` is missing, not a string, empty or too long.
pub fn id(document: &Document) -> Result<&str, DataApiError> {
    match document.get("_id") {
        Some(Value::String(id)) if (1..=MAX_ID_BYTES).contains(&id.len()) => Ok(id),
        Some(Value::String(_)) => Err(invalid(format!("_id must have 1 to {MAX_ID_BYTES} bytes"))),
        Some(_) => Err(invalid("_id must be a string")),
        None => Err(invalid("a document needs an _id; none is made up here")),
    }
}

/// Checks every name and value of a document that is to be stored.
///
/// # Errors
/// [`DataApiError::Invalid`] that says which name or value may not be stored.
pub fn check(document: &Document) -> Result<(), DataApiError> {
    check_members(document, MAX_DEPTH)
}

/// Checks a value that is to be stored somewhere in a document.
///
/// # Errors
/// [`DataApiError::Invalid`] that says which name or value may not be stored.
pub fn check_value(value: &Value) -> Result<(), DataApiError> {
    check_nested(value, MAX_DEPTH)
}

fn check_members(members: &Document, depth: usize) -> Result<(), DataApiError> {
    members.iter().try_for_each(|(name, value)| {
        check_name(name)?;
        check_nested(value, depth)
    })
}

fn check_nested(value: &Value, depth: usize) -> Result<(), DataApiError> {
    let deeper = || {
        depth
            .checked_sub(1)
            .ok_or_else(|| invalid(format!("a document may be nested {MAX_DEPTH} levels deep")))
    };
    match value {
        Value::Number(number) => check_number(number),
        Value::Array(items) => {
            let depth = deeper()?;
            items.iter().try_for_each(|item| check_nested(item, depth))
        }
        Value::Object(_) if as_date(value).is_some() => Ok(()),
        Value::Object(members) => check_members(members, deeper()?),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), DataApiError> {
    let reason = if name.is_empty() {
        "is empty"
    } else if name.starts_with('$') {
        "begins with '$'"
    } else if name.contains('.') {
        "holds a dot"
    } else if name.contains('\0') {
        "holds a NUL"
    } else {
        return Ok(());
    };
    Err(invalid(format!("the field name '{}' {reason}; it cannot be stored", name.escape_debug())))
}

/// Checks that a number is carried exactly by every format.
///
/// # Errors
/// [`DataApiError::Invalid`] for a whole number beyond ±(2^53 − 1).
pub fn check_number(number: &Number) -> Result<(), DataApiError> {
    let exact = match number.as_i64() {
        Some(integer) => (-MAX_INTEGER..=MAX_INTEGER).contains(&integer),
        None => number.is_f64(),
    };
    if exact {
        Ok(())
    } else {
        Err(invalid("a whole number is beyond ±(2^53 − 1), where numbers are no longer exact; use a string"))
    }
}

/// What a document is as a `T`.
///
/// # Errors
/// [`DataApiError::Decode`] when it is none.
pub fn from_document<T: DeserializeOwned>(document: Document) -> Result<T, DataApiError> {
    // serde's own message can quote values: documents hold people's data, and messages end up in logs.
    json::from_value(Value::Object(document)).map_err(|_| misfit(std::any::type_name::<T>()))
}

fn misfit(name: &str) -> DataApiError {
    DataApiError::Decode(format!("a document is not a {name}"))
}

/// What documents are as `T`s.
///
/// # Errors
/// [`DataApiError::Decode`] when one is none.
pub fn from_documents<T: DeserializeOwned>(documents: Vec<Document>) -> Result<Vec<T>, DataApiError> {
    // Not collected: that is compiled anew for each type, and takes more than this.
    let mut read = Vec::with_capacity(documents.len());
    for document in documents {
        read.push(from_document(document)?);
    }
    Ok(read)
}

/// What a struct or a map is as a document.
///
/// # Errors
/// [`DataApiError::Invalid`] when it is neither, or not one that JSON can carry.
pub fn to_document(value: &impl Serialize) -> Result<Document, DataApiError> {
    object(serde_json::to_value(value))
}

fn object(value: serde_json::Result<Value>) -> Result<Document, DataApiError> {
    match value {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(DataApiError::Invalid("only a struct or a map can be a document".into())),
        Err(error) => Err(DataApiError::Invalid(format!("not a document: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_DEPTH, as_date, as_members, check, check_value, date, id};

    #[test]
    fn names_that_could_become_operators_or_paths_are_refused() {
        for (document, word) in [
            (json!({ "$where": 1 }), "begins with '$'"),
            (json!({ "at": { "$date": "2026-11-22T00:00:00Z" } }), "'$date'"),
            (json!({ "list": [{ "$ne": null }] }), "'$ne'"),
            (json!({ "a.b": 1 }), "holds a dot"),
            (json!({ "a": { "b\0": 1 } }), "holds a NUL"),
            (json!({ "": 1 }), "is empty"),
        ] {
            let error = check(document.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!(check(json!({ "price in $": 1, "größe": { "ok": [null] } }).as_object().unwrap()), Ok(()));
    }

    #[test]
    fn a_date_is_one_value() {
        for good in [json!({ "$date": 0 }), json!({ "$date": -62_135_596_800_000_i64 })] {
            assert_eq!(check_value(&good), Ok(()), "{good}");
            assert_eq!(as_date(&good).map(date), Some(good));
        }
        for bad in [
            json!({ "$date": 1.5 }),
            json!({ "$date": 253_402_300_800_000_i64 }),
            json!({ "$date": 0, "zone": "UTC" }),
        ] {
            assert!(check_value(&bad).unwrap_err().to_string().contains("'$date' begins with '$'"), "{bad}");
        }
        assert_eq!(as_members(&json!({ "$date": 0 })), None);
        assert!(as_members(&json!({ "date": 0 })).is_some());
    }

    #[test]
    fn only_exact_numbers_are_kept() {
        for good in
            [json!(9_007_199_254_740_991_i64), json!(-9_007_199_254_740_991_i64), json!(1e300), json!(-0.0)]
        {
            assert_eq!(check_value(&good), Ok(()), "{good}");
        }
        for bad in [json!(9_007_199_254_740_992_i64), json!(i64::MIN), json!(u64::MAX)] {
            assert!(check_value(&bad).unwrap_err().to_string().contains("use a string"), "{bad}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]));
        assert_eq!(check_value(&nested(MAX_DEPTH)), Ok(()));
        assert!(check_value(&nested(MAX_DEPTH + 1)).is_err());
    }

    #[test]
    fn an_id_is_a_string_of_sensible_length() {
        assert_eq!(id(json!({ "_id": "a" }).as_object().unwrap()), Ok("a"));
        for bad in [json!({}), json!({ "_id": 7 }), json!({ "_id": "" }), json!({ "_id": "x".repeat(1025) })]
        {
            assert!(id(bad.as_object().unwrap()).is_err(), "{bad}");
        }
    }
}
