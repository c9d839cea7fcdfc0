//! What somebody gets who has proved who they are: an access token, and a refresh token in a cookie.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{Uri, header};
use voxora_domain::access::token;
use voxora_domain::wire::{AgentSession, User};
use voxora_durable_objects::time::now;
use voxora_store::sessions::RefreshToken;

use super::device::Device;
use super::refresh;
use crate::app::App;
use crate::error::AppError;

/// Begins a session. From then on the account knows the device.
pub async fn begin(app: &App, user: User, uri: &Uri, device: Option<Device>) -> Result<Response, AppError> {
    let token = app.store().sessions(&app.config()?.jwt_secret).open(user.id).await?;
    let device = device.unwrap_or_else(Device::unknown);
    let device = device.cookie(app.config()?, &user.email, now(), is_secure(uri))?;
    let mut response = answer(app, user, &token, uri).await?;
    response.headers_mut().append(header::SET_COOKIE, device);
    Ok(response)
}

/// The answer that begins a session or goes on with it.
pub async fn answer(app: &App, user: User, next: &RefreshToken, uri: &Uri) -> Result<Response, AppError> {
    let permissions = app.store().roles().permissions(user.role).await?;
    let secret = &app.config()?.jwt_secret;
    let access_token =
        token::sign_agent(secret, &user, permissions, next.session, now()).map_err(AppError::internal)?;
    let cookie = refresh::cookie(next, is_secure(uri))?;
    let session = AgentSession { access_token, expires_in: token::AGENT_SECONDS, user, permissions };
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// Whether the browser may be told to send the cookie over TLS only.
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}
