//! A room whose events are in the document store only: what it can answer from there, when it takes them back, and how it
//! came to that, by giving its storage back or by being restored from a backup.

use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::room::{self as logic, Duty, Part, RoomError};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::History;

use super::Shared;
use super::chores::{Done, words};
use super::client::Answer;
use crate::outbox::{self, OutboxError, RoomHandle};
use crate::sql::ObjectSql;

/// The conversation that `readyz` asks for, which no document store has.
const PROBE_CONVERSATION: &str = "00000000-0000-0000-0000-000000000000";

impl Shared {
    /// Does something that an archived room can do only with its events.
    pub async fn run_unarchived<T>(
        &self,
        work: impl Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>,
    ) -> Answer<T> {
        match self.run_or_adopt(&work).await {
            Err(RoomError::Archived) => {
                outbox::unarchive(self, &self.documents()).await.map_err(room_error)?;
                let answer = self.with(|room, now| {
                    room.was_needed(now);
                    work(room, now)
                });
                // An archived room had nothing to do, and no alarm.
                self.hub.alarm.set(&self.hub.state, Duty::changed);
                answer
            }
            answer => answer,
        }
    }

    /// Does something in a conversation, also in one that only the document store knows: it was restored from a backup.
    pub async fn run_or_adopt<T>(
        &self,
        work: impl Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>,
    ) -> Answer<T> {
        let answer = self.with(&work);
        let Err(RoomError::NotFound) = answer else { return answer };
        let name = self.hub.state.id().name().filter(|name| name != PROBE_CONVERSATION);
        let Some(id) = name.and_then(|name| name.parse().ok()) else { return answer };
        if outbox::adopt(self, &self.documents(), id).await.map_err(room_error)? {
            self.with(work)
        } else {
            answer
        }
    }

    pub async fn history(&self, by: &Principal, part: Part, limit: usize) -> Answer<History> {
        match self.run_or_adopt(|room, now| room.history(by, part, limit, now)).await {
            Err(RoomError::Archived) => {
                outbox::history(self, &self.documents(), by, part, limit).await.map_err(room_error)
            }
            answer => answer,
        }
    }

    /// Gives the events' storage back. While somebody is here, or something has changed since, nothing happens.
    pub async fn archive(&self) -> Done {
        outbox::archive(self, &self.documents()).await.map_err(words)
    }
}

/// What a caller over REST is told when the document store fails: it is a storage, too.
fn room_error(error: OutboxError) -> RoomError {
    match error {
        OutboxError::Room(error) => error,
        OutboxError::Documents(error) => SqlError::Other(format!("document store: {error}")).into(),
    }
}
