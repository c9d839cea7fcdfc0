//! A moment in a document: a date.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use voxora_data_api::document::{Date, Document, as_date};
use voxora_domain::Millis;

/// A moment, which a document holds as a date. One that the version before stored as a number of milliseconds is read as
/// well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Millis);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Date(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        millis(&value).map(Self).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Date(time.0).into()
    }
}

fn millis(value: &Value) -> Option<Millis> {
    as_date(value).or_else(|| value.as_i64())
}

/// The moment that a field holds; 0 where it holds none.
pub fn time_of(document: &Document, name: &str) -> Millis {
    document.get(name).and_then(millis).unwrap_or(0)
}

/// Makes dates of fields that hold milliseconds, as the version before stored them.
pub fn numbers_to_dates(document: &mut Document, names: &[&str]) {
    for name in names {
        if let Some(value) = document.get_mut(*name)
            && let Some(millis) = value.as_i64()
        {
            *value = Date(millis).into();
        }
    }
}
