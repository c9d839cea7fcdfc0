//! What resources have in common: a document with a `revision`, which every change raises by compare and swap, so that none is
//! lost to another; and whose entries of the audit log wait in it. A deleted one stays, found by nobody, until the log has
//! its entry. Each says by its [`Kind`] what is its own. Tags are the exemplar, and their tests are those of this module.
//!
//! All of it is done to documents as they are, so that it is compiled once, not once for each resource. What knows a type is a
//! thin shell around it, which reads documents as that type and writes it as documents.

use std::cmp::{Ordering, Reverse};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Filter;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError, from_document, to_document};

use crate::audit::{self, Author, Entry, Told};
use crate::collection::{Collection, Renewal, id, number, text, unchanged};
use crate::shape::{Optional, Part, Required, Shape, Unfit};
use crate::{Kept, StoreError, Time, Working, fold, shape};

/// How often a change is tried again that another one overtook.
const ATTEMPTS: u32 = 5;

/// A resource, as stored.
pub(crate) trait Resource: Serialize + DeserializeOwned + 'static {
    /// What it is.
    const KIND: &'static Kind;
}

/// What a resource is, beside the type of its documents. They hold what [`KEPT`] says.
pub(crate) struct Kind {
    /// Of its collection.
    pub schema: &'static CollectionSchema,
    /// What one of them is, in a word, such as `tag`: to the audit log, and in [`StoreError::NotFound`].
    pub name: &'static str,
    /// The field that is unique, for [`StoreError::Taken`]; which cannot come about where none is.
    pub unique: &'static str,
    /// The fields that the audit log is told of while it is not deleted; null where one is missing. What is not among them is
    /// changed without the log saying how.
    pub told: &'static [&'static str],
}

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

/// Whether a document holds what those of all resources do, and these parts. Whether it can be read is for the resource to say
/// last, when it has said what it knows better.
pub(crate) fn check(document: &Document, parts: &[Part]) -> Result<(), Unfit> {
    shape::check(document, KEPT)?;
    shape::check(document, parts)
}

/// Whether the name of a document is as names are kept, and is folded beside that by [`fold::name`].
pub(crate) fn check_name(document: &Document) -> Result<(), Unfit> {
    let name = voxora_domain::text::name(text(document, "name"))
        .map_err(|why| Unfit::new("name", why.to_string()))?;
    let folded = fold::name(&name);
    if folded == text(document, "folded") {
        return Ok(());
    }
    Err(Unfit::new("folded", format!("must be the name folded: {folded}")))
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

/// A change to what is stored: what it said before, and what it says since, both as this version writes them.
type Change<'a> = dyn Fn(Document) -> Result<[Document; 2], StoreError> + 'a;

/// A change as whoever changes a resource says it.
type Revision<'a, R> = dyn Fn(&mut R) -> Result<(), StoreError> + 'a;

fn revised<R: Resource>(stored: Document, change: &Revision<'_, R>) -> Result<[Document; 2], StoreError> {
    let mut it: R = from_document(stored)?;
    let before = to_document(&it)?;
    change(&mut it)?;
    Ok([before, to_document(&it)?])
}

fn read<R: Resource>(document: Working<'_, Document>) -> Working<'_, R> {
    Box::pin(async { Ok(from_document(document.await?)?) })
}

fn is_deleted(document: &Document) -> bool {
    document.get("deleted").and_then(Value::as_bool).unwrap_or(false)
}

fn revision(document: &Document) -> u64 {
    document.get("revision").and_then(Value::as_u64).unwrap_or(0)
}

impl Kept<'_> {
    /// Whether there is something under each of these ids that is not archived; none of them twice.
    pub(crate) async fn are_usable(
        self,
        schema: &'static CollectionSchema,
        ids: Vec<String>,
    ) -> Result<bool, StoreError> {
        let wanted = ids.len();
        if wanted == 0 {
            return Ok(true);
        }
        let usable = there().and(Filter::eq("archived", false)).and(Filter::in_("_id", ids));
        let found = self.count(schema, usable).await?;
        Ok(usize::try_from(found).is_ok_and(|found| found == wanted))
    }
}

impl Kind {
    fn told(&self, document: &Document) -> Value {
        if is_deleted(document) {
            return Value::Null;
        }
        let told = |name: &&str| ((*name).to_owned(), document.get(*name).cloned().unwrap_or_default());
        Value::Object(self.told.iter().map(told).collect())
    }

    /// Puts the entry of the audit log into a document that says what became of `before`; of nothing, where it is new.
    fn note(
        &self,
        (author, action): (&Author, &str),
        before: Option<&Document>,
        after: &mut Document,
        at: Time,
    ) -> Result<(), StoreError> {
        let told = Told {
            action,
            kind: self.name,
            id: id(after),
            revision: revision(after),
            before: before.map_or(Value::Null, |before| self.told(before)),
            after: self.told(after),
        };
        let entry = Entry::new(author, at, told)?;
        audit::wait(after, entry);
        Ok(())
    }
}

/// For each type of documents there is a thin shell. What is below the shells works on documents as they are, and is compiled
/// once for all.
impl<'a> Kept<'a> {
    /// The one of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub(crate) fn one<R: Resource>(self, id: &impl ToString) -> Working<'a, R> {
        read(self.there(R::KIND, id.to_string()))
    }

    /// Makes one, once: a repeat under the same idempotency key, which gives its id, finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::KeyReused`], or when the document store fails.
    pub(crate) fn make<R: Resource>(self, new: &R, by: (&'a Author, &'a str)) -> Working<'a, R> {
        read(self.put(R::KIND, to_document(new), by))
    }

    /// Reads one, changes it, and stores it in the place of the version that was read (compare and swap): what another
    /// request changed meanwhile is not undone, field by field. With `seen`, only if it is still of that version. What
    /// changes nothing stores nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::Taken`], what `change` refuses, or when the document
    /// store fails.
    pub(crate) fn revise<R: Resource>(
        self,
        id: &impl ToString,
        seen: Option<u64>,
        by: (&'a Author, &'a str),
        change: impl Fn(&mut R) -> Result<(), StoreError> + 'a,
    ) -> Working<'a, R> {
        self.revise_by(id.to_string(), seen, by, Box::new(change))
    }

    fn revise_by<R: Resource>(
        self,
        id: String,
        seen: Option<u64>,
        by: (&'a Author, &'a str),
        change: Box<Revision<'a, R>>,
    ) -> Working<'a, R> {
        read(self.swap(R::KIND, id, seen, by, Box::new(move |stored| revised(stored, &*change))))
    }

    /// Deletes one, if `free` does not say what stands in the way. One that is gone already is deleted, too.
    ///
    /// # Errors
    /// [`StoreError::Changed`], what `free` refuses, or when the document store fails.
    pub(crate) async fn discard<R: Resource>(
        self,
        id: &impl ToString,
        seen: Option<u64>,
        by: (&Author, &str),
        free: impl AsyncFnOnce(R) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let id = id.to_string();
        let Some(found) = self.there_still(R::KIND, id.clone(), seen).await? else { return Ok(()) };
        let revision = revision(&found);
        free(from_document(found)?).await?;
        self.take_away(R::KIND, id, revision, by).await
    }

    /// The document of this id, unless it is deleted.
    fn there(self, kind: &'static Kind, id: String) -> Working<'a, Document> {
        Box::pin(async move {
            let found = self.documents.first(kind.schema.name, Filter::id(id)).await?;
            found.filter(|found| !is_deleted(found)).ok_or(StoreError::NotFound(kind.name))
        })
    }

    /// The same of one that is to be deleted, which may be gone already.
    fn there_still(
        self,
        kind: &'static Kind,
        id: String,
        seen: Option<u64>,
    ) -> Working<'a, Option<Document>> {
        Box::pin(async move {
            match self.there(kind, id).await {
                Err(StoreError::NotFound(_)) => Ok(None),
                Ok(found) if seen.is_some_and(|seen| seen != revision(&found)) => Err(StoreError::Changed),
                found => found.map(Some),
            }
        })
    }

    fn put(
        self,
        kind: &'static Kind,
        new: Result<Document, DataApiError>,
        by: (&'a Author, &'a str),
    ) -> Working<'a, Document> {
        Box::pin(async move {
            let mut new = new?;
            kind.note(by, None, &mut new, Time(self.now))?;
            match self.documents.insert(kind.schema.name, new.clone()).await {
                Ok(()) => Ok(new),
                // A repeat runs into its own unique field as well as into its own id.
                Err(DataApiError::DuplicateKey { .. }) => {
                    match self.documents.first(kind.schema.name, Filter::id(id(&new))).await? {
                        Some(stored) if stored.get("request") == new.get("request") => Ok(stored),
                        Some(_) => Err(StoreError::KeyReused),
                        None => Err(StoreError::Taken(kind.unique)),
                    }
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    fn swap(
        self,
        kind: &'static Kind,
        id: String,
        seen: Option<u64>,
        by: (&'a Author, &'a str),
        change: Box<Change<'a>>,
    ) -> Working<'a, Document> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                let stored = self.there(kind, id.clone()).await?;
                let revision = revision(&stored);
                if seen.is_some_and(|seen| seen != revision) {
                    return Err(StoreError::Changed);
                }
                let [before, mut after] = change(stored)?;
                if after == before {
                    return Ok(after);
                }
                after.insert("revision".to_owned(), (revision + 1).into());
                after.insert("updatedAt".to_owned(), Date(self.now).into());
                kind.note(by, Some(&before), &mut after, Time(self.now))?;
                let same = Filter::id(id.as_str()).and(Filter::eq("revision", revision));
                match self.documents.replace(kind.schema.name, same, after.clone(), false).await {
                    Ok(updated) if updated.matched_count > 0 => return Ok(after),
                    Ok(_) => {}
                    Err(DataApiError::DuplicateKey { .. }) => return Err(StoreError::Taken(kind.unique)),
                    Err(error) => return Err(error.into()),
                }
            }
            Err(StoreError::Changed)
        })
    }

    fn take_away<'b>(
        self,
        kind: &'static Kind,
        id: String,
        revision: u64,
        by: (&'b Author, &'b str),
    ) -> Working<'b, ()>
    where
        'a: 'b,
    {
        Box::pin(async move {
            // From here on nobody finds it. It goes when the audit log knows, which the job sees to should this not come so far.
            let delete = |before: Document| {
                let mut after = before.clone();
                after.insert("deleted".to_owned(), true.into());
                Ok([before, after])
            };
            self.swap(kind, id.clone(), Some(revision), by, Box::new(delete)).await?;
            audit::relay(&self.documents, kind.schema.name, &id, &by.0.request).await?;
            Ok(())
        })
    }
}
