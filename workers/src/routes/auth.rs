//! Signing in and out, and going on with a session.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use voxora_domain::wire::{LoginRequest, ProblemCode};
use voxora_store::email;

use crate::app::App;
use crate::auth::{Asking, guess, in_time, refresh as refresh_cookie, session};
use crate::error::AppError;
use crate::http::json::Json;

/// `POST /api/v1/auth/login`
pub async fn login(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Asking(client): Asking,
    Json(request): Json<LoginRequest>,
) -> Result<Response, AppError> {
    let email = email::fold(&request.email);
    let store = app.store();
    let users = store.users();
    let check = users.by_credentials(&email, &request.password);
    let (user, device) = Box::pin(guess(&app, &headers, &email, check)).await?;
    in_time(Box::pin(session::begin(&app, user, client, &uri, device))).await
}

/// `POST /api/v1/auth/refresh`
pub async fn refresh(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Asking(client): Asking,
) -> Result<Response, AppError> {
    let presented = refresh_cookie::read(&headers).ok_or_else(AppError::session_ended)?;
    let store = app.store();
    let lasts = session::seconds(&app).await?;
    let sessions = store.sessions(&app.config()?.keys).lasting(lasts);
    let holder = sessions.holder(&presented).await?;
    match sessions.refresh(&presented, &client.place).await.map_err(AppError::from) {
        Ok((user, next)) => session::answer(&app, user, &next, &uri, lasts, store.now).await,
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
pub async fn logout(app: App, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    if let Some(presented) = refresh_cookie::read(&headers) {
        let store = app.store();
        let sessions = store.sessions(&app.config()?.keys);
        if let Some(user) = sessions.holder(&presented).await? {
            // Access tokens and sockets first: whoever repeats this after a failure still has the token that proves it.
            app.sessions().end(user, presented.session).await?;
        }
        sessions.sign_out(&presented).await?;
    }
    let clear = refresh_cookie::clear(session::is_secure(&uri))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "A member of the team signs in with e-mail address and password. That gives an access token, good for 15 minutes, and a \
                 refresh cookie, good for 30 days from its last use, which fetches the next access token. Pages of other sites \
                 are refused.";
    Resource::new("Sessions", about)
        .route(
            Operation::new("auth.login", "Sign in")
                .about(
                    "Beside the refresh cookie comes a cookie by which the account knows the device, so that others' guessing does not \
                     lock its owner out.",
                )
                .takes::<LoginRequest>(
                    json!({ "email": "ada@example.com", "password": "correct horse battery staple" }),
                )
                .gives::<AgentSession>(200, "The session.", example::agent_session())
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[WrongCredentials, RateLimited]),
        )
        .route(
            Operation::new("auth.refresh", "Fetch the next access token")
                .about(
                    "Each use replaces the refresh cookie. A refresh whose answer was lost is made again with the same cookie, as long as \
                     its successor has not been used; a cookie whose successor has been used ends the session, because then one of the \
                     two was stolen. Within 30 seconds it does not, so that two tabs may refresh at once.",
                )
                .by_cookie(Cookie::Needed)
                .gives::<AgentSession>(200, "The session goes on.", example::agent_session())
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[SessionEnded]),
        )
        .route(
            Operation::new("auth.logout", "Sign out")
                .about(
                    "Its access tokens are refused and its sockets closed (4401) from then on. Also answers 204 when there is no \
                     session to end.",
                )
                .by_cookie(Cookie::Welcome)
                .gives_nothing(204, "The session has ended, and the cookie is cleared.")
                .with_headers(&[("set-cookie", "SetCookie")]),
        )
}
