//! What the product calls: documents in and out as Rust types, whichever engine keeps them.

use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::DataApiError;
use crate::contract::{
    Action, Aggregate, Answer, Delete, Find, FindOne, InsertMany, InsertOne, Operation, ReplaceOne,
    UpdateOperation, Updated,
};
use crate::document::{Document, from_document, from_documents, to_document};
use crate::query::{Filter, Pipeline, Update};

/// What an action comes to, for whoever awaits it. It is in a box, so that it is compiled once, however many do.
pub type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T, DataApiError>> + 'a>>;

/// A document store that speaks the Data API.
///
/// An implementation gives [`DataApi::run`]; the rest is convenience over it. What is typed of it is a thin shell over what
/// works on documents as they are: only the shell is compiled for each type.
#[allow(async_fn_in_trait, reason = "futures inside a Worker are never Send, and every caller is generic")]
pub trait DataApi {
    /// Carries out one action.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn run(&self, action: Action) -> Result<Answer, DataApiError>;

    /// Carries out one operation.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn act(&self, collection: &str, operation: Operation) -> Running<'_, Answer> {
        Box::pin(self.run(Action::new(collection, operation)))
    }

    /// This store without its type: what is written over [`Any`] is compiled once.
    fn any(&self) -> Any<'_>
    where
        Self: Sized,
    {
        Any(self)
    }

    /// The first document that matches, as it is.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn first(&self, collection: &str, filter: Filter) -> Running<'_, Option<Document>> {
        found_one(self.act(collection, Operation::FindOne(FindOne { filter, projection: None })))
    }

    /// The documents that match, as they are.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn documents(&self, collection: &str, find: Find) -> Running<'_, Vec<Document>> {
        found(self.act(collection, Operation::Find(find)))
    }

    /// The first document that matches.
    ///
    /// # Errors
    /// [`DataApiError`]; [`DataApiError::Decode`] when the document is not a `T`.
    async fn find_one<T: DeserializeOwned>(
        &self,
        collection: &str,
        filter: Filter,
    ) -> Result<Option<T>, DataApiError> {
        self.first(collection, filter).await?.map(from_document).transpose()
    }

    /// The documents that match.
    ///
    /// # Errors
    /// [`DataApiError`]; [`DataApiError::Decode`] when a document is not a `T`.
    async fn find<T: DeserializeOwned>(&self, collection: &str, find: Find) -> Result<Vec<T>, DataApiError> {
        from_documents(self.documents(collection, find).await?)
    }

    /// How many documents match.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn count(&self, collection: &str, filter: Filter) -> Running<'_, u64> {
        let pipeline = Pipeline::new().matching(filter).count("count");
        counted(self.aggregated(collection, pipeline))
    }

    /// What a pipeline makes of the documents, as it is.
    ///
    /// # Errors
    /// As of [`DataApi::aggregate`].
    fn aggregated(&self, collection: &str, pipeline: Pipeline) -> Running<'_, Vec<Document>> {
        found(self.act(collection, Operation::Aggregate(Aggregate { pipeline: pipeline.0 })))
    }

    /// What a pipeline makes of the documents.
    ///
    /// # Errors
    /// [`DataApiError`]; [`DataApiError::Decode`] when a result is not a `T`, [`DataApiError::TooLarge`] when there are
    /// more than the engine can hold: let a pipeline that does not group end in a limit.
    async fn aggregate<T: DeserializeOwned>(
        &self,
        collection: &str,
        pipeline: Pipeline,
    ) -> Result<Vec<T>, DataApiError> {
        from_documents(self.aggregated(collection, pipeline).await?)
    }

    /// Stores a new document, which brings its `_id`.
    ///
    /// # Errors
    /// [`DataApiError::DuplicateKey`] when a unique index stands against it; others, see there.
    fn insert_one(&self, collection: &str, document: &impl Serialize) -> Running<'_, ()> {
        match to_document(document) {
            Ok(document) => self.insert(collection, document),
            Err(error) => refused(error),
        }
    }

    /// The same of a document as it is.
    ///
    /// # Errors
    /// As of [`DataApi::insert_one`].
    fn insert(&self, collection: &str, document: Document) -> Running<'_, ()> {
        inserted(self.act(collection, Operation::InsertOne(InsertOne { document })))
    }

    /// Stores new documents in order. At the first that fails it stops, and those before it stay.
    ///
    /// # Errors
    /// [`DataApiError::DuplicateKey`] when a unique index stands against one; others, see there.
    fn insert_many(&self, collection: &str, documents: &[impl Serialize]) -> Running<'_, ()> {
        let mut new = Vec::with_capacity(documents.len());
        for document in documents {
            match to_document(document) {
                Ok(document) => new.push(document),
                Err(error) => return refused(error),
            }
        }
        inserted(self.act(collection, Operation::InsertMany(InsertMany { documents: new })))
    }

    /// Changes the first document that matches.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn update_one(&self, collection: &str, filter: Filter, update: Update) -> Running<'_, Updated> {
        updated(self.act(collection, Operation::UpdateOne(UpdateOperation { filter, update, upsert: false })))
    }

    /// Changes the document that matches, or inserts the one that the filter and the update describe.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn upsert_one(&self, collection: &str, filter: Filter, update: Update) -> Running<'_, Updated> {
        updated(self.act(collection, Operation::UpdateOne(UpdateOperation { filter, update, upsert: true })))
    }

    /// Changes every document that matches.
    ///
    /// # Errors
    /// [`DataApiError`], see there. Documents before the one that failed stay changed.
    fn update_many(&self, collection: &str, filter: Filter, update: Update) -> Running<'_, Updated> {
        updated(
            self.act(collection, Operation::UpdateMany(UpdateOperation { filter, update, upsert: false })),
        )
    }

    /// Puts a whole document in the place of the first that matches; with `upsert`, also where none does.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn replace_one(
        &self,
        collection: &str,
        filter: Filter,
        replacement: &impl Serialize,
        upsert: bool,
    ) -> Running<'_, Updated> {
        match to_document(replacement) {
            Ok(replacement) => self.replace(collection, filter, replacement, upsert),
            Err(error) => refused(error),
        }
    }

    /// The same with a document as it is.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn replace(
        &self,
        collection: &str,
        filter: Filter,
        replacement: Document,
        upsert: bool,
    ) -> Running<'_, Updated> {
        updated(self.act(collection, Operation::ReplaceOne(ReplaceOne { filter, replacement, upsert })))
    }

    /// Deletes the first document that matches; says whether there was one.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn delete_one(&self, collection: &str, filter: Filter) -> Running<'_, bool> {
        let deleted = deleted(self.act(collection, Operation::DeleteOne(Delete { filter })));
        Box::pin(async { Ok(deleted.await? > 0) })
    }

    /// Deletes every document that matches; says how many.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    fn delete_many(&self, collection: &str, filter: Filter) -> Running<'_, u64> {
        deleted(self.act(collection, Operation::DeleteMany(Delete { filter })))
    }
}

impl<D: DataApi> DataApi for &D {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        D::run(self, action).await
    }

    fn act(&self, collection: &str, operation: Operation) -> Running<'_, Answer> {
        D::act(self, collection, operation)
    }

    fn any(&self) -> Any<'_> {
        D::any(self)
    }
}

/// A document store of any type.
#[derive(Clone, Copy)]
pub struct Any<'a>(&'a dyn Act);

trait Act {
    fn act(&self, collection: &str, operation: Operation) -> Running<'_, Answer>;
}

impl<D: DataApi> Act for D {
    fn act(&self, collection: &str, operation: Operation) -> Running<'_, Answer> {
        DataApi::act(self, collection, operation)
    }
}

impl DataApi for Any<'_> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        self.0.act(&action.collection, action.operation).await
    }

    fn act(&self, collection: &str, operation: Operation) -> Running<'_, Answer> {
        self.0.act(collection, operation)
    }

    fn any(&self) -> Any<'_> {
        *self
    }
}

fn inserted(answer: Running<'_, Answer>) -> Running<'_, ()> {
    Box::pin(async {
        match answer.await? {
            Answer::Inserted(_) | Answer::InsertedMany(_) => Ok(()),
            _ => Err(wrong_answer()),
        }
    })
}

fn found_one(answer: Running<'_, Answer>) -> Running<'_, Option<Document>> {
    Box::pin(async {
        match answer.await? {
            Answer::Document(found) => Ok(found.document),
            _ => Err(wrong_answer()),
        }
    })
}

fn counted(documents: Running<'_, Vec<Document>>) -> Running<'_, u64> {
    Box::pin(async {
        match documents.await?.first() {
            // Where nothing matches there is nothing to count, and no document.
            None => Ok(0),
            Some(counted) => counted.get("count").and_then(Value::as_u64).ok_or_else(wrong_answer),
        }
    })
}

fn found(answer: Running<'_, Answer>) -> Running<'_, Vec<Document>> {
    Box::pin(async {
        match answer.await? {
            Answer::Documents(found) => Ok(found.documents),
            _ => Err(wrong_answer()),
        }
    })
}

fn updated(answer: Running<'_, Answer>) -> Running<'_, Updated> {
    Box::pin(async {
        match answer.await? {
            Answer::Updated(updated) => Ok(updated),
            _ => Err(wrong_answer()),
        }
    })
}

fn deleted(answer: Running<'_, Answer>) -> Running<'_, u64> {
    Box::pin(async {
        match answer.await? {
            Answer::Deleted(deleted) => Ok(deleted.deleted_count),
            _ => Err(wrong_answer()),
        }
    })
}

/// What was refused before it began.
fn refused<'a, T: 'a>(error: DataApiError) -> Running<'a, T> {
    Box::pin(std::future::ready(Err(error)))
}

fn wrong_answer() -> DataApiError {
    DataApiError::Decode("the answer belongs to another action".into())
}
