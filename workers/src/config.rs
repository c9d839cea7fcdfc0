//! The deployment's secrets, read once per request and checked.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use worker::Env;

use crate::error::AppError;

/// A secret is missing or unfit.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(String);

/// The shortest key that HS256 is safe with, in bytes (RFC 7518, section 3.2).
const KEY_BYTES: usize = 32;

/// What a deployment must bring.
pub struct Config {
    /// Signs every token.
    pub jwt_secret: String,
    /// Lets its holder make the first admin; without it nobody can.
    pub setup_token: Option<String>,
    /// Lets its holder read the metrics; without it nobody can.
    pub metrics_token: Option<String>,
}

impl Config {
    pub fn read(env: &Env) -> Result<Self, Misconfigured> {
        let secret = |name: &str| env.secret(name).ok().map(|value| value.to_string());
        let jwt_secret = secret("JWT_SECRET").ok_or_else(|| {
            Misconfigured("JWT_SECRET is not set; run `npx wrangler secret put JWT_SECRET`".to_owned())
        })?;
        if jwt_secret.len() < KEY_BYTES {
            let found = jwt_secret.len();
            return Err(Misconfigured(format!(
                "JWT_SECRET needs at least {KEY_BYTES} bytes; it has {found}"
            )));
        }
        let token = |name| secret(name).filter(|token| !token.is_empty());
        Ok(Self { jwt_secret, setup_token: token("SETUP_TOKEN"), metrics_token: token("METRICS_TOKEN") })
    }

    /// A hash that only this deployment can make, in base64url: of some parts, for one purpose. What is hashed begins with bytes
    /// that no token's signed part has.
    pub fn keyed_hash(&self, purpose: &str, parts: &[&str]) -> Result<String, AppError> {
        let key = self.jwt_secret.as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(AppError::internal)?;
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&[0]);
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part.as_bytes());
        }
        Ok(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}
