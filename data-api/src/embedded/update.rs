//! Update operators, applied to a document in memory with MongoDB's rules.

use std::cmp::Ordering;

use serde_json::map::Entry;
use serde_json::{Number, Value};

use super::compare::{as_f64, compare, is_scalar, type_name};
use super::path::Path;
use crate::DataApiError;
use crate::document::{Document, check_number, check_value};
use crate::error::invalid;

/// An update that has been checked as a whole: every operator known, every operand of the right type, no two of them
/// about the same field.
pub(super) struct Plan<'a>(Vec<(Path<'a>, Change<'a>)>);

#[derive(Clone, Copy)]
enum Operator {
    Set,
    SetOnInsert,
    Unset,
    Inc,
    Mul,
    Min,
    Max,
    Push,
    AddToSet,
    Pull,
    Rename,
}

/// An operator with its operand.
enum Change<'a> {
    Set(&'a Value),
    SetOnInsert(&'a Value),
    Unset,
    Inc(&'a Number),
    Mul(&'a Number),
    Min(&'a Value),
    Max(&'a Value),
    Push(Vec<&'a Value>),
    AddToSet(Vec<&'a Value>),
    Pull(&'a Value),
    Rename(Path<'a>),
}

impl<'a> Plan<'a> {
    pub(super) fn parse(update: &'a Document) -> Result<Self, DataApiError> {
        if update.is_empty() {
            return Err(invalid("the update is empty; it needs operators such as $set"));
        }
        let mut changes = Vec::new();
        for (name, fields) in update {
            let operator = Operator::parse(name)?;
            let Value::Object(fields) = fields else {
                return Err(invalid(format!("{name} needs fields, not {}", type_name(fields))));
            };
            for (field, operand) in fields {
                changes.push((Path::parse(field)?, Change::parse(operator, name, field, operand)?));
            }
        }
        refuse_conflicts(&changes)?;
        Ok(Self(changes))
    }

    /// Carries the update out. After an error the document is in between and must not be stored.
    pub(super) fn apply(&self, document: &mut Document, inserting: bool) -> Result<(), DataApiError> {
        let id = document.get("_id").cloned();
        for (path, change) in &self.0 {
            change.apply(path, document, inserting)?;
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
        Change::Rename(to) => Some(to),
        _ => None,
    }));
    // Sorted by parts, a path stands right before those that it covers.
    paths.sort();
    match paths.iter().zip(paths.iter().skip(1)).find(|(path, next)| path.covers(next)) {
        Some((path, next)) => {
            Err(invalid(format!("Updating the path '{next}' would create a conflict at '{path}'")))
        }
        None => Ok(()),
    }
}

impl Operator {
    fn parse(name: &str) -> Result<Self, DataApiError> {
        Ok(match name {
            "$set" => Self::Set,
            "$setOnInsert" => Self::SetOnInsert,
            "$unset" => Self::Unset,
            "$inc" => Self::Inc,
            "$mul" => Self::Mul,
            "$min" => Self::Min,
            "$max" => Self::Max,
            "$push" => Self::Push,
            "$addToSet" => Self::AddToSet,
            "$pull" => Self::Pull,
            "$rename" => Self::Rename,
            other if other.starts_with('$') => {
                return Err(invalid(format!(
                    "the embedded engine does not support {} in an update",
                    other.escape_debug()
                )));
            }
            field => {
                return Err(invalid(format!(
                    "an update holds operators such as $set, not the field '{}'; replaceOne replaces a document",
                    field.escape_debug()
                )));
            }
        })
    }
}

impl<'a> Change<'a> {
    fn parse(operator: Operator, name: &str, field: &str, operand: &'a Value) -> Result<Self, DataApiError> {
        let number = || match operand {
            Value::Number(number) => check_number(number).map(|()| number),
            other => Err(invalid(format!("{name} of '{field}' needs a number, not {}", type_name(other)))),
        };
        let scalar = |value: &'a Value| {
            if is_scalar(value) {
                check_value(value).map(|()| value)
            } else {
                let holds = type_name(value);
                Err(invalid(format!("the embedded engine does not support {name} with {holds}: '{field}'")))
            }
        };
        Ok(match operator {
            Operator::Set => Self::Set(storable(operand)?),
            Operator::SetOnInsert => Self::SetOnInsert(storable(operand)?),
            Operator::Unset => Self::Unset,
            Operator::Inc => Self::Inc(number()?),
            Operator::Mul => Self::Mul(number()?),
            Operator::Min => Self::Min(scalar(operand)?),
            Operator::Max => Self::Max(scalar(operand)?),
            Operator::Push => Self::Push(
                elements(name, field, operand)?.into_iter().map(storable).collect::<Result<_, _>>()?,
            ),
            Operator::AddToSet => Self::AddToSet(
                elements(name, field, operand)?.into_iter().map(scalar).collect::<Result<_, _>>()?,
            ),
            Operator::Pull => Self::Pull(scalar(operand)?),
            Operator::Rename => match operand {
                Value::String(to) => Self::Rename(Path::parse(to)?),
                other => {
                    return Err(invalid(format!(
                        "{name} of '{field}' needs a name, not {}",
                        type_name(other)
                    )));
                }
            },
        })
    }

    fn apply(&self, path: &Path<'_>, document: &mut Document, inserting: bool) -> Result<(), DataApiError> {
        match self {
            Self::SetOnInsert(_) if !inserting => {}
            Self::Set(value) | Self::SetOnInsert(value) => put(document, path, (*value).clone())?,
            Self::Unset => {
                take(document, path)?;
            }
            Self::Inc(by) => match entry(document, path)? {
                Entry::Occupied(mut entry) => {
                    let sum = calculate("$inc", path, entry.get(), by, i64::checked_add, |a, b| a + b)?;
                    entry.insert(Value::Number(sum));
                }
                Entry::Vacant(entry) => {
                    entry.insert(Value::Number((*by).clone()));
                }
            },
            Self::Mul(by) => match entry(document, path)? {
                Entry::Occupied(mut entry) => {
                    let product = calculate("$mul", path, entry.get(), by, i64::checked_mul, |a, b| a * b)?;
                    entry.insert(Value::Number(product));
                }
                Entry::Vacant(entry) => {
                    entry.insert(if by.is_f64() { Value::from(0.0) } else { Value::from(0) });
                }
            },
            Self::Min(value) => replace_where(document, path, value, Ordering::Less)?,
            Self::Max(value) => replace_where(document, path, value, Ordering::Greater)?,
            Self::Push(values) => {
                array(document, path, "$push")?.extend(values.iter().map(|value| (*value).clone()));
            }
            Self::AddToSet(values) => {
                let items = array(document, path, "$addToSet")?;
                for value in values {
                    if !items.iter().any(|item| compare(item, value) == Ordering::Equal) {
                        items.push((*value).clone());
                    }
                }
            }
            Self::Pull(value) => {
                match parent(document, path)?.and_then(|(parent, last)| parent.get_mut(last)) {
                    None => {}
                    Some(Value::Array(items)) => items.retain(|item| compare(item, value) != Ordering::Equal),
                    Some(other) => return Err(not_an_array("$pull", path, other)),
                }
            }
            Self::Rename(to) => {
                if let Some(value) = take(document, path)? {
                    put(document, to, value)?;
                }
            }
        }
        Ok(())
    }
}

fn storable(value: &Value) -> Result<&Value, DataApiError> {
    check_value(value).map(|()| value)
}

/// What `$push` and `$addToSet` add: the operand, or the list in its `$each`.
fn elements<'a>(name: &str, field: &str, operand: &'a Value) -> Result<Vec<&'a Value>, DataApiError> {
    let Value::Object(modifiers) = operand else { return Ok(vec![operand]) };
    match modifiers.get("$each") {
        None => Ok(vec![operand]),
        Some(Value::Array(values)) => match modifiers.keys().find(|modifier| *modifier != "$each") {
            None => Ok(values.iter().collect()),
            Some(modifier) => Err(invalid(format!(
                "the embedded engine does not support {} in {name}: '{field}'",
                modifier.escape_debug()
            ))),
        },
        Some(other) => Err(invalid(format!("$each of '{field}' needs a list, not {}", type_name(other)))),
    }
}

/// The object that holds the path's last part, and that part. None where there is no such object.
fn parent<'d, 'p>(
    document: &'d mut Document,
    path: &Path<'p>,
) -> Result<Option<(&'d mut Document, &'p str)>, DataApiError> {
    let (parents, last) = path.split();
    let mut members = document;
    for part in parents {
        match members.get_mut(*part) {
            Some(Value::Object(below)) => members = below,
            Some(Value::Array(_)) => return Err(through_an_array(path, part)),
            _ => return Ok(None),
        }
    }
    Ok(Some((members, last)))
}

/// The place of the path's last part, with the objects above it made where they are missing.
fn entry<'d>(document: &'d mut Document, path: &Path<'_>) -> Result<Entry<'d>, DataApiError> {
    let (parents, last) = path.split();
    let mut members = document;
    for part in parents {
        members = match members.entry(*part).or_insert_with(|| Value::Object(Document::new())) {
            Value::Object(below) => below,
            Value::Array(_) => return Err(through_an_array(path, part)),
            other => {
                let holds = type_name(other);
                return Err(invalid(format!("Cannot create the field '{path}': '{part}' holds {holds}")));
            }
        };
    }
    Ok(members.entry(last))
}

/// Puts in place what an upsert's filter says about the new document.
pub(super) fn infer(document: &mut Document, path: &Path<'_>, value: &Value) -> Result<(), DataApiError> {
    match entry(document, path)? {
        Entry::Occupied(_) => {
            Err(invalid(format!("cannot infer query fields to set, path '{path}' is matched twice")))
        }
        Entry::Vacant(entry) => {
            entry.insert(value.clone());
            Ok(())
        }
    }
}

fn put(document: &mut Document, path: &Path<'_>, value: Value) -> Result<(), DataApiError> {
    match entry(document, path)? {
        Entry::Occupied(mut entry) => {
            entry.insert(value);
        }
        Entry::Vacant(entry) => {
            entry.insert(value);
        }
    }
    Ok(())
}

fn take(document: &mut Document, path: &Path<'_>) -> Result<Option<Value>, DataApiError> {
    Ok(parent(document, path)?.and_then(|(members, last)| members.shift_remove(last)))
}

fn array<'d>(
    document: &'d mut Document,
    path: &Path<'_>,
    operator: &str,
) -> Result<&'d mut Vec<Value>, DataApiError> {
    match entry(document, path)?.or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => Ok(items),
        other => Err(not_an_array(operator, path, other)),
    }
}

fn replace_where(
    document: &mut Document,
    path: &Path<'_>,
    value: &Value,
    wanted: Ordering,
) -> Result<(), DataApiError> {
    match entry(document, path)? {
        Entry::Occupied(mut entry) => {
            if compare(value, entry.get()) == wanted {
                entry.insert(value.clone());
            }
        }
        Entry::Vacant(entry) => {
            entry.insert(value.clone());
        }
    }
    Ok(())
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

fn through_an_array(path: &Path<'_>, part: &str) -> DataApiError {
    invalid(format!("the embedded engine does not update inside arrays: '{part}' in '{path}' holds one"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Plan;
    use crate::DataApiError;

    fn updated(document: &Value, update: &Value, inserting: bool) -> Result<Value, DataApiError> {
        let mut document = document.as_object().unwrap().clone();
        Plan::parse(update.as_object().unwrap())?.apply(&mut document, inserting)?;
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
        ] {
            assert_eq!(updated(&document, &update, false), Ok(expected), "{rule}: {update} of {document}");
        }
        let inserted = updated(&json!({}), &json!({"$setOnInsert":{"a":2},"$set":{"b":1}}), true);
        assert_eq!(inserted, Ok(json!({"a":2,"b":1})));
    }

    #[test]
    fn wrong_updates_are_refused_with_the_reason() {
        for (document, update, word) in [
            (json!({}), json!({}), "the update is empty"),
            (json!({}), json!({"a":1}), "not the field 'a'"),
            (json!({}), json!({"$set":1}), "needs fields"),
            (json!({}), json!({"$currentDate":{"a":true}}), "does not support $currentDate"),
            (json!({}), json!({"$bit":{}}), "does not support $bit"),
            (json!({}), json!({"$push":{"a":{"$each":[1],"$slice":5}}}), "does not support $slice"),
            (json!({}), json!({"$push":{"a":{"$slice":5}}}), "begins with '$'"),
            (json!({}), json!({"$addToSet":{"a":{"b":1}}}), "does not support $addToSet with an object"),
            (json!({}), json!({"$pull":{"a":{"$gt":1}}}), "does not support $pull with an object"),
            (json!({}), json!({"$set":{"a":1},"$inc":{"a":1}}), "'a' would create a conflict at 'a'"),
            (json!({}), json!({"$set":{"a.b":1,"a":1}}), "'a.b' would create a conflict at 'a'"),
            (json!({}), json!({"$set":{"a":1,"a-":1,"a.b":1}}), "'a.b' would create a conflict at 'a'"),
            (json!({}), json!({"$rename":{"a":"a"}}), "'a' would create a conflict at 'a'"),
            (json!({}), json!({"$rename":{"a":"b"},"$set":{"b":1}}), "'b' would create a conflict at 'b'"),
            (json!({}), json!({"$set":{"a":{"$ne":1}}}), "begins with '$'"),
            (json!({}), json!({"$set":{"a.$":1}}), "positional operators"),
            (json!({}), json!({"$set":{"a..b":1}}), "empty part"),
            (json!({}), json!({"$set":{"a":{"b.c":1}}}), "holds a dot"),
            (json!({"a":1}), json!({"$set":{"a.b":1}}), "Cannot create the field 'a.b': 'a' holds a number"),
            (json!({"a":null}), json!({"$inc":{"a.b":1}}), "'a' holds null"),
            (json!({"a":[]}), json!({"$set":{"a.0":1}}), "inside arrays"),
            (json!({"a":[{}]}), json!({"$unset":{"a.b":""}}), "inside arrays"),
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
