//! Setting a deployment up: whether that is still to be done, and the first admin.

use serde::{Deserialize, Serialize};

/// Whether the first admin is still to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupStatus {
    /// True until the first admin exists.
    pub required: bool,
}

/// Makes the first admin.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupRequest {
    /// The deployment's `SETUP_TOKEN`.
    pub setup_token: String,
    /// 1–100 characters.
    pub name: String,
    /// An e-mail address.
    pub email: String,
    /// 10–200 characters.
    pub password: String,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<SetupStatus>();
    out.add::<SetupRequest>();
}
