//! How a frame is read, refused and written, in the room and in the inbox alike.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ConnectionId, Output};
use crate::json;
use crate::wire::{ErrorCode, FrameError};

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
    // To serde a list is as good a struct as an object.
    if frame.trim_start().starts_with('[') {
        let message = "A frame is one JSON object with a type, not a list.";
        return Err((None, Refusal::new(ErrorCode::MalformedFrame, message)));
    }
    // Not by `json`, which makes a value first: a frame is what a room does all day, and its type is read from nothing else.
    let error = match serde_json::from_str(frame) {
        Ok(frame) => return Ok(frame),
        Err(error) => error,
    };
    let Ok(Value::Object(probe)) = json::parse(frame) else {
        let message = format!("A frame is one JSON object with a type: {error}.");
        return Err((None, Refusal::new(ErrorCode::MalformedFrame, message)));
    };
    let text = |name: &str| probe.get(name).and_then(Value::as_str);
    let client_id = text("clientId").map(str::to_owned);
    let refusal = match text("type") {
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
