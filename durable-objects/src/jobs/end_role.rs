//! Ends the tokens of everybody who has a role, once that permits something else: they fetch fresh ones, which say so.
//!
//! The job is handed over before the role is changed. Each run ends tokens that were issued until then, of some of the people,
//! and goes on after the last of them; ended twice, somebody only fetches a token once more. People who come by the role
//! meanwhile have tokens that know it.

use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::jobs::{EndRole, Outcome};
use voxora_domain::sessions::{Ending, Scope};
use voxora_domain::wire::Role;
use voxora_store::{Store, StoreError};

use super::end_tokens::Registers;
use super::{Context, retry_for};

/// How many people a run finds at once.
const PEOPLE: u32 = 100;
/// How long after the job was handed over the change may still come, in milliseconds, and when to look again.
const LATE: Millis = 60_000;
const AFTER: Millis = 2_000;

/// Goes through the people of the role.
pub async fn run(job: &EndRole, context: &Context<'_, impl DataApi, impl Registers>) -> Outcome {
    match all(job, context).await {
        Ok(outcome) => outcome,
        // Deleted since: nobody has it.
        Err(StoreError::NotFound(_)) => Outcome::Done,
        Err(error) => retry_for(error.to_string()),
    }
}

async fn all(
    job: &EndRole,
    context: &Context<'_, impl DataApi, impl Registers>,
) -> Result<Outcome, StoreError> {
    let store = Store { documents: context.documents, now: context.now };
    let changed_at = match job.role {
        Role::Custom(id) => store.roles().by_id(id).await?.updated_at,
        Role::Admin | Role::Agent => store.settings().read().await?.updated_at,
    };
    if changed_at.0 < job.at {
        // It was refused, or is still to come.
        let waits = context.now < job.at + LATE;
        return Ok(if waits { Outcome::Again { after: AFTER } } else { Outcome::Done });
    }
    let mut after = None;
    loop {
        let people = store.roles().some_people(job.role, after, PEOPLE).await?;
        let Some(last) = people.last() else { return Ok(Outcome::Done) };
        after = Some(*last);
        for user in people {
            let ending = Ending { user, scope: Scope::All, at: context.now };
            if let Err(reason) = context.rooms.end(ending).await {
                return Ok(retry_for(reason));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use futures::executor::block_on;
    use rusqlite::Connection;
    use serde_json::json;
    use voxora_data_api::contract::{Action, Answer};
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::{DataApi, DataApiError};
    use voxora_domain::access::Permissions;
    use voxora_domain::id::{RoleId, UserId};
    use voxora_domain::wire::{Actor, ActorKind, AgentsSee};
    use voxora_store::audit::Author;
    use voxora_store::roles::{self, Change, NewRole};
    use voxora_store::settings::{self, Cache};
    use voxora_store::users;

    use super::*;

    const NOON: Millis = 1_795_348_800_000;

    /// Roles, settings and people, and a register of sessions that fails once, half-way.
    struct Deployment {
        roles: Engine<Connection>,
        settings: Engine<Connection>,
        users: Engine<Connection>,
        calls: RefCell<(u32, BTreeSet<UserId>)>,
    }

    impl DataApi for Deployment {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            match action.collection.as_str() {
                "roles" => self.roles.run(action),
                "settings" => self.settings.run(action),
                _ => self.users.run(action),
            }
        }
    }

    impl Registers for Deployment {
        async fn end(&self, Ending { user, at, .. }: Ending) -> Result<(), String> {
            assert!(at >= NOON);
            let (calls, ended) = &mut *self.calls.borrow_mut();
            *calls += 1;
            if *calls == 150 {
                return Err("the register cannot be reached".to_owned());
            }
            ended.insert(user);
            Ok(())
        }
    }

    #[test]
    fn everybody_of_a_role_fetches_a_fresh_token_whatever_fails_on_the_way() {
        let open = |schema| Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
        let deployment = Deployment {
            roles: open(&roles::SCHEMA),
            settings: open(&settings::SCHEMA),
            users: open(&users::SCHEMA),
            calls: RefCell::default(),
        };
        let id = |number: u32| format!("0197a0c0-0000-7000-8000-{number:012}");
        let role: RoleId = id(1).parse().unwrap();
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let author = Author { by, request: "r".to_owned() };
        let admin = Permissions::of(Some(Role::Admin));
        let store = |now| Store { documents: &deployment, now };
        let new = NewRole {
            id: role,
            name: "Reader".to_owned(),
            description: None,
            permissions: Permissions::NONE,
            request: None,
        };
        block_on(store(NOON - 1).roles().create(new, admin, &author)).unwrap();
        for number in 0..250 {
            let whose = if number % 5 == 0 { "agent".to_owned() } else { role.to_string() };
            let user =
                json!({ "_id": id(100 + number), "email": format!("{number}@example.com"), "role": whose });
            block_on(deployment.insert_one("users", &user)).unwrap();
        }
        let run_of = |role, now| {
            let context = Context { key: "k", documents: &deployment, rooms: &deployment, now };
            block_on(run(&EndRole { role, at: NOON }, &context))
        };
        let run_at = |now| run_of(Role::Custom(role), now);
        // It was not changed yet; or it never will be.
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER });
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        assert!(deployment.calls.borrow().1.is_empty());
        let change = Change { permissions: Some(admin), ..Change::default() };
        block_on(store(NOON + 5).roles().change(role, None, change, admin, &author)).unwrap();
        let mut runs = 0;
        while run_at(NOON + 10) != Outcome::Done {
            runs += 1;
            assert!(runs < 9, "it does not come to an end");
        }
        assert!(runs > 0, "nothing failed");
        assert_eq!(deployment.calls.borrow().1.len(), 200);

        // Agents are what the role of that name permits, and what the settings say that they see.
        assert_eq!(run_of(Role::Agent, NOON + 10), Outcome::Again { after: AFTER });
        let change = settings::Change { agents_see: Some(AgentsSee::Assigned), ..Default::default() };
        block_on(store(NOON + 5).settings().change(None, change, &author, &NoCache)).unwrap();
        assert_eq!(run_of(Role::Agent, NOON + 10), Outcome::Done);
        assert_eq!(deployment.calls.borrow().1.len(), 250);
    }

    /// It forgets everything.
    struct NoCache;

    impl Cache for NoCache {
        async fn get(&self) -> Option<String> {
            None
        }

        async fn put(&self, _: String, _: u64) {}

        async fn drop(&self) {}
    }
}
