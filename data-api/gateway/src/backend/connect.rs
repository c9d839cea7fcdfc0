//! Chooses the backend.

use anyhow::Result;

use crate::backend::{Backend, documentdb, mongo};
use crate::config::{Arguments, BackendUri, Limits};

/// The backend that was chosen. It need not be reachable yet; `/readyz` says whether it is.
pub async fn connect(arguments: &Arguments, limits: &Limits) -> Result<Box<dyn Backend>> {
    Ok(match arguments.backend()? {
        BackendUri::MongoDb(uri) => Box::new(mongo::MongoDb::connect(uri, limits).await?),
        BackendUri::Postgres(uri) => {
            let authorities = arguments.postgres_ca_file();
            Box::new(documentdb::DocumentDb::connect(uri, authorities, limits)?)
        }
    })
}
