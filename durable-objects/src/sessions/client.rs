//! What callers use of a user's sessions object.

use voxora_domain::access::Principal;
use voxora_domain::sessions::{Ending, Place};
use voxora_domain::sql::SqlError;
use worker::Env;

use super::{BINDING, Request};
use crate::call::{CallError, Object};

/// Whether the session that a principal's token belongs to goes on. A visitor has none that could end.
///
/// # Errors
/// When the object cannot be reached: then nobody may be let in.
pub async fn is_live(env: &Env, principal: &Principal) -> Result<bool, CallError> {
    ask(env, principal, |principal| Request::Check { principal }).await
}

/// The same, and where it does: that a socket was opened, or renewed, there until its token expires.
///
/// It comes after the socket and before its client gets it: an ending that comes first is found here, one that comes later
/// finds the socket.
///
/// # Errors
/// When the object cannot be reached: then the socket must not be handed out.
pub async fn open_socket(env: &Env, principal: &Principal, place: Place) -> Result<bool, CallError> {
    ask(env, principal, |principal| Request::OpenSocket { principal, place }).await
}

/// Ends sessions: tokens are refused from now on, sockets closed in a moment.
///
/// # Errors
/// When the object cannot be reached, or could not store it: then it must be done again.
pub async fn end(env: &Env, ending: Ending) -> Result<(), CallError> {
    let name = ending.user.to_string();
    Object::new(env, BINDING, name).ask::<_, _, SqlError>("", &Request::End { ending }).await
}

async fn ask(
    env: &Env,
    principal: &Principal,
    request: impl FnOnce(Principal) -> Request,
) -> Result<bool, CallError> {
    let Some(user) = principal.user_id() else { return Ok(true) };
    let request = request(principal.clone());
    Object::new(env, BINDING, user.to_string()).ask::<_, _, SqlError>("", &request).await
}
