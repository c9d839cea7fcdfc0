//! Access and renewal tokens: JWTs signed with HS256, and nothing else.
//!
//! The audience says what a token is good for, so that none can stand in for another: `agent` and `visitor` for access,
//! `visitor-renewal` for a visitor's next session. `jsonwebtoken` comes with every algorithm there is, or takes a provider
//! of one's own; ours knows HS256 alone, which keeps about 200 kB of curves out of the Worker and `alg` out of the
//! attacker's hands.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use signature::{Signer, Verifier};
use voxora_domain::access::Principal;
use voxora_domain::id::{SessionId, UserId, VisitorId};
use voxora_domain::wire::{Role, User};

use crate::config::Config;
use crate::error::AppError;

/// For how long an agent's access token is good, in seconds.
pub const AGENT_SECONDS: u32 = 15 * 60;
/// For how long a visitor's access token is good, in seconds.
pub const VISITOR_SECONDS: u32 = 60 * 60;
/// For how long a visitor's renewal token is good, in seconds.
const RENEWAL_SECONDS: u32 = 90 * 24 * 60 * 60;
/// How far clocks may differ, in seconds.
const LEEWAY: u64 = 5;

const ISSUER: &str = "voxora";
const AGENT: &str = "agent";
const VISITOR: &str = "visitor";
const RENEWAL: &str = "visitor-renewal";

/// What every token says.
#[derive(Serialize, Deserialize)]
struct Claims<T> {
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize, Deserialize)]
struct AgentClaims {
    sub: UserId,
    role: Role,
    name: String,
    sid: SessionId,
}

#[derive(Serialize, Deserialize)]
struct VisitorClaims {
    sub: VisitorId,
}

/// An agent's access token.
pub fn sign_agent(config: &Config, user: &User, session: SessionId) -> Result<String, AppError> {
    let claims = AgentClaims { sub: user.id, role: user.role, name: user.name.clone(), sid: session };
    sign(config, AGENT, AGENT_SECONDS, claims)
}

/// A visitor's access token and the renewal token for the next one.
pub fn sign_visitor(config: &Config, visitor: VisitorId) -> Result<(String, String), AppError> {
    let access = sign(config, VISITOR, VISITOR_SECONDS, VisitorClaims { sub: visitor })?;
    let renewal = sign(config, RENEWAL, RENEWAL_SECONDS, VisitorClaims { sub: visitor })?;
    Ok((access, renewal))
}

/// Whom an access token speaks for.
pub fn verify_access(config: &Config, token: &str) -> Result<Principal, AppError> {
    if let Some(agent) = verify::<AgentClaims>(config, AGENT, token) {
        return Ok(Principal::User { id: agent.sub, role: agent.role, name: agent.name, session: agent.sid });
    }
    verify::<VisitorClaims>(config, VISITOR, token).map(|visitor| Principal::Visitor(visitor.sub)).ok_or_else(
        || AppError::unauthenticated("The access token is malformed, expired, or not of this deployment."),
    )
}

/// Whose session a renewal token may renew.
pub fn verify_renewal(config: &Config, token: &str) -> Option<VisitorId> {
    verify::<VisitorClaims>(config, RENEWAL, token).map(|visitor| visitor.sub)
}

fn sign<T: Serialize>(config: &Config, audience: &str, seconds: u32, rest: T) -> Result<String, AppError> {
    let now = worker::Date::now().as_millis() / 1000;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: audience.to_owned(),
        iat: now,
        exp: now + u64::from(seconds),
        rest,
    };
    let key = EncodingKey::from_secret(config.jwt_secret.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(AppError::internal)
}

fn verify<T: DeserializeOwned>(config: &Config, audience: &str, token: &str) -> Option<T> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let key = DecodingKey::from_secret(config.jwt_secret.as_bytes());
    decode::<Claims<T>>(token, &key, &validation).ok().map(|token| token.claims.rest)
}

/// Teaches `jsonwebtoken` HS256. Without a provider it would panic.
pub fn install_provider() {
    static HS256: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256::new(key.as_bytes())?)),
            _ => Err(new_error(ErrorKind::InvalidAlgorithm)),
        },
        verifier_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256::new(key.try_get_as_bytes()?)?)),
            _ => Err(new_error(ErrorKind::InvalidAlgorithm)),
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    // Only the first instance of the program in an isolate installs it; the others find it there.
    let _ = HS256.install_default();
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(key: &[u8]) -> jsonwebtoken::errors::Result<Self> {
        Hmac::new_from_slice(key).map(Self).map_err(|_| new_error(ErrorKind::InvalidKeyFormat))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    /// In constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
