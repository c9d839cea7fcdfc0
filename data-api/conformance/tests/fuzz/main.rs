//! Malformed and unlikely input for the embedded engine: no panic, no answer of another shape than the contract's, no
//! failure that blames the store for what the request says, and nothing half done.
//!
//! Input is made from the cases: values and bytes are replaced, moved, wrapped and cut at random (`mutate`). What fails
//! is made smaller while it fails (`shrink`) and printed. Each target runs for `FUZZ_SECONDS`, two without it, from
//! `FUZZ_SEED`, or a random one, on; `cargo xtask fuzz --seconds 600 filters` is the long way.

// A harness fails by panicking, with a message that says what was expected and what came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod mutate;
mod shrink;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mutate::Corpus;
use serde_json::{Value, json};
use voxora_conformance::{Embedded, Endpoint, Reply, body};
use voxora_data_api::contract::{ActionName, Answer};
use voxora_data_api::document;
use voxora_data_api::ejson::{self, Extended, Format};

/// What must hold for an input; otherwise why it does not.
type Property<Input> = fn(&mut Embedded, &Input) -> Result<(), String>;

/// Runs a target until its time is over.
#[allow(clippy::disallowed_methods, reason = "not in a Worker")]
fn fuzz<Input: shrink::Shrink>(
    make: impl Fn(&Corpus, &mut fastrand::Rng) -> Input,
    property: Property<Input>,
) {
    let variable = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let seconds = variable("FUZZ_SECONDS").unwrap_or(2);
    let first = variable("FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..u64::from(u32::MAX)));
    let corpus = Corpus::from_cases();
    let mut engine = Embedded::default();
    let holds = |engine: &mut Embedded, input: &Input| {
        let checked = catch_unwind(AssertUnwindSafe(|| property(engine, input)));
        let checked = checked.unwrap_or_else(|_| Err("it panics; see above".to_owned()));
        if checked.is_err() {
            // Whatever state it left behind.
            *engine = Embedded::default();
        }
        checked
    };
    let start = Instant::now();
    let mut seed = first;
    while start.elapsed() < Duration::from_secs(seconds) {
        let input = make(&corpus, &mut fastrand::Rng::with_seed(seed));
        if holds(&mut engine, &input).is_err() {
            let smallest = shrink::smallest(input, |smaller| holds(&mut engine, smaller).is_err());
            let why = holds(&mut engine, &smallest).unwrap_err();
            panic!("FUZZ_SEED={seed}\n{}\n{why}", smallest.print());
        }
        seed += 1;
    }
    let tried = seed - first;
    eprintln!("{tried} inputs from FUZZ_SEED={first} in {seconds} s");
    assert!(tried > 0, "there was no time to try anything");
}

fn post(engine: &mut Embedded, action: &str, collection: &str, fields: Value) -> Reply {
    let Value::Object(fields) = fields else { panic!("written as objects below") };
    engine.post(action, &body(collection, fields), Format::Relaxed.media_type()).unwrap()
}

/// An answer is one that the contract knows: the action's own, or a refusal that says why.
fn is_in_contract(action: &str, reply: &Reply) -> Result<Value, String> {
    let value: Value = serde_json::from_str(&reply.body).map_err(|error| format!("not JSON: {error}"))?;
    if reply.status < 300 {
        let name: ActionName = action.parse().map_err(|error| format!("an answer to {action}: {error}"))?;
        Answer::from_response(name, reply.status, reply.body.as_bytes())
            .map_err(|error| format!("{} {}: {error}", reply.status, reply.body))?;
        return Ok(value);
    }
    match (reply.status, value["error_code"].as_str(), value["error"].as_str()) {
        (400, Some("InvalidParameter"), Some(message)) | (413, Some("TooLarge"), Some(message))
            if !message.is_empty() =>
        {
            Ok(Value::Null)
        }
        (409, Some("DuplicateKey"), Some(_)) => Ok(Value::Null),
        _ => Err(format!("{} {}", reply.status, reply.body)),
    }
}

/// Documents of all kinds, stored where nothing is declared.
fn stage(engine: &mut Embedded) -> Vec<Value> {
    let documents = vec![
        json!({ "_id": "1", "a": 1, "b": "x", "t": { "$date": "2026-11-22T10:00:00Z" } }),
        json!({ "_id": "2", "a": [1, 2.5, "x", null, { "b": 1 }], "b": null, "n": -0.0 }),
        json!({ "_id": "3", "a": { "b": { "c": [[], {}] }, "x": true }, "x": [{ "y": 1 }, { "y": [2] }] }),
        json!({ "_id": "4", "a": "é\u{1f600}\n", "text": "hello world", "g": 9_007_199_254_740_991_i64 }),
        json!({ "_id": "5" }),
    ];
    post(engine, "deleteMany", "settings", json!({ "filter": {} }));
    let reply = post(engine, "insertMany", "settings", json!({ "documents": documents }));
    assert_eq!(reply.status, 201, "{}", reply.body);
    documents
}

fn stored(engine: &mut Embedded) -> Vec<Value> {
    let reply = post(engine, "find", "settings", json!({ "filter": {}, "sort": { "_id": 1 } }));
    let documents: Value = serde_json::from_str(&reply.body).unwrap();
    documents["documents"].as_array().cloned().unwrap_or_else(|| panic!("{}", reply.body))
}

#[test]
fn ejson() {
    fuzz(Corpus::bytes, |_, text| {
        let Ok(value) = ejson::parse(text) else { return Ok(()) };
        for format in [Format::Relaxed, Format::Canonical] {
            let written =
                serde_json::to_string(&Extended(&value, format)).map_err(|error| error.to_string())?;
            let read = ejson::parse(written.as_bytes()).map_err(|error| format!("{written}: {error}"))?;
            if read.to_string() != value.to_string() {
                return Err(format!("{written} is not {value}"));
            }
        }
        let plain =
            serde_json::to_string(&Extended(&value, Format::Plain)).map_err(|error| error.to_string())?;
        serde_json::from_str::<Value>(&plain).map(drop).map_err(|error| format!("{plain}: {error}"))
    });
}

#[test]
fn filters() {
    fuzz(
        |corpus, random| corpus.field("filter", random),
        |engine, filter| {
            let documents = stage(engine);
            let mut find = |filter: Value| {
                let reply =
                    post(engine, "find", "settings", json!({ "filter": filter, "sort": { "_id": 1 } }));
                let answer = is_in_contract("find", &reply)?;
                Ok::<_, String>(answer["documents"].as_array().cloned())
            };
            let Some(found) = find(filter.clone())? else { return Ok(()) };
            if let Some(strange) = found.iter().find(|found| !documents.contains(found)) {
                return Err(format!("it finds {strange}, which nobody stored"));
            }
            // What a filter does not match, its negation does.
            match find(json!({ "$nor": [filter] }))? {
                Some(others) if found.len() + others.len() != documents.len() => {
                    Err(format!("{} match, and {} of {} do not", found.len(), others.len(), documents.len()))
                }
                _ => Ok(()),
            }
        },
    );
}

#[test]
fn updates() {
    fuzz(
        |corpus, random| corpus.field("update", random),
        |engine, update| {
            let before = stage(engine);
            for document in &before {
                let fields = json!({ "filter": { "_id": document["_id"] }, "update": update });
                let reply = post(engine, "updateOne", "settings", fields);
                let answer = is_in_contract("updateOne", &reply)?;
                let after = stored(engine);
                let now =
                    after.iter().find(|now| now["_id"] == document["_id"]).ok_or("the document is gone")?;
                if answer["modifiedCount"] != 1 && now.to_string() != document.to_string() {
                    return Err(format!("{} {}, but {document} became {now}", reply.status, reply.body));
                }
                let now = ejson::parse(now.to_string().as_bytes()).map_err(|error| error.to_string())?;
                document::check(now.as_object().ok_or("not a document")?)
                    .map_err(|error| format!("{now} is stored, though {error}"))?;
            }
            Ok(())
        },
    );
}

#[test]
fn pipelines() {
    fuzz(
        |corpus, random| corpus.field("pipeline", random),
        |engine, pipeline| {
            stage(engine);
            let reply = post(engine, "aggregate", "settings", json!({ "pipeline": pipeline }));
            is_in_contract("aggregate", &reply)?;
            let again = post(engine, "aggregate", "settings", json!({ "pipeline": pipeline }));
            let told_the_time = pipeline.to_string().contains("$$NOW");
            if again == reply || told_the_time {
                Ok(())
            } else {
                Err(format!("{reply:?}, and then {again:?}"))
            }
        },
    );
}

#[test]
fn requests() {
    fuzz(Corpus::request, |engine, request| {
        let text = String::from_utf8_lossy(&request.body);
        let reply = engine
            .post(request.action, &text, Format::Relaxed.media_type())
            .map_err(|error| error.to_string())?;
        is_in_contract(request.action, &reply).map(drop)
    });
}
