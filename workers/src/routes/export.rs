//! A collection of the embedded store, page by page, for whoever copies a deployment's documents elsewhere.
//!
//! The embedded store is read whatever the deployment's variables choose now, so that one can switch to another store
//! first and copy the rest afterwards. Sessions stay: after a move or a restore people sign in again, and no copy of the
//! documents lets anybody in.

use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;
use serde::Deserialize;
use serde_json::Value;
use voxora_data_api::DataApi;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::ejson::{Extended, Format};
use voxora_data_api::query::{Filter, Sort};
use voxora_durable_objects::documents::Documents;
use voxora_store::collections;

use crate::app::App;
use crate::error::AppError;
use crate::extract::{Admin, Parameters};

/// The most documents in a page.
const PAGE: u32 = 200;

/// What lines of JSON are called.
const JSON_LINES: &str = "application/x-ndjson";

/// A collection that may leave and enter.
pub struct Collection(pub &'static collections::Collection);

impl FromRequestParts<App> for Collection {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Path(name) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|error| AppError::invalid_request(error.body_text()))?;
        match collections::collection(&name) {
            Some(collection) if collection.movable => Ok(Self(collection)),
            Some(_) => Err(AppError::forbidden("Sessions stay where they are; people sign in again.")),
            None => Err(AppError::not_found("collection")),
        }
    }
}

/// Which page.
#[derive(Deserialize)]
pub struct Page {
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/v1/export/{collection}`: documents in the order of their `_id`, one a line, in relaxed EJSON. An empty page
/// is the end.
#[worker::send]
pub async fn export(
    State(app): State<App>,
    _: Admin,
    Collection(collection): Collection,
    Parameters(page): Parameters<Page>,
) -> Result<Response, AppError> {
    let limit = page.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(AppError::invalid_request(format!("limit must be 1 to {PAGE}; it is {limit}.")));
    }
    let filter = page.after.map_or_else(Filter::all, |after| Filter::gt("_id", after));
    let find = Find::new(filter).sort(Sort::ascending("_id")).limit(limit);
    let documents: Vec<Document> = Documents::embedded_in(app.env).find(collection.name(), find).await?;
    let mut lines = String::new();
    for document in documents {
        let value = Value::Object(document);
        lines.push_str(
            &serde_json::to_string(&Extended(&value, Format::Relaxed)).map_err(AppError::internal)?,
        );
        lines.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, JSON_LINES)], lines).into_response())
}
