//! The document store over HTTP: any endpoint that speaks the Data API contract, from a Worker or a native program.
//!
//! What it promises:
//! - An action ends within its deadline, whatever the endpoint does: refuse, hang, break off, or answer nonsense.
//! - Only what is the same done once or twice is tried again (`repeat` has the table), after a pause with full jitter, or
//!   the one that the endpoint asks for; and not at all while the circuit breaker is open.
//! - An insert whose answer was lost is not taken for a duplicate of itself: the client looks at what is stored.
//! - An answer is held in memory up to a limit, and redirects are not followed: whoever answers them would get the key.
//! - Failures are [`DataApiError`]s in whatever shape they came, without addresses and secrets.
//!
//! It asks for relaxed EJSON and understands canonical EJSON and plain JSON. Servers that are not this project's can
//! differ in more than form; docs/PERSISTENCE.md lists what is known.

mod breaker;
mod gate;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod repeat;
mod runtime;
mod settings;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use serde::de::IgnoredAny;
use serde_json::Value;

pub use breaker::Breaker;
#[cfg(not(target_arch = "wasm32"))]
pub use native::Http;
#[cfg(feature = "native-client")]
pub use native::Tokio;
pub use runtime::{Broken, Post, Posted, Runtime};
pub use settings::{Credentials, Limits, Settings};

use crate::contract::{Action, Answer, Find, InsertMany, Inserted, InsertedMany, Operation};
use crate::document::Document;
use crate::ejson::Format;
use crate::error::excerpt;
use crate::query::Filter;
use crate::{DataApi, DataApiError};
use gate::Gate;
use repeat::Repeat;

/// Where a request's id travels, so that the endpoint's log can be read beside ours.
const REQUEST_ID: &str = "x-request-id";
/// The longest pause before the second attempt, in milliseconds; each further one may be twice as long.
const PAUSE: u64 = 100;
/// The longest pause that the client chooses by itself, in milliseconds.
const LONGEST_PAUSE: u64 = 5_000;

/// A client of one endpoint.
///
/// In a Worker each request makes its own, over a [`Breaker`] that all share: what waits in one belongs to its request.
pub struct Client<R> {
    settings: Settings,
    breaker: Arc<Breaker>,
    runtime: R,
    headers: Vec<(&'static str, String)>,
    gate: Gate,
}

/// An attempt that failed.
struct Failure {
    error: DataApiError,
    outcome: Outcome,
    /// How long the endpoint asks to wait.
    wait: Option<Duration>,
}

/// What a failed attempt says about the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It was not carried out, because no connection came about.
    NotReached,
    /// It was not carried out, because the endpoint asked for patience.
    NotNow,
    /// Nobody knows whether it was carried out.
    Unknown,
    /// Trying again is pointless.
    Refused,
}

/// An action that failed, with all its attempts.
struct Failed {
    error: DataApiError,
    /// Whether one of the attempts may have carried it out.
    unsure: bool,
}

impl<R: Runtime> Client<R> {
    /// A client with nothing under way yet.
    pub fn new(settings: Settings, breaker: Arc<Breaker>, runtime: R) -> Self {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("accept", Format::Relaxed.media_type().to_owned()),
            settings.header().clone(),
        ];
        let gate = Gate::new(settings.limits.concurrency);
        Self { headers, gate, settings, breaker, runtime }
    }

    /// Sends this id with every request, as `x-request-id`. One that no header can carry is left out.
    #[must_use]
    pub fn with_request_id(mut self, id: &str) -> Self {
        if settings::is_header(id) {
            self.headers.push((REQUEST_ID, id.to_owned()));
        }
        self
    }

    /// Tries an action until it succeeds, is refused, or may not be tried again.
    async fn carry_out(&self, action: &Action, deadline: i64) -> Result<Answer, Failed> {
        let repeatable = Repeat::of(&action.operation) != Repeat::Never;
        let body =
            action.to_body(self.settings.namespace()).map_err(|error| Failed { error, unsure: false })?;
        let url = self.settings.action_url(action.name());
        let (mut attempts, mut unsure) = (0, false);
        loop {
            let Failure { error, outcome, wait } = match self.attempt(action, &url, &body, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            attempts += 1;
            unsure |= outcome == Outcome::Unknown;
            let may_repeat = match outcome {
                Outcome::NotReached | Outcome::NotNow => true,
                Outcome::Unknown => repeatable,
                Outcome::Refused => false,
            };
            let pause = pause(attempts, self.runtime.random()).max(wait.unwrap_or_default());
            if !may_repeat || attempts >= self.settings.limits.attempts || pause >= self.left(deadline) {
                return Err(Failed { error, unsure });
            }
            self.runtime.sleep(pause).await;
        }
    }

    /// Sends one request and reads its answer.
    async fn attempt(
        &self,
        action: &Action,
        url: &str,
        body: &str,
        deadline: i64,
    ) -> Result<Answer, Failure> {
        let permit = match self.gate.try_enter() {
            Some(permit) => Some(permit),
            None => self.within(self.left(deadline), self.gate.enter()).await,
        };
        let Some(_permit) = permit else {
            return Err(failed(Outcome::Refused, "too many requests were under way".to_owned()));
        };
        let timeout = self.settings.limits.timeout.min(self.left(deadline));
        self.breaker.enter(self.runtime.now(), timeout).map_err(|wait| {
            let wait = wait.as_millis();
            failed(
                Outcome::Refused,
                format!("it failed several times in a row and is left alone for {wait} ms"),
            )
        })?;
        let most = self.settings.limits.answer_bytes;
        let posted = self.runtime.post(Post { url, headers: &self.headers, body, most });
        let Some(posted) = self.within(timeout, posted).await else {
            // Where little time was left, its passing says nothing about the endpoint.
            if timeout == self.settings.limits.timeout {
                self.breaker.report(self.runtime.now(), false);
            }
            return Err(failed(Outcome::Unknown, format!("no answer within {} ms", timeout.as_millis())));
        };
        let result = posted.map_err(|broken| self.broken(broken)).and_then(|posted| {
            let wait = posted.retry_after.as_deref().and_then(retry_after);
            self.understand(action, posted.status, &posted.body)
                .map_err(|failure| Failure { wait, ..failure })
        });
        let failing = matches!(&result, Err(Failure { outcome: Outcome::NotReached | Outcome::Unknown, .. }));
        self.breaker.report(self.runtime.now(), !failing);
        result
    }

    /// Makes a failure of a connection that did not come about or did not hold.
    fn broken(&self, broken: Broken) -> Failure {
        let (outcome, message) = match broken {
            Broken::NotReached(message) => (Outcome::NotReached, message),
            Broken::Off(message) => (Outcome::Unknown, message),
            Broken::TooLarge => return too_large(self.settings.limits.answer_bytes),
        };
        failed(outcome, excerpt(message.lines().next().unwrap_or_default()))
    }

    /// Makes an answer or a failure of what came back.
    fn understand(&self, action: &Action, status: u16, body: &[u8]) -> Result<Answer, Failure> {
        // Half a document, or a proxy's page under a success: what became of the action is unknown.
        if (200..300).contains(&status) && !is_json(body) {
            return Err(failed(Outcome::Unknown, format!("HTTP {status} whose body is not JSON")));
        }
        Answer::from_response(action.name(), status, body).map_err(|error| {
            let outcome = match (&error, status) {
                (DataApiError::Unavailable(_), 429) => Outcome::NotNow,
                (DataApiError::Unavailable(_), 408 | 425 | 500..) => Outcome::Unknown,
                _ => Outcome::Refused,
            };
            let error = error.map_message(|message| self.settings.redacted(message));
            Failure { error, outcome, wait: None }
        })
    }

    /// How many of the first of these documents are stored as they are. Inserts are in order, so what an interrupted one
    /// left is its first part.
    async fn stored(
        &self,
        collection: &str,
        documents: &[Document],
        deadline: i64,
    ) -> Result<usize, DataApiError> {
        let ids: Vec<_> = documents.iter().filter_map(|document| document.get("_id")).cloned().collect();
        let mut find = Find::new(Filter(id_among(ids)));
        find.limit = u32::try_from(documents.len()).ok();
        let action = Action::new(collection, Operation::Find(find));
        match self.carry_out(&action, deadline).await.map_err(|failed| failed.error)? {
            Answer::Documents(found) => {
                Ok(documents.iter().take_while(|document| found.documents.contains(document)).count())
            }
            _ => Ok(0),
        }
    }

    /// What a future gives, unless it takes longer.
    async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        match select(pin!(future), pin!(self.runtime.sleep(limit))).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }

    fn left(&self, deadline: i64) -> Duration {
        Duration::from_millis(u64::try_from(deadline.saturating_sub(self.runtime.now())).unwrap_or(0))
    }
}

impl<R: Runtime> DataApi for Client<R> {
    async fn run(&self, mut action: Action) -> Result<Answer, DataApiError> {
        let patience = i64::try_from(self.settings.limits.deadline.as_millis()).unwrap_or(i64::MAX);
        let deadline = self.runtime.now().saturating_add(patience);
        let mut inserted = Vec::new();
        loop {
            let error = match self.carry_out(&action, deadline).await {
                Ok(answer) => return Ok(with_ids(inserted, answer)),
                Err(Failed { error: error @ DataApiError::DuplicateKey { .. }, unsure: true }) => error,
                Err(Failed { error, .. }) => return Err(error),
            };
            // An attempt before this one may have inserted what now stands in the way: look whose it is, and go on after
            // what is ours.
            let (documents, one) = match action.operation {
                Operation::InsertOne(insert) => (vec![insert.document], true),
                Operation::InsertMany(insert) => (insert.documents, false),
                _ => return Err(error),
            };
            let stored = self.stored(&action.collection, &documents, deadline).await?;
            let rest = documents.get(stored..).unwrap_or_default().to_vec();
            if stored == 0 {
                return Err(error);
            }
            let ids = documents.iter().take(stored).filter_map(|document| document.get("_id")?.as_str());
            inserted.extend(ids.map(str::to_owned));
            if rest.is_empty() {
                return Ok(match inserted.pop() {
                    Some(inserted_id) if one => Answer::Inserted(Inserted { inserted_id }),
                    last => {
                        inserted.extend(last);
                        Answer::InsertedMany(InsertedMany { inserted_ids: inserted })
                    }
                });
            }
            action.operation = Operation::InsertMany(InsertMany { documents: rest });
        }
    }
}

/// An answer to the rest of an insert, as one to the whole.
fn with_ids(mut inserted: Vec<String>, answer: Answer) -> Answer {
    match answer {
        Answer::InsertedMany(rest) => {
            inserted.extend(rest.inserted_ids);
            Answer::InsertedMany(InsertedMany { inserted_ids: inserted })
        }
        answer => answer,
    }
}

fn id_among(ids: Vec<Value>) -> Document {
    let among = Document::from_iter([("$in".to_owned(), Value::Array(ids))]);
    Document::from_iter([("_id".to_owned(), Value::Object(among))])
}

/// How long to wait after so many attempts: anything up to a limit that doubles, so that those who failed together do not
/// come back together.
fn pause(attempts: u32, random: f64) -> Duration {
    let limit = PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    Duration::from_millis(limit).mul_f64(random)
}

/// What `Retry-After` asks for in seconds. Its other form, a date, depends on whose clock is right and is not followed.
fn retry_after(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

fn is_json(body: &[u8]) -> bool {
    str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn failed(outcome: Outcome, message: String) -> Failure {
    Failure { error: DataApiError::Unavailable(message), outcome, wait: None }
}

fn too_large(limit: usize) -> Failure {
    let error = DataApiError::TooLarge(format!("the document store's answer is larger than {limit} bytes"));
    Failure { error, outcome: Outcome::Refused, wait: None }
}

#[cfg(test)]
mod tests;
