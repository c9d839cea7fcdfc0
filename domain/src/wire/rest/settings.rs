//! The settings of the deployment.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::json;

use super::super::Policy;

/// A language that the product speaks to people outside of the dashboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl Language {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// The language of a tag, such as `de` or `de-AT`; none where the product does not speak it.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }
}

/// Which conversations agents may open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AgentsSee {
    /// Those assigned to them, those of their departments, and those that have no department.
    #[default]
    Departments,
    /// Those assigned to them alone.
    Assigned,
}

/// The settings of the deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settings {
    /// What the deployment is called: the company's name, in mails for instance.
    pub name: String,
    /// The language of whoever has chosen none.
    pub language: Language,
    /// The time zone of whoever has chosen none, by its IANA name.
    pub time_zone: String,
    /// The address that mails come from; without one none are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub mail_from: Option<String>,
    /// How many days a sign-in lasts after its last use.
    pub session_days: u32,
    /// Which conversations agents may open.
    pub agents_see: AgentsSee,
    /// How the general queue is worked off, and the queue of every department that says nothing else.
    pub policy: Policy,
    /// Raised by every change; the settings' `ETag`.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// When they were last changed; 0 where nobody has.
    #[cfg_attr(test, ts(type = "number"))]
    pub updated_at: Millis,
}

/// Changes settings. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
pub struct UpdateSettings {
    /// 1–100 characters on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// The new language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub language: Option<Language>,
    /// The IANA name of a time zone, such as `Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub time_zone: Option<String>,
    /// The new address; `null` for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub mail_from: Option<Option<String>>,
    /// 1 to 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub session_days: Option<u32>,
    /// Which conversations agents may open from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub agents_see: Option<AgentsSee>,
    /// How the general queue is worked off from now on, in the place of what was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub policy: Option<Policy>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<Language>();
    out.add::<AgentsSee>();
    out.add::<Settings>();
    out.add::<UpdateSettings>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_first_part_of_its_tag() {
        for language in Language::ALL {
            assert_eq!(serde_json::to_value(language).unwrap(), language.tag());
            assert_eq!(Language::of(language.tag()), Some(language));
        }
        assert_eq!(Language::of("de-AT"), Some(Language::De));
        assert_eq!(Language::of("PT_br"), None);
        assert_eq!(Language::of(""), None);
    }
}
