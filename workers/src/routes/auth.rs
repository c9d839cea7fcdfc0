//! Signing in and out, and going on with a session.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use voxora_domain::wire::{AgentSession, LoginRequest, User};
use voxora_store::email;
use voxora_store::sessions::RefreshToken;

use crate::app::App;
use crate::error::AppError;
use crate::extract::{self, Agent};
use crate::{refresh, token};

/// The period of the binding `LOGIN_LIMIT`, in seconds.
const LIMIT_SECONDS: u32 = 60;

/// `POST /api/v1/auth/login`
#[worker::send]
pub async fn login(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    extract::Json(request): extract::Json<LoginRequest>,
) -> Result<Response, AppError> {
    let email = email::fold(&request.email);
    limit(&app, &headers, &email).await?;
    let user = app.store().users().by_credentials(&email, &request.password).await?;
    sign_in(&app, user, &uri).await
}

/// `POST /api/v1/auth/refresh`
#[worker::send]
pub async fn refresh(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    check_origin(&uri, &headers)?;
    let presented = refresh::read(&headers).ok_or_else(AppError::session_ended)?;
    let store = app.store();
    let (user, next) = store.sessions(&app.config()?.jwt_secret).refresh(&presented).await?;
    answer(&app, user, &next, &uri)
}

/// `POST /api/v1/auth/logout`
#[worker::send]
pub async fn logout(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    check_origin(&uri, &headers)?;
    if let Some(presented) = refresh::read(&headers) {
        let store = app.store();
        store.sessions(&app.config()?.jwt_secret).sign_out(&presented).await?;
    }
    let clear = refresh::clear(is_secure(&uri))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]).into_response())
}

/// `GET /api/v1/auth/me`
#[worker::send]
pub async fn me(State(app): State<App>, agent: Agent) -> Result<Json<User>, AppError> {
    app.store().users().by_id(agent.id).await?.map(Json).ok_or_else(AppError::session_ended)
}

/// Begins a session for a user who has proved who they are.
pub async fn sign_in(app: &App, user: User, uri: &Uri) -> Result<Response, AppError> {
    let store = app.store();
    let token = store.sessions(&app.config()?.jwt_secret).open(user.id).await?;
    answer(app, user, &token, uri)
}

fn answer(app: &App, user: User, refresh_token: &RefreshToken, uri: &Uri) -> Result<Response, AppError> {
    let access_token = token::sign_agent(app.config()?, &user, refresh_token.session)?;
    let cookie = refresh::cookie(refresh_token, is_secure(uri))?;
    let session = AgentSession { access_token, expires_in: token::AGENT_SECONDS, user };
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// Slows down guessing: some tries a minute per network address and account, counted coarsely at the edge.
pub async fn limit(app: &App, headers: &HeaderMap, account: &str) -> Result<(), AppError> {
    let address = headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    let outcome = app.env.rate_limiter("LOGIN_LIMIT").map_err(AppError::internal)?;
    let outcome = outcome.limit(format!("{address} {account}")).await.map_err(AppError::unavailable)?;
    if outcome.success { Ok(()) } else { Err(AppError::rate_limited(LIMIT_SECONDS)) }
}

/// A cookie speaks for its user whoever sends it along; the browser says on whose page it was sent.
fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<(), AppError> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let own =
        uri.authority().map(|authority| format!("{}://{authority}", uri.scheme_str().unwrap_or("https")));
    if own.as_deref() == Some(origin) {
        return Ok(());
    }
    Err(AppError::forbidden("This may only be asked from the dashboard's own site."))
}

fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}
