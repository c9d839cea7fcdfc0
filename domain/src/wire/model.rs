//! What both the sockets and REST speak of: actors, events, conversations.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Priority, Reason};
use crate::Millis;
use crate::id::{ConversationId, DepartmentId, TagId};

/// In which capacity someone acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ActorKind {
    /// A visitor of the website.
    Visitor,
    /// A member of the team.
    Agent,
    /// The product itself.
    System,
}

/// Who did it, as everyone in the conversation may see them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Actor {
    /// In which capacity they act.
    pub kind: ActorKind,
    /// The visitor's or the user's id; `system` for the product itself.
    pub id: String,
    /// The name to show.
    pub name: String,
}

/// Somebody who is connected to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Present {
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// Whether they have it before their eyes, on any of their sockets.
    pub viewing: bool,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ConversationStatus {
    /// Waits for the team.
    Open,
    /// Waits for the visitor.
    Pending,
    /// Put aside by the team, until a time or until the visitor answers. A visitor is told that it is open.
    Snoozed,
    /// Done for now; a message from the visitor opens it again.
    Resolved,
    /// Done for good; nobody can write in it any more until an agent opens it again.
    Closed,
}

impl ConversationStatus {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// As a visitor is told of it: how the team works on it does not concern them.
    #[must_use]
    pub const fn told_to_visitor(self) -> Self {
        match self {
            Self::Snoozed => Self::Open,
            told => told,
        }
    }

    /// Whether there is nothing left to do in it.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// Something that is to be done within the time that a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ResponseTarget {
    /// The team's first message.
    FirstResponse,
    /// The team's answer to a later message.
    NextResponse,
    /// That it is resolved.
    Resolution,
}

/// By when something is to be done in a conversation; absent where there is no target, where it is met, or while its clock
/// stands still.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Due {
    /// The team's first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub first_response: Option<Millis>,
    /// The team's next message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub next_response: Option<Millis>,
    /// That it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub resolution: Option<Millis>,
}

impl Due {
    /// Whether nothing is due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One thing that happened in a conversation, as one audience sees it, with everything said. The wire carries it as a
/// [`CompactEvent`]; this is what a client makes of that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Event {
    /// Its place in the conversation: from 1, without gaps, the same for everyone.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// The `seq` of the event before it that this audience may see; 0 for the first.
    #[cfg_attr(test, ts(type = "number"))]
    pub prev: u64,
    /// Its id in the whole deployment: `{conversation id}-{seq}`.
    pub id: String,
    /// When the room stored it.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: Millis,
    /// Who did it, by their token.
    pub actor: Actor,
    /// The name its author's client gave it, where it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub client_id: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// An event as the wire carries it, without what its receiver knows already: its id is made of the conversation's and
/// `seq`, what came before it is nearly always `seq - 1`, and the same few people do everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompactEvent {
    /// Its place in the conversation: from 1, without gaps, the same for everyone.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// The `seq` of the event before it that this audience may see; absent when that is `seq - 1`, 0 for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub prev: Option<u64>,
    /// When the room stored it.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: Millis,
    /// Who did it: a number that this event, an earlier one on the same socket, or a page's `people` says the actor of.
    pub by: u32,
    /// Who `by` is from here on; only where the room has not told everyone yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub actor: Option<Actor>,
    /// The name its author's client gave it, where it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub client_id: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// By hand, in one pass: what serde derives for `flatten` keeps a copy of every field, out of which each type is read by code
/// of its own.
impl<'de> Deserialize<'de> for CompactEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            seq: u64,
            prev: Option<u64>,
            at: Millis,
            by: u32,
            actor: Option<Actor>,
            client_id: Option<String>,
            kind: String,
            payload: Payload,
        }

        let Fields { seq, prev, at, by, actor, client_id, kind, payload } =
            Fields::deserialize(deserializer)?;
        let body = payload.of(&kind)?;
        Ok(Self { seq, prev, at, by, actor, client_id, body })
    }
}

/// The fields of what events of any kind say.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    text: Option<String>,
    edited_at: Option<Millis>,
    deleted_at: Option<Millis>,
    target: Option<Aim>,
    up_to: Option<u64>,
    status: Option<ConversationStatus>,
    until: Option<Millis>,
    assignee: Option<Actor>,
    department: Option<DepartmentName>,
    reason: Option<Box<Reason>>,
    tag: Option<TagName>,
    priority: Option<Priority>,
    due: Option<Millis>,
}

/// What an event is about: a message by its `seq`, or a target by its name.
enum Aim {
    Message(u64),
    Response(ResponseTarget),
}

impl<'de> Deserialize<'de> for Aim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl serde::de::Visitor<'_> for Reader {
            type Value = Aim;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a seq or the name of a target")
            }

            fn visit_u64<E>(self, seq: u64) -> Result<Aim, E> {
                Ok(Aim::Message(seq))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Aim, E> {
                ResponseTarget::deserialize(serde::de::value::StrDeserializer::new(name)).map(Aim::Response)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Payload {
    fn of<E: Error>(self, kind: &str) -> Result<EventBody, E> {
        let Self { text, edited_at, deleted_at, target, up_to, status, until, .. } = self;
        let Self { assignee, department, reason, tag, priority, due, .. } = self;
        let text = || text.ok_or_else(|| E::missing_field("text"));
        let (target, missed) = match target {
            Some(Aim::Message(seq)) => (Some(seq), None),
            Some(Aim::Response(target)) => (None, Some(target)),
            None => (None, None),
        };
        let target = || target.ok_or_else(|| E::missing_field("target"));
        let tag = || tag.ok_or_else(|| E::missing_field("tag"));
        Ok(match kind {
            "message" => EventBody::Message(Text { text: text()?, edited_at, deleted_at }),
            "note" => EventBody::Note(Text { text: text()?, edited_at, deleted_at }),
            "message_edited" => EventBody::MessageEdited { target: target()?, text: text()? },
            "message_deleted" => EventBody::MessageDeleted { target: target()? },
            "read" => EventBody::Read { up_to: up_to.ok_or_else(|| E::missing_field("upTo"))? },
            "status_changed" => {
                EventBody::StatusChanged { status: status.ok_or_else(|| E::missing_field("status"))?, until }
            }
            "assigned" => EventBody::Assigned { assignee, reason },
            "moved" => EventBody::Moved { department, reason },
            "priority_changed" => {
                EventBody::PriorityChanged { priority: priority.ok_or_else(|| E::missing_field("priority"))? }
            }
            "target_missed" => EventBody::TargetMissed {
                target: missed.ok_or_else(|| E::missing_field("target"))?,
                due: due.ok_or_else(|| E::missing_field("due"))?,
            },
            "tagged" => EventBody::Tagged { tag: tag()? },
            "untagged" => EventBody::Untagged { tag: tag()? },
            other => return Err(E::custom(format!("there are no events of the kind `{other}`"))),
        })
    }
}

impl Event {
    /// The event as the wire carries it, by whoever has this number.
    #[must_use]
    pub fn compact(self, by: u32) -> CompactEvent {
        let Self { seq, prev, id: _, at, actor: _, client_id, body } = self;
        CompactEvent {
            seq,
            prev: CompactEvent::telling_prev(seq, prev),
            at,
            by,
            actor: None,
            client_id,
            body,
        }
    }
}

impl CompactEvent {
    /// What [`CompactEvent::prev`] says of an event before which its audience saw `prev`.
    #[must_use]
    pub const fn telling_prev(seq: u64, prev: u64) -> Option<u64> {
        if prev + 1 == seq { None } else { Some(prev) }
    }

    /// The `seq` of the event before it that its audience may see.
    #[must_use]
    pub fn prev(&self) -> u64 {
        self.prev.unwrap_or(self.seq.saturating_sub(1))
    }

    /// The event with everything said. `people` are those its receiver has been told of, and are told of whom it
    /// introduces; nothing when they don't have its author.
    #[must_use]
    pub fn expand(self, conversation: ConversationId, people: &mut People) -> Option<Event> {
        let (seq, prev) = (self.seq, self.prev());
        if let Some(actor) = self.actor {
            people.0.insert(self.by, actor);
        }
        let Self { at, by, client_id, body, .. } = self;
        let actor = people.0.get(&by)?.clone();
        Some(Event { seq, prev, id: event_id(conversation, seq), at, actor, client_id, body })
    }
}

/// An event's id in the whole deployment; deterministic, so that storing it elsewhere twice stores it once.
#[must_use]
pub fn event_id(conversation: ConversationId, seq: u64) -> String {
    format!("{conversation}-{seq}")
}

/// Who the numbers of a page's or an answer's events stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct People(#[cfg_attr(test, ts(type = "Record<number, Actor>"))] pub BTreeMap<u32, Actor>);

/// By hand: a frame is read in parts, and there a number that is a key is a text to serde.
impl<'de> Deserialize<'de> for People {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, Actor>::deserialize(deserializer)?;
        let mut people = Self::default();
        for (number, actor) in named {
            match number.parse() {
                Ok(number) => people.0.insert(number, actor),
                Err(_) => return Err(D::Error::custom(format!("`{number}` is not a number of an actor"))),
            };
        }
        Ok(people)
    }
}

/// What happened, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EventBody {
    /// Someone said something.
    Message(Text),
    /// An agent wrote something for agents only.
    Note(Text),
    /// A message or note has new text. `text` is its newest text, also when the edit is replayed.
    MessageEdited {
        /// The `seq` of the message.
        #[cfg_attr(test, ts(type = "number"))]
        target: u64,
        /// Its text now; empty when it has been deleted since.
        text: String,
    },
    /// A message or note is gone.
    MessageDeleted {
        /// The `seq` of the message.
        #[cfg_attr(test, ts(type = "number"))]
        target: u64,
    },
    /// The actor has read everything up to a point.
    Read {
        /// The last `seq` read.
        #[cfg_attr(test, ts(type = "number"))]
        up_to: u64,
    },
    /// The conversation's status is another now.
    StatusChanged {
        /// The status from here on.
        status: ConversationStatus,
        /// Until when it is snoozed; absent: until the visitor answers. Agents alone learn of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(type = "number", optional))]
        until: Option<Millis>,
    },
    /// The conversation belongs to someone else now, or to nobody.
    Assigned {
        /// The agent it belongs to.
        assignee: Option<Actor>,
        /// Why; absent where a person did it. Agents alone learn of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        reason: Option<Box<Reason>>,
    },
    /// The conversation belongs to another department now, or to none: the general queue. Agents alone learn of it.
    Moved {
        /// The department that it belongs to.
        department: Option<DepartmentName>,
        /// Why; absent where a person did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        reason: Option<Box<Reason>>,
    },
    /// The conversation is more or less urgent now. Agents alone learn of it.
    PriorityChanged {
        /// How urgent it is from here on.
        priority: Priority,
    },
    /// A target was missed. Agents alone learn of it, once for each turn.
    TargetMissed {
        /// Which.
        target: ResponseTarget,
        /// By when it should have been done.
        #[cfg_attr(test, ts(type = "number"))]
        due: Millis,
    },
    /// The conversation has a tag from here on. Agents alone learn of it.
    Tagged {
        /// Which.
        tag: TagName,
    },
    /// The conversation has a tag no more. Agents alone learn of it.
    Untagged {
        /// Which.
        tag: TagName,
    },
}

impl EventBody {
    /// What a visitor is told of it, where that is less than what the team is told.
    #[must_use]
    pub fn told_to_visitor(&self) -> Option<Self> {
        match self {
            Self::StatusChanged { status, until } => {
                let told = status.told_to_visitor();
                let is_less = told != *status || until.is_some();
                is_less.then_some(Self::StatusChanged { status: told, until: None })
            }
            Self::Assigned { assignee, reason: Some(_) } => {
                Some(Self::Assigned { assignee: assignee.clone(), reason: None })
            }
            _ => None,
        }
    }
}

/// A tag as it was called when it was put on a conversation or taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagName {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: TagId,
    /// What it was called then.
    pub name: String,
}

/// A department as it was called when a conversation was moved into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DepartmentName {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: DepartmentId,
    /// What it was called then.
    pub name: String,
}

/// The text of a message or note as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Text {
    /// Plain text, never markup. Empty when the message has been deleted.
    pub text: String,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub edited_at: Option<Millis>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub deleted_at: Option<Millis>,
}

/// How far each side has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadMarks {
    /// The last `seq` the visitor has read.
    #[cfg_attr(test, ts(type = "number"))]
    pub visitor: u64,
    /// The last `seq` any agent has read.
    #[cfg_attr(test, ts(type = "number"))]
    pub agents: u64,
}

/// A conversation as it stands, as one audience sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: ConversationId,
    /// The visitor it belongs to.
    pub visitor: Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// The agent it is assigned to.
    pub assignee: Option<Actor>,
    /// When its first message was stored.
    #[cfg_attr(test, ts(type = "number"))]
    pub created_at: Millis,
    /// The `seq` of the last event this audience may see.
    #[cfg_attr(test, ts(type = "number"))]
    pub head: u64,
    /// How far each side has read.
    pub read: ReadMarks,
    /// The tags it has, in the order in which it got them. Agents alone learn of them; a visitor has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string[]", optional))]
    pub tags: Option<Vec<TagId>>,
    /// The department it belongs to; absent while it belongs to none: the general queue. Agents alone learn of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string | undefined", optional))]
    pub department: Option<DepartmentId>,
    /// How urgent it is; absent: normal. This and what follows agents alone learn of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub priority: Option<Priority>,
    /// Since when there has been something to do in it: when it began, or was opened again after it was resolved or closed. It
    /// keeps its place in the queue by it, whatever happens meanwhile. Absent while it is resolved or closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub opened_at: Option<Millis>,
    /// When the first message of the visitor was stored that no message of the team has answered yet; absent where none waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub waiting_since: Option<Millis>,
    /// Until when it is snoozed; absent too where it is snoozed until the visitor answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number | undefined", optional))]
    pub snoozed_until: Option<Millis>,
    /// By when the team is to have done what; absent where nothing is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub due: Option<Due>,
    /// How often it has come to stand otherwise without an event, because a policy changed; absent: never. Of two of the same
    /// `head` the one of the higher revision counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub revision: Option<u64>,
}

impl Conversation {
    /// What tells how it stands now from how it stood before: the higher one is newer.
    #[must_use]
    pub fn standing(&self) -> (u64, u64) {
        (self.head, self.revision.unwrap_or(0))
    }
}

/// A conversation as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationSummary {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// When the last message (not note) was stored; lists are ordered by it, newest first.
    #[cfg_attr(test, ts(type = "number"))]
    pub updated_at: Millis,
    /// The last message that is not deleted. Notes never appear here.
    pub last_message: Option<LastMessage>,
    /// Messages from the other side that the reader's side has not read yet; 100 stands for as many or more.
    pub unread: u32,
}

/// By hand, as a [`CompactEvent`].
impl<'de> Deserialize<'de> for ConversationSummary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            id: ConversationId,
            visitor: Actor,
            status: ConversationStatus,
            assignee: Option<Actor>,
            created_at: Millis,
            head: u64,
            read: ReadMarks,
            tags: Option<Vec<TagId>>,
            department: Option<DepartmentId>,
            priority: Option<Priority>,
            opened_at: Option<Millis>,
            waiting_since: Option<Millis>,
            snoozed_until: Option<Millis>,
            due: Option<Due>,
            revision: Option<u64>,
            updated_at: Millis,
            last_message: Option<LastMessage>,
            unread: u32,
        }

        let Fields {
            id,
            visitor,
            status,
            assignee,
            created_at,
            head,
            read,
            tags,
            department,
            priority,
            opened_at,
            waiting_since,
            snoozed_until,
            due,
            revision,
            updated_at,
            last_message,
            unread,
        } = Fields::deserialize(deserializer)?;
        let conversation = Conversation {
            id,
            visitor,
            status,
            assignee,
            created_at,
            head,
            read,
            tags,
            department,
            priority,
            opened_at,
            waiting_since,
            snoozed_until,
            due,
            revision,
        };
        Ok(Self { conversation, updated_at, last_message, unread })
    }
}

/// The last message of a conversation, shortened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastMessage {
    /// Its `seq`.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// When it was stored.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: Millis,
    /// Who wrote it.
    pub actor: Actor,
    /// Its beginning on one line: at most 140 code points, cut where a reader sees a character end.
    pub preview: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::wire::Rule;

    fn read<T>(value: &T) -> T
    where
        T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let text = serde_json::to_string(value).unwrap();
        let read: T = json::from_text(&text).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), read);
        read
    }

    fn actor() -> Actor {
        Actor { kind: ActorKind::Agent, id: "u".to_owned(), name: "Ada".to_owned() }
    }

    #[test]
    fn what_is_read_by_hand_is_what_serde_derives_writes() {
        let said = Text { text: "x".to_owned(), edited_at: Some(1), deleted_at: None };
        let tag = TagName { id: TagId::new(uuid::Uuid::nil()), name: "t".to_owned() };
        let department = DepartmentName { id: DepartmentId::new(uuid::Uuid::nil()), name: "d".to_owned() };
        let reason = Reason { rule: Rule::Left, waiting_since: None, candidates: Vec::new(), considered: 2 };
        for body in [
            EventBody::Message(said.clone()),
            EventBody::Note(said),
            EventBody::MessageEdited { target: 1, text: String::new() },
            EventBody::MessageDeleted { target: 1 },
            EventBody::Read { up_to: 2 },
            EventBody::StatusChanged { status: ConversationStatus::Closed, until: None },
            EventBody::StatusChanged { status: ConversationStatus::Snoozed, until: Some(9) },
            EventBody::Assigned { assignee: Some(actor()), reason: Some(Box::new(reason.clone())) },
            EventBody::Assigned { assignee: None, reason: None },
            EventBody::Moved { department: Some(department), reason: Some(Box::new(reason)) },
            EventBody::Moved { department: None, reason: None },
            EventBody::PriorityChanged { priority: Priority::Urgent },
            EventBody::TargetMissed { target: ResponseTarget::NextResponse, due: 4 },
            EventBody::Tagged { tag: tag.clone() },
            EventBody::Untagged { tag },
        ] {
            let client_id = Some("c".to_owned());
            let actor = Some(actor());
            let event = CompactEvent { seq: 3, prev: Some(1), at: 5, by: 7, actor, client_id, body };
            assert_eq!(read(&event), event);
            let bare = CompactEvent { prev: None, actor: None, client_id: None, ..event };
            assert_eq!(read(&bare), bare);
        }
        let conversation = Conversation {
            id: ConversationId::new(uuid::Uuid::nil()),
            visitor: actor(),
            status: ConversationStatus::Pending,
            assignee: Some(actor()),
            created_at: 1,
            head: 9,
            read: ReadMarks { visitor: 2, agents: 3 },
            tags: Some(vec![TagId::new(uuid::Uuid::nil())]),
            department: Some(DepartmentId::new(uuid::Uuid::nil())),
            priority: Some(Priority::High),
            opened_at: Some(1),
            waiting_since: Some(2),
            snoozed_until: Some(3),
            due: Some(Due { first_response: None, next_response: Some(4), resolution: Some(5) }),
            revision: Some(6),
        };
        let last_message = Some(LastMessage { seq: 4, at: 5, actor: actor(), preview: "p".to_owned() });
        let summary = ConversationSummary { conversation, updated_at: 6, last_message, unread: 7 };
        assert_eq!(read(&summary), summary);
        let bare = Conversation {
            assignee: None,
            tags: None,
            department: None,
            priority: None,
            opened_at: None,
            waiting_since: None,
            snoozed_until: None,
            due: None,
            revision: None,
            ..summary.conversation
        };
        let bare = ConversationSummary { conversation: bare, updated_at: 6, last_message: None, unread: 0 };
        assert_eq!(read(&bare), bare);
    }

    #[test]
    fn an_event_of_an_unknown_kind_or_without_what_it_says_is_none() {
        let event = |kind: &str| {
            let text = format!(r#"{{"seq":1,"at":1,"by":1,"kind":"{kind}","payload":{{}}}}"#);
            json::from_text::<CompactEvent>(&text)
        };
        assert!(event("assigned").is_ok() && event("moved").is_ok());
        for kind in [
            "message",
            "note",
            "message_edited",
            "message_deleted",
            "read",
            "status_changed",
            "tagged",
            "target_missed",
        ] {
            assert!(event(kind).is_err(), "{kind}");
        }
        assert!(event("unheard_of").is_err());
    }
}
