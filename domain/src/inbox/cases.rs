//! The conversations that are not done: the part of the feed that is counted, and out of which queues and loads are made. Held in
//! memory, as a cache of the feed's rows.

use crate::Millis;
use crate::id::{ConversationId, DepartmentId, TagId, UserId};
use crate::routing;
use crate::sorted::Sorted;
use crate::wire::{ConversationStatus, ConversationSummary, Count, Priority, Was, Whose};

/// A conversation that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    /// Its place in the feed.
    pub seq: u64,
    pub status: ConversationStatus,
    pub assignee: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub priority: Priority,
    pub tags: Vec<TagId>,
    /// Since when there has been something to do in it.
    pub opened_at: Millis,
    /// Since when its customer has been waiting for an answer.
    pub waiting_since: Option<Millis>,
    /// Since when it has been in the queue that it is in; 0 while it is in none.
    pub queued_at: Millis,
    /// With whom its customer talked before, while it is in a queue.
    pub last_agent: Option<UserId>,
    /// When the inbox was told whose it is.
    pub assigned_at: Millis,
}

impl Case {
    /// A conversation as it is counted; nothing for one that is done.
    pub fn of(seq: u64, summary: &ConversationSummary) -> Option<Self> {
        let conversation = &summary.conversation;
        (!conversation.status.is_done()).then(|| Self {
            seq,
            status: conversation.status,
            assignee: conversation.assignee.as_ref().and_then(|assignee| assignee.id.parse().ok()),
            department: conversation.department,
            priority: conversation.priority.unwrap_or_default(),
            tags: conversation.tags.clone().unwrap_or_default(),
            opened_at: conversation.opened_at.unwrap_or(conversation.created_at),
            waiting_since: conversation.waiting_since,
            queued_at: 0,
            last_agent: None,
            assigned_at: 0,
        })
    }

    /// Where it is counted.
    pub const fn was(&self) -> Was {
        Was { status: self.status, assignee: self.assignee, department: self.department }
    }

    /// Whose it is to somebody.
    pub fn whose(&self, user: Option<UserId>) -> Whose {
        match self.assignee {
            None => Whose::Nobodys,
            assignee if assignee == user => Whose::Mine,
            Some(_) => Whose::Others,
        }
    }

    pub fn is_open(&self) -> bool {
        self.status == ConversationStatus::Open
    }

    /// Whether it takes of somebody's capacity.
    pub fn loads(&self, user: UserId) -> bool {
        self.is_open() && self.assignee == Some(user)
    }

    /// Whether it waits for somebody.
    pub fn is_queued(&self) -> bool {
        self.is_open() && self.assignee.is_none()
    }

    /// Its place in the queue.
    pub const fn place(&self) -> Millis {
        routing::place(self.priority, self.opened_at)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Cases(Sorted<ConversationId, Case>);

impl Cases {
    /// Takes in how a conversation stands now; gives how it stood.
    pub fn put(&mut self, id: ConversationId, case: Option<Case>) -> Option<Case> {
        match case {
            Some(case) => self.0.insert(id, case),
            None => self.0.remove(&id),
        }
    }

    pub fn get(&self, id: ConversationId) -> Option<&Case> {
        self.0.get(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ConversationId, &Case)> {
        self.0.iter().map(|(id, case)| (*id, case))
    }

    /// How many open conversations somebody has.
    pub fn load(&self, user: UserId) -> u32 {
        let load = self.iter().filter(|(_, case)| case.loads(user)).count();
        u32::try_from(load).unwrap_or(u32::MAX)
    }

    /// How many open conversations each has who has any.
    pub fn loads(&self) -> Sorted<UserId, u32> {
        let mut loads = Sorted::new();
        for (_, case) in self.iter().filter(|(_, case)| case.is_open()) {
            if let Some(user) = case.assignee {
                *loads.or_insert_with(user, || 0) += 1;
            }
        }
        loads
    }

    /// How many there are of each kind, of those that `sees` picks, for somebody.
    pub fn counts(&self, user: Option<UserId>, sees: impl Fn(&Case) -> bool) -> Vec<Count> {
        let mut counts: Vec<Count> = Vec::new();
        for (_, case) in self.iter().filter(|(_, case)| sees(case)) {
            let Case { status, department, .. } = *case;
            let whose = case.whose(user);
            let is_same = |count: &&mut Count| {
                (count.status, count.whose, count.department) == (status, whose, department)
            };
            match counts.iter_mut().find(is_same) {
                Some(count) => count.conversations += 1,
                None => counts.push(Count { status, whose, department, conversations: 1 }),
            }
        }
        counts
    }
}
