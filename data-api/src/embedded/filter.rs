//! A filter as an SQL condition with MongoDB's meaning.
//!
//! A declared field is one SQL expression, so its conditions can use an index. Any other field may hold arrays anywhere
//! along its path; its conditions ask `EXISTS` over what MongoDB would look at: each element of an array, and of arrays
//! on the way the objects in them. A condition is true, or it is false *or null*; [`negated`] alone cares, and so null
//! never leaks into `$ne`, `$nin`, `$not` and `$nor`.

use serde_json::Value as Json;
use voxora_domain::sql::Value;

use super::compare::{as_f64, is_scalar, type_name};
use super::fields::{Column, column};
use super::path::{Path, json_path};
use crate::DataApiError;
use crate::document::{Document, check_number};
use crate::error::invalid;
use crate::schema::{CollectionSchema, Kind};

/// How many values a filter may compare with: an object's SQLite binds 100, and the engine needs one of its own.
const MAX_PARAMETERS: usize = 99;
/// How many bytes the condition may have; an object's SQLite takes statements of 100 KB.
const MAX_CONDITION_BYTES: usize = 90_000;
/// How many conditions one list may have, and how deep lists may be nested. Together they keep the expression's depth
/// below the 100 levels of an object's SQLite.
const MAX_TERMS: usize = 64;
const MAX_NESTING: usize = 8;

/// An SQL condition and its parameters.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) parameters: Vec<Value>,
}

/// Translates a filter.
pub(super) fn compile(schema: &CollectionSchema, filter: &Document) -> Result<Condition, DataApiError> {
    let mut compiler = Compiler { schema, parameters: Vec::new() };
    let sql = compiler.document(filter, MAX_NESTING)?;
    if compiler.parameters.len() > MAX_PARAMETERS || sql.len() > MAX_CONDITION_BYTES {
        return Err(DataApiError::TooLarge(format!(
            "the filter is too large: {} values and {} bytes of SQL; {MAX_PARAMETERS} and {MAX_CONDITION_BYTES} are possible",
            compiler.parameters.len(),
            sql.len()
        )));
    }
    Ok(Condition { sql, parameters: compiler.parameters })
}

/// The fields that an upsert takes from its filter: those that must equal one value.
pub(super) fn equalities(filter: &Document) -> Result<Vec<(&str, &Json)>, DataApiError> {
    let mut found = Vec::new();
    gather_equalities(filter, &mut found)?;
    Ok(found)
}

fn gather_equalities<'a>(
    filter: &'a Document,
    found: &mut Vec<(&'a str, &'a Json)>,
) -> Result<(), DataApiError> {
    for (name, condition) in filter {
        match (name.as_str(), condition) {
            ("$and", Json::Array(terms)) => {
                for term in terms.iter().filter_map(Json::as_object) {
                    gather_equalities(term, found)?;
                }
            }
            // MongoDB reads a list of one as an equality when it optimises; better said than guessed.
            ("$or", Json::Array(terms)) if terms.len() == 1 => return Err(one_element("$or")),
            (operator, _) if operator.starts_with('$') => {}
            (field, Json::Object(operators)) => {
                if operators.get("$in").and_then(Json::as_array).is_some_and(|values| values.len() == 1) {
                    return Err(one_element("$in"));
                }
                found.extend(operators.get("$eq").map(|value| (field, value)));
            }
            (field, value) => found.push((field, value)),
        }
    }
    Ok(())
}

fn one_element(operator: &str) -> DataApiError {
    invalid(format!("an upsert does not support {operator} with one element; use an equality"))
}

#[derive(Clone, Copy)]
enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    const fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }

    /// Null equals null and is neither greater nor less, so `>=` and `<=` match it.
    const fn includes_equal(self) -> bool {
        matches!(self, Self::Equal | Self::GreaterOrEqual | Self::LessOrEqual)
    }
}

/// The SQL expressions through which one value in a document is compared.
enum Operand {
    /// A declared field or `_id`.
    Column(Column),
    /// Whatever a free path leads to: the rows `leaf` of the last of these tables.
    Candidates(Tables),
}

/// Tables of a subquery and the conditions that join them.
#[derive(Default)]
struct Tables {
    from: Vec<String>,
    conditions: Vec<String>,
}

impl Tables {
    /// There is a row for which the joining conditions and these hold; true without any tables where these hold.
    fn have(&self, conditions: &[&str]) -> String {
        let conditions = self.conditions.iter().map(String::as_str).chain(conditions.iter().copied());
        let conditions = conditions.collect::<Vec<_>>().join(" AND ");
        if self.from.is_empty() {
            conditions
        } else {
            format!("EXISTS (SELECT 1 FROM {} WHERE {conditions})", self.from.join(", "))
        }
    }
}

struct Compiler<'a> {
    schema: &'a CollectionSchema,
    parameters: Vec<Value>,
}

impl Compiler<'_> {
    fn document(&mut self, filter: &Document, nesting: usize) -> Result<String, DataApiError> {
        let terms = filter.iter().map(|(name, condition)| match name.as_str() {
            "$and" => Ok(all(&self.list(name, condition, nesting)?)),
            "$or" => Ok(any(&self.list(name, condition, nesting)?)),
            "$nor" => Ok(negated(&any(&self.list(name, condition, nesting)?))),
            operator if operator.starts_with('$') => Err(unsupported(operator)),
            field => self.field(field, condition, nesting),
        });
        Ok(all(&bounded(terms.collect::<Result<_, _>>()?)?))
    }

    /// The operand of `$and`, `$or` and `$nor`.
    fn list(&mut self, name: &str, operand: &Json, nesting: usize) -> Result<Vec<String>, DataApiError> {
        let terms = operand.as_array().filter(|terms| !terms.is_empty());
        let terms = terms.ok_or_else(|| invalid(format!("{name} must be a list of at least one filter")))?;
        let nesting = deeper(nesting)?;
        let terms = terms.iter().map(|term| match term {
            Json::Object(filter) => self.document(filter, nesting),
            other => Err(invalid(format!("{name} must hold filters, not {}", type_name(other)))),
        });
        bounded(terms.collect::<Result<_, _>>()?)
    }

    fn field(&mut self, field: &str, condition: &Json, nesting: usize) -> Result<String, DataApiError> {
        let path = Path::parse(field)?;
        match condition {
            Json::Object(operators) if operators.keys().any(|name| name.starts_with('$')) => {
                self.operators(&path, operators, nesting)
            }
            value => self.compare(&path, Comparison::Equal, value),
        }
    }

    fn operators(
        &mut self,
        path: &Path<'_>,
        operators: &Document,
        nesting: usize,
    ) -> Result<String, DataApiError> {
        let terms = operators.iter().map(|(operator, value)| match operator.as_str() {
            "$eq" => self.compare(path, Comparison::Equal, value),
            "$ne" => Ok(negated(&self.compare(path, Comparison::Equal, value)?)),
            "$gt" => self.compare(path, Comparison::Greater, value),
            "$gte" => self.compare(path, Comparison::GreaterOrEqual, value),
            "$lt" => self.compare(path, Comparison::Less, value),
            "$lte" => self.compare(path, Comparison::LessOrEqual, value),
            "$in" => self.one_of(path, operator, value),
            "$nin" => Ok(negated(&self.one_of(path, operator, value)?)),
            "$exists" => exists(self.schema, path, value),
            "$not" => match value {
                Json::Object(operators) if operators.keys().any(|name| name.starts_with('$')) => {
                    Ok(negated(&self.operators(path, operators, deeper(nesting)?)?))
                }
                _ => Err(invalid(format!("$not of '{path}' needs operators, such as {{\"$gt\": 5}}"))),
            },
            other => Err(unsupported(other)),
        });
        Ok(all(&bounded(terms.collect::<Result<_, _>>()?)?))
    }

    fn compare(
        &mut self,
        path: &Path<'_>,
        comparison: Comparison,
        value: &Json,
    ) -> Result<String, DataApiError> {
        let operand = operand(self.schema, path)?;
        if value.is_null() {
            return Ok(if comparison.includes_equal() { operand.is_null() } else { never() });
        }
        if !is_scalar(value) {
            return Err(not_comparable(path, value));
        }
        let kind = kind_of(value);
        if !operand.may_hold(kind) {
            return Ok(never());
        }
        let parameter = match value {
            Json::Bool(value) => self.bind(Value::Integer((*value).into())),
            Json::Number(number) => {
                check_number(number)?;
                match number.as_i64() {
                    Some(integer) => self.bind(Value::Integer(integer)),
                    // Bound as text and read by SQLite's JSON, as the stored ones are: equal text, equal number,
                    // also where SQLite's reading of decimals is an ulp off.
                    None => format!("({} ->> '$')", self.bind(Value::Text(number.to_string()))),
                }
            }
            other => self.bind(Value::Text(other.as_str().unwrap_or_default().to_owned())),
        };
        Ok(operand.is(kind, &format!("{} {parameter}", comparison.sql())))
    }

    /// `$in` and `$nin`: one parameter for each type in the list, however long it is.
    fn one_of(&mut self, path: &Path<'_>, operator: &str, list: &Json) -> Result<String, DataApiError> {
        let values =
            list.as_array().ok_or_else(|| invalid(format!("{operator} of '{path}' needs a list")))?;
        if let Some(container) = values.iter().find(|value| !is_scalar(value)) {
            return Err(not_comparable(path, container));
        }
        let operand = operand(self.schema, path)?;
        let mut terms = Vec::new();
        if values.iter().any(Json::is_null) {
            terms.push(operand.is_null());
        }
        for kind in [Kind::Text, Kind::Number, Kind::Boolean] {
            let of_kind: Vec<_> =
                values.iter().filter(|value| !value.is_null() && kind_of(value) == kind).collect();
            match of_kind.as_slice() {
                _ if !operand.may_hold(kind) => {}
                [] => {}
                [value] => terms.push(self.compare(path, Comparison::Equal, value)?),
                values => {
                    for number in values.iter().filter_map(|value| value.as_number()) {
                        check_number(number)?;
                    }
                    let list = Json::Array(values.iter().map(|value| (*value).clone()).collect());
                    let parameter = self.bind(Value::Text(list.to_string()));
                    terms.push(operand.is(kind, &format!("IN (SELECT value FROM json_each({parameter}))")));
                }
            }
        }
        Ok(any(&terms))
    }

    /// Parameters are bound in the order in which they are written, so a fragment may be used once only.
    fn bind(&mut self, value: Value) -> String {
        self.parameters.push(value);
        "?".to_owned()
    }
}

impl Operand {
    /// Whether a comparison with a value of this kind can hold: a value never compares with one of another type, which
    /// is MongoDB's type bracketing.
    fn may_hold(&self, kind: Kind) -> bool {
        match self {
            Self::Column(column) => column.kind == kind,
            Self::Candidates(_) => true,
        }
    }

    /// The value is of this kind, and the comparison holds for it.
    fn is(&self, kind: Kind, comparison: &str) -> String {
        match self {
            Self::Column(column) => format!("{} {comparison}", column.sql),
            Self::Candidates(tables) => {
                let types = match kind {
                    Kind::Text => "leaf.type = 'text'",
                    Kind::Number => "leaf.type IN ('integer', 'real')",
                    Kind::Boolean => "leaf.type IN ('true', 'false')",
                };
                tables.have(&[types, &format!("leaf.value {comparison}")])
            }
        }
    }

    /// The value is null, or nothing is there.
    fn is_null(&self) -> String {
        match self {
            Self::Column(column) if column.nullable => format!("{} IS NULL", column.sql),
            Self::Column(_) => never(),
            Self::Candidates(tables) => tables.have(&["leaf.type = 'null'"]),
        }
    }
}

fn operand(schema: &CollectionSchema, path: &Path<'_>) -> Result<Operand, DataApiError> {
    if let Some(column) = column(schema, path) {
        return Ok(Operand::Column(column));
    }
    let Holder { mut tables, object, label } = holder(path)?;
    // The elements of an array, or the one value; a missing one reads as null, which is how MongoDB compares it.
    tables.from.push(format!(
        "json_each(CASE json_type({object}, {label}) WHEN 'array' THEN {object} -> {label} \
         ELSE json_array({object} -> {label}) END) AS leaf"
    ));
    Ok(Operand::Candidates(tables))
}

fn exists(schema: &CollectionSchema, path: &Path<'_>, wanted: &Json) -> Result<String, DataApiError> {
    let wanted = match wanted {
        Json::Bool(wanted) => *wanted,
        Json::Number(number) => as_f64(number) != 0.0,
        other => {
            return Err(invalid(format!(
                "$exists of '{path}' needs true or false, not {}",
                type_name(other)
            )));
        }
    };
    let there = if column(schema, path).is_some() {
        // No array can be on the way.
        format!("json_type(body, {}) IS NOT NULL", path.to_sql())
    } else {
        let Holder { tables, object, label } = holder(path)?;
        tables.have(&[&format!("json_type({object}, {label}) IS NOT NULL")])
    };
    Ok(if wanted { there } else { negated(&there) })
}

/// Where a free path's last part is looked up.
struct Holder {
    /// One table for each part before it.
    tables: Tables,
    /// The expression of the object that may hold it.
    object: String,
    /// The SQL path to it in that object.
    label: String,
}

fn holder(path: &Path<'_>) -> Result<Holder, DataApiError> {
    if let Some(position) = path.parts().iter().find(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid(format!(
            "the embedded engine does not support array positions in filters: '{position}' in '{path}'"
        )));
    }
    let (parents, last) = path.split();
    let mut tables = Tables::default();
    let mut object = "body".to_owned();
    for (level, parent) in parents.iter().enumerate() {
        let label = json_path(&[parent]);
        // An array's elements, or the one object. For a plain or missing value an empty object stands in, in which
        // everything below is missing: MongoDB takes `{"a": 1}` for one where `a.b` is null, but not `{"a": [1]}`.
        tables.from.push(format!(
            "json_each(CASE json_type({object}, {label}) WHEN 'array' THEN {object} -> {label} \
             WHEN 'object' THEN json_array({object} -> {label}) ELSE '[{{}}]' END) AS level{level}"
        ));
        tables.conditions.push(format!("level{level}.type = 'object'"));
        // SQLite evaluates conditions in any order, and a plain string is not JSON.
        object = format!("CASE level{level}.type WHEN 'object' THEN level{level}.value END");
    }
    Ok(Holder { tables, object, label: json_path(&[last]) })
}

fn kind_of(value: &Json) -> Kind {
    match value {
        Json::Number(_) => Kind::Number,
        Json::Bool(_) => Kind::Boolean,
        _ => Kind::Text,
    }
}

fn never() -> String {
    "FALSE".to_owned()
}

fn negated(condition: &str) -> String {
    format!("(({condition}) IS NOT TRUE)")
}

fn all(terms: &[String]) -> String {
    if terms.is_empty() { "TRUE".to_owned() } else { joined(terms, "AND") }
}

fn any(terms: &[String]) -> String {
    if terms.is_empty() { never() } else { joined(terms, "OR") }
}

/// Joined as a balanced tree: SQLite limits how deep an expression is, and a plain chain is as deep as it is long.
fn joined(terms: &[String], operator: &str) -> String {
    match terms {
        [] => String::new(),
        [only] => only.clone(),
        several => {
            let (left, right) = several.split_at(several.len() / 2);
            format!("({} {operator} {})", joined(left, operator), joined(right, operator))
        }
    }
}

fn bounded(terms: Vec<String>) -> Result<Vec<String>, DataApiError> {
    if terms.len() > MAX_TERMS {
        return Err(DataApiError::TooLarge(format!(
            "a filter may have {MAX_TERMS} conditions side by side; this one has {}",
            terms.len()
        )));
    }
    Ok(terms)
}

fn deeper(nesting: usize) -> Result<usize, DataApiError> {
    nesting
        .checked_sub(1)
        .ok_or_else(|| DataApiError::TooLarge(format!("a filter may be nested {MAX_NESTING} levels deep")))
}

fn unsupported(operator: &str) -> DataApiError {
    invalid(format!("the embedded engine does not support {} in a filter", operator.escape_debug()))
}

fn not_comparable(path: &Path<'_>, value: &Json) -> DataApiError {
    invalid(format!("the embedded engine does not compare a field with {}: '{path}'", type_name(value)))
}
