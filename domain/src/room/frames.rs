//! What clients send: each frame is read, counted against its rate, and either done or refused to its sender alone.

use crate::Millis;
use crate::access::{Action, Principal};
use crate::limits;
use crate::sockets::{ConnectionId, Output, Refusal, parse, send};
use crate::sql::Sql;
use crate::wire::{ClientFrame, ErrorCode, EventBody, ServerFrame};

use super::page::Range;
use super::{Room, RoomError, validate};

impl<S: Sql> Room<S> {
    /// Takes in a text frame. Whatever is wrong with it concerns its sender alone.
    pub fn receive(&mut self, id: ConnectionId, frame: &str, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        let by = match self.connections.hear(id, now, &mut outputs) {
            None => return outputs,
            Some(Err((code, reason))) => {
                self.close(id, code, reason, &mut outputs);
                return outputs;
            }
            Some(Ok(connection)) => connection.attachment.principal.clone(),
        };
        if frame.len() > limits::FRAME_BYTES {
            self.too_large(id, frame.len(), &mut outputs);
            return outputs;
        }
        if frame == "ping" {
            // The runtime answers pings without waking the room; this is for shells that don't.
            outputs.push(Output::Send { to: vec![id], frame: "pong".to_owned() });
            return outputs;
        }
        let (client_id, result) = match parse::<ClientFrame>(frame, &ClientFrame::NAMES) {
            Ok(frame) => {
                let client_id = frame.client_id().map(str::to_owned);
                (client_id, self.handle_frame(id, &by, frame, now, &mut outputs))
            }
            Err((client_id, refusal)) => (client_id, Err(refusal.into())),
        };
        match result {
            Ok(()) => {
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.done();
                }
            }
            Err(error) => self.refuse(id, client_id, error, &mut outputs),
        }
        outputs
    }

    /// Takes in a binary frame: there are none in this protocol.
    pub fn receive_binary(&mut self, id: ConnectionId, bytes: usize) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.connections.get(id).is_none() {
            return outputs;
        }
        if bytes > limits::FRAME_BYTES {
            self.too_large(id, bytes, &mut outputs);
            return outputs;
        }
        let refusal =
            Refusal::new(ErrorCode::MalformedFrame, "A frame is a text message with one JSON object.");
        self.refuse(id, None, refusal.into(), &mut outputs);
        outputs
    }

    /// Does what a frame asks for.
    pub(super) fn handle_frame(
        &mut self,
        id: ConnectionId,
        by: &Principal,
        frame: ClientFrame,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.take_token(id, &frame, now)?;
        match frame {
            ClientFrame::Send { client_id, kind, text } => {
                let said = self.send_message(by, &client_id, kind, &text, now, outputs)?;
                said.ack(id, client_id, outputs);
            }
            ClientFrame::Edit { client_id, target, text } => {
                let text = validate::text(&text)?.into_owned();
                let body = EventBody::MessageEdited { target, text };
                self.amend(by, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Delete { client_id, target } => {
                let body = EventBody::MessageDeleted { target };
                self.amend(by, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Read { up_to } => self.mark_read(by, up_to, now, outputs)?,
            ClientFrame::Typing { active } => {
                self.check(by, Action::Type, now)?;
                let others = self.live(|other| !other.is_held_by(by));
                send(outputs, others, &ServerFrame::Typing { actor: by.actor(), active });
            }
            ClientFrame::Viewing { active } => self.set_viewing(id, by, active, outputs),
            ClientFrame::Resume { after } => self.resume(id, Some(after), outputs)?,
            ClientFrame::Renew { token } => outputs.push(Output::Renew { connection: id, token }),
        }
        Ok(())
    }

    /// Takes the price of a frame from its author's buckets: one for what is stored, one for signals.
    pub(super) fn take_token(
        &mut self,
        id: ConnectionId,
        frame: &ClientFrame,
        now: Millis,
    ) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        let (taken, what) = match frame {
            ClientFrame::Resume { after } if connection.state.continues_after == Some(*after) => {
                return Ok(());
            }
            ClientFrame::Send { .. } | ClientFrame::Edit { .. } | ClientFrame::Delete { .. } => {
                let author = &connection.attachment.principal;
                (self.senders.take(author, self.rates.sends, &self.log, now), "messages")
            }
            ClientFrame::Read { .. }
            | ClientFrame::Typing { .. }
            | ClientFrame::Viewing { .. }
            | ClientFrame::Resume { .. }
            | ClientFrame::Renew { .. } => {
                let author = connection.attachment.principal.subject.uuid();
                (self.signals.take(author, self.rates.signals, now), "signals")
            }
        };
        taken.map_err(|wait| Refusal {
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
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        let head = self.log.snapshot().head_for(connection.state.audience);
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
        let page = self.log.page(connection.state.audience, range, limit)?;
        let (people, events) = self.people.page(page.events, connection.state.audience, !page.more);
        if connection.attachment.live == page.more {
            connection.attachment.live = !page.more;
            outputs.push(Output::Remember(id));
        }
        connection.state.continues_after = events.last().filter(|_| page.more).map(|last| last.seq);
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
        let code = refusal.code;
        let client_id = client_id.filter(|client_id| client_id.len() <= limits::CLIENT_ID_BYTES);
        send(outputs, vec![id], &ServerFrame::Error(refusal.about(client_id)));
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if let Some((code, reason)) = connection.refused(code) {
            self.close(id, code, reason, outputs);
        }
    }

    pub(super) fn too_large(&mut self, id: ConnectionId, bytes: usize, outputs: &mut Vec<Output>) {
        let message = format!("A frame has at most {} bytes; this one has {bytes}.", limits::FRAME_BYTES);
        self.refuse(id, None, Refusal::new(ErrorCode::FrameTooLarge, message).into(), outputs);
    }
}

impl ClientFrame {
    fn client_id(&self) -> Option<&str> {
        match self {
            Self::Send { client_id, .. } | Self::Edit { client_id, .. } | Self::Delete { client_id, .. } => {
                Some(client_id)
            }
            Self::Read { .. }
            | Self::Typing { .. }
            | Self::Viewing { .. }
            | Self::Resume { .. }
            | Self::Renew { .. } => None,
        }
    }
}
