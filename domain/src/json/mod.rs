//! Reads JSON: the one deserializer there is. Whatever is read, from a text or from a value, a body, a stored document or
//! another object's answer, is read by [`Reader`], so that the code that reads a type is in the Worker once.
//!
//! It reads a value that it owns, and moves what is in it. Two sets of rules:
//! * **As serde_json does** ([`from_text`], [`from_value`]): for what this project wrote, in whatever version. Unknown fields
//!   are passed over, `null` is nothing, any whole number is read.
//! * **Strictly** ([`strictly`], [`from_parameters`]): for what clients say. A field that is not known, a `null` that means
//!   nothing and a whole number that JavaScript cannot hold are refused; so no type has to say so, and none can forget to.
//!
//! Under both a struct is read from an object alone, and a [`Misfit`] names its place as a JSON pointer (RFC 6901).
//!
//! # What serde's attributes mean here
//!
//! A struct is read like a sequence of its fields, each looked up by its name: `visit_seq` of what serde derives, which is a
//! third of the code of `visit_map`. So `deny_unknown_fields` says nothing here, and `alias` would shift every field
//! after it: `tests/architecture` refuses both. A field with another name in older documents has both in its one name,
//! `#[serde(rename(serialize = "createdAt", deserialize = "createdAt|at"))]`. A field that may be missing because it is an
//! `Option` is `None` then, whatever its `default` or `deserialize_with` would say.

mod misfit;
mod parse;
mod reader;
#[cfg(test)]
mod tests;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use misfit::Misfit;
pub use parse::parse;
use reader::{Reader, Rules};

/// Reads a `T` of this project's own writing from a text.
///
/// # Errors
/// What is no JSON, or no `T`.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, Misfit> {
    from_value(parse(text)?)
}

/// Reads a `T` of this project's own writing from a text in bytes.
///
/// # Errors
/// What is not UTF-8, no JSON, or no `T`.
pub fn from_bytes<T: DeserializeOwned>(text: &[u8]) -> Result<T, Misfit> {
    from_text(str::from_utf8(text).map_err(|error| Misfit::new(error.to_string()))?)
}

/// Reads a `T` of this project's own writing.
///
/// # Errors
/// What is no `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    T::deserialize(Reader::new(value, Rules::LENIENT))
}

/// The same, but refuses fields that are not known: what they ask for would not be done.
///
/// # Errors
/// What is no `T`, or more.
pub fn exactly<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    T::deserialize(Reader::new(value, Rules::EXACT))
}

/// Reads a `T` that a client says, strictly.
///
/// # Errors
/// What does not fit, the first of it.
pub fn strictly<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    T::deserialize(Reader::new(value, Rules::STRICT))
}

/// Reads a `T` from parameters, strictly. All of them are texts: a number is one that reads as one.
///
/// # Errors
/// What does not fit, the first of it.
pub fn from_parameters<T: DeserializeOwned>(parameters: Value) -> Result<T, Misfit> {
    T::deserialize(Reader::new(parameters, Rules::PARAMETERS))
}

/// Reads an object that says by one of its fields which of several things it is: the name, and the rest of it. What serde derives
/// for that (`tag`) keeps a copy of all that it reads in a form of its own, out of which each type is read by code of its own.
///
/// # Errors
/// What is no such object.
pub(crate) fn tagged<'de, D: Deserializer<'de>>(
    deserializer: D,
    tag: &'static str,
) -> Result<(String, Value), D::Error> {
    let mut value = Value::deserialize(deserializer)?;
    match value.as_object_mut().and_then(|object| object.remove(tag)) {
        Some(Value::String(name)) => Ok((name, value)),
        _ => Err(D::Error::missing_field(tag)),
    }
}

/// The name by which [`present`] tells the deserializer that `null` means something here.
const NULLABLE: &str = "$voxora::Nullable";

/// Reads a field of a change that may be set to nothing: tells `null` (`Some(None)`) from absent (`None`).
#[allow(clippy::option_option)] // these are the three answers there are
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Inner<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Inner<T> {
        type Value = Option<T>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a value or null")
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            Option::<T>::deserialize(deserializer)
        }
    }

    deserializer.deserialize_newtype_struct(NULLABLE, Inner(std::marker::PhantomData)).map(Some)
}
