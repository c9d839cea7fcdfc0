//! Signing in and out, and going on with a session.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use voxora_domain::id::SessionId;
use voxora_domain::wire::{AgentSession, LoginRequest, User};
use voxora_durable_objects::time::now;

use crate::accounts::Accounts;
use crate::app::App;
use crate::device::Device;
use crate::error::AppError;
use crate::extract::{self, Agent};
use crate::refresh::RefreshToken;
use crate::token;

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
    let email = request.email.trim().to_lowercase();
    limit(&app, &headers, &email).await?;
    let accounts = Accounts { documents: app.documents(), now: now() };
    let device = Device::read(app.config()?, &headers, &email, now());
    let attempt = app.limits(&headers)?.log_in(&email, device).await?;
    let user = accounts.sign_in(&email, &request.password).await?;
    let device = attempt.succeeded().await?;
    sign_in(&app, &accounts, user, &uri, device).await
}

/// `POST /api/v1/auth/refresh`
#[worker::send]
pub async fn refresh(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    check_origin(&uri, &headers)?;
    let presented = RefreshToken::read(&headers).ok_or_else(AppError::session_ended)?;
    let accounts = Accounts { documents: app.documents(), now: now() };
    let (user, next) = accounts.refresh(&presented).await?;
    let cookie = next.map(|next| next.cookie(is_secure(&uri))).transpose()?;
    answer(&app, user, presented.session, cookie)
}

/// `POST /api/v1/auth/logout`
#[worker::send]
pub async fn logout(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    check_origin(&uri, &headers)?;
    if let Some(presented) = RefreshToken::read(&headers) {
        let accounts = Accounts { documents: app.documents(), now: now() };
        accounts.sign_out(&presented).await?;
    }
    let clear = RefreshToken::clear(is_secure(&uri))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]).into_response())
}

/// `GET /api/v1/auth/me`
#[worker::send]
pub async fn me(State(app): State<App>, agent: Agent) -> Result<Json<User>, AppError> {
    let accounts = Accounts { documents: app.documents(), now: now() };
    accounts.user(agent.id).await?.map(Json).ok_or_else(AppError::session_ended)
}

/// Begins a session for a user who has proved who they are.
///
/// From then on their account knows the device.
pub async fn sign_in(
    app: &App,
    accounts: &Accounts,
    user: User,
    uri: &Uri,
    device: Option<Device>,
) -> Result<Response, AppError> {
    let refresh = accounts.open_session(user.id).await?;
    let cookie = refresh.cookie(is_secure(uri))?;
    let device = device.map_or_else(Device::new, Ok)?;
    let device = device.cookie(app.config()?, &user.email, now(), is_secure(uri))?;
    let mut response = answer(app, user, refresh.session, Some(cookie))?;
    response.headers_mut().append(header::SET_COOKIE, device);
    Ok(response)
}

fn answer(
    app: &App,
    user: User,
    session: SessionId,
    cookie: Option<HeaderValue>,
) -> Result<Response, AppError> {
    let access_token = token::sign_agent(app.config()?, &user, session)?;
    let mut response =
        Json(AgentSession { access_token, expires_in: token::AGENT_SECONDS, user }).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
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
