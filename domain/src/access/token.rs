//! Access and renewal tokens: JSON Web Tokens signed with HS256, and nothing else.
//!
//! Pure: the keys and the time are handed in, so that the edge and the objects verify alike and every forgery can be
//! tried natively. A token is believed when it has exactly the header that is written here (`alg`, `typ`, and `kid`, which
//! the version before did not write; a `crit` or `jwk` is nobody's of ours), is signed with the key that it names (compared in
//! constant time), is of this issuer, has begun (`iat`, `nbf`) and not ended (`exp`), and says what tokens of its audience say and nothing that others say.
//!
//! The audience says what a token is good for, so that none can stand in for another: `agent` and `visitor` for access,
//! `visitor-renewal` for a visitor's next session. `jsonwebtoken` comes with every algorithm there is, or takes a provider
//! of one's own; ours knows HS256 alone, which keeps about 200 kB of curves out of the Worker and `alg` out of the
//! attacker's hands.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use signature::{Signer, Verifier};

use super::keys::{Key, Keys};
use super::{Permissions, Principal, Subject};
use crate::Millis;
use crate::id::{DepartmentId, SessionId, UserId, VisitorId};
use crate::json;
use crate::wire::{Role, User};

/// For how long an agent's access token is good, in seconds.
pub const AGENT_SECONDS: u32 = 15 * 60;
/// For how long a visitor's access token is good, in seconds.
pub const VISITOR_SECONDS: u32 = 60 * 60;
/// For how long a visitor's renewal token is good, in seconds.
pub const RENEWAL_SECONDS: u32 = 90 * 24 * 60 * 60;
/// How far clocks may differ, in seconds.
pub const LEEWAY_SECONDS: i64 = 5;
/// The longest token that is looked at, in bytes: ours have about 400, with a role of the team's and all departments 3,200.
pub const TOKEN_BYTES: usize = 4096;

const ISSUER: &str = "voxora";
const AGENT: &str = "agent";
const VISITOR: &str = "visitor";
const RENEWAL: &str = "visitor-renewal";

/// The token is malformed, expired, not yet good, or not of this deployment. Which of them is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The access token is malformed, expired, or not of this deployment.")]
pub struct InvalidToken;

/// The token could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("token: {0}")]
pub struct SigningFailed(String);

/// What tokens say. Which of it a token must say, and must not, is a matter of its audience.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    /// The milliseconds of `iat`: what is issued just after an ending is told from what was issued just before.
    #[serde(default)]
    ms: u16,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departments: Option<Vec<DepartmentId>>,
    /// Where they are not simply those of the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
}

impl Claims {
    fn new(audience: &str, subject: String, seconds: u32, now: Millis) -> Self {
        let iat = now / 1000;
        Self {
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            sub: subject,
            iat,
            ms: u16::try_from(now % 1000).unwrap_or(0),
            exp: iat + i64::from(seconds),
            nbf: None,
            role: None,
            name: None,
            sid: None,
            departments: None,
            permissions: None,
        }
    }

    /// The visitor whom a token of a visitor's audience speaks for.
    fn visitor(&self) -> Option<VisitorId> {
        let of_agents = self.role.is_some()
            || self.name.is_some()
            || self.sid.is_some()
            || self.departments.is_some()
            || self.permissions.is_some();
        if of_agents { None } else { self.sub.parse().ok() }
    }

    /// What an access token makes its holder.
    fn principal(self) -> Option<Principal> {
        let issued_at = self.iat.saturating_mul(1000).saturating_add(i64::from(self.ms.min(999)));
        let expires_at = self.exp.saturating_mul(1000);
        match self.aud.as_str() {
            VISITOR => Some(Principal::of_visitor(self.visitor()?, issued_at, expires_at)),
            AGENT => {
                let id: UserId = self.sub.parse().ok()?;
                let role = self.role?;
                let departments = self.departments.unwrap_or_default();
                Some(Principal {
                    subject: Subject::User { id, role, name: self.name?, departments },
                    session: Some(self.sid?),
                    permissions: self.permissions.unwrap_or_else(|| Permissions::of(Some(role))),
                    issued_at,
                    expires_at,
                })
            }
            _ => None,
        }
    }
}

/// An access token of a member of the team who may do this.
///
/// # Errors
/// When it cannot be signed.
pub fn sign_agent(
    keys: &Keys,
    user: &User,
    permissions: Permissions,
    session: SessionId,
    now: Millis,
) -> Result<String, SigningFailed> {
    let claims = Claims::new(AGENT, user.id.to_string(), AGENT_SECONDS, now);
    let claims = Claims {
        role: Some(user.role),
        name: Some(user.name.clone()),
        sid: Some(session),
        departments: Some(user.departments.clone()).filter(|departments| !departments.is_empty()),
        permissions: Some(permissions).filter(|it| *it != Permissions::of(Some(user.role))),
        ..claims
    };
    sign(keys, &claims)
}

/// A visitor's access token and the renewal token for the next one.
///
/// # Errors
/// When they cannot be signed.
pub fn sign_visitor(keys: &Keys, visitor: VisitorId, now: Millis) -> Result<(String, String), SigningFailed> {
    let access = Claims::new(VISITOR, visitor.to_string(), VISITOR_SECONDS, now);
    let renewal = Claims::new(RENEWAL, visitor.to_string(), RENEWAL_SECONDS, now);
    Ok((sign(keys, &access)?, sign(keys, &renewal)?))
}

/// Whom an access token speaks for. Whether the session has been ended is not in it; [`crate::sessions`] knows.
///
/// # Errors
/// When it is not to be believed.
pub fn verify_access(keys: &Keys, token: &str, now: Millis) -> Result<Principal, InvalidToken> {
    verify(keys, token, now)?.principal().ok_or(InvalidToken)
}

/// Whose session a renewal token may renew.
///
/// # Errors
/// When it is not to be believed.
pub fn verify_renewal(keys: &Keys, token: &str, now: Millis) -> Result<VisitorId, InvalidToken> {
    let claims = verify(keys, token, now)?;
    if claims.aud == RENEWAL { claims.visitor().ok_or(InvalidToken) } else { Err(InvalidToken) }
}

fn sign(keys: &Keys, claims: &Claims) -> Result<String, SigningFailed> {
    install_provider();
    let key = keys.signing();
    encode(&header(Some(key)), claims, &EncodingKey::from_secret(key.bytes()))
        .map_err(|error| SigningFailed(error.to_string()))
}

fn verify(keys: &Keys, token: &str, now: Millis) -> Result<Claims, InvalidToken> {
    if token.len() > TOKEN_BYTES {
        return Err(InvalidToken);
    }
    install_provider();
    // Times and audiences are compared below: the library takes an audience among several, and its own clock.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let read = |key: &Key| {
        let token = decode::<Value>(token, &DecodingKey::from_secret(key.bytes()), &validation).ok()?;
        // The version before named no key.
        (token.header == header(Some(key)) || token.header == header(None)).then_some(token.claims)
    };
    let claims = keys.believed().find_map(read).ok_or(InvalidToken)?;
    let claims: Claims = json::from_value(claims).map_err(|_| InvalidToken)?;
    let now = now / 1000;
    let has_begun = claims.iat.max(claims.nbf.unwrap_or(i64::MIN)) <= now + LEEWAY_SECONDS;
    let has_ended = claims.exp.saturating_add(LEEWAY_SECONDS) < now;
    if claims.iss == ISSUER && has_begun && !has_ended { Ok(claims) } else { Err(InvalidToken) }
}

/// The header of every token by this key.
fn header(key: Option<&Key>) -> Header {
    Header { kid: key.map(|key| key.id().to_owned()), ..Header::new(Algorithm::HS256) }
}

/// Teaches `jsonwebtoken` HS256, once a program. Without a provider it would panic.
fn install_provider() {
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
    // It refuses a second time, and keeps the first.
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
