//! The jobs there are. What is stored of one outlives a deploy, so its JSON is pinned by a test in `tests/jobs.rs`: fields
//! are only ever added, with a default.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::Millis;
use crate::id::{InvitationId, SessionId, TagId, TestMailId, UserId};
use crate::json::{self, Misfit};
use crate::wire::{Actor, JobKind, MailTemplate, Role};

/// Something that is to have an effect elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "job", rename_all = "camelCase")]
#[allow(clippy::large_enum_variant, reason = "a job is made, stored and run, never kept by the thousand")]
pub enum Job {
    /// Write an entry of the audit log; as the version before handed it over, after the change.
    Audit(Audit),
    /// Bring to the audit log what a request changed.
    RelayAudit(RelayAudit),
    /// Put the tag into which one was merged in its place, on every conversation that has it.
    MergeTag(MergeTag),
    /// Send a mail.
    Mail(MailJob),
    /// End somebody's tokens, if they say what is so no more.
    EndTokens(EndTokens),
    /// Bring the conversations of somebody who left back to the queue, and forget their name where that is wanted.
    Leave(Leave),
    /// End the tokens of everybody who has a role that permits something else now.
    EndRole(EndRole),
}

/// By hand: see [`json::tagged`].
impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, job) = json::tagged(deserializer, "job")?;
        Self::read(&name, job).map_err(D::Error::custom)
    }
}

impl Job {
    /// The `job` of each.
    const NAMES: [&str; 7] = ["audit", "relayAudit", "mergeTag", "mail", "endTokens", "leave", "endRole"];

    fn read(name: &str, job: Value) -> Result<Self, Misfit> {
        match name {
            "audit" => json::from_value(job).map(Self::Audit),
            "relayAudit" => json::from_value(job).map(Self::RelayAudit),
            "mergeTag" => json::from_value(job).map(Self::MergeTag),
            "mail" => json::from_value(job).map(Self::Mail),
            "endTokens" => json::from_value(job).map(Self::EndTokens),
            "leave" => json::from_value(job).map(Self::Leave),
            "endRole" => json::from_value(job).map(Self::EndRole),
            other => Err(Misfit::unknown_variant(other, &Self::NAMES)),
        }
    }

    /// Which queue it goes through.
    #[must_use]
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Audit(_) | Self::RelayAudit(_) => JobKind::Audit,
            Self::MergeTag(_) => JobKind::MergeTag,
            Self::Mail(_) => JobKind::Mail,
            Self::EndTokens(_) => JobKind::EndTokens,
            Self::Leave(_) => JobKind::Leave,
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

/// Somebody who is about to be changed. Whether their tokens say what is so no more, their document will note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndTokens {
    /// Who.
    pub user: UserId,
    /// When the job was handed over.
    pub at: Millis,
}

/// Somebody who is about to be deactivated or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// Who.
    pub user: UserId,
    /// Who sees to it.
    pub by: Actor,
    /// The name that takes the place of theirs, where theirs is to be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the job was handed over.
    pub at: Millis,
}

/// A role whose rights a request is about to change; of agents, what the settings say that they see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndRole {
    /// Which.
    pub role: Role,
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

/// A mail that is to be sent. Whom it goes to and what it says is read when it is sent: nothing of that, and nothing that
/// opens an account, is in a job, which admins may look at once it was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailJob {
    /// Which mail, about what.
    pub template: Template,
    /// When the job was handed over, which is before the change that the mail is about.
    pub at: Millis,
}

/// What a mail is about. Where a document counts its generations, the mail is of that one alone: it is not sent any more
/// once there is a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Template {
    /// An invitation to the team, with its link.
    Invitation {
        /// Which.
        invitation: InvitationId,
        /// How often a link was made for it.
        generation: u64,
    },
    /// A link by which somebody chooses a new password.
    PasswordReset {
        /// Whose.
        user: UserId,
        /// How often they asked for one.
        generation: u64,
    },
    /// A device signed in that the account had not seen before.
    NewDevice {
        /// Whose account.
        user: UserId,
        /// The device's session.
        session: SessionId,
    },
    /// An account is to get another address.
    EmailChange {
        /// Whose.
        user: UserId,
        /// How often they asked for that.
        generation: u64,
        /// Which of the two addresses this mail is for.
        address: Address,
    },
    /// What an admin sends to themselves, to see whether mail works.
    Test {
        /// Who.
        user: UserId,
        /// Which of their tests.
        test: TestMailId,
    },
}

/// By hand: see [`json::tagged`].
impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The fields of all templates.
        #[derive(Deserialize)]
        struct Fields {
            name: MailTemplate,
            invitation: Option<InvitationId>,
            user: Option<UserId>,
            session: Option<SessionId>,
            test: Option<TestMailId>,
            generation: Option<u64>,
            address: Option<Address>,
        }

        let fields = Fields::deserialize(deserializer)?;
        let user = || fields.user.ok_or_else(|| D::Error::missing_field("user"));
        let generation = || fields.generation.ok_or_else(|| D::Error::missing_field("generation"));
        Ok(match fields.name {
            MailTemplate::Invitation => Self::Invitation {
                invitation: fields.invitation.ok_or_else(|| D::Error::missing_field("invitation"))?,
                generation: generation()?,
            },
            MailTemplate::PasswordReset => Self::PasswordReset { user: user()?, generation: generation()? },
            MailTemplate::NewDevice => Self::NewDevice {
                user: user()?,
                session: fields.session.ok_or_else(|| D::Error::missing_field("session"))?,
            },
            MailTemplate::EmailChange => Self::EmailChange {
                user: user()?,
                generation: generation()?,
                address: fields.address.ok_or_else(|| D::Error::missing_field("address"))?,
            },
            MailTemplate::Test => Self::Test {
                user: user()?,
                test: fields.test.ok_or_else(|| D::Error::missing_field("test"))?,
            },
        })
    }
}

/// One of the addresses of somebody who changes theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Address {
    /// The one they have: it is told, and with it whoever else reads it.
    Old,
    /// The one they want: it gets a link, and is theirs once that was followed.
    New,
}

impl Template {
    /// What it is about, without which one.
    #[must_use]
    pub const fn kind(&self) -> MailTemplate {
        match self {
            Self::Invitation { .. } => MailTemplate::Invitation,
            Self::PasswordReset { .. } => MailTemplate::PasswordReset,
            Self::NewDevice { .. } => MailTemplate::NewDevice,
            Self::EmailChange { .. } => MailTemplate::EmailChange,
            Self::Test { .. } => MailTemplate::Test,
        }
    }

    /// The key of its job, which is also the mail's name wherever it is kept: the same mail has the same, however often it is
    /// asked for.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Invitation { invitation, generation } => format!("invitation-{invitation}-{generation}"),
            Self::PasswordReset { user, generation } => format!("password-reset-{user}-{generation}"),
            Self::NewDevice { session, .. } => format!("new-device-{session}"),
            Self::EmailChange { user, generation, address: Address::Old } => {
                format!("email-change-{user}-{generation}-old")
            }
            Self::EmailChange { user, generation, address: Address::New } => {
                format!("email-change-{user}-{generation}-new")
            }
            Self::Test { test, .. } => format!("test-{test}"),
        }
    }
}
