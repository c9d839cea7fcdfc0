//! The members of the team.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Millis;
use crate::id::{DepartmentId, InvalidId, RoleId, TagId, UserId};
use crate::json;

use super::super::BusinessHours;

/// What a user is, and so may do: `admin`, `agent`, or the id of a role that the team has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub enum Role {
    /// Everything.
    Admin,
    /// Answer conversations.
    Agent,
    /// What the role's document says.
    Custom(RoleId),
}

impl Display for Role {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Admin => formatter.write_str("admin"),
            Self::Agent => formatter.write_str("agent"),
            Self::Custom(id) => id.fmt(formatter),
        }
    }
}

impl FromStr for Role {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            id => id.parse().map(Self::Custom),
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("role must be admin, agent, or the id of a role"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Role {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Role".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["admin", "agent"] },
                { "type": "string", "format": "uuid" },
            ]
        })
    }
}

/// Whether somebody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum UserStatus {
    /// They can.
    #[default]
    Active,
    /// They cannot, until somebody reactivates them.
    Deactivated,
}

/// About which conversations somebody is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum NotifyAbout {
    /// None.
    Nothing,
    /// Those assigned to them.
    #[default]
    Mine,
    /// All that they may see.
    All,
}

/// How somebody wants to be notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notifications {
    /// By the browser, while the dashboard is open.
    pub desktop: NotifyAbout,
    /// By mail, while it is not.
    pub email: NotifyAbout,
    /// Whether the dashboard makes a sound.
    pub sound: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { desktop: NotifyAbout::Mine, email: NotifyAbout::Nothing, sound: true }
    }
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
    /// Their e-mail address, as it is compared: in lower case.
    pub email: String,
    /// The name that visitors and colleagues see.
    pub name: String,
    /// What they are: `admin`, `agent`, or the id of a role.
    #[cfg_attr(test, ts(type = "string"))]
    pub role: Role,
    /// The departments they are in.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub departments: Vec<DepartmentId>,
    /// How many open conversations are assigned to them at most by themselves: 0 to 50.
    pub capacity: u32,
    /// What they know about: tags. What these count for, the policy of a queue says.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub skills: Vec<TagId>,
    /// When they work: outside of it they are offline, unless they have chosen otherwise since. Absent: whenever they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub working_hours: Option<BusinessHours>,
    /// The language they read, as a BCP 47 tag such as `de` or `pt-BR`; the deployment's where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub language: Option<String>,
    /// Where their clock is, as a name of the IANA database such as `Europe/Berlin`; the deployment's where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub time_zone: Option<String>,
    /// How they want to be notified.
    pub notifications: Notifications,
    /// Whether they can sign in.
    pub status: UserStatus,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub last_seen_at: Option<Millis>,
    /// Raised by every change; its `ETag`.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// When they joined.
    #[cfg_attr(test, ts(type = "number"))]
    pub created_at: Millis,
    /// When they were last changed.
    #[cfg_attr(test, ts(type = "number"))]
    pub updated_at: Millis,
}

/// Changes somebody. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateUser {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "string"))]
    pub role: Option<Role>,
    /// The departments they are in from now on: at most 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "string[]"))]
    pub departments: Option<Vec<DepartmentId>>,
    /// How many open conversations are assigned to them at most by themselves: 0 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub capacity: Option<u32>,
    /// What they know about from now on: at most 20 tags, each once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "string[]"))]
    pub skills: Option<Vec<TagId>>,
    /// When they work from now on; `null` for whenever they are there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "BusinessHours | null"))]
    pub working_hours: Option<Option<BusinessHours>>,
    /// The language they read; `null` for the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub language: Option<Option<String>>,
    /// Where their clock is; `null` for where the deployment's is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub time_zone: Option<Option<String>>,
}

/// What becomes of the name of somebody who is deleted, in the conversations they had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum NameOfDeleted {
    /// It stays.
    Keep,
    /// Another takes its place, everywhere.
    Anonymise,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<UserStatus>();
    out.add::<NotifyAbout>();
    out.add::<Notifications>();
    out.add::<User>();
    out.add::<UpdateUser>();
    out.add::<NameOfDeleted>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_one_word_or_an_id() {
        let id = "0197a0c0-0000-7000-8000-00000000000a";
        for (text, role) in
            [("admin", Role::Admin), ("agent", Role::Agent), (id, Role::Custom(id.parse().unwrap()))]
        {
            assert_eq!(serde_json::to_value(role).unwrap(), text);
            assert_eq!(serde_json::from_value::<Role>(text.into()).unwrap(), role);
        }
        for bad in ["", "Admin", "owner", "0197a0c0"] {
            assert!(serde_json::from_value::<Role>(bad.into()).is_err(), "{bad}");
        }
    }
}
