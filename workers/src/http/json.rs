//! JSON, in and out: the body of a request, an object in UTF-8 read the strict way; and the body of an answer.

use std::fmt::Display;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_domain::json;
use voxora_domain::wire::FieldError;

use super::extract::{Call, Extract};
use crate::error::AppError;

/// The largest body a request may have, in bytes, where the route says nothing else.
pub const BODY_BYTES: usize = 128 * 1024;

/// The JSON body of the request, or of the answer.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Extract for Json<T> {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        fit(body(call)?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        written(serde_json::to_vec(&self.0))
    }
}

fn written(json: serde_json::Result<Vec<u8>>) -> Response {
    let json = match json {
        Ok(json) => json,
        Err(error) => return AppError::internal(error).into_response(),
    };
    let mut response = Response::new(Body::from(json));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Reads fields of a body one after the other, and remembers all that do not fit, so that a form can say it at once.
#[derive(Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// The value of the field, or something in its place until [`Fields::check`] refuses the request.
    pub fn read<T: Default>(&mut self, pointer: &str, read: Result<T, impl Display>) -> T {
        read.unwrap_or_else(|why| {
            self.0.push(FieldError { pointer: pointer.to_owned(), detail: why.to_string() });
            T::default()
        })
    }

    /// The value of a field with fields of its own, each of which may not fit; their pointers begin with it.
    pub fn read_all<T: Default>(&mut self, pointer: &str, read: Result<T, Vec<FieldError>>) -> T {
        read.unwrap_or_else(|errors| {
            let below = |error: FieldError| FieldError {
                pointer: format!("{pointer}{}", error.pointer),
                detail: error.detail,
            };
            self.0.extend(errors.into_iter().map(below));
            T::default()
        })
    }

    /// Refuses the request if a field did not fit.
    pub fn check(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::invalid_fields(self.0)) }
    }
}

/// The JSON body of a change: what it does not name stays as it is, so it must name something.
pub struct Patch<T>(pub T);

impl<T: DeserializeOwned> Extract for Patch<T> {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let body = body(call)?;
        if body.as_object().is_some_and(serde_json::Map::is_empty) {
            return Err(AppError::nothing_to_change());
        }
        fit(body).map(Self)
    }
}

fn body(call: &Call) -> Result<Value, AppError> {
    if !is_json(&call.parts.headers) {
        return Err(AppError::unsupported_media_type());
    }
    parse(call.body.as_ref().map_err(Clone::clone)?)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

fn parse(body: &[u8]) -> Result<Value, AppError> {
    let text = str::from_utf8(body)
        .map_err(|error| AppError::malformed_body(format!("The body is not UTF-8: {error}.")))?;
    json::parse(text).map_err(|error| AppError::malformed_body(format!("The body is not JSON: {error}.")))
}

fn fit<T: DeserializeOwned>(body: Value) -> Result<T, AppError> {
    json::strictly(body).map_err(|misfit| AppError::invalid_fields(vec![misfit.into()]))
}

#[cfg(test)]
mod tests {
    use voxora_domain::wire::{ProblemCode, VisitorSessionRequest};

    use super::*;

    fn code(body: &[u8]) -> ProblemCode {
        parse(body).and_then(|body| fit::<VisitorSessionRequest>(body)).err().unwrap().code()
    }

    #[test]
    fn a_body_is_utf_8_and_then_json_and_then_an_object() {
        assert!(parse(b"{}").and_then(|body| fit::<VisitorSessionRequest>(body)).is_ok());
        assert_eq!(code(b"{\"renewalToken\":\"\xff\"}"), ProblemCode::MalformedBody);
        assert_eq!(code(b"{"), ProblemCode::MalformedBody);
        assert_eq!(code(b"{} {}"), ProblemCode::MalformedBody);
        assert_eq!(code(b"[]"), ProblemCode::InvalidField);
        assert_eq!(code(b"{\"x\":1}"), ProblemCode::InvalidField);
    }

    #[test]
    fn a_body_of_another_kind_is_not_looked_at() {
        let kind = |value: &'static str| {
            is_json(&[(header::CONTENT_TYPE, http::HeaderValue::from_static(value))].into_iter().collect())
        };
        assert!(kind("application/json") && kind("Application/JSON; charset=utf-8"));
        assert!(!kind("text/json") && !kind("application/jsonx") && !is_json(&HeaderMap::new()));
    }
}
