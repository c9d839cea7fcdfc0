//! What runs a MongoDB command: MongoDB itself, or PostgreSQL with the DocumentDB extension.
//!
//! A backend promises whole results: it follows a cursor to its end, or fails when there is more than may be answered.
//! A reply that says `ok` and holds write errors is a failure. A duplicate key names its index; the caller knows the
//! collection.

mod connect;
mod documentdb;
mod mongo;

use async_trait::async_trait;
use bson::Document;
use voxora_data_api::DataApiError;

pub use connect::connect;

/// Runs commands.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Runs a `find` or an `aggregate` and gives all of its documents.
    async fn read(
        &self,
        database: &str,
        command: Document,
        limit: usize,
    ) -> Result<Vec<Document>, DataApiError>;

    /// Runs an `insert`, an `update` or a `delete` and gives its reply, in which every write succeeded.
    async fn write(&self, database: &str, command: Document) -> Result<Document, DataApiError>;

    /// Runs `createIndexes` and returns when the indexes are ready; gives `numIndexesBefore` and `numIndexesAfter`.
    async fn create_indexes(&self, database: &str, command: Document) -> Result<Document, DataApiError>;

    /// Whether commands can be run now.
    async fn ping(&self) -> Result<(), DataApiError>;
}

/// Gathers the pages of a cursor, within limits.
struct Gathered {
    documents: Vec<Document>,
    bytes: usize,
    most_documents: usize,
    most_bytes: usize,
}

impl Gathered {
    fn new(most_documents: usize, most_bytes: usize) -> Self {
        Self { documents: Vec::new(), bytes: 0, most_documents, most_bytes }
    }

    /// Adds one document as it came over the wire.
    fn push(&mut self, raw: &bson::RawDocument) -> Result<(), DataApiError> {
        self.bytes = self.bytes.saturating_add(raw.as_bytes().len());
        if self.bytes > self.most_bytes {
            return Err(DataApiError::TooLarge(format!(
                "the answer is made of more than {} bytes; ask for fewer documents or fields",
                self.most_bytes
            )));
        }
        if self.documents.len() >= self.most_documents {
            return Err(DataApiError::TooLarge(format!(
                "the answer has more than {} documents; end the pipeline in $limit",
                self.most_documents
            )));
        }
        let document = Document::try_from(raw)
            .map_err(|_| DataApiError::Decode("the backend sent a document that is not BSON".into()))?;
        self.documents.push(document);
        Ok(())
    }
}
