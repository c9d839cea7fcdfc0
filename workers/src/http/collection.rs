//! The collection that a path names, where collections leave and enter.

use voxora_store::collections;

use super::extract::{Call, Extract};
use super::params::Named;
use crate::error::AppError;

/// A collection that may leave and enter. Sessions stay where they are; people sign in again.
pub struct Collection(pub &'static collections::Collection);

impl Extract for Collection {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let Named(name) = Named::extract(call)?;
        let found = collections::collection(&name).filter(|collection| collection.movable);
        found.map(Self).ok_or_else(|| AppError::not_found("collection"))
    }
}
