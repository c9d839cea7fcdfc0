//! The members of the team.

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Role>();
    out.add::<User>();
}
