//! What the list of conversations costs when it is filtered by a tag: `cargo run -p voxora-store --example tagged`, and how
//! much longer it takes without the index of tags: `-- --without-index`.
//!
//! 100,000 conversations on the embedded engine, every tenth of which can have a rare tag, and half of them a common one.

#![allow(clippy::disallowed_methods, reason = "a bench looks at the clock")]

use std::time::Instant;

use futures::executor::block_on;
use serde_json::{Value, json};
use uuid::Uuid;
use voxora_data_api::DataApi;
use voxora_data_api::embedded::Engine;
use voxora_data_api::query::Filter;
use voxora_data_api::schema::CollectionSchema;
use voxora_domain::id::TagId;
use voxora_domain::sql::object_database;
use voxora_store::Store;
use voxora_store::conversations::{SCHEMA, Wanted, tagged};

const CONVERSATIONS: u128 = 100_000;

fn tag(number: u128) -> TagId {
    TagId::new(Uuid::from_u128(number))
}

fn conversation(number: u128) -> Value {
    let mut tags = vec![tag(1_000 + number % 50)];
    if number.is_multiple_of(2) {
        tags.push(tag(1));
    }
    if number % 10_000 == 7 {
        tags.push(tag(2));
    }
    let visitor = Uuid::from_u128((7 << 96) + number / 3).to_string();
    let at = u64::try_from(number).unwrap_or(0);
    let actor = json!({ "kind": "visitor", "id": visitor, "name": "Visitor 0197" });
    json!({
        "_id": Uuid::from_u128((8 << 96) + number * 7_919 % CONVERSATIONS).to_string(), "version": 2, "customerId": visitor,
        "visitor": actor, "status": if number.is_multiple_of(5) { "open" } else { "closed" }, "assignee": null,
        "createdAt": { "$date": at }, "updatedAt": { "$date": at }, "head": 9, "publicHead": 9,
        "read": { "visitor": 1, "agents": 0 },
        "lastMessage": { "seq": 9, "createdAt": { "$date": 1 }, "author": actor, "preview": "Where is my order? ".repeat(6) },
        "unreadByAgents": 1, "unreadByVisitor": 0, "tags": tags,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let without = std::env::args().any(|argument| argument == "--without-index");
    let schema = CollectionSchema { list: SCHEMA.list.filter(|_| !without), ..SCHEMA };
    let documents = Engine::open(object_database()?, Box::leak(Box::new(schema)), || 0)?;
    let begun = Instant::now();
    for first in (0..CONVERSATIONS).step_by(1_000) {
        let batch: Vec<Value> = (first..first + 1_000).map(conversation).collect();
        block_on(documents.insert_many(SCHEMA.name, &batch))?;
    }
    println!("{CONVERSATIONS} conversations stored in {:?}", begun.elapsed());
    let store = Store { documents, now: 0 };
    for (what, tags) in [
        ("none", vec![]),
        ("common (half)", vec![tag(1)]),
        ("one in fifty", vec![tag(1_007)]),
        ("rare (10)", vec![tag(2)]),
        ("nobody's", vec![tag(3)]),
        ("rare, with 5 merged", (2..8).map(tag).collect()),
    ] {
        let wanted = || Wanted { tags: tags.clone(), ..Wanted::of(Filter::all(), 31) };
        let times: Vec<_> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                let found = block_on(store.conversations().list(wanted())).map_or(0, |found| found.len());
                (begun.elapsed(), found)
            })
            .collect();
        let begun = Instant::now();
        let count = block_on(store.documents.count(SCHEMA.name, tagged(&tags)))?;
        let counted = begun.elapsed();
        let best = times.iter().min().copied().unwrap_or_default();
        println!("{what:20} list {:>10.1?} ({} found)   count {counted:>10.1?} ({count})", best.0, best.1);
    }
    Ok(())
}
