//! Who may do what: deny by default, decided here.
//!
//! A [`Principal`] says who is asking and what they may do, until when (authority); an [`Actor`] is only how they sign
//! what they did, for others to see (attribution). A token becomes a principal in [`token`]; the edge and the objects hand
//! it on, sockets keep it. [`permission`] is the table of rights, [`conversation`] has the rights inside a conversation,
//! which its room asks for per frame.

pub mod conversation;
mod keys;
pub mod permission;
pub mod token;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use conversation::{Action, ConversationFacts, Target, authorize};
pub use keys::{Key, Keys, TooShort};
pub use permission::{Permission, Permissions, Reach};

use crate::Millis;
use crate::id::{DepartmentId, SessionId, UserId, VisitorId};
use crate::wire::{Actor, ActorKind, ConversationStatus, Role};

/// How long a socket lasts about whose token nothing is known, in milliseconds.
const UNKNOWN_LASTS: Millis = 15 * 60 * 1000;

/// Who is asking, as their token says, and what they may do.
///
/// It crosses between Worker and objects, and stays with sockets, as an [`Actor`]'s JSON with more fields: the last version
/// reads an actor out of it, and this one reads the last version's actors, as principals about whom nothing more is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Crossing", into = "Crossing")]
pub struct Principal {
    /// Who.
    pub subject: Subject,
    /// The sign-in it belongs to. A visitor has none, and so have those whom the last version let in.
    pub session: Option<SessionId>,
    /// What they may do.
    pub permissions: Permissions,
    /// When the token was issued; 0 where that is not known.
    pub issued_at: Millis,
    /// When it ends; 0 where that is not known.
    pub expires_at: Millis,
}

/// Whom a principal speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A visitor of the website.
    Visitor(VisitorId),
    /// A member of the team.
    User {
        /// Who.
        id: UserId,
        /// Their role.
        role: Role,
        /// The name that others see.
        name: String,
        /// The departments they are in.
        departments: Vec<DepartmentId>,
    },
}

impl Subject {
    /// What tells them from everyone else.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        match self {
            Self::Visitor(id) => id.uuid(),
            Self::User { id, .. } => id.uuid(),
        }
    }
}

impl Principal {
    /// Nobody, who may do nothing: to see whether somebody answers.
    #[must_use]
    pub const fn nobody() -> Self {
        let subject = Subject::Visitor(VisitorId::new(Uuid::nil()));
        Self { subject, session: None, permissions: Permissions::NONE, issued_at: 0, expires_at: 0 }
    }

    /// A visitor, with a visitor's rights.
    #[must_use]
    pub fn of_visitor(id: VisitorId, issued_at: Millis, expires_at: Millis) -> Self {
        let permissions = Permissions::of(None);
        Self { subject: Subject::Visitor(id), session: None, permissions, issued_at, expires_at }
    }

    /// A member of the team, with the rights of their role.
    #[must_use]
    pub fn of_user(
        id: UserId,
        role: Role,
        name: String,
        session: SessionId,
        issued_at: Millis,
        expires_at: Millis,
    ) -> Self {
        let subject = Subject::User { id, role, name, departments: Vec::new() };
        let permissions = Permissions::of(Some(role));
        Self { subject, session: Some(session), permissions, issued_at, expires_at }
    }

    /// Whether they have a right.
    #[must_use]
    pub const fn permits(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Who they are to the others in a conversation.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match &self.subject {
            Subject::Visitor(id) => visitor(*id),
            Subject::User { id, name, .. } => {
                Actor { kind: ActorKind::Agent, id: id.to_string(), name: name.clone() }
            }
        }
    }

    /// The visitor, if they are one.
    #[must_use]
    pub const fn visitor(&self) -> Option<VisitorId> {
        match &self.subject {
            Subject::Visitor(id) => Some(*id),
            Subject::User { .. } => None,
        }
    }

    /// The member of the team, if they are one.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.subject {
            Subject::Visitor(_) => None,
            Subject::User { id, .. } => Some(*id),
        }
    }

    /// The role of a member of the team.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match &self.subject {
            Subject::Visitor(_) => None,
            Subject::User { role, .. } => Some(*role),
        }
    }

    /// Whether both speak for the same person.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.visitor() == other.visitor() && self.user_id() == other.user_id()
    }

    /// Whether both see the same, and may do the same: their rights and departments are equal.
    #[must_use]
    pub fn sees_as(&self, other: &Self) -> bool {
        self.permissions == other.permissions && self.departments() == other.departments()
    }

    /// The departments that a member of the team is in.
    #[must_use]
    pub fn departments(&self) -> &[DepartmentId] {
        match &self.subject {
            Subject::Visitor(_) => &[],
            Subject::User { departments, .. } => departments,
        }
    }

    /// Itself, lasting as long as an agent's token does where nothing is known of that: the last version did not say.
    #[must_use]
    pub const fn lasting_from(mut self, since: Millis) -> Self {
        if self.expires_at == 0 {
            self.expires_at = since.saturating_add(UNKNOWN_LASTS);
        }
        self
    }

    /// Whether its time is over.
    #[must_use]
    pub const fn has_expired(&self, now: Millis) -> bool {
        self.expires_at <= now
    }
}

/// A principal's JSON.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Crossing {
    kind: ActorKind,
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    departments: Vec<DepartmentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    #[serde(default)]
    issued_at: Millis,
    #[serde(default)]
    expires_at: Millis,
}

impl From<Principal> for Crossing {
    fn from(principal: Principal) -> Self {
        let Actor { kind, id, name } = principal.actor();
        let Principal { subject, session, permissions, issued_at, expires_at } = principal;
        let (role, departments) = match subject {
            Subject::Visitor(_) => (None, Vec::new()),
            Subject::User { role, departments, .. } => (Some(role), departments),
        };
        let permissions = Some(permissions);
        Self { kind, id, name, role, permissions, departments, session, issued_at, expires_at }
    }
}

impl TryFrom<Crossing> for Principal {
    type Error = String;

    fn try_from(crossing: Crossing) -> Result<Self, String> {
        let Crossing { kind, id, name, role, permissions, departments, session, issued_at, expires_at } =
            crossing;
        let subject = match kind {
            ActorKind::Visitor => Subject::Visitor(id.parse().map_err(|error| format!("visitor: {error}"))?),
            ActorKind::Agent => Subject::User {
                id: id.parse().map_err(|error| format!("user: {error}"))?,
                // The last version did not say; the least that a member of the team may is enough in a room.
                role: role.unwrap_or(Role::Agent),
                name,
                departments,
            },
            // The last version saw whether rooms answer as the product itself, which may do nothing.
            ActorKind::System => {
                return Ok(Self::nobody());
            }
        };
        let role = match &subject {
            Subject::Visitor(_) => None,
            Subject::User { role, .. } => Some(*role),
        };
        let permissions = permissions.unwrap_or_else(|| Permissions::of(role));
        Ok(Self { subject, session, permissions, issued_at, expires_at })
    }
}

/// The visitor as others see them: the first characters of the id stand in for a name nobody gave.
#[must_use]
pub fn visitor(id: VisitorId) -> Actor {
    let id = id.to_string();
    let name = format!("Visitor {}", id.chars().take(4).collect::<String>().to_uppercase());
    Actor { kind: ActorKind::Visitor, id, name }
}

/// The product itself.
#[must_use]
pub fn system() -> Actor {
    Actor { kind: ActorKind::System, id: "system".to_owned(), name: "Voxora".to_owned() }
}

/// What someone in a conversation sees of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everything but notes.
    Visitor,
    /// Everything.
    Agents,
}

impl Audience {
    /// How somebody of it is told that a conversation stands.
    #[must_use]
    pub const fn is_told(self, status: ConversationStatus) -> ConversationStatus {
        match self {
            Self::Visitor => status.told_to_visitor(),
            Self::Agents => status,
        }
    }

    /// The audience somebody belongs to. Who may not read notes sees what a visitor sees.
    #[must_use]
    pub const fn of(principal: &Principal) -> Self {
        if principal.permits(Permission::ReadNotes) { Self::Agents } else { Self::Visitor }
    }

    /// The side on which somebody stands who signed so: whose read mark theirs is.
    #[must_use]
    pub const fn of_side(actor: &Actor) -> Self {
        match actor.kind {
            ActorKind::Agent => Self::Agents,
            ActorKind::Visitor | ActorKind::System => Self::Visitor,
        }
    }
}
