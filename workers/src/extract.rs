//! What handlers take from a request, checked, with an error that says what was wrong: who is asking, ids, queries,
//! JSON bodies, upgrades.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::wire::{BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL};

use crate::app::App;
use crate::error::AppError;
use crate::token;

/// The largest body a request may have, in bytes.
pub const BODY_BYTES: usize = 128 * 1024;

/// Whoever's good token the request carries.
pub struct Caller(pub Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            AppError::unauthenticated("The request needs an access token: `Authorization: Bearer …`.")
        })?;
        Ok(Self(token::verify_access(app.config()?, token)?))
    }
}

/// What `Authorization: Bearer …` carries.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether the request carries one of the deployment's secrets as bearer. How long that takes tells nothing of it.
pub fn bears(headers: &HeaderMap, secret: &str) -> bool {
    is_same(bearer(headers).unwrap_or_default(), secret)
}

/// Whether somebody knows a secret. How long that takes tells nothing of it.
pub fn is_same(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

/// A member of the team.
pub struct Agent {
    pub id: UserId,
    pub principal: Principal,
}

impl Agent {
    pub fn new(principal: Principal) -> Result<Self, AppError> {
        match principal {
            Principal::User { id, .. } => Ok(Self { id, principal }),
            Principal::Visitor(_) => Err(AppError::forbidden("This is for the team.")),
        }
    }
}

impl FromRequestParts<App> for Agent {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Self::new(Caller::from_request_parts(parts, app).await?.0)
    }
}

/// Someone who administers the deployment.
pub struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Caller(principal) = Caller::from_request_parts(parts, app).await?;
        if principal.is_admin() { Ok(Self) } else { Err(AppError::forbidden("This is for admins.")) }
    }
}

/// Whoever's good token a WebSocket upgrade carries as its second subprotocol.
pub struct Upgrade(pub Principal);

impl FromRequestParts<App> for Upgrade {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let upgrade = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
        let protocols = subprotocols(&parts.headers);
        if !upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
            || !protocols.contains(&SUBPROTOCOL)
        {
            return Err(AppError::upgrade_required());
        }
        let token = protocols.iter().find_map(|protocol| protocol.strip_prefix(BEARER_SUBPROTOCOL_PREFIX));
        let token = token.ok_or_else(|| {
            AppError::unauthenticated("The upgrade needs an access token, as the subprotocol `bearer.…`.")
        })?;
        Ok(Self(token::verify_access(app.config()?, token)?))
    }
}

fn subprotocols(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// The conversation that the path names.
pub struct InConversation(pub ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for InConversation {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| AppError::invalid_request(error.body_text()))?;
        Ok(Self(id.parse()?))
    }
}

/// The query of the request.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(error) => Err(AppError::invalid_request(error.body_text())),
        }
    }
}

/// The JSON body of the request.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
            return Err(AppError::unsupported_media_type());
        }
        let body = Bytes::from_request(request, state).await.map_err(|error| match error {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                AppError::body_too_large(BODY_BYTES)
            }
            error if error.status() == StatusCode::PAYLOAD_TOO_LARGE => AppError::body_too_large(BODY_BYTES),
            error => AppError::malformed_body(error.body_text()),
        })?;
        serde_json::from_slice(&body).map(Self).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                AppError::invalid_field(format!("The body does not fit: {error}."))
            }
            _ => AppError::malformed_body(format!("The body is not JSON: {error}.")),
        })
    }
}
