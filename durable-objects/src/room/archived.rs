//! A room whose events are in the document store only: what it can answer from there, when it takes them back, and how it
//! came to that, by giving its storage back or by being restored from a backup.

use std::pin::Pin;

use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::room::{self as logic, Duty, Part, RoomError};
use voxora_domain::sql::SqlError;

use super::chores::{Done, words};
use super::client::Answer;
use super::{Said, Shared, said};
use crate::outbox::{self, OutboxError, RoomHandle};
use crate::sql::ObjectSql;

/// The conversation that `readyz` asks for, which no document store has.
const PROBE_CONVERSATION: &str = "00000000-0000-0000-0000-000000000000";

/// Something that is done with the room, and done again once its events are there. Behind a pointer, because that is waited for:
/// else there would be as many copies of all the waiting as there are things to do.
pub(super) type Work<'a, T> = &'a dyn Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>;

impl Shared {
    /// Does something that an archived room can do only with its events.
    pub async fn run<T>(&self, work: Work<'_, T>) -> Answer<T> {
        match self.run_or_adopt(work).await {
            Err(RoomError::Archived) => {
                self.unarchive().await?;
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
    pub async fn run_or_adopt<T>(&self, work: Work<'_, T>) -> Answer<T> {
        match self.with(work) {
            Err(RoomError::NotFound) if self.adopt().await? => self.with(work),
            answer => answer,
        }
    }

    fn unarchive(&self) -> Pin<Box<dyn Future<Output = Answer<()>> + '_>> {
        Box::pin(async move { outbox::unarchive(self, &self.documents()).await.map_err(room_error) })
    }

    /// Looks for the conversation in the document store. Says whether it is there.
    fn adopt(&self) -> Pin<Box<dyn Future<Output = Answer<bool>> + '_>> {
        Box::pin(async move {
            let name = self.hub.state.id().name().filter(|name| name != PROBE_CONVERSATION);
            let Some(id) = name.and_then(|name| name.parse().ok()) else { return Ok(false) };
            outbox::adopt(self, &self.documents(), id).await.map_err(room_error)
        })
    }

    pub async fn history(&self, by: &Principal, part: Part, limit: usize) -> Answer<Said> {
        let here: Work<'_, Said> = &|room, now| said((room.history(by, part, limit, now)?, Vec::new()));
        match self.run_or_adopt(here).await {
            Err(RoomError::Archived) => {
                let history = outbox::history(self, &self.documents(), by, part, limit).await;
                said((history.map_err(room_error)?, Vec::new()))
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
