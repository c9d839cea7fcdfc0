//! A conversation's room: the one writer of its log, and everyone who is connected to it.
//!
//! Plain logic over the [`Sql`] port. The shell (a Durable Object, or a property test) hands in what arrives and the
//! time, and carries out the [outputs](crate::sockets::Output) in order. The room promises, in `docs/PROTOCOL.md`'s
//! words: an ack means stored; one order for all; a repeat is stored once; nothing is missed; a note never leaves for a
//! visitor. What it holds in memory is a cache of the log and of the sockets' attachments, and can be lost between any
//! two calls.

mod changes;
mod connections;
mod duties;
mod episode;
mod frames;
mod log;
mod outbox;
mod page;
mod people;
mod progress;
mod record;
mod row;
mod senders;
mod snapshot;
mod targets;
mod validate;
mod views;

use serde::Deserialize;

pub use changes::{Assignment, Change, Routed};
use connections::Held;
pub use duties::Duty;
use duties::Known;
pub use episode::{Episode, Missed};
use log::Log;
pub use outbox::Batch;
pub use page::Part;
use people::People;
pub use record::{Record, history_of, is_whole};
use senders::Senders;

use crate::Millis;
use crate::access::{Action, ConversationFacts, Principal, authorize};
use crate::limits::{Buckets, Rates};
use crate::sockets::{Connections, Refusal};
use crate::sql::{Sql, SqlError};
use crate::wire::Terms;

/// Why the room did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize, thiserror::Error)]
pub enum RoomError {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    NotFound,
    /// They have as many sockets here as one person may have.
    #[error("one person may hold no more connections to a conversation")]
    TooManyConnections,
    /// A rule stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its events are in the document store only; [`Room::take_back`] comes first.
    #[error("the conversation is archived")]
    Archived,
    /// It is archived, and the document store lacks some of its events.
    #[error("the document store does not have all of the conversation any more: {0}")]
    Incomplete(String),
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(#[from] SqlError),
}

/// A conversation's room.
pub struct Room<S> {
    log: Log<S>,
    rates: Rates,
    connections: Connections<Held>,
    /// How fast each person may send.
    senders: Senders,
    /// How fast each person may send what is not stored.
    signals: Buckets,
    people: People,
    known: Known,
}

impl<S: Sql> Room<S> {
    /// Opens the room over its database, bringing the tables up to date.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S, rates: Rates) -> Result<Self, SqlError> {
        let connections = Connections::new(rates.heartbeat_seconds);
        Ok(Self {
            log: Log::open(sql)?,
            rates,
            connections,
            senders: Senders::default(),
            signals: Buckets::default(),
            people: People::default(),
            known: Known::default(),
        })
    }

    /// Says how times of a zone are reckoned: how many seconds its clocks are ahead of UTC at a moment.
    pub const fn reckons_by(&mut self, offset: fn(&str, Millis) -> Option<i32>) {
        self.log.offset = offset;
    }

    /// Keeps what the conversation's queue asks for. Says whether that is another thing than before.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn keep_terms(&mut self, terms: Terms) -> Result<bool, SqlError> {
        self.log.keep_terms(terms)
    }

    pub(super) fn expect_events(&self) -> Result<(), RoomError> {
        if self.is_archived() { Err(RoomError::Archived) } else { Ok(()) }
    }

    /// Whether the rules let somebody do the action.
    pub(super) fn check(&self, by: &Principal, action: Action<'_>, now: Millis) -> Result<(), RoomError> {
        let identity = self.log.identity().ok_or(RoomError::NotFound)?;
        let snapshot = self.log.snapshot();
        let facts = ConversationFacts {
            visitor: &identity.visitor,
            status: snapshot.status,
            assignee: snapshot.assignee.as_ref(),
            department: snapshot.department,
            now,
        };
        authorize(by, action, facts).map_err(|(code, message)| Refusal::new(code, message).into())
    }
}
