//! THE table of rights: which permission is whose (role-based access control).
//!
//! A permission is what a route of the API asks for; each row of the edge's route table names one. What somebody may do
//! inside of a conversation is a matter of the conversation and decided there, by [`super::authorize`], for REST and sockets
//! alike: a permission only opens the door.

use crate::wire::Role;

/// A right that a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Start a conversation.
    StartConversations,
    /// List conversations, read and follow one: a visitor their own.
    ReadConversations,
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
    pub const ALL: [Self; 11] = [
        Self::StartConversations,
        Self::ReadConversations,
        Self::UpdateConversations,
        Self::TagConversations,
        Self::FollowInbox,
        Self::ReadOwnAccount,
        Self::ReadTags,
        Self::ManageTags,
        Self::ManageOutbox,
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
            Self::UpdateConversations => granted(false, true,  true),
            Self::TagConversations    => granted(false, true,  true),
            Self::FollowInbox         => granted(false, true,  true),
            Self::ReadOwnAccount      => granted(false, true,  true),
            Self::ReadTags            => granted(false, true,  true),
            Self::ManageTags          => granted(false, false, true),
            Self::ManageOutbox        => granted(false, false, true),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The table once more, as a person would say it: a slip in one of the two is seen.
    #[test]
    fn permissions_are_whose_they_should_be() {
        let of =
            |role| Permission::ALL.into_iter().filter(move |it| it.is_granted_to(role)).collect::<Vec<_>>();
        assert_eq!(of(None), [Permission::StartConversations, Permission::ReadConversations]);
        assert_eq!(
            of(Some(Role::Agent)),
            [
                Permission::ReadConversations,
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
}
