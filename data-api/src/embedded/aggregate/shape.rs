//! `$project`, `$addFields` (`$set`) and `$unset`: which fields a document has afterwards.
//!
//! All three are one tree of field names. Existing fields are kept or dropped first; then what is computed is put in
//! place, every expression seeing the document as it came. Names reach through objects, and into each object of an
//! array.

use serde_json::Value;

use super::super::compare::is_scalar;
use super::super::path::Path;
use super::expression::{Expression, Scope, object};
use super::memory::Growth;
use crate::DataApiError;
use crate::document::{Document, MAX_DEPTH, as_members};
use crate::error::invalid;

/// A stage that has been checked.
pub(super) struct Shape {
    mode: Mode,
    fields: Fields,
    /// `_id` comes along with what is included, unless it is excluded by name.
    computes: bool,
}

/// What becomes of fields that are not named.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    /// They go.
    Include,
    /// They stay.
    Exclude,
    /// They stay, and nothing goes but what is computed to be missing.
    Add,
}

type Fields = Vec<(String, Node)>;

enum Node {
    Include,
    Exclude,
    Compute(Expression),
    Below(Fields),
}

impl Shape {
    /// `$project`
    pub(super) fn project(operand: &Value) -> Result<Self, DataApiError> {
        let spec = object("$project", operand)?;
        if spec.is_empty() {
            return Err(invalid("$project needs at least one field"));
        }
        let mut reader = Reader { stage: "$project", mode: None, computes: false };
        let mut fields = Fields::new();
        let mut id = None;
        for (name, value) in spec {
            match flag(value) {
                // It may be left out among fields that are included, and the other way round.
                Some(include) if name == "_id" => id = Some(include),
                _ => reader.read(&mut fields, name, value, MAX_DEPTH)?,
            }
        }
        let mode = reader.mode.unwrap_or(if id == Some(true) { Mode::Include } else { Mode::Exclude });
        let computed_id = fields.iter().any(|(name, _)| name == "_id");
        match (mode, id) {
            (Mode::Include, Some(true) | None) if !computed_id => {
                fields.insert(0, ("_id".to_owned(), Node::Include));
            }
            (Mode::Exclude, Some(false)) => fields.push(("_id".to_owned(), Node::Exclude)),
            _ => {}
        }
        Ok(Self { mode, fields, computes: reader.computes })
    }

    /// `$addFields`, `$set`
    pub(super) fn add(stage: &'static str, operand: &Value) -> Result<Self, DataApiError> {
        let spec = object(stage, operand)?;
        if spec.is_empty() {
            return Err(invalid(format!("{stage} needs at least one field")));
        }
        let mut reader = Reader { stage, mode: Some(Mode::Add), computes: false };
        let mut fields = Fields::new();
        for (name, value) in spec {
            reader.read(&mut fields, name, value, MAX_DEPTH)?;
        }
        Ok(Self { mode: Mode::Add, fields, computes: reader.computes })
    }

    /// `$unset`
    pub(super) fn unset(operand: &Value) -> Result<Self, DataApiError> {
        let names = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
        let mut fields = Fields::new();
        for name in names {
            let name =
                name.as_str().ok_or_else(|| invalid("$unset needs a field's name or a list of names"))?;
            insert("$unset", &mut fields, Path::parse(name)?.parts(), Node::Exclude)?;
        }
        if fields.is_empty() {
            return Err(invalid("$unset needs at least one field"));
        }
        Ok(Self { mode: Mode::Exclude, fields, computes: false })
    }

    pub(super) fn apply(&self, document: Value, now: i64) -> Result<Value, DataApiError> {
        if !self.computes {
            return Ok(self.keep(document));
        }
        let mut shaped = self.keep(document.clone());
        compute(&self.fields, &mut shaped, Scope::new(&document, now), &mut Growth::default())?;
        Ok(shaped)
    }

    fn keep(&self, document: Value) -> Value {
        match self.mode {
            Mode::Add => document,
            mode => keep(&self.fields, mode, document).unwrap_or_else(|| Value::Object(Document::new())),
        }
    }
}

/// What a stage's operand says, while it is read.
struct Reader {
    stage: &'static str,
    mode: Option<Mode>,
    computes: bool,
}

impl Reader {
    fn read(
        &mut self,
        fields: &mut Fields,
        name: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), DataApiError> {
        let path = Path::parse(name)?;
        let node = match (flag(value), as_members(value)) {
            (Some(include), _) if self.mode != Some(Mode::Add) => {
                self.is(if include { Mode::Include } else { Mode::Exclude }, name)?;
                if include { Node::Include } else { Node::Exclude }
            }
            // An object without an operator names fields below.
            (_, Some(below)) if !below.keys().any(|name| name.starts_with('$')) => {
                let depth = depth.checked_sub(1).filter(|_| !below.is_empty());
                let depth = depth.ok_or_else(|| {
                    invalid(format!("{} needs fields or an operator in the object at '{path}'", self.stage))
                })?;
                let mut inner = Fields::new();
                for (name, value) in below {
                    self.read(&mut inner, name, value, depth)?;
                }
                Node::Below(inner)
            }
            _ => {
                if self.mode != Some(Mode::Add) {
                    self.is(Mode::Include, name)?;
                }
                self.computes = true;
                Node::Compute(Expression::parse(value)?)
            }
        };
        insert(self.stage, fields, path.parts(), node)
    }

    fn is(&mut self, mode: Mode, name: &str) -> Result<(), DataApiError> {
        if *self.mode.get_or_insert(mode) == mode {
            return Ok(());
        }
        let name = name.escape_debug();
        Err(invalid(format!(
            "$project includes and computes fields or excludes them, not both: '{name}' differs from those before"
        )))
    }
}

/// Whether a value of a projection says "this one" or "not this one".
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        _ => None,
    }
}

fn insert(stage: &str, fields: &mut Fields, parts: &[&str], node: Node) -> Result<(), DataApiError> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(());
    };
    let collision =
        || invalid(format!("{stage} names '{}' twice, or a field and one below it", first.escape_debug()));
    let known = fields.iter_mut().find(|(name, _)| name == first).map(|(_, node)| node);
    match (known, rest.is_empty(), node) {
        (None, true, node) => fields.push(((*first).to_owned(), node)),
        (None, false, node) => {
            let mut below = Fields::new();
            insert(stage, &mut below, rest, node)?;
            fields.push(((*first).to_owned(), Node::Below(below)));
        }
        (Some(Node::Below(below)), false, node) => insert(stage, below, rest, node)?,
        (Some(Node::Below(below)), true, Node::Below(more)) => {
            for (name, node) in more {
                insert(stage, below, &[&name], node)?;
            }
        }
        (Some(_), ..) => return Err(collision()),
    }
    Ok(())
}

/// What is left of a value; nothing where fields below a plain value are wanted.
fn keep(fields: &Fields, mode: Mode, value: Value) -> Option<Value> {
    match value {
        plain if is_scalar(&plain) => (mode == Mode::Exclude).then_some(plain),
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(|item| keep(fields, mode, item)).collect()))
        }
        Value::Object(members) => {
            let kept = members.into_iter().filter_map(|(name, value)| {
                let node = fields.iter().find(|(known, _)| *known == name).map(|(_, node)| node);
                let value = match node {
                    None => (mode == Mode::Exclude).then_some(value),
                    Some(Node::Include) => Some(value),
                    // What is computed comes after what was there.
                    Some(Node::Exclude | Node::Compute(_)) => None,
                    Some(Node::Below(below)) => keep(below, mode, value),
                };
                value.map(|value| (name, value))
            });
            Some(Value::Object(kept.collect()))
        }
        plain => Some(plain),
    }
}

/// Puts the computed fields into an object, or into each object of an array; a plain value gives way to an object.
fn compute(
    fields: &Fields,
    value: &mut Value,
    scope: Scope<'_>,
    growth: &mut Growth,
) -> Result<(), DataApiError> {
    if let Value::Array(items) = value {
        return items.iter_mut().try_for_each(|item| compute(fields, item, scope, growth));
    }
    if as_members(value).is_none() {
        *value = Value::Object(Document::new());
    }
    let Value::Object(members) = value else {
        return Ok(());
    };
    for (name, node) in fields {
        match node {
            Node::Compute(expression) => match expression.evaluate(scope)? {
                Some(computed) => {
                    growth.by(&computed)?;
                    members.insert(name.clone(), computed.into_owned());
                }
                None => {
                    members.shift_remove(name);
                }
            },
            Node::Below(below) if computes(below) => {
                compute(below, members.entry(name.as_str()).or_insert(Value::Null), scope, growth)?;
            }
            Node::Include | Node::Exclude | Node::Below(_) => {}
        }
    }
    Ok(())
}

fn computes(fields: &Fields) -> bool {
    fields.iter().any(|(_, node)| match node {
        Node::Compute(_) => true,
        Node::Below(below) => computes(below),
        Node::Include | Node::Exclude => false,
    })
}
