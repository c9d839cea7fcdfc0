//! What the path and the query say, checked, with an error that says what was wrong.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use voxora_domain::id::{ConversationId, InvalidId};
use voxora_domain::json;

use super::extract::{Call, Extract};
use crate::error::AppError;

/// The conversation that the path names.
pub struct InConversation(pub ConversationId);

impl Extract for InConversation {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(Self(call.place(0)?.parse()?))
    }
}

/// The id that the path names.
pub struct Id<T>(pub T);

impl<T: FromStr<Err = InvalidId>> Extract for Id<T> {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(Self(call.place(0)?.parse()?))
    }
}

/// The conversation that the path names, and what it names below that.
pub struct BelowConversation<T>(pub ConversationId, pub T);

impl<T: FromStr<Err = InvalidId>> Extract for BelowConversation<T> {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(Self(call.place(0)?.parse()?, call.place(1)?.parse()?))
    }
}

/// The one part of the path that varies.
pub struct Named(pub String);

impl Extract for Named {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        call.place(0).map(Self)
    }
}

/// The parameters in the query, read the strict way.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> Extract for Parameters<T> {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        read(call.parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Where a socket, or a walk through something numbered, goes on.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct After {
    /// The last `seq` the client has. Without it the socket begins with the last events.
    pub after: Option<u64>,
}

/// How many items a page may have: `usual` where nothing is asked for.
pub fn limit<T: PartialOrd + Display>(
    asked: Option<T>,
    usual: T,
    range: RangeInclusive<T>,
) -> Result<T, AppError> {
    let limit = asked.unwrap_or(usual);
    if range.contains(&limit) {
        return Ok(limit);
    }
    let (least, most) = range.into_inner();
    Err(AppError::invalid_request(format!("`limit` must be {least} to {most}; it is {limit}.")))
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, AppError> {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        if parameters.contains_key(&name) {
            return Err(AppError::invalid_request(format!("The parameter `{name}` is there twice.")));
        }
        parameters.insert(name, decode(value)?.into());
    }
    json::from_parameters(Value::Object(parameters)).map_err(|misfit| {
        AppError::invalid_request(format!(
            "`{}` {}.",
            misfit.pointer().trim_start_matches('/'),
            misfit.detail()
        ))
    })
}

fn decode(text: &str) -> Result<String, AppError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| AppError::invalid_request("The query must be UTF-8, percent-encoded."))
}

#[cfg(test)]
mod tests {
    use voxora_domain::wire::{ConversationStatus, ProblemCode};

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Query {
        before: Option<u64>,
        limit: Option<u32>,
        status: Option<ConversationStatus>,
        name: Option<String>,
    }

    #[test]
    fn parameters_are_read_and_decoded() {
        let query: Query = read("limit=7&&status=closed&name=a%20b+c%C3%A4&before=9007199254740991").unwrap();
        assert_eq!((query.limit, query.status), (Some(7), Some(ConversationStatus::Closed)));
        assert_eq!(query.name.as_deref(), Some("a b c\u{e4}"));
        assert_eq!(query.before, Some(9_007_199_254_740_991));
        let nothing: Query = read("").unwrap();
        assert_eq!(nothing.limit, None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for query in [
            "before=9007199254740992",
            "before=18446744073709551615",
            "before=18446744073709551616",
            "before=-1",
            "before=",
            "before",
            "limit=4294967296",
            "status=opened",
            "limit=1&limit=1",
            "limt=1",
            "name=%ff",
        ] {
            assert_eq!(read::<Query>(query).unwrap_err().code(), ProblemCode::InvalidRequest, "{query}");
        }
        assert!(read::<Query>("limt=1").unwrap_err().detail().contains("`limt`"));
    }

    #[test]
    fn a_limit_is_within_its_range() {
        assert_eq!(limit(None, 30, 1..=100).unwrap(), 30);
        assert_eq!(limit(Some(100), 30, 1..=100).unwrap(), 100);
        assert!(limit(Some(0), 30, 1..=100).is_err());
        assert!(limit(Some(101), 30, 1..=100).is_err());
    }
}
