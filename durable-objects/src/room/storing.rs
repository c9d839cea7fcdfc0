//! The room and the document store: brings the log there (see [`crate::outbox`]), tells the inbox when that fails and when it
//! works again.

use voxora_domain::access::Audience;
use voxora_domain::room::Duty;
use voxora_store::conversations::ConversationDocument;

use super::chores::{Done, words};
use super::client::{Answer, Stored};
use super::{Shared, log_failure};
use crate::inbox;
use crate::outbox::{self, OutboxError, RoomHandle};

/// How many batches are stored in one go.
const BATCHES: usize = 20;

impl Shared {
    /// Stores the next events and how the conversation stands.
    pub async fn store(&self) -> Done {
        self.flush().await.map_err(words)?;
        self.flush_summary().await.map_err(words)
    }

    async fn flush(&self) -> Result<(), OutboxError> {
        let documents = self.documents();
        for _ in 0..BATCHES {
            let (some, refused) = outbox::flush(self, &documents).await?;
            for (seq, reason) in refused {
                log_failure("set aside", &format!("event {seq}: {reason}"));
            }
            if !some {
                break;
            }
        }
        Ok(())
    }

    async fn flush_summary(&self) -> Result<(), OutboxError> {
        let summaries =
            self.with(|room, _| Ok(room.summary(Audience::Agents)?.zip(room.summary(Audience::Visitor)?)))?;
        let Some((agents, visitor)) = summaries else { return Ok(()) };
        let standing = agents.conversation.standing();
        if !self.with(|room, _| Ok(room.is_news_to_store(standing)))? {
            return Ok(());
        }
        let document = ConversationDocument::new(agents, &visitor);
        if let Some((seq, reason)) = outbox::flush_summary(self, &self.documents(), &document).await? {
            log_failure("set aside", &format!("the conversation as of event {seq}: {reason}"));
        }
        self.with(|room, _| {
            room.stored_summary(standing);
            Ok(())
        })?;
        Ok(())
    }

    /// Stores at once what waits, and what was set aside.
    pub async fn store_all(&self) -> Answer<Stored> {
        let documents = self.documents();
        documents.trust_again();
        if let Err(error) = outbox::flush_aside(self, &documents).await {
            log_failure("store", &error.to_string());
        }
        // How the conversation stands may have been refused as well.
        self.with(|room, _| {
            room.store_summary_again();
            Ok(())
        })?;
        self.do_now(Duty::Documents).await;
        self.do_now(Duty::Report).await;
        let failed = self.hub.alarm.with(|schedule, _| schedule.failing_since(Duty::Documents).is_some());
        self.with(|room, _| Ok(Stored { backlog: room.backlog()?, failed }))
    }

    /// Reports to the inbox that this room is behind the document store, or no longer is.
    pub async fn report(&self) -> Done {
        let failing = self.hub.alarm.with(|schedule, _| schedule.failing_since(Duty::Documents).is_some());
        let backlog = self.with(|room, now| {
            let since = room.reported_since();
            let wanted = failing || since.is_some();
            let backlog = room.backlog()?.filter(|backlog| wanted || backlog.set_aside > 0);
            if backlog.is_some() {
                // Remembered before the inbox hears of trouble and forgotten after it hears of its end: whenever a kill
                // comes, the inbox hears of the end.
                room.reported(since.or(Some(now)))?;
            }
            Ok(backlog)
        });
        let Some(backlog) = backlog.map_err(words)? else { return Ok(()) };
        inbox::report(&self.hub.env, &backlog).await.map_err(words)?;
        if backlog.is_clear() {
            self.with(|room, _| Ok(room.reported(None)?)).map_err(words)?;
        }
        Ok(())
    }
}
