//! WebSocket upgrades. A browser cannot give them a header of its own, so the access token comes as a second subprotocol.

use http::request::Parts;
use http::{HeaderMap, Method, header};
use voxora_domain::wire::{BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL};

use crate::error::AppError;

/// The access token of an upgrade to our subprotocol; none where it brings none.
pub fn token(parts: &Parts) -> Result<Option<&str>, AppError> {
    let upgrade = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    let protocols = subprotocols(&parts.headers);
    if parts.method != Method::GET
        || !upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        || !protocols.contains(&SUBPROTOCOL)
    {
        return Err(AppError::upgrade_required());
    }
    Ok(protocols.iter().find_map(|protocol| protocol.strip_prefix(BEARER_SUBPROTOCOL_PREFIX)))
}

fn subprotocols(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use voxora_domain::wire::ProblemCode;

    use super::*;

    fn parts(method: Method, upgrade: &str, protocols: &[&str]) -> Parts {
        let mut request = http::Request::builder().method(method).header(header::UPGRADE, upgrade);
        for protocol in protocols {
            request = request.header(header::SEC_WEBSOCKET_PROTOCOL, *protocol);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_token_is_the_second_subprotocol() {
        for protocols in
            [&["voxora.v1, bearer.abc"][..], &["voxora.v1", "bearer.abc"], &["bearer.abc ,voxora.v1"]]
        {
            let parts = parts(Method::GET, "WebSocket", protocols);
            assert_eq!(token(&parts).unwrap(), Some("abc"), "{protocols:?}");
        }
        assert_eq!(token(&parts(Method::GET, "websocket", &["voxora.v1"])).unwrap(), None);
    }

    #[test]
    fn what_is_no_websocket_of_ours_is_told_so() {
        for (method, upgrade, protocol) in [
            (Method::GET, "h2c", "voxora.v1, bearer.abc"),
            (Method::GET, "websocket", "voxora.v2, bearer.abc"),
            (Method::GET, "websocket", "VOXORA.V1, bearer.abc"),
            (Method::HEAD, "websocket", "voxora.v1, bearer.abc"),
        ] {
            let refused = token(&parts(method, upgrade, &[protocol])).unwrap_err();
            assert_eq!(refused.code(), ProblemCode::UpgradeRequired);
        }
    }
}
