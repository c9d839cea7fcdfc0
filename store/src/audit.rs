//! The audit log: who changed what, when, from what to what. Entries are only ever inserted.
//!
//! A change and its entry are one write: the entry waits in the changed document, in its field `unaudited`, in the form in
//! which the log keeps it (a transactional outbox). So there is no entry of a change that was not made, and no change
//! without its entry. [`relay`] brings it to the log, by a job that is written down before the change is tried.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::document::Document;
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{Any, DataApi, DataApiError, Running, to_document};
use voxora_domain::jobs::Audit;
use voxora_domain::wire::Actor;

use crate::Time;
use crate::collection::{self, Collection, neither, stays, unchanged};
use crate::shape::{ACTOR, Optional, Part, Required, Shape, check};

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
/// The field of a document in which its entries wait.
const UNAUDITED: &str = "unaudited";

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("version", Required, Shape::Small),
    ("createdAt", Required, Shape::Date),
    ("by", Required, Shape::Object(ACTOR)),
    ("action", Required, Shape::Text),
    ("target", Required, Shape::Object(&[("kind", Required, Shape::Text), ("id", Required, Shape::Text)])),
    ("request", Optional, Shape::Text),
];

/// The part of a document's shape that its waiting entries are.
pub(crate) const WAITING: Part = (UNAUDITED, Optional, Shape::Objects(SHAPE));

/// Who changes something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who signs it.
    pub by: Actor,
    /// The request's id, by which the job that was written down for it finds the entry.
    pub request: String,
}

/// An entry as stored, which nothing here reads: it is as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entry(Document);

/// What an entry says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'a str,
    id: &'a str,
}

/// What is told of a change.
pub(crate) struct Told<'a> {
    /// What was done, such as `tag.changed`.
    pub action: &'a str,
    /// What kind of thing it was done to, such as `tag`.
    pub kind: &'a str,
    /// Which one.
    pub id: &'a str,
    /// Which of its versions the change made: no other change made that one, at that time.
    pub revision: u64,
    /// What it said before; null for something new.
    pub before: Value,
    /// What it says since; null for something deleted.
    pub after: Value,
}

impl Entry {
    /// The entry of a change: what differs, before and since.
    pub(crate) fn new(author: &Author, at: Time, told: Told<'_>) -> Result<Self, DataApiError> {
        let Told { action, kind, id, revision, mut before, mut after } = told;
        if let (Value::Object(before), Value::Object(after)) = (&mut before, &mut after) {
            before.retain(|name, value| after.get(name) != Some(value) || after.remove(name).is_none());
        }
        let written = to_document(&Written {
            id: &format!("{kind}-{id}-{revision}-{}", at.0),
            version: VERSION,
            created_at: at,
            by: &author.by,
            action,
            target: Target { kind, id },
            from: &before,
            to: &after,
            request: Some(&author.request),
        });
        written.map(Self)
    }
}

/// Has an entry wait in a document.
pub(crate) fn wait(document: &mut Document, Entry(entry): Entry) {
    let waiting = document.entry(UNAUDITED).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(waiting) = waiting {
        waiting.push(Value::Object(entry));
    }
}

/// Brings the entries that wait in a document to the log, and takes the document away if it was deleted. Says whether an
/// entry of this request was among them. May end anywhere and be done again: an entry leaves the document once the log has it.
///
/// # Errors
/// [`DataApiError`], see there.
pub fn relay<'a>(
    documents: &'a impl DataApi,
    collection: &'a str,
    id: &'a str,
    request: &'a str,
) -> Running<'a, bool> {
    relay_in(documents.any(), collection, id, request)
}

fn relay_in<'a>(documents: Any<'a>, collection: &'a str, id: &'a str, request: &'a str) -> Running<'a, bool> {
    Box::pin(async move {
        let Some(mut found) = documents.first(collection, Filter::id(id)).await? else { return Ok(false) };
        let waiting: Vec<Document> = match found.remove(UNAUDITED) {
            Some(Value::Array(entries)) => entries.into_iter().filter_map(object).collect(),
            _ => Vec::new(),
        };
        for entry in &waiting {
            insert(documents, entry.clone()).await?;
        }
        // It is only there still for its entries.
        if found.get("deleted") == Some(&Value::Bool(true)) {
            documents.delete_one(collection, Filter::id(id).and(Filter::eq("deleted", true))).await?;
        } else {
            for entry in &waiting {
                let taken = Update::new().pull_matching(UNAUDITED, Filter::id(collection::id(entry)));
                documents.update_one(collection, Filter::id(id), taken).await?;
            }
        }
        Ok(waiting.iter().any(|entry| entry.get("request").and_then(Value::as_str) == Some(request)))
    })
}

fn object(value: Value) -> Option<Document> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// How many entries wait in a document.
pub(crate) fn waiting(document: &Document) -> usize {
    document.get(UNAUDITED).and_then(Value::as_array).map_or(0, Vec::len)
}

/// Writes the entry of a job that the version before handed over, once: its `_id` is the job's key.
///
/// # Errors
/// [`DataApiError`], see there.
pub fn write<'a>(documents: &'a impl DataApi, key: &str, entry: &Audit) -> Running<'a, ()> {
    let entry = to_document(&Written {
        id: key,
        version: VERSION,
        created_at: Time(entry.at),
        by: &entry.by,
        action: &entry.action,
        target: Target { kind: &entry.target_kind, id: &entry.target_id },
        from: &entry.from,
        to: &entry.to,
        request: None,
    });
    let documents = documents.any();
    Box::pin(async move { insert(documents, entry?).await })
}

/// Inserts an entry unless it is there.
async fn insert(documents: Any<'_>, entry: Document) -> Result<(), DataApiError> {
    match documents.insert(SCHEMA.name, entry).await {
        Ok(()) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
