//! How far the log has reached the document store: the outbox's one row.

use super::row::{integer, unsigned};
use crate::Millis;
use crate::sql::{Sql, SqlError};

/// The outbox's one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Which document store it is about.
    pub store: u64,
    /// Events up to this `seq` are in the document store, or set aside.
    pub flushed: u64,
    /// Whether only the last event is still here.
    pub archived: bool,
    /// Since when the inbox has been told that this room is behind; 0 when it has not.
    pub reported: Millis,
}

impl Progress {
    pub(super) fn read(sql: &impl Sql) -> Result<Self, SqlError> {
        let rows = sql.exec("SELECT store, flushed, archived, reported FROM outbox", &[])?;
        Ok(rows.first().map_or_else(Self::default, |row| Self {
            store: unsigned(row, 0),
            flushed: unsigned(row, 1),
            archived: integer(row, 2) == 1,
            reported: integer(row, 3),
        }))
    }

    /// The same, but about the store that memory says. The database may not have heard of that one yet.
    pub(super) const fn of_the_same_store(self, memory: Self) -> Self {
        let store = if memory.store == 0 { self.store } else { memory.store };
        Self { store, ..self }
    }
}
