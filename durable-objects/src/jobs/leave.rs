//! Brings the conversations of somebody who was deactivated or deleted back to the queue, so that none waits for an answer from
//! somebody who cannot give one. Those that are closed stay as they are: nobody waits there.
//!
//! Where their name is to be forgotten, another then takes its place in every room, in the inbox, and in what the document store
//! has. What they wrote stays, and so does what the audit log says of what they did.
//!
//! As [`super::merge_tag`]: each run goes through some of the conversations that the document store says are theirs, and asks
//! their rooms, which do nothing when asked twice. It is over when a look finds none any more, a while after the change.

use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::jobs::{Leave, Outcome};
use voxora_domain::room::RoomError;
use voxora_domain::wire::{Actor, Reason, Rule, UserStatus};
use voxora_store::{Store, StoreError, conversations, names};
use worker::Env;

use super::{Context, retry_for};
use crate::call::CallError;
use crate::work::{Work, all};
use crate::{inbox, room};

/// How many conversations one run goes through.
const CONVERSATIONS: u32 = 500;
/// How many rooms are asked at once.
const AT_ONCE: usize = 8;
/// When to look again, in milliseconds: rooms write to the document store every five seconds.
const AFTER: Millis = 6_000;
/// When to go on where there is more, in milliseconds.
const SOON: Millis = 100;
/// How long after the job was handed over the change may still come, and a room tell of an assignment, in milliseconds.
const LATE: Millis = 60_000;

/// The rooms of the deployment.
pub trait Queues {
    /// Brings a conversation back to the queue, where it is theirs and not closed.
    async fn take_from(&self, id: ConversationId, by: Actor, user: UserId) -> Result<(), String>;
    /// Puts another name in the place of theirs in a conversation.
    async fn rename(&self, id: ConversationId, user: UserId, name: &str) -> Result<(), String>;
    /// The same in the inbox.
    async fn rename_in_inbox(&self, user: UserId, name: &str) -> Result<(), String>;
}

impl Queues for Env {
    async fn take_from(&self, id: ConversationId, by: Actor, user: UserId) -> Result<(), String> {
        let reason = Reason { rule: Rule::Left, waiting_since: None, candidates: Vec::new(), considered: 0 };
        done(room::give_back(self, id, Some(by), user, reason).await)
    }

    async fn rename(&self, id: ConversationId, user: UserId, name: &str) -> Result<(), String> {
        done(room::rename(self, id, user, name.to_owned()).await)
    }

    async fn rename_in_inbox(&self, user: UserId, name: &str) -> Result<(), String> {
        inbox::rename(self, user, name).await.map_err(|error| error.to_string())
    }
}

fn done<T>(answer: Result<Result<T, RoomError>, CallError>) -> Result<(), String> {
    match answer {
        // Where nothing of a conversation is left but its document, there is nothing to be done.
        Ok(Ok(_) | Err(RoomError::NotFound | RoomError::Incomplete(_))) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
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
    if !found.is_empty() {
        let take = |id| -> Work<'_> { Box::pin(context.rooms.take_from(id, leave.by.clone(), leave.user)) };
        let taken = all(found.into_iter().map(take).collect(), AT_ONCE).await;
        return Ok(taken.map_or_else(retry_for, |()| Outcome::Again { after: AFTER }));
    }
    let Some(name) = &leave.name else { return Ok(quiet) };
    let found = names::some_with(context.documents, leave.user, name).await?;
    if found.is_empty() {
        return Ok(context.rooms.rename_in_inbox(leave.user, name).await.map_or_else(retry_for, |()| quiet));
    }
    // A room's own rows first: what it brings to the document store from then on has the new name.
    let rename = |id| -> Work<'_> {
        Box::pin(async move {
            context.rooms.rename(id, leave.user, name).await?;
            names::put(context.documents, id, leave.user, name).await.map_err(|error| error.to_string())
        })
    };
    let renamed = all(found.into_iter().map(rename).collect(), AT_ONCE).await;
    Ok(renamed.map_or_else(retry_for, |()| Outcome::Again { after: SOON }))
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
    use voxora_data_api::schema::CollectionSchema;
    use voxora_domain::wire::{ActorKind, Role};
    use voxora_store::audit::Author;
    use voxora_store::users::{self, Seen, UserDocument};
    use voxora_store::{events, messages};

    use super::*;

    const NOON: Millis = 1_795_348_800_000;

    /// People and conversations, and rooms that write to the document store at once, of which every third call fails.
    struct Deployment {
        engines: [(&'static str, Engine<Connection>); 4],
        calls: Cell<u32>,
    }

    impl DataApi for Deployment {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            self.engines.iter().find(|(name, _)| *name == action.collection).unwrap().1.run(action)
        }
    }

    impl Deployment {
        fn call(&self) -> Result<(), String> {
            self.calls.set(self.calls.get() + 1);
            let fails = self.calls.get().is_multiple_of(3);
            if fails { Err("the room cannot be reached".to_owned()) } else { Ok(()) }
        }

        fn all(&self, collection: &str) -> Vec<Value> {
            block_on(self.find(collection, Find::new(Filter::all()).limit(100))).unwrap()
        }
    }

    impl Queues for Deployment {
        async fn take_from(&self, id: ConversationId, _: Actor, _: UserId) -> Result<(), String> {
            self.call()?;
            let update = Update::new().set("assignee", Value::Null);
            self.update_one("conversations", Filter::id(id.to_string()), update).await.unwrap();
            Ok(())
        }

        async fn rename(&self, _: ConversationId, _: UserId, _: &str) -> Result<(), String> {
            self.call()
        }

        async fn rename_in_inbox(&self, _: UserId, _: &str) -> Result<(), String> {
            self.call()
        }
    }

    #[test]
    fn no_conversation_waits_for_somebody_who_left_whatever_fails_on_the_way() {
        let schemas = [&users::SCHEMA, &conversations::SCHEMA, &messages::SCHEMA, &events::SCHEMA];
        let open = |schema: &'static CollectionSchema| {
            let engine = Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
            (schema.name, engine)
        };
        let deployment = Deployment { engines: schemas.map(open), calls: Cell::new(0) };
        let bob = UserDocument::new("bob@example.com".into(), "Bob".into(), Role::Agent, "hash".into(), NOON);
        block_on(deployment.insert_one("users", &bob)).unwrap();
        let assignee = |id: String| json!({ "kind": "agent", "id": id, "name": "Bob" });
        for number in 0..20 {
            let whose = if number % 2 == 0 { bob.id.to_string() } else { "somebody else".to_owned() };
            let status = if number % 5 == 0 { "closed" } else { "open" };
            let id = format!("0197a0c0-0000-7000-8000-{number:012}");
            let conversation = json!({
                "_id": id, "status": status, "assignee": assignee(whose.clone()),
                "lastMessage": { "author": assignee(whose.clone()) },
            });
            block_on(deployment.insert_one("conversations", &conversation)).unwrap();
            let state = json!({ "assignee": assignee(whose.clone()) });
            let message = json!({
                "_id": format!("{id}-1"), "conversationId": id, "author": assignee(whose.clone()), "state": state,
                "text": "Bob was here",
            });
            block_on(deployment.insert_one("messages", &message)).unwrap();
            let event = json!({
                "_id": format!("{id}-2"), "conversationId": id, "actor": assignee(whose), "state": state,
            });
            block_on(deployment.insert_one("events", &event)).unwrap();
        }
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let leave = |name: Option<&str>| Leave {
            user: bob.id,
            by: by.clone(),
            name: name.map(str::to_owned),
            at: NOON,
        };
        let run_job = |leave: &Leave, now| {
            let context = Context { key: "k", documents: &deployment, rooms: &deployment, now };
            block_on(run(leave, &context))
        };
        let run_at = |now| run_job(&leave(None), now);
        // Nothing was changed yet; or it never will be.
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER });
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        assert_eq!(deployment.calls.get(), 0);
        let store = Store { documents: &deployment, now: NOON };
        let author = Author { by: by.clone(), request: "r".to_owned() };
        block_on(store.users().deactivate(bob.id, Seen::default(), &author)).unwrap();
        let mut failed = 0;
        for _ in 0..20 {
            failed += u32::from(matches!(run_at(NOON), Outcome::Retry { .. }));
        }
        assert!(failed > 0, "nothing failed");
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER }, "rooms that are late are waited for");
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        let all = deployment.all("conversations");
        let whose = |id: &str| all.iter().filter(|found| found["assignee"]["id"] == id).count();
        // Numbers 0 and 10 are closed.
        assert_eq!((whose(&bob.id.to_string()), whose("somebody else")), (2, 10));

        let forget = leave(Some("Team member"));
        let mut ended = false;
        for _ in 0..40 {
            ended = ended || run_job(&forget, NOON + LATE) == Outcome::Done;
        }
        assert!(ended);
        for collection in ["conversations", "messages", "events"] {
            for document in deployment.all(collection) {
                let text = document.to_string();
                let is_bobs = text.contains(&bob.id.to_string());
                assert_eq!(text.contains("\"Team member\""), is_bobs, "{text}");
                assert!(!is_bobs || !text.contains("\"Bob\""), "{text}");
                assert!(
                    collection != "messages" || document["text"] == "Bob was here",
                    "what was written stays"
                );
            }
        }
    }
}
