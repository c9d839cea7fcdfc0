//! What the product calls: documents in and out as Rust types, whichever engine keeps them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_domain::json;

use crate::DataApiError;
use crate::contract::{
    Action, Aggregate, Answer, Delete, Find, FindOne, InsertMany, InsertOne, Operation, ReplaceOne,
    UpdateOperation, Updated,
};
use crate::document::Document;
use crate::query::{Filter, Pipeline, Update, to_document};

/// A document store that speaks the Data API.
///
/// An implementation gives [`DataApi::run`]; the rest is typed convenience over it.
#[allow(async_fn_in_trait, reason = "futures inside a Worker are never Send, and every caller is generic")]
pub trait DataApi {
    /// Carries out one action.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn run(&self, action: Action) -> Result<Answer, DataApiError>;

    /// The first document that matches.
    ///
    /// # Errors
    /// [`DataApiError`]; [`DataApiError::Decode`] when the document is not a `T`.
    async fn find_one<T: DeserializeOwned>(
        &self,
        collection: &str,
        filter: Filter,
    ) -> Result<Option<T>, DataApiError> {
        let operation = Operation::FindOne(FindOne { filter, projection: None });
        match self.run(Action::new(collection, operation)).await? {
            Answer::Document(found) => found.document.map(from_document).transpose(),
            _ => Err(wrong_answer()),
        }
    }

    /// The documents that match.
    ///
    /// # Errors
    /// [`DataApiError`]; [`DataApiError::Decode`] when a document is not a `T`.
    async fn find<T: DeserializeOwned>(&self, collection: &str, find: Find) -> Result<Vec<T>, DataApiError> {
        match self.run(Action::new(collection, Operation::Find(find))).await? {
            Answer::Documents(found) => found.documents.into_iter().map(from_document).collect(),
            _ => Err(wrong_answer()),
        }
    }

    /// How many documents match.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn count(&self, collection: &str, filter: Filter) -> Result<u64, DataApiError> {
        #[derive(Deserialize)]
        struct Counted {
            count: u64,
        }
        let pipeline = Pipeline::new().matching(filter).count("count");
        let counted: Vec<Counted> = self.aggregate(collection, pipeline).await?;
        // Where nothing matches there is nothing to count, and no document.
        Ok(counted.first().map_or(0, |counted| counted.count))
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
        let operation = Operation::Aggregate(Aggregate { pipeline: pipeline.0 });
        match self.run(Action::new(collection, operation)).await? {
            Answer::Documents(found) => found.documents.into_iter().map(from_document).collect(),
            _ => Err(wrong_answer()),
        }
    }

    /// Stores a new document, which brings its `_id`.
    ///
    /// # Errors
    /// [`DataApiError::DuplicateKey`] when a unique index stands against it; others, see there.
    async fn insert_one(&self, collection: &str, document: &impl Serialize) -> Result<(), DataApiError> {
        let operation = Operation::InsertOne(InsertOne { document: to_document(document)? });
        match self.run(Action::new(collection, operation)).await? {
            Answer::Inserted(_) => Ok(()),
            _ => Err(wrong_answer()),
        }
    }

    /// Stores new documents in order. At the first that fails it stops, and those before it stay.
    ///
    /// # Errors
    /// [`DataApiError::DuplicateKey`] when a unique index stands against one; others, see there.
    async fn insert_many(&self, collection: &str, documents: &[impl Serialize]) -> Result<(), DataApiError> {
        let documents = documents.iter().map(to_document).collect::<Result<Vec<_>, _>>()?;
        let operation = Operation::InsertMany(InsertMany { documents });
        match self.run(Action::new(collection, operation)).await? {
            Answer::InsertedMany(_) => Ok(()),
            _ => Err(wrong_answer()),
        }
    }

    /// Changes the first document that matches.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn update_one(
        &self,
        collection: &str,
        filter: Filter,
        update: Update,
    ) -> Result<Updated, DataApiError> {
        let operation = Operation::UpdateOne(UpdateOperation { filter, update, upsert: false });
        updated(self.run(Action::new(collection, operation)).await?)
    }

    /// Changes the document that matches, or inserts the one that the filter and the update describe.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn upsert_one(
        &self,
        collection: &str,
        filter: Filter,
        update: Update,
    ) -> Result<Updated, DataApiError> {
        let operation = Operation::UpdateOne(UpdateOperation { filter, update, upsert: true });
        updated(self.run(Action::new(collection, operation)).await?)
    }

    /// Changes every document that matches.
    ///
    /// # Errors
    /// [`DataApiError`], see there. Documents before the one that failed stay changed.
    async fn update_many(
        &self,
        collection: &str,
        filter: Filter,
        update: Update,
    ) -> Result<Updated, DataApiError> {
        let operation = Operation::UpdateMany(UpdateOperation { filter, update, upsert: false });
        updated(self.run(Action::new(collection, operation)).await?)
    }

    /// Puts a whole document in the place of the first that matches; with `upsert`, also where none does.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn replace_one(
        &self,
        collection: &str,
        filter: Filter,
        replacement: &impl Serialize,
        upsert: bool,
    ) -> Result<Updated, DataApiError> {
        let replacement = to_document(replacement)?;
        let operation = Operation::ReplaceOne(ReplaceOne { filter, replacement, upsert });
        updated(self.run(Action::new(collection, operation)).await?)
    }

    /// Deletes the first document that matches; says whether there was one.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn delete_one(&self, collection: &str, filter: Filter) -> Result<bool, DataApiError> {
        let operation = Operation::DeleteOne(Delete { filter });
        Ok(deleted(&self.run(Action::new(collection, operation)).await?)? > 0)
    }

    /// Deletes every document that matches; says how many.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    async fn delete_many(&self, collection: &str, filter: Filter) -> Result<u64, DataApiError> {
        deleted(&self.run(Action::new(collection, Operation::DeleteMany(Delete { filter }))).await?)
    }
}

impl<D: DataApi> DataApi for &D {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        D::run(self, action).await
    }
}

fn from_document<T: DeserializeOwned>(document: Document) -> Result<T, DataApiError> {
    // serde's own message can quote values: documents hold people's data, and messages end up in logs.
    json::from_value(Value::Object(document))
        .map_err(|_| DataApiError::Decode(format!("a document is not a {}", std::any::type_name::<T>())))
}

fn updated(answer: Answer) -> Result<Updated, DataApiError> {
    match answer {
        Answer::Updated(updated) => Ok(updated),
        _ => Err(wrong_answer()),
    }
}

fn deleted(answer: &Answer) -> Result<u64, DataApiError> {
    match answer {
        Answer::Deleted(deleted) => Ok(deleted.deleted_count),
        _ => Err(wrong_answer()),
    }
}

fn wrong_answer() -> DataApiError {
    DataApiError::Decode("the answer belongs to another action".into())
}
