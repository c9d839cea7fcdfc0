//! What waits for the document store.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::ConversationId;

/// How far a conversation's events are from being in the document store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backlog {
    /// The conversation.
    #[cfg_attr(test, ts(type = "string"))]
    pub conversation_id: ConversationId,
    /// How many events are still to be stored.
    #[cfg_attr(test, ts(type = "number"))]
    pub events: u64,
    /// When the oldest of them happened, in milliseconds since the Unix epoch.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub since: Option<Millis>,
    /// How many events the store has refused for good; they wait to be tried again.
    #[cfg_attr(test, ts(type = "number"))]
    pub set_aside: u64,
    /// Why the first of those was refused, in the store's words.
    pub reason: Option<String>,
}

impl Backlog {
    /// Whether everything is stored.
    #[must_use]
    pub const fn is_clear(&self) -> bool {
        self.events == 0 && self.set_aside == 0
    }
}

/// What is waiting for the document store in the whole deployment, as far as rooms have reported trouble.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutboxStatus {
    /// How many conversations have events that could not be stored yet.
    #[cfg_attr(test, ts(type = "number"))]
    pub conversations: u64,
    /// How many events those are, as last reported.
    #[cfg_attr(test, ts(type = "number"))]
    pub events: u64,
    /// When the oldest of them happened, in milliseconds since the Unix epoch.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub since: Option<Millis>,
    /// How many events the store has refused for good, in all conversations.
    #[cfg_attr(test, ts(type = "number"))]
    pub set_aside: u64,
    /// The first of the conversations concerned, those that wait longest first.
    pub backlogs: Vec<Backlog>,
}

impl OutboxStatus {
    /// How long the oldest event has been waiting, in seconds.
    #[must_use]
    pub fn lag_seconds(&self, now: Millis) -> Millis {
        self.since.map_or(0, |since| now.saturating_sub(since).max(0) / 1000)
    }
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Backlog>();
    out.add::<OutboxStatus>();
}
