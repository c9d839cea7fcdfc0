//! Signing in and out, and going on with a session.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use voxora_domain::wire::{LoginRequest, ProblemCode, User};
use voxora_store::email;

use crate::app::App;
use crate::auth::{Member, limit, session};
use crate::error::AppError;
use crate::http::json;
use crate::refresh;

/// `POST /api/v1/auth/login`
#[worker::send]
pub async fn login(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    json::Json(request): json::Json<LoginRequest>,
) -> Result<Response, AppError> {
    let email = email::fold(&request.email);
    limit::attempt(&app, &headers, &email).await?;
    let user = app.store().users().by_credentials(&email, &request.password).await?;
    session::begin(&app, user, &uri).await
}

/// `POST /api/v1/auth/refresh`
#[worker::send]
pub async fn refresh(app: App, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    let presented = refresh::read(&headers).ok_or_else(AppError::session_ended)?;
    let store = app.store();
    let sessions = store.sessions(&app.config()?.jwt_secret);
    let holder = sessions.holder(&presented).await?;
    match sessions.refresh(&presented).await.map_err(AppError::from) {
        Ok((user, next)) => session::answer(&app, user, &next, &uri),
        Err(error) => {
            if let Some(holder) = holder.filter(|_| error.code() == ProblemCode::SessionEnded) {
                // Two parties had tokens of this session: whoever is the thief, what they have open ends with it.
                app.sessions().end(holder, presented.session).await?;
            }
            Err(error)
        }
    }
}

/// `POST /api/v1/auth/logout`
#[worker::send]
pub async fn logout(app: App, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    if let Some(presented) = refresh::read(&headers) {
        let store = app.store();
        let sessions = store.sessions(&app.config()?.jwt_secret);
        if let Some(user) = sessions.holder(&presented).await? {
            // Access tokens and sockets first: whoever repeats this after a failure still has the token that proves it.
            app.sessions().end(user, presented.session).await?;
        }
        sessions.sign_out(&presented).await?;
    }
    let clear = refresh::clear(session::is_secure(&uri))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]).into_response())
}

/// `GET /api/v1/auth/me`
#[worker::send]
pub async fn me(app: App, Member(id): Member) -> Result<Json<User>, AppError> {
    app.store().users().by_id(id).await?.map(Json).ok_or_else(AppError::session_ended)
}
