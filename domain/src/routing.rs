//! Who is given a conversation: facts in, decision out. The same facts always give the same decision, so that replaying them says
//! why it was so; each decision carries its [`Reason`].

use std::cmp::Ordering;

use crate::Millis;
use crate::id::{TagId, UserId};
use crate::wire::{Candidate, Presence, Priority, Reason, Routing, RoutingMode, Rule, SkillRule};

/// The most candidates that a reason lists.
const LISTED: usize = 10;

const MINUTE: Millis = 60_000;

/// Somebody who belongs to the queue.
#[derive(Debug, Clone, Copy)]
pub struct Agent<'a> {
    /// Who.
    pub id: UserId,
    /// The name to show.
    pub name: &'a str,
    /// Whether they are there.
    pub presence: Presence,
    /// How many open conversations they have, with those that they have just been given.
    pub load: u32,
    /// How many they may be given.
    pub capacity: u32,
    /// What they know about.
    pub skills: &'a [TagId],
    /// When they were last given one; ascending, never twice the same but for 0, which is never.
    pub given_at: Millis,
}

impl Agent<'_> {
    /// Whether they can be given one more.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.presence == Presence::Online && self.load < self.capacity
    }

    fn has(&self, needed: &[TagId]) -> usize {
        needed.iter().filter(|skill| self.skills.contains(skill)).count()
    }

    fn listed(&self) -> Candidate {
        let Self { id, name, presence, load, capacity, .. } = *self;
        Candidate { id: id.to_string(), name: name.to_owned(), presence, load, capacity }
    }
}

/// A conversation that waits in the queue.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// Since when there has been something to do in it.
    pub since: Millis,
    /// The skills that it asks for.
    pub skills: &'a [TagId],
    /// With whom its customer talked last.
    pub last_agent: Option<UserId>,
}

/// A conversation's place in its queue: the smallest comes first. Within a priority that is who came first. A higher priority is a
/// head start, so that what is less urgent grows as urgent by waiting, and nothing starves: an hour for urgent, a quarter of one for
/// high, and half an hour of handicap for low.
#[must_use]
pub const fn place(priority: Priority, since: Millis) -> Millis {
    let head_start = match priority {
        Priority::Low => -30 * MINUTE,
        Priority::Normal => 0,
        Priority::High => 15 * MINUTE,
        Priority::Urgent => 60 * MINUTE,
    };
    since.saturating_sub(head_start)
}

/// Whom of the queue's `agents` a conversation is given to, and why; nobody, where none of them can take it, or people take
/// conversations themselves.
#[must_use]
pub fn choose(routing: &Routing, waiting: Waiting<'_>, agents: &[Agent<'_>]) -> Option<(UserId, Reason)> {
    if routing.mode == RoutingMode::Manual {
        return None;
    }
    let can = |agent: &&Agent<'_>| {
        let is_able =
            routing.skills != SkillRule::Required || agent.has(waiting.skills) == waiting.skills.len();
        agent.is_free() && is_able
    };
    let last = waiting.last_agent.filter(|_| routing.same_agent_first);
    let known = agents.iter().filter(can).find(|agent| Some(agent.id) == last);
    let in_turn = || agents.iter().filter(can).min_by(|one, other| in_order(routing, waiting, one, other));
    let (chosen, rule) = match (known, routing.mode) {
        (Some(known), _) => (known, Rule::SameAgent),
        (None, RoutingMode::RoundRobin) => (in_turn()?, Rule::RoundRobin),
        (None, _) => (in_turn()?, Rule::LeastBusy),
    };
    let there = || agents.iter().filter(|agent| agent.presence != Presence::Offline);
    let others = there().filter(|agent| agent.id != chosen.id);
    let reason = Reason {
        rule,
        waiting_since: Some(waiting.since),
        candidates: std::iter::once(chosen).chain(others).take(LISTED).map(Agent::listed).collect(),
        considered: u32::try_from(there().count()).unwrap_or(u32::MAX),
    };
    Some((chosen.id, reason))
}

/// Who comes first of two.
fn in_order(routing: &Routing, waiting: Waiting<'_>, one: &Agent<'_>, other: &Agent<'_>) -> Ordering {
    let by_skill = match routing.skills {
        SkillRule::Preferred => other.has(waiting.skills).cmp(&one.has(waiting.skills)),
        SkillRule::Ignored | SkillRule::Required => Ordering::Equal,
    };
    let by_load = match routing.mode {
        RoutingMode::LeastBusy => one.load.cmp(&other.load),
        RoutingMode::Manual | RoutingMode::RoundRobin => Ordering::Equal,
    };
    by_skill.then(by_load).then(one.given_at.cmp(&other.given_at)).then(one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOON: Millis = 1_795_366_800_000;

    fn user(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    fn agent(number: u128, load: u32, capacity: u32) -> Agent<'static> {
        let (presence, given_at) = (Presence::Online, Millis::try_from(number).unwrap());
        Agent { id: user(number), name: "Ada", presence, load, capacity, skills: &[], given_at }
    }

    fn chosen(routing: &Routing, waiting: Waiting<'_>, agents: &[Agent<'_>]) -> Option<(u128, Rule)> {
        choose(routing, waiting, agents).map(|(id, reason)| (id.uuid().as_u128(), reason.rule))
    }

    const WAITING: Waiting<'static> = Waiting { since: NOON, skills: &[], last_agent: None };

    fn by(mode: RoutingMode) -> Routing {
        Routing { mode, ..Routing::default() }
    }

    #[test]
    fn the_least_busy_is_who_has_the_fewest_and_then_who_was_given_none_for_longest() {
        let least = by(RoutingMode::LeastBusy);
        let agents = [agent(1, 3, 5), agent(2, 2, 5), agent(3, 2, 5)];
        assert_eq!(chosen(&least, WAITING, &agents), Some((2, Rule::LeastBusy)));
        assert_eq!(chosen(&by(RoutingMode::RoundRobin), WAITING, &agents), Some((1, Rule::RoundRobin)));
        assert_eq!(chosen(&by(RoutingMode::Manual), WAITING, &agents), None);
    }

    #[test]
    fn who_is_full_or_not_online_is_given_none() {
        let least = by(RoutingMode::LeastBusy);
        let mut agents = [agent(1, 5, 5), agent(2, 0, 0), agent(3, 0, 5)];
        agents[2].presence = Presence::Away;
        assert_eq!(chosen(&least, WAITING, &agents), None);
        for presence in [Presence::Busy, Presence::Offline] {
            agents[2].presence = presence;
            assert_eq!(chosen(&least, WAITING, &agents), None);
        }
        agents[2].presence = Presence::Online;
        assert_eq!(chosen(&least, WAITING, &agents), Some((3, Rule::LeastBusy)));
    }

    #[test]
    fn a_customer_who_comes_back_gets_whom_they_know_while_that_one_has_room() {
        let mut least = by(RoutingMode::LeastBusy);
        let back = Waiting { last_agent: Some(user(2)), ..WAITING };
        assert_eq!(chosen(&least, back, &[agent(1, 0, 5), agent(2, 4, 5)]), Some((2, Rule::SameAgent)));
        assert_eq!(chosen(&least, back, &[agent(1, 0, 5), agent(2, 5, 5)]), Some((1, Rule::LeastBusy)));
        least.same_agent_first = false;
        assert_eq!(chosen(&least, back, &[agent(1, 0, 5), agent(2, 4, 5)]), Some((1, Rule::LeastBusy)));
    }

    #[test]
    fn skills_are_required_or_preferred_or_nothing() {
        let [french, billing] = [1, 2].map(|number| TagId::new(Uuid::from_u128(number)));
        let (both, one) = ([french, billing], [billing]);
        let needed = Waiting { skills: &both, ..WAITING };
        let mut agents = [agent(1, 0, 5), agent(2, 1, 5), agent(3, 2, 5)];
        agents[1].skills = &one;
        let with = |skills| Routing { skills, ..by(RoutingMode::LeastBusy) };
        let rule = Rule::LeastBusy;
        assert_eq!(chosen(&with(SkillRule::Ignored), needed, &agents), Some((1, rule)));
        assert_eq!(chosen(&with(SkillRule::Preferred), needed, &agents), Some((2, rule)));
        assert_eq!(chosen(&with(SkillRule::Required), needed, &agents), None, "nobody has all of them");
        agents[2].skills = &both;
        assert_eq!(chosen(&with(SkillRule::Required), needed, &agents), Some((3, rule)));
    }

    #[test]
    fn a_reason_says_who_was_there_the_chosen_one_first() {
        let mut agents = [agent(1, 3, 5), agent(2, 2, 5), agent(3, 0, 5), agent(4, 0, 5)];
        (agents[2].presence, agents[3].presence) = (Presence::Away, Presence::Offline);
        let (_, reason) = choose(&by(RoutingMode::LeastBusy), WAITING, &agents).unwrap();
        let loads: Vec<_> = reason.candidates.iter().map(|one| (one.load, one.presence)).collect();
        assert_eq!(loads, [(2, Presence::Online), (3, Presence::Online), (0, Presence::Away)]);
        assert_eq!((reason.considered, reason.waiting_since), (3, Some(NOON)));
        let many: Vec<_> = (1..=40).map(|number| agent(number, 0, 1)).collect();
        let (_, reason) = choose(&by(RoutingMode::RoundRobin), WAITING, &many).unwrap();
        assert_eq!((reason.candidates.len(), reason.considered), (LISTED, 40));
    }

    #[test]
    fn priority_is_a_head_start_that_waiting_makes_good() {
        let late = NOON + 50 * MINUTE;
        assert!(place(Priority::Urgent, late) < place(Priority::Normal, NOON));
        assert!(place(Priority::Urgent, NOON + 61 * MINUTE) > place(Priority::Normal, NOON));
        assert!(place(Priority::High, NOON + 14 * MINUTE) < place(Priority::Normal, NOON));
        assert!(place(Priority::Low, NOON) > place(Priority::Normal, NOON + 29 * MINUTE));
        assert!(place(Priority::Normal, NOON) < place(Priority::Normal, NOON + 1), "who came first");
    }
}
