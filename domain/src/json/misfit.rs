//! Why a value does not fit, and where.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why a value does not fit, and where. It never repeats a text that it found: that may be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    pointer: String,
    detail: String,
}

impl Misfit {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Self(Box::new(Inner { pointer: String::new(), detail: detail.into() }))
    }

    /// The same, seen from one level further up.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.place_under(key);
        self
    }

    pub(super) fn place_under(&mut self, key: &str) {
        let Inner { pointer, .. } = &mut *self.0;
        *pointer = format!("/{}{pointer}", key.replace('~', "~0").replace('/', "~1"));
    }

    /// Where: a JSON pointer.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// What would be right, as the end of a sentence that begins with the place.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Pointer and detail.
    #[must_use]
    pub fn into_parts(self) -> (String, String) {
        (self.0.pointer, self.0.detail)
    }
}

impl Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { pointer, detail } = &*self.0;
        let space = if pointer.is_empty() { "" } else { " " };
        write!(formatter, "{pointer}{space}{detail}")
    }
}

impl std::error::Error for Misfit {}

impl From<serde_json::Error> for Misfit {
    fn from(error: serde_json::Error) -> Self {
        Self::new(error.to_string())
    }
}

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

    /// A sequence that ends too early; of a struct, whose reader says which field that is.
    fn invalid_length(length: usize, _: &dyn Expected) -> Self {
        Self::new(format!("has {length} items; more are needed"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}; it is {variant}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing").under(field)
    }
}
