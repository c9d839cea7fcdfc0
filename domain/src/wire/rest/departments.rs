//! Departments: who of the team answers which conversations, and when.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::DepartmentId;
use crate::json;

use super::super::{BusinessHours, Policy};

/// A department. Visitors never learn of any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Department {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: DepartmentId,
    /// What it is called: unique among departments that are not archived, whatever the case of its letters.
    pub name: String,
    /// Its colour, `#rrggbb`.
    pub color: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// When somebody is there; always, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub hours: Option<BusinessHours>,
    /// How its queue is worked off; as the general queue, by the settings, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub policy: Option<Policy>,
    /// Since when no conversation can be moved into it any more; those that are in it stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub archived_at: Option<Millis>,
    /// How many people are in it.
    #[cfg_attr(test, ts(type = "number"))]
    pub members: u64,
    /// How many conversations are in it that whoever asks may read, as far as the document store has heard.
    #[cfg_attr(test, ts(type = "number"))]
    pub conversations: u64,
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

/// Makes a department.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateDepartment {
    /// 1–100 characters on one line.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// At most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// When somebody is there; always, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub hours: Option<BusinessHours>,
    /// How its queue is worked off; as the general queue, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub policy: Option<Policy>,
}

/// Changes a department. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateDepartment {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// The new colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub color: Option<String>,
    /// The new description; `null` for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub description: Option<Option<String>>,
    /// The new hours, in the place of the old ones; `null` for always.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "BusinessHours | null"))]
    pub hours: Option<Option<BusinessHours>>,
    /// How its queue is worked off from now on, in the place of what was; `null` for as the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "Policy | null"))]
    pub policy: Option<Option<Policy>>,
    /// Whether it is archived from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub archived: Option<bool>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Department>();
    out.add::<CreateDepartment>();
    out.add::<UpdateDepartment>();
}
