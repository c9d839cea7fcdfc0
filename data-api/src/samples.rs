//! Collections for the engine's tests: unique, partial and text indexes over every kind of field.

use crate::query::Direction::{Ascending, Descending};
use crate::schema::{CollectionSchema, Field, Index, Kind, Partial, TextIndex};

const fn text(path: &'static str) -> Field {
    Field { path, kind: Kind::Text }
}

const fn number(path: &'static str) -> Field {
    Field { path, kind: Kind::Number }
}

const fn boolean(path: &'static str) -> Field {
    Field { path, kind: Kind::Boolean }
}

/// Addresses and founders are unique among those who have one.
pub static USERS: CollectionSchema = CollectionSchema::new(
    "users",
    1,
    &[text("email"), boolean("founder")],
    &[
        Index::new(USERS_EMAIL, &[("email", Ascending)]).unique(),
        // The first admin alone has `founder: true`, so that making them is one insert that succeeds once.
        Index::new(USERS_FOUNDER, &[("founder", Ascending)]).unique(),
    ],
);

/// The index that a second user with the same address runs into.
pub const USERS_EMAIL: &str = "email_1";
/// The index that a second founder runs into.
pub const USERS_FOUNDER: &str = "founder_1";

/// A text and a number, each indexed by itself.
pub static SESSIONS: CollectionSchema = CollectionSchema::new(
    "sessions",
    1,
    &[text("userId"), number("expiresAt")],
    &[
        Index::new("userId_1", &[("userId", Ascending)]),
        Index::new("expiresAt_1", &[("expiresAt", Ascending)]),
    ],
);

/// Nothing is declared.
pub static CUSTOMERS: CollectionSchema = CollectionSchema::new("customers", 1, &[], &[]);

/// Listed in several orders.
pub static CONVERSATIONS: CollectionSchema = CollectionSchema::new(
    "conversations",
    2,
    &[number("updatedAt"), number("createdAt"), text("status"), text("customerId"), text("assignee.id")],
    &[
        Index::new("updatedAt_-1__id_-1", &[("updatedAt", Descending), ("_id", Descending)]),
        Index::new(
            "status_1_updatedAt_-1__id_-1",
            &[("status", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
        Index::new(
            "customerId_1_updatedAt_-1__id_-1",
            &[("customerId", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
        // An agent's own list. What is nobody's costs no row.
        Index::new(
            "assignee.id_1_updatedAt_-1__id_-1",
            &[("assignee.id", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        )
        .only(Partial::Present("assignee.id")),
        // Reports over a span of time.
        Index::new("createdAt_1", &[("createdAt", Ascending)]),
    ],
);

/// With full text.
pub static EVENTS: CollectionSchema = CollectionSchema::new(
    "events",
    2,
    &[text("conversationId"), number("seq"), text("kind"), number("at"), text("text")],
    &[
        Index::new(EVENTS_SEQ, &[("conversationId", Ascending), ("seq", Ascending)]).unique(),
        Index::new("at_1", &[("at", Ascending)]),
    ],
)
.with_text(TextIndex { name: "text_text", fields: &["text"] });

/// The index that a second event of the same `seq` in a conversation runs into.
pub const EVENTS_SEQ: &str = "conversationId_1_seq_1";

/// Nothing is declared.
pub static SETTINGS: CollectionSchema = CollectionSchema::new("settings", 1, &[], &[]);

/// All of them.
pub static COLLECTIONS: [&CollectionSchema; 6] =
    [&USERS, &SESSIONS, &CUSTOMERS, &CONVERSATIONS, &EVENTS, &SETTINGS];
