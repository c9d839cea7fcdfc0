//! What a conversation is from its first moment on, and how it stands after its last event.

use super::episode::Episode;
use crate::Millis;
use crate::access::Audience;
use crate::id::{ConversationId, DepartmentId, TagId};
use crate::wire::{Actor, ConversationStatus, ReadMarks};

/// What a conversation is from its first moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub id: ConversationId,
    pub visitor: Actor,
    pub created_at: Millis,
}

/// A conversation as it stands after its last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last `seq`.
    pub head: u64,
    /// The last `seq` a visitor may see.
    pub public_head: u64,
    /// When the last event was stored; the next is never earlier.
    pub at: Millis,
    pub status: ConversationStatus,
    pub assignee: Option<Actor>,
    pub read: ReadMarks,
    /// In the order in which they came.
    pub tags: Vec<TagId>,
    /// None: the general queue.
    pub department: Option<DepartmentId>,
    pub episode: Episode,
}

impl Snapshot {
    pub fn empty() -> Self {
        Self {
            head: 0,
            public_head: 0,
            at: 0,
            status: ConversationStatus::Open,
            assignee: None,
            read: ReadMarks { visitor: 0, agents: 0 },
            tags: Vec::new(),
            department: None,
            episode: Episode::default(),
        }
    }

    /// The last `seq` that `audience` may see.
    pub const fn head_for(&self, audience: Audience) -> u64 {
        match audience {
            Audience::Agents => self.head,
            Audience::Visitor => self.public_head,
        }
    }
}
