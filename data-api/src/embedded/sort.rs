//! In which order found documents come.
//!
//! By declared fields and `_id` SQLite sorts, with an index where there is one. A field that is not declared may hold
//! anything, so documents are sorted by it here, in memory; their number is limited, as MongoDB limits it.

use std::cmp::Ordering;

use serde_json::Value;

use super::compare::{compare, is_scalar, type_name};
use super::fields::column;
use super::path::Path;
use crate::DataApiError;
use crate::document::Document;
use crate::error::invalid;
use crate::query::{Direction, Sort};
use crate::schema::CollectionSchema;

/// How many documents are sorted in memory at most.
pub(super) const MAX_IN_MEMORY: usize = 10_000;

/// A sort that has been checked.
pub(super) enum Plan<'a> {
    /// The `ORDER BY` clause, empty where the order does not matter.
    Sql(String),
    /// In memory.
    Memory(Vec<(Path<'a>, Direction)>),
}

/// What a document is sorted by: MongoDB puts an empty array before everything, then goes by value.
#[derive(PartialEq)]
enum Key {
    EmptyArray,
    Value(Value),
}

impl<'a> Plan<'a> {
    pub(super) fn parse(schema: &CollectionSchema, sort: &'a Sort) -> Result<Self, DataApiError> {
        let keys = sort.0.iter().map(|(field, direction)| Ok((Path::parse(field)?, *direction)));
        let keys = keys.collect::<Result<Vec<_>, DataApiError>>()?;
        let terms = keys.iter().map(|(path, direction)| {
            // SQLite puts nulls first, as MongoDB does; in a declared field null and missing are both null.
            column(schema, path).map(|column| match direction {
                Direction::Ascending => column.sql,
                Direction::Descending => format!("{} DESC", column.sql),
            })
        });
        Ok(match terms.collect::<Option<Vec<_>>>() {
            None => Self::Memory(keys),
            Some(terms) if terms.is_empty() => Self::Sql(String::new()),
            Some(terms) => Self::Sql(format!(" ORDER BY {}", terms.join(", "))),
        })
    }
}

/// Sorts in memory.
pub(super) fn sort(
    documents: Vec<Document>,
    keys: &[(Path<'_>, Direction)],
) -> Result<Vec<Document>, DataApiError> {
    let keyed = documents.into_iter().map(|document| {
        let keys = keys.iter().map(|(path, direction)| key(&document, path, *direction));
        Ok((keys.collect::<Result<Vec<_>, DataApiError>>()?, document))
    });
    let mut keyed = keyed.collect::<Result<Vec<_>, DataApiError>>()?;
    keyed.sort_by(|(left, _), (right, _)| {
        let each = left.iter().zip(right).zip(keys);
        each.fold(Ordering::Equal, |order, ((left, right), (_, direction))| {
            order.then_with(|| match direction {
                Direction::Ascending => left.compare(right),
                Direction::Descending => right.compare(left),
            })
        })
    });
    Ok(keyed.into_iter().map(|(_, document)| document).collect())
}

fn key(document: &Document, path: &Path<'_>, direction: Direction) -> Result<Key, DataApiError> {
    let refused = |value: &Value| {
        invalid(format!(
            "the embedded engine does not sort by {}: a document has one at '{path}'",
            type_name(value)
        ))
    };
    let (parents, last) = path.split();
    let mut members = document;
    for parent in parents {
        match members.get(*parent) {
            Some(Value::Object(below)) => members = below,
            Some(array @ Value::Array(_)) => return Err(refused(array)),
            _ => return Ok(Key::Value(Value::Null)),
        }
    }
    match members.get(last) {
        None => Ok(Key::Value(Value::Null)),
        Some(Value::Array(items)) => {
            if let Some(container) = items.iter().find(|item| !is_scalar(item)) {
                return Err(refused(container));
            }
            // An array stands where its least element would, or its greatest in descending order.
            let element = match direction {
                Direction::Ascending => items.iter().min_by(|left, right| compare(left, right)),
                Direction::Descending => items.iter().max_by(|left, right| compare(left, right)),
            };
            Ok(element.map_or(Key::EmptyArray, |element| Key::Value(element.clone())))
        }
        Some(scalar) if is_scalar(scalar) => Ok(Key::Value(scalar.clone())),
        Some(object) => Err(refused(object)),
    }
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::EmptyArray, Self::EmptyArray) => Ordering::Equal,
            (Self::EmptyArray, Self::Value(_)) => Ordering::Less,
            (Self::Value(_), Self::EmptyArray) => Ordering::Greater,
            (Self::Value(left), Self::Value(right)) => compare(left, right),
        }
    }
}
