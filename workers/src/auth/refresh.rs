//! The cookie that carries a refresh token: `HttpOnly`, for this very host. What a token is `voxora_store::sessions` says.

use http::{HeaderMap, HeaderValue, header};
use voxora_store::sessions::RefreshToken;

use crate::error::AppError;

/// Reads the token from the request's cookies.
pub fn read(headers: &HeaderMap) -> Option<RefreshToken> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let value = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| [SECURE_NAME, PLAIN_NAME].contains(&name).then_some(value))?;
    RefreshToken::read(value)
}

/// The header that hands it to the browser, for so many seconds.
pub fn cookie(token: &RefreshToken, lasts: i64, secure: bool) -> Result<HeaderValue, AppError> {
    set_cookie(&token.text(), lasts, secure)
}

/// The header that takes it from the browser.
pub fn clear(secure: bool) -> Result<HeaderValue, AppError> {
    set_cookie("", 0, secure)
}

/// The `__Host-` prefix makes browsers hold the cookie to `Secure`, this very host and the path `/`. Without TLS
/// (`cargo xtask dev`) it cannot be had.
const SECURE_NAME: &str = "__Host-voxora-refresh";
const PLAIN_NAME: &str = "voxora-refresh";

fn set_cookie(value: &str, max_age: i64, secure: bool) -> Result<HeaderValue, AppError> {
    let (name, secure) = if secure { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
    ))
    .map_err(AppError::internal)
}
