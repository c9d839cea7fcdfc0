//! Background work: how much of it waits, and what was given up.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Millis;

/// A kind of jobs: they share a queue, and nothing else waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum JobKind {
    /// Entries of the audit log.
    Audit,
    /// Merges of tags, which go through many conversations.
    MergeTag,
    /// Mails.
    Mail,
    /// Ends of tokens that say what is so no more, where the request that ought to have ended them died.
    EndTokens,
}

impl JobKind {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Audit, Self::MergeTag, Self::Mail, Self::EndTokens];

    /// What its queue is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::MergeTag => "merge-tag",
            Self::Mail => "mail",
            Self::EndTokens => "end-tokens",
        }
    }
}

impl Display for JobKind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The name is none of a kind of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of jobs")]
pub struct UnknownJobKind;

impl FromStr for JobKind {
    type Err = UnknownJobKind;

    fn from_str(name: &str) -> Result<Self, UnknownJobKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownJobKind)
    }
}

/// How many jobs of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobQueue {
    /// The kind.
    pub kind: JobKind,
    /// How many are to be run, or running.
    #[cfg_attr(test, ts(type = "number"))]
    pub waiting: u64,
    /// How many were given up: dead letters.
    #[cfg_attr(test, ts(type = "number"))]
    pub dead: u64,
}

/// A job that was given up. It stays until it is tried again with success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeadJob {
    /// Its idempotency key, which names it among its kind.
    pub key: String,
    /// What was to be done, as JSON.
    pub job: String,
    /// How often it was tried.
    #[cfg_attr(test, ts(type = "number"))]
    pub attempts: u64,
    /// Since when it failed, in milliseconds since the Unix epoch.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub failing_since: Option<Millis>,
    /// What the last attempt met.
    pub reason: String,
}

/// Has dead letters of a kind tried again, from the first attempt.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetryJobs {
    /// Which; all of the kind where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub key: Option<String>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<JobKind>();
    out.add::<JobQueue>();
    out.add::<DeadJob>();
    out.add::<RetryJobs>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_everywhere() {
        for kind in JobKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("post".parse::<JobKind>(), Err(UnknownJobKind));
    }
}
