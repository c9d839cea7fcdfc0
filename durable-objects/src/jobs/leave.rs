//! Brings the conversations of somebody who was deactivated or deleted back to the queue, so that none waits for an answer from
//! somebody who cannot give one. Those that are closed stay as they are: nobody waits there.
//!
//! As [`super::merge_tag`]: each run goes through some of the conversations that the document store says are theirs, and asks
//! their rooms, which do nothing when asked twice. It is over when a look finds none any more, a while after the change.

use futures::{StreamExt, stream};
use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::jobs::{Leave, Outcome};
use voxora_domain::room::RoomError;
use voxora_domain::wire::{Actor, UserStatus};
use voxora_store::{Store, StoreError, conversations};
use worker::Env;

use super::{Context, retry_for};
use crate::room;

/// How many conversations one run goes through.
const CONVERSATIONS: u32 = 500;
/// How many rooms are asked at once.
const AT_ONCE: usize = 8;
/// When to look again, in milliseconds: rooms write to the document store every five seconds.
const AFTER: Millis = 6_000;
/// How long after the job was handed over the change may still come, and a room tell of an assignment, in milliseconds.
const LATE: Millis = 60_000;

/// The rooms of the deployment.
pub trait Queues {
    /// Brings a conversation back to the queue, where it is theirs and not closed.
    async fn take_from(&self, id: ConversationId, by: Actor, user: UserId) -> Result<(), String>;
}

impl Queues for Env {
    async fn take_from(&self, id: ConversationId, by: Actor, user: UserId) -> Result<(), String> {
        match room::take_from(self, id, by, user).await {
            // Where nothing of a conversation is left but its document, there is nothing to be done.
            Ok(Ok(()) | Err(RoomError::NotFound | RoomError::Incomplete(_))) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Goes through some of the conversations.
pub async fn run(leave: &Leave, context: &Context<'_, impl DataApi, impl Queues>) -> Outcome {
    match some(leave, context).await {
        Ok(outcome) => outcome,
        Err(error) => retry_for(error.to_string()),
    }
}

async fn some(
    leave: &Leave,
    context: &Context<'_, impl DataApi, impl Queues>,
) -> Result<Outcome, StoreError> {
    let store = Store { documents: context.documents, now: context.now };
    let waits = context.now < leave.at + LATE;
    let quiet = if waits { Outcome::Again { after: AFTER } } else { Outcome::Done };
    if store.users().by_id(leave.user).await?.is_some_and(|user| user.status == UserStatus::Active) {
        // The change was refused, or is still to come, or was taken back.
        return Ok(quiet);
    }
    let found = conversations::some_assigned(context.documents, leave.user, CONVERSATIONS).await?;
    if found.is_empty() {
        return Ok(quiet);
    }
    let asked = stream::iter(found)
        .map(|id| context.rooms.take_from(id, leave.by.clone(), leave.user))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |answer| answer.err());
    let failed: Vec<String> = asked.collect().await;
    Ok(match failed.into_iter().next() {
        Some(reason) => retry_for(reason),
        None => Outcome::Again { after: AFTER },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use std::cell::Cell;

    use futures::executor::block_on;
    use rusqlite::Connection;
    use serde_json::{Value, json};
    use voxora_data_api::DataApiError;
    use voxora_data_api::contract::{Action, Answer, Find};
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::{Filter, Update};
    use voxora_domain::wire::{ActorKind, Role};
    use voxora_store::audit::Author;
    use voxora_store::users::{self, Seen, UserDocument};

    use super::*;

    const NOON: Millis = 1_795_348_800_000;

    /// People and conversations, and rooms that write to the document store at once, of which every third call fails.
    struct Deployment {
        users: Engine<Connection>,
        conversations: Engine<Connection>,
        calls: Cell<u32>,
    }

    impl DataApi for Deployment {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            if action.collection == "users" { self.users.run(action) } else { self.conversations.run(action) }
        }
    }

    impl Queues for Deployment {
        async fn take_from(&self, id: ConversationId, _: Actor, _: UserId) -> Result<(), String> {
            self.calls.set(self.calls.get() + 1);
            if self.calls.get().is_multiple_of(3) {
                return Err("the room cannot be reached".to_owned());
            }
            let update = Update::new().set("assignee", Value::Null);
            self.update_one("conversations", Filter::id(id.to_string()), update).await.unwrap();
            Ok(())
        }
    }

    #[test]
    fn no_conversation_waits_for_somebody_who_left_whatever_fails_on_the_way() {
        let open = |schema| Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
        let deployment = Deployment {
            users: open(&users::SCHEMA),
            conversations: open(&conversations::SCHEMA),
            calls: Cell::new(0),
        };
        let bob = UserDocument::new("bob@example.com".into(), "Bob".into(), Role::Agent, "hash".into(), NOON);
        block_on(deployment.insert_one("users", &bob)).unwrap();
        let assignee = |id: String| json!({ "kind": "agent", "id": id, "name": "Bob" });
        for number in 0..20 {
            let whose = if number % 2 == 0 { bob.id.to_string() } else { "somebody else".to_owned() };
            let status = if number % 5 == 0 { "closed" } else { "open" };
            let id = format!("0197a0c0-0000-7000-8000-{number:012}");
            let conversation = json!({ "_id": id, "status": status, "assignee": assignee(whose) });
            block_on(deployment.insert_one("conversations", &conversation)).unwrap();
        }
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let leave = Leave { user: bob.id, by: by.clone(), at: NOON };
        let run_at = |now| {
            let context = Context { key: "k", documents: &deployment, rooms: &deployment, now };
            block_on(run(&leave, &context))
        };
        // Nothing was changed yet; or it never will be.
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER });
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        assert_eq!(deployment.calls.get(), 0);
        let store = Store { documents: &deployment, now: NOON };
        let author = Author { by, request: "r".to_owned() };
        block_on(store.users().deactivate(bob.id, Seen::default(), &author)).unwrap();
        let mut failed = 0;
        for _ in 0..20 {
            failed += u32::from(matches!(run_at(NOON), Outcome::Retry { .. }));
        }
        assert!(failed > 0, "nothing failed");
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER }, "rooms that are late are waited for");
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        let all: Vec<Value> =
            block_on(deployment.find("conversations", Find::new(Filter::all()).limit(100))).unwrap();
        let whose = |id: &str| all.iter().filter(|found| found["assignee"]["id"] == id).count();
        // Numbers 0 and 10 are closed.
        assert_eq!((whose(&bob.id.to_string()), whose("somebody else")), (2, 10));
    }
}
