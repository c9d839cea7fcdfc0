//! Whether the Worker runs, and whether what it stands on answers.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::{IntoResponse, Redirect, Response};
use futures::future::join4;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;
use voxora_data_api::query::Filter;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::id::ConversationId;
use voxora_domain::room::RoomError;
use voxora_domain::wire::{Health, OutboxStatus, Readiness};
use voxora_durable_objects::time::{now, within};
use voxora_store::settings;
use worker::console_error;

use crate::app::App;
use crate::error::AppError;
use crate::http::json::Json;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /`
pub async fn dashboard() -> Redirect {
    Redirect::temporary("/dashboard/")
}

/// `GET /healthz`
pub async fn alive() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}

/// `GET /readyz`
pub async fn ready(app: App) -> Response {
    let mut checks = BTreeMap::new();
    let mut check = |name: &str, result: Result<(), String>| {
        checks.insert(name.to_owned(), result.err().unwrap_or_else(|| "ok".to_owned()));
    };
    let answers = Box::pin(join4(
        in_time(objects(&app)),
        in_time(cache(&app)),
        in_time(documents(&app)),
        in_time(outbox(&app)),
    ));
    let (objects, cache, documents, outbox) = answers.await;
    check("configuration", app.config().map(|_| ()).map_err(|error| error.detail().to_owned()));
    check("objects", objects);
    check("cache", cache);
    check("documents", documents);
    // Events that wait are safe in their rooms: how many do is worth knowing, but takes nothing from anyone.
    let outbox = outbox.unwrap_or_else(|error| error);
    let ready = checks.values().all(|result| result == "ok");
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    checks.insert("outbox".to_owned(), outbox);
    (status, Json(Readiness { ready, checks })).into_response()
}

/// What a check says, or that it said nothing in time: whoever asks (a load balancer, a monitor) has little patience.
async fn in_time<T>(check: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let result = within(PATIENCE, check).await;
    result.unwrap_or_else(|| Err(format!("no answer within {} s", PATIENCE.as_secs())))
}

/// The room of a conversation that never was must answer, and say so.
async fn objects(app: &App) -> Result<(), String> {
    match app.rooms().probe(ConversationId::new(Uuid::nil())).await {
        Ok(Err(RoomError::NotFound)) => Ok(()),
        Ok(answer) => Err(format!("a room that should be empty answered {answer:?}")),
        Err(error) => Err(error),
    }
}

async fn cache(app: &App) -> Result<(), String> {
    app.cache().get("readyz").await.map(drop).map_err(|error| error.to_string())
}

/// What is behind an error: whoever asks here looks after the deployment.
fn cause(error: &AppError) -> String {
    error.cause().unwrap_or(error.detail()).to_owned()
}

async fn documents(app: &App) -> Result<(), String> {
    let documents = app.documents();
    let read = documents.first(settings::SCHEMA.name, Filter::id("readyz"));
    read.await.map(|_| ()).map_err(|error| match error {
        DataApiError::Misconfigured(what) => what,
        // Anybody may ask here, and what a server says in its trouble is for the log.
        error => {
            console_error!(
                "{}",
                json!({ "level": "error", "check": "documents", "cause": error.to_string() })
            );
            error.code().to_owned()
        }
    })
}

async fn outbox(app: &App) -> Result<String, String> {
    let status = app.inbox().outbox_status().await.map_err(|error| cause(&error))?;
    if status == OutboxStatus::default() {
        return Ok("ok".to_owned());
    }
    let seconds = status.lag_seconds(now());
    let OutboxStatus { conversations, events, set_aside, .. } = status;
    Ok(format!(
        "{events} events of {conversations} conversations wait for the document store, the oldest for {seconds} s; \
         it has refused {set_aside}"
    ))
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    Resource::new("Health", "For load balancers and monitors.")
        .route(
            Operation::new("health.alive", "Ask whether the Worker runs")
                .gives::<Health>(200, "It runs.", json!({ "status": "ok" })),
        )
        .route(
            Operation::new("health.ready", "Ask whether all it stands on answers")
                .about(
                    "Answers within five seconds. `outbox` says what waits for the document store and makes nothing unready.",
                )
                .gives::<Readiness>(200, "Every check passed.", example::readiness())
                .gives::<Readiness>(503, "Some check failed; `checks` says which.", example::readiness()),
        )
        .route(
            Operation::new("dashboard", "Go to the dashboard")
                .gives_nothing(307, "The dashboard is at `/dashboard/`.")
                .with_headers(&[("location", "Location")]),
        )
}
