//! The pipeline against MongoDB's rules, as its documentation states them, on real SQLite with an object's limits.

use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;
use serde_json::{Value, json};
use voxora_domain::sql::Sql;

use super::super::tests::{THINGS, database};
use super::expression::{self, Scope};
use super::{Engine, pushdown, stage};
use crate::contract::{Action, InsertMany, Operation};
use crate::document::Document;
use crate::query::{DatePart, Expression, Filter, Gather, Pipeline, Sort};
use crate::{DataApi, DataApiError};

/// 2026-11-22T13:47:05.250Z, a Sunday.
const NOW: i64 = 1_795_355_225_250;

fn documents(values: &[Value]) -> Vec<Document> {
    values.iter().map(|value| value.as_object().unwrap().clone()).collect()
}

fn stages(pipeline: &Value) -> Vec<Document> {
    documents(pipeline.as_array().unwrap())
}

fn holding(values: &[Value]) -> Engine<Connection> {
    let engine = Engine::open(database(), &THINGS, || NOW).unwrap();
    if !values.is_empty() {
        let insert = Operation::InsertMany(InsertMany { documents: documents(values) });
        engine.run(Action::new("things", insert)).unwrap();
    }
    engine
}

impl<S: Sql> Engine<S> {
    fn piped(&self, pipeline: &Value) -> Result<Vec<Value>, DataApiError> {
        Ok(self.run_pipeline(&stages(pipeline), NOW)?.into_iter().map(Value::Object).collect())
    }
}

/// With the types of numbers and the order of keys: 1 and 1.0 are written differently.
fn text(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}

fn evaluate(expression: &Value, document: &Value) -> Result<Option<Value>, String> {
    let expression = expression::Expression::parse(expression).map_err(|error| error.to_string())?;
    let result = expression.evaluate(Scope::new(document, NOW)).map_err(|error| error.to_string())?;
    Ok(result.map(std::borrow::Cow::into_owned))
}

/// Each expression gives what stands beside it, `Null` for missing included as `{"$missing": true}`.
fn assert_gives(document: &Value, cases: &[(Value, Value)]) {
    for (expression, expected) in cases {
        let found = evaluate(expression, document).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let found = found.map_or_else(|| "missing".to_owned(), |found| found.to_string());
        let expected = if *expected == missing() { "missing".to_owned() } else { expected.to_string() };
        assert_eq!(found, expected, "{expression}");
    }
}

fn missing() -> Value {
    json!("(missing)")
}

fn assert_fails(document: &Value, cases: &[(Value, &str)]) {
    for (expression, word) in cases {
        let error = evaluate(expression, document).expect_err(&expression.to_string());
        assert!(error.contains(word), "{expression}: {error}");
    }
}

#[test]
fn paths_reach_through_objects_and_arrays() {
    let document = json!({ "a": { "b": 1 }, "list": [{ "b": 1 }, { "c": 2 }, 3, [{ "b": 4 }], { "b": [5] }],
        "0": "zero", "n": null, "d": { "$date": 5 } });
    assert_gives(
        &document,
        &[
            (json!("$a.b"), json!(1)),
            (json!("$a.b.c"), missing()),
            (json!("$none"), missing()),
            (json!("$n"), json!(null)),
            (json!("$n.x"), missing()),
            (json!("$d.x"), missing()),
            // Only of the objects in an array, and not of arrays in it.
            (json!("$list.b"), json!([1, [5]])),
            (json!("$list.none"), json!([])),
            // A position is a name in an expression.
            (json!("$list.0"), json!([])),
            (json!("$0"), json!("zero")),
            (json!("$$ROOT.a"), json!({ "b": 1 })),
            (json!("$$CURRENT.a.b"), json!(1)),
            (json!("$$NOW"), json!({ "$date": NOW })),
            (json!("$$REMOVE"), missing()),
            (json!({ "x": "$none", "y": "$a.b", "z": { "w": "$none" } }), json!({ "y": 1, "z": {} })),
            (json!(["$none", "$n", 1]), json!([null, null, 1])),
            (json!({ "$literal": "$a.b" }), json!("$a.b")),
            (json!({ "$date": 7 }), json!({ "$date": 7 })),
            (json!("plain"), json!("plain")),
        ],
    );
    assert_fails(
        &document,
        &[
            (json!("$"), "not a field path"),
            (json!("$a..b"), "not a field path"),
            (json!("$a.$b"), "not a field path"),
            (json!("$$other"), "no variable $$other"),
            (json!({ "$nope": 1 }), "does not support $nope"),
            (json!({ "$add": [1], "$sum": 1 }), "one operator"),
            (json!({ "a.b": 1 }), "'a.b' cannot name a field"),
            (json!({ "$literal": 9_007_199_254_740_992_i64 }), "2^53"),
        ],
    );
    assert_eq!(
        evaluate(&json!("$$ROOT"), &json!({ "_id": 1, "a": [2] })),
        Ok(Some(json!({ "_id": 1, "a": [2] })))
    );
}

#[test]
fn comparisons_and_logic_follow_mongodbs_order() {
    let document = json!({ "n": null, "zero": 0, "one": 1, "text": "", "list": [], "no": false });
    assert_gives(
        &document,
        &[
            (json!({ "$eq": ["$one", 1.0] }), json!(true)),
            (json!({ "$eq": ["$none", null] }), json!(false)),
            (json!({ "$ne": ["$none", "$n"] }), json!(true)),
            (json!({ "$gt": ["$n", "$none"] }), json!(true)),
            (json!({ "$eq": ["$none", "$other"] }), json!(true)),
            (json!({ "$lt": ["$one", "$text"] }), json!(true)),
            (json!({ "$lte": [{ "a": 1 }, { "a": 1.0 }] }), json!(true)),
            (json!({ "$gte": [{ "$date": 0 }, true] }), json!(true)),
            (json!({ "$cmp": [1, 2] }), json!(-1)),
            (json!({ "$cmp": ["$list", []] }), json!(0)),
            (json!({ "$and": [] }), json!(true)),
            (json!({ "$or": [] }), json!(false)),
            (json!({ "$and": ["$text", "$list", 0.5] }), json!(true)),
            (json!({ "$or": ["$n", "$none", "$zero", "$no"] }), json!(false)),
            // What decides ends it: the division is never done.
            (json!({ "$and": [false, { "$divide": [1, 0] }] }), json!(false)),
            (json!({ "$not": ["$none"] }), json!(true)),
            (json!({ "$not": [[false]] }), json!(false)),
            (json!({ "$cond": ["$one", "yes", { "$divide": [1, 0] }] }), json!("yes")),
            (json!({ "$cond": { "if": "$zero", "then": 1, "else": "$none" } }), missing()),
            (json!({ "$ifNull": ["$none", "$n", 7] }), json!(7)),
            (json!({ "$ifNull": ["$n", "$none"] }), missing()),
            (json!({ "$ifNull": ["$no", 7] }), json!(false)),
            (
                json!({ "$switch": { "branches": [{ "case": "$zero", "then": 1 }, { "case": "$one", "then": 2 }] } }),
                json!(2),
            ),
            (
                json!({ "$switch": { "branches": [{ "case": false, "then": 1 }], "default": "$none" } }),
                missing(),
            ),
        ],
    );
    assert_fails(
        &document,
        &[
            (json!({ "$eq": [1] }), "$eq takes 2 arguments, not 1"),
            (json!({ "$cond": { "if": 1, "then": 2 } }), "needs 'else'"),
            (json!({ "$cond": { "if": 1, "then": 2, "else": 3, "or": 4 } }), "does not take 'or'"),
            (json!({ "$cond": [1, 2] }), "takes 3 arguments"),
            (json!({ "$ifNull": [1] }), "at least 2"),
            (json!({ "$switch": { "branches": [] } }), "at least one branch"),
            (json!({ "$switch": { "branches": [{ "case": false, "then": 1 }] } }), "no default"),
            (json!({ "$switch": { "branches": [{ "case": false }] } }), "needs 'then'"),
        ],
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn arithmetic_keeps_types_as_mongodb_does() {
    let most = 9_007_199_254_740_991_i64;
    let document = json!({ "n": null, "i": 7, "d": 2.5, "s": "x", "at": { "$date": 1000 },
        "list": [1, 2.5, "x", null] });
    assert_gives(
        &document,
        &[
            (json!({ "$add": [1, 2] }), json!(3)),
            (json!({ "$add": [1, 2.0] }), json!(3.0)),
            (json!({ "$add": [] }), json!(0)),
            (json!({ "$add": "$i" }), json!(7)),
            (json!({ "$add": ["$i", "$n"] }), json!(null)),
            (json!({ "$add": ["$none", "$s"] }), json!(null)),
            (json!({ "$add": ["$at", 5, "$i"] }), json!({ "$date": 1012 })),
            (json!({ "$add": [1.5, "$at"] }), json!({ "$date": 1002 })),
            (json!({ "$add": [0.1, 0.2, -0.3] }), json!(2.775_557_561_562_891_4e-17)),
            (json!({ "$subtract": [5, 7] }), json!(-2)),
            (json!({ "$subtract": [5, 7.0] }), json!(-2.0)),
            (json!({ "$subtract": ["$at", { "$date": 400 }] }), json!(600)),
            (json!({ "$subtract": ["$at", 400] }), json!({ "$date": 600 })),
            (json!({ "$subtract": ["$s", "$none"] }), json!(null)),
            (json!({ "$multiply": [2, 3] }), json!(6)),
            (json!({ "$multiply": [2, 1.5] }), json!(3.0)),
            (json!({ "$multiply": [] }), json!(1)),
            (json!({ "$multiply": [2, "$n"] }), json!(null)),
            (json!({ "$divide": [6, 3] }), json!(2.0)),
            (json!({ "$divide": ["$s", null] }), json!(null)),
            (json!({ "$mod": [7, 3] }), json!(1)),
            (json!({ "$mod": [-7, 3] }), json!(-1)),
            (json!({ "$mod": [7, 2.0] }), json!(1)),
            (json!({ "$mod": [7.5, 2] }), json!(1.5)),
            (json!({ "$mod": [null, 0] }), json!(null)),
            (json!({ "$abs": -5 }), json!(5)),
            (json!({ "$abs": -5.5 }), json!(5.5)),
            (json!({ "$ceil": 2.1 }), json!(3.0)),
            (json!({ "$floor": -2.1 }), json!(-3.0)),
            (json!({ "$floor": 3 }), json!(3)),
            (json!({ "$ceil": "$none" }), json!(null)),
            (json!({ "$round": 2.5 }), json!(2.0)),
            (json!({ "$round": [1234.5678, 2] }), json!(1234.57)),
            (json!({ "$round": [1250, -2] }), json!(1200)),
            (json!({ "$round": [2.5, null] }), json!(null)),
            (json!({ "$round": ["$none", 1] }), json!(null)),
            (json!({ "$trunc": [-1234.5678, 2] }), json!(-1234.56)),
            (json!({ "$trunc": 7.9 }), json!(7.0)),
            (json!({ "$sum": "$list" }), json!(3.5)),
            (json!({ "$sum": ["$list", 1] }), json!(1)),
            (json!({ "$sum": "$i" }), json!(7)),
            (json!({ "$sum": "$none" }), json!(0)),
            (json!({ "$avg": ["$i", "$d", "$s"] }), json!(4.75)),
            (json!({ "$avg": "$s" }), json!(null)),
            (json!({ "$max": "$list" }), json!("x")),
            (json!({ "$max": ["$list", 5] }), json!([1, 2.5, "x", null])),
            (json!({ "$min": "$list" }), json!(1)),
            (json!({ "$min": ["$n", "$none"] }), json!(null)),
            (json!({ "$add": [most, -1] }), json!(most - 1)),
        ],
    );
    assert_fails(
        &document,
        &[
            (json!({ "$add": ["$s", "$none"] }), "$add needs numbers or a date, not a string"),
            (json!({ "$add": ["$at", "$at"] }), "one date"),
            (json!({ "$add": [most, 1] }), "$add is beyond"),
            (json!({ "$add": ["$at", 1e300] }), "years 0001 to 9999"),
            (json!({ "$subtract": [1, "$at"] }), "cannot take a date from a number"),
            (json!({ "$subtract": ["$s", 1] }), "cannot take a number from a string"),
            (json!({ "$multiply": [most, 2] }), "$multiply is beyond"),
            (json!({ "$multiply": [1e300, 1e300] }), "finite"),
            (json!({ "$multiply": ["$at", 2] }), "not a date"),
            (json!({ "$divide": [1, 0] }), "can't $divide by zero"),
            (json!({ "$divide": [1, "$s"] }), "$divide needs a number, not a string"),
            (json!({ "$mod": [1, 0] }), "can't $mod by zero"),
            (json!({ "$abs": "$s" }), "$abs needs a number"),
            (json!({ "$round": [1, 101] }), "from -20 to 100"),
            (json!({ "$round": [1, 1.5] }), "whole number"),
            (json!({ "$floor": [1, 2] }), "takes 1 arguments"),
        ],
    );
}

#[test]
fn strings_arrays_and_conversions() {
    let document = json!({ "s": "Grüße", "n": null, "list": [1, "b", null], "at": { "$date": 0 }, "empty": [],
        "rows": [{ "k": 1, "v": 5 }, { "k": 2 }] });
    assert_gives(
        &document,
        &[
            (json!({ "$concat": ["a", "$s"] }), json!("aGrüße")),
            (json!({ "$concat": ["a", "$n", 5] }), json!(null)),
            (json!({ "$concat": [] }), json!("")),
            (json!({ "$toUpper": "$s" }), json!("GRüßE")),
            (json!({ "$toLower": "$none" }), json!("")),
            (json!({ "$toLower": 5 }), json!("5")),
            (json!({ "$substrCP": ["$s", 1, 3] }), json!("rüß")),
            (json!({ "$substrCP": ["$s", 9, 3] }), json!("")),
            (json!({ "$substrCP": ["$n", 0, 3] }), json!("")),
            (json!({ "$substrCP": ["$at", 0, 4] }), json!("1970")),
            (json!({ "$strLenCP": "$s" }), json!(5)),
            (json!({ "$size": "$list" }), json!(3)),
            (json!({ "$size": [[]] }), json!(0)),
            (json!({ "$in": ["b", "$list"] }), json!(true)),
            (json!({ "$in": [1.0, "$list"] }), json!(true)),
            (json!({ "$in": ["$none", "$list"] }), json!(false)),
            (json!({ "$arrayElemAt": ["$list", 1] }), json!("b")),
            (json!({ "$arrayElemAt": ["$list", -3] }), json!(1)),
            (json!({ "$arrayElemAt": ["$list", 3] }), missing()),
            (json!({ "$arrayElemAt": ["$list", -4] }), missing()),
            (json!({ "$arrayElemAt": ["$n", 0] }), json!(null)),
            (json!({ "$arrayElemAt": [[7, 8], 1.0] }), json!(8)),
            (json!({ "$first": "$list" }), json!(1)),
            (json!({ "$last": "$list" }), json!(null)),
            (json!({ "$first": "$empty" }), missing()),
            (json!({ "$first": "$none" }), json!(null)),
            (json!({ "$isArray": "$list" }), json!(true)),
            (json!({ "$isArray": ["$s"] }), json!(false)),
            (json!({ "$isNumber": 2.5 }), json!(true)),
            (json!({ "$isNumber": "$none" }), json!(false)),
            (
                json!({ "$filter": { "input": "$rows", "as": "row", "cond": { "$gt": ["$$row.v", 4] } } }),
                json!([{ "k": 1, "v": 5 }]),
            ),
            (json!({ "$filter": { "input": "$none", "cond": true } }), json!(null)),
            (json!({ "$map": { "input": "$rows", "in": "$$this.v" } }), json!([5, null])),
            (
                json!({ "$map": { "input": "$rows", "as": "row", "in": {
                    "$map": { "input": "$list", "in": ["$$row.k", "$$this"] } } } }),
                json!([[[1, 1], [1, "b"], [1, null]], [[2, 1], [2, "b"], [2, null]]]),
            ),
            (json!({ "$toString": 2.50 }), json!("2.5")),
            (json!({ "$toString": true }), json!("true")),
            (json!({ "$toString": "$at" }), json!("1970-01-01T00:00:00.000Z")),
            (json!({ "$toString": "$none" }), json!(null)),
            (json!({ "$toLong": "-12" }), json!(-12)),
            (json!({ "$toLong": -2.9 }), json!(-2)),
            (json!({ "$toLong": "$at" }), json!(0)),
            (json!({ "$toInt": true }), json!(1)),
            (json!({ "$toInt": "$n" }), json!(null)),
            (json!({ "$toDouble": 3 }), json!(3.0)),
            (json!({ "$toDouble": "1e3" }), json!(1000.0)),
            (json!({ "$toBool": "" }), json!(true)),
            (json!({ "$toBool": 0.0 }), json!(false)),
            (json!({ "$toDate": 1_795_355_225_250_i64 }), json!({ "$date": NOW })),
            (json!({ "$toDate": "2026-11-22T13:47:05.250Z" }), json!({ "$date": NOW })),
            (json!({ "$toDate": "1970-01-02" }), json!({ "$date": 86_400_000 })),
            (json!({ "$toDate": -1.9 }), json!({ "$date": -1 })),
            (json!({ "$toDate": "$none" }), json!(null)),
        ],
    );
    assert_fails(
        &document,
        &[
            (json!({ "$concat": ["a", 5] }), "$concat needs a string, not a number"),
            (json!({ "$toUpper": "$list" }), "not an array"),
            (json!({ "$substrCP": ["$s", -1, 3] }), "not negative"),
            (json!({ "$substrCP": ["$s", 0, "$n"] }), "whole number"),
            (json!({ "$strLenCP": "$n" }), "$strLenCP needs a string, not null"),
            (json!({ "$size": "$none" }), "$size needs an array, not a missing field"),
            (json!({ "$in": [1, "$none"] }), "an array as its second argument"),
            (json!({ "$arrayElemAt": ["$s", 0] }), "an array, not a string"),
            (json!({ "$arrayElemAt": ["$list", 0.5] }), "fraction"),
            (json!({ "$first": "$s" }), "$first needs an array"),
            (json!({ "$filter": { "input": "$s", "cond": true } }), "$filter needs an array"),
            (json!({ "$filter": { "input": [], "cond": true, "limit": 1 } }), "does not take 'limit'"),
            (json!({ "$map": { "input": [], "as": "Row", "in": 1 } }), "lower-case"),
            (json!({ "$map": { "input": [], "in": "$$row" } }), "no variable $$row"),
            (json!({ "$toString": "$list" }), "not an array"),
            (json!({ "$toLong": "1.5" }), "cannot read"),
            (json!({ "$toLong": 1e18 }), "beyond"),
            (json!({ "$toInt": 2_147_483_648_i64 }), "overflow"),
            (json!({ "$toInt": "$at" }), "cannot convert a date"),
            (json!({ "$toDouble": "inf" }), "cannot read"),
            (json!({ "$toDate": true }), "cannot convert a boolean"),
            (json!({ "$toDate": "yesterday" }), "no other form"),
            (json!({ "$toDate": 1e300 }), "years 0001 to 9999"),
        ],
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn dates_for_reports() {
    let midnight = 1_795_305_600_000_i64; // 2026-11-22T00:00:00Z
    let document = json!({ "at": { "$date": NOW }, "ms": NOW, "n": null, "s": "x", "zone": "+02:00",
        "olson": "Europe/Paris" });
    let part = |name: &str| json!({ name: "$at" });
    let trunc = |unit: &str| json!({ "$dateTrunc": { "date": "$at", "unit": unit } });
    let hours = |hours: i64| json!({ "$date": midnight + hours * 3_600_000 });
    assert_gives(
        &document,
        &[
            (part("$year"), json!(2026)),
            (part("$month"), json!(11)),
            (part("$dayOfMonth"), json!(22)),
            (part("$dayOfYear"), json!(326)),
            (part("$dayOfWeek"), json!(1)),
            (part("$hour"), json!(13)),
            (part("$minute"), json!(47)),
            (part("$second"), json!(5)),
            (part("$millisecond"), json!(250)),
            (part("$week"), json!(47)),
            (part("$isoWeek"), json!(47)),
            (part("$isoWeekYear"), json!(2026)),
            (part("$isoDayOfWeek"), json!(7)),
            (json!({ "$hour": { "date": "$at", "timezone": "+11:30" } }), json!(1)),
            (json!({ "$dayOfMonth": { "date": "$at", "timezone": "+11:30" } }), json!(23)),
            (json!({ "$hour": { "date": "$at", "timezone": "$zone" } }), json!(15)),
            (json!({ "$hour": { "date": "$at", "timezone": "$n" } }), json!(null)),
            (json!({ "$hour": "$n" }), json!(null)),
            (json!({ "$hour": ["$at"] }), json!(13)),
            (json!({ "$hour": { "$toDate": "$ms" } }), json!(13)),
            (trunc("day"), hours(0)),
            (trunc("hour"), hours(13)),
            (trunc("week"), hours(0)),
            (trunc("month"), hours(-21 * 24)),
            (
                json!({ "$dateTrunc": { "date": "$at", "unit": "week", "startOfWeek": "monday" } }),
                hours(-6 * 24),
            ),
            (
                json!({ "$dateTrunc": { "date": "$at", "unit": "day", "timezone": "-14:00" } }),
                hours(-24 + 14),
            ),
            (json!({ "$dateTrunc": { "date": "$at", "unit": "hour", "binSize": 6 } }), hours(12)),
            (json!({ "$dateTrunc": { "date": "$at", "unit": "$n" } }), json!(null)),
            (json!({ "$dateTrunc": { "date": "$none", "unit": "day" } }), json!(null)),
            (json!({ "$dateToString": { "date": "$at" } }), json!("2026-11-22T13:47:05.250Z")),
            (
                json!({ "$dateToString": { "date": "$at", "timezone": "+02:00" } }),
                json!("2026-11-22T15:47:05.250"),
            ),
            (
                json!({ "$dateToString": { "date": "$at", "format": "%Y-%m-%d %z", "timezone": "$zone" } }),
                json!("2026-11-22 +0200"),
            ),
            (json!({ "$dateToString": { "date": "$n", "onNull": "-" } }), json!("-")),
            (json!({ "$dateToString": { "date": "$n" } }), json!(null)),
            (json!({ "$dateToString": { "date": "$at", "format": "$n" } }), json!(null)),
            (
                json!({ "$dateDiff": { "startDate": { "$date": 0 }, "endDate": "$at", "unit": "year" } }),
                json!(56),
            ),
            (json!({ "$dateDiff": { "startDate": "$at", "endDate": "$n", "unit": "day" } }), json!(null)),
            (
                json!({ "$dateAdd": { "startDate": "$at", "unit": "hour", "amount": -13 } }),
                json!({ "$date": NOW - 13 * 3_600_000 }),
            ),
            (
                json!({ "$dateSubtract": { "startDate": "$at", "unit": "day", "amount": 1 } }),
                json!({ "$date": NOW - 86_400_000 }),
            ),
            (
                json!({ "$dateFromParts": { "year": 2026, "month": 11, "day": 22, "timezone": "+02:00" } }),
                hours(-2),
            ),
            (json!({ "$dateFromParts": { "year": 2026, "month": 13, "day": -39 } }), hours(0)),
            (json!({ "$dateFromParts": { "year": 2026, "month": "$n" } }), json!(null)),
        ],
    );
    assert_fails(
        &document,
        &[
            (json!({ "$year": "$ms" }), "$year needs a date, not a number"),
            (json!({ "$year": { "date": "$at", "zone": "UTC" } }), "does not take 'zone'"),
            (json!({ "$year": { "timezone": "UTC" } }), "needs 'date'"),
            (json!({ "$hour": { "date": "$at", "timezone": "Europe/Berlin" } }), "not 'Europe/Berlin'"),
            (json!({ "$hour": { "date": "$at", "timezone": "$s" } }), "no named zones"),
            (json!({ "$dateTrunc": { "date": "$at", "unit": "fortnight" } }), "not 'fortnight'"),
            (json!({ "$dateTrunc": { "date": "$at", "unit": "day", "binSize": 0 } }), "at least 1"),
            (
                json!({ "$dateTrunc": { "date": "$at", "unit": "week", "startOfWeek": "someday" } }),
                "not 'someday'",
            ),
            (json!({ "$dateTrunc": ["$at", "day"] }), "needs an object"),
            (json!({ "$dateToString": { "date": "$at", "format": "%B" } }), "'%B'"),
            (json!({ "$dateToString": { "date": "$s" } }), "needs a date"),
            (json!({ "$dateFromParts": { "isoWeekYear": 2026 } }), "does not take 'isoWeekYear'"),
            (json!({ "$dateFromParts": { "year": 0 } }), "from 1 to 9999"),
            (json!({ "$dateAdd": { "startDate": "$at", "unit": "year", "amount": 9000 } }), "years 0001"),
        ],
    );
    // Values that documents hold stay out of messages.
    let error = evaluate(&json!({ "$hour": { "date": "$at", "timezone": "$olson" } }), &document);
    assert!(!error.unwrap_err().contains("Paris"));
}

/// Every stage: (rule, stored, pipeline, result).
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn stages_transform_as_in_mongodb() {
    let stored = [
        json!({ "_id": "1", "text": "a", "number": 1, "tags": ["x", "y"], "in": { "text": "p", "n": 1 } }),
        json!({ "_id": "2", "text": "b", "number": 2.5, "tags": [], "list": [{ "v": 1, "w": 2 }, { "v": 3 }] }),
        json!({ "_id": "3", "text": "a", "number": null, "tags": "z" }),
        json!({ "_id": "4", "text": null, "boolean": true, "tags": null }),
    ];
    let engine = holding(&stored);
    for (pipeline, expected) in [
        (json!([]), stored.to_vec()),
        (json!([{ "$match": { "text": "a" } }, { "$match": { "number": 1 } }]), vec![stored[0].clone()]),
        // After another stage nothing is declared, and `_id` may be anything.
        (
            json!([{ "$project": { "_id": "$number", "tags": 1 } },
                { "$match": { "_id": { "$gt": 0 }, "tags": "y" } }]),
            vec![json!({ "tags": ["x", "y"], "_id": 1 })],
        ),
        (json!([{ "$match": { "text": "a" } }, { "$count": "n" }]), vec![json!({ "n": 2 })]),
        (json!([{ "$skip": 1 }, { "$count": "n" }]), vec![json!({ "n": 3 })]),
        (json!([{ "$match": { "text": "none" } }, { "$count": "n" }]), vec![]),
        (json!([{ "$skip": 4 }, { "$count": "n" }]), vec![]),
        (json!([{ "$sort": { "number": -1 } }, { "$skip": 1 }, { "$limit": 1 }]), vec![stored[0].clone()]),
        (
            json!([{ "$sort": { "in.n": -1, "_id": -1 } }, { "$limit": 2 }, { "$project": { "_id": 1 } }]),
            vec![json!({ "_id": "1" }), json!({ "_id": "4" })],
        ),
        (
            json!([{ "$match": { "_id": "1" } }, { "$project": { "text": 1, "in.n": true } }]),
            vec![json!({ "_id": "1", "text": "a", "in": { "n": 1 } })],
        ),
        (
            json!([{ "$match": { "_id": "1" } }, { "$project": { "text": 0, "in": { "n": 0 }, "_id": 0 } }]),
            vec![json!({ "number": 1, "tags": ["x", "y"], "in": { "text": "p" } })],
        ),
        (
            json!([{ "$match": { "_id": "4" } }, { "$project": { "_id": 0 } }]),
            vec![json!({ "text": null, "boolean": true, "tags": null })],
        ),
        // What is computed comes last; a missing result leaves no field.
        (
            json!([{ "$match": { "_id": "1" } }, { "$project": {
                "n": "$number", "text": 1, "gone": "$none", "in": { "half": { "$divide": ["$number", 2] } },
                "l": ["$none"], "s": "plain" } }]),
            vec![
                json!({ "_id": "1", "text": "a", "in": { "half": 0.5 }, "n": 1, "l": [null], "s": "plain" }),
            ],
        ),
        (
            json!([{ "$match": { "_id": "2" } }, { "$project": { "_id": 0, "list.v": 1 } }]),
            vec![json!({ "list": [{ "v": 1 }, { "v": 3 }] })],
        ),
        // Existing fields keep their place, all see the document as it came, and nothing is how a field goes.
        (
            json!([{ "$match": { "_id": "1" } }, { "$addFields": {
                "number": "$text", "text": "$number", "tags": "$$REMOVE", "in.n": 2, "new.a": 1 } }]),
            vec![
                json!({ "_id": "1", "text": 1, "number": "a", "in": { "text": "p", "n": 2 }, "new": { "a": 1 } }),
            ],
        ),
        (
            json!([{ "$match": { "_id": "2" } }, { "$set": { "list.u": "$number", "text.x": 1 } },
                { "$unset": ["tags", "list.v"] }]),
            vec![
                json!({ "_id": "2", "text": { "x": 1 }, "number": 2.5, "list": [{ "w": 2, "u": 2.5 }, { "u": 2.5 }] }),
            ],
        ),
        (
            json!([{ "$unwind": "$tags" }, { "$project": { "tags": 1 } }]),
            vec![
                json!({ "_id": "1", "tags": "x" }),
                json!({ "_id": "1", "tags": "y" }),
                json!({ "_id": "3", "tags": "z" }),
            ],
        ),
        (
            json!([
                { "$unwind": { "path": "$tags", "preserveNullAndEmptyArrays": true, "includeArrayIndex": "i.n" } },
                { "$project": { "tags": 1, "i": 1 } },
            ]),
            vec![
                json!({ "_id": "1", "tags": "x", "i": { "n": 0 } }),
                json!({ "_id": "1", "tags": "y", "i": { "n": 1 } }),
                json!({ "_id": "2", "i": { "n": null } }),
                json!({ "_id": "3", "tags": "z", "i": { "n": null } }),
                json!({ "_id": "4", "tags": null, "i": { "n": null } }),
            ],
        ),
        (
            json!([{ "$match": { "_id": "2" } }, { "$unwind": "$list" }, { "$replaceRoot": { "newRoot": "$list" } }]),
            vec![json!({ "v": 1, "w": 2 }), json!({ "v": 3 })],
        ),
        (json!([{ "$sortByCount": "$text" }, { "$limit": 1 }]), vec![json!({ "_id": "a", "count": 2 })]),
        (
            json!([{ "$bucket": { "groupBy": "$number", "boundaries": [0, 2, 3], "default": "other",
                "output": { "n": { "$sum": 1 }, "ids": { "$push": "$_id" } } } }]),
            vec![
                json!({ "_id": 0, "n": 1, "ids": ["1"] }),
                json!({ "_id": 2, "n": 1, "ids": ["2"] }),
                json!({ "_id": "other", "n": 2, "ids": ["3", "4"] }),
            ],
        ),
        (
            json!([{ "$match": { "number": { "$gt": 0 } } },
                { "$bucket": { "groupBy": "$number", "boundaries": [0, 2, 3] } }]),
            vec![json!({ "_id": 0, "count": 1 }), json!({ "_id": 2, "count": 1 })],
        ),
    ] {
        let found = engine.piped(&pipeline).unwrap_or_else(|error| panic!("{pipeline}: {error}"));
        assert_eq!(text(&found), text(&expected), "{pipeline}");
    }
}

#[test]
fn text_is_searched_first_or_not_at_all() {
    let engine = Engine::open(database(), &crate::samples::EVENTS, || NOW).unwrap();
    let event = |seq: i64, text: &str| {
        json!({ "_id": format!("c-{seq}"), "conversationId": "c", "seq": seq, "kind": "message", "at": NOW,
            "text": text })
    };
    let insert = InsertMany {
        documents: documents(&[event(1, "red pear"), event(2, "green apple"), event(3, "red apple")]),
    };
    engine.run(Action::new("events", Operation::InsertMany(insert))).unwrap();
    let search = json!({ "$match": { "$text": { "$search": "apple" } } });
    let narrowed = json!({ "$match": { "seq": { "$gt": 2 } } });
    assert_eq!(text(&engine.piped(&json!([search, { "$count": "n" }])).unwrap()), [r#"{"n":2}"#]);
    let found = engine.piped(&json!([search, narrowed, { "$project": { "seq": 1, "_id": 0 } }])).unwrap();
    assert_eq!(text(&found), [r#"{"seq":3}"#]);
    let found = engine.piped(
        &json!([search, { "$sort": { "seq": -1 } }, { "$group": { "_id": null, "s": { "$push": "$seq" } } }]),
    );
    assert_eq!(text(&found.unwrap()), [r#"{"_id":null,"s":[3,2]}"#]);
    let late = engine.piped(&json!([{ "$limit": 5 }, search])).unwrap_err();
    assert!(late.to_string().contains("$text"), "{late}");
}

#[test]
fn groups_gather_as_in_mongodb() {
    let engine = holding(&[
        json!({ "_id": "1", "g": 1, "v": 5, "s": "x" }),
        json!({ "_id": "2", "g": 1.0, "v": 2.5, "s": "y", "l": [1] }),
        json!({ "_id": "3", "g": null, "v": "text", "s": null }),
        json!({ "_id": "4", "v": null, "s": "x" }),
        json!({ "_id": "5", "g": 1, "s": "x" }),
    ]);
    let all = json!({ "n": { "$count": {} }, "sum": { "$sum": "$v" }, "avg": { "$avg": "$v" },
        "min": { "$min": "$v" }, "max": { "$max": "$v" }, "first": { "$first": "$v" }, "last": { "$last": "$v" },
        "push": { "$push": "$v" }, "set": { "$addToSet": "$s" }, "two": { "$sum": 2 }, "lists": { "$sum": "$l" },
        "one": { "$push": "$s" } });
    let group = |id: Value| {
        let mut spec = json!({ "_id": id });
        spec.as_object_mut().unwrap().extend(all.as_object().unwrap().clone());
        json!([{ "$group": spec }])
    };
    let found = engine.piped(&group(json!("$g"))).unwrap();
    assert_eq!(
        text(&found),
        text(&[
            // Null and missing are one group.
            json!({ "_id": null, "n": 2, "sum": 0, "avg": null, "min": "text", "max": "text", "first": "text",
                "last": null, "push": ["text", null], "set": [null, "x"], "two": 4, "lists": 0, "one": [null, "x"] }),
            json!({ "_id": 1, "n": 3, "sum": 7.5, "avg": 3.75, "min": 2.5, "max": 5, "first": 5, "last": null,
                "push": [5, 2.5], "set": ["x", "y"], "two": 6, "lists": 0, "one": ["x", "y", "x"] }),
        ])
    );
    // In a key of several fields they are not.
    let found = engine.piped(&json!([{ "$group": { "_id": { "g": "$g" } } }])).unwrap();
    assert_eq!(text(&found), [r#"{"_id":{}}"#, r#"{"_id":{"g":null}}"#, r#"{"_id":{"g":1}}"#]);
    let found = engine.piped(&json!([{ "$group": { "_id": null, "n": { "$sum": 1 } } }])).unwrap();
    assert_eq!(text(&found), [r#"{"_id":null,"n":5}"#]);
    assert_eq!(holding(&[]).piped(&group(json!(null))), Ok(vec![]));
}

#[test]
fn reports_of_a_live_chat() {
    let hour = 3_600_000;
    let day = 24 * hour;
    let monday = 1_795_392_000_000_i64 - 7 * day; // 2026-11-16
    let event = |conversation: &str, seq: i64, author: &str, at: i64| {
        json!({ "_id": format!("{conversation}-{seq}"), "conversationId": conversation, "seq": seq,
            "author": { "role": author }, "at": monday + at })
    };
    let engine = holding(&[
        event("a", 1, "visitor", 0),
        event("a", 2, "agent", 90_000),
        event("a", 3, "agent", 100_000),
        event("b", 1, "visitor", 23 * hour),
        event("b", 2, "agent", 25 * hour),
        event("c", 1, "visitor", 2 * day),
    ]);
    // First response: the agent's first message after the visitor's.
    let found = engine.piped(&json!([
        { "$sort": { "conversationId": 1, "seq": 1 } },
        { "$group": {
            "_id": "$conversationId",
            "opened": { "$first": "$at" },
            "answered": { "$min": { "$cond": [{ "$eq": ["$author.role", "agent"] }, "$at", null] } },
        } },
        { "$match": { "answered": { "$ne": null } } },
        { "$group": { "_id": null, "firstResponse": { "$avg": { "$subtract": ["$answered", "$opened"] } } } },
    ]));
    assert_eq!(text(&found.unwrap()), [r#"{"_id":null,"firstResponse":3645000.0}"#]);
    let found = engine.piped(&json!([
        { "$group": {
            "_id": { "$dateToString": { "date": { "$toDate": "$at" }, "format": "%Y-%m-%d", "timezone": "+01:00" } },
            "messages": { "$sum": 1 },
        } },
        { "$sort": { "_id": 1 } },
    ]));
    assert_eq!(
        text(&found.unwrap()),
        [
            r#"{"_id":"2026-11-16","messages":3}"#,
            r#"{"_id":"2026-11-17","messages":2}"#,
            r#"{"_id":"2026-11-18","messages":1}"#,
        ]
    );
}

#[test]
fn typed_pipelines_give_typed_results() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Day {
        #[serde(rename = "_id")]
        hour: u8,
        messages: u32,
        kinds: Vec<String>,
    }
    let engine = holding(&[
        json!({ "_id": "1", "text": "$x", "number": NOW }),
        json!({ "_id": "2", "text": "$x", "number": NOW + 60_000 }),
        json!({ "_id": "3", "text": "y", "number": NOW + 3_600_000 }),
    ]);
    let kind = Expression::when(
        Expression::field("text").equals(Expression::value("$x")),
        Expression::value("dollar"),
        Expression::field("none").or_if_null(Expression::value("other")),
    );
    let hour = Expression::date_part(Expression::date_of(Expression::field("number")), DatePart::Hour, 120);
    let pipeline = Pipeline::new()
        .matching(Filter::gte("number", NOW))
        .group(hour, [("messages", Gather::count()), ("kinds", Gather::set(kind))])
        .sort(&Sort::descending("_id"));
    let found = futures::executor::block_on(engine.aggregate::<Day>("things", pipeline));
    let expected = [
        Day { hour: 16, messages: 1, kinds: vec!["other".into()] },
        Day { hour: 15, messages: 2, kinds: vec!["dollar".into()] },
    ];
    assert_eq!(found.unwrap(), expected);
}

#[test]
fn wrong_pipelines_are_refused_by_name() {
    let engine = holding(&[json!({ "_id": "1", "number": 1 })]);
    for (pipeline, word) in [
        (json!([{ "$lookup": {} }]), "stage $lookup"),
        (json!([{ "$out": "x" }]), "stage $out"),
        (json!([{}]), "one field"),
        (json!([{ "$limit": 1, "$skip": 1 }]), "one field"),
        (json!([{ "$limit": 0 }]), "at least 1"),
        (json!([{ "$limit": 1.5 }]), "whole number"),
        (json!([{ "$skip": -1 }]), "at least 0"),
        (json!([{ "$match": [] }]), "an object"),
        (json!([{ "$limit": 1 }, { "$match": { "$where": 1 } }]), "$where"),
        (json!([{ "$sort": {} }]), "at least one field"),
        (json!([{ "$sort": { "a": 2 } }]), "1 or -1"),
        (json!([{ "$sort": { "a": { "$meta": "textScore" } } }]), "1 or -1"),
        (json!([{ "$count": "" }]), "cannot name a field"),
        (json!([{ "$count": "$n" }]), "cannot name a field"),
        (json!([{ "$count": 5 }]), "the name of a field"),
        (json!([{ "$group": {} }]), "needs an _id"),
        (json!([{ "$group": { "_id": 1, "n": 5 } }]), "needs one accumulator"),
        (json!([{ "$group": { "_id": 1, "n": { "$stdDevPop": "$a" } } }]), "accumulator $stdDevPop"),
        (json!([{ "$group": { "_id": 1, "n": { "$sum": [1, 2] } } }]), "unary"),
        (json!([{ "$group": { "_id": 1, "n": { "$push": ["$a"] } } }]), "unary"),
        (json!([{ "$group": { "_id": 1, "n": { "$count": 1 } } }]), "needs {}"),
        (json!([{ "$group": { "_id": 1, "a.b": { "$sum": 1 } } }]), "'a.b' cannot name"),
        (json!([{ "$group": { "_id": { "$toUpper": ["$a", "$b"] } } }]), "takes 1"),
        (json!([{ "$project": {} }]), "at least one field"),
        (json!([{ "$project": { "a": 1, "b": 0 } }]), "not both"),
        (json!([{ "$project": { "a": 0, "b": "$c" } }]), "not both"),
        (json!([{ "$project": { "a": 1, "a.b": 1 } }]), "twice"),
        (json!([{ "$project": { "a": {} } }]), "in the object at 'a'"),
        (json!([{ "$addFields": { "a.$b": 1 } }]), "positional"),
        (json!([{ "$addFields": { "a": { "$slice": 1 } } }]), "$slice"),
        (json!([{ "$unset": 5 }]), "a field's name"),
        (json!([{ "$unset": [] }]), "at least one"),
        (json!([{ "$unwind": "tags" }]), "begins with '$'"),
        (json!([{ "$unwind": { "path": "$a", "preserve": true } }]), "does not take 'preserve'"),
        (json!([{ "$replaceRoot": { "newRoot": "$number" } }]), "gives an object"),
        (json!([{ "$replaceRoot": { "newRoot": "$a", "foo": 1 } }]), "does not take 'foo'"),
        (json!([{ "$replaceRoot": {} }]), "newRoot"),
        (
            json!([{ "$match": { "number": 1 } }, { "$match": { "$and": [{ "$text": { "$search": "a" } }] } }]),
            "only allowed as the first pipeline stage",
        ),
        (
            json!([{ "$match": {} }, { "$match": { "$text": { "$search": "a" } } }]),
            "only allowed as the first pipeline stage",
        ),
        (json!([{ "$replaceWith": "$none" }]), "gives an object"),
        (json!([{ "$sortByCount": 5 }]), "field path"),
        (json!([{ "$bucket": { "groupBy": "$number" } }]), "needs 'boundaries'"),
        (json!([{ "$bucket": { "groupBy": "number", "boundaries": [0, 1] } }]), "field path"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [0] } }]), "at least two"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [1, 0] } }]), "ascending"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [0, "a"] } }]), "one type"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [0, "$a"] } }]), "constants"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [0, 5], "default": 3 } }]), "outside"),
        (json!([{ "$bucket": { "groupBy": "$number", "boundaries": [5, 9] } }]), "no default"),
    ] {
        match engine.piped(&pipeline) {
            Err(DataApiError::Invalid(message)) => assert!(message.contains(word), "{pipeline}: {message}"),
            other => panic!("{pipeline}: {other:?}"),
        }
    }
}

#[test]
fn memory_is_limited_and_limits_help() {
    let large = "x".repeat(200_000);
    let stored: Vec<_> =
        (0..100).map(|id| json!({ "_id": format!("{id:03}"), "free": id % 7, "large": large })).collect();
    let engine = holding(&stored);
    for (pipeline, what) in [
        (json!([]), "the answer"),
        (json!([{ "$sort": { "free": 1 } }]), "$sort"),
        (json!([{ "$group": { "_id": null, "all": { "$push": "$$ROOT" } } }]), "$group"),
        (json!([{ "$group": { "_id": "$_id", "first": { "$first": "$large" } } }]), "$group"),
    ] {
        match engine.piped(&pipeline) {
            Err(DataApiError::TooLarge(message)) => {
                assert!(message.starts_with(what), "{pipeline}: {message}");
            }
            other => panic!("{pipeline}: {:?}", other.map(|found| found.len())),
        }
    }
    for pipeline in [
        json!([{ "$sort": { "free": -1, "_id": 1 } }, { "$limit": 3 }]),
        json!([{ "$project": { "large": 0 } }, { "$sort": { "free": -1, "_id": 1 } }, { "$limit": 3 }]),
    ] {
        let found = engine.piped(&pipeline).unwrap();
        let ids: Vec<_> = found.iter().map(|document| document["_id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["006", "013", "020"], "{pipeline}");
    }
}

#[test]
fn what_is_computed_is_limited_while_it_grows() {
    let engine = holding(&[json!({ "_id": "1", "a": (0..10_000).collect::<Vec<_>>() })]);
    for expression in [
        json!({ "$map": { "input": "$a", "in": "$a" } }),
        json!({ "$map": { "input": "$a", "in": { "$map": { "input": "$a", "in": "$$this" } } } }),
        json!(vec!["$a"; 10_000]),
        json!([{ "b": vec!["$a"; 1000] }]),
        json!((0..1000).map(|name| (format!("f{name}"), json!("$a"))).collect::<serde_json::Map<_, _>>()),
    ] {
        for pipeline in [
            json!([{ "$project": { "x": expression } }]),
            json!([{ "$group": { "_id": expression } }]),
            json!([{ "$replaceWith": { "x": expression } }]),
        ] {
            let refused = engine.piped(&pipeline);
            assert!(matches!(refused, Err(DataApiError::TooLarge(_))), "{pipeline}");
        }
    }
}

#[test]
fn a_long_sort_lets_go_of_what_is_beyond_its_limit() {
    let stored: Vec<_> = (0..5000)
        .map(|id| json!({ "_id": format!("{id:05}"), "free": (id * 7919) % 5000, "pad": "x".repeat(4000) }))
        .collect();
    let engine = holding(&stored);
    let found = engine.piped(&json!([{ "$sort": { "free": 1 } }, { "$skip": 2 }, { "$limit": 3 }])).unwrap();
    assert_eq!(
        found.iter().map(|document| document["free"].as_i64().unwrap()).collect::<Vec<_>>(),
        [2, 3, 4]
    );
}

fn plan(engine: &Engine<Connection>, pipeline: &Value) -> Vec<String> {
    let mut parsed = stage::parse(&stages(pipeline)).unwrap();
    let filter = super::leading_filter(&mut parsed);
    let condition = super::filter::compile(&THINGS, &filter.0).unwrap();
    let plan = pushdown::Plan::of(&THINGS, &parsed[0]).expect("it is pushed down");
    let statement = format!("EXPLAIN QUERY PLAN {}", plan.statement(&condition.sql, 10));
    let rows = engine.exec(&statement, &condition.parameters).unwrap();
    rows.iter().map(|row| row[3].as_text().unwrap().to_owned()).collect()
}

#[test]
fn pushed_down_statements_use_indexes() {
    let engine = holding(&[]);
    let recent = json!({ "$match": { "number": { "$gte": 5 } } });
    for pipeline in [
        json!([recent, { "$count": "n" }]),
        json!([recent, { "$group": { "_id": null, "n": { "$sum": 1 }, "most": { "$max": "$number" } } }]),
        json!([recent, { "$group": { "_id": "$text", "n": { "$sum": "$number" } } }]),
    ] {
        let plan = plan(&engine, &pipeline);
        assert!(plan[0].contains("INDEX number_1 (<expr>>?)"), "{plan:?}");
    }
    // In the order of the index no group needs sorting.
    let plan = plan(&engine, &json!([{ "$group": { "_id": "$number", "n": { "$sum": 1 } } }]));
    assert!(plan.len() == 1 && plan[0].contains("INDEX number_1"), "{plan:?}");
}

fn scalar() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(-1),
        json!(0),
        json!(1),
        json!(1.0),
        json!(2.5),
        json!("a"),
        json!("b"),
        json!(true),
        json!({ "$date": 0 }),
    ])
}

fn free() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(Value::Array),
        1 => prop::collection::btree_map(select(vec!["b", "c"]), scalar(), 0..3).prop_map(|members| {
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        }),
    ]
}

fn thing() -> impl Strategy<Value = Value> {
    (
        prop::option::of(select(vec![json!(null), json!("a"), json!("b"), json!("")])),
        prop::option::of(select(vec![json!(null), json!(-3), json!(0), json!(2), json!(2.0), json!(0.5)])),
        prop::option::of(select(vec![json!(null), json!(true), json!(false)])),
        prop::option::of(select(vec![json!(null), json!({ "$date": 5 }), json!({ "$date": -5 })])),
        prop::option::of(free()),
    )
        .prop_map(|(text, number, boolean, date, a)| {
            let fields = [("text", text), ("number", number), ("boolean", boolean), ("date", date), ("a", a)];
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
}

fn things() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(thing(), 0..24).prop_map(|mut things| {
        for (position, thing) in things.iter_mut().enumerate() {
            let mut document = Document::from_iter([("_id".to_owned(), json!(format!("{position:02}")))]);
            document.extend(thing.as_object().unwrap().clone());
            *thing = Value::Object(document);
        }
        things
    })
}

fn field() -> impl Strategy<Value = Value> {
    select(vec!["$text", "$number", "$boolean", "$date", "$a", "$a.b", "$_id", "$none"]).prop_map(Value::from)
}

/// One stage, or two: which documents a limit lets pass is only certain after a sort.
fn any_stage() -> impl Strategy<Value = Vec<Value>> {
    let one = |stage: Value| vec![stage];
    let sorted = |stage: Value| vec![json!({ "$sort": { "_id": 1 } }), stage];
    let accumulator =
        (select(vec!["$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$addToSet"]), field());
    prop_oneof![
        select(vec![
            json!({ "text": "a" }),
            json!({ "number": { "$gte": 0 } }),
            json!({ "a": { "$ne": null } }),
            json!({ "a.b": 1, "boolean": { "$in": [true, null] } }),
            json!({ "$or": [{ "_id": { "$lt": "08" } }, { "n": { "$exists": true } }] }),
        ])
        .prop_map(move |filter| one(json!({ "$match": filter }))),
        (field(), accumulator).prop_map(move |(id, (operator, operand))| {
            one(json!({ "$group": { "_id": id, "n": { operator: operand }, "text": { "$max": "$text" } } }))
        }),
        select(vec![json!({ "number": -1, "_id": 1 }), json!({ "a": 1, "_id": -1 }), json!({ "_id": 1 })])
            .prop_map(move |sort| one(json!({ "$sort": sort }))),
        (1..12).prop_map(move |limit| sorted(json!({ "$limit": limit }))),
        (0..4).prop_map(move |skip| sorted(json!({ "$skip": skip }))),
        select(vec![
            json!({ "a": 1, "n": "$number" }),
            json!({ "a": 0 }),
            json!({ "_id": 0, "a.b": 1, "text": 1 })
        ])
        .prop_map(move |fields| one(json!({ "$project": fields }))),
        field().prop_map(move |value| one(
            json!({ "$addFields": { "a.b": value, "n": { "$ifNull": [value, "-"] } } })
        )),
        Just(one(
            json!({ "$unwind": { "path": "$a", "preserveNullAndEmptyArrays": true, "includeArrayIndex": "i" } })
        )),
        Just(one(json!({ "$unwind": "$a" }))),
        Just(one(json!({ "$count": "n" }))),
        Just(one(json!({ "$unset": ["boolean", "a.c"] }))),
    ]
}

/// Runs one stage over documents in memory, never in SQL but for a filter.
fn alone(engine: &Engine<Connection>, stage: &Value, input: &[Value]) -> Result<Vec<Value>, DataApiError> {
    let mut stages = stage::parse(&documents(std::slice::from_ref(stage)))?;
    let matcher = |filter: &Filter, batch| engine.retain_matching(filter, batch);
    let mut run = stage::Run {
        now: NOW,
        matcher: &matcher,
        memory: super::memory::Memory::default(),
        results: Vec::new(),
    };
    // In two batches: where they are cut must not matter.
    let (first, second) = input.split_at(input.len() / 2);
    run.feed(&mut stages, first.to_vec())?;
    run.feed(&mut stages, second.to_vec())?;
    run.finish(&mut stages)?;
    Ok(run.results.into_iter().map(Value::Object).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Run whole, with all that SQLite takes over, a pipeline gives what its stages give one after the other.
    #[test]
    fn a_pipeline_is_its_stages_one_by_one(things in things(), pipeline in prop::collection::vec(any_stage(), 0..5)) {
        let engine = holding(&things);
        let pipeline = pipeline.concat();
        let mut expected = Ok(things);
        for stage in &pipeline {
            expected = expected.and_then(|input| alone(&engine, stage, &input));
        }
        let found = engine.piped(&Value::Array(pipeline.clone()));
        match (found, expected) {
            (Ok(found), Ok(expected)) => prop_assert_eq!(text(&found), text(&expected)),
            (Err(found), Err(expected)) => prop_assert_eq!(found, expected),
            (found, expected) => prop_assert!(false, "{found:?} {expected:?}"),
        }
    }

    /// What is pushed down is what the pipeline itself makes of the documents.
    #[test]
    fn pushed_down_equals_in_memory(
        things in things(),
        filter in select(vec![
            json!({}), json!({ "number": { "$gte": 0 } }), json!({ "a": 1 }), json!({ "text": "a" }),
        ]),
        id in select(vec![
            json!(null), json!(7), json!("$text"), json!("$number"), json!("$boolean"), json!("$date"), json!("$_id"),
        ]),
        fields in prop::collection::vec(
            (
                select(vec!["$sum", "$avg", "$min", "$max"]),
                select(vec![
                    json!(1), json!(-2), json!("$number"), json!("$text"), json!("$boolean"), json!("$date"),
                    json!("$_id"),
                ]),
            ),
            0..4,
        ),
    ) {
        let engine = holding(&things);
        let mut group = json!({ "_id": id });
        for (position, (operator, operand)) in fields.into_iter().enumerate() {
            group[format!("f{position}")] = json!({ operator: operand });
        }
        let stage = json!({ "$group": group });
        let pipeline = json!([{ "$match": filter }, stage]);
        let matched = alone(&engine, &json!({ "$match": filter }), &things).unwrap();
        let expected = alone(&engine, &stage, &matched).unwrap();
        prop_assert_eq!(text(&engine.piped(&pipeline).unwrap()), text(&expected));
    }
}
