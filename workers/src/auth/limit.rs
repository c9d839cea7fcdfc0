//! Slows down guessing.

use http::HeaderMap;

use crate::app::App;
use crate::error::AppError;

/// The period of the binding `LOGIN_LIMIT`, in seconds.
const LIMIT_SECONDS: u32 = 60;

/// Some tries a minute per network address and account, counted coarsely at the edge.
pub async fn attempt(app: &App, headers: &HeaderMap, account: &str) -> Result<(), AppError> {
    let address = headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    if app.takes_attempt(format!("{address} {account}")).await? {
        return Ok(());
    }
    Err(AppError::rate_limited(LIMIT_SECONDS))
}
