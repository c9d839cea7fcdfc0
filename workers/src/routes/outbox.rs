//! What is waiting for the document store: for admins, and as metrics.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use voxora_domain::wire::OutboxStatus;
use voxora_durable_objects::time::now;
use voxora_durable_objects::{inbox, room};

use crate::app::App;
use crate::error::AppError;
use crate::extract::{Admin, bears};

/// `GET /api/v1/outbox`
#[worker::send]
pub async fn show(State(app): State<App>, _: Admin) -> Result<Json<OutboxStatus>, AppError> {
    Ok(Json(inbox::outbox_status(&app.env).await?))
}

/// `POST /api/v1/outbox/retry`: the listed conversations try at once, also what was refused for good. Where one gets nowhere
/// the store is still away, and the others are spared the wait.
#[worker::send]
pub async fn retry(State(app): State<App>, _: Admin) -> Result<Json<OutboxStatus>, AppError> {
    for backlog in inbox::outbox_status(&app.env).await?.backlogs {
        let tried = room::store(&app.env, backlog.conversation_id).await?;
        if tried.is_ok_and(|stored| stored.failed) {
            break;
        }
    }
    Ok(Json(inbox::outbox_status(&app.env).await?))
}

/// `GET /metrics`, in Prometheus' text format, for whoever holds the deployment's `METRICS_TOKEN`.
#[worker::send]
pub async fn metrics(State(app): State<App>, headers: HeaderMap) -> Result<Response, AppError> {
    let Some(token) = &app.config()?.metrics_token else {
        return Err(AppError::not_found("page or route"));
    };
    if !bears(&headers, token) {
        return Err(AppError::unauthenticated("The request needs `Authorization: Bearer METRICS_TOKEN`."));
    }
    let status = inbox::outbox_status(&app.env).await?;
    let seconds = status.lag_seconds(now());
    let text = format!(
        "# HELP voxora_outbox_conversations Conversations with events that could not be stored yet.\n\
         # TYPE voxora_outbox_conversations gauge\n\
         voxora_outbox_conversations {}\n\
         # HELP voxora_outbox_events Events that could not be stored yet, as last reported.\n\
         # TYPE voxora_outbox_events gauge\n\
         voxora_outbox_events {}\n\
         # HELP voxora_outbox_lag_seconds Age of the oldest event that could not be stored yet.\n\
         # TYPE voxora_outbox_lag_seconds gauge\n\
         voxora_outbox_lag_seconds {seconds}\n\
         # HELP voxora_outbox_set_aside Events that the document store refused for good.\n\
         # TYPE voxora_outbox_set_aside gauge\n\
         voxora_outbox_set_aside {}\n",
        status.conversations, status.events, status.set_aside
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
