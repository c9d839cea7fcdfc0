//! Access tokens taken apart and put together again, by hand rather than with the Worker's own library, so that the
//! suites can show it every kind of token that it must refuse.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The claims of a token.
#[must_use]
pub fn claims(token: &str) -> Value {
    read(token, 1)
}

/// The header of a token.
#[must_use]
pub fn header(token: &str) -> Value {
    read(token, 0)
}

fn read(token: &str, part: usize) -> Value {
    let part = token.split('.').nth(part).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("it is base64url")).expect("it is JSON")
}

/// A token with these claims, signed with this secret by HS256.
#[must_use]
pub fn sign(claims: &Value, secret: &str) -> String {
    sign_under(&json!({ "alg": "HS256", "typ": "JWT" }), claims, secret)
}

/// The same with a header of one's own.
#[must_use]
pub fn sign_under(header: &Value, claims: &Value, secret: &str) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A token with these claims and no signature, whose header says that it needs none.
#[must_use]
pub fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(claims))
}

/// The token of a link, made by hand: `purpose` as in `password reset`, for a document and one of its generations.
#[must_use]
pub fn one_time(purpose: &str, id: &str, generation: u64, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
    mac.update(format!("voxora {purpose}\n{id}\n{generation}").as_bytes());
    format!("{id}.{generation}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The same token with one claim changed, signed anew with this secret.
#[must_use]
pub fn with_claim(token: &str, name: &str, value: Value, secret: &str) -> String {
    let mut claims = claims(token);
    claims[name] = value;
    sign(&claims, secret)
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
