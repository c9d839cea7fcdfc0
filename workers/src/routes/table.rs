//! How the rows of the route table become a router: which row a request fits, and what those get that fit none.
//!
//! Paths are matched by `matchit`. A row's handler is one function, whatever it takes, and the table is data: a further route
//! brings its own code and nothing of the router's.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;

use crate::app::App;
use crate::auth::{self, Access};
use crate::error::AppError;
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
pub(super) struct Router {
    /// Where in `paths` a path's rows are.
    places: matchit::Router<usize>,
    /// The rows of each path.
    paths: Vec<Vec<&'static Row>>,
}

impl Router {
    /// The router of these rows. A path that contradicts an earlier one is left out: a test sees to it that there is none.
    pub(super) fn new(table: &'static [Row]) -> Self {
        let (mut places, mut paths) = (matchit::Router::new(), Vec::<Vec<&Row>>::new());
        for row in table {
            if let Some(rows) = paths.iter_mut().find(|rows| rows.iter().any(|other| other.path == row.path))
            {
                rows.push(row);
            } else if places.insert(row.path, paths.len()).is_ok() {
                paths.push(vec![row]);
            }
        }
        Self { places, paths }
    }

    /// Answers a request by the row it fits.
    pub(super) async fn answer(&self, app: App, request: Request) -> Response {
        let Some((rows, places)) = self.find(request.uri().path()) else {
            return unknown(&app, request.headers()).await;
        };
        // Whatever answers GET answers HEAD.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let mut response = match rows.iter().find(|row| row.method == *method) {
            Some(row) => run(row, app, places, request).await,
            None => other_method(rows, method),
        };
        if let Some(row) = rows.first() {
            response.extensions_mut().insert(Answered(row.path));
        }
        response
    }

    /// The rows of a path, and what stands in its places that vary.
    fn find(&self, path: &str) -> Option<(&[&'static Row], Vec<String>)> {
        let found = self.places.at(path).ok()?;
        let places = found.params.iter().map(|(_, place)| place.to_owned()).collect();
        Some((self.paths.get(*found.value)?, places))
    }

    /// What the rows of a path are called.
    #[cfg(test)]
    pub(super) fn names(&self, path: &str) -> Vec<&'static str> {
        self.find(path).map_or_else(Vec::new, |(rows, _)| rows.iter().map(|row| row.name).collect())
    }
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
        to_bytes(body, row.body_bytes).await.map_err(|error| unread(&error, row.body_bytes))
    };
    (row.handler)(Call { app, parts, places, principal, body }).await
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
fn other_method(rows: &[&Row], method: &Method) -> Response {
    let allow = allow(rows.iter().map(|row| &row.method));
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
}
