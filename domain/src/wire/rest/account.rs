//! One's own account: sign-ins, password and address.

use serde::{Deserialize, Serialize};

use super::Notifications;
use crate::Millis;
use crate::id::SessionId;
use crate::json;

/// What somebody signed in with, as far as its browser says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// The browser, such as `Firefox`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub browser: Option<String>,
    /// What it runs on, such as `Windows` or `iPhone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub system: Option<String>,
}

/// Where a request came from, as far as Cloudflare knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Whereabouts {
    /// The city, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub city: Option<String>,
    /// The part of the country, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub region: Option<String>,
    /// The country, by its two letters (ISO 3166).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub country: Option<String>,
}

/// One sign-in of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnSession {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: SessionId,
    /// With what.
    pub device: Device,
    /// From where it was last used.
    pub place: Whereabouts,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began.
    #[cfg_attr(test, ts(type = "number"))]
    pub created_at: Millis,
    /// When it last fetched an access token, which one that is open does every quarter of an hour.
    #[cfg_attr(test, ts(type = "number"))]
    pub last_used_at: Millis,
}

/// How many sign-ins were ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedSessions {
    /// So many.
    #[cfg_attr(test, ts(type = "number"))]
    pub ended: u64,
}

/// Changes one's own password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The one there is.
    pub current_password: String,
    /// The one there shall be: 10–200 characters, none that guessers try first.
    #[cfg_attr(feature = "schema", schemars(length(min = 10, max = 200)))]
    pub new_password: String,
}

/// Changes what one's own account says of oneself. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateOwnAccount {
    /// The name that visitors and colleagues see: 1–100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: Option<String>,
    /// The language one reads; `null` for the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub language: Option<Option<String>>,
    /// Where one's clock is; `null` for where the deployment's is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub time_zone: Option<Option<String>>,
    /// How one wants to be notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub notifications: Option<Notifications>,
}

/// Asks for a link that resets a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ForgotPassword {
    /// The e-mail address of the account, in any case.
    pub email: String,
}

/// Whether mails can be sent. Where they cannot, nothing comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mailed {
    /// Whether they can. It says nothing about the address.
    pub mailed: bool,
}

/// A link that does one thing, once, to be handed to whom it is for. What is behind its `#` reaches no server's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OneTimeLink {
    /// The link.
    pub link: String,
    /// Until when it is good.
    #[cfg_attr(test, ts(type = "number"))]
    pub expires_at: Millis,
}

/// Sets another password by a link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResetPassword {
    /// What is behind `#reset=` in the link.
    pub token: String,
    /// The password there shall be: 10–200 characters, none that guessers try first.
    #[cfg_attr(feature = "schema", schemars(length(min = 10, max = 200)))]
    pub password: String,
}

/// Asks for another address of one's own account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeEmail {
    /// The address there shall be.
    #[cfg_attr(feature = "schema", schemars(email, length(max = 254)))]
    pub email: String,
    /// One's password.
    pub current_password: String,
}

/// Confirms an address by the link that was sent to it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmEmail {
    /// What is behind `#email=` in the link.
    pub token: String,
}

/// The address that somebody has from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmedEmail {
    /// The address, which one signs in with.
    pub email: String,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Device>();
    out.add::<Whereabouts>();
    out.add::<OwnSession>();
    out.add::<EndedSessions>();
    out.add::<ChangePassword>();
    out.add::<UpdateOwnAccount>();
    out.add::<ForgotPassword>();
    out.add::<Mailed>();
    out.add::<OneTimeLink>();
    out.add::<ResetPassword>();
    out.add::<ChangeEmail>();
    out.add::<ConfirmEmail>();
    out.add::<ConfirmedEmail>();
}
