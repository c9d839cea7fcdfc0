//! Roles: what members of the team may do. Two are built in, others the team makes of permissions.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Millis;
use crate::access::Permissions;
use crate::id::DepartmentId;
use crate::json;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TeamRole {
    /// Its id: `admin` and `agent` are built in.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: Role,
    /// What it is called: unique, whatever the case of its letters.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// Whether it is built in, and so neither changed nor deleted.
    pub built_in: bool,
    /// What it permits: names of permissions, with the reach behind a colon where that is not everything, as in
    /// `read_conversations:departments`.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub permissions: Permissions,
    /// How many people have it.
    #[cfg_attr(test, ts(type = "number"))]
    pub people: u64,
    /// Raised by every change; its `ETag`.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// When it was made; absent where it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub created_at: Option<Millis>,
    /// When it was last changed; absent where it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub updated_at: Option<Millis>,
}

/// Makes a role. Nobody gives a role what they may not do themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateRole {
    /// 1–100 characters on one line.
    pub name: String,
    /// At most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// What it permits, each permission once. One's own account is everybody's.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub permissions: Vec<String>,
}

/// Changes a role. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateRole {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// The new description; `null` for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub description: Option<Option<String>>,
    /// What it permits from now on, in the place of what it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub permissions: Option<Vec<String>>,
}

/// A role to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RolePreset {
    /// What it is, for programs: `supervisor`, `own_only`, `reader` or `queue_manager`.
    pub key: String,
    /// What it permits.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub permissions: Permissions,
}

/// Asks what somebody with these permissions would see.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreviewRole {
    /// What the role permits.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub permissions: Vec<String>,
    /// The departments that they would be in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub departments: Vec<DepartmentId>,
}

/// What somebody would see, and could do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RolePreview {
    /// What they could do, as the role would be kept.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub permissions: Permissions,
    /// How many conversations they would see, of those that whoever asks sees, apart from such as were assigned to them.
    #[cfg_attr(test, ts(type = "number"))]
    pub conversations: u64,
    /// How many whoever asks sees.
    #[cfg_attr(test, ts(type = "number"))]
    pub of: u64,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<TeamRole>();
    out.add::<CreateRole>();
    out.add::<UpdateRole>();
    out.add::<RolePreset>();
    out.add::<PreviewRole>();
    out.add::<RolePreview>();
}
