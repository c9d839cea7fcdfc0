//! Documents brought in from elsewhere.

use serde::{Deserialize, Serialize};

/// What happened to the documents of an import.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Imported {
    /// How many were not there and are now.
    pub inserted: u32,
    /// How many were there already.
    pub present: u32,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Imported>();
}
