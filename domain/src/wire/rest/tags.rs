//! Tags: the team's own words for what conversations are about.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::TagId;
use crate::json;

/// A tag. Visitors never learn of any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tag {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: TagId,
    /// What it is called: unique among tags that are not archived, whatever the case of its letters.
    pub name: String,
    /// Its colour, `#rrggbb`.
    pub color: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// Since when nobody can put it on a conversation any more; those that have it keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub archived_at: Option<Millis>,
    /// The tag that takes its place on every conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string", optional))]
    pub merged_into: Option<TagId>,
    /// How many conversations that whoever asks may read have it, or a tag that is merged into it, as far as the document
    /// store has heard.
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

/// Makes a tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTag {
    /// 1–100 characters on one line.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// At most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
}

/// Changes a tag. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateTag {
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
    /// Whether it is archived from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub archived: Option<bool>,
}

/// Merges a tag into another, which takes its place on every conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MergeTag {
    /// The tag that stays.
    #[cfg_attr(test, ts(type = "string"))]
    pub into: TagId,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Tag>();
    out.add::<CreateTag>();
    out.add::<UpdateTag>();
    out.add::<MergeTag>();
}
