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
use voxora_data_api::ejson::{Extended, Format};
use voxora_data_api::query::{Filter, Sort};

use crate::app::App;
use crate::error::AppError;
use crate::http::collection::Collection;
use crate::http::params::{Parameters, limit};

/// The most documents in a page.
const PAGE: u32 = 200;

/// What lines of JSON are called.
pub const JSON_LINES: &str = "application/x-ndjson";

/// Which page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Page {
    /// The `_id` that the page comes after: the last one of the page before.
    after: Option<String>,
    /// How many at most; 200 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = PAGE)))]
    limit: Option<u32>,
}

/// `GET /api/v1/export/{collection}`: documents in the order of their `_id`, one a line, in relaxed EJSON. An empty page
/// is the end.
pub async fn export(
    app: App,
    Collection(collection): Collection,
    Parameters(page): Parameters<Page>,
) -> Result<Response, AppError> {
    let limit = limit(page.limit, PAGE, 1..=PAGE)?;
    let filter = page.after.map_or_else(Filter::all, |after| Filter::gt("_id", after));
    let find = Find::new(filter).sort(Sort::ascending("_id")).limit(limit);
    let documents = app.embedded_documents().documents(collection.name(), find).await?;
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

/// The route above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "Documents of the embedded store, whatever the deployment's variables choose now: for backups and moves. \
                 `cargo xtask migrate` uses it.";
    Resource::new("Export", about).route(
        Operation::new("export.read", "Read a collection")
            .about(
                "One document a line, in relaxed Extended JSON, in the order of `_id`. An empty page is the end. Sessions are \
                 refused: after a move people sign in again.",
            )
            .place("collection", "The collection's name.", "settings")
            .query::<Page>(json!({ "limit": 200 }))
            .gives_text(200, "The documents.", JSON_LINES, "{\"_id\":\"widget\",\"version\":1}\n")
            .refuses(&[NotFound]),
    )
}
