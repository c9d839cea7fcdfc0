//! Who may do what. The one place that decides; everything not said here is refused.

mod permission;

pub use permission::Permission;

use crate::Millis;
use crate::id::{SessionId, UserId, VisitorId};
use crate::limits::VISITOR_EDIT_WINDOW;
use crate::wire::{Actor, ActorKind, ConversationStatus, ErrorCode, Role, SendKind};

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

    /// Whether they may do what the permission names, by THE table.
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

/// What someone wants to do in a conversation.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// See it.
    See,
    /// Say something.
    Send(SendKind),
    /// Show that they are typing.
    Type,
    /// Change the text of a message.
    Edit(&'a Target),
    /// Take a message back.
    Delete(&'a Target),
    /// Change status or assignment.
    Update,
}

/// The message an edit or deletion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its kind.
    pub kind: SendKind,
    /// In which capacity its author wrote it.
    pub author_kind: ActorKind,
    /// Who wrote it.
    pub author_id: String,
    /// When.
    pub at: Millis,
    /// Whether it is deleted already.
    pub deleted: bool,
}

impl Target {
    fn is_by(&self, actor: &Actor) -> bool {
        self.author_kind == actor.kind && self.author_id == actor.id
    }
}

/// The conversation a deed is about.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The visitor it belongs to.
    pub visitor: &'a Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// What time it is.
    pub now: Millis,
}

/// Decides whether `actor` may do `deed`.
///
/// # Errors
/// The reason for which not, and words for a developer.
pub fn may(actor: &Actor, deed: Deed<'_>, scene: Scene<'_>) -> Result<(), (ErrorCode, &'static str)> {
    let agent = actor.kind == ActorKind::Agent;
    let owner = actor.kind == ActorKind::Visitor && actor.id == scene.visitor.id;
    if !agent && !owner {
        return Err((ErrorCode::Forbidden, "This conversation belongs to another visitor."));
    }
    let changes_text = matches!(deed, Deed::Send(_) | Deed::Type | Deed::Edit(_) | Deed::Delete(_));
    if changes_text && scene.status == ConversationStatus::Closed {
        return Err((
            ErrorCode::ConversationClosed,
            "This conversation is closed; start another, or ask an agent to open it again.",
        ));
    }
    match deed {
        Deed::See | Deed::Type | Deed::Send(SendKind::Message) => Ok(()),
        Deed::Send(SendKind::Note) | Deed::Update if agent => Ok(()),
        Deed::Send(SendKind::Note) => Err((ErrorCode::Forbidden, "Only agents write notes.")),
        Deed::Update => Err((ErrorCode::Forbidden, "Only agents change a conversation.")),
        Deed::Edit(target) | Deed::Delete(target) => {
            if target.deleted || (!agent && target.kind == SendKind::Note) {
                return Err((ErrorCode::NoSuchMessage, "There is no such message."));
            }
            let agent_deletes = agent && matches!(deed, Deed::Delete(_));
            if !target.is_by(actor) && !agent_deletes {
                return Err((ErrorCode::Forbidden, "Only its author may change a message."));
            }
            if !agent && scene.now.saturating_sub(target.at) > VISITOR_EDIT_WINDOW {
                return Err((
                    ErrorCode::TooLate,
                    "A message can be changed for 15 minutes after it was sent.",
                ));
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";

    fn actor(kind: ActorKind, id: &str) -> Actor {
        Actor { kind, id: id.to_owned(), name: String::new() }
    }

    fn decide(who: &Actor, deed: Deed<'_>, status: ConversationStatus, now: Millis) -> Option<ErrorCode> {
        let owner = actor(ActorKind::Visitor, OWNER);
        may(who, deed, Scene { visitor: &owner, status, now }).err().map(|(code, _)| code)
    }

    fn message(kind: SendKind, author: &Actor) -> Target {
        Target { kind, author_kind: author.kind, author_id: author.id.clone(), at: 0, deleted: false }
    }

    #[test]
    fn a_visitor_sees_and_writes_only_in_their_own_conversation() {
        let (owner, stranger) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Visitor, "other"));
        // An id is not enough: an agent's account that happens to carry the visitor's id is still no visitor.
        let open = ConversationStatus::Open;
        assert_eq!(decide(&owner, Deed::See, open, 0), None);
        assert_eq!(decide(&stranger, Deed::See, open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&actor(ActorKind::System, OWNER), Deed::See, open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&owner, Deed::Send(SendKind::Note), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&owner, Deed::Update, open, 0), Some(ErrorCode::Forbidden));
    }

    #[test]
    fn authors_edit_and_agents_also_delete() {
        let (owner, ada) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Agent, "ada"));
        let bob = actor(ActorKind::Agent, "bob");
        let open = ConversationStatus::Open;
        let (by_owner, by_ada) = (message(SendKind::Message, &owner), message(SendKind::Note, &ada));
        assert_eq!(decide(&owner, Deed::Edit(&by_owner), open, VISITOR_EDIT_WINDOW), None);
        assert_eq!(
            decide(&owner, Deed::Edit(&by_owner), open, VISITOR_EDIT_WINDOW + 1),
            Some(ErrorCode::TooLate)
        );
        assert_eq!(decide(&ada, Deed::Edit(&by_owner), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&ada, Deed::Delete(&by_owner), open, VISITOR_EDIT_WINDOW + 1), None);
        assert_eq!(decide(&bob, Deed::Edit(&by_ada), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&bob, Deed::Delete(&by_ada), open, 0), None);
        // A visitor must not even learn that the note is there.
        assert_eq!(decide(&owner, Deed::Delete(&by_ada), open, 0), Some(ErrorCode::NoSuchMessage));
    }

    #[test]
    fn a_closed_conversation_can_be_read_and_reopened_but_not_written() {
        let (owner, ada) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Agent, "ada"));
        let closed = ConversationStatus::Closed;
        assert_eq!(decide(&owner, Deed::See, closed, 0), None);
        assert_eq!(decide(&ada, Deed::Update, closed, 0), None);
        assert_eq!(
            decide(&owner, Deed::Send(SendKind::Message), closed, 0),
            Some(ErrorCode::ConversationClosed)
        );
        assert_eq!(decide(&ada, Deed::Send(SendKind::Note), closed, 0), Some(ErrorCode::ConversationClosed));
    }
}
