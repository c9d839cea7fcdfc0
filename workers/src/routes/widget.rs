//! A visitor's session: nothing is stored for it, so looking at a page makes no record of anyone.

use axum::Json;
use uuid::Uuid;
use voxora_domain::access::token;
use voxora_domain::id::VisitorId;
use voxora_domain::wire::{VisitorSession, VisitorSessionRequest};
use voxora_durable_objects::time::now;

use crate::app::App;
use crate::error::AppError;
use crate::http::json;

/// `POST /api/v1/widget/session`
#[worker::send]
pub async fn session(
    app: App,
    json::Json(request): json::Json<VisitorSessionRequest>,
) -> Result<Json<VisitorSession>, AppError> {
    let (secret, now) = (&app.config()?.jwt_secret, now());
    let known = request.renewal_token.and_then(|token| token::verify_renewal(secret, &token, now).ok());
    let visitor_id = known.unwrap_or_else(|| VisitorId::new(Uuid::new_v4()));
    let (access_token, renewal_token) =
        token::sign_visitor(secret, visitor_id, now).map_err(AppError::internal)?;
    Ok(Json(VisitorSession { visitor_id, access_token, expires_in: token::VISITOR_SECONDS, renewal_token }))
}
