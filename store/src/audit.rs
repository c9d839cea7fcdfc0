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
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::jobs::Audit;
use voxora_domain::wire::Actor;

use crate::Time;
use crate::collection::{Collection, neither, stays, unchanged};
use crate::shape::{ACTOR, Optional, Part, Required, Shape, check_as};

/// No index but that of `_id`: nothing lists it yet.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("audit", 1, &[], &[]);

/// See [`crate::collections`].
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: |document| check_as::<Entry>(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const VERSION: u32 = 1;
/// The field of a document in which its entries wait.
const UNAUDITED: &str = "unaudited";

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("createdAt", Required, Shape::Date),
    ("by", Required, Shape::Object(ACTOR)),
    ("action", Required, Shape::Text),
];

/// The part of a document's shape that its waiting entries are.
pub(crate) const WAITING: Part = (
    UNAUDITED,
    Optional,
    Shape::Objects(&[
        ("_id", Required, Shape::Text),
        ("version", Required, Shape::Small),
        ("createdAt", Required, Shape::Date),
        ("by", Required, Shape::Object(ACTOR)),
        ("action", Required, Shape::Text),
        (
            "target",
            Required,
            Shape::Object(&[("kind", Required, Shape::Text), ("id", Required, Shape::Text)]),
        ),
        ("request", Optional, Shape::Text),
    ]),
);

/// Who changes something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who signs it.
    pub by: Actor,
    /// The request's id, by which the job that was written down for it finds the entry.
    pub request: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    #[serde(rename = "_id")]
    id: String,
    /// The version of this shape.
    version: u32,
    created_at: Time,
    by: Actor,
    action: String,
    target: Target,
    #[serde(default)]
    from: Value,
    #[serde(default)]
    to: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Target {
    kind: String,
    id: String,
}

/// What is told of a change.
pub(crate) struct Told<'a> {
    /// What was done, such as `tag.changed`.
    pub action: &'a str,
    /// What kind of thing it was done to, such as `tag`.
    pub kind: &'a str,
    /// Which one.
    pub id: String,
    /// Which of its versions the change made: no other change made that one, at that time.
    pub revision: u64,
    /// What it said before; null for something new.
    pub before: Value,
    /// What it says since; null for something deleted.
    pub after: Value,
}

impl Entry {
    /// The entry of a change: what differs, before and since.
    pub(crate) fn new(author: &Author, at: Time, told: Told<'_>) -> Self {
        let Told { action, kind, id, revision, mut before, mut after } = told;
        if let (Value::Object(before), Value::Object(after)) = (&mut before, &mut after) {
            before.retain(|name, value| after.get(name) != Some(value) || after.remove(name).is_none());
        }
        Self {
            id: format!("{kind}-{id}-{revision}-{}", at.0),
            version: VERSION,
            created_at: at,
            by: author.by.clone(),
            action: action.to_owned(),
            target: Target { kind: kind.to_owned(), id },
            from: before,
            to: after,
            request: Some(author.request.clone()),
        }
    }
}

/// What this module knows of a document whose entries wait in it.
#[derive(Deserialize)]
struct Audited {
    #[serde(default)]
    unaudited: Vec<Entry>,
    /// It is only there still for its entries.
    #[serde(default)]
    deleted: bool,
}

/// Brings the entries that wait in a document to the log, and takes the document away if it was deleted. Says whether an
/// entry of this request was among them. May end anywhere and be done again: an entry leaves the document once the log has it.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn relay(
    documents: &impl DataApi,
    collection: &str,
    id: &str,
    request: &str,
) -> Result<bool, DataApiError> {
    let found: Option<Audited> = documents.find_one(collection, Filter::id(id)).await?;
    let Some(Audited { unaudited, deleted }) = found else { return Ok(false) };
    for entry in &unaudited {
        insert(documents, entry).await?;
    }
    if deleted {
        documents.delete_one(collection, Filter::id(id).and(Filter::eq("deleted", true))).await?;
    } else {
        for entry in &unaudited {
            let taken = Update::new().pull_matching(UNAUDITED, Filter::id(entry.id.as_str()));
            documents.update_one(collection, Filter::id(id), taken).await?;
        }
    }
    Ok(unaudited.iter().any(|entry| entry.request.as_deref() == Some(request)))
}

/// How many entries wait in a document.
pub(crate) fn waiting(document: &Document) -> usize {
    document.get(UNAUDITED).and_then(Value::as_array).map_or(0, Vec::len)
}

/// Writes the entry of a job that the version before handed over, once: its `_id` is the job's key.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn write(documents: &impl DataApi, key: &str, entry: &Audit) -> Result<(), DataApiError> {
    let document = Entry {
        id: key.to_owned(),
        version: VERSION,
        created_at: Time(entry.at),
        by: entry.by.clone(),
        action: entry.action.clone(),
        target: Target { kind: entry.target_kind.clone(), id: entry.target_id.clone() },
        from: entry.from.clone(),
        to: entry.to.clone(),
        request: None,
    };
    insert(documents, &document).await
}

/// Inserts an entry unless it is there.
async fn insert(documents: &impl DataApi, entry: &Entry) -> Result<(), DataApiError> {
    match documents.insert_one(SCHEMA.name, entry).await {
        Ok(()) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
