//! What a user's document says of how they prove who they are. What is done with it is in [`crate::accounts`].

use serde::{Deserialize, Serialize};
use voxora_data_api::query::Filter;
use voxora_domain::id::SessionId;

use crate::Time;
use crate::shape::{Optional, Part, Shape};

/// The part of a user's document that [`Credentials`] are.
pub(crate) const PART: Part = (
    "credentials",
    Optional,
    Shape::Object(&[
        ("passwords", Optional, Shape::Count),
        ("kept", Optional, Shape::Uuid),
        ("resets", Optional, Shape::Count),
        ("resetUntil", Optional, Shape::Date),
        ("emailChanges", Optional, Shape::Count),
        ("nextEmail", Optional, Shape::Text),
        ("formerEmail", Optional, Shape::Text),
        ("emailUntil", Optional, Shape::Date),
    ]),
);

/// What a user's document says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Credentials {
    /// How often the password was changed. Sessions that began with an earlier one are over.
    pub passwords: u64,
    /// The session that changed it last, which is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<SessionId>,
    /// How many links were made that reset it.
    pub resets: u64,
    /// Until when the last of them is good; absent once it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_until: Option<Time>,
    /// How often another address was asked for.
    pub email_changes: u64,
    /// The address that was asked for last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_email: Option<String>,
    /// The address before the last change, which is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_email: Option<String>,
    /// Until when the link that confirms it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_until: Option<Time>,
}

impl Credentials {
    /// Whether nothing of it was ever used.
    #[must_use]
    pub fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a session goes on with the password there is now that began when it had been changed so often.
    #[must_use]
    pub fn carry(&self, session: SessionId, passwords: u64) -> bool {
        passwords == self.passwords || self.kept == Some(session)
    }

    /// The sessions that do.
    pub(crate) fn carried(&self) -> Filter {
        // Sessions of the version before do not say; null stands for that.
        let unsaid = (self.passwords > 0).then_some(self.passwords);
        let carried = Filter::in_("passwords", [Some(self.passwords), unsaid]);
        self.kept.iter().fold(carried, |carried, kept| carried.or(Filter::id(kept.to_string())))
    }

    /// Another password: earlier sessions are over, but for the one that is kept, and links are worth nothing.
    pub(crate) fn renew(&mut self, kept: Option<SessionId>) {
        self.passwords += 1;
        self.kept = kept;
        self.reset_until = None;
        self.forget_next_email();
    }

    pub(crate) fn forget_next_email(&mut self) {
        self.next_email = None;
        self.email_until = None;
    }
}
