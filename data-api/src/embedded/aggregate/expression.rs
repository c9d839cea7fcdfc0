//! Expressions: read once from a pipeline, evaluated on each document.
//!
//! What an expression gives is a value or nothing: MongoDB tells a missing field from null, and so does this. Borrowed
//! values are what a document or the pipeline holds, so that reading a field copies nothing.

use std::borrow::Cow;

use serde_json::Value;

use super::super::compare::type_name;
use super::memory::Growth;
use super::operators::{Operator, operator};
use crate::DataApiError;
use crate::document::{Document, as_date, as_members, check_value, date};
use crate::error::invalid;

/// What an expression gives: a value, or nothing, or the reason why it fails.
pub(super) type Evaluated<'a> = Result<Option<Cow<'a, Value>>, DataApiError>;

/// An expression that has been checked.
#[derive(Debug)]
pub(super) enum Expression {
    Literal(Value),
    /// A path from a variable on; the document itself is the variable `ROOT`.
    Path(Variable, Vec<String>),
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    /// An operator with its arguments; absent ones that may be are `None`.
    Call(&'static Operator, Vec<Option<Self>>),
    /// `$switch`
    Switch {
        branches: Vec<(Self, Self)>,
        default: Option<Box<Self>>,
    },
    /// `$map` and, where it does not map but choose, `$filter`.
    Each {
        input: Box<Self>,
        name: String,
        body: Box<Self>,
        choose: bool,
    },
}

/// Where a path begins.
#[derive(Debug)]
pub(super) enum Variable {
    Root,
    Now,
    Remove,
    /// One that `$map` or `$filter` binds.
    Bound(String),
}

/// What an expression is evaluated on.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) root: &'a Value,
    /// `$$NOW`, in milliseconds since 1970.
    pub(super) now: i64,
    bound: Option<&'a Binding<'a>>,
}

struct Binding<'a> {
    name: &'a str,
    value: &'a Value,
    outer: Option<&'a Self>,
}

impl<'a> Scope<'a> {
    pub(super) const fn new(root: &'a Value, now: i64) -> Self {
        Self { root, now, bound: None }
    }

    fn bound(&self, name: &str) -> Option<&'a Value> {
        let mut binding = self.bound;
        while let Some(at) = binding {
            if at.name == name {
                return Some(at.value);
            }
            binding = at.outer;
        }
        None
    }
}

impl Expression {
    pub(super) fn parse(value: &Value) -> Result<Self, DataApiError> {
        Parser { variables: Vec::new() }.expression(value)
    }

    /// A path of the document, such as `"$a.b"`, or the document itself.
    pub(super) fn as_field(&self) -> Option<&[String]> {
        match self {
            Self::Path(Variable::Root, parts) => Some(parts),
            _ => None,
        }
    }

    pub(super) fn evaluate<'a>(&'a self, scope: Scope<'a>) -> Evaluated<'a> {
        Ok(match self {
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Path(variable, parts) => match variable {
                Variable::Root => descend(scope.root, parts),
                Variable::Bound(name) => scope.bound(name).and_then(|value| descend(value, parts)),
                // Nothing lies below a date.
                Variable::Now if parts.is_empty() => Some(Cow::Owned(date(scope.now))),
                Variable::Now | Variable::Remove => None,
            },
            Self::Object(members) => {
                let (mut object, mut growth) = (Document::new(), Growth::default());
                for (name, member) in members {
                    if let Some(value) = member.evaluate(scope)? {
                        growth.by(&value)?;
                        object.insert(name.clone(), value.into_owned());
                    }
                }
                Some(Cow::Owned(Value::Object(object)))
            }
            Self::Array(items) => {
                let mut growth = Growth::default();
                let items = items.iter().map(|item| {
                    let item = owned_or_null(item.evaluate(scope)?);
                    growth.by(&item).map(|()| item)
                });
                Some(Cow::Owned(Value::Array(items.collect::<Result<_, DataApiError>>()?)))
            }
            Self::Call(operator, arguments) => return (operator.run)(&Call { operator, arguments, scope }),
            Self::Switch { branches, default } => {
                for (case, then) in branches {
                    if is_true(case.evaluate(scope)?.as_deref()) {
                        return then.evaluate(scope);
                    }
                }
                let default = default.as_ref().ok_or_else(|| {
                    invalid(
                        "$switch could not find a matching branch for an input, and no default was specified",
                    )
                })?;
                return default.evaluate(scope);
            }
            Self::Each { input, name, body, choose } => {
                let operator = if *choose { "$filter" } else { "$map" };
                let Some(input) = input.evaluate(scope)?.filter(|value| !value.is_null()) else {
                    return Ok(Some(Cow::Owned(Value::Null)));
                };
                let items = input.as_array().ok_or_else(|| wrong_type(operator, "an array", Some(&input)))?;
                let (mut results, mut growth) = (Vec::new(), Growth::default());
                for item in items {
                    let binding = Binding { name, value: item, outer: scope.bound };
                    let result = body.evaluate(Scope { bound: Some(&binding), ..scope })?;
                    if !choose {
                        let result = owned_or_null(result);
                        growth.by(&result)?;
                        results.push(result);
                    } else if is_true(result.as_deref()) {
                        results.push(item.clone());
                    }
                }
                Some(Cow::Owned(Value::Array(results)))
            }
        })
    }
}

/// What a path leads to: through objects by name, and through each object of an array. A position in an array is not a
/// name in an expression.
pub(super) fn descend<'a>(value: &'a Value, parts: &[String]) -> Option<Cow<'a, Value>> {
    let Some((first, rest)) = parts.split_first() else {
        return Some(Cow::Borrowed(value));
    };
    if let Value::Array(items) = value {
        let objects = items.iter().filter(|item| item.is_object());
        let found = objects.filter_map(|item| descend(item, parts)).map(Cow::into_owned);
        return Some(Cow::Owned(Value::Array(found.collect())));
    }
    descend(as_members(value)?.get(first)?, rest)
}

/// Whether MongoDB takes a value for true: not so nothing, null, `false` and 0.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(_) => true,
    }
}

/// A result where nothing can stand: as an element of an array.
pub(super) fn owned_or_null(value: Option<Cow<'_, Value>>) -> Value {
    value.map_or(Value::Null, Cow::into_owned)
}

pub(super) fn wrong_type(operator: &str, wanted: &str, found: Option<&Value>) -> DataApiError {
    invalid(format!("{operator} needs {wanted}, not {}", found.map_or("a missing field", type_name)))
}

/// An operator at work.
pub(super) struct Call<'a> {
    pub(super) operator: &'static Operator,
    pub(super) arguments: &'a [Option<Expression>],
    pub(super) scope: Scope<'a>,
}

impl<'a> Call<'a> {
    /// What the argument at a position gives; nothing also where it was left out.
    pub(super) fn value(&self, position: usize) -> Evaluated<'a> {
        self.arguments
            .get(position)
            .and_then(Option::as_ref)
            .map_or(Ok(None), |argument| argument.evaluate(self.scope))
    }

    /// Whether the argument at a position is written out in the pipeline.
    pub(super) fn is_literal(&self, position: usize) -> bool {
        matches!(self.arguments.get(position), Some(Some(Expression::Literal(_))))
    }

    /// Whether the argument at a position was written at all.
    pub(super) fn has(&self, position: usize) -> bool {
        self.arguments.get(position).is_some_and(Option::is_some)
    }

    /// What the argument gives, with null counted as nothing.
    pub(super) fn present(&self, position: usize) -> Evaluated<'a> {
        Ok(self.value(position)?.filter(|value| !value.is_null()))
    }
}

/// Reads expressions; knows the variables that are bound where it is.
struct Parser {
    variables: Vec<String>,
}

impl Parser {
    fn expression(&mut self, value: &Value) -> Result<Expression, DataApiError> {
        match value {
            Value::String(text) if text.starts_with('$') => self.path(text),
            Value::Array(items) => items
                .iter()
                .map(|item| self.expression(item))
                .collect::<Result<_, _>>()
                .map(Expression::Array),
            Value::Object(members) if as_date(value).is_none() => match members.iter().next() {
                Some((name, operand)) if name.starts_with('$') => {
                    if members.len() > 1 {
                        return Err(invalid(format!(
                            "an expression has one operator; beside {} stand others",
                            name.escape_debug()
                        )));
                    }
                    self.operator(name, operand)
                }
                _ => {
                    let members = members.iter().map(|(name, member)| {
                        check_field_name(name)?;
                        Ok((name.clone(), self.expression(member)?))
                    });
                    members.collect::<Result<_, _>>().map(Expression::Object)
                }
            },
            literal => {
                check_value(literal)?;
                Ok(Expression::Literal(literal.clone()))
            }
        }
    }

    fn path(&self, text: &str) -> Result<Expression, DataApiError> {
        let malformed = || invalid(format!("'{}' is not a field path or variable", text.escape_debug()));
        let (variable, path) = match text.strip_prefix("$$") {
            None => (Variable::Root, text.strip_prefix('$').filter(|path| !path.is_empty())),
            Some(rest) => {
                let (name, path) =
                    rest.split_once('.').map_or((rest, None), |(name, path)| (name, Some(path)));
                let variable = match name {
                    "ROOT" | "CURRENT" => Variable::Root,
                    "NOW" => Variable::Now,
                    "REMOVE" => Variable::Remove,
                    bound if self.variables.iter().any(|variable| variable == bound) => {
                        Variable::Bound(bound.to_owned())
                    }
                    other => {
                        let other = other.escape_debug();
                        return Err(invalid(format!("the embedded engine has no variable $${other} here")));
                    }
                };
                (variable, path)
            }
        };
        if matches!(variable, Variable::Root) && path.is_none() && !text.starts_with("$$") {
            return Err(malformed());
        }
        let parts: Vec<_> = path.into_iter().flat_map(|path| path.split('.')).map(str::to_owned).collect();
        if parts.iter().any(|part| part.is_empty() || part.starts_with('$') || part.contains('\0')) {
            return Err(malformed());
        }
        Ok(Expression::Path(variable, parts))
    }

    fn operator(&mut self, name: &str, operand: &Value) -> Result<Expression, DataApiError> {
        match name {
            "$literal" => {
                check_value(operand)?;
                Ok(Expression::Literal(operand.clone()))
            }
            "$switch" => self.switch(operand),
            "$map" | "$filter" => self.each(name, operand),
            _ => {
                let operator = operator(name).ok_or_else(|| {
                    let name = name.escape_debug();
                    invalid(format!("the embedded engine does not support {name} in an expression"))
                })?;
                Ok(Expression::Call(operator, self.arguments(operator, operand)?))
            }
        }
    }

    fn arguments(
        &mut self,
        operator: &'static Operator,
        operand: &Value,
    ) -> Result<Vec<Option<Expression>>, DataApiError> {
        let Operator { name, least, most, names, .. } = operator;
        if !names.is_empty()
            && let Some(members) = as_members(operand)
            && members.keys().all(|name| !name.starts_with('$'))
        {
            let values = named_values(name, members, names, *least)?;
            return values
                .into_iter()
                .map(|value| value.map(|value| self.expression(value)).transpose())
                .collect();
        }
        if *most == 0 {
            return Err(invalid(format!("{name} needs an object with {}", names.join(", "))));
        }
        let items = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
        if !(*least..=*most).contains(&items.len()) {
            let wanted = match (least, most) {
                (_, &usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                _ => format!("{least} to {most}"),
            };
            return Err(invalid(format!("{name} takes {wanted} arguments, not {}", items.len())));
        }
        items.iter().map(|item| self.expression(item).map(Some)).collect()
    }

    fn switch(&mut self, operand: &Value) -> Result<Expression, DataApiError> {
        let members = object("$switch", operand)?;
        let values = named_values("$switch", members, &["branches", "default"], 1)?;
        let [branches, default] = values.as_slice() else {
            return Err(invalid("$switch needs branches"));
        };
        let branches = branches.and_then(Value::as_array).filter(|branches| !branches.is_empty());
        let branches = branches.ok_or_else(|| invalid("$switch needs a list of at least one branch"))?;
        let branches = branches.iter().map(|branch| {
            let branch = named_values("$switch", object("$switch", branch)?, &["case", "then"], 2)?;
            match branch.as_slice() {
                [Some(case), Some(then)] => Ok((self.expression(case)?, self.expression(then)?)),
                _ => Err(invalid("$switch needs case and then in each branch")),
            }
        });
        let branches = branches.collect::<Result<_, DataApiError>>()?;
        let default = default.map(|default| self.expression(default).map(Box::new)).transpose()?;
        Ok(Expression::Switch { branches, default })
    }

    fn each(&mut self, operator: &str, operand: &Value) -> Result<Expression, DataApiError> {
        let choose = operator == "$filter";
        let names = ["input", if choose { "cond" } else { "in" }, "as"];
        let values = named_values(operator, object(operator, operand)?, &names, 2)?;
        let [Some(input), Some(body), name] = values.as_slice() else {
            return Err(invalid(format!("{operator} needs {} and {}", names[0], names[1])));
        };
        let name = match name {
            None => "this",
            Some(Value::String(name)) if name.starts_with(|first: char| first.is_ascii_lowercase()) => name,
            Some(_) => {
                return Err(invalid(format!(
                    "{operator} needs a name in 'as' that begins with a lower-case letter"
                )));
            }
        };
        let input = Box::new(self.expression(input)?);
        self.variables.push(name.to_owned());
        let body = self.expression(body);
        self.variables.pop();
        Ok(Expression::Each { input, name: name.to_owned(), body: Box::new(body?), choose })
    }
}

/// The values under `names` in their order, of which the first `least` must be there and beside which no other may.
pub(super) fn named_values<'a>(
    operator: &str,
    members: &'a Document,
    names: &[&str],
    least: usize,
) -> Result<Vec<Option<&'a Value>>, DataApiError> {
    if let Some(unknown) = members.keys().find(|name| !names.contains(&name.as_str())) {
        let unknown = unknown.escape_debug();
        return Err(invalid(format!("{operator} does not take '{unknown}'; it takes {}", names.join(", "))));
    }
    if let Some(missing) = names.iter().take(least).find(|name| !members.contains_key(**name)) {
        return Err(invalid(format!("{operator} needs '{missing}'")));
    }
    Ok(names.iter().map(|name| members.get(*name)).collect())
}

/// The members of an operand that must be an object.
pub(super) fn object<'a>(operator: &str, operand: &'a Value) -> Result<&'a Document, DataApiError> {
    as_members(operand).ok_or_else(|| wrong_type(operator, "an object", Some(operand)))
}

/// Refuses a name that cannot be a field's.
pub(super) fn check_field_name(name: &str) -> Result<(), DataApiError> {
    if name.is_empty() || name.starts_with('$') || name.contains(['.', '\0']) {
        return Err(invalid(format!(
            "'{}' cannot name a field here: it is empty, begins with '$' or holds a dot or a NUL",
            name.escape_debug()
        )));
    }
    Ok(())
}
