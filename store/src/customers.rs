//! Visitors who have written something. Their document is made by their first message, and several of their conversations
//! may write it at once.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::wire::Actor;

use crate::Time;
use crate::collection::{Collection, Renewal, id};
use crate::shape::{Part, Required, Shape, check_as};
use crate::time::{numbers_to_dates, time_of};

/// No index but that of `_id`. Since version 2 times are dates.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("customers", 2, &[], &[]).upgraded_by(upgrade);

/// See [`crate::collections`]. Of two versions the later `lastMessageAt` and the earlier `createdAt` count.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade,
    check: |document| check_as::<CustomerDocument>(document, SHAPE),
    newer,
    renewal,
};

const VERSION: u32 = 2;

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDocument {
    /// The visitor's id.
    #[serde(rename = "_id")]
    pub id: String,
    /// The version of this shape.
    #[serde(default)]
    pub version: u32,
    /// What they are called.
    pub name: String,
    /// When they first wrote.
    pub created_at: Time,
    /// When they last wrote, as far as their conversations have said.
    pub last_message_at: Time,
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("name", Required, Shape::AnyText),
    ("createdAt", Required, Shape::Date),
    ("lastMessageAt", Required, Shape::Date),
];

fn upgrade(document: &mut Document) {
    if !document.contains_key("version") {
        numbers_to_dates(document, &["createdAt", "lastMessageAt"]);
        document.insert("version".to_owned(), VERSION.into());
    }
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn newer(source: &Document, target: &Document) -> Option<Ordering> {
    let later = time_of(source, "lastMessageAt") > time_of(target, "lastMessageAt");
    let earlier = time_of(source, "createdAt") < time_of(target, "createdAt");
    Some(if later || earlier { Ordering::Greater } else { Ordering::Less })
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn renewal(source: &Document) -> Option<Renewal> {
    let update = Update::new()
        .max("lastMessageAt", Date(time_of(source, "lastMessageAt")))
        .min("createdAt", Date(time_of(source, "createdAt")));
    Some(Renewal::Update(Filter::id(id(source)), update))
}

/// Writes a customer who has said something at these times. Writing it again, or an older one late, changes nothing.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn write(
    documents: &impl DataApi,
    visitor: &Actor,
    created_at: Millis,
    last_message_at: Millis,
) -> Result<(), DataApiError> {
    let customer = Update::new()
        .set_on_insert("version", VERSION)
        .set_on_insert("name", visitor.name.as_str())
        .set_on_insert("createdAt", Date(created_at))
        .max("lastMessageAt", Date(last_message_at));
    let upsert = || documents.upsert_one(SCHEMA.name, Filter::id(visitor.id.as_str()), customer.clone());
    let written = match upsert().await {
        // Another of the visitor's conversations has just inserted it.
        Err(DataApiError::DuplicateKey { .. }) => upsert().await,
        other => other,
    };
    written.map(drop)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::Filter;
    use voxora_domain::access::visitor;
    use voxora_domain::sql::object_database;

    use super::{COLLECTION, SCHEMA, newer, write};

    const ID: &str = "0197a0c0-0000-7000-8000-00000000000a";

    #[test]
    fn a_customer_is_written_in_any_order_and_is_what_is_pinned() {
        let engine = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let ann = visitor(ID.parse().unwrap());
        for last in [20, 30, 10] {
            block_on(write(&engine, &ann, 5, last)).unwrap();
        }
        let stored: Value = block_on(engine.find_one("customers", Filter::id(ID))).unwrap().unwrap();
        let mut pinned = json!({
            "_id": ID, "version": 2, "name": "Visitor 0197", "createdAt": { "$date": 5 },
            "lastMessageAt": { "$date": 30 },
        });
        assert_eq!(stored, pinned);
        (COLLECTION.check)(stored.as_object().unwrap()).unwrap();

        // A copy from elsewhere brings the later visit and the earlier beginning.
        let source = json!({ "_id": ID, "name": "Visitor 0197", "createdAt": 2, "lastMessageAt": 9 });
        let upgraded = COLLECTION.upgraded(source.as_object().unwrap().clone());
        assert_eq!(newer(&upgraded, stored.as_object().unwrap()), Some(Ordering::Greater));
        block_on(COLLECTION.renew(&engine, source.as_object().unwrap())).unwrap();
        let stored: Value = block_on(engine.find_one("customers", Filter::id(ID))).unwrap().unwrap();
        pinned["createdAt"] = json!({ "$date": 2 });
        assert_eq!(stored, pinned);
        assert_eq!(newer(&upgraded, stored.as_object().unwrap()), Some(Ordering::Less));
    }
}
