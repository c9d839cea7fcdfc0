//! What a request says of whoever makes it, for the list of their sign-ins: the device from its `User-Agent`, the place from
//! what Cloudflare knows of the address. No address is kept.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use voxora_domain::wire::Whereabouts;
use voxora_domain::{text, user_agent};
use voxora_store::sessions::Client;
use worker::Cf;

use crate::error::AppError;

/// The longest name of a place that is kept, in characters.
const PLACE_CHARACTERS: usize = 100;

/// The client that asks.
pub struct Asking(pub Client);

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let header = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let place = parts.extensions.get::<Cf>().map_or_else(Whereabouts::default, |cf| Whereabouts {
            city: name(cf.city()),
            region: name(cf.region()),
            country: name(cf.country()),
        });
        Ok(Self(Client { device: user_agent::device(header.unwrap_or_default()), place }))
    }
}

fn name(name: Option<String>) -> Option<String> {
    name.map(|name| text::cut(&name, PLACE_CHARACTERS).to_owned()).filter(|name| !name.is_empty())
}
