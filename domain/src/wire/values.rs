//! The values that both sides must agree on, as a JavaScript module: what the browser would otherwise copy by hand.

use std::fmt::Write;

use serde::Serialize;

use super::{
    BEARER_SUBPROTOCOL_PREFIX, CLOSE_HISTORY_LOST, CLOSE_OUT_OF_REACH, CLOSE_SESSION_ENDED, SUBPROTOCOL,
};
use crate::access::Permission;
use crate::{limits, text};

/// `domain/bindings/wire-values.js`.
pub(super) fn module() -> String {
    let mut out =
        Constants("// Generated from domain/src/wire by `cargo xtask types`. Do not edit.\n".to_owned());
    out.add("SUBPROTOCOL", SUBPROTOCOL, "The WebSocket subprotocol both sides speak.");
    out.add(
        "BEARER_SUBPROTOCOL_PREFIX",
        BEARER_SUBPROTOCOL_PREFIX,
        "The prefix of the second subprotocol, which carries the access token.",
    );
    out.add(
        "CLOSE_SESSION_ENDED",
        CLOSE_SESSION_ENDED,
        "Close code: the socket's token ran out, or its session or rights ended. Fetch a fresh token and connect again.",
    );
    out.add(
        "CLOSE_HISTORY_LOST",
        CLOSE_HISTORY_LOST,
        "Close code: the document store has lost part of the conversation's archived history. Do not connect again.",
    );
    out.add(
        "CLOSE_OUT_OF_REACH",
        CLOSE_OUT_OF_REACH,
        "Close code: whoever holds the socket may not see the conversation any more. Do not connect again.",
    );
    out.add("FRAME_BYTES", limits::FRAME_BYTES, "The largest frame a client may send, in bytes.");
    out.add(
        "MESSAGE_CHARACTERS",
        limits::MESSAGE_CHARACTERS,
        "The longest message or note, in Unicode code points.",
    );
    out.add("CLIENT_ID_BYTES", limits::CLIENT_ID_BYTES, "The longest `clientId`, in bytes.");
    out.add("HEARTBEAT_SECONDS", limits::HEARTBEAT_SECONDS, "How often a client pings, in seconds.");
    out.add("TAGS_PER_CONVERSATION", limits::TAGS_PER_CONVERSATION, "The most tags a conversation may have.");
    out.add(
        "VISITOR_EDIT_WINDOW",
        limits::VISITOR_EDIT_WINDOW,
        "For how long a visitor may edit or delete their own message, in milliseconds.",
    );
    out.add("NAME_CHARACTERS", text::NAME_CHARACTERS, "The longest name of a person, in code points.");
    out.add(
        "PASSWORD_CHARACTERS",
        [limits::PASSWORD_CHARACTERS.start(), limits::PASSWORD_CHARACTERS.end()],
        "How long a password is at least and at most, in code points.",
    );
    out.add_permissions();
    out.0
}

struct Constants(String);

impl Constants {
    fn add(&mut self, name: &str, value: impl Serialize, docs: &str) {
        let value = serde_json::to_string(&value).unwrap().replace('"', "'");
        // A tuple rather than a list of any length.
        let docs = if value.starts_with('[') {
            format!("{docs} @type {{[number, number]}}")
        } else {
            docs.to_owned()
        };
        writeln!(self.0, "\n/** {docs} */\nexport const {name} = {value};").unwrap();
    }

    /// The names of `access::permission`, for what is shown to whom: a dashboard's screens.
    fn add_permissions(&mut self) {
        let names = serde_json::to_string(&Permission::ALL).unwrap().replace('"', "'").replace(',', ",\n  ");
        let names = names.replace('[', "[\n  ").replace(']', ",\n]");
        write!(
            self.0,
            "\n/** The names of all permissions. */\nexport const PERMISSIONS = /** @type {{const}} */ ({names});\n",
        )
        .unwrap();
    }
}
