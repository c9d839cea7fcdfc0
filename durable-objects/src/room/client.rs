//! How a room is called: its requests and answers, and the functions that the edge, the register of sessions and the inbox use.
//! What crosses between versions of both ends is pinned in `tests`.

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::room::{Change, Part, RoomError};
use voxora_domain::sessions::Ending;
use voxora_domain::wire::{
    Actor, Backlog, Conversation, History, StartConversationRequest, StartedConversation, TagName,
};
use worker::{Env, Response};

use crate::call::{CallError, Object};

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

/// What came of asking a room: its answer, where it could be reached.
pub type Asked<T> = std::result::Result<Answer<T>, CallError>;

fn ask<'a, A: DeserializeOwned>(
    env: &'a Env,
    id: ConversationId,
    request: &Request,
) -> impl Future<Output = Asked<A>> + use<'a, A> {
    Object::new(env, BINDING, id.to_string()).post(request)
}

/// Begins a conversation, or finds that a repeat of the request has.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub fn start(
    env: &Env,
    id: ConversationId,
    visitor: Principal,
    request: StartConversationRequest,
) -> impl Future<Output = Asked<StartedConversation>> {
    ask(env, id, &Request::Start { id, visitor, request })
}

/// The conversation as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub fn get(env: &Env, id: ConversationId, actor: Principal) -> impl Future<Output = Asked<Conversation>> {
    ask(env, id, &Request::Get { actor })
}

/// A page of the conversation's history as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub fn history(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    part: Part,
    limit: usize,
) -> impl Future<Output = Asked<History>> {
    ask(env, id, &Request::History { actor, part, limit })
}

/// Changes status or assignee.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub fn update(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    change: Change,
) -> impl Future<Output = Asked<Conversation>> {
    ask(env, id, &Request::Update { actor, change })
}

/// Puts a tag on the conversation, or takes it off.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub fn tag(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    tag: TagName,
    wanted: bool,
) -> impl Future<Output = Asked<Conversation>> {
    ask(env, id, &Request::Tag { actor, tag, wanted })
}

/// Puts one tag in the place of another, into which `actor` merged it, if the conversation has that.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn replace_tag(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    tag: TagName,
    into: TagName,
) -> impl Future<Output = Asked<()>> {
    ask(env, id, &Request::ReplaceTag { actor, tag, into })
}

/// Takes the conversation from somebody who cannot answer it any more, if it is theirs and not closed; `actor` is who saw to
/// that.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn take_from(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    user: UserId,
) -> impl Future<Output = Asked<()>> {
    ask(env, id, &Request::TakeFrom { actor, user })
}

/// Puts another name in the place of somebody's, wherever they signed something in the conversation or were assigned.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn rename(env: &Env, id: ConversationId, user: UserId, name: String) -> impl Future<Output = Asked<()>> {
    ask(env, id, &Request::Rename { user, name })
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
) -> Asked<Response> {
    Object::new(env, BINDING, id.to_string()).upgrade(actor, after, None).await
}

/// Closes the sockets whose session has ended.
///
/// # Errors
/// When the room cannot be reached, or could not be opened.
pub fn end_session(
    env: &Env,
    id: ConversationId,
    ending: &Ending,
) -> impl Future<Output = std::result::Result<(), CallError>> {
    let request = Request::EndSession { ending: ending.clone() };
    Object::new(env, BINDING, id.to_string()).ask::<_, _, RoomError>("", &request)
}

/// Tries to store what is waiting, also what the document store has refused for good before.
///
/// # Errors
/// When the room cannot be reached; inside, when its storage fails.
pub fn store(env: &Env, id: ConversationId) -> impl Future<Output = Asked<Stored>> {
    ask(env, id, &Request::Store)
}
