//! Setting a deployment up: whether that is still to be done, and the first admin.

use serde::{Deserialize, Serialize};

/// Whether the first admin is still to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupStatus {
    /// True until the first admin exists.
    pub required: bool,
}

/// Makes the first admin.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupRequest {
    /// The deployment's `SETUP_TOKEN`.
    pub setup_token: String,
    /// 1–100 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: String,
    /// An e-mail address.
    #[cfg_attr(feature = "schema", schemars(email, length(max = 254)))]
    pub email: String,
    /// 10–200 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 10, max = 200)))]
    pub password: String,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<SetupStatus>();
    out.add::<SetupRequest>();
}
