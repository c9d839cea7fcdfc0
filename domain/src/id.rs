//! Identifiers as types, so that a visitor's id cannot be passed where a conversation's is meant.
//!
//! Every id is a UUID in its hyphenated lower-case form. Parsing is the only way in from outside.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text was not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be a UUID such as 0190b6f2-7a0c-7d3e-8f6a-2b1c4d5e6f70")]
pub struct InvalidId {
    /// Which id was meant, in words.
    pub what: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID made by the caller.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(&self) -> Uuid {
                self.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": "uuid" })
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // `Uuid` also reads braces and URNs; one spelling per id keeps caches and logs simple.
                match Uuid::parse_str(text) {
                    Ok(uuid) if text.len() == 36 => Ok(Self(uuid)),
                    _ => Err(InvalidId { what: $what }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id!(
    /// One conversation; also the name of its room object.
    ConversationId,
    "A conversation id"
);
id!(
    /// One website visitor, known by the token their browser keeps.
    VisitorId,
    "A visitor id"
);
id!(
    /// One member of the team: an agent or an admin.
    UserId,
    "A user id"
);
id!(
    /// One tag of the team.
    TagId,
    "A tag id"
);
id!(
    /// One sign-in of a user on one device.
    SessionId,
    "A session id"
);
id!(
    /// One department of the team.
    DepartmentId,
    "A department id"
);
id!(
    /// One role that the team has made.
    RoleId,
    "A role id"
);
id!(
    /// One invitation into the team.
    InvitationId,
    "An invitation id"
);
id!(
    /// One mail that an admin sends to see whether mail works.
    TestMailId,
    "A test mail id"
);
