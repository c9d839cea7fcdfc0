//! How a room is called: its requests and answers, and the functions that the edge, the register of sessions and the inbox use.
//! What crosses between versions of both ends is pinned in `tests`.

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, DepartmentId, UserId};
use voxora_domain::room::{Assignment, Change, Part, RoomError, Routed};
use voxora_domain::sessions::Ending;
use voxora_domain::wire::{
    Actor, Backlog, Conversation, DepartmentName, History, Reason, StartConversationRequest,
    StartedConversation, TagName, Terms,
};
use worker::{Env, Response};

use crate::call::{CallError, Object};

const BINDING: &str = "ROOM";

/// What a room is asked, over REST and by the register of sessions. The last version sent actors where principals are,
/// and reads actors out of them: the names of the fields stay.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    Start {
        id: ConversationId,
        visitor: Principal,
        request: StartConversationRequest,
    },
    Get {
        actor: Principal,
    },
    History {
        actor: Principal,
        part: Part,
        limit: usize,
    },
    Update {
        actor: Principal,
        change: Change,
    },
    Tag {
        actor: Principal,
        tag: TagName,
        wanted: bool,
    },
    ReplaceTag {
        actor: Actor,
        tag: TagName,
        into: TagName,
    },
    Assign(Assignment),
    /// The last version asks without a reason, and is told nothing; this one has its own name for it.
    #[serde(rename = "TakeFrom")]
    GiveBack {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<Actor>,
        user: UserId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    MoveOn {
        from: Option<DepartmentId>,
        to: DepartmentName,
        reason: Reason,
    },
    Terms(Terms),
    Rename {
        user: UserId,
        name: String,
    },
    Store,
    EndSession {
        ending: Ending,
    },
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

/// Gives the conversation to somebody, if it is still as it was when that was decided. Asked again, it is done already.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn assign(env: &Env, id: ConversationId, assignment: Assignment) -> impl Future<Output = Asked<Routed>> {
    ask(env, id, &Request::Assign(assignment))
}

/// Brings the conversation back to the queue, if it is somebody's who cannot answer it now ([`voxora_domain::room::Room::give_back`]
/// says what of theirs); `by` is who saw to that. A room of the last version does not say what came of it.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn give_back(
    env: &Env,
    id: ConversationId,
    by: Option<Actor>,
    user: UserId,
    reason: Reason,
) -> impl Future<Output = Asked<Option<Routed>>> {
    ask(env, id, &Request::GiveBack { actor: by, user, reason: Some(reason) })
}

/// Moves the conversation on from the queue of one department into that of another, if it still waits there.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub fn move_on(
    env: &Env,
    id: ConversationId,
    from: Option<DepartmentId>,
    to: DepartmentName,
    reason: Reason,
) -> impl Future<Output = Asked<Routed>> {
    ask(env, id, &Request::MoveOn { from, to, reason })
}

/// Tells the room what its queue asks for now.
///
/// # Errors
/// When the room cannot be reached; inside, when its storage fails.
pub fn set_terms(env: &Env, id: ConversationId, terms: Terms) -> impl Future<Output = Asked<()>> {
    ask(env, id, &Request::Terms(terms))
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
