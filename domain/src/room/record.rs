//! A row of the log as the document store keeps it: whole, so that the log can be built again from its records.

use super::episode::{Episode, Missed};
use super::page::{PageBuilder, Part, Range};
use super::row::{
    Said, actor_kind_name, detail, episode_value, integer, json, no_tag, optional_integer, read_actor,
    read_assignee, read_body, read_department, read_episode, read_status, read_tags, tags_value, text,
    unsigned,
};
use crate::Millis;
use crate::access::Audience;
use crate::id::{ConversationId, DepartmentId, TagId};
use crate::sorted::Sorted;
use crate::sql::{Row, Value};
use crate::wire::{
    Actor, ConversationStatus, DepartmentName, Event, History, ReadMarks, Reason, TagName, Text, event_id,
};

/// The columns of `events` in the order in which [`Record::read`] and [`Record::row`] have them.
pub(super) const COLUMNS: &str = "seq, at, kind, public, prev_public, actor_kind, actor_id, actor_name, client_id, \
    target, text, previous, edited_at, deleted_at, status, assignee_id, assignee_name, read_visitor, read_agents, tags, detail, \
    department, episode, reason";

/// How many those are.
pub(super) const COLUMN_COUNT: usize = 24;

/// One event with everything the room knows of it. What documents are made of it the store says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The event's id: the conversation's and the `seq`. The same however often it is stored.
    pub id: String,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The event's place in it.
    pub seq: u64,
    /// When it was stored, in milliseconds since the Unix epoch.
    pub at: Millis,
    /// What kind of event it is, as frames name it.
    pub kind: String,
    /// Whether the visitor may see it.
    pub public: bool,
    /// The last `seq` before it that the visitor may see.
    pub prev_public: u64,
    /// Whose doing it is.
    pub actor: Actor,
    /// What its author named it.
    pub client_id: Option<String>,
    /// The `seq` it is about: of an edit, a deletion, a read mark.
    pub target: Option<u64>,
    /// The words of a message or note as they are now; empty once deleted.
    pub text: Option<String>,
    /// The words an edit put in place.
    pub replacement: Option<String>,
    /// The words that an edit or deletion took away. No client is ever given them.
    pub previous: Option<String>,
    /// When a message or note was last edited.
    pub edited_at: Option<Millis>,
    /// When a message or note was deleted.
    pub deleted_at: Option<Millis>,
    /// The conversation's status after the event.
    pub status: ConversationStatus,
    /// Its assignee after the event.
    pub assignee: Option<Actor>,
    /// Its read marks after the event.
    pub read: ReadMarks,
    /// Its tags after the event.
    pub tags: Vec<TagId>,
    /// The tag that the event put on it or took off.
    pub tag: Option<TagName>,
    /// Its department after the event; none for the general queue.
    pub department: Option<DepartmentId>,
    /// The department that the event moved it into.
    pub moved_to: Option<DepartmentName>,
    /// What the log says about time after the event.
    pub episode: Episode,
    /// Why the product assigned or moved it.
    pub reason: Option<Box<Reason>>,
    /// The target that was missed.
    pub missed: Option<Missed>,
}

impl Record {
    /// Reads a row of [`COLUMNS`].
    pub(super) fn read(conversation: ConversationId, row: &Row) -> Self {
        let kind = text(row, 2).to_owned();
        let optional = |column: usize| row.get(column).and_then(Value::as_text).map(str::to_owned);
        let (words, replacement) =
            if kind == "message_edited" { (None, optional(10)) } else { (optional(10), None) };
        let seq = unsigned(row, 0);
        Self {
            id: event_id(conversation, seq),
            conversation_id: conversation,
            seq,
            at: integer(row, 1),
            public: integer(row, 3) == 1,
            prev_public: unsigned(row, 4),
            actor: read_actor(row, 5),
            client_id: optional(8),
            target: optional_integer(row, 9).and_then(|target| u64::try_from(target).ok()),
            text: words,
            replacement,
            previous: optional(11),
            edited_at: optional_integer(row, 12),
            deleted_at: optional_integer(row, 13),
            status: read_status(text(row, 14)),
            assignee: read_assignee(row, 15),
            read: ReadMarks { visitor: unsigned(row, 17), agents: unsigned(row, 18) },
            tags: read_tags(row, 19),
            tag: if kind == "tagged" || kind == "untagged" { detail(row, 20) } else { None },
            department: read_department(row, 21),
            moved_to: if kind == "moved" { detail(row, 20) } else { None },
            episode: read_episode(row, 22),
            reason: detail(row, 23),
            missed: if kind == "target_missed" { detail(row, 20) } else { None },
            kind,
        }
    }

    /// The row that [`Record::read`] reads.
    pub(super) fn row(&self) -> [Value; COLUMN_COUNT] {
        let assignee = self.assignee.as_ref();
        [
            self.seq.into(),
            self.at.into(),
            self.kind.as_str().into(),
            i64::from(self.public).into(),
            self.prev_public.into(),
            actor_kind_name(self.actor.kind).into(),
            self.actor.id.as_str().into(),
            self.actor.name.as_str().into(),
            self.client_id.as_deref().into(),
            self.target.into(),
            self.text.as_deref().or(self.replacement.as_deref()).into(),
            self.previous.as_deref().into(),
            self.edited_at.into(),
            self.deleted_at.into(),
            self.status.name().into(),
            assignee.map(|agent| agent.id.as_str()).into(),
            assignee.map(|agent| agent.name.as_str()).into(),
            self.read.visitor.into(),
            self.read.agents.into(),
            tags_value(&self.tags),
            match self.kind.as_str() {
                "tagged" | "untagged" => json_of(self.tag.as_ref()),
                "moved" => json_of(self.moved_to.as_ref()),
                "target_missed" => json_of(self.missed.as_ref()),
                // These two are how the conversation stands after them.
                "status_changed" => json_of(self.episode.snoozed_until.as_ref()),
                "priority_changed" => json(&self.episode.priority),
                _ => Value::Null,
            },
            self.department.map(|department| department.to_string()).into(),
            episode_value(&self.episode),
            json_of(self.reason.as_ref()),
        ]
    }

    /// How many bytes of words it carries.
    pub(super) fn text_bytes(&self) -> usize {
        [&self.text, &self.replacement, &self.previous].into_iter().flatten().map(String::len).sum()
    }

    /// The `seq` of the message whose present words its event repeats.
    #[must_use]
    pub fn quotes(&self) -> Option<u64> {
        self.target.filter(|_| self.kind == "message_edited")
    }

    /// The event as `audience` gets it. `quoted` is the present text of what it [`quotes`](Self::quotes).
    fn into_event(self, audience: Audience, quoted: String) -> Event {
        let Self { text, edited_at, deleted_at, assignee, tag, moved_to, episode, reason, missed, .. } = self;
        let said = || Text { text: text.unwrap_or_default(), edited_at, deleted_at };
        let body = read_body(
            &self.kind,
            self.target.unwrap_or_default(),
            said,
            || quoted,
            Said {
                status: self.status,
                assignee: || assignee,
                tag: || tag.unwrap_or_else(no_tag),
                department: || moved_to,
                until: || episode.snoozed_until,
                priority: || Some(episode.priority),
                missed: || missed,
                reason: || reason,
            },
        );
        let told = if audience == Audience::Visitor { body.told_to_visitor() } else { None };
        Event {
            seq: self.seq,
            prev: match audience {
                Audience::Agents => self.seq.saturating_sub(1),
                Audience::Visitor => self.prev_public,
            },
            body: told.unwrap_or(body),
            id: self.id,
            at: self.at,
            actor: self.actor,
            client_id: self.client_id,
        }
    }
}

/// A column that holds JSON, or nothing.
fn json_of<T: serde::Serialize>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, |value| json(value))
}

/// Whether nothing is missing among records in the order of reading, as far as `audience` sees them: from `after` on, or
/// back from `before`.
#[must_use]
pub fn is_whole(records: &[Record], audience: Audience, part: Part, head: u64) -> bool {
    let prev = |record: &Record| match audience {
        Audience::Agents => record.seq.saturating_sub(1),
        Audience::Visitor => record.prev_public,
    };
    let ascending = matches!(part, Part::After(_));
    let joined = records.windows(2).all(|pair| match pair {
        [first, second] if ascending => prev(second) == first.seq,
        [first, second] => prev(first) == second.seq,
        _ => true,
    });
    let begins = match (part, records.first()) {
        (Part::Last, first) => first.map_or(0, |record| record.seq) == head,
        (Part::After(seq), Some(first)) => prev(first) <= seq,
        (Part::After(seq), None) => seq >= head,
        // Where a page before a `seq` begins, only an agent's numbers tell: they have no gaps.
        (Part::Before(seq), first) => {
            audience == Audience::Visitor
                || first.map_or(0, |record| record.seq) == head.min(seq.saturating_sub(1))
        }
    };
    joined && begins
}

/// A page of history made of records instead of rows: `records` in the order of reading (descending, unless the part is
/// what comes after a `seq`), all visible to `audience`, whose last visible `seq` is `head`; `quoted` has the present
/// texts of the messages that edits among them are about.
#[must_use]
pub fn history_of(
    records: Vec<Record>,
    quoted: &Sorted<u64, String>,
    audience: Audience,
    part: Part,
    limit: usize,
    head: u64,
) -> History {
    let mut page = PageBuilder::new(Range::of(part), limit);
    for record in records {
        let text = record.quotes().and_then(|target| quoted.get(&target).cloned()).unwrap_or_default();
        if !page.push(record.into_event(audience, text)) {
            break;
        }
    }
    page.finish(head).into_history(head)
}
