//! What the switchboard knows of the team: who can be given conversations, and how each queue is worked off. The store is where it
//! comes from; the inbox keeps the last it has read, so that routing goes on while the store is away.

use serde::{Deserialize, Serialize};

use crate::id::{DepartmentId, TagId, UserId};
use crate::wire::{BusinessHours, Policy, Terms};

/// The team and its queues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Everyone who can sign in.
    pub people: Vec<Member>,
    /// The departments that are not archived.
    pub departments: Vec<Queue>,
    /// How the general queue is worked off, and every department that does not say otherwise.
    pub policy: Policy,
}

/// Somebody of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// The name to show.
    pub name: String,
    /// The departments they are in.
    pub departments: Vec<DepartmentId>,
    /// How many open conversations the product gives them.
    pub capacity: u32,
    /// What they are good at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<TagId>,
    /// When they work; outside of it they are offline, unless they say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<BusinessHours>,
}

/// A department, as a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Which.
    pub id: DepartmentId,
    /// What it is called.
    pub name: String,
    /// When somebody is there; always, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<BusinessHours>,
    /// How it is worked off; absent: as the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

impl Directory {
    /// Somebody of the team.
    #[must_use]
    pub fn member(&self, id: UserId) -> Option<&Member> {
        self.people.iter().find(|member| member.id == id)
    }

    /// A department.
    #[must_use]
    pub fn queue(&self, id: DepartmentId) -> Option<&Queue> {
        self.departments.iter().find(|queue| queue.id == id)
    }

    /// How the queue of a department is worked off; without one, the general queue.
    #[must_use]
    pub fn policy(&self, department: Option<DepartmentId>) -> &Policy {
        let own = department.and_then(|id| self.queue(id)).and_then(|queue| queue.policy.as_ref());
        own.unwrap_or(&self.policy)
    }

    /// What a room in this department needs to know.
    #[must_use]
    pub fn terms(&self, department: Option<DepartmentId>) -> Terms {
        let Policy { targets, auto_resolve, .. } = self.policy(department);
        let hours = department.and_then(|id| self.queue(id)).and_then(|queue| queue.hours.clone());
        Terms { targets: targets.clone(), auto_resolve: auto_resolve.clone(), hours }
    }
}
