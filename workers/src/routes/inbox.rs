//! The team's inbox, live.

use axum::response::Response;

use crate::app::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::params::{After, Parameters};

/// `GET /api/v1/inbox/socket`
pub async fn socket(
    app: App,
    Caller(caller): Caller,
    Parameters(query): Parameters<After>,
) -> Result<Response, AppError> {
    app.inbox().connect(&caller, query.after).await
}

/// The route above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "Everything that changes in any conversation, as it changes.";
    Resource::new("Inbox", about).route(
        Operation::new("inbox.socket", "Follow the inbox live")
            .about("A WebSocket of the subprotocol `voxora.v1`, which docs/PROTOCOL.md describes.")
            .query::<After>(json!({}))
            .gives_nothing(101, "The socket is open.")
            .refuses(&[TooManyConnections]),
    )
}
