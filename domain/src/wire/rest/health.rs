//! Whether the product can work.

use serde::{Deserialize, Serialize};

/// Whether the parts the product stands on answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Readiness {
    /// True when every check passed.
    pub ready: bool,
    /// The parts, each with `ok` or what went wrong.
    pub checks: std::collections::BTreeMap<String, String>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Readiness>();
}
