//! The deployment's settings, a document each.

use voxora_data_api::schema::CollectionSchema;

use crate::collection::{Collection, neither, stays, unchanged};
use crate::shape::{Part, Required, Shape, check};

/// No index but that of `_id`.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("settings", 1, &[], &[]);

/// See [`crate::collections`].
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: |document| check(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const SHAPE: &[Part] = &[("_id", Required, Shape::Text)];
