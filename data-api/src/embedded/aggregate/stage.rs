//! The stages of a pipeline: read once, then fed with documents batch by batch.
//!
//! A stage passes on what it can at once. Those that must see everything first (`$group`, `$sort`, `$count`) hold it
//! until the end, within the limits of `memory`.

use serde_json::Value;

use super::super::filter::searches;
use super::super::path::Path;
use super::super::sort;
use super::expression::{Expression, Scope, check_field_name, named_values, object};
use super::group::{Grouping, Groups};
use super::memory::{MAX_HELD_BYTES, Memory, weight};
use super::number::Number;
use super::shape::Shape;
use voxora_domain::json;

use crate::DataApiError;
use crate::document::{Document, as_members, as_members_mut};
use crate::error::invalid;
use crate::query::{Filter, Sort};

/// The most stages a pipeline may have, as in MongoDB.
const MAX_STAGES: usize = 1000;
/// About how many bytes of unwound documents go on at once.
const UNWOUND_BYTES: usize = 1024 * 1024;
/// How many more documents than it will give a `$sort` with a `$limit` may hold before it lets go of the others; fewer
/// where they are large.
const SORT_SLACK: usize = 1000;

/// A stage and what it holds.
pub(super) enum Stage {
    Match(Filter),
    Group(Grouping, Groups),
    Sort(Sorting),
    Skip(usize),
    Limit(usize),
    Shape(Shape),
    Count(String, u64),
    Unwind(Unwind),
    /// `$replaceRoot`, `$replaceWith`
    Replace(Expression),
}

/// `$sort`
pub(super) struct Sorting {
    pub(super) sort: Sort,
    /// How many of the first documents are wanted, where a `$limit` follows.
    most: Option<usize>,
    held: Vec<Value>,
    bytes: usize,
}

/// `$unwind`
pub(super) struct Unwind {
    path: Vec<String>,
    preserve: bool,
    index: Option<Vec<String>>,
}

/// Evaluates a filter on documents in memory; gives those that match, in their order.
pub(super) type Matcher<'a> = &'a dyn Fn(&Filter, Vec<Value>) -> Result<Vec<Value>, DataApiError>;

/// A pipeline at work.
pub(super) struct Run<'a> {
    pub(super) now: i64,
    pub(super) matcher: Matcher<'a>,
    pub(super) memory: Memory,
    pub(super) results: Vec<Document>,
}

/// Reads the stages of a pipeline.
pub(super) fn parse(pipeline: &[Document]) -> Result<Vec<Stage>, DataApiError> {
    if pipeline.len() > MAX_STAGES {
        return Err(invalid(format!(
            "a pipeline may have {MAX_STAGES} stages; this one has {}",
            pipeline.len()
        )));
    }
    let mut stages = Vec::with_capacity(pipeline.len());
    for stage in pipeline {
        let mut entries = stage.iter();
        let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
            return Err(invalid(
                "a stage of a pipeline is an object with one field, such as {\"$limit\": 5}",
            ));
        };
        let stage = match name.as_str() {
            "$match" => {
                let filter =
                    as_members(operand).ok_or_else(|| invalid("$match needs a filter, an object"))?;
                if !stages.is_empty() && searches(filter) {
                    return Err(invalid("$match with $text is only allowed as the first pipeline stage"));
                }
                Stage::Match(Filter(filter.clone()))
            }
            "$group" => Stage::Group(Grouping::parse(operand)?, Groups::default()),
            "$bucket" => Stage::Group(Grouping::bucket(operand)?, Groups::default()),
            "$sortByCount" => {
                stages.push(Stage::Group(Grouping::count_by(operand)?, Groups::default()));
                Stage::Sort(Sorting::new(Sort::descending("count")))
            }
            "$sort" => Stage::Sort(Sorting::parse(operand)?),
            "$skip" => Stage::Skip(count("$skip", operand, 0)?),
            "$limit" => Stage::Limit(count("$limit", operand, 1)?),
            "$project" => Stage::Shape(Shape::project(operand)?),
            "$addFields" => Stage::Shape(Shape::add("$addFields", operand)?),
            "$set" => Stage::Shape(Shape::add("$set", operand)?),
            "$unset" => Stage::Shape(Shape::unset(operand)?),
            "$count" => {
                let name = operand.as_str().ok_or_else(|| invalid("$count needs the name of a field"))?;
                check_field_name(name)?;
                Stage::Count(name.to_owned(), 0)
            }
            "$unwind" => Stage::Unwind(Unwind::parse(operand)?),
            "$replaceWith" => Stage::Replace(Expression::parse(operand)?),
            "$replaceRoot" => {
                let values = named_values(name, object(name, operand)?, &["newRoot"], 1)?;
                let root = values.into_iter().flatten().next();
                Stage::Replace(Expression::parse(root.unwrap_or(&Value::Null))?)
            }
            other => {
                let other = other.escape_debug();
                return Err(invalid(format!("the embedded engine does not support the stage {other}")));
            }
        };
        stages.push(stage);
    }
    for position in 0..stages.len() {
        if let Some((Stage::Sort(sorting), rest)) =
            stages.get_mut(position..).and_then(<[_]>::split_first_mut)
        {
            sorting.most = wanted(rest);
        }
    }
    Ok(stages)
}

/// How many documents at most these stages take notice of.
pub(super) fn wanted(stages: &[Stage]) -> Option<usize> {
    let mut skipped = 0_usize;
    for stage in stages {
        match stage {
            Stage::Skip(count) => skipped = skipped.saturating_add(*count),
            Stage::Limit(count) => return Some(skipped.saturating_add(*count)),
            _ => return None,
        }
    }
    None
}

fn count(stage: &str, operand: &Value, least: usize) -> Result<usize, DataApiError> {
    let count = Number::of(operand).and_then(Number::integral).and_then(|count| usize::try_from(count).ok());
    count
        .filter(|count| *count >= least)
        .ok_or_else(|| invalid(format!("{stage} needs a whole number of at least {least}")))
}

impl Stage {
    /// A `$sort` of which the first so many documents are wanted.
    pub(super) fn sort(sort: Sort, most: usize) -> Self {
        Self::Sort(Sorting { most: Some(most), ..Sorting::new(sort) })
    }

    /// Whether nothing that comes after can change the result.
    pub(super) const fn is_exhausted(&self) -> bool {
        matches!(self, Self::Limit(0))
    }
}

impl Run<'_> {
    /// Feeds documents into the first of these stages, and on.
    pub(super) fn feed(&mut self, stages: &mut [Stage], mut batch: Vec<Value>) -> Result<(), DataApiError> {
        if batch.is_empty() {
            return Ok(());
        }
        let Some((stage, rest)) = stages.split_first_mut() else {
            for document in batch {
                if let Value::Object(document) = document {
                    self.memory.answer(&mut self.results, document)?;
                }
            }
            return Ok(());
        };
        let now = self.now;
        match stage {
            Stage::Match(filter) => batch = (self.matcher)(filter, batch)?,
            Stage::Group(grouping, groups) => {
                return batch
                    .iter()
                    .try_for_each(|document| grouping.add(groups, document, now, &mut self.memory));
            }
            Stage::Sort(sorting) => return sorting.add(batch, &mut self.memory),
            Stage::Skip(left) => {
                let skipped = (*left).min(batch.len());
                *left -= skipped;
                batch.drain(..skipped);
            }
            Stage::Limit(left) => {
                batch.truncate(*left);
                *left -= batch.len();
            }
            Stage::Shape(shape) => {
                let shaped = batch.into_iter().map(|document| shape.apply(document, now));
                batch = shaped.collect::<Result<_, _>>()?;
            }
            Stage::Count(_, count) => {
                *count += batch.len() as u64;
                return Ok(());
            }
            Stage::Unwind(unwind) => {
                let mut unwound = Vec::new();
                let mut bytes = 0;
                for document in batch {
                    unwind.apply(document, &mut |document| {
                        bytes += weight(&document);
                        unwound.push(document);
                        if bytes < UNWOUND_BYTES {
                            return Ok(());
                        }
                        bytes = 0;
                        self.feed(rest, std::mem::take(&mut unwound))
                    })?;
                }
                batch = unwound;
            }
            Stage::Replace(expression) => {
                let replaced = batch.iter().map(|document| {
                    let root = expression.evaluate(Scope::new(document, now))?;
                    match root.filter(|root| as_members(root).is_some()) {
                        Some(root) => Ok(root.into_owned()),
                        None => Err(invalid(
                            "$replaceRoot and $replaceWith need an expression that gives an object",
                        )),
                    }
                });
                batch = replaced.collect::<Result<_, _>>()?;
            }
        }
        self.feed(rest, batch)
    }

    /// Lets each stage pass on what it has held until now.
    pub(super) fn finish(&mut self, stages: &mut [Stage]) -> Result<(), DataApiError> {
        let mut stages = stages;
        while let Some((stage, rest)) = stages.split_first_mut() {
            let batch = match stage {
                Stage::Group(grouping, groups) => grouping.finish(groups, &mut self.memory)?,
                Stage::Sort(sorting) => sorting.finish(&mut self.memory)?,
                Stage::Count(name, count @ 1..) => {
                    vec![single(name, (*count).into())]
                }
                _ => Vec::new(),
            };
            self.feed(rest, batch)?;
            stages = rest;
        }
        Ok(())
    }
}

impl Sorting {
    const fn new(sort: Sort) -> Self {
        Self { sort, most: None, held: Vec::new(), bytes: 0 }
    }

    fn parse(operand: &Value) -> Result<Self, DataApiError> {
        let sort =
            json::from_value::<Sort>(operand.clone()).map_err(|error| invalid(format!("$sort: {error}")))?;
        if sort.0.is_empty() {
            return Err(invalid("$sort needs at least one field"));
        }
        sort.0.iter().try_for_each(|(field, _)| Path::parse(field).map(drop))?;
        Ok(Self::new(sort))
    }

    fn add(&mut self, batch: Vec<Value>, memory: &mut Memory) -> Result<(), DataApiError> {
        let bytes = batch.iter().map(weight).sum();
        self.held.extend(batch);
        self.bytes += bytes;
        if let Some(most) = self.most
            && let excess @ 1.. = self.held.len().saturating_sub(most)
            && (excess > most.max(SORT_SLACK) || self.bytes > MAX_HELD_BYTES / 2)
        {
            self.sort()?;
            self.held.truncate(most);
            let before = std::mem::replace(&mut self.bytes, self.held.iter().map(weight).sum());
            memory.release(before - bytes);
            return memory.hold("$sort", self.bytes);
        }
        memory.hold("$sort", bytes)
    }

    fn sort(&mut self) -> Result<(), DataApiError> {
        let keys = self.sort.0.iter().map(|(field, direction)| Ok((Path::parse(field)?, *direction)));
        let keys = keys.collect::<Result<Vec<_>, DataApiError>>()?;
        let documents = std::mem::take(&mut self.held).into_iter().filter_map(|document| match document {
            Value::Object(members) => Some(members),
            _ => None, // every document is an object
        });
        self.held = sort::sort(documents.collect(), &keys)?.into_iter().map(Value::Object).collect();
        Ok(())
    }

    fn finish(&mut self, memory: &mut Memory) -> Result<Vec<Value>, DataApiError> {
        self.sort()?;
        memory.release(std::mem::take(&mut self.bytes));
        Ok(std::mem::take(&mut self.held))
    }
}

impl Unwind {
    fn parse(operand: &Value) -> Result<Self, DataApiError> {
        let values = match as_members(operand) {
            None => vec![Some(operand), None, None],
            Some(members) => named_values(
                "$unwind",
                members,
                &["path", "preserveNullAndEmptyArrays", "includeArrayIndex"],
                1,
            )?,
        };
        let [path, preserve, index] = values.as_slice() else {
            return Err(invalid("$unwind needs a path"));
        };
        let path = path.and_then(Value::as_str).and_then(|path| path.strip_prefix('$'));
        let path =
            path.ok_or_else(|| invalid("$unwind needs a path that begins with '$', such as \"$tags\""))?;
        let preserve = match preserve {
            None => false,
            Some(Value::Bool(preserve)) => *preserve,
            Some(_) => return Err(invalid("$unwind needs true or false as preserveNullAndEmptyArrays")),
        };
        let index = match index {
            None => None,
            Some(Value::String(index)) => Some(owned_parts(index)?),
            Some(_) => return Err(invalid("$unwind needs a field's name as includeArrayIndex")),
        };
        Ok(Self { path: owned_parts(path)?, preserve, index })
    }

    /// Gives the document once for each element of its array.
    fn apply(
        &self,
        mut document: Value,
        give: &mut dyn FnMut(Value) -> Result<(), DataApiError>,
    ) -> Result<(), DataApiError> {
        match field_mut(&mut document, &self.path) {
            Some(Value::Array(items)) if !items.is_empty() => {
                let items = std::mem::take(items);
                for (index, item) in items.into_iter().enumerate() {
                    let mut document = document.clone();
                    if let Some(field) = field_mut(&mut document, &self.path) {
                        *field = item;
                    }
                    give(self.indexed(document, Value::from(index)))?;
                }
                Ok(())
            }
            None | Some(Value::Null) if self.preserve => give(self.indexed(document, Value::Null)),
            Some(Value::Array(_)) if self.preserve => {
                if let Some((last, parents)) = self.path.split_last()
                    && let Some(members) = field_mut(&mut document, parents).and_then(as_members_mut)
                {
                    members.shift_remove(last);
                }
                give(self.indexed(document, Value::Null))
            }
            None | Some(Value::Null | Value::Array(_)) => Ok(()),
            // Any other value is taken for an array of itself.
            Some(_) => give(self.indexed(document, Value::Null)),
        }
    }

    fn indexed(&self, mut document: Value, position: Value) -> Value {
        if let Some(index) = &self.index {
            let mut at = &mut document;
            for part in index {
                if as_members(at).is_none() {
                    *at = Value::Object(Document::new());
                }
                let Value::Object(members) = at else {
                    return document;
                };
                at = members.entry(part.as_str()).or_insert(Value::Null);
            }
            *at = position;
        }
        document
    }
}

fn owned_parts(path: &str) -> Result<Vec<String>, DataApiError> {
    Ok(Path::parse(path)?.parts().iter().map(|part| (*part).to_owned()).collect())
}

/// The value at a path through objects.
fn field_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, part| as_members_mut(value)?.get_mut(part))
}

/// A document with one field.
pub(super) fn single(name: &str, value: Value) -> Value {
    Value::Object(Document::from_iter([(name.to_owned(), value)]))
}
