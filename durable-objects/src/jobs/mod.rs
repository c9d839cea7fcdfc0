//! The jobs object: the shell of `voxora_domain::jobs`, one for each kind of jobs, so that an endpoint that hangs holds up its
//! own kind alone.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a [`Request`], from [`client`] | `enqueue`, `dead_letters`, `retry`, `counts` |
//! | its alarm | `take`, the jobs themselves, `ended`, `forget` |
//!
//! A job is written down, with the alarm, before [`enqueue`] answers; from there on a kill at any point only means that it
//! runs again. Each kind of job is one file here: `run(job, context) -> Outcome`. What it does must come to the same when it is
//! done twice, by carrying the context's key.

mod audit;
mod client;
mod end_role;
mod end_tokens;
mod leave;
mod mail;
mod merge_tag;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests;

use end_tokens::Registers;
use leave::Queues;
use mail::PostOffice;
use merge_tag::Rooms;

pub use client::{counts, dead_letters, enqueue, retry};

use std::cell::{RefCell, RefMut};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use voxora_data_api::DataApi;
use voxora_domain::Millis;
use voxora_domain::jobs::{EnqueueError, Job, LEASE, Outcome, Queue, Taken};
use voxora_domain::json;
use voxora_domain::schedule::{Backoff, Pace, Schedule};
use voxora_domain::sql::SqlError;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, durable_object};

use crate::alarm::Alarm;
use crate::call;
use crate::documents::Documents;
use crate::hub;
use crate::sql::ObjectSql;
use crate::time::{now, within};
use crate::work::{Work, all};

const BINDING: &str = "JOBS";
/// How many jobs run at once.
const AT_ONCE: i64 = 8;
/// How many times one alarm takes jobs; the rest are the next one's.
const ROUNDS: usize = 10;
/// How long a job may take. Less than its lease, or it would be begun again beside itself.
const PATIENCE: Duration = Duration::from_secs(45);

/// The object's one duty is to run what is due; the queue says when that is.
const PACE: Pace = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: LEASE, limit: 10 * LEASE };

/// What a jobs object is asked.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// Answered with `Result<Enqueued, EnqueueError>`.
    Enqueue { key: String, job: Box<Job>, not_before: Option<Millis> },
    /// Answered with `Result<Vec<DeadLetter>, SqlError>`.
    DeadLetters { after: i64, most: i64 },
    /// Answered with `Result<i64, SqlError>`.
    Retry { key: Option<String> },
    /// Answered with `Result<Counts, SqlError>`.
    Counts,
}

/// What a job has at hand.
struct Context<'a, D, R> {
    /// Its idempotency key: the effect carries it.
    key: &'a str,
    documents: &'a D,
    rooms: &'a R,
    now: Millis,
}

/// Runs a job.
fn run<'a>(
    job: &'a Job,
    context: &'a Context<'a, impl DataApi, impl Rooms + Registers + Queues + PostOffice>,
) -> Work<'a, Outcome> {
    match job {
        Job::Audit(entry) => Box::pin(audit::run(entry, context)),
        Job::RelayAudit(relay) => Box::pin(audit::relay(relay, context)),
        Job::MergeTag(merge) => Box::pin(merge_tag::run(merge, context)),
        Job::Mail(mail) => Box::pin(mail::run(mail, context, context.rooms)),
        Job::EndTokens(job) => Box::pin(end_tokens::run(job, context)),
        Job::Leave(job) => Box::pin(leave::run(job, context)),
        Job::EndRole(end) => Box::pin(end_role::run(end, context)),
    }
}

/// The jobs of one kind.
#[durable_object(alarm)]
pub struct Jobs {
    state: State,
    env: Env,
    queue: RefCell<Option<Queue<ObjectSql>>>,
    alarm: Alarm<()>,
}

impl DurableObject for Jobs {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, queue: RefCell::new(None), alarm: Alarm::new([((), PACE)]) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        let request = call::read(&request.text().await?)?;
        let answer = self.answer(request);
        self.wake();
        answer
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm.with(Schedule::alarm_began);
        self.wake();
        if let Some(run) = self.alarm.with(Schedule::begin_next) {
            // A kill from here on must not be the end of it.
            self.alarm.with(|schedule, _| schedule.alarm_ended());
            self.wake();
            let ended = self.run_due().await;
            if let Err(error) = &ended {
                log_failure("run", error);
            }
            self.alarm.ended(run, ended.is_ok(), None);
        }
        self.alarm.with(|schedule, _| schedule.alarm_ended());
        self.wake();
        Response::empty()
    }
}

impl Jobs {
    /// Does what is asked for.
    fn answer(&self, request: Request) -> Result<Response> {
        match request {
            Request::Enqueue { key, job, not_before } => {
                let payload = serde_json::to_string(&job)?;
                let enqueued: std::result::Result<_, EnqueueError> =
                    self.with(|queue, now| queue.enqueue(&key, &payload, not_before, now));
                call::answer(enqueued)
            }
            Request::DeadLetters { after, most } => {
                call::answer(self.with(|queue, _| queue.dead_letters(after, most)))
            }
            Request::Retry { key } => call::answer(self.with(|queue, now| queue.retry(key.as_deref(), now))),
            Request::Counts => call::answer(self.with(|queue, _| queue.counts())),
        }
    }

    /// Uses the queue, opening it over the storage when memory was lost.
    fn with<T, E: From<SqlError>>(
        &self,
        work: impl FnOnce(&Queue<ObjectSql>, Millis) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        work(&*self.opened()?, now())
    }

    fn opened(&self) -> std::result::Result<RefMut<'_, Queue<ObjectSql>>, SqlError> {
        let mut queue = self.queue.borrow_mut();
        if queue.is_none() {
            *queue = Some(Queue::open(ObjectSql::of(&self.state))?);
        }
        RefMut::filter_map(queue, Option::as_mut)
            .map_err(|_| SqlError::Other("the queue could not be opened".to_owned()))
    }

    /// Sets the alarm for what is due next. A queue that cannot be read is looked at again.
    fn wake(&self) {
        let due = self.with(|queue, _| queue.next_due()).unwrap_or_else(|error: SqlError| {
            log_failure("read", &error.to_string());
            Some(now() + PACE.retry.least)
        });
        self.alarm.set(&self.state, |schedule, now| schedule.set((), due, now));
    }

    /// Runs what is due, some at once, and forgets keys whose time is over.
    async fn run_due(&self) -> std::result::Result<(), String> {
        let documents = Documents::new(self.env.clone());
        for _ in 0..ROUNDS {
            let taken = self.with(|queue, now| queue.take(AT_ONCE, now)).map_err(words)?;
            if taken.is_empty() {
                break;
            }
            let run = |taken| -> Work<'_> { Box::pin(self.run_one(taken, &documents)) };
            all(taken.iter().map(run).collect(), usize::MAX).await?;
        }
        self.with(Queue::forget).map_err(words)
    }

    async fn run_one(&self, taken: &Taken, documents: &Documents) -> std::result::Result<(), String> {
        let outcome = match json::from_text::<Job>(&taken.payload) {
            Ok(job) => {
                let context = Context { key: &taken.key, documents, rooms: &self.env, now: now() };
                let late = || retry_for(format!("no end within {} s", PATIENCE.as_secs()));
                within(PATIENCE, run(&job, &context)).await.unwrap_or_else(late)
            }
            // A deploy that was taken back may know the job again.
            Err(error) => retry_for(format!("this version does not know the job: {error}")),
        };
        if let Outcome::Retry { reason, .. } | Outcome::Final { reason } = &outcome {
            log_failure("job", &format!("{} (attempt {}): {reason}", taken.key, taken.attempt));
        }
        self.with(|queue, now| queue.ended(taken, outcome, now, js_sys::Math::random())).map_err(words)
    }
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn words(error: SqlError) -> String {
    error.to_string()
}

fn retry_for(reason: String) -> Outcome {
    Outcome::Retry { reason, after: None }
}

fn log_failure(step: &str, cause: &str) {
    hub::log_failure("jobs", step, cause);
}
