//! What somebody gets who has proved who they are: an access token, and a refresh token in a cookie.

use axum::response::{IntoResponse, Response};
use http::{Uri, header};
use voxora_domain::Millis;
use voxora_domain::access::{Permissions, token};
use voxora_domain::id::SessionId;
use voxora_domain::jobs::Template;
use voxora_domain::wire::{AgentSession, User};
use voxora_durable_objects::time::now;
use voxora_store::Time;
use voxora_store::roles::with_own_account;
use voxora_store::sessions::{Client, RefreshToken};
use voxora_store::users::UserDocument;

use super::device::Device;
use super::refresh;
use crate::app::{App, log_failure};
use crate::error::AppError;
use crate::http::json::Json;

/// Begins a session of somebody as they were when they proved who they are. From then on the account knows the device.
pub async fn begin(
    app: &App,
    user: UserDocument,
    client: Client,
    uri: &Uri,
    device: Option<Device>,
) -> Result<Response, AppError> {
    let config = app.config()?;
    let store = app.store();
    let lasts = seconds(app).await?;
    let token = store.sessions(&config.keys).lasting(lasts).open(&user, client).await?;
    if device.is_none() && user.last_seen_at.is_some() {
        tell_of_new_device(app, &user, token.session).await;
    }
    if let Err(error) = store.users().seen(user.id).await {
        log_failure("note a sign-in", &error.into());
    }
    let user = UserDocument { last_seen_at: Some(Time(store.now)), ..user };
    let device = device.unwrap_or_else(Device::unknown);
    let device = device.cookie(config, &user.email, now(), is_secure(uri))?;
    let mut response = answer(app, user, &token, uri, lasts, store.now).await?;
    response.headers_mut().append(header::SET_COOKIE, device);
    Ok(response)
}

/// Somebody signs in with a device that the account does not know, and not for the first time: its owner is told. Whether that
/// comes about does not stand in the way of signing in.
async fn tell_of_new_device(app: &App, user: &UserDocument, session: SessionId) {
    let template = Template::NewDevice { user: user.id, session };
    if let Err(error) = app.mail().send(template, &user.email, user.id).await {
        log_failure("tell of a new device", &error);
    }
}

/// For how long a session lasts after its last use, in seconds.
pub async fn seconds(app: &App) -> Result<i64, AppError> {
    Ok(i64::from(app.settings().await?.session_days) * 24 * 60 * 60)
}

/// The answer that begins a session or goes on with it, which `lasts` so many seconds. `since` is from before the session was read or written: whatever ends
/// it afterwards ends this access token, too.
pub async fn answer(
    app: &App,
    user: UserDocument,
    next: &RefreshToken,
    uri: &Uri,
    lasts: i64,
    since: Millis,
) -> Result<Response, AppError> {
    // A role that is gone permits nothing but one's own account.
    let permissions = app.store().roles().permissions(user.role).await?;
    let permissions = permissions.unwrap_or_else(|| with_own_account(Permissions::NONE));
    let user = User::from(user);
    let access_token = token::sign_agent(&app.config()?.keys, &user, permissions, next.session, since)
        .map_err(AppError::internal)?;
    let cookie = refresh::cookie(next, lasts, is_secure(uri))?;
    let session = AgentSession { access_token, expires_in: token::AGENT_SECONDS, user, permissions };
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// Whether the browser may be told to send the cookie over TLS only.
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}
