//! The conversation's log in SQLite: the one table that everything in a room is read from.
//!
//! A change is **one** `INSERT`, and so all or nothing, also when it is two events: the row carries the event and, beside it, the conversation as it
//! stands after the event (status, assignee, read marks, the last `seq` a visitor may see). Whoever wakes the room reads
//! the last row and knows everything. An edit or deletion reaches its target by a trigger, inside the same statement.
//! The earlier words stay in `previous`, which no query for a client selects.

use super::Part;
use super::outbox::Progress;
use crate::Millis;
use crate::access::{Audience, Target};
use crate::id::ConversationId;
use crate::limits::{PAGE_BYTES, PAGE_EVENTS};
use crate::sql::{Row, Sql, SqlError, Value, migrate};
use crate::wire::{
    Actor, ActorKind, Conversation, ConversationStatus, Event, EventBody, LastMessage, ReadMarks, SendKind,
    Text,
};

/// The room's tables, by version. Only ever append. Each statement may be met again: one after it may have failed.
/// (An archived room takes its events back as they are in the end; their edits and deletions are not made again.)
const STEPS: &[&str] = &["
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY, visitor_id TEXT NOT NULL, visitor_name TEXT NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    public INTEGER NOT NULL,
    prev_public INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    client_id TEXT,
    target INTEGER,
    text TEXT,
    previous TEXT,
    edited_at INTEGER,
    deleted_at INTEGER,
    status TEXT NOT NULL,
    assignee_id TEXT,
    assignee_name TEXT,
    read_visitor INTEGER NOT NULL,
    read_agents INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_client_id ON events (actor_id, client_id) WHERE client_id IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS edit_target AFTER INSERT ON events WHEN NEW.kind = 'message_edited' \
BEGIN UPDATE events SET text = NEW.text, edited_at = NEW.at WHERE seq = NEW.target; END;
CREATE TRIGGER IF NOT EXISTS delete_target AFTER INSERT ON events WHEN NEW.kind = 'message_deleted' \
BEGIN UPDATE events SET text = '', deleted_at = NEW.at WHERE seq = NEW.target; END;
", "
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, store INTEGER NOT NULL, flushed INTEGER NOT NULL, archived INTEGER NOT NULL,
    reported INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS set_aside (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL);
DROP TRIGGER IF EXISTS edit_target;
CREATE TRIGGER edit_target AFTER INSERT ON events WHEN NEW.kind = 'message_edited' \
AND NOT EXISTS (SELECT 1 FROM outbox WHERE archived = 1) \
BEGIN UPDATE events SET text = NEW.text, edited_at = NEW.at WHERE seq = NEW.target; END;
DROP TRIGGER IF EXISTS delete_target;
CREATE TRIGGER delete_target AFTER INSERT ON events WHEN NEW.kind = 'message_deleted' \
AND NOT EXISTS (SELECT 1 FROM outbox WHERE archived = 1) \
BEGIN UPDATE events SET text = '', deleted_at = NEW.at WHERE seq = NEW.target; END;
"];

/// The most unread messages that are counted.
const UNREAD_MOST: i64 = 100;
/// How far back unread messages are looked for, in events.
const UNREAD_REACH: u64 = 1_000;

/// How many rows one query of a page fetches; pages are built of several, so that one of long messages stops early.
const CHUNK: usize = 50;

/// One event's values; `previous` keeps the words of what an edit or deletion is about.
const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT text FROM events WHERE seq = ?), ?, ?, ?, ?, ?)";

/// What the columns of [`EVENT`] are, for [`read_event`]. `current` is the target's text as it is now.
const COLUMNS: &str = "e.seq, e.at, e.kind, e.prev_public, e.actor_kind, e.actor_id, e.actor_name, e.client_id, \
    e.target, e.text, e.edited_at, e.deleted_at, e.status, e.assignee_id, e.assignee_name, t.text";
const SOURCE: &str =
    "FROM events AS e LEFT JOIN events AS t ON e.kind = 'message_edited' AND t.seq = e.target";

/// What a conversation is from its first moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub id: ConversationId,
    pub visitor: Actor,
    pub created_at: Millis,
}

/// A conversation as it stands after its last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last `seq`.
    pub head: u64,
    /// The last `seq` a visitor may see.
    pub public_head: u64,
    /// When the last event was stored; the next is never earlier.
    pub at: Millis,
    pub status: ConversationStatus,
    pub assignee: Option<Actor>,
    pub read: ReadMarks,
}

impl Standing {
    const fn empty() -> Self {
        Self {
            head: 0,
            public_head: 0,
            at: 0,
            status: ConversationStatus::Open,
            assignee: None,
            read: ReadMarks { visitor: 0, agents: 0 },
        }
    }

    /// The last `seq` that `audience` may see.
    pub const fn head_for(&self, audience: Audience) -> u64 {
        match audience {
            Audience::Agents => self.head,
            Audience::Visitor => self.public_head,
        }
    }
}

/// An event about to be stored.
pub struct Draft<'a> {
    pub actor: &'a Actor,
    pub client_id: Option<&'a str>,
    pub body: EventBody,
    /// Whether a visitor may see it.
    pub public: bool,
}

/// A stored event in the forms its audiences get, which differ in `prev` alone.
pub struct Stored {
    pub event: Event,
    pub public: bool,
    pub prev_public: u64,
}

/// Where a stored event is, for a repeat's ack.
pub struct Place {
    pub seq: u64,
    pub at: Millis,
}

/// Which events a page is made of.
#[derive(Debug, Clone, Copy)]
pub enum Range {
    /// The first ones after a `seq`.
    After(u64),
    /// The last ones before a `seq`; `u64::MAX` for the very last.
    Before(u64),
}

/// Events in ascending order.
pub struct Page {
    pub events: Vec<Event>,
    /// The `seq` this audience saw before the first of them.
    pub prev: u64,
    /// Whether this audience may see events after the last of them.
    pub more: bool,
}

impl Range {
    /// What a request asks for, as a range.
    pub const fn of(part: Part) -> Self {
        match part {
            Part::Last => Self::Before(u64::MAX),
            Part::Before(seq) => Self::Before(seq),
            Part::After(seq) => Self::After(seq),
        }
    }
}

/// Puts a page together, in the order of reading: ascending after a `seq`, descending before one.
pub struct PageBuilder {
    range: Range,
    limit: usize,
    events: Vec<Event>,
    bytes: usize,
}

impl PageBuilder {
    /// An empty page of at most `limit` events and [`PAGE_BYTES`] of text.
    pub fn new(range: Range, limit: usize) -> Self {
        Self { range, limit: limit.min(PAGE_EVENTS), events: Vec::new(), bytes: 0 }
    }

    /// Adds the next event; false when the page is full without it. The first always has room.
    pub fn push(&mut self, event: Event) -> bool {
        self.bytes += text_bytes(&event.body);
        let full = self.events.len() >= self.limit || (self.bytes > PAGE_BYTES && !self.events.is_empty());
        if !full {
            self.events.push(event);
        }
        !full
    }

    /// The page, for an audience that may see up to `head`.
    pub fn finish(self, head: u64) -> Page {
        let Self { range, mut events, .. } = self;
        if matches!(range, Range::Before(_)) {
            events.reverse();
        }
        let prev = match (events.first(), range) {
            (Some(first), _) => first.prev,
            (None, Range::After(seq)) => head.min(seq),
            (None, Range::Before(_)) => 0,
        };
        let more = match events.last() {
            Some(last) => last.seq < head,
            None => matches!(range, Range::Before(_)) && head > 0,
        };
        Page { events, prev, more }
    }
}

pub struct Log<S> {
    pub(super) sql: S,
    identity: Option<Identity>,
    pub(super) standing: Standing,
    pub(super) outbox: Progress,
}

impl<S: Sql> Log<S> {
    /// Opens the log. Asking about a conversation that never began must not cost storage, so the tables are only made
    /// by [`Log::found`].
    pub fn open(sql: S) -> Result<Self, SqlError> {
        let (standing, outbox) = (Standing::empty(), Progress::default());
        let mut log = Self { sql, identity: None, standing, outbox };
        let begun = log.sql.exec("SELECT name FROM sqlite_master WHERE name = 'conversation'", &[])?;
        if !begun.is_empty() {
            migrate(&log.sql, STEPS)?;
            log.reload()?;
        }
        Ok(log)
    }

    /// Reads what memory holds anew; after a failed statement memory must not claim more than the database has.
    pub fn reload(&mut self) -> Result<(), SqlError> {
        let rows = self.sql.exec("SELECT id, visitor_id, visitor_name, created_at FROM conversation", &[])?;
        self.identity = rows.first().and_then(read_identity);
        let rows = self.sql.exec(
            "SELECT seq, public, prev_public, at, status, assignee_id, assignee_name, read_visitor, read_agents \
             FROM events ORDER BY seq DESC LIMIT 1",
            &[],
        )?;
        self.standing = rows.first().map_or_else(Standing::empty, read_standing);
        self.outbox = Progress::read(&self.sql)?.of_the_same_store(self.outbox);
        Ok(())
    }

    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Makes the tables.
    pub fn prepare(&self) -> Result<(), SqlError> {
        migrate(&self.sql, STEPS)
    }

    /// Writes down whose conversation this is. Written once.
    pub fn found(&mut self, identity: Identity) -> Result<(), SqlError> {
        self.prepare()?;
        self.sql.exec(
            "INSERT INTO conversation (id, visitor_id, visitor_name, created_at) VALUES (?, ?, ?, ?)",
            &[
                identity.id.to_string().into(),
                identity.visitor.id.as_str().into(),
                identity.visitor.name.as_str().into(),
                identity.created_at.into(),
            ],
        )?;
        self.identity = Some(identity);
        Ok(())
    }

    /// Stores events under the next `seq`s, all or none; nothing, when the author of one has stored one of that
    /// `clientId` before. Of several, none may have been: the others would be stored and leave a gap.
    pub fn append(&mut self, drafts: Vec<Draft<'_>>, now: Millis) -> Result<Option<Vec<Stored>>, SqlError> {
        let Some(identity) = &self.identity else {
            return Err(SqlError::Other("the conversation has not begun".to_owned()));
        };
        let rows = vec![ROW; drafts.len()].join(", ");
        let mut parameters = Vec::new();
        let mut stored = Vec::with_capacity(drafts.len());
        let mut after = self.standing.clone();
        after.at = after.at.max(now);
        for draft in drafts {
            let prev_public = after.public_head;
            after.head += 1;
            if draft.public {
                after.public_head = after.head;
            }
            let (kind, target, text) = match &draft.body {
                EventBody::Message(said) => ("message", None, Some(said.text.as_str())),
                EventBody::Note(said) => ("note", None, Some(said.text.as_str())),
                EventBody::MessageEdited { target, text } => {
                    ("message_edited", Some(*target), Some(text.as_str()))
                }
                EventBody::MessageDeleted { target } => ("message_deleted", Some(*target), None),
                EventBody::Read { up_to } => {
                    match Audience::of(draft.actor) {
                        Audience::Visitor => after.read.visitor = *up_to,
                        Audience::Agents => after.read.agents = *up_to,
                    }
                    ("read", Some(*up_to), None)
                }
                EventBody::StatusChanged { status } => {
                    after.status = *status;
                    ("status_changed", None, None)
                }
                EventBody::Assigned { assignee } => {
                    after.assignee.clone_from(assignee);
                    ("assigned", None, None)
                }
            };
            let changes =
                matches!(draft.body, EventBody::MessageEdited { .. } | EventBody::MessageDeleted { .. });
            parameters.extend::<[Value; 17]>([
                after.head.into(),
                after.at.into(),
                kind.into(),
                i64::from(draft.public).into(),
                prev_public.into(),
                actor_kind_name(draft.actor.kind).into(),
                draft.actor.id.as_str().into(),
                draft.actor.name.as_str().into(),
                draft.client_id.into(),
                target.into(),
                text.into(),
                target.filter(|_| changes).into(),
                after.status.name().into(),
                after.assignee.as_ref().map(|agent| agent.id.as_str()).into(),
                after.assignee.as_ref().map(|agent| agent.name.as_str()).into(),
                after.read.visitor.into(),
                after.read.agents.into(),
            ]);
            stored.push(Stored {
                event: Event {
                    seq: after.head,
                    prev: after.head - 1,
                    id: event_id(identity.id, after.head),
                    at: after.at,
                    actor: draft.actor.clone(),
                    client_id: draft.client_id.map(str::to_owned),
                    body: draft.body,
                },
                public: draft.public,
                prev_public,
            });
        }
        let statement = format!(
            "INSERT INTO events (seq, at, kind, public, prev_public, actor_kind, actor_id, actor_name, client_id, \
             target, text, previous, status, assignee_id, assignee_name, read_visitor, read_agents) VALUES {rows} \
             ON CONFLICT (actor_id, client_id) WHERE client_id IS NOT NULL DO NOTHING"
        );
        if !self.sql.write(&statement, &parameters)? {
            return Ok(None);
        }
        self.standing = after;
        Ok(Some(stored))
    }

    /// Where the event is that an author named `client_id`.
    pub fn find(&self, author_id: &str, client_id: &str) -> Result<Option<Place>, SqlError> {
        let rows = self.sql.exec(
            "SELECT seq, at FROM events WHERE actor_id = ? AND client_id = ?",
            &[author_id.into(), client_id.into()],
        )?;
        Ok(rows.first().map(|row| Place { seq: unsigned(row, 0), at: integer(row, 1) }))
    }

    /// The message or note with this `seq`.
    pub fn target(&self, seq: u64) -> Result<Option<Target>, SqlError> {
        let rows = self.sql.exec(
            "SELECT kind, actor_kind, actor_id, at, deleted_at FROM events \
             WHERE seq = ? AND kind IN ('message', 'note')",
            &[seq.into()],
        )?;
        Ok(rows.first().map(|row| Target {
            kind: if text(row, 0) == "note" { SendKind::Note } else { SendKind::Message },
            author_kind: read_actor_kind(text(row, 1)),
            author_id: text(row, 2).to_owned(),
            at: integer(row, 3),
            deleted: row.get(4).is_some_and(|value| *value != Value::Null),
        }))
    }

    /// The last message (not note) up to `seq`: what a read mark may stand on. 0 when there is none.
    pub fn last_message_up_to(&self, seq: u64) -> Result<u64, SqlError> {
        let rows = self.sql.exec(
            "SELECT seq FROM events WHERE kind = 'message' AND seq <= ? ORDER BY seq DESC LIMIT 1",
            &[seq.min(self.standing.head).into()],
        )?;
        Ok(rows.first().map_or(0, |row| unsigned(row, 0)))
    }

    /// Reads a page of at most `limit` events and [`PAGE_BYTES`] of text.
    pub fn page(&self, audience: Audience, range: Range, limit: usize) -> Result<Page, SqlError> {
        let Some(identity) = &self.identity else {
            return Ok(Page { events: Vec::new(), prev: 0, more: false });
        };
        let visible = if audience == Audience::Visitor { "AND e.public = 1" } else { "" };
        let (test, order, mut edge) = match range {
            Range::After(seq) => ("e.seq > ?", "ASC", seq),
            // No seq is ever as large as 2^53, the most an object's storage can carry.
            Range::Before(seq) => ("e.seq < ?", "DESC", seq.min(1 << 53)),
        };
        let query =
            format!("SELECT {COLUMNS} {SOURCE} WHERE {test} {visible} ORDER BY e.seq {order} LIMIT {CHUNK}");
        let mut page = PageBuilder::new(range, limit);
        'reading: loop {
            let rows = self.sql.exec(&query, &[edge.into()])?;
            for row in &rows {
                let event = read_event(identity.id, audience, row);
                edge = event.seq;
                if !page.push(event) {
                    break 'reading;
                }
            }
            if rows.len() < CHUNK {
                break;
            }
        }
        Ok(page.finish(self.standing.head_for(audience)))
    }

    /// The conversation as `audience` sees it.
    pub fn conversation(&self, audience: Audience) -> Option<Conversation> {
        self.identity.as_ref().map(|identity| Conversation {
            id: identity.id,
            visitor: identity.visitor.clone(),
            status: self.standing.status,
            assignee: self.standing.assignee.clone(),
            created_at: identity.created_at,
            head: self.standing.head_for(audience),
            read: self.standing.read,
        })
    }

    /// The last message that is not deleted.
    pub fn last_message(&self) -> Result<Option<LastMessage>, SqlError> {
        let rows = self.sql.exec(
            "SELECT seq, at, actor_kind, actor_id, actor_name, text FROM events \
             WHERE kind = 'message' AND deleted_at IS NULL ORDER BY seq DESC LIMIT 1",
            &[],
        )?;
        Ok(rows.first().map(|row| LastMessage {
            seq: unsigned(row, 0),
            at: integer(row, 1),
            actor: read_actor(row, 2),
            preview: preview(text(row, 5)),
        }))
    }

    /// How many messages of the other side `audience` has not read; [`UNREAD_MOST`] stands for as many or more, so that
    /// a conversation nobody reads does not become ever slower to sum up.
    pub fn unread(&self, audience: Audience) -> Result<u32, SqlError> {
        let (mark, author) = match audience {
            Audience::Agents => (self.standing.read.agents, "visitor"),
            Audience::Visitor => (self.standing.read.visitor, "agent"),
        };
        let rows = self.sql.exec(
            "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE seq > ? AND kind = 'message' \
             AND deleted_at IS NULL AND actor_kind = ? LIMIT ?)",
            &[
                mark.max(self.standing.head.saturating_sub(UNREAD_REACH)).into(),
                author.into(),
                UNREAD_MOST.into(),
            ],
        )?;
        Ok(rows.first().map_or(0, |row| u32::try_from(unsigned(row, 0)).unwrap_or(u32::MAX)))
    }
}

/// An event's id in the whole deployment; deterministic, so that storing it elsewhere twice stores it once.
pub(super) fn event_id(conversation: ConversationId, seq: u64) -> String {
    format!("{conversation}-{seq}")
}

/// The first 140 characters on one line.
fn preview(text: &str) -> String {
    let mut line = String::new();
    let mut words = text.split_whitespace();
    // Reading stops as soon as the line is long enough, however long the message is.
    while let Some(word) = words.next().filter(|_| line.chars().count() < 140) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(141));
    }
    line.chars().take(140).collect()
}

fn text_bytes(body: &EventBody) -> usize {
    match body {
        EventBody::Message(said) | EventBody::Note(said) => said.text.len(),
        EventBody::MessageEdited { text, .. } => text.len(),
        _ => 0,
    }
}

fn read_event(conversation: ConversationId, audience: Audience, row: &Row) -> Event {
    let seq = unsigned(row, 0);
    let said = || Text {
        text: text(row, 9).to_owned(),
        edited_at: optional_integer(row, 10),
        deleted_at: optional_integer(row, 11),
    };
    let current = || text(row, 15).to_owned();
    let body = read_body(text(row, 2), unsigned(row, 8), read_status(text(row, 12)), said, current, || {
        read_assignee(row, 13)
    });
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
        body,
    }
}

/// What an event of this kind says. `current` is the text that its target has now.
pub(super) fn read_body(
    kind: &str,
    target: u64,
    status: ConversationStatus,
    said: impl FnOnce() -> Text,
    current: impl FnOnce() -> String,
    assignee: impl FnOnce() -> Option<Actor>,
) -> EventBody {
    match kind {
        "note" => EventBody::Note(said()),
        "message_edited" => EventBody::MessageEdited { target, text: current() },
        "message_deleted" => EventBody::MessageDeleted { target },
        "read" => EventBody::Read { up_to: target },
        "status_changed" => EventBody::StatusChanged { status },
        "assigned" => EventBody::Assigned { assignee: assignee() },
        _ => EventBody::Message(said()),
    }
}

fn read_identity(row: &Row) -> Option<Identity> {
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

fn read_standing(row: &Row) -> Standing {
    let seq = unsigned(row, 0);
    Standing {
        head: seq,
        public_head: if integer(row, 1) == 1 { seq } else { unsigned(row, 2) },
        at: integer(row, 3),
        status: read_status(text(row, 4)),
        assignee: read_assignee(row, 5),
        read: ReadMarks { visitor: unsigned(row, 7), agents: unsigned(row, 8) },
    }
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

fn read_actor_kind(name: &str) -> ActorKind {
    match name {
        "visitor" => ActorKind::Visitor,
        "agent" => ActorKind::Agent,
        _ => ActorKind::System,
    }
}

pub(super) fn read_status(name: &str) -> ConversationStatus {
    match name {
        "pending" => ConversationStatus::Pending,
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
