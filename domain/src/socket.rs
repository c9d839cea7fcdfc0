//! What the room and the inbox share about sockets: who holds one, what its shell is to do, how a frame is read, and how
//! one is refused.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::wire::{Actor, ErrorCode, FrameError};

/// A connection's number in its room. Never used twice while a socket with it is open.
pub type ConnectionId = u32;

/// What must survive hibernation about a connection; the shell keeps it with the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The version of this shape, for sockets that outlive a deploy's change of it.
    pub v: u8,
    /// The connection.
    pub id: ConnectionId,
    /// Who holds it.
    pub actor: Actor,
    /// Whether it has caught up and gets what happens as it happens.
    pub live: bool,
    /// When it was opened.
    pub since: Millis,
}

/// What the shell is to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a frame.
    Send {
        /// To whom.
        to: Vec<ConnectionId>,
        /// The frame, as JSON.
        frame: String,
    },
    /// Keep the connection's attachment, which has changed.
    Remember(ConnectionId),
    /// Close the socket. The connection is no longer part of the room.
    Close {
        /// Which.
        connection: ConnectionId,
        /// The WebSocket close code.
        code: u16,
        /// Why, in words.
        reason: &'static str,
    },
    /// The conversation's summary is another now; tell the inbox and the document store, in time.
    Changed,
}

/// A request that breaks a rule: nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// A stable name for the reason.
    pub code: ErrorCode,
    /// What was wrong and what would be right.
    pub message: String,
    /// When it is worth trying again, in milliseconds.
    pub retry_after_ms: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None }
    }

    /// As its sender is told of it.
    pub(crate) fn about(self, client_id: Option<String>) -> FrameError {
        let Self { code, message, retry_after_ms } = self;
        FrameError { code, message, client_id, retry_after_ms }
    }
}

/// Reads a frame of one of the `known` types, telling an unknown one from a malformed one, and whose it was where that
/// can be read.
pub(crate) fn parse<F: DeserializeOwned>(
    frame: &str,
    known: &[&str],
) -> Result<F, (Option<String>, Refusal)> {
    /// As much of a refused frame as can be made out.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Probe {
        r#type: Option<serde_json::Value>,
        client_id: Option<serde_json::Value>,
    }

    // To serde a list is as good a struct as an object.
    if frame.trim_start().starts_with('[') {
        let message = "A frame is one JSON object with a type, not a list.";
        return Err((None, Refusal::new(ErrorCode::MalformedFrame, message)));
    }
    let error = match serde_json::from_str(frame) {
        Ok(frame) => return Ok(frame),
        Err(error) => error,
    };
    let Ok(probe) = serde_json::from_str::<Probe>(frame) else {
        let message = format!("A frame is one JSON object with a type: {error}.");
        return Err((None, Refusal::new(ErrorCode::MalformedFrame, message)));
    };
    let client_id = probe.client_id.and_then(|value| value.as_str().map(str::to_owned));
    let refusal = match probe.r#type.as_ref().and_then(serde_json::Value::as_str) {
        Some(name) if !known.contains(&name) => {
            let name: String = name.chars().take(32).collect();
            let known = known.join(", ");
            Refusal::new(ErrorCode::UnknownFrame, format!("There is no frame `{name}`; there are {known}."))
        }
        Some(name) => {
            Refusal::new(ErrorCode::MalformedFrame, format!("The frame `{name}` is not complete: {error}."))
        }
        None => Refusal::new(ErrorCode::MalformedFrame, "A frame needs a type, as text."),
    };
    Err((client_id, refusal))
}

/// Adds a frame for some connections; none, none.
pub(crate) fn send(outputs: &mut Vec<Output>, to: Vec<ConnectionId>, frame: &impl Serialize) {
    if to.is_empty() {
        return;
    }
    // Frames always serialise: their maps have string keys and their numbers are finite.
    if let Ok(frame) = serde_json::to_string(frame) {
        outputs.push(Output::Send { to, frame });
    }
}
