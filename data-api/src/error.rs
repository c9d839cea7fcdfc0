//! The one error of the Data API, whatever HTTP shape it came in.

use serde::{Deserialize, Serialize};
use voxora_domain::json;

/// Why an action was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataApiError {
    /// The endpoint does not accept our credentials.
    #[error("the document store refused the credentials: {0}")]
    Auth(String),
    /// The action itself is wrong: malformed, against MongoDB's rules, or not supported. Repeating it is pointless.
    #[error("{0}")]
    Invalid(String),
    /// A unique index stood against it.
    #[error("{message}")]
    DuplicateKey {
        /// The index's name as the schema declares it, `_id_` for the key itself, empty when the server did not say.
        index: String,
        /// What happened, in MongoDB's words.
        message: String,
    },
    /// The store did not carry it out now and may later; whether an interrupted write was done is unknown.
    #[error("the document store is unavailable: {0}")]
    Unavailable(String),
    /// The request, a document or the answer is larger than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// The answer, or a stored document, is not what was expected.
    #[error("the document store's answer was not understood: {0}")]
    Decode(String),
    /// The deployment's settings for the document store are incomplete or unusable; nothing was tried.
    #[error("{0}")]
    Misconfigured(String),
}

/// The JSON form of a failure: `{"error": "…", "error_code": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What happened, for people.
    pub error: String,
    /// Which kind, for programs; stable.
    #[serde(default)]
    pub error_code: String,
}

impl DataApiError {
    /// A duplicate key in MongoDB's words, without the value: it may be someone's address.
    #[must_use]
    pub fn duplicate_key(collection: &str, index: &str) -> Self {
        Self::DuplicateKey {
            index: index.to_owned(),
            message: format!("E11000 duplicate key error collection: {collection} index: {index}"),
        }
    }

    /// The stable `error_code`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Auth(_) => "InvalidSession",
            Self::Invalid(_) => "InvalidParameter",
            Self::DuplicateKey { .. } => "DuplicateKey",
            Self::Unavailable(_) => "Unavailable",
            Self::TooLarge(_) => "TooLarge",
            Self::Decode(_) => "Decode",
            Self::Misconfigured(_) => "Misconfigured",
        }
    }

    /// Whether trying again is pointless.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::DuplicateKey { .. } | Self::TooLarge(_) => true,
            Self::Auth(_) | Self::Misconfigured(_) | Self::Unavailable(_) | Self::Decode(_) => false,
        }
    }

    /// The HTTP status it is answered with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Auth(_) => 401,
            Self::Invalid(_) => 400,
            Self::DuplicateKey { .. } => 409,
            Self::Unavailable(_) => 503,
            Self::TooLarge(_) => 413,
            Self::Decode(_) => 502,
            Self::Misconfigured(_) => 500,
        }
    }

    /// The body it is answered with.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        let error = match self {
            // Without the words `Display` puts in front: the reader puts them there again.
            Self::Auth(message) | Self::Unavailable(message) | Self::Decode(message) => message.clone(),
            Self::Invalid(_) | Self::DuplicateKey { .. } | Self::TooLarge(_) | Self::Misconfigured(_) => {
                self.to_string()
            }
        };
        ErrorBody { error, error_code: self.code().to_owned() }
    }

    /// The same error with its message changed.
    #[must_use]
    pub(crate) fn map_message(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Auth(message) => Self::Auth(change(message)),
            Self::Invalid(message) => Self::Invalid(change(message)),
            Self::DuplicateKey { index, message } => Self::DuplicateKey { index, message: change(message) },
            Self::Unavailable(message) => Self::Unavailable(change(message)),
            Self::TooLarge(message) => Self::TooLarge(change(message)),
            Self::Decode(message) => Self::Decode(change(message)),
            Self::Misconfigured(message) => Self::Misconfigured(change(message)),
        }
    }

    /// Reads the failure back from an HTTP answer that was not a success, from this project's servers or another's.
    ///
    /// Statuses alone do not tell: some servers answer a duplicate key with 400 or 500, a wrong filter with 500, a
    /// missing key with 400. A wrong address (404, a redirect) says nothing about the action, so it counts as
    /// unavailable: what is to be stored must be kept until somebody has put the address right.
    #[must_use]
    pub fn from_response(status: u16, body: &[u8]) -> Self {
        let ErrorBody { error, error_code } = json::from_bytes(body).unwrap_or_else(|_| ErrorBody {
            // Someone's proxy, or a server that fails in plain text. Its first words are enough for a log.
            error: format!("HTTP {status}: {}", excerpt(&String::from_utf8_lossy(body))),
            error_code: String::new(),
        });
        let code = error_code.as_str();
        // MongoDB's own number is what all servers' duplicate keys have in common.
        if status == 409 || code == "DuplicateKey" || error.contains("E11000") {
            // What follows quotes the values.
            let message = error.split(" dup key").next().unwrap_or_default();
            let index = message.split("index: ").nth(1).and_then(|rest| rest.split_whitespace().next());
            return Self::DuplicateKey {
                index: index.unwrap_or_default().to_owned(),
                message: excerpt(message),
            };
        }
        let error = excerpt(&error);
        match status {
            401 | 403 => Self::Auth(error),
            400 | 500 if REFUSED_CREDENTIALS.contains(&code) || error.contains("authentication method") => {
                Self::Auth(error)
            }
            413 => Self::TooLarge(error),
            300..400 => {
                Self::Unavailable(format!("it redirects (HTTP {status}), which is not followed: {error}"))
            }
            404 | 405 => Self::Unavailable(format!("the address seems to be wrong (HTTP {status}): {error}")),
            500 if INVALID_COMMANDS.contains(&code) || code.starts_with("Location") => Self::Invalid(error),
            _ if code == "Decode" => Self::Decode(error),
            _ if code == "Misconfigured" => Self::Misconfigured(error),
            408 | 425 | 429 | 500.. => Self::Unavailable(error),
            _ => Self::Invalid(error),
        }
    }
}

/// MongoDB's names of refused credentials.
const REFUSED_CREDENTIALS: [&str; 3] = ["AuthenticationFailed", "InvalidSession", "Unauthorized"];

/// MongoDB's names of commands that are wrong in themselves, which some servers answer with 500. Others of its errors
/// have no name but their number, as `Location40353`.
const INVALID_COMMANDS: [&str; 12] = [
    "BadValue",
    "CannotCreateIndex",
    "CommandNotFound",
    "ConflictingUpdateOperators",
    "DocumentValidationFailure",
    "FailedToParse",
    "ImmutableField",
    "InvalidNamespace",
    "InvalidParameter",
    "MissingParameter",
    "NotImplemented",
    "TypeMismatch",
];

/// Shorthand for the commonest error.
pub(crate) fn invalid(message: impl Into<String>) -> DataApiError {
    DataApiError::Invalid(message.into())
}

/// As much of a text from elsewhere as belongs into a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::DataApiError;

    #[test]
    fn every_error_survives_the_wire() {
        for error in [
            DataApiError::Auth("wrong key".into()),
            DataApiError::Invalid("unknown operator: $where".into()),
            DataApiError::duplicate_key("users", "email_1"),
            DataApiError::Unavailable("timed out".into()),
            DataApiError::TooLarge("a document may have 1 MiB".into()),
            DataApiError::Decode("expected a map".into()),
            DataApiError::Misconfigured("DATA_API_KEY must be set".into()),
        ] {
            let body = serde_json::to_vec(&error.body()).unwrap();
            assert_eq!(DataApiError::from_response(error.status(), &body), error);
        }
    }

    #[test]
    fn other_servers_errors_are_recognised() {
        let duplicate = br#"{"error":"E11000 duplicate key error collection: v.users index: email_1 dup key: { email: \"a\" }"}"#;
        for status in [400, 500] {
            let error = DataApiError::from_response(status, duplicate);
            let message = "E11000 duplicate key error collection: v.users index: email_1".to_owned();
            assert_eq!(error, DataApiError::DuplicateKey { index: "email_1".into(), message });
        }
        let proxy = DataApiError::from_response(502, b"<html>Bad gateway");
        assert_eq!(proxy, DataApiError::Unavailable("HTTP 502: <html>Bad gateway".into()));
        let session =
            br#"{"error":"invalid session: error finding user for endpoint","error_code":"InvalidSession"}"#;
        assert!(matches!(DataApiError::from_response(401, session), DataApiError::Auth(_)));
        let nobody =
            br#"{"error":"no authentication methods were specified","error_code":"InvalidParameter"}"#;
        assert!(matches!(DataApiError::from_response(400, nobody), DataApiError::Auth(_)));
        for code in ["BadValue", "Location40353"] {
            let body = format!(r#"{{"error":"unknown operator: $where","error_code":"{code}"}}"#);
            let error = DataApiError::from_response(500, body.as_bytes());
            assert_eq!(error, DataApiError::Invalid("unknown operator: $where".into()), "{code}");
        }
        let other = br#"{"error":"interrupted","error_code":"InterruptedAtShutdown"}"#;
        assert_eq!(DataApiError::from_response(500, other), DataApiError::Unavailable("interrupted".into()));
    }

    #[test]
    fn a_wrong_address_says_nothing_about_the_action() {
        for status in [301, 302, 307, 308, 404, 405] {
            let error = DataApiError::from_response(status, b"<html>");
            assert!(matches!(error, DataApiError::Unavailable(_)), "{status}: {error}");
        }
    }

    #[test]
    fn messages_from_elsewhere_are_bounded() {
        let body = format!(r#"{{"error":"{}"}}"#, "x".repeat(10_000));
        for status in [400, 409, 500] {
            assert!(DataApiError::from_response(status, body.as_bytes()).to_string().len() < 400);
        }
        assert!(DataApiError::from_response(500, &[b'x'; 10_000]).to_string().len() < 400);
    }
}
