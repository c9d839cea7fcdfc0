//! Business hours.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
pub(super) fn declare(out: &mut super::tests::Declarations) {
    out.add::<BusinessHours>();
    out.add::<Week>();
    out.add::<Block>();
    out.add::<Holiday>();
}
