//! Devices that an account has signed in from before. Their tries to log in are counted apart from everybody else's, so that
//! whoever guesses at an account does not lock its owner out.
//!
//! A cookie says so: when it was made, a random id, and a keyed hash over both and the account. It opens nothing by itself.
//! Each account has a cookie of its own name, so that two people at one computer both keep theirs.

use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use voxora_domain::Millis;

use crate::config::Config;
use crate::error::AppError;

/// For how long a device is known after its last log-in, in seconds: as long as browsers keep a cookie.
const SECONDS: i64 = 400 * 24 * 60 * 60;

/// A device that an account knows.
#[derive(Debug, Clone)]
pub struct Device(String);

impl Device {
    /// A device that nobody knows yet.
    #[must_use]
    pub fn unknown() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Its id, which is random.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }

    /// The device that a request comes from, if this account knows it.
    pub fn read(config: &Config, headers: &HeaderMap, account: &str, now: Millis) -> Option<Self> {
        let name = name(config, account).ok()?;
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find_map(|(found, value)| {
            [&name, &secure(&name)].contains(&&found.to_owned()).then_some(value)
        })?;
        let (since, rest) = value.split_once('.')?;
        let (id, proof) = rest.split_once('.')?;
        let proved: bool = proof.as_bytes().ct_eq(prove(config, account, since, id).ok()?.as_bytes()).into();
        let age = now.checked_sub(since.parse().ok()?)?;
        (proved && age / 1_000 < SECONDS).then(|| Self(id.to_owned()))
    }

    /// The header that has the browser show it next time.
    pub fn cookie(
        &self,
        config: &Config,
        account: &str,
        now: Millis,
        is_secure: bool,
    ) -> Result<HeaderValue, AppError> {
        let (since, id) = (now.to_string(), &self.0);
        let proof = prove(config, account, &since, id)?;
        let name = name(config, account)?;
        let (name, secure) = if is_secure { (secure(&name), "; Secure") } else { (name, "") };
        HeaderValue::from_str(&format!(
            "{name}={since}.{id}.{proof}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Strict{secure}"
        ))
        .map_err(AppError::internal)
    }
}

fn name(config: &Config, account: &str) -> Result<String, AppError> {
    let hash = config.keyed_hash("device name", &[account])?;
    Ok(format!("voxora-device-{}", hash.get(..8).unwrap_or_default()))
}

/// As [`super::refresh`] has it.
fn secure(name: &str) -> String {
    format!("__Host-{name}")
}

fn prove(config: &Config, account: &str, since: &str, id: &str) -> Result<String, AppError> {
    config.keyed_hash("device", &[account, since, id])
}
