//! Equality of answers: exact in what the contract promises, blind to what it leaves open.

use serde_json::Value;

/// Whether two values are the same to a reader of relaxed EJSON: the types of numbers and the order of keys count.
#[allow(clippy::cmp_owned, reason = "the texts differ where the values do not")]
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    // `1` and `1.0` are equal as numbers, and so are objects with other orders of keys; their texts are not.
    left.to_string() == right.to_string()
}

/// Whether a body is the one expected. In which order an answer's own fields stand means nothing, and neither does the
/// order of documents that nobody sorted.
pub(crate) fn same_answer(expected: &Value, got: &Value, ordered: bool) -> bool {
    let (Some(expected), Some(got)) = (expected.as_object(), got.as_object()) else {
        return same(expected, got);
    };
    expected.len() == got.len()
        && expected.iter().all(|(name, expected)| match got.get(name) {
            // A key that the engine makes up.
            Some(_) if expected.get("$any").is_some() => true,
            Some(got) if ordered => same(expected, got),
            Some(got) => texts(expected) == texts(got),
            None => false,
        })
}

fn texts(documents: &Value) -> Option<Vec<String>> {
    let mut texts: Vec<_> = documents.as_array()?.iter().map(Value::to_string).collect();
    texts.sort();
    Some(texts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{same, same_answer};

    #[test]
    fn types_and_the_order_of_keys_count_and_the_order_of_unsorted_documents_does_not() {
        assert!(same(&json!({ "a": 1, "b": [1.0] }), &json!({ "a": 1, "b": [1.0] })));
        assert!(!same(&json!(1), &json!(1.0)));
        assert!(!same(&json!({ "a": 1, "b": 2 }), &json!({ "b": 2, "a": 1 })));
        let (one, two) = (json!({ "documents": [1, 2] }), json!({ "documents": [2, 1] }));
        assert!(same_answer(&one, &two, false) && !same_answer(&one, &two, true));
        assert!(!same_answer(&one, &json!({ "documents": [1, 2, 2] }), false));
        assert!(!same_answer(&one, &json!({}), false));
        let counts = json!({ "matchedCount": 1, "modifiedCount": 0 });
        assert!(same_answer(&counts, &json!({ "modifiedCount": 0, "matchedCount": 1 }), true));
    }
}
