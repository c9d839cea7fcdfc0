//! The jobs there are. What is stored of one outlives a deploy, so its JSON is pinned by a test in `tests/jobs.rs`: fields
//! are only ever added, with a default.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Millis;
use crate::id::{RoleId, TagId};
use crate::wire::{Actor, JobKind};

/// Something that is to have an effect elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "camelCase")]
#[allow(clippy::large_enum_variant, reason = "a job is made, stored and run, never kept by the thousand")]
pub enum Job {
    /// Write an entry of the audit log; as the version before handed it over, after the change.
    Audit(Audit),
    /// Bring to the audit log what a request changed.
    RelayAudit(RelayAudit),
    /// Put the tag into which one was merged in its place, on every conversation that has it.
    MergeTag(MergeTag),
    /// End the tokens of everybody who has a role that permits something else now.
    EndRole(EndRole),
}

impl Job {
    /// Which queue it goes through.
    #[must_use]
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Audit(_) | Self::RelayAudit(_) => JobKind::Audit,
            Self::MergeTag(_) => JobKind::MergeTag,
            Self::EndRole(_) => JobKind::EndRole,
        }
    }
}

/// A tag that was merged. Into which, its document says: that one may have been merged on, meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MergeTag {
    /// Which.
    pub tag: TagId,
    /// Who merged it.
    pub by: Actor,
    /// When the job was handed over, which is before the merge.
    #[serde(default)]
    pub at: Millis,
}

/// A role that a request is about to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndRole {
    /// Which.
    pub role: RoleId,
    /// When the job was handed over, which is before the change.
    pub at: Millis,
}

/// A document that a request is about to change. The entry of the audit log will be in it, if the change is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelayAudit {
    /// Its collection.
    pub collection: String,
    /// Its `_id`.
    pub id: String,
    /// The request, by its id.
    pub request: String,
    /// When the job was handed over.
    pub at: Millis,
}

/// Who changed what, when, from what to what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// When.
    pub at: Millis,
    /// Who.
    pub by: Actor,
    /// What was done, such as `tag.renamed`.
    pub action: String,
    /// What kind of thing it was done to, such as `tag`.
    pub target_kind: String,
    /// Which one.
    pub target_id: String,
    /// How it was before, as far as it changed; `null` for something new.
    #[serde(default)]
    pub from: Value,
    /// How it is since, as far as it changed; `null` for something deleted.
    #[serde(default)]
    pub to: Value,
}
