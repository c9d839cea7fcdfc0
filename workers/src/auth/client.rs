//! What a request says of whoever makes it, for the list of their sign-ins: the device from its `User-Agent`, the place from
//! what Cloudflare knows of the address. No address is kept.

use http::header;
use voxora_domain::wire::Whereabouts;
use voxora_domain::{text, user_agent};
use voxora_store::sessions::Client;
use worker::Cf;

use crate::error::AppError;
use crate::http::extract::{Call, Extract};

/// The longest name of a place that is kept, in characters.
const PLACE_CHARACTERS: usize = 100;

/// The client that asks.
pub struct Asking(pub Client);

impl Extract for Asking {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let header = call.parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let place = call.parts.extensions.get::<Cf>().map_or_else(Whereabouts::default, |cf| Whereabouts {
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
