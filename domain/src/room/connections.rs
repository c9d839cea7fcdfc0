//! Who is connected to the room: welcome and resume point, presence, silence, ends.
//!
//! A connection in memory is a cache of its socket's attachment; the room can lose it between any two calls.

use crate::Millis;
use crate::access::Audience;
use crate::limits::{self, Bucket, Rates};
use crate::socket::{Attachment, ConnectionId, Output, send};
use crate::sql::Sql;
use crate::wire::{Actor, ActorKind, Limits, ServerFrame};

use super::{Room, RoomError};

/// A connection in memory. The buckets are full again after hibernation, which takes longer than filling them.
#[derive(Debug)]
pub struct Connection {
    pub attachment: Attachment,
    pub audience: Audience,
    pub sends: Bucket,
    pub signals: Bucket,
    /// Refused frames since the last good one.
    pub refusals: u32,
    /// The end of the page it has just been sent, when more follows. Asking for that costs nothing: the room set the pace.
    pub continues_after: Option<u64>,
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
            continues_after: None,
            heard_at: now,
            attachment,
        }
    }
}

impl<S: Sql> Room<S> {
    /// Takes back a connection whose socket outlived the room's memory.
    pub fn restore(&mut self, attachment: Attachment, now: Millis) {
        self.reserve(attachment.id);
        self.connections.insert(attachment.id, Connection::new(attachment, &self.rates, now));
    }

    /// Gives this number to no connection to come: a socket that is closing still has it.
    pub fn reserve(&mut self, connection: ConnectionId) {
        self.next_connection = self.next_connection.max(connection.wrapping_add(1));
    }

    /// What the shell must keep with a connection's socket.
    #[must_use]
    pub fn attachment(&self, connection: ConnectionId) -> Option<&Attachment> {
        self.connections.get(&connection).map(|connection| &connection.attachment)
    }

    /// Connects someone: welcomes them and replays what they have missed, or the last events.
    ///
    /// # Errors
    /// When there is no such conversation, they may not see it, or have too many sockets already.
    pub fn connect(
        &mut self,
        actor: &Actor,
        after: Option<u64>,
        now: Millis,
    ) -> Result<(ConnectionId, Vec<Output>), RoomError> {
        let conversation = self.conversation(actor, now)?;
        self.expect_events()?;
        let held = self.held_by(actor);
        if actor.kind == ActorKind::Visitor && held >= limits::SOCKETS_PER_VISITOR {
            return Err(RoomError::TooManyConnections);
        }
        let id = self.next_connection;
        self.next_connection = id.wrapping_add(1);
        let attachment = Attachment { v: 1, id, actor: actor.clone(), live: false, since: now };
        self.connections.insert(id, Connection::new(attachment, &self.rates, now));

        let mut outputs = Vec::new();
        let welcome = ServerFrame::Welcome {
            you: actor.clone(),
            conversation,
            present: self.present(),
            heartbeat_seconds: limits::HEARTBEAT_SECONDS,
            limits: self.limits(),
        };
        send(&mut outputs, vec![id], &welcome);
        match self.resume(id, after, &mut outputs) {
            Ok(()) => {}
            Err(error) => {
                self.connections.remove(&id);
                return Err(error);
            }
        }
        if held == 0 {
            let others = self.connected(|other| !is_same(other, actor));
            send(&mut outputs, others, &ServerFrame::Presence { actor: actor.clone(), online: true });
        }
        Ok((id, outputs))
    }

    /// Forgets a connection whose socket has closed.
    pub fn disconnect(&mut self, id: ConnectionId) -> Vec<Output> {
        let mut outputs = Vec::new();
        if let Some(gone) = self.connections.remove(&id) {
            let actor = gone.attachment.actor;
            if self.held_by(&actor) == 0 {
                let everyone = self.connected(|_| true);
                send(&mut outputs, everyone, &ServerFrame::Presence { actor, online: false });
            }
        }
        outputs
    }

    /// Closes the connections that have been silent for three heartbeats, so that a dead peer is not sent to for ever.
    /// Looks at most once a heartbeat. `last_ping` is when the runtime last answered a connection's ping.
    pub fn sweep(&mut self, now: Millis, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Vec<Output> {
        let heartbeat = Millis::from(limits::HEARTBEAT_SECONDS) * 1000;
        let mut outputs = Vec::new();
        if now.saturating_sub(self.swept_at) < heartbeat {
            return outputs;
        }
        self.swept_at = now;
        let silent = self.connections.iter().filter(|(id, connection)| {
            let heard = last_ping(**id).map_or(connection.heard_at, |ping| ping.max(connection.heard_at));
            now.saturating_sub(heard) > 3 * heartbeat
        });
        for id in silent.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.close(id, 1001, "silent for three heartbeats", &mut outputs);
        }
        outputs
    }

    /// Ends a connection from the room's side.
    pub fn close(&mut self, id: ConnectionId, code: u16, reason: &'static str, outputs: &mut Vec<Output>) {
        outputs.push(Output::Close { connection: id, code, reason });
        outputs.extend(self.disconnect(id));
    }

    /// The connections that `wanted` picks, caught up or not: who is here is told to all from their welcome on.
    pub(super) fn connected(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        let picked = self.connections.iter().filter(|(_, other)| wanted(other));
        picked.map(|(id, _)| *id).collect()
    }

    /// The caught-up connections that `wanted` picks.
    pub(super) fn live(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        self.connected(|other| other.attachment.live && wanted(other))
    }

    pub(super) fn held_by(&self, actor: &Actor) -> usize {
        self.connected(|other| is_same(other, actor)).len()
    }

    /// Everyone who is here, each once.
    pub(super) fn present(&self) -> Vec<Actor> {
        let mut present: Vec<Actor> = Vec::new();
        for Connection { attachment, .. } in self.connections.values() {
            if !present.iter().any(|actor| actor.id == attachment.actor.id) {
                present.push(attachment.actor.clone());
            }
        }
        present
    }

    pub(super) fn limits(&self) -> Limits {
        let bounded = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX);
        Limits {
            frame_bytes: bounded(limits::FRAME_BYTES),
            message_characters: bounded(limits::MESSAGE_CHARACTERS),
            send_burst: whole(self.rates.sends.burst),
            sends_per_second: whole(self.rates.sends.per_second),
        }
    }
}

/// A rate as a whole number, as JSON has it; a fraction is less than what is told.
fn whole(rate: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates
    let rate = rate.ceil() as u32;
    rate
}

/// Whether the actor holds the connection, under this name or, on a socket from before a change of name, another.
pub(super) fn is_same(connection: &Connection, actor: &Actor) -> bool {
    let holder = &connection.attachment.actor;
    holder.id == actor.id && holder.kind == actor.kind
}
