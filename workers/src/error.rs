//! The one error of the edge: what the caller is told, and what only the log is told.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use voxora_data_api::DataApiError;
use voxora_domain::id::InvalidId;
use voxora_domain::inbox::ConnectError;
use voxora_domain::limiter::{Quota, Verdict};
use voxora_domain::room::RoomError;
use voxora_domain::sockets::Refusal;
use voxora_domain::wire::{ErrorCode, FieldError, Problem, ProblemCode};
use voxora_durable_objects::call::CallError;
use voxora_store::StoreError;

/// Why a request failed.
#[derive(Debug, Clone)]
pub struct AppError {
    code: ProblemCode,
    detail: String,
    /// The fields of the body that do not fit.
    errors: Vec<FieldError>,
    /// For the log alone.
    cause: Option<String>,
    retry_after_seconds: Option<u32>,
    /// The headers `RateLimit-Policy` and `RateLimit`.
    rate_limit: Option<Box<(String, String)>>,
}

impl AppError {
    fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail, errors: Vec::new(), cause: None, retry_after_seconds: None, rate_limit: None }
    }

    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The problem document (RFC 9457), under the request's id.
    pub fn problem(&self, request_id: &str) -> Problem {
        Problem {
            kind: self.code.uri(),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail: self.detail.clone(),
            code: self.code,
            errors: self.errors.clone(),
            request_id: request_id.to_owned(),
        }
    }

    pub fn unauthenticated(detail: &'static str) -> Self {
        Self::new(ProblemCode::Unauthenticated, detail)
    }

    pub fn wrong_credentials() -> Self {
        let detail = "There is no account with this e-mail address and password.";
        Self::new(ProblemCode::WrongCredentials, detail)
    }

    pub fn session_ended() -> Self {
        Self::new(ProblemCode::SessionEnded, "The session has ended; sign in again.")
    }

    /// Only the layer of the route table refuses so, and rooms do.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::Forbidden, detail)
    }

    pub fn wrong_setup_token() -> Self {
        Self::new(
            ProblemCode::WrongSetupToken,
            "This is not the deployment's SETUP_TOKEN. `cargo xtask dev` prints it; a deployed Worker has it as a secret.",
        )
    }

    pub fn already_set_up() -> Self {
        Self::new(ProblemCode::AlreadySetUp, "The first admin exists already; sign in.")
    }

    pub fn duplicate_key(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::DuplicateKey, detail)
    }

    /// Another one has the value of a field that is unique.
    pub fn taken(field: &str) -> Self {
        let error = FieldError { pointer: format!("/{field}"), detail: "is that of another one".to_owned() };
        Self {
            errors: vec![error],
            ..Self::new(ProblemCode::DuplicateKey, format!("Another one has this {field}."))
        }
    }

    /// Something of mail is not set up: what, the detail says.
    pub fn mail_not_set_up(missing: &str) -> Self {
        let detail = format!("Mail is not set up: {missing} is missing. docs/DEPLOY.md says how to set it.");
        Self::new(ProblemCode::MailNotSetUp, detail)
    }

    pub fn archived() -> Self {
        let detail = "It is archived, or merged into another, and goes nowhere any more.";
        Self::new(ProblemCode::Archived, detail)
    }

    pub fn link_spent() -> Self {
        let detail =
            "This link was used, a later one has taken its place, or it is too old. Ask for another.";
        Self::new(ProblemCode::LinkSpent, detail)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("There is no such {what}."))
    }

    pub fn method_not_allowed(allowed: &str) -> Self {
        Self::new(ProblemCode::MethodNotAllowed, format!("This route takes {allowed}."))
    }

    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::InvalidRequest, detail)
    }

    pub fn malformed_body(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::MalformedBody, detail)
    }

    /// What does not fit is not one field of a JSON body.
    pub fn invalid_field(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::InvalidField, detail)
    }

    /// Fields of the body do not fit. The first is also the problem's detail, after its name.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(String::new, |FieldError { pointer, detail }| {
            let name = pointer.strip_prefix('/').unwrap_or("the body");
            format!("{name} {detail}.")
        });
        Self { errors, ..Self::new(ProblemCode::InvalidField, detail) }
    }

    pub fn nothing_to_change() -> Self {
        Self::new(ProblemCode::NothingToChange, "The body names nothing to change.")
    }

    pub fn precondition_failed() -> Self {
        Self::new(
            ProblemCode::PreconditionFailed,
            "It has changed since the version that If-Match names; read it again.",
        )
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(
            ProblemCode::UnsupportedMediaType,
            "The body must be JSON, and content-type say so: application/json.",
        )
    }

    pub fn body_too_large(limit: usize) -> Self {
        Self::new(ProblemCode::BodyTooLarge, format!("A body has at most {limit} bytes."))
    }

    pub fn upgrade_required() -> Self {
        let detail = "This is a WebSocket of the subprotocol voxora.v1; see docs/PROTOCOL.md.";
        Self::new(ProblemCode::UpgradeRequired, detail)
    }

    pub fn rate_limited(seconds: u32) -> Self {
        let detail = format!("Too many attempts; try again in {seconds} seconds.");
        Self { retry_after_seconds: Some(seconds), ..Self::new(ProblemCode::RateLimited, detail) }
    }

    /// An exact limit is used up.
    pub fn over_limit(name: &str, quota: Quota, verdict: Verdict) -> Self {
        let Quota { count, seconds } = quota;
        let policy = format!("\"{name}\";q={count};w={seconds}");
        let state = format!("\"{name}\";r={};t={}", verdict.remaining, verdict.wait_seconds());
        Self { rate_limit: Some(Box::new((policy, state))), ..Self::rate_limited(verdict.wait_seconds()) }
    }

    /// A secret or a variable is missing or unfit. What is said names it, never its value.
    pub fn misconfigured(cause: &impl ToString) -> Self {
        Self::new(ProblemCode::Misconfigured, cause.to_string())
    }

    /// A bug, or a part of the house that answers nonsense.
    #[allow(clippy::needless_pass_by_value)] // so that it can be named in `map_err`
    pub fn internal(cause: impl ToString) -> Self {
        let detail = "Something went wrong here. The request id finds it in the logs.";
        Self { cause: Some(cause.to_string()), ..Self::new(ProblemCode::Internal, detail) }
    }

    /// A part of the house does not answer now.
    #[allow(clippy::needless_pass_by_value)] // so that it can be named in `map_err`
    pub fn unavailable(cause: impl ToString) -> Self {
        let detail = "A part of the service does not answer; try again in a moment.";
        let error = Self::new(ProblemCode::Unavailable, detail);
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

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadySetUp => Self::already_set_up(),
            StoreError::SessionEnded => Self::session_ended(),
            StoreError::WrongCredentials => Self::wrong_credentials(),
            StoreError::NotFound(what) => Self::not_found(what),
            StoreError::Changed => Self::precondition_failed(),
            StoreError::Taken(field) => Self::taken(field),
            StoreError::KeyReused => Self::new(
                ProblemCode::ClientIdReused,
                "This Idempotency-Key was used before for another request; each needs its own.",
            ),
            StoreError::InUse(number) => {
                let detail = format!("{number} conversations have it. Archive it, or merge it into another.");
                Self::new(ProblemCode::InUse, detail)
            }
            StoreError::Archived => Self::archived(),
            StoreError::LinkSpent => Self::link_spent(),
            StoreError::LastAdmin => Self::new(
                ProblemCode::LastAdmin,
                "Somebody must be an admin who can sign in. Make somebody else one first; where two admins leave at the same time, \
                 try again.",
            ),
            StoreError::InvitationOver => Self::new(
                ProblemCode::InvitationOver,
                "This invitation was accepted or revoked, a newer link has taken the place of this one, or its seven days are over. \
                 Ask for another.",
            ),
            StoreError::Internal(cause) => Self::internal(cause),
            StoreError::Documents(error) => error.into(),
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        match problem_code(refusal.code) {
            Some(code) => Self::new(code, refusal.message),
            None => Self::internal(refusal),
        }
    }
}

/// What a room's refusal is over REST. Some are about frames, and cannot be the answer to a request.
const fn problem_code(code: ErrorCode) -> Option<ProblemCode> {
    match code {
        ErrorCode::InvalidClientId => Some(ProblemCode::InvalidClientId),
        ErrorCode::EmptyMessage => Some(ProblemCode::EmptyMessage),
        ErrorCode::MessageTooLong => Some(ProblemCode::MessageTooLong),
        ErrorCode::ClientIdReused => Some(ProblemCode::ClientIdReused),
        ErrorCode::ConversationClosed => Some(ProblemCode::ConversationClosed),
        ErrorCode::TooManyTags => Some(ProblemCode::TooManyTags),
        ErrorCode::Forbidden => Some(ProblemCode::Forbidden),
        ErrorCode::MalformedFrame
        | ErrorCode::UnknownFrame
        | ErrorCode::FrameTooLarge
        | ErrorCode::Unauthenticated
        | ErrorCode::RateLimited
        | ErrorCode::NoSuchMessage
        | ErrorCode::TooLate
        | ErrorCode::Internal => None,
    }
}

impl From<ConnectError> for AppError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::TooManyConnections => {
                Self::new(ProblemCode::TooManyConnections, format!("{error}."))
            }
            ConnectError::Storage(_) => Self::unavailable(error),
        }
    }
}

impl From<RoomError> for AppError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NotFound => Self::not_found("conversation"),
            RoomError::TooManyConnections => Self::new(ProblemCode::TooManyConnections, format!("{error}.")),
            RoomError::Refused(refusal) => refusal.into(),
            RoomError::Incomplete(_) => Self::new(
                ProblemCode::HistoryLost,
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
        *response.status_mut() = self.status();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let limit = self.rate_limit.iter().map(AsRef::as_ref);
        for (name, value) in
            limit.flat_map(|(policy, state)| [("ratelimit-policy", policy), ("ratelimit", state)])
        {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        let explained = match self.code.status() {
            401 => Some((header::WWW_AUTHENTICATE, "Bearer")),
            426 => Some((header::UPGRADE, "websocket")),
            _ => None,
        };
        if let Some((name, value)) = explained {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_is_named_in_words_and_by_its_pointer() {
        let field =
            |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "is missing".to_owned() };
        let problem = AppError::invalid_fields(vec![field("/email"), field("/name")]).problem("id");
        assert_eq!((problem.status, problem.detail.as_str()), (422, "email is missing."));
        assert_eq!(problem.errors, [field("/email"), field("/name")]);
        assert_eq!(problem.kind, "/docs/#invalid_field");
        assert_eq!(AppError::invalid_fields(vec![field("")]).detail(), "the body is missing.");
    }

    #[test]
    fn a_cause_is_for_the_log_alone() {
        let error = AppError::unavailable("secret trouble");
        let problem = serde_json::to_string(&error.problem("id")).unwrap();
        assert!(!problem.contains("secret trouble") && !problem.contains("errors"), "{problem}");
        assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn an_answer_says_how_to_do_better() {
        let header = |error: AppError, name| error.into_response().headers().get(name).cloned();
        assert_eq!(header(AppError::session_ended(), header::WWW_AUTHENTICATE).unwrap(), "Bearer");
        assert_eq!(header(AppError::upgrade_required(), header::UPGRADE).unwrap(), "websocket");
        assert_eq!(header(AppError::rate_limited(60), header::RETRY_AFTER).unwrap(), "60");
    }
}
