//! Declared fields: how they read in SQL, and the promise that they hold what the schema says.

use serde_json::Value;

use super::compare::type_name;
use super::path::{Path, json_path};
use crate::DataApiError;
use crate::document::Document;
use crate::error::invalid;
use crate::schema::{CollectionSchema, Field, Kind};

/// A field that reads as one SQL expression of one type, so that indexes and `ORDER BY` work on it.
pub(super) struct Column {
    /// The expression. An index serves a statement only where both spell it the same way, so it is spelled here alone.
    pub(super) sql: String,
    pub(super) kind: Kind,
    /// Whether it may be null. All but `_id` may.
    pub(super) nullable: bool,
}

/// The documents in the middle of a pipeline: nothing about them is declared, not even that `_id` is a string.
pub(super) static ANYTHING: CollectionSchema =
    CollectionSchema { name: "", version: 0, fields: &[], indexes: &[] };

/// The column of a path, where it is `_id` or declared.
pub(super) fn column(schema: &CollectionSchema, path: &Path<'_>) -> Option<Column> {
    let name = path.to_string();
    if name == "_id" && !std::ptr::eq(schema, &raw const ANYTHING) {
        return Some(Column { sql: "id".to_owned(), kind: Kind::Text, nullable: false });
    }
    let field = schema.fields.iter().find(|field| field.path == name)?;
    Some(Column { sql: format!("(body ->> {})", path.to_sql()), kind: field.kind, nullable: true })
}

/// Refuses a document in which a declared field holds something else than declared.
pub(super) fn check(schema: &CollectionSchema, document: &Document) -> Result<(), DataApiError> {
    schema.fields.iter().try_for_each(|field| {
        let refused = |holds: &Value| {
            let kind = match field.kind {
                Kind::Text => "a string",
                Kind::Number => "a number",
                Kind::Boolean => "a boolean",
            };
            let holds = type_name(holds);
            Err(invalid(format!("the field '{}' is declared as {kind}; it cannot hold {holds}", field.path)))
        };
        let path = Path::parse(field.path)?;
        let (parents, last) = path.split();
        let mut members = document;
        for parent in parents {
            match members.get(*parent) {
                Some(Value::Object(below)) => members = below,
                Some(array @ Value::Array(_)) => return refused(array),
                _ => return Ok(()), // nothing below it, so the field is missing
            }
        }
        match (field.kind, members.get(last)) {
            (_, None | Some(Value::Null))
            | (Kind::Text, Some(Value::String(_)))
            | (Kind::Number, Some(Value::Number(_)))
            | (Kind::Boolean, Some(Value::Bool(_))) => Ok(()),
            (_, Some(other)) => refused(other),
        }
    })
}

/// The SQL condition under which a stored document breaks the promise for a field: the same rule as [`check`], for
/// what was stored before the field was declared.
pub(super) fn broken(field: &Field) -> Result<String, DataApiError> {
    let path = Path::parse(field.path)?;
    let types = match field.kind {
        Kind::Text => "'text'",
        Kind::Number => "'integer', 'real'",
        Kind::Boolean => "'true', 'false'",
    };
    let at_path = format!("json_type(body, {}) NOT IN ('null', {types})", path.to_sql());
    let parts = path.parts();
    let above = (1..parts.len()).filter_map(|length| parts.get(..length));
    let arrays = above.map(|parents| format!("json_type(body, {}) = 'array'", json_path(parents)));
    Ok(std::iter::once(at_path).chain(arrays).collect::<Vec<_>>().join(" OR "))
}
