//! Counting and simple grouping done by SQLite, so that a report over a large collection need not read its documents.
//!
//! Only where the result is exactly that of the pipeline: the key is a constant or one declared field, and what is
//! gathered is a count, or a sum, mean, least or greatest of declared fields. Doubles are left to the pipeline, which
//! adds and writes them as MongoDB does; so a plan may find, when its rows are there, that it does not apply.

use serde_json::Value as Json;
use voxora_domain::sql::{Row, Value};

use super::super::fields::{Column, column};
use super::super::path::Path;
use super::expression::Expression;
use super::group::{Grouping, in_order};
use super::number::{double, integer};
use super::stage::{Stage, single};
use crate::DataApiError;
use crate::document::{MAX_INTEGER, date};
use crate::schema::{CollectionSchema, Kind};

/// A stage as a statement.
pub(super) enum Plan<'a> {
    Count(&'a str),
    Group { grouping: &'a Grouping, key: Key<'a>, fields: Vec<Gathered> },
}

/// What documents are grouped by.
pub(super) enum Key<'a> {
    Constant(&'a Json),
    Column(Column),
}

/// What is gathered of a group for one of its fields.
pub(super) enum Gathered {
    /// A constant, added for each document.
    Constant(i64),
    Sum(Column),
    Mean(Column),
    /// `min` or `max`.
    Extreme(&'static str, Column),
}

impl<'a> Plan<'a> {
    /// The plan for a stage, where there is one.
    pub(super) fn of(schema: &CollectionSchema, stage: &'a Stage) -> Option<Self> {
        let grouping = match stage {
            Stage::Count(name, _) => return Some(Self::Count(name)),
            Stage::Group(grouping, _) if !grouping.is_bucketed() => grouping,
            _ => return None,
        };
        let key = match &grouping.id {
            Expression::Literal(value) => Key::Constant(value),
            expression => Key::Column(declared(schema, expression)?),
        };
        let fields = grouping.fields.iter().map(|field| {
            Some(match (field.operator.as_str(), &field.operand) {
                ("$sum", Expression::Literal(Json::Number(number))) => Gathered::Constant(number.as_i64()?),
                ("$sum", operand) => Gathered::Sum(declared(schema, operand).filter(is_number)?),
                ("$avg", operand) => Gathered::Mean(declared(schema, operand).filter(is_number)?),
                ("$min", operand) => Gathered::Extreme("min", declared(schema, operand)?),
                ("$max", operand) => Gathered::Extreme("max", declared(schema, operand)?),
                _ => return None,
            })
        });
        Some(Self::Group { grouping, key, fields: fields.collect::<Option<_>>()? })
    }

    /// The statement over the documents for which a condition holds, with at most so many rows.
    pub(super) fn statement(&self, condition: &str, most: usize) -> String {
        let Self::Group { key, fields, .. } = self else {
            return format!("SELECT count(*) FROM documents WHERE {condition}");
        };
        let mut columns = vec![
            "count(*)".to_owned(),
            match key {
                Key::Constant(_) => "NULL".to_owned(),
                Key::Column(column) => column.sql.clone(),
            },
        ];
        let mut doubles = Vec::new();
        for field in fields {
            match field {
                Gathered::Constant(_) => {}
                Gathered::Sum(column) | Gathered::Mean(column) => {
                    columns.push(format!("sum({})", column.sql));
                    columns.push(format!("count({})", column.sql));
                    doubles.push(column);
                }
                Gathered::Extreme(function, column) => {
                    columns.push(format!("{function}({})", column.sql));
                    doubles.push(column);
                }
            }
        }
        if let Key::Column(column) = key {
            doubles.push(column);
        }
        doubles.retain(|column| is_number(column));
        // Last: whether a double is among them. Through an object's storage 3 and 3.0 would look the same.
        let doubles = doubles.iter().map(|column| format!("max(typeof({}) = 'real')", column.sql));
        columns.extend(doubles);
        let group_by = if matches!(key, Key::Column(_)) { " GROUP BY 2" } else { "" };
        format!("SELECT {} FROM documents WHERE {condition}{group_by} LIMIT {most}", columns.join(", "))
    }

    /// The documents that the rows stand for; nothing where the pipeline has to run.
    pub(super) fn documents(&self, rows: &[Row]) -> Result<Option<Vec<Json>>, DataApiError> {
        let mut documents = Vec::with_capacity(rows.len());
        for row in rows {
            let mut row = row.iter();
            let count = row.next().and_then(Value::as_integer).unwrap_or(0);
            if count == 0 {
                continue; // of nothing there is no group
            }
            let (grouping, key, fields) = match self {
                Self::Count(name) => {
                    documents.push(single(name, count.into()));
                    continue;
                }
                Self::Group { grouping, key, fields } => (grouping, key, fields),
            };
            let stored = row.next().unwrap_or(&Value::Null);
            let id = match key {
                Key::Constant(value) => (*value).clone(),
                Key::Column(column) => value(column, stored),
            };
            let mut values = Vec::with_capacity(fields.len());
            for field in fields {
                let mut next = || row.next().unwrap_or(&Value::Null);
                values.push(match field {
                    Gathered::Constant(each) => integer("$sum", i128::from(*each) * i128::from(count)),
                    Gathered::Sum(_) | Gathered::Mean(_) => {
                        let (sum, numbers) = (next(), next().as_integer().unwrap_or(0));
                        let sum = if numbers == 0 { Some(0) } else { sum.as_integer() };
                        // Beyond 2^53 an object's storage rounds: the pipeline goes on exactly, or says so.
                        let Some(sum) = sum.filter(|sum| sum.abs() <= MAX_INTEGER) else {
                            return Ok(None);
                        };
                        match field {
                            Gathered::Mean(_) if numbers == 0 => Ok(Json::Null),
                            Gathered::Mean(_) => mean(sum, numbers),
                            _ => Ok(Json::from(sum)),
                        }
                    }
                    Gathered::Extreme(_, column) => Ok(value(column, next())),
                });
            }
            if row.any(|doubles| doubles.as_integer() == Some(1)) {
                return Ok(None);
            }
            documents.push(grouping.document(id, values.into_iter())?);
        }
        Ok(Some(in_order(documents)))
    }
}

/// The column of an expression that is a declared field.
fn declared(schema: &CollectionSchema, expression: &Expression) -> Option<Column> {
    let path = expression.as_field()?.join(".");
    column(schema, &Path::parse(&path).ok()?)
}

fn is_number(column: &Column) -> bool {
    column.kind == Kind::Number
}

#[allow(clippy::cast_precision_loss, reason = "both are within ±2^53")]
fn mean(sum: i64, count: i64) -> Result<Json, DataApiError> {
    double("$avg", sum as f64 / count as f64)
}

/// A column's value as it stands in documents.
fn value(column: &Column, stored: &Value) -> Json {
    match (column.kind, stored) {
        (_, Value::Null) => Json::Null,
        (Kind::Boolean, stored) => Json::Bool(stored.as_integer() == Some(1)),
        (Kind::Date, stored) => stored.as_integer().map_or(Json::Null, date),
        (_, Value::Text(text)) => Json::from(text.as_str()),
        (_, stored) => stored.as_integer().map_or(Json::Null, Json::from),
    }
}
