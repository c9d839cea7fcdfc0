//! How far the log has reached each destination, and what else the outbox remembers.

use super::row::{integer, unsigned};
use crate::Millis;
use crate::sql::{Sql, SqlError};

/// The form in which this version stores documents. Raised whenever what rooms have stored is to be stored anew.
pub(super) const FORMAT: u64 = 2;

/// Who the log is delivered to, each by a cursor of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// The document store.
    Documents,
}

impl Destination {
    /// Its key in the table `destinations`.
    const fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
        }
    }
}

/// How far one destination has the log: a row of the table `destinations`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Which one of its kind it is, by a number that is its own; 0 when nobody has said. Another one begins anew.
    pub place: u64,
    /// In which form it has them.
    pub format: u64,
    /// Events up to this `seq` are there, or are dead letters.
    pub seq: u64,
    /// Events up to this `seq` may be there in an earlier form.
    pub former: u64,
}

impl Cursor {
    pub fn read(sql: &impl Sql, destination: Destination) -> Result<Self, SqlError> {
        let rows = sql.exec(
            "SELECT place, format, seq, former FROM destinations WHERE name = ?",
            &[destination.name().into()],
        )?;
        Ok(rows.first().map_or_else(Self::default, |row| Self {
            place: unsigned(row, 0),
            format: unsigned(row, 1),
            seq: unsigned(row, 2),
            former: unsigned(row, 3),
        }))
    }

    pub fn write(self, sql: &impl Sql, destination: Destination) -> Result<(), SqlError> {
        sql.write(
            "INSERT OR REPLACE INTO destinations (name, place, format, seq, former) VALUES (?, ?, ?, ?, ?)",
            &[
                destination.name().into(),
                self.place.into(),
                self.format.into(),
                self.seq.into(),
                self.former.into(),
            ],
        )?;
        Ok(())
    }

    /// The same, about the place that memory says. The database may not have heard of that one yet.
    pub const fn of_the_same_place(self, memory: Self) -> Self {
        let place = if memory.place == 0 { self.place } else { memory.place };
        Self { place, ..self }
    }

    /// The same in the form of this version: what is there in an earlier one is to be delivered again.
    pub const fn reformatted(self) -> Self {
        if self.format == FORMAT {
            return self;
        }
        let former = if self.seq > self.former { self.seq } else { self.former };
        Self { format: FORMAT, seq: 0, former, ..self }
    }
}

/// What the outbox remembers beside its cursors: its one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Whether only the last event is still here.
    pub archived: bool,
    /// Since when the inbox has been told that this room is behind; 0 when it has not.
    pub reported: Millis,
}

impl Progress {
    pub fn read(sql: &impl Sql) -> Result<Self, SqlError> {
        let rows = sql.exec("SELECT archived, reported FROM outbox", &[])?;
        Ok(rows.first().map_or_else(Self::default, |row| Self {
            archived: integer(row, 0) == 1,
            reported: integer(row, 1),
        }))
    }

    pub fn write(self, sql: &impl Sql) -> Result<(), SqlError> {
        // The columns `store` and `flushed` were the one cursor there was before `destinations`.
        sql.write(
            "INSERT OR REPLACE INTO outbox (id, store, flushed, archived, reported) VALUES (1, 0, 0, ?, ?)",
            &[i64::from(self.archived).into(), self.reported.into()],
        )?;
        Ok(())
    }
}
