//! The audit log: who changed what, when, from what to what. Entries are only ever inserted.

use serde::Serialize;
use serde_json::Value;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::jobs::Audit;
use voxora_domain::wire::Actor;

use crate::Time;
use crate::collection::{Collection, neither, stays, unchanged};
use crate::shape::{ACTOR, Part, Required, Shape, check};

/// No index but that of `_id`: nothing lists it yet.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("audit", 1, &[], &[]);

/// See [`crate::collections`].
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: |document| check(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const VERSION: u32 = 1;

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("createdAt", Required, Shape::Date),
    ("by", Required, Shape::Object(ACTOR)),
    ("action", Required, Shape::Text),
];

/// An entry as stored.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditDocument<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    /// The version of this shape.
    version: u32,
    created_at: Time,
    by: &'a Actor,
    action: &'a str,
    target: Target<'a>,
    from: &'a Value,
    to: &'a Value,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'a str,
    id: &'a str,
}

/// Writes an entry, once: its `_id` is the idempotency key of what wrote it, so that writing it again changes nothing.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn write(documents: &impl DataApi, key: &str, entry: &Audit) -> Result<(), DataApiError> {
    let document = AuditDocument {
        id: key,
        version: VERSION,
        created_at: Time(entry.at),
        by: &entry.by,
        action: &entry.action,
        target: Target { kind: &entry.target_kind, id: &entry.target_id },
        from: &entry.from,
        to: &entry.to,
    };
    match documents.insert_one(SCHEMA.name, &document).await {
        Ok(()) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
