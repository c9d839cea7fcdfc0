//! The collection that a path names, where collections leave and enter.

use axum::extract::FromRequestParts;
use http::request::Parts;
use voxora_store::collections;

use super::params::Named;
use crate::error::AppError;

/// A collection that may leave and enter. Sessions stay where they are; people sign in again.
pub struct Collection(pub &'static collections::Collection);

impl<S: Send + Sync> FromRequestParts<S> for Collection {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Named(name) = Named::from_request_parts(parts, state).await?;
        let found = collections::collection(&name).filter(|collection| collection.movable);
        found.map(Self).ok_or_else(|| AppError::not_found("collection"))
    }
}
