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
pub(crate) use rest::present;
pub use rest::*;

/// The WebSocket subprotocol both sides speak.
pub const SUBPROTOCOL: &str = "voxora.v1";
/// The prefix of the second subprotocol, which carries the access token.
pub const BEARER_SUBPROTOCOL_PREFIX: &str = "bearer.";
/// The close code of a socket whose token has expired, or whose session has ended: come back with a fresh token.
pub const CLOSE_SESSION_ENDED: u16 = 4401;
/// The close code of a socket to a conversation whose archived history the document store has lost in part.
pub const CLOSE_HISTORY_LOST: u16 = 4410;

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use ts_rs::{Config, TS};

    use super::*;

    fn declaration<T: TS>(text: &mut String) {
        let config = Config::default();
        text.push('\n');
        if let Some(docs) = T::docs() {
            text.push_str(&docs);
        }
        text.push_str("export ");
        text.push_str(&T::decl(&config));
        text.push('\n');
    }

    fn bindings() -> String {
        let mut text =
            String::from("// Generated from domain/src/wire by `cargo xtask types`. Do not edit.\n");
        declaration::<ActorKind>(&mut text);
        declaration::<Actor>(&mut text);
        declaration::<ConversationStatus>(&mut text);
        declaration::<Event>(&mut text);
        declaration::<EventBody>(&mut text);
        declaration::<Text>(&mut text);
        declaration::<ReadMarks>(&mut text);
        declaration::<Conversation>(&mut text);
        declaration::<ConversationSummary>(&mut text);
        declaration::<LastMessage>(&mut text);
        declaration::<ClientFrame>(&mut text);
        declaration::<SendKind>(&mut text);
        declaration::<ServerFrame>(&mut text);
        declaration::<FrameError>(&mut text);
        declaration::<ErrorCode>(&mut text);
        declaration::<Limits>(&mut text);
        declaration::<InboxClientFrame>(&mut text);
        declaration::<InboxServerFrame>(&mut text);
        declaration::<InboxChange>(&mut text);
        declaration::<Role>(&mut text);
        declaration::<User>(&mut text);
        declaration::<SetupStatus>(&mut text);
        declaration::<SetupRequest>(&mut text);
        declaration::<LoginRequest>(&mut text);
        declaration::<AgentSession>(&mut text);
        declaration::<VisitorSessionRequest>(&mut text);
        declaration::<VisitorSession>(&mut text);
        declaration::<StartConversationRequest>(&mut text);
        declaration::<StartedConversation>(&mut text);
        declaration::<UpdateConversationRequest>(&mut text);
        declaration::<List<ConversationSummary>>(&mut text);
        declaration::<History>(&mut text);
        declaration::<Problem>(&mut text);
        declaration::<Readiness>(&mut text);
        declaration::<Backlog>(&mut text);
        declaration::<OutboxStatus>(&mut text);
        text
    }

    /// Fails when the committed TypeScript types are not those of the Rust ones; `cargo xtask types` writes them.
    #[test]
    fn typescript_types_are_those_of_the_rust_ones() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings/wire.ts");
        if env::var_os("VOXORA_WRITE_TYPES").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, bindings()).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == bindings(), "domain/bindings/wire.ts is out of date; run `cargo xtask types`");
    }
}
