//! How far the log has reached the document store, and how the room gives its storage back once all of it has.
//!
//! The log itself is the outbox (a transactional outbox with at-least-once delivery; ids that never change make its effect
//! exactly once): events after a destination's cursor are still to be delivered there. A cursor is one row, written once
//! per batch that its destination has confirmed. An event that the document store refuses for good is set aside in a table
//! of its own, so that it neither blocks the others nor is forgotten (a dead letter).
//!
//! A cursor knows in which form its destination has the events. When a version stores documents otherwise, each room delivers
//! its log again, from its first event on.
//!
//! Once a conversation is closed and all of it stored, its events can be archived: the room keeps its identity and its
//! last row (which says how it stands), and whoever wants to act in it again first has the others restored.

use super::log::Log;
use super::progress::{Cursor, Destination, FORMAT, Progress};
use super::record::{COLUMN_COUNT, COLUMNS, Record};
use super::row::{integer, unsigned};
use super::snapshot::Identity;
use super::{Room, RoomError};
use crate::Millis;
use crate::access::{Action, Audience, Principal};
use crate::id::ConversationId;
use crate::sql::{Sql, SqlError, Value};
use crate::wire::{Actor, Backlog, ConversationStatus};

/// How many events one batch holds.
const BATCH_EVENTS: usize = 100;
/// How many bytes of text one batch holds; one event always fits.
const BATCH_BYTES: usize = 256 * 1024;
/// How many bytes of rows one statement restores. A parameter of an object's SQLite has 2 MB at most.
const RESTORE_BYTES: usize = 256 * 1024;

impl<S: Sql> Log<S> {
    fn write_progress(&mut self, progress: Progress) -> Result<(), SqlError> {
        if progress != self.outbox {
            progress.write(&self.sql)?;
            self.outbox = progress;
        }
        Ok(())
    }

    fn write_cursor(&mut self, cursor: Cursor) -> Result<(), SqlError> {
        // Also where it is what memory says: the database may not have heard of that yet.
        cursor.write(&self.sql, Destination::Documents)?;
        self.documents = cursor;
        Ok(())
    }

    fn records(&self, condition: &str, parameters: &[Value]) -> Result<Vec<Record>, SqlError> {
        let Some(identity) = self.identity() else {
            return Ok(Vec::new());
        };
        let rows = self.sql.exec(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"), parameters)?;
        Ok(rows.iter().map(|row| Record::read(identity.id, row)).collect())
    }

    /// Inserts the rows of these events where they are missing.
    fn put_back(&self, records: &[Record]) -> Result<(), SqlError> {
        let values =
            (0..COLUMN_COUNT).map(|column| format!("value ->> '$[{column}]'")).collect::<Vec<_>>().join(", ");
        let statement = format!("INSERT OR IGNORE INTO events ({COLUMNS}) SELECT {values} FROM json_each(?)");
        let mut rows = String::new();
        for (index, record) in records.iter().enumerate() {
            let row =
                serde_json::to_string(&record.row()).map_err(|error| SqlError::Other(error.to_string()))?;
            rows.push(if rows.is_empty() { '[' } else { ',' });
            rows.push_str(&row);
            if rows.len() > RESTORE_BYTES || index + 1 == records.len() {
                rows.push(']');
                self.sql.write(&statement, &[std::mem::take(&mut rows).into()])?;
            }
        }
        Ok(())
    }

    fn batch(&self, records: Vec<Record>) -> Result<Batch, SqlError> {
        let replaces = records.first().is_some_and(|first| first.seq <= self.documents.former);
        let mut amended: Vec<(u64, Record)> = Vec::new();
        for record in &records {
            let changes = record.kind == "message_edited" || record.kind == "message_deleted";
            let Some(target) = record.target.filter(|_| changes) else { continue };
            amended.retain(|(_, earlier)| earlier.seq != target);
            let found = self.records("seq = ?", &[target.into()])?;
            amended.extend(found.into_iter().map(|found| (record.seq, found)));
        }
        Ok(Batch { records, amended, replaces })
    }
}

/// Events to be stored next, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The events.
    pub records: Vec<Record>,
    /// The messages and notes that these events edited or deleted, as they are now, each with the `seq` of the last such
    /// event in this batch. Also those of this very batch: an earlier try may have stored them with their older words.
    pub amended: Vec<(u64, Record)>,
    /// Whether the store may have some of these events in the form of an earlier version, which is to go.
    pub replaces: bool,
}

impl Batch {
    /// The cursor once all of it is stored.
    #[must_use]
    pub fn up_to(&self) -> Option<u64> {
        self.records.last().map(|record| record.seq)
    }
}

impl<S: Sql> Room<S> {
    /// Says which document store the deployment uses, by a number that is its own. If it is another one than before, all
    /// events go there again: those that somebody has copied already are there already, and nothing is doubled.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn stores_in(&mut self, store: u64) -> Result<(), SqlError> {
        let cursor = self.log.documents;
        if cursor.place == store {
            return Ok(());
        }
        if cursor.seq == 0 || self.is_archived() {
            // To be written down with the first batch, or when what this store has of an archived conversation is back.
            self.log.documents.place = store;
            return Ok(());
        }
        self.log.write_cursor(Cursor { place: store, seq: 0, ..cursor })
    }

    /// Whether events are still to be stored.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        !self.log.outbox.archived && self.log.documents.seq < self.log.snapshot.head
    }

    /// The events to be stored next; empty when all are.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn unflushed(&self) -> Result<Batch, SqlError> {
        if !self.is_behind() {
            return Ok(Batch::default());
        }
        let flushed = self.log.documents.seq;
        let mut records = self.log.records(
            "seq > ? ORDER BY seq LIMIT ?",
            &[flushed.into(), i64::try_from(BATCH_EVENTS).unwrap_or(i64::MAX).into()],
        )?;
        let mut bytes = 0;
        let fitting = records.iter().take_while(|record| {
            bytes += record.text_bytes();
            bytes <= BATCH_BYTES
        });
        let fitting = fitting.count().max(1);
        records.truncate(fitting);
        self.log.batch(records)
    }

    /// Has everything stored anew, because the document store turned out to lack some of it.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn flush_again(&mut self) -> Result<(), SqlError> {
        self.log.write_cursor(Cursor { seq: 0, ..self.log.documents })
    }

    /// Remembers that the document store has the events up to `seq`, but for those that it refuses for good, each with the
    /// reason: they are set aside.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn flushed(&mut self, seq: u64, refused: &[(u64, String)], now: Millis) -> Result<(), SqlError> {
        let flushed = seq.max(self.log.documents.seq).min(self.log.snapshot.head);
        // What another store refused is no matter any more where this one has taken it.
        self.log.sql.write(
            "DELETE FROM set_aside WHERE seq > ? AND seq <= ?",
            &[self.log.documents.seq.into(), flushed.into()],
        )?;
        for (seq, reason) in refused {
            self.set_aside(*seq, reason, now)?;
        }
        self.log.write_cursor(Cursor { seq: flushed, format: FORMAT, ..self.log.documents })
    }

    /// Sets an event aside that the store refuses for good.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn set_aside(&mut self, seq: u64, reason: &str, now: Millis) -> Result<(), SqlError> {
        self.log.sql.write(
            "INSERT OR REPLACE INTO set_aside (seq, at, reason) VALUES (?, ?, ?)",
            &[seq.into(), now.into(), reason.into()],
        )?;
        Ok(())
    }

    /// The first event that is set aside after a `seq`, as it is now.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn next_aside(&self, after: u64) -> Result<Batch, SqlError> {
        let next = "seq = (SELECT MIN(seq) FROM set_aside WHERE seq > ?)";
        self.log.batch(self.log.records(next, &[after.into()])?)
    }

    /// Remembers that the store has taken an event that was set aside.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn taken(&mut self, seq: u64) -> Result<(), SqlError> {
        self.log.sql.write("DELETE FROM set_aside WHERE seq = ?", &[seq.into()])?;
        Ok(())
    }

    /// How far the events have come; nothing before the conversation has begun.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn backlog(&self) -> Result<Option<Backlog>, SqlError> {
        let Some(identity) = self.log.identity() else {
            return Ok(None);
        };
        // SQLite takes the bare column from the row that has the minimum.
        let rows = self.log.sql.exec("SELECT COUNT(*), MIN(seq), reason FROM set_aside", &[])?;
        let set_aside = rows.first().map_or(0, |row| unsigned(row, 0));
        let reason = rows.first().and_then(|row| row.get(2)?.as_text().map(str::to_owned));
        let (mut events, mut since) = (0, None);
        if self.is_behind() {
            events = self.log.snapshot.head - self.log.documents.seq;
            let next = self.log.documents.seq + 1;
            let rows = self.log.sql.exec("SELECT at FROM events WHERE seq = ?", &[next.into()])?;
            since = rows.first().map(|row| integer(row, 0));
        }
        Ok(Some(Backlog { conversation_id: identity.id, events, since, set_aside, reason }))
    }

    /// Since when the inbox has been told that this room is behind; nothing when it has not been.
    #[must_use]
    pub fn reported_since(&self) -> Option<Millis> {
        Some(self.log.outbox.reported).filter(|since| *since != 0)
    }

    /// Remembers what the inbox is told: that this room is behind, since a time, or that it no longer is.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn reported(&mut self, since: Option<Millis>) -> Result<(), SqlError> {
        self.log.write_progress(Progress { reported: since.unwrap_or(0), ..self.log.outbox })
    }

    /// Whether its events are in the document store only.
    #[must_use]
    pub const fn is_archived(&self) -> bool {
        self.log.outbox.archived
    }

    /// Since when the conversation could have been archived, were nobody here: it is closed, all of it is stored, and its
    /// storage has not been given back yet.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn archivable_since(&self) -> Result<Option<Millis>, SqlError> {
        let snapshot = &self.log.snapshot;
        let closed = snapshot.status == ConversationStatus::Closed;
        if !closed || self.is_archived() || snapshot.head < 2 || self.is_behind() {
            return Ok(None);
        }
        let waiting = self.backlog()?.is_none_or(|backlog| !backlog.is_clear());
        Ok(Some(snapshot.at).filter(|_| !waiting))
    }

    /// Whether somebody is connected.
    #[must_use]
    pub fn is_occupied(&self) -> bool {
        !self.connections.is_empty()
    }

    /// Gives the events' storage back, all but the last row's. Whoever calls has made sure that the document store holds
    /// them up to `head`; when the conversation has changed since, or someone is here, nothing happens.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn archive(&mut self, head: u64) -> Result<bool, SqlError> {
        if self.is_occupied() || self.archivable_since()?.is_none() || self.log.snapshot.head != head {
            return Ok(false);
        }
        // Marked first: should the deletion fail, restoring finds some rows there already, and keeps them.
        self.log.write_progress(Progress { archived: true, ..self.log.outbox })?;
        self.log.sql.write("DELETE FROM events WHERE seq < ?", &[head.into()])?;
        Ok(true)
    }

    /// Takes events of the archive back. That can be done in parts, in any order, and again.
    ///
    /// # Errors
    /// When one is not of this conversation, or the storage fails.
    pub fn take_back(&mut self, records: &[Record]) -> Result<(), SqlError> {
        let own = self.log.identity().map(|identity| identity.id);
        if records.iter().any(|record| Some(record.conversation_id) != own) {
            return Err(SqlError::Other("an event belongs to another conversation".to_owned()));
        }
        if self.is_archived() { self.log.put_back(records) } else { Ok(()) }
    }

    /// Becomes the archived room of a conversation that only the document store knows, because it was restored from a
    /// backup into a deployment whose rooms have never seen it. `first` and `last` are its first and its last event.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn adopt(&mut self, first: &Record, last: &Record) -> Result<(), SqlError> {
        if self.log.identity().is_some() {
            return Ok(());
        }
        let id = last.conversation_id;
        // Whose it is comes last: where something fails on the way there still is no conversation here, and this is tried
        // again.
        self.log.prepare()?;
        // In which form the store has them nobody knows: once they are back, they are stored again.
        self.log.write_cursor(Cursor { seq: last.seq, format: 0, ..self.log.documents })?;
        self.log.write_progress(Progress { archived: true, ..self.log.outbox })?;
        self.log.put_back(std::slice::from_ref(last))?;
        self.log.create(Identity { id, visitor: first.actor.clone(), created_at: first.at })?;
        self.log.reload()
    }

    /// Ends the archive, once all its events are back.
    ///
    /// # Errors
    /// [`RoomError::Incomplete`] when some are missing, or the storage fails; the room stays archived then.
    pub fn unarchive(&mut self) -> Result<(), RoomError> {
        let rows = self.log.sql.exec("SELECT COUNT(*) FROM events", &[])?;
        let found = rows.first().map_or(0, |row| unsigned(row, 0));
        let head = self.log.snapshot.head;
        if found != head {
            return Err(RoomError::Incomplete(format!("{found} of its {head} events came back")));
        }
        // What an earlier version stored is now to be stored in the form of this one. Until the second statement it is
        // archived still.
        self.log.write_cursor(self.log.documents.reformatted())?;
        self.log.write_progress(Progress { archived: false, ..self.log.outbox })?;
        // What the last row may not say of time the others do. Where they cannot be read now, the room's next opening does.
        let _unread = self.log.reload();
        Ok(())
    }

    /// Which conversation this is; nothing before it has begun.
    #[must_use]
    pub fn id(&self) -> Option<ConversationId> {
        self.log.identity().map(|identity| identity.id)
    }

    /// Whose conversation this is and when it began; nothing before it has begun.
    #[must_use]
    pub fn visitor(&self) -> Option<(Actor, Millis)> {
        self.log.identity().map(|identity| (identity.visitor.clone(), identity.created_at))
    }

    /// What an actor may see of an archived conversation: which events, and up to which `seq`.
    ///
    /// # Errors
    /// When there is no such conversation, or they may not see it.
    pub fn view(&self, by: &Principal, now: Millis) -> Result<(Audience, u64), RoomError> {
        self.check(by, Action::See, now)?;
        let audience = Audience::of(by);
        Ok((audience, self.log.snapshot.head_for(audience)))
    }
}
