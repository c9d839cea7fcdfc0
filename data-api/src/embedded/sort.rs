//! In which order found documents come.
//!
//! By declared fields and `_id` SQLite sorts, with an index where there is one. A field that is not declared may hold
//! anything, so documents are sorted by it here, in memory; their number is limited, as MongoDB limits it.

use std::cmp::Ordering;

use serde_json::Value;
use voxora_domain::sorted::sort_by;

use super::compare::compare;
use super::fields::column;
use super::path::{Path, position};
use crate::DataApiError;
use crate::document::{Document, as_members};
use crate::error::invalid;
use crate::query::{Direction, Sort};
use crate::schema::CollectionSchema;

/// How many documents are sorted in memory at most.
pub(super) const MAX_IN_MEMORY: i64 = 10_000;

/// A sort that has been checked.
pub(super) enum Plan {
    /// The `ORDER BY` clause, empty where the order does not matter.
    Sql(String),
    /// In memory.
    Memory,
}

/// What a document is sorted by: MongoDB puts an empty array before everything, then goes by value.
enum Key {
    EmptyArray,
    Value(Value),
}

impl Plan {
    pub(super) fn parse(schema: &CollectionSchema, sort: &Sort) -> Result<Self, DataApiError> {
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
            None => Self::Memory,
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
        let found: Vec<_> = keys.iter().map(|(path, direction)| key(&document, path, *direction)).collect::<Result<_, _>>()?;
        // MongoDB takes the keys of one document from one element; keys taken one by one can be of several.
        if found.iter().filter(|(_, in_array)| *in_array).count() > 1 {
            return Err(invalid(
                "the embedded engine does not sort by several fields where more than one leads through an array",
            ));
        }
        Ok((found.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), document))
    });
    let mut keyed = keyed.collect::<Result<Vec<_>, DataApiError>>()?;
    sort_by(&mut keyed, |(left, _), (right, _)| {
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

/// What a document is sorted by, and whether that comes out of an array.
fn key(document: &Document, path: &Path<'_>, direction: Direction) -> Result<(Key, bool), DataApiError> {
    let mut found = Candidates::default();
    found.gather(document, path, path.parts())?;
    // An array stands where its least element would, or its greatest in descending order.
    let value = match direction {
        Direction::Ascending => found.values.iter().min_by(|left, right| compare(left, right)),
        Direction::Descending => found.values.iter().max_by(|left, right| compare(left, right)),
    };
    let empty = found.empty && (direction == Direction::Ascending || value.is_none());
    let key =
        if empty { Key::EmptyArray } else { Key::Value(value.map_or(Value::Null, |value| (*value).clone())) };
    Ok((key, found.in_array))
}

/// The values that a path leads to, as an index of MongoDB would have them.
#[derive(Default)]
struct Candidates<'v> {
    values: Vec<&'v Value>,
    /// Whether an empty array is among them.
    empty: bool,
    in_array: bool,
}

impl<'v> Candidates<'v> {
    fn gather(&mut self, members: &'v Document, path: &Path<'_>, parts: &[&str]) -> Result<(), DataApiError> {
        let Some((first, rest)) = parts.split_first() else { return Ok(()) };
        let value = members.get(*first).unwrap_or(&Value::Null);
        match value {
            Value::Array(items) => {
                self.in_array = true;
                if rest.first().is_some_and(|next| position(next).is_some()) {
                    return Err(invalid(format!(
                        "the embedded engine does not sort by positions in arrays: '{path}'"
                    )));
                }
                match (items.is_empty(), rest.is_empty()) {
                    (true, true) => self.empty = true,
                    (true, false) => self.values.push(&Value::Null),
                    (false, true) => self.values.extend(items),
                    (false, false) => items.iter().try_for_each(|item| self.below(item, path, rest))?,
                }
                Ok(())
            }
            value if rest.is_empty() => {
                self.values.push(value);
                Ok(())
            }
            value => self.below(value, path, rest),
        }
    }

    /// What is no object has nothing below it, which counts as null.
    fn below(&mut self, value: &'v Value, path: &Path<'_>, rest: &[&str]) -> Result<(), DataApiError> {
        if let Some(members) = as_members(value) {
            return self.gather(members, path, rest);
        }
        self.values.push(&Value::Null);
        Ok(())
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
