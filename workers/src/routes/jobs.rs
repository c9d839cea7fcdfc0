//! Background work: how much waits, and what was given up (dead letters), for admins.

use serde::Deserialize;
use voxora_domain::jobs::DeadLetter;
use voxora_domain::wire::{DeadJob, JobKind, JobQueue, List, RetryJobs};

use crate::app::App;
use crate::error::AppError;
use crate::http::json::Json;
use crate::http::page::{page, read_cursor};
use crate::http::params::{Named, Parameters, limit};

/// `GET /api/v1/jobs`
pub async fn list(app: App) -> Result<Json<List<JobQueue>>, AppError> {
    Ok(Json(List { items: app.jobs().queues().await?, next_cursor: None }))
}

/// Which dead letters to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeadLettersQuery {
    /// How many at most; 100 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/jobs/{kind}/dead-letters`
pub async fn dead_letters(
    app: App,
    Named(kind): Named,
    Parameters(query): Parameters<DeadLettersQuery>,
) -> Result<Json<List<DeadJob>>, AppError> {
    let kind = read_kind(&kind)?;
    let limit = limit(query.limit, 100, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let after = after.map_or(0, |(seq,)| seq);
    let found = app.jobs().dead_letters(kind, after, i64::from(limit) + 1).await?;
    page(found, limit, |last| (last.seq,), show).map(Json)
}

/// The place in the queue of a page's last dead letter.
type CursorKeys = (i64,);

/// `POST /api/v1/jobs/{kind}/retry`
pub async fn retry(
    app: App,
    Named(kind): Named,
    Json(request): Json<RetryJobs>,
) -> Result<Json<JobQueue>, AppError> {
    let kind = read_kind(&kind)?;
    app.jobs().retry(kind, request.key.as_deref()).await?;
    Ok(Json(app.jobs().queue(kind).await?))
}

fn read_kind(name: &str) -> Result<JobKind, AppError> {
    name.parse().map_err(|_| AppError::not_found("kind of jobs"))
}

fn show(letter: DeadLetter) -> DeadJob {
    DeadJob {
        key: letter.key,
        job: letter.payload,
        attempts: letter.attempts.unsigned_abs(),
        failing_since: letter.failing_since,
        reason: letter.reason,
    }
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let kind = "The kind of jobs, as the list names it.";
    let queue = json!({ "kind": "audit", "waiting": 0, "dead": 0 });
    let about = "What changes have as their effects elsewhere, such as entries of the audit log. A job that failed for a day, or \
                 that can never work, is a dead letter: it stays, and can be tried again.";
    Resource::new("Jobs", about)
        .route(
            Operation::new("jobs.list", "See how much background work waits or was given up")
                .about("One item for each kind of jobs; there is one page.")
                .gives::<List<JobQueue>>(200, "The kinds of jobs.", json!({ "items": [queue.clone()] })),
        )
        .route(
            Operation::new("jobs.dead_letters", "List what was given up")
                .about("In the order in which it was asked for.")
                .place("kind", kind, "audit")
                .query::<DeadLettersQuery>(json!({ "limit": 100 }))
                .gives::<List<DeadJob>>(200, "A page of the list.", json!({ "items": [] }))
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("jobs.retry", "Try again what was given up")
                .about("One dead letter by its `key`, or all of the kind. May be repeated: what does not wait as a dead letter stays as it is.")
                .place("kind", kind, "audit")
                .takes::<RetryJobs>(json!({}))
                .gives::<JobQueue>(200, "What waits since.", queue)
                .refuses(&[NotFound]),
        )
}
