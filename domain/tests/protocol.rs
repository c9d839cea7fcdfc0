//! Keeps `docs/PROTOCOL.md` true: every JSON block in it is a frame of the kind its fence names, and says nothing that
//! the type would lose.

#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_domain::wire::{ClientFrame, InboxClientFrame, InboxServerFrame, ServerFrame};

const PAGE: &str = include_str!("../../docs/PROTOCOL.md");
const TYPES: &str = include_str!("../bindings/wire.ts");

/// Reads the block as a frame and writes it again; what comes out must be what stands there.
fn round_trip<T: DeserializeOwned + Serialize>(block: &str) -> Value {
    let frame: T = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error} in\n{block}"));
    serde_json::to_value(frame).unwrap()
}

#[test]
fn every_example_of_the_protocol_page_is_a_frame() {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for part in PAGE.split("```json ").skip(1) {
        let (kind, rest) = part.split_once('\n').unwrap();
        let block = rest.split("```").next().unwrap();
        let again = match kind {
            "client" => round_trip::<ClientFrame>(block),
            "server" => round_trip::<ServerFrame>(block),
            "inbox client" => round_trip::<InboxClientFrame>(block),
            "inbox server" => round_trip::<InboxServerFrame>(block),
            other => panic!("an example of unknown kind `{other}`"),
        };
        let written: Value = serde_json::from_str(block).unwrap();
        assert_eq!(again, written);
        *seen.entry(kind).or_default() += 1;
    }
    // Each kind of frame has its example.
    assert!(seen["client"] >= 6 && seen["server"] >= 13, "{seen:?}");
    assert!(seen["inbox client"] >= 1 && seen["inbox server"] >= 4, "{seen:?}");
}

#[test]
fn every_error_code_is_explained() {
    let (_, codes) = TYPES.split_once("export type ErrorCode = ").unwrap();
    let (codes, _) = codes.split_once(';').unwrap();
    for name in codes.split('"').skip(1).step_by(2) {
        let row = format!("\n| `{name}` |");
        assert!(PAGE.contains(&row), "docs/PROTOCOL.md does not explain {row}");
    }
}
