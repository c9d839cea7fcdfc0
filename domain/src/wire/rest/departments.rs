//! Departments: who of the team answers which conversations, and when.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::DepartmentId;
use crate::json;

use super::super::Policy;

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

/// When somebody is there, by the clock of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BusinessHours {
    /// Where the clock is, as a name of the IANA database such as `Europe/Berlin`.
    pub time_zone: String,
    /// The week, day by day.
    pub week: Week,
    /// Days that are other than their day of the week; at most 100, each once.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::HOLIDAYS)))]
    pub holidays: Vec<Holiday>,
}

/// The blocks of each day of the week; a day without is one on which nobody is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Week {
    /// At most 10 blocks.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub monday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub tuesday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub wednesday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub thursday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub friday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub saturday: Vec<Block>,
    /// Likewise.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub sunday: Vec<Block>,
}

/// A time during which somebody is there. One that ends before it begins goes on over midnight; it belongs to the day on
/// which it begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Block {
    /// When it begins: `00:00` to `23:59`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$")))]
    pub from: String,
    /// When it ends: `00:00` to `24:00`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")))]
    pub to: String,
}

/// A day that is other than its day of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holiday {
    /// The day, as `2026-12-24`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    pub date: String,
    /// What it is called: 1–100 characters on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// When somebody is there all the same; nobody is, where it is empty.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::hours::BLOCKS)))]
    pub hours: Vec<Block>,
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
    out.add::<BusinessHours>();
    out.add::<Week>();
    out.add::<Block>();
    out.add::<Holiday>();
    out.add::<CreateDepartment>();
    out.add::<UpdateDepartment>();
}
