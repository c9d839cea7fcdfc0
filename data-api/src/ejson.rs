//! Extended JSON: how values that JSON does not have travel.
//!
//! In memory and in SQLite a date is `{"$date": <whole milliseconds since 1970>}`; no other name beginning with `$` can be
//! stored, so that is unambiguous. [`parse`] reads relaxed and canonical EJSON into this form, [`Extended`] writes it in
//! each [`Format`]. Types that documents here do not have (object ids, decimals, binary data, …) are refused by name.
//!
//! A name that stands twice in one object is refused too: parsers disagree about which value counts.

use serde::de::Error;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Number, Value};
use voxora_domain::json;

use crate::date;
use crate::document::{self, Document, check_number};

/// How an answer writes what plain JSON cannot tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`, the contract's default: dates are text, and nobody can tell that from text.
    Plain,
    /// `application/ejson`, canonical EJSON: each number says its type.
    Canonical,
    /// `application/ejson;mode=relaxed`, relaxed EJSON: without loss, and close to plain JSON. It is this project's
    /// addition, which its own client asks for; a server that does not know the parameter answers in canonical EJSON,
    /// and one that does not know EJSON in plain JSON, and the client reads these as well.
    Relaxed,
}

impl Format {
    /// What an `Accept` header asks for; [`Format::Plain`] unless it names EJSON.
    #[must_use]
    pub fn from_accept(accept: Option<&str>) -> Self {
        let mut types = accept.unwrap_or_default().split(',').map(|media_type| {
            let mut parts = media_type.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            (name, parts.any(|parameter| parameter.eq_ignore_ascii_case("mode=relaxed")))
        });
        match types.find(|(name, _)| {
            name.eq_ignore_ascii_case("application/ejson") || name.eq_ignore_ascii_case("application/json")
        }) {
            Some((_, true)) => Self::Relaxed,
            Some((name, false)) if name.eq_ignore_ascii_case("application/ejson") => Self::Canonical,
            _ => Self::Plain,
        }
    }

    /// The `Content-Type` of an answer in this format, and the `Accept` that asks for it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/json",
            Self::Canonical => "application/ejson",
            Self::Relaxed => "application/ejson;mode=relaxed",
        }
    }
}

/// Reads plain JSON, relaxed or canonical EJSON. The order of names is kept.
///
/// # Errors
/// What is malformed and where, or which type is not supported.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let text = str::from_utf8(text).map_err(serde_json::Error::custom)?;
    read(json::parse(text)?).map_err(serde_json::Error::custom)
}

/// What a value stands for, from the inside out.
fn read(value: Value) -> Result<Value, String> {
    match value {
        Value::Number(number) => {
            check_number(&number).map_err(|error| error.to_string())?;
            Ok(Value::Number(number))
        }
        Value::Array(mut items) => {
            items.iter_mut().try_for_each(read_in_place)?;
            Ok(Value::Array(items))
        }
        Value::Object(mut members) => {
            members.values_mut().try_for_each(read_in_place)?;
            unwrapped(members)
        }
        other => Ok(other),
    }
}

fn read_in_place(value: &mut Value) -> Result<(), String> {
    *value = read(value.take())?;
    Ok(())
}

/// The value that an object stands for where it is one of EJSON's wrappers; what is in it has been read already.
fn unwrapped(object: Document) -> Result<Value, String> {
    let (1, Some((wrapper, value))) = (object.len(), object.iter().next()) else {
        return match object.keys().find(|name| REFUSED.contains(&name.as_str())) {
            Some(wrapper) => Err(refused(wrapper)),
            None => Ok(Value::Object(object)),
        };
    };
    let malformed = |right: &str| format!("{wrapper} needs {right}");
    match (wrapper.as_str(), value) {
        ("$date", Value::String(text)) => date::parse(text).map(document::date).ok_or_else(|| {
            malformed("an RFC 3339 moment of at most milliseconds within the years 0001 to 9999")
        }),
        ("$date", value) => match value.as_i64() {
            Some(millis) if (date::MIN_MILLIS..=date::MAX_MILLIS).contains(&millis) => {
                Ok(document::date(millis))
            }
            _ => Err(malformed("text, or whole milliseconds since 1970, within the years 0001 to 9999")),
        },
        ("$numberInt", Value::String(text)) => match text.parse::<i32>() {
            Ok(integer) => Ok(Value::from(integer)),
            Err(_) => Err(malformed("a whole number of 32 bits, as text")),
        },
        ("$numberLong", Value::String(text)) => match text.parse::<i64>().map(Number::from) {
            Ok(integer) if check_number(&integer).is_ok() => Ok(Value::Number(integer)),
            _ => Err(malformed("a whole number within ±(2^53 − 1), as text")),
        },
        // NaN and the infinities parse as such, and are no JSON numbers.
        ("$numberDouble", Value::String(text)) => match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(double) => Ok(Value::Number(double)),
            None => Err(malformed("a finite number, as text")),
        },
        ("$numberInt" | "$numberLong" | "$numberDouble", _) => Err(malformed("text")),
        (other, _) if REFUSED.contains(&other) => Err(refused(other)),
        _ => Ok(Value::Object(object)),
    }
}

/// The wrappers of types that documents here do not have. `$regex` is not among them: it is an operator as well.
const REFUSED: [&str; 15] = [
    "$oid",
    "$numberDecimal",
    "$binary",
    "$uuid",
    "$timestamp",
    "$regularExpression",
    "$minKey",
    "$maxKey",
    "$undefined",
    "$symbol",
    "$code",
    "$scope",
    "$dbPointer",
    "$ref",
    "$id",
];

fn refused(wrapper: &str) -> String {
    format!(
        "{wrapper} is not supported: documents hold strings, numbers, booleans, dates, null, arrays and objects"
    )
}

/// A value as it is written in a format.
pub struct Extended<'a>(pub &'a Value, pub Format);

impl Serialize for Extended<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let &Self(value, format) = self;
        match value {
            Value::Number(number) if format == Format::Canonical => {
                let wrapper = match number.as_i64() {
                    Some(integer) if i32::try_from(integer).is_ok() => "$numberInt",
                    Some(_) => "$numberLong",
                    None => "$numberDouble",
                };
                wrap(serializer, wrapper, &number.to_string())
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(|item| Self(item, format))),
            Value::Object(members) => match (document::as_date(value), format) {
                (None, _) => {
                    serializer.collect_map(members.iter().map(|(name, value)| (name, Self(value, format))))
                }
                (Some(millis), Format::Plain) => serializer.serialize_str(&date::format(millis)),
                // Relaxed EJSON writes text for the years 1970 to 9999, which every reader can read.
                (Some(millis @ 0..), Format::Relaxed) => wrap(serializer, "$date", &date::format(millis)),
                (Some(millis), _) => {
                    let long =
                        Map::from_iter([("$numberLong".to_owned(), Value::String(millis.to_string()))]);
                    wrap(serializer, "$date", &long)
                }
            },
            scalar => scalar.serialize(serializer),
        }
    }
}

fn wrap<S: Serializer>(
    serializer: S,
    name: &str,
    value: &(impl Serialize + ?Sized),
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Extended, Format, parse};

    fn written(value: &Value, format: Format) -> String {
        serde_json::to_string(&Extended(value, format)).unwrap()
    }

    #[test]
    fn every_form_is_read() {
        for (text, expected) in [
            (r#"{"b":1,"a":[true,null,"x",1.0,-0.0]}"#, json!({ "b": 1, "a": [true, null, "x", 1.0, -0.0] })),
            (r#"{"$numberInt":"-5"}"#, json!(-5)),
            (r#"{"$numberLong":"9007199254740991"}"#, json!(9_007_199_254_740_991_i64)),
            (r#"{"$numberDouble":"1"}"#, json!(1.0)),
            (r#"{"$numberDouble":"-1.5e300"}"#, json!(-1.5e300)),
            (r#"{"at":{"$date":"1970-01-01T00:00:01.5Z"}}"#, json!({ "at": { "$date": 1500 } })),
            (r#"{"$date":1500}"#, json!({ "$date": 1500 })),
            (r#"{"$date":{"$numberLong":"-1500"}}"#, json!({ "$date": -1500 })),
            (r#"{"n":{"$gt":{"$numberInt":"5"},"$lt":9}}"#, json!({ "n": { "$gt": 5, "$lt": 9 } })),
            (r#"{"a":{"$regex":"x","$options":"i"}}"#, json!({ "a": { "$regex": "x", "$options": "i" } })),
        ] {
            let value = parse(text.as_bytes()).unwrap();
            // Compared as text, which also tells 1 from 1.0 and one order of names from another.
            assert_eq!(value.to_string(), expected.to_string(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_name() {
        for (text, word) in [
            (r#"{"a":1,"b":2,"a":3}"#, "\"a\" is there twice"),
            (r#"{"$oid":"507f1f77bcf86cd799439011"}"#, "$oid is not supported"),
            (r#"{"n":[{"$numberDecimal":"1.5"}]}"#, "$numberDecimal is not supported"),
            (r#"{"$binary":{"base64":"","subType":"00"}}"#, "$binary is not supported"),
            (r#"{"$ref":"users","$id":"x"}"#, "$ref is not supported"),
            (r#"{"a":{"$regularExpression":{"pattern":"x","options":""}}}"#, "$regularExpression is not"),
            (r#"{"$numberInt":"2147483648"}"#, "$numberInt needs"),
            (r#"{"$numberInt":5}"#, "$numberInt needs text"),
            (r#"{"$numberLong":"9007199254740992"}"#, "2^53"),
            (r#"{"$numberDouble":"NaN"}"#, "a finite number"),
            (r#"{"$numberDouble":"-Infinity"}"#, "a finite number"),
            (r#"{"$date":"22 November 2026"}"#, "RFC 3339"),
            (r#"{"$date":1.5}"#, "whole milliseconds"),
            (r#"{"$date":253402300800000}"#, "0001 to 9999"),
            (r#"{"$date":null}"#, "$date needs"),
            ("9007199254740992", "2^53"),
            ("18446744073709551615", "2^53"),
            ("1e999", "number out of range"),
            ("{", "EOF"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn each_format_writes_its_own() {
        let value = json!({ "i": 1, "l": 3_000_000_000_i64, "d": 1.0, "at": { "$date": 1500 }, "old": [{ "$date": -1 }],
            "s": "x", "n": null, "b": true });
        assert_eq!(
            written(&value, Format::Plain),
            r#"{"i":1,"l":3000000000,"d":1.0,"at":"1970-01-01T00:00:01.500Z","old":["1969-12-31T23:59:59.999Z"],"s":"x","n":null,"b":true}"#
        );
        assert_eq!(
            written(&value, Format::Relaxed),
            r#"{"i":1,"l":3000000000,"d":1.0,"at":{"$date":"1970-01-01T00:00:01.500Z"},"old":[{"$date":{"$numberLong":"-1"}}],"s":"x","n":null,"b":true}"#
        );
        assert_eq!(
            written(&value, Format::Canonical),
            r#"{"i":{"$numberInt":"1"},"l":{"$numberLong":"3000000000"},"d":{"$numberDouble":"1.0"},"at":{"$date":{"$numberLong":"1500"}},"old":[{"$date":{"$numberLong":"-1"}}],"s":"x","n":null,"b":true}"#
        );
        for format in [Format::Canonical, Format::Relaxed] {
            let read = parse(written(&value, format).as_bytes()).unwrap();
            assert_eq!(read.to_string(), value.to_string(), "{format:?}");
        }
    }

    #[test]
    fn accept_decides_the_format() {
        for (accept, format) in [
            (None, Format::Plain),
            (Some("*/*"), Format::Plain),
            (Some("application/json"), Format::Plain),
            (Some("application/ejson"), Format::Canonical),
            (Some("text/html, application/ejson;q=0.9, application/json"), Format::Canonical),
            (Some("application/json, application/ejson"), Format::Plain),
            (Some("Application/EJSON; mode=relaxed"), Format::Relaxed),
        ] {
            assert_eq!(Format::from_accept(accept), format, "{accept:?}");
        }
        for format in [Format::Plain, Format::Canonical, Format::Relaxed] {
            assert_eq!(Format::from_accept(Some(format.media_type())), format);
        }
    }
}
