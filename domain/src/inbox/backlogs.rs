//! What waits for the document store, as rooms have reported it, and which of them are to try again.

use super::Inbox;
use crate::id::ConversationId;
use crate::sql::{Row, Sql, SqlError, Value};
use crate::wire::{Backlog, OutboxStatus};

/// How many conversations behind the document store are listed.
pub const BACKLOGS: u64 = 50;
/// How many rooms are asked at once to store what waits.
const NUDGED: u64 = 8;

impl<S: Sql> Inbox<S> {
    /// Takes in how far a room is behind the document store. Rooms report when storing failed, and when it has succeeded
    /// again; those that have nothing to report are not known here. Says whether others should be nudged: this one has been
    /// waiting for the store, which now took what it had, and others still wait.
    ///
    /// Each nudge needs a room that has caught up since the last one, so there is an end to them, and a store that is away
    /// again is left alone.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn report(&self, backlog: &Backlog) -> Result<bool, SqlError> {
        let id = backlog.conversation_id.to_string();
        if backlog.is_clear() {
            let was_behind =
                self.sql.write("DELETE FROM backlogs WHERE conversation_id = ?", &[id.into()])?;
            Ok(was_behind && !self.to_nudge()?.is_empty())
        } else {
            self.sql.write(
                "INSERT OR REPLACE INTO backlogs (conversation_id, events, since, set_aside, reason) \
                 VALUES (?, ?, ?, ?, ?)",
                &[
                    id.into(),
                    backlog.events.into(),
                    backlog.since.into(),
                    backlog.set_aside.into(),
                    backlog.reason.as_deref().into(),
                ],
            )?;
            Ok(false)
        }
    }

    /// The rooms to nudge next: some that have been waiting longest. What was set aside waits for an admin.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn to_nudge(&self) -> Result<Vec<ConversationId>, SqlError> {
        let rows = self.sql.exec(
            "SELECT conversation_id FROM backlogs WHERE events > 0 ORDER BY since IS NULL, since LIMIT ?",
            &[NUDGED.into()],
        )?;
        Ok(rows.iter().filter_map(|row| row.first()?.as_text()?.parse().ok()).collect())
    }

    /// What is waiting for the document store, as rooms have reported it; the first [`BACKLOGS`] conversations.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn outbox(&self) -> Result<OutboxStatus, SqlError> {
        let number = |row: &Row, column: usize| {
            let value = row.get(column).and_then(Value::as_integer).unwrap_or(0);
            u64::try_from(value).unwrap_or(0)
        };
        let total = "SELECT SUM(events > 0), SUM(events), MIN(since), SUM(set_aside) FROM backlogs";
        let rows = self.sql.exec(total, &[])?;
        let mut status = rows.first().map_or_else(OutboxStatus::default, |row| OutboxStatus {
            conversations: number(row, 0),
            events: number(row, 1),
            since: row.get(2).and_then(Value::as_integer),
            set_aside: number(row, 3),
            backlogs: Vec::new(),
        });
        let rows = self.sql.exec(
            "SELECT events, since, set_aside, reason, conversation_id FROM backlogs \
             ORDER BY since IS NULL, since LIMIT ?",
            &[BACKLOGS.into()],
        )?;
        let backlogs = rows.iter().filter_map(|row| {
            Some(Backlog {
                events: number(row, 0),
                since: row.get(1).and_then(Value::as_integer),
                set_aside: number(row, 2),
                reason: row.get(3).and_then(Value::as_text).map(str::to_owned),
                conversation_id: row.get(4)?.as_text()?.parse().ok()?,
            })
        });
        status.backlogs = backlogs.collect();
        Ok(status)
    }
}
