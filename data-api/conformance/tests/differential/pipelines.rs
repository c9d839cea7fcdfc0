//! Random pipelines.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::Question;
use crate::filters::{filter, sort};
use crate::values::{date, number, scalar, text};

/// A field as an expression, of all kinds.
fn field() -> impl Strategy<Value = Value> {
    select(vec![
        "$text", "$number", "$boolean", "$date", "$in.text", "$s", "$a", "$a.b", "$b.a", "$c", "$none",
        "$_id",
    ])
    .prop_map(Value::from)
}

fn number_like() -> BoxedStrategy<Value> {
    prop_oneof![3 => Just(json!("$number")), 1 => Just(json!("$none")), 2 => number()].boxed()
}

fn text_like() -> BoxedStrategy<Value> {
    prop_oneof![2 => Just(json!("$text")), 1 => Just(json!("$in.text")), 1 => text().prop_map(|text| json!({ "$literal": text }))].boxed()
}

/// A literal that cannot be taken for a path or an operator.
fn literal() -> impl Strategy<Value = Value> {
    scalar().prop_map(|value| json!({ "$literal": value }))
}

/// An expression that fails on no document, so that one document cannot hide the rest.
pub fn expression() -> BoxedStrategy<Value> {
    let numeric = number_like().prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (select(vec!["$add", "$multiply", "$subtract"]), inner.clone(), inner.clone())
                .prop_map(|(name, left, right)| json!({ name: [left, right] })),
            (select(vec!["$abs", "$ceil", "$floor", "$trunc", "$round"]), inner.clone())
                .prop_map(|(name, value)| json!({ name: value })),
            // By powers of two, because sums of other fractions are less exact in DocumentDB. Not $mod: it makes a whole number of a double without a fraction.
            (inner.clone(), select(vec![json!(2), json!(0.5), json!(-4)]))
                .prop_map(|(left, right)| json!({ "$divide": [left, right] })),
            (inner.clone(), inner).prop_map(|(left, right)| json!({ "$ifNull": [left, right] })),
        ]
    });
    let textual = prop_oneof![
        (text_like(), text_like()).prop_map(|(left, right)| json!({ "$concat": [left, "-", right] })),
        (select(vec!["$toLower", "$toUpper"]), select(vec!["a", "B", "Ab"]))
            .prop_map(|(name, text)| json!({ name: text })),
        text_like().prop_map(|text| json!({ "$strLenCP": { "$ifNull": [text, ""] } })),
        (text_like(), 0..3_u8, 0..3_u8)
            .prop_map(|(text, from, count)| json!({ "$substrCP": [text, from, count] })),
    ];
    let dated = prop_oneof![
        select(vec![
            "$year",
            "$month",
            "$dayOfMonth",
            "$hour",
            "$minute",
            "$second",
            "$millisecond",
            "$dayOfWeek",
            "$dayOfYear",
            "$isoWeek",
            "$isoWeekYear",
            "$isoDayOfWeek"
        ])
        .prop_map(|name| json!({ name: "$date" })),
        // Neither by longer units nor before 1970: there DocumentDB is wrong.
        select(vec!["hour", "minute", "second"]).prop_map(|unit| {
            let recent = json!({ "$gte": ["$date", { "$literal": { "$date": 0 } }] });
            json!({ "$dateTrunc": { "date": { "$cond": [recent, "$date", null] }, "unit": unit } })
        }),
        select(vec!["%Y-%m-%d", "%H:%M:%S.%L", "%G-%V", "%j %u"])
            .prop_map(|format| json!({ "$dateToString": { "date": "$date", "format": format } })),
        Just(json!({ "$subtract": ["$date", { "$literal": { "$date": 0 } }] })),
        number_like().prop_map(|by| json!({ "$add": ["$date", { "$ifNull": [{ "$floor": by }, 0] }] })),
    ];
    let listed = prop_oneof![
        field().prop_map(|field| json!({ "$isArray": [field] })),
        (select(vec!["$a", "$b", "$s"]), -2..3_i8).prop_map(|(list, at)| {
            json!({ "$arrayElemAt": [{ "$cond": [{ "$isArray": [list] }, list, []] }, at] })
        }),
        select(vec!["$a", "$b", "$s"])
            .prop_map(|list| json!({ "$size": { "$cond": [{ "$isArray": [list] }, list, []] } })),
        (scalar(), select(vec!["$a", "$b"])).prop_map(|(value, list)| {
            json!({ "$in": [{ "$literal": value }, { "$cond": [{ "$isArray": [list] }, list, []] }] })
        }),
        // No $avg and $sum: of one number, DocumentDB gives that, also a -0.0.
        select(vec!["$min", "$max"]).prop_map(|name| json!({ name: "$a" })),
    ];
    let leaf = prop_oneof![
        3 => field().boxed(), 1 => literal().boxed(), 3 => numeric.boxed(), 2 => textual.boxed(), 2 => dated.boxed(), 2 => listed.boxed()
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            (select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp"]), inner.clone(), inner.clone())
                .prop_map(|(name, left, right)| json!({ name: [left, right] })),
            (select(vec!["$and", "$or"]), prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(name, terms)| json!({ name: terms })),
            inner.clone().prop_map(|value| json!({ "$not": [value] })),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(one, two, three)| json!({ "$cond": [one, two, three] })),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| json!({ "$ifNull": [one, two] })),
            prop::collection::vec(inner, 1..3).prop_map(Value::from),
        ]
    })
    .boxed()
}

/// What gathers. The order of documents within a group is lost in DocumentDB unless there is one group only. Only then
/// is asked what depends on it. Which of two equal numbers is the least, 1 or 1.0, it decides otherwise.
fn accumulator(one_group: bool) -> impl Strategy<Value = Value> {
    let sums = select(vec!["$sum", "$avg"]);
    let extremes = select(vec!["$min", "$max"]);
    // Of what is missing, DocumentDB gives no $first and no $last.
    let ends = (select(vec!["$first", "$last"]), field())
        .prop_map(|(name, value)| json!({ name: { "$ifNull": [value, null] } }));
    let ordered = prop_oneof![ends, field().prop_map(|value| json!({ "$push": value }))];
    let exact = select(vec!["$text", "$date", "$boolean", "$_id"]).prop_map(Value::from);
    let expression = expression().prop_filter("an accumulator takes no list", |value| !value.is_array());
    prop_oneof![
        3 => (sums, prop_oneof![field().boxed(), expression.boxed()]).prop_map(|(name, value)| json!({ name: value })).boxed(),
        1 => (extremes, exact).prop_map(|(name, value)| json!({ name: value })).boxed(),
        if one_group { 2 } else { 0 } => ordered.boxed(),
        1 => Just(json!({ "$sum": 1 })).boxed(),
        1 => Just(json!({ "$count": {} })).boxed(),
    ]
}

/// A key to group by: never an object, whose missing fields DocumentDB keeps as null, and no number (see above).
fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(vec!["$text", "$boolean", "$date", "$in.text"]).prop_map(Value::from).boxed(),
        1 => Just(json!({ "$gt": ["$number", 0] })).boxed(),
        1 => Just(json!({ "$dateToString": { "date": "$date", "format": "%Y-%m" } })).boxed(),
    ]
}

/// A sort that leaves nothing open, not even after `$unwind`, where `i` tells documents of one `_id` apart.
fn total_sort() -> impl Strategy<Value = Value> {
    sort().prop_map(|mut sort| {
        sort["i"] = 1.into();
        sort
    })
}

/// The elements of a field, at the beginning of a pipeline.
fn unwinding() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(|keep| {
        json!({ "$unwind": { "path": "$a", "preserveNullAndEmptyArrays": keep, "includeArrayIndex": "i" } })
    })
}

/// Stages after which there are still documents with an `_id` and the fields that there were.
fn shaping() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![
        3 => filter().prop_map(|filter| vec![json!({ "$match": filter })]).boxed(),
        2 => expression().prop_map(|value| vec![json!({ "$addFields": { "x": value } })]).boxed(),
        1 => expression().prop_map(|value| vec![json!({ "$set": { "in.x": value } })]).boxed(),
        1 => expression().prop_map(|value| {
            // One computed field: of several, DocumentDB keeps the order of an earlier stage.
            vec![json!({ "$project": { "number": 1, "text": 1, "a": 1, "i": 1, "x": value } })]
        }).boxed(),
        1 => (total_sort(), 0..4_u8, 1..6_u8).prop_map(|(sort, skip, limit)| {
            vec![json!({ "$sort": sort }), json!({ "$skip": skip }), json!({ "$limit": limit })]
        }).boxed(),
    ]
}

/// What comes last: the documents, or what they amount to.
fn ending() -> impl Strategy<Value = (Vec<Value>, bool)> {
    prop_oneof![
        2 => Just((Vec::new(), false)).boxed(),
        // At the end alone: the next stage of DocumentDB may still see what is gone.
        1 => select(vec![json!({ "$unset": ["c", "in.more"] }), json!({ "$project": { "b": 0, "a.b": 0 } })])
            .prop_map(|stage| (vec![stage], false)).boxed(),
        2 => total_sort().prop_map(|sort| (vec![json!({ "$sort": sort })], true)).boxed(),
        1 => (accumulator(true), accumulator(true)).prop_map(|(one, two)| {
            (vec![json!({ "$sort": { "_id": 1, "i": 1 } }), json!({ "$group": { "_id": null, "one": one, "two": two } })], false)
        }).boxed(),
        3 => (key(), accumulator(false), accumulator(false)).prop_map(|(key, one, two)| {
            (vec![json!({ "$sort": { "_id": 1, "i": 1 } }), json!({ "$group": { "_id": key, "one": one, "two": two } })], false)
        }).boxed(),
        // Buckets come in no order in DocumentDB.
        1 => accumulator(false).prop_map(|one| (vec![
            json!({ "$sort": { "_id": 1, "i": 1 } }),
            json!({ "$bucket": { "groupBy": "$number", "boundaries": [-2, 0.5, 3], "default": "other", "output": { "one": one } } }),
            json!({ "$sort": { "_id": 1 } }),
        ], true)).boxed(),
        1 => date().prop_map(|date| (vec![
            json!({ "$match": { "date": { "$gte": date } } }),
            json!({ "$group": { "_id": { "$month": "$date" }, "n": { "$sum": 1 }, "average": { "$avg": "$number" } } }),
            json!({ "$sort": { "n": -1, "_id": 1 } }),
        ], true)).boxed(),
    ]
}

/// A pipeline.
pub fn question() -> impl Strategy<Value = Question> {
    let unwinding = prop::option::weighted(0.2, unwinding());
    (unwinding, prop::collection::vec(shaping(), 0..3), ending()).prop_map(
        |(unwinding, shaping, (ending, ordered))| {
            let stages: Vec<_> =
                unwinding.into_iter().chain(shaping.into_iter().flatten()).chain(ending).collect();
            Question { action: "aggregate", fields: json!({ "pipeline": stages }), ordered }
        },
    )
}
