//! What is answered when an action is not carried out: a status and the contract's `{error, error_code}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use voxora_data_api::DataApiError;
use voxora_data_api::contract::ErrorBody;

/// How much of a backend's message is passed on, in characters.
const LONGEST_MESSAGE: usize = 500;

/// A refusal or a failure, as it goes out. [`DataApiError::from_response`] reads each of them back.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    body: ErrorBody,
}

impl Failure {
    /// A failure whose status is not the usual one of its kind.
    pub fn with_status(status: StatusCode, error: &DataApiError) -> Self {
        Self { status, body: error.body() }
    }

    /// The key is good, but not for this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::with_status(StatusCode::FORBIDDEN, &DataApiError::Auth(message.into()))
    }

    /// It took longer than it may.
    pub fn timed_out() -> Self {
        let error = DataApiError::Unavailable("the request took longer than the gateway allows".into());
        Self::with_status(StatusCode::GATEWAY_TIMEOUT, &error)
    }

    /// There is nothing at this path.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::with_status(StatusCode::NOT_FOUND, &DataApiError::Invalid(message.into()))
    }

    /// The stable code, for logs and metrics.
    pub fn code(&self) -> &str {
        &self.body.error_code
    }
}

impl From<DataApiError> for Failure {
    fn from(error: DataApiError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::with_status(status, &error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status;
        let body = serde_json::json!({ "error": self.body.error, "error_code": self.body.error_code });
        let mut response = (status, axum::Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A backend's message as it may be passed on: of a length that fits a log line, and without what stands in double
/// quotes or braces, which is where databases quote documents. (In single quotes they name fields, except in messages
/// about conversions: [`not_converted`].)
pub fn passed_on(message: &str) -> String {
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut kept = String::new();
    for character in message.chars() {
        let hidden = quoted || depth > 0;
        match character {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth = depth.saturating_sub(1),
            _ if hidden => continue,
            _ => {}
        }
        let opened = !hidden && (quoted || depth > 0);
        let closed = hidden && !quoted && depth == 0;
        if opened {
            kept.extend([character, '…']);
        } else if closed || !hidden {
            kept.push(character);
        }
    }
    kept.chars().take(LONGEST_MESSAGE).collect()
}

/// A value could not be converted, by `$toInt`, `$dateFromString` or another of them. Databases quote the value in many
/// ways there, so nothing of their message is passed on.
pub fn not_converted() -> DataApiError {
    DataApiError::Invalid(
        "a value cannot be converted as the request asks; $convert and $dateFromString take an onError for that".into(),
    )
}

/// An index of a name that is to be made is there already, with other keys or options. The database's message describes
/// both and says nothing of what to do.
pub fn index_made_otherwise(message: &str) -> DataApiError {
    let existing = message.rsplit("existing index").next().unwrap_or_default();
    // MongoDB writes `name: "email_1"`, DocumentDB `"name" : "email_1"`.
    let after_name = existing.split_once("name: ").or_else(|| existing.split_once("\"name\" : "));
    let name = after_name.and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or("?");
    DataApiError::Invalid(format!(
        "an index named '{name}' is there already and made otherwise, perhaps by an earlier version: drop it, then ask again"
    ))
}

#[cfg(test)]
mod tests {
    use super::passed_on;

    #[test]
    fn what_a_database_quotes_of_a_document_is_left_out() {
        for (message, kept) in [
            ("Unrecognized operator specified: $foo", "Unrecognized operator specified: $foo"),
            (
                "Cannot apply $inc. { _id: \"ada\", n: { a: 1 } } has the field 'n' of type \"string\"",
                "Cannot apply $inc. {…} has the field 'n' of type \"…\"",
            ),
            ("not closed: \"ada", "not closed: \"…"),
            ("{a}{b}} x \"{\" y", "{…}{…}} x \"…\" y"),
        ] {
            assert_eq!(passed_on(message), kept);
        }
        assert_eq!(passed_on(&"x".repeat(1000)).len(), 500);
    }
}
