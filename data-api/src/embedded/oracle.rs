//! The engine against a tiny model of MongoDB's matching, on random documents and filters.
//!
//! The model follows MongoDB's description (collect what a path leads to, ask each) and shares nothing with the
//! translation to SQL but the order of scalars.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::Engine;
use super::compare::{compare, is_scalar};
use super::tests::{THINGS, clock, database};
use crate::contract::{Action, Answer, Find, InsertMany, Operation};
use crate::query::{Filter, Sort};

/// What a path leads to; `None` where it leads to a missing field.
fn candidates<'a>(document: &'a Map<String, Value>, path: &str) -> Vec<Option<&'a Value>> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document.get(first), rest) {
        (Some(Value::Array(items)), None) => items.iter().chain(document.get(first)).map(Some).collect(),
        (value, None) => vec![value],
        (Some(Value::Object(below)), Some(rest)) => candidates(below, rest),
        (Some(Value::Array(items)), Some(rest)) => {
            items.iter().filter_map(Value::as_object).flat_map(|below| candidates(below, rest)).collect()
        }
        (_, Some(_)) => vec![None],
    }
}

fn compares(document: &Map<String, Value>, path: &str, operand: &Value, wanted: &[Ordering]) -> bool {
    candidates(document, path).into_iter().any(|candidate| {
        match (candidate.unwrap_or(&Value::Null), operand) {
            (Value::Null, Value::Null)
            | (Value::Bool(_), Value::Bool(_))
            | (Value::Number(_), Value::Number(_))
            | (Value::String(_), Value::String(_)) => {
                wanted.contains(&compare(candidate.unwrap_or(&Value::Null), operand))
            }
            _ => false,
        }
    })
}

fn operator(document: &Map<String, Value>, path: &str, name: &str, operand: &Value) -> bool {
    use Ordering::{Equal, Greater, Less};
    let one_of = || operand.as_array().unwrap().iter().any(|value| compares(document, path, value, &[Equal]));
    match name {
        "$eq" => compares(document, path, operand, &[Equal]),
        "$ne" => !compares(document, path, operand, &[Equal]),
        "$gt" => compares(document, path, operand, &[Greater]),
        "$gte" => compares(document, path, operand, &[Greater, Equal]),
        "$lt" => compares(document, path, operand, &[Less]),
        "$lte" => compares(document, path, operand, &[Less, Equal]),
        "$in" => one_of(),
        "$nin" => !one_of(),
        "$exists" => candidates(document, path).iter().any(Option::is_some) == operand.as_bool().unwrap(),
        "$not" => !operators(document, path, operand),
        _ => panic!("{name}"),
    }
}

fn operators(document: &Map<String, Value>, path: &str, operands: &Value) -> bool {
    operands.as_object().unwrap().iter().all(|(name, operand)| operator(document, path, name, operand))
}

fn matches(document: &Map<String, Value>, filter: &Value) -> bool {
    filter.as_object().unwrap().iter().all(|(name, condition)| {
        let each = || condition.as_array().unwrap().iter().map(|term| matches(document, term));
        match name.as_str() {
            "$and" => each().all(|holds| holds),
            "$or" => each().any(|holds| holds),
            "$nor" => !each().any(|holds| holds),
            path if is_scalar(condition) => compares(document, path, condition, &[Ordering::Equal]),
            path => operators(document, path, condition),
        }
    })
}

fn text() -> impl Strategy<Value = Value> {
    select(vec![json!(""), json!("a"), json!("b"), json!("1"), json!("é")])
}

fn number() -> impl Strategy<Value = Value> {
    select(vec![json!(-1), json!(0), json!(-0.0), json!(0.1), json!(1), json!(1.0), json!(1.5), json!(2)])
}

fn boolean() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(Value::from)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![2 => text(), 3 => number(), 1 => boolean(), 1 => Just(Value::Null)]
}

fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::hash_map(select(vec!["a", "b", "c"]), inner, 0..4).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// A document that keeps to what [`THINGS`] declares.
fn document() -> impl Strategy<Value = Map<String, Value>> {
    let declared =
        |kind: BoxedStrategy<Value>| prop::option::of(prop_oneof![4 => kind, 1 => Just(Value::Null)]);
    let inside = declared(text().boxed())
        .prop_map(|text| text.map_or_else(|| json!({}), |text| json!({ "text": text, "more": 1 })));
    (
        declared(text().boxed()),
        declared(number().boxed()),
        declared(boolean().boxed()),
        prop::option::of(prop_oneof![4 => inside, 1 => scalar()]),
        prop::option::of(anything()),
        prop::option::of(anything()),
    )
        .prop_map(|(text, number, boolean, inside, a, b)| {
            let names = ["text", "number", "boolean", "in", "a", "b"];
            let fields = names.into_iter().zip([text, number, boolean, inside, a, b]);
            fields.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec![
        "text", "number", "boolean", "in", "in.text", "in.more", "a", "b", "a.b", "a.b.c", "b.a", "b.c.a.b",
        "c", "_id",
    ])
}

fn operation() -> impl Strategy<Value = Value> {
    let comparison = select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]);
    let leaf = prop_oneof![
        4 => (comparison, scalar()).prop_map(|(name, value)| json!({ name: value })),
        2 => (select(vec!["$in", "$nin"]), prop::collection::vec(scalar(), 0..4))
            .prop_map(|(name, values)| json!({ name: values })),
        1 => any::<bool>().prop_map(|wanted| json!({ "$exists": wanted })),
        1 => (scalar(), scalar()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })),
    ];
    leaf.prop_recursive(2, 3, 1, |inner| inner.prop_map(|operators| json!({ "$not": operators })))
}

fn filter() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (path(), operation()).prop_map(|(path, operation)| json!({ path: operation })),
        (path(), scalar()).prop_map(|(path, value)| json!({ path: value })),
        (path(), operation(), path(), operation())
            .prop_map(|(one, first, two, second)| json!({ one: first, two: second })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        (select(vec!["$and", "$or", "$nor"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(name, terms)| json!({ name: terms }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_finds_what_the_model_finds(
        documents in prop::collection::vec(document(), 1..8),
        filters in prop::collection::vec(filter(), 1..12),
    ) {
        let engine = Engine::open(database(), &THINGS, clock).unwrap();
        let documents: Vec<_> = documents
            .into_iter()
            .enumerate()
            .map(|(index, mut document)| {
                document.insert("_id".to_owned(), Value::from(format!("{index}")));
                document
            })
            .collect();
        let insert = InsertMany { documents: documents.clone() };
        engine.run(Action::new("things", Operation::InsertMany(insert))).unwrap();
        for filter in filters {
            let find = Find::new(Filter(filter.as_object().unwrap().clone())).sort(Sort::ascending("_id"));
            let Answer::Documents(found) = engine.run(Action::new("things", Operation::Find(find))).unwrap() else {
                panic!("another answer");
            };
            let expected: Vec<_> = documents.iter().filter(|document| matches(document, &filter)).cloned().collect();
            prop_assert_eq!(found.documents, expected, "{}", filter);
        }
    }
}
