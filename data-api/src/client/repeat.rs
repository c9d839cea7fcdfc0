//! What may be sent again after an attempt whose outcome is unknown: its answer was lost, late, or broken off, so that it
//! may have been carried out or not.
//!
//! | action | repeated | because |
//! |---|---|---|
//! | `findOne`, `find`, `aggregate` | always; not with `$out` or `$merge` | reading changes nothing |
//! | `insertOne`, `insertMany` | when every document brings its `_id` | a document that is there already stands in its own way; the client then looks whether it is the same ([`Repeat::AfterLooking`]) |
//! | `updateOne` | when the filter names one `_id`, reads nothing that the update writes, and the update ends the same way twice | see below |
//! | `updateMany` | likewise, `_id` or not | the second run finds the first one's work done |
//! | `replaceOne` | when the filter is one `_id` and nothing else | the same document stands there again |
//! | `deleteOne` | when the filter names one `_id` | without it the repeat would delete another document |
//! | `deleteMany` | always | what is gone stays gone |
//!
//! An update ends the same way twice with `$set $unset $setOnInsert $min $max $addToSet $pull $rename $currentDate`, and
//! does not with `$inc $mul $push $pop` or a pipeline. A filter that reads what its update writes is a compare-and-set,
//! or a claim ("the first that is queued becomes mine"): its answer decides something, a repeat would answer wrongly or
//! take one more, so its caller alone can look and decide.
//!
//! The counts in an answer are those of the last attempt: `modifiedCount`, `deletedCount` and `upsertedId` can be less
//! than what the action did in all, `matchedCount` of an update cannot.
//!
//! Everything is sent again after a refusal that says that nothing was done (429, or no connection at all).

use serde_json::Value;

use crate::contract::{Operation, UpdateOperation};
use crate::document::Document;
use crate::query::Filter;

/// Whether an action may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Twice is as once.
    Safe,
    /// Twice is as once, or a duplicate key; whose it is must be looked at.
    AfterLooking,
    /// Twice may be twice, or be answered wrongly.
    Never,
}

/// The update operators that end the same way when they run twice.
const SETTLING: [&str; 9] =
    ["$set", "$unset", "$setOnInsert", "$min", "$max", "$addToSet", "$pull", "$rename", "$currentDate"];

impl Repeat {
    pub fn of(operation: &Operation) -> Self {
        let repeatable = match operation {
            Operation::FindOne(_) | Operation::Find(_) | Operation::DeleteMany(_) => true,
            Operation::Aggregate(aggregate) => !aggregate
                .pipeline
                .iter()
                .any(|stage| stage.contains_key("$out") || stage.contains_key("$merge")),
            Operation::InsertOne(insert) => return Self::of_insert(std::slice::from_ref(&insert.document)),
            Operation::InsertMany(insert) => return Self::of_insert(&insert.documents),
            Operation::UpdateOne(update) => names_one(&update.filter) && settles(update),
            Operation::UpdateMany(update) => settles(update),
            Operation::ReplaceOne(replace) => names_one(&replace.filter) && replace.filter.0.len() == 1,
            Operation::DeleteOne(delete) => names_one(&delete.filter),
        };
        if repeatable { Self::Safe } else { Self::Never }
    }

    fn of_insert(documents: &[Document]) -> Self {
        if documents.iter().all(|document| document.contains_key("_id")) {
            Self::AfterLooking
        } else {
            Self::Never
        }
    }
}

/// Whether the filter can match one document only, by its `_id`.
fn names_one(filter: &Filter) -> bool {
    fn in_conditions(conditions: &Document) -> bool {
        let own = conditions.get("_id").is_some_and(|id| match id {
            Value::Object(operators) => operators.contains_key("$eq"),
            _ => true,
        });
        let terms = conditions.get("$and").and_then(Value::as_array);
        own || terms.into_iter().flatten().filter_map(Value::as_object).any(in_conditions)
    }
    in_conditions(&filter.0)
}

/// Whether the update ends the same way twice, and its filter matches the same documents afterwards.
fn settles(operation: &UpdateOperation) -> bool {
    let mut written = Vec::new();
    for (operator, fields) in &operation.update.0 {
        let Value::Object(fields) = fields else { return false };
        if !SETTLING.contains(&operator.as_str()) {
            return false;
        }
        written.extend(fields.keys().map(String::as_str));
        if operator == "$rename" {
            written.extend(fields.values().filter_map(Value::as_str));
        }
    }
    let mut read = Vec::new();
    collect_paths(&operation.filter.0, &mut read);
    !read.iter().any(|path| written.iter().any(|other| overlap(path, other)))
}

/// The paths a filter looks at. Of an operator that is not known here nothing is: it counts as looking at everything.
fn collect_paths<'a>(conditions: &'a Document, paths: &mut Vec<&'a str>) {
    for (key, value) in conditions {
        match (key.as_str(), value) {
            ("$and" | "$or" | "$nor", Value::Array(terms)) => {
                for term in terms.iter().filter_map(Value::as_object) {
                    collect_paths(term, paths);
                }
            }
            // An update never changes an `_id`.
            ("_id", _) => {}
            (operator, _) if operator.starts_with('$') => paths.push(""),
            (path, _) => paths.push(path),
        }
    }
}

/// Whether one path is the other or leads through it. Positions in arrays count like names, `$` like any of them.
fn overlap(one: &str, other: &str) -> bool {
    one.is_empty()
        || one.split('.').zip(other.split('.')).all(|(a, b)| a == b || is_position(a) || is_position(b))
}

/// `items.0.name` may be what `items.name` is.
fn is_position(part: &str) -> bool {
    part.starts_with('$') || part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Repeat;
    use crate::contract::{Action, ActionName};

    fn repeat(name: ActionName, fields: &Value) -> Repeat {
        let mut body = json!({ "dataSource": "s", "database": "d", "collection": "c" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let (_, action) = Action::from_body(name, body.to_string().as_bytes()).unwrap();
        Repeat::of(&action.operation)
    }

    #[test]
    fn the_table_above_holds() {
        use ActionName as A;
        use Repeat::{AfterLooking, Never, Safe};

        for (name, fields, expected) in [
            (A::FindOne, json!({}), Safe),
            (A::Find, json!({ "filter": { "a": 1 } }), Safe),
            (A::Aggregate, json!({ "pipeline": [{ "$match": {} }] }), Safe),
            (A::Aggregate, json!({ "pipeline": [{ "$match": {} }, { "$out": "x" }] }), Never),
            (A::Aggregate, json!({ "pipeline": [{ "$merge": "x" }] }), Never),
            (A::InsertOne, json!({ "document": { "_id": "a" } }), AfterLooking),
            (A::InsertOne, json!({ "document": {} }), Never),
            (A::InsertMany, json!({ "documents": [{ "_id": "a" }, { "_id": "b" }] }), AfterLooking),
            (A::InsertMany, json!({ "documents": [{ "_id": "a" }, {}] }), Never),
            (A::ReplaceOne, json!({ "filter": { "_id": "a" }, "replacement": {}, "upsert": true }), Safe),
            (A::ReplaceOne, json!({ "filter": { "_id": "a", "rev": 1 }, "replacement": {} }), Never),
            (A::ReplaceOne, json!({ "filter": { "name": "a" }, "replacement": {} }), Never),
            (A::DeleteOne, json!({ "filter": { "_id": "a" } }), Safe),
            (A::DeleteOne, json!({ "filter": { "status": "open" } }), Never),
            (A::DeleteOne, json!({ "filter": { "_id": { "$gt": "a" } } }), Never),
            (A::DeleteMany, json!({ "filter": { "status": "open" } }), Safe),
        ] {
            assert_eq!(repeat(name, &fields), expected, "{} {fields}", name.as_str());
        }
    }

    #[test]
    fn an_update_is_repeated_when_twice_is_as_once() {
        use ActionName::{UpdateMany, UpdateOne};
        use Repeat::{Never, Safe};

        let id = json!({ "_id": "a" });
        for (operator, operand, expected) in [
            ("$set", json!({ "a": 1 }), Safe),
            ("$unset", json!({ "a": "" }), Safe),
            ("$setOnInsert", json!({ "a": 1 }), Safe),
            ("$min", json!({ "a": 1 }), Safe),
            ("$max", json!({ "a": 1 }), Safe),
            ("$addToSet", json!({ "a": 1 }), Safe),
            ("$pull", json!({ "a": 1 }), Safe),
            ("$rename", json!({ "a": "b" }), Safe),
            ("$currentDate", json!({ "a": true }), Safe),
            ("$inc", json!({ "a": 1 }), Never),
            ("$mul", json!({ "a": 1 }), Never),
            ("$push", json!({ "a": 1 }), Never),
            ("$pop", json!({ "a": 1 }), Never),
        ] {
            let update = json!({ operator: operand });
            for name in [UpdateOne, UpdateMany] {
                let fields = json!({ "filter": id, "update": update, "upsert": true });
                assert_eq!(repeat(name, &fields), expected, "{} {update}", name.as_str());
            }
            let mixed = json!({ "$set": { "z": 1 }, operator: { "y": 1 } });
            assert_eq!(repeat(UpdateOne, &json!({ "filter": id, "update": mixed })), expected, "{operator}");
        }
    }

    #[test]
    fn a_claim_or_a_compare_and_set_is_never_repeated() {
        use ActionName::{UpdateMany, UpdateOne};
        use Repeat::{Never, Safe};

        let set = json!({ "$set": { "status": "taken", "by.id": 7 } });
        for (name, filter, expected) in [
            (UpdateOne, json!({ "status": "queued" }), Never),
            (UpdateOne, json!({ "other": 1 }), Never),
            (UpdateMany, json!({ "status": "queued" }), Never),
            (UpdateMany, json!({ "other": 1 }), Safe),
            (UpdateMany, json!({}), Safe),
            (UpdateOne, json!({ "_id": "a", "other": 1 }), Safe),
            (UpdateOne, json!({ "$and": [{ "_id": "a" }, { "other": 1 }] }), Safe),
            (UpdateOne, json!({ "_id": { "$eq": "a" } }), Safe),
            (UpdateOne, json!({ "_id": { "$in": ["a", "b"] } }), Never),
            (UpdateOne, json!({ "$or": [{ "_id": "a" }, { "_id": "b" }] }), Never),
            (UpdateOne, json!({ "_id": "a", "status": "queued" }), Never),
            (UpdateOne, json!({ "_id": "a", "by": null }), Never),
            (UpdateOne, json!({ "_id": "a", "by.id.deep": 1 }), Never),
            (UpdateOne, json!({ "_id": "a", "by.name": "x" }), Safe),
            (UpdateOne, json!({ "_id": "a", "by.0.id": 1 }), Never),
            (UpdateOne, json!({ "$and": [{ "_id": "a" }, { "$or": [{ "status": 1 }] }] }), Never),
            (UpdateOne, json!({ "_id": "a", "$expr": { "$eq": ["$status", 1] } }), Never),
        ] {
            let fields = json!({ "filter": filter, "update": set });
            assert_eq!(repeat(name, &fields), expected, "{} {filter}", name.as_str());
        }
        let rename =
            json!({ "filter": { "_id": "a", "to": null }, "update": { "$rename": { "from": "to" } } });
        assert_eq!(repeat(UpdateOne, &rename), Never);
    }
}
