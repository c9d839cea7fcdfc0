//! The operators of expressions: one table, and what each does with its arguments.
//!
//! Null and missing arguments make most of them null; a wrong type fails with the operator's name, as in MongoDB.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::super::compare::{compare, type_name};
use super::accumulator::Accumulator;
use super::calendar::{self, Moment, Unit};
use super::expression::{Call, Evaluated, is_true, wrong_type};
use super::number::{self, Number, Sum};
use crate::DataApiError;
use crate::date;
use crate::document::{MAX_DOCUMENT_BYTES, as_date};
use crate::error::invalid;

/// An operator as the table declares it.
pub(super) struct Operator {
    pub(super) name: &'static str,
    /// How many arguments it takes by position; `most` is 0 where it takes them by name only. Of the names, the first
    /// `least` must be there.
    pub(super) least: usize,
    pub(super) most: usize,
    /// The names of its arguments, by position, where it takes an object of them.
    pub(super) names: &'static [&'static str],
    pub(super) run: for<'a> fn(&Call<'a>) -> Evaluated<'a>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

type Run = for<'a> fn(&Call<'a>) -> Evaluated<'a>;

const MANY: usize = usize::MAX;

const fn positional(name: &'static str, least: usize, most: usize, run: Run) -> Operator {
    Operator { name, least, most, names: &[], run }
}

const fn named(name: &'static str, least: usize, names: &'static [&'static str], run: Run) -> Operator {
    Operator { name, least, most: 0, names, run }
}

/// A part of a date: `{$year: "$at"}` or `{$year: {date: "$at", timezone: "+02:00"}}`.
const fn part(name: &'static str) -> Operator {
    Operator { name, least: 1, most: 1, names: &["date", "timezone"], run: date_part }
}

static OPERATORS: &[Operator] = &[
    positional("$abs", 1, 1, whole_rounding),
    positional("$add", 0, MANY, add),
    positional("$and", 0, MANY, and_or),
    positional("$arrayElemAt", 2, 2, array_element),
    positional("$avg", 0, MANY, accumulated),
    positional("$ceil", 1, 1, whole_rounding),
    positional("$cmp", 2, 2, comparison),
    positional("$concat", 0, MANY, concat),
    Operator { name: "$cond", least: 3, most: 3, names: &["if", "then", "else"], run: cond },
    named("$dateAdd", 3, &["startDate", "unit", "amount", "timezone"], date_add),
    named("$dateDiff", 3, &["startDate", "endDate", "unit", "timezone", "startOfWeek"], date_difference),
    named(
        "$dateFromParts",
        1,
        &["year", "month", "day", "hour", "minute", "second", "millisecond", "timezone"],
        date_from_parts,
    ),
    named("$dateSubtract", 3, &["startDate", "unit", "amount", "timezone"], date_add),
    named("$dateToString", 1, &["date", "format", "timezone", "onNull"], date_to_string),
    named("$dateTrunc", 2, &["date", "unit", "binSize", "timezone", "startOfWeek"], date_truncate),
    part("$dayOfMonth"),
    part("$dayOfWeek"),
    part("$dayOfYear"),
    positional("$divide", 2, 2, divide),
    positional("$eq", 2, 2, comparison),
    positional("$first", 1, 1, array_element),
    positional("$floor", 1, 1, whole_rounding),
    positional("$gt", 2, 2, comparison),
    positional("$gte", 2, 2, comparison),
    part("$hour"),
    positional("$ifNull", 2, MANY, if_null),
    positional("$in", 2, 2, is_in),
    positional("$isArray", 1, 1, is_array),
    positional("$isNumber", 1, 1, is_number),
    part("$isoDayOfWeek"),
    part("$isoWeek"),
    part("$isoWeekYear"),
    positional("$last", 1, 1, array_element),
    positional("$lt", 2, 2, comparison),
    positional("$lte", 2, 2, comparison),
    positional("$max", 0, MANY, accumulated),
    part("$millisecond"),
    positional("$min", 0, MANY, accumulated),
    part("$minute"),
    positional("$mod", 2, 2, modulo),
    part("$month"),
    positional("$multiply", 0, MANY, multiply),
    positional("$ne", 2, 2, comparison),
    positional("$not", 1, 1, not),
    positional("$or", 0, MANY, and_or),
    positional("$round", 1, 2, rounding),
    part("$second"),
    positional("$size", 1, 1, size),
    positional("$strLenCP", 1, 1, string_length),
    positional("$substrCP", 3, 3, substring),
    positional("$subtract", 2, 2, subtract),
    positional("$sum", 0, MANY, accumulated),
    positional("$toBool", 1, 1, to_bool),
    positional("$toDate", 1, 1, to_date),
    positional("$toDouble", 1, 1, to_number),
    positional("$toInt", 1, 1, to_number),
    positional("$toLong", 1, 1, to_number),
    positional("$toLower", 1, 1, change_case),
    positional("$toString", 1, 1, to_string),
    positional("$toUpper", 1, 1, change_case),
    positional("$trunc", 1, 2, rounding),
    part("$week"),
    part("$year"),
];

/// The operator of this name.
pub(super) fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

#[allow(clippy::unnecessary_wraps, reason = "what operators give")]
fn given<'a>(value: impl Into<Value>) -> Evaluated<'a> {
    Ok(Some(Cow::Owned(value.into())))
}

fn null<'a>() -> Evaluated<'a> {
    given(Value::Null)
}

/// A UTC date as a value; only those within the years 0001 to 9999 can be stored or sent.
fn date_value<'a>(operator: &str, millis: Option<i64>) -> Evaluated<'a> {
    let millis = millis.filter(|millis| (date::MIN_MILLIS..=date::MAX_MILLIS).contains(millis));
    let millis = millis
        .ok_or_else(|| invalid(format!("the result of {operator} is not within the years 0001 to 9999")))?;
    given(crate::document::date(millis))
}

fn number_of(operator: &str, value: &Value) -> Result<Number, DataApiError> {
    Number::of(value).ok_or_else(|| wrong_type(operator, "a number", Some(value)))
}

/// A whole number, also from a double that is one.
fn integral(operator: &str, value: Option<&Value>) -> Result<i64, DataApiError> {
    value.and_then(Number::of).and_then(Number::integral).ok_or_else(|| match value {
        Some(Value::Number(_)) => {
            invalid(format!("{operator} needs a whole number, not one with a fraction"))
        }
        other => wrong_type(operator, "a whole number", other),
    })
}

// Comparison and logic

fn and_or<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let decided_by = call.operator.name == "$or";
    for position in 0..call.arguments.len() {
        if is_true(call.value(position)?.as_deref()) == decided_by {
            return given(decided_by);
        }
    }
    given(!decided_by)
}

fn not<'a>(call: &Call<'a>) -> Evaluated<'a> {
    given(!is_true(call.value(0)?.as_deref()))
}

fn comparison<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (left, right) = (call.value(0)?, call.value(1)?);
    // A missing field is less than anything, null included.
    let order = match (&left, &right) {
        (Some(left), Some(right)) => compare(left, right),
        _ => left.is_some().cmp(&right.is_some()),
    };
    match call.operator.name {
        "$eq" => given(order.is_eq()),
        "$ne" => given(order.is_ne()),
        "$gt" => given(order.is_gt()),
        "$gte" => given(order.is_ge()),
        "$lt" => given(order.is_lt()),
        "$lte" => given(order.is_le()),
        _ => given(order as i8),
    }
}

fn cond<'a>(call: &Call<'a>) -> Evaluated<'a> {
    call.value(if is_true(call.value(0)?.as_deref()) { 1 } else { 2 })
}

fn if_null<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let last = call.arguments.len().saturating_sub(1);
    for position in 0..last {
        if let Some(value) = call.present(position)? {
            return Ok(Some(value));
        }
    }
    call.value(last)
}

// Arithmetic

fn add<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut sum = Sum::default();
    let mut from = None;
    for position in 0..call.arguments.len() {
        let Some(value) = call.present(position)? else {
            return null();
        };
        match (Number::of(&value), as_date(&value)) {
            (Some(number), _) => sum.add(number),
            (_, Some(_)) if from.is_some() => return Err(invalid("$add takes one date at most")),
            (_, Some(date)) => from = Some(date),
            _ => return Err(wrong_type("$add", "numbers or a date", Some(&value))),
        }
    }
    match from {
        Some(from) => date_value("$add", later(from, &sum)),
        None => given(sum.value("$add")?),
    }
}

/// A date so many milliseconds later, doubles rounded half away from zero.
#[allow(clippy::cast_possible_truncation, reason = "saturates, and is then beyond the range of dates")]
fn later(from: i64, sum: &Sum) -> Option<i64> {
    let by = match sum.integer() {
        Some(integer) => i64::try_from(integer).ok()?,
        None => sum.as_f64().round() as i64,
    };
    from.checked_add(by)
}

fn subtract<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(left), Some(right)) = (call.present(0)?, call.present(1)?) else {
        return null();
    };
    match (Number::of(&left), as_date(&left), Number::of(&right), as_date(&right)) {
        (Some(left), _, Some(right), _) => given(match (left, right) {
            (Number::Integer(left), Number::Integer(right)) => {
                number::integer("$subtract", i128::from(left) - i128::from(right))?
            }
            _ => number::double("$subtract", left.as_f64() - right.as_f64())?,
        }),
        (_, Some(left), _, Some(right)) => {
            given(number::integer("$subtract", i128::from(left) - i128::from(right))?)
        }
        (_, Some(left), Some(right), _) => {
            let mut sum = Sum::default();
            sum.add(match right {
                Number::Integer(integer) => Number::Integer(-integer),
                Number::Double(double) => Number::Double(-double),
            });
            date_value("$subtract", later(left, &sum))
        }
        _ => Err(invalid(format!("$subtract cannot take {} from {}", type_name(&right), type_name(&left)))),
    }
}

fn multiply<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut product = Number::Integer(1);
    for position in 0..call.arguments.len() {
        let Some(value) = call.present(position)? else {
            return null();
        };
        product = match (product, number_of("$multiply", &value)?) {
            (Number::Integer(left), Number::Integer(right)) => Number::Integer(
                left.checked_mul(right)
                    .ok_or_else(|| invalid("the result of $multiply is beyond ±(2^53 − 1)"))?,
            ),
            (left, right) => Number::Double(left.as_f64() * right.as_f64()),
        };
    }
    given(product.into_value("$multiply")?)
}

fn divide<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(left), Some(right)) = (call.present(0)?, call.present(1)?) else {
        return null();
    };
    let (left, right) = (number_of("$divide", &left)?.as_f64(), number_of("$divide", &right)?.as_f64());
    if right == 0.0 {
        return Err(invalid("can't $divide by zero"));
    }
    given(number::double("$divide", left / right)?)
}

fn modulo<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(left), Some(right)) = (call.present(0)?, call.present(1)?) else {
        return null();
    };
    given(number::remainder(number_of("$mod", &left)?, number_of("$mod", &right)?)?.into_value("$mod")?)
}

/// `$abs`, `$ceil`, `$floor`
fn whole_rounding<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let operator = call.operator.name;
    let Some(value) = call.present(0)? else {
        return null();
    };
    let result = match (operator, number_of(operator, &value)?) {
        ("$abs", Number::Integer(integer)) => Number::Integer(integer.abs()),
        (_, Number::Integer(integer)) => Number::Integer(integer),
        ("$abs", Number::Double(double)) => Number::Double(double.abs()),
        ("$ceil", Number::Double(double)) => Number::Double(double.ceil()),
        (_, Number::Double(double)) => Number::Double(double.floor()),
    };
    given(result.into_value(operator)?)
}

/// `$round`, `$trunc`
fn rounding<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let operator = call.operator.name;
    let Some(value) = call.present(0)? else {
        return null();
    };
    let place = match call.present(1)? {
        None if call.has(1) => return null(),
        None => 0,
        Some(place) => integral(operator, Some(&place))?,
    };
    if !(-20..=100).contains(&place) {
        return Err(invalid(format!("{operator} rounds to a place from -20 to 100")));
    }
    given(number::round(number_of(operator, &value)?, place, operator == "$trunc").into_value(operator)?)
}

/// The accumulators as expressions: over the elements of one array, or over the arguments.
fn accumulated<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut accumulator = Accumulator::new(call.operator.name)?;
    match call.arguments {
        [_] => match call.value(0)? {
            Some(value) if value.is_array() => {
                for item in value.as_array().into_iter().flatten() {
                    accumulator.add(Some(Cow::Borrowed(item)));
                }
            }
            value => {
                accumulator.add(value);
            }
        },
        arguments => {
            for position in 0..arguments.len() {
                accumulator.add(call.value(position)?);
            }
        }
    }
    given(accumulator.finish()?)
}

// Strings

fn string_of<'v>(operator: &str, value: &'v Value) -> Result<&'v str, DataApiError> {
    value.as_str().ok_or_else(|| wrong_type(operator, "a string", Some(value)))
}

fn concat<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut text = String::new();
    for position in 0..call.arguments.len() {
        let Some(value) = call.present(position)? else {
            return null();
        };
        text.push_str(string_of("$concat", &value)?);
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(DataApiError::TooLarge(format!(
                "the result of $concat may have {MAX_DOCUMENT_BYTES} bytes"
            )));
        }
    }
    given(text)
}

/// A value as the string operators take it: numbers and dates as text, nothing as the empty string.
fn coerced(operator: &str, value: Option<&Value>) -> Result<String, DataApiError> {
    Ok(match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => match (Number::of(value), as_date(value)) {
            (Some(number), _) => number::text(number),
            (_, Some(millis)) => iso(millis)?,
            _ => return Err(wrong_type(operator, "a string, a number or a date", Some(value))),
        },
    })
}

/// As MongoDB writes a date: always with milliseconds.
fn iso(millis: i64) -> Result<String, DataApiError> {
    calendar::format("%Y-%m-%dT%H:%M:%S.%LZ", millis, 0)
}

fn change_case<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut text = coerced(call.operator.name, call.value(0)?.as_deref())?;
    // Of ASCII letters only, as in MongoDB.
    if call.operator.name == "$toLower" {
        text.make_ascii_lowercase();
    } else {
        text.make_ascii_uppercase();
    }
    given(text)
}

fn string_length<'a>(call: &Call<'a>) -> Evaluated<'a> {
    match call.value(0)?.as_deref() {
        Some(Value::String(text)) => given(text.chars().count()),
        other => Err(wrong_type("$strLenCP", "a string", other)),
    }
}

fn substring<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let text = coerced("$substrCP", call.value(0)?.as_deref())?;
    let natural = |position| {
        let number = integral("$substrCP", call.value(position)?.as_deref())?;
        usize::try_from(number)
            .map_err(|_| invalid("$substrCP needs a start and a length that are not negative"))
    };
    let (start, length) = (natural(1)?, natural(2)?);
    given(text.chars().skip(start).take(length).collect::<String>())
}

// Arrays

fn size<'a>(call: &Call<'a>) -> Evaluated<'a> {
    match call.value(0)?.as_deref() {
        Some(Value::Array(items)) => given(items.len()),
        other => Err(wrong_type("$size", "an array", other)),
    }
}

fn is_array<'a>(call: &Call<'a>) -> Evaluated<'a> {
    given(call.value(0)?.is_some_and(|value| value.is_array()))
}

fn is_number<'a>(call: &Call<'a>) -> Evaluated<'a> {
    given(call.value(0)?.is_some_and(|value| value.is_number()))
}

fn is_in<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let wanted = call.value(0)?;
    match call.value(1)?.as_deref() {
        Some(Value::Array(items)) => given(
            wanted.is_some_and(|wanted| items.iter().any(|item| compare(item, &wanted) == Ordering::Equal)),
        ),
        other => Err(wrong_type("$in", "an array as its second argument", other)),
    }
}

/// `$arrayElemAt`, `$first`, `$last`
fn array_element<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let operator = call.operator.name;
    let Some(array) = call.present(0)? else {
        return null();
    };
    let position = match operator {
        "$first" => 0,
        "$last" => -1,
        _ => match call.present(1)? {
            None => return null(),
            Some(position) => integral(operator, Some(&position))?,
        },
    };
    let items = array.as_array().ok_or_else(|| wrong_type(operator, "an array", Some(&array)))?;
    let from_end = usize::try_from(position.unsigned_abs()).ok();
    let position =
        if position < 0 { from_end.and_then(|back| items.len().checked_sub(back)) } else { from_end };
    let Some(position) = position.filter(|position| *position < items.len()) else {
        return Ok(None);
    };
    Ok(match array {
        Cow::Borrowed(array) => array.get(position).map(Cow::Borrowed),
        Cow::Owned(Value::Array(mut items)) => Some(Cow::Owned(items.swap_remove(position))),
        Cow::Owned(_) => None,
    })
}

// Conversions

fn unconvertible(operator: &str, value: &Value) -> DataApiError {
    invalid(format!("{operator} cannot convert {}", type_name(value)))
}

fn to_string<'a>(call: &Call<'a>) -> Evaluated<'a> {
    match call.present(0)? {
        None => null(),
        Some(value) => match value.as_ref() {
            Value::Bool(boolean) => given(boolean.to_string()),
            other => given(coerced("$toString", Some(other))?),
        },
    }
}

fn to_bool<'a>(call: &Call<'a>) -> Evaluated<'a> {
    match call.present(0)? {
        None => null(),
        Some(value) => given(is_true(Some(&value))),
    }
}

/// From a string; from a number, as milliseconds since 1970. (MongoDB refuses numbers that it holds in 32 bits; such
/// numbers are not told apart here.)
fn to_date<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let Some(value) = call.present(0)? else {
        return null();
    };
    if let Value::String(text) = value.as_ref() {
        let millis = date::parse(text).or_else(|| date::parse(&format!("{text}T00:00:00Z")));
        return date_value("$toDate", Some(millis.ok_or_else(|| {
            invalid("$toDate needs a string such as 2026-11-22 or 2026-11-22T20:05:32.125Z; no other form is supported")
        })?));
    }
    match (Number::of(&value), as_date(&value)) {
        (Some(number), _) => date_value("$toDate", Some(cut(number))),
        (_, Some(_)) => Ok(Some(value)),
        _ => Err(unconvertible("$toDate", &value)),
    }
}

/// Towards zero; saturates.
#[allow(clippy::cast_possible_truncation, reason = "a cut is what it is for")]
const fn cut(number: Number) -> i64 {
    match number {
        Number::Integer(integer) => integer,
        Number::Double(double) => double as i64,
    }
}

/// `$toInt`, `$toLong`, `$toDouble`
fn to_number<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let operator = call.operator.name;
    let Some(value) = call.present(0)? else {
        return null();
    };
    let number = match (value.as_ref(), operator) {
        (Value::Bool(boolean), _) => Number::Integer((*boolean).into()),
        (Value::Number(_), _) => number_of(operator, &value)?,
        // Rust also reads "inf" and "nan"; only what begins like a number is one.
        (Value::String(text), "$toDouble") if text.contains(|c: char| c.is_ascii_digit()) => {
            Number::Double(text.parse().map_err(|_| unreadable(operator))?)
        }
        (Value::String(text), "$toInt" | "$toLong") => {
            Number::Integer(text.parse().map_err(|_| unreadable(operator))?)
        }
        (Value::String(_), _) => return Err(unreadable(operator)),
        (other, _) => match as_date(other) {
            Some(millis) if operator != "$toInt" => Number::Integer(millis),
            _ => return Err(unconvertible(operator, other)),
        },
    };
    match operator {
        "$toDouble" => given(number::double(operator, number.as_f64())?),
        "$toInt" if i32::try_from(cut(number)).is_err() => {
            Err(invalid("$toInt would overflow: not within ±2^31"))
        }
        _ => given(number::integer(operator, cut(number).into())?),
    }
}

fn unreadable(operator: &str) -> DataApiError {
    invalid(format!("{operator} cannot read a string as a number"))
}

// Dates

/// The date at a position, and nothing where there is none.
fn date_of(call: &Call<'_>, position: usize) -> Result<Option<i64>, DataApiError> {
    let Some(value) = call.present(position)? else {
        return Ok(None);
    };
    as_date(&value).map(Some).ok_or_else(|| wrong_type(call.operator.name, "a date", Some(&value)))
}

/// The value that a text names; nothing where the text is null or missing. Literals are quoted in the message, because
/// they come from the pipeline.
fn read_text<T>(
    call: &Call<'_>,
    position: usize,
    what: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, DataApiError> {
    let Some(value) = call.present(position)? else {
        return Ok(None);
    };
    let operator = call.operator.name;
    let text = value.as_str().ok_or_else(|| wrong_type(operator, what, Some(&value)))?;
    read(text).map(Some).ok_or_else(|| {
        let quoted = match &value {
            _ if call.is_literal(position) => format!(", not '{}'", text.escape_debug()),
            _ => String::new(),
        };
        invalid(format!("{operator} needs {what}{quoted}"))
    })
}

/// The offset of the time zone at a position: 0 where none is written, nothing where it is null.
fn zone(call: &Call<'_>, position: usize) -> Result<Option<i64>, DataApiError> {
    if !call.has(position) {
        return Ok(Some(0));
    }
    let what = "a time zone that is UTC or an offset such as +02:00 (the embedded engine has no named zones)";
    read_text(call, position, what, calendar::offset)
}

fn unit(call: &Call<'_>, position: usize) -> Result<Option<Unit>, DataApiError> {
    let what = "a unit: year, quarter, month, week, day, hour, minute, second or millisecond";
    read_text(call, position, what, Unit::parse)
}

/// The first day of a week, ISO-numbered: Sunday where none is written. Only weeks have one.
fn first_day(call: &Call<'_>, position: usize, unit: Unit) -> Result<Option<i64>, DataApiError> {
    if unit != Unit::WEEK || !call.has(position) {
        return Ok(Some(7));
    }
    read_text(call, position, "a day of the week as startOfWeek", calendar::day_of_week)
}

fn date_part<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(millis), Some(offset)) = (date_of(call, 0)?, zone(call, 1)?) else {
        return null();
    };
    let name = call.operator.name.trim_start_matches('$');
    given(Moment::at(millis + offset).part(name))
}

fn date_truncate<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(millis), Some(unit), Some(offset)) = (date_of(call, 0)?, unit(call, 1)?, zone(call, 3)?) else {
        return null();
    };
    let size = match call.present(2)? {
        None if call.has(2) => return null(),
        None => 1,
        Some(size) => integral("$dateTrunc", Some(&size))?,
    };
    if size < 1 {
        return Err(invalid("$dateTrunc needs a binSize of at least 1"));
    }
    let Some(first_day) = first_day(call, 4, unit)? else {
        return null();
    };
    let local = unit.truncate(millis + offset, size, first_day);
    date_value("$dateTrunc", local.and_then(|local| local.checked_sub(offset)))
}

/// `$dateAdd`, `$dateSubtract`
fn date_add<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let operator = call.operator.name;
    let (Some(millis), Some(unit), Some(amount), Some(offset)) =
        (date_of(call, 0)?, unit(call, 1)?, call.present(2)?, zone(call, 3)?)
    else {
        return null();
    };
    let amount = integral(operator, Some(&amount))?;
    let amount = if operator == "$dateSubtract" { -amount } else { amount };
    let local = unit.add(millis + offset, amount);
    date_value(operator, local.and_then(|local| local.checked_sub(offset)))
}

fn date_difference<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let (Some(start), Some(end), Some(unit), Some(offset)) =
        (date_of(call, 0)?, date_of(call, 1)?, unit(call, 2)?, zone(call, 3)?)
    else {
        return null();
    };
    let Some(first_day) = first_day(call, 4, unit)? else {
        return null();
    };
    given(unit.difference(start + offset, end + offset, first_day))
}

fn date_to_string<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let format = call.present(1)?;
    if format.is_none() && call.has(1) {
        return null();
    }
    let Some(millis) = date_of(call, 0)? else {
        return if call.has(3) { call.value(3) } else { null() };
    };
    let Some(offset) = zone(call, 2)? else {
        return null();
    };
    let format = match &format {
        Some(format) => string_of("$dateToString", format)?,
        None if offset == 0 => "%Y-%m-%dT%H:%M:%S.%LZ",
        None => "%Y-%m-%dT%H:%M:%S.%L",
    };
    given(calendar::format(format, millis + offset, offset)?)
}

fn date_from_parts<'a>(call: &Call<'a>) -> Evaluated<'a> {
    let mut parts = [1, 1, 1, 0, 0, 0, 0];
    for (position, part) in parts.iter_mut().enumerate() {
        *part = match call.present(position)? {
            None if call.has(position) => return null(),
            None => *part,
            Some(value) => integral("$dateFromParts", Some(&value))?,
        };
    }
    let Some(offset) = zone(call, 7)? else {
        return null();
    };
    let [year, month, day, hour, minute, second, millisecond] = parts;
    if !(1..=9999).contains(&year) {
        return Err(invalid("$dateFromParts needs a year from 1 to 9999"));
    }
    // Parts beyond their usual range go on counting into the next larger one.
    let limit = i64::from(i16::MAX);
    if [month, day, hour, minute].iter().any(|part| part.abs() > limit) {
        return Err(invalid(format!("$dateFromParts needs a month, day, hour and minute within ±{limit}")));
    }
    let minutes = (date::days_from_civil(year, month, day) * 24 + hour) * 60 + minute;
    let seconds = second.checked_add(minutes * 60);
    let local = seconds.and_then(|seconds| seconds.checked_mul(1000)?.checked_add(millisecond));
    date_value("$dateFromParts", local.and_then(|local| local.checked_sub(offset)))
}
