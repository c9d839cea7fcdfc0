//! Who of the team is there. Somebody is there while they hold a socket, on any device, and for [`GRACE`] after the last one is gone:
//! a reload, a change of network and a tab that sleeps for a moment change nothing. What they have chosen stands above that, and
//! while nobody touches any of their devices they are away.
//!
//! Every transition is a row of the ledger, which reports are made of; it says when somebody was gone, not when that was noticed.
//! A heartbeat writes nothing.

use super::Inbox;
use crate::Millis;
use crate::id::UserId;
use crate::sockets::{Output, send};
use crate::sorted::Sorted;
use crate::sql::{Sql, SqlError, Value};
use crate::wire::{Colleague, InboxServerFrame, Presence};

/// How long somebody is still there after their last socket is gone, in milliseconds.
pub const GRACE: Millis = 20_000;

/// How long the ledger is kept, in milliseconds: 400 days.
const LEDGER_KEPT: Millis = 400 * 24 * 60 * 60 * 1000;

/// Why somebody's presence changed, as the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// They chose it.
    Chosen,
    /// They opened a dashboard.
    Came,
    /// Their last dashboard is gone.
    Gone,
    /// Nobody touches any of their devices, or somebody does again.
    Idle,
}

impl Cause {
    const fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Came => "came",
            Self::Gone => "gone",
            Self::Idle => "idle",
        }
    }
}

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub chosen: Presence,
    pub presence: Presence,
    /// Since when.
    pub since: Millis,
    /// When their last socket was lost, while that has not made them offline yet.
    pub gone_at: Option<Millis>,
    /// When they were last given a conversation; never the same for two, but for 0, which is never.
    pub given_at: Millis,
}

impl Person {
    /// Somebody whom nobody has seen yet.
    const NEW: Self =
        Self { chosen: Presence::Online, presence: Presence::Offline, since: 0, gone_at: None, given_at: 0 };

    /// What they are, of what they chose, while they hold sockets of which all or not all are idle.
    const fn connected(self, idle: bool) -> Presence {
        match self.chosen {
            Presence::Online if idle => Presence::Away,
            chosen => chosen,
        }
    }
}

/// Everybody who was ever seen.
#[derive(Debug, Default)]
pub(super) struct People(pub Sorted<UserId, Person>);

impl People {
    /// Reads everybody.
    pub fn read(sql: &impl Sql) -> Result<Self, SqlError> {
        let rows = sql.exec(
            "SELECT user_id, chosen, presence, since, gone_at, given_at FROM people ORDER BY user_id",
            &[],
        )?;
        let mut people = Sorted::new();
        for row in &rows {
            let text = |column: usize| row.get(column).and_then(Value::as_text);
            let time = |column: usize| row.get(column).and_then(Value::as_integer);
            let Some(id) = text(0).and_then(|id| id.parse().ok()) else { continue };
            let presence = |column| text(column).and_then(Presence::named).unwrap_or_default();
            let person = Person {
                chosen: presence(1),
                presence: presence(2),
                since: time(3).unwrap_or(0),
                gone_at: time(4),
                given_at: time(5).unwrap_or(0),
            };
            people.insert(id, person);
        }
        Ok(Self(people))
    }

    pub fn get(&self, id: UserId) -> Person {
        self.0.get(&id).copied().unwrap_or(Person::NEW)
    }
}

impl<S: Sql> Inbox<S> {
    /// Takes down what somebody chose to be, on whatever device, and tells everyone where that is news.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn choose(
        &mut self,
        user: UserId,
        chosen: Presence,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let person = Person { chosen, ..self.people.get(user) };
        self.become_present(user, person, Cause::Chosen, now, outputs)
    }

    /// Somebody opened a socket, closed one, or says whether a device is idle: are they there?
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn look_at(
        &mut self,
        user: UserId,
        cause: Cause,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let person = self.people.get(user);
        self.become_present(user, person, cause, now, outputs)
    }

    /// Makes offline whose grace is over, and gives one to those of whom memory does not know that they are gone.
    ///
    /// # Errors
    /// When the storage fails; done again it comes to the same.
    pub fn settle_presence(&mut self, now: Millis) -> Result<Vec<Output>, SqlError> {
        let mut outputs = Vec::new();
        let there = self.people.0.iter().filter(|(_, person)| person.presence != Presence::Offline);
        let there: Vec<_> = there.map(|(id, _)| *id).collect();
        for user in there {
            self.look_at(user, Cause::Gone, now, &mut outputs)?;
        }
        // The oldest rows come first, so that a few of them are all there is to look at.
        let old = "DELETE FROM ledger WHERE id IN (SELECT id FROM ledger ORDER BY id LIMIT 100) AND at < ?";
        self.sql.write(old, &[now.saturating_sub(LEDGER_KEPT).into()])?;
        Ok(outputs)
    }

    /// When somebody's grace is over next.
    pub(super) fn presence_due(&self) -> Option<Millis> {
        let there = self.people.0.iter().filter(|(_, person)| person.presence != Presence::Offline);
        let due = there.filter_map(|(id, person)| match person.gone_at {
            Some(gone_at) => Some(gone_at.saturating_add(GRACE)),
            // The memory of their going was lost.
            None if self.idleness(*id).is_none() => Some(0),
            None => None,
        });
        due.min()
    }

    /// Whether all of somebody's sockets are idle; nothing, where they hold none.
    fn idleness(&self, user: UserId) -> Option<bool> {
        let held =
            self.connections.iter().filter(|(_, one)| one.attachment.principal.user_id() == Some(user));
        held.map(|(_, one)| one.attachment.idle).reduce(|all, idle| all && idle)
    }

    fn become_present(
        &mut self,
        user: UserId,
        mut person: Person,
        cause: Cause,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let before = self.people.get(user);
        let idle = self.idleness(user);
        let mut at = now;
        match (idle, person.gone_at) {
            (Some(idle), _) => {
                person.gone_at = None;
                person.presence = person.connected(idle);
            }
            (None, _) if person.presence == Presence::Offline => person.gone_at = None,
            (None, None) => person.gone_at = Some(now),
            (None, Some(gone_at)) if now >= gone_at.saturating_add(GRACE) => {
                at = gone_at;
                person.gone_at = None;
                person.presence = Presence::Offline;
            }
            (None, Some(_)) => {}
        }
        let is_news = person.presence != before.presence;
        if is_news {
            // A clock that was set back does not put a row before the one it follows.
            person.since = at.max(before.since);
            self.sql.write(
                "INSERT INTO ledger (user_id, at, presence, cause) VALUES (?, ?, ?, ?)",
                &[
                    user.to_string().into(),
                    person.since.into(),
                    person.presence.name().into(),
                    cause.name().into(),
                ],
            )?;
        }
        if person != before {
            self.put_person(user, person)?;
        }
        if is_news {
            let everyone = self.connections.iter().map(|(id, _)| id).collect();
            let colleague = self.colleague(user, self.cases.load(user));
            send(outputs, everyone, &InboxServerFrame::Person(colleague));
        }
        Ok(())
    }

    /// Somebody is given a conversation now: it is not their turn again before all others'.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn was_given(&mut self, user: UserId, now: Millis) -> Result<(), SqlError> {
        let last = self.people.0.iter().map(|(_, person)| person.given_at).max().unwrap_or(0);
        let person = Person { given_at: now.max(last + 1), ..self.people.get(user) };
        self.put_person(user, person)
    }

    fn put_person(&mut self, user: UserId, person: Person) -> Result<(), SqlError> {
        self.sql.write(
            "INSERT OR REPLACE INTO people (user_id, chosen, presence, since, gone_at, given_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
            &[
                user.to_string().into(),
                person.chosen.name().into(),
                person.presence.name().into(),
                person.since.into(),
                person.gone_at.into(),
                person.given_at.into(),
            ],
        )?;
        self.people.0.insert(user, person);
        Ok(())
    }

    /// Somebody of the team, as the others see them.
    fn colleague(&self, user: UserId, load: u32) -> Colleague {
        let Person { presence, since, .. } = self.people.get(user);
        if let Some(person) = self.directory.person(user) {
            let (name, departments, capacity) =
                (person.name.clone(), person.departments.clone(), person.capacity);
            return Colleague { id: user, name, presence, since, departments, load, capacity };
        }
        // Somebody of whom the directory has not been told yet.
        let held = self.connections.iter().map(|(_, one)| &one.attachment.principal);
        let principal = held.into_iter().find(|principal| principal.user_id() == Some(user));
        let name = principal.map(|principal| principal.actor().name).unwrap_or_default();
        let departments = principal.map(|principal| principal.departments().to_vec()).unwrap_or_default();
        Colleague { id: user, name, presence, since, departments, load, capacity: 0 }
    }

    /// The team: whoever can sign in, and whoever is here.
    pub(super) fn team(&self) -> Vec<Colleague> {
        let mut ids: Vec<UserId> = self.directory.people.iter().map(|person| person.id).collect();
        for (_, connection) in self.connections.iter() {
            let user = connection.attachment.principal.user_id();
            ids.extend(user.filter(|user| !ids.contains(user)));
        }
        let loads = self.cases.loads();
        ids.into_iter().map(|id| self.colleague(id, loads.get(&id).copied().unwrap_or(0))).collect()
    }
}
