//! Who is connected to the room: welcome and resume point, presence, silence, ends.

use crate::Millis;
use crate::access::{Action, Audience, Principal};
use crate::limits;
use crate::sessions::Ending;
use crate::sockets::{self, Attachment, ConnectionId, Output, SocketLogic, send};
use crate::sorted::Sorted;
use crate::sql::Sql;
use crate::wire::{CLOSE_OUT_OF_REACH, ErrorCode, Limits, Present, ServerFrame};

use super::{Room, RoomError};

/// A connection in memory.
pub type Connection = sockets::Connection<Held>;

/// What a room knows of a connection besides.
#[derive(Debug)]
pub struct Held {
    pub audience: Audience,
    /// The end of the page it has just been sent, when more follows. Asking for that costs nothing: the room set the pace.
    pub continues_after: Option<u64>,
}

impl Held {
    fn new(principal: &Principal) -> Self {
        Self { audience: Audience::of(principal), continues_after: None }
    }
}

impl<S: Sql> SocketLogic for Room<S> {
    fn restore(&mut self, attachment: Attachment, now: Millis) {
        let held = Held::new(&attachment.principal);
        self.connections.restore(attachment, held, now);
    }

    fn reserve(&mut self, connection: ConnectionId) {
        self.connections.reserve(connection);
    }

    fn attachment(&self, connection: ConnectionId) -> Option<&Attachment> {
        self.connections.get(connection).map(|connection| &connection.attachment)
    }

    fn hear(&mut self, id: ConnectionId, frame: Option<&str>, bytes: usize, now: Millis) -> Vec<Output> {
        match frame {
            Some(frame) => self.receive(id, frame, now),
            None => self.receive_binary(id, bytes),
        }
    }

    fn disconnect(&mut self, id: ConnectionId, _now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.leave(id, &mut outputs);
        outputs
    }

    fn sweep(
        &mut self,
        now: Millis,
        all: bool,
        last_ping: impl Fn(ConnectionId) -> Option<Millis>,
    ) -> Vec<Output> {
        let overdue = self.connections.overdue(now, all, last_ping);
        self.close_all(overdue)
    }

    fn sweep_due(&self, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Option<Millis> {
        self.connections.due(last_ping)
    }

    /// Who may see more or less by the fresh token than before connects anew.
    fn renewed(&mut self, id: ConnectionId, by: Result<Principal, ErrorCode>, _now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        let before = self.connections.get(id).map(|connection| connection.attachment.principal.clone());
        let sees_as_before = match (&before, &by) {
            (Some(before), Ok(by)) => before.sees_as(by),
            _ => true,
        };
        match self.connections.renewed(id, by) {
            Ok(None) => {}
            Ok(Some(until)) => {
                if sees_as_before {
                    outputs.push(Output::Remember(id));
                    send(&mut outputs, vec![id], &ServerFrame::Renewed { until });
                } else {
                    self.close(id, 1012, "connect again", &mut outputs);
                }
            }
            Err(refusal) => self.refuse(id, None, refusal.into(), &mut outputs),
        }
        outputs
    }

    fn end_session(&mut self, ending: &Ending, _now: Millis) -> Vec<Output> {
        let ended = self.connections.ended(ending);
        self.close_all(ended)
    }
}

impl<S: Sql> Room<S> {
    /// Connects someone: welcomes them and replays what they have missed, or the last events.
    ///
    /// # Errors
    /// When there is no such conversation, they may not see it, or have too many sockets already.
    pub fn connect(
        &mut self,
        by: &Principal,
        after: Option<u64>,
        now: Millis,
    ) -> Result<(ConnectionId, Vec<Output>), RoomError> {
        let conversation = self.conversation(by, now)?;
        self.expect_events()?;
        let held = self.held_by(by);
        let most = match by.visitor() {
            Some(_) => limits::SOCKETS_PER_VISITOR,
            None => self.rates.sockets_per_agent,
        };
        if held >= most {
            return Err(RoomError::TooManyConnections);
        }
        let id = self.connections.open(by.clone(), Held::new(by), now);

        let mut outputs = Vec::new();
        let welcome = ServerFrame::Welcome {
            you: by.actor(),
            conversation,
            present: self.present(),
            heartbeat_seconds: self.connections.heartbeat_seconds(),
            limits: self.limits(),
            until: by.expires_at,
        };
        send(&mut outputs, vec![id], &welcome);
        match self.resume(id, after, &mut outputs) {
            Ok(()) => {}
            Err(error) => {
                self.connections.remove(id);
                return Err(error);
            }
        }
        if held == 0 {
            self.tell_presence(by, true, false, &mut outputs);
        }
        Ok((id, outputs))
    }

    /// Closes the connections of those who may not see the conversation any more, before they are sent anything else of it.
    pub(super) fn close_out_of_reach(&mut self, now: Millis, outputs: &mut Vec<Output>) {
        let lost = self.connected(|other| self.check(&other.attachment.principal, Action::See, now).is_err());
        let gone: Vec<_> = lost.iter().filter_map(|id| self.connections.remove(*id)).collect();
        outputs.extend(lost.into_iter().map(|connection| Output::Close {
            connection,
            code: CLOSE_OUT_OF_REACH,
            reason: "out_of_reach",
        }));
        let mut told = Sorted::new();
        for connection in &gone {
            let principal = &connection.attachment.principal;
            let (online, viewing) = (self.held_by(principal) > 0, self.is_viewing(principal));
            let is_news = !online || (connection.attachment.viewing && !viewing);
            if is_news && told.insert(principal.subject.uuid(), ()).is_none() {
                self.tell_presence(principal, online, viewing, outputs);
            }
        }
    }

    fn close_all(&mut self, overdue: Vec<(ConnectionId, u16, &'static str)>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for (id, code, reason) in overdue {
            self.close(id, code, reason, &mut outputs);
        }
        outputs
    }

    /// Forgets a connection, and tells the others what its end changes.
    fn leave(&mut self, id: ConnectionId, outputs: &mut Vec<Output>) {
        if let Some(gone) = self.connections.remove(id) {
            let principal = &gone.attachment.principal;
            let (online, viewing) = (self.held_by(principal) > 0, self.is_viewing(principal));
            if !online || (gone.attachment.viewing && !viewing) {
                self.tell_presence(principal, online, viewing, outputs);
            }
        }
    }

    /// Ends a connection from the room's side.
    pub fn close(&mut self, id: ConnectionId, code: u16, reason: &'static str, outputs: &mut Vec<Output>) {
        outputs.push(Output::Close { connection: id, code, reason });
        self.leave(id, outputs);
    }

    /// The connections that `wanted` picks, caught up or not: who is here is told to all from their welcome on.
    pub(super) fn connected(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        let picked = self.connections.iter().filter(|(_, other)| wanted(other));
        picked.map(|(id, _)| id).collect()
    }

    /// The caught-up connections that `wanted` picks.
    pub(super) fn live(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        self.connected(|other| other.attachment.live && wanted(other))
    }

    pub(super) fn held_by(&self, principal: &Principal) -> usize {
        self.connected(|other| other.is_held_by(principal)).len()
    }

    /// Whether this person has the conversation before their eyes, on any of their sockets.
    fn is_viewing(&self, principal: &Principal) -> bool {
        self.connections.iter().any(|(_, other)| other.attachment.viewing && other.is_held_by(principal))
    }

    /// Keeps whether the holder of a socket has the conversation before their eyes on it; tells the others where that is
    /// news.
    pub(super) fn set_viewing(
        &mut self,
        id: ConnectionId,
        by: &Principal,
        viewing: bool,
        outputs: &mut Vec<Output>,
    ) {
        let before = self.is_viewing(by);
        match self.connections.get_mut(id) {
            Some(connection) if connection.attachment.viewing != viewing => {
                connection.attachment.viewing = viewing;
                outputs.push(Output::Remember(id));
            }
            _ => return,
        }
        let now = self.is_viewing(by);
        if now != before {
            self.tell_presence(by, true, now, outputs);
        }
    }

    /// Tells everyone else how somebody is here.
    fn tell_presence(&self, who: &Principal, online: bool, viewing: bool, outputs: &mut Vec<Output>) {
        let others = self.connected(|other| !other.is_held_by(who));
        send(outputs, others, &ServerFrame::Presence { actor: who.actor(), online, viewing });
    }

    /// Everyone who is here, each once.
    pub(super) fn present(&self) -> Vec<Present> {
        let mut present: Vec<Present> = Vec::new();
        for (_, connection) in self.connections.iter() {
            let (actor, viewing) = (connection.actor(), connection.attachment.viewing);
            match present.iter_mut().find(|known| known.actor.id == actor.id) {
                Some(known) => known.viewing |= viewing,
                None => present.push(Present { actor, viewing }),
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
