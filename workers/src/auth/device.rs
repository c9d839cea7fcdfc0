//! Devices that an account has signed in from before. Their tries to log in are counted apart from everybody else's, so that
//! whoever guesses at an account does not lock its owner out.
//!
//! A cookie says so: when it was made, a random id, and a keyed hash over both and the account. It opens nothing by itself.
//! Each account has a cookie of its own name, so that two people at one computer both keep theirs.

use http::{HeaderMap, HeaderValue, header};
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
        let names: Vec<_> = config.keyed_hashes(NAME, &[account]).map(|hash| name(&hash)).collect();
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        // One that a key from before proved is found behind the one that a later log-in has set.
        pairs.filter_map(|pair| pair.trim().split_once('=')).find_map(|(found, value)| {
            let found = found.strip_prefix(SECURE).unwrap_or(found);
            names.iter().any(|name| name == found).then_some(())?;
            let (since, rest) = value.split_once('.')?;
            let (id, proof) = rest.split_once('.')?;
            let age = now.checked_sub(since.parse().ok()?)?;
            let good = config.is_keyed_hash(PROOF, &[account, since, id], proof) && age / 1_000 < SECONDS;
            good.then(|| Self(id.to_owned()))
        })
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
        let proof = config.keyed_hash(PROOF, &[account, &since, id]);
        let name = name(&config.keyed_hash(NAME, &[account]));
        let (prefix, secure) = if is_secure { (SECURE, "; Secure") } else { ("", "") };
        HeaderValue::from_str(&format!(
            "{prefix}{name}={since}.{id}.{proof}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Strict{secure}"
        ))
        .map_err(AppError::internal)
    }
}

/// What a cookie's name and its proof are hashes for.
const NAME: &str = "device name";
const PROOF: &str = "device";
/// As [`super::refresh`] has it.
const SECURE: &str = "__Host-";

fn name(hash: &str) -> String {
    format!("voxora-device-{}", hash.get(..8).unwrap_or_default())
}
