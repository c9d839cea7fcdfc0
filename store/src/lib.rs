//! What the product keeps for good: documents, a file a collection.
//!
//! Each file has its collection's schema, its document type, its queries, which of two versions wins, and tests on the
//! embedded engine. [`collections`] lists them all; export, import, the migration tool and the Collection object read that
//! list. Everything works over any [`DataApi`], natively and in a Worker, and is compiled once: over [`Any`], in boxes
//! ([`Working`]), on documents as they are up to where a type is read.
//!
//! Documents are what a MongoDB user expects: names in camelCase, ids as text, times as dates, and `version`, the version
//! of the document's own shape. What the version before stored is read as well; where the two differ, the file says how.

#![allow(
    clippy::must_use_candidate,
    reason = "nearly all that is returned are futures, of which rustc says so itself"
)]

pub mod accounts;
pub mod audit;
pub mod collection;
pub mod collections;
pub mod conversations;
pub mod credentials;
pub mod customers;
pub mod departments;
pub mod directory;
pub mod email;
pub mod events;
pub mod fold;
pub mod invitations;
pub mod log;
pub mod mails;
pub mod messages;
pub mod names;
pub mod one_time;
pub mod password;
mod resource;
pub mod roles;
pub mod sessions;
pub mod settings;
mod shape;
pub mod tags;
#[cfg(test)]
mod testing;
mod time;
pub mod users;

use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::task::Poll;

use serde::de::DeserializeOwned;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::query::Filter;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{Any, DataApi, DataApiError, Running, from_document, from_documents};
use voxora_domain::Millis;
use voxora_domain::access::Keys;

pub use shape::Unfit;
pub use time::Time;

/// The documents of a deployment, as of a moment.
#[derive(Clone, Copy)]
pub struct Store<D> {
    /// Who keeps them.
    pub documents: D,
    /// When it is.
    pub now: Millis,
}

/// The same without its type: what is written over it is compiled once, whoever keeps the documents.
pub(crate) type Kept<'a> = Store<Any<'a>>;

/// What becomes of work, for whoever awaits it. It is in a box, so that it is compiled once, however many do.
pub type Working<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + 'a>>;

impl<D: DataApi> Store<D> {
    fn any(&self) -> Kept<'_> {
        Store { documents: self.documents.any(), now: self.now }
    }

    /// Members of the team.
    pub fn users(&self) -> users::Users<'_> {
        users::Users(self.any())
    }

    /// Their sign-ins. `keys` are the deployment's, which sign refresh tokens.
    pub fn sessions<'a>(&'a self, keys: &'a Keys) -> sessions::Sessions<'a> {
        sessions::Sessions { store: self.any(), keys, seconds: sessions::SECONDS }
    }

    /// How they prove who they are.
    pub fn accounts(&self) -> accounts::Accounts<'_> {
        accounts::Accounts(self.any())
    }

    /// The deployment's settings.
    pub fn settings(&self) -> settings::Settings<'_> {
        settings::Settings(self.any())
    }

    /// Mails.
    pub fn mails(&self) -> mails::Mails<'_> {
        mails::Mails(self.any())
    }

    /// Invitations into the team.
    pub fn invitations(&self) -> invitations::Invitations<'_> {
        invitations::Invitations(self.any())
    }

    /// The team's tags.
    pub fn tags(&self) -> tags::Tags<'_> {
        tags::Tags(self.any())
    }

    /// The roles that the team has made.
    pub fn roles(&self) -> roles::Roles<'_> {
        roles::Roles(self.any())
    }

    /// The team's departments.
    pub fn departments(&self) -> departments::Departments<'_> {
        departments::Departments(self.any())
    }

    /// What the inbox knows of the team.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn directory(&self) -> Working<'_, voxora_domain::directory::Directory> {
        directory::read(self.any())
    }

    /// Conversations as lists show them.
    pub fn conversations(&self) -> conversations::Conversations<'_> {
        conversations::Conversations(self.any())
    }
}

impl<'a> Kept<'a> {
    /// The documents of a collection that are wanted.
    fn list<T: DeserializeOwned + 'a>(
        self,
        schema: &'static CollectionSchema,
        find: Find,
    ) -> Working<'a, Vec<T>> {
        let found = self.found(schema, find);
        Box::pin(async { Ok(from_documents(found.await?)?) })
    }

    fn found(self, schema: &'static CollectionSchema, find: Find) -> Running<'a, Vec<Document>> {
        Box::pin(async move { self.documents.documents(schema.name, find).await })
    }

    /// The document of a collection that matches.
    fn find<T: DeserializeOwned + 'a>(
        self,
        schema: &'static CollectionSchema,
        filter: Filter,
    ) -> Working<'a, Option<T>> {
        let found = self.found_one(schema, filter);
        Box::pin(async { Ok(found.await?.map(from_document).transpose()?) })
    }

    fn found_one(self, schema: &'static CollectionSchema, filter: Filter) -> Running<'a, Option<Document>> {
        Box::pin(async move { self.documents.first(schema.name, filter).await })
    }

    /// How many documents of a collection match.
    fn count(self, schema: &'static CollectionSchema, filter: Filter) -> Working<'a, u64> {
        Box::pin(async move { Ok(self.documents.count(schema.name, filter).await?) })
    }
}

/// What is refused before it begins.
fn refused<'a, T: 'a>(error: StoreError) -> Working<'a, T> {
    Box::pin(ready(Err(error)))
}

/// What all of these come to, in their order; they are under way at once. It is a quarter of what `try_join_all` takes, which is
/// for very many.
fn all(mut works: Vec<Working<'_, u64>>) -> Working<'_, Vec<u64>> {
    let mut ended = vec![None; works.len()];
    Box::pin(poll_fn(move |context| {
        for (work, ended) in works.iter_mut().zip(&mut ended) {
            if ended.is_none()
                && let Poll::Ready(count) = work.as_mut().poll(context)
            {
                *ended = Some(count?);
            }
        }
        match ended.iter().copied().collect() {
            Some(counts) => Poll::Ready(Ok(counts)),
            None => Poll::Pending,
        }
    }))
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
    /// So many others still refer to it: who, and what to do instead, to be read after the number.
    #[error("{0} {1}")]
    InUse(u64, &'static str),
    /// It goes beyond what whoever asks may do themselves.
    #[error("it goes beyond what one may do oneself")]
    Beyond,
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
