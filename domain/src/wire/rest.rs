//! The bodies of the REST API. `docs/API.md` says which route takes and gives which.

use serde::{Deserialize, Serialize};

use super::{CompactEvent, Conversation, ConversationStatus, People};
use crate::Millis;
use crate::id::{ConversationId, UserId, VisitorId};

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Role {
    /// Everything.
    Admin,
    /// Answer conversations.
    Agent,
}

/// A member of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct User {
    /// Their id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: UserId,
    /// Their e-mail address, lower case.
    pub email: String,
    /// The name that visitors and colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Whether the first admin is still to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupStatus {
    /// True until the first admin exists.
    pub required: bool,
}

/// Makes the first admin.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupRequest {
    /// The deployment's `SETUP_TOKEN`.
    pub setup_token: String,
    /// 1–100 characters.
    pub name: String,
    /// An e-mail address.
    pub email: String,
    /// 10–200 characters.
    pub password: String,
}

/// Signs a user in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LoginRequest {
    /// The user's e-mail address, in any case.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// A signed-in user. The refresh token comes beside it, in an `HttpOnly` cookie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgentSession {
    /// The token for `Authorization: Bearer` and for sockets.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: u32,
    /// Who it speaks for.
    pub user: User,
}

/// Begins or renews a visitor's session.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VisitorSessionRequest {
    /// The renewal token of the session before, if there was one. One that is no longer good is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub renewal_token: Option<String>,
}

/// A visitor's session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VisitorSession {
    /// The visitor.
    #[cfg_attr(test, ts(type = "string"))]
    pub visitor_id: VisitorId,
    /// The token for `Authorization: Bearer` and for sockets.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: u32,
    /// The token that renews the session; keep it instead of the one before.
    pub renewal_token: String,
}

/// Starts a conversation with its first message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StartConversationRequest {
    /// The client's name for the message; a repeat gets the same conversation and the first one's `seq`.
    pub client_id: String,
    /// 1–10,000 characters of plain text.
    pub text: String,
}

/// A conversation that has just been started, or that a repeat found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
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
pub struct UpdateConversationRequest {
    /// The new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<ConversationStatus>,
    /// The user it belongs to from now on; `null` for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub assignee_id: Option<Option<UserId>>,
}

/// Tells `null` (Some(None)) from absent (None).
#[allow(clippy::option_option)] // these are the three answers there are
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub next_cursor: Option<String>,
}

/// A page of a conversation's history, ascending by `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
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

/// Why a request failed: RFC 9457 problem details, `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    /// A reference that names the kind of problem: `about:blank` (the code says which).
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong and what would be right.
    pub detail: String,
    /// A stable name for the reason, for programs.
    pub code: String,
    /// The request's id, as in `x-request-id` and in the logs.
    pub request_id: String,
}

/// Whether the parts the product stands on answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Readiness {
    /// True when every check passed.
    pub ready: bool,
    /// The parts, each with `ok` or what went wrong.
    pub checks: std::collections::BTreeMap<String, String>,
}

/// How far a conversation's events are from being in the document store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
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
