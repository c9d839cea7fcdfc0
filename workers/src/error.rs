//! The one error of the edge: what the caller is told, and what only the log is told.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use voxora_data_api::DataApiError;
use voxora_domain::id::InvalidId;
use voxora_domain::limiter::{Quota, Verdict};
use voxora_domain::room::RoomError;
use voxora_domain::socket::Refusal;
use voxora_domain::wire::ErrorCode;
use voxora_durable_objects::call::CallError;

/// Why a request failed.
#[derive(Debug, Clone)]
pub struct AppError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// For the log alone.
    cause: Option<String>,
    retry_after_seconds: Option<u32>,
    /// The headers `RateLimit-Policy` and `RateLimit`.
    rate_limit: Option<(String, String)>,
}

impl AppError {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), cause: None, retry_after_seconds: None, rate_limit: None }
    }

    pub const fn status(&self) -> StatusCode {
        self.status
    }

    pub const fn code(&self) -> &'static str {
        self.code
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub fn unauthenticated(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    pub fn wrong_credentials() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "There is no account with this e-mail address and password.",
        )
    }

    pub fn session_ended() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "session_ended", "The session has ended; sign in again.")
    }

    pub fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub fn wrong_setup_token() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "wrong_setup_token",
            "This is not the deployment's SETUP_TOKEN. `cargo xtask dev` prints it; a deployed Worker has it as a secret.",
        )
    }

    pub fn already_set_up() -> Self {
        Self::new(StatusCode::CONFLICT, "already_set_up", "The first admin exists already; sign in.")
    }

    pub fn duplicate_key(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "duplicate_key", detail)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This route does not take this method.",
        )
    }

    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    pub fn malformed_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_body", detail)
    }

    pub fn invalid_field(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be JSON, and content-type say so: application/json.",
        )
    }

    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("A body has at most {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    pub fn upgrade_required() -> Self {
        Self::new(
            StatusCode::UPGRADE_REQUIRED,
            "upgrade_required",
            "This is a WebSocket of the subprotocol voxora.v1; see docs/PROTOCOL.md.",
        )
    }

    pub fn rate_limited(seconds: u32) -> Self {
        let detail = format!("Too many attempts; try again in {seconds} seconds.");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail);
        Self { retry_after_seconds: Some(seconds), ..error }
    }

    /// An exact limit is used up.
    pub fn over_limit(name: &str, quota: Quota, verdict: Verdict) -> Self {
        let Quota { count, seconds } = quota;
        let policy = format!("\"{name}\";q={count};w={seconds}");
        let state = format!("\"{name}\";r={};t={}", verdict.remaining, verdict.wait_seconds());
        Self { rate_limit: Some((policy, state)), ..Self::rate_limited(verdict.wait_seconds()) }
    }

    /// A secret or a variable is missing or unfit. What is said names it, never its value.
    pub fn misconfigured(cause: &impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", cause.to_string())
    }

    /// A bug, or a part of the house that answers nonsense.
    #[allow(clippy::needless_pass_by_value)] // so that it can be named in `map_err`
    pub fn internal(cause: impl ToString) -> Self {
        let detail = "Something went wrong here. The request id finds it in the logs.";
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
        Self { cause: Some(cause.to_string()), ..error }
    }

    /// A part of the house does not answer now.
    #[allow(clippy::needless_pass_by_value)] // so that it can be named in `map_err`
    pub fn unavailable(cause: impl ToString) -> Self {
        let detail = "A part of the service does not answer; try again in a moment.";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        Self { cause: Some(cause.to_string()), retry_after_seconds: Some(1), ..error }
    }
}

impl From<InvalidId> for AppError {
    fn from(error: InvalidId) -> Self {
        Self::invalid_request(format!("{error}."))
    }
}

impl From<CallError> for AppError {
    fn from(error: CallError) -> Self {
        Self::unavailable(error)
    }
}

impl From<DataApiError> for AppError {
    fn from(error: DataApiError) -> Self {
        match error {
            DataApiError::Unavailable(_) => Self::unavailable(error),
            DataApiError::Misconfigured(_) => Self::misconfigured(&error),
            _ => Self::internal(error),
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal.code {
            ErrorCode::InvalidClientId => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_client_id"),
            ErrorCode::EmptyMessage => (StatusCode::UNPROCESSABLE_ENTITY, "empty_message"),
            ErrorCode::MessageTooLong => (StatusCode::UNPROCESSABLE_ENTITY, "message_too_long"),
            ErrorCode::ConversationClosed => (StatusCode::CONFLICT, "conversation_closed"),
            ErrorCode::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            // The rest are about frames and cannot be the answer to a request.
            _ => return Self::internal(refusal),
        };
        Self::new(status, code, refusal.message)
    }
}

impl From<RoomError> for AppError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NotFound => Self::not_found("conversation"),
            RoomError::TooManyConnections => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_connections", format!("{error}."))
            }
            RoomError::Refused(refusal) => refusal.into(),
            RoomError::Incomplete(_) => Self::new(
                StatusCode::GONE,
                "history_lost",
                "Part of this conversation's history is not in the document store any more. It goes on once that is restored \
                 from a backup; until then, begin a new one.",
            ),
            RoomError::Storage(_) | RoomError::Archived => Self::unavailable(error),
        }
    }
}

impl IntoResponse for AppError {
    /// An empty answer that carries the error; [`crate::observe`] writes the problem document, because it knows the
    /// request's id.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in self
            .rate_limit
            .iter()
            .flat_map(|(policy, state)| [("ratelimit-policy", policy), ("ratelimit", state)])
        {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::UPGRADE_REQUIRED {
            response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
