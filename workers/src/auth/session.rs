//! What somebody gets who has proved who they are: an access token, and a refresh token in a cookie.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Uri, header};
use voxora_domain::id::SessionId;
use voxora_domain::wire::{AgentSession, User};
use voxora_durable_objects::time::now;

use super::device::Device;
use crate::app::App;
use crate::error::AppError;
use crate::token;

/// Begins a session. From then on the account knows the device.
pub async fn begin(app: &App, user: User, uri: &Uri, device: Option<Device>) -> Result<Response, AppError> {
    let refresh = app.accounts().open_session(user.id).await?;
    let cookie = refresh.cookie(is_secure(uri))?;
    let device = device.map_or_else(Device::new, Ok)?;
    let device = device.cookie(app.config()?, &user.email, now(), is_secure(uri))?;
    let mut response = answer(app, user, refresh.session, Some(cookie))?;
    response.headers_mut().append(header::SET_COOKIE, device);
    Ok(response)
}

/// The answer that begins a session or goes on with it.
pub fn answer(
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

/// Whether the browser may be told to send the cookie over TLS only.
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}
