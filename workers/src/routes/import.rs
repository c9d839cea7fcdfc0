//! Documents put into the embedded store, for whoever restores a backup or moves a deployment back.
//!
//! What is not there yet is inserted. With `?renew=true` what is there in an older version is brought up to date, by the rules
//! of its collection (`voxora_store::collections`); nothing else is ever changed, and nothing removed. Every document is
//! checked before any is stored: what an earlier version exported is brought into this one's form, and what is no document
//! of its collection is refused by line and field. It is for admins. A deployment that has nobody yet is opened by its
//! backup: whoever holds its `SETUP_TOKEN` may import `users` instead of making a first admin.

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::Value;
use voxora_data_api::contract::Find;
use voxora_data_api::document::{self, Document};
use voxora_data_api::query::{Filter, Projection};
use voxora_data_api::{DataApi, DataApiError, ejson};
use voxora_domain::wire::Imported;
use voxora_durable_objects::documents::Documents;
use voxora_store::{collections, users};

use crate::app::App;
use crate::error::AppError;
use crate::http::collection::Collection;
use crate::http::json::Json;
use crate::http::params::Parameters;

/// The largest body, in bytes: the largest document fits.
pub const IMPORT_BYTES: usize = document::MAX_DOCUMENT_BYTES + 64 * 1024;

/// The most documents in one request.
const DOCUMENTS: usize = 200;

/// What `import` may be asked.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Import {
    /// Whether documents that are there in an older version are brought up to date.
    #[serde(default)]
    renew: bool,
}

/// `POST /api/v1/import/{collection}`: lines of JSON as `export` gives them. Says how many were `inserted` and how many
/// were `present` already.
pub async fn import(
    app: App,
    Collection(collection): Collection,
    Parameters(Import { renew }): Parameters<Import>,
    body: Bytes,
) -> Result<Json<Imported>, AppError> {
    take(&app, collection, renew, &body).await
}

/// `POST /api/v1/import/users`: the same, where it may also open a deployment that has nobody yet.
pub async fn import_users(
    app: App,
    Parameters(Import { renew }): Parameters<Import>,
    body: Bytes,
) -> Result<Json<Imported>, AppError> {
    take(&app, &users::COLLECTION, renew, &body).await
}

async fn take(
    app: &App,
    collection: &collections::Collection,
    renew: bool,
    body: &[u8],
) -> Result<Json<Imported>, AppError> {
    let documents = read(collection, body)?;
    let store = app.embedded_documents();
    let (present, absent) = divide(&store, collection.name(), &documents).await.map_err(refused)?;
    if !absent.is_empty() {
        store.insert_many(collection.name(), &absent).await.map_err(refused)?;
    }
    for document in present.iter().filter(|_| renew) {
        collection.renew(&store, document).await.map_err(refused)?;
    }
    let count = |documents: &[_]| u32::try_from(documents.len()).unwrap_or(u32::MAX);
    Ok(Json(Imported { inserted: count(&absent), present: count(&present) }))
}

fn read(collection: &collections::Collection, body: &[u8]) -> Result<Vec<Document>, AppError> {
    let mut documents = Vec::new();
    for (index, line) in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
        let wrong = |reason: &str| AppError::invalid_field(format!("Line {}: {reason}.", index + 1));
        let document = match ejson::parse(line) {
            Ok(Value::Object(document)) => document,
            Ok(_) => return Err(wrong("a document must be an object")),
            Err(error) => return Err(wrong(&error.to_string())),
        };
        document::id(&document).map_err(|error| wrong(&error.to_string()))?;
        let document = collection.upgraded(document);
        (collection.check)(&document).map_err(|unfit| wrong(&unfit.to_string()))?;
        documents.push(document);
    }
    if documents.len() > DOCUMENTS {
        let found = documents.len();
        return Err(AppError::invalid_field(format!(
            "A request has at most {DOCUMENTS} documents; it has {found}."
        )));
    }
    Ok(documents)
}

/// The documents whose `_id` the store has, and those whose it has not.
async fn divide<'a>(
    store: &Documents,
    collection: &str,
    documents: &'a [Document],
) -> Result<(Vec<&'a Document>, Vec<&'a Document>), DataApiError> {
    #[derive(Deserialize)]
    struct Present {
        #[serde(rename = "_id")]
        id: String,
    }
    let id = |document: &'a Document| document.get("_id").and_then(Value::as_str).unwrap_or_default();
    let limit = u32::try_from(documents.len()).unwrap_or(u32::MAX).max(1);
    let find = Find::new(Filter::in_("_id", documents.iter().map(id)))
        .project(Projection::include(&["_id"]))
        .limit(limit);
    let present: Vec<Present> = store.find(collection, find).await?;
    Ok(documents.iter().partition(|document| present.iter().any(|there| there.id == id(document))))
}

/// What stands against a document is for the admin to read, not a fault in here.
fn refused(error: DataApiError) -> AppError {
    match error {
        DataApiError::DuplicateKey { message, .. } => AppError::duplicate_key(message),
        DataApiError::Invalid(message) | DataApiError::TooLarge(message) => AppError::invalid_field(message),
        error => error.into(),
    }
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "The other half of export. What is not there is inserted; nothing is ever removed. A request has at most 200 documents. \
                 `cargo xtask migrate` uses it.";
    let text = "With `renew=true` what is there in an older version is brought up to date.";
    let (inserted, imported) = ("What happened to the documents.", json!({ "inserted": 1, "present": 0 }));
    Resource::new("Import", about)
        .route(
            Operation::new("import.write", "Write documents of a collection")
                .about(text)
                .place("collection", "The collection's name.", "settings")
                .query::<Import>(json!({}))
                .takes_text(super::export::JSON_LINES, "{\"_id\":\"widget\",\"version\":1}\n")
                .gives::<Imported>(200, inserted, imported.clone())
                .refuses(&[NotFound, DuplicateKey]),
        )
        .route(
            Operation::new("import.users", "Write documents of users")
                .about(
                    "As any collection's; and a backup's users open a deployment that has nobody yet, instead of a first admin, for \
                     whoever holds its `SETUP_TOKEN`.",
                )
                .query::<Import>(json!({}))
                .takes_text(super::export::JSON_LINES, example::USER_DOCUMENT)
                .gives::<Imported>(200, inserted, imported)
                .refuses(&[DuplicateKey]),
        )
}
