//! Puts the tag into which one was merged in its place, on every conversation that has it.
//!
//! Each run goes through some of the conversations that the document store says have the tag, and asks their rooms: each has
//! the one or the other after a single statement, and asked twice it does nothing. So a run may end anywhere and be made
//! again. It is over when a look finds no conversation any more, a while after the merge: rooms tell the document store
//! of a tag some seconds late.

use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::id::ConversationId;
use voxora_domain::jobs::{MergeTag, Outcome};
use voxora_domain::room::RoomError;
use voxora_domain::wire::{Actor, TagName};
use voxora_store::{Store, StoreError, conversations};
use worker::Env;

use super::{Context, retry_for};
use crate::room;
use crate::work::{Work, all};

/// How many conversations one run goes through.
const CONVERSATIONS: u32 = 500;
/// How many rooms are asked at once.
const AT_ONCE: usize = 8;
/// When to look again, in milliseconds: rooms write to the document store every five seconds.
const AFTER: Millis = 6_000;
/// How long after the merge a room may still tell of the tag, and after the job was handed over the merge may still come,
/// in milliseconds.
const LATE: Millis = 60_000;

/// The rooms of the deployment.
pub trait Rooms {
    /// Puts one tag in the place of another, where the conversation has that.
    async fn replace_tag(
        &self,
        id: ConversationId,
        by: Actor,
        tag: TagName,
        into: TagName,
    ) -> Result<(), String>;
}

impl Rooms for Env {
    async fn replace_tag(
        &self,
        id: ConversationId,
        by: Actor,
        tag: TagName,
        into: TagName,
    ) -> Result<(), String> {
        match room::replace_tag(self, id, by, tag, into).await {
            // Where nothing of a conversation is left but its document, there is nothing to be done.
            Ok(Ok(()) | Err(RoomError::NotFound | RoomError::Incomplete(_))) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Goes through some of the conversations.
pub async fn run(merge: &MergeTag, context: &Context<'_, impl DataApi, impl Rooms>) -> Outcome {
    match some(merge, context).await {
        Ok(outcome) => outcome,
        // Deleted since: there is nothing to be merged, or nothing to merge it into.
        Err(StoreError::NotFound(_)) => Outcome::Done,
        Err(error) => retry_for(error.to_string()),
    }
}

async fn some(
    merge: &MergeTag,
    context: &Context<'_, impl DataApi, impl Rooms>,
) -> Result<Outcome, StoreError> {
    let store = Store { documents: context.documents, now: context.now };
    let tag = store.tags().by_id(merge.tag).await?;
    let Some(into) = tag.merged_into else {
        // The job is handed over before the merge is tried. It was refused, or is still to come.
        let waits = context.now < merge.at + LATE;
        return Ok(if waits { Outcome::Again { after: AFTER } } else { Outcome::Done });
    };
    let into = store.tags().by_id(into).await?;
    let (from, into) = (TagName { id: tag.id, name: tag.name }, TagName { id: into.id, name: into.name });
    let found = conversations::some_tagged(context.documents, from.id, CONVERSATIONS).await?;
    if found.is_empty() {
        let left = tag.updated_at.0 + LATE - context.now;
        return Ok(if left > 0 { Outcome::Again { after: left } } else { Outcome::Done });
    }
    let replace = |id| -> Work<'_> {
        Box::pin(context.rooms.replace_tag(id, merge.by.clone(), from.clone(), into.clone()))
    };
    let replaced = all(found.into_iter().map(replace).collect(), AT_ONCE).await;
    Ok(replaced.map_or_else(retry_for, |()| Outcome::Again { after: AFTER }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use futures::executor::block_on;
    use rusqlite::Connection;
    use serde_json::{Value, json};
    use voxora_data_api::contract::{Action, Answer};
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::{Filter, Update};
    use voxora_data_api::{DataApi, DataApiError};
    use voxora_domain::id::TagId;
    use voxora_domain::wire::ActorKind;
    use voxora_store::audit::Author;
    use voxora_store::tags::{self, NewTag};

    use super::*;

    const NOON: Millis = 1_795_348_800_000;

    /// Tags and conversations, and rooms that write to the document store at once, of which every third call fails.
    struct Deployment {
        tags: Engine<Connection>,
        conversations: Engine<Connection>,
        calls: Cell<u32>,
    }

    impl DataApi for Deployment {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            if action.collection == "tags" { self.tags.run(action) } else { self.conversations.run(action) }
        }
    }

    impl Rooms for Deployment {
        async fn replace_tag(
            &self,
            id: ConversationId,
            _: Actor,
            tag: TagName,
            into: TagName,
        ) -> Result<(), String> {
            self.calls.set(self.calls.get() + 1);
            if self.calls.get().is_multiple_of(3) {
                return Err("the room cannot be reached".to_owned());
            }
            for update in [
                Update::new().pull("tags", tag.id.to_string()),
                Update::new().add_to_set("tags", into.id.to_string()),
            ] {
                self.update_one("conversations", Filter::id(id.to_string()), update).await.unwrap();
            }
            Ok(())
        }
    }

    fn id(number: u128) -> String {
        format!("0197a0c0-0000-7000-8000-{number:012}")
    }

    fn tag(number: u128) -> TagId {
        id(number).parse().unwrap()
    }

    #[test]
    fn every_conversation_follows_whatever_fails_on_the_way() {
        let open = |schema| Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
        let (tags, conversations) = (open(&tags::SCHEMA), open(&conversations::SCHEMA));
        let deployment = Deployment { tags, conversations, calls: Cell::new(0) };
        let store = Store { documents: &deployment, now: NOON };
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let author = Author { by: by.clone(), request: "r".to_owned() };
        for number in 1..=3 {
            let (name, color) = (format!("tag {number}"), "#1f6feb".to_owned());
            let new = NewTag { id: tag(number), name, color, description: None, request: None };
            block_on(store.tags().create(new, &author)).unwrap();
        }
        for number in 0..20_u128 {
            let tags = [tag(1), tag(2 + number % 2)];
            let conversation = json!({ "_id": id(100 + number), "tags": tags });
            block_on(deployment.insert_one("conversations", &conversation)).unwrap();
        }
        let merge = MergeTag { tag: tag(1), by, at: NOON };
        let run_at = |now| {
            let context = Context { key: "k", documents: &deployment, rooms: &deployment, now };
            block_on(run(&merge, &context))
        };
        // Nothing was merged yet; or it never will be.
        assert_eq!(run_at(NOON), Outcome::Again { after: AFTER });
        assert_eq!(run_at(NOON + LATE), Outcome::Done);
        block_on(store.tags().merge(tag(1), tag(2), None, &author)).unwrap();
        let (mut runs, mut failed) = (0, 0);
        while run_at(NOON) != (Outcome::Again { after: LATE }) {
            runs += 1;
            failed += u32::from(matches!(run_at(NOON), Outcome::Retry { .. }));
            assert!(runs < 20, "it does not come to an end");
        }
        assert!(failed > 0, "nothing failed");
        assert_eq!(run_at(NOON + LATE), Outcome::Done, "rooms that are late have been waited for");
        let find = voxora_data_api::contract::Find::new(Filter::all()).limit(100);
        let all: Vec<Value> = block_on(deployment.find("conversations", find)).unwrap();
        let kinds: BTreeSet<String> = all.iter().map(|found| found["tags"].to_string()).collect();
        let expected = [json!([tag(2)]).to_string(), json!([tag(3), tag(2)]).to_string()];
        assert_eq!((all.len(), kinds), (20, expected.into_iter().collect()));
    }
}
