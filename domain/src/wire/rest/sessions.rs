//! Signing in: what is shown for it, and the session one gets.

use serde::{Deserialize, Serialize};

use super::User;
use crate::access::Permissions;

/// Signs a user in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentSession {
    /// The token for `Authorization: Bearer` and for sockets.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: u32,
    /// Who it speaks for.
    pub user: User,
    /// What they may do: names of permissions, with the reach behind a colon where that is not everything, as in
    /// `read_conversations:departments`.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub permissions: Permissions,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<LoginRequest>();
    out.add::<AgentSession>();
}
