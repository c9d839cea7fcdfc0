//! Filters, updates, sorts, projections and pipelines, built from typed values only.
//!
//! Field names are `&'static str` and operands are [`Scalar`]s, so nothing a client sent can become an operator: there
//! is no way to merge JSON into a filter. On the wire each is the plain MongoDB document.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::DataApiError;
use crate::document::{Date, Document, to_document};

/// A value a field is compared with: text, a number, a boolean, a date or null.
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
scalar_from!(&str, String, bool, i32, i64, u32, u64, Date);

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

    /// The array in the field loses every object that matches.
    #[must_use]
    pub fn pull_matching(self, field: &'static str, filter: Filter) -> Self {
        self.operator("$pull", field, Value::Object(filter.0))
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
    const fn as_number(self) -> i32 {
        match self {
            Self::Ascending => 1,
            Self::Descending => -1,
        }
    }

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
            map.serialize_entry(field, &direction.as_number())?;
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

/// The stages of an aggregation, built from typed values like filters: text from a client stays text, also where it
/// begins with `$`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Pipeline(pub(crate) Vec<Document>);

impl Pipeline {
    /// Every document; chain what becomes of them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the documents that match. As the first stage it uses indexes.
    #[must_use]
    pub fn matching(self, filter: Filter) -> Self {
        self.stage("$match", filter.0)
    }

    /// One document for each value of the key, which is its `_id`, with what is gathered under each name.
    #[must_use]
    pub fn group(self, key: Expression, fields: impl IntoIterator<Item = (&'static str, Gather)>) -> Self {
        let id = ("_id".to_owned(), key.0);
        let fields = fields.into_iter().map(|(name, gather)| (name.to_owned(), gather.0));
        self.stage("$group", std::iter::once(id).chain(fields).collect::<Document>())
    }

    /// One document for each range between two boundaries (the lower one belongs to it and is its `_id`) in which a key
    /// lies; those outside of all ranges are gathered under `other`. Boundaries ascend and are of one type.
    #[must_use]
    pub fn bucket<T: Into<Scalar>>(
        self,
        key: Expression,
        boundaries: impl IntoIterator<Item = T>,
        other: impl Into<Scalar>,
        fields: impl IntoIterator<Item = (&'static str, Gather)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, gather)| (name.to_owned(), gather.0));
        let boundaries = boundaries.into_iter().map(|boundary| Expression::value(boundary).0);
        let spec = [
            ("groupBy", key.0),
            ("boundaries", Value::Array(boundaries.collect())),
            ("default", Expression::value(other).0),
            ("output", Value::Object(fields.collect())),
        ];
        self.stage(
            "$bucket",
            spec.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Document>(),
        )
    }

    /// Each document gets the fields, computed from it; those that exist are replaced.
    #[must_use]
    pub fn add_fields(self, fields: impl IntoIterator<Item = (&'static str, Expression)>) -> Self {
        let fields = fields.into_iter().map(|(name, expression)| (name.to_owned(), expression.0));
        self.stage("$addFields", fields.collect::<Document>())
    }

    /// Only these fields of each document, or all but these.
    #[must_use]
    pub fn project(self, projection: Projection) -> Self {
        self.stage("$project", projection.0)
    }

    /// One document for each element of the array in the field.
    #[must_use]
    pub fn unwind(self, field: &'static str) -> Self {
        self.stage("$unwind", Expression::field(field).0)
    }

    /// In this order, which names at least one field.
    #[must_use]
    pub fn sort(self, sort: &Sort) -> Self {
        let keys = sort.0.iter().map(|(field, direction)| (field.clone(), direction.as_number().into()));
        self.stage("$sort", keys.collect::<Document>())
    }

    /// Without the first ones.
    #[must_use]
    pub fn skip(self, count: u32) -> Self {
        self.stage("$skip", count)
    }

    /// At most this many, at least 1.
    #[must_use]
    pub fn limit(self, count: u32) -> Self {
        self.stage("$limit", count)
    }

    /// How many documents there are, as one document with this field; none where there are none.
    #[must_use]
    pub fn count(self, field: &'static str) -> Self {
        self.stage("$count", field)
    }

    fn stage(mut self, name: &str, operand: impl Into<Value>) -> Self {
        self.0.push(Document::from_iter([(name.to_owned(), operand.into())]));
        self
    }
}

/// What a pipeline computes from a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(Value);

impl Expression {
    /// The field's value.
    #[must_use]
    pub fn field(field: &'static str) -> Self {
        Self(Value::from(format!("${field}")))
    }

    /// This value, whatever it looks like.
    #[must_use]
    pub fn value(value: impl Into<Scalar>) -> Self {
        match value.into().0 {
            text @ Value::String(_) => Self(operand("$literal", text)),
            other => Self(other),
        }
    }

    /// An object of several values: a key of more than one field.
    #[must_use]
    pub fn object(fields: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, expression)| (name.to_owned(), expression.0));
        Self(Value::Object(fields.collect()))
    }

    /// A time in milliseconds since 1970, as the product's documents keep it, as a date.
    #[must_use]
    pub fn date_of(milliseconds: Self) -> Self {
        Self(operand("$toDate", milliseconds.0))
    }

    /// The beginning of the span of time in which a date lies, where it is `offset_minutes` east of UTC. A week begins
    /// on Monday.
    #[must_use]
    pub fn truncated(date: Self, unit: Unit, offset_minutes: i32) -> Self {
        let mut spec = Document::from_iter([
            ("date".to_owned(), date.0),
            ("unit".to_owned(), unit.as_str().into()),
            ("timezone".to_owned(), zone(offset_minutes).into()),
        ]);
        if unit == Unit::Week {
            spec.insert("startOfWeek".to_owned(), "monday".into());
        }
        Self(operand("$dateTrunc", Value::Object(spec)))
    }

    /// The part of a date, where it is `offset_minutes` east of UTC.
    #[must_use]
    pub fn date_part(date: Self, part: DatePart, offset_minutes: i32) -> Self {
        let spec = [("date", date.0), ("timezone", zone(offset_minutes).into())];
        let spec = spec.map(|(name, value)| (name.to_owned(), value));
        Self(operand(part.operator(), Value::Object(spec.into_iter().collect())))
    }

    /// The difference of two numbers, or the milliseconds between two dates; null where one is null or missing.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(operand("$subtract", vec![self.0, other.0]))
    }

    /// Whether both are equal.
    #[must_use]
    pub fn equals(self, other: Self) -> Self {
        Self(operand("$eq", vec![self.0, other.0]))
    }

    /// This where the condition holds (that is: not for false, 0, null and nothing), otherwise the other.
    #[must_use]
    pub fn when(condition: Self, then: Self, otherwise: Self) -> Self {
        Self(operand("$cond", vec![condition.0, then.0, otherwise.0]))
    }

    /// This, or the other where this is null or missing.
    #[must_use]
    pub fn or_if_null(self, other: Self) -> Self {
        Self(operand("$ifNull", vec![self.0, other.0]))
    }
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Unit {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    /// 0 to 23.
    Hour,
    /// 1 for Monday to 7 for Sunday.
    DayOfWeek,
}

impl DatePart {
    const fn operator(self) -> &'static str {
        match self {
            Self::Hour => "$hour",
            Self::DayOfWeek => "$isoDayOfWeek",
        }
    }
}

/// What a group gathers from its documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Gather(Value);

impl Gather {
    /// How many documents there are.
    #[must_use]
    pub fn count() -> Self {
        Self(operand("$sum", 1))
    }

    /// The sum of the numbers; whole where all are.
    #[must_use]
    pub fn sum(expression: Expression) -> Self {
        Self(operand("$sum", expression.0))
    }

    /// The mean of the numbers; null where there are none.
    #[must_use]
    pub fn average(expression: Expression) -> Self {
        Self(operand("$avg", expression.0))
    }

    /// The least value; null where there is none.
    #[must_use]
    pub fn min(expression: Expression) -> Self {
        Self(operand("$min", expression.0))
    }

    /// The greatest value; null where there is none.
    #[must_use]
    pub fn max(expression: Expression) -> Self {
        Self(operand("$max", expression.0))
    }

    /// The value of the first document, which is one after a sort.
    #[must_use]
    pub fn first(expression: Expression) -> Self {
        Self(operand("$first", expression.0))
    }

    /// The value of the last document, which is one after a sort.
    #[must_use]
    pub fn last(expression: Expression) -> Self {
        Self(operand("$last", expression.0))
    }

    /// All values, as an array.
    #[must_use]
    pub fn push(expression: Expression) -> Self {
        Self(operand("$push", expression.0))
    }

    /// All different values, as an array in no particular order.
    #[must_use]
    pub fn set(expression: Expression) -> Self {
        Self(operand("$addToSet", expression.0))
    }
}

/// `{"<operator>": <operand>}`
fn operand(operator: &str, operand: impl Into<Value>) -> Value {
    Value::Object(Document::from_iter([(operator.to_owned(), operand.into())]))
}

/// A fixed time zone as MongoDB writes it.
fn zone(offset_minutes: i32) -> String {
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let minutes = offset_minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DatePart, Expression, Filter, Gather, Pipeline, Projection, Sort, Unit, Update};

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
    fn pipelines_are_the_stages_mongodb_expects() {
        let at = || Expression::date_of(Expression::field("at"));
        let pipeline = Pipeline::new()
            .matching(Filter::eq("kind", "message"))
            .group(
                Expression::object([
                    ("week", Expression::truncated(at(), Unit::Week, 60)),
                    ("hour", Expression::date_part(at(), DatePart::Hour, -570)),
                ]),
                [("messages", Gather::count()), ("latest", Gather::max(Expression::field("at")))],
            )
            .add_fields([(
                "late",
                Expression::field("latest").minus(Expression::value(5)).equals(Expression::value("$x")),
            )])
            .project(Projection::exclude(&["latest"]))
            .sort(&Sort::descending("messages").then_ascending("_id"))
            .skip(1)
            .limit(2)
            .bucket(
                Expression::field("messages"),
                [0, 10],
                "more",
                [("n", Gather::sum(Expression::value(2)))],
            )
            .unwind("tags")
            .count("n");
        assert_eq!(
            serde_json::to_value(pipeline).unwrap(),
            json!([
                { "$match": { "kind": "message" } },
                { "$group": {
                    "_id": {
                        "week": { "$dateTrunc": { "date": { "$toDate": "$at" }, "unit": "week", "timezone": "+01:00",
                            "startOfWeek": "monday" } },
                        "hour": { "$hour": { "date": { "$toDate": "$at" }, "timezone": "-09:30" } },
                    },
                    "messages": { "$sum": 1 },
                    "latest": { "$max": "$at" },
                } },
                // A client's text stays text.
                { "$addFields": { "late": { "$eq": [{ "$subtract": ["$latest", 5] }, { "$literal": "$x" }] } } },
                { "$project": { "latest": 0 } },
                { "$sort": { "messages": -1, "_id": 1 } },
                { "$skip": 1 },
                { "$limit": 2 },
                { "$bucket": { "groupBy": "$messages", "boundaries": [0, 10], "default": { "$literal": "more" },
                    "output": { "n": { "$sum": 2 } } } },
                { "$unwind": "$tags" },
                { "$count": "n" },
            ])
        );
    }

    #[test]
    fn projections_include_or_exclude() {
        assert_eq!(serde_json::to_value(Projection::include(&["name"])).unwrap(), json!({ "name": 1 }));
        assert_eq!(serde_json::to_value(Projection::exclude(&["_id"])).unwrap(), json!({ "_id": 0 }));
    }
}
