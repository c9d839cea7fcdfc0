//! The one error of the Data API, whatever HTTP shape it came in.

use serde::{Deserialize, Serialize};

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
        }
    }

    /// The body it is answered with.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        let error = match self {
            // Without the words `Display` puts in front: the reader puts them there again.
            Self::Auth(message) | Self::Unavailable(message) | Self::Decode(message) => message.clone(),
            Self::Invalid(_) | Self::DuplicateKey { .. } | Self::TooLarge(_) => self.to_string(),
        };
        ErrorBody { error, error_code: self.code().to_owned() }
    }

    /// Reads the failure back from an HTTP answer that was not a success, from this project's servers or another's.
    #[must_use]
    pub fn from_response(status: u16, body: &[u8]) -> Self {
        let ErrorBody { error, error_code } = serde_json::from_slice(body).unwrap_or_else(|_| ErrorBody {
            // Someone's proxy, or a server that fails in plain text. Its first words are enough for a log.
            error: format!("HTTP {status}: {}", excerpt(body)),
            error_code: String::new(),
        });
        // Some servers answer a duplicate key with 400 or 500; MongoDB's own number is what they have in common.
        if status == 409 || error.contains("E11000") {
            let index = error.split("index: ").nth(1).and_then(|rest| rest.split_whitespace().next());
            return Self::DuplicateKey { index: index.unwrap_or_default().to_owned(), message: error };
        }
        match (status, error_code.as_str()) {
            (401 | 403, _) => Self::Auth(error),
            (413, _) => Self::TooLarge(error),
            (_, "Decode") => Self::Decode(error),
            (408 | 425 | 429 | 500.., _) => Self::Unavailable(error),
            _ => Self::Invalid(error),
        }
    }
}

/// Shorthand for the commonest error.
pub(crate) fn invalid(message: impl Into<String>) -> DataApiError {
    DataApiError::Invalid(message.into())
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(200).collect()
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
            assert!(matches!(error, DataApiError::DuplicateKey { index, .. } if index == "email_1"));
        }
        let proxy = DataApiError::from_response(502, b"<html>Bad gateway");
        assert_eq!(proxy, DataApiError::Unavailable("HTTP 502: <html>Bad gateway".into()));
        let session =
            br#"{"error":"invalid session: error finding user for endpoint","error_code":"InvalidSession"}"#;
        assert!(matches!(DataApiError::from_response(401, session), DataApiError::Auth(_)));
    }
}
