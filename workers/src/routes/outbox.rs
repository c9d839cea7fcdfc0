//! What is waiting for the document store, for admins; and the metrics, which say that and what background work waits.

use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use futures::future::try_join;
use http::header;
use voxora_domain::wire::{JobKind, OutboxStatus};
use voxora_durable_objects::time::now;

use crate::app::App;
use crate::error::AppError;
use crate::http::json::Json;

/// `GET /api/v1/outbox`
pub async fn show(app: App) -> Result<Json<OutboxStatus>, AppError> {
    Ok(Json(app.inbox().outbox_status().await?))
}

/// `POST /api/v1/outbox/retry`: the listed conversations try at once, also what was refused for good. Where one gets nowhere
/// the store is still away, and the others are spared the wait.
pub async fn retry(app: App) -> Result<Json<OutboxStatus>, AppError> {
    for backlog in app.inbox().outbox_status().await?.backlogs {
        if !app.rooms().store(backlog.conversation_id).await? {
            break;
        }
    }
    Ok(Json(app.inbox().outbox_status().await?))
}

/// `GET /metrics`, in Prometheus' text format, for a monitor.
pub async fn metrics(app: App) -> Result<Response, AppError> {
    let (inbox, jobs) = (app.inbox(), app.jobs());
    let (status, jobs) = try_join(inbox.outbox_status(), jobs.queues()).await?;
    let seconds = status.lag_seconds(now());
    let mut text = format!(
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
    let waiting = jobs.iter().map(|queue| (queue.kind, queue.waiting));
    gauge(&mut text, "voxora_jobs_waiting", "Background jobs to be run, by kind.", waiting);
    let dead = jobs.iter().map(|queue| (queue.kind, queue.dead));
    gauge(&mut text, "voxora_jobs_dead", "Background jobs that were given up, by kind.", dead);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// A metric of each kind of jobs.
fn gauge(text: &mut String, name: &str, help: &str, values: impl Iterator<Item = (JobKind, u64)>) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (kind, value) in values {
        let _ = writeln!(text, "{name}{{kind=\"{kind}\"}} {value}");
    }
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "What a conversation's room has stored and the document store has not taken yet.";
    let nothing = json!({ "conversations": 0, "events": 0, "since": null, "setAside": 0, "backlogs": [] });
    Resource::new("Outbox", about)
        .route(
            Operation::new("outbox.show", "See what waits for the document store")
                .gives::<OutboxStatus>(200, "What waits, those that wait longest first.", nothing.clone()),
        )
        .route(
            Operation::new("outbox.retry", "Try again at once")
                .about(
                    "The listed conversations try at once, also what was refused for good. Stops where the store is still away.",
                )
                .gives::<OutboxStatus>(200, "What still waits.", nothing),
        )
        .route(
            Operation::new("metrics", "Read the metrics")
                .about("In Prometheus' text format. Where the deployment has no `METRICS_TOKEN` this route does not exist.")
                .gives_text(
                    200,
                    "The metrics.",
                    "text/plain",
                    "# HELP voxora_outbox_events Events that could not be stored yet, as last reported.\n# TYPE \
                     voxora_outbox_events gauge\nvoxora_outbox_events 0\n",
                ),
        )
}
