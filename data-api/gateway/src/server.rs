//! The HTTP side: routes, keys, limits, logs. One request takes one way through here, in `Gateway::answer`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, SemaphorePermit};
use voxora_data_api::DataApiError;
use voxora_data_api::contract::ActionName;
use voxora_data_api::ejson::Format;

use crate::action::{Command, Request};
use crate::backend::Backend;
use crate::config::{Limits, Namespaces};
use crate::failure::Failure;
use crate::keys::{Key, Keys, Role};
use crate::metrics::Metrics;

/// Taken from the request where it has one, made up otherwise; stands in the answer and in the log.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_REQUEST_ID: usize = 64;

/// How long a request may wait for others to finish.
const TIME_TO_BEGIN: Duration = Duration::from_secs(1);
/// How long `/readyz` waits for the backend.
const TIME_TO_PING: Duration = Duration::from_secs(2);

/// From how many bytes on a body is large: it is read beside the runtime's threads, because that takes milliseconds, and
/// there are few at once, because a body of nothing but small values takes over a hundred times its size in memory.
const LARGE_BODY: usize = 256 * 1024;
/// How many requests with a large body are worked on at once. The others wait, which costs their bodies' memory only.
const LARGE_AT_ONCE: usize = 2;

/// What the log and the figures call the building of indexes.
const CREATE_INDEXES: &str = "createIndexes";

/// Everything a request needs.
pub struct Gateway {
    backend: Box<dyn Backend>,
    keys: Keys,
    limits: Limits,
    namespaces: Namespaces,
    metrics: Metrics,
    capacity: Semaphore,
    large: Semaphore,
    ending: AtomicBool,
}

impl Gateway {
    /// A gateway in front of a backend.
    pub fn new(
        backend: Box<dyn Backend>,
        keys: Keys,
        limits: Limits,
        namespaces: Namespaces,
    ) -> Result<Self> {
        let capacity = Semaphore::new(limits.concurrency);
        let metrics = Metrics::new().context("cannot set up the metrics")?;
        let large = Semaphore::new(LARGE_AT_ONCE);
        Ok(Self {
            backend,
            keys,
            limits,
            namespaces,
            metrics,
            capacity,
            large,
            ending: AtomicBool::new(false),
        })
    }

    async fn begin(&self) -> Result<SemaphorePermit<'_>, Failure> {
        match tokio::time::timeout(TIME_TO_BEGIN, self.capacity.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(DataApiError::Unavailable("the gateway is busy; try again".into()).into()),
        }
    }

    fn key(&self, headers: &HeaderMap, needed: Role) -> Result<&Key, Failure> {
        let key = self.keys.authenticate(headers)?;
        if key.role < needed {
            return Err(Failure::forbidden(format!(
                "the key '{}' has the role {}; this needs {}",
                key.name,
                key.role.as_str(),
                needed.as_str()
            )));
        }
        Ok(key)
    }

    /// Carries out what was posted, within the limits of time, size and number.
    async fn answer(
        &self,
        task: Task,
        request: HttpRequest,
        entry: &mut LogEntry,
    ) -> Result<Response, Failure> {
        let key = self.key(request.headers(), task.needed_role())?;
        entry.key.clone_from(&key.name);
        let format = Format::from_accept(text(request.headers(), &header::ACCEPT));
        let limit = match task {
            Task::Action(_) => self.limits.timeout,
            Task::CreateIndexes => self.limits.index_timeout,
        };
        let work = async {
            // Before the body is read: the memory that bodies take is bounded by this as well.
            let _permit = self.begin().await?;
            let body = to_bytes(request.into_body(), self.limits.body_bytes).await.map_err(|_| {
                DataApiError::TooLarge(format!(
                    "the body has more than {} bytes, or ended before it was complete",
                    self.limits.body_bytes
                ))
            })?;
            // Until the end: what was made of a large body is needed as long as the backend works.
            let (request, _large) = self.read(task, body).await?;
            self.namespaces.check(&request.data_source, &request.database)?;
            entry.database.clone_from(&request.database);
            entry.collection.clone_from(&request.collection);
            let answer = self.run(&request.database, request.command, format).await;
            answer.map_err(|error| self.behind(error, &entry.collection))
        };
        let (status, body) = tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            self.metrics.backend_errors.with_label_values(&["Timeout"]).inc();
            Err(Failure::timed_out())
        })?;
        Ok((status, [(header::CONTENT_TYPE, format.media_type())], body.to_string()).into_response())
    }

    /// Reads a body. A large one is read beside the runtime's threads, on which all other requests wait meanwhile.
    async fn read(
        &self,
        task: Task,
        body: Bytes,
    ) -> Result<(Request, Option<SemaphorePermit<'_>>), DataApiError> {
        let is_large = body.len() > LARGE_BODY;
        let read = move || match task {
            Task::Action(name) => Request::read(name, &body),
            Task::CreateIndexes => Request::read_indexes(&body),
        };
        if !is_large {
            return Ok((read()?, None));
        }
        let failed = || DataApiError::Unavailable("the request's body could not be read".into());
        let permit = self.large.acquire().await.map_err(|_| failed())?;
        let request = tokio::task::spawn_blocking(read).await.map_err(|_| failed())??;
        Ok((request, Some(permit)))
    }

    async fn run(
        &self,
        database: &str,
        command: Command,
        format: Format,
    ) -> Result<(StatusCode, serde_json::Value), DataApiError> {
        Ok(match command {
            Command::Read { command, limit, answer } => {
                let documents = self.backend.read(database, command, limit).await?;
                (StatusCode::OK, answer.answer(documents, format))
            }
            Command::Write { command, answer } => {
                let reply = self.backend.write(database, command).await?;
                let status = if answer.is_created() { StatusCode::CREATED } else { StatusCode::OK };
                (status, answer.answer(&reply, format)?)
            }
            Command::CreateIndexes(command) => {
                let reply = self.backend.create_indexes(database, command).await?;
                let count = |name| reply.get_i32(name).ok();
                let body = json!({
                    "numIndexesBefore": count("numIndexesBefore"),
                    "numIndexesAfter": count("numIndexesAfter"),
                });
                (StatusCode::OK, body)
            }
        })
    }

    /// A failure behind the gateway, as it is counted and answered.
    fn behind(&self, error: DataApiError, collection: &str) -> Failure {
        self.metrics.backend_errors.with_label_values(&[error.code()]).inc();
        match error {
            DataApiError::DuplicateKey { index, .. } => {
                DataApiError::duplicate_key(collection, &index).into()
            }
            DataApiError::Unavailable(reason) => {
                // Not for the caller: it may name hosts and users.
                tracing::warn!(reason, "the backend is unavailable");
                DataApiError::Unavailable(
                    "the backend does not answer, not in time, or cannot do this now".into(),
                )
                .into()
            }
            other => other.into(),
        }
    }
}

/// What was posted.
#[derive(Clone, Copy)]
enum Task {
    Action(ActionName),
    CreateIndexes,
}

impl Task {
    const fn name(self) -> &'static str {
        match self {
            Self::Action(name) => name.as_str(),
            Self::CreateIndexes => CREATE_INDEXES,
        }
    }

    const fn needed_role(self) -> Role {
        match self {
            Self::Action(name) => Role::needed_for(name),
            Self::CreateIndexes => Role::Admin,
        }
    }
}

/// What is logged of a request, as far as it got.
#[derive(Default)]
struct LogEntry {
    key: String,
    database: String,
    collection: String,
}

/// Serves until SIGTERM or SIGINT; then finishes what is under way, for a limited time.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, routes(Arc::clone(&gateway))).with_graceful_shutdown(async {
        // An error means that the sender is gone, which is an end as well.
        let _ = ended.await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        result = &mut server => return result.context("the server's task failed")?.context("cannot serve"),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    gateway.ending.store(true, Ordering::Relaxed);
    tracing::info!("ending: finishing the requests under way");
    drop(end);
    let Ok(result) = tokio::time::timeout(gateway.limits.shutdown, server).await else {
        tracing::warn!("requests were still under way after the time that they are given");
        return Ok(());
    };
    result.context("the server's task failed")?.context("cannot serve")
}

fn routes(gateway: Arc<Gateway>) -> Router {
    let actions = Router::new().route("/action/{name}", post(action));
    Router::new()
        .merge(actions.clone())
        .nest("/endpoint/data/v1", actions.clone())
        .nest("/app/{app}/endpoint/data/v1", actions)
        .route("/admin/createIndexes", post(create_indexes))
        .route("/metrics", get(metrics))
        .route("/readyz", get(ready))
        .route("/healthz", get(|| async { axum::Json(json!({ "status": "ok" })) }))
        .fallback(|| async {
            Failure::not_found("there is nothing here; actions are posted to /action/<name>")
        })
        .method_not_allowed_fallback(|| async {
            let error = DataApiError::Invalid("actions are posted; this path takes another method".into());
            Failure::with_status(StatusCode::METHOD_NOT_ALLOWED, &error)
        })
        .layer(middleware::from_fn(request_id))
        .with_state(gateway)
}

async fn action(
    State(gateway): State<Arc<Gateway>>,
    Path(parameters): Path<std::collections::HashMap<String, String>>,
    request: HttpRequest,
) -> Response {
    let name = parameters.get("name").map(String::as_str).unwrap_or_default();
    match name.parse::<ActionName>() {
        Ok(name) => observed(&gateway, Task::Action(name), request).await,
        Err(error) => Failure::not_found(error.to_string()).into_response(),
    }
}

async fn create_indexes(State(gateway): State<Arc<Gateway>>, request: HttpRequest) -> Response {
    observed(&gateway, Task::CreateIndexes, request).await
}

/// Carries it out, counts it, and writes its line to the log.
async fn observed(gateway: &Gateway, task: Task, request: HttpRequest) -> Response {
    let id = text(request.headers(), &REQUEST_ID).unwrap_or_default().to_owned();
    let in_flight = InFlight::begin(&gateway.metrics);
    let start = Instant::now();
    let mut entry = LogEntry::default();
    let result = gateway.answer(task, request, &mut entry).await;
    let took = start.elapsed();
    drop(in_flight);
    let outcome = result.as_ref().map_or_else(|failure| failure.code().to_owned(), |_| "ok".to_owned());
    let response = result.unwrap_or_else(IntoResponse::into_response);
    gateway.metrics.requests.with_label_values(&[task.name(), &outcome]).inc();
    gateway.metrics.duration.with_label_values(&[task.name()]).observe(took.as_secs_f64());
    tracing::info!(
        request_id = id,
        action = task.name(),
        outcome,
        status = response.status().as_u16(),
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        key = entry.key,
        database = entry.database,
        collection = entry.collection,
        "request"
    );
    response
}

/// Counts a request as under way until dropped, also when its client leaves.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn begin(metrics: &'a Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

async fn metrics(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Result<Response, Failure> {
    gateway.key(&headers, Role::Read)?;
    let text = gateway.metrics.render().map_err(|_| {
        DataApiError::Unavailable("the figures cannot be written in Prometheus' format".into())
    })?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let not_ready = |reason: &str| {
        (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({ "status": "unavailable", "reason": reason })))
            .into_response()
    };
    if gateway.ending.load(Ordering::Relaxed) {
        return not_ready("ending");
    }
    match tokio::time::timeout(TIME_TO_PING, gateway.backend.ping()).await {
        Ok(Ok(())) => axum::Json(json!({ "status": "ok" })).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(reason = %error, "not ready");
            not_ready("backend")
        }
        Err(_) => {
            tracing::warn!(reason = "the backend did not answer in time", "not ready");
            not_ready("backend")
        }
    }
}

/// Gives every request an id, and every answer the id of its request.
async fn request_id(mut request: HttpRequest, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).filter(|id| is_request_id(id)).cloned();
    let id = given.or_else(|| HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).ok());
    let Some(id) = id else { return next.run(request).await };
    request.headers_mut().insert(&REQUEST_ID, id.clone());
    let mut response: Response<Body> = next.run(request).await;
    response.headers_mut().insert(&REQUEST_ID, id);
    response
}

/// Short and plain, so that nobody can write into the log through it.
fn is_request_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=LONGEST_REQUEST_ID).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
