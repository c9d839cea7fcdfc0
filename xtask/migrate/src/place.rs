//! A place that keeps documents: an endpoint of the Data API, a deployment's embedded store, or a folder of files.

use anyhow::Result;
use voxora_data_api::document::Document;

use crate::deployment::Deployment;
use crate::endpoint::Endpoint;
use crate::folder::Folder;
use crate::written::Written;

/// One of them.
pub enum Place {
    /// An endpoint of the Data API.
    Endpoint(Box<Endpoint>),
    /// A deployment's embedded store.
    Embedded(Box<Deployment>),
    /// A folder of files.
    Folder(Folder),
}

impl Place {
    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Endpoint(endpoint) => endpoint.name(),
            Self::Embedded(deployment) => format!("the embedded store of {}", deployment.origin()),
            Self::Folder(folder) => folder.name(),
        }
    }

    /// The next documents after an `_id`, in the order of `_id`; none at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn page(&self, collection: &'static str, after: Option<&str>) -> Result<Vec<Document>> {
        match self {
            Self::Endpoint(endpoint) => endpoint.page(collection, after).await,
            Self::Embedded(deployment) => deployment.page(collection, after).await,
            Self::Folder(folder) => folder.page(collection, after),
        }
    }

    /// Inserts documents that were not there when it was looked at.
    ///
    /// # Errors
    /// When it cannot take any now. What it refuses for good is in the answer.
    pub async fn insert(&self, collection: &'static str, documents: &[Document]) -> Result<Written> {
        match self {
            Self::Endpoint(endpoint) => endpoint.insert(collection, documents).await,
            Self::Embedded(deployment) => deployment.insert(collection, documents).await,
            Self::Folder(folder) => folder.append(collection, documents),
        }
    }

    /// Whether documents in it can be changed at all.
    pub const fn can_renew(&self) -> bool {
        !matches!(self, Self::Folder(_))
    }

    /// Brings a document up to date with the source's version, unless it already is.
    ///
    /// # Errors
    /// When it cannot be written to now.
    pub async fn renew(&self, collection: &'static str, source: &Document) -> Result<()> {
        match self {
            Self::Endpoint(endpoint) => endpoint.renew(collection, source).await,
            Self::Embedded(deployment) => deployment.renew(collection, source).await,
            Self::Folder(_) => Ok(()),
        }
    }
}
