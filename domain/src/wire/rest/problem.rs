//! Why a request failed: problem details (RFC 9457), with a code that is a type on both sides.

use serde::{Deserialize, Serialize};

use crate::json::Misfit;

/// A stable name for the reason of a failure, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ProblemCode {
    /// The body is not JSON in UTF-8.
    MalformedBody,
    /// A part of the path, of the query or a header does not fit.
    InvalidRequest,
    /// There is no token, or none that is good.
    Unauthenticated,
    /// No account has this e-mail address and password.
    WrongCredentials,
    /// The session has ended; sign in again.
    SessionEnded,
    /// Whoever asks may not do this.
    Forbidden,
    /// This is not the deployment's `SETUP_TOKEN`.
    WrongSetupToken,
    /// There is no such thing, or no such route.
    NotFound,
    /// The route does not take this method; `Allow` names those it takes.
    MethodNotAllowed,
    /// The first admin exists already.
    AlreadySetUp,
    /// A client id, or an idempotency key, was used before for something else.
    ClientIdReused,
    /// The conversation is closed.
    ConversationClosed,
    /// Another document has this value of a unique field.
    DuplicateKey,
    /// Something still refers to it.
    InUse,
    /// It is archived: it stays where it is, and goes nowhere else.
    Archived,
    /// The conversation has as many tags as one may have.
    TooManyTags,
    /// There would be no active admin any more.
    LastAdmin,
    /// The deployment cannot send mails yet; the detail names what is missing.
    MailNotSetUp,
    /// The conversation is archived, and the document store has lost part of it.
    HistoryLost,
    /// The invitation was accepted or revoked, a newer link has taken its place, or its time is over.
    InvitationOver,
    /// The link was used, a later one has taken its place, or it is too old.
    LinkSpent,
    /// The resource has changed since the version that `If-Match` names.
    PreconditionFailed,
    /// The body is larger than the route takes.
    BodyTooLarge,
    /// The body is not declared as what the route takes.
    UnsupportedMediaType,
    /// A field of the body does not fit; `errors` says which and why.
    InvalidField,
    /// A change that names nothing to change.
    NothingToChange,
    /// A message without a visible character.
    EmptyMessage,
    /// A message with too many characters.
    MessageTooLong,
    /// A client id that is none.
    InvalidClientId,
    /// The route is a WebSocket.
    UpgradeRequired,
    /// Too many requests; `Retry-After` says how long to wait.
    RateLimited,
    /// The visitor has too many sockets open.
    TooManyConnections,
    /// A bug, or a part of the house that answers nonsense.
    Internal,
    /// A secret or a variable is missing or unfit; the detail names it.
    Misconfigured,
    /// A part of the service does not answer now.
    Unavailable,
}

impl ProblemCode {
    /// All of them, by ascending status.
    pub const ALL: [Self; 35] = [
        Self::MalformedBody,
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::WrongCredentials,
        Self::SessionEnded,
        Self::Forbidden,
        Self::WrongSetupToken,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::AlreadySetUp,
        Self::ClientIdReused,
        Self::ConversationClosed,
        Self::DuplicateKey,
        Self::InUse,
        Self::Archived,
        Self::TooManyTags,
        Self::LastAdmin,
        Self::MailNotSetUp,
        Self::HistoryLost,
        Self::InvitationOver,
        Self::LinkSpent,
        Self::PreconditionFailed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidField,
        Self::NothingToChange,
        Self::EmptyMessage,
        Self::MessageTooLong,
        Self::InvalidClientId,
        Self::UpgradeRequired,
        Self::RateLimited,
        Self::TooManyConnections,
        Self::Internal,
        Self::Misconfigured,
        Self::Unavailable,
    ];

    /// Name in JSON, HTTP status, and title.
    const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::MalformedBody => ("malformed_body", 400, "Malformed body"),
            Self::InvalidRequest => ("invalid_request", 400, "Invalid request"),
            Self::Unauthenticated => ("unauthenticated", 401, "Not authenticated"),
            Self::WrongCredentials => ("wrong_credentials", 401, "Wrong e-mail address or password"),
            Self::SessionEnded => ("session_ended", 401, "Session ended"),
            Self::Forbidden => ("forbidden", 403, "Forbidden"),
            Self::WrongSetupToken => ("wrong_setup_token", 403, "Wrong set-up token"),
            Self::NotFound => ("not_found", 404, "Not found"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "Method not allowed"),
            Self::AlreadySetUp => ("already_set_up", 409, "Already set up"),
            Self::ClientIdReused => ("client_id_reused", 409, "Client id reused"),
            Self::ConversationClosed => ("conversation_closed", 409, "Conversation closed"),
            Self::DuplicateKey => ("duplicate_key", 409, "Duplicate key"),
            Self::InUse => ("in_use", 409, "In use"),
            Self::Archived => ("archived", 409, "Archived"),
            Self::TooManyTags => ("too_many_tags", 409, "Too many tags"),
            Self::LastAdmin => ("last_admin", 409, "Last admin"),
            Self::MailNotSetUp => ("mail_not_set_up", 409, "Mail is not set up"),
            Self::HistoryLost => ("history_lost", 410, "History lost"),
            Self::InvitationOver => ("invitation_over", 410, "Invitation over"),
            Self::LinkSpent => ("link_spent", 410, "Link spent"),
            Self::PreconditionFailed => ("precondition_failed", 412, "Precondition failed"),
            Self::BodyTooLarge => ("body_too_large", 413, "Body too large"),
            Self::UnsupportedMediaType => ("unsupported_media_type", 415, "Unsupported media type"),
            Self::InvalidField => ("invalid_field", 422, "Invalid field"),
            Self::NothingToChange => ("nothing_to_change", 422, "Nothing to change"),
            Self::EmptyMessage => ("empty_message", 422, "Empty message"),
            Self::MessageTooLong => ("message_too_long", 422, "Message too long"),
            Self::InvalidClientId => ("invalid_client_id", 422, "Invalid client id"),
            Self::UpgradeRequired => ("upgrade_required", 426, "Upgrade required"),
            Self::RateLimited => ("rate_limited", 429, "Too many requests"),
            Self::TooManyConnections => ("too_many_connections", 429, "Too many connections"),
            Self::Internal => ("internal", 500, "Internal error"),
            Self::Misconfigured => ("misconfigured", 500, "Misconfigured"),
            Self::Unavailable => ("unavailable", 503, "Unavailable"),
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// What it is called, the same for every occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// A URI reference that identifies it, and leads to what is written about it.
    #[must_use]
    pub fn uri(self) -> String {
        format!("/docs/#{}", self.name())
    }
}

/// Why a request failed: RFC 9457 problem details, `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A URI reference that names the kind of problem and leads to its description.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong and what would be right.
    pub detail: String,
    /// A stable name for the reason, for programs.
    pub code: ProblemCode,
    /// The fields of the body that do not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<FieldError>>"))]
    pub errors: Vec<FieldError>,
    /// The request's id, as in `x-request-id` and in the logs.
    pub request_id: String,
}

/// What is wrong with one field of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// Which: a JSON pointer (RFC 6901) into the body, such as `/status`; empty for the body itself.
    pub pointer: String,
    /// What is wrong with it, in words.
    pub detail: String,
}

impl From<Misfit> for FieldError {
    fn from(misfit: Misfit) -> Self {
        let (pointer, detail) = misfit.into_parts();
        Self { pointer, detail }
    }
}

#[cfg(test)]
pub(super) fn declare(out: &mut super::super::tests::Declarations) {
    out.add::<ProblemCode>();
    out.add::<FieldError>();
    out.add::<Problem>();
}

#[cfg(test)]
mod tests {
    use ts_rs::TS;

    use super::*;

    #[test]
    fn every_code_is_listed_with_the_name_it_has_in_json() {
        let declared = ProblemCode::decl(&ts_rs::Config::default());
        assert_eq!(declared.matches('"').count(), 2 * ProblemCode::ALL.len(), "{declared}");
        let mut before = 0;
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert!(code.status() >= before, "{} is out of order", code.name());
            before = code.status();
        }
    }

    /// Docs that cannot drift: each code is in the row of its status, and no other is there.
    #[test]
    fn the_documentation_lists_the_codes_there_are() {
        let docs = include_str!("../../../../docs/API.md");
        let mut documented: Vec<(u16, String)> = Vec::new();
        for line in docs.lines() {
            let Some((status, codes)) = line.strip_prefix("| ").and_then(|line| line.split_once(" | "))
            else {
                continue;
            };
            let Ok(status) = status.parse() else { continue };
            for part in codes.split('`').skip(1).step_by(2) {
                if part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                    documented.push((status, part.to_owned()));
                }
            }
        }
        let mut codes: Vec<_> =
            ProblemCode::ALL.iter().map(|code| (code.status(), code.name().to_owned())).collect();
        codes.sort();
        documented.sort();
        documented.dedup();
        assert_eq!(documented, codes);
    }
}
