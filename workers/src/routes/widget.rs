//! A visitor's session: nothing is stored for it, so looking at a page makes no record of anyone.

use http::HeaderMap;
use uuid::Uuid;
use voxora_domain::access::token;
use voxora_domain::id::VisitorId;
use voxora_domain::wire::{VisitorSession, VisitorSessionRequest};
use voxora_durable_objects::time::now;

use crate::app::App;
use crate::error::AppError;
use crate::http::json::Json;

/// `POST /api/v1/widget/session`
pub async fn session(
    app: App,
    headers: HeaderMap,
    Json(request): Json<VisitorSessionRequest>,
) -> Result<Json<VisitorSession>, AppError> {
    let (keys, now) = (&app.config()?.keys, now());
    let known = request.renewal_token.and_then(|token| token::verify_renewal(keys, &token, now).ok());
    if known.is_none() {
        app.limits(&headers)?.session().await?;
    }
    let visitor_id = known.unwrap_or_else(|| VisitorId::new(Uuid::new_v4()));
    let (access_token, renewal_token) =
        token::sign_visitor(keys, visitor_id, now).map_err(AppError::internal)?;
    Ok(Json(VisitorSession { visitor_id, access_token, expires_in: token::VISITOR_SECONDS, renewal_token }))
}

/// The route above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "A visitor of the website has no account: their browser keeps two tokens, and nothing is stored before they write.";
    Resource::new("Visitors", about).route(
        Operation::new("widget.session", "Begin or renew a visitor's session")
            .about("With a good `renewalToken` the visitor keeps their id. One that is no longer good is ignored.")
            .takes::<VisitorSessionRequest>(json!({}))
            .gives::<VisitorSession>(
                200,
                "The session.",
                json!({
                    "visitorId": example::VISITOR, "accessToken": example::TOKEN, "expiresIn": token::VISITOR_SECONDS,
                    "renewalToken": example::RENEWAL_TOKEN,
                }),
            )
            .refuses(&[RateLimited]),
    )
}
