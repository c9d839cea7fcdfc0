//! Mail: whether it can be sent, and what was sent lately.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// Who takes mails from this deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MailSender {
    /// Cloudflare's Email Service.
    Cloudflare,
    /// Resend, or another provider with an API of its shape.
    Resend,
    /// Nobody: mails are kept for whoever develops the product, and shown at `/dev/mail`.
    Mailbox,
}

impl MailSender {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Cloudflare, Self::Resend, Self::Mailbox];

    /// What it is called, also in the deployment's variable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloudflare => "cloudflare",
            Self::Resend => "resend",
            Self::Mailbox => "mailbox",
        }
    }
}

/// What must be set before mails can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MailNeed {
    /// The variable `MAIL_SENDER`, or a word in it that is known.
    Sender,
    /// The binding `EMAIL` of Cloudflare's Email Service.
    Binding,
    /// The secret `MAIL_API_KEY`.
    Key,
    /// The variable `PUBLIC_URL`: where links lead.
    PublicUrl,
    /// The setting `mailFrom`: the address that mails come from.
    From,
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MailTemplate {
    /// An invitation to the team.
    Invitation,
    /// A link to choose a new password.
    PasswordReset,
    /// A device signed in that the account had not seen before.
    NewDevice,
    /// An account is to get another address.
    EmailChange,
    /// What an admin sends to see whether mail works.
    Test,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MailState {
    /// It could not be sent yet, and is tried again.
    Waiting,
    /// Whoever takes mails has it.
    Sent,
    /// There was no need for it any more: a later one took its place, its link had run out, or it was revoked.
    Dropped,
    /// It was given up. It is among the dead letters of the jobs, and sent again from there.
    GivenUp,
}

/// A mail that was sent, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SentMail {
    /// Which; also the key of its job.
    pub id: String,
    /// What it is about.
    pub template: MailTemplate,
    /// Whom it goes to.
    pub to: String,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// The id that whoever took it gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message_id: Option<String>,
    /// What the last try met, where it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<String>,
    /// When it was first tried.
    #[cfg_attr(test, ts(type = "number"))]
    pub created_at: Millis,
    /// When it was last tried.
    #[cfg_attr(test, ts(type = "number"))]
    pub updated_at: Millis,
}

/// Whether mails can be sent, and what became of the last ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailStatus {
    /// Who takes them; absent where the deployment names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub sender: Option<MailSender>,
    /// Where links in mails lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub public_url: Option<String>,
    /// The address they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub from: Option<String>,
    /// What is missing. Nothing: mails are sent.
    pub missing: Vec<MailNeed>,
    /// The last 50 mails of the last 30 days, the latest first.
    pub recent: Vec<SentMail>,
}

/// A test mail that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestMail {
    /// Which of the mails it is, in the mail's status.
    pub id: String,
    /// Whom it goes to: whoever asked for it.
    pub to: String,
}

/// A mail that was not sent, but kept for whoever develops the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailboxMail {
    /// Which; also the key of its job.
    pub id: String,
    /// When it came.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: Millis,
    /// Its headers, each a name and a value.
    pub headers: Vec<[String; 2]>,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

impl MailboxMail {
    /// What a header says; nothing where it has none of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|[header, _]| header == name).map_or("", |[_, value]| value)
    }
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<MailSender>();
    out.add::<MailNeed>();
    out.add::<MailTemplate>();
    out.add::<MailState>();
    out.add::<SentMail>();
    out.add::<MailStatus>();
    out.add::<TestMail>();
    out.add::<MailboxMail>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_one_name_everywhere() {
        for sender in MailSender::ALL {
            assert_eq!(serde_json::to_value(sender).unwrap(), sender.name());
        }
    }
}
