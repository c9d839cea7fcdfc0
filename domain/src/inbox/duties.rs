//! What the inbox does in time.

use super::Inbox;
use crate::Millis;
use crate::schedule::{Backoff, Pace, Schedule};
use crate::sql::{Sql, SqlError};

/// How long the directory is believed without being read again, in milliseconds: what a message about a change did not say, because
/// it was lost, is noticed so.
const DIRECTORY_LASTS: Millis = 60 * 60 * 1000;

/// Something that the inbox does in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Closes sockets whose time is over and those that are silent.
    Sockets,
    /// Asks some of the rooms that are behind the document store to try again: it has taken what another room had.
    Nudge,
    /// Makes offline whoever has been gone for long enough.
    Presence,
    /// Reads the team's directory from the store.
    Directory,
    /// Sees to what has waited for too long.
    Queues,
    /// Tells rooms what was decided, and what their queues ask for now.
    Decisions,
}

impl Duty {
    /// All of them, with how each is done. Rooms are nudged one handful a second: they come to the store one after the other.
    pub const ALL: [(Self, Pace); 6] = {
        let brief = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: 30_000, limit: 60_000 };
        let nudge = Pace { after: 1_000, every: 1_000, limit: 120_000, ..brief };
        // Several changes of the same moment are read together.
        let directory = Pace { after: 100, every: 1_000, ..brief };
        [
            (Self::Sockets, brief),
            (Self::Nudge, nudge),
            (Self::Presence, brief),
            (Self::Directory, directory),
            (Self::Queues, brief),
            (Self::Decisions, brief),
        ]
    };
}

impl<S: Sql> Inbox<S> {
    /// Has the schedule know what is to be done; but for its sockets.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn plan(&self, schedule: &mut Schedule<Duty>, now: Millis) -> Result<(), SqlError> {
        if !schedule.is_under_way(Duty::Presence, now) {
            schedule.set(Duty::Presence, self.presence_due(), now);
        }
        if !schedule.is_under_way(Duty::Queues, now) {
            schedule.set(Duty::Queues, self.queues_due(), now);
        }
        if !schedule.is_under_way(Duty::Decisions, now) && self.has_to_tell()? {
            schedule.want(Duty::Decisions, now);
        }
        if !schedule.is_under_way(Duty::Directory, now) {
            let is_doubted = self.directory_read_at == 0 || self.doubts_somebody();
            // While nobody is there nobody is routed, and it is not worth looking every hour.
            let is_followed = !self.connections.is_empty();
            let due = if is_doubted {
                Some(now)
            } else {
                Some(self.directory_read_at.saturating_add(DIRECTORY_LASTS))
            };
            schedule.set(Duty::Directory, due.filter(|_| is_doubted || is_followed), now);
        }
        Ok(())
    }
}
