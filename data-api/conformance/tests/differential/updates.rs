//! Random updates.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::Question;
use crate::filters::{filter, value_of};
use crate::values::{anything, id, number, scalar};

/// Fields in the order of their names: DocumentDB makes new ones in the order of the update, MongoDB in that of the
/// names, so an update here names them in the latter.
const FIELDS: [&str; 14] =
    ["a", "a.a", "a.b", "b", "b.1", "b.a", "c", "date", "in.more", "in.text", "new", "number", "s", "text"];

fn fitting(operator: &'static str, field: &'static str) -> BoxedStrategy<Value> {
    match operator {
        "$unset" => Just(Value::from("")).boxed(),
        // Adding nothing counts as a change in DocumentDB.
        "$inc" => number().prop_filter("zero", |by| by.as_f64() != Some(0.0)).boxed(),
        "$mul" => select(vec![json!(2), json!(0.5), json!(-1), json!(3.0)]).boxed(),
        "$push" => prop_oneof![
            anything().boxed(),
            // Pushing nothing makes no array in DocumentDB, and counts otherwise.
            (
                prop::collection::vec(anything(), 1..3),
                -3..4_i8,
                prop::option::of(select(vec![-3, -2, -1, 1, 2, 3]))
            )
                .prop_map(|(each, position, slice)| match slice {
                    Some(slice) => json!({ "$each": each, "$position": position, "$slice": slice }),
                    None => json!({ "$each": each, "$position": position }),
                })
                .boxed(),
        ]
        .boxed(),
        "$addToSet" => prop_oneof![
            scalar().boxed(),
            anything().boxed(),
            prop::collection::vec(scalar(), 1..3).prop_map(|each| json!({ "$each": each })).boxed(),
        ]
        .boxed(),
        "$pull" => prop_oneof![
            scalar().boxed(),
            (select(vec!["$gt", "$gte", "$lt", "$lte", "$eq", "$ne"]), scalar())
                .prop_map(|(name, value)| json!({ name: value }))
                .boxed(),
            prop::collection::vec(scalar(), 0..3).prop_map(|values| json!({ "$in": values })).boxed(),
            (
                select(vec!["a", "b"]),
                scalar().prop_filter("DocumentDB finds null in lists", |value| !value.is_null())
            )
                .prop_map(|(name, value)| json!({ name: value }))
                .boxed(),
        ]
        .boxed(),
        "$pop" => select(vec![json!(1), json!(-1)]).boxed(),
        _ => value_of(field),
    }
}

/// An update: some fields, and neighbours of them under one operator.
pub fn update() -> impl Strategy<Value = Value> {
    let operators = vec![
        "$set",
        "$unset",
        "$inc",
        "$mul",
        "$min",
        "$max",
        "$push",
        "$addToSet",
        "$pull",
        "$pop",
        "$setOnInsert",
    ];
    // Not a field and a part of it: DocumentDB does not see such conflicts in a $setOnInsert that inserts nothing.
    let fields = subsequence(FIELDS.to_vec(), 1..4).prop_map(|mut fields| {
        fields.dedup_by(|field, earlier| field.split('.').next() == earlier.split('.').next());
        fields
    });
    (fields, subsequence(operators, 3).prop_shuffle(), 0..3_usize)
        .prop_flat_map(|(fields, operators, breaks)| {
            let last = fields.len() - 1;
            let parts = fields.into_iter().enumerate().map(|(index, field)| {
                let operator = operators[if breaks == 0 { 0 } else { index.min(last) }];
                // A declared field holds its kind.
                let operator = match field {
                    "text" | "in.text" | "date"
                        if !["$set", "$min", "$max", "$setOnInsert"].contains(&operator) =>
                    {
                        "$unset"
                    }
                    // DocumentDB counts on from true and false.
                    "a" | "a.a" | "a.b" | "b" | "b.1" | "b.a" | "c" | "s"
                        if ["$inc", "$mul"].contains(&operator) =>
                    {
                        "$unset"
                    }
                    "number" if ["$push", "$addToSet", "$pull", "$pop"].contains(&operator) => "$unset",
                    _ => operator,
                };
                // Where there is nothing to take from, DocumentDB makes the objects on the way, or refuses the array there.
                let field = match operator {
                    "$pop" | "$pull" => field.split('.').next().unwrap_or(field),
                    "$unset" if !field.starts_with("in.") => field.split('.').next().unwrap_or(field),
                    _ => field,
                };
                fitting(operator, field).prop_map(move |value| (operator, field, value))
            });
            parts.collect::<Vec<_>>()
        })
        .prop_map(|parts| {
            let mut update = Map::new();
            for (operator, field, value) in parts {
                update.entry(operator).or_insert_with(|| json!({}))[field] = value;
            }
            Value::Object(update)
        })
}

/// One update of one document, or of all that match; or a removal.
pub fn question() -> impl Strategy<Value = Question> {
    let one = (id(), update(), any::<bool>()).prop_map(|(id, update, upsert)| Question {
        action: "updateOne",
        fields: json!({ "filter": { "_id": id }, "update": update, "upsert": upsert }),
        ordered: true,
    });
    let renamed = (id(), select(vec!["a", "c", "s", "in.more"]), select(vec!["in.new", "z"])).prop_map(
        |(id, from, to)| Question {
            action: "updateOne",
            fields: json!({ "filter": { "_id": id }, "update": { "$rename": { from: to } } }),
            ordered: true,
        },
    );
    let many = filter().prop_map(|filter| Question {
        action: "updateMany",
        // An operator that suits every document: after a failure the engines may have come differently far.
        fields: json!({ "filter": filter, "update": { "$set": { "new": 1 }, "$unset": { "z": "" } } }),
        ordered: true,
    });
    let removal = filter().prop_map(|filter| Question {
        action: "deleteMany",
        fields: json!({ "filter": filter }),
        ordered: true,
    });
    prop_oneof![12 => one, 1 => renamed, 1 => many, 1 => removal]
}
