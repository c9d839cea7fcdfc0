//! The deployment's secrets, read at most once per request and checked.

use voxora_domain::access::Keys;
use voxora_durable_objects::keys;
use worker::Env;

/// A secret is missing or unfit.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(String);

/// What a deployment must bring.
pub struct Config {
    /// Sign every token.
    pub keys: Keys,
    /// Lets its holder make the first admin; without it nobody can.
    pub setup_token: Option<String>,
    /// Lets its holder read the metrics; without it nobody can.
    pub metrics_token: Option<String>,
}

impl Config {
    pub fn read(env: &Env) -> Result<Self, Misconfigured> {
        let keys = keys::read(env).map_err(|unfit| Misconfigured(unfit.to_string()))?;
        let secret = |name: &str| env.secret(name).ok().map(|value| value.to_string());
        let token = |name| secret(name).filter(|token| !token.is_empty());
        Ok(Self { keys, setup_token: token("SETUP_TOKEN"), metrics_token: token("METRICS_TOKEN") })
    }

    /// A hash that only this deployment can make, in base64url: of some parts, for one purpose.
    pub fn keyed_hash(&self, purpose: &str, parts: &[&str]) -> String {
        self.keys.sign(message(purpose, parts))
    }

    /// The same by each key that is believed, the one that signs first.
    pub fn keyed_hashes(&self, purpose: &str, parts: &[&str]) -> impl Iterator<Item = String> {
        let message = message(purpose, parts);
        self.keys.believed().map(move |key| key.sign(&message))
    }

    /// Whether it is such a hash by one of the keys. Takes as long whatever is wrong with it.
    pub fn is_keyed_hash(&self, purpose: &str, parts: &[&str], hash: &str) -> bool {
        self.keys.verify(message(purpose, parts), hash)
    }
}

/// What is hashed begins with bytes that no token's signed part has.
fn message(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut message = Vec::new();
    for part in std::iter::once(&purpose).chain(parts) {
        message.push(0);
        message.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        message.extend(part.as_bytes());
    }
    message
}
