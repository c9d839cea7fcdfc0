//! The collection that a path names, where collections leave and enter.

use axum::extract::FromRequestParts;
use http::request::Parts;
use voxora_data_api::schema;

use super::params::Named;
use crate::error::AppError;

/// A collection that may leave and enter. Sessions stay where they are; people sign in again.
pub struct Collection(pub &'static str);

impl<S: Send + Sync> FromRequestParts<S> for Collection {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Named(name) = Named::from_request_parts(parts, state).await?;
        let found = schema::collection(&name).filter(|schema| schema.name != schema::SESSIONS.name);
        found.map(|schema| Self(schema.name)).ok_or_else(|| AppError::not_found("collection"))
    }
}
