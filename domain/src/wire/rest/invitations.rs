//! Invitations into the team.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Millis;
use crate::id::{DepartmentId, InvitationId};

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum InvitationStatus {
    /// Its link can be used.
    Open,
    /// Its time is over. Sent again, it is open again.
    Expired,
    /// Somebody has joined by it.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// An invitation into the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// Its id. Whoever accepts it has the same one as a user.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: InvitationId,
    /// The address it is for, as it is compared.
    pub email: String,
    /// What they will be: `admin`, `agent`, or the id of a role.
    #[cfg_attr(test, ts(type = "string"))]
    pub role: Role,
    /// The departments they will be in.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub departments: Vec<DepartmentId>,
    /// Where it stands.
    pub status: InvitationStatus,
    /// Who sent it.
    pub invited_by: String,
    /// Until when its link can be used.
    #[cfg_attr(test, ts(type = "number"))]
    pub expires_at: Millis,
    /// Raised by every change; its `ETag`.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// When it was made.
    #[cfg_attr(test, ts(type = "number"))]
    pub created_at: Millis,
    /// When it was last changed.
    #[cfg_attr(test, ts(type = "number"))]
    pub updated_at: Millis,
}

/// Invites somebody into the team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateInvitation {
    /// Their e-mail address.
    pub email: String,
    /// What they will be: `admin`, `agent`, or the id of a role.
    #[cfg_attr(test, ts(type = "string"))]
    pub role: Role,
    /// The departments they will be in: at most 30.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    pub departments: Vec<DepartmentId>,
}

/// An invitation that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SentInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The link by which it is accepted. It is the invited person's alone; what is behind its `#` reaches no server's log.
    pub link: String,
    /// Whether it goes to them by mail. Where no mail is set up, hand them the link.
    pub mailed: bool,
}

/// Asks what an invitation is, by the token in its link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LookAtInvitation {
    /// What is behind `#invitation=` in the link.
    pub token: String,
}

/// What an invitation is, to whoever has its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationSeen {
    /// The address it is for. Whoever accepts it signs in with that one, and no other.
    pub email: String,
    /// Who sent it.
    pub invited_by: String,
    /// Until when it can be accepted.
    #[cfg_attr(test, ts(type = "number"))]
    pub expires_at: Millis,
}

/// Accepts an invitation.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcceptInvitation {
    /// What is behind `#invitation=` in the link.
    pub token: String,
    /// The name that visitors and colleagues will see.
    pub name: String,
    /// 10 to 200 characters.
    pub password: String,
    /// The language they read, as a tag of BCP 47; the deployment's where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub language: Option<String>,
    /// Where their clock is, as a name of the IANA database; where the deployment's is where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub time_zone: Option<String>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<InvitationStatus>();
    out.add::<Invitation>();
    out.add::<CreateInvitation>();
    out.add::<SentInvitation>();
    out.add::<LookAtInvitation>();
    out.add::<InvitationSeen>();
    out.add::<AcceptInvitation>();
}
