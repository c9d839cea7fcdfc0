//! Keeps `docs/PROTOCOL.md` true: every JSON block in it is a frame of the kind its fence names, and says nothing that
//! the type would lose.

#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_domain::wire::{ClientFrame, InboxClientFrame, InboxServerFrame, ServerFrame};

const PAGE: &str = include_str!("../../docs/PROTOCOL.md");

/// Reads the block as a frame and writes it again; what comes out must be what stands there.
fn round_trip<T: DeserializeOwned + Serialize>(block: &str) -> Value {
    let frame: T = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error} in\n{block}"));
    serde_json::to_value(frame).unwrap()
}

/// `20` and `20.0` are the same number.
fn numbers_as_doubles(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::from(number.as_f64().unwrap()),
        Value::Array(items) => items.iter_mut().for_each(numbers_as_doubles),
        Value::Object(fields) => fields.values_mut().for_each(numbers_as_doubles),
        _ => {}
    }
}

#[test]
fn every_example_of_the_protocol_page_is_a_frame() {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for part in PAGE.split("```json ").skip(1) {
        let (kind, rest) = part.split_once('\n').unwrap();
        let block = rest.split("```").next().unwrap();
        let mut again = match kind {
            "client" => round_trip::<ClientFrame>(block),
            "server" => round_trip::<ServerFrame>(block),
            "inbox client" => round_trip::<InboxClientFrame>(block),
            "inbox server" => round_trip::<InboxServerFrame>(block),
            other => panic!("an example of unknown kind `{other}`"),
        };
        let mut written: Value = serde_json::from_str(block).unwrap();
        numbers_as_doubles(&mut again);
        numbers_as_doubles(&mut written);
        assert_eq!(again, written);
        *seen.entry(kind).or_default() += 1;
    }
    // Each kind of frame has its example.
    assert!(seen["client"] >= 6 && seen["server"] >= 13, "{seen:?}");
    assert!(seen["inbox client"] >= 1 && seen["inbox server"] >= 4, "{seen:?}");
}

#[test]
fn every_error_code_is_explained() {
    use voxora_domain::wire::ErrorCode::{
        ConversationClosed, EmptyMessage, Forbidden, FrameTooLarge, Internal, InvalidClientId,
        MalformedFrame, MessageTooLong, NoSuchMessage, RateLimited, TooLate, UnknownFrame,
    };
    for code in [
        MalformedFrame,
        UnknownFrame,
        FrameTooLarge,
        InvalidClientId,
        EmptyMessage,
        MessageTooLong,
        RateLimited,
        Forbidden,
        NoSuchMessage,
        TooLate,
        ConversationClosed,
        Internal,
    ] {
        let name = serde_json::to_value(code).unwrap();
        let row = format!("\n| `{}` |", name.as_str().unwrap());
        assert!(PAGE.contains(&row), "docs/PROTOCOL.md does not explain {row}");
    }
}
