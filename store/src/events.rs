//! What happened in conversations beside messages and notes: changes of status and assignee, read marks, edits and deletions
//! as facts. `_id` is the event's own id. With [`crate::messages`] a room's whole log can be made of it again.
//!
//! The version before kept messages and notes in here too. A room that finds its documents like that writes them anew and
//! removes its own old ones; what belongs to conversations that are archived stays as it is, and is read.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::document::Document;
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Kind};
use voxora_data_api::to_document;
use voxora_domain::id::ConversationId;
use voxora_domain::json;
use voxora_domain::room::{Missed, Record};
use voxora_domain::wire::{Actor, DepartmentName, Reason, TagName};

use crate::Time;
use crate::collection::{Collection, Renewal, id, number, same_but_for};
use crate::messages::{AMENDABLE, MessageDocument, STATE, State, is_message};
use crate::shape::{
    ACTOR, Optional, Part, READ, Required, STATUS, Shape, Unfit, check, check_as, check_readable,
};

/// No index but that of `_id`, which holds conversation and `seq`.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "events",
    3,
    &[Field { path: "conversationId", kind: Kind::Text }, Field { path: "seq", kind: Kind::Number }],
    &[],
);

/// See [`crate::collections`]. Events are immutable, but for the words of messages of the version before.
pub static COLLECTION: Collection =
    Collection { schema: &SCHEMA, movable: true, upgrade, check: check_event, newer, renewal };

const VERSION: u32 = 2;

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDocument {
    /// The event's id: the conversation's and the `seq`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The version of this shape.
    pub version: u32,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its place in it.
    pub seq: u64,
    /// What kind of event it is, as frames name it.
    pub kind: String,
    /// Whose doing it is.
    pub actor: Actor,
    /// What their client named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The `seq` it is about: of an edit, a deletion, a read mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u64>,
    /// The words an edit put in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// The words that an edit or deletion took away. No client is ever given them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The tag that it put on the conversation or took off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagName>,
    /// The department that it moved the conversation into; none for the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentName>,
    /// Why the product assigned or moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<Reason>>,
    /// The target that was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed<Time>>,
    /// When it was stored.
    pub created_at: Time,
    /// Whether the visitor may see it.
    pub public: bool,
    /// The last `seq` before it that the visitor may see.
    pub prev_public: u64,
    /// How the conversation stood after it.
    pub state: State,
}

const NAME: &[Part] = &[("id", Required, Shape::Uuid), ("name", Required, Shape::AnyText)];

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("version", Required, Shape::Seq),
    ("conversationId", Required, Shape::Uuid),
    ("seq", Required, Shape::Seq),
    ("kind", Required, Shape::Text),
    ("actor", Required, Shape::Object(ACTOR)),
    ("clientId", Optional, Shape::Text),
    ("target", Optional, Shape::Seq),
    ("replacement", Optional, Shape::AnyText),
    ("previous", Optional, Shape::AnyText),
    ("tag", Optional, Shape::Object(NAME)),
    ("department", Optional, Shape::Object(NAME)),
    ("reason", Optional, Shape::Object(&[("rule", Required, Shape::Text)])),
    (
        "missed",
        Optional,
        Shape::Object(&[
            ("target", Required, Shape::Word(&["first_response", "next_response", "resolution"])),
            ("due", Required, Shape::Date),
        ]),
    ),
    ("createdAt", Required, Shape::Date),
    ("public", Required, Shape::Boolean),
    ("prevPublic", Required, Shape::Count),
    ("state", Required, Shape::Object(STATE)),
];

impl From<&Record> for EventDocument {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id.clone(),
            version: VERSION,
            conversation_id: record.conversation_id,
            seq: record.seq,
            kind: record.kind.clone(),
            actor: record.actor.clone(),
            client_id: record.client_id.clone(),
            target: record.target,
            replacement: record.replacement.clone(),
            previous: record.previous.clone(),
            tag: record.tag.clone(),
            department: record.moved_to.clone(),
            reason: record.reason.clone(),
            missed: record.missed.map(|Missed { target, due }| Missed { target, due: Time(due) }),
            created_at: Time(record.at),
            public: record.public,
            prev_public: record.prev_public,
            state: State::after(record),
        }
    }
}

impl From<EventDocument> for Record {
    fn from(event: EventDocument) -> Self {
        Self {
            id: event.id,
            conversation_id: event.conversation_id,
            seq: event.seq,
            at: event.created_at.0,
            kind: event.kind,
            public: event.public,
            prev_public: event.prev_public,
            actor: event.actor,
            client_id: event.client_id,
            target: event.target,
            text: None,
            replacement: event.replacement,
            previous: event.previous,
            edited_at: None,
            deleted_at: None,
            status: event.state.status,
            assignee: event.state.assignee,
            read: event.state.read,
            tags: event.state.tags,
            tag: event.tag,
            department: event.state.department,
            moved_to: event.department,
            episode: event.state.episode.map(|time| time.0),
            reason: event.reason,
            missed: event.missed.map(|Missed { target, due }| Missed { target, due: due.0 }),
        }
    }
}

const FORMER_MESSAGE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("conversationId", Required, Shape::Uuid),
    ("seq", Required, Shape::Seq),
    ("at", Required, Shape::Count),
    ("public", Required, Shape::Boolean),
    ("prevPublic", Required, Shape::Count),
    ("actor", Required, Shape::Object(ACTOR)),
    ("clientId", Optional, Shape::Text),
    ("text", Required, Shape::AnyText),
    ("editedAt", Optional, Shape::Count),
    ("deletedAt", Optional, Shape::Count),
    ("amendedBy", Optional, Shape::Seq),
    ("status", Required, STATUS),
    ("assignee", Optional, Shape::Object(ACTOR)),
    ("read", Required, Shape::Object(READ)),
];

/// Whether the version before stored it.
pub(crate) fn is_former(document: &Document) -> bool {
    !document.contains_key("version")
}

fn kind(document: &Document) -> &str {
    document.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// Messages stay as they are: they belong into another collection.
fn upgrade(document: &mut Document) {
    if !is_former(document) || is_message(kind(document)) {
        return;
    }
    let event = json::from_value::<EventDocument>(Value::Object(renewed(document.clone())));
    if let Ok(Ok(upgraded)) = event.map(|event| to_document(&event)) {
        *document = upgraded;
    }
}

/// An event as the version before stored it, messages and notes among them, in the form of this one: that of
/// [`crate::messages`] or that of an event. It had times as milliseconds, which are read as well, and no `version`.
pub(crate) fn renewed(mut former: Document) -> Document {
    let state =
        ["status", "assignee", "read"].map(|name| (name.to_owned(), former.remove(name).unwrap_or_default()));
    former.insert("state".to_owned(), Value::Object(state.into_iter().collect()));
    former.insert("version".to_owned(), VERSION.into());
    let names = if is_message(kind(&former)) { ("actor", "author") } else { ("actor", "actor") };
    for (before, since) in [("at", "createdAt"), names] {
        let value = former.remove(before).unwrap_or_default();
        former.insert(since.to_owned(), value);
    }
    former
}

fn check_event(document: &Document) -> Result<(), Unfit> {
    if is_former(document) && is_message(kind(document)) {
        check(document, FORMER_MESSAGE)?;
        return check_readable::<MessageDocument>(&renewed(document.clone()));
    }
    if is_message(kind(document)) {
        return Err(Unfit::new(
            "kind",
            "must not be message or note: those belong into the collection messages",
        ));
    }
    check_as::<EventDocument>(document, SHAPE)
}

fn newer(source: &Document, target: &Document) -> Option<Ordering> {
    let amendment = |event: &Document| {
        (number(event, "amendedBy"), number(event, "editedAt").max(number(event, "deletedAt")))
    };
    let order = amendment(source).cmp(&amendment(target));
    Some(order).filter(|order| order.is_ne() && same_but_for(&AMENDABLE, source, target))
}

/// Only messages of the version before can be amended.
fn renewal(source: &Document) -> Option<Renewal> {
    let by = Some(number(source, "amendedBy")).filter(|by| *by > 0 && is_former(source))?;
    let value = |name: &str| source.get(name).cloned().unwrap_or_default();
    let event = Filter::id(id(source)).and(Filter::eq("at", number(source, "at")));
    let update = Update::new()
        .set("amendedBy", by)
        .set("text", value("text"))
        .set("editedAt", value("editedAt"))
        .set("deletedAt", value("deletedAt"));
    Some(Renewal::Update(event.and(Filter::gte("amendedBy", by).negated()), update))
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
    use voxora_domain::sql::object_database;

    use super::{COLLECTION, EventDocument, SCHEMA, newer};

    const CONVERSATION: &str = "0197a0c0-0000-7000-8000-000000000001";

    /// An edit as this version stores it.
    fn edit() -> Value {
        json!({
            "_id": format!("{CONVERSATION}-5"), "version": 2, "conversationId": CONVERSATION, "seq": 5,
            "kind": "message_edited", "actor": { "kind": "agent", "id": "u", "name": "Bob" }, "clientId": "c5",
            "target": 2, "replacement": "new", "previous": "old", "createdAt": { "$date": 50 }, "public": true,
            "prevPublic": 4, "state": { "status": "pending", "assignee": null, "read": { "visitor": 1, "agents": 1 } },
        })
    }

    /// The same as the version before stored it.
    fn former_edit() -> Value {
        json!({
            "_id": format!("{CONVERSATION}-5"), "conversationId": CONVERSATION, "seq": 5, "at": 50,
            "kind": "message_edited", "public": true, "prevPublic": 4,
            "actor": { "kind": "agent", "id": "u", "name": "Bob" }, "clientId": "c5", "target": 2, "replacement": "new",
            "previous": "old", "status": "pending", "assignee": null, "read": { "visitor": 1, "agents": 1 },
        })
    }

    fn former_message(text: &str, more: &Value) -> Value {
        let mut document = json!({
            "_id": format!("{CONVERSATION}-2"), "conversationId": CONVERSATION, "seq": 2, "at": 5, "kind": "message",
            "public": true, "prevPublic": 1, "actor": { "kind": "agent", "id": "u", "name": "Bob" }, "clientId": "c1",
            "text": text, "status": "open", "assignee": null, "read": { "visitor": 0, "agents": 1 },
        });
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    }

    #[test]
    fn its_document_is_pinned_and_that_of_the_version_before_is_read() {
        let document: EventDocument = voxora_domain::json::from_value(edit()).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), edit());
        let record = Record::from(document.clone());
        assert_eq!(EventDocument::from(&record), document);
        let reason = json!({
            "rule": "least_busy", "waitingSince": 4, "considered": 1, "candidates":
            [{ "id": "u", "name": "Bob", "presence": "online", "load": 2, "capacity": 5 }],
        });
        for (kind, field, value) in [
            ("assigned", "reason", reason),
            ("target_missed", "missed", json!({ "target": "next_response", "due": { "$date": 7 } })),
        ] {
            let mut of_kind = edit();
            of_kind["kind"] = json!(kind);
            of_kind[field] = value;
            (COLLECTION.check)(of_kind.as_object().unwrap()).unwrap();
            let document: EventDocument = voxora_domain::json::from_value(of_kind.clone()).unwrap();
            assert_eq!(serde_json::to_value(&document).unwrap(), of_kind);
            let record = Record::from(document.clone());
            assert_eq!(EventDocument::from(&record), document);
            of_kind[field] = json!({});
            assert!((COLLECTION.check)(of_kind.as_object().unwrap()).is_err(), "{kind}");
        }
        let upgraded = COLLECTION.upgraded(former_edit().as_object().unwrap().clone());
        assert_eq!(Value::Object(upgraded), edit());
        for good in
            [edit(), former_message("Hello", &json!({ "editedAt": 6, "deletedAt": null, "amendedBy": 3 }))]
        {
            (COLLECTION.check)(good.as_object().unwrap()).unwrap();
            assert_eq!(COLLECTION.upgraded(good.as_object().unwrap().clone()), *good.as_object().unwrap());
        }
    }

    #[test]
    fn what_is_no_event_is_told() {
        let mut message = edit();
        message["kind"] = json!("message");
        let mut negative = edit();
        negative["seq"] = json!(-1);
        for (bad, field) in [
            (message, "kind"),
            (negative, "seq"),
            (former_message("Hello", &json!({ "at": "noon" })), "at"),
            (json!({ "_id": "x", "kind": "read" }), "version"),
        ] {
            assert_eq!((COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().field, field);
        }
    }

    #[test]
    fn only_a_later_amendment_changes_a_message_of_the_version_before() {
        let engine = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        block_on(engine.insert_one("events", &former_message("first", &json!({})))).unwrap();
        for (source, expected) in [
            (former_message("never said", &json!({})), "first"),
            (former_message("another event", &json!({ "at": 6, "amendedBy": 9 })), "first"),
            (former_message("edited", &json!({ "amendedBy": 4, "editedAt": 7 })), "edited"),
            (former_message("too late", &json!({ "amendedBy": 3 })), "edited"),
            (former_message("", &json!({ "amendedBy": 8, "deletedAt": 9 })), ""),
        ] {
            block_on(COLLECTION.renew(&engine, source.as_object().unwrap())).unwrap();
            let stored: Option<Value> = block_on(engine.find_one("events", Filter::all())).unwrap();
            assert_eq!(stored.unwrap()["text"], expected, "{source}");
        }
        let (first, edited) =
            (former_message("first", &json!({})), former_message("edited", &json!({ "amendedBy": 4 })));
        let compare =
            |one: &Value, other: &Value| newer(one.as_object().unwrap(), other.as_object().unwrap());
        assert_eq!((compare(&edited, &first), compare(&first, &edited)), (Some(Greater), Some(Less)));
        assert_eq!(compare(&edit(), &first), None);
    }
}
