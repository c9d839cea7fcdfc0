//! All collections of the product: what export, import, the migration tool and the Collection object go by.

use voxora_data_api::schema::CollectionSchema;

pub use crate::collection::{Collection, Renewal};
use crate::{
    audit, conversations, customers, events, invitations, mails, messages, sessions, settings, tags, users,
};

/// All of them.
pub static COLLECTIONS: [&Collection; 11] = [
    &users::COLLECTION,
    &sessions::COLLECTION,
    &customers::COLLECTION,
    &conversations::COLLECTION,
    &messages::COLLECTION,
    &events::COLLECTION,
    &settings::COLLECTION,
    &audit::COLLECTION,
    &tags::COLLECTION,
    &mails::COLLECTION,
    &invitations::COLLECTION,
];

/// The collection of this name.
#[must_use]
pub fn collection(name: &str) -> Option<&'static Collection> {
    COLLECTIONS.into_iter().find(|collection| collection.name() == name)
}

/// Its schema: what an embedded engine is opened with.
#[must_use]
pub fn schema(name: &str) -> Option<&'static CollectionSchema> {
    collection(name).map(|collection| collection.schema)
}
