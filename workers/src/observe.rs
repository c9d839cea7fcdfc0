//! Wraps every request: gives it an id, routes it, writes the problem document if it failed, and logs one line of JSON.
//!
//! A log line says method, route (the pattern, not the path: paths hold ids), status, duration and request id, and the
//! cause of a failure. Never a token, a query, or the text of a message.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use tower_service::Service;
use uuid::Uuid;
use voxora_domain::wire::Problem;
use worker::{Date, Env, HttpRequest, console_error, console_log};

use crate::app::App;
use crate::error::AppError;
use crate::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The pattern of the route that answered.
#[derive(Clone)]
struct Route(String);

/// Remembers on the answer which route gave it.
pub async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Answers a request.
pub async fn answer(request: HttpRequest, env: Env) -> http::Response<Body> {
    let started = Date::now().as_millis();
    let request_id = Uuid::new_v4().to_string();
    let method = request.method().clone();

    let mut response = match routes::router(App::new(env, &request_id)).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };

    let failure = response.extensions_mut().remove::<AppError>();
    if let Some(failure) = &failure {
        describe(&mut response, failure, &request_id);
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));

    let route = response.extensions_mut().remove::<Route>();
    let status = response.status().as_u16();
    let line = LogLine {
        level: if status >= 500 { "error" } else { "info" },
        request_id: &request_id,
        method: method.as_str(),
        route: route.as_ref().map_or("none", |route| &route.0),
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

/// What the log says of a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogLine<'a> {
    level: &'static str,
    request_id: &'a str,
    method: &'a str,
    route: &'a str,
    status: u16,
    /// Workers' clocks stand still between I/O: this is time spent waiting.
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

/// Writes the problem document (RFC 9457) of a failure.
fn describe(response: &mut http::Response<Body>, failure: &AppError, request_id: &str) {
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: failure.status().canonical_reason().unwrap_or("Error").to_owned(),
        status: failure.status().as_u16(),
        detail: failure.detail().to_owned(),
        code: failure.code().to_owned(),
        request_id: request_id.to_owned(),
    };
    if let Ok(body) = serde_json::to_string(&problem) {
        *response.body_mut() = Body::from(body);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
}
