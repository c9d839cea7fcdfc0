//! MongoDB's comparison order.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::document::{Document, as_date, as_members};

/// Where a value's type stands in MongoDB's order; a missing field counts as null.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
        Value::Object(_) if as_members(value).is_none() => 6, // a date
        Value::Object(_) => 3,
    }
}

/// Whether it is one value rather than a container of values.
pub(super) fn is_scalar(value: &Value) -> bool {
    !value.is_array() && as_members(value).is_none()
}

/// MongoDB's order between any two values: by type, then by value. 1 equals 1.0, strings go by their bytes, arrays
/// element by element, objects field by field in the order in which they stand.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    rank(left).cmp(&rank(right)).then_with(|| match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            // Exact: stored whole numbers stay within ±2^53. Never NaN, which JSON cannot hold.
            as_f64(left).partial_cmp(&as_f64(right)).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let each = left.iter().zip(right).map(|(left, right)| compare(left, right));
            first_difference(each).then(left.len().cmp(&right.len()))
        }
        (Value::Object(members), Value::Object(others)) => match (as_date(left), as_date(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => compare_members(members, others),
        },
        _ => Ordering::Equal,
    })
}

/// Field by field: by the type of the value, then by the name, then by the value. The shorter is less where all else is
/// equal.
fn compare_members(left: &Document, right: &Document) -> Ordering {
    let each = left.iter().zip(right).map(|((name, value), (other_name, other))| {
        rank(value).cmp(&rank(other)).then_with(|| name.cmp(other_name)).then_with(|| compare(value, other))
    });
    first_difference(each).then(left.len().cmp(&right.len()))
}

fn first_difference(mut each: impl Iterator<Item = Ordering>) -> Ordering {
    each.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

pub(super) fn as_f64(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// What a value is, for messages. Values themselves stay out of them: messages end up in logs.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) if as_date(value).is_some() => "a date",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use serde_json::{Value, json};

    use super::compare;

    #[test]
    fn values_are_ordered_by_type_then_by_value() {
        let ascending = [
            json!(null),
            json!(-1e300),
            json!(-1),
            json!(0.5),
            json!(1),
            json!(9_007_199_254_740_991_i64),
            json!(""),
            json!("B"),
            json!("a"),
            json!("é"),
            json!({}),
            json!({ "b": 1 }),
            // Types go before names, names before values.
            json!({ "c": 1 }),
            json!({ "c": 2 }),
            json!({ "c": 2, "a": null }),
            json!({ "a": "" }),
            json!({ "a": { "$date": 0 } }),
            json!([]),
            json!([1]),
            json!([1, null]),
            json!([2]),
            json!([[]]),
            json!(false),
            json!(true),
            json!({ "$date": -1 }),
            json!({ "$date": 5 }),
        ];
        for (index, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(compare(left, right), index.cmp(&other), "{left} {right}");
            }
        }
    }

    #[test]
    fn equal_numbers_are_equal_whatever_their_type() {
        for (left, right) in [
            (json!(1), json!(1.0)),
            (json!(0), json!(-0.0)),
            (json!([1, { "a": 2.0 }]), json!([1.0, { "a": 2 }])),
        ] {
            assert_eq!(compare(&left, &right), Ordering::Equal);
        }
        assert_ne!(compare(&json!(1), &json!("1")), Ordering::Equal);
        assert_ne!(compare(&Value::Null, &json!(false)), Ordering::Equal);
    }
}
