//! What clients send: each frame is read, counted against its rate, and either done or refused to its sender alone.

use crate::Millis;
use crate::access::Action;
use crate::limits;
use crate::socket::{ConnectionId, Output, Refusal, parse, send};
use crate::sql::Sql;
use crate::wire::{Actor, ClientFrame, ErrorCode, EventBody, ServerFrame};

use super::connections::is_same;
use super::page::Range;
use super::{Room, RoomError, validate};

/// The frames a client may send.
const FRAMES: [&str; 6] = ["send", "edit", "delete", "read", "typing", "resume"];

impl<S: Sql> Room<S> {
    /// Takes in a text frame. Whatever is wrong with it concerns its sender alone.
    pub fn receive(&mut self, id: ConnectionId, frame: &str, now: Millis) -> Vec<Output> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Vec::new();
        };
        connection.heard_at = now;
        if frame.len() > limits::FRAME_BYTES {
            return self.too_large(id, frame.len());
        }
        if frame == "ping" {
            // The runtime answers pings without waking the room; this is for shells that don't.
            return vec![Output::Send { to: vec![id], frame: "pong".to_owned() }];
        }
        let actor = connection.attachment.actor.clone();
        let mut outputs = Vec::new();
        let (client_id, result) = match parse::<ClientFrame>(frame, &FRAMES) {
            Ok(frame) => {
                let client_id = frame.client_id().map(str::to_owned);
                (client_id, self.handle_frame(id, &actor, frame, now, &mut outputs))
            }
            Err((client_id, refusal)) => (client_id, Err(refusal.into())),
        };
        match result {
            Ok(()) => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.refusals = 0;
                }
            }
            Err(error) => self.refuse(id, client_id, error, &mut outputs),
        }
        outputs
    }

    /// Takes in a binary frame: there are none in this protocol.
    pub fn receive_binary(&mut self, id: ConnectionId, bytes: usize) -> Vec<Output> {
        if !self.connections.contains_key(&id) {
            return Vec::new();
        }
        if bytes > limits::FRAME_BYTES {
            return self.too_large(id, bytes);
        }
        let mut outputs = Vec::new();
        let refusal =
            Refusal::new(ErrorCode::MalformedFrame, "A frame is a text message with one JSON object.");
        self.refuse(id, None, refusal.into(), &mut outputs);
        outputs
    }

    /// Does what a frame asks for.
    pub(super) fn handle_frame(
        &mut self,
        id: ConnectionId,
        actor: &Actor,
        frame: ClientFrame,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.take_token(id, &frame, now)?;
        match frame {
            ClientFrame::Send { client_id, kind, text } => {
                let said = self.send_message(actor, &client_id, kind, &text, now, outputs)?;
                said.ack(id, client_id, outputs);
            }
            ClientFrame::Edit { client_id, target, text } => {
                let text = validate::text(&text)?.into_owned();
                let body = EventBody::MessageEdited { target, text };
                self.amend(actor, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Delete { client_id, target } => {
                let body = EventBody::MessageDeleted { target };
                self.amend(actor, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Read { up_to } => self.mark_read(actor, up_to, now, outputs)?,
            ClientFrame::Typing { active } => {
                self.check(actor, Action::Type, now)?;
                let others = self.live(|other| !is_same(other, actor));
                send(outputs, others, &ServerFrame::Typing { actor: actor.clone(), active });
            }
            ClientFrame::Resume { after } => self.resume(id, Some(after), outputs)?,
        }
        Ok(())
    }

    /// Takes the price of a frame from its connection's bucket.
    pub(super) fn take_token(
        &mut self,
        id: ConnectionId,
        frame: &ClientFrame,
        now: Millis,
    ) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        let (bucket, rate, what) = match frame {
            ClientFrame::Resume { after } if connection.continues_after == Some(*after) => return Ok(()),
            ClientFrame::Send { .. } | ClientFrame::Edit { .. } | ClientFrame::Delete { .. } => {
                (&mut connection.sends, self.rates.sends, "messages")
            }
            ClientFrame::Read { .. } | ClientFrame::Typing { .. } | ClientFrame::Resume { .. } => {
                (&mut connection.signals, self.rates.signals, "signals")
            }
        };
        bucket.take(rate, now).map_err(|wait| Refusal {
            code: ErrorCode::RateLimited,
            message: format!("Too many {what} at once; try again in {wait} ms."),
            retry_after_ms: Some(wait),
        })
    }

    /// Sends a connection what came after `after`, or the last events, and makes it live once nothing is left.
    pub(super) fn resume(
        &mut self,
        id: ConnectionId,
        after: Option<u64>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        let head = self.log.snapshot().head_for(connection.audience);
        let beyond = after.is_some_and(|seq| seq > head || head - seq > limits::RESUME_EVENTS);
        if beyond {
            connection.attachment.live = false;
            send(outputs, vec![id], &ServerFrame::Reset { head });
            outputs.push(Output::Remember(id));
            return Ok(());
        }
        let (range, limit) = match after {
            Some(seq) => (Range::After(seq), limits::PAGE_EVENTS),
            None => (Range::Before(u64::MAX), limits::TAIL_EVENTS),
        };
        let page = self.log.page(connection.audience, range, limit)?;
        let (people, events) = self.people.page(page.events, connection.audience, !page.more);
        if connection.attachment.live == page.more {
            connection.attachment.live = !page.more;
            outputs.push(Output::Remember(id));
        }
        connection.continues_after = events.last().filter(|_| page.more).map(|last| last.seq);
        let frame = ServerFrame::Page { people, events, more: page.more, prev: page.prev };
        send(outputs, vec![id], &frame);
        Ok(())
    }

    /// Tells a sender, and nobody else, that its frame was refused; too often in a row, and its socket is closed.
    pub(super) fn refuse(
        &mut self,
        id: ConnectionId,
        client_id: Option<String>,
        error: RoomError,
        outputs: &mut Vec<Output>,
    ) {
        let refusal = match error {
            RoomError::Refused(refusal) => refusal,
            RoomError::NotFound
            | RoomError::TooManyConnections
            | RoomError::Archived
            | RoomError::Incomplete(_) => Refusal::new(ErrorCode::Forbidden, error.to_string()),
            // The cause is for the shell's log, not for a stranger.
            RoomError::Storage(_) => Refusal {
                code: ErrorCode::Internal,
                message: "The room could not store this; send it again.".to_owned(),
                retry_after_ms: Some(1000),
            },
        };
        let client_id = client_id.filter(|client_id| client_id.len() <= limits::CLIENT_ID_BYTES);
        send(outputs, vec![id], &ServerFrame::Error(refusal.about(client_id)));
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.refusals += 1;
        if connection.refusals >= limits::REFUSALS_BEFORE_CLOSE {
            self.close(id, 1008, "too many refused frames", outputs);
        }
    }

    pub(super) fn too_large(&mut self, id: ConnectionId, bytes: usize) -> Vec<Output> {
        let mut outputs = Vec::new();
        let message = format!("A frame has at most {} bytes; this one has {bytes}.", limits::FRAME_BYTES);
        self.refuse(id, None, Refusal::new(ErrorCode::FrameTooLarge, message).into(), &mut outputs);
        if self.connections.contains_key(&id) {
            self.close(id, 1009, "frame too large", &mut outputs);
        }
        outputs
    }
}

impl ClientFrame {
    fn client_id(&self) -> Option<&str> {
        match self {
            Self::Send { client_id, .. } | Self::Edit { client_id, .. } | Self::Delete { client_id, .. } => {
                Some(client_id)
            }
            Self::Read { .. } | Self::Typing { .. } | Self::Resume { .. } => None,
        }
    }
}
