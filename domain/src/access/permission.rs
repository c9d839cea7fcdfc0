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
    /// Change one's own account: profile, password, sessions.
    UpdateOwnAccount,
    /// List the members of the team, and the roles there are.
    ReadPeople,
    /// Invite people, change, deactivate and delete them.
    ManagePeople,
    /// Make, change and delete roles.
    ManageRoles,
    /// Read the team's departments.
    ReadDepartments,
    /// Make, change, archive and delete departments.
    ManageDepartments,
    /// Read and change the deployment's settings, and try its mail.
    ManageSettings,
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
    pub const ALL: [Self; 23] = [
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
        Self::UpdateOwnAccount,
        Self::ReadPeople,
        Self::ManagePeople,
        Self::ManageRoles,
        Self::ReadDepartments,
        Self::ManageDepartments,
        Self::ManageSettings,
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
            Self::UpdateOwnAccount    => granted(false, true,  true),
            Self::ReadPeople          => granted(false, false, true),
            Self::ManagePeople        => granted(false, false, true),
            Self::ManageRoles         => granted(false, false, true),
            Self::ReadDepartments     => granted(false, true,  true),
            Self::ManageDepartments   => granted(false, false, true),
            Self::ManageSettings      => granted(false, false, true),
            Self::ReadTags            => granted(false, true,  true),
            Self::ManageTags          => granted(false, false, true),
            Self::ManageOutbox        => granted(false, false, true),
            Self::ManageJobs          => granted(false, false, true),
            Self::ExportDocuments     => granted(false, false, true),
            Self::ImportDocuments     => granted(false, false, true),
        }
    }

    /// What it is called, in JSON and in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartConversations => "start_conversations",
            Self::ReadConversations => "read_conversations",
            Self::WriteMessages => "write_messages",
            Self::ReadNotes => "read_notes",
            Self::WriteNotes => "write_notes",
            Self::DeleteMessages => "delete_messages",
            Self::UpdateConversations => "update_conversations",
            Self::TagConversations => "tag_conversations",
            Self::FollowInbox => "follow_inbox",
            Self::ReadOwnAccount => "read_own_account",
            Self::UpdateOwnAccount => "update_own_account",
            Self::ReadPeople => "read_people",
            Self::ManagePeople => "manage_people",
            Self::ManageRoles => "manage_roles",
            Self::ReadDepartments => "read_departments",
            Self::ManageDepartments => "manage_departments",
            Self::ManageSettings => "manage_settings",
            Self::ReadTags => "read_tags",
            Self::ManageTags => "manage_tags",
            Self::ManageOutbox => "manage_outbox",
            Self::ManageJobs => "manage_jobs",
            Self::ExportDocuments => "export_documents",
            Self::ImportDocuments => "import_documents",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// Whether somebody of this role has it, at whatever reach; without a role, whether a visitor has. What a role may do that
    /// the team has made is not in this table but in its document.
    #[must_use]
    pub const fn is_granted_to(self, role: Option<Role>) -> bool {
        let row = self.row();
        match role {
            None => row.visitor,
            Some(Role::Agent) => row.agent,
            Some(Role::Admin) => row.admin,
            Some(Role::Custom(_)) => false,
        }
    }

    /// Whether it is about conversations, so that it has a [`Reach`]. Other rights are all or nothing.
    #[must_use]
    pub const fn has_reach(self) -> bool {
        matches!(
            self,
            Self::ReadConversations
                | Self::WriteMessages
                | Self::WriteNotes
                | Self::DeleteMessages
                | Self::UpdateConversations
                | Self::TagConversations
        )
    }

    /// Who has it, in words.
    #[must_use]
    pub const fn holders(self) -> &'static str {
        match self.row() {
            Granted { visitor: true, agent: true, .. } => "visitors and the team",
            Granted { visitor: true, .. } => "visitors",
            Granted { agent: true, .. } => "the team",
            Granted { admin: true, .. } => "admins, and roles that were given it",
            _ => "nobody",
        }
    }
}

/// How far a right of a member of the team reaches. Each reaches as far as those before it, and further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Reach {
    /// Conversations that are assigned to them.
    Own,
    /// Besides, those of their departments, and those of none: the general queue is everybody's.
    Departments,
    /// Every conversation.
    All,
}

impl Reach {
    const fn bits(self) -> u128 {
        match self {
            Self::Own => 1,
            Self::Departments => 2,
            Self::All => 3,
        }
    }

    const fn of_bits(bits: u128) -> Option<Self> {
        match bits {
            1 => Some(Self::Own),
            2 => Some(Self::Departments),
            3 => Some(Self::All),
            _ => None,
        }
    }
}

/// Why a list of names is no list of permissions: the place of the first that is none, and why, to be read after it.
pub type NotPermitted = (usize, &'static str);

impl Permissions {
    /// The permissions of these names, read strictly: one that is not known, or that has a reach it cannot have, is refused.
    ///
    /// # Errors
    /// [`NotPermitted`].
    pub fn read(names: &[String]) -> Result<Self, NotPermitted> {
        let mut read = Self::NONE;
        for (place, name) in names.iter().enumerate() {
            let Written(permission, reach) =
                Written::read(name).ok_or((place, "names no permission, or no reach that there is"))?;
            if reach != Reach::All && !permission.has_reach() {
                return Err((place, "is of a permission without a reach"));
            }
            if read.contains(permission) {
                return Err((place, "is there twice"));
            }
            read = read.with(permission, reach);
        }
        Ok(read)
    }
}

/// The permissions that somebody has, each with its reach. As JSON it is the list of their names, with the reach behind a colon
/// where that is not all: `"read_conversations:departments"`. A name that this version does not know is left out, so that
/// what a newer version wrote can be read; so is a reach that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u128);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// Those of a role; without a role, a visitor's. What agents may do in conversations reaches as far as their departments.
    /// A role that the team has made has none here: its document says which.
    #[must_use]
    pub fn of(role: Option<Role>) -> Self {
        let reach = if role == Some(Role::Agent) { Reach::Departments } else { Reach::All };
        let granted = Permission::ALL.into_iter().filter(|permission| permission.is_granted_to(role));
        granted.map(|permission| (permission, reach)).collect()
    }

    /// Whether this one is among them, at whatever reach.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.reach(permission).is_some()
    }

    /// How far this one reaches, if it is among them.
    #[must_use]
    pub const fn reach(self, permission: Permission) -> Option<Reach> {
        Reach::of_bits((self.0 >> shift(permission)) & 3)
    }

    /// These, with that one at this reach in place of what it was. One without a reach is there or not.
    #[must_use]
    pub const fn with(self, permission: Permission, reach: Reach) -> Self {
        let reach = if permission.has_reach() { reach } else { Reach::All };
        Self(self.without(permission).0 | (reach.bits() << shift(permission)))
    }

    /// These without that one.
    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !(3 << shift(permission)))
    }

    /// These, none of which reaches further than this.
    #[must_use]
    pub fn within(self, most: Reach) -> Self {
        self.iter().map(|(permission, reach)| (permission, reach.min(most))).collect()
    }

    /// Whether whoever has these may give those: each is among these, and reaches no further. Nobody gives what they lack.
    #[must_use]
    pub fn covers(self, those: Self) -> bool {
        those.iter().all(|(permission, reach)| self.reach(permission).is_some_and(|own| own >= reach))
    }

    /// Each with its reach, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = (Permission, Reach)> {
        Permission::ALL.into_iter().filter_map(move |permission| Some((permission, self.reach(permission)?)))
    }
}

const fn shift(permission: Permission) -> u32 {
    2 * permission as u32
}

impl FromIterator<(Permission, Reach)> for Permissions {
    fn from_iter<I: IntoIterator<Item = (Permission, Reach)>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, |all, (permission, reach)| all.with(permission, reach))
    }
}

/// Where they reach, they reach everything.
impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().map(|permission| (permission, Reach::All)).collect()
    }
}

/// One of them, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written(Permission, Reach);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(permission, reach) = self;
        match reach {
            Reach::All => permission.serialize(serializer),
            Reach::Departments => serializer.collect_str(&format_args!("{}:departments", permission.name())),
            Reach::Own => serializer.collect_str(&format_args!("{}:own", permission.name())),
        }
    }
}

impl Written {
    fn read(text: &str) -> Option<Self> {
        let (name, reach) = match text.split_once(':') {
            None => (text, Reach::All),
            Some((name, "departments")) => (name, Reach::Departments),
            Some((name, "own")) => (name, Reach::Own),
            Some(_) => return None,
        };
        Permission::named(name).map(|permission| Self(permission, reach))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(permission, reach)| Written(permission, reach)))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<serde_json::Value>::deserialize(deserializer)?;
        let known = names.iter().filter_map(|name| Written::read(name.as_str()?));
        Ok(known.map(|Written(permission, reach)| (permission, reach)).collect())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Permissions {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let plain = Permission::ALL.into_iter().map(|permission| Written(permission, Reach::All));
        let with_reach = Permission::ALL.into_iter().filter(|permission| permission.has_reach());
        let narrow = with_reach.flat_map(|permission| {
            [Written(permission, Reach::Departments), Written(permission, Reach::Own)]
        });
        let names: Vec<_> = plain.chain(narrow).filter_map(|one| serde_json::to_value(one).ok()).collect();
        schemars::json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
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
                Permission::UpdateOwnAccount,
                Permission::ReadDepartments,
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

    #[test]
    fn rights_reach_as_far_as_they_were_given_and_are_written_so() {
        let agent = Permissions::of(Some(Role::Agent));
        assert_eq!(agent.reach(Permission::ReadConversations), Some(Reach::Departments));
        assert_eq!(agent.reach(Permission::ReadNotes), Some(Reach::All), "it has no reach of its own");
        let narrow = agent.within(Reach::Own);
        assert_eq!(narrow.reach(Permission::WriteMessages), Some(Reach::Own));
        assert_eq!(narrow.reach(Permission::ReadTags), Some(Reach::All));
        let some = Permissions::NONE
            .with(Permission::ReadConversations, Reach::Own)
            .with(Permission::TagConversations, Reach::Departments)
            .with(Permission::ReadTags, Reach::Own);
        let text = serde_json::to_string(&some).unwrap();
        assert_eq!(text, r#"["read_conversations:own","tag_conversations:departments","read_tags"]"#);
        assert_eq!(serde_json::from_str::<Permissions>(&text).unwrap(), some);
        let newer = r#"["read_conversations:own","tag_conversations:sites","read_tags"]"#;
        let read: Permissions = serde_json::from_str(newer).unwrap();
        assert_eq!(read, some.without(Permission::TagConversations), "a reach that is not known is none");
    }

    #[test]
    fn nobody_gives_what_they_lack() {
        let (agent, admin) = (Permissions::of(Some(Role::Agent)), Permissions::of(Some(Role::Admin)));
        assert!(admin.covers(agent) && agent.covers(agent) && agent.covers(Permissions::NONE));
        assert!(!agent.covers(admin));
        assert!(!agent.covers(Permissions::NONE.with(Permission::ReadConversations, Reach::All)), "further");
        assert!(
            agent.covers(Permissions::NONE.with(Permission::ReadConversations, Reach::Own)),
            "not as far"
        );
        let custom = Role::Custom(crate::id::RoleId::new(uuid::Uuid::from_u128(1)));
        assert_eq!(Permissions::of(Some(custom)), Permissions::NONE, "its document says what it may");
    }

    #[test]
    fn a_list_of_names_is_read_strictly_where_it_is_asked_for() {
        let read = |names: &[&str]| {
            Permissions::read(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let expected = Permissions::NONE
            .with(Permission::ReadConversations, Reach::Own)
            .with(Permission::ReadTags, Reach::All);
        assert_eq!(read(&["read_tags", "read_conversations:own"]), Ok(expected));
        for bad in [
            &["read_tags", "fly"][..],
            &["read_tags", "read_conversations:galaxy"],
            &["read_tags", "manage_tags:own"],
            &["read_tags", "read_tags"],
        ] {
            assert_eq!(read(bad).map_err(|(place, _)| place), Err(1), "{bad:?}");
        }
    }

    #[test]
    fn names_are_what_serde_writes() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
            assert_eq!(Permission::named(permission.name()), Some(permission));
        }
    }
}
