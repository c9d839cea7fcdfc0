//! Between JSON and BSON: MongoDB's extended JSON in both of its forms, and the Data API's plain one.
//!
//! Reading takes relaxed and canonical EJSON alike and keeps the order of keys. A whole number becomes the smallest
//! BSON integer that holds it, and anything written with a point or an exponent stays a double, so that `1.0` comes
//! back as `1.0`.

use bson::spec::BinarySubtype;
use bson::{Bson, DateTime, Document};
use serde_json::{Map, Value, json};
use voxora_data_api::DataApiError;
use voxora_data_api::ejson::Format;

/// Names that stand for a BSON value, and then are an object's only one. `$code` is not among them: what carries
/// JavaScript to the server is refused.
const WRAPPERS: [&str; 14] = [
    "$oid",
    "$date",
    "$numberInt",
    "$numberLong",
    "$numberDouble",
    "$numberDecimal",
    "$binary",
    "$uuid",
    "$regularExpression",
    "$timestamp",
    "$minKey",
    "$maxKey",
    "$symbol",
    "$undefined",
];

/// Writes a value of an answer.
pub fn write(value: Bson, format: Format) -> Value {
    match format {
        Format::Plain => plain(value),
        Format::Relaxed => value.into_relaxed_extjson(),
        Format::Canonical => value.into_canonical_extjson(),
    }
}

/// Reads a value of a request; `path` says where it stands in there.
///
/// # Errors
/// [`DataApiError::Invalid`] that names the place and what is wrong with it.
pub fn read(value: Value, path: &str) -> Result<Bson, DataApiError> {
    Ok(match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(value),
        Value::String(value) => Bson::String(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => i32::try_from(integer).map_or(Bson::Int64(integer), Bson::Int32),
            (None, Some(double)) if !number.is_u64() => Bson::Double(double),
            _ => return Err(invalid(path, "holds a whole number beyond 64 bits; use a string or a double")),
        },
        Value::Array(items) => Bson::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| read(item, &format!("{path}.{index}")))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(members) => match wrapper(&members) {
            Some(name) if members.len() > 1 => {
                return Err(invalid(path, &format!("has {name} beside other names; it must stand alone")));
            }
            Some(name) => read_wrapper(name, members, path)?,
            None => Bson::Document(read_members(members, path)?),
        },
    })
}

/// Reads an object of a request as a document.
///
/// # Errors
/// [`DataApiError::Invalid`] that names the place and what is wrong with it.
pub fn read_document(value: Value, path: &str) -> Result<Document, DataApiError> {
    match read(value, path)? {
        Bson::Document(document) => Ok(document),
        _ => Err(invalid(path, "must be an object")),
    }
}

fn read_members(members: Map<String, Value>, path: &str) -> Result<Document, DataApiError> {
    members
        .into_iter()
        .map(|(name, value)| {
            let path = format!("{path}.{name}");
            if name.contains('\0') {
                return Err(invalid(&path, "has a NUL in its name"));
            }
            Ok((name, read(value, &path)?))
        })
        .collect()
}

/// The wrapper among an object's names.
fn wrapper(members: &Map<String, Value>) -> Option<&'static str> {
    WRAPPERS.into_iter().find(|wrapper| members.contains_key(*wrapper))
}

fn read_wrapper(name: &str, members: Map<String, Value>, path: &str) -> Result<Bson, DataApiError> {
    // Milliseconds as a bare number: no form of EJSON version 2, but widely written.
    if name == "$date"
        && let Some(milliseconds) = members.get(name).and_then(Value::as_i64)
    {
        return Ok(Bson::DateTime(DateTime::from_millis(milliseconds)));
    }
    // The library's own message may quote the value.
    Bson::try_from(members).map_err(|_| invalid(path, &format!("is not a valid {name}")))
}

fn invalid(path: &str, reason: &str) -> DataApiError {
    DataApiError::Invalid(format!("{} {reason}", path.escape_debug()))
}

/// The Data API's plain JSON: ids as hexadecimal, dates as ISO 8601, decimals as text, binaries as `{Subtype, Data}`.
/// What has no plain form keeps its EJSON one.
fn plain(value: Bson) -> Value {
    match value {
        Bson::Document(document) => {
            Value::Object(document.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        Bson::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Bson::ObjectId(id) => Value::String(id.to_hex()),
        Bson::Decimal128(decimal) => Value::String(decimal.to_string()),
        Bson::DateTime(date) => match date.try_to_rfc3339_string() {
            Ok(text) => Value::String(text),
            Err(_) => json!(date.timestamp_millis()),
        },
        Bson::Binary(binary) if binary.subtype == BinarySubtype::Uuid => match binary.to_uuid() {
            Ok(uuid) => Value::String(uuid.to_string()),
            Err(_) => Bson::Binary(binary).into_relaxed_extjson(),
        },
        Bson::Binary(binary) => {
            use base64::Engine as _;
            let data = base64::prelude::BASE64_STANDARD.encode(&binary.bytes);
            json!({ "Subtype": u8::from(binary.subtype), "Data": data })
        }
        other => other.into_relaxed_extjson(),
    }
}

#[cfg(test)]
mod tests {
    use bson::bson;
    use serde_json::{Value, json};

    use voxora_data_api::ejson::Format;

    use super::{read, write};

    fn round_trip(value: Value, format: Format) -> Value {
        write(read(value, "document").unwrap(), format)
    }

    #[test]
    fn relaxed_and_canonical_say_the_same() {
        let relaxed = json!({
            "z": 1, "a": 1.0, "long": 5_000_000_000_i64, "text": "ü", "on": true, "none": null,
            "at": { "$date": "2026-11-22T10:00:00Z" }, "id": { "$oid": "0123456789abcdef01234567" },
            "price": { "$numberDecimal": "1.10" }, "list": [1, [2.5, {}]],
        });
        let canonical = json!({
            "z": { "$numberInt": "1" }, "a": { "$numberDouble": "1.0" }, "long": { "$numberLong": "5000000000" },
            "text": "ü", "on": true, "none": null,
            "at": { "$date": { "$numberLong": "1795341600000" } }, "id": { "$oid": "0123456789abcdef01234567" },
            "price": { "$numberDecimal": "1.10" },
            "list": [{ "$numberInt": "1" }, [{ "$numberDouble": "2.5" }, {}]],
        });
        for value in [&relaxed, &canonical] {
            assert_eq!(round_trip(value.clone(), Format::Relaxed), relaxed);
            assert_eq!(round_trip(value.clone(), Format::Canonical), canonical);
            // As text, because only that shows the order of keys and the point of 1.0.
            let text = round_trip(value.clone(), Format::Relaxed).to_string();
            assert!(text.starts_with(r#"{"z":1,"a":1.0,"long":5000000000,"#), "{text}");
        }
    }

    #[test]
    fn plain_json_is_what_atlas_answered() {
        let value = json!({
            "at": { "$date": 1_795_341_600_000_i64 }, "id": { "$oid": "0123456789abcdef01234567" },
            "price": { "$numberDecimal": "1.10" }, "bytes": { "$binary": { "base64": "AQI=", "subType": "00" } },
            "uuid": { "$uuid": "c8edabc3-f738-4ca3-b68d-ab92a91478a3" }, "n": { "$numberLong": "7" },
        });
        let expected = json!({
            "at": "2026-11-22T10:00:00Z", "id": "0123456789abcdef01234567", "price": "1.10",
            "bytes": { "Subtype": 0, "Data": "AQI=" }, "uuid": "c8edabc3-f738-4ca3-b68d-ab92a91478a3", "n": 7,
        });
        assert_eq!(round_trip(value, Format::Plain), expected);
    }

    #[test]
    fn operators_are_no_wrappers() {
        let filter = json!({ "name": { "$regex": "^a", "$options": "i" }, "n": { "$gt": 1, "$lt": { "$numberInt": "9" } } });
        let expected = bson!({ "name": { "$regex": "^a", "$options": "i" }, "n": { "$gt": 1, "$lt": 9 } });
        assert_eq!(read(filter, "filter").unwrap(), expected);
        // Half a wrapper is neither the value it seems to be nor a document anybody meant.
        let half = read(json!({ "$oid": "x", "b": 1 }), "filter").unwrap_err();
        assert_eq!(half.to_string(), "filter has $oid beside other names; it must stand alone");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_without_its_value() {
        for (value, message) in [
            (json!({ "a": [{ "b": { "$oid": "secret" } }] }), "document.a.0.b is not a valid $oid"),
            (json!({ "at": { "$date": "secret" } }), "document.at is not a valid $date"),
            (json!({ "n": { "$numberInt": "secret" } }), "document.n is not a valid $numberInt"),
            (
                json!({ "n": u64::MAX }),
                "document.n holds a whole number beyond 64 bits; use a string or a double",
            ),
            (json!({ "a\0": 1 }), "document.a\\0 has a NUL in its name"),
        ] {
            assert_eq!(read(value, "document").unwrap_err().to_string(), message);
        }
    }
}
