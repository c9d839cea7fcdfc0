//! Everything that crosses the wire, written once.
//!
//! [`frames`] is the room's and the inbox's WebSocket protocol, [`rest`] the bodies of the REST API. TypeScript
//! types are generated from both into `domain/bindings/wire.ts` (`cargo xtask types`); CI fails when they differ.
//! `docs/PROTOCOL.md` and `docs/API.md` say what each means.

mod frames;
mod model;
mod rest;

pub use frames::*;
pub use model::*;
pub use rest::*;

/// The WebSocket subprotocol both sides speak.
pub const SUBPROTOCOL: &str = "voxora.v1";
/// The prefix of the second subprotocol, which carries the access token.
pub const BEARER_SUBPROTOCOL_PREFIX: &str = "bearer.";
