//! One socket in a room: who holds it, whether it is live, how fast it may go on.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::access::Audience;
use crate::limits::{Bucket, Rates};
use crate::wire::Actor;

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

/// A connection in memory. The buckets are full again after hibernation, which takes longer than filling them.
#[derive(Debug)]
pub struct Connection {
    pub attachment: Attachment,
    pub audience: Audience,
    pub sends: Bucket,
    pub signals: Bucket,
    /// Refused frames since the last good one.
    pub refusals: u32,
    /// When it last sent a frame, or was taken in.
    pub heard_at: Millis,
}

impl Connection {
    pub fn new(attachment: Attachment, rates: &Rates, now: Millis) -> Self {
        Self {
            audience: Audience::of(&attachment.actor),
            sends: Bucket::full(rates.sends, now),
            signals: Bucket::full(rates.signals, now),
            refusals: 0,
            heard_at: now,
            attachment,
        }
    }
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
