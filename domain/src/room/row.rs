//! Reading rows of the log: columns to events, actors, snapshots.

use super::episode::{Episode, Missed};
use super::snapshot::{Identity, Snapshot};
use crate::Millis;
use crate::access::Audience;
use crate::id::{ConversationId, DepartmentId, TagId};
use crate::json;
use crate::sql::{Row, Value};
use crate::wire::{
    Actor, ActorKind, ConversationStatus, DepartmentName, Event, EventBody, Priority, ReadMarks, Reason,
    ResponseTarget, TagName, Text, event_id,
};

pub(super) fn read_event(conversation: ConversationId, audience: Audience, row: &Row) -> Event {
    let seq = unsigned(row, 0);
    let said = || Text {
        text: text(row, 9).to_owned(),
        edited_at: optional_integer(row, 10),
        deleted_at: optional_integer(row, 11),
    };
    let current = || text(row, 15).to_owned();
    let said_else = Said {
        status: read_status(text(row, 12)),
        assignee: || read_assignee(row, 13),
        tag: || detail(row, 16).unwrap_or_else(no_tag),
        department: || detail(row, 16),
        until: || detail(row, 16),
        priority: || detail(row, 16),
        missed: || detail(row, 16),
        reason: || detail(row, 17),
    };
    let body = read_body(text(row, 2), unsigned(row, 8), said, current, said_else);
    let told = if audience == Audience::Visitor { body.told_to_visitor() } else { None };
    Event {
        seq,
        prev: match audience {
            Audience::Agents => seq.saturating_sub(1),
            Audience::Visitor => unsigned(row, 3),
        },
        id: event_id(conversation, seq),
        at: integer(row, 1),
        actor: read_actor(row, 4),
        client_id: row.get(7).and_then(Value::as_text).map(str::to_owned),
        body: told.unwrap_or(body),
    }
}

/// What events of the rarer kinds say, read where it is needed.
pub(super) struct Said<A, T, D, U, P, M, R> {
    pub status: ConversationStatus,
    pub assignee: A,
    pub tag: T,
    pub department: D,
    pub until: U,
    pub priority: P,
    pub missed: M,
    pub reason: R,
}

/// What an event of this kind says. `current` is the text that its target has now.
pub(super) fn read_body(
    kind: &str,
    target: u64,
    said: impl FnOnce() -> Text,
    current: impl FnOnce() -> String,
    else_said: Said<
        impl FnOnce() -> Option<Actor>,
        impl FnOnce() -> TagName,
        impl FnOnce() -> Option<DepartmentName>,
        impl FnOnce() -> Option<Millis>,
        impl FnOnce() -> Option<Priority>,
        impl FnOnce() -> Option<Missed>,
        impl FnOnce() -> Option<Box<Reason>>,
    >,
) -> EventBody {
    let Said { status, assignee, tag, department, until, priority, missed, reason } = else_said;
    match kind {
        "note" => EventBody::Note(said()),
        "message_edited" => EventBody::MessageEdited { target, text: current() },
        "message_deleted" => EventBody::MessageDeleted { target },
        "read" => EventBody::Read { up_to: target },
        "status_changed" => EventBody::StatusChanged { status, until: until() },
        "assigned" => EventBody::Assigned { assignee: assignee(), reason: reason() },
        "moved" => EventBody::Moved { department: department(), reason: reason() },
        "priority_changed" => EventBody::PriorityChanged { priority: priority().unwrap_or_default() },
        "target_missed" => {
            let Missed { target, due } =
                missed().unwrap_or(Missed { target: ResponseTarget::Resolution, due: 0 });
            EventBody::TargetMissed { target, due }
        }
        "tagged" => EventBody::Tagged { tag: tag() },
        "untagged" => EventBody::Untagged { tag: tag() },
        _ => EventBody::Message(said()),
    }
}

pub(super) fn read_identity(row: &Row) -> Option<Identity> {
    Some(Identity {
        id: text(row, 0).parse().ok()?,
        visitor: Actor {
            kind: ActorKind::Visitor,
            id: text(row, 1).to_owned(),
            name: text(row, 2).to_owned(),
        },
        created_at: integer(row, 3),
    })
}

pub(super) fn read_snapshot(row: &Row) -> Snapshot {
    let seq = unsigned(row, 0);
    Snapshot {
        head: seq,
        public_head: if integer(row, 1) == 1 { seq } else { unsigned(row, 2) },
        at: integer(row, 3),
        status: read_status(text(row, 4)),
        assignee: read_assignee(row, 5),
        read: ReadMarks { visitor: unsigned(row, 7), agents: unsigned(row, 8) },
        tags: read_tags(row, 9),
        department: read_department(row, 10),
        episode: read_episode(row, 11),
    }
}

/// What the log says about time after an event.
pub(super) fn read_episode(row: &Row, column: usize) -> Episode {
    detail(row, column).unwrap_or_default()
}

/// The same as a column.
pub(super) fn episode_value(episode: &Episode) -> Value {
    if episode.is_empty() { Value::Null } else { json(episode) }
}

/// The tags a conversation has after an event.
pub(super) fn read_tags(row: &Row, column: usize) -> Vec<TagId> {
    row.get(column).and_then(Value::as_text).and_then(|tags| json::from_text(tags).ok()).unwrap_or_default()
}

/// The same as a column: nothing for none, as nearly everywhere.
pub(super) fn tags_value(tags: &[TagId]) -> Value {
    if tags.is_empty() { Value::Null } else { json(&tags) }
}

/// The department a conversation belongs to after an event.
pub(super) fn read_department(row: &Row, column: usize) -> Option<DepartmentId> {
    row.get(column).and_then(Value::as_text)?.parse().ok()
}

/// What an event is about that its column `detail` holds, or another column with JSON.
pub(super) fn detail<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Option<T> {
    json::from_text(row.get(column)?.as_text()?).ok()
}

/// Stands for a tag that nobody wrote down.
pub(super) fn no_tag() -> TagName {
    TagName { id: TagId::new(uuid::Uuid::nil()), name: String::new() }
}

/// A column that holds JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_string(value).map_or(Value::Null, Value::Text)
}

pub(super) fn read_actor(row: &Row, from: usize) -> Actor {
    Actor {
        kind: read_actor_kind(text(row, from)),
        id: text(row, from + 1).to_owned(),
        name: text(row, from + 2).to_owned(),
    }
}

pub(super) fn read_assignee(row: &Row, from: usize) -> Option<Actor> {
    let id = row.get(from).and_then(Value::as_text)?;
    Some(Actor { kind: ActorKind::Agent, id: id.to_owned(), name: text(row, from + 1).to_owned() })
}

pub(super) const fn actor_kind_name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Visitor => "visitor",
        ActorKind::Agent => "agent",
        ActorKind::System => "system",
    }
}

pub(super) fn read_actor_kind(name: &str) -> ActorKind {
    match name {
        "visitor" => ActorKind::Visitor,
        "agent" => ActorKind::Agent,
        _ => ActorKind::System,
    }
}

pub(super) fn read_status(name: &str) -> ConversationStatus {
    match name {
        "pending" => ConversationStatus::Pending,
        "snoozed" => ConversationStatus::Snoozed,
        "resolved" => ConversationStatus::Resolved,
        "closed" => ConversationStatus::Closed,
        _ => ConversationStatus::Open,
    }
}

pub(super) fn integer(row: &Row, column: usize) -> i64 {
    optional_integer(row, column).unwrap_or(0)
}

pub(super) fn optional_integer(row: &Row, column: usize) -> Option<i64> {
    row.get(column).and_then(Value::as_integer)
}

pub(super) fn unsigned(row: &Row, column: usize) -> u64 {
    u64::try_from(integer(row, column)).unwrap_or(0)
}

pub(super) fn text(row: &Row, column: usize) -> &str {
    row.get(column).and_then(Value::as_text).unwrap_or("")
}
