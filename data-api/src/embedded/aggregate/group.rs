//! `$group`, `$bucket` and `$sortByCount`: documents gathered by a key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Value, json};
use voxora_domain::sorted::sort_by;

use super::super::compare::{compare, type_name};
use super::accumulator::Accumulator;
use super::expression::{Expression, Scope, check_field_name, named_values, object, owned_or_null};
use super::memory::{Memory, key, weight};
use crate::DataApiError;
use crate::document::Document;
use crate::error::invalid;

/// A grouping that has been checked.
pub(super) struct Grouping {
    stage: &'static str,
    pub(super) id: Expression,
    buckets: Option<Buckets>,
    pub(super) fields: Vec<Field>,
}

/// One field of each group.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) operand: Expression,
}

/// Between which of the boundaries a key lies is what `$bucket` groups by.
struct Buckets {
    boundaries: Vec<Value>,
    default: Option<Value>,
}

/// The groups so far.
#[derive(Default)]
pub(super) struct Groups {
    known: BTreeMap<String, usize>,
    gathered: Vec<(Value, Vec<Accumulator>)>,
    bytes: usize,
}

impl Grouping {
    /// `$group`
    pub(super) fn parse(operand: &Value) -> Result<Self, DataApiError> {
        let spec = object("$group", operand)?;
        let id =
            spec.get("_id").ok_or_else(|| invalid("$group needs an _id; null makes one group of all"))?;
        let fields = spec.iter().filter(|(name, _)| *name != "_id");
        let fields = fields.map(|(name, operand)| Field::parse(name, operand));
        let fields = fields.collect::<Result<_, _>>()?;
        Ok(Self { stage: "$group", id: Expression::parse(id)?, buckets: None, fields })
    }

    /// `$bucket`
    pub(super) fn bucket(operand: &Value) -> Result<Self, DataApiError> {
        let names = ["groupBy", "boundaries", "default", "output"];
        let values = named_values("$bucket", object("$bucket", operand)?, &names, 2)?;
        let [Some(by), Some(boundaries), default, output] = values.as_slice() else {
            return Err(invalid("$bucket needs groupBy and boundaries"));
        };
        let id = Expression::parse(by)?;
        if !by.is_object() && id.as_field().is_none() {
            return Err(invalid("$bucket needs a field path such as \"$price\" or an expression as groupBy"));
        }
        let boundaries = boundaries.as_array().map_or(&[][..], Vec::as_slice);
        let boundaries = boundaries.iter().map(constant).collect::<Result<Vec<_>, _>>()?;
        let ascend = boundaries.windows(2).all(|pair| match pair {
            [left, right] => type_name(left) == type_name(right) && compare(left, right).is_lt(),
            _ => false,
        });
        let (Some(lowest), Some(highest), true) = (boundaries.first(), boundaries.last(), ascend) else {
            return Err(invalid("$bucket needs boundaries of one type in ascending order"));
        };
        if boundaries.len() < 2 {
            return Err(invalid("$bucket needs at least two boundaries"));
        }
        let default = default.map(constant).transpose()?;
        if let Some(default) = &default
            && compare(default, lowest).is_ge()
            && compare(default, highest).is_lt()
        {
            return Err(invalid("$bucket needs a default that lies outside of its boundaries"));
        }
        let counted = json!({ "count": { "$sum": 1 } });
        let output = object("$bucket", output.unwrap_or(&counted))?;
        let fields =
            output.iter().map(|(name, operand)| Field::parse(name, operand)).collect::<Result<_, _>>()?;
        Ok(Self { stage: "$bucket", id, buckets: Some(Buckets { boundaries, default }), fields })
    }

    /// The first half of `$sortByCount`: a group with a count for each value.
    pub(super) fn count_by(operand: &Value) -> Result<Self, DataApiError> {
        let id = Expression::parse(operand)?;
        if matches!(id, Expression::Literal(_) | Expression::Array(_) | Expression::Object(_)) {
            return Err(invalid("$sortByCount needs a field path or an expression with an operator"));
        }
        let fields = vec![Field::parse("count", &json!({ "$sum": 1 }))?];
        Ok(Self { stage: "$sortByCount", id, buckets: None, fields })
    }

    /// Whether it groups by buckets rather than by the value of its key.
    pub(super) const fn is_bucketed(&self) -> bool {
        self.buckets.is_some()
    }

    /// Takes one more document in.
    pub(super) fn add(
        &self,
        groups: &mut Groups,
        document: &Value,
        now: i64,
        memory: &mut Memory,
    ) -> Result<(), DataApiError> {
        let scope = Scope::new(document, now);
        let id = self.id.evaluate(scope)?;
        let id = match &self.buckets {
            None => id,
            Some(buckets) => Some(Cow::Borrowed(buckets.of(id.as_deref())?)),
        };
        let id = id.unwrap_or(Cow::Owned(Value::Null));
        let mut bytes = 0;
        let position = match groups.known.entry(key(&id)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let accumulators = self.fields.iter().map(|field| Accumulator::new(&field.operator));
                let accumulators = accumulators.collect::<Result<Vec<_>, _>>()?;
                bytes += free.key().len() + weight(&id) + size_of::<Accumulator>() * accumulators.len();
                groups.gathered.push((id.into_owned(), accumulators));
                *free.insert(groups.gathered.len() - 1)
            }
        };
        if let Some((_, accumulators)) = groups.gathered.get_mut(position) {
            for (accumulator, field) in accumulators.iter_mut().zip(&self.fields) {
                bytes += accumulator.add(field.operand.evaluate(scope)?);
            }
        }
        groups.bytes += bytes;
        memory.hold(self.stage, bytes)
    }

    /// The groups as documents, in the order of their keys.
    pub(super) fn finish(
        &self,
        groups: &mut Groups,
        memory: &mut Memory,
    ) -> Result<Vec<Value>, DataApiError> {
        let Groups { gathered, bytes, .. } = std::mem::take(groups);
        memory.release(bytes);
        let documents = gathered.into_iter().map(|(id, values)| {
            let values = values.into_iter().map(Accumulator::finish);
            self.document(id, values)
        });
        Ok(in_order(documents.collect::<Result<_, _>>()?))
    }

    /// A group as a document, from its key and its fields' values.
    pub(super) fn document(
        &self,
        id: Value,
        values: impl Iterator<Item = Result<Value, DataApiError>>,
    ) -> Result<Value, DataApiError> {
        let mut document = Document::from_iter([("_id".to_owned(), id)]);
        for (field, value) in self.fields.iter().zip(values) {
            document.insert(field.name.clone(), value?);
        }
        Ok(Value::Object(document))
    }
}

impl Field {
    fn parse(name: &str, operand: &Value) -> Result<Self, DataApiError> {
        check_field_name(name)?;
        let named = name.escape_debug();
        let accumulator = operand.as_object().filter(|operand| operand.len() == 1);
        let Some((operator, operand)) = accumulator.and_then(|operand| operand.iter().next()) else {
            return Err(invalid(format!(
                "the field '{named}' of a group needs one accumulator, such as $sum"
            )));
        };
        if operator == "$count" {
            if operand.as_object().is_none_or(|operand| !operand.is_empty()) {
                return Err(invalid(format!("$count of the field '{named}' needs {{}}")));
            }
            let operand = Expression::Literal(Value::from(1));
            return Ok(Self { name: name.to_owned(), operator: "$sum".to_owned(), operand });
        }
        Accumulator::new(operator)?;
        // Also of one element: MongoDB does not unwrap it here, as it does for operators elsewhere.
        if operand.is_array() {
            return Err(invalid(format!("The {operator} accumulator is a unary operator: '{named}'")));
        }
        Ok(Self { name: name.to_owned(), operator: operator.clone(), operand: Expression::parse(operand)? })
    }
}

impl Buckets {
    /// The bucket in which a key lies: its lower boundary, or the default.
    fn of(&self, value: Option<&Value>) -> Result<&Value, DataApiError> {
        let value = value.unwrap_or(&Value::Null);
        let above = self.boundaries.partition_point(|boundary| compare(boundary, value).is_le());
        let below = above.checked_sub(1).filter(|_| above < self.boundaries.len());
        below.and_then(|below| self.boundaries.get(below)).or(self.default.as_ref()).ok_or_else(|| {
            invalid("$bucket could not find a bucket for a value, and no default was specified")
        })
    }
}

/// Groups in the order of their keys. MongoDB promises that of buckets only; here the same pipeline always gives the
/// same answer, whoever gathered the groups.
pub(super) fn in_order(mut groups: Vec<Value>) -> Vec<Value> {
    fn id(group: &Value) -> &Value {
        group.get("_id").unwrap_or(&Value::Null)
    }
    sort_by(&mut groups, |left, right| compare(id(left), id(right)));
    groups
}

/// What a constant expression gives.
fn constant(value: &Value) -> Result<Value, DataApiError> {
    fn is_constant(expression: &Expression) -> bool {
        match expression {
            Expression::Literal(_) => true,
            Expression::Array(items) => items.iter().all(is_constant),
            Expression::Object(members) => members.iter().all(|(_, member)| is_constant(member)),
            _ => false,
        }
    }
    let expression = Expression::parse(value)?;
    if !is_constant(&expression) {
        return Err(invalid("$bucket needs constants as boundaries and default"));
    }
    let result = expression.evaluate(Scope::new(&Value::Null, 0))?;
    Ok(owned_or_null(result))
}
