//! What may be seen of a conversation: as it stands, page by page, and as a list shows it.

use crate::Millis;
use crate::access::{Action, Audience, Principal};
use crate::sql::{Sql, SqlError};
use crate::wire::{Conversation, ConversationSummary, History};

use super::page::{Part, Range};
use super::{Room, RoomError};

impl<S: Sql> Room<S> {
    /// The conversation as somebody sees it.
    ///
    /// # Errors
    /// When there is none, or they may not see it.
    pub fn conversation(&self, by: &Principal, now: Millis) -> Result<Conversation, RoomError> {
        self.check(by, Action::See, now)?;
        self.log.conversation(Audience::of(by)).ok_or(RoomError::NotFound)
    }

    /// A page of the history as somebody sees it.
    ///
    /// # Errors
    /// When there is no such conversation, they may not see it, or the storage fails.
    pub fn history(
        &self,
        by: &Principal,
        part: Part,
        limit: usize,
        now: Millis,
    ) -> Result<History, RoomError> {
        self.check(by, Action::See, now)?;
        self.expect_events()?;
        let audience = Audience::of(by);
        let page = self.log.page(audience, Range::of(part), limit)?;
        Ok(page.into_history(self.log.snapshot().head_for(audience)))
    }

    /// The conversation as a list shows it, to agents or to its visitor; nothing before it has begun, or while it is
    /// archived, when there is no news of it.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn summary(&self, audience: Audience) -> Result<Option<ConversationSummary>, SqlError> {
        let Some(conversation) = self.log.conversation(audience).filter(|_| !self.is_archived()) else {
            return Ok(None);
        };
        let last_message = self.log.last_message()?;
        Ok(Some(ConversationSummary {
            updated_at: last_message.as_ref().map_or(conversation.created_at, |message| message.at),
            unread: self.log.unread(audience)?,
            last_message,
            conversation,
        }))
    }

    /// The head that lists should know of; nothing before the conversation has begun, or while it is archived.
    #[must_use]
    pub fn summary_head(&self) -> Option<u64> {
        self.log.identity().filter(|_| !self.is_archived()).map(|_| self.log.snapshot().head)
    }
}
