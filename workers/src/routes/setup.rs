//! The first admin: made once, by whoever holds the deployment's `SETUP_TOKEN`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use voxora_domain::wire::{SetupRequest, SetupStatus};
use voxora_durable_objects::time::now;

use super::auth;
use crate::accounts::Accounts;
use crate::app::App;
use crate::error::AppError;
use crate::{extract, password};

/// Where the cache remembers that the first admin exists.
const DONE: &str = "setup-done";
/// For how long, in seconds: it becomes untrue when the deployment is given another document store.
const DONE_FOR: u64 = 60 * 60;

/// `GET /api/v1/setup`
#[worker::send]
pub async fn status(State(app): State<App>) -> Result<Json<SetupStatus>, AppError> {
    let cached = async { app.env.kv("CACHE").ok()?.get(DONE).text().await.ok()? };
    if cached.await.is_some() {
        return Ok(Json(SetupStatus { required: false }));
    }
    let accounts = Accounts { documents: app.documents(), now: now() };
    let done = accounts.has_founder().await?;
    if done {
        remember(&app).await;
    }
    Ok(Json(SetupStatus { required: !done }))
}

/// `POST /api/v1/setup`
#[worker::send]
pub async fn create(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    extract::Json(request): extract::Json<SetupRequest>,
) -> Result<Response, AppError> {
    auth::limit(&app, &headers, "setup").await?;
    let expected = app.config()?.setup_token.as_deref().ok_or_else(|| {
        AppError::misconfigured(&"SETUP_TOKEN is not set; run `npx wrangler secret put SETUP_TOKEN`")
    })?;
    if !extract::is_same(request.setup_token.trim(), expected) {
        return Err(AppError::wrong_setup_token());
    }
    let name = valid_name(&request.name)?;
    let email = valid_email(&request.email)?;
    valid_password(&request.password)?;

    let accounts = Accounts { documents: app.documents(), now: now() };
    if accounts.has_founder().await? {
        return Err(AppError::already_set_up());
    }
    let user = accounts.found(email, name, &request.password).await?;
    remember(&app).await;
    let session = auth::sign_in(&app, &accounts, user, &uri, None).await?;
    Ok((StatusCode::CREATED, session).into_response())
}

/// The cache may forget; asking again is all that costs.
async fn remember(app: &App) {
    let Ok(Ok(put)) = app.env.kv("CACHE").map(|cache| cache.put(DONE, "1")) else { return };
    let _ = put.expiration_ttl(DONE_FOR).execute().await;
}

fn valid_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    let characters = name.chars().count();
    if (1..=100).contains(&characters) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(AppError::invalid_field(format!("name must have 1 to 100 characters; it has {characters}.")))
}

/// Only what every mail system agrees on: something, one `@`, something, no spaces. Whether it is theirs, a mail tells.
fn valid_email(email: &str) -> Result<String, AppError> {
    let email = email.trim().to_lowercase();
    let parts = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if parts && email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(email);
    }
    Err(AppError::invalid_field(
        "email must be an address such as ada@example.com, of at most 254 characters.",
    ))
}

fn valid_password(password: &str) -> Result<(), AppError> {
    let characters = password.chars().count();
    if password::CHARACTERS.contains(&characters) {
        return Ok(());
    }
    let (least, most) = password::CHARACTERS.into_inner();
    Err(AppError::invalid_field(format!(
        "password must have {least} to {most} characters; it has {characters}."
    )))
}
