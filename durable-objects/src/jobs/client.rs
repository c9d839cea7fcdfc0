//! What callers use of a jobs object.

use serde::de::DeserializeOwned;
use voxora_domain::Millis;
use voxora_domain::jobs::{Counts, DeadLetter, EnqueueError, Enqueued, Job};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::JobKind;
use worker::Env;

use super::{BINDING, Request};
use crate::call::{CallError, Object};

/// Hands a job over. When this answers, the job is on disk and its effect will be there, once, whatever happens; when it does
/// not answer, hand it over again under the same key. A change and its effects are no transaction: the job is written first,
/// not to be run before the change had time to be made, and everything after it can be repeated.
///
/// # Errors
/// When the queue cannot be reached; inside, when the key is another job's.
pub async fn enqueue(
    env: &Env,
    job: Job,
    key: &str,
    not_before: Millis,
) -> Result<Result<Enqueued, EnqueueError>, CallError> {
    let kind = job.kind();
    let request = Request::Enqueue { key: key.to_owned(), job: Box::new(job), not_before: Some(not_before) };
    Object::new(env, BINDING, kind.name()).try_to(&request).await
}

/// A kind's dead letters after this place in its queue, up to so many.
///
/// # Errors
/// When the queue cannot be reached, or could not be read.
pub async fn dead_letters(
    env: &Env,
    kind: JobKind,
    after: i64,
    most: i64,
) -> Result<Vec<DeadLetter>, CallError> {
    ask(env, kind, &Request::DeadLetters { after, most }).await
}

/// Has a kind's dead letters tried again: one, or all. Says how many there were.
///
/// # Errors
/// When the queue cannot be reached, or could not be written.
pub async fn retry(env: &Env, kind: JobKind, key: Option<&str>) -> Result<i64, CallError> {
    ask(env, kind, &Request::Retry { key: key.map(str::to_owned) }).await
}

/// How many jobs of a kind wait, and how many are dead letters.
///
/// # Errors
/// When the queue cannot be reached, or could not be read.
pub async fn counts(env: &Env, kind: JobKind) -> Result<Counts, CallError> {
    ask(env, kind, &Request::Counts).await
}

fn ask<'a, T: DeserializeOwned>(
    env: &'a Env,
    kind: JobKind,
    request: &Request,
) -> impl Future<Output = Result<T, CallError>> + use<'a, T> {
    Object::new(env, BINDING, kind.name()).ask::<_, _, SqlError>("", request)
}
