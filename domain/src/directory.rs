//! Who is in the team and how its queues are worked off: what the inbox knows when it decides whom a conversation is given to.

use serde::{Deserialize, Serialize};

use crate::id::{DepartmentId, TagId, UserId};
use crate::wire::{BusinessHours, Policy, Role, Terms};

/// The most people that a directory has.
pub const PEOPLE: usize = 2_000;
/// The most departments.
pub const DEPARTMENTS: usize = 500;

/// The team as it was at a moment. The inbox keeps it, so what is added has a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Directory {
    /// Everybody who can sign in, in the order of their ids.
    pub people: Vec<Person>,
    /// The departments that are not archived, in the order of their ids.
    pub departments: Vec<DirectoryDepartment>,
    /// How the general queue is worked off, and the queue of every department that says nothing else.
    pub policy: Policy,
    /// Where the deployment's clock is, by its IANA name.
    pub time_zone: String,
}

/// Somebody of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The departments they are in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<DepartmentId>,
    /// How many open conversations they are given.
    pub capacity: u32,
    /// What they know about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<TagId>,
    /// Outside of these they are offline, unless they have chosen otherwise since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<BusinessHours>,
}

/// A department, as far as conversations go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryDepartment {
    /// Its id.
    pub id: DepartmentId,
    /// What it is called.
    pub name: String,
    /// When somebody is there; always, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<BusinessHours>,
    /// How its queue is worked off; as the general queue, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

impl Directory {
    /// Somebody who can sign in.
    #[must_use]
    pub fn person(&self, id: UserId) -> Option<&Person> {
        let place = self.people.binary_search_by(|person| person.id.cmp(&id)).ok()?;
        self.people.get(place)
    }

    /// A department that is not archived.
    #[must_use]
    pub fn department(&self, id: DepartmentId) -> Option<&DirectoryDepartment> {
        let place = self.departments.binary_search_by(|department| department.id.cmp(&id)).ok()?;
        self.departments.get(place)
    }

    /// How the queue of a department is worked off, or the general one.
    #[must_use]
    pub fn policy_of(&self, department: Option<DepartmentId>) -> &Policy {
        let department = department.and_then(|id| self.department(id));
        department.and_then(|department| department.policy.as_ref()).unwrap_or(&self.policy)
    }

    /// What a room is told of its queue. Business hours are those of the department: the general queue has none.
    #[must_use]
    pub fn terms_of(&self, department: Option<DepartmentId>) -> Terms {
        let Policy { targets, auto_resolve, .. } = self.policy_of(department).clone();
        let hours = department.and_then(|id| self.department(id)).and_then(|found| found.hours.clone());
        Terms { targets, auto_resolve, hours }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::{RoutingMode, Week};

    fn id(number: u32) -> String {
        format!("0197a0c0-0000-7000-8000-00000000000{number}")
    }

    #[test]
    fn what_the_inbox_keeps_is_pinned() {
        let week = json!({
            "monday": [{ "from": "09:00", "to": "17:00" }], "tuesday": [], "wednesday": [], "thursday": [], "friday": [],
            "saturday": [], "sunday": [],
        });
        let hours = json!({ "timeZone": "Europe/Berlin", "week": week, "holidays": [] });
        let policy = json!({
            "routing": {
                "mode": "least_busy", "sameAgentFirst": true, "skills": "required", "giveBackAfterSeconds": 60,
                "overflow": { "department": id(3), "afterSeconds": 600 },
            },
            "targets": {
                "low": {}, "normal": { "firstResponse": 5 }, "high": {}, "urgent": { "resolution": 60 }, "businessHours": true,
                "pauseWhilePending": true,
            },
            "autoResolve": { "afterMinutes": 60, "warning": "Still there?", "warnMinutesBefore": 10 },
        });
        let pinned = json!({
            "people": [
                {
                    "id": id(1), "name": "Ada", "role": "admin", "departments": [id(2)], "capacity": 5, "skills": [id(4)],
                    "workingHours": hours,
                },
                { "id": id(2), "name": "Ben", "role": id(9), "capacity": 0 },
            ],
            "departments": [
                { "id": id(2), "name": "Sales", "hours": hours, "policy": policy },
                { "id": id(3), "name": "Support" },
            ],
            "policy": serde_json::to_value(Policy::default()).unwrap(),
            "timeZone": "Europe/Oslo",
        });
        let read: Directory = crate::json::from_value(pinned.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), pinned);
        assert_eq!(crate::json::from_text::<Directory>("{}").unwrap(), Directory::default());
    }

    #[test]
    fn a_department_that_says_nothing_is_worked_off_as_the_general_queue() {
        let department = |number, policy, hours| DirectoryDepartment {
            id: id(number).parse().unwrap(),
            name: format!("{number}"),
            hours,
            policy,
        };
        let mode = |mode| {
            let mut policy = Policy::default();
            policy.routing.mode = mode;
            policy.targets.normal.first_response = Some(if mode == RoutingMode::Manual { 7 } else { 5 });
            policy
        };
        let hours =
            BusinessHours { time_zone: "UTC".to_owned(), week: Week::default(), holidays: Vec::new() };
        let directory = Directory {
            departments: vec![
                department(1, None, Some(hours.clone())),
                department(2, Some(mode(RoutingMode::RoundRobin)), None),
            ],
            policy: mode(RoutingMode::Manual),
            ..Directory::default()
        };
        let routed = |number: Option<u32>| {
            let department = number.map(|number| id(number).parse().unwrap());
            let terms = directory.terms_of(department);
            let mode = directory.policy_of(department).routing.mode;
            (mode, terms.targets.normal.first_response.unwrap(), terms.hours)
        };
        assert_eq!(routed(None), (RoutingMode::Manual, 7, None));
        assert_eq!(routed(Some(1)), (RoutingMode::Manual, 7, Some(hours)));
        assert_eq!(routed(Some(2)), (RoutingMode::RoundRobin, 5, None));
        assert_eq!(routed(Some(3)), (RoutingMode::Manual, 7, None), "one that is archived, or gone");
        assert_eq!(directory.department(id(2).parse().unwrap()).unwrap().name, "2");
        assert_eq!(directory.person(id(2).parse().unwrap()), None);
    }
}
