//! The team's inbox, live.

use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::params::Parameters;

/// The longest `scope`, in bytes.
const SCOPE_BYTES: usize = 64;

/// Where the feed goes on.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Follow {
    /// The last `seq` the client has. Without it the socket begins with a snapshot.
    after: Option<u64>,
    /// The `scope` of the welcome with which the client began to learn what it has: who sees otherwise now begins anew.
    #[cfg_attr(test, schemars(length(max = SCOPE_BYTES), regex(pattern = r"^[a-z0-9-]*$")))]
    scope: Option<String>,
}

/// `GET /api/v1/inbox/socket`
pub async fn socket(
    app: App,
    Caller(caller): Caller,
    Parameters(Follow { after, scope }): Parameters<Follow>,
) -> Result<Response, AppError> {
    let is_fit = |scope: &String| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        scope.len() <= SCOPE_BYTES && scope.bytes().all(fits)
    };
    if !scope.as_ref().is_none_or(is_fit) {
        return Err(AppError::invalid_request("`scope` is that of a `welcome`: give it back as it was."));
    }
    app.inbox().connect(&caller, after, scope.as_deref()).await
}

/// The route above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "Everything that changes in any conversation, who of the team is there, and who looks at what, as it changes.";
    Resource::new("Inbox", about).route(
        Operation::new("inbox.socket", "Follow the inbox live")
            .about("A WebSocket of the subprotocol `voxora.v1`, which docs/PROTOCOL.md describes.")
            .query::<Follow>(json!({}))
            .gives_nothing(101, "The socket is open.")
            .refuses(&[TooManyConnections]),
    )
}
