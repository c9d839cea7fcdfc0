//! From a room's log into the document store, and back.
//!
//! A room's log is a transactional outbox with at-least-once delivery; what documents are made of it `voxora_store` says.
//! Everything written here can be written again, late, or twice at once, and says the same: events have ids of their
//! own and are only ever inserted, an edit gives way to a later one, a summary to one of a higher `head`. So a try whose
//! answer was lost is simply made again, however long an outage lasts, and the cursor moves only over what the store has
//! confirmed. What the store refuses for good, while it takes other things, is set aside one event at a time (a dead letter).
//!
//! Nothing in here knows Cloudflare; its tests run natively, on the real engine.

use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::id::ConversationId;
use voxora_domain::room::{Batch, Part, Record, Room, RoomError, history_of, is_whole};
use voxora_domain::sorted::Sorted;
use voxora_domain::sql::Sql;
use voxora_domain::wire::{Actor, History};
use voxora_store::conversations::{self, ConversationDocument};
use voxora_store::{customers, log};

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
    let (created_at, updated_at) = (document.created_at.0, document.updated_at.0);
    store_customer(documents, &document.visitor, created_at, updated_at).await?;
    match conversations::write(documents, document).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_final() => {
            let refused = (document.head, reason(&error));
            room.with(|room, now| Ok(room.set_aside(refused.0, &refused.1, now)?))?;
            Ok(Some(refused))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a conversation's customer. None of it is anybody's words: a store that refuses it takes nothing at all.
async fn store_customer(
    documents: &impl DataApi,
    visitor: &Actor,
    created_at: Millis,
    last_message_at: Millis,
) -> Result<(), DataApiError> {
    match customers::write(documents, visitor, created_at, last_message_at).await {
        Err(error) if error.is_final() => {
            Err(DataApiError::Unavailable(format!("it refuses whatever is written: {}", reason(&error))))
        }
        other => other,
    }
}

/// Stores a batch; gives the events that the store refused for good, while it takes other things.
async fn store(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    batch: &Batch,
) -> Result<Vec<Refused>, OutboxError> {
    if batch.replaces {
        log::remove_former(documents, &batch.records).await?;
    }
    let refused = log::insert(documents, &batch.records).await?;
    let mut refused: Vec<Refused> = refused.iter().map(|(seq, error)| (*seq, reason(error))).collect();
    for (by, record) in &batch.amended {
        match log::amend(documents, *by, record).await {
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
    let stored = log::count(documents, id).await?;
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
    log::read_all(documents, id, |records| -> Result<(), OutboxError> {
        Ok(room.with(|room, _| Ok(room.take_back(&records)?))?)
    })
    .await?;
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
    // A visitor's message is what every conversation begins with.
    let Some((first, last)) = log::ends(documents, id).await? else { return Ok(false) };
    room.with(|room, _| Ok(room.adopt(&first, &last)?))?;
    Ok(true)
}

fn id(room: &impl RoomHandle) -> Result<ConversationId, RoomError> {
    room.with(|room, _| room.id().ok_or(RoomError::NotFound))
}

/// A page of an archived conversation's history.
///
/// # Errors
/// When there is no such conversation, they may not see it, or the store does not answer.
pub async fn history(
    room: &impl RoomHandle,
    documents: &impl DataApi,
    by: &Principal,
    part: Part,
    limit: usize,
) -> Result<History, OutboxError> {
    let (audience, head) = room.with(|room, now| room.view(by, now))?;
    let id = id(room)?;
    let records = log::page(documents, id, audience, part, limit, head).await?;
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
) -> Result<Sorted<u64, String>, DataApiError> {
    let mut quoted: Sorted<u64, String> =
        records.iter().filter_map(Record::quotes).map(|seq| (seq, String::new())).collect();
    let elsewhere: Vec<u64> = quoted
        .iter()
        .map(|(seq, _)| *seq)
        .filter(|seq| records.iter().all(|record| record.seq != *seq))
        .collect();
    let found = log::read(documents, id, elsewhere).await?;
    for record in found.values().chain(records) {
        if let Some(text) = quoted.get_mut(&record.seq) {
            *text = record.text.clone().unwrap_or_default();
        }
    }
    Ok(quoted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests;
