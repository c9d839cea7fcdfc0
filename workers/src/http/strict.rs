//! Reads bodies and queries the strict way, whatever type is read: a struct only from an object (serde would also take an
//! array), no unknown fields, no `null` where it means nothing, no field twice, no whole number that JavaScript cannot hold.
//! A misfit names its place as a JSON pointer (RFC 6901).
//!
//! It is a serde `Deserializer` over a parsed value, so a wire type has to say nothing for it and cannot forget to.
//! serde hands whatever a struct does not know to `deserialize_ignored_any`; here, that refuses.

use std::fmt::{self, Display};

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Number, Value};
use voxora_domain::wire::{FieldError, NULLABLE};

/// The largest whole number that is the same in JavaScript, 2^53 − 1; its negative is the smallest.
const LARGEST: u64 = (1 << 53) - 1;

/// Why a value does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit(FieldError);

impl Misfit {
    fn new(detail: impl Into<String>) -> Self {
        Self(FieldError { pointer: String::new(), detail: detail.into() })
    }

    /// The same, seen from one level further up.
    fn under(mut self, key: &str) -> Self {
        self.0.pointer = format!("/{}{}", key.replace('~', "~0").replace('/', "~1"), self.0.pointer);
        self
    }

    pub fn into_inner(self) -> FieldError {
        self.0
    }
}

impl Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.pointer, self.0.detail)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = match expected.as_str() {
            "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
            "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
            other => other,
        };
        let unexpected = match unexpected {
            // Not the text itself: it may be a password.
            Unexpected::Str(_) => "a text".to_owned(),
            other => other.to_string(),
        };
        Self::new(format!("must be {expected}; it is {unexpected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}; it is {variant}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing").under(field)
    }
}

/// The value that a JSON text is.
///
/// # Errors
/// What is no JSON, or has a field twice.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Tree>(text).map(|tree| tree.0)
}

/// Reads a `T` from a body.
pub fn from_value<'de, T: de::Deserialize<'de>>(value: &'de Value) -> Result<T, Misfit> {
    T::deserialize(Strict { value, text: false, nullable: false, siblings: &[] })
}

/// Reads a `T` from parameters, all of which are texts: a number is one that reads as one.
pub fn from_parameters<'de, T: de::Deserialize<'de>>(parameters: &'de Value) -> Result<T, Misfit> {
    T::deserialize(Strict { value: parameters, text: true, nullable: false, siblings: &[] })
}

/// A value that is about to be read.
#[derive(Clone, Copy)]
struct Strict<'de> {
    value: &'de Value,
    /// Whether every scalar is a text.
    text: bool,
    /// Whether `null` means something here.
    nullable: bool,
    /// The fields there are beside this one.
    siblings: &'static [&'static str],
}

impl<'de> Strict<'de> {
    fn unexpected(self) -> Unexpected<'de> {
        match self.value {
            Value::Null => Unexpected::Other("null"),
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("a number"),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Other("an array"),
            Value::Object(_) => Unexpected::Other("an object"),
        }
    }

    fn object<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Object(object) => {
                visitor.visit_map(Fields { rest: object.iter(), next: None, known: fields, text: self.text })
            }
            _ => Err(de::Error::invalid_type(self.unexpected(), &"an object")),
        }
    }

    fn array<V: Visitor<'de>>(self, items: &'de [Value], visitor: V) -> Result<V::Value, Misfit> {
        let mut rest = Items { rest: items.iter().enumerate(), text: self.text };
        let read = visitor.visit_seq(&mut rest)?;
        match rest.rest.next() {
            None => Ok(read),
            Some((index, _)) => {
                Err(Misfit::new(format!("has {} items; {index} would be right", items.len())))
            }
        }
    }

    /// A parameter that is to be a number.
    fn number(self) -> Option<&'de str> {
        self.value.as_str().filter(|_| self.text)
    }

    fn whole<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Some(text) = self.number() else { return self.deserialize_any(visitor) };
        // `parse` would also take a plus sign.
        let digits = text.strip_prefix('-').unwrap_or(text);
        let number = text.parse::<i64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match number {
            Some(number) => whole(&number.into(), visitor),
            None => Err(Misfit::new("must be a whole number")),
        }
    }

    fn fraction<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Some(text) = self.number() else { return self.deserialize_any(visitor) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(Misfit::new("must be a number")),
        }
    }
}

/// A whole number that both sides hold alike.
fn whole<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Misfit> {
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) if number <= LARGEST => visitor.visit_u64(number),
        (None, Some(number)) if number.unsigned_abs() <= LARGEST => visitor.visit_i64(number),
        (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
        _ => Err(Misfit::new(format!("must be a whole number of at most {LARGEST}"))),
    }
}

macro_rules! numbers {
    ($($method:ident as $kind:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            self.$kind(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null => Err(Misfit::new("must not be null")),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => whole(number, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => self.array(items, visitor),
            Value::Object(_) => self.object(&[], visitor),
        }
    }

    numbers!(
        deserialize_u8 as whole,
        deserialize_u16 as whole,
        deserialize_u32 as whole,
        deserialize_u64 as whole,
        deserialize_i8 as whole,
        deserialize_i16 as whole,
        deserialize_i32 as whole,
        deserialize_i64 as whole,
        deserialize_f32 as fraction,
        deserialize_f64 as fraction
    );

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.number() {
            None => self.deserialize_any(visitor),
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            Some(_) => Err(Misfit::new("must be true or false")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null if self.nullable => visitor.visit_none(),
            Value::Null => Err(Misfit::new("must not be null; leave it out instead")),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(Self { nullable: self.nullable || name == NULLABLE, ..self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.object(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.value {
            Value::String(text) => visitor.visit_enum(name(text)),
            _ => Err(de::Error::invalid_type(self.unexpected(), &"a text")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Misfit> {
        Err(Misfit::new(format!("is not known here; known are {}", self.siblings.join(", "))))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}

fn name(text: &str) -> StrDeserializer<'_, Misfit> {
    text.into_deserializer()
}

struct Fields<'de> {
    rest: serde_json::map::Iter<'de>,
    next: Option<(&'de String, &'de Value)>,
    known: &'static [&'static str],
    text: bool,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        self.next = self.rest.next();
        self.next.map(|(key, _)| seed.deserialize(name(key)).map_err(|misfit| misfit.under(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (key, value) = self.next.ok_or_else(|| Misfit::new("has no value"))?;
        seed.deserialize(Strict { value, text: self.text, nullable: false, siblings: self.known })
            .map_err(|misfit| misfit.under(key))
    }
}

struct Items<'de> {
    rest: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
    text: bool,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some((index, value)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Strict { value, text: self.text, nullable: false, siblings: &[] })
            .map(Some)
            .map_err(|misfit| misfit.under(&index.to_string()))
    }
}

/// A JSON value in which no object has a field twice: of two, a proxy might look at one and we at the other.
struct Tree(Value);

impl<'de> de::Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Planter).map(Self)
    }
}

struct Planter;

impl<'de> Visitor<'de> for Planter {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Tree(value))) = fields.next_entry::<String, Tree>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the field {key:?} is there twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use voxora_domain::wire::{ConversationStatus, LoginRequest, UpdateConversationRequest};

    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, (String, String)> {
        let value = parse(body).map_err(|error| ("not JSON".to_owned(), error.to_string()))?;
        from_value(&value).map_err(|misfit| (misfit.0.pointer, misfit.0.detail))
    }

    fn pointer<T: for<'de> Deserialize<'de> + std::fmt::Debug>(body: &str) -> String {
        read::<T>(body).unwrap_err().0
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Nested {
        whole: u64,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        flag: bool,
        #[serde(default)]
        share: Option<f64>,
    }

    #[test]
    fn what_fits_is_read() {
        let read = read::<Nested>(r#"{"whole":7,"inner":[{"flag":true,"share":0.5},{"flag":false}]}"#);
        let inner = vec![Inner { flag: true, share: Some(0.5) }, Inner { flag: false, share: None }];
        assert_eq!(read.unwrap(), Nested { whole: 7, inner });
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        assert_eq!(pointer::<Nested>("[7,[]]"), "");
        assert_eq!(pointer::<Nested>(r#"{"whole":7,"inner":[[true]]}"#), "/inner/0");
        assert_eq!(pointer::<Nested>("7"), "");
        assert_eq!(pointer::<Nested>("null"), "");
    }

    #[test]
    fn unknown_fields_are_refused_by_name_at_any_depth() {
        let (pointer_, detail) = read::<UpdateConversationRequest>(r#"{"statsu":"closed"}"#).unwrap_err();
        assert_eq!(pointer_, "/statsu");
        assert!(detail.contains("status, assigneeId"), "{detail}");
        assert_eq!(
            pointer::<Nested>(r#"{"whole":7,"inner":[{"flag":true},{"flag":true,"a/b~":1}]}"#),
            "/inner/1/a~1b~0"
        );
    }

    #[test]
    fn null_is_refused_where_it_means_nothing() {
        assert_eq!(pointer::<UpdateConversationRequest>(r#"{"status":null}"#), "/status");
        let freed: UpdateConversationRequest = read(r#"{"assigneeId":null}"#).unwrap();
        assert_eq!(freed.assignee_id, Some(None));
        let kept: UpdateConversationRequest = read(r#"{"status":"closed"}"#).unwrap();
        assert_eq!((kept.status, kept.assignee_id), (Some(ConversationStatus::Closed), None));
        let given = r#"{"assigneeId":"0190b6f2-7a0c-7d3e-8f6a-2b1c4d5e6f70"}"#;
        assert!(read::<UpdateConversationRequest>(given).unwrap().assignee_id.unwrap().is_some());
        assert_eq!(pointer::<UpdateConversationRequest>(r#"{"assigneeId":7}"#), "/assigneeId");
    }

    #[test]
    fn what_is_missing_or_of_the_wrong_type_is_named_and_texts_are_not_repeated() {
        assert_eq!(pointer::<Nested>("{}"), "/whole");
        assert_eq!(pointer::<Nested>(r#"{"whole":"secret"}"#), "/whole");
        assert!(!read::<Nested>(r#"{"whole":"secret"}"#).unwrap_err().1.contains("secret"));
        let unknown = read::<UpdateConversationRequest>(r#"{"status":"unknown"}"#).unwrap_err();
        assert_eq!(unknown.0, "/status");
        assert!(unknown.1.contains("open, pending, resolved, closed"), "{}", unknown.1);
    }

    #[test]
    fn whole_numbers_end_where_those_of_javascript_do() {
        assert_eq!(read::<Nested>(r#"{"whole":9007199254740991}"#).unwrap().whole, LARGEST);
        for number in ["9007199254740992", "18446744073709551615", "18446744073709551616", "-1", "1.5", "1e3"]
        {
            assert_eq!(pointer::<Nested>(&format!(r#"{{"whole":{number}}}"#)), "/whole", "{number}");
        }
    }

    #[test]
    fn a_field_is_there_once() {
        let twice = read::<LoginRequest>(r#"{"email":"a","password":"b","email":"c"}"#);
        assert!(matches!(twice, Err((place, _)) if place == "not JSON"));
    }

    #[test]
    fn parameters_are_texts() {
        #[derive(Debug, Deserialize)]
        struct Query {
            after: Option<u64>,
            renew: Option<bool>,
        }
        let read = |name: &str, text: &str| {
            let value = Value::Object([(name.to_owned(), text.into())].into_iter().collect());
            from_parameters::<Query>(&value).map_err(|misfit| misfit.0.pointer)
        };
        assert_eq!(read("after", "9007199254740991").unwrap().after, Some(LARGEST));
        assert_eq!(read("renew", "true").unwrap().renew, Some(true));
        for text in
            ["9007199254740992", "18446744073709551615", "99999999999999999999", "-1", "+1", "1.5", "x", ""]
        {
            assert_eq!(read("after", text).unwrap_err(), "/after", "{text}");
        }
        assert_eq!(read("renew", "1").unwrap_err(), "/renew");
        assert_eq!(read("afetr", "1").unwrap_err(), "/afetr");
    }
}
