//! MongoDB's comparison order, as far as values can be compared without a field order in objects.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Where a value's type stands in MongoDB's order; a missing field counts as null.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
    }
}

/// Whether it is one value rather than a container of values.
pub(super) fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

/// MongoDB's order between two values of which at least one is a scalar: by type, then by value. 1 equals 1.0, and
/// strings go by their bytes.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            // Exact: stored whole numbers stay within ±2^53. Never NaN, which JSON cannot hold.
            as_f64(left).partial_cmp(&as_f64(right)).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
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
            json!([]),
            json!(false),
            json!(true),
        ];
        for (index, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(compare(left, right), index.cmp(&other), "{left} {right}");
            }
        }
    }

    #[test]
    fn equal_numbers_are_equal_whatever_their_type() {
        for (left, right) in [(json!(1), json!(1.0)), (json!(0), json!(-0.0))] {
            assert_eq!(compare(&left, &right), Ordering::Equal);
        }
        assert_ne!(compare(&json!(1), &json!("1")), Ordering::Equal);
        assert_ne!(compare(&Value::Null, &json!(false)), Ordering::Equal);
    }
}
