//! The engine against a tiny model of MongoDB's matching, on random documents and filters.
//!
//! The model follows MongoDB's description (collect what a path leads to, ask each) and shares nothing with the
//! translation to SQL but the order of scalars.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::Engine;
use super::compare::compare;
use super::tests::{THINGS, clock, database};
use crate::contract::{Action, Answer, Find, InsertMany, Operation, UpdateOperation};
use crate::query::{Filter, Sort, Update};

/// What a path leads to; `None` where it leads to a missing field.
fn candidates<'a>(document: &'a Map<String, Value>, path: &str) -> Vec<Option<&'a Value>> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document.get(first), rest) {
        (Some(Value::Array(items)), None) => items.iter().chain(document.get(first)).map(Some).collect(),
        (value, None) => vec![value],
        (Some(Value::Array(items)), Some(rest)) => {
            items.iter().filter_map(members).flat_map(|below| candidates(below, rest)).collect()
        }
        (value, Some(rest)) => match value.and_then(members) {
            Some(below) => candidates(below, rest),
            None => vec![None],
        },
    }
}

/// The arrays that a path leads to.
fn arrays<'a>(document: &'a Map<String, Value>, path: &str) -> Vec<&'a Vec<Value>> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document.get(first), rest) {
        (Some(Value::Array(items)), None) => vec![items],
        (Some(Value::Array(items)), Some(rest)) => {
            items.iter().filter_map(members).flat_map(|below| arrays(below, rest)).collect()
        }
        (value, Some(rest)) => value.and_then(members).map(|below| arrays(below, rest)).unwrap_or_default(),
        (_, None) => Vec::new(),
    }
}

fn members(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|members| !members.contains_key("$date"))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(members) if members.contains_key("$date") => "date",
        Value::Object(_) => "object",
    }
}

/// What a condition is asked about: the values it is compared with, and the arrays it can look into.
struct Found<'a> {
    candidates: Vec<Option<&'a Value>>,
    arrays: Vec<&'a Vec<Value>>,
}

impl<'a> Found<'a> {
    fn at(document: &'a Map<String, Value>, path: &str) -> Self {
        Self { candidates: candidates(document, path), arrays: arrays(document, path) }
    }

    fn element(value: &'a Value) -> Self {
        Self { candidates: vec![Some(value)], arrays: value.as_array().into_iter().collect() }
    }

    fn compares(&self, operand: &Value, wanted: &[Ordering]) -> bool {
        self.candidates.iter().any(|candidate| {
            let candidate = candidate.unwrap_or(&Value::Null);
            type_of(candidate) == type_of(operand) && wanted.contains(&compare(candidate, operand))
        })
    }

    fn is(&self, operand: &Value) -> bool {
        self.compares(operand, &[Ordering::Equal])
    }

    fn operator(&self, name: &str, operand: &Value, all: &Value) -> bool {
        use Ordering::{Equal, Greater, Less};
        let list = || operand.as_array().unwrap().iter();
        match name {
            "$eq" => self.is(operand),
            "$ne" => !self.is(operand),
            "$gt" => self.compares(operand, &[Greater]),
            "$gte" => self.compares(operand, &[Greater, Equal]),
            "$lt" => self.compares(operand, &[Less]),
            "$lte" => self.compares(operand, &[Less, Equal]),
            "$in" => list().any(|value| self.is(value)),
            "$nin" => !list().any(|value| self.is(value)),
            "$exists" => self.candidates.iter().any(Option::is_some) == operand.as_bool().unwrap(),
            "$not" => !self.operators(operand),
            "$type" => {
                let wanted = operand.as_str().unwrap();
                self.candidates
                    .iter()
                    .flatten()
                    .any(|value| type_of(value) == wanted || (wanted == "double" && value.is_f64()))
            }
            "$size" => self.arrays.iter().any(|items| operand.as_u64() == Some(items.len() as u64)),
            "$all" => {
                !operand.as_array().unwrap().is_empty()
                    && list().all(|value| match value.get("$elemMatch") {
                        Some(wanted) => self.element_matches(wanted),
                        None => self.is(value),
                    })
            }
            "$elemMatch" => self.element_matches(operand),
            "$regex" => {
                let pattern = operand.as_str().unwrap();
                let fold = all.get("$options").is_some_and(|options| options == "i");
                self.candidates
                    .iter()
                    .flatten()
                    .filter_map(|value| value.as_str())
                    .any(|text| found(text, pattern, fold))
            }
            "$options" => true,
            _ => panic!("{name}"),
        }
    }

    fn element_matches(&self, wanted: &Value) -> bool {
        let filter = wanted.as_object().unwrap();
        let by_value = filter
            .keys()
            .next()
            .is_some_and(|name| name.starts_with('$') && !["$and", "$or", "$nor"].contains(&name.as_str()));
        let nothing = Map::new();
        self.arrays.iter().any(|items| {
            items.iter().any(|item| match item {
                _ if by_value => Self::element(item).operators(wanted),
                // An array is an object whose names are positions, and no filter here asks for one.
                Value::Array(_) => matches(&nothing, wanted),
                _ => members(item).is_some_and(|below| matches(below, wanted)),
            })
        })
    }

    fn operators(&self, operands: &Value) -> bool {
        operands.as_object().unwrap().iter().all(|(name, operand)| self.operator(name, operand, operands))
    }
}

/// Whether a text has a match for a literal with anchors, tried at every place.
fn found(text: &str, pattern: &str, fold: bool) -> bool {
    let folded = |text: &str| -> String {
        let lower = text.chars().flat_map(char::to_lowercase);
        lower.map(|c| if c == 'ſ' { 's' } else { c }).collect()
    };
    let (text, pattern) = if fold { (folded(text), folded(pattern)) } else { (text.into(), pattern.into()) };
    let (at_start, pattern) =
        pattern.strip_prefix('^').map_or((false, pattern.as_str()), |rest| (true, rest));
    let (at_end, literal) = pattern.strip_suffix('$').map_or((false, pattern), |rest| (true, rest));
    (0..=text.len()).filter(|at| text.is_char_boundary(*at) && (!at_start || *at == 0)).any(|at| {
        text[at..].strip_prefix(literal).is_some_and(|rest| !at_end || rest.is_empty() || rest == "\n")
    })
}

fn matches(document: &Map<String, Value>, filter: &Value) -> bool {
    filter.as_object().unwrap().iter().all(|(name, condition)| {
        let each = || condition.as_array().unwrap().iter().map(|term| matches(document, term));
        match name.as_str() {
            "$and" => each().all(|holds| holds),
            "$or" => each().any(|holds| holds),
            "$nor" => !each().any(|holds| holds),
            path => {
                let found = Found::at(document, path);
                let first = condition.as_object().and_then(|operators| operators.keys().next());
                if first.is_some_and(|name| name.starts_with('$') && name != "$date") {
                    found.operators(condition)
                } else {
                    found.is(condition)
                }
            }
        }
    })
}

fn text() -> impl Strategy<Value = Value> {
    select(vec!["", "a", "b", "1", "é", "ab", "Ab\n", "b\na", "\u{212A}a", "ſ"]).prop_map(Value::from)
}

fn number() -> impl Strategy<Value = Value> {
    select(vec![json!(-1), json!(0), json!(-0.0), json!(0.1), json!(1), json!(1.0), json!(1.5), json!(2)])
}

fn date() -> impl Strategy<Value = Value> {
    select(vec![json!({ "$date": -1 }), json!({ "$date": 0 }), json!({ "$date": 1_795_377_932_000_i64 })])
}

fn boolean() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(Value::from)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![2 => text(), 3 => number(), 1 => boolean(), 1 => date(), 1 => Just(Value::Null)]
}

fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            // In any order, which is part of an object.
            prop::collection::vec((select(vec!["a", "b", "c"]), inner), 0..4).prop_map(|members| members
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
        declared(date().boxed()),
        prop::option::of(anything()),
        prop::option::of(anything()),
    )
        .prop_map(|(text, number, boolean, inside, date, a, b)| {
            let names = ["text", "number", "boolean", "in", "date", "a", "b"];
            let fields = names.into_iter().zip([text, number, boolean, inside, date, a, b]);
            fields.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec![
        "text", "number", "boolean", "date", "in", "in.text", "in.more", "a", "b", "a.b", "a.b.c", "b.a",
        "b.c.a.b", "c", "_id",
    ])
}

/// Paths inside elements, of which none is declared.
fn inner_path() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "a.b"])
}

fn pattern() -> impl Strategy<Value = Value> {
    let patterns = vec!["", "a", "b", "^a", "b$", "^ab$", "^$", "^", "$", "^é", "a\n"];
    let folding = vec!["A", "^aB", "b$", "k", "^S$"];
    prop_oneof![
        select(patterns).prop_map(|pattern| json!({ "$regex": pattern })),
        select(folding).prop_map(|pattern| json!({ "$regex": pattern, "$options": "i" })),
    ]
}

fn operation() -> BoxedStrategy<Value> {
    let comparison = select(vec!["$gt", "$gte", "$lt", "$lte"]);
    let element = prop_oneof![
        (inner_path(), scalar()).prop_map(|(path, value)| json!({ path: value })),
        (inner_path(), scalar(), inner_path(), scalar())
            .prop_map(|(one, first, two, second)| json!({ one: { "$gte": first }, two: { "$ne": second } })),
        (inner_path(), scalar())
            .prop_map(|(path, value)| json!({ "$or": [{ path: value }, { "b": { "$size": 1 } }] })),
        (scalar(), scalar()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })),
        anything().prop_map(|value| json!({ "$eq": value })),
        (0..3).prop_map(|size| json!({ "$size": size })),
        scalar().prop_map(|value| json!({ "$not": { "$in": [value] } })),
        scalar().prop_map(|value| json!({ "$elemMatch": { "$lte": value } })),
        pattern(),
    ]
    .boxed();
    let types = vec!["double", "number", "string", "bool", "null", "array", "object", "date"];
    let leaf = prop_oneof![
        4 => (comparison, scalar()).prop_map(|(name, value)| json!({ name: value })),
        3 => (select(vec!["$eq", "$ne"]), anything()).prop_map(|(name, value)| json!({ name: value })),
        2 => (select(vec!["$in", "$nin"]), prop::collection::vec(anything(), 0..4))
            .prop_map(|(name, values)| json!({ name: values })),
        2 => (select(vec!["$in", "$nin"]), prop::collection::vec(scalar(), 0..4))
            .prop_map(|(name, values)| json!({ name: values })),
        1 => any::<bool>().prop_map(|wanted| json!({ "$exists": wanted })),
        1 => (scalar(), scalar()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })),
        1 => (0..4).prop_map(|size| json!({ "$size": size })),
        1 => select(types).prop_map(|name| json!({ "$type": name })),
        1 => prop::collection::vec(anything(), 0..3).prop_map(|values| json!({ "$all": values })),
        2 => element.clone().prop_map(|wanted| json!({ "$elemMatch": wanted })),
        1 => (element.clone(), element)
            .prop_map(|(one, two)| json!({ "$all": [{ "$elemMatch": one }, { "$elemMatch": two }] })),
        2 => pattern(),
    ];
    leaf.prop_recursive(2, 3, 1, |inner| inner.prop_map(|operators| json!({ "$not": operators }))).boxed()
}

fn filter() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (path(), operation()).prop_map(|(path, operation)| json!({ path: operation })),
        (path(), anything()).prop_map(|(path, value)| json!({ path: value })),
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
    #[test]
    fn pull_removes_what_the_model_matches(
        items in prop::collection::vec(anything(), 0..8),
        operators in operation(),
        filter in prop_oneof![
            (inner_path(), operation()).prop_map(|(path, operation)| json!({ path: operation })),
            (inner_path(), scalar()).prop_map(|(path, value)| json!({ "$nor": [{ path: value }] })),
        ],
        by_operators in any::<bool>(),
    ) {
        let wanted = if by_operators { &operators } else { &filter };
        let expected = items.iter().filter(|item| {
            if by_operators {
                let wrapped = Map::from_iter([("v".to_owned(), (*item).clone())]);
                !Found::at(&wrapped, "v").operators(wanted)
            } else {
                !members(item).is_some_and(|below| matches(below, wanted))
            }
        });
        let expected: Vec<_> = expected.cloned().collect();
        let engine = Engine::open(database(), &THINGS, clock).unwrap();
        let document = Map::from_iter([("_id".to_owned(), "x".into()), ("a".to_owned(), items.into())]);
        engine.run(Action::new("things", Operation::InsertMany(InsertMany { documents: vec![document] }))).unwrap();
        let update = Update(json!({ "$pull": { "a": wanted } }).as_object().unwrap().clone());
        let operation = UpdateOperation { filter: Filter::all(), update, upsert: false };
        engine.run(Action::new("things", Operation::UpdateOne(operation))).unwrap();
        let Answer::Documents(found) = engine.run(Action::new("things", Operation::Find(Find::default()))).unwrap() else {
            panic!("another answer");
        };
        // As text, which tells 1 from 1.0.
        prop_assert_eq!(found.documents[0]["a"].to_string(), Value::Array(expected).to_string(), "{}", wanted);
    }
}
