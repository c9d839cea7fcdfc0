//! THE table of rights: which permission is whose (role-based access control).
//!
//! A permission is what a route of the API or a frame of a socket asks for; each row of the edge's route table names one.
//! What else stands for or against something inside of a conversation (whose it is, whether it is closed) is decided
//! there, by [`super::authorize`], for REST and sockets alike.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::Role;

/// A right that a route or a frame asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Start a conversation.
    StartConversations,
    /// List conversations, read and follow one: a visitor their own.
    ReadConversations,
    /// Write messages: a visitor in their own conversations.
    WriteMessages,
    /// See the team's notes.
    ReadNotes,
    /// Write notes for the team.
    WriteNotes,
    /// Take back what somebody else wrote.
    DeleteMessages,
    /// Change a conversation's status and assignee.
    UpdateConversations,
    /// Put tags on conversations and take them off.
    TagConversations,
    /// Follow what changes in all conversations.
    FollowInbox,
    /// Read one's own account.
    ReadOwnAccount,
    /// Read the team's tags.
    ReadTags,
    /// Make, change, archive, merge and delete tags.
    ManageTags,
    /// See what waits for the document store, and have it tried again.
    ManageOutbox,
    /// See how much background work waits or was given up, and have it tried again.
    ManageJobs,
    /// Read every document of the embedded store.
    ExportDocuments,
    /// Write documents into the embedded store.
    ImportDocuments,
}

/// Whether visitors, agents and admins have a permission.
struct Granted {
    visitor: bool,
    agent: bool,
    admin: bool,
}

const fn granted(visitor: bool, agent: bool, admin: bool) -> Granted {
    Granted { visitor, agent, admin }
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::StartConversations,
        Self::ReadConversations,
        Self::WriteMessages,
        Self::ReadNotes,
        Self::WriteNotes,
        Self::DeleteMessages,
        Self::UpdateConversations,
        Self::TagConversations,
        Self::FollowInbox,
        Self::ReadOwnAccount,
        Self::ReadTags,
        Self::ManageTags,
        Self::ManageOutbox,
        Self::ManageJobs,
        Self::ExportDocuments,
        Self::ImportDocuments,
    ];

    /// The table. What it does not grant is refused.
    #[rustfmt::skip]
    #[allow(clippy::match_same_arms, reason = "a table has a row for each")]
    const fn row(self) -> Granted {
        match self {
            //                                    visitor agent  admin
            Self::StartConversations  => granted(true,  false, false),
            Self::ReadConversations   => granted(true,  true,  true),
            Self::WriteMessages       => granted(true,  true,  true),
            Self::ReadNotes           => granted(false, true,  true),
            Self::WriteNotes          => granted(false, true,  true),
            Self::DeleteMessages      => granted(false, true,  true),
            Self::UpdateConversations => granted(false, true,  true),
            Self::TagConversations    => granted(false, true,  true),
            Self::FollowInbox         => granted(false, true,  true),
            Self::ReadOwnAccount      => granted(false, true,  true),
            Self::ReadTags            => granted(false, true,  true),
            Self::ManageTags          => granted(false, false, true),
            Self::ManageOutbox        => granted(false, false, true),
            Self::ManageJobs          => granted(false, false, true),
            Self::ExportDocuments     => granted(false, false, true),
            Self::ImportDocuments     => granted(false, false, true),
        }
    }

    /// Whether somebody of this role has it; without a role, whether a visitor has.
    #[must_use]
    pub const fn is_granted_to(self, role: Option<Role>) -> bool {
        let row = self.row();
        match role {
            None => row.visitor,
            Some(Role::Agent) => row.agent,
            Some(Role::Admin) => row.admin,
        }
    }

    /// Who has it, in words.
    #[must_use]
    pub const fn holders(self) -> &'static str {
        match self.row() {
            Granted { visitor: true, agent: true, .. } => "visitors and the team",
            Granted { visitor: true, .. } => "visitors",
            Granted { agent: true, .. } => "the team",
            Granted { admin: true, .. } => "admins",
            _ => "nobody",
        }
    }
}

/// The permissions that somebody has. As JSON it is the list of their names; a name that this version does not know is
/// left out, so that what a newer version wrote can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// Those of a role; without a role, a visitor's.
    #[must_use]
    pub fn of(role: Option<Role>) -> Self {
        Permission::ALL.into_iter().filter(|permission| permission.is_granted_to(role)).collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// These without that one.
    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !bit(permission))
    }
}

const fn bit(permission: Permission) -> u64 {
    1 << permission as u64
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | bit(permission)))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Permission::ALL.into_iter().filter(|permission| self.contains(*permission)))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<serde_json::Value>::deserialize(deserializer)?;
        Ok(names.into_iter().filter_map(|name| serde_json::from_value(name).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table once more, as a person would say it: a slip in one of the two is seen.
    #[test]
    fn permissions_are_whose_they_should_be() {
        let of =
            |role| Permission::ALL.into_iter().filter(move |it| it.is_granted_to(role)).collect::<Vec<_>>();
        assert_eq!(
            of(None),
            [Permission::StartConversations, Permission::ReadConversations, Permission::WriteMessages]
        );
        assert_eq!(
            of(Some(Role::Agent)),
            [
                Permission::ReadConversations,
                Permission::WriteMessages,
                Permission::ReadNotes,
                Permission::WriteNotes,
                Permission::DeleteMessages,
                Permission::UpdateConversations,
                Permission::TagConversations,
                Permission::FollowInbox,
                Permission::ReadOwnAccount,
                Permission::ReadTags
            ]
        );
        let admins_lack = Permission::ALL.into_iter().find(|it| !it.is_granted_to(Some(Role::Admin)));
        assert_eq!(admins_lack, Some(Permission::StartConversations), "only visitors start conversations");
    }

    #[test]
    fn permissions_cross_by_name_and_unknown_ones_are_left_out() {
        let some: Permissions = [Permission::ReadConversations, Permission::WriteNotes].into_iter().collect();
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"["read_conversations","write_notes"]"#);
        let newer = r#"["read_conversations","fly","write_notes"]"#;
        assert_eq!(serde_json::from_str::<Permissions>(newer).unwrap(), some);
        for permission in Permission::ALL {
            let alone: Permissions = [permission].into_iter().collect();
            let text = serde_json::to_string(&alone).unwrap();
            assert_eq!(serde_json::from_str::<Permissions>(&text).unwrap(), alone, "{text}");
            assert!(alone.contains(permission) && !alone.without(permission).contains(permission));
        }
    }
}
