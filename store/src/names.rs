//! Names of people in conversations that the document store has, for somebody who is to be forgotten: which conversations still
//! have the former one, and another in its place.

use std::collections::BTreeSet;

use voxora_data_api::contract::Find;
use voxora_data_api::query::{Filter, Projection, Update};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::id::{ConversationId, UserId};

use crate::collection::ids;
use crate::{conversations, events, messages};

/// Where a document names somebody: the collection, the fields of their id and of their name.
const PLACES: [(&str, &str, &str); 4] = [
    (messages::SCHEMA.name, "author.id", "author.name"),
    (messages::SCHEMA.name, "state.assignee.id", "state.assignee.name"),
    (events::SCHEMA.name, "actor.id", "actor.name"),
    (events::SCHEMA.name, "state.assignee.id", "state.assignee.name"),
];
/// The same in a conversation's own document.
const OWN: [(&str, &str); 2] =
    [("assignee.id", "assignee.name"), ("lastMessage.author.id", "lastMessage.author.name")];
/// Where an event says who else could have been given a conversation. Who was is forgotten with one of them.
const CANDIDATES: (&str, &str) = ("reason.candidates", "reason.candidates.id");
/// What ids begin with. One look goes through the documents of one of them, because nothing else leads to names.
const SLICES: [&str; 17] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f", "g"];
/// How many events one look finds.
const FOUND: u32 = 200;

/// Some of the conversations in which somebody still has another name than this one.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn some_with(
    documents: &impl DataApi,
    user: UserId,
    name: &str,
) -> Result<BTreeSet<ConversationId>, DataApiError> {
    let mut some = BTreeSet::new();
    for (from, to) in SLICES.iter().zip(SLICES.iter().skip(1)) {
        for (collection, id_field, name_field) in PLACES {
            let slice = Filter::gte("_id", *from).and(Filter::lt("_id", *to));
            let theirs = slice.and(Filter::eq(id_field, user.to_string())).and(Filter::ne(name_field, name));
            let find = Find::new(theirs).project(Projection::include(&["conversationId"])).limit(FOUND);
            let found = documents.documents(collection, find).await?;
            some.extend(ids::<ConversationId>(&found, "conversationId")?);
        }
        let slice = Filter::gte("_id", *from).and(Filter::lt("_id", *to));
        let theirs = slice.and(Filter::eq(CANDIDATES.1, user.to_string()));
        let find = Find::new(theirs).project(Projection::include(&["conversationId"])).limit(FOUND);
        let found = documents.documents(events::SCHEMA.name, find).await?;
        some.extend(ids::<ConversationId>(&found, "conversationId")?);
        if !some.is_empty() {
            break;
        }
    }
    Ok(some)
}

/// Puts a name in the place of somebody's in all that the store has of a conversation. Done twice it comes to the same.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn put(
    documents: &impl DataApi,
    conversation: ConversationId,
    user: UserId,
    name: &str,
) -> Result<(), DataApiError> {
    let events =
        || Filter::gt("_id", format!("{conversation}-")).and(Filter::lt("_id", format!("{conversation}.")));
    for (collection, id_field, name_field) in PLACES {
        let theirs = events().and(Filter::eq(id_field, user.to_string()));
        documents.update_many(collection, theirs, Update::new().set(name_field, name)).await?;
    }
    let theirs = events().and(Filter::eq(CANDIDATES.1, user.to_string()));
    documents.update_many(events::SCHEMA.name, theirs, Update::new().unset(CANDIDATES.0)).await?;
    for (id_field, name_field) in OWN {
        let theirs = Filter::id(conversation.to_string()).and(Filter::eq(id_field, user.to_string()));
        let update = Update::new().set(name_field, name);
        documents.update_one(conversations::SCHEMA.name, theirs, update).await?;
    }
    Ok(())
}
