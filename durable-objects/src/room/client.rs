//! How a room is called: its requests and answers, and the functions that the edge, the register of sessions and the inbox use.
//! What crosses between versions of both ends is pinned in `tests`.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::room::{Change, Part, RoomError};
use voxora_domain::sessions::Ending;
use voxora_domain::wire::{
    Actor, Backlog, Conversation, History, StartConversationRequest, StartedConversation, TagName,
};
use worker::{Env, Response};

use crate::call::{self, CallError};

const BINDING: &str = "ROOM";

/// What a room is asked, over REST and by the register of sessions. The last version sent actors where principals are,
/// and reads actors out of them: the names of the fields stay.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    Start { id: ConversationId, visitor: Principal, request: StartConversationRequest },
    Get { actor: Principal },
    History { actor: Principal, part: Part, limit: usize },
    Update { actor: Principal, change: Change },
    Tag { actor: Principal, tag: TagName, wanted: bool },
    ReplaceTag { actor: Actor, tag: TagName, into: TagName },
    TakeFrom { actor: Actor, user: UserId },
    Rename { user: UserId, name: String },
    Store,
    EndSession { ending: Ending },
}

/// What came of trying to store what waits.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stored {
    /// What waits still; nothing before the conversation has begun.
    pub backlog: Option<Backlog>,
    /// Whether the document store did not take it.
    pub failed: bool,
}

/// A room's answer, or why it refused.
pub type Answer<T> = std::result::Result<T, RoomError>;

/// Begins a conversation, or finds that a repeat of the request has.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn start(
    env: &Env,
    id: ConversationId,
    visitor: Principal,
    request: StartConversationRequest,
) -> std::result::Result<Answer<StartedConversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Start { id, visitor, request }).await
}

/// The conversation as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn get(
    env: &Env,
    id: ConversationId,
    actor: Principal,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Get { actor }).await
}

/// A page of the conversation's history as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn history(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    part: Part,
    limit: usize,
) -> std::result::Result<Answer<History>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::History { actor, part, limit }).await
}

/// Changes status or assignee.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn update(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    change: Change,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Update { actor, change }).await
}

/// Puts a tag on the conversation, or takes it off.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn tag(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    tag: TagName,
    wanted: bool,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Tag { actor, tag, wanted }).await
}

/// Puts one tag in the place of another, into which `actor` merged it, if the conversation has that.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub async fn replace_tag(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    tag: TagName,
    into: TagName,
) -> std::result::Result<Answer<()>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::ReplaceTag { actor, tag, into }).await
}

/// Takes the conversation from somebody who cannot answer it any more, if it is theirs and not closed; `actor` is who saw to
/// that.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub async fn take_from(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    user: UserId,
) -> std::result::Result<Answer<()>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::TakeFrom { actor, user }).await
}

/// Puts another name in the place of somebody's, wherever they signed something in the conversation or were assigned.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub async fn rename(
    env: &Env,
    id: ConversationId,
    user: UserId,
    name: String,
) -> std::result::Result<Answer<()>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Rename { user, name }).await
}

/// Connects a socket: the answer is the room's 101.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn connect(
    env: &Env,
    id: ConversationId,
    actor: &Principal,
    after: Option<u64>,
) -> std::result::Result<Answer<Response>, CallError> {
    call::upgrade(env, BINDING, &id.to_string(), actor, after).await
}

/// Closes the sockets whose session has ended.
///
/// # Errors
/// When the room cannot be reached, or could not be opened.
pub async fn end_session(
    env: &Env,
    id: ConversationId,
    ending: &Ending,
) -> std::result::Result<(), CallError> {
    let request = Request::EndSession { ending: ending.clone() };
    let answer: Answer<()> =
        call::in_time(BINDING, call::post(env, BINDING, &id.to_string(), &request)).await?;
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
}

/// Tries to store what is waiting, also what the document store has refused for good before.
///
/// # Errors
/// When the room cannot be reached; inside, when its storage fails.
pub async fn store(env: &Env, id: ConversationId) -> std::result::Result<Answer<Stored>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Store).await
}
