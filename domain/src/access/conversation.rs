//! Rights inside a conversation: facts in, decision out. Everything not said here is refused.

use crate::Millis;
use crate::limits::VISITOR_EDIT_WINDOW;
use crate::wire::{Actor, ActorKind, ConversationStatus, ErrorCode, SendKind};

/// What someone wants to do in a conversation.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
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

/// The conversation a action is about.
#[derive(Debug, Clone, Copy)]
pub struct ConversationFacts<'a> {
    /// The visitor it belongs to.
    pub visitor: &'a Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// What time it is.
    pub now: Millis,
}

/// Decides whether `actor` may do `action`.
///
/// # Errors
/// The reason for which not, and words for a developer.
pub fn authorize(
    actor: &Actor,
    action: Action<'_>,
    facts: ConversationFacts<'_>,
) -> Result<(), (ErrorCode, &'static str)> {
    let agent = actor.kind == ActorKind::Agent;
    let owner = actor.kind == ActorKind::Visitor && actor.id == facts.visitor.id;
    if !agent && !owner {
        return Err((ErrorCode::Forbidden, "This conversation belongs to another visitor."));
    }
    let changes_text = matches!(action, Action::Send(_) | Action::Type | Action::Edit(_) | Action::Delete(_));
    if changes_text && facts.status == ConversationStatus::Closed {
        return Err((
            ErrorCode::ConversationClosed,
            "This conversation is closed; start another, or ask an agent to open it again.",
        ));
    }
    match action {
        Action::See | Action::Type | Action::Send(SendKind::Message) => Ok(()),
        Action::Send(SendKind::Note) | Action::Update if agent => Ok(()),
        Action::Send(SendKind::Note) => Err((ErrorCode::Forbidden, "Only agents write notes.")),
        Action::Update => Err((ErrorCode::Forbidden, "Only agents change a conversation.")),
        Action::Edit(target) | Action::Delete(target) => {
            if target.deleted || (!agent && target.kind == SendKind::Note) {
                return Err((ErrorCode::NoSuchMessage, "There is no such message."));
            }
            let agent_deletes = agent && matches!(action, Action::Delete(_));
            if !target.is_by(actor) && !agent_deletes {
                return Err((ErrorCode::Forbidden, "Only its author may change a message."));
            }
            if !agent && facts.now.saturating_sub(target.at) > VISITOR_EDIT_WINDOW {
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

    fn decide(who: &Actor, action: Action<'_>, status: ConversationStatus, now: Millis) -> Option<ErrorCode> {
        let owner = actor(ActorKind::Visitor, OWNER);
        authorize(who, action, ConversationFacts { visitor: &owner, status, now }).err().map(|(code, _)| code)
    }

    fn message(kind: SendKind, author: &Actor) -> Target {
        Target { kind, author_kind: author.kind, author_id: author.id.clone(), at: 0, deleted: false }
    }

    #[test]
    fn a_visitor_sees_and_writes_only_in_their_own_conversation() {
        let (owner, stranger) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Visitor, "other"));
        // An id is not enough: an agent's account that happens to carry the visitor's id is still no visitor.
        let open = ConversationStatus::Open;
        assert_eq!(decide(&owner, Action::See, open, 0), None);
        assert_eq!(decide(&stranger, Action::See, open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(
            decide(&actor(ActorKind::System, OWNER), Action::See, open, 0),
            Some(ErrorCode::Forbidden)
        );
        assert_eq!(decide(&owner, Action::Send(SendKind::Note), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&owner, Action::Update, open, 0), Some(ErrorCode::Forbidden));
    }

    #[test]
    fn authors_edit_and_agents_also_delete() {
        let (owner, ada) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Agent, "ada"));
        let bob = actor(ActorKind::Agent, "bob");
        let open = ConversationStatus::Open;
        let (by_owner, by_ada) = (message(SendKind::Message, &owner), message(SendKind::Note, &ada));
        assert_eq!(decide(&owner, Action::Edit(&by_owner), open, VISITOR_EDIT_WINDOW), None);
        assert_eq!(
            decide(&owner, Action::Edit(&by_owner), open, VISITOR_EDIT_WINDOW + 1),
            Some(ErrorCode::TooLate)
        );
        assert_eq!(decide(&ada, Action::Edit(&by_owner), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&ada, Action::Delete(&by_owner), open, VISITOR_EDIT_WINDOW + 1), None);
        assert_eq!(decide(&bob, Action::Edit(&by_ada), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&bob, Action::Delete(&by_ada), open, 0), None);
        // A visitor must not even learn that the note is there.
        assert_eq!(decide(&owner, Action::Delete(&by_ada), open, 0), Some(ErrorCode::NoSuchMessage));
    }

    #[test]
    fn a_closed_conversation_can_be_read_and_reopened_but_not_written() {
        let (owner, ada) = (actor(ActorKind::Visitor, OWNER), actor(ActorKind::Agent, "ada"));
        let closed = ConversationStatus::Closed;
        assert_eq!(decide(&owner, Action::See, closed, 0), None);
        assert_eq!(decide(&ada, Action::Update, closed, 0), None);
        assert_eq!(
            decide(&owner, Action::Send(SendKind::Message), closed, 0),
            Some(ErrorCode::ConversationClosed)
        );
        assert_eq!(
            decide(&ada, Action::Send(SendKind::Note), closed, 0),
            Some(ErrorCode::ConversationClosed)
        );
    }
}
