//! Random filters, sorts and projections.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::Question;
use crate::values::{anything, container, date, id, number, scalar, text};

/// A path that leads somewhere, somewhere else, or nowhere.
pub fn path() -> impl Strategy<Value = &'static str> {
    select(vec![
        "text", "number", "boolean", "date", "in", "in.text", "in.more", "s", "a", "b", "c", "a.a", "a.b",
        "a.b.c", "b.a", "b.c.a", "c.b", "none",
    ])
}

/// What is compared with a field.
fn operand() -> impl Strategy<Value = Value> {
    prop_oneof![3 => scalar().boxed(), 1 => text().boxed(), 1 => number().boxed(), 1 => date().boxed(), 1 => id().boxed()]
}

fn operand_or_container() -> impl Strategy<Value = Value> {
    prop_oneof![4 => operand().boxed(), 1 => container().boxed()]
}

/// A path and operators on what it leads to.
fn condition() -> BoxedStrategy<(&'static str, Value)> {
    let free = select(vec!["s", "a", "b", "c", "a.a", "a.b", "a.b.c", "b.a", "b.c.a", "c.b", "none"]);
    prop_oneof![
        // Without $elemMatch: on a field with an index it is an error in DocumentDB, or ends the whole PostgreSQL.
        (path(), operation(false)),
        (free, operation(true)),
    ]
    .boxed()
}

/// Operators on one field.
fn operation(elements: bool) -> BoxedStrategy<Value> {
    let compared = select(vec!["$gt", "$gte", "$lt", "$lte"]);
    let types = vec!["double", "number", "string", "bool", "null", "array", "object", "date"];
    let leaf = prop_oneof![
        3 => (select(vec!["$eq", "$ne"]), operand_or_container()).prop_map(|(name, value)| json!({ name: value })).boxed(),
        4 => (compared, operand()).prop_map(|(name, value)| json!({ name: value })).boxed(),
        2 => (select(vec!["$in", "$nin"]), prop::collection::vec(operand_or_container(), 0..4))
            .prop_map(|(name, values)| json!({ name: values })).boxed(),
        1 => any::<bool>().prop_map(|there| json!({ "$exists": there })).boxed(),
        1 => (operand(), operand()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })).boxed(),
        1 => (0..4).prop_map(|size| json!({ "$size": size })).boxed(),
        1 => select(types).prop_map(|name| json!({ "$type": name })).boxed(),
        1 => prop::collection::vec(operand_or_container(), 0..3).prop_map(|values| json!({ "$all": values })).boxed(),
        1 => pattern().boxed(),
    ];
    leaf.prop_recursive(2, 4, 1, move |inner| {
        let inside = (select(vec!["a", "b", "c"]), operand())
            .prop_map(|(name, value)| json!({ "$elemMatch": { name: value } }));
        let negated = inner.clone().prop_map(|operators| json!({ "$not": operators }));
        if !elements {
            return negated.boxed();
        }
        prop_oneof![negated, inner.prop_map(|operators| json!({ "$elemMatch": operators })), inside].boxed()
    })
    .boxed()
}

fn pattern() -> impl Strategy<Value = Value> {
    let literal = select(vec!["a", "b", "ab", "", "1", "a b"]);
    (any::<bool>(), literal, any::<bool>(), any::<bool>()).prop_map(|(start, literal, end, insensitive)| {
        let pattern = format!("{}{literal}{}", if start { "^" } else { "" }, if end { "$" } else { "" });
        if insensitive { json!({ "$regex": pattern, "$options": "i" }) } else { json!({ "$regex": pattern }) }
    })
}

/// A filter.
pub fn filter() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => (select(vec!["$eq", "$gt", "$lte"]), id()).prop_map(|(name, id)| json!({ "_id": { name: id } })).boxed(),
        4 => condition().prop_map(|(path, operation)| json!({ path: operation })).boxed(),
        2 => (path(), operand_or_container()).prop_map(|(path, value)| json!({ path: value })).boxed(),
        1 => (condition(), condition()).prop_map(|((one, first), (two, second))| json!({ one: first, two: second })).boxed(),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        (select(vec!["$and", "$or", "$nor"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(name, terms)| json!({ name: terms }))
    })
}

/// A sort that leaves nothing open: `_id` decides at last.
pub fn sort() -> impl Strategy<Value = Value> {
    let keys = prop::sample::subsequence(vec!["text", "number", "boolean", "date", "in.text", "s"], 0..3)
        .prop_shuffle();
    (keys, prop::collection::vec(select(vec![1, -1]), 3)).prop_map(|(keys, ways)| {
        keys.into_iter().chain(["_id"]).map(str::to_owned).zip(ways.into_iter().map(Value::from)).collect()
    })
}

fn projection() -> impl Strategy<Value = Value> {
    let names =
        prop::sample::subsequence(vec!["text", "number", "in.text", "s", "a.b", "b", "c.a", "none"], 1..4);
    (names, any::<bool>(), any::<bool>()).prop_map(|(names, include, with_id)| {
        let marks = names.into_iter().map(|name| (name.to_owned(), Value::from(u8::from(include))));
        let id = (!with_id).then(|| ("_id".to_owned(), Value::from(0)));
        marks.chain(id).collect()
    })
}

/// A find.
pub fn question() -> impl Strategy<Value = Question> {
    let limits = prop::option::weighted(0.2, (1..6_u8, 0..4_u8));
    (filter(), prop::option::weighted(0.4, sort()), prop::option::weighted(0.2, projection()), limits)
        .prop_map(|(filter, sort, projection, limits)| {
            let mut fields = json!({ "filter": filter });
            let ordered = sort.is_some();
            if let Some(sort) = sort {
                fields["sort"] = sort;
                // Which documents an unsorted find leaves out is nobody's promise.
                if let Some((limit, skip)) = limits {
                    fields["limit"] = limit.into();
                    fields["skip"] = skip.into();
                }
            }
            if let Some(projection) = projection {
                fields["projection"] = projection;
            }
            Question { action: "find", fields, ordered }
        })
}

/// A value for an update that fits the field's declaration.
pub fn value_of(field: &str) -> BoxedStrategy<Value> {
    match field {
        "text" | "in.text" => text().boxed(),
        // `new` and `in.more` are not declared, but counted on.
        "number" | "new" | "in.more" => number().boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "date" => date().boxed(),
        _ => anything().boxed(),
    }
}
