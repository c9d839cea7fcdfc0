//! Messages and notes, a document each: their words as they are now. `_id` is the event's own id.
//!
//! What else happened in a conversation is in [`crate::events`]; [`crate::log`] reads and writes the two as one.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Kind, TextIndex};
use voxora_domain::Millis;
use voxora_domain::id::{ConversationId, DepartmentId, TagId};
use voxora_domain::room::{Episode, Record};
use voxora_domain::wire::{Actor, ConversationStatus, ReadMarks};

use crate::Time;
use crate::collection::{Collection, Renewal, id, number, same_but_for, unchanged};
use crate::shape::{ACTOR, Optional, PRIORITY, Part, READ, Required, STATUS, Shape, check_as};
use crate::time::time_of;

/// Only the words are indexed: everything is found by `_id`, which holds conversation and `seq`.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "messages",
    1,
    &[
        Field { path: "conversationId", kind: Kind::Text },
        Field { path: "seq", kind: Kind::Number },
        Field { path: "text", kind: Kind::Text },
        // So that what a search finds can be sorted, however much that is.
        Field { path: "createdAt", kind: Kind::Date },
    ],
    &[],
)
.with_text(TextIndex { name: "text_text", fields: &["text"] });

/// See [`crate::collections`]. A message is immutable but for its words and its times of edit and deletion: of two versions
/// the one of the later amendment wins.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: |document| check_as::<MessageDocument>(document, SHAPE),
    newer,
    renewal,
};

const VERSION: u32 = 1;

/// What an edit or a deletion changes of a stored message or note.
pub(crate) const AMENDABLE: [&str; 4] = ["amendedBy", "text", "editedAt", "deletedAt"];

/// A message or note as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDocument {
    /// The event's id: the conversation's and the `seq`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The version of this shape.
    pub version: u32,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its place in it.
    pub seq: u64,
    /// `message`, or `note`, which no visitor ever sees.
    pub kind: String,
    /// Who wrote it.
    pub author: Actor,
    /// What its author's client named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Its words as they are now; empty once deleted.
    pub text: String,
    /// When it was stored.
    pub created_at: Time,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Time>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// The last `seq` before it that the visitor may see.
    pub prev_public: u64,
    /// How the conversation stood after it.
    pub state: State,
}

/// How a conversation stands after an event: what its room's log is made of again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its status.
    pub status: ConversationStatus,
    /// The agent it is assigned to.
    pub assignee: Option<Actor>,
    /// How far each side has read.
    pub read: ReadMarks,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// Its department; none for the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// What its log says about time; absent in what the version before stored.
    #[serde(default, skip_serializing_if = "Episode::is_empty")]
    pub episode: Episode<Time>,
}

const EPISODE: &[Part] = &[
    ("priority", Optional, PRIORITY),
    ("openedAt", Optional, Shape::Date),
    ("waitingSince", Optional, Shape::Date),
    ("answeredAt", Optional, Shape::Date),
    ("silentSince", Optional, Shape::Date),
    ("warnedAt", Optional, Shape::Date),
    ("snoozedUntil", Optional, Shape::Date),
    ("pausedSince", Optional, Shape::Date),
    ("pausedFor", Optional, Shape::Count),
];

pub(crate) const STATE: &[Part] = &[
    ("status", Required, STATUS),
    ("assignee", Optional, Shape::Object(ACTOR)),
    ("read", Required, Shape::Object(READ)),
    ("tags", Optional, Shape::Uuids),
    ("department", Optional, Shape::Uuid),
    ("episode", Optional, Shape::Object(EPISODE)),
];

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("version", Required, Shape::Seq),
    ("conversationId", Required, Shape::Uuid),
    ("seq", Required, Shape::Seq),
    ("kind", Required, Shape::Word(&["message", "note"])),
    ("author", Required, Shape::Object(ACTOR)),
    ("clientId", Optional, Shape::Text),
    ("text", Required, Shape::AnyText),
    ("createdAt", Required, Shape::Date),
    ("editedAt", Optional, Shape::Date),
    ("deletedAt", Optional, Shape::Date),
    ("amendedBy", Optional, Shape::Seq),
    ("prevPublic", Required, Shape::Count),
    ("state", Required, Shape::Object(STATE)),
];

/// Whether a kind of event is one that this collection holds.
pub(crate) fn is_message(kind: &str) -> bool {
    kind == "message" || kind == "note"
}

impl From<&Record> for MessageDocument {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id.clone(),
            version: VERSION,
            conversation_id: record.conversation_id,
            seq: record.seq,
            kind: record.kind.clone(),
            author: record.actor.clone(),
            client_id: record.client_id.clone(),
            text: record.text.clone().unwrap_or_default(),
            created_at: Time(record.at),
            edited_at: record.edited_at.map(Time),
            deleted_at: record.deleted_at.map(Time),
            prev_public: record.prev_public,
            state: State::after(record),
        }
    }
}

impl State {
    pub(crate) fn after(record: &Record) -> Self {
        Self {
            status: record.status,
            assignee: record.assignee.clone(),
            read: record.read,
            tags: record.tags.clone(),
            department: record.department,
            episode: record.episode.clone().map(Time),
        }
    }
}

impl From<MessageDocument> for Record {
    fn from(message: MessageDocument) -> Self {
        Self {
            id: message.id,
            conversation_id: message.conversation_id,
            seq: message.seq,
            at: message.created_at.0,
            public: message.kind == "message",
            kind: message.kind,
            prev_public: message.prev_public,
            actor: message.author,
            client_id: message.client_id,
            target: None,
            text: Some(message.text),
            replacement: None,
            previous: None,
            edited_at: message.edited_at.map(|time| time.0),
            deleted_at: message.deleted_at.map(|time| time.0),
            status: message.state.status,
            assignee: message.state.assignee,
            read: message.state.read,
            tags: message.state.tags,
            tag: None,
            department: message.state.department,
            moved_to: None,
            episode: message.state.episode.map(|time| time.0),
            reason: None,
            missed: None,
        }
    }
}

/// The words of a message or note as an edit or a deletion left them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The `seq` of that edit or deletion.
    pub by: u64,
    /// The words; empty once deleted.
    pub text: String,
    /// When it was last edited.
    pub edited_at: Option<Millis>,
    /// When it was deleted.
    pub deleted_at: Option<Millis>,
}

impl Amendment {
    /// Which message it changes, unless a later one already has, and how. A message of this `_id` from another time is
    /// another message, and stays.
    #[must_use]
    pub fn of(self, id: &str, created_at: Millis) -> (Filter, Update) {
        let message = Filter::id(id).and(Filter::eq("createdAt", Date(created_at)));
        let update = Update::new().set("amendedBy", self.by).set("text", self.text);
        let update = [("editedAt", self.edited_at), ("deletedAt", self.deleted_at)].into_iter().fold(
            update,
            |update, (field, time)| match time {
                Some(time) => update.set(field, Date(time)),
                None => update.unset(field),
            },
        );
        (message.and(Filter::gte("amendedBy", self.by).negated()), update)
    }
}

fn newer(source: &Document, target: &Document) -> Option<Ordering> {
    let amendment = |message: &Document| {
        (number(message, "amendedBy"), time_of(message, "editedAt").max(time_of(message, "deletedAt")))
    };
    let order = amendment(source).cmp(&amendment(target));
    Some(order).filter(|order| order.is_ne() && same_but_for(&AMENDABLE, source, target))
}

fn renewal(source: &Document) -> Option<Renewal> {
    // Where nothing amended it no other words can be older than these.
    let by = u64::try_from(number(source, "amendedBy")).ok().filter(|by| *by > 0)?;
    let time = |name: &str| source.get(name).filter(|value| !value.is_null()).map(|_| time_of(source, name));
    let amendment = Amendment {
        by,
        text: source.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        edited_at: time("editedAt"),
        deleted_at: time("deletedAt"),
    };
    let (older, update) = amendment.of(id(source), time_of(source, "createdAt"));
    Some(Renewal::Update(older, update))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Greater, Less};

    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::Filter;
    use voxora_domain::room::Record;
    use voxora_domain::sql::{Sql, object_database};

    use super::{COLLECTION, MessageDocument, SCHEMA, newer};

    const CONVERSATION: &str = "0197a0c0-0000-7000-8000-000000000001";

    fn message(text: &str, more: &Value) -> Value {
        let mut document = json!({
            "_id": format!("{CONVERSATION}-2"), "version": 1, "conversationId": CONVERSATION, "seq": 2,
            "kind": "message", "author": { "kind": "agent", "id": "u", "name": "Bob" }, "clientId": "c1", "text": text,
            "createdAt": { "$date": 5 }, "prevPublic": 1,
            "state": { "status": "open", "assignee": null, "read": { "visitor": 0, "agents": 1 } },
        });
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    }

    #[test]
    fn its_document_is_pinned() {
        for pinned in [
            message("Hello", &json!({})),
            message("", &json!({ "editedAt": { "$date": 6 }, "deletedAt": { "$date": 7 } })),
            message("Between us", &json!({ "kind": "note" })),
            message(
                "Later",
                &json!({ "state": {
                "status": "snoozed", "assignee": null, "read": { "visitor": 0, "agents": 1 }, "episode": {
                    "priority": "urgent", "openedAt": { "$date": 1 }, "waitingSince": { "$date": 2 },
                    "answeredAt": { "$date": 3 }, "silentSince": { "$date": 4 }, "warnedAt": { "$date": 5 },
                    "snoozedUntil": { "$date": 6 }, "pausedSince": { "$date": 7 }, "pausedFor": 8,
                    "missed": ["first_response"],
                },
            } }),
            ),
        ] {
            let document: MessageDocument = voxora_domain::json::from_value(pinned.clone()).unwrap();
            let record = Record::from(document.clone());
            assert_eq!(record.public, record.kind == "message");
            assert_eq!(MessageDocument::from(&record), document);
            assert_eq!(serde_json::to_value(&document).unwrap(), pinned);
            (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        }
    }

    /// With the room's two, that makes five rows written for a message; the budget is six.
    #[test]
    fn a_message_is_three_rows_written() {
        let database = object_database().unwrap();
        let engine = Engine::open(&database, &SCHEMA, || 0).unwrap();
        let count = |condition: &str| {
            let query = format!("SELECT count(*) FROM sqlite_master WHERE {condition}");
            database.exec(&query, &[]).unwrap()[0][0].as_integer().unwrap()
        };
        let indexes = count("type = 'index' AND tbl_name = 'documents'");
        let texts = count("name = 'documents_text'");
        assert_eq!((indexes, texts), (1, 1), "the index of _id, and the words");
        block_on(engine.insert_one("messages", &message("first", &json!({})))).unwrap();
    }

    #[test]
    fn only_a_later_amendment_of_the_same_message_changes_its_words() {
        let engine = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        block_on(engine.insert_one("messages", &message("first", &json!({})))).unwrap();
        let date = |time: i64| json!({ "$date": time });
        let other = message("another", &json!({ "createdAt": date(6), "amendedBy": 9 }));
        for (source, expected) in [
            (message("never said", &json!({})), "first"),
            (other, "first"),
            (message("edited", &json!({ "amendedBy": 4, "editedAt": date(7) })), "edited"),
            (message("too late", &json!({ "amendedBy": 3 })), "edited"),
            (message("", &json!({ "amendedBy": 8, "editedAt": date(7), "deletedAt": date(9) })), ""),
        ] {
            block_on(COLLECTION.renew(&engine, source.as_object().unwrap())).unwrap();
            let stored: Option<Value> = block_on(engine.find_one("messages", Filter::all())).unwrap();
            assert_eq!(stored.unwrap()["text"], expected, "{source}");
        }
    }

    #[test]
    fn of_two_versions_the_later_amendment_wins() {
        let first = message("old", &json!({}));
        let edited =
            message("new", &json!({ "amendedBy": 5, "editedAt": { "$date": 7 }, "deletedAt": null }));
        let again = message("newer", &json!({ "amendedBy": 9, "editedAt": { "$date": 8 } }));
        let tampered = message("other", &json!({}));
        let moved = message("new", &json!({ "createdAt": { "$date": 2 }, "amendedBy": 9 }));
        for (source, target, expected) in [
            (&edited, &first, Some(Greater)),
            (&first, &edited, Some(Less)),
            (&edited, &again, Some(Less)),
            (&first, &tampered, None),
            (&edited, &moved, None),
        ] {
            assert_eq!(
                newer(source.as_object().unwrap(), target.as_object().unwrap()),
                expected,
                "{source} {target}"
            );
        }
    }
}
