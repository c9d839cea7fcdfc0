//! A visitor's session.

use serde::{Deserialize, Serialize};

use crate::id::VisitorId;

/// Begins or renews a visitor's session.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VisitorSessionRequest {
    /// The renewal token of the session before, if there was one. One that is no longer good is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub renewal_token: Option<String>,
}

/// A visitor's session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VisitorSession {
    /// The visitor.
    #[cfg_attr(test, ts(type = "string"))]
    pub visitor_id: VisitorId,
    /// The token for `Authorization: Bearer` and for sockets.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: u32,
    /// The token that renews the session; keep it instead of the one before.
    pub renewal_token: String,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<VisitorSessionRequest>();
    out.add::<VisitorSession>();
}
