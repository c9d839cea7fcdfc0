//! Secrets that a request brings. Comparing one takes as long whatever is wrong with it (constant-time comparison).

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// What `Authorization: Bearer …` carries.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether the request carries one of the deployment's secrets as bearer.
pub fn bearer_is(headers: &HeaderMap, secret: &str) -> bool {
    constant_time_eq(bearer(headers).unwrap_or_default(), secret)
}

/// Whether somebody knows a secret.
#[must_use]
pub fn constant_time_eq(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_named_so() {
        let headers = |value: &'static str| {
            [(header::AUTHORIZATION, http::HeaderValue::from_static(value))]
                .into_iter()
                .collect::<HeaderMap>()
        };
        assert!(bearer_is(&headers("Bearer secret"), "secret"));
        for other in ["secret", "Basic secret", "Bearer", "Bearer ", "Bearer secret2", "Bearer secre"] {
            assert!(!bearer_is(&headers(other), "secret"), "{other}");
        }
        assert!(!bearer_is(&HeaderMap::new(), "secret"));
    }
}
