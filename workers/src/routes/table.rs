//! How the rows of the route table become a router: which row a request fits, and what those get that fit none.
//!
//! The table is data, and a request is held to its rows one after the other: nothing is built before the first request of an
//! isolate, and a further route brings its own code and nothing of the router's. A row's handler is one function, whatever it
//! takes.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;

use crate::app::App;
use crate::auth::{self, Access};
use crate::error::AppError;
use crate::http::apart;
use crate::http::extract::{Answer, Call};

/// One route.
pub struct Row {
    pub method: Method,
    /// With its variable parts in braces.
    pub path: &'static str,
    /// What it asks of whoever calls it.
    pub access: Access,
    /// A stable name, for programs and documents.
    pub name: &'static str,
    /// The largest body it takes.
    pub body_bytes: usize,
    /// The handler, whatever it takes: `row!` makes it so.
    pub(super) handler: fn(Call) -> Answer,
}

/// One route: its method, path, what it asks of whoever calls it, its name, the function that answers; and how large a body it
/// takes, where that is not the usual.
macro_rules! row {
    ($method:ident $path:literal, $access:expr, $name:literal, $handler:path) => {
        $crate::routes::table::row!($method $path, $access, $name, $handler, $crate::http::json::BODY_BYTES)
    };
    ($method:ident $path:literal, $access:expr, $name:literal, $handler:path, $body_bytes:expr) => {
        $crate::routes::table::Row {
            method: ::http::Method::$method,
            path: $path,
            access: $access,
            name: $name,
            body_bytes: $body_bytes,
            handler: |call| $crate::http::extract::Handler::call(&$handler, call),
        }
    };
}
pub(super) use row;

/// The pattern of the route that answered, on its answer.
#[derive(Clone, Copy)]
pub struct Answered(pub &'static str);

/// The rows, found by the path they are for.
pub(super) struct Router(pub(super) &'static [Row]);

impl Router {
    /// Answers a request by the row it fits.
    pub(super) async fn answer(&self, app: App, request: Request) -> Response {
        let Some((path, places)) = self.find(request.uri().path()) else {
            return apart(unknown(&app, request.headers())).await;
        };
        // Whatever answers GET answers HEAD.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let mut response = match self.rows(path).find(|row| row.method == *method) {
            Some(row) => run(row, app, places, request).await,
            None => other_method(self.rows(path), method),
        };
        response.extensions_mut().insert(Answered(path));
        response
    }

    /// The pattern that a path fits, and what stands in its places that vary. Of several it is the one that says more: a brace
    /// comes after all that a path is written in, so the pattern that has a word where another has a place is the lesser.
    fn find(&self, path: &str) -> Option<(&'static str, Vec<String>)> {
        let fitting = self.0.iter().map(|row| row.path).filter(|pattern| fits(pattern, path));
        let pattern = fitting.min()?;
        let places =
            segments(pattern, path).filter(|(part, _)| varies(part)).map(|(_, place)| place.to_owned());
        Some((pattern, places.collect()))
    }

    /// The rows of a path.
    fn rows(&self, path: &'static str) -> impl Iterator<Item = &'static Row> {
        self.0.iter().filter(move |row| row.path == path)
    }

    /// What the rows of a path are called.
    #[cfg(test)]
    pub(super) fn names(&self, path: &str) -> Vec<&'static str> {
        self.find(path).map_or_else(Vec::new, |(path, _)| self.rows(path).map(|row| row.name).collect())
    }
}

/// Whether a path has what the pattern has, and something in each place that varies.
fn fits(pattern: &str, path: &str) -> bool {
    // Most rows are told by how they begin, before anything is taken apart.
    let (fixed, _) = pattern.split_once('{').unwrap_or((pattern, ""));
    path.starts_with(fixed)
        && pattern.split('/').count() == path.split('/').count()
        && segments(pattern, path)
            .all(|(part, place)| if varies(part) { !place.is_empty() } else { part == place })
}

/// The parts of a pattern, each beside what stands there in the path.
fn segments<'a>(pattern: &'a str, path: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    pattern.split('/').zip(path.split('/'))
}

/// Whether a part of a pattern stands for whatever a path has there.
fn varies(part: &str) -> bool {
    part.starts_with('{')
}

/// Has the row's handler answer, if the row lets the request through.
async fn run(row: &Row, app: App, places: Vec<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let principal = match auth::admit(&app, row.access, &parts).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal.into_response(),
    };
    let body = if matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE) {
        Ok(Bytes::new())
    } else {
        apart(read(body, row.body_bytes)).await
    };
    (row.handler)(Call { app, parts, places, principal, body }).await
}

async fn read(body: Body, limit: usize) -> Result<Bytes, AppError> {
    to_bytes(body, limit).await.map_err(|error| unread(&error, limit))
}

fn unread(error: &axum::Error, limit: usize) -> AppError {
    let cause = std::error::Error::source(error);
    if cause.and_then(|cause| cause.downcast_ref::<LengthLimitError>()).is_some() {
        AppError::body_too_large(limit)
    } else {
        AppError::malformed_body(format!("The body could not be read: {error}."))
    }
}

/// Answers what fits no row: with a page for humans to a browser that asks for one, else with a problem document.
///
/// Not by `not_found_handling` of the static files: that would answer before the Worker is asked, for every address a person
/// types, be it a route; and with routes excepted, programs would be given the page as well.
async fn unknown(app: &App, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("text/html"))
        && let Ok(mut page) = app.page("/404").await
    {
        *page.status_mut() = StatusCode::NOT_FOUND;
        return page;
    }
    AppError::not_found("page or route").into_response()
}

/// The methods of a path, as `Allow` names them.
fn allow<'a>(methods: impl Iterator<Item = &'a Method>) -> String {
    let mut names: Vec<&str> = methods.map(Method::as_str).collect();
    if let Some(get) = names.iter().position(|name| *name == "GET") {
        // Whatever answers GET answers HEAD.
        names.insert(get + 1, "HEAD");
    }
    names.push("OPTIONS");
    names.join(", ")
}

/// Answers `OPTIONS`, and refuses the methods that the path does not take.
fn other_method(rows: impl Iterator<Item = &'static Row>, method: &Method) -> Response {
    let allow = allow(rows.map(|row| &row.method));
    let mut response = if *method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        AppError::method_not_allowed(&allow).into_response()
    };
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_allows_the_methods_of_its_rows() {
        assert_eq!(allow([Method::GET, Method::PATCH].iter()), "GET, HEAD, PATCH, OPTIONS");
        assert_eq!(allow([Method::POST].iter()), "POST, OPTIONS");
    }

    #[test]
    fn a_path_fits_a_pattern_that_has_its_words_and_something_in_each_place() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "", false),
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a", "/ab", false),
            ("/a/{id}", "/a/1", true),
            ("/a/{id}", "/a/", false),
            ("/a/{id}", "/a", false),
            ("/a/{id}", "/a/1/", false),
            ("/a/{id}", "/a/%2F", true),
            ("/a/{id}", "/a/{id}", true),
            ("/a/{id}/b/{other}", "/a/1/b/2", true),
            ("/a/{id}/b/{other}", "/a/1/c/2", false),
            ("/a/{id}/b/{other}", "/a//b/2", false),
            ("/a/{id}/b/{other}", "/a/1/b", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn a_word_goes_before_a_place_and_places_are_read_in_order() {
        let router = Router(super::super::table());
        let found = |path| router.find(path).map(|(pattern, places)| (pattern, places.join(" ")));
        assert_eq!(found("/api/v1/roles/presets"), Some(("/api/v1/roles/presets", String::new())));
        assert_eq!(found("/api/v1/roles/preset"), Some(("/api/v1/roles/{id}", "preset".to_owned())));
        let tag = Some(("/api/v1/conversations/{id}/tags/{tag}", "1 a%20b".to_owned()));
        assert_eq!(found("/api/v1/conversations/1/tags/a%20b"), tag);
        assert_eq!(found("/api/v1/conversations/1/tags"), None);
        assert_eq!(found("/api/v1/roles/"), None);
    }
}
