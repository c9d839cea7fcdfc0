//! The edge: where every request enters, who is asking, and the REST routes.
//!
//! Stateless. A request is given an id, routed by axum to a handler that reads as its story (who is asking, load,
//! decide, write, answer), and logged as one line of JSON. All failures are [`error::AppError`]s and leave as RFC 9457
//! problem documents.

mod accounts;
mod app;
mod config;
mod device;
mod error;
mod extract;
mod limits;
mod observe;
mod password;
mod refresh;
mod routes;
mod token;

use axum::body::Body;
use worker::{Context, Env, HttpRequest, event};

/// Once per instance of the program, before anything else.
#[event(start)]
fn start() {
    token::install_provider();
}

/// Every request that is not for a static file.
#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _context: Context) -> worker::Result<http::Response<Body>> {
    Ok(observe::answer(request, env).await)
}
