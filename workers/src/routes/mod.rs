//! The routes. One file per resource; `docs/API.md` says what each takes and gives.

mod auth;
mod conversations;
mod export;
mod health;
mod import;
mod inbox;
mod outbox;
mod setup;
mod widget;

use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;
use crate::error::AppError;
use crate::extract::BODY_BYTES;
use crate::observe::remember_route;

/// All routes over one request's view of the deployment.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/setup", get(setup::status).post(setup::create))
        .route("/auth/login", post(auth::login))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/logout", post(auth::logout))
        .route("/auth/me", get(auth::me))
        .route("/widget/session", post(widget::session))
        .route("/conversations", get(conversations::list).post(conversations::start))
        .route("/conversations/{id}", get(conversations::show).patch(conversations::update))
        .route("/conversations/{id}/events", get(conversations::events))
        .route("/conversations/{id}/socket", get(conversations::socket))
        .route("/inbox/socket", get(inbox::socket))
        .route("/outbox", get(outbox::show))
        .route("/outbox/retry", post(outbox::retry))
        .route("/export/{collection}", get(export::export))
        .route(
            "/import/{collection}",
            post(import::import).layer(DefaultBodyLimit::max(import::IMPORT_BYTES)),
        );
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/dashboard/") }))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(outbox::metrics))
        .nest("/api/v1", api)
        .method_not_allowed_fallback(|| async { AppError::method_not_allowed() })
        .route_layer(middleware::from_fn(remember_route))
        .fallback(|| async { AppError::not_found("page or route") })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app)
}
