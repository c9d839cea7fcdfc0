//! Wraps every request: gives it an id, routes it, writes the problem document if it failed, and logs one line of JSON.
//!
//! A log line says method, route (the pattern, not the path: paths hold ids), status, duration and request id, and the
//! cause of a failure. Never a token, a query, or the text of a message.

use axum::body::{Body, HttpBody};
use axum::response::IntoResponse;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use uuid::Uuid;
use voxora_domain::wire::ProblemCode;
use worker::web_sys;
use worker::{Context, Date, Env, console_error, console_log, request_from_wasm};

use crate::app::App;
use crate::error::AppError;
use crate::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request.
pub async fn answer(request: web_sys::Request, env: Env, context: Context) -> http::Response<Body> {
    let started = Date::now().as_millis();
    let request_id = Uuid::new_v4().to_string();
    let method = request.method();

    let mut response = match request_from_wasm(request) {
        Ok(request) => routes::answer(App::new(env, context, &request_id), request.map(Body::new)).await,
        // The platform lets through what HTTP does not allow: control characters in a header, say.
        Err(error) => {
            AppError::invalid_request(format!("This is not a valid HTTP request: {error}.")).into_response()
        }
    };

    let failure = response.extensions_mut().remove::<AppError>();
    if let Some(failure) = &failure {
        describe(&mut response, failure, &request_id);
    }
    say_length(&mut response, &method);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));

    let route = response.extensions_mut().remove::<routes::Answered>();
    let status = response.status().as_u16();
    let line = LogLine {
        level: if status >= 500 { "error" } else { "info" },
        request_id: &request_id,
        method: &method,
        route: route.map_or("none", |route| route.0),
        status,
        duration_ms: Date::now().as_millis().saturating_sub(started),
        code: failure.as_ref().map(AppError::code),
        cause: failure.as_ref().and_then(AppError::cause),
    };
    let line = serde_json::to_string(&line).unwrap_or_default();
    if status >= 500 {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
    response
}

/// Says how long the body is, where it is known and the status may say; and leaves it out where only the head was asked for.
fn say_length(response: &mut http::Response<Body>, method: &str) {
    let status = response.status();
    if let Some(length) = response.body().size_hint().exact()
        && !status.is_informational()
        && status != StatusCode::NO_CONTENT
    {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    if method == "HEAD" {
        *response.body_mut() = Body::empty();
    }
}

/// What the log says of a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogLine<'a> {
    level: &'static str,
    request_id: &'a str,
    method: &'a str,
    route: &'static str,
    status: u16,
    /// Workers' clocks stand still between I/O: this is time spent waiting.
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ProblemCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

/// Writes the problem document of a failure.
fn describe(response: &mut http::Response<Body>, failure: &AppError, request_id: &str) {
    if let Ok(body) = serde_json::to_string(&failure.problem(request_id)) {
        *response.body_mut() = Body::from(body);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
}
