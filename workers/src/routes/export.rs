//! A collection of the embedded store, page by page, for whoever copies a deployment's documents elsewhere.
//!
//! The embedded store is read whatever the deployment's variables choose now, so that one can switch to another store
//! first and copy the rest afterwards. Sessions stay: after a move or a restore people sign in again, and no copy of the
//! documents lets anybody in.

use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use serde_json::Value;
use voxora_data_api::DataApi;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::ejson::{Extended, Format};
use voxora_data_api::query::{Filter, Sort};

use crate::app::App;
use crate::error::AppError;
use crate::http::collection::Collection;
use crate::http::params::{Parameters, limit};

/// The most documents in a page.
const PAGE: u32 = 200;

/// What lines of JSON are called.
const JSON_LINES: &str = "application/x-ndjson";

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
    app: App,
    Collection(collection): Collection,
    Parameters(page): Parameters<Page>,
) -> Result<Response, AppError> {
    let limit = limit(page.limit, PAGE, 1..=PAGE)?;
    let filter = page.after.map_or_else(Filter::all, |after| Filter::gt("_id", after));
    let find = Find::new(filter).sort(Sort::ascending("_id")).limit(limit);
    let documents: Vec<Document> = app.embedded_documents().find(collection.name(), find).await?;
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
