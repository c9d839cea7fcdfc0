//! Refresh tokens: opaque, rotating, in an `HttpOnly` cookie. The store holds their hashes only.
//!
//! A token is `{session id}.{256 random bits}`. Each use replaces it. The one before stays good for half a minute, so that
//! two tabs that refresh at once both go on; used later than that, it was stolen, and the session ends for both.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use voxora_domain::id::SessionId;

use crate::error::AppError;

/// For how long a session lasts after its last use, in seconds.
pub const SECONDS: i64 = 30 * 24 * 60 * 60;
/// For how long the replaced token is still good, in milliseconds.
pub const GRACE: i64 = 30_000;

/// A refresh token as the browser holds it.
pub struct RefreshToken {
    pub session: SessionId,
    secret: String,
}

impl RefreshToken {
    pub fn new(session: SessionId) -> Result<Self, AppError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(AppError::internal)?;
        Ok(Self { session, secret: BASE64_URL_SAFE_NO_PAD.encode(bytes) })
    }

    /// What the store keeps of it. The secret is random, so a plain hash is enough.
    pub fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret.as_bytes()))
    }

    /// Whether the store's hash is this token's, in constant time.
    pub fn is(&self, hash: &str) -> bool {
        self.hash().as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// Reads it from the request's cookies.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        let value = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| [SECURE_NAME, PLAIN_NAME].contains(&name).then_some(value))?;
        let (session, secret) = value.split_once('.')?;
        Some(Self { session: session.parse().ok()?, secret: secret.to_owned() })
    }

    /// The header that hands it to the browser.
    pub fn cookie(&self, secure: bool) -> Result<HeaderValue, AppError> {
        cookie(&format!("{}.{}", self.session, self.secret), SECONDS, secure)
    }

    /// The header that takes it from the browser.
    pub fn clear(secure: bool) -> Result<HeaderValue, AppError> {
        cookie("", 0, secure)
    }
}

/// The `__Host-` prefix makes browsers hold the cookie to `Secure`, this very host and the path `/`. Without TLS
/// (`cargo xtask dev`) it cannot be had.
const SECURE_NAME: &str = "__Host-voxora-refresh";
const PLAIN_NAME: &str = "voxora-refresh";

fn cookie(value: &str, max_age: i64, secure: bool) -> Result<HeaderValue, AppError> {
    let (name, secure) = if secure { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
    ))
    .map_err(AppError::internal)
}
