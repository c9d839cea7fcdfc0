//! The rule against forgery across sites (CSRF) for every route that reads or sets the refresh cookie: a cookie speaks for
//! its user whoever sends it along, and one that is set decides whom the browser speaks for from now on. So what the
//! browser says of the page that asks must be our own site. Whoever is no browser says nothing, and may ask.

use http::{HeaderMap, HeaderName, Uri, header};

use crate::error::AppError;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request from a page of another site.
pub fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), AppError> {
    let own =
        uri.authority().map(|authority| format!("{}://{authority}", uri.scheme_str().unwrap_or("https")));
    let own_origin = headers
        .get_all(header::ORIGIN)
        .iter()
        .all(|origin| own.as_ref().is_some_and(|own| origin.as_bytes() == own.as_bytes()));
    // `none`: the person themselves, by a bookmark or the address bar.
    let own_site = headers.get_all(SEC_FETCH_SITE).iter().all(|site| site == "same-origin" || site == "none");
    if own_origin && own_site {
        return Ok(());
    }
    Err(AppError::forbidden("This may only be asked from the dashboard's own site."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(HeaderName, &str)]) -> bool {
        let uri = "https://chat.example/api/v1/auth/refresh".parse().unwrap();
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        check(&uri, &headers).is_ok()
    }

    #[test]
    fn only_our_own_pages_and_what_is_no_browser_may_ask() {
        let origin = |value| (header::ORIGIN, value);
        let site = |value| (SEC_FETCH_SITE, value);
        assert!(allowed(&[]));
        assert!(allowed(&[origin("https://chat.example")]));
        assert!(allowed(&[origin("https://chat.example"), site("same-origin")]));
        assert!(allowed(&[site("none")]));
        for other in [
            "",
            "null",
            "https://evil.example",
            "http://chat.example",
            "https://chat.example:444",
            "https://chat.example.evil.example",
        ] {
            assert!(!allowed(&[origin(other)]), "{other:?}");
            assert!(!allowed(&[origin(other), site("same-origin")]), "{other:?}");
        }
        for other in ["cross-site", "same-site", ""] {
            assert!(!allowed(&[site(other)]), "{other:?}");
            assert!(!allowed(&[origin("https://chat.example"), site(other)]), "{other:?}");
        }
    }
}
