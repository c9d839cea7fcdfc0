//! A conversation's log as the store keeps it: messages and notes in [`crate::messages`], everything else in
//! [`crate::events`], read and written as one.
//!
//! Everything is found by `_id`, which is made of conversation and `seq`; so neither collection needs an index for it.
//! Everything written here can be written again, late, or twice at once, and says the same: an event is only ever inserted,
//! and an edit gives way to a later one.

use std::collections::BTreeMap;

use serde_json::Value;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::query::{Filter, Projection, Sort};
use voxora_data_api::{DataApi, DataApiError, to_document};
use voxora_domain::access::Audience;
use voxora_domain::id::ConversationId;
use voxora_domain::json;
use voxora_domain::room::{Part, Record};

use crate::collection::id;
use crate::events::{self, EventDocument, is_former, renewed};
use crate::messages::{self, Amendment, MessageDocument, is_message};
use crate::time::time_of;

/// How many events one request reads when all are wanted: as long as messages, edits and what they replaced may be, an
/// answer can hold them.
const PAGE: u32 = 50;
/// How many events one request of a page reads at most.
const MOST: usize = 200;
/// Messages come first, so that one of which the version before left an old copy among the events is read as it is now.
const COLLECTIONS: [&str; 2] = [messages::SCHEMA.name, events::SCHEMA.name];

/// An event that the store refuses for good, and why.
pub type Refused = (u64, DataApiError);

/// An event's `_id`.
fn event_id(conversation: ConversationId, seq: u64) -> String {
    format!("{conversation}-{seq}")
}

/// All of a conversation: `-` comes right before `.`.
fn of_conversation(conversation: ConversationId) -> Filter {
    Filter::gte("_id", format!("{conversation}-")).and(Filter::lt("_id", format!("{conversation}.")))
}

fn record(document: Document) -> Result<Record, DataApiError> {
    let is_message = document.get("kind").and_then(Value::as_str).is_some_and(is_message);
    let value = Value::Object(if is_former(&document) { renewed(document) } else { document });
    let record = if is_message {
        json::from_value::<MessageDocument>(value).map(Record::from)
    } else {
        json::from_value::<EventDocument>(value).map(Record::from)
    };
    // serde's own message can quote values: documents hold people's data, and messages end up in logs.
    record.map_err(|_| DataApiError::Decode("a document is no event of a conversation".to_owned()))
}

/// Stores events, where they are not there yet; gives those that the store refuses for good.
///
/// # Errors
/// When the store cannot take them now. Some may have been stored.
pub async fn insert(documents: &impl DataApi, records: &[Record]) -> Result<Vec<Refused>, DataApiError> {
    let mut refused: Vec<Refused> = Vec::new();
    let (said, happened): (Vec<_>, Vec<_>) = records.iter().partition(|record| is_message(&record.kind));
    for (collection, records) in COLLECTIONS.into_iter().zip([said, happened]) {
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let document = if is_message(&record.kind) {
                to_document(&MessageDocument::from(record))?
            } else {
                to_document(&EventDocument::from(record))?
            };
            entries.push((record.seq, document));
        }
        for entry in insert_into(documents, collection, entries).await? {
            refused.insert(refused.partition_point(|(seq, _)| *seq < entry.0), entry);
        }
    }
    Ok(refused)
}

async fn insert_into(
    documents: &impl DataApi,
    collection: &str,
    mut entries: Vec<(u64, Document)>,
) -> Result<Vec<Refused>, DataApiError> {
    let whole: Vec<&Document> = entries.iter().map(|(_, document)| document).collect();
    if whole.is_empty() {
        return Ok(Vec::new());
    }
    match documents.insert_many(collection, &whole).await {
        Ok(()) => return Ok(Vec::new()),
        Err(DataApiError::DuplicateKey { .. }) => {
            // An earlier try has stored some, and its answer was lost.
            let missing = missing(documents, collection, &entries).await?;
            entries.retain(|(seq, _)| missing.contains(seq));
        }
        Err(error) if error.is_final() => {}
        Err(error) => return Err(error),
    }
    let mut refused = Vec::new();
    for entry in &entries {
        let inserted = match documents.insert_one(collection, &entry.1).await {
            // Stored meanwhile, unless another event stands in its place.
            Err(error @ DataApiError::DuplicateKey { .. }) => {
                let missing = missing(documents, collection, std::slice::from_ref(entry)).await?;
                if missing.is_empty() { Ok(()) } else { Err(error) }
            }
            other => other,
        };
        match inserted {
            Err(error) if error.is_final() => refused.push((entry.0, error)),
            other => other?,
        }
    }
    Ok(refused)
}

/// The `seq`s of those that the store does not have yet. An event of another room under the same id is not ours: it stands
/// in the way of ours, which therefore counts as missing.
async fn missing(
    documents: &impl DataApi,
    collection: &str,
    entries: &[(u64, Document)],
) -> Result<Vec<u64>, DataApiError> {
    let stored = stored(documents, collection, entries.iter().map(|(_, document)| id(document))).await?;
    let is_stored = |document: &Document| stored.iter().any(|other| is_same_event(document, other));
    Ok(entries.iter().filter(|(_, document)| !is_stored(document)).map(|(seq, _)| *seq).collect())
}

/// Which events are stored under these `_id`s: as much of each as [`is_same_event`] asks for.
async fn stored<'a>(
    documents: &impl DataApi,
    collection: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<Vec<Document>, DataApiError> {
    let ids: Vec<&str> = ids.collect();
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1);
    let find = Find::new(Filter::in_("_id", ids))
        .project(Projection::include(&["_id", "version", "createdAt", "at", "kind"]))
        .limit(limit);
    documents.documents(collection, find).await
}

/// Whether two documents, in whichever form, are the same event of the same room.
fn is_same_event(one: &Document, other: &Document) -> bool {
    let time = |document| time_of(document, if is_former(document) { "at" } else { "createdAt" });
    id(one) == id(other) && time(one) == time(other) && one.get("kind") == other.get("kind")
}

/// Removes what the version before has stored of these events, so that they can be stored in the form of this one. The room
/// that calls has them all.
///
/// # Errors
/// When the store cannot do it now.
pub async fn remove_former(documents: &impl DataApi, records: &[Record]) -> Result<(), DataApiError> {
    let mut own = Vec::with_capacity(records.len());
    for record in records {
        own.push(to_document(&EventDocument::from(record))?);
    }
    let stored = stored(documents, events::SCHEMA.name, own.iter().map(id)).await?;
    let former =
        stored.iter().filter(|stored| is_former(stored) && own.iter().any(|own| is_same_event(own, stored)));
    let former: Vec<&str> = former.map(id).collect();
    if former.is_empty() {
        return Ok(());
    }
    let filter = Filter::in_("_id", former).and(Filter::exists("version", false));
    documents.delete_many(events::SCHEMA.name, filter).await.map(drop)
}

/// Brings a stored message to the words it has now, unless a later edit or deletion than `by` already has.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn amend(documents: &impl DataApi, by: u64, message: &Record) -> Result<(), DataApiError> {
    let amendment = Amendment {
        by,
        text: message.text.clone().unwrap_or_default(),
        edited_at: message.edited_at,
        deleted_at: message.deleted_at,
    };
    let (older, update) = amendment.of(&message.id, message.at);
    documents.update_one(messages::SCHEMA.name, older, update).await.map(drop)
}

/// How many of a conversation's events are stored in the form of this version.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn count(documents: &impl DataApi, conversation: ConversationId) -> Result<u64, DataApiError> {
    let mut found = 0;
    for collection in COLLECTIONS {
        found += documents
            .count(collection, of_conversation(conversation).and(Filter::exists("version", true)))
            .await?;
    }
    Ok(found)
}

/// Hands over all of a conversation's events, page by page and in no order. What the version before stored may come twice;
/// the first is right.
///
/// # Errors
/// [`DataApiError`], and what `take` gives.
pub async fn read_all<E: From<DataApiError>>(
    documents: &impl DataApi,
    conversation: ConversationId,
    mut take: impl FnMut(Vec<Record>) -> Result<(), E>,
) -> Result<(), E> {
    for collection in COLLECTIONS {
        let mut filter = of_conversation(conversation);
        loop {
            let find = Find::new(filter.clone()).sort(Sort::ascending("_id")).limit(PAGE);
            let found = documents.documents(collection, find).await?;
            let Some(last) = found.last() else { break };
            filter = of_conversation(conversation).and(Filter::gt("_id", id(last)));
            take(found.into_iter().map(record).collect::<Result<Vec<_>, _>>()?)?;
        }
    }
    Ok(())
}

/// A conversation's first and last event; nothing when the store has none of it, or not its first one.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn ends(
    documents: &impl DataApi,
    conversation: ConversationId,
) -> Result<Option<(Record, Record)>, DataApiError> {
    let mut last: Option<Record> = None;
    for collection in COLLECTIONS {
        let find = Find::new(of_conversation(conversation)).sort(Sort::descending("seq")).limit(1);
        let found = documents.documents(collection, find).await?;
        for record in found.into_iter().map(record) {
            let record = record?;
            if last.as_ref().is_none_or(|last| last.seq < record.seq) {
                last = Some(record);
            }
        }
    }
    let Some(last) = last else { return Ok(None) };
    let first = read(documents, conversation, [1]).await?.remove(&1);
    Ok(first.map(|first| (first, last)))
}

/// The events of these `seq`s that the store has, without what no client is given of them.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn read(
    documents: &impl DataApi,
    conversation: ConversationId,
    seqs: impl IntoIterator<Item = u64>,
) -> Result<BTreeMap<u64, Record>, DataApiError> {
    let ids: Vec<String> = seqs.into_iter().map(|seq| event_id(conversation, seq)).collect();
    let mut records = BTreeMap::new();
    if ids.is_empty() {
        return Ok(records);
    }
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    for collection in COLLECTIONS {
        let find = Find::new(Filter::in_("_id", &ids)).project(client_projection()).limit(limit);
        let found = documents.documents(collection, find).await?;
        for record in found.into_iter().map(record) {
            let record = record?;
            records.entry(record.seq).or_insert(record);
        }
    }
    Ok(records)
}

/// The events of a page of history that `audience` may see, in the order of reading: at most `limit`, up to `head`.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn page(
    documents: &impl DataApi,
    conversation: ConversationId,
    audience: Audience,
    part: Part,
    limit: usize,
    head: u64,
) -> Result<Vec<Record>, DataApiError> {
    let mut page = Vec::new();
    let step = u64::try_from(limit.clamp(PAGE as usize, MOST)).unwrap_or(u64::MAX);
    // What is left to be looked at: `first..=last`.
    let (mut first, mut last) = match part {
        Part::After(seq) => (seq.saturating_add(1), head),
        Part::Before(seq) => (1, seq.saturating_sub(1).min(head)),
        Part::Last => (1, head),
    };
    while first <= last && page.len() < limit {
        // An agent sees every event, so no more are read than are wanted.
        let wanted = match audience {
            Audience::Agents => u64::try_from(limit - page.len()).unwrap_or(u64::MAX).min(step),
            Audience::Visitor => step,
        };
        let window = match part {
            Part::After(_) => first..=last.min(first.saturating_add(wanted - 1)),
            Part::Before(_) | Part::Last => first.max(last.saturating_sub(wanted - 1))..=last,
        };
        let (start, end) = (*window.start(), *window.end());
        let read = read(documents, conversation, window).await?.into_values();
        let read = read.filter(|record| audience == Audience::Agents || record.public);
        if matches!(part, Part::After(_)) {
            page.extend(read);
            first = end.saturating_add(1);
        } else {
            page.extend(read.rev());
            last = start.saturating_sub(1);
        }
    }
    page.truncate(limit);
    Ok(page)
}

/// An event without what no client is given of it.
fn client_projection() -> Projection {
    Projection::exclude(&["previous", "replacement"])
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::contract::Find;
    use voxora_data_api::query::{Filter, Sort};
    use voxora_domain::access::{Audience, visitor};
    use voxora_domain::id::{ConversationId, DepartmentId, TagId};
    use voxora_domain::room::{Episode, Part, Record};
    use voxora_domain::wire::{ConversationStatus, DepartmentName, ReadMarks, TagName};

    use super::{count, ends, insert, page, read_all, remove_former};
    use crate::testing::Engines;

    fn conversation() -> ConversationId {
        "0197a0c0-0000-7000-8000-000000000001".parse().unwrap()
    }

    /// A message, a note, a change of status, a tag or a move.
    fn record(seq: u64, kind: &str, prev_public: u64) -> Record {
        let is_tag = kind == "tagged";
        let is_move = kind == "moved";
        let is_change = kind == "status_changed" || is_tag || is_move;
        let department = DepartmentId::new(uuid::Uuid::from_u128(seq.into()));
        let moved_to = DepartmentName { id: department, name: format!("department {seq}") };
        let tag = TagName { id: TagId::new(uuid::Uuid::from_u128(seq.into())), name: format!("tag {seq}") };
        Record {
            id: format!("{}-{seq}", conversation()),
            conversation_id: conversation(),
            seq,
            at: 1_000 + i64::try_from(seq).unwrap(),
            kind: kind.to_owned(),
            public: kind != "note" && !is_tag && !is_move,
            prev_public,
            actor: visitor("0197a0c0-0000-7000-8000-00000000000a".parse().unwrap()),
            client_id: None,
            target: None,
            text: (!is_change).then(|| format!("text {seq}")),
            replacement: None,
            previous: None,
            edited_at: None,
            deleted_at: None,
            status: ConversationStatus::Open,
            assignee: None,
            read: ReadMarks { visitor: 0, agents: 0 },
            tags: if is_tag { vec![tag.id] } else { Vec::new() },
            tag: is_tag.then_some(tag),
            department: is_move.then_some(department),
            moved_to: is_move.then_some(moved_to),
            episode: Episode::default(),
            reason: None,
            missed: None,
        }
    }

    /// Long runs of notes between messages, with changes of status among them.
    fn log(events: u64) -> Vec<Record> {
        let mut public = 0;
        let kind = |seq: u64| match seq {
            1 => "message",
            seq if seq % 7 == 0 => "status_changed",
            // What the version before stored has none.
            seq if seq > 60 && seq % 11 == 0 => "tagged",
            seq if seq > 60 && seq % 13 == 0 => "moved",
            seq if seq > 20 && seq < 320 => "note",
            _ => "message",
        };
        (1..=events)
            .map(|seq| {
                let record = record(seq, kind(seq), public);
                if record.public {
                    public = seq;
                }
                record
            })
            .collect()
    }

    fn as_the_version_before(record: &Record) -> Value {
        let mut document = json!({
            "_id": record.id, "conversationId": record.conversation_id, "seq": record.seq, "at": record.at,
            "kind": record.kind, "public": record.public, "prevPublic": record.prev_public, "actor": record.actor,
            "status": record.status, "assignee": null, "read": record.read,
        });
        if let Some(text) = &record.text {
            document["text"] = json!(text);
        }
        document
    }

    fn kinds(engines: &Engines, collection: &str) -> Vec<(u64, String, bool)> {
        let find = Find::new(Filter::all()).sort(Sort::ascending("seq")).limit(10_000);
        let found: Vec<Value> = block_on(engines.find(collection, find)).unwrap();
        let text = |value: &Value| value["kind"].as_str().unwrap().to_owned();
        found
            .iter()
            .map(|value| (value["seq"].as_u64().unwrap(), text(value), value.get("version").is_some()))
            .collect()
    }

    fn all(engines: &Engines) -> Vec<Record> {
        let mut all: Vec<Record> = Vec::new();
        let take = |page: Vec<Record>| {
            for record in page {
                if all.iter().all(|other| other.seq != record.seq) {
                    all.push(record);
                }
            }
            Ok::<(), voxora_data_api::DataApiError>(())
        };
        block_on(read_all(engines, conversation(), take)).unwrap();
        all.sort_by_key(|record| record.seq);
        all
    }

    #[test]
    fn a_log_is_kept_in_two_collections_and_read_as_one() {
        let engines = Engines::new();
        let log = log(450);
        for _ in 0..2 {
            assert_eq!(block_on(insert(&engines, &log)).unwrap(), []);
        }
        assert_eq!(all(&engines), log);
        assert_eq!(block_on(count(&engines, conversation())).unwrap(), 450);
        let (first, last) = block_on(ends(&engines, conversation())).unwrap().unwrap();
        assert_eq!((first, last), (log[0].clone(), log[449].clone()));
        assert!(kinds(&engines, "messages").iter().all(|(_, kind, _)| kind == "message" || kind == "note"));
        let is_change = |kind: &str| kind == "status_changed" || kind == "tagged" || kind == "moved";
        assert!(kinds(&engines, "events").iter().all(|(_, kind, _)| is_change(kind)));
    }

    #[test]
    fn a_page_has_what_its_audience_may_see_however_far_it_is_away() {
        let engines = Engines::new();
        let log = log(450);
        block_on(insert(&engines, &log)).unwrap();
        for audience in [Audience::Agents, Audience::Visitor] {
            let seen: Vec<u64> = log
                .iter()
                .filter(|record| audience == Audience::Agents || record.public)
                .map(|record| record.seq)
                .collect();
            for part in [
                Part::Last,
                Part::Before(0),
                Part::Before(1),
                Part::Before(2),
                Part::Before(310),
                Part::Before(451),
                Part::Before(u64::MAX),
                Part::After(0),
                Part::After(19),
                Part::After(300),
                Part::After(449),
                Part::After(450),
                Part::After(u64::MAX),
            ] {
                for limit in [1, 7, 50, 200] {
                    let expected: Vec<u64> = match part {
                        Part::After(after) => {
                            seen.iter().copied().filter(|seq| *seq > after).take(limit).collect()
                        }
                        Part::Before(before) => {
                            seen.iter().rev().copied().filter(|seq| *seq < before).take(limit).collect()
                        }
                        Part::Last => seen.iter().rev().copied().take(limit).collect(),
                    };
                    let found = block_on(page(&engines, conversation(), audience, part, limit, 450)).unwrap();
                    let found: Vec<u64> = found.iter().map(|record| record.seq).collect();
                    assert_eq!(found, expected, "{audience:?} {part:?} {limit}");
                }
            }
        }
    }

    #[test]
    fn what_the_version_before_stored_is_read_and_can_be_brought_over() {
        let engines = Engines::new();
        let log = log(60);
        let former: Vec<Value> = log.iter().map(as_the_version_before).collect();
        block_on(engines.insert_many("events", &former)).unwrap();
        assert_eq!(all(&engines), log);
        let pages = || {
            [Audience::Agents, Audience::Visitor].map(|audience| {
                block_on(page(&engines, conversation(), audience, Part::Last, 20, 60)).unwrap()
            })
        };
        let before = pages();
        assert_eq!(before[0].len(), 20);
        let (first, last) = block_on(ends(&engines, conversation())).unwrap().unwrap();
        assert_eq!((first, last), (log[0].clone(), log[59].clone()));
        assert_eq!(block_on(count(&engines, conversation())).unwrap(), 0);

        // Half of it, and all of it twice.
        for records in [&log[..30], &log[..], &log[..]] {
            block_on(remove_former(&engines, records)).unwrap();
            assert_eq!(block_on(insert(&engines, records)).unwrap(), []);
            assert_eq!(all(&engines), log);
            assert_eq!(pages(), before);
        }
        assert_eq!(block_on(count(&engines, conversation())).unwrap(), 60);
        assert!(kinds(&engines, "events").iter().all(|(_, kind, new)| kind == "status_changed" && *new));
    }

    #[test]
    fn another_rooms_events_under_the_same_ids_stay() {
        let engines = Engines::new();
        let mut others = log(3);
        for record in &mut others {
            record.at += 77;
        }
        let former: Vec<Value> = others.iter().map(as_the_version_before).collect();
        block_on(engines.insert_many("events", &former)).unwrap();
        block_on(remove_former(&engines, &log(3))).unwrap();
        assert_eq!(all(&engines), others);

        let engines = Engines::new();
        block_on(insert(&engines, &others)).unwrap();
        let refused = block_on(insert(&engines, &log(4))).unwrap();
        assert_eq!(refused.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(all(&engines)[..3], others[..]);
    }
}
