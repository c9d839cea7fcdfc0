//! Filters, updates, sorts and projections, built from typed values only.
//!
//! Field names are `&'static str` and operands are [`Scalar`]s, so nothing a client sent can become an operator: there
//! is no way to merge JSON into a filter. On the wire each is the plain MongoDB document.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::DataApiError;
use crate::document::Document;

/// A value a field is compared with: text, a number, a boolean or null.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar(Value);

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        scalar.0
    }
}

macro_rules! scalar_from {
    ($($type:ty),*) => {$(
        impl From<$type> for Scalar {
            fn from(value: $type) -> Self {
                Self(Value::from(value))
            }
        }
    )*};
}
// No `f64`: JSON has no NaN, and a filter must not turn one into null.
scalar_from!(&str, String, bool, i32, i64, u32, u64);

impl From<&String> for Scalar {
    fn from(value: &String) -> Self {
        Self(Value::from(value.as_str()))
    }
}

impl<T: Into<Scalar>> From<Option<T>> for Scalar {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Value::Null), Into::into)
    }
}

/// Which documents are meant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(pub(crate) Document);

impl Filter {
    /// Every document.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The document with this `_id`.
    #[must_use]
    pub fn id(id: impl Into<Scalar>) -> Self {
        Self::eq("_id", id)
    }

    /// The field equals the value, or is an array that holds it. Null also matches where the field is missing.
    #[must_use]
    pub fn eq(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::single(field, value.into())
    }

    /// The opposite of [`Filter::eq`]: also matches where the field is missing.
    #[must_use]
    pub fn ne(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::operator(field, "$ne", value.into())
    }

    /// The field is of the value's type and greater.
    #[must_use]
    pub fn gt(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::operator(field, "$gt", value.into())
    }

    /// The field is of the value's type and greater or equal.
    #[must_use]
    pub fn gte(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::operator(field, "$gte", value.into())
    }

    /// The field is of the value's type and less.
    #[must_use]
    pub fn lt(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::operator(field, "$lt", value.into())
    }

    /// The field is of the value's type and less or equal.
    #[must_use]
    pub fn lte(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::operator(field, "$lte", value.into())
    }

    /// The field equals one of the values.
    #[must_use]
    pub fn in_<T: Into<Scalar>>(field: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        Self::operator(field, "$in", list(values))
    }

    /// The field equals none of the values, or is missing.
    #[must_use]
    pub fn nin<T: Into<Scalar>>(field: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        Self::operator(field, "$nin", list(values))
    }

    /// The field is there (null counts as there), or is not.
    #[must_use]
    pub fn exists(field: &'static str, exists: bool) -> Self {
        Self::operator(field, "$exists", exists)
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        // So that a filter can be gathered from `all()` on without a trace of it.
        if self.0.is_empty() { other } else { self.joined("$and", other) }
    }

    /// One of the two holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined("$or", other)
    }

    /// It does not hold.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::single("$nor", Value::Array(vec![Value::Object(self.0)]))
    }

    fn single(name: &str, value: impl Into<Value>) -> Self {
        Self(Document::from_iter([(name.to_owned(), value.into())]))
    }

    fn operator(field: &str, operator: &str, operand: impl Into<Value>) -> Self {
        Self::single(field, Value::Object(Self::single(operator, operand).0))
    }

    /// Chains of the same operator stay one flat list: `a.and(b).and(c)` is `{"$and": [a, b, c]}`.
    fn joined(mut self, operator: &str, other: Self) -> Self {
        if self.0.len() == 1
            && let Some(Value::Array(terms)) = self.0.get_mut(operator)
        {
            terms.push(Value::Object(other.0));
            return self;
        }
        Self::single(operator, Value::Array(vec![Value::Object(self.0), Value::Object(other.0)]))
    }
}

fn list<T: Into<Scalar>>(values: impl IntoIterator<Item = T>) -> Value {
    values.into_iter().map(|value| value.into().0).collect()
}

/// What becomes of the documents a filter matched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Update(pub(crate) Document);

impl Update {
    /// Nothing yet; chain what shall happen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The field becomes the value.
    #[must_use]
    pub fn set(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.operator("$set", field, value)
    }

    /// Each field of a struct becomes its value there; fields the struct leaves out stay.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] when it is not a struct that JSON can carry.
    pub fn set_all(self, fields: &impl Serialize) -> Result<Self, DataApiError> {
        Ok(to_document(fields)?
            .into_iter()
            .fold(self, |update, (name, value)| update.put("$set", name, value)))
    }

    /// The field gets the value where the update inserts a document.
    #[must_use]
    pub fn set_on_insert(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.operator("$setOnInsert", field, value)
    }

    /// The field goes away.
    #[must_use]
    pub fn unset(self, field: &'static str) -> Self {
        self.operator("$unset", field, "")
    }

    /// The number in the field grows by this much; from 0 where it is missing.
    #[must_use]
    pub fn inc(self, field: &'static str, by: i64) -> Self {
        self.operator("$inc", field, by)
    }

    /// The number in the field is multiplied by this; 0 where it is missing.
    #[must_use]
    pub fn mul(self, field: &'static str, by: i64) -> Self {
        self.operator("$mul", field, by)
    }

    /// The field becomes the value where that is less than what it holds.
    #[must_use]
    pub fn min(self, field: &'static str, value: impl Into<Scalar>) -> Self {
        self.operator("$min", field, value.into())
    }

    /// The field becomes the value where that is greater than what it holds.
    #[must_use]
    pub fn max(self, field: &'static str, value: impl Into<Scalar>) -> Self {
        self.operator("$max", field, value.into())
    }

    /// The array in the field gets one more element at its end.
    #[must_use]
    pub fn push(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.operator("$push", field, value)
    }

    /// The array in the field gets the element unless it has it.
    #[must_use]
    pub fn add_to_set(self, field: &'static str, value: impl Into<Scalar>) -> Self {
        self.operator("$addToSet", field, value.into())
    }

    /// The array in the field loses every element equal to the value.
    #[must_use]
    pub fn pull(self, field: &'static str, value: impl Into<Scalar>) -> Self {
        self.operator("$pull", field, value.into())
    }

    /// The field has another name from here on.
    #[must_use]
    pub fn rename(self, field: &'static str, to: &'static str) -> Self {
        self.operator("$rename", field, to)
    }

    fn operator(self, operator: &str, field: &str, value: impl Into<Value>) -> Self {
        self.put(operator, field.to_owned(), value.into())
    }

    fn put(mut self, operator: &str, field: String, value: Value) -> Self {
        let fields = self.0.entry(operator).or_insert_with(|| Value::Object(Document::new()));
        if let Value::Object(fields) = fields {
            fields.insert(field, value);
        }
        self
    }
}

/// In which order documents come. Not a [`Document`]: the order of its keys is its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sort(pub(crate) Vec<(String, Direction)>);

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least first, `1`.
    Ascending,
    /// Greatest first, `-1`.
    Descending,
}

impl Direction {
    const fn beyond(self) -> &'static str {
        match self {
            Self::Ascending => "$gt",
            Self::Descending => "$lt",
        }
    }

    const fn not_before(self) -> &'static str {
        match self {
            Self::Ascending => "$gte",
            Self::Descending => "$lte",
        }
    }
}

impl Sort {
    /// Least first by this field.
    #[must_use]
    pub fn ascending(field: &'static str) -> Self {
        Self::default().then_ascending(field)
    }

    /// Greatest first by this field.
    #[must_use]
    pub fn descending(field: &'static str) -> Self {
        Self::default().then_descending(field)
    }

    /// Where the fields before are equal, least first by this one.
    #[must_use]
    pub fn then_ascending(self, field: &'static str) -> Self {
        self.then(field, Direction::Ascending)
    }

    /// Where the fields before are equal, greatest first by this one.
    #[must_use]
    pub fn then_descending(self, field: &'static str) -> Self {
        self.then(field, Direction::Descending)
    }

    /// The documents that come after a position in this order: those whose keys are beyond these values, one for each
    /// key. That is a keyset cursor; the last key should be `_id`, so that no two documents share a position.
    ///
    /// It begins with a plain bound on the first key, because an index can only be entered by one.
    #[must_use]
    pub fn after(&self, position: impl IntoIterator<Item = Scalar>) -> Filter {
        let keys: Vec<_> = self.0.iter().zip(position).collect();
        let beyond = keys.iter().rev().fold(None, |deeper: Option<Filter>, ((field, direction), value)| {
            let strictly = Filter::operator(field, direction.beyond(), value.clone());
            Some(match deeper {
                None => strictly,
                Some(deeper) => strictly.or(Filter::single(field, value.clone()).and(deeper)),
            })
        });
        match (keys.first(), beyond) {
            (Some(((field, direction), value)), Some(beyond)) if keys.len() > 1 => {
                Filter::operator(field, direction.not_before(), value.clone()).and(beyond)
            }
            (_, beyond) => beyond.unwrap_or_default(),
        }
    }

    fn then(mut self, field: &str, direction: Direction) -> Self {
        self.0.push((field.to_owned(), direction));
        self
    }
}

impl Serialize for Sort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, direction) in &self.0 {
            let number = match direction {
                Direction::Ascending => 1,
                Direction::Descending => -1,
            };
            map.serialize_entry(field, &number)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Sort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Sort;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a sort such as {\"updatedAt\": -1, \"_id\": -1}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sort, A::Error> {
                let mut keys = Vec::new();
                while let Some((field, direction)) = map.next_entry::<String, Value>()? {
                    let direction = match direction.as_f64() {
                        Some(1.0) => Direction::Ascending,
                        Some(-1.0) => Direction::Descending,
                        _ => {
                            return Err(serde::de::Error::custom(format!(
                                "the sort by '{field}' must be 1 or -1"
                            )));
                        }
                    };
                    if keys.iter().any(|(earlier, _)| *earlier == field) {
                        return Err(serde::de::Error::custom(format!("the sort names '{field}' twice")));
                    }
                    keys.push((field, direction));
                }
                Ok(Sort(keys))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// Which fields of a document come back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Projection(pub(crate) Document);

impl Projection {
    /// Only these, and `_id`.
    #[must_use]
    pub fn include(fields: &[&'static str]) -> Self {
        Self::with(fields, 1)
    }

    /// All but these.
    #[must_use]
    pub fn exclude(fields: &[&'static str]) -> Self {
        Self::with(fields, 0)
    }

    fn with(fields: &[&'static str], mark: u8) -> Self {
        Self(fields.iter().map(|field| ((*field).to_owned(), Value::from(mark))).collect())
    }
}

/// A struct as a document.
pub(crate) fn to_document(value: &impl Serialize) -> Result<Document, DataApiError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(DataApiError::Invalid("only a struct or a map can be a document".into())),
        Err(error) => Err(DataApiError::Invalid(format!("not a document: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Filter, Projection, Sort, Update};

    #[test]
    fn filters_are_the_documents_mongodb_expects() {
        for (filter, document) in [
            (Filter::all(), json!({})),
            (Filter::eq("email", "a@b.example"), json!({ "email": "a@b.example" })),
            // A client's text stays text, whatever it looks like.
            (Filter::id("{\"$ne\":null}"), json!({ "_id": "{\"$ne\":null}" })),
            (Filter::eq("assignee.id", None::<&str>), json!({ "assignee.id": null })),
            (Filter::in_("status", ["open", "pending"]), json!({ "status": { "$in": ["open", "pending"] } })),
            (
                Filter::exists("founder", true).negated(),
                json!({ "$nor": [{ "founder": { "$exists": true } }] }),
            ),
            (Filter::all().and(Filter::eq("a", 1)), json!({ "a": 1 })),
            (
                Filter::eq("a", 1).and(Filter::lt("b", 2)).and(Filter::gt("b", 0)),
                json!({ "$and": [{ "a": 1 }, { "b": { "$lt": 2 } }, { "b": { "$gt": 0 } }] }),
            ),
            (
                Filter::eq("a", 1).and(Filter::eq("b", 2).or(Filter::ne("c", true))),
                json!({ "$and": [{ "a": 1 }, { "$or": [{ "b": 2 }, { "c": { "$ne": true } }] }] }),
            ),
        ] {
            assert_eq!(serde_json::to_value(filter).unwrap(), document);
        }
    }

    #[test]
    fn updates_gather_fields_under_their_operators() {
        let update = Update::new()
            .set_all(&json!({ "name": "Ada", "tags": ["a"] }))
            .unwrap()
            .set("role", "admin")
            .inc("revision", 1)
            .unset("invite");
        let expected = json!({ "$set": { "name": "Ada", "tags": ["a"], "role": "admin" },
            "$inc": { "revision": 1 }, "$unset": { "invite": "" } });
        assert_eq!(serde_json::to_value(update).unwrap(), expected);
        assert!(Update::new().set_all(&7).is_err());
    }

    #[test]
    fn a_sort_keeps_the_order_of_its_keys() {
        let sort = Sort::descending("updatedAt").then_descending("_id").then_ascending("name");
        let text = serde_json::to_string(&sort).unwrap();
        assert_eq!(text, r#"{"updatedAt":-1,"_id":-1,"name":1}"#);
        assert_eq!(serde_json::from_str::<Sort>(&text).unwrap(), sort);
        for bad in [r#"{"a":2}"#, r#"{"a":"1"}"#, r#"{"a":{"$meta":"textScore"}}"#, r#"{"a":1,"a":-1}"#, "[]"]
        {
            assert!(serde_json::from_str::<Sort>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_position_in_a_sort_becomes_a_filter() {
        let sort = Sort::descending("updatedAt").then_ascending("_id");
        assert_eq!(
            serde_json::to_value(sort.after([5.into(), "x".into()])).unwrap(),
            json!({ "$and": [
                { "updatedAt": { "$lte": 5 } },
                { "$or": [{ "updatedAt": { "$lt": 5 } }, { "$and": [{ "updatedAt": 5 }, { "_id": { "$gt": "x" } }] }] },
            ] })
        );
        let by_id = Sort::ascending("_id").after(["x".into()]);
        assert_eq!(serde_json::to_value(by_id).unwrap(), json!({ "_id": { "$gt": "x" } }));
    }

    #[test]
    fn projections_include_or_exclude() {
        assert_eq!(serde_json::to_value(Projection::include(&["name"])).unwrap(), json!({ "name": 1 }));
        assert_eq!(serde_json::to_value(Projection::exclude(&["_id"])).unwrap(), json!({ "_id": 0 }));
    }
}
