//! What resources have in common: a document with a `revision`, which every change raises by compare and swap, so that none is
//! lost to another; and whose entries of the audit log wait in it. A deleted one stays, found by nobody, until the log has
//! its entry. Each says by [`Resource`] what is its own. Tags are the exemplar, and their tests are those of this module.

use std::cmp::{Ordering, Reverse};
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_data_api::document::Document;
use voxora_data_api::query::Filter;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};

use crate::audit::{self, Author, Entry, Told};
use crate::collection::{Collection, Renewal, id, number, unchanged};
use crate::shape::{Optional, Part, Required, Shape, Unfit};
use crate::{Store, StoreError, Time, shape};

/// How often a change is tried again that another one overtook.
const ATTEMPTS: u32 = 5;

/// A resource, as stored.
pub(crate) trait Resource: Clone + PartialEq + Serialize + DeserializeOwned {
    /// Of its collection.
    const SCHEMA: &'static CollectionSchema;
    /// What one of them is, in a word, such as `tag`: to the audit log, and in [`StoreError::NotFound`].
    const KIND: &'static str;
    /// The field that is unique, for [`StoreError::Taken`]; which cannot come about where none is.
    const UNIQUE: &'static str;

    /// What the audit log tells of it while it is not deleted. What is not in here is changed without the log saying how.
    fn told(&self) -> Value;

    /// Its `_id`.
    fn id(&self) -> String;
    /// How often it was changed, from 1 on.
    fn revision(&self) -> u64;
    /// A digest of the request that made it, by which a repeat is known.
    fn request(&self) -> Option<&str>;
    /// Whether it is only there still for its entries.
    fn is_deleted(&self) -> bool;
    /// Has it deleted.
    fn set_deleted(&mut self);
    /// Makes it its next version, as of this time.
    fn raise(&mut self, now: Time);
    /// When it was last changed.
    fn updated_at(&self) -> Time;
    /// Entries of the audit log that it has not got yet.
    fn unaudited(&mut self) -> &mut Vec<Entry>;
}

/// What [`Resource`] asks for beside what the log is told, from the fields of those names: `id`, `revision`, `request`,
/// `deleted`, `updated_at` and `unaudited`.
macro_rules! kept {
    () => {
        fn id(&self) -> String {
            self.id.to_string()
        }

        fn revision(&self) -> u64 {
            self.revision
        }

        fn request(&self) -> Option<&str> {
            self.request.as_deref()
        }

        fn is_deleted(&self) -> bool {
            self.deleted
        }

        fn set_deleted(&mut self) {
            self.deleted = true;
        }

        fn raise(&mut self, now: $crate::Time) {
            self.revision += 1;
            self.updated_at = now;
        }

        fn updated_at(&self) -> $crate::Time {
            self.updated_at
        }

        fn unaudited(&mut self) -> &mut Vec<$crate::audit::Entry> {
            &mut self.unaudited
        }
    };
}
pub(crate) use kept;

/// The collection of a resource whose documents are as this version stores them. Of two versions of one, that of the higher
/// `revision` wins.
pub(crate) const fn collection(
    schema: &'static CollectionSchema,
    check: fn(&Document) -> Result<(), Unfit>,
) -> Collection {
    Collection { schema, movable: true, upgrade: unchanged, check, newer, renewal }
}

/// What documents of all resources hold.
const KEPT: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("version", Required, Shape::Seq),
    ("revision", Required, Shape::Seq),
    ("request", Optional, Shape::Text),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Required, Shape::Date),
    audit::WAITING,
    ("deleted", Optional, Shape::Boolean),
];

/// Whether a document holds what those of all resources do, and these parts, and can be read as `T`.
pub(crate) fn check<T: Resource>(document: &Document, parts: &[Part]) -> Result<(), Unfit> {
    shape::check(document, KEPT)?;
    shape::check_as::<T>(document, parts)
}

/// Which of two versions is newer: that of the higher `revision`, or the one of which the audit log has more.
pub(crate) fn newer(source: &Document, target: &Document) -> Option<Ordering> {
    let rank = |document| (number(document, "revision"), Reverse(audit::waiting(document)));
    Some(rank(source).cmp(&rank(target))).filter(|order| order.is_ne())
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
pub(crate) fn renewal(source: &Document) -> Option<Renewal> {
    Some(Renewal::Replace(Filter::id(id(source)).and(Filter::lte("revision", number(source, "revision")))))
}

/// What a list begins with: those that are not deleted.
pub(crate) fn there() -> Filter {
    Filter::ne("deleted", true)
}

/// The entry of the audit log that says what became of `before`; of nothing, where it is new.
fn entry<R: Resource>(author: &Author, action: &str, before: Option<&R>, after: &R) -> Entry {
    let told = |it: &R| if it.is_deleted() { Value::Null } else { it.told() };
    let (id, revision) = (after.id(), after.revision());
    let (before, after_told) = (before.map_or(Value::Null, told), told(after));
    let told = Told { action, kind: R::KIND, id, revision, before, after: after_told };
    Entry::new(author, after.updated_at(), told)
}

impl<D: DataApi> Store<D> {
    /// The one of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub(crate) async fn one<R: Resource>(&self, id: impl Display) -> Result<R, StoreError> {
        let found: Option<R> = self.stored(id).await?;
        found.filter(|found| !found.is_deleted()).ok_or(StoreError::NotFound(R::KIND))
    }

    async fn stored<R: Resource>(&self, id: impl Display) -> Result<Option<R>, StoreError> {
        Ok(self.documents.find_one(R::SCHEMA.name, Filter::id(id.to_string())).await?)
    }

    /// Makes one, once: a repeat under the same idempotency key, which gives its id, finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::KeyReused`], or when the document store fails.
    pub(crate) async fn make<R: Resource>(
        &self,
        mut new: R,
        (author, action): (&Author, &str),
    ) -> Result<R, StoreError> {
        let entry = entry(author, action, None, &new);
        new.unaudited().push(entry);
        match self.documents.insert_one(R::SCHEMA.name, &new).await {
            Ok(()) => Ok(new),
            // A repeat runs into its own unique field as well as into its own id.
            Err(DataApiError::DuplicateKey { .. }) => match self.stored::<R>(new.id()).await? {
                Some(stored) if stored.request() == new.request() => Ok(stored),
                Some(_) => Err(StoreError::KeyReused),
                None => Err(StoreError::Taken(R::UNIQUE)),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Reads one, changes it, and stores it in the place of the version that was read (compare and swap): what another
    /// request changed meanwhile is not undone, field by field. With `seen`, only if it is still of that version. What
    /// changes nothing stores nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::Taken`], what `change` refuses, or when the document
    /// store fails.
    pub(crate) async fn revise<R: Resource>(
        &self,
        id: impl Display,
        seen: Option<u64>,
        (author, action): (&Author, &str),
        change: impl Fn(&mut R) -> Result<(), StoreError>,
    ) -> Result<R, StoreError> {
        for _ in 0..ATTEMPTS {
            let before: R = self.one(&id).await?;
            if seen.is_some_and(|seen| seen != before.revision()) {
                return Err(StoreError::Changed);
            }
            let mut after = before.clone();
            change(&mut after)?;
            if after == before {
                return Ok(after);
            }
            after.raise(Time(self.now));
            let entry = entry(author, action, Some(&before), &after);
            after.unaudited().push(entry);
            let same = Filter::id(id.to_string()).and(Filter::eq("revision", before.revision()));
            match self.documents.replace_one(R::SCHEMA.name, same, &after, false).await {
                Ok(updated) if updated.matched_count > 0 => return Ok(after),
                Ok(_) => {}
                Err(DataApiError::DuplicateKey { .. }) => return Err(StoreError::Taken(R::UNIQUE)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Changed)
    }

    /// Deletes one, if `free` does not say what stands in the way. One that is gone already is deleted, too.
    ///
    /// # Errors
    /// [`StoreError::Changed`], what `free` refuses, or when the document store fails.
    pub(crate) async fn discard<R: Resource>(
        &self,
        id: impl Display,
        seen: Option<u64>,
        (author, action): (&Author, &str),
        free: impl AsyncFnOnce(&R) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let found: R = match self.one(&id).await {
            Err(StoreError::NotFound(_)) => return Ok(()),
            found => found?,
        };
        if seen.is_some_and(|seen| seen != found.revision()) {
            return Err(StoreError::Changed);
        }
        free(&found).await?;
        // From here on nobody finds it. It goes when the audit log knows, which the job sees to should this not come so far.
        let delete = |it: &mut R| {
            it.set_deleted();
            Ok(())
        };
        self.revise(&id, Some(found.revision()), (author, action), delete).await?;
        audit::relay(&self.documents, R::SCHEMA.name, &id.to_string(), &author.request).await?;
        Ok(())
    }
}
