//! Routing: what waits is given to somebody the moment that somebody can take it, what waits for somebody who is not there goes back to
//! the queue, and what waits too long goes on to another department.
//!
//! A decision is made and written down in one step, and counts from then on: whoever has been given a conversation has less room by
//! one, before its room knows. Its room is told afterwards (a transactional outbox, by conversation), as often as it takes; it
//! carries the decision out if the conversation still stands as it did, and answers how it stands. So nothing is given twice or
//! lost, whatever fails in between, and nobody is given more than they can take.

use serde::{Deserialize, Serialize};

use super::Inbox;
use super::cases::Case;
use crate::Millis;
use crate::access::Permission;
use crate::directory::Directory;
use crate::id::{ConversationId, DepartmentId, TagId, UserId};
use crate::json;
use crate::routing::{self, Agent, Waiting};
use crate::sockets::Output;
use crate::sorted::{Sorted, sort_by};
use crate::sql::{Sql, SqlError, Value};
use crate::wire::{
    Actor, ActorKind, ConversationSummary, DepartmentName, Presence, Reason, RoutingMode, Rule, Terms,
};

/// How many rooms are told of decisions at once.
const TOLD: usize = 16;
/// How long the conversations of somebody who left are left to the job that brings them back in the name of whoever saw to that, in
/// milliseconds. What the job missed, because it was assigned meanwhile, is seen to after that.
const LEFT: Millis = 60_000;

/// What a room is to do, if the conversation still stands as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Assign it to somebody, while it is open and nobody's.
    Assign {
        /// To whom.
        to: Actor,
        /// While it is in this department; none: the general queue.
        department: Option<DepartmentId>,
        /// Why.
        reason: Reason,
    },
    /// Take it from somebody, while it is open and theirs: back to the queue.
    GiveBack {
        /// From whom.
        user: UserId,
        /// Why.
        reason: Reason,
    },
    /// Move it into another department, while it is in this one, open and nobody's.
    MoveOn {
        /// From where; none: the general queue.
        from: Option<DepartmentId>,
        /// Where to.
        to: DepartmentName,
        /// Why.
        reason: Reason,
    },
}

/// The decisions of which rooms have not answered yet, a cache of the table.
pub(super) type Decisions = Sorted<ConversationId, Decision>;

/// Reads the decisions of which rooms have not answered yet.
pub(super) fn read_decisions(sql: &impl Sql) -> Result<Decisions, SqlError> {
    let mut decisions = Sorted::new();
    let rows = sql.exec("SELECT conversation_id, decision FROM decisions ORDER BY conversation_id", &[])?;
    for row in &rows {
        let text = |column: usize| row.get(column).and_then(Value::as_text);
        let Some(id) = text(0).and_then(|id| id.parse().ok()) else { continue };
        // One that cannot be read is made again, from how things stand.
        if let Some(decision) = text(1).and_then(|text| json::from_text(text).ok()) {
            decisions.insert(id, decision);
        }
    }
    Ok(decisions)
}

/// Somebody who is here, as routing sees them.
struct Here {
    id: UserId,
    load: u32,
}

impl<S: Sql> Inbox<S> {
    /// What a room is to know of the queue that its conversation is in.
    #[must_use]
    pub fn terms(&self, department: Option<DepartmentId>) -> Terms {
        self.directory.terms_of(department)
    }

    /// The directory has changed: which rooms are to hear of other terms?
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn terms_changed(
        &self,
        before: &Directory,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let mut queues: Vec<_> =
            before.departments.iter().chain(&self.directory.departments).map(|it| Some(it.id)).collect();
        queues.push(None);
        queues.retain(|queue| before.terms_of(*queue) != self.directory.terms_of(*queue));
        let ids = self.cases.iter().filter(|(_, case)| queues.contains(&case.department));
        let ids: Vec<_> = ids.map(|(id, _)| id).collect();
        if !ids.is_empty() {
            let ids = serde_json::to_string(&ids).map_err(|error| SqlError::Other(error.to_string()))?;
            let untold = "INSERT OR IGNORE INTO untold (conversation_id) SELECT value FROM json_each(?)";
            self.sql.write(untold, &[ids.into()])?;
            outputs.push(Output::Changed);
        }
        Ok(())
    }

    /// Some rooms that are to hear of the terms of their queue, with these.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn terms_to_tell(&self) -> Result<Vec<(ConversationId, Terms)>, SqlError> {
        let told = u64::try_from(TOLD).unwrap_or(u64::MAX);
        let rows = self.sql.exec("SELECT conversation_id FROM untold LIMIT ?", &[told.into()])?;
        let ids = rows.iter().filter_map(|row| row.first()?.as_text()?.parse().ok());
        Ok(ids.map(|id| (id, self.terms(self.cases.get(id).and_then(|case| case.department)))).collect())
    }

    /// A room knows these terms; it is told again where its queue has others by now.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn terms_told(&self, id: ConversationId, terms: &Terms) -> Result<(), SqlError> {
        if *terms == self.terms(self.cases.get(id).and_then(|case| case.department)) {
            self.sql.write("DELETE FROM untold WHERE conversation_id = ?", &[id.to_string().into()])?;
        }
        Ok(())
    }

    /// Whether rooms are to hear of something.
    pub(super) fn has_to_tell(&self) -> Result<bool, SqlError> {
        Ok(!self.decisions.is_empty() || !self.sql.exec("SELECT 1 FROM untold LIMIT 1", &[])?.is_empty())
    }

    /// Some decisions that rooms are to carry out.
    #[must_use]
    pub fn undelivered(&self) -> Vec<(ConversationId, Decision)> {
        self.decisions.iter().take(TOLD).map(|(id, decision)| (*id, decision.clone())).collect()
    }

    /// A room has answered a decision: how the conversation stands now, or nothing where there is none.
    ///
    /// # Errors
    /// When the storage fails; told again it comes to the same.
    pub fn decided(
        &mut self,
        id: ConversationId,
        stands: Option<ConversationSummary>,
        now: Millis,
    ) -> Result<Vec<Output>, SqlError> {
        let mut outputs = Vec::new();
        if let Some(summary) = stands {
            outputs = self.take_in(summary, now)?;
        } else {
            // The feed knows of a conversation that is none any more.
            self.forget(id, &mut outputs)?;
        }
        self.drop_decision(id)?;
        self.route(now, &mut outputs)?;
        Ok(outputs)
    }

    /// Gives somebody's open conversations back to the queue, as they wish.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn give_back(&mut self, user: UserId, outputs: &mut Vec<Output>) -> Result<(), SqlError> {
        let theirs = self.cases.iter().filter(|(_, case)| case.loads(user)).map(|(id, _)| id);
        for id in theirs.collect::<Vec<_>>() {
            self.decide(id, give_back(user, Rule::GivenBack), outputs)?;
        }
        Ok(())
    }

    /// Sees to what has waited for too long, for somebody who is not there or in its queue.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn settle_queues(&mut self, now: Millis) -> Result<Vec<Output>, SqlError> {
        let mut outputs = Vec::new();
        let due: Vec<_> = self
            .cases
            .iter()
            .filter_map(|(id, case)| {
                let (at, decision) = self.overdue(id, case)?;
                (at <= now).then_some((id, decision))
            })
            .collect();
        for (id, decision) in due {
            self.decide(id, decision, &mut outputs)?;
        }
        self.route(now, &mut outputs)?;
        Ok(outputs)
    }

    /// When something has waited for too long next.
    pub(super) fn queues_due(&self) -> Option<Millis> {
        self.cases.iter().filter_map(|(id, case)| Some(self.overdue(id, case)?.0)).min()
    }

    /// When a conversation will have waited for too long, and what is to be done then.
    fn overdue(&self, id: ConversationId, case: &Case) -> Option<(Millis, Decision)> {
        if !case.is_open() || self.decisions.contains(&id) {
            return None;
        }
        let routing = &self.directory.policy_of(case.department).routing;
        if let Some(user) = case.assignee {
            if self.is_stranger(case) {
                let at = self.directory_read_at.saturating_add(LEFT);
                return Some((at, give_back(user, Rule::Left))).filter(|_| !self.is_in_doubt(case));
            }
            let person = self.people.get(user);
            let is_gone = person.presence == Presence::Offline && routing.mode != RoutingMode::Manual;
            let waiting = case.waiting_since.filter(|_| is_gone)?.max(person.since);
            let at = waiting.saturating_add(Millis::from(routing.give_back_after_seconds) * 1000);
            return Some((at, give_back(user, Rule::WentOffline)));
        }
        let overflow = routing.overflow.filter(|overflow| Some(overflow.department) != case.department)?;
        let to = self.directory.department(overflow.department)?;
        let reason = Reason {
            rule: Rule::Overflow,
            waiting_since: Some(case.opened_at),
            candidates: Vec::new(),
            considered: 0,
        };
        let to = DepartmentName { id: to.id, name: to.name.clone() };
        let at = case.queued_at.saturating_add(Millis::from(overflow.after_seconds) * 1000);
        Some((at, Decision::MoveOn { from: case.department, to, reason }))
    }

    /// Whether it is somebody's whom the directory does not know: who left, or came since it was read.
    fn is_stranger(&self, case: &Case) -> bool {
        case.is_open() && case.assignee.is_some_and(|user| self.directory.person(user).is_none())
    }

    /// Whether the directory is too old to say that whoever has this conversation has left.
    const fn is_in_doubt(&self, case: &Case) -> bool {
        self.directory_read_at <= case.assigned_at
    }

    /// Whether the directory is to be read before it can be said who has left.
    pub(super) fn doubts_somebody(&self) -> bool {
        self.cases.iter().any(|(_, case)| self.is_stranger(case) && self.is_in_doubt(case))
    }

    /// Gives what waits to whoever can take it, who has waited longest first.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn route(&mut self, now: Millis, outputs: &mut Vec<Output>) -> Result<(), SqlError> {
        let mut here = self.free();
        if here.is_empty() {
            return Ok(());
        }
        let queued = self.cases.iter().filter(|(id, case)| {
            let mode = self.directory.policy_of(case.department).routing.mode;
            case.is_queued() && mode != RoutingMode::Manual && !self.decisions.contains(id)
        });
        let mut queued: Vec<_> = queued.map(|(id, case)| (case.place(), id)).collect();
        sort_by(&mut queued, |one: &(Millis, ConversationId), other| one.cmp(other));
        for (_, id) in queued {
            let Some((to, reason)) = self.choose_for(id, &here) else { continue };
            if let Some(person) = here.iter_mut().find(|person| person.id == to) {
                person.load += 1;
            }
            let name = self.directory.person(to).map(|person| person.name.clone()).unwrap_or_default();
            let to_actor = Actor { kind: ActorKind::Agent, id: to.to_string(), name };
            let department = self.cases.get(id).and_then(|case| case.department);
            self.decide(id, Decision::Assign { to: to_actor, department, reason }, outputs)?;
            self.was_given(to, now)?;
            if !here.iter().any(|person| self.is_free(person)) {
                break;
            }
        }
        Ok(())
    }

    /// Whoever is here and online, with what they have; nobody, where none has room.
    fn free(&self) -> Vec<Here> {
        let mut here: Vec<Here> = Vec::new();
        for (_, connection) in self.connections.iter() {
            let Some(id) = connection.attachment.principal.user_id() else { continue };
            if self.people.get(id).presence != Presence::Offline && here.iter().all(|person| person.id != id)
            {
                here.push(Here { id, load: 0 });
            }
        }
        if here.is_empty() {
            return here;
        }
        let loads = self.cases.loads();
        for person in &mut here {
            person.load = loads.get(&person.id).copied().unwrap_or(0);
        }
        // What is decided counts, whether its room knows or not.
        for (id, decision) in self.decisions.iter() {
            let Decision::Assign { to, .. } = decision else { continue };
            let is_queued = self.cases.get(*id).is_some_and(Case::is_queued);
            if let Some(person) = here.iter_mut().find(|person| is_queued && to.id.parse() == Ok(person.id)) {
                person.load += 1;
            }
        }
        if !here.iter().any(|person| self.is_free(person)) {
            here.clear();
        }
        here
    }

    fn is_free(&self, person: &Here) -> bool {
        let capacity = self.directory.person(person.id).map_or(0, |known| known.capacity);
        self.people.get(person.id).presence == Presence::Online && person.load < capacity
    }

    /// Whom a conversation of the queue is given to.
    fn choose_for(&self, id: ConversationId, here: &[Here]) -> Option<(UserId, Reason)> {
        let case = self.cases.get(id)?;
        let agents = here.iter().filter_map(|person| {
            let known = self.directory.person(person.id)?;
            let belongs = case.department.is_none_or(|department| known.departments.contains(&department));
            let answers = belongs && self.can_answer(person.id, case.department);
            answers.then(|| {
                let now = self.people.get(person.id);
                Agent {
                    id: person.id,
                    name: &known.name,
                    presence: now.presence,
                    load: person.load,
                    capacity: known.capacity,
                    skills: &known.skills,
                    given_at: now.given_at,
                }
            })
        });
        let agents: Vec<_> = agents.collect();
        let is_skill = |tag: &&TagId| self.directory.people.iter().any(|person| person.skills.contains(tag));
        let skills: Vec<TagId> = case.tags.iter().filter(is_skill).copied().collect();
        let waiting = Waiting { since: case.opened_at, skills: &skills, last_agent: case.last_agent };
        routing::choose(&self.directory.policy_of(case.department).routing, waiting, &agents)
    }

    /// Whether somebody who is here could answer a conversation that is theirs.
    fn can_answer(&self, user: UserId, department: Option<DepartmentId>) -> bool {
        let id = user.to_string();
        let mut held = self.connections.iter().map(|(_, one)| &one.attachment.principal);
        held.any(|principal| {
            let may = |permission| principal.reaches(permission, Some(&id), department);
            principal.user_id() == Some(user)
                && may(Permission::ReadConversations)
                && may(Permission::WriteMessages)
        })
    }

    fn decide(
        &mut self,
        id: ConversationId,
        decision: Decision,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let text = serde_json::to_string(&decision).map_err(|error| SqlError::Other(error.to_string()))?;
        self.sql.write(
            "INSERT OR REPLACE INTO decisions (conversation_id, decision) VALUES (?, ?)",
            &[id.to_string().into(), text.into()],
        )?;
        self.decisions.insert(id, decision);
        if outputs.last() != Some(&Output::Changed) {
            outputs.push(Output::Changed);
        }
        Ok(())
    }

    pub(super) fn drop_decision(&mut self, id: ConversationId) -> Result<(), SqlError> {
        if self.decisions.remove(&id).is_some() {
            self.sql.write("DELETE FROM decisions WHERE conversation_id = ?", &[id.to_string().into()])?;
        }
        Ok(())
    }
}

fn give_back(user: UserId, rule: Rule) -> Decision {
    let reason = Reason { rule, waiting_since: None, candidates: Vec::new(), considered: 0 };
    Decision::GiveBack { user, reason }
}
