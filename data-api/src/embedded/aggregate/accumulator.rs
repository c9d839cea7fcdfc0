//! Accumulators: what `$group` and `$bucket` gather from a group's documents.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::super::compare::compare;
use super::memory::{key, weight};
use super::number::{Number, Sum};
use crate::DataApiError;
use crate::error::invalid;

/// What has been gathered so far.
pub(super) enum Accumulator {
    Sum(Sum),
    Average(Sum),
    /// The least or the greatest value, by which order it beats another with.
    Extreme(Option<Value>, Ordering),
    First(Option<Value>),
    Last(Value),
    Push(Vec<Value>),
    /// The values by what makes them the same, each with a place among them: a type of map that the groups have as well.
    Set(BTreeMap<String, usize>, Vec<Value>),
}

impl Accumulator {
    /// One by its operator. (`$count` is `$sum` of 1, see `group`.)
    pub(super) fn new(operator: &str) -> Result<Self, DataApiError> {
        Ok(match operator {
            "$sum" => Self::Sum(Sum::default()),
            "$avg" => Self::Average(Sum::default()),
            "$min" => Self::Extreme(None, Ordering::Less),
            "$max" => Self::Extreme(None, Ordering::Greater),
            "$first" => Self::First(None),
            "$last" => Self::Last(Value::Null),
            "$push" => Self::Push(Vec::new()),
            "$addToSet" => Self::Set(BTreeMap::new(), Vec::new()),
            other => {
                let other = other.escape_debug();
                return Err(invalid(format!("the embedded engine does not support the accumulator {other}")));
            }
        })
    }

    /// Takes one more value in; gives the bytes that are now held more than before.
    pub(super) fn add(&mut self, value: Option<Cow<'_, Value>>) -> usize {
        match self {
            Self::Sum(sum) | Self::Average(sum) => {
                if let Some(number) = value.as_deref().and_then(Number::of) {
                    sum.add(number);
                }
                0
            }
            Self::Extreme(held, wins) => match value {
                Some(value)
                    if !value.is_null()
                        && held.as_ref().is_none_or(|held| compare(&value, held) == *wins) =>
                {
                    replace(held.insert(Value::Null), value)
                }
                _ => 0,
            },
            Self::First(Some(_)) => 0,
            Self::First(held) => replace(held.insert(Value::Null), value.unwrap_or_default()),
            Self::Last(held) => replace(held, value.unwrap_or_default()),
            Self::Push(items) => value.map_or(0, |value| {
                let value = value.into_owned();
                let bytes = weight(&value);
                items.push(value);
                bytes
            }),
            Self::Set(seen, items) => value.map_or(0, |value| {
                let key = key(&value);
                let bytes = key.len() + weight(&value);
                if seen.insert(key, items.len()).is_some() {
                    return 0;
                }
                items.push(value.into_owned());
                bytes
            }),
        }
    }

    /// What has been gathered, as a value.
    pub(super) fn finish(self) -> Result<Value, DataApiError> {
        Ok(match self {
            Self::Sum(sum) => sum.value("$sum")?,
            Self::Average(sum) => sum.mean("$avg")?,
            Self::Extreme(held, _) | Self::First(held) => held.unwrap_or_default(),
            Self::Last(held) => held,
            Self::Push(items) | Self::Set(_, items) => Value::Array(items),
        })
    }
}

/// Puts a value in another's place; gives the bytes by which it is larger.
fn replace(held: &mut Value, value: Cow<'_, Value>) -> usize {
    let before = weight(held);
    *held = value.into_owned();
    weight(held).saturating_sub(before)
}
