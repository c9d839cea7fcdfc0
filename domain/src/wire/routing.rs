//! How conversations find somebody: presence, policies of queues, and why a conversation came to whom it came.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::id::DepartmentId;

use super::BusinessHours;

/// How urgent a conversation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Priority {
    /// After the others.
    Low,
    /// As nearly all are.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// Before all others.
    Urgent,
}

impl Priority {
    /// All there are, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// The priority of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }
}

/// Whether somebody of the team is there. Conversations are assigned by the product to those alone who are online.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Presence {
    /// They are there and take conversations.
    Online,
    /// They will be back: they chose it, or have not touched the dashboard for a while.
    Away,
    /// They are there and take no further conversation.
    Busy,
    /// They are not there: they chose it, or have no dashboard open.
    #[default]
    Offline,
}

impl Presence {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Offline => "offline",
        }
    }

    /// The presence of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Online, Self::Away, Self::Busy, Self::Offline].into_iter().find(|one| one.name() == name)
    }
}

/// Who is chosen among those who could take a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RoutingMode {
    /// Nobody: people take conversations out of the queue themselves.
    #[default]
    Manual,
    /// Whoever has been given none for the longest time.
    RoundRobin,
    /// Whoever has the fewest open conversations; of several the one who has been given none for the longest time.
    LeastBusy,
}

/// What skills count for. A person's skills are tags, and a conversation asks for those of its tags that somebody has as a skill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SkillRule {
    /// Nothing.
    #[default]
    Ignored,
    /// Who has more of them comes first.
    Preferred,
    /// Who lacks one is not chosen.
    Required,
}

/// Where conversations go that wait too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overflow {
    /// The department that they are moved into.
    #[cfg_attr(test, ts(type = "string"))]
    pub department: DepartmentId,
    /// After so many seconds in the queue: 30 to 86,400.
    pub after_seconds: u32,
}

/// How a queue's conversations find somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Routing {
    /// Who is chosen.
    pub mode: RoutingMode,
    /// Whether a customer who comes back is given to whom they talked with last, where that person is online and has room.
    pub same_agent_first: bool,
    /// What skills count for.
    pub skills: SkillRule,
    /// How many seconds after somebody went offline the conversations in which a customer waits for them go back to the queue: 0 to
    /// 86,400.
    pub give_back_after_seconds: u32,
    /// Where conversations go that wait too long; absent: they wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub overflow: Option<Overflow>,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            mode: RoutingMode::Manual,
            same_agent_first: true,
            skills: SkillRule::Ignored,
            give_back_after_seconds: 120,
            overflow: None,
        }
    }
}

/// Within how many minutes something is to be done, each 1 to 43,200; absent: there is no target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResponseTimes {
    /// From the first message until the team's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub first_response: Option<u32>,
    /// From a customer's later message, the first that waits, until the team's next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub next_response: Option<u32>,
    /// From when it was opened until it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub resolution: Option<u32>,
}

/// Response targets by priority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Targets {
    /// Of conversations of low priority.
    pub low: ResponseTimes,
    /// Of normal ones.
    pub normal: ResponseTimes,
    /// Of those of high priority.
    pub high: ResponseTimes,
    /// Of urgent ones.
    pub urgent: ResponseTimes,
    /// Whether only business hours count, where the department has some.
    pub business_hours: bool,
    /// Whether the clock of the resolution stands still while the conversation is pending or snoozed.
    pub pause_while_pending: bool,
}

impl Targets {
    /// Those of a priority.
    #[must_use]
    pub const fn of(&self, priority: Priority) -> ResponseTimes {
        match priority {
            Priority::Low => self.low,
            Priority::Normal => self.normal,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        }
    }
}

/// What becomes of a conversation whose customer does not answer the team's last message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AutoResolve {
    /// It is resolved after so many minutes of silence: 5 to 129,600.
    pub after_minutes: u32,
    /// What the customer is told before, 1–500 characters; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub warning: Option<String>,
    /// How many minutes before: at least 1, and fewer than `afterMinutes`.
    pub warn_minutes_before: u32,
}

/// How a queue is worked off: a department's, or the general queue's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Policy {
    /// How its conversations find somebody.
    pub routing: Routing,
    /// How soon they are to be answered.
    pub targets: Targets,
    /// What becomes of those in which the customer is silent; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub auto_resolve: Option<AutoResolve>,
}

/// What a room needs to know of the policy of its queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terms {
    /// How soon the conversation is to be answered.
    pub targets: Targets,
    /// What becomes of it while the customer is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_resolve: Option<AutoResolve>,
    /// When somebody is there; always, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<BusinessHours>,
}

/// By which rule a conversation came to somebody, went back to the queue, or went on to another department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Rule {
    /// Its turn: they had been given none for the longest time.
    RoundRobin,
    /// They had the fewest.
    LeastBusy,
    /// The customer had talked with them before.
    SameAgent,
    /// Back to the queue: they went offline while the customer waited.
    WentOffline,
    /// Back to the queue: they went offline and gave their conversations back.
    GivenBack,
    /// Back to the queue: they can sign in no more.
    Left,
    /// On to another department: it had waited too long.
    Overflow,
}

/// Somebody who could have been chosen, as they were at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether they were there.
    pub presence: Presence,
    /// How many open conversations they had.
    pub load: u32,
    /// How many they may be given.
    pub capacity: u32,
}

/// Why a conversation came to somebody, went back to the queue, or went on to another department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// By which rule.
    pub rule: Rule,
    /// Since when it had been waiting in the queue; absent where it was not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub waiting_since: Option<Millis>,
    /// Who belongs to the queue and was not offline, whoever was chosen first; at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<Candidate>>"))]
    pub candidates: Vec<Candidate>,
    /// How many candidates there were, listed or not.
    #[serde(default)]
    pub considered: u32,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::tests::Declarations) {
    out.add::<Priority>();
    out.add::<Presence>();
    out.add::<RoutingMode>();
    out.add::<SkillRule>();
    out.add::<Overflow>();
    out.add::<Routing>();
    out.add::<ResponseTimes>();
    out.add::<Targets>();
    out.add::<AutoResolve>();
    out.add::<Policy>();
    out.add::<Rule>();
    out.add::<Candidate>();
    out.add::<Reason>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for priority in Priority::ALL {
            assert_eq!(serde_json::to_value(priority).unwrap(), priority.name());
            assert_eq!(Priority::named(priority.name()), Some(priority));
        }
        for presence in [Presence::Online, Presence::Away, Presence::Busy, Presence::Offline] {
            assert_eq!(serde_json::to_value(presence).unwrap(), presence.name());
            assert_eq!(Presence::named(presence.name()), Some(presence));
        }
        assert_eq!(Priority::named("later"), None);
        assert_eq!(Presence::named("gone"), None);
    }

    #[test]
    fn a_policy_that_says_nothing_is_the_default_one() {
        let read: Policy = crate::json::from_text("{}").unwrap();
        assert_eq!(read, Policy::default());
        assert!(read.routing.same_agent_first);
        let terms: Terms = crate::json::from_text("{}").unwrap();
        assert_eq!(terms, Terms::default());
    }
}
