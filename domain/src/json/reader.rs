//! The deserializer. What is generic here is compiled for every type that is read, so it is next to nothing; what does the
//! work is not generic.

use std::vec;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Number, Value, map};

use super::{Misfit, NULLABLE};

/// The largest whole number that is the same in JavaScript, 2^53 − 1; its negative is the smallest.
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// What is allowed.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Whether to refuse fields that are not known.
    exact: bool,
    /// Whether to refuse what else a client cannot have meant: `null` where it means nothing, numbers that are not safe.
    strict: bool,
    /// Whether every scalar is a text.
    texts: bool,
}

impl Rules {
    pub(super) const LENIENT: Self = Self { exact: false, strict: false, texts: false };
    pub(super) const EXACT: Self = Self { exact: true, strict: false, texts: false };
    pub(super) const STRICT: Self = Self { exact: true, strict: true, texts: false };
    pub(super) const PARAMETERS: Self = Self { exact: true, strict: true, texts: true };

    /// Refuses a whole number that the two sides would not hold alike.
    fn number(self, number: &Number) -> Result<(), Misfit> {
        let safe = match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number <= LARGEST,
            (None, Some(number)) => number.unsigned_abs() <= LARGEST,
            (None, None) => true,
        };
        if safe || !self.strict {
            return Ok(());
        }
        Err(Misfit::new(format!("must be a whole number of at most {LARGEST}")))
    }
}

/// A value that is about to be read.
pub(super) struct Reader {
    /// Nothing for a field that is not there: an `Option` is `None` then, all else cannot be read.
    value: Option<Value>,
    rules: Rules,
    /// Whether `null` means something here.
    nullable: bool,
}

/// A whole number.
enum Whole {
    Positive(u64),
    Negative(i64),
}

impl Reader {
    pub(super) const fn new(value: Value, rules: Rules) -> Self {
        Self { value: Some(value), rules, nullable: !rules.strict }
    }

    fn value(self) -> Result<Value, Misfit> {
        match self.value {
            None => Err(Misfit::new("is missing")),
            Some(Value::Null) if !self.nullable => Err(Misfit::new("must not be null")),
            Some(value) => Ok(value),
        }
    }

    fn text(self, expected: &dyn Expected) -> Result<String, Misfit> {
        match self.value()? {
            Value::String(text) => Ok(text),
            other => Err(unfit(&other, expected)),
        }
    }

    fn truth(self, expected: &dyn Expected) -> Result<bool, Misfit> {
        let texts = self.rules.texts;
        match self.value()? {
            Value::Bool(truth) => Ok(truth),
            Value::String(text) if texts => text.parse().map_err(|_| Misfit::new("must be true or false")),
            other => Err(unfit(&other, expected)),
        }
    }

    fn whole(self, expected: &dyn Expected) -> Result<Whole, Misfit> {
        let rules = self.rules;
        let number = match self.value()? {
            Value::Number(number) => number,
            Value::String(text) if rules.texts => {
                parse_whole(&text).ok_or_else(|| Misfit::new("must be a whole number"))?
            }
            other => return Err(unfit(&other, expected)),
        };
        rules.number(&number)?;
        match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Ok(Whole::Positive(number)),
            (None, Some(number)) => Ok(Whole::Negative(number)),
            (None, None) => Err(unfit(&Value::Number(number), expected)),
        }
    }

    fn fraction(self, expected: &dyn Expected) -> Result<f64, Misfit> {
        let rules = self.rules;
        let number = match self.value()? {
            Value::Number(number) => {
                rules.number(&number)?;
                number.as_f64()
            }
            Value::String(text) if rules.texts => text.parse().ok(),
            other => return Err(unfit(&other, expected)),
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| Misfit::new("must be a number"))
    }

    fn items(self, expected: &dyn Expected) -> Result<Parts, Misfit> {
        let rules = self.rules;
        match self.value()? {
            Value::Array(items) => Ok(Parts::of_array(items, rules)),
            other => Err(unfit(&other, expected)),
        }
    }

    fn members(self, expected: &dyn Expected) -> Result<Members, Misfit> {
        let rules = self.rules;
        match self.value()? {
            Value::Object(object) => Ok(Members::of(object, rules)),
            other => Err(unfit(&other, expected)),
        }
    }

    /// The fields of a struct.
    fn fields(self, names: &'static [&'static str]) -> Result<Parts, Misfit> {
        let rules = self.rules;
        let object = match self.value()? {
            Value::Object(object) => object,
            other => return Err(unfit(&other, &"an object")),
        };
        let unknown = |key: &&String| !names.iter().any(|name| spellings(name).any(|name| name == *key));
        if rules.exact
            && let Some(key) = object.keys().find(unknown)
        {
            let known = names.join(", ");
            return Err(Misfit::new(format!("is not known here; known are {known}")).under(key));
        }
        Ok(Parts { source: Source::Object(object, names), rules, next: 0, absent: false })
    }

    fn variant(self) -> Result<Variant, Misfit> {
        let rules = self.rules;
        let (name, content) = match self.value()? {
            Value::String(name) => (name, None),
            Value::Object(object) if !rules.strict && object.len() == 1 => {
                object.into_iter().next().map(|(name, content)| (name, Some(content))).unwrap_or_default()
            }
            other => return Err(unfit(&other, &"a text")),
        };
        Ok(Variant { name, content: Reader { value: content, rules, nullable: !rules.strict } })
    }
}

/// The names by which a field is looked up, the newest first.
fn spellings(name: &str) -> impl Iterator<Item = &str> {
    name.split('|')
}

/// A text that is a whole number; `parse` would also take a plus sign.
fn parse_whole(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse::<u64>().map(Number::from).or_else(|_| text.parse::<i64>().map(Number::from)).ok()
}

fn unfit(value: &Value, expected: &dyn Expected) -> Misfit {
    let unexpected = match value {
        Value::Null => Unexpected::Other("null"),
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Unexpected::Unsigned(number),
            (None, Some(number)) => Unexpected::Signed(number),
            (None, None) => Unexpected::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Other("an array"),
        Value::Object(_) => Unexpected::Other("an object"),
    };
    Misfit::invalid_type(unexpected, expected)
}

macro_rules! read {
    ($($method:ident: $part:ident, $visit:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            let part = self.$part(&visitor)?;
            visitor.$visit(part)
        })*
    };
}

macro_rules! forward {
    ($($method:ident to $other:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            self.$other(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let rules = self.rules;
        match self.value()? {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => {
                rules.number(&number)?;
                match (number.as_u64(), number.as_i64()) {
                    (Some(number), _) => visitor.visit_u64(number),
                    (None, Some(number)) => visitor.visit_i64(number),
                    (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
                }
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(&mut Parts::of_array(items, rules)),
            Value::Object(object) => visitor.visit_map(Members::of(object, rules)),
        }
    }

    read! {
        deserialize_bool: truth, visit_bool;
        deserialize_f64: fraction, visit_f64;
        deserialize_string: text, visit_string;
        deserialize_map: members, visit_map;
    }

    forward! {
        deserialize_i8 to deserialize_i64,
        deserialize_i16 to deserialize_i64,
        deserialize_i32 to deserialize_i64,
        deserialize_u8 to deserialize_i64,
        deserialize_u16 to deserialize_i64,
        deserialize_u32 to deserialize_i64,
        deserialize_u64 to deserialize_i64,
        deserialize_f32 to deserialize_f64,
        deserialize_char to deserialize_string,
        deserialize_str to deserialize_string
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.whole(&visitor)? {
            Whole::Positive(number) => visitor.visit_u64(number),
            Whole::Negative(number) => visitor.visit_i64(number),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let text = self.text(&visitor)?;
        visitor.visit_str(&text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            None => visitor.visit_none(),
            Some(Value::Null) if self.nullable => visitor.visit_none(),
            Some(Value::Null) => Err(Misfit::new("must not be null; leave it out instead")),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if self.value.is_none() {
            return Err(Misfit::new("is missing"));
        }
        self.nullable |= name == NULLABLE;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let mut items = self.items(&visitor)?;
        visitor.visit_seq(&mut items)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Misfit> {
        let mut items = self.items(&visitor)?;
        let mut read = visitor.visit_seq(&mut items);
        if let Some(misfit) = items.left().filter(|_| read.is_ok()) {
            read = Err(misfit);
        }
        read
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let mut fields = self.fields(fields)?;
        let mut read = visitor.visit_seq(&mut fields);
        if let Err(misfit) = &mut read {
            fields.explain(misfit);
        }
        read
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(self.variant()?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}

/// What a sequence or a struct consists of, one part after the other.
struct Parts {
    source: Source,
    rules: Rules,
    /// How many have been asked for.
    next: usize,
    /// Whether the last one asked for is a field that is not there.
    absent: bool,
}

enum Source {
    Array(vec::IntoIter<Value>),
    Object(Map<String, Value>, &'static [&'static str]),
}

impl Parts {
    fn of_array(items: Vec<Value>, rules: Rules) -> Self {
        Self { source: Source::Array(items.into_iter()), rules, next: 0, absent: false }
    }

    fn next(&mut self) -> Option<Reader> {
        let value = match &mut self.source {
            Source::Array(items) => Some(items.next()?),
            Source::Object(object, names) => {
                spellings(names.get(self.next)?).find_map(|name| object.remove(name))
            }
        };
        self.next += 1;
        self.absent = value.is_none();
        Some(Reader { value, rules: self.rules, nullable: !self.rules.strict })
    }

    /// Why the last part asked for could not be read; nothing if it is not there. Then the struct knows what to put in its
    /// place, or fails, and [`Parts::explain`] says why.
    fn failed(&self, misfit: Misfit) -> Option<Misfit> {
        let at = self.next.saturating_sub(1);
        match self.source {
            _ if self.absent => None,
            Source::Array(_) => Some(misfit.under(&at.to_string())),
            Source::Object(_, names) => Some(misfit.under(newest(names, at))),
        }
    }

    /// Tells of a struct that could not be read which field was missing, if one was.
    fn explain(&self, misfit: &mut Misfit) {
        if let Source::Object(_, names) = self.source
            && self.absent
        {
            *misfit = Misfit::missing_field(newest(names, self.next.saturating_sub(1)));
        }
    }

    /// What is wrong if not all was asked for.
    fn left(&self) -> Option<Misfit> {
        match &self.source {
            Source::Array(items) if items.len() > 0 => {
                let (right, all) = (self.next, self.next + items.len());
                Some(Misfit::new(format!("has {all} items; {right} would be right")))
            }
            _ => None,
        }
    }
}

fn newest(names: &'static [&'static str], at: usize) -> &'static str {
    names.get(at).and_then(|name| spellings(name).next()).unwrap_or_default()
}

impl<'de> SeqAccess<'de> for Parts {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Misfit> {
        let Some(part) = self.next() else { return Ok(None) };
        match seed.deserialize(part) {
            Ok(read) => Ok(Some(read)),
            Err(misfit) => self.failed(misfit).map_or(Ok(None), Err),
        }
    }
}

/// The members of an object whose names are not known beforehand.
struct Members {
    rest: map::IntoIter,
    key: String,
    value: Value,
    rules: Rules,
}

impl Members {
    fn of(object: Map<String, Value>, rules: Rules) -> Self {
        Self { rest: object.into_iter(), key: String::new(), value: Value::Null, rules }
    }

    fn next(&mut self) -> Option<Reader> {
        (self.key, self.value) = self.rest.next()?;
        let key = Some(Value::String(self.key.clone()));
        Some(Reader { value: key, rules: Rules { texts: true, ..self.rules }, nullable: false })
    }

    fn value(&mut self) -> Reader {
        Reader::new(std::mem::take(&mut self.value), self.rules)
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Misfit> {
        let Some(key) = self.next() else { return Ok(None) };
        match seed.deserialize(key) {
            Ok(key) => Ok(Some(key)),
            Err(misfit) => Err(misfit.under(&self.key)),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let mut read = seed.deserialize(self.value());
        if let Err(misfit) = &mut read {
            misfit.place_under(&self.key);
        }
        read
    }
}

/// A variant of an enum: its name, and what else is said, where it is an object.
struct Variant {
    name: String,
    content: Reader,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Misfit;
    type Variant = Reader;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader), Misfit> {
        let name = Reader { value: Some(Value::String(self.name)), ..self.content };
        Ok((seed.deserialize(name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Reader {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.value {
            None | Some(Value::Null) => Ok(()),
            Some(other) => Err(unfit(&other, &"nothing more than its name")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        if self.value.is_none() {
            return Err(Misfit::new("needs more than its name"));
        }
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_struct("", fields, visitor)
    }
}
