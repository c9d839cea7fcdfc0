//! Every collection of the product with its declared fields and indexes, in one place.
//!
//! A declared field promises that it holds one value of its kind, null, or nothing, and that no part of its path is an
//! array. The engine keeps that promise on every write; in return filters on the field use an index, and documents can
//! be sorted by it whatever their number. Fields that are not declared may hold anything.
//!
//! Whoever changes a collection here raises its `version`: the change is then made to what is already stored, on the
//! next opening. A unique index covers the documents that have a value there (MongoDB: a partial index on the type).

use crate::query::Direction::{self, Ascending, Descending};

/// A collection as declared.
#[derive(Debug, Clone, Copy)]
pub struct CollectionSchema {
    /// Its name.
    pub name: &'static str,
    /// Raised with every change of what follows.
    pub version: u32,
    /// The fields that filters and sorts rely on. `_id` is always one of them and is not listed.
    pub fields: &'static [Field],
    /// The indexes, `_id`'s own aside.
    pub indexes: &'static [Index],
}

/// A declared field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its dotted path.
    pub path: &'static str,
    /// What it holds when it holds something.
    pub kind: Kind,
}

/// What a declared field may hold, apart from null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number or a double.
    Number,
    /// A boolean.
    Boolean,
}

/// An index over declared fields.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its name in MongoDB's manner. A duplicate key error carries it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [(&'static str, Direction)],
    /// Whether no two documents may have the same values.
    pub unique: bool,
}

const fn text(path: &'static str) -> Field {
    Field { path, kind: Kind::Text }
}

const fn number(path: &'static str) -> Field {
    Field { path, kind: Kind::Number }
}

const fn boolean(path: &'static str) -> Field {
    Field { path, kind: Kind::Boolean }
}

/// Members of the team.
pub static USERS: CollectionSchema = CollectionSchema {
    name: "users",
    version: 1,
    fields: &[text("email"), boolean("founder")],
    indexes: &[
        Index { name: USERS_EMAIL, keys: &[("email", Ascending)], unique: true },
        // The first admin alone has `founder: true`, so that making them is one insert that succeeds once.
        Index { name: USERS_FOUNDER, keys: &[("founder", Ascending)], unique: true },
    ],
};

/// The index that a second user with the same address runs into.
pub const USERS_EMAIL: &str = "email_1";
/// The index that a second founder runs into.
pub const USERS_FOUNDER: &str = "founder_1";

/// Sign-ins of users.
pub static SESSIONS: CollectionSchema = CollectionSchema {
    name: "sessions",
    version: 1,
    fields: &[text("userId"), number("expiresAt")],
    indexes: &[
        Index { name: "userId_1", keys: &[("userId", Ascending)], unique: false },
        Index { name: "expiresAt_1", keys: &[("expiresAt", Ascending)], unique: false },
    ],
};

/// Visitors who have written something.
pub static CUSTOMERS: CollectionSchema =
    CollectionSchema { name: "customers", version: 1, fields: &[], indexes: &[] };

/// Conversations as lists show them; the rooms hold the truth.
pub static CONVERSATIONS: CollectionSchema = CollectionSchema {
    name: "conversations",
    version: 1,
    fields: &[number("updatedAt"), text("status"), text("customerId")],
    indexes: &[
        Index {
            name: "updatedAt_-1__id_-1",
            keys: &[("updatedAt", Descending), ("_id", Descending)],
            unique: false,
        },
        Index {
            name: "status_1_updatedAt_-1__id_-1",
            keys: &[("status", Ascending), ("updatedAt", Descending), ("_id", Descending)],
            unique: false,
        },
        Index {
            name: "customerId_1_updatedAt_-1__id_-1",
            keys: &[("customerId", Ascending), ("updatedAt", Descending), ("_id", Descending)],
            unique: false,
        },
    ],
};

/// What happened in conversations: their rooms' logs, event by event. `_id` is the event's own id.
pub static EVENTS: CollectionSchema = CollectionSchema {
    name: "events",
    version: 1,
    fields: &[text("conversationId"), number("seq"), text("kind"), number("at")],
    indexes: &[
        Index { name: EVENTS_SEQ, keys: &[("conversationId", Ascending), ("seq", Ascending)], unique: true },
        Index { name: "at_1", keys: &[("at", Ascending)], unique: false },
    ],
};

/// The index that a second event of the same `seq` in a conversation runs into.
pub const EVENTS_SEQ: &str = "conversationId_1_seq_1";

/// The deployment's settings.
pub static SETTINGS: CollectionSchema =
    CollectionSchema { name: "settings", version: 1, fields: &[], indexes: &[] };

/// All of them.
pub static COLLECTIONS: [&CollectionSchema; 6] =
    [&USERS, &SESSIONS, &CUSTOMERS, &CONVERSATIONS, &EVENTS, &SETTINGS];

/// The collection of this name.
#[must_use]
pub fn collection(name: &str) -> Option<&'static CollectionSchema> {
    COLLECTIONS.into_iter().find(|schema| schema.name == name)
}
