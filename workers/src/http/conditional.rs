//! Requests that are made conditionally or again: `ETag` and `If-Match` for what has a version, `Idempotency-Key` for what
//! would otherwise be made twice.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use voxora_domain::limits::CLIENT_ID_BYTES;

use super::extract::{Call, Extract};
use crate::error::AppError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The entity tag of a resource: its version.
pub fn etag(version: u64) -> Result<HeaderValue, AppError> {
    HeaderValue::from_str(&format!("\"{version}\"")).map_err(AppError::internal)
}

/// The version that a change is meant for, if the request says: `If-Match: "7"`. Without the header, or with `*`, it is
/// meant for whatever is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

impl IfMatch {
    fn read(headers: &HeaderMap) -> Result<Self, AppError> {
        let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        let version =
            text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
        match version {
            Some(version) => Ok(Self(Some(version))),
            None if text == "*" => Ok(Self(None)),
            None => Err(AppError::invalid_request("`If-Match` must be the `ETag` of the resource, or `*`.")),
        }
    }
}

impl Extract for IfMatch {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Self::read(&call.parts.headers)
    }
}

/// The client's name for the request: a repeat by the same name does nothing again and gets the first one's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// The id of what the request makes: by the same caller under the same key the same, so that a repeat runs into the first;
    /// without a key, a new one. `kind` names what is made.
    pub fn id(&self, kind: &str, caller: Uuid) -> Uuid {
        let Some(key) = &self.0 else { return Uuid::new_v4() };
        let digest = Sha256::new()
            .chain_update(kind)
            .chain_update([0])
            .chain_update(caller)
            .chain_update(key)
            .finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.iter()).for_each(|(byte, hashed)| *byte = *hashed);
        Uuid::new_v8(bytes)
    }

    /// What a repeat is compared by: a digest of the request. None without a key.
    pub fn digest(&self, request: &impl Serialize) -> Result<Option<String>, AppError> {
        if self.0.is_none() {
            return Ok(None);
        }
        let body = serde_json::to_vec(request).map_err(AppError::internal)?;
        Ok(Some(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(body))))
    }

    fn read(headers: &HeaderMap) -> Result<Self, AppError> {
        let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        // The draft makes it a structured field, a text in quotes; most clients send it bare.
        let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (1..=CLIENT_ID_BYTES).contains(&key.len()) && key.bytes().all(fits) {
            return Ok(Self(Some(key.to_owned())));
        }
        Err(AppError::invalid_request(format!(
            "`Idempotency-Key` must be 1 to {CLIENT_ID_BYTES} of `A–Z a–z 0–9 _ -`."
        )))
    }
}

impl Extract for IdempotencyKey {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Self::read(&call.parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        [(name, HeaderValue::from_str(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_change_is_meant_for_the_version_its_author_saw() {
        let tag = etag(7).unwrap();
        let wanted = IfMatch::read(&with(header::IF_MATCH, tag.to_str().unwrap())).unwrap();
        assert_eq!(wanted, IfMatch(Some(7)));
        for any in
            [IfMatch::read(&HeaderMap::new()).unwrap(), IfMatch::read(&with(header::IF_MATCH, "*")).unwrap()]
        {
            assert_eq!(any, IfMatch(None));
        }
        for text in ["7", "W/\"7\"", "\"x\"", "", "\"7\", \"8\""] {
            assert!(IfMatch::read(&with(header::IF_MATCH, text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_is_of_the_alphabet_of_client_ids() {
        let read = |text: &str| IdempotencyKey::read(&with(IDEMPOTENCY_KEY, text)).ok().and_then(|key| key.0);
        assert_eq!(read("abc-1_Z").as_deref(), Some("abc-1_Z"));
        assert_eq!(read("\"abc\"").as_deref(), Some("abc"));
        assert_eq!(IdempotencyKey::read(&HeaderMap::new()).unwrap(), IdempotencyKey(None));
        for text in ["", "\"\"", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_same_request_by_the_same_caller_makes_the_same() {
        let key = |text: &str| IdempotencyKey(Some(text.to_owned()));
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(key("a").id("tag", ada), key("a").id("tag", ada));
        let others = [key("b").id("tag", ada), key("a").id("tag", bob), key("a").id("team", ada)];
        assert!(others.iter().all(|other| *other != key("a").id("tag", ada)));
        assert_ne!(IdempotencyKey(None).id("tag", ada), IdempotencyKey(None).id("tag", ada));
        assert_eq!(key("a").digest(&[1]).unwrap(), key("b").digest(&[1]).unwrap());
        assert_ne!(key("a").digest(&[1]).unwrap(), key("a").digest(&[2]).unwrap());
        assert_eq!(IdempotencyKey(None).digest(&[1]).unwrap(), None);
    }
}
