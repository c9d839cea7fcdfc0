//! From a room's log into the document store, and back.
//!
//! Everything written here can be written again, late, or twice at once, and says the same: events have ids of their
//! own and are only ever inserted, an edit gives way to a later one, a summary to one of a higher `head`. So a try whose
//! answer was lost is simply made again, however long an outage lasts, and the cursor moves only over what the store has
//! confirmed. What the store refuses for good, while it takes other things, is set aside one event at a time.
//!
//! Nothing in here knows Cloudflare; its tests run natively, on the real engine.

use std::collections::BTreeMap;

use serde::Deserialize;
use voxora_data_api::contract::Find;
use voxora_data_api::document::MAX_INTEGER;
use voxora_data_api::query::{Filter, Projection, Sort, Update};
use voxora_data_api::versions::Amendment;
use voxora_data_api::{DataApi, DataApiError, schema};
use voxora_domain::Millis;
use voxora_domain::access::Audience;
use voxora_domain::id::ConversationId;
use voxora_domain::room::{Batch, Part, Record, Room, RoomError, history_of, is_whole};
use voxora_domain::sql::Sql;
use voxora_domain::wire::{Actor, History};

use crate::documents::ConversationDocument;

/// How many events one request restores: as long as messages, edits and what they replaced may be, an answer can hold them.
const PAGE: u32 = 50;
/// How much of the store's words about an event it refuses is kept, in characters.
const REASON: usize = 300;

/// A room, used between awaits only.
pub trait RoomHandle {
    /// The room's database.
    type Database: Sql;

    /// Runs the room's logic. What `work` reads and writes is one step.
    ///
    /// # Errors
    /// What `work` gives, or that the room could not be opened.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Room<Self::Database>, Millis) -> Result<T, RoomError>,
    ) -> Result<T, RoomError>;
}

/// Why the outbox could not go on.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The document store.
    #[error(transparent)]
    Documents(#[from] DataApiError),
    /// The room.
    #[error(transparent)]
    Room(#[from] RoomError),
}

/// An event that the store refused for good, and why.
type Refused = (u64, String);

/// Stores the next batch of a room's events. Says whether there was one.
///
/// # Errors
/// When the store cannot take it now, or the room's storage fails. Nothing is lost: the next try begins where this one
/// did.
pub async fn flush(
    room: &impl RoomHandle,
    documents: &impl DataApi,
) -> Result<(bool, Vec<Refused>), OutboxError> {
    let batch = room.with(|room, _| Ok(room.unflushed()?))?;
    let Some(up_to) = batch.up_to() else { return Ok((false, Vec::new())) };
    let refused = store(room, documents, &batch).await?;
    room.with(|room, now| Ok(room.flushed(up_to, &refused, now)?))?;
    Ok((true, refused))
}

/// Tries to store what was set aside, one event after the other.
///
/// # Errors
/// When the store cannot take them now, or the room's storage fails. What the store still refuses stays aside.
pub async fn flush_aside(room: &impl RoomHandle, documents: &impl DataApi) -> Result<(), OutboxError> {
    let mut after = 0;
    loop {
        let batch = room.with(|room, _| Ok(room.next_aside(after)?))?;
        let Some(seq) = batch.up_to() else { return Ok(()) };
        after = seq;
        let refused = store(room, documents, &batch).await?;
        room.with(|room, now| match refused.first() {
            Some((_, reason)) => Ok(room.set_aside(seq, reason, now)?),
            None => Ok(room.taken(seq)?),
        })?;
    }
}

/// Stores how the conversation stands. What the store refuses of it for good (it shows the last message's words) holds up
/// nothing: its last event is set aside in its place, to be seen and to be tried again.
///
/// # Errors
/// When the store cannot take it now, or the room's storage fails.
pub async fn flush_summary(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    document: &ConversationDocument,
) -> Result<Option<Refused>, OutboxError> {
    store_customer(documents, &document.visitor, document.created_at, document.updated_at).await?;
    match store_conversation(documents, document).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_final() => {
            let refused = (document.head, reason(&error));
            room.with(|room, now| Ok(room.set_aside(refused.0, &refused.1, now)?))?;
            Ok(Some(refused))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a conversation's customer. None of it is anybody's words: a store that refuses it takes nothing at all. Writing it
/// again, or an older one late, changes nothing.
async fn store_customer(
    documents: &impl DataApi,
    visitor: &Actor,
    created_at: Millis,
    last_message_at: Millis,
) -> Result<(), DataApiError> {
    let customer = Update::new()
        .set_on_insert("name", visitor.name.as_str())
        .set_on_insert("createdAt", created_at)
        .max("lastMessageAt", last_message_at);
    let upsert =
        || documents.upsert_one(schema::CUSTOMERS.name, Filter::id(visitor.id.as_str()), customer.clone());
    let written = match upsert().await {
        // Another of the visitor's conversations has just inserted it.
        Err(DataApiError::DuplicateKey { .. }) => upsert().await,
        other => other,
    };
    match written {
        Err(error) if error.is_final() => {
            Err(DataApiError::Unavailable(format!("it refuses whatever is written: {}", reason(&error))))
        }
        other => other.map(drop),
    }
}

/// Writes a conversation's document. Writing it again, or an older one late, changes nothing.
async fn store_conversation(
    documents: &impl DataApi,
    document: &ConversationDocument,
) -> Result<(), DataApiError> {
    // Where a newer one is stored the filter finds nothing, and inserting runs into its `_id`.
    let older = Filter::id(document.id.to_string()).and(Filter::lte("head", document.head));
    match documents.replace_one(schema::CONVERSATIONS.name, older, document, true).await {
        Ok(_) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Stores a batch; gives the events that the store refused for good, while it takes other things.
async fn store(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    batch: &Batch,
) -> Result<Vec<Refused>, OutboxError> {
    let mut refused = insert(documents, &batch.records).await?;
    for (by, record) in &batch.amended {
        match amend(documents, *by, record).await {
            Err(error) if error.is_final() => refused.push((*by, reason(&error))),
            other => other?,
        }
    }
    if !refused.is_empty() {
        // A store that is full, or closed for writing, refuses as well. It will take these events some day.
        let (visitor, created_at) = room.with(|room, _| room.visitor().ok_or(RoomError::NotFound))?;
        store_customer(documents, &visitor, created_at, created_at).await?;
    }
    Ok(refused)
}

async fn insert(documents: &impl DataApi, records: &[Record]) -> Result<Vec<Refused>, DataApiError> {
    match documents.insert_many(schema::EVENTS.name, records).await {
        Err(DataApiError::DuplicateKey { .. }) => {
            // An earlier try has stored some, and its answer was lost.
            let missing = missing(documents, records).await?;
            insert_one_by_one(documents, &missing).await
        }
        Err(error) if error.is_final() => insert_one_by_one(documents, records).await,
        Ok(()) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The records that the store does not have yet. An event of another room under the same id is not ours: it stands in the
/// way of ours, which therefore counts as missing.
async fn missing(documents: &impl DataApi, records: &[Record]) -> Result<Vec<Record>, DataApiError> {
    #[derive(Deserialize)]
    struct Stored {
        #[serde(rename = "_id")]
        id: String,
        at: Millis,
        kind: String,
    }
    let ids = Filter::in_("_id", records.iter().map(|record| record.id.as_str()));
    let limit = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let find = Find::new(ids).project(Projection::include(&["_id", "at", "kind"])).limit(limit);
    let stored: Vec<Stored> = documents.find(schema::EVENTS.name, find).await?;
    let is_stored = |record: &&Record| {
        let own =
            |stored: &Stored| (&stored.id, stored.at, &stored.kind) == (&record.id, record.at, &record.kind);
        stored.iter().any(own)
    };
    Ok(records.iter().filter(|record| !is_stored(record)).cloned().collect())
}

async fn insert_one_by_one(
    documents: &impl DataApi,
    records: &[Record],
) -> Result<Vec<Refused>, DataApiError> {
    let mut refused = Vec::new();
    for record in records {
        let inserted = match documents.insert_one(schema::EVENTS.name, record).await {
            // Stored meanwhile, unless another event stands in its place.
            Err(error @ DataApiError::DuplicateKey { .. }) => {
                let missing = missing(documents, std::slice::from_ref(record)).await?;
                if missing.is_empty() { Ok(()) } else { Err(error) }
            }
            other => other,
        };
        match inserted {
            Err(error) if error.is_final() => refused.push((record.seq, reason(&error))),
            other => other?,
        }
    }
    Ok(refused)
}

/// Brings a stored message to the words it has now, unless a later edit or deletion already has.
async fn amend(documents: &impl DataApi, by: u64, record: &Record) -> Result<(), DataApiError> {
    let words = Amendment {
        by,
        text: record.text.as_deref().into(),
        edited_at: record.edited_at.into(),
        deleted_at: record.deleted_at.into(),
    };
    let (earlier, update) = words.of(&record.id, record.at);
    documents.update_one(schema::EVENTS.name, earlier, update).await.map(drop)
}

fn reason(error: &DataApiError) -> String {
    format!("{}: {error}", error.code()).chars().take(REASON).collect()
}

/// Gives a room's storage back, after making sure that the document store has all its events. If not, the room stores all
/// of them again.
///
/// # Errors
/// When the store does not answer, or lacks events, or the room's storage fails; nothing is given back then.
pub async fn archive(room: &impl RoomHandle, documents: &impl DataApi) -> Result<(), OutboxError> {
    let (id, head) = room.with(|room, _| room.id().zip(room.summary_head()).ok_or(RoomError::NotFound))?;
    let stored = documents.count(schema::EVENTS.name, of_conversation(id)).await?;
    if stored != head {
        room.with(|room, _| Ok(room.flush_again()?))?;
        let found = format!("it has {stored} of the {head} events of a closed conversation");
        return Err(DataApiError::Decode(found).into());
    }
    room.with(|room, _| Ok(room.archive(head)?))?;
    Ok(())
}

/// Takes an archived room's events back from the document store.
///
/// # Errors
/// When the store does not answer, or lacks events; the room stays archived then.
pub async fn unarchive(room: &impl RoomHandle, documents: &impl DataApi) -> Result<(), OutboxError> {
    let id = id(room)?;
    let mut after = 0;
    loop {
        let filter = of_conversation(id).and(Filter::gt("seq", after));
        let find = Find::new(filter).sort(Sort::ascending("seq")).limit(PAGE);
        let records: Vec<Record> = documents.find(schema::EVENTS.name, find).await?;
        let Some(last) = records.last() else { break };
        after = last.seq;
        room.with(|room, _| Ok(room.take_back(&records)?))?;
    }
    Ok(room.with(|room, _| room.unarchive())?)
}

/// Makes a room that has never seen its conversation the archived room of what the document store has of it. Says whether
/// it has anything.
///
/// # Errors
/// When the store does not answer, or the room's storage fails.
pub async fn adopt(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    id: ConversationId,
) -> Result<bool, OutboxError> {
    let mut ends: Vec<Record> = Vec::with_capacity(2);
    for sort in [Sort::ascending("seq"), Sort::descending("seq")] {
        let find = Find::new(of_conversation(id)).sort(sort).limit(1);
        ends.extend(documents.find::<Record>(schema::EVENTS.name, find).await?);
    }
    match ends.as_slice() {
        // A visitor's message is what every conversation begins with.
        [first, last] if first.seq == 1 => {
            room.with(|room, _| Ok(room.adopt(first, last)?))?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn id(room: &impl RoomHandle) -> Result<ConversationId, RoomError> {
    room.with(|room, _| room.id().ok_or(RoomError::NotFound))
}

/// A page of an archived conversation's history.
///
/// # Errors
/// When there is no such conversation, the actor may not see it, or the store does not answer.
pub async fn history(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    actor: &Actor,
    part: Part,
    limit: usize,
) -> Result<History, OutboxError> {
    let (audience, head) = room.with(|room, now| room.view(actor, now))?;
    let id = id(room)?;
    let mut filter = of_conversation(id);
    if audience == Audience::Visitor {
        filter = filter.and(Filter::eq("public", true));
    }
    // No `seq` is beyond what a document may hold.
    let bounded = |seq: u64| i64::try_from(seq).unwrap_or(MAX_INTEGER).min(MAX_INTEGER);
    let (filter, sort) = match part {
        Part::After(seq) => (filter.and(Filter::gt("seq", bounded(seq))), Sort::ascending("seq")),
        Part::Before(seq) => (filter.and(Filter::lt("seq", bounded(seq))), Sort::descending("seq")),
        Part::Last => (filter, Sort::descending("seq")),
    };
    let limit_of_documents = u32::try_from(limit).unwrap_or(PAGE);
    let find = Find::new(filter).sort(sort).project(told()).limit(limit_of_documents);
    let records: Vec<Record> = documents.find(schema::EVENTS.name, find).await?;
    if !is_whole(&records, audience, part, head) {
        return Err(RoomError::Incomplete("events of this page are missing".to_owned()).into());
    }
    let quoted = quoted(documents, id, &records).await?;
    Ok(history_of(records, &quoted, audience, part, limit, head))
}

/// The present words of the messages that edits among `records` are about.
async fn quoted(
    documents: &impl DataApi,
    id: ConversationId,
    records: &[Record],
) -> Result<BTreeMap<u64, String>, DataApiError> {
    let mut quoted: BTreeMap<u64, String> =
        records.iter().filter_map(Record::quotes).map(|seq| (seq, String::new())).collect();
    let elsewhere: Vec<u64> =
        quoted.keys().copied().filter(|seq| records.iter().all(|record| record.seq != *seq)).collect();
    let found: Vec<Record> = if elsewhere.is_empty() {
        Vec::new()
    } else {
        let limit = u32::try_from(elsewhere.len()).unwrap_or(PAGE);
        let messages = of_conversation(id).and(Filter::in_("seq", elsewhere));
        let find = Find::new(messages).project(told()).limit(limit);
        documents.find(schema::EVENTS.name, find).await?
    };
    for record in found.iter().chain(records) {
        if let Some(text) = quoted.get_mut(&record.seq) {
            *text = record.text.clone().unwrap_or_default();
        }
    }
    Ok(quoted)
}

/// An event without what no client is given of it.
fn told() -> Projection {
    Projection::exclude(&["previous", "replacement"])
}

fn of_conversation(id: ConversationId) -> Filter {
    Filter::eq("conversationId", id.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests;
