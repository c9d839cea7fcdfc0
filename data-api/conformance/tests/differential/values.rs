//! Random values, and documents of them. There are few of each kind, so that they often meet.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The names of fields that may hold anything.
pub const FREE: [&str; 3] = ["a", "b", "c"];

pub fn text() -> impl Strategy<Value = Value> {
    select(vec!["", "a", "b", "B", "ab", "1", "é", "a b"]).prop_map(Value::from)
}

pub fn whole() -> impl Strategy<Value = Value> {
    select(vec![-2, -1, 0, 1, 2, 3, 7, 4_000_000_000_i64]).prop_map(Value::from)
}

/// No -0.0: for DocumentDB's updates it is 0.0.
pub fn number() -> impl Strategy<Value = Value> {
    prop_oneof![3 => whole(), 2 => select(vec![-1.5, 0.0, 0.5, 1.0, 2.0, 2.5]).prop_map(Value::from)]
}

pub fn date() -> impl Strategy<Value = Value> {
    select(vec![-1_i64, 0, 1000, 1_709_164_800_000, 1_795_341_600_251, 1_798_761_599_999])
        .prop_map(|milliseconds| json!({ "$date": { "$numberLong": milliseconds.to_string() } }))
}

pub fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => text().boxed(), 4 => number().boxed(), 1 => date().boxed(),
        1 => any::<bool>().prop_map(Value::from).boxed(), 1 => Just(Value::Null).boxed()
    ]
}

/// A scalar inside of an array or object. DocumentDB finds objects with the types of their numbers in `$in`,
/// `$addToSet` and elsewhere, so no whole number is written as a double in there.
fn inner_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => text().boxed(), 3 => whole().boxed(), 1 => select(vec![-1.5, 0.5, 2.5]).prop_map(Value::from).boxed(),
        1 => date().boxed(), 1 => any::<bool>().prop_map(Value::from).boxed(), 1 => Just(Value::Null).boxed()
    ]
}

/// Anything that a field without a declaration may hold.
pub fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![3 => scalar().boxed(), 2 => container().boxed()]
}

/// An array or an object.
pub fn container() -> impl Strategy<Value = Value> {
    let nested = inner_scalar()
        .boxed()
        .prop_recursive(3, 16, 4, |inner| prop_oneof![array(inner.clone(), 0), object(inner)].boxed());
    prop_oneof![array(nested.clone().boxed(), 0), object(nested.boxed())]
}

fn array(items: BoxedStrategy<Value>, least: usize) -> BoxedStrategy<Value> {
    prop::collection::vec(items, least..4).prop_map(Value::Array).boxed()
}

fn object(values: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let members = prop::sample::subsequence(FREE.to_vec(), 0..=3).prop_shuffle();
    (members, prop::collection::vec(values, 3))
        .prop_map(|(names, values)| names.into_iter().map(str::to_owned).zip(values).collect())
        .boxed()
}

/// What can be sorted by: DocumentDB sorts an empty array as null, so there is none.
fn sortable() -> impl Strategy<Value = Value> {
    prop_oneof![4 => scalar().boxed(), 1 => array(inner_scalar().boxed(), 1), 1 => object(inner_scalar().boxed())]
}

/// A document that keeps to what is declared.
pub fn document() -> impl Strategy<Value = Value> {
    let declared = |kind: BoxedStrategy<Value>| {
        prop::option::weighted(0.8, prop_oneof![6 => kind, 1 => Just(Value::Null)]).boxed()
    };
    let inside = declared(text().boxed()).prop_map(|text| match text {
        Some(text) => Some(json!({ "text": text, "more": 1 })),
        None => Some(json!({ "more": 2 })),
    });
    let free = || prop::option::weighted(0.8, anything()).boxed();
    (
        declared(text().boxed()),
        declared(number().boxed()),
        declared(any::<bool>().prop_map(Value::from).boxed()),
        declared(date().boxed()),
        prop_oneof![2 => inside.boxed(), 1 => Just(None)],
        prop::option::weighted(0.8, sortable()),
        [free(), free(), free()],
    )
        .prop_map(|(text, number, boolean, date, inside, sortable, [a, b, c])| {
            [
                ("text", text),
                ("number", number),
                ("boolean", boolean),
                ("date", date),
                ("in", inside),
                ("s", sortable),
                ("a", a),
                ("b", b),
                ("c", c),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
        })
}

/// The documents with their `_id`s.
pub fn named(documents: Vec<Value>) -> Vec<Value> {
    let documents = documents.into_iter().enumerate().map(|(index, document)| {
        let Value::Object(fields) = document else { panic!("documents are objects") };
        std::iter::once(("_id".to_owned(), Value::from(format!("{index:02}")))).chain(fields).collect()
    });
    documents.collect()
}

/// The `_id` of a document that there may be.
pub fn id() -> impl Strategy<Value = Value> {
    (0..12).prop_map(|index| Value::from(format!("{index:02}")))
}
