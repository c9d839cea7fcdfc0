//! Conversations over REST: starting one, changing one, its history.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::{DepartmentId, UserId};
use crate::json;
use crate::wire::{CompactEvent, Conversation, ConversationStatus, People, Priority};

/// Starts a conversation with its first message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StartConversationRequest {
    /// The client's name for the message; a repeat gets the same conversation and the first one's `seq`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,64}$")))]
    pub client_id: String,
    /// 1–10,000 characters of plain text.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = crate::limits::MESSAGE_CHARACTERS)))]
    pub text: String,
}

/// A conversation that has just been started, or that a repeat found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StartedConversation {
    /// The conversation.
    pub conversation: Conversation,
    /// The `seq` of the first message.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// When it was stored.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: Millis,
    /// Whether an earlier request had stored it.
    pub duplicate: bool,
}

/// Changes a conversation. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateConversationRequest {
    /// The new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<ConversationStatus>,
    /// With the status `snoozed`: until when, a time from now on and within a year; `null` or absent: until the visitor answers.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "number | null"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Millis>", extend("x-nullable" = true)))]
    pub snoozed_until: Option<Option<Millis>>,
    /// How urgent it is from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub priority: Option<Priority>,
    /// The user it belongs to from now on; `null` for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<UserId>", extend("x-nullable" = true)))]
    pub assignee_id: Option<Option<UserId>>,
    /// The department it belongs to from now on; `null` for none: the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<DepartmentId>", extend("x-nullable" = true)))]
    pub department_id: Option<Option<DepartmentId>>,
}

/// A page of a conversation's history, ascending by `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// Who every `by` among the events is, in this answer.
    pub people: People,
    /// The events.
    pub events: Vec<CompactEvent>,
    /// The `seq` of the last event of this audience before the page; 0 when the page begins at the first.
    #[cfg_attr(test, ts(type = "number"))]
    pub prev: u64,
    /// Whether events follow after the page.
    pub more: bool,
    /// The `seq` of the last event this audience may see.
    #[cfg_attr(test, ts(type = "number"))]
    pub head: u64,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<StartConversationRequest>();
    out.add::<StartedConversation>();
    out.add::<UpdateConversationRequest>();
    out.add::<History>();
}
