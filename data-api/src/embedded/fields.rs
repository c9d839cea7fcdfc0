//! Declared fields: how they read in SQL, and the promise that they hold what the schema says.

use serde_json::Value;

use super::compare::type_name;
use super::path::{Path, json_path};
use crate::DataApiError;
use crate::document::{Document, as_date, as_members};
use crate::error::invalid;
use crate::schema::{CollectionSchema, Field, Kind, Partial};

/// A field that reads as one SQL expression of one type, so that indexes and `ORDER BY` work on it.
pub(super) struct Column {
    /// The expression. An index serves a statement only where both spell it the same way, so it is spelled here alone.
    pub(super) sql: String,
    pub(super) kind: Kind,
    /// Whether it may be null. All but `_id` may.
    pub(super) nullable: bool,
}

/// The column of a path, where it is `_id` or declared.
pub(super) fn column(schema: &CollectionSchema, path: &Path<'_>) -> Option<Column> {
    let name = path.to_string();
    if name == "_id" {
        return Some(Column { sql: "id".to_owned(), kind: Kind::Text, nullable: false });
    }
    let kind = schema.kind(&name)?;
    let label = if kind == Kind::Date { path.to_date_sql() } else { path.to_sql() };
    Some(Column { sql: format!("(body ->> {label})"), kind, nullable: true })
}

/// The value of a declared field as an SQL literal, where a partial index covers the documents that have just this value:
/// SQLite uses such an index only where it sees that the condition is the same, which a parameter hides.
pub(super) fn literal(schema: &CollectionSchema, path: &Path<'_>, value: &Value) -> Option<String> {
    let name = path.to_string();
    schema.indexes.iter().find_map(|index| match (index.partial?, value) {
        (Partial::Text(field, covered), Value::String(text)) if field == name && covered == text => {
            Some(quoted(covered))
        }
        (Partial::Boolean(field, covered), Value::Bool(value)) if field == name && covered == *value => {
            Some(u8::from(covered).to_string())
        }
        _ => None,
    })
}

/// The condition of a partial index.
pub(super) fn covered(schema: &CollectionSchema, partial: Partial) -> Result<String, DataApiError> {
    let (field, condition) = match partial {
        Partial::Present(field) => (field, "IS NOT NULL".to_owned()),
        Partial::Text(field, value) => (field, format!("= {}", quoted(value))),
        Partial::Boolean(field, value) => (field, format!("= {}", u8::from(value))),
    };
    match column(schema, &Path::parse(field)?) {
        Some(column) => Ok(format!("{} {condition}", column.sql)),
        None => Err(invalid(format!("a partial index needs '{field}' to be declared"))),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Refuses a document in which a declared field holds something else than declared.
pub(super) fn check(schema: &CollectionSchema, document: &Document) -> Result<(), DataApiError> {
    schema.fields.iter().try_for_each(|field| {
        let refused = |holds: &Value| {
            let kind = match field.kind {
                Kind::Text => "a string",
                Kind::Number => "a number",
                Kind::Boolean => "a boolean",
                Kind::Date => "a date",
            };
            let holds = type_name(holds);
            Err(invalid(format!("the field '{}' is declared as {kind}; it cannot hold {holds}", field.path)))
        };
        let path = Path::parse(field.path)?;
        let (parents, last) = path.split();
        let mut members = document;
        for parent in parents {
            match members.get(*parent) {
                Some(array @ Value::Array(_)) => return refused(array),
                below => match below.and_then(as_members) {
                    Some(below) => members = below,
                    None => return Ok(()), // nothing below it, so the field is missing
                },
            }
        }
        match (field.kind, members.get(last)) {
            (_, None | Some(Value::Null))
            | (Kind::Text, Some(Value::String(_)))
            | (Kind::Number, Some(Value::Number(_)))
            | (Kind::Boolean, Some(Value::Bool(_))) => Ok(()),
            (Kind::Date, Some(value)) if as_date(value).is_some() => Ok(()),
            (_, Some(other)) => refused(other),
        }
    })
}

/// The SQL condition under which a stored document breaks the promise for a field: the same rule as [`check`], for
/// what was stored before the field was declared.
pub(super) fn broken(field: &Field) -> Result<String, DataApiError> {
    let path = Path::parse(field.path)?;
    let label = path.to_sql();
    let at_path = match field.kind {
        Kind::Text => format!("json_type(body, {label}) NOT IN ('null', 'text')"),
        Kind::Number => format!("json_type(body, {label}) NOT IN ('null', 'integer', 'real')"),
        Kind::Boolean => format!("json_type(body, {label}) NOT IN ('null', 'true', 'false')"),
        // No other object can hold that name.
        Kind::Date => format!(
            "json_type(body, {label}) IS NOT 'null' AND json_type(body, {label}) IS NOT NULL \
             AND json_type(body, {}) IS NULL",
            path.to_date_sql()
        ),
    };
    let parts = path.parts();
    let above = (1..parts.len()).filter_map(|length| parts.get(..length));
    let arrays = above.map(|parents| format!("json_type(body, {}) = 'array'", json_path(parents)));
    Ok(std::iter::once(at_path).chain(arrays).collect::<Vec<_>>().join(" OR "))
}
