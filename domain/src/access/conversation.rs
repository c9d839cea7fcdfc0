//! Rights inside a conversation: facts in, decision out. Everything not said here is refused.

use super::{Permission, Principal, Reach, Subject};
use crate::Millis;
use crate::id::{DepartmentId, UserId, VisitorId};
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
    /// Change status, assignment or department.
    Update,
    /// Put a tag on it, or take one off.
    Tag,
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
    fn is_by(&self, principal: &Principal) -> bool {
        let (kind, id) = match &principal.subject {
            Subject::Visitor(id) => (ActorKind::Visitor, id.uuid()),
            Subject::User { id, .. } => (ActorKind::Agent, id.uuid()),
        };
        self.author_kind == kind && self.author_id.parse() == Ok(id)
    }
}

/// The conversation an action is about.
#[derive(Debug, Clone, Copy)]
pub struct ConversationFacts<'a> {
    /// The visitor it belongs to.
    pub visitor: &'a Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Whom it is assigned to.
    pub assignee: Option<&'a Actor>,
    /// The department it belongs to; none for the general queue.
    pub department: Option<DepartmentId>,
    /// What time it is.
    pub now: Millis,
}

impl ConversationFacts<'_> {
    fn belongs_to(&self, visitor: VisitorId) -> bool {
        self.visitor.kind == ActorKind::Visitor && self.visitor.id.parse() == Ok(visitor)
    }
}

/// Whether a right that reaches so far reaches a conversation: of somebody in these departments.
fn reaches(
    reach: Reach,
    (user, departments): (UserId, &[DepartmentId]),
    assignee: Option<&str>,
    department: Option<DepartmentId>,
) -> bool {
    let own = || assignee.is_some_and(|assignee| assignee.parse() == Ok(user));
    match reach {
        Reach::Own => own(),
        Reach::Departments => department.is_none_or(|department| departments.contains(&department)) || own(),
        Reach::All => true,
    }
}

impl Principal {
    /// Whether one of their rights reaches a conversation that is assigned to the user of this id, in this department. Of a
    /// visitor the conversation's visitor decides, not this.
    #[must_use]
    pub fn reaches(
        &self,
        permission: Permission,
        assignee: Option<&str>,
        department: Option<DepartmentId>,
    ) -> bool {
        match (self.permissions.reach(permission), &self.subject) {
            (None, _) => false,
            (Some(_), Subject::Visitor(_)) => true,
            (Some(reach), Subject::User { id, departments, .. }) => {
                reaches(reach, (*id, departments), assignee, department)
            }
        }
    }
}

/// Decides whether `principal` may do `action`.
///
/// # Errors
/// The reason for which not, and words for a developer.
pub fn authorize(
    principal: &Principal,
    action: Action<'_>,
    facts: ConversationFacts<'_>,
) -> Result<(), (ErrorCode, &'static str)> {
    if principal.visitor().is_some_and(|visitor| !facts.belongs_to(visitor)) {
        return Err((ErrorCode::Forbidden, "This conversation belongs to another visitor."));
    }
    let permit = |permission, message| {
        let assignee = facts.assignee.map(|assignee| assignee.id.as_str());
        let reaches = principal.reaches(permission, assignee, facts.department);
        if reaches { Ok(()) } else { Err((ErrorCode::Forbidden, message)) }
    };
    permit(Permission::ReadConversations, "This conversation is not yours to see.")?;
    let changes_text = matches!(action, Action::Send(_) | Action::Type | Action::Edit(_) | Action::Delete(_));
    if changes_text && facts.status == ConversationStatus::Closed {
        return Err((
            ErrorCode::ConversationClosed,
            "This conversation is closed; start another, or ask an agent to open it again.",
        ));
    }
    match action {
        Action::See => Ok(()),
        Action::Type | Action::Send(SendKind::Message) => {
            permit(Permission::WriteMessages, "You may read here, not write.")
        }
        Action::Send(SendKind::Note) => permit(Permission::WriteNotes, "Only agents write notes."),
        Action::Update => permit(Permission::UpdateConversations, "Only agents change a conversation."),
        Action::Tag => permit(Permission::TagConversations, "Only agents tag a conversation."),
        Action::Edit(target) | Action::Delete(target) => {
            let hidden = target.kind == SendKind::Note && !principal.permits(Permission::ReadNotes);
            if target.deleted || hidden {
                return Err((ErrorCode::NoSuchMessage, "There is no such message."));
            }
            let deletes = matches!(action, Action::Delete(_));
            if !target.is_by(principal) {
                let moderates = deletes
                    && permit(Permission::DeleteMessages, "Only its author may change a message.").is_ok();
                let refusal = (ErrorCode::Forbidden, "Only its author may change a message.");
                return if moderates { Ok(()) } else { Err(refusal) };
            }
            let (permission, message) = match target.kind {
                SendKind::Message => (Permission::WriteMessages, "You may read here, not write."),
                SendKind::Note => (Permission::WriteNotes, "Only agents write notes."),
            };
            permit(permission, message)?;
            let is_visitor = principal.visitor().is_some();
            if is_visitor && facts.now.saturating_sub(target.at) > VISITOR_EDIT_WINDOW {
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
    use uuid::Uuid;

    use super::*;
    use crate::access::Permissions;
    use crate::id::{SessionId, UserId};
    use crate::wire::Role;

    const OWNER: u128 = 0x6f1c;

    fn visitor(id: u128) -> Principal {
        Principal::of_visitor(VisitorId::new(Uuid::from_u128(id)), 0, 0)
    }

    fn agent(id: u128) -> Principal {
        let (id, session) = (UserId::new(Uuid::from_u128(id)), SessionId::new(Uuid::from_u128(1)));
        Principal::of_user(id, Role::Agent, String::new(), session, 0, 0)
    }

    fn decide(
        who: &Principal,
        action: Action<'_>,
        status: ConversationStatus,
        now: Millis,
    ) -> Option<ErrorCode> {
        let owner = visitor(OWNER).actor();
        let facts = ConversationFacts { visitor: &owner, status, assignee: None, department: None, now };
        authorize(who, action, facts).err().map(|(code, _)| code)
    }

    fn message(kind: SendKind, author: &Principal) -> Target {
        let author = author.actor();
        Target { kind, author_kind: author.kind, author_id: author.id, at: 0, deleted: false }
    }

    #[test]
    fn a_visitor_sees_and_writes_only_in_their_own_conversation() {
        let (owner, stranger) = (visitor(OWNER), visitor(0xbad));
        // An id is not enough: an agent's account that happens to carry the visitor's id is still no visitor.
        let open = ConversationStatus::Open;
        assert_eq!(decide(&owner, Action::See, open, 0), None);
        assert_eq!(decide(&stranger, Action::See, open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(
            decide(&agent(OWNER), Action::Edit(&message(SendKind::Message, &owner)), open, 0),
            Some(ErrorCode::Forbidden)
        );
        assert_eq!(decide(&owner, Action::Send(SendKind::Note), open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&owner, Action::Update, open, 0), Some(ErrorCode::Forbidden));
        assert_eq!(decide(&owner, Action::Tag, open, 0), Some(ErrorCode::Forbidden));
    }

    #[test]
    fn authors_edit_and_agents_also_delete() {
        let (owner, ada) = (visitor(OWNER), agent(0xada));
        let bob = agent(0xb0b);
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
        let (owner, ada) = (visitor(OWNER), agent(0xada));
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

    #[test]
    fn a_right_reaches_what_it_reaches() {
        let department = |number| DepartmentId::new(Uuid::from_u128(number));
        let of = |reach, departments: &[DepartmentId]| {
            let mut ada = agent(0xada);
            ada.permissions = Permissions::of(Some(Role::Admin)).within(reach);
            if let Subject::User { departments: theirs, .. } = &mut ada.subject {
                *theirs = departments.to_vec();
            }
            ada
        };
        let (ada, bob) = (agent(0xada).actor(), agent(0xb0b).actor());
        let reached = |who: &Principal, action, assignee, department| {
            let owner = visitor(OWNER).actor();
            let status = ConversationStatus::Open;
            let facts = ConversationFacts { visitor: &owner, status, assignee, department, now: 0 };
            authorize(who, action, facts).is_ok()
        };
        let (mine, other) = (Some(department(1)), Some(department(2)));
        // Assignee and department; whether it is reached by own, by departments of which they have the first, by all.
        for (assignee, department, expected) in [
            (None, None, [false, true, true]),
            (Some(&bob), None, [false, true, true]),
            (None, mine, [false, true, true]),
            (None, other, [false, false, true]),
            (Some(&bob), other, [false, false, true]),
            (Some(&ada), other, [true, true, true]),
            (Some(&ada), None, [true, true, true]),
        ] {
            for (reach, expected) in [Reach::Own, Reach::Departments, Reach::All].into_iter().zip(expected) {
                let who = of(reach, &[DepartmentId::new(Uuid::from_u128(1))]);
                for action in
                    [Action::See, Action::Type, Action::Send(SendKind::Note), Action::Update, Action::Tag]
                {
                    let found = reached(&who, action, assignee, department);
                    assert_eq!(found, expected, "{reach:?} {action:?} {assignee:?} {department:?}");
                }
            }
        }
        // What may be read far may be written near only.
        let mut reader = of(Reach::All, &[]);
        reader.permissions = reader.permissions.with(Permission::WriteMessages, Reach::Own);
        assert!(reached(&reader, Action::See, None, other));
        assert!(!reached(&reader, Action::Send(SendKind::Message), None, other));
        assert!(reached(&reader, Action::Send(SendKind::Message), Some(&ada), other));
        // A visitor's own conversation is theirs wherever it is.
        assert!(reached(&visitor(OWNER), Action::Send(SendKind::Message), Some(&bob), other));
    }

    #[test]
    fn each_right_is_asked_for_by_itself() {
        let (owner, ada) = (visitor(OWNER), agent(0xada));
        let open = ConversationStatus::Open;
        let (message, note) = (message(SendKind::Message, &owner), message(SendKind::Note, &ada));
        let cases = [
            (Permission::ReadConversations, Action::See, ErrorCode::Forbidden),
            (Permission::WriteMessages, Action::Send(SendKind::Message), ErrorCode::Forbidden),
            (Permission::WriteMessages, Action::Type, ErrorCode::Forbidden),
            (Permission::WriteNotes, Action::Send(SendKind::Note), ErrorCode::Forbidden),
            (Permission::WriteNotes, Action::Edit(&note), ErrorCode::Forbidden),
            (Permission::ReadNotes, Action::Edit(&note), ErrorCode::NoSuchMessage),
            (Permission::DeleteMessages, Action::Delete(&message), ErrorCode::Forbidden),
            (Permission::UpdateConversations, Action::Update, ErrorCode::Forbidden),
            (Permission::TagConversations, Action::Tag, ErrorCode::Forbidden),
        ];
        for (permission, action, code) in cases {
            let lacks = Principal { permissions: ada.permissions.without(permission), ..ada.clone() };
            assert_eq!(decide(&ada, action, open, 0), None, "{action:?} with {permission:?}");
            assert_eq!(decide(&lacks, action, open, 0), Some(code), "{action:?} without {permission:?}");
        }
    }
}
