//! A filter as an SQL condition with MongoDB's meaning.
//!
//! A declared field is one SQL expression, so its conditions can use an index. Any other field may hold arrays anywhere
//! along its path; its conditions ask `EXISTS` over what MongoDB would look at: each element of an array, and of arrays
//! on the way the objects in them. A condition is true, or it is false *or null*; [`negated`] alone cares, and so null
//! never leaks into `$ne`, `$nin`, `$not` and `$nor`.

use serde_json::Value as Json;
use voxora_domain::sql::Value;

use super::compare::{as_f64, is_scalar, type_name};
use super::fields::{Column, column, literal};
use super::list;
use super::path::{Path, json_path};
use super::pattern::Pattern;
use super::text::{self, Access};
use crate::DataApiError;
use crate::document::{Document, as_date, check_number, check_value};
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
    /// What FTS5 shall match, where the filter holds a `$text`.
    pub(super) search: Option<String>,
    /// The texts that it looks for in the declared list.
    pub(super) listed: Vec<Value>,
}

/// Translates a filter into a condition on the rows of `documents`.
pub(super) fn compile(schema: &CollectionSchema, filter: &Document) -> Result<Condition, DataApiError> {
    compile_on(Some(schema), "body", filter, Access::Lead, list::Access::Lead)
}

/// The same, with a choice of how the declared list is looked up.
pub(super) fn compile_listed(
    schema: &CollectionSchema,
    filter: &Document,
    listing: list::Access,
) -> Result<Condition, DataApiError> {
    compile_on(Some(schema), "body", filter, Access::Lead, listing)
}

/// The same, with a choice of how a `$text` is looked up.
pub(super) fn compile_with(
    schema: &CollectionSchema,
    filter: &Document,
    access: Access,
) -> Result<Condition, DataApiError> {
    compile_on(Some(schema), "body", filter, access, list::Access::Lead)
}

/// Translates a filter into a condition on objects that are not stored: those that the SQL expression `object` gives.
pub(super) fn compile_unstored(object: &str, filter: &Document) -> Result<Condition, DataApiError> {
    compile_on(None, object, filter, Access::Lead, list::Access::Lead)
}

fn compile_on(
    schema: Option<&CollectionSchema>,
    object: &str,
    filter: &Document,
    access: Access,
    listing: list::Access,
) -> Result<Condition, DataApiError> {
    let (parameters, listed) = (Vec::new(), Vec::new());
    let mut compiler =
        Compiler { parameters, aliases: 0, access, search: None, searched: false, listing, listed };
    let root = Root { schema, object };
    let sql =
        compiler.document(&root, filter, Place { nesting: MAX_NESTING, searchable: schema.is_some() })?;
    // `bounded` has kept the parts below that; what joins them counts too.
    if sql.len() > MAX_CONDITION_BYTES {
        return Err(too_large());
    }
    if compiler.parameters.len() > MAX_PARAMETERS {
        return Err(DataApiError::TooLarge(format!(
            "the filter is too large: it compares with {} values; {MAX_PARAMETERS} are possible",
            compiler.parameters.len()
        )));
    }
    let Compiler { parameters, search, listed, .. } = compiler;
    Ok(Condition { sql, parameters, search, listed })
}

/// Whether a filter holds a `$text` where one may stand.
pub(super) fn searches(filter: &Document) -> bool {
    filter.iter().any(|(name, condition)| match (name.as_str(), condition) {
        ("$text", _) => true,
        ("$and", Json::Array(terms)) => terms.iter().filter_map(Json::as_object).any(searches),
        _ => false,
    })
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
            (field, value) => match operators(value) {
                None => found.push((field, value)),
                Some(operators) => {
                    if operators.get("$in").and_then(Json::as_array).is_some_and(|values| values.len() == 1) {
                        return Err(one_element("$in"));
                    }
                    found.extend(operators.get("$eq").map(|value| (field, value)));
                    let all = operators.get("$all").and_then(Json::as_array).into_iter().flatten();
                    found.extend(
                        all.filter(|value| self::operators(value).is_none()).map(|value| (field, value)),
                    );
                }
            },
        }
    }
    Ok(())
}

fn one_element(operator: &str) -> DataApiError {
    invalid(format!("an upsert does not support {operator} with one element; use an equality"))
}

/// The operators in a condition on a field; `None` where it is a value to be equal to. As in MongoDB, the first name
/// decides.
fn operators(condition: &Json) -> Option<&Document> {
    let operators = condition.as_object()?;
    (operators.keys().next()?.starts_with('$') && as_date(condition).is_none()).then_some(operators)
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

/// Where in a filter a condition stands.
#[derive(Clone, Copy)]
struct Place {
    /// How many levels there may still be below.
    nesting: usize,
    /// Whether `$text` may stand here: at the top and in `$and` only.
    searchable: bool,
}

impl Place {
    fn below(self) -> Result<Self, DataApiError> {
        match self.nesting.checked_sub(1) {
            Some(nesting) => Ok(Self { nesting, searchable: false }),
            None => Err(DataApiError::TooLarge(format!("a filter may be nested {MAX_NESTING} levels deep"))),
        }
    }
}

/// The object whose fields a filter speaks about.
struct Root<'a> {
    /// The declarations for a stored document.
    schema: Option<&'a CollectionSchema>,
    /// Its SQL expression.
    object: &'a str,
}

/// What operators speak about.
enum Subject<'a> {
    /// What a path leads to.
    Field(&'a Root<'a>, Path<'a>),
    /// An element of an array, by the table that has it as its row. Not its elements in turn.
    Element(String),
}

impl std::fmt::Display for Subject<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(_, path) => write!(formatter, "'{path}'"),
            Self::Element(_) => formatter.write_str("an element"),
        }
    }
}

/// The SQL expressions through which one value in a document is compared.
enum Operand {
    /// A declared field or `_id`.
    Column(Column),
    /// Whatever else: the rows of the table `leaf`, the last of these tables or one around them.
    Candidates { tables: Tables, leaf: String },
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
            format!("({conditions})")
        } else {
            format!("EXISTS (SELECT 1 FROM {} WHERE {conditions})", self.from.join(", "))
        }
    }
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

struct Compiler {
    parameters: Vec<Value>,
    /// How many tables have a name.
    aliases: usize,
    access: Access,
    /// Whether there was a `$text`, and what FTS5 shall match for it.
    searched: bool,
    search: Option<String>,
    listing: list::Access,
    listed: Vec<Value>,
}

impl Compiler {
    fn document(&mut self, root: &Root<'_>, filter: &Document, place: Place) -> Result<String, DataApiError> {
        let mut terms = filter.iter().map(|(name, condition)| match name.as_str() {
            "$and" => {
                let place = Place { searchable: place.searchable, ..place.below()? };
                Ok(all(&self.list(root, name, condition, place)?))
            }
            "$or" => Ok(any(&self.list(root, name, condition, place.below()?)?)),
            "$nor" => Ok(negated(&any(&self.list(root, name, condition, place.below()?)?))),
            "$text" => self.text(root, condition, place),
            operator if operator.starts_with('$') => Err(unsupported(operator)),
            field => {
                if let Some(texts) = root.schema.and_then(|schema| list::wanted(schema, field, condition)) {
                    return Ok(self.listed(texts));
                }
                let subject = Subject::Field(root, Path::parse(field)?);
                match operators(condition) {
                    Some(operators) => self.operators(&subject, operators, place),
                    None => self.compare(&subject, Comparison::Equal, condition),
                }
            }
        });
        Ok(all(&bounded(&mut terms)?))
    }

    /// The operand of `$and`, `$or` and `$nor`.
    fn list(
        &mut self,
        root: &Root<'_>,
        name: &str,
        operand: &Json,
        place: Place,
    ) -> Result<Vec<String>, DataApiError> {
        let terms = operand.as_array().filter(|terms| !terms.is_empty());
        let terms = terms.ok_or_else(|| invalid(format!("{name} must be a list of at least one filter")))?;
        let mut terms = terms.iter().map(|term| match term {
            Json::Object(filter) => self.document(root, filter, place),
            other => Err(invalid(format!("{name} must hold filters, not {}", type_name(other)))),
        });
        bounded(&mut terms)
    }

    /// One of these texts is in the declared list.
    fn listed(&mut self, texts: Vec<String>) -> String {
        self.listed.extend(texts.iter().cloned().map(Value::Text));
        let values: Vec<String> = texts.into_iter().map(|text| self.bind(Value::Text(text))).collect();
        self.listing.sql(&values.join(", "))
    }

    fn text(&mut self, root: &Root<'_>, operand: &Json, place: Place) -> Result<String, DataApiError> {
        if !place.searchable || std::mem::replace(&mut self.searched, true) {
            return Err(invalid("$text may stand once in a filter, at its top or in $and"));
        }
        if root.schema.is_none_or(|schema| schema.text.is_none()) {
            return Err(invalid("text index required for $text query: this collection declares none"));
        }
        Ok(match text::parse(operand)? {
            Some(expression) => {
                self.search = Some(expression.clone());
                let expression = self.bind(Value::Text(expression));
                self.access.sql(&expression)
            }
            None => never(),
        })
    }

    fn operators(
        &mut self,
        subject: &Subject<'_>,
        operators: &Document,
        place: Place,
    ) -> Result<String, DataApiError> {
        let mut terms = operators.iter().map(|(operator, value)| match operator.as_str() {
            "$eq" => self.compare(subject, Comparison::Equal, value),
            "$ne" => Ok(negated(&self.compare(subject, Comparison::Equal, value)?)),
            "$gt" => self.compare(subject, Comparison::Greater, value),
            "$gte" => self.compare(subject, Comparison::GreaterOrEqual, value),
            "$lt" => self.compare(subject, Comparison::Less, value),
            "$lte" => self.compare(subject, Comparison::LessOrEqual, value),
            "$in" => self.one_of(subject, operator, value),
            "$nin" => Ok(negated(&self.one_of(subject, operator, value)?)),
            "$exists" => self.exists(subject, value),
            "$type" => self.of_type(subject, value),
            "$size" => self.size(subject, value),
            "$all" => self.all_of(subject, value, place),
            "$elemMatch" => self.element(subject, value, place),
            "$regex" => self.pattern(subject, value, operators.get("$options")),
            "$options" if operators.contains_key("$regex") => Ok(all(&[])),
            "$options" => Err(invalid(format!("$options of {subject} needs a $regex beside it"))),
            "$not" => match self::operators(value) {
                Some(operators) => Ok(negated(&self.operators(subject, operators, place.below()?)?)),
                None => Err(invalid(format!("$not of {subject} needs operators, such as {{\"$gt\": 5}}"))),
            },
            other => Err(unsupported(other)),
        });
        Ok(all(&bounded(&mut terms)?))
    }

    fn compare(
        &mut self,
        subject: &Subject<'_>,
        comparison: Comparison,
        value: &Json,
    ) -> Result<String, DataApiError> {
        if !is_scalar(value) {
            return match comparison {
                Comparison::Equal => self.equals_container(subject, value),
                _ => Err(invalid(format!(
                    "the embedded engine does not compare by order with {}: {subject}",
                    type_name(value)
                ))),
            };
        }
        let operand = self.operand(subject, false)?;
        let Some(kind) = kind_of(value) else {
            return Ok(if comparison.includes_equal() { operand.is_null() } else { never() });
        };
        if !operand.may_hold(kind) {
            return Ok(never());
        }
        if let (Subject::Field(Root { schema: Some(schema), .. }, path), Comparison::Equal) =
            (subject, comparison)
            && let Some(literal) = literal(schema, path, value)
        {
            return Ok(operand.is(kind, &format!("= {literal}")));
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
            Json::String(text) => self.bind(Value::Text(text.clone())),
            date => self.bind(Value::Integer(as_date(date).unwrap_or_default())),
        };
        Ok(operand.is(kind, &format!("{} {parameter}", comparison.sql())))
    }

    /// Equality with a whole array or object: the same names and values in the same order, 1 being equal to 1.0.
    fn equals_container(&mut self, subject: &Subject<'_>, value: &Json) -> Result<String, DataApiError> {
        check_value(value)?;
        let Operand::Candidates { tables, leaf } = self.operand(subject, value.is_array())? else {
            return Ok(never());
        };
        let wanted = if value.is_array() { "array" } else { "object" };
        let parameter = self.bind(Value::Text(value.to_string()));
        // As many values, and each at the same path and the same place in the order of all. They are counted first: one
        // that is much larger than what is wanted is no reason to write out its paths.
        let found = format!("json_tree(CASE {leaf}.type WHEN '{wanted}' THEN {leaf}.value END)");
        let count = "(SELECT count(*) FROM";
        let values = "SELECT row_number() OVER (), fullkey, CASE type WHEN 'integer' THEN 'real' ELSE type END, atom FROM";
        Ok(tables.have(&[&format!(
            "EXISTS (SELECT 1 FROM (SELECT {parameter} AS json) AS wanted WHERE \
             CASE WHEN {count} {found}) = {count} json_tree(wanted.json)) \
             THEN NOT EXISTS ({values} {found} EXCEPT {values} json_tree(wanted.json)) END)"
        )]))
    }

    /// `$in` and `$nin`: one parameter for each type of scalar in the list, however long it is.
    fn one_of(&mut self, subject: &Subject<'_>, operator: &str, list: &Json) -> Result<String, DataApiError> {
        let values =
            list.as_array().ok_or_else(|| invalid(format!("{operator} of {subject} needs a list")))?;
        if values.iter().any(|value| operators(value).is_some()) {
            return Err(invalid(format!("{operator} of {subject} needs values, not operators")));
        }
        let mut terms = Vec::new();
        if values.iter().any(Json::is_null) {
            terms.push(self.operand(subject, false)?.is_null());
        }
        for kind in Kind::ALL {
            let of_kind: Vec<_> =
                values.iter().filter(|value| is_scalar(value) && kind_of(value) == Some(kind)).collect();
            match of_kind.as_slice() {
                [] => {}
                [value] => terms.push(self.compare(subject, Comparison::Equal, value)?),
                values => {
                    let operand = self.operand(subject, false)?;
                    if operand.may_hold(kind) {
                        for number in values.iter().filter_map(|value| value.as_number()) {
                            check_number(number)?;
                        }
                        let list = values.iter().map(|value| match as_date(value) {
                            Some(millis) => millis.into(),
                            None => (*value).clone(),
                        });
                        let parameter = self.bind(Value::Text(Json::Array(list.collect()).to_string()));
                        terms.push(
                            operand.is(kind, &format!("IN (SELECT value FROM json_each({parameter}))")),
                        );
                    }
                }
            }
        }
        let containers = values.iter().filter(|value| !is_scalar(value));
        let containers = containers.map(|container| self.equals_container(subject, container));
        Ok(any(&bounded(&mut terms.into_iter().map(Ok).chain(containers))?))
    }

    fn exists(&mut self, subject: &Subject<'_>, wanted: &Json) -> Result<String, DataApiError> {
        let wanted = match wanted {
            Json::Bool(wanted) => *wanted,
            Json::Number(number) => as_f64(number) != 0.0,
            other => {
                return Err(invalid(format!(
                    "$exists of {subject} needs true or false, not {}",
                    type_name(other)
                )));
            }
        };
        let there = match subject {
            Subject::Field(Root { schema: Some(schema), .. }, path) if column(schema, path).is_some() => {
                // No array can be on the way.
                format!("json_type(body, {}) IS NOT NULL", path.to_sql())
            }
            Subject::Field(root, path) => {
                let Holder { tables, object, label } = self.holder(root, path)?;
                tables.have(&[&format!("json_type({object}, {label}) IS NOT NULL")])
            }
            Subject::Element(_) => all(&[]),
        };
        Ok(if wanted { there } else { negated(&there) })
    }

    fn of_type(&mut self, subject: &Subject<'_>, wanted: &Json) -> Result<String, DataApiError> {
        let wanted = match wanted {
            Json::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        // Only what is there has a type, so this asks past the declarations, which do not tell null from missing.
        let (tables, leaf, there) = match subject {
            Subject::Field(root, path) => {
                let holder = self.holder(root, path)?;
                let there = format!("json_type({}, {}) IS NOT NULL", holder.object, holder.label);
                let (tables, leaf) = self.candidates(holder, true);
                (tables, leaf, there)
            }
            Subject::Element(leaf) => (Tables::default(), leaf.clone(), all(&[])),
        };
        let mut conditions = wanted.iter().map(|wanted| {
            let name = match (wanted, wanted.as_i64()) {
                (Json::String(name), _) => name.as_str(),
                (_, Some(1)) => "double",
                (_, Some(2)) => "string",
                (_, Some(3)) => "object",
                (_, Some(4)) => "array",
                (_, Some(8)) => "bool",
                (_, Some(9)) => "date",
                (_, Some(10)) => "null",
                (_, Some(16)) => "int",
                (_, Some(18)) => "long",
                _ => return Err(invalid(format!("$type of {subject} needs the names of types"))),
            };
            Ok(match name {
                "double" => format!("{leaf}.type = 'real'"),
                "number" => format!("{leaf}.type IN ('integer', 'real')"),
                "string" => format!("{leaf}.type = 'text'"),
                "bool" => format!("{leaf}.type IN ('true', 'false')"),
                "null" => format!("{leaf}.type = 'null'"),
                "array" => format!("{leaf}.type = 'array'"),
                "object" => is_object(&leaf),
                "date" => {
                    format!(
                        "CASE {leaf}.type WHEN 'object' THEN {leaf}.value ->> '$.\"$date\"' END IS NOT NULL"
                    )
                }
                other => {
                    return Err(invalid(format!(
                        "the embedded engine does not support the type {} in $type of {subject}",
                        other.escape_debug()
                    )));
                }
            })
        });
        let conditions = bounded(&mut conditions)?;
        if conditions.is_empty() {
            return Err(invalid(format!("$type of {subject} needs at least one type")));
        }
        // A missing field reads as null, so it is asked for in the same place.
        Ok(tables.have(&[&there, &any(&conditions)]))
    }

    fn size(&mut self, subject: &Subject<'_>, wanted: &Json) -> Result<String, DataApiError> {
        let size =
            wanted.as_f64().filter(|size| size.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(size));
        let size =
            size.ok_or_else(|| invalid(format!("$size of {subject} needs a whole number from 0 on")))?;
        let (tables, array) = self.array(subject)?;
        Ok(tables.have(&[&format!("json_array_length({array}) = {size}")]))
    }

    fn all_of(&mut self, subject: &Subject<'_>, list: &Json, place: Place) -> Result<String, DataApiError> {
        let values = list.as_array().ok_or_else(|| invalid(format!("$all of {subject} needs a list")))?;
        if values.is_empty() {
            return Ok(never());
        }
        let matched: Vec<_> = values.iter().map(|value| value.get("$elemMatch")).collect();
        let mut terms =
            values.iter().zip(&matched).map(|(value, element)| match (element, operators(value)) {
                (Some(element), Some(operators)) if operators.len() == 1 => {
                    self.element(subject, element, place)
                }
                (None, None) if matched.iter().all(Option::is_none) => {
                    self.compare(subject, Comparison::Equal, value)
                }
                _ => Err(invalid(format!("$all of {subject} needs values, or an $elemMatch each"))),
            });
        Ok(all(&bounded(&mut terms)?))
    }

    /// `$elemMatch`: an element that is an object and matches a filter, or an element for which operators hold.
    fn element(
        &mut self,
        subject: &Subject<'_>,
        operand: &Json,
        place: Place,
    ) -> Result<String, DataApiError> {
        let Json::Object(wanted) = operand else {
            return Err(invalid(format!(
                "$elemMatch of {subject} needs conditions, not {}",
                type_name(operand)
            )));
        };
        let place = place.below()?;
        let (mut tables, array) = self.array(subject)?;
        let element = self.alias();
        tables.from.push(format!("json_each({array}) AS {element}"));
        let condition = match operators(operand) {
            Some(operators)
                if !["$and", "$or", "$nor"].contains(&wanted.keys().next().map_or("", String::as_str)) =>
            {
                self.operators(&Subject::Element(element), operators, place)?
            }
            _ => {
                // An array in the array counts as an object with its positions for names; none of them can be asked for.
                tables.conditions.push(format!("({} OR {element}.type = 'array')", is_object(&element)));
                let object = format!(
                    "CASE {element}.type WHEN 'object' THEN {element}.value WHEN 'array' THEN '{{}}' END"
                );
                self.document(&Root { schema: None, object: &object }, wanted, place)?
            }
        };
        Ok(tables.have(&[&condition]))
    }

    fn pattern(
        &mut self,
        subject: &Subject<'_>,
        pattern: &Json,
        options: Option<&Json>,
    ) -> Result<String, DataApiError> {
        let text = |name: &str, value: &Json| match value {
            Json::String(text) => Ok(text.clone()),
            other => Err(invalid(format!("{name} of {subject} needs a string, not {}", type_name(other)))),
        };
        let options = options.map(|options| text("$options", options)).transpose()?.unwrap_or_default();
        let pattern = Pattern::parse(&subject.to_string(), &text("$regex", pattern)?, &options)?;
        let operand = self.operand(subject, false)?;
        if !operand.may_hold(Kind::Text) {
            return Ok(never());
        }
        let mut bind = |text: &str| self.bind(Value::Text(text.to_owned()));
        Ok(match operand {
            Operand::Column(column) => pattern.sql(&column.sql, &mut bind),
            Operand::Candidates { tables, leaf } => {
                let matches = pattern.sql(&format!("{leaf}.value"), &mut bind);
                tables.have(&[&format!("{leaf}.type = 'text'"), &matches])
            }
        })
    }

    /// Parameters are bound in the order in which they are written, so a fragment may be used once only.
    fn bind(&mut self, value: Value) -> String {
        self.parameters.push(value);
        "?".to_owned()
    }

    /// A new name for a table: an inner one of the same name would hide an outer one.
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// What a subject is compared by. An array counts by its elements; with `whole` it also counts itself.
    fn operand(&mut self, subject: &Subject<'_>, whole: bool) -> Result<Operand, DataApiError> {
        let (root, path) = match subject {
            Subject::Element(leaf) => {
                return Ok(Operand::Candidates { tables: Tables::default(), leaf: leaf.clone() });
            }
            Subject::Field(root, path) => (root, path),
        };
        if let Some(column) = root.schema.and_then(|schema| column(schema, path)) {
            return Ok(Operand::Column(column));
        }
        let holder = self.holder(root, path)?;
        let (tables, leaf) = self.candidates(holder, whole);
        Ok(Operand::Candidates { tables, leaf })
    }

    /// The rows that a free path leads to.
    fn candidates(&mut self, holder: Holder, whole: bool) -> (Tables, String) {
        let Holder { mut tables, object, label } = holder;
        let leaf = self.alias();
        let value = format!("{object} -> {label}");
        let array = if whole { format!("json_insert({value}, '$[#]', {value})") } else { value.clone() };
        // The elements of an array, or the one value; a missing one reads as null, which is how MongoDB compares it.
        tables.from.push(format!(
            "json_each(CASE json_type({object}, {label}) WHEN 'array' THEN {array} ELSE json_array({value}) END) AS {leaf}"
        ));
        (tables, leaf)
    }

    /// The array that a subject is, as an expression that is null where it is none.
    fn array(&mut self, subject: &Subject<'_>) -> Result<(Tables, String), DataApiError> {
        Ok(match subject {
            Subject::Element(element) => {
                (Tables::default(), format!("CASE {element}.type WHEN 'array' THEN {element}.value END"))
            }
            Subject::Field(root, path) => {
                let Holder { tables, object, label } = self.holder(root, path)?;
                (
                    tables,
                    format!("CASE json_type({object}, {label}) WHEN 'array' THEN {object} -> {label} END"),
                )
            }
        })
    }

    fn holder(&mut self, root: &Root<'_>, path: &Path<'_>) -> Result<Holder, DataApiError> {
        if let Some(position) =
            path.parts().iter().find(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(invalid(format!(
                "the embedded engine does not support array positions in filters: '{position}' in '{path}'"
            )));
        }
        let (parents, last) = path.split();
        let mut tables = Tables::default();
        let mut object = root.object.to_owned();
        for parent in parents {
            let level = self.alias();
            let label = json_path(&[parent]);
            let date = json_path(&[parent, "$date"]);
            // An array's elements, or the one object. For a plain or missing value an empty object stands in, in which
            // everything below is missing: MongoDB takes `{"a": 1}` for one where `a.b` is null, but not `{"a": [1]}`.
            tables.from.push(format!(
                "json_each(CASE json_type({object}, {label}) WHEN 'array' THEN {object} -> {label} WHEN 'object' \
                 THEN CASE WHEN json_type({object}, {date}) IS NULL THEN json_array({object} -> {label}) ELSE '[{{}}]' END \
                 ELSE '[{{}}]' END) AS {level}"
            ));
            tables.conditions.push(is_object(&level));
            // SQLite evaluates conditions in any order, and a plain string is not JSON.
            object = format!("CASE {level}.type WHEN 'object' THEN {level}.value END");
        }
        Ok(Holder { tables, object, label: json_path(&[last]) })
    }
}

impl Operand {
    /// Whether a comparison with a value of this kind can hold: a value never compares with one of another type, which
    /// is MongoDB's type bracketing.
    fn may_hold(&self, kind: Kind) -> bool {
        match self {
            Self::Column(column) => column.kind == kind,
            Self::Candidates { .. } => true,
        }
    }

    /// The value is of this kind, and the comparison holds for it.
    fn is(&self, kind: Kind, comparison: &str) -> String {
        match self {
            Self::Column(column) => format!("{} {comparison}", column.sql),
            Self::Candidates { tables, leaf } => {
                let types = match kind {
                    Kind::Text => format!("{leaf}.type = 'text'"),
                    Kind::Number => format!("{leaf}.type IN ('integer', 'real')"),
                    Kind::Boolean => format!("{leaf}.type IN ('true', 'false')"),
                    Kind::Date => {
                        // Null for every other object, for which no comparison holds.
                        let millis =
                            format!("CASE {leaf}.type WHEN 'object' THEN {leaf}.value ->> '$.\"$date\"' END");
                        return tables.have(&[&format!("{millis} {comparison}")]);
                    }
                };
                tables.have(&[&types, &format!("{leaf}.value {comparison}")])
            }
        }
    }

    /// The value is null, or nothing is there.
    fn is_null(&self) -> String {
        match self {
            Self::Column(column) if column.nullable => format!("{} IS NULL", column.sql),
            Self::Column(_) => never(),
            Self::Candidates { tables, leaf } => tables.have(&[&format!("{leaf}.type = 'null'")]),
        }
    }
}

/// The row of a table is an object, which a date is not.
fn is_object(table: &str) -> String {
    format!("CASE {table}.type WHEN 'object' THEN json_type({table}.value, '$.\"$date\"') IS NULL END")
}

/// The kind of a scalar; `None` for null.
fn kind_of(value: &Json) -> Option<Kind> {
    Some(match value {
        Json::Null => return None,
        Json::Number(_) => Kind::Number,
        Json::Bool(_) => Kind::Boolean,
        Json::String(_) => Kind::Text,
        _ => Kind::Date,
    })
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

/// The terms, as far as they are not too many or too long: they are made one by one, so that of a filter beyond the
/// limits no more is made than that.
fn bounded(
    terms: &mut dyn Iterator<Item = Result<String, DataApiError>>,
) -> Result<Vec<String>, DataApiError> {
    let mut made = Vec::new();
    let mut bytes = 0;
    for term in terms {
        let term = term?;
        bytes += term.len();
        if made.len() == MAX_TERMS {
            return Err(DataApiError::TooLarge(format!(
                "a filter may have {MAX_TERMS} conditions side by side; this one has more"
            )));
        }
        if bytes > MAX_CONDITION_BYTES {
            return Err(too_large());
        }
        made.push(term);
    }
    Ok(made)
}

fn too_large() -> DataApiError {
    DataApiError::TooLarge(format!(
        "the filter is too large: it would make more than {MAX_CONDITION_BYTES} bytes of SQL"
    ))
}

fn unsupported(operator: &str) -> DataApiError {
    invalid(format!("the embedded engine does not support {} in a filter", operator.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::{MAX_CONDITION_BYTES, MAX_TERMS, bounded};

    #[test]
    fn no_more_is_made_than_is_allowed() {
        for (bytes, expected) in [(1, MAX_TERMS + 1), (40_000, MAX_CONDITION_BYTES / 40_000 + 1)] {
            let mut made = 0;
            let mut endless = std::iter::repeat_with(|| {
                made += 1;
                Ok("x".repeat(bytes))
            });
            assert!(bounded(&mut endless).is_err());
            assert_eq!(made, expected);
        }
    }
}
