//! How the rows of the route table become a router.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::app::App;
use crate::auth::{self, Access};
use crate::error::AppError;
use crate::http::json::BODY_BYTES;

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
    handler: MethodRouter,
}

impl Row {
    pub(super) fn with_body_bytes(self, body_bytes: usize) -> Self {
        Self { body_bytes, ..self }
    }
}

pub(super) fn get<H: Handler<T, ()>, T: 'static>(
    path: &'static str,
    access: Access,
    name: &'static str,
    handler: H,
) -> Row {
    let handler = on(MethodFilter::GET, handler);
    Row { method: Method::GET, path, access, name, body_bytes: BODY_BYTES, handler }
}

pub(super) fn post<H: Handler<T, ()>, T: 'static>(
    path: &'static str,
    access: Access,
    name: &'static str,
    handler: H,
) -> Row {
    let handler = on(MethodFilter::POST, handler);
    Row { method: Method::POST, path, access, name, body_bytes: BODY_BYTES, handler }
}

pub(super) fn patch<H: Handler<T, ()>, T: 'static>(
    path: &'static str,
    access: Access,
    name: &'static str,
    handler: H,
) -> Row {
    let handler = on(MethodFilter::PATCH, handler);
    Row { method: Method::PATCH, path, access, name, body_bytes: BODY_BYTES, handler }
}

pub(super) fn put<H: Handler<T, ()>, T: 'static>(
    path: &'static str,
    access: Access,
    name: &'static str,
    handler: H,
) -> Row {
    let handler = on(MethodFilter::PUT, handler);
    Row { method: Method::PUT, path, access, name, body_bytes: BODY_BYTES, handler }
}

pub(super) fn delete<H: Handler<T, ()>, T: 'static>(
    path: &'static str,
    access: Access,
    name: &'static str,
    handler: H,
) -> Row {
    let handler = on(MethodFilter::DELETE, handler);
    Row { method: Method::DELETE, path, access, name, body_bytes: BODY_BYTES, handler }
}

/// The pattern of the route that answered, on its answer.
#[derive(Clone, Copy)]
pub struct Answered(pub &'static str);

/// The router that the rows make.
pub(super) fn router(table: Vec<Row>) -> Router {
    let mut paths: Vec<(&'static str, Vec<Method>)> = Vec::new();
    let mut router = Router::new();
    for row in table {
        match paths.iter_mut().find(|(path, _)| *path == row.path) {
            Some((_, methods)) => methods.push(row.method),
            None => paths.push((row.path, vec![row.method])),
        }
        let layer = from_fn_with_state((row.access, Answered(row.path)), admit);
        let handler = row.handler.route_layer(layer).route_layer(DefaultBodyLimit::max(row.body_bytes));
        router = router.route(row.path, handler);
    }
    for (path, methods) in paths {
        let path_alone = Path { answered: Answered(path), allow: allow(&methods) };
        router = router.route(path, MethodRouter::new().fallback(other_method).with_state(path_alone));
    }
    router.fallback(unknown)
}

/// Answers what fits no row: with a page for humans to a browser that asks for one, else with a problem document.
///
/// Not by `not_found_handling` of the static files: that would answer before the Worker is asked, for every address a person
/// types, be it a route; and with routes excepted, programs would be given the page as well.
#[worker::send]
async fn unknown(app: App, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("text/html"))
        && let Ok(mut page) = app.page("/404").await
    {
        *page.status_mut() = StatusCode::NOT_FOUND;
        return page;
    }
    AppError::not_found("page or route").into_response()
}

/// What is known of a request that has a route's path and not its method.
#[derive(Clone)]
struct Path {
    answered: Answered,
    /// The methods it could have had, as `Allow` names them.
    allow: String,
}

fn allow(methods: &[Method]) -> String {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if let Some(get) = names.iter().position(|name| *name == "GET") {
        // Whatever answers GET answers HEAD.
        names.insert(get + 1, "HEAD");
    }
    names.push("OPTIONS");
    names.join(", ")
}

/// Answers `OPTIONS`, and refuses the methods that the path does not take.
async fn other_method(State(path): State<Path>, method: Method) -> Response {
    let mut response = if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        AppError::method_not_allowed(&path.allow).into_response()
    };
    if let Ok(allow) = HeaderValue::from_str(&path.allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response.extensions_mut().insert(path.answered);
    response
}

/// The layer before each handler.
async fn admit(
    State((access, answered)): State<(Access, Answered)>,
    app: App,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut response = match auth::admit(&app, access, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.into_response(),
    };
    response.extensions_mut().insert(answered);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_allows_the_methods_of_its_rows() {
        assert_eq!(allow(&[Method::GET, Method::PATCH]), "GET, HEAD, PATCH, OPTIONS");
        assert_eq!(allow(&[Method::POST]), "POST, OPTIONS");
    }
}
