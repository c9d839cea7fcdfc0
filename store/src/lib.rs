//! What the product keeps for good: documents, a file a collection.
//!
//! Each file has its collection's schema, its document type, its queries, which of two versions wins, and tests on the
//! embedded engine. [`collections`] lists them all; export, import, the migration tool and the Collection object read that
//! list. Everything works over any [`DataApi`], natively and in a Worker.
//!
//! Documents are what a MongoDB user expects: names in camelCase, ids as text, times as dates, and `version`, the version
//! of the document's own shape. What the version before stored is read as well; where the two differ, the file says how.

pub mod accounts;
pub mod audit;
pub mod collection;
pub mod collections;
pub mod conversations;
pub mod credentials;
pub mod customers;
pub mod email;
pub mod events;
pub mod fold;
pub mod invitations;
pub mod log;
pub mod mails;
pub mod messages;
pub mod one_time;
pub mod password;
mod resource;
pub mod sessions;
pub mod settings;
mod shape;
pub mod tags;
#[cfg(test)]
mod testing;
mod time;
pub mod users;

use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::Keys;

pub use shape::Unfit;
pub use time::Time;

/// The documents of a deployment, as of a moment.
pub struct Store<D> {
    /// Who keeps them.
    pub documents: D,
    /// When it is.
    pub now: Millis,
}

impl<D: DataApi> Store<D> {
    /// Members of the team.
    pub const fn users(&self) -> users::Users<'_, D> {
        users::Users(self)
    }

    /// Their sign-ins. `keys` are the deployment's, which sign refresh tokens.
    pub const fn sessions<'a>(&'a self, keys: &'a Keys) -> sessions::Sessions<'a, D> {
        sessions::Sessions { store: self, keys, seconds: sessions::SECONDS }
    }

    /// How they prove who they are.
    pub const fn accounts(&self) -> accounts::Accounts<'_, D> {
        accounts::Accounts(self)
    }

    /// The deployment's settings.
    pub const fn settings(&self) -> settings::Settings<'_, D> {
        settings::Settings(self)
    }

    /// Mails.
    pub const fn mails(&self) -> mails::Mails<'_, D> {
        mails::Mails(self)
    }

    /// Invitations into the team.
    pub const fn invitations(&self) -> invitations::Invitations<'_, D> {
        invitations::Invitations(self)
    }

    /// The team's tags.
    pub const fn tags(&self) -> tags::Tags<'_, D> {
        tags::Tags(self)
    }

    /// Conversations as lists show them.
    pub const fn conversations(&self) -> conversations::Conversations<'_, D> {
        conversations::Conversations(self)
    }
}

/// Why the store did not do as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// The first admin exists already.
    #[error("the first admin exists already")]
    AlreadySetUp,
    /// There is no such session, it has ended, or the token is not one of its own.
    #[error("the session has ended")]
    SessionEnded,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It has changed since the version that the change was meant for.
    #[error("it has changed since")]
    Changed,
    /// Another one has this value of a field that is unique.
    #[error("another one has this {0}")]
    Taken(&'static str),
    /// What was made under this idempotency key was asked for otherwise.
    #[error("the idempotency key is that of another request")]
    KeyReused,
    /// So many others still refer to it.
    #[error("{0} still refer to it")]
    InUse(u64),
    /// It is archived.
    #[error("it is archived")]
    Archived,
    /// The link was used, a later one was made, or it is too old.
    #[error("the link is not good any more")]
    LinkSpent,
    /// There would be no active admin any more.
    #[error("somebody must be an admin who can sign in")]
    LastAdmin,
    /// It was accepted or revoked, another link has taken this one's place, or its time is over.
    #[error("the invitation is over")]
    InvitationOver,
    /// There is no account with this address and password.
    #[error("there is no account with this e-mail address and password")]
    WrongCredentials,
    /// Something that cannot happen did: no randomness, or a stored password that is none.
    #[error("{0}")]
    Internal(String),
    /// The document store.
    #[error(transparent)]
    Documents(#[from] DataApiError),
}
