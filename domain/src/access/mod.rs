//! Who may do what: deny by default, decided here.
//!
//! [`Permission`] has THE table of rights, which the edge's route table asks for; [`conversation`] the rights inside a
//! conversation, which its room asks for per frame.

pub mod conversation;
mod permission;

pub use conversation::{Action, ConversationFacts, Target, authorize};
pub use permission::Permission;

use crate::id::{SessionId, UserId, VisitorId};
use crate::wire::{Actor, ActorKind, Role};

/// Who is asking, as their token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A visitor of the website.
    Visitor(VisitorId),
    /// A member of the team.
    User {
        /// Who.
        id: UserId,
        /// What they may do.
        role: Role,
        /// The name that others see.
        name: String,
        /// The sign-in the token belongs to.
        session: SessionId,
    },
}

impl Principal {
    /// Who they are to the others in a conversation.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Visitor(id) => visitor(*id),
            Self::User { id, name, .. } => {
                Actor { kind: ActorKind::Agent, id: id.to_string(), name: name.clone() }
            }
        }
    }

    /// The visitor, if they are one.
    #[must_use]
    pub const fn visitor(&self) -> Option<VisitorId> {
        match self {
            Self::Visitor(id) => Some(*id),
            Self::User { .. } => None,
        }
    }

    /// The member of the team, if they are one.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Visitor(_) => None,
            Self::User { id, .. } => Some(*id),
        }
    }

    /// The role of a member of the team.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Visitor(_) => None,
            Self::User { role, .. } => Some(*role),
        }
    }

    /// Whether they have a permission, by THE table.
    #[must_use]
    pub const fn permits(&self, permission: Permission) -> bool {
        permission.is_granted_to(self.role())
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
    /// The audience an actor belongs to. Whoever is not of the team sees what a visitor sees.
    #[must_use]
    pub const fn of(actor: &Actor) -> Self {
        match actor.kind {
            ActorKind::Agent => Self::Agents,
            ActorKind::Visitor | ActorKind::System => Self::Visitor,
        }
    }
}
