//! Who is connected to a room or to the inbox: numbers, sign of life, end of authority, refusals.
//!
//! A connection in memory is a cache of its socket's [`Attachment`] and can be lost between any two calls. Two things end
//! a connection that its client does not end: its token's time is over (4401), or it has been silent for three heartbeats
//! (1001). Both are duties in time: [`Connections::due`] says when the shell's alarm is to call [`Connections::overdue`],
//! while sockets are open and never otherwise.
//!
//! A sign of life is the runtime's ping time-stamp, which survives hibernation and costs nothing, or a frame. Frames are
//! written down in the attachment once a heartbeat at most.

use super::{Attachment, ConnectionId, Output, Refusal};
use crate::Millis;
use crate::access::Principal;
use crate::limits::REFUSALS_BEFORE_CLOSE;
use crate::sessions::Ending;
use crate::sorted::Sorted;
use crate::wire::{Actor, CLOSE_SESSION_ENDED, ErrorCode};

/// After how many heartbeats of silence a connection is closed.
const SILENT_HEARTBEATS: Millis = 3;

/// A connection in memory, with what its object knows of it besides.
#[derive(Debug)]
pub struct Connection<T> {
    /// What is kept with the socket.
    pub attachment: Attachment,
    /// What only this object knows of it.
    pub state: T,
    /// When it last sent a frame, as far as is known.
    heard_at: Millis,
    /// Refused frames since the last good one.
    refusals: u32,
}

impl<T> Connection<T> {
    /// Whether this person holds it, also under another name.
    pub fn is_held_by(&self, principal: &Principal) -> bool {
        self.attachment.principal.is_same(principal)
    }

    /// How its holder signs.
    pub fn actor(&self) -> Actor {
        self.attachment.principal.actor()
    }

    /// Counts a good frame.
    pub const fn done(&mut self) {
        self.refusals = 0;
    }

    /// Counts a refused frame; says how to close the socket, where it is enough.
    pub fn refused(&mut self, code: ErrorCode) -> Option<(u16, &'static str)> {
        self.refusals += 1;
        match code {
            ErrorCode::FrameTooLarge => Some((1009, "frame too large")),
            _ if self.refusals >= REFUSALS_BEFORE_CLOSE => Some((1008, "too many refused frames")),
            _ => None,
        }
    }
}

/// An object's connections.
#[derive(Debug)]
pub struct Connections<T> {
    by_id: Sorted<ConnectionId, Connection<T>>,
    /// The number of the next connection. Not that of one just closed: a last frame of its socket may still arrive.
    next: ConnectionId,
    /// How often clients ping.
    heartbeat: Millis,
    /// When overdue connections were last looked for.
    swept_at: Millis,
}

impl<T> Connections<T> {
    /// Nobody yet.
    #[must_use]
    pub fn new(heartbeat_seconds: u32) -> Self {
        let heartbeat = Millis::from(heartbeat_seconds) * 1000;
        Self { by_id: Sorted::new(), next: 0, heartbeat, swept_at: 0 }
    }

    /// How often clients ping, in seconds.
    #[must_use]
    pub fn heartbeat_seconds(&self) -> u32 {
        u32::try_from(self.heartbeat / 1000).unwrap_or(u32::MAX)
    }

    /// Takes in a new connection.
    pub fn open(&mut self, principal: Principal, state: T, now: Millis) -> ConnectionId {
        let id = self.next;
        self.reserve(id);
        let attachment = Attachment::new(id, principal, now);
        self.by_id.insert(id, Connection { attachment, state, heard_at: now, refusals: 0 });
        id
    }

    /// Takes back a connection whose socket outlived the object's memory.
    pub fn restore(&mut self, attachment: Attachment, state: T, now: Millis) {
        let id = attachment.id;
        self.reserve(id);
        // A heartbeat's worth of frames may not have been written down.
        let heard_at = match attachment.heard_at {
            0 => now,
            known => now.min(known.saturating_add(self.heartbeat)),
        };
        self.by_id.insert(id, Connection { attachment, state, heard_at, refusals: 0 });
    }

    /// Gives this number to no connection to come: a socket that is closing still has it.
    pub fn reserve(&mut self, id: ConnectionId) {
        self.next = self.next.max(id.wrapping_add(1));
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: ConnectionId) -> Option<&Connection<T>> {
        self.by_id.get(&id)
    }

    /// One of them, to change.
    pub fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        self.by_id.get_mut(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection<T>)> {
        self.by_id.iter().map(|(id, connection)| (*id, connection))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Forgets a connection whose socket has closed.
    pub fn remove(&mut self, id: ConnectionId) -> Option<Connection<T>> {
        self.by_id.remove(&id)
    }

    /// Takes down that a connection has sent a frame. `Err` with how to close it when its time is over: the frame must
    /// not be handled. Nothing for a connection that is not known.
    pub fn hear(
        &mut self,
        id: ConnectionId,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Option<Result<&mut Connection<T>, (u16, &'static str)>> {
        let connection = self.by_id.get_mut(&id)?;
        if connection.attachment.principal.has_expired(now) {
            return Some(Err(EXPIRED));
        }
        connection.heard_at = now;
        if now.saturating_sub(connection.attachment.heard_at) >= self.heartbeat {
            connection.attachment.heard_at = now;
            outputs.push(Output::Remember(id));
        }
        Some(Ok(connection))
    }

    /// When connections are next to be looked at: when the first one's time is over or, not more often than three
    /// heartbeats apart, when the first one may have been silent for too long. Never while nobody is connected.
    /// `last_ping` is when the runtime last answered a connection's ping.
    pub fn due(&self, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Option<Millis> {
        let silence = SILENT_HEARTBEATS * self.heartbeat;
        let ends = self.iter().map(|(_, connection)| connection.attachment.principal.expires_at).min()?;
        let heard = self.iter().map(|(id, connection)| heard_at(connection, last_ping(id))).min()?;
        Some(ends.min(heard.max(self.swept_at).saturating_add(silence)))
    }

    /// The connections that are to be closed, with code and reason. Looks at most once a heartbeat for those that are
    /// silent, unless `all` are to be looked at.
    pub fn overdue(
        &mut self,
        now: Millis,
        all: bool,
        last_ping: impl Fn(ConnectionId) -> Option<Millis>,
    ) -> Vec<(ConnectionId, u16, &'static str)> {
        if !all && now.saturating_sub(self.swept_at) < self.heartbeat {
            return Vec::new();
        }
        self.swept_at = now;
        let silence = SILENT_HEARTBEATS * self.heartbeat;
        let overdue = self.iter().filter_map(|(id, connection)| {
            let (code, reason) = if connection.attachment.principal.has_expired(now) {
                EXPIRED
            } else if now.saturating_sub(heard_at(connection, last_ping(id))) >= silence {
                (1001, "silent for three heartbeats")
            } else {
                return None;
            };
            Some((id, code, reason))
        });
        overdue.collect()
    }

    /// The connections whose authority an ending takes away, with code and reason.
    #[must_use]
    pub fn ended(&self, ending: &Ending) -> Vec<(ConnectionId, u16, &'static str)> {
        let ended = self.iter().filter(|(_, connection)| ending.ends(&connection.attachment.principal));
        ended.map(|(id, _)| (id, CLOSE_SESSION_ENDED, "the session has ended")).collect()
    }

    /// Lets a connection go on with what a fresh token says, as far as the shell found it good. Gives when the connection
    /// ends then; nothing for one that has closed meanwhile.
    ///
    /// # Errors
    /// When the token is not to be believed, or another person's.
    pub fn renewed(
        &mut self,
        id: ConnectionId,
        verified: Result<Principal, ErrorCode>,
    ) -> Result<Option<Millis>, Refusal> {
        let Some(connection) = self.by_id.get_mut(&id) else {
            return Ok(None);
        };
        let principal = verified.map_err(|code| match code {
            ErrorCode::Internal => Refusal {
                retry_after_ms: Some(1000),
                ..Refusal::new(code, "The session could not be asked for; send it again.")
            },
            code => Refusal::new(code, "The token is malformed, expired, or not of this deployment."),
        })?;
        if !connection.is_held_by(&principal) {
            let message = "A socket is renewed with a token of the person who opened it.";
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        let until = principal.expires_at;
        connection.attachment.principal = principal;
        Ok(Some(until))
    }
}

/// How a connection is closed whose time is over.
const EXPIRED: (u16, &str) = (CLOSE_SESSION_ENDED, "the token has expired");

/// When a connection last gave a sign of life.
fn heard_at<T>(connection: &Connection<T>, last_ping: Option<Millis>) -> Millis {
    last_ping.map_or(connection.heard_at, |ping| ping.max(connection.heard_at))
}
