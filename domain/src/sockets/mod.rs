//! What the room and the inbox share about sockets: what is kept with one ([`Attachment`]), what their shell is to do
//! ([`Output`]), who is connected and for how long ([`connections`]), how a frame is read and refused ([`frame`]),
//! and when frames go out ([`outgoing`]).

mod connections;
mod frame;
mod outgoing;

use serde::{Deserialize, Serialize};

pub use connections::{Connection, Connections};
pub use frame::Refusal;
pub(crate) use frame::{parse, send};
pub use outgoing::{Due, Message, Outgoing};

use crate::Millis;
use crate::access::Principal;
use crate::id::ConversationId;
use crate::json;
use crate::sessions::Ending;
use crate::wire::ErrorCode;

/// A connection's number in its room. Never used twice while a socket with it is open.
pub type ConnectionId = u32;

/// What must survive hibernation about a connection; the shell keeps it with the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The version of this shape, for sockets that outlive a deploy's change of it.
    pub v: u8,
    /// The connection.
    pub id: ConnectionId,
    /// Who holds it, what they may do, and until when. (The first version kept only an actor under this name.)
    #[serde(rename = "actor")]
    pub principal: Principal,
    /// Whether it has caught up and gets what happens as it happens.
    pub live: bool,
    /// When it was opened.
    pub since: Millis,
    /// Until when its frames were written down as a sign of life; 0 when that is not known.
    #[serde(rename = "heardAt", default)]
    pub heard_at: Millis,
    /// Whether its holder has the conversation before their eyes on it. (Versions before did not ask.)
    #[serde(default)]
    pub viewing: bool,
    /// Whether nobody has touched its device for a while. The inbox alone asks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idle: bool,
    /// What its holder looks at. The inbox alone asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attends: Option<Attends>,
}

/// What the holder of a socket to the inbox looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attends {
    /// The conversation.
    pub conversation: ConversationId,
    /// Since when they have been writing to its visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replying_since: Option<Millis>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Attachment {
    /// The version that is written.
    const VERSION: u8 = 2;

    /// What is kept with a socket that is opened now.
    #[must_use]
    pub const fn new(id: ConnectionId, principal: Principal, now: Millis) -> Self {
        let (live, viewing, idle, attends) = (false, false, false, None);
        Self { v: Self::VERSION, id, principal, live, since: now, heard_at: now, viewing, idle, attends }
    }

    /// Reads what was kept with a socket, by this version or the last one, which did not write down how long a socket
    /// lasts: as long as an agent's token does.
    /// `None` for what neither has written.
    #[must_use]
    pub fn read(kept: &str) -> Option<Self> {
        let mut attachment: Self = json::from_text(kept).ok()?;
        attachment.principal = attachment.principal.lasting_from(attachment.since);
        Some(attachment)
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
    /// Verify the token that a connection would go on with, ask whether its session lasts, and say so by `renewed`.
    Renew {
        /// The connection.
        connection: ConnectionId,
        /// The token, as its client sent it.
        token: String,
    },
    /// The conversation's summary is another now; tell the inbox and the document store, in time.
    Changed,
}

/// What the shell of an object with sockets asks of the logic behind it.
pub trait SocketLogic: Sized {
    /// Takes back a connection whose socket outlived the object's memory.
    fn restore(&mut self, attachment: Attachment, now: Millis);

    /// Gives this number to no connection to come: a socket that is closing still has it.
    fn reserve(&mut self, connection: ConnectionId);

    /// What the shell must keep with a connection's socket.
    fn attachment(&self, connection: ConnectionId) -> Option<&Attachment>;

    /// Takes in a frame: its text, or nothing where it was binary, and its length.
    fn hear(
        &mut self,
        connection: ConnectionId,
        frame: Option<&str>,
        bytes: usize,
        now: Millis,
    ) -> Vec<Output>;

    /// Forgets a connection whose socket has closed.
    fn disconnect(&mut self, connection: ConnectionId, now: Millis) -> Vec<Output>;

    /// Closes the connections whose time is over and those that are silent; see [`Connections::overdue`].
    fn sweep(
        &mut self,
        now: Millis,
        all: bool,
        last_ping: impl Fn(ConnectionId) -> Option<Millis>,
    ) -> Vec<Output>;

    /// When to sweep next; `None` while nobody is connected.
    fn sweep_due(&self, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Option<Millis>;

    /// Lets a connection go on with what a fresh token says, which the shell has verified.
    fn renewed(
        &mut self,
        connection: ConnectionId,
        verified: Result<Principal, ErrorCode>,
        now: Millis,
    ) -> Vec<Output>;

    /// Closes the connections whose session has ended.
    fn end_session(&mut self, ending: &Ending, now: Millis) -> Vec<Output>;
}
