//! Ends the tokens of somebody whose role, departments or name were changed, who was deactivated or deleted.
//!
//! The request that makes the change ends them itself, right after it. This job is handed over before, for a request that
//! dies in between: the note that tokens are out of date is part of the change, and is taken away once they have been ended.

use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::jobs::{EndTokens, Outcome};
use voxora_domain::sessions::{Ending, Scope};
use voxora_store::{Store, StoreError};
use worker::Env;

use super::{Context, retry_for};
use crate::sessions;

/// When to look again, in milliseconds.
const AGAIN: Millis = 30_000;
/// How long after the job was handed over the change may still come, in milliseconds.
const LATE: Millis = 120_000;

/// The registers of ended sessions.
pub trait Registers {
    /// Ends sessions.
    async fn end(&self, ending: Ending) -> Result<(), String>;
}

impl Registers for Env {
    async fn end(&self, ending: Ending) -> Result<(), String> {
        sessions::end(self, ending).await.map_err(|error| error.to_string())
    }
}

/// Ends them, if there is something to end.
pub async fn run(job: &EndTokens, context: &Context<'_, impl DataApi, impl Registers>) -> Outcome {
    match end(job, context).await {
        Ok(outcome) => outcome,
        Err(error) => retry_for(error.to_string()),
    }
}

async fn end(
    job: &EndTokens,
    context: &Context<'_, impl DataApi, impl Registers>,
) -> Result<Outcome, StoreError> {
    let store = Store { documents: context.documents, now: context.now };
    let stored = store.users().stored(job.user).await?;
    let outdated = stored.as_ref().and_then(|user| user.outdated);
    // Whoever is gone has been deleted.
    if stored.is_some() && outdated.is_none() {
        let waits = context.now < job.at + LATE;
        return Ok(if waits { Outcome::Again { after: AGAIN } } else { Outcome::Done });
    }
    let ending = Ending { user: job.user, scope: Scope::All, at: context.now };
    if let Err(reason) = context.rooms.end(ending).await {
        return Ok(retry_for(reason));
    }
    if let Some(since) = outdated {
        store.users().tokens_ended(job.user, since).await?;
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;
    use rusqlite::Connection;
    use voxora_data_api::embedded::Engine;
    use voxora_domain::id::UserId;
    use voxora_domain::wire::{Actor, ActorKind, Role};
    use voxora_store::audit::Author;
    use voxora_store::users::{self, Change, Seen, UserDocument};

    use super::*;

    const NOON: Millis = 1_795_348_800_000;

    /// Those that were ended; the first call fails.
    #[derive(Default)]
    struct Heard(RefCell<Vec<Result<Ending, ()>>>);

    impl Registers for Heard {
        async fn end(&self, ending: Ending) -> Result<(), String> {
            let mut heard = self.0.borrow_mut();
            let is_first = heard.is_empty();
            heard.push(if is_first { Err(()) } else { Ok(ending) });
            if is_first { Err("the register cannot be reached".to_owned()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_change_whose_request_died_ends_tokens_all_the_same_and_once() {
        let documents = Engine::open(Connection::open_in_memory().unwrap(), &users::SCHEMA, || NOON).unwrap();
        let store = Store { documents: &documents, now: NOON };
        let user =
            UserDocument::new("bob@example.com".into(), "Bob".into(), Role::Agent, "hash".into(), NOON);
        let id = user.id;
        block_on(documents.insert_one("users", &user)).unwrap();
        let heard = Heard::default();
        let run_at = |user: UserId, now| {
            let context = Context { key: "k", documents: &documents, rooms: &heard, now };
            block_on(run(&EndTokens { user, at: NOON }, &context))
        };
        // Refused, or still to come.
        assert_eq!(run_at(id, NOON + 1_000), Outcome::Again { after: AGAIN });
        assert_eq!(run_at(id, NOON + LATE), Outcome::Done);
        assert!(heard.0.borrow().is_empty());

        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let author = Author { by, request: "r".to_owned() };
        let change = Change { role: Some(Role::Admin), ..Change::default() };
        block_on(store.users().change(id, Seen::default(), change, &author)).unwrap();
        assert!(matches!(run_at(id, NOON + 1_000), Outcome::Retry { .. }));
        assert_eq!(run_at(id, NOON + 2_000), Outcome::Done);
        assert_eq!(run_at(id, NOON + 3_000), Outcome::Again { after: AGAIN });
        let gone = "0197a0c0-0000-7000-8000-000000000007".parse().unwrap();
        assert_eq!(run_at(gone, NOON + 4_000), Outcome::Done);
        let ended = |user, at| Ok(Ending { user, scope: Scope::All, at });
        assert_eq!(*heard.0.borrow(), [Err(()), ended(id, NOON + 2_000), ended(gone, NOON + 4_000)]);
    }
}
