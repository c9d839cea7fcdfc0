//! Update operators, applied to a document in memory with MongoDB's rules.
//!
//! Paths go through objects and, by position, through arrays. Fields that an update makes come in the order of their
//! paths, whatever their order in the update.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Number, Value};
use voxora_domain::sorted::sort_by;

use super::aggregate::key;
use super::compare::{as_f64, compare, type_name};
use super::filter::{self, Condition};
use super::path::{Path, position};
use crate::DataApiError;
use crate::document::{Document, as_members, as_members_mut, check_number, check_value, date};
use crate::error::invalid;

/// How many nulls an update may put into an array to reach the position that it sets.
const MAX_PADDING: usize = 10_000;

/// An update that has been checked as a whole: every operator known, every operand of the right type, no two of them
/// about the same field. Sorted by path.
pub(super) struct Plan<'a>(Vec<(Path<'a>, Change<'a>)>);

/// What an update needs to know beside the document.
pub(super) struct Circumstances<'a> {
    /// Whether the document is about to be inserted.
    pub(super) inserting: bool,
    /// Milliseconds since 1970.
    pub(super) now: i64,
    /// Says for each of some objects, as JSON, whether a condition holds for it.
    pub(super) matching: &'a Matching<'a>,
}

type Matching<'a> =
    dyn Fn(&Condition, &mut dyn Iterator<Item = String>) -> Result<Vec<bool>, DataApiError> + 'a;

/// An operator with its operand.
enum Change<'a> {
    Set(&'a Value),
    SetOnInsert(&'a Value),
    Unset,
    Inc(&'a Number),
    Mul(&'a Number),
    Min(&'a Value),
    Max(&'a Value),
    Push(Push<'a>),
    AddToSet(Vec<&'a Value>),
    Pull(Pull<'a>),
    PopFirst,
    PopLast,
    /// From there to the path that it stands under.
    Rename(Path<'a>),
    CurrentDate,
}

/// `$push` with its modifiers.
struct Push<'a> {
    values: Vec<&'a Value>,
    position: Option<i64>,
    sort: Option<Order<'a>>,
    slice: Option<i64>,
}

/// How `$sort` of `$push` orders.
enum Order<'a> {
    /// By the elements themselves.
    Elements { ascending: bool },
    /// By fields of the elements.
    Fields(Vec<(Path<'a>, bool)>),
}

/// What `$pull` removes.
enum Pull<'a> {
    /// Elements equal to this.
    Equal(&'a Value),
    /// Elements that are objects and match a filter.
    Objects(Condition),
    /// Elements for which operators hold. Each is asked as the field [`ELEMENT`] of an object.
    Operators(Condition),
}

const ELEMENT: &str = "element";

impl<'a> Plan<'a> {
    pub(super) fn parse(update: &'a Document) -> Result<Self, DataApiError> {
        if update.is_empty() {
            return Err(invalid("the update is empty; it needs operators such as $set"));
        }
        let mut changes = Vec::new();
        for (name, fields) in update {
            if !name.starts_with('$') {
                return Err(invalid(format!(
                    "an update holds operators such as $set, not the field '{}'; replaceOne replaces a document",
                    name.escape_debug()
                )));
            }
            if !OPERATORS.contains(&name.as_str()) {
                return Err(unsupported(name, "an update"));
            }
            let Value::Object(fields) = fields else {
                return Err(invalid(format!("{name} needs fields, not {}", type_name(fields))));
            };
            for (field, operand) in fields {
                let path = Path::parse(field)?;
                changes.push(match Change::parse(name, field, operand)? {
                    Change::Rename(to) => (to, Change::Rename(path)),
                    change => (path, change),
                });
            }
        }
        sort_by(&mut changes, |(left, _), (right, _)| left.order(right));
        refuse_conflicts(&changes)?;
        Ok(Self(changes))
    }

    /// Carries the update out. After an error the document is in between and must not be stored.
    pub(super) fn apply(
        &self,
        document: &mut Document,
        circumstances: &Circumstances<'_>,
    ) -> Result<(), DataApiError> {
        let id = document.get("_id").cloned();
        let mut root = Value::Object(std::mem::take(document));
        for (path, change) in &self.0 {
            change.apply(path, &mut root, circumstances)?;
        }
        if let Value::Object(changed) = root {
            *document = changed;
        }
        if id.is_some() && id.as_ref() != document.get("_id") {
            return Err(invalid(
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ));
        }
        Ok(())
    }
}

fn refuse_conflicts(changes: &[(Path<'_>, Change<'_>)]) -> Result<(), DataApiError> {
    let mut paths: Vec<_> = changes.iter().map(|(path, _)| path).collect();
    paths.extend(changes.iter().filter_map(|(_, change)| match change {
        Change::Rename(from) => Some(from),
        _ => None,
    }));
    // Sorted by parts, a path stands right before those that it covers.
    sort_by(&mut paths, |left, right| left.order(right));
    match paths.iter().zip(paths.iter().skip(1)).find(|(path, next)| path.covers(next)) {
        Some((path, next)) => {
            Err(invalid(format!("Updating the path '{next}' would create a conflict at '{path}'")))
        }
        None => Ok(()),
    }
}

/// The operators that [`Change::parse`] knows.
const OPERATORS: [&str; 13] = [
    "$set",
    "$setOnInsert",
    "$unset",
    "$inc",
    "$mul",
    "$min",
    "$max",
    "$push",
    "$addToSet",
    "$pull",
    "$pop",
    "$rename",
    "$currentDate",
];

impl<'a> Change<'a> {
    fn parse(name: &str, field: &str, operand: &'a Value) -> Result<Self, DataApiError> {
        let refused =
            |needs: &str| invalid(format!("{name} of '{field}' needs {needs}, not {}", type_name(operand)));
        let number = || match operand {
            Value::Number(number) => check_number(number).map(|()| number),
            _ => Err(refused("a number")),
        };
        Ok(match name {
            "$set" => Self::Set(storable(operand)?),
            "$setOnInsert" => Self::SetOnInsert(storable(operand)?),
            "$unset" => Self::Unset,
            "$inc" => Self::Inc(number()?),
            "$mul" => Self::Mul(number()?),
            "$min" => Self::Min(storable(operand)?),
            "$max" => Self::Max(storable(operand)?),
            "$push" => Self::Push(Push::parse(name, field, operand)?),
            "$addToSet" => match modifiers(operand) {
                None => Self::AddToSet(vec![storable(operand)?]),
                Some(modifiers) => match modifiers.keys().find(|modifier| *modifier != "$each") {
                    None => Self::AddToSet(each(name, field, modifiers)?),
                    Some(modifier) => return Err(unsupported(modifier, &format!("{name}: '{field}'"))),
                },
            },
            "$pull" => Self::Pull(Pull::parse(operand)?),
            "$pop" => match operand.as_f64() {
                Some(1.0) => Self::PopLast,
                Some(-1.0) => Self::PopFirst,
                _ => return Err(invalid(format!("$pop of '{field}' needs 1 or -1"))),
            },
            "$currentDate" => match (operand, operand.get("$type").and_then(Value::as_str)) {
                (Value::Bool(_), _) => Self::CurrentDate,
                (Value::Object(only), Some("date")) if only.len() == 1 => Self::CurrentDate,
                (_, Some("timestamp")) => return Err(unsupported("the type timestamp", "$currentDate")),
                _ => return Err(refused("true or {\"$type\": \"date\"}")),
            },
            _ => match operand {
                Value::String(to) => Self::Rename(Path::parse(to)?),
                _ => return Err(refused("a name")),
            },
        })
    }

    fn apply(
        &self,
        path: &Path<'_>,
        root: &mut Value,
        circumstances: &Circumstances<'_>,
    ) -> Result<(), DataApiError> {
        match self {
            Self::SetOnInsert(_) if !circumstances.inserting => {}
            Self::Set(value) | Self::SetOnInsert(value) => *make(root, path)?.value = (*value).clone(),
            Self::CurrentDate => *make(root, path)?.value = date(circumstances.now),
            Self::Unset => {
                take(root, path);
            }
            Self::Inc(by) => {
                let Place { value, found } = make(root, path)?;
                *value = Value::Number(if found {
                    calculate("$inc", path, value, by, i64::checked_add, |a, b| a + b)?
                } else {
                    (*by).clone()
                });
            }
            Self::Mul(by) => {
                let Place { value, found } = make(root, path)?;
                *value = if found {
                    Value::Number(calculate("$mul", path, value, by, i64::checked_mul, |a, b| a * b)?)
                } else if by.is_f64() {
                    Value::from(0.0)
                } else {
                    Value::from(0)
                };
            }
            Self::Min(value) => replace_where(make(root, path)?, value, Ordering::Less),
            Self::Max(value) => replace_where(make(root, path)?, value, Ordering::Greater),
            Self::Push(push) => push.apply(array(make(root, path)?, path, "$push")?),
            Self::AddToSet(values) => {
                let items = array(make(root, path)?, path, "$addToSet")?;
                let mut known = BTreeMap::new();
                known.extend(items.iter().map(key).zip(0..));
                for value in values {
                    if known.insert(key(value), items.len()).is_none() {
                        items.push((*value).clone());
                    }
                }
            }
            Self::Pull(pull) => {
                if let Some(items) = present_array(root, path, "$pull")? {
                    pull.apply(items, circumstances)?;
                }
            }
            Self::PopLast => {
                present_array(root, path, "$pop")?.and_then(Vec::pop);
            }
            Self::PopFirst => {
                if let Some(items) = present_array(root, path, "$pop")?.filter(|items| !items.is_empty()) {
                    items.remove(0);
                }
            }
            Self::Rename(from) => rename(root, from, path)?,
        }
        Ok(())
    }
}

impl<'a> Push<'a> {
    fn parse(name: &str, field: &str, operand: &'a Value) -> Result<Self, DataApiError> {
        let Some(modifiers) = modifiers(operand) else {
            return Ok(Self { values: vec![storable(operand)?], position: None, sort: None, slice: None });
        };
        let mut push =
            Self { values: each(name, field, modifiers)?, position: None, sort: None, slice: None };
        for (modifier, operand) in modifiers {
            let whole = || {
                let number = operand.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e9);
                #[allow(clippy::cast_possible_truncation, reason = "whole and below 1e9")]
                let number = number.map(|number| number as i64);
                number
                    .map(Some)
                    .ok_or_else(|| invalid(format!("{modifier} of '{field}' needs a whole number below 1e9")))
            };
            match modifier.as_str() {
                "$each" => {}
                "$position" => push.position = whole()?,
                "$slice" => push.slice = whole()?,
                "$sort" => push.sort = Some(Order::parse(field, operand)?),
                other => return Err(unsupported(other, &format!("{name}: '{field}'"))),
            }
        }
        Ok(push)
    }

    fn apply(&self, items: &mut Vec<Value>) {
        let length = items.len();
        let at = match self.position {
            None => length,
            Some(position @ 0..) => usize::try_from(position).unwrap_or(length).min(length),
            Some(from_end) => {
                length.saturating_sub(usize::try_from(from_end.unsigned_abs()).unwrap_or(length))
            }
        };
        items.splice(at..at, self.values.iter().map(|value| (*value).clone()));
        if let Some(order) = &self.sort {
            sort_by(items, |left, right| order.compare(left, right));
        }
        if let Some(slice) = self.slice {
            let kept = usize::try_from(slice.unsigned_abs()).unwrap_or(items.len());
            if slice < 0 {
                items.drain(..items.len().saturating_sub(kept));
            } else {
                items.truncate(kept);
            }
        }
    }
}

impl<'a> Order<'a> {
    fn parse(field: &str, operand: &'a Value) -> Result<Self, DataApiError> {
        let ascending = |direction: &Value| match direction.as_f64() {
            Some(1.0) => Ok(true),
            Some(-1.0) => Ok(false),
            _ => Err(invalid(format!("$sort of '{field}' needs 1 or -1, or fields with 1 or -1"))),
        };
        match as_members(operand) {
            Some(fields) if !fields.is_empty() => {
                let fields =
                    fields.iter().map(|(field, direction)| Ok((Path::parse(field)?, ascending(direction)?)));
                Ok(Self::Fields(fields.collect::<Result<_, DataApiError>>()?))
            }
            _ => Ok(Self::Elements { ascending: ascending(operand)? }),
        }
    }

    fn compare(&self, left: &Value, right: &Value) -> Ordering {
        let directed = |order: Ordering, ascending: bool| if ascending { order } else { order.reverse() };
        match self {
            Self::Elements { ascending } => directed(compare(left, right), *ascending),
            Self::Fields(fields) => fields.iter().fold(Ordering::Equal, |order, (path, ascending)| {
                order.then_with(|| directed(compare(field_of(left, path), field_of(right, path)), *ascending))
            }),
        }
    }
}

/// What stands at a path from an element that is an object on, through objects and by position through arrays; null
/// where nothing does.
fn field_of<'v>(element: &'v Value, path: &Path<'_>) -> &'v Value {
    let element = Some(element).filter(|element| !element.is_array());
    let found = path.parts().iter().fold(element, |value, part| match value? {
        Value::Array(items) => items.get(position(part)?),
        other => as_members(other)?.get(*part),
    });
    found.unwrap_or(&Value::Null)
}

impl<'a> Pull<'a> {
    fn parse(operand: &'a Value) -> Result<Self, DataApiError> {
        let Some(condition) = as_members(operand) else { return Ok(Self::Equal(operand)) };
        Ok(match condition.keys().next().map_or("", String::as_str) {
            "$and" | "$or" | "$nor" => Self::Objects(filter::compile_unstored("given.value", condition)?),
            operator if operator.starts_with('$') => {
                let wrapped = Document::from_iter([(ELEMENT.to_owned(), operand.clone())]);
                Self::Operators(filter::compile_unstored("given.value", &wrapped)?)
            }
            _ => Self::Objects(filter::compile_unstored("given.value", condition)?),
        })
    }

    fn apply(&self, items: &mut Vec<Value>, circumstances: &Circumstances<'_>) -> Result<(), DataApiError> {
        // For each element that can match, whether it does.
        let mut matched = match self {
            Self::Equal(value) => {
                items.retain(|item| compare(item, value).is_ne());
                return Ok(());
            }
            Self::Objects(condition) => {
                let mut objects =
                    items.iter().filter(|item| as_members(item).is_some()).map(Value::to_string);
                (circumstances.matching)(condition, &mut objects)?
            }
            Self::Operators(condition) => {
                let mut wrapped = items.iter().map(|item| format!("{{\"{ELEMENT}\":{item}}}"));
                (circumstances.matching)(condition, &mut wrapped)?
            }
        }
        .into_iter();
        let every = matches!(self, Self::Operators(_));
        items.retain(|item| !((every || as_members(item).is_some()) && matched.next() == Some(true)));
        Ok(())
    }
}

fn storable(value: &Value) -> Result<&Value, DataApiError> {
    check_value(value).map(|()| value)
}

/// The modifiers of `$push` and `$addToSet`, where the operand is not simply what is added.
fn modifiers(operand: &Value) -> Option<&Document> {
    operand.as_object().filter(|modifiers| modifiers.contains_key("$each"))
}

fn each<'a>(name: &str, field: &str, modifiers: &'a Document) -> Result<Vec<&'a Value>, DataApiError> {
    match modifiers.get("$each") {
        Some(Value::Array(values)) => values.iter().map(storable).collect(),
        _ => Err(invalid(format!("$each of '{field}' in {name} needs a list"))),
    }
}

/// Where a path leads.
struct Place<'d> {
    value: &'d mut Value,
    /// Whether something stood there; otherwise it is null now, and about to be written.
    found: bool,
}

/// The place that a path leads to, made where it is missing: objects on the way, and nulls in an array before it.
fn make<'d>(root: &'d mut Value, path: &Path<'_>) -> Result<Place<'d>, DataApiError> {
    let mut place = Place { value: root, found: true };
    for part in path.parts() {
        if !place.found {
            *place.value = Value::Object(Document::new());
        }
        let holds = type_name(place.value);
        let refused = || invalid(format!("Cannot create the field '{part}' of '{path}' in {holds}"));
        place = match place.value {
            Value::Array(items) => {
                let index = position(part).ok_or_else(refused)?;
                let found = index < items.len();
                if !found {
                    if index - items.len() > MAX_PADDING {
                        return Err(DataApiError::TooLarge(format!(
                            "an update fills at most {MAX_PADDING} places of an array: '{path}'"
                        )));
                    }
                    items.resize(index + 1, Value::Null);
                }
                Place { value: items.get_mut(index).ok_or_else(refused)?, found }
            }
            other => {
                let members = as_members_mut(other).ok_or_else(refused)?;
                let found = members.contains_key(*part);
                Place { value: members.entry(*part).or_insert(Value::Null), found }
            }
        };
    }
    Ok(place)
}

/// What stands at some parts of a path, where they lead anywhere.
fn find<'d>(root: &'d mut Value, parts: &[&str]) -> Option<&'d mut Value> {
    parts.iter().try_fold(root, |value, part| match value {
        Value::Array(items) => items.get_mut(position(part)?),
        other => as_members_mut(other)?.get_mut(*part),
    })
}

/// Takes a field out of its object. An element of an array becomes null, so that the others keep their places.
fn take(root: &mut Value, path: &Path<'_>) -> Option<Value> {
    let (parents, last) = path.split();
    match find(root, parents)? {
        Value::Array(items) => items.get_mut(position(last)?).map(Value::take),
        other => as_members_mut(other)?.shift_remove(last),
    }
}

fn rename(root: &mut Value, from: &Path<'_>, to: &Path<'_>) -> Result<(), DataApiError> {
    let mut value = &*root;
    let (parents, last) = from.split();
    for part in parents {
        value = match as_members(value).map(|members| members.get(*part)) {
            Some(Some(below)) => below,
            Some(None) => return Ok(()),
            None => return Err(not_traversed("$rename", from, value)),
        };
    }
    match as_members(value) {
        Some(members) if members.contains_key(last) => {}
        Some(_) => return Ok(()),
        None => return Err(not_traversed("$rename", from, value)),
    }
    let (parents, _) = to.split();
    for length in 0..=parents.len() {
        if let Some(array @ Value::Array(_)) = find(root, parents.get(..length).unwrap_or_default()) {
            return Err(not_traversed("$rename", to, array));
        }
    }
    if let Some(value) = take(root, from) {
        *make(root, to)?.value = value;
    }
    Ok(())
}

/// The document that an upsert's filter describes: the fields that must equal one value.
pub(super) fn infer(filter: &Document) -> Result<Document, DataApiError> {
    let mut root = Value::Object(Document::new());
    let mut inferred: Vec<Path<'_>> = Vec::new();
    for (field, value) in filter::equalities(filter)? {
        let path = Path::parse(field)?;
        if let Some(other) = inferred.iter().find(|other| other.covers(&path) || path.covers(other)) {
            let (first, second) = if other.covers(&path) { (other, &path) } else { (&path, other) };
            return Err(invalid(if first == second {
                format!("cannot infer query fields to set, path '{path}' is matched twice")
            } else {
                format!("cannot infer query fields to set, both paths '{first}' and '{second}' are matched")
            }));
        }
        *make(&mut root, &path)?.value = value.clone();
        inferred.push(path);
    }
    match root {
        Value::Object(inferred) => Ok(inferred),
        _ => Ok(Document::new()), // `make` keeps it an object
    }
}

/// The array in a place; a new one where nothing stood there.
fn array<'d>(place: Place<'d>, path: &Path<'_>, operator: &str) -> Result<&'d mut Vec<Value>, DataApiError> {
    if !place.found {
        *place.value = Value::Array(Vec::new());
    }
    match place.value {
        Value::Array(items) => Ok(items),
        other => Err(not_an_array(operator, path, other)),
    }
}

/// The array at a path, where anything is there.
fn present_array<'d>(
    root: &'d mut Value,
    path: &Path<'_>,
    operator: &str,
) -> Result<Option<&'d mut Vec<Value>>, DataApiError> {
    match find(root, path.parts()) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(not_an_array(operator, path, other)),
    }
}

fn replace_where(Place { value, found }: Place<'_>, other: &Value, wanted: Ordering) {
    if !found || compare(other, value) == wanted {
        *value = other.clone();
    }
}

/// Whole numbers stay whole; with a double on either side the result is a double.
fn calculate(
    operator: &str,
    path: &Path<'_>,
    value: &Value,
    by: &Number,
    whole: fn(i64, i64) -> Option<i64>,
    double: fn(f64, f64) -> f64,
) -> Result<Number, DataApiError> {
    let Value::Number(number) = value else {
        return Err(invalid(format!("Cannot apply {operator} to '{path}': it holds {}", type_name(value))));
    };
    let result = match (number.as_i64(), by.as_i64()) {
        (Some(left), Some(right)) => whole(left, right).map(Number::from),
        _ => Number::from_f64(double(as_f64(number), as_f64(by))),
    };
    let result = result.ok_or_else(|| invalid(format!("{operator} of '{path}' overflows")))?;
    check_number(&result)?;
    Ok(result)
}

fn not_an_array(operator: &str, path: &Path<'_>, value: &Value) -> DataApiError {
    invalid(format!("Cannot apply {operator} to '{path}': it holds {}, not an array", type_name(value)))
}

fn not_traversed(operator: &str, path: &Path<'_>, value: &Value) -> DataApiError {
    invalid(format!("{operator} cannot go through {}: '{path}'", type_name(value)))
}

fn unsupported(what: &str, place: &str) -> DataApiError {
    invalid(format!("the embedded engine does not support {} in {place}", what.escape_debug()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Circumstances, Plan};
    use crate::DataApiError;

    fn updated(document: &Value, update: &Value, inserting: bool) -> Result<Value, DataApiError> {
        let mut document = document.as_object().unwrap().clone();
        // What `$pull` asks of elements needs SQL: see the engine's tests.
        let matching =
            |_: &super::Condition, _: &mut dyn Iterator<Item = String>| panic!("no condition expected");
        let circumstances = Circumstances { inserting, now: 1_795_377_932_000, matching: &matching };
        Plan::parse(update.as_object().unwrap())?.apply(&mut document, &circumstances)?;
        Ok(Value::Object(document))
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table")]
    fn operators_follow_mongodbs_rules() {
        for (rule, document, update, expected) in [
            ("$set replaces", json!({"a":1}), json!({"$set":{"a":"x"}}), json!({"a":"x"})),
            (
                "$set makes the objects above",
                json!({}),
                json!({"$set":{"a.b.c":1}}),
                json!({"a":{"b":{"c":1}}}),
            ),
            (
                "$set keeps siblings",
                json!({"a":{"b":1}}),
                json!({"$set":{"a.c":2}}),
                json!({"a":{"b":1,"c":2}}),
            ),
            (
                "$set takes whole objects",
                json!({"a":{"b":1}}),
                json!({"$set":{"a":{"c":2}}}),
                json!({"a":{"c":2}}),
            ),
            (
                "a numeric part names a field of an object",
                json!({}),
                json!({"$set":{"n.5":1}}),
                json!({"n":{"5":1}}),
            ),
            ("$unset removes", json!({"a":1,"b":2}), json!({"$unset":{"a":""}}), json!({"b":2})),
            (
                "$unset of nothing is nothing",
                json!({"a":1}),
                json!({"$unset":{"b":"","a.c":""}}),
                json!({"a":1}),
            ),
            ("$inc adds", json!({"a":1}), json!({"$inc":{"a":-3}}), json!({"a":-2})),
            ("$inc of a missing field sets", json!({}), json!({"$inc":{"a.b":2}}), json!({"a":{"b":2}})),
            (
                "$inc with a double gives a double",
                json!({"a":1}),
                json!({"$inc":{"a":1.0}}),
                json!({"a":2.0}),
            ),
            ("$mul multiplies", json!({"a":3}), json!({"$mul":{"a":4}}), json!({"a":12})),
            ("$mul of a missing field is 0", json!({}), json!({"$mul":{"a":4}}), json!({"a":0})),
            ("… of the operand's type", json!({}), json!({"$mul":{"a":4.5}}), json!({"a":0.0})),
            (
                "$min keeps the less",
                json!({"a":1,"b":5}),
                json!({"$min":{"a":3,"b":3}}),
                json!({"a":1,"b":3}),
            ),
            (
                "$max keeps the greater",
                json!({"a":1,"b":5}),
                json!({"$max":{"a":3,"b":3}}),
                json!({"a":3,"b":5}),
            ),
            ("$max of a missing field sets", json!({}), json!({"$max":{"a":3}}), json!({"a":3})),
            ("$min compares across types", json!({"a":"x"}), json!({"$min":{"a":3}}), json!({"a":3})),
            (
                "$max of equal numbers keeps the type",
                json!({"a":1}),
                json!({"$max":{"a":1.0}}),
                json!({"a":1}),
            ),
            ("$min against null keeps null", json!({"a":null}), json!({"$min":{"a":3}}), json!({"a":null})),
            ("$push appends", json!({"a":[1]}), json!({"$push":{"a":[2]}}), json!({"a":[1,[2]]})),
            ("$push makes the array", json!({}), json!({"$push":{"a":{"b":1}}}), json!({"a":[{"b":1}]})),
            (
                "$push $each appends all",
                json!({"a":[1]}),
                json!({"$push":{"a":{"$each":[2,3]}}}),
                json!({"a":[1,2,3]}),
            ),
            ("$addToSet adds once", json!({"a":[1]}), json!({"$addToSet":{"a":1.0}}), json!({"a":[1]})),
            (
                "$addToSet $each",
                json!({"a":["x"]}),
                json!({"$addToSet":{"a":{"$each":["y","x","y"]}}}),
                json!({"a":["x","y"]}),
            ),
            (
                "$pull removes all equal",
                json!({"a":[1,2,1.0,"1"]}),
                json!({"$pull":{"a":1}}),
                json!({"a":[2,"1"]}),
            ),
            ("$pull of nothing is nothing", json!({}), json!({"$pull":{"a":1}}), json!({})),
            (
                "$rename moves",
                json!({"a":1,"b":2}),
                json!({"$rename":{"a":"c.d"}}),
                json!({"b":2,"c":{"d":1}}),
            ),
            ("$rename replaces", json!({"a":1,"b":2}), json!({"$rename":{"a":"b"}}), json!({"b":1})),
            ("$rename of nothing is nothing", json!({"b":2}), json!({"$rename":{"a":"b"}}), json!({"b":2})),
            ("$setOnInsert waits", json!({"a":1}), json!({"$setOnInsert":{"a":2}}), json!({"a":1})),
            ("the same _id may be set", json!({"_id":"x"}), json!({"$set":{"_id":"x"}}), json!({"_id":"x"})),
            ("no fields, no change", json!({"a":1}), json!({"$set":{}}), json!({"a":1})),
            (
                "$set by position",
                json!({"a":[1,{"b":2}]}),
                json!({"$set":{"a.1.b":3,"a.0":0}}),
                json!({"a":[0,{"b":3}]}),
            ),
            (
                "… beyond the end fills up",
                json!({"a":[1]}),
                json!({"$set":{"a.3":4}}),
                json!({"a":[1,null,null,4]}),
            ),
            (
                "… and makes objects there",
                json!({"a":[]}),
                json!({"$set":{"a.0.b":4}}),
                json!({"a":[{"b":4}]}),
            ),
            (
                "a leading zero is no position",
                json!({"a":{}}),
                json!({"$set":{"a.00":4}}),
                json!({"a":{"00":4}}),
            ),
            ("$inc by position", json!({"a":[1,2]}), json!({"$inc":{"a.1":5}}), json!({"a":[1,7]})),
            (
                "$unset by position leaves null",
                json!({"a":[1,2]}),
                json!({"$unset":{"a.0":"","a.7":""}}),
                json!({"a":[null,2]}),
            ),
            (
                "$unset does not search arrays",
                json!({"a":[{"b":1}]}),
                json!({"$unset":{"a.b":""}}),
                json!({"a":[{"b":1}]}),
            ),
            (
                "$push into an array in an array",
                json!({"a":[{"b":[1]}]}),
                json!({"$push":{"a.0.b":2}}),
                json!({"a":[{"b":[1,2]}]}),
            ),
            (
                "$push $position",
                json!({"a":[1,2]}),
                json!({"$push":{"a":{"$each":[8,9],"$position":1}}}),
                json!({"a":[1,8,9,2]}),
            ),
            (
                "… from the end",
                json!({"a":[1,2]}),
                json!({"$push":{"a":{"$each":[9],"$position":-1}}}),
                json!({"a":[1,9,2]}),
            ),
            (
                "… beyond either end",
                json!({"a":[1]}),
                json!({"$push":{"a":{"$each":[9],"$position":-7}}}),
                json!({"a":[9,1]}),
            ),
            (
                "$push $slice keeps the first",
                json!({"a":[1,2]}),
                json!({"$push":{"a":{"$each":[3],"$slice":2}}}),
                json!({"a":[1,2]}),
            ),
            (
                "… the last",
                json!({"a":[1,2]}),
                json!({"$push":{"a":{"$each":[3],"$slice":-2}}}),
                json!({"a":[2,3]}),
            ),
            ("… none", json!({"a":[1,2]}), json!({"$push":{"a":{"$each":[],"$slice":0}}}), json!({"a":[]})),
            (
                "$push sorts before it slices",
                json!({"a":[3,"x",1]}),
                json!({"$push":{"a":{"$slice":3,"$sort":-1,"$each":[2]}}}),
                json!({"a":["x",3,2]}),
            ),
            (
                "$push $sort by fields",
                json!({"a":[{"b":2,"c":1},{"b":1},7]}),
                json!({"$push":{"a":{"$each":[{"b":2,"c":0}],"$sort":{"b":-1,"c":1}}}}),
                json!({"a":[{"b":2,"c":0},{"b":2,"c":1},{"b":1},7]}),
            ),
            (
                "$push $sort goes by positions below the elements",
                json!({"a":[{"b":[2]},{"b":[1,5]},{"b":[0],"c":1},[[1]],{"b":{"0":1.5}}]}),
                json!({"$push":{"a":{"$each":[],"$sort":{"b.0":1}}}}),
                json!({"a":[[[1]],{"b":[0],"c":1},{"b":[1,5]},{"b":{"0":1.5}},{"b":[2]}]}),
            ),
            (
                "… not by those of the elements",
                json!({"a":[[2],[1],{"0":0}]}),
                json!({"$push":{"a":{"$each":[],"$sort":{"0":-1}}}}),
                json!({"a":[{"0":0},[2],[1]]}),
            ),
            (
                "$addToSet knows whole objects, in order",
                json!({"a":[{"b":1,"c":2}]}),
                json!({"$addToSet":{"a":{"$each":[{"b":1.0,"c":2},{"c":2,"b":1},[1]]}}}),
                json!({"a":[{"b":1,"c":2},{"c":2,"b":1},[1]]}),
            ),
            (
                "$addToSet of a date",
                json!({"a":[{"$date":5}]}),
                json!({"$addToSet":{"a":{"$date":5}}}),
                json!({"a":[{"$date":5}]}),
            ),
            (
                "$pull of a whole array",
                json!({"a":[[1],1,[1,2]]}),
                json!({"$pull":{"a":[1.0]}}),
                json!({"a":[1,[1,2]]}),
            ),
            (
                "$pull of a date",
                json!({"a":[{"$date":5},5]}),
                json!({"$pull":{"a":{"$date":5}}}),
                json!({"a":[5]}),
            ),
            ("$pop takes the last", json!({"a":[1,2,3]}), json!({"$pop":{"a":1}}), json!({"a":[1,2]})),
            ("$pop takes the first", json!({"a":[1,2,3]}), json!({"$pop":{"a":-1.0}}), json!({"a":[2,3]})),
            (
                "$pop of nothing is nothing",
                json!({"a":[]}),
                json!({"$pop":{"a":-1,"b":1,"a2.b":1}}),
                json!({"a":[]}),
            ),
            (
                "$currentDate",
                json!({"a":1}),
                json!({"$currentDate":{"a":true,"b":{"$type":"date"}}}),
                json!({"a":{"$date":1_795_377_932_000_i64},"b":{"$date":1_795_377_932_000_i64}}),
            ),
            (
                "$max compares dates",
                json!({"a":{"$date":5}}),
                json!({"$max":{"a":{"$date":9}}}),
                json!({"a":{"$date":9}}),
            ),
            (
                "$min compares objects",
                json!({"a":{"b":2}}),
                json!({"$min":{"a":{"b":1}}}),
                json!({"a":{"b":1}}),
            ),
        ] {
            assert_eq!(updated(&document, &update, false), Ok(expected), "{rule}: {update} of {document}");
        }
        // New fields come by their paths, positions by their numbers.
        let made = updated(
            &json!({"z":0}),
            &json!({"$set":{"c":1,"n.10":1,"n.9":1},"$inc":{"b":1},"$rename":{"z":"a"}}),
            false,
        );
        assert_eq!(made.unwrap().to_string(), r#"{"a":0,"b":1,"c":1,"n":{"9":1,"10":1}}"#);
        let unset = updated(&json!({"a":1,"b":2,"c":3}), &json!({"$unset":{"a":""}}), false);
        assert_eq!(unset.unwrap().to_string(), r#"{"b":2,"c":3}"#);
        let inserted = updated(&json!({}), &json!({"$setOnInsert":{"a":2},"$set":{"b":1}}), true);
        assert_eq!(inserted, Ok(json!({"a":2,"b":1})));
    }

    #[test]
    fn wrong_updates_are_refused_with_the_reason() {
        for (document, update, word) in [
            (json!({}), json!({}), "the update is empty"),
            (json!({}), json!({"a":1}), "not the field 'a'"),
            (json!({}), json!({"$set":1}), "needs fields"),
            (json!({}), json!({"$currentDate":{"a":1}}), "needs true or"),
            (
                json!({}),
                json!({"$currentDate":{"a":{"$type":"timestamp"}}}),
                "does not support the type timestamp",
            ),
            (json!({}), json!({"$pullAll":{}}), "does not support $pullAll"),
            (json!({}), json!({"$pop":{"a":2}}), "$pop of 'a' needs 1 or -1"),
            (json!({}), json!({"$bit":{}}), "does not support $bit"),
            (
                json!({}),
                json!({"$push":{"a":{"$each":[1],"$slice":1.5}}}),
                "$slice of 'a' needs a whole number",
            ),
            (json!({}), json!({"$push":{"a":{"$each":[1],"$sort":2}}}), "$sort of 'a' needs 1 or -1"),
            (json!({}), json!({"$push":{"a":{"$each":[1],"$max":5}}}), "does not support $max"),
            (json!({}), json!({"$push":{"a":{"$each":1}}}), "needs a list"),
            (json!({}), json!({"$addToSet":{"a":{"$each":[1],"$slice":5}}}), "does not support $slice"),
            (json!({}), json!({"$push":{"a":{"$slice":5}}}), "begins with '$'"),
            (json!({}), json!({"$addToSet":{"a":{"$b":1}}}), "begins with '$'"),
            (json!({}), json!({"$pull":{"a":{"$near":1}}}), "does not support $near"),
            (json!({}), json!({"$set":{"a":1},"$inc":{"a":1}}), "'a' would create a conflict at 'a'"),
            (json!({}), json!({"$set":{"a.b":1,"a":1}}), "'a.b' would create a conflict at 'a'"),
            (json!({}), json!({"$set":{"a":1,"a-":1,"a.b":1}}), "'a.b' would create a conflict at 'a'"),
            (
                json!({"n":{}}),
                json!({"$set":{"n.10":{"y":1},"n.1a":1,"n.9":1,"n.10.x":1}}),
                "'n.10.x' would create a conflict at 'n.10'",
            ),
            (json!({}), json!({"$rename":{"a":"a"}}), "'a' would create a conflict at 'a'"),
            (json!({}), json!({"$rename":{"a":"b"},"$set":{"b":1}}), "'b' would create a conflict at 'b'"),
            (json!({}), json!({"$set":{"a":{"$ne":1}}}), "begins with '$'"),
            (json!({}), json!({"$set":{"a.$":1}}), "positional operators"),
            (json!({}), json!({"$set":{"a..b":1}}), "empty part"),
            (json!({}), json!({"$set":{"a":{"b.c":1}}}), "holds a dot"),
            (json!({"a":1}), json!({"$set":{"a.b":1}}), "Cannot create the field 'b' of 'a.b' in a number"),
            (json!({"a":null}), json!({"$inc":{"a.b":1}}), "in null"),
            (json!({"a":{"$date":5}}), json!({"$set":{"a.b":1}}), "in a date"),
            (json!({"a":[]}), json!({"$set":{"a.b":1}}), "'b' of 'a.b' in an array"),
            (json!({"a":[]}), json!({"$set":{"a.00":1}}), "in an array"),
            (json!({"a":[]}), json!({"$set":{"a.20000":1}}), "at most 10000 places"),
            (json!({"a":[{"b":1}]}), json!({"$rename":{"a.0.b":"c"}}), "cannot go through an array: 'a.0.b'"),
            (json!({"a":[],"c":1}), json!({"$rename":{"c":"a.0"}}), "cannot go through an array: 'a.0'"),
            (json!({"a":5}), json!({"$rename":{"a.b":"c"}}), "cannot go through a number"),
            (json!({}), json!({"$set":{"a.$[]":1}}), "positional operators"),
            (json!({"a":5}), json!({"$pop":{"a":1}}), "not an array"),
            (json!({"a":"x"}), json!({"$inc":{"a":1}}), "Cannot apply $inc to 'a': it holds a string"),
            (json!({}), json!({"$inc":{"a":"1"}}), "needs a number"),
            (json!({"a":9_007_199_254_740_991_i64}), json!({"$inc":{"a":1}}), "2^53"),
            (
                json!({"a":9_007_199_254_740_991_i64}),
                json!({"$mul":{"a":9_007_199_254_740_991_i64}}),
                "overflows",
            ),
            (json!({"a":1e308}), json!({"$mul":{"a":10}}), "overflows"),
            (json!({"a":1}), json!({"$push":{"a":1}}), "it holds a number, not an array"),
            (json!({"a":null}), json!({"$pull":{"a":1}}), "it holds null, not an array"),
            (json!({"_id":"x"}), json!({"$set":{"_id":"y"}}), "immutable"),
            (json!({"_id":"x"}), json!({"$unset":{"_id":""}}), "immutable"),
            (json!({"_id":"x"}), json!({"$rename":{"_id":"a"}}), "immutable"),
        ] {
            let error = updated(&document, &update, false).unwrap_err().to_string();
            assert!(error.contains(word), "{update} of {document}: {error}");
        }
    }
}
