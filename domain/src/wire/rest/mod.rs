//! The bodies of the REST API, one file a resource. `docs/API.md` says which route takes and gives which, and the
//! conventions they share.
//!
//! Each file has a `declare` beside its types, which names those that TypeScript gets; a test fails when one is missing.
//! How a request's body is read is the edge's matter: there an unknown field, a `null` that means nothing and an array in
//! place of an object are refused for every type, so that no type has to say so.

mod account;
mod conversations;
mod departments;
mod documents;
mod health;
mod invitations;
mod jobs;
mod mail;
mod outbox;
mod problem;
mod roles;
mod sessions;
mod settings;
mod setup;
mod tags;
mod users;
mod widget;

use serde::{Deserialize, Serialize};

pub use account::*;
pub use conversations::*;
pub use departments::*;
pub use documents::*;
pub use health::*;
pub use invitations::*;
pub use jobs::*;
pub use mail::*;
pub use outbox::*;
pub use problem::*;
pub use roles::*;
pub use sessions::*;
pub use settings::*;
pub use setup::*;
pub use tags::*;
pub use users::*;
pub use widget::*;

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "{T}List"))]
pub struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::tests::Declarations) {
    users::declare(out);
    invitations::declare(out);
    setup::declare(out);
    sessions::declare(out);
    account::declare(out);
    widget::declare(out);
    conversations::declare(out);
    out.add::<List<super::ConversationSummary>>();
    tags::declare(out);
    departments::declare(out);
    roles::declare(out);
    problem::declare(out);
    health::declare(out);
    documents::declare(out);
    outbox::declare(out);
    jobs::declare(out);
    settings::declare(out);
    mail::declare(out);
}
