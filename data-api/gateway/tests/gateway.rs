//! The gateway as its users meet it: the real binary over HTTP, in front of PostgreSQL with DocumentDB.
//!
//! Each test starts a gateway of its own and works in a database of its own. Where no store can be had, the tests that
//! need one say so and pass.

// The lints against panics, clocks and threads guard code that runs in a Worker. A test may panic: that is its verdict.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods)]

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use voxora_data_api::DataApiError;
use voxora_store::{conversations, messages, users};

use crate::support::{ADMIN, Gateway, READ, WRITE, command};

/// A pipeline that joins the collection with itself: its time grows with the square of the documents.
fn slow_pipeline() -> Value {
    json!([
        { "$lookup": { "from": "c", "pipeline": [{ "$match": { "$expr": { "$gt": ["$n", -1] } } }], "as": "all" } },
        { "$unwind": "$all" },
        { "$group": { "_id": null, "n": { "$sum": { "$multiply": ["$n", "$all.n"] } } } },
    ])
}

/// Each of these holds whatever the gateway reaches the store by.
macro_rules! by_every_backend {
    ($($name:ident),* $(,)?) => {
        mod documentdb {
            $(#[tokio::test]
            async fn $name() {
                if let Some(gateway) = crate::Gateway::start(&[]) {
                    super::$name(gateway).await;
                }
            })*
        }
        mod mongodb_driver {
            $(#[tokio::test]
            async fn $name() {
                if let Some(gateway) = crate::Gateway::start_with_driver(&[]) {
                    super::$name(gateway).await;
                }
            })*
        }
    };
}

by_every_backend!(
    every_action_does_and_answers_what_the_contract_says,
    types_and_the_order_of_keys_survive_in_every_format,
    a_missing_id_is_made_up_as_drivers_do,
    bad_input_is_refused_with_what_is_wrong,
    answers_are_whole_beyond_a_backends_first_batch,
    a_duplicate_id_is_409,
    what_cannot_be_converted_is_not_quoted,
    the_largest_request_of_the_product_is_taken,
);

fn numbered(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|n| json!({ "_id": format!("{n:06}"), "n": n }))
}

async fn every_action_does_and_answers_what_the_contract_says(gateway: Gateway) {
    let steps = [
        ("insertOne", json!({ "document": { "_id": "a", "n": 1 } }), 201, json!({ "insertedId": "a" })),
        (
            "insertMany",
            json!({ "documents": [{ "_id": "b", "n": 2 }, { "_id": "c", "n": 3 }] }),
            201,
            json!({ "insertedIds": ["b", "c"] }),
        ),
        (
            "findOne",
            json!({ "filter": { "_id": "b" }, "projection": { "n": 1, "_id": 0 } }),
            200,
            json!({ "document": { "n": 2 } }),
        ),
        ("findOne", json!({ "filter": { "_id": "z" } }), 200, json!({ "document": null })),
        (
            "find",
            json!({ "filter": { "n": { "$gte": 1 } }, "sort": { "n": -1 }, "skip": 1, "limit": 1 }),
            200,
            json!({ "documents": [{ "_id": "b", "n": 2 }] }),
        ),
        (
            "updateOne",
            json!({ "filter": { "_id": "a" }, "update": { "$inc": { "n": 10 } } }),
            200,
            json!({ "matchedCount": 1, "modifiedCount": 1 }),
        ),
        (
            "updateOne",
            json!({ "filter": { "_id": "d" }, "update": { "$set": { "n": 4 } }, "upsert": true }),
            200,
            json!({ "matchedCount": 0, "modifiedCount": 0, "upsertedId": "d" }),
        ),
        (
            "updateMany",
            json!({ "filter": {}, "update": { "$set": { "seen": true } } }),
            200,
            json!({ "matchedCount": 4, "modifiedCount": 4 }),
        ),
        (
            "updateMany",
            json!({ "filter": { "n": 99 }, "update": { "$set": { "seen": false } } }),
            200,
            json!({ "matchedCount": 0, "modifiedCount": 0 }),
        ),
        (
            "replaceOne",
            json!({ "filter": { "_id": "a" }, "replacement": { "whole": 1 } }),
            200,
            json!({ "matchedCount": 1, "modifiedCount": 1 }),
        ),
        (
            "replaceOne",
            json!({ "filter": { "_id": "e" }, "replacement": { "n": 5 }, "upsert": true }),
            200,
            json!({ "matchedCount": 0, "modifiedCount": 0, "upsertedId": "e" }),
        ),
        (
            "findOne",
            json!({ "filter": { "_id": "a" } }),
            200,
            json!({ "document": { "_id": "a", "whole": 1 } }),
        ),
        (
            "aggregate",
            json!({ "pipeline": [{ "$match": { "seen": true } }, { "$group": { "_id": null, "n": { "$sum": "$n" } } }] }),
            200,
            json!({ "documents": [{ "_id": null, "n": 9 }] }),
        ),
        ("deleteOne", json!({ "filter": { "seen": true } }), 200, json!({ "deletedCount": 1 })),
        ("deleteMany", json!({ "filter": {} }), 200, json!({ "deletedCount": 4 })),
        ("find", json!({}), 200, json!({ "documents": [] })),
    ];
    for (action, fields, status, expected) in steps {
        let answer = gateway.act(action, fields.clone()).await;
        assert_eq!((answer.status, &answer.body), (status, &expected), "{action} {fields}");
    }
}

async fn types_and_the_order_of_keys_survive_in_every_format(gateway: Gateway) {
    let document = r#"{"_id":"a","z":1.0,"y":1,"x":5000000000,"at":{"$date":"2026-11-22T10:00:00.5Z"},"list":[{"b":1,"a":null}]}"#;
    let canonical =
        r#"{"_id":"b","n":{"$numberDouble":"1.0"},"at":{"$date":{"$numberLong":"1795341600500"}}}"#;
    for document in [document, canonical] {
        let body = gateway.body(json!({})).to_string();
        let body = format!(r#"{},"document":{document}}}"#, body.strip_suffix('}').unwrap());
        let answer = gateway.post("/action/insertOne", &[("apikey", WRITE)], body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let find = gateway.body(json!({ "filter": { "_id": "a" } })).to_string();
    for (accept, content_type, expected) in [
        ("application/ejson;mode=relaxed", "application/ejson;mode=relaxed", document.to_owned()),
        ("application/json", "application/json", document.replace(r#"{"$date":"2026-11-22T10:00:00.5Z"}"#, r#""2026-11-22T10:00:00.5Z""#)),
        (
            "application/ejson",
            "application/ejson",
            r#"{"_id":"a","z":{"$numberDouble":"1.0"},"y":{"$numberInt":"1"},"x":{"$numberLong":"5000000000"},"at":{"$date":{"$numberLong":"1795341600500"}},"list":[{"b":{"$numberInt":"1"},"a":null}]}"#.to_owned(),
        ),
    ] {
        let answer = gateway.post("/action/findOne", &[("apikey", READ), ("accept", accept)], find.clone()).await;
        assert_eq!(answer.text, format!(r#"{{"document":{expected}}}"#));
        assert_eq!(answer.headers["content-type"], content_type);
    }
    let answer = gateway.act("findOne", json!({ "filter": { "_id": "b" } })).await;
    assert_eq!(answer.text, r#"{"document":{"_id":"b","n":1.0,"at":{"$date":"2026-11-22T10:00:00.5Z"}}}"#);

    // A sort by two keys is another one when they change places.
    gateway.act("deleteMany", json!({ "filter": {} })).await;
    gateway.fill([json!({ "_id": "p", "a": 1, "b": 2 }), json!({ "_id": "q", "a": 2, "b": 1 })]).await;
    for (sort, first) in [(r#"{"b":1,"a":1}"#, "q"), (r#"{"a":1,"b":1}"#, "p")] {
        let body = gateway.body(json!({})).to_string();
        let body = format!(r#"{},"sort":{sort}}}"#, body.strip_suffix('}').unwrap());
        let answer = gateway.post("/action/find", &[("apikey", READ)], body).await;
        assert_eq!(answer.body["documents"][0]["_id"], first, "{sort}");
    }
}

async fn a_missing_id_is_made_up_as_drivers_do(gateway: Gateway) {
    let answer = gateway.act("insertOne", json!({ "document": { "n": 1 } })).await;
    assert_eq!(answer.status, 201);
    let id = answer.body["insertedId"].clone();
    assert_eq!(id["$oid"].as_str().map(str::len), Some(24), "{id}");
    let found = gateway.act("findOne", json!({ "filter": { "_id": id } })).await;
    assert_eq!(found.body["document"], json!({ "_id": id, "n": 1 }));
}

#[tokio::test]
async fn every_path_of_the_contract_leads_to_the_same_action() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    for base in ["", "/endpoint/data/v1", "/app/data-abcde/endpoint/data/v1"] {
        let body = gateway.body(json!({})).to_string();
        let answer = gateway.post(&format!("{base}/action/find"), &[("apikey", READ)], body).await;
        assert_eq!((answer.status, answer.body), (200, json!({ "documents": [] })), "{base}");
    }
}

async fn bad_input_is_refused_with_what_is_wrong(gateway: Gateway) {
    for (action, fields, word) in [
        ("find", json!({ "filter": { "n": { "$nonsense": 1 } } }), "$nonsense"),
        ("find", json!({ "filter": 7 }), "filter must be an object"),
        ("find", json!({ "hint": "x" }), "'hint' is not known"),
        ("find", json!({ "limit": 0 }), "limit must be 1 to 10000"),
        ("find", json!({ "limit": 10_001 }), "limit must be 1 to 10000"),
        ("find", json!({ "limit": -1 }), "'limit' must be a whole number"),
        ("find", json!({ "skip": 1.5 }), "'skip' must be a whole number"),
        ("find", json!({ "filter": { "$where": "sleep(1)" } }), "$where is not supported"),
        ("find", json!({ "dataSource": 7 }), "'dataSource' must be a string"),
        ("find", json!({ "database": "a.b" }), "'database' is not a name"),
        ("find", json!({ "database": "admin" }), "'admin' is not served"),
        ("find", json!({ "collection": "system.users" }), "'collection' is not a name"),
        ("insertOne", json!({}), "'document' is missing"),
        ("insertOne", json!({ "document": [] }), "document must be an object"),
        ("insertMany", json!({ "documents": [] }), "at least one document"),
        (
            "insertOne",
            json!({ "document": { "at": { "$date": "yesterday" } } }),
            "document.at is not a valid $date",
        ),
        ("updateOne", json!({ "filter": {}, "update": { "n": 1 } }), "update operators"),
        ("updateOne", json!({ "filter": {}, "update": {} }), "update operators"),
        ("updateOne", json!({ "update": { "$set": { "n": 1 } } }), "'filter' is missing"),
        (
            "updateOne",
            json!({ "filter": {}, "update": { "$set": { "n": 1 } }, "upsert": 1 }),
            "true or false",
        ),
        ("updateOne", json!({ "filter": {}, "update": { "$nonsense": { "n": 1 } } }), "$nonsense"),
        (
            "replaceOne",
            json!({ "filter": {}, "replacement": { "$set": { "n": 1 } } }),
            "without update operators",
        ),
        ("deleteMany", json!({}), "'filter' is missing"),
        ("aggregate", json!({ "pipeline": {} }), "'pipeline' must be a list"),
        ("aggregate", json!({ "pipeline": [{ "$nonsense": 1 }] }), "$nonsense"),
        ("aggregate", json!({ "pipeline": [{ "$out": "other" }] }), "$out is not supported"),
        (
            "aggregate",
            json!({ "pipeline": [{ "$facet": { "a": [{ "$merge": { "into": "other" } }] } }] }),
            "$merge is not supported",
        ),
    ] {
        // So that there is something for operators to fail on.
        gateway.act("insertOne", json!({ "document": { "n": 1 } })).await;
        let answer = gateway.act(action, fields.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["error_code"]),
            (400, &json!("InvalidParameter")),
            "{answer:?}"
        );
        let DataApiError::Invalid(message) = answer.error() else { panic!("{answer:?}") };
        assert!(message.contains(word), "{action} {fields}: {message}");
    }
    for (body, word) in [("{", "not JSON"), ("[]", "must be a JSON object"), ("", "not JSON")] {
        let answer = gateway.post("/action/find", &[("apikey", READ)], body.into()).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error().to_string().contains(word), "{answer:?}");
    }
    assert_eq!(gateway.act("findAndModify", json!({})).await.status, 404);
    assert_eq!(gateway.post("/nowhere", &[], String::new()).await.status, 404);
    assert_eq!(gateway.get("/action/find", &[("apikey", READ)]).await.status, 405);
}

async fn a_duplicate_id_is_409(gateway: Gateway) {
    gateway.fill([json!({ "_id": "ada@example.org", "n": 1 }), json!({ "_id": "b", "n": 1 })]).await;
    for (action, fields) in [
        ("insertOne", json!({ "document": { "_id": "ada@example.org" } })),
        (
            "insertMany",
            json!({ "documents": [{ "_id": "new" }, { "_id": "ada@example.org" }, { "_id": "not" }] }),
        ),
    ] {
        let answer = gateway.act(action, fields.clone()).await;
        assert_eq!(
            (answer.status, answer.error()),
            (409, DataApiError::duplicate_key("c", "_id_")),
            "{action}"
        );
        assert!(!answer.text.contains("ada@"), "{}", answer.text);
    }
    let stored = gateway.act("find", json!({ "sort": { "_id": 1 }, "projection": { "_id": 1 } })).await;
    assert_eq!(
        stored.body["documents"],
        json!([{ "_id": "ada@example.org" }, { "_id": "b" }, { "_id": "new" }])
    );
}

#[tokio::test]
async fn a_duplicate_key_is_409_names_its_index_and_not_its_value() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    let created = gateway
        .create_indexes(ADMIN, json!([{ "key": { "email": 1 }, "name": "email", "unique": true }]))
        .await;
    assert_eq!(created.status, 200, "{}", created.text);
    gateway.fill([json!({ "_id": "a", "email": "ada@example.org" })]).await;
    gateway.fill([json!({ "_id": "b", "email": "bob@example.org" })]).await;
    let taken = json!({ "$set": { "email": "ada@example.org" } });
    for (action, fields, index) in [
        ("insertOne", json!({ "document": { "_id": "a", "email": "new@example.org" } }), "_id_"),
        ("insertOne", json!({ "document": { "_id": "c", "email": "ada@example.org" } }), "email"),
        (
            "insertMany",
            json!({ "documents": [{ "_id": "d", "email": "d" }, { "_id": "e", "email": "ada@example.org" }, { "_id": "f", "email": "f" }] }),
            "email",
        ),
        ("updateOne", json!({ "filter": { "_id": "b" }, "update": taken }), "email"),
        ("updateOne", json!({ "filter": { "_id": "new" }, "update": taken, "upsert": true }), "email"),
        (
            "replaceOne",
            json!({ "filter": { "_id": "b" }, "replacement": { "email": "ada@example.org" } }),
            "email",
        ),
    ] {
        let answer = gateway.act(action, fields.clone()).await;
        let expected = DataApiError::duplicate_key("c", index);
        assert_eq!((answer.status, answer.error()), (409, expected), "{action} {fields}");
        assert!(!answer.text.contains("ada@"), "{}", answer.text);
    }
    // In order: what stood before the failure is stored, what stood after it is not.
    let stored = gateway.act("find", json!({ "sort": { "_id": 1 }, "projection": { "_id": 1 } })).await;
    assert_eq!(stored.body["documents"], json!([{ "_id": "a" }, { "_id": "b" }, { "_id": "d" }]));
}

#[tokio::test]
async fn nobody_gets_in_without_a_key_or_beyond_its_role() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    let find = gateway.body(json!({})).to_string();
    let bearer = format!("Bearer {READ}");
    for headers in [&[("apikey", READ)], &[("api-key", READ)], &[("authorization", bearer.as_str())]] {
        assert_eq!(gateway.post("/action/find", headers, find.clone()).await.status, 200, "{headers:?}");
    }
    let nearly = &READ[..READ.len() - 1];
    for headers in [&[][..], &[("apikey", "")], &[("apikey", nearly)], &[("authorization", "Basic eA==")]] {
        let answer = gateway.post("/action/find", headers, find.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["error_code"]),
            (401, &json!("InvalidSession")),
            "{headers:?}"
        );
        assert!(matches!(answer.error(), DataApiError::Auth(_)));
    }
    let changes = [
        ("insertOne", json!({ "document": {} })),
        ("insertMany", json!({ "documents": [{}] })),
        ("updateOne", json!({ "filter": {}, "update": { "$set": { "n": 1 } } })),
        ("updateMany", json!({ "filter": {}, "update": { "$set": { "n": 1 } } })),
        ("replaceOne", json!({ "filter": {}, "replacement": {} })),
        ("deleteOne", json!({ "filter": {} })),
        ("deleteMany", json!({ "filter": {} })),
    ];
    for (action, fields) in changes {
        let body = gateway.body(fields).to_string();
        let answer = gateway.post(&format!("/action/{action}"), &[("apikey", READ)], body).await;
        assert_eq!(answer.status, 403, "{action}");
        assert!(matches!(answer.error(), DataApiError::Auth(_)));
    }
    for key in [READ, WRITE] {
        assert_eq!(gateway.create_indexes(key, json!([{ "key": { "n": 1 } }])).await.status, 403);
    }
    assert_eq!(gateway.get("/metrics", &[]).await.status, 401);
    assert_eq!(gateway.act("find", json!({})).await.body["documents"], json!([]));
}

#[tokio::test]
async fn only_what_the_operator_named_is_served() {
    let Some(gateway) = Gateway::start(&["--data-source", "main", "--databases", "shop,blog"]) else {
        return;
    };
    for (data_source, database, status) in
        [("main", "shop", 200), ("main", "blog", 200), ("main", "other", 400), ("voxora", "shop", 400)]
    {
        let answer = gateway.act("findOne", json!({ "dataSource": data_source, "database": database })).await;
        assert_eq!(answer.status, status, "{data_source} {database}");
    }
}

async fn answers_are_whole_beyond_a_backends_first_batch(gateway: Gateway) {
    gateway.fill(numbered(2_500)).await;
    for (sort, first) in [(json!({ "_id": 1 }), "000000"), (json!({ "n": -1 }), "002499")] {
        let answer = gateway.act("find", json!({ "sort": sort, "limit": 2_500 })).await;
        let documents = answer.body["documents"].as_array().unwrap();
        let ids: BTreeSet<_> = documents.iter().map(|document| document["_id"].as_str().unwrap()).collect();
        assert_eq!((documents.len(), ids.len(), documents[0]["_id"].as_str()), (2_500, 2_500, Some(first)));
    }
    assert_eq!(gateway.act("find", json!({})).await.body["documents"].as_array().unwrap().len(), 1_000);
    let answer = gateway.act("aggregate", json!({ "pipeline": [{ "$match": {} }] })).await;
    assert_eq!(answer.body["documents"].as_array().unwrap().len(), 2_500);
}

#[tokio::test]
async fn answers_are_whole_beyond_a_backends_first_page() {
    let settings = ["--max-answer-bytes", "32000000"];
    for gateway in [Gateway::start(&settings), Gateway::start_with_driver(&settings)].into_iter().flatten() {
        whole_beyond_a_page(gateway).await;
    }
}

async fn whole_beyond_a_page(gateway: Gateway) {
    // 24 MB: more than the 16 MB that a page of MongoDB's protocol holds, so a second page must be asked for.
    let text = "x".repeat(600_000);
    for n in 0..40 {
        gateway.fill([json!({ "_id": format!("large-{n:02}"), "text": text })]).await;
    }
    let filter = json!({ "text": { "$exists": true } });
    for fields in [json!({ "filter": filter }), json!({ "filter": filter, "sort": { "text": 1, "_id": 1 } })]
    {
        let answer = gateway.act("find", fields).await;
        assert_eq!(answer.status, 200, "{:.200}", answer.text);
        assert_eq!(answer.body["documents"].as_array().unwrap().len(), 40);
    }
    let answer = gateway
        .act("aggregate", json!({ "pipeline": [{ "$match": filter }, { "$sort": { "_id": -1 } }] }))
        .await;
    assert_eq!(answer.body["documents"].as_array().unwrap().len(), 40);
}

async fn what_cannot_be_converted_is_not_quoted(gateway: Gateway) {
    gateway.fill([json!({ "_id": "a", "email": "ada@example.org" })]).await;
    for expression in [
        json!({ "$toInt": "$email" }),
        json!({ "$toObjectId": "$email" }),
        json!({ "$toDate": "$email" }),
        json!({ "$dateFromString": { "dateString": "$email" } }),
        json!({ "$dateFromString": { "dateString": "$email", "format": "%Y" } }),
    ] {
        let pipeline = json!([{ "$project": { "x": expression } }]);
        let answer = gateway.act("aggregate", json!({ "pipeline": pipeline })).await;
        assert!(matches!(answer.error(), DataApiError::Invalid(_)), "{expression}: {answer:?}");
        assert!(!answer.text.contains("ada"), "{expression}: {}", answer.text);
    }
}

/// A batch of a room's outbox holds 100 events with 256 KiB of text, which is six times that where every character has
/// to be escaped. The migration tool sends up to half a MiB, and then one more document, of up to 1 MiB.
async fn the_largest_request_of_the_product_is_taken(gateway: Gateway) {
    let text = "\u{1}".repeat(256 * 1024 / 100);
    let record = |n: usize| {
        json!({
            "_id": format!("{:036}-{n}", 0), "conversationId": format!("{:036}", 0), "seq": n, "at": 1_795_341_600_000_i64,
            "kind": "message", "public": true, "prevPublic": n, "clientId": format!("{n:036}"), "text": text,
            "actor": { "kind": "visitor", "id": format!("{:036}", 0), "name": "\u{1}".repeat(100) },
        })
    };
    gateway.fill((0..100).map(record)).await;
    let small = (0..100).map(|n| json!({ "_id": format!("small-{n}"), "text": "x".repeat(5_200) }));
    gateway.fill(small.chain([json!({ "_id": "large", "text": "x".repeat(1024 * 1024 - 40) })])).await;
    // And what is far more than that is refused before it costs its memory.
    let large =
        gateway.act("insertOne", json!({ "document": { "text": "x".repeat(4 * 1024 * 1024) } })).await;
    assert_eq!(large.status, 413, "{:.200}", large.text);
}

#[tokio::test]
async fn what_is_too_large_is_413_and_never_cut() {
    let Some(gateway) = Gateway::start(&["--max-body-bytes", "200000", "--max-answer-bytes", "300000"])
    else {
        return;
    };
    let large = gateway.act("insertOne", json!({ "document": { "text": "x".repeat(200_000) } })).await;
    assert_eq!((large.status, large.body["error_code"].as_str()), (413, Some("TooLarge")));
    assert!(matches!(large.error(), DataApiError::TooLarge(_)));

    for n in 0..4 {
        gateway.fill([json!({ "_id": n.to_string(), "text": "x".repeat(100_000) })]).await;
    }
    for (action, fields) in
        [("find", json!({ "sort": { "text": 1 } })), ("aggregate", json!({ "pipeline": [{ "$match": {} }] }))]
    {
        let answer = gateway.act(action, fields).await;
        assert!(matches!(answer.error(), DataApiError::TooLarge(_)), "{action}: {:.200}", answer.text);
    }
    // The connection that was given up in the middle is not handed to the next one.
    for _ in 0..5 {
        assert_eq!(gateway.act("find", json!({ "limit": 2 })).await.status, 200);
    }

    gateway.act("deleteMany", json!({ "filter": {} })).await;
    gateway.fill(numbered(10_001)).await;
    let many = gateway.act("aggregate", json!({ "pipeline": [{ "$match": {} }] })).await;
    let DataApiError::TooLarge(message) = many.error() else { panic!("{:.200}", many.text) };
    assert!(message.contains("bytes") || message.contains("documents"), "{message}");
}

#[tokio::test]
async fn an_aggregation_that_gives_too_many_documents_is_refused() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    gateway.fill(numbered(10_001)).await;
    let many = gateway.act("aggregate", json!({ "pipeline": [{ "$match": {} }] })).await;
    let DataApiError::TooLarge(message) = many.error() else { panic!("{:.200}", many.text) };
    assert!(message.contains("more than 10000 documents"), "{message}");
    let limited = json!({ "pipeline": [{ "$match": {} }, { "$limit": 10_000 }] });
    assert_eq!(gateway.act("aggregate", limited).await.body["documents"].as_array().unwrap().len(), 10_000);
}

#[tokio::test]
async fn what_takes_too_long_is_504_and_holds_nobody_up() {
    let Some(patient) = Gateway::start(&[]) else { return };
    patient.fill(numbered(8_000)).await;
    let Some(mut gateway) = Gateway::start(&["--timeout-ms", "2000", "--pool-size", "1"]) else { return };
    gateway.database.clone_from(&patient.database);
    let start = Instant::now();
    let slow = gateway.act("aggregate", json!({ "pipeline": slow_pipeline() })).await;
    assert_eq!(slow.status, 504, "{}", slow.text);
    assert!(matches!(slow.error(), DataApiError::Unavailable(_)));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // The pool has one connection: it must not be the one that still works on the slow query.
    let fast = gateway.act("findOne", json!({ "filter": { "_id": "000001" } })).await;
    assert_eq!(fast.status, 200, "{}", fast.text);
}

#[tokio::test]
async fn too_many_at_once_are_turned_away_with_when_to_come_back() {
    let Some(gateway) = Gateway::start(&["--max-concurrency", "1", "--timeout-ms", "10000"]) else { return };
    gateway.fill(numbered(5_000)).await;
    let slow = gateway.act("aggregate", json!({ "pipeline": slow_pipeline() }));
    let turned_away = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gateway.act("find", json!({})).await
    };
    let (_, turned_away) = tokio::join!(slow, turned_away);
    assert_eq!((turned_away.status, turned_away.headers["retry-after"].to_str().unwrap()), (503, "1"));
    assert!(matches!(turned_away.error(), DataApiError::Unavailable(_)));
}

/// The address of a backend that is not there.
fn nowhere() -> String {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("postgres://user:password-of-the-backend@{address}/postgres")
}

#[tokio::test]
async fn a_large_body_holds_nobody_up_while_it_is_read() {
    // One thread for all requests: what keeps it busy keeps everybody waiting.
    let gateway = Gateway::start_with(&[("TOKIO_WORKER_THREADS", "1")], &["--postgres-uri", &nowhere()], &[]);
    // Nearly as large as one may be, so that reading it outweighs whatever else this machine does.
    let filter = json!({ "n": { "$in": vec![0; 1_900_000] } });
    // Refused as soon as it has been read, without asking the backend.
    let body = gateway.body(json!({ "filter": filter, "unknown": 1 })).to_string();
    let is_answered = std::cell::Cell::new(false);
    let large = async {
        let answer = gateway.post("/action/find", &[("apikey", READ)], body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        is_answered.set(true);
        Instant::now()
    };
    let others = async {
        let mut answered = Vec::new();
        while !is_answered.get() {
            assert_eq!(gateway.get("/healthz", &[]).await.status, 200);
            answered.push(Instant::now());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        answered
    };
    let start = Instant::now();
    let (large, others) = tokio::join!(large, others);
    let waits = std::iter::once(&start).chain(&others).zip(&others).map(|(before, after)| *after - *before);
    let (longest, took) = (waits.max().unwrap(), large - start);
    println!("others waited {longest:?} at most while a body was read for {took:?}");
    // Who is held up waits as long as reading takes, which is nearly all of it.
    assert!(longest < took * 2 / 3, "somebody waited {longest:?} while a body was read for {took:?}");
}

#[tokio::test]
async fn a_setting_that_is_empty_is_none() {
    // As compose files write variables that nobody has set.
    let gateway = Gateway::start_with(
        &[
            ("MONGODB_URI", ""),
            ("POSTGRES_CA_FILE", ""),
            ("GATEWAY_KEY_FILE", ""),
            ("GATEWAY_DATA_SOURCE", ""),
            ("GATEWAY_DATABASES", ""),
        ],
        &["--postgres-uri", &nowhere()],
        &[],
    );
    let answer = gateway.act("find", json!({})).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(gateway.act("find", json!({ "database": "admin" })).await.status, 400);
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_503() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (flag, scheme) in [("--postgres-uri", "postgres"), ("--mongodb-uri", "mongodb")] {
        let uri = format!("{scheme}://user:password-of-the-backend@{nowhere}/postgres");
        let gateway = Gateway::start_on(&[flag, &uri], &[]);
        let answer = gateway.act("find", json!({})).await;
        assert_eq!((answer.status, answer.body["error_code"].as_str()), (503, Some("Unavailable")));
        assert!(matches!(answer.error(), DataApiError::Unavailable(_)));
        assert!(!answer.text.contains(&nowhere.port().to_string()), "{}", answer.text);
        assert_eq!(gateway.get("/readyz", &[]).await.status, 503);
        assert_eq!(gateway.get("/healthz", &[]).await.status, 200);
        assert!(!gateway.log().contains("password-of-the-backend"), "{}", gateway.log());
    }
}

#[tokio::test]
async fn indexes_are_ready_when_create_indexes_answers() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    gateway.fill(numbered(500)).await;
    let indexes = json!([{ "key": { "n": 1 }, "unique": true }, { "key": { "text": "text" } }]);
    let created = gateway.create_indexes(ADMIN, indexes.clone()).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let again = gateway.create_indexes(ADMIN, indexes).await;
    assert_eq!((again.status, &again.body), (200, &json!({ "numIndexesBefore": 3, "numIndexesAfter": 3 })));
    let duplicate = gateway.act("insertOne", json!({ "document": { "_id": "x", "n": 7 } })).await;
    assert_eq!(duplicate.error(), DataApiError::duplicate_key("c", "n_1"));

    // What is stored already stands against it.
    gateway.act("insertOne", json!({ "document": { "_id": "y", "n": -1, "twice": 1 } })).await;
    gateway.act("insertOne", json!({ "document": { "_id": "z", "n": -2, "twice": 1 } })).await;
    let refused = gateway.create_indexes(ADMIN, json!([{ "key": { "twice": 1 }, "unique": true }])).await;
    assert_eq!(refused.error(), DataApiError::duplicate_key("c", "twice_1"));
    for (indexes, word) in
        [(json!([{ "name": "x" }]), "needs a 'key'"), (json!([{ "key": { "n": 7.5 }, "bad": 1 }]), "")]
    {
        let answer = gateway.create_indexes(ADMIN, indexes).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains(word), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_index_that_is_made_otherwise_is_named() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    let index = |partial: Value| {
        json!([
            { "key": { "other": 1 } },
            { "key": { "email": 1 }, "unique": true, "partialFilterExpression": { "email": partial } },
        ])
    };
    let made = gateway.create_indexes(ADMIN, index(json!({ "$type": "string" }))).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let refused = gateway.create_indexes(ADMIN, index(json!({ "$gte": "" }))).await;
    let DataApiError::Invalid(message) = refused.error() else { panic!("{refused:?}") };
    for word in ["'email_1'", "otherwise", "drop it"] {
        assert!(message.contains(word), "{message}");
    }
}

/// How the store would carry out a read of the product, as text.
async fn plan(store: &str, database: &str, command: Value) -> String {
    if store.starts_with("mongodb") {
        let client = mongodb::Client::with_uri_str(store).await.unwrap();
        let explain = bson::doc! { "explain": bson::serialize_to_document(&command).unwrap() };
        return client.database(database).run_command(explain).await.unwrap().to_string();
    }
    let (client, connection) = tokio_postgres::connect(store, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let function = if command.get("find").is_some() { "find" } else { "pipeline" };
    // Few documents are read faster without an index; the question is whether the index can be used at all.
    client.batch_execute("SET enable_seqscan = off").await.unwrap();
    let explain = format!(
        "EXPLAIN SELECT document FROM documentdb_api_catalog.bson_aggregation_{function}('{database}', '{command}')"
    );
    client.query(&explain, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0) + "\n").collect()
}

#[tokio::test]
async fn what_the_product_asks_for_is_found_by_its_indexes() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    let message = |n: u32| {
        let (conversation, seq) = (n % 20, n / 20);
        json!({ "_id": format!("c{conversation}-{seq}"), "conversationId": format!("c{conversation}"), "seq": seq })
    };
    let conversation = |n: u32| {
        let date = json!({ "$date": { "$numberLong": n.to_string() } });
        json!({ "_id": n.to_string(), "updatedAt": date, "status": "open", "customerId": format!("v{n}") })
    };
    let user = |n: u32| json!({ "_id": n.to_string(), "email": format!("{n}@example.org") });
    let founder = json!({ "_id": "founder", "email": "ada@example.org", "founder": true });
    let collections = [
        (&messages::SCHEMA, (0..500).map(message).collect::<Vec<_>>()),
        (&conversations::SCHEMA, (0..500).map(conversation).collect()),
        (&users::SCHEMA, (0..500).map(user).chain([founder]).collect()),
    ];
    for (schema, documents) in collections {
        let mut fields = schema.create_indexes().unwrap();
        fields.remove("createIndexes");
        fields.insert("collection".into(), schema.name.into());
        let body = gateway.body(Value::Object(fields)).to_string();
        let made = gateway.post("/admin/createIndexes", &[("apikey", ADMIN)], body).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let fields = json!({ "collection": schema.name, "documents": documents });
        assert_eq!(gateway.act("insertMany", fields).await.status, 201);
    }
    for (index, command) in [
        ("_id_", json!({ "find": "messages", "filter": { "_id": { "$in": ["c7-3", "c7-9"] } } })),
        (
            "_id_",
            json!({ "find": "messages", "filter": { "_id": { "$gte": "c7-", "$lt": "c7." } }, "sort": { "_id": 1 } }),
        ),
        (
            "_id_",
            json!({
                "aggregate": "messages", "cursor": {},
                "pipeline": [{ "$match": { "_id": { "$gte": "c7-", "$lt": "c7." } } }, { "$count": "n" }],
            }),
        ),
        (
            "customerId_1_updatedAt_-1__id_-1",
            json!({ "find": "conversations", "filter": { "customerId": "v7" }, "limit": 1 }),
        ),
        (users::EMAIL_INDEX, json!({ "find": "users", "filter": { "email": "7@example.org" }, "limit": 1 })),
        (users::FOUNDER_INDEX, json!({ "find": "users", "filter": { "founder": true }, "limit": 1 })),
    ] {
        let plan = plan(support::store().unwrap(), &gateway.database, command.clone()).await;
        assert!(plan.contains(index), "{command} does without {index}:\n{plan}");
    }
    // And they keep what they are for.
    for (index, document) in [
        (users::EMAIL_INDEX, json!({ "email": "7@example.org" })),
        (users::FOUNDER_INDEX, json!({ "founder": true })),
    ] {
        let twice = gateway.act("insertOne", json!({ "collection": "users", "document": document })).await;
        assert_eq!(twice.error(), DataApiError::duplicate_key("users", index));
        let none = json!([{ "email": null, "founder": null }, { "email": null }, {}]);
        let none = gateway.act("insertMany", json!({ "collection": "users", "documents": none })).await;
        assert_eq!(none.status, 201, "{}", none.text);
    }
}

#[tokio::test]
async fn a_signal_to_end_lets_requests_finish_and_takes_no_new_ones() {
    let Some(mut gateway) = Gateway::start(&[]) else { return };
    gateway.fill(numbered(2_000)).await;
    let slow = gateway.act("aggregate", json!({ "pipeline": slow_pipeline() }));
    let end = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        gateway.signal(Signal::SIGTERM);
    };
    let (slow, ()) = tokio::join!(slow, end);
    assert_eq!(
        (slow.status, slow.body["documents"].as_array().map(Vec::len)),
        (200, Some(1)),
        "{}",
        slow.text
    );
    assert!(gateway.wait().success());
    let log = gateway.log();
    let ending = log.find("\"ending: finishing").expect("it says that it ends");
    assert!(log[ending..].contains("\"action\":\"aggregate\""), "the request ended after the signal: {log}");
}

#[tokio::test]
async fn logs_and_metrics_tell_what_happened_and_nothing_of_the_documents() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    let headers = [("apikey", WRITE), ("x-request-id", "request-of-the-test")];
    let body =
        gateway.body(json!({ "document": { "_id": "id-of-ada", "name": "Ada Lovelace" } })).to_string();
    let answer = gateway.post("/action/insertOne", &headers, body.clone()).await;
    assert_eq!(answer.headers["x-request-id"], "request-of-the-test");
    gateway.post("/action/insertOne", &headers, body).await;
    gateway.act("find", json!({ "filter": { "name": "Ada Lovelace", "n": { "$nonsense": "Ada" } } })).await;
    let forged = gateway
        .post("/action/find", &[("apikey", "wrong-key-of-somebody"), ("x-request-id", "a b")], String::new())
        .await;
    assert_ne!(forged.headers["x-request-id"], "a b");

    let text = gateway.get("/metrics", &[("authorization", &format!("Bearer {READ}"))]).await.text;
    for line in [
        r#"voxora_gateway_requests_total{action="insertOne",outcome="ok"} 1"#,
        r#"voxora_gateway_requests_total{action="insertOne",outcome="DuplicateKey"} 1"#,
        r#"voxora_gateway_requests_total{action="find",outcome="InvalidParameter"} 1"#,
        r#"voxora_gateway_requests_total{action="find",outcome="InvalidSession"} 1"#,
        r#"voxora_gateway_request_duration_seconds_count{action="insertOne"} 2"#,
        r#"voxora_gateway_backend_errors_total{code="DuplicateKey"} 1"#,
        "voxora_gateway_requests_in_flight 0",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    gateway.signal(Signal::SIGINT);
    let mut gateway = gateway;
    assert!(gateway.wait().success());
    let log = gateway.log();
    for line in log.lines() {
        serde_json::from_str::<Value>(line).expect("every line is JSON");
    }
    assert!(
        log.contains(
            r#""request_id":"request-of-the-test","action":"insertOne","outcome":"ok","status":201"#
        ),
        "{log}"
    );
    for secret in ["Ada", "id-of-ada", "$nonsense", READ, WRITE, ADMIN, "wrong-key-of-somebody"] {
        assert!(!log.contains(secret), "{secret} stands in the log:\n{log}");
        assert!(!text.contains(secret), "{secret} stands in the metrics:\n{text}");
    }
}

#[tokio::test]
async fn ready_means_that_the_backend_answers() {
    let Some(gateway) = Gateway::start(&[]) else { return };
    for path in ["/readyz", "/healthz"] {
        let answer = gateway.get(path, &[]).await;
        assert_eq!((answer.status, answer.body), (200, json!({ "status": "ok" })), "{path}");
    }
}

#[test]
fn it_refuses_to_start_without_what_it_needs_and_shows_no_secret() {
    let postgres = "postgres://user:password-of-the-backend@127.0.0.1/postgres";
    for (keys, arguments, word) in [
        ("", &["--postgres-uri", postgres][..], "there is no key"),
        ("a:read:too-short", &["--postgres-uri", postgres], "at least 32 characters"),
        (
            "a:nobody:0123456789012345678901234567890123",
            &["--postgres-uri", postgres],
            "read, write or admin",
        ),
        ("a:read:0123456789012345678901234567890123", &[], "where are the documents?"),
        (
            "a:read:0123456789012345678901234567890123",
            &["--postgres-uri", "mysql://x:password-of-the-backend@y/"],
            "not a PostgreSQL connection string",
        ),
        (
            "a:read:0123456789012345678901234567890123",
            &["--mongodb-uri", "http://x:password-of-the-backend@y/"],
            "not a MongoDB connection string",
        ),
    ] {
        let output = command().env("GATEWAY_KEYS", keys).args(arguments).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && log.contains(word), "{word}: {log}");
        for secret in ["password-of-the-backend", "too-short", "0123456789"] {
            assert!(!log.contains(secret), "{log}");
        }
    }
}
