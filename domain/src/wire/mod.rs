//! Everything that crosses the wire, written once.
//!
//! [`frames`] is the room's and the inbox's WebSocket protocol, [`rest`] the bodies of the REST API. For the browser there
//! are generated from it the types, `domain/bindings/wire.ts`, and the values that both sides must agree on,
//! `domain/bindings/wire-values.js` (`cargo xtask types`); CI fails when they differ.
//! `docs/PROTOCOL.md` and `docs/API.md` say what each means.

mod frames;
mod hours;
mod model;
mod rest;
mod routing;
#[cfg(test)]
mod values;

pub use frames::*;
pub use hours::*;
pub use model::*;
pub use rest::*;
pub use routing::*;

/// The WebSocket subprotocol both sides speak.
pub const SUBPROTOCOL: &str = "voxora.v1";
/// The prefix of the second subprotocol, which carries the access token.
pub const BEARER_SUBPROTOCOL_PREFIX: &str = "bearer.";
/// The close code of a socket to a conversation whose archived history the document store has lost in part.
pub const CLOSE_HISTORY_LOST: u16 = 4410;
/// The close code of a socket whose token ran out, or whose session or rights ended. The client fetches a fresh token and
/// connects again with `after`; who cannot get one is signed out.
pub const CLOSE_SESSION_ENDED: u16 = 4401;
/// The close code of a socket to a conversation that its holder may not see any more: it was moved or assigned elsewhere.
pub const CLOSE_OUT_OF_REACH: u16 = 4403;

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use ts_rs::{Config, TS};

    use super::*;

    /// The text of `wire.ts` as it grows.
    pub(super) struct Declarations(String);

    impl Declarations {
        /// Adds a type, with its documentation.
        pub(super) fn add<T: TS>(&mut self) {
            self.0.push('\n');
            if let Some(docs) = T::docs() {
                self.0.push_str(&docs);
            }
            self.0.push_str("export ");
            self.0.push_str(&T::decl(&Config::default()));
            self.0.push('\n');
        }
    }

    fn types() -> String {
        let mut out = Declarations(
            "// Generated from domain/src/wire by `cargo xtask types`. Do not edit.\n".to_owned(),
        );
        out.add::<ActorKind>();
        out.add::<Actor>();
        out.add::<Present>();
        out.add::<ConversationStatus>();
        out.add::<ResponseTarget>();
        out.add::<Due>();
        out.add::<Event>();
        out.add::<CompactEvent>();
        out.add::<People>();
        out.add::<EventBody>();
        out.add::<TagName>();
        out.add::<DepartmentName>();
        out.add::<Text>();
        out.add::<ReadMarks>();
        out.add::<Conversation>();
        out.add::<ConversationSummary>();
        out.add::<LastMessage>();
        out.add::<ClientFrame>();
        out.add::<SendKind>();
        out.add::<ServerFrame>();
        out.add::<FrameError>();
        out.add::<ErrorCode>();
        out.add::<Limits>();
        out.add::<InboxClientFrame>();
        out.add::<InboxServerFrame>();
        out.add::<Standing>();
        out.add::<Whose>();
        out.add::<Count>();
        out.add::<Colleague>();
        out.add::<Attention>();
        out.add::<Attending>();
        out.add::<Was>();
        out.add::<InboxChange>();
        out.add::<InboxGone>();
        hours::declare(&mut out);
        routing::declare(&mut out);
        rest::declare(&mut out);
        out.0
    }

    /// Fails when a committed file is not what the Rust source says; `cargo xtask types` writes them.
    fn expect_committed(name: &str, content: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings").join(name);
        if env::var_os("VOXORA_WRITE_TYPES").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, content).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == content, "domain/bindings/{name} is out of date; run `cargo xtask types`");
    }

    #[test]
    fn typescript_types_are_those_of_the_rust_ones() {
        expect_committed("wire.ts", &types());
    }

    #[test]
    fn typescript_types_have_the_values_of_the_rust_ones() {
        expect_committed("wire-values.js", &values::module());
    }

    /// Every type of this module that can be declared is.
    #[test]
    fn no_type_of_the_wire_is_forgotten() {
        fn check(folder: &Path, declared: &str) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    check(&path, declared);
                    continue;
                }
                let source = fs::read_to_string(&path).unwrap();
                for item in source.split("#[cfg_attr(test, derive(ts_rs::TS))]\n").skip(1) {
                    let line = item.lines().find(|line| line.starts_with("pub ")).unwrap();
                    let name = line.split([' ', '<', '(']).nth(2).unwrap();
                    let known =
                        [' ', '<'].iter().any(|end| declared.contains(&format!("export type {name}{end}")));
                    assert!(known, "{} is not declared ({})", name, path.display());
                }
            }
        }
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire"), &types());
    }
}
