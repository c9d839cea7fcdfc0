//! What may go into the log: names and texts from a client, checked once, at the door.

use std::borrow::Cow;

use crate::limits::{CLIENT_ID_BYTES, MESSAGE_CHARACTERS};
use crate::sockets::Refusal;
use crate::text;
use crate::wire::ErrorCode;

/// Checks a client's name for what it sends.
pub fn client_id(client_id: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=CLIENT_ID_BYTES).contains(&client_id.len()) && client_id.bytes().all(allowed) {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorCode::InvalidClientId,
        format!("clientId must be 1 to {CLIENT_ID_BYTES} of A–Z a–z 0–9 _ -."),
    ))
}

/// The text of a message or note as it is stored.
pub fn text(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if !text::has_something_to_see(text) {
        return Err(Refusal::new(ErrorCode::EmptyMessage, "A message needs a character that can be seen."));
    }
    // Counting stops at a frame's size in any case; bytes decide at once for nearly every message.
    let characters = if text.len() <= MESSAGE_CHARACTERS { 0 } else { text.chars().count() };
    if characters > MESSAGE_CHARACTERS {
        return Err(Refusal::new(
            ErrorCode::MessageTooLong,
            format!("A message has at most {MESSAGE_CHARACTERS} characters; this one has {characters}."),
        ));
    }
    Ok(text::clean(text))
}
