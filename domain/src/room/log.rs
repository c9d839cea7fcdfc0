//! The conversation's log in SQLite: the one table that everything in a room is read from.
//!
//! A change is **one** `INSERT`, and so all or nothing, also when it is two events: the row carries the event and, beside
//! it, the conversation as it stands after the event (status, assignee, read marks, the last `seq` a visitor may see).
//! Whoever wakes the room reads the last row and knows everything. The log is also the room's transactional outbox
//! (`outbox.rs`). An edit or deletion reaches its target by a trigger, inside the same statement.
//! The earlier words stay in `previous`, which no query for a client selects.

use super::episode::{Episode, Missed};
use super::page::{Page, PageBuilder, Range};
use super::progress::{Cursor, Destination, Progress};
use super::row::{
    actor_kind_name, detail, episode_value, integer, json, optional_integer, read_actor, read_actor_kind,
    read_event, read_identity, read_snapshot, tags_value, text, unsigned,
};
use super::snapshot::{Identity, Snapshot};
use super::targets::{self, Facts};
use crate::Millis;
use crate::access::{Audience, Target};
use crate::id::UserId;
use crate::sorted::Sorted;
use crate::sql::{Sql, SqlError, Value, migrate};
use crate::text::cut;
use crate::wire::{
    Actor, Conversation, ConversationStatus, EventBody, LastMessage, Priority, SendKind, Terms,
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
", "
CREATE TABLE IF NOT EXISTS destinations (
    name TEXT PRIMARY KEY, place INTEGER NOT NULL, format INTEGER NOT NULL, seq INTEGER NOT NULL,
    former INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO destinations (name, place, format, seq, former) \
SELECT 'documents', COALESCE((SELECT store FROM outbox), 0), 1, COALESCE((SELECT flushed FROM outbox), 0), MAX(seq) \
FROM events HAVING COUNT(*) > 0;
", "
ALTER TABLE events ADD COLUMN tags TEXT;
ALTER TABLE events ADD COLUMN detail TEXT;
", "
ALTER TABLE events ADD COLUMN department TEXT;
", "
ALTER TABLE events ADD COLUMN episode TEXT;
ALTER TABLE events ADD COLUMN reason TEXT;
", "
CREATE TABLE IF NOT EXISTS terms (id INTEGER PRIMARY KEY, terms TEXT NOT NULL, revision INTEGER NOT NULL);
"];

/// The most unread messages that are counted.
const UNREAD_MOST: i64 = 100;
/// How far back unread messages are looked for, in events.
const UNREAD_REACH: u64 = 1_000;

/// How many rows one query of a page fetches; pages are built of several, so that one of long messages stops early.
const CHUNK: usize = 50;

/// The columns of a new event, in the order of its values.
const NEW_COLUMNS: [&str; 22] = [
    "seq",
    "at",
    "kind",
    "public",
    "prev_public",
    "actor_kind",
    "actor_id",
    "actor_name",
    "client_id",
    "target",
    "text",
    PREVIOUS,
    "status",
    "assignee_id",
    "assignee_name",
    "read_visitor",
    "read_agents",
    "tags",
    "detail",
    "department",
    "episode",
    "reason",
];

/// The column that keeps the words of what an edit or deletion is about. Its value is the `seq` they are read from.
const PREVIOUS: &str = "previous";

/// The columns of an event, for [`read_event`]. `current` is the target's text as it is now.
const COLUMNS: &str = "e.seq, e.at, e.kind, e.prev_public, e.actor_kind, e.actor_id, e.actor_name, e.client_id, \
    e.target, e.text, e.edited_at, e.deleted_at, e.status, e.assignee_id, e.assignee_name, t.text, e.detail, \
    e.reason";
const SOURCE: &str =
    "FROM events AS e LEFT JOIN events AS t ON e.kind = 'message_edited' AND t.seq = e.target";

/// An event about to be stored.
pub struct NewEvent<'a> {
    pub actor: &'a Actor,
    pub client_id: Option<&'a str>,
    pub body: EventBody,
    /// Whether a visitor may see it.
    pub public: bool,
}

/// An event that has just been stored.
pub struct Appended<'a> {
    pub seq: u64,
    /// The last `seq` before it that a visitor may see. An agent sees them all.
    pub prev_public: u64,
    pub at: Millis,
    pub actor: &'a Actor,
    pub client_id: Option<&'a str>,
    pub body: EventBody,
    /// Whether a visitor may see it.
    pub public: bool,
}

/// What a client may give a name to, as the columns of its event: what tells a repeat from something else.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub kind: &'static str,
    pub target: Option<u64>,
    pub text: Option<&'a str>,
}

impl<'a> Named<'a> {
    pub fn of(body: &'a EventBody) -> Self {
        let (kind, target, text) = match body {
            EventBody::Message(said) => ("message", None, Some(said.text.as_str())),
            EventBody::Note(said) => ("note", None, Some(said.text.as_str())),
            EventBody::MessageEdited { target, text } => {
                ("message_edited", Some(*target), Some(text.as_str()))
            }
            EventBody::MessageDeleted { target } => ("message_deleted", Some(*target), None),
            EventBody::Read { up_to } => ("read", Some(*up_to), None),
            EventBody::StatusChanged { .. } => ("status_changed", None, None),
            EventBody::Assigned { .. } => ("assigned", None, None),
            EventBody::Moved { .. } => ("moved", None, None),
            EventBody::PriorityChanged { .. } => ("priority_changed", None, None),
            EventBody::TargetMissed { .. } => ("target_missed", None, None),
            EventBody::Tagged { .. } => ("tagged", None, None),
            EventBody::Untagged { .. } => ("untagged", None, None),
        };
        Self { kind, target, text }
    }
}

/// What an author has stored by a name.
pub struct Stored {
    pub seq: u64,
    pub at: Millis,
    pub kind: String,
    pub target: Option<u64>,
    /// The words as they were sent.
    pub text: Option<String>,
}

pub struct Log<S> {
    pub(super) sql: S,
    identity: Option<Identity>,
    pub(super) snapshot: Snapshot,
    pub(super) outbox: Progress,
    pub(super) documents: Cursor,
    /// What the conversation's queue asks for.
    pub(super) terms: Terms,
    /// How often it has come to stand otherwise by them.
    pub(super) revision: u64,
    /// How times of a zone are reckoned.
    pub(super) offset: fn(&str, Millis) -> Option<i32>,
    inserts: Inserts,
}

/// The statements that store events, by how many they store and which columns these have values for. A column that has
/// none is not named: naming it would cost as much as if it had one, and most events leave a third of them empty.
#[derive(Default)]
struct Inserts(Sorted<(usize, u32), String>);

impl Inserts {
    /// The statement for these rows. The values it takes are those of all rows that [`Inserts::is_named`] picks, in order.
    fn for_rows(&mut self, rows: &[[Value; NEW_COLUMNS.len()]]) -> (&str, u32) {
        let mut named = 0;
        for row in rows {
            for (column, value) in row.iter().enumerate() {
                named |= u32::from(*value != Value::Null) << column;
            }
        }
        let insert = self.0.or_insert_with((rows.len(), named), || {
            let columns = NEW_COLUMNS.iter().enumerate().filter(|(column, _)| Self::is_named(named, *column));
            let columns: Vec<_> = columns.map(|(_, name)| *name).collect();
            let values = columns.iter().map(|name| match *name {
                PREVIOUS => "(SELECT text FROM events WHERE seq = ?)",
                _ => "?",
            });
            let row = format!("({})", values.collect::<Vec<_>>().join(", "));
            format!(
                "INSERT INTO events ({}) VALUES {} \
                 ON CONFLICT (actor_id, client_id) WHERE client_id IS NOT NULL DO NOTHING",
                columns.join(", "),
                vec![row; rows.len()].join(", ")
            )
        });
        (insert, named)
    }

    const fn is_named(named: u32, column: usize) -> bool {
        (named >> column) & 1 == 1
    }
}

impl<S: Sql> Log<S> {
    /// Opens the log. Asking about a conversation that never began must not cost storage, so the tables are only made
    /// by [`Log::create`].
    pub fn open(sql: S) -> Result<Self, SqlError> {
        let (snapshot, outbox) = (Snapshot::empty(), Progress::default());
        let (documents, inserts) = (Cursor::default(), Inserts::default());
        let (terms, revision, offset) = (Terms::default(), 0, |_: &str, _| None);
        let identity = None;
        let mut log = Self { sql, identity, snapshot, outbox, documents, terms, revision, offset, inserts };
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
            "SELECT seq, public, prev_public, at, status, assignee_id, assignee_name, read_visitor, read_agents, \
             tags, department, episode FROM events ORDER BY seq DESC LIMIT 1",
            &[],
        )?;
        self.snapshot = rows.first().map_or_else(Snapshot::empty, read_snapshot);
        self.snapshot.episode = self.recall_episode()?.unwrap_or_else(|| self.snapshot.episode.clone());
        let rows = self.sql.exec("SELECT terms, revision FROM terms", &[])?;
        self.terms = rows.first().and_then(|row| detail(row, 0)).unwrap_or_default();
        self.revision = rows.first().map_or(0, |row| unsigned(row, 1));
        self.outbox = Progress::read(&self.sql)?;
        self.documents = Cursor::read(&self.sql, Destination::Documents)?.of_the_same_place(self.documents);
        if !self.outbox.archived {
            self.documents = self.documents.reformatted();
        }
        Ok(())
    }

    /// What the log says about time where its last row is one of the version before, which did not say it.
    fn recall_episode(&self) -> Result<Option<Episode>, SqlError> {
        let Snapshot { status, episode, at, .. } = &self.snapshot;
        let Some(identity) = self.identity.as_ref().filter(|_| self.snapshot.head > 0) else {
            return Ok(None);
        };
        if status.is_done() || episode.opened_at.is_some() {
            return Ok(None);
        }
        // SQLite takes a bare column from the row that has the maximum.
        let rows = self.sql.exec(
            "SELECT (SELECT at FROM events WHERE kind = 'status_changed' AND status = 'open' ORDER BY seq DESC LIMIT 1), \
             (SELECT MIN(at) FROM events WHERE kind = 'message' AND actor_kind = 'visitor' AND seq > COALESCE(a.seq, 0)), \
             a.at FROM (SELECT MAX(seq) AS seq, at FROM events WHERE kind = 'message' AND actor_kind = 'agent') AS a",
            &[],
        )?;
        let time = |column| rows.first().and_then(|row| optional_integer(row, column));
        let is_pending = *status == ConversationStatus::Pending;
        Ok(Some(Episode {
            opened_at: Some(time(0).unwrap_or(identity.created_at)),
            waiting_since: time(1),
            answered_at: time(2),
            paused_since: is_pending.then_some(*at),
            ..episode.clone()
        }))
    }

    /// Puts another name in the place of a member of the team's. Done twice it comes to the same.
    pub fn rename(&self, user: UserId, name: &str) -> Result<(), SqlError> {
        let id = user.to_string();
        for statement in [
            "UPDATE events SET actor_name = ?2 WHERE actor_kind = 'agent' AND actor_id = ?1 AND actor_name <> ?2",
            "UPDATE events SET assignee_name = ?2 WHERE assignee_id = ?1 AND assignee_name <> ?2",
        ] {
            self.sql.write(statement, &[id.as_str().into(), name.into()])?;
        }
        // Who else could have been given the conversation is forgotten with one of them.
        let statement =
            "UPDATE events SET reason = json_remove(reason, '$.candidates') WHERE instr(reason, ?1)";
        self.sql.write(statement, &[id.as_str().into()])?;
        Ok(())
    }

    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Makes the tables.
    pub fn prepare(&self) -> Result<(), SqlError> {
        migrate(&self.sql, STEPS)
    }

    /// Writes down whose conversation this is. Written once.
    pub fn create(&mut self, identity: Identity) -> Result<(), SqlError> {
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
    pub fn append<'a>(
        &mut self,
        events: Vec<NewEvent<'a>>,
        now: Millis,
    ) -> Result<Option<Vec<Appended<'a>>>, SqlError> {
        if self.identity.is_none() {
            return Err(SqlError::Other("the conversation has not begun".to_owned()));
        }
        let mut rows: Vec<[Value; NEW_COLUMNS.len()]> = Vec::with_capacity(events.len());
        let mut stored = Vec::with_capacity(events.len());
        let mut after = self.snapshot.clone();
        after.at = after.at.max(now);
        let measure = |from, to| targets::span(&self.terms, from, to, &self.offset);
        for event in events {
            let prev_public = after.public_head;
            after.head += 1;
            if event.public {
                after.public_head = after.head;
            }
            after.episode.follow(event.actor.kind, &event.body, after.status, after.at, &measure);
            match &event.body {
                EventBody::Read { up_to } => match Audience::of_side(event.actor) {
                    Audience::Visitor => after.read.visitor = *up_to,
                    Audience::Agents => after.read.agents = *up_to,
                },
                EventBody::StatusChanged { status, .. } => after.status = *status,
                EventBody::Assigned { assignee, .. } => after.assignee.clone_from(assignee),
                EventBody::Moved { department, .. } => {
                    after.department = department.as_ref().map(|department| department.id);
                }
                EventBody::Tagged { tag } => after.tags.push(tag.id),
                EventBody::Untagged { tag } => after.tags.retain(|id| *id != tag.id),
                _ => {}
            }
            let Named { kind, target, text } = Named::of(&event.body);
            let detail = match &event.body {
                EventBody::Tagged { tag } | EventBody::Untagged { tag } => json(tag),
                EventBody::Moved { department: Some(department), .. } => json(department),
                EventBody::StatusChanged { until: Some(until), .. } => json(until),
                EventBody::PriorityChanged { priority } => json(priority),
                EventBody::TargetMissed { target, due } => json(&Missed { target: *target, due: *due }),
                _ => Value::Null,
            };
            let reason = match &event.body {
                EventBody::Assigned { reason: Some(reason), .. }
                | EventBody::Moved { reason: Some(reason), .. } => json(reason),
                _ => Value::Null,
            };
            let changes =
                matches!(event.body, EventBody::MessageEdited { .. } | EventBody::MessageDeleted { .. });
            rows.push([
                after.head.into(),
                after.at.into(),
                kind.into(),
                i64::from(event.public).into(),
                prev_public.into(),
                actor_kind_name(event.actor.kind).into(),
                event.actor.id.as_str().into(),
                event.actor.name.as_str().into(),
                event.client_id.into(),
                target.into(),
                text.into(),
                target.filter(|_| changes).into(),
                after.status.name().into(),
                after.assignee.as_ref().map(|agent| agent.id.as_str()).into(),
                after.assignee.as_ref().map(|agent| agent.name.as_str()).into(),
                after.read.visitor.into(),
                after.read.agents.into(),
                tags_value(&after.tags),
                detail,
                after.department.map(|department| department.to_string()).into(),
                episode_value(&after.episode),
                reason,
            ]);
            let NewEvent { actor, client_id, body, public } = event;
            stored.push(Appended {
                seq: after.head,
                prev_public,
                at: after.at,
                actor,
                client_id,
                body,
                public,
            });
        }
        let (statement, named) = self.inserts.for_rows(&rows);
        let values = rows.into_iter().flat_map(|row| row.into_iter().enumerate());
        let values = values.filter(|(column, _)| Inserts::is_named(named, *column));
        let parameters: Vec<_> = values.map(|(_, value)| value).collect();
        if !self.sql.write(statement, &parameters)? {
            return Ok(None);
        }
        self.snapshot = after;
        Ok(Some(stored))
    }

    /// When an author stored what is theirs among the last `most` events, in order. The first event, which came over REST, is
    /// none of them.
    pub fn times_of(&self, author: &str, most: u64) -> Result<Vec<Millis>, SqlError> {
        let Some(head) = self.identity().map(|_| self.snapshot().head) else { return Ok(Vec::new()) };
        let statement = "SELECT at FROM events WHERE seq > ? AND actor_id = ? ORDER BY seq";
        let rows = self.sql.exec(statement, &[head.saturating_sub(most).max(1).into(), author.into()])?;
        Ok(rows.iter().map(|row| integer(row, 0)).collect())
    }

    /// The event that an author named `client_id`. The words of a message that was edited or deleted since are what the
    /// first such event took away.
    pub fn find(&self, author_id: &str, client_id: &str) -> Result<Option<Stored>, SqlError> {
        let rows = self.sql.exec(
            "SELECT e.seq, e.at, e.kind, e.target, CASE \
             WHEN e.kind NOT IN ('message', 'note') OR (e.edited_at IS NULL AND e.deleted_at IS NULL) THEN e.text \
             ELSE (SELECT c.previous FROM events AS c WHERE c.seq > e.seq AND c.target = e.seq \
             AND c.kind IN ('message_edited', 'message_deleted') ORDER BY c.seq LIMIT 1) END \
             FROM events AS e WHERE e.actor_id = ? AND e.client_id = ?",
            &[author_id.into(), client_id.into()],
        )?;
        Ok(rows.first().map(|row| Stored {
            seq: unsigned(row, 0),
            at: integer(row, 1),
            kind: text(row, 2).to_owned(),
            target: optional_integer(row, 3).and_then(|target| u64::try_from(target).ok()),
            text: row.get(4).and_then(Value::as_text).map(str::to_owned),
        }))
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
            &[seq.min(self.snapshot.head).into()],
        )?;
        Ok(rows.first().map_or(0, |row| unsigned(row, 0)))
    }

    /// Reads a page of at most `limit` events and [`crate::limits::PAGE_BYTES`] of text.
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
        Ok(page.finish(self.snapshot.head_for(audience)))
    }

    /// The conversation as `audience` sees it.
    pub fn conversation(&self, audience: Audience) -> Option<Conversation> {
        let episode = Some(&self.snapshot.episode).filter(|_| audience == Audience::Agents);
        self.identity.as_ref().map(|identity| Conversation {
            id: identity.id,
            visitor: identity.visitor.clone(),
            status: audience.is_told(self.snapshot.status),
            assignee: self.snapshot.assignee.clone(),
            created_at: identity.created_at,
            head: self.snapshot.head_for(audience),
            read: self.snapshot.read,
            tags: match audience {
                Audience::Agents => Some(self.snapshot.tags.clone()),
                Audience::Visitor => None,
            },
            department: self.snapshot.department.filter(|_| audience == Audience::Agents),
            priority: episode
                .map(|episode| episode.priority)
                .filter(|priority| *priority != Priority::Normal),
            opened_at: episode.and_then(|episode| episode.opened_at),
            waiting_since: episode.and_then(|episode| episode.waiting_since),
            snoozed_until: episode.and_then(|episode| episode.snoozed_until),
            due: episode.map(|_| self.facts().due()).filter(|due| !due.is_empty()),
            revision: episode.map(|_| self.revision).filter(|revision| *revision > 0),
        })
    }

    /// How the conversation stands, for what is due in it.
    pub fn facts(&self) -> Facts<'_> {
        let Snapshot { status, episode, .. } = &self.snapshot;
        Facts { status: *status, episode, terms: &self.terms, offset: &self.offset }
    }

    /// Keeps what the conversation's queue asks for, where that is another thing than before. How the conversation stands is
    /// news where something else is due by it.
    pub fn keep_terms(&mut self, terms: Terms) -> Result<bool, SqlError> {
        if self.identity.is_none() || terms == self.terms {
            return Ok(false);
        }
        let due = self.facts().due();
        let is_news = due != Facts { terms: &terms, ..self.facts() }.due();
        let revision = self.revision + u64::from(is_news);
        self.sql.write(
            "INSERT OR REPLACE INTO terms (id, terms, revision) VALUES (1, ?, ?)",
            &[json(&terms), revision.into()],
        )?;
        (self.terms, self.revision) = (terms, revision);
        Ok(true)
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
            Audience::Agents => (self.snapshot.read.agents, "visitor"),
            Audience::Visitor => (self.snapshot.read.visitor, "agent"),
        };
        let rows = self.sql.exec(
            "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE seq > ? AND kind = 'message' \
             AND deleted_at IS NULL AND actor_kind = ? LIMIT ?)",
            &[
                mark.max(self.snapshot.head.saturating_sub(UNREAD_REACH)).into(),
                author.into(),
                UNREAD_MOST.into(),
            ],
        )?;
        Ok(rows.first().map_or(0, |row| u32::try_from(unsigned(row, 0)).unwrap_or(u32::MAX)))
    }
}

/// How many Unicode scalar values of a message lists show.
const PREVIEW: usize = 140;

/// The beginning of a text on one line, cut where a reader's character ends.
fn preview(text: &str) -> String {
    let mut line = String::new();
    let mut words = text.split_whitespace();
    // Reading stops as soon as the line is longer than is shown, however long the message is.
    while let Some(word) = words.next().filter(|_| line.chars().count() <= PREVIEW) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(PREVIEW + 1));
    }
    cut(&line, PREVIEW).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_named_where_one_of_the_events_has_a_value_for_it() {
        let row = |values: &[(&str, i64)]| {
            NEW_COLUMNS
                .map(|column| values.iter().find(|(name, _)| *name == column).map(|(_, value)| *value).into())
        };
        let (said, deleted) = (row(&[("seq", 1), ("text", 2)]), row(&[("seq", 3), ("previous", 1)]));
        let mut inserts = Inserts::default();
        let values =
            |named| (0..NEW_COLUMNS.len()).filter(|column| Inserts::is_named(named, *column)).count();
        let end = "ON CONFLICT (actor_id, client_id) WHERE client_id IS NOT NULL DO NOTHING";
        let (statement, named) = inserts.for_rows(std::slice::from_ref(&said));
        assert_eq!(statement, format!("INSERT INTO events (seq, text) VALUES (?, ?) {end}"));
        assert_eq!(values(named), 2);
        let (statement, named) = inserts.for_rows(&[said, deleted]);
        let both = "(?, ?, (SELECT text FROM events WHERE seq = ?))";
        assert_eq!(
            statement,
            format!("INSERT INTO events (seq, text, previous) VALUES {both}, {both} {end}")
        );
        assert_eq!(values(named), 3);
    }
}
