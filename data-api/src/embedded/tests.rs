//! The engine against MongoDB's rules, on real SQLite with a Durable Object's limits.

use rusqlite::Connection;
use serde_json::{Value, json};
use voxora_domain::sql::Sql;

use super::text::Access;
use super::{Engine, filter};
use crate::contract::{
    Action, Answer, Delete, Find, FindOne, InsertMany, InsertOne, Operation, ReplaceOne, UpdateOperation,
    Updated,
};
use crate::document::Document;
use crate::ejson::Format;
use crate::query::Direction::{Ascending, Descending};
use crate::query::{Filter, Projection, Sort, Update};
use crate::samples::{CONVERSATIONS, CUSTOMERS, EVENTS, SESSIONS, USERS, USERS_EMAIL, USERS_FOUNDER};
use crate::schema::{CollectionSchema, Field, Index, Kind, Partial, TextIndex};
use crate::{DataApi, DataApiError};

/// A database with the limits that workerd sets.
pub(super) fn database() -> Connection {
    voxora_domain::sql::object_database().unwrap()
}

fn open(schema: &'static CollectionSchema) -> Engine<Connection> {
    Engine::open(database(), schema, clock).unwrap()
}

/// 2026-11-22T20:05:32Z
pub(super) fn clock() -> i64 {
    1_795_377_932_000
}

/// `text`, `number`, `boolean`, `date` and `in.text` are declared, everything else is free.
pub(super) static THINGS: CollectionSchema = CollectionSchema::new(
    "things",
    1,
    &[
        Field { path: "text", kind: Kind::Text },
        Field { path: "number", kind: Kind::Number },
        Field { path: "boolean", kind: Kind::Boolean },
        Field { path: "in.text", kind: Kind::Text },
        Field { path: "date", kind: Kind::Date },
    ],
    &[Index::new("number_1", &[("number", Ascending)])],
);

fn document(value: &Value) -> Document {
    value.as_object().unwrap().clone()
}

fn filter(value: &Value) -> Filter {
    Filter(document(value))
}

impl<S: Sql> Engine<S> {
    fn operate(&self, operation: Operation) -> Result<Answer, DataApiError> {
        self.run(Action::new(self.schema.name, operation))
    }

    fn add(&self, value: &Value) -> Result<Answer, DataApiError> {
        self.operate(Operation::InsertOne(InsertOne { document: document(value) }))
    }

    fn found(&self, find: Find) -> Result<Vec<Value>, DataApiError> {
        match self.operate(Operation::Find(find))? {
            Answer::Documents(found) => Ok(found.documents.into_iter().map(Value::Object).collect()),
            other => panic!("{other:?}"),
        }
    }

    fn ids(&self, find: Find) -> Result<Vec<String>, DataApiError> {
        let found = self.found(find)?;
        Ok(found.iter().map(|document| document["_id"].as_str().unwrap().to_owned()).collect())
    }

    fn matches(&self, condition: &Value) -> Result<bool, DataApiError> {
        self.ids(Find::new(filter(condition))).map(|ids| !ids.is_empty())
    }

    fn change(
        &self,
        condition: &Value,
        update: &Value,
        many: bool,
        upsert: bool,
    ) -> Result<Updated, DataApiError> {
        let operation =
            UpdateOperation { filter: filter(condition), update: Update(document(update)), upsert };
        match self.operate(if many {
            Operation::UpdateMany(operation)
        } else {
            Operation::UpdateOne(operation)
        })? {
            Answer::Updated(updated) => Ok(updated),
            other => panic!("{other:?}"),
        }
    }

    fn only(&self) -> Value {
        let mut found = self.found(Find::new(Filter::all())).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn filters_match_as_in_mongodb() {
    // (rule, document, filters that match it, filters that do not)
    for (rule, stored, matching, others) in [
        (
            "equality is by type and value",
            json!({ "text": "1", "number": 1, "boolean": true, "a": "1", "n": 1, "b": true }),
            vec![
                json!({ "text": "1" }),
                json!({ "number": 1 }),
                json!({ "boolean": true }),
                json!({ "a": "1" }),
                json!({ "n": 1 }),
                json!({ "b": true }),
                json!({ "n": { "$eq": 1 } }),
                json!({ "_id": "x" }),
            ],
            vec![
                json!({ "text": 1 }),
                json!({ "number": "1" }),
                json!({ "boolean": 1 }),
                json!({ "a": 1 }),
                json!({ "n": "1" }),
                json!({ "n": true }),
                json!({ "b": 1 }),
                json!({ "b": "true" }),
                json!({ "_id": 1 }),
                json!({ "_id": null }),
                json!({ "number": true }),
            ],
        ),
        (
            "numbers are equal whatever their type",
            json!({ "number": 1, "a": 1.0, "b": -0.0, "c": 0.1, "d": 1e300 }),
            vec![
                json!({ "number": 1.0 }),
                json!({ "a": 1 }),
                json!({ "b": 0 }),
                json!({ "c": 0.1 }),
                json!({ "d": 1e300 }),
                json!({ "c": { "$in": [0.1, 7] } }),
                json!({ "number": { "$in": [1.0, 2.5] } }),
                json!({ "c": { "$gt": 0, "$lt": 1 } }),
            ],
            vec![
                json!({ "number": 1.5 }),
                json!({ "c": 0.2 }),
                json!({ "c": { "$gt": 0.1 } }),
                json!({ "d": { "$lt": 1e299 } }),
            ],
        ),
        (
            "null matches null and missing, $exists tells them apart",
            json!({ "text": null, "a": null, "p": 5 }),
            vec![
                json!({ "text": null }),
                json!({ "number": null }),
                json!({ "a": null }),
                json!({ "b": null }),
                json!({ "in.text": null }),
                json!({ "b.c": null }),
                json!({ "p.q": null }),
                json!({ "a.q": null }),
                json!({ "text": { "$exists": true } }),
                json!({ "a": { "$exists": 1 } }),
                json!({ "_id": { "$exists": true } }),
                json!({ "number": { "$exists": false } }),
                json!({ "b": { "$exists": false } }),
                json!({ "b.c": { "$exists": 0 } }),
                json!({ "a": { "$gte": null } }),
                json!({ "b": { "$lte": null } }),
                json!({ "number": { "$gte": null } }),
                json!({ "a": { "$in": [null, 1] } }),
                json!({ "number": { "$in": ["x", null] } }),
            ],
            vec![
                json!({ "p": null }),
                json!({ "text": { "$exists": false } }),
                json!({ "a": { "$exists": false } }),
                json!({ "b": { "$exists": true } }),
                json!({ "a": { "$gt": null } }),
                json!({ "number": { "$lt": null } }),
                json!({ "a": { "$ne": null } }),
                json!({ "b": { "$ne": null } }),
                json!({ "number": { "$nin": [null] } }),
                json!({ "a": "" }),
                json!({ "a": 0 }),
                json!({ "a": false }),
            ],
        ),
        (
            "comparisons keep to one type",
            json!({ "text": "m", "number": 5, "boolean": true, "a": "m", "n": 5, "b": false }),
            vec![
                json!({ "text": { "$gt": "a", "$lt": "z" } }),
                json!({ "number": { "$gte": 5, "$lte": 5 } }),
                json!({ "boolean": { "$gt": false } }),
                json!({ "a": { "$gte": "m" } }),
                json!({ "n": { "$lt": 5.5 } }),
                json!({ "b": { "$lt": true } }),
                json!({ "_id": { "$gt": "a" } }),
            ],
            vec![
                json!({ "text": { "$gt": 0 } }),
                json!({ "number": { "$lt": "a" } }),
                json!({ "a": { "$gt": 0 } }),
                json!({ "n": { "$lt": "a" } }),
                json!({ "n": { "$gte": false } }),
                json!({ "b": { "$gte": 0 } }),
                json!({ "_id": { "$gt": 0 } }),
                json!({ "text": { "$gt": "m" } }),
            ],
        ),
        (
            "strings compare by their bytes",
            json!({ "text": "é", "a": "B" }),
            vec![json!({ "text": { "$gt": "z" } }), json!({ "a": { "$lt": "a" } })],
            vec![json!({ "text": "e" }), json!({ "a": "b" })],
        ),
        (
            "a scalar matches an array that holds it",
            json!({ "a": ["x", 2, null, [7]], "e": [] }),
            vec![
                json!({ "a": "x" }),
                json!({ "a": 2 }),
                json!({ "a": null }),
                json!({ "a": { "$gt": 1 } }),
                json!({ "a": { "$in": ["y", "x"] } }),
                json!({ "a": { "$gt": 1, "$lt": "y" } }),
                json!({ "e": { "$exists": true } }),
                json!({ "e": { "$ne": null } }),
                json!({ "a": { "$ne": 7 } }),
            ],
            vec![
                json!({ "a": 7 }),
                json!({ "e": null }),
                json!({ "a": { "$ne": "x" } }),
                json!({ "a": { "$nin": [2, 9] } }),
                json!({ "e": { "$gt": 0 } }),
            ],
        ),
        (
            "a path goes through the objects of an array",
            json!({ "a": [{ "b": 1 }, { "b": [2, 3] }, {}, 5], "p": [4], "e": [], "q": [{ "r": [{ "s": 1 }] }], "n": [[{ "b": 1 }]] }),
            vec![
                json!({ "a.b": 1 }),
                json!({ "a.b": 3 }),
                json!({ "a.b": null }),
                json!({ "a.b": { "$exists": true } }),
                json!({ "a.b": { "$gt": 2, "$lt": 2 } }),
                json!({ "q.r.s": 1 }),
                json!({ "p.b": { "$exists": false } }),
                json!({ "e.b": { "$ne": null } }),
                json!({ "p.b": { "$ne": null } }),
                json!({ "n.b": { "$exists": false } }),
            ],
            vec![
                json!({ "a.b": 5 }),
                json!({ "p.b": null }),
                json!({ "e.b": null }),
                json!({ "a.c": { "$exists": true } }),
                json!({ "q.r.t": 1 }),
                json!({ "n.b": 1 }),
                json!({ "n.b": null }),
            ],
        ),
        (
            "$ne, $nin, $not and $nor are the opposite of the match, also where the field is missing",
            json!({ "number": 5, "a": { "b": "x" } }),
            vec![
                json!({ "number": { "$ne": 4 } }),
                json!({ "text": { "$ne": "x" } }),
                json!({ "c": { "$ne": 1 } }),
                json!({ "text": { "$nin": ["x", "y"] } }),
                json!({ "text": { "$nin": [] } }),
                json!({ "text": { "$not": { "$gt": "a" } } }),
                json!({ "number": { "$not": { "$lt": 5 } } }),
                json!({ "$nor": [{ "number": 4 }, { "text": "x" }] }),
                json!({ "a.b": { "$not": { "$eq": "y" } } }),
                json!({ "number": { "$ne": "5" } }),
                json!({ "number": { "$not": { "$not": { "$eq": 5 } } } }),
            ],
            vec![
                json!({ "number": { "$ne": 5.0 } }),
                json!({ "number": { "$nin": [5, null] } }),
                json!({ "a.b": { "$ne": "x" } }),
                json!({ "$nor": [{ "number": 4 }, { "a.b": "x" }] }),
                json!({ "number": { "$not": { "$gte": 5 } } }),
                json!({ "text": { "$in": [] } }),
                json!({ "number": { "$in": [] } }),
                json!({ "c": { "$in": [] } }),
            ],
        ),
        (
            "$and and $or combine",
            json!({ "number": 5, "text": "x" }),
            vec![
                json!({}),
                json!({ "number": 5, "text": "x" }),
                json!({ "$and": [{ "number": 5 }, { "text": "x" }] }),
                json!({ "$or": [{ "number": 4 }, { "text": "x" }] }),
                json!({ "$or": [{ "text": { "$ne": "x" } }, { "number": { "$gt": 4 } }] }),
                json!({ "$or": [{}] }),
            ],
            vec![
                json!({ "number": 5, "text": "y" }),
                json!({ "$and": [{ "number": 5 }, { "text": "y" }] }),
                json!({ "$or": [{ "number": 4 }, { "text": "y" }] }),
                json!({ "number": 4, "$or": [{ "text": "x" }] }),
                json!({ "$nor": [{}] }),
            ],
        ),
        (
            "dates compare with dates only",
            json!({ "date": { "$date": 5000 }, "a": { "$date": 5000 }, "b": [{ "$date": 1 }, 7], "n": 5000 }),
            vec![
                json!({ "date": { "$date": 5000 } }),
                json!({ "a": { "$date": 5000 } }),
                json!({ "date": { "$gt": { "$date": 4999 }, "$lte": { "$date": 5000 } } }),
                json!({ "a": { "$gte": { "$date": 5000 } } }),
                json!({ "b": { "$date": 1 } }),
                json!({ "b": { "$lt": { "$date": 2 } } }),
                json!({ "date": { "$in": [{ "$date": 1 }, { "$date": 5000 }, 5] } }),
                json!({ "a": { "$in": [{ "$date": 1 }, { "$date": 5000 }] } }),
                json!({ "date": { "$exists": true } }),
                json!({ "date": { "$type": "date" } }),
                json!({ "a": { "$type": [2, 9] } }),
                json!({ "a.b": null }),
                json!({ "date": { "$ne": null } }),
            ],
            vec![
                json!({ "date": 5000 }),
                json!({ "n": { "$date": 5000 } }),
                json!({ "date": { "$gt": 1 } }),
                json!({ "a": { "$gt": 1 } }),
                json!({ "a": { "$lt": { "$date": 5000 } } }),
                json!({ "a": { "$type": "object" } }),
                json!({ "a": {} }),
                json!({ "b.c": null }),
                json!({ "date": null }),
            ],
        ),
        (
            "whole arrays and objects are equal by order, numbers by value",
            json!({ "a": { "b": 1, "c": ["x", { "d": null }] }, "l": [1, [2, "y"], { "e": true }], "o": {}, "s": [[]] }),
            vec![
                json!({ "a": { "b": 1.0, "c": ["x", { "d": null }] } }),
                json!({ "a.c": ["x", { "d": null }] }),
                json!({ "a.c": { "d": null } }),
                json!({ "l": [1, [2.0, "y"], { "e": true }] }),
                json!({ "l": [2, "y"] }),
                json!({ "l": { "e": true } }),
                json!({ "l": { "$eq": { "e": true } } }),
                json!({ "o": {} }),
                json!({ "s": [[]] }),
                json!({ "s": [] }),
                json!({ "l": { "$in": [{ "x": 1 }, [2, "y"], 9] } }),
                json!({ "a": { "$ne": { "c": ["x", { "d": null }], "b": 1 } } }),
            ],
            vec![
                json!({ "a": { "c": ["x", { "d": null }], "b": 1 } }),
                json!({ "a": { "b": 1 } }),
                json!({ "a": { "b": 1, "c": ["x", { "d": null }], "e": 1 } }),
                json!({ "a": { "b": true, "c": ["x", { "d": null }] } }),
                json!({ "a": { "b": "1", "c": ["x", { "d": null }] } }),
                json!({ "l": [1] }),
                json!({ "l": { "e": 1 } }),
                json!({ "l": [] }),
                json!({ "o": [] }),
                json!({ "number": { "x": 1 } }),
                json!({ "text": [] }),
                json!({ "missing": {} }),
            ],
        ),
        (
            "$all, $size and $elemMatch look into arrays",
            json!({ "a": [1, 2, "x"], "s": 5, "o": [{ "p": 1, "q": 9 }, { "p": 5, "q": 2 }], "n": [[1, 2], []],
                "e": [], "d": { "l": [3] } }),
            vec![
                json!({ "a": { "$all": [2, 1.0] } }),
                json!({ "s": { "$all": [5] } }),
                json!({ "n": { "$all": [[1, 2]] } }),
                json!({ "a": { "$all": [[1, 2, "x"]] } }),
                json!({ "a": { "$size": 3 } }),
                json!({ "e": { "$size": 0 } }),
                json!({ "d.l": { "$size": 1.0 } }),
                json!({ "a": { "$elemMatch": { "$gt": 1, "$lt": 3 } } }),
                json!({ "o": { "$elemMatch": { "p": 5, "q": { "$lt": 3 } } } }),
                json!({ "o": { "$elemMatch": { "$or": [{ "p": 7 }, { "q": 9 }] } } }),
                json!({ "o": { "$all": [{ "$elemMatch": { "p": 1 } }, { "$elemMatch": { "q": 2 } }] } }),
                json!({ "n": { "$elemMatch": { "$elemMatch": { "$gte": 2 } } } }),
                json!({ "n": { "$elemMatch": { "$size": 0 } } }),
                json!({ "o.p": { "$all": [1, 5] } }),
                json!({ "o": { "$elemMatch": { "$exists": true } } }),
            ],
            vec![
                json!({ "a": { "$all": [1, 3] } }),
                json!({ "a": { "$all": [] } }),
                json!({ "s": { "$size": 1 } }),
                json!({ "n": { "$size": 1 } }),
                json!({ "missing": { "$size": 0 } }),
                json!({ "number": { "$size": 0 } }),
                json!({ "a": { "$elemMatch": { "$gt": 2, "$lt": 9 } } }),
                json!({ "s": { "$elemMatch": { "$gt": 1 } } }),
                json!({ "o": { "$elemMatch": { "p": 1, "q": 2 } } }),
                json!({ "e": { "$elemMatch": {} } }),
                json!({ "text": { "$elemMatch": { "$exists": true } } }),
                json!({ "n": { "$elemMatch": { "$gt": 0 } } }),
                json!({ "e": { "$elemMatch": { "$exists": false } } }),
            ],
        ),
        (
            "$type tells what JSON tells",
            json!({ "a": 1, "b": 1.0, "n": null, "l": ["x", [true]], "text": null, "o": {},
                "g": [{ "b": 1 }, {}], "h": [{}, { "b": null }] }),
            vec![
                json!({ "a": { "$type": "number" } }),
                json!({ "b": { "$type": "double" } }),
                json!({ "n": { "$type": 10 } }),
                json!({ "h.b": { "$type": "null" } }),
                json!({ "text": { "$type": "null" } }),
                json!({ "l": { "$type": "string" } }),
                json!({ "l": { "$type": "array" } }),
                json!({ "o": { "$type": ["bool", "object"] } }),
            ],
            vec![
                json!({ "a": { "$type": "double" } }),
                json!({ "missing": { "$type": "null" } }),
                json!({ "number": { "$type": "null" } }),
                json!({ "g.b": { "$type": "null" } }),
                json!({ "g.b": { "$type": ["bool", 10] } }),
                json!({ "g": { "$elemMatch": { "b": { "$type": "null" } } } }),
                json!({ "l": { "$type": "bool" } }),
                json!({ "o": { "$type": "array" } }),
            ],
        ),
        (
            "$regex finds literals",
            json!({ "text": "Hello, World\n", "a": ["x.y", 5], "k": "\u{212A}elvin", "u": "Straße", "z": "a\u{0}b" }),
            vec![
                json!({ "text": { "$regex": "World" } }),
                json!({ "text": { "$regex": "^Hello" } }),
                json!({ "text": { "$regex": "World$" } }),
                json!({ "text": { "$regex": "World\n$" } }),
                json!({ "text": { "$regex": "^Hello, World$" } }),
                json!({ "text": { "$regex": "hello, w", "$options": "i" } }),
                json!({ "text": { "$regex": "" } }),
                json!({ "text": { "$regex": "$" } }),
                json!({ "a": { "$regex": "x\\.y" } }),
                json!({ "a": { "$in": ["x.y"], "$regex": "^x" } }),
                json!({ "k": { "$regex": "^KELVIN$", "$options": "i" } }),
                json!({ "u": { "$regex": "ße$" } }),
                json!({ "u": { "$regex": "^STRA", "$options": "i" } }),
                json!({ "z": { "$regex": "b$" } }),
                json!({ "text": { "$not": { "$regex": "^World" } } }),
            ],
            vec![
                json!({ "text": { "$regex": "world" } }),
                json!({ "text": { "$regex": "^World" } }),
                json!({ "text": { "$regex": "Hello$" } }),
                json!({ "text": { "$regex": "^hello$", "$options": "i" } }),
                json!({ "number": { "$regex": "" } }),
                json!({ "missing": { "$regex": "" } }),
                json!({ "a": { "$regex": "5" } }),
                json!({ "z": { "$regex": "a$" } }),
            ],
        ),
        (
            "names are only names",
            json!({ "o'clock": 1, "a b": { "[0]": 2 }, "größe": "XL", "#": { "*": 1 }, "text": "x' OR 1=1 --" }),
            vec![
                json!({ "o'clock": 1 }),
                json!({ "a b.[0]": 2 }),
                json!({ "größe": "XL" }),
                json!({ "#.*": 1 }),
                json!({ "text": "x' OR 1=1 --" }),
            ],
            vec![
                json!({ "o": 1 }),
                json!({ "a": { "$exists": true } }),
                json!({ "o'clock'": 1 }),
                json!({ "text": "' OR 1=1 --" }),
            ],
        ),
        (
            "text keeps every character",
            json!({ "text": "a\"\\\n\u{0}b\u{1F600}", "a": ["\u{0}"] }),
            vec![
                json!({ "text": "a\"\\\n\u{0}b\u{1F600}" }),
                json!({ "a": "\u{0}" }),
                json!({ "text": { "$in": ["x", "a\"\\\n\u{0}b\u{1F600}"] } }),
            ],
            vec![json!({ "text": "a\"\\\n" }), json!({ "a": "" })],
        ),
    ] {
        let engine = open(&THINGS);
        let mut stored = stored;
        stored["_id"] = json!("x");
        engine.add(&stored).unwrap();
        for condition in matching {
            assert_eq!(engine.matches(&condition), Ok(true), "{rule}: {condition} on {stored}");
            assert_eq!(engine.matches(&json!({ "$nor": [condition] })), Ok(false), "{rule}: not {condition}");
        }
        for condition in others {
            assert_eq!(engine.matches(&condition), Ok(false), "{rule}: {condition} on {stored}");
            assert_eq!(engine.matches(&json!({ "$nor": [condition] })), Ok(true), "{rule}: not {condition}");
        }
    }
}

#[test]
fn what_a_filter_cannot_do_it_says() {
    let engine = open(&THINGS);
    let deep = (0..9).fold(json!({ "a": 1 }), |inner, _| json!({ "$and": [inner] }));
    let wide = |count: usize| Value::Array((0..count).map(|n| json!({ "a": n })).collect());
    let values = json!({ "$and": [{ "$or": wide(60) }, { "$or": wide(60) }] });
    for (condition, word) in [
        (json!({ "$where": "1" }), "does not support $where"),
        (json!({ "$expr": {} }), "does not support $expr"),
        (json!({ "a": { "$regex": "x.y" } }), "does not support . in $regex of 'a'"),
        (json!({ "a": { "$regex": 5 } }), "$regex of 'a' needs a string"),
        (json!({ "a": { "$options": "i" } }), "needs a $regex beside it"),
        (json!({ "a": { "$mod": [2, 0] } }), "does not support $mod"),
        (json!({ "a": { "$gt": 1, "b": 2 } }), "does not support b"),
        (json!({ "a": { "$not": 5 } }), "$not of 'a' needs operators"),
        (json!({ "a": { "$not": { "b": 5 } } }), "$not of 'a' needs operators"),
        (json!({ "a": { "$exists": "yes" } }), "needs true or false"),
        (json!({ "a": { "$in": 5 } }), "needs a list"),
        (json!({ "a": { "$in": [{ "$gt": 1 }] } }), "needs values, not operators"),
        (json!({ "a": { "b": 1, "$gt": 2 } }), "'$gt' begins with '$'"),
        (json!({ "a": { "$gt": {} } }), "does not compare by order with an object: 'a'"),
        (json!({ "a": { "$lte": [1] } }), "does not compare by order with an array: 'a'"),
        (json!({ "a": { "$all": 1 } }), "$all of 'a' needs a list"),
        (json!({ "a": { "$all": [1, { "$elemMatch": { "b": 1 } }] } }), "an $elemMatch each"),
        (json!({ "a": { "$all": [{ "$gt": 1 }] } }), "an $elemMatch each"),
        (json!({ "a": { "$elemMatch": [1] } }), "needs conditions, not an array"),
        (json!({ "a": { "$elemMatch": { "$gt": 1, "b": 2 } } }), "does not support b"),
        (json!({ "a": { "$size": -1 } }), "a whole number from 0 on"),
        (json!({ "a": { "$size": 1.5 } }), "a whole number from 0 on"),
        (json!({ "a": { "$type": "int" } }), "does not support the type int"),
        (json!({ "a": { "$type": [] } }), "at least one type"),
        (json!({ "$text": { "$search": "a" } }), "text index required"),
        (json!({ "$and": [] }), "at least one"),
        (json!({ "$or": { "a": 1 } }), "must be a list"),
        (json!({ "$nor": [1] }), "must hold filters"),
        (json!({ "a.0": 1 }), "array positions"),
        (json!({ "a.0.b": 1 }), "array positions"),
        (json!({ "": 1 }), "empty part"),
        (json!({ "a.": 1 }), "empty part"),
        (json!({ "a.$b": 1 }), "begins with '$'"),
        (json!({ "a\"; DROP TABLE documents; --": 1 }), "a quote"),
        (json!({ "a": u64::MAX }), "2^53"),
        (json!({ "a": { "$in": [1, 2, u64::MAX] } }), "2^53"),
        (deep, "nested 8 levels deep"),
        (json!({ "$or": wide(65) }), "64 conditions side by side"),
        (values, "120 values"),
    ] {
        let error = engine.matches(&condition).unwrap_err().to_string();
        assert!(error.contains(word), "{condition}: {error}");
    }
}

#[test]
fn the_largest_filters_fit_into_an_objects_limits() {
    let engine = open(&THINGS);
    engine.add(&json!({ "_id": "x", "a": [{ "b": 63 }] })).unwrap();
    let wide: Vec<_> = (0..64).map(|n| json!({ "a.b": { "$not": { "$ne": n } } })).collect();
    let deep = (0..6).fold(json!({ "$or": wide }), |inner, _| {
        let mut terms = vec![json!({ "z": { "$exists": false } }); 63];
        terms.push(inner);
        json!({ "$and": terms })
    });
    assert_eq!(engine.matches(&deep), Ok(true));
    let long: Vec<_> = (0..50_000).map(|n| format!("id-{n}")).collect();
    assert_eq!(engine.matches(&json!({ "text": { "$nin": long }, "_id": { "$nin": long } })), Ok(true));
    // No more SQL is made of what is too large than what is allowed.
    let long = ["p"; 16].join(".");
    let wide = json!({ "$or": vec![json!({ long: { "$exists": true } }); 64] });
    for condition in [
        json!({ "$or": vec![json!({ "$or": vec![wide; 60] }); 60] }),
        json!({ "$or": vec![json!({ "a": 1 }); 100_000] }),
        json!({ "a": { "$in": vec![json!([]); 100_000] } }),
        json!({ "a": { "$type": vec!["null"; 100_000] } }),
    ] {
        let refused = engine.matches(&condition);
        assert!(matches!(refused, Err(DataApiError::TooLarge(_))), "{refused:?}");
    }
    let endless: Vec<_> = (0..3000).map(|n| format!("{n:01000}")).collect();
    let refused = engine.matches(&json!({ "text": { "$in": endless } }));
    assert!(matches!(refused, Err(DataApiError::TooLarge(_))), "{refused:?}");
    let path = ["p"; 16].join(".");
    assert_eq!(engine.matches(&json!({ path: null })), Ok(true));
}

#[test]
fn a_large_value_does_not_stand_in_the_way_of_an_equality() {
    let engine = open(&THINGS);
    engine.add(&json!({ "_id": "large", "a": vec![1; 250_000], "o": { "n".repeat(400_000): [1, 1, 1, 1, 1, 1] } })).unwrap();
    engine.add(&json!({ "_id": "x", "a": [1], "o": { "n": 1 } })).unwrap();
    engine
        .add(&json!({ "_id": "y", "a": [[1, 1.5], [1, [2, { "b": 2, "c": null }]]], "o": { "n": [] } }))
        .unwrap();
    for (condition, expected) in [
        (json!({ "a": [1.0] }), "x"),
        (json!({ "a": { "$ne": [1] } }), "large y"),
        (json!({ "a": { "$in": [[5], [1, 1.5], [1]] } }), "x y"),
        (json!({ "a": [[1.0, 1.5], [1, [2, { "b": 2, "c": null }]]] }), "y"),
        (json!({ "a": [[1, 1.5], [1, [2, { "c": null, "b": 2 }]]] }), ""),
        (json!({ "a": [[1, 1.5], [1, [{ "b": 2, "c": null }, 2]]] }), ""),
        (json!({ "o": { "n": 1 } }), "x"),
        (json!({ "o": { "n": [] } }), "y"),
        (json!({ "o": { "m": [1, 1, 1, 1, 1, 1] } }), ""),
    ] {
        let find = Find::new(filter(&condition)).sort(Sort::ascending("_id"));
        assert_eq!(engine.ids(find).map(|ids| ids.join(" ")), Ok(expected.to_owned()), "{condition}");
    }
}

/// SQLite, and the most bytes of text that one answer of its had.
struct Measured(Connection, std::cell::Cell<usize>);

impl Sql for Measured {
    fn exec(
        &self,
        statement: &str,
        parameters: &[voxora_domain::sql::Value],
    ) -> Result<Vec<voxora_domain::sql::Row>, voxora_domain::sql::SqlError> {
        let rows = self.0.exec(statement, parameters)?;
        let texts = rows.iter().flatten().filter_map(|value| value.as_text());
        self.1.set(self.1.get().max(texts.map(str::len).sum()));
        Ok(rows)
    }

    fn write(
        &self,
        statement: &str,
        parameters: &[voxora_domain::sql::Value],
    ) -> Result<bool, voxora_domain::sql::SqlError> {
        self.0.write(statement, parameters)
    }
}

#[test]
fn large_documents_are_read_few_at_a_time() {
    let engine = Engine::open(Measured(database(), std::cell::Cell::default()), &THINGS, clock).unwrap();
    for number in 0..60 {
        // Some small ones first, then some of 900 KB.
        let pad = if number < 10 { 10 } else { 900_000 };
        let id = format!("{number:02}");
        engine.add(&json!({ "_id": id, "number": number, "free": -number, "pad": "x".repeat(pad) })).unwrap();
    }
    let of_number = || Sort::ascending("number");
    let expected: Vec<_> = (0..60).map(|number| format!("{number:02}")).collect();
    let bare = Find::new(Filter::all()).sort(of_number()).project(Projection::include(&["_id"]));
    assert_eq!(engine.ids(bare).unwrap(), expected);
    let upwards = Find::new(Filter::all()).sort(Sort::descending("number")).limit(12).skip(1);
    assert_eq!(
        engine.ids(upwards).unwrap(),
        expected.iter().rev().skip(1).take(12).cloned().collect::<Vec<_>>()
    );
    let all = engine.found(Find::new(Filter::all()).sort(of_number()));
    assert!(matches!(all, Err(DataApiError::TooLarge(_))));
    let unlimited = engine.found(Find::new(Filter::all()).sort(Sort::ascending("free")));
    assert!(matches!(unlimited, Err(DataApiError::TooLarge(_))));
    let least = Find::new(Filter::all()).sort(Sort::ascending("free")).limit(3).skip(1);
    assert_eq!(engine.ids(least).unwrap(), ["58", "57", "56"]);
    let updated = engine.change(&json!({}), &json!({ "$inc": { "number": 1 } }), true, false);
    assert_eq!(updated, Ok(Updated { matched_count: 60, modified_count: 60, upserted_id: None }));
    let most = engine.sql.1.get();
    assert!(most < 10_000_000, "{most}");
}

#[test]
fn one_document_is_found_whatever_it_weighs() {
    let engine = open(&THINGS);
    engine.add(&json!({ "_id": "x", "a": vec![0; 500_000] })).unwrap();
    assert_eq!(engine.only()["a"].as_array().unwrap().len(), 500_000);
}

#[test]
fn pulling_from_a_long_list_works() {
    let engine = open(&THINGS);
    let long: Vec<_> = (0..200_000).map(|number| number % 10).collect();
    engine.add(&json!({ "_id": "x", "a": long })).unwrap();
    engine.change(&json!({}), &json!({ "$pull": { "a": { "$gte": 1 } } }), false, false).unwrap();
    assert_eq!(engine.only(), json!({ "_id": "x", "a": vec![0; 20_000] }));
    let objects: Vec<_> = (0..60_000).map(|number| json!({ "b": number % 10 })).collect();
    engine.change(&json!({}), &json!({ "$set": { "a": objects } }), false, false).unwrap();
    engine.change(&json!({}), &json!({ "$pull": { "a": { "b": { "$lt": 9 } } } }), false, false).unwrap();
    assert_eq!(engine.only(), json!({ "_id": "x", "a": vec![json!({ "b": 9 }); 6_000] }));
}

#[test]
fn adding_many_to_a_long_set_takes_no_time() {
    let engine = open(&THINGS);
    let numbers = |from: u32| (from..from + 60_000).collect::<Vec<_>>();
    engine.add(&json!({ "_id": "x", "a": numbers(0) })).unwrap();
    // Comparing each with each would take minutes.
    engine
        .change(&json!({}), &json!({ "$addToSet": { "a": { "$each": numbers(30_000) } } }), false, false)
        .unwrap();
    assert_eq!(engine.only()["a"], json!(numbers(0).into_iter().chain(60_000..90_000).collect::<Vec<_>>()));
}

#[test]
fn find_sorts_limits_skips_and_projects() {
    let engine = open(&THINGS);
    for (id, number, free) in [
        ("a", json!(2), json!("x")),
        ("b", json!(null), json!(10)),
        ("c", json!(10), json!([])),
        ("d", json!(-1.5), json!([9, "z"])),
        ("e", json!(2.0), json!(true)),
        ("f", json!(null), json!(null)),
    ] {
        engine.add(&json!({ "_id": id, "number": number, "free": free })).unwrap();
    }
    engine.add(&json!({ "_id": "g" })).unwrap();
    let ids = |sort: Sort| engine.ids(Find::new(Filter::all()).sort(sort)).unwrap().concat();
    // Null and missing are equal and come first; 2 and 2.0 are equal.
    assert_eq!(ids(Sort::ascending("number").then_ascending("_id")), "bfgdaec");
    assert_eq!(ids(Sort::ascending("number").then_descending("_id")), "gfbdeac");
    assert_eq!(ids(Sort::descending("number").then_ascending("_id")), "caedbfg");
    // Not declared, so sorted in memory: empty array, null and missing, numbers, strings, booleans. An array counts as
    // its least element, or as its greatest in descending order.
    assert_eq!(ids(Sort::ascending("free").then_ascending("_id")), "cfgdbae");
    assert_eq!(ids(Sort::descending("free").then_ascending("_id")), "edabfgc");
}

#[test]
fn anything_can_be_sorted_by() {
    let engine = open(&THINGS);
    for (id, free) in [
        ("a", json!({ "$date": 5 })),
        ("b", json!(true)),
        ("c", json!([[1], { "x": 1 }])),
        ("d", json!({ "x": 2, "y": [] })),
        ("e", json!({ "x": [5, 1] })),
        ("f", json!([{ "x": 3 }, 7, { "x": 0 }])),
        ("g", json!([])),
        ("h", json!("text")),
    ] {
        engine
            .add(&json!({ "_id": id, "free": free, "date": { "$date": i64::from(id.as_bytes()[0] % 3) } }))
            .unwrap();
    }
    let ids = |sort: Sort| engine.ids(Find::new(Filter::all()).sort(sort)).unwrap().concat();
    assert_eq!(ids(Sort::ascending("free").then_ascending("_id")), "gfhcdeba");
    assert_eq!(ids(Sort::descending("free").then_ascending("_id")), "abcefdhg");
    // Below an empty array and below what is no object there is nothing, which counts as null.
    assert_eq!(ids(Sort::ascending("free.x").then_ascending("_id")), "abcfghed");
    assert_eq!(ids(Sort::descending("free.x").then_ascending("_id")), "efdcabgh");
    assert_eq!(ids(Sort::descending("date").then_ascending("_id")), "behadgcf");
}

#[test]
fn find_pages_and_projects() {
    let engine = open(&THINGS);
    for number in 0..1200 {
        engine
            .add(&json!({ "_id": format!("{number:04}"), "number": number, "a": { "b": 1, "c": 2 } }))
            .unwrap();
    }
    assert_eq!(engine.ids(Find::new(Filter::all())).unwrap().len(), 1000, "the contract's default limit");
    let page = Find::new(Filter::gte("number", 5)).sort(Sort::descending("number")).limit(2).skip(3);
    assert_eq!(engine.ids(page).unwrap(), ["1196", "1195"]);
    let in_memory = Find::new(Filter::lt("number", 9)).sort(Sort::descending("a.b").then_descending("_id"));
    assert_eq!(engine.ids(in_memory.limit(2).skip(1)).unwrap(), ["0007", "0006"]);
    let projected = Find::new(Filter::id("0003")).project(Projection::include(&["a.c"]));
    assert_eq!(engine.found(projected).unwrap(), [json!({ "_id": "0003", "a": { "c": 2 } })]);
    for (limit, possible) in [(0, false), (10_000, true), (10_001, false)] {
        assert_eq!(engine.found(Find::new(Filter::all()).limit(limit)).is_ok(), possible, "{limit}");
    }
}

#[test]
fn a_keyset_cursor_walks_everything_once() {
    let engine = open(&THINGS);
    for number in 0..60 {
        engine.add(&json!({ "_id": format!("{number:02}"), "number": number % 7, "text": "t" })).unwrap();
    }
    for sort in [
        Sort::descending("number").then_descending("_id"),
        Sort::ascending("number").then_descending("_id"),
        Sort::ascending("text").then_descending("number").then_ascending("_id"),
    ] {
        let everything = engine.ids(Find::new(Filter::all()).sort(sort.clone())).unwrap();
        let mut walked: Vec<Value> = Vec::new();
        loop {
            let filter = match walked.last() {
                None => Filter::all(),
                Some(last) => {
                    let last = last.as_object().unwrap();
                    sort.after(sort.0.iter().map(|(field, _)| match &last[field] {
                        Value::String(text) => text.into(),
                        number => number.as_i64().unwrap().into(),
                    }))
                }
            };
            let page = engine.found(Find::new(filter).sort(sort.clone()).limit(7)).unwrap();
            if page.is_empty() {
                break;
            }
            walked.extend(page);
        }
        let walked: Vec<_> = walked.iter().map(|document| document["_id"].as_str().unwrap()).collect();
        assert_eq!(walked, everything, "{sort:?}");
    }
}

#[test]
fn sorting_in_memory_says_where_it_ends() {
    let engine = open(&THINGS);
    engine.add(&json!({ "_id": "o", "a": [1], "b": [2] })).unwrap();
    for (sort, word) in [
        (json!({ "a": 1, "b": 1 }), "more than one leads through an array"),
        (json!({ "a.0": 1 }), "does not sort by positions in arrays: 'a.0'"),
    ] {
        let sort = serde_json::from_value::<Sort>(sort).unwrap();
        let error = engine.found(Find::new(Filter::all()).sort(sort)).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    engine
        .sql
        .exec(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
             INSERT INTO documents SELECT 'x' || i, json_object('_id', 'x' || i, 'number', i) FROM n",
            &[],
        )
        .unwrap();
    let free = engine.found(Find::new(Filter::all()).sort(Sort::ascending("free")));
    assert!(matches!(free, Err(DataApiError::TooLarge(_))), "{free:?}");
    let declared = Find::new(Filter::all()).sort(Sort::descending("number")).limit(1);
    assert_eq!(engine.ids(declared).unwrap(), ["x10000"]);
}

#[test]
fn inserts_are_checked_and_unique() {
    let engine = open(&USERS);
    let ada = json!({ "_id": "u1", "email": "ada@example.com", "founder": true });
    assert!(matches!(engine.add(&ada), Ok(Answer::Inserted(inserted)) if inserted.inserted_id == "u1"));
    for (document, index) in [
        (json!({ "_id": "u1" }), "_id_"),
        (json!({ "_id": "u2", "email": "ada@example.com" }), USERS_EMAIL),
        (json!({ "_id": "u2", "email": "b@example.com", "founder": true }), USERS_FOUNDER),
    ] {
        assert_eq!(engine.add(&document), Err(DataApiError::duplicate_key("users", index)), "{document}");
    }
    // Unique among those that have a value: nobody else is a founder, and null is no address.
    for id in ["u3", "u4"] {
        engine.add(&json!({ "_id": id, "email": null })).unwrap();
        engine.add(&json!({ "_id": format!("{id}b"), "email": format!("{id}@example.com") })).unwrap();
    }
    let taken = engine.change(
        &json!({ "_id": "u3" }),
        &json!({ "$set": { "email": "ada@example.com" } }),
        false,
        false,
    );
    assert_eq!(taken, Err(DataApiError::duplicate_key("users", USERS_EMAIL)));

    for (document, word) in [
        (json!({ "email": "c@example.com" }), "needs an _id"),
        (json!({ "_id": 7 }), "_id must be a string"),
        (json!({ "_id": "u5", "email": ["c@example.com"] }), "declared as a string; it cannot hold an array"),
        (json!({ "_id": "u5", "email": 7 }), "cannot hold a number"),
        (json!({ "_id": "u5", "founder": 1 }), "declared as a boolean"),
        (json!({ "_id": "u5", "email": { "$date": 5 } }), "cannot hold a date"),
        (json!({ "_id": "u5", "a": { "$set": 1 } }), "begins with '$'"),
        (json!({ "_id": "u5", "a.b": 1 }), "holds a dot"),
        (json!({ "_id": "u5", "a": 1_u64 << 53 }), "2^53"),
        (json!({ "_id": "u5", "a": "x".repeat(1024 * 1024) }), "1048576 bytes"),
    ] {
        let error = engine.add(&document).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(engine.matches(&json!({ "_id": "u5" })), Ok(false));
}

#[test]
fn insert_many_stops_at_the_first_duplicate_and_checks_before() {
    let engine = open(&THINGS);
    let insert = |documents: Value| {
        let documents = documents.as_array().unwrap().iter().map(document).collect();
        engine.operate(Operation::InsertMany(InsertMany { documents }))
    };
    let inserted = insert(json!([{ "_id": "a" }, { "_id": "b" }])).unwrap();
    assert_eq!(inserted.to_body(Format::Plain).unwrap(), r#"{"insertedIds":["a","b"]}"#);
    assert_eq!(
        insert(json!([{ "_id": "c" }, { "_id": "a" }, { "_id": "d" }])),
        Err(DataApiError::duplicate_key("things", "_id_"))
    );
    assert!(insert(json!([{ "_id": "e" }, { "_id": "f", "number": "1" }])).is_err());
    assert!(insert(json!([])).is_err());
    let large = insert(json!([{ "_id": "g" }, { "_id": "h", "a": "x".repeat(1024 * 1024) }]));
    assert!(matches!(large, Err(DataApiError::TooLarge(_))), "{large:?}");
    let by_id = Find::new(Filter::all()).sort(Sort::ascending("_id"));
    assert_eq!(engine.ids(by_id).unwrap(), ["a", "b", "c"]);
}

#[test]
fn counts_of_updates_are_exact() {
    let engine = open(&THINGS);
    engine.add(&json!({ "_id": "x", "number": 1, "float": 0.123_456_789_012_345_6, "zero": 0.0 })).unwrap();
    for (update, modified) in [
        (json!({ "$set": { "number": 1 } }), 0),
        (json!({ "$set": { "number": 1.0 } }), 1),
        (json!({ "$set": { "zero": -0.0 } }), 1),
        (json!({ "$inc": { "number": 0 } }), 0),
        (json!({ "$unset": { "nothing": "" } }), 0),
        (json!({ "$set": { "a": { "b": [] } } }), 1),
        (json!({ "$setOnInsert": { "c": 1 } }), 0),
    ] {
        let expected = Updated { matched_count: 1, modified_count: modified, upserted_id: None };
        assert_eq!(engine.change(&json!({}), &update, false, false), Ok(expected), "{update}");
    }
    assert_eq!(
        engine.change(&json!({ "_id": "y" }), &json!({ "$set": { "a": 1 } }), false, false),
        Ok(Updated::default())
    );
    assert_eq!(
        engine.only().to_string(),
        r#"{"_id":"x","number":1.0,"float":0.1234567890123456,"zero":-0.0,"a":{"b":[]}}"#
    );
    // The document stays as it was when the result may not be stored.
    assert!(engine.change(&json!({}), &json!({ "$set": { "b": 1, "text": 7 } }), false, false).is_err());
    assert!(
        engine
            .change(&json!({}), &json!({ "$rename": { "a": "in" }, "$set": { "_id": "z" } }), false, false)
            .is_err()
    );
    assert_eq!(engine.only()["b"], Value::Null);
}

#[test]
fn update_many_meets_each_document_once() {
    let engine = open(&THINGS);
    for number in 0..450 {
        engine.add(&json!({ "_id": format!("{number:03}"), "number": number })).unwrap();
    }
    // The update moves documents within the index the filter uses.
    let updated = engine.change(
        &json!({ "number": { "$gte": 25 } }),
        &json!({ "$inc": { "number": 1000 } }),
        true,
        false,
    );
    assert_eq!(updated, Ok(Updated { matched_count: 425, modified_count: 425, upserted_id: None }));
    assert_eq!(engine.ids(Find::new(Filter::gte("number", 2025))).unwrap().len(), 0);
    let one = engine.change(
        &json!({ "number": { "$lt": 25 } }),
        &json!({ "$set": { "number": 7000 } }),
        false,
        false,
    );
    assert_eq!(one, Ok(Updated { matched_count: 1, modified_count: 1, upserted_id: None }));
}

#[test]
fn upserts_take_equalities_from_the_filter() {
    for (condition, update, expected) in [
        (json!({ "_id": "x" }), json!({ "$set": { "a": 1 } }), json!({ "_id": "x", "a": 1 })),
        (
            json!({ "_id": { "$eq": "x" }, "in.text": "t", "$and": [{ "b": null }, { "number": { "$gt": 1 } }] }),
            json!({ "$setOnInsert": { "in.more": 2 } }),
            json!({ "_id": "x", "in": { "text": "t", "more": 2 }, "b": null }),
        ),
        (json!({ "a": 1 }), json!({ "$set": { "_id": "x", "a": 2 } }), json!({ "_id": "x", "a": 2 })),
        (
            json!({ "_id": "x", "a": { "b": [1] }, "l": { "$all": [3] }, "date": { "$date": 5 }, "r": { "$regex": "x" } }),
            json!({ "$currentDate": { "made": true } }),
            json!({ "_id": "x", "a": { "b": [1] }, "l": 3, "date": { "$date": 5 }, "made": { "$date": clock() } }),
        ),
        (json!({ "_id": "x", "n": 1 }), json!({ "$inc": { "n": 4 } }), json!({ "_id": "x", "n": 5 })),
        (
            json!({ "_id": "x", "$or": [{ "a": 1 }, { "b": 1 }] }),
            json!({ "$max": { "n": 4 } }),
            json!({ "_id": "x", "n": 4 }),
        ),
    ] {
        for many in [false, true] {
            let engine = open(&THINGS);
            let upserted = engine.change(&condition, &update, many, true).unwrap();
            assert_eq!(
                upserted,
                Updated { upserted_id: Some("x".into()), ..Updated::default() },
                "{condition}"
            );
            assert_eq!(engine.only(), expected);
        }
    }
    let engine = open(&THINGS);
    for (condition, update, word) in [
        (json!({ "a": 1 }), json!({ "$set": { "b": 1 } }), "needs an _id"),
        (json!({ "_id": "x" }), json!({ "$set": { "_id": "y" } }), "immutable"),
        (json!({ "_id": "x", "$and": [{ "_id": "x" }] }), json!({ "$set": { "b": 1 } }), "matched twice"),
        (json!({ "_id": "x", "a": { "c": 1 }, "a.b": 1 }), json!({ "$set": { "b": 1 } }), "'a' and 'a.b'"),
        (json!({ "_id": "x", "a.b": 1, "a": { "c": 1 } }), json!({ "$set": { "b": 1 } }), "'a' and 'a.b'"),
        (json!({ "_id": { "$in": ["x"] } }), json!({ "$set": { "b": 1 } }), "$in with one element"),
        (json!({ "$or": [{ "_id": "x" }] }), json!({ "$set": { "b": 1 } }), "$or with one element"),
        (json!({ "_id": "x", "number": 1 }), json!({ "$set": { "number": "1" } }), "declared as a number"),
        (
            json!({ "_id": "x", "a": 1 }),
            json!({ "$set": { "a.b": 1 } }),
            "Cannot create the field 'b' of 'a.b'",
        ),
    ] {
        let error = engine.change(&condition, &update, false, true).unwrap_err().to_string();
        assert!(error.contains(word), "{condition} {update}: {error}");
    }
    // Where one matches, an upsert is an update.
    engine.add(&json!({ "_id": "x" })).unwrap();
    let updated = engine.change(
        &json!({ "_id": "x" }),
        &json!({ "$setOnInsert": { "a": 1 }, "$set": { "b": 2 } }),
        false,
        true,
    );
    assert_eq!(updated, Ok(Updated { matched_count: 1, modified_count: 1, upserted_id: None }));
    assert_eq!(engine.only(), json!({ "_id": "x", "b": 2 }));
}

#[test]
fn replacements_keep_the_id() {
    let engine = open(&THINGS);
    let replace = |condition: Value, replacement: Value, upsert| {
        let operation =
            ReplaceOne { filter: filter(&condition), replacement: document(&replacement), upsert };
        engine.operate(Operation::ReplaceOne(operation)).map(|answer| answer.to_body(Format::Plain).unwrap())
    };
    let counts =
        |matched, modified| Ok(format!(r#"{{"matchedCount":{matched},"modifiedCount":{modified}}}"#));
    assert_eq!(replace(json!({ "_id": "x" }), json!({ "a": 1 }), false), counts(0, 0));
    let upserted = replace(json!({ "_id": "x", "b": 1 }), json!({ "a": 1 }), true);
    assert_eq!(upserted, Ok(r#"{"matchedCount":0,"modifiedCount":0,"upsertedId":"x"}"#.to_owned()));
    assert_eq!(engine.only(), json!({ "_id": "x", "a": 1 }));
    assert_eq!(replace(json!({ "a": 1 }), json!({ "c": 3 }), false), counts(1, 1));
    assert_eq!(replace(json!({ "c": 3 }), json!({ "_id": "x", "c": 3 }), false), counts(1, 0));
    assert_eq!(engine.only(), json!({ "_id": "x", "c": 3 }));
    // The order of fields is part of a document; `_id` alone always stands first.
    assert_eq!(replace(json!({ "c": 3 }), json!({ "d": 4, "_id": "x", "c": 3 }), false), counts(1, 1));
    assert_eq!(replace(json!({ "c": 3 }), json!({ "d": 4, "c": 3 }), false), counts(1, 0));
    assert_eq!(replace(json!({ "c": 3 }), json!({ "c": 3, "d": 4 }), false), counts(1, 1));
    assert_eq!(engine.only().to_string(), r#"{"_id":"x","c":3,"d":4}"#);
    for (condition, replacement, word) in [
        (json!({ "_id": "x" }), json!({ "_id": "y" }), "immutable"),
        (json!({ "_id": "z" }), json!({ "_id": "y" }), "immutable"),
        (json!({ "_id": "x" }), json!({ "$set": { "a": 1 } }), "begins with '$'"),
        (json!({ "q": 1 }), json!({ "a": 1 }), "needs an _id"),
    ] {
        let error = replace(condition, replacement, true).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn deletes_say_how_many() {
    let engine = open(&THINGS);
    for number in 0..10 {
        engine.add(&json!({ "_id": format!("{number}"), "number": number })).unwrap();
    }
    let deleted = |condition: Value, many: bool| {
        let delete = Delete { filter: filter(&condition) };
        let operation = if many { Operation::DeleteMany(delete) } else { Operation::DeleteOne(delete) };
        engine.operate(operation).unwrap().to_body(Format::Plain).unwrap()
    };
    let count = |count| format!(r#"{{"deletedCount":{count}}}"#);
    assert_eq!(deleted(json!({ "number": { "$lt": 3 } }), false), count(1));
    assert_eq!(deleted(json!({ "number": { "$lt": 3 } }), true), count(2));
    assert_eq!(deleted(json!({ "_id": "nobody" }), false), count(0));
    assert_eq!(deleted(json!({ "number": "1" }), true), count(0));
    assert_eq!(deleted(json!({}), true), count(7));
}

#[test]
fn actions_for_another_collection_are_refused() {
    let engine = open(&THINGS);
    let find = Action::new("users", Operation::FindOne(FindOne::default()));
    assert_eq!(
        engine.run(find),
        Err(DataApiError::Invalid("this is the collection 'things', not 'users'".into()))
    );
}

/// How SQLite would carry out a find, one step a line.
fn plan<S: Sql>(engine: &Engine<S>, find: &Find) -> String {
    let filter::Condition { sql, parameters, .. } = filter::compile(engine.schema, &find.filter.0).unwrap();
    let unsorted = Sort::default();
    let order =
        match super::sort::Plan::parse(engine.schema, find.sort.as_ref().unwrap_or(&unsorted)).unwrap() {
            super::sort::Plan::Sql(order) => order,
            super::sort::Plan::Memory => panic!("sorted in memory"),
        };
    let statement = format!("EXPLAIN QUERY PLAN SELECT body FROM documents WHERE {sql}{order} LIMIT 30");
    let rows = engine.sql.exec(&statement, &parameters).unwrap();
    rows.iter().map(|row| row[3].as_text().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn queries_use_their_indexes() {
    let latest = || Sort::descending("updatedAt").then_descending("_id");
    let after = || latest().after([1_795_366_800_000_i64.into(), "0b9d".into()]);
    for (schema, find, index) in [
        (&USERS, Find::new(Filter::id("u1")), "PRIMARY KEY (id=?)"),
        (&USERS, Find::new(Filter::in_("_id", ["u1", "u2"])), "PRIMARY KEY (id=?)"),
        (&USERS, Find::new(Filter::eq("email", "a@example.com")), "INDEX email_1 (<expr>=?)"),
        (&USERS, Find::new(Filter::eq("founder", true)), "INDEX founder_1 (<expr>=?)"),
        (
            &USERS,
            Find::new(filter(&json!({ "email": { "$regex": "^ada@" } }))),
            "INDEX email_1 (<expr>>? AND <expr><?)",
        ),
        (&SESSIONS, Find::new(Filter::eq("userId", "u1")), "INDEX userId_1 (<expr>=?)"),
        (&SESSIONS, Find::new(Filter::lt("expiresAt", 5)), "INDEX expiresAt_1 (<expr><?)"),
        (
            &CONVERSATIONS,
            Find::new(Filter::all()).sort(latest()),
            "SCAN documents USING INDEX updatedAt_-1__id_-1",
        ),
        (&CONVERSATIONS, Find::new(after()).sort(latest()), "INDEX updatedAt_-1__id_-1 (<expr><?)"),
        (
            &CONVERSATIONS,
            Find::new(Filter::eq("status", "open").and(after())).sort(latest()),
            "INDEX status_1_updatedAt_-1__id_-1 (<expr>=? AND <expr><?)",
        ),
        (
            &CONVERSATIONS,
            Find::new(Filter::eq("customerId", "v1")).sort(latest()),
            "INDEX customerId_1_updatedAt_-1__id_-1 (<expr>=?)",
        ),
        (
            &CONVERSATIONS,
            Find::new(Filter::eq("customerId", "v1").and(Filter::eq("status", "open")).and(after()))
                .sort(latest()),
            "_updatedAt_-1__id_-1 (<expr>=? AND <expr><?)",
        ),
        (
            &CONVERSATIONS,
            Find::new(Filter::eq("assignee.id", "u1").and(after())).sort(latest()),
            "INDEX assignee.id_1_updatedAt_-1__id_-1 (<expr>=? AND <expr><?)",
        ),
        (
            &CONVERSATIONS,
            Find::new(Filter::gte("createdAt", 1).and(Filter::lt("createdAt", 2))),
            "INDEX createdAt_1 (<expr>>? AND <expr><?)",
        ),
        (
            &EVENTS,
            Find::new(Filter::eq("conversationId", "c1").and(Filter::gt("seq", 5)))
                .sort(Sort::ascending("seq")),
            "INDEX conversationId_1_seq_1 (<expr>=? AND <expr>>?)",
        ),
        (
            &EVENTS,
            Find::new(Filter::eq("conversationId", "c1").and(Filter::lt("seq", 50)))
                .sort(Sort::descending("seq")),
            "INDEX conversationId_1_seq_1 (<expr>=? AND <expr><?)",
        ),
        (&EVENTS, Find::new(Filter::gte("at", 5)).sort(Sort::ascending("at")), "INDEX at_1 (<expr>>?)"),
        (
            &EVENTS,
            Find::new(filter(&json!({ "$text": { "$search": "refund" }, "kind": "message" }))),
            "SEARCH documents USING INTEGER PRIMARY KEY (rowid=?)",
        ),
    ] {
        let engine = open(schema);
        let plan = plan(&engine, &find);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{find:?}\n{plan}");
    }
}

#[test]
fn documents_follow_the_schema() {
    fn numbers_to_dates(document: &mut Document) {
        if let Some(millis) = document.get("at").and_then(Value::as_i64) {
            document.insert("at".to_owned(), crate::document::date(millis));
        }
    }
    static ONE: CollectionSchema = CollectionSchema::new(
        "things",
        1,
        &[Field { path: "at", kind: Kind::Number }],
        &[Index::new("at_1", &[("at", Ascending)])],
    );
    static TWO: CollectionSchema = CollectionSchema::new(
        "things",
        2,
        &[Field { path: "at", kind: Kind::Date }],
        &[Index::new("at_1", &[("at", Ascending)])],
    )
    .upgraded_by(numbers_to_dates);
    let database = database();
    let engine = Engine::open(&database, &ONE, clock).unwrap();
    for number in 0..450 {
        engine.add(&json!({ "_id": format!("{number:03}"), "at": number })).unwrap();
    }
    engine.add(&json!({ "_id": "x" })).unwrap();
    for _ in 0..2 {
        let engine = Engine::open(&database, &TWO, clock).unwrap();
        let late = Find::new(Filter::gte("at", crate::document::Date(448))).sort(Sort::ascending("at"));
        assert_eq!(engine.ids(late).unwrap(), ["448", "449"]);
        assert_eq!(engine.found(Find::new(Filter::id("x"))).unwrap(), [json!({ "_id": "x" })]);
    }
}

#[test]
fn indexes_follow_the_schema() {
    const fn version(version: u32, fields: &'static [Field], indexes: &'static [Index]) -> CollectionSchema {
        CollectionSchema::new("things", version, fields, indexes)
    }
    const FIELD: &[Field] = &[Field { path: "a.b", kind: Kind::Text }];
    const PLAIN: Index = Index::new("ab", &[("a.b", Ascending)]);
    static ONE: CollectionSchema = version(1, &[], &[]);
    static TWO: CollectionSchema = version(2, FIELD, &[PLAIN]);
    static THREE: CollectionSchema = version(3, FIELD, &[PLAIN.unique()]);
    static FOUR: CollectionSchema = version(4, FIELD, &[Index::new("other", &[("_id", Descending)])]);
    let database = database();
    let indexes = || {
        let rows = database
            .exec("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL", &[])
            .unwrap();
        rows.iter().map(|row| row[0].as_text().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let plain = r#"CREATE INDEX "ab" ON documents ((body ->> '$."a"."b"'))"#;
    let unique = r#"CREATE UNIQUE INDEX "ab" ON documents ((body ->> '$."a"."b"'))"#;

    let engine = Engine::open(&database, &ONE, clock).unwrap();
    engine.add(&json!({ "_id": "x", "a": { "b": "t" } })).unwrap();
    engine.add(&json!({ "_id": "y", "a": { "b": "t" } })).unwrap();
    engine.add(&json!({ "_id": "z", "a": [] })).unwrap();
    // A field can only be declared where everything stored keeps to it.
    for broken in [json!([]), json!({ "b": 1 }), json!({ "b": ["t"] }), json!({ "b": {} })] {
        engine.change(&json!({ "_id": "z" }), &json!({ "$set": { "a": broken } }), false, false).unwrap();
        let error = Engine::open(&database, &TWO, clock).err().unwrap().to_string();
        assert!(error.contains("the document 'z' does not hold what is declared for 'a.b'"), "{error}");
    }
    engine.change(&json!({ "_id": "z" }), &json!({ "$set": { "a": { "b": null } } }), false, false).unwrap();
    let engine = Engine::open(&database, &TWO, clock).unwrap();
    assert_eq!(indexes(), [plain]);
    assert_eq!(engine.ids(Find::new(Filter::eq("a.b", "t"))).unwrap(), ["x", "y"]);
    // The same index, unique now, does not fit until the duplicate is gone.
    assert_eq!(
        Engine::open(&database, &THREE, clock).err(),
        Some(DataApiError::duplicate_key("things", "ab"))
    );
    engine.operate(Operation::DeleteOne(Delete { filter: Filter::id("y") })).unwrap();
    Engine::open(&database, &THREE, clock).unwrap();
    assert_eq!(indexes(), [unique]);
    // An older version leaves it alone; the same version again changes nothing.
    Engine::open(&database, &TWO, clock).unwrap();
    Engine::open(&database, &THREE, clock).unwrap();
    assert_eq!(indexes(), [unique]);
    Engine::open(&database, &FOUR, clock).unwrap();
    assert_eq!(indexes(), [r#"CREATE INDEX "other" ON documents (id DESC)"#]);
}

#[test]
fn structs_go_in_and_come_out() {
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Customer {
        #[serde(rename = "_id")]
        id: String,
        name: Option<String>,
        created_at: i64,
        tags: Vec<String>,
    }
    let ada =
        Customer { id: "v1".into(), name: None, created_at: 1_795_366_800_000, tags: vec!["new".into()] };
    let bob = Customer { id: "v2".into(), ..ada.clone() };
    let store = open(&CUSTOMERS);
    futures::executor::block_on(async {
        store.insert_one("customers", &ada).await.unwrap();
        store.insert_many("customers", std::slice::from_ref(&bob)).await.unwrap();
        assert_eq!(
            store.find_one("customers", Filter::eq("tags", "new").and(Filter::id("v1"))).await,
            Ok(Some(ada))
        );
        let update = Update::new().set("name", "Bob").add_to_set("tags", "vip").max("createdAt", 5);
        let updated = store.update_one("customers", Filter::id("v2"), update).await.unwrap();
        assert_eq!(updated, Updated { matched_count: 1, modified_count: 1, upserted_id: None });
        let named = Find::new(Filter::eq("name", None::<&str>).negated());
        let tags = vec!["new".into(), "vip".into()];
        let renamed = Customer { name: Some("Bob".into()), tags, ..bob };
        assert_eq!(store.find("customers", named).await, Ok(vec![renamed.clone()]));
        let eve = Customer { id: "v3".into(), ..renamed.clone() };
        let upserted = store.replace_one("customers", Filter::id("v3"), &eve, true).await.unwrap();
        assert_eq!(upserted.upserted_id.as_deref(), Some("v3"));
        let nobody = store.find_one::<Customer>("customers", Filter::id("v4")).await;
        assert_eq!(nobody, Ok(None));
        let many =
            store.update_many("customers", Filter::all(), Update::new().inc("createdAt", 1)).await.unwrap();
        assert_eq!(many.modified_count, 3);
        let visit = Update::new().set_on_insert("createdAt", 1).set("tags", Vec::<String>::new());
        let upserted = store.upsert_one("customers", Filter::id("v4"), visit).await.unwrap();
        assert_eq!(upserted.upserted_id.as_deref(), Some("v4"));
        assert_eq!(store.delete_one("customers", Filter::id("v3")).await, Ok(true));
        assert_eq!(store.delete_one("customers", Filter::id("v3")).await, Ok(false));
        assert_eq!(store.delete_many("customers", Filter::all()).await, Ok(3));
        let wrong = store.insert_one("customers", &7).await;
        assert!(matches!(wrong, Err(DataApiError::Invalid(_))));
    });
}

/// A message of the conversation `c1`, or of another.
fn message(conversation: &str, seq: u32, text: &str) -> Value {
    json!({ "_id": format!("{conversation}-{seq}"), "conversationId": conversation, "seq": seq, "kind": "message",
        "at": 1_000 - seq, "text": text })
}

#[test]
fn text_is_found() {
    let engine = open(&EVENTS);
    for event in [
        message("c1", 1, "My order never arrived, I want a refund!"),
        message("c1", 2, "Which order number was it?"),
        message("c1", 3, "Number 4711. Grüße aus Köln"),
        message("c2", 1, "REFUNDS are slow; refund-policy?"),
        json!({ "_id": "c2-2", "conversationId": "c2", "seq": 2, "kind": "note", "at": 9, "text": "promise a refund" }),
        json!({ "_id": "c2-3", "conversationId": "c2", "seq": 3, "kind": "read", "at": 10 }),
    ] {
        engine.add(&event).unwrap();
    }
    let by_id = || Sort::ascending("_id");
    for (condition, expected) in [
        (json!({ "$text": { "$search": "refund" } }), "c1-1 c2-1 c2-2"),
        (json!({ "$text": { "$search": "REFUND order" } }), "c1-1 c1-2 c2-1 c2-2"),
        (json!({ "$text": { "$search": "refund -order" } }), "c2-1 c2-2"),
        (json!({ "$text": { "$search": "\"order number\"" } }), "c1-2"),
        (json!({ "$text": { "$search": "\"order number\" \"refund\"" } }), ""),
        (json!({ "$text": { "$search": "refund -\"a refund\"" } }), "c2-1"),
        (json!({ "$text": { "$search": "grusse koln" } }), "c1-3"),
        (json!({ "$text": { "$search": "gruße KOLN" } }), "c1-3"),
        (json!({ "$text": { "$search": "-refund" } }), ""),
        (json!({ "$text": { "$search": "" } }), ""),
        (json!({ "$text": { "$search": "\" OR f0 : *" } }), ""),
        (json!({ "$text": { "$search": "\"\" refund" } }), "c1-1 c2-1 c2-2"),
        (json!({ "$text": { "$search": "refund -\"a refund\"-\"are slow\"" } }), ""),
        (json!({ "$text": { "$search": "refund" }, "kind": "message" }), "c1-1 c2-1"),
        (json!({ "$and": [{ "$text": { "$search": "refund" } }, { "conversationId": "c2" }] }), "c2-1 c2-2"),
        (json!({ "$text": { "$search": "refund" }, "seq": { "$gt": 1 } }), "c2-2"),
        (json!({ "text": { "$regex": "^Which" }, "$text": { "$search": "order" } }), "c1-2"),
    ] {
        let found = engine.ids(Find::new(filter(&condition)).sort(by_id())).unwrap().join(" ");
        assert_eq!(found, expected, "{condition}");
    }
    let latest =
        Find::new(filter(&json!({ "$text": { "$search": "refund" } }))).sort(Sort::descending("at")).limit(2);
    assert_eq!(engine.ids(latest).unwrap(), ["c1-1", "c2-1"]);
    for condition in [
        json!({ "$or": [{ "$text": { "$search": "a" } }, { "seq": 1 }] }),
        json!({ "$nor": [{ "$text": { "$search": "a" } }] }),
        json!({ "$and": [{ "$text": { "$search": "a" } }, { "$text": { "$search": "b" } }] }),
        json!({ "list": { "$elemMatch": { "$or": [{ "$text": { "$search": "a" } }] } } }),
    ] {
        let error = engine.matches(&condition).unwrap_err().to_string();
        assert!(error.contains("$text may stand once in a filter"), "{error}");
    }
}

#[test]
fn the_text_index_is_kept_in_step() {
    let engine = open(&EVENTS);
    let search = |word: &str| {
        let find = Find::new(filter(&json!({ "$text": { "$search": word } }))).sort(Sort::ascending("_id"));
        engine.ids(find).unwrap().join(" ")
    };
    for seq in 1..=3 {
        engine.add(&message("c1", seq, "first words")).unwrap();
    }
    assert!(engine.add(&message("c1", 3, "duplicate")).is_err());
    assert_eq!((search("words"), search("duplicate")), ("c1-1 c1-2 c1-3".into(), String::new()));
    engine
        .change(&json!({ "_id": "c1-1" }), &json!({ "$set": { "text": "other ones" } }), false, false)
        .unwrap();
    engine.change(&json!({ "seq": 2 }), &json!({ "$set": { "more": true } }), true, false).unwrap();
    engine.change(&json!({ "seq": 3 }), &json!({ "$unset": { "text": "" } }), false, false).unwrap();
    assert_eq!((search("words"), search("other")), ("c1-2".into(), "c1-1".into()));
    engine.change(&json!({ "seq": 3 }), &json!({ "$set": { "text": "back again" } }), false, false).unwrap();
    engine
        .change(
            &json!({ "_id": "c1-4", "text": "made by upsert" }),
            &json!({ "$set": { "seq": 4 } }),
            false,
            true,
        )
        .unwrap();
    assert_eq!((search("again"), search("upsert")), ("c1-3".into(), "c1-4".into()));
    engine.operate(Operation::DeleteOne(Delete { filter: Filter::id("c1-3") })).unwrap();
    engine
        .operate(Operation::DeleteMany(Delete {
            filter: filter(&json!({ "$text": { "$search": "words" } })),
        }))
        .unwrap();
    assert_eq!(
        (search("again"), search("words"), search("other")),
        (String::new(), String::new(), "c1-1".into())
    );
    engine.sql.exec("INSERT INTO documents_text(documents_text) VALUES('integrity-check')", &[]).unwrap();
}

#[test]
fn a_text_index_comes_and_goes_with_the_schema() {
    const FIELDS: &[Field] =
        &[Field { path: "a", kind: Kind::Text }, Field { path: "b.c", kind: Kind::Text }];
    static ONE: CollectionSchema =
        CollectionSchema::new("things", 1, FIELDS, &[Index::new("a_1", &[("a", Ascending)])]);
    static TWO: CollectionSchema =
        CollectionSchema { version: 2, ..ONE }.with_text(TextIndex { name: "t", fields: &["a"] });
    static THREE: CollectionSchema =
        CollectionSchema { version: 3, ..ONE }.with_text(TextIndex { name: "t", fields: &["a", "b.c"] });
    static FOUR: CollectionSchema = CollectionSchema { version: 4, ..ONE };
    let database = database();
    let engine = Engine::open(&database, &ONE, clock).unwrap();
    engine.add(&json!({ "_id": "x", "a": "red apple", "b": { "c": "green pear" } })).unwrap();
    engine.add(&json!({ "_id": "y", "a": null })).unwrap();
    let search = json!({ "$text": { "$search": "apple pear" } });
    assert!(engine.matches(&search).is_err());
    for (schema, word, matched) in [(&TWO, "apple", true), (&TWO, "pear", false), (&THREE, "pear", true)] {
        // Twice: what is there already stays.
        for _ in 0..2 {
            let engine = Engine::open(&database, schema, clock).unwrap();
            assert_eq!(engine.matches(&json!({ "$text": { "$search": word } })), Ok(matched), "{word}");
            assert_eq!(engine.ids(Find::new(Filter::all())).unwrap().len(), 2);
        }
    }
    let engine = Engine::open(&database, &FOUR, clock).unwrap();
    assert!(engine.matches(&search).is_err());
    engine.add(&json!({ "_id": "z", "a": "apple" })).unwrap();
    assert_eq!(engine.add(&json!({ "_id": "z" })), Err(DataApiError::duplicate_key("things", "_id_")));
    let rows = database
        .exec("SELECT name FROM sqlite_master WHERE name LIKE 'documents%' ORDER BY name", &[])
        .unwrap();
    let names: Vec<_> = rows.iter().filter_map(|row| row[0].as_text()).collect();
    assert_eq!(names, ["documents", "documents_schema"]);
    assert!(plan(&engine, &Find::new(Filter::eq("a", "x"))).contains("INDEX a_1 (<expr>=?)"));
}

#[test]
fn partial_indexes_are_used_by_filters_that_say_the_same() {
    const FIELDS: &[Field] = &[
        Field { path: "state", kind: Kind::Text },
        Field { path: "open", kind: Kind::Boolean },
        Field { path: "due", kind: Kind::Date },
        Field { path: "kind", kind: Kind::Text },
    ];
    static TASKS: CollectionSchema = CollectionSchema::new(
        "tasks",
        1,
        FIELDS,
        &[
            Index::new("by_state", &[("due", Ascending)]).only(Partial::Text("state", "it's open")),
            Index::new("by_open", &[("due", Ascending)]).only(Partial::Boolean("open", true)).unique(),
            Index::new("by_kind", &[("kind", Ascending)]).only(Partial::Present("due")),
        ],
    );
    let engine = open(&TASKS);
    for (condition, index) in [
        (json!({ "state": "it's open", "due": { "$gt": { "$date": 5 } } }), "INDEX by_state (<expr>>?)"),
        (json!({ "open": true, "due": { "$date": 5 } }), "INDEX by_open (<expr>=?)"),
        (json!({ "kind": "x", "due": { "$lt": { "$date": 5 } } }), "INDEX by_kind (<expr>=?)"),
        (json!({ "state": "other", "due": { "$date": 5 } }), "SCAN documents"),
        (json!({ "open": false, "due": { "$date": 5 } }), "SCAN documents"),
        (json!({ "kind": "x" }), "SCAN documents"),
        // $exists is true of null as well.
        (json!({ "kind": "x", "due": { "$exists": true } }), "SCAN documents"),
    ] {
        let plan = plan(&engine, &Find::new(filter(&condition)));
        assert!(plan.contains(index), "{condition}: {plan}");
    }
    // Unique among those that it covers.
    let task = |id: &str, open: bool| engine.add(&json!({ "_id": id, "open": open, "due": { "$date": 5 } }));
    task("a", true).unwrap();
    task("b", false).unwrap();
    task("c", false).unwrap();
    assert_eq!(task("d", true), Err(DataApiError::duplicate_key("tasks", "by_open")));
    assert_eq!(engine.ids(Find::new(filter(&json!({ "open": true })))).unwrap(), ["a"]);
}

#[test]
fn however_text_is_looked_up_the_answer_is_the_same() {
    let engine = open(&EVENTS);
    for seq in 1..=60 {
        let text = if seq % 3 == 0 { "red blue" } else { "red green" };
        engine.add(&message(if seq % 2 == 0 { "c1" } else { "c2" }, seq, text)).unwrap();
    }
    let condition = document(&json!({ "$text": { "$search": "blue" }, "at": { "$lt": 960 } }));
    for (access, way) in [
        (Access::Lead, "SEARCH documents USING INTEGER PRIMARY KEY (rowid=?)"),
        (Access::Lookup, "INDEX at_1 (<expr><?)"),
        (Access::Probe, "INDEX at_1 (<expr><?)"),
    ] {
        let filter::Condition { sql, parameters, .. } =
            filter::compile_with(&EVENTS, &condition, access).unwrap();
        let statement = format!("SELECT id FROM documents WHERE {sql} ORDER BY (body ->> '$.\"at\"')");
        let column = |statement: &str, column: usize| {
            let rows = engine.sql.exec(statement, &parameters).unwrap();
            rows.iter().map(|row| row[column].as_text().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(column(&statement, 0), "c1-60 c2-57 c1-54 c2-51 c1-48 c2-45 c1-42", "{access:?}");
        let plan = column(&format!("EXPLAIN QUERY PLAN {statement}"), 3);
        assert!(plan.contains(way), "{access:?}: {plan}");
    }
    for (condition, sort, served) in [
        (json!({}), Sort::descending("at").then_descending("_id"), true),
        (json!({ "conversationId": "c1" }), Sort::descending("seq"), true),
        (json!({ "conversationId": "c1" }), Sort::default(), true),
        (json!({}), Sort::default(), false),
        (json!({}), Sort::descending("seq"), false),
        (json!({ "kind": "message" }), Sort::ascending("kind"), false),
    ] {
        assert_eq!(engine.is_served(&filter(&condition), &sort), served, "{condition} {sort:?}");
    }
}
