//! How a newer version of a document takes an older one's place, whoever brings it and however late or often: rooms that
//! store what happened, and whoever copies documents from one store to another. Each way holds only while what is stored
//! is older, so that several may be under way at once.
//!
//! | collection | what counts |
//! |---|---|
//! | `events` | immutable but for a message's words, its time of edit and of deletion: the later amendment (`amendedBy`, the `seq` of the last edit or deletion) |
//! | `conversations` | the higher `head` |
//! | `customers` | the later `lastMessageAt`, the earlier `createdAt`; of everything else what is stored |
//! | all others | what is stored |

use serde_json::Value;

use crate::document::{self, Document};
use crate::query::{Filter, Update};
use crate::{DataApi, DataApiError, schema};

/// What an amendment changes in an event.
pub const AMENDABLE: [&str; 4] = ["text", "editedAt", "deletedAt", "amendedBy"];

/// The words of a message or note as an edit or a deletion left them.
#[derive(Debug, Clone, PartialEq)]
pub struct Amendment {
    /// The `seq` of that edit or deletion.
    pub by: u64,
    /// The words; empty once deleted.
    pub text: Value,
    /// When it was last edited, in milliseconds since 1970, or null.
    pub edited_at: Value,
    /// When it was deleted, likewise.
    pub deleted_at: Value,
}

impl Amendment {
    /// Which event it changes, unless a later one already has, and how. An event of this `_id` from another time is
    /// another event, and stays.
    #[must_use]
    pub fn of(self, id: &str, at: i64) -> (Filter, Update) {
        let event = Filter::id(id).and(Filter::eq("at", at));
        let update = Update::new()
            .set("amendedBy", self.by)
            .set("text", self.text)
            .set("editedAt", self.edited_at)
            .set("deletedAt", self.deleted_at);
        (event.and(Filter::gte("amendedBy", self.by).negated()), update)
    }
}

/// Brings a stored document to the version of `source`, unless what is stored is as new or newer.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn renew(
    documents: &impl DataApi,
    collection: &str,
    source: &Document,
) -> Result<(), DataApiError> {
    let id = document::id(source)?;
    let value = |name: &str| source.get(name).cloned().unwrap_or_default();
    let updated = if collection == schema::EVENTS.name {
        let by = u64::try_from(number(source, "amendedBy")).unwrap_or(0);
        if by == 0 {
            // Nothing amended it: no other words can be older than these.
            return Ok(());
        }
        let amendment = Amendment {
            by,
            text: value("text"),
            edited_at: value("editedAt"),
            deleted_at: value("deletedAt"),
        };
        let (earlier, update) = amendment.of(id, number(source, "at"));
        documents.update_one(collection, earlier, update).await
    } else if collection == schema::CONVERSATIONS.name {
        let older = Filter::id(id).and(Filter::lt("head", number(source, "head")));
        documents.replace_one(collection, older, source, false).await
    } else if collection == schema::CUSTOMERS.name {
        let update = Update::new()
            .max("lastMessageAt", number(source, "lastMessageAt"))
            .min("createdAt", number(source, "createdAt"));
        documents.update_one(collection, Filter::id(id), update).await
    } else {
        return Ok(());
    };
    updated.map(drop)
}

/// A whole number in a document; 0 where there is none.
#[must_use]
pub fn number(document: &Document, name: &str) -> i64 {
    document.get(name).and_then(Value::as_i64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_domain::sql::object_database;

    use super::renew;
    use crate::DataApi;
    use crate::embedded::Engine;
    use crate::query::Filter;
    use crate::schema::EVENTS;

    #[test]
    fn only_a_later_amendment_of_the_same_event_changes_its_words() {
        let engine = Engine::open(object_database().unwrap(), &EVENTS, || 0).unwrap();
        let event = json!({ "_id": "c-1", "conversationId": "c", "seq": 1, "at": 5, "text": "first" });
        block_on(engine.insert_one("events", &event)).unwrap();
        for (source, expected) in [
            (json!({ "_id": "c-1", "at": 5, "text": "never said" }), "first"),
            (json!({ "_id": "c-1", "at": 6, "text": "another event", "amendedBy": 9 }), "first"),
            (json!({ "_id": "c-1", "at": 5, "text": "edited", "amendedBy": 4, "editedAt": 7 }), "edited"),
            (json!({ "_id": "c-1", "at": 5, "text": "too late", "amendedBy": 3 }), "edited"),
            (json!({ "_id": "c-1", "at": 5, "text": "", "amendedBy": 8, "deletedAt": 9 }), ""),
        ] {
            block_on(renew(&engine, "events", source.as_object().unwrap())).unwrap();
            let stored: Option<Value> = block_on(engine.find_one("events", Filter::id("c-1"))).unwrap();
            assert_eq!(stored.unwrap()["text"], expected, "{source}");
        }
    }
}
