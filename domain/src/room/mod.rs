//! A conversation's room: the one writer of its log, and everyone who is connected to it.
//!
//! Plain logic over the [`Sql`] port. The shell (a Durable Object, or a property test) hands in what arrives and the
//! time, and carries out the [`Output`]s in order. The room promises, in `docs/PROTOCOL.md`'s words: an ack means stored;
//! one order for all; a repeat is stored once; nothing is missed; a note never leaves for a visitor. What it holds in
//! memory is a cache of the log and of the sockets' attachments, and can be lost between any two calls.

mod connection;
mod log;
mod outbox;
mod record;
mod validate;

use std::collections::BTreeMap;

use serde::Deserialize;

use connection::Connection;
use log::{Draft, Identity, Log, Range, Stored};
pub use outbox::Batch;
pub use record::{Record, history_of, is_whole};

use crate::Millis;
use crate::access::{Audience, Deed, Scene, Target, may, system};
use crate::id::ConversationId;
use crate::limits::{self, Rates};
use crate::socket::{Attachment, ConnectionId, Output, Refusal, parse, send};
use crate::sql::{Sql, SqlError};
use crate::wire::{
    Actor, ActorKind, ClientFrame, Conversation, ConversationStatus, ConversationSummary, ErrorCode,
    EventBody, History, Limits, SendKind, ServerFrame, StartConversationRequest, StartedConversation, Text,
    present,
};

/// Why the room did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize, thiserror::Error)]
pub enum RoomError {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    NotFound,
    /// The visitor has as many sockets here as one may have.
    #[error("a visitor may hold {} connections to a conversation", limits::SOCKETS_PER_VISITOR)]
    TooManyConnections,
    /// A rule stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its events are in the document store only; [`Room::take_back`] comes first.
    #[error("the conversation is archived")]
    Archived,
    /// It is archived, and the document store lacks some of its events.
    #[error("the document store does not have all of the conversation any more: {0}")]
    Incomplete(String),
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(#[from] SqlError),
}

/// The frames a client may send.
const FRAMES: [&str; 6] = ["send", "edit", "delete", "read", "typing", "resume"];

/// What a conversation is changed to. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct Change {
    /// The new status.
    pub status: Option<ConversationStatus>,
    /// The new assignee, looked up; inside, `None` is nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub assignee: Option<Option<Actor>>,
}

/// Which part of the history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, Deserialize)]
pub enum Part {
    /// The last events.
    Last,
    /// The last events before this `seq`.
    Before(u64),
    /// The first events after this `seq`.
    After(u64),
}

/// A conversation's room.
pub struct Room<S> {
    log: Log<S>,
    rates: Rates,
    connections: BTreeMap<ConnectionId, Connection>,
    /// The number of the next connection. Not that of one just closed: a last frame of its socket may still arrive.
    next_connection: ConnectionId,
    /// When silent connections were last looked for.
    swept_at: Millis,
}

impl<S: Sql> Room<S> {
    /// Opens the room over its database, bringing the tables up to date.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S, rates: Rates) -> Result<Self, SqlError> {
        Ok(Self {
            log: Log::open(sql)?,
            rates,
            connections: BTreeMap::new(),
            next_connection: 0,
            swept_at: 0,
        })
    }

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

    /// Begins the conversation with its visitor's first message, or finds that a repeat of the request has.
    ///
    /// # Errors
    /// When the conversation belongs to another visitor, the message breaks a rule, or the storage fails.
    pub fn start(
        &mut self,
        id: ConversationId,
        visitor: &Actor,
        request: &StartConversationRequest,
        now: Millis,
    ) -> Result<(StartedConversation, Vec<Output>), RoomError> {
        validate::client_id(&request.client_id)?;
        validate::text(&request.text)?;
        self.expect_events()?;
        if self.log.identity().is_none() {
            self.log.found(Identity { id, visitor: visitor.clone(), created_at: now })?;
        }
        self.check(visitor, Deed::See, now)?;
        let mut outputs = Vec::new();
        let said =
            self.say(visitor, &request.client_id, SendKind::Message, &request.text, now, &mut outputs)?;
        let conversation = self.conversation(visitor, now)?;
        let ack = StartedConversation { conversation, seq: said.seq, at: said.at, duplicate: said.duplicate };
        Ok((ack, outputs))
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
                (client_id, self.obey(id, &actor, frame, now, &mut outputs))
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

    /// Changes status or assignee for an agent. What is so already is not written again.
    ///
    /// # Errors
    /// When there is no such conversation, the actor may not, or the storage fails.
    pub fn update(
        &mut self,
        actor: &Actor,
        change: Change,
        now: Millis,
    ) -> Result<(Conversation, Vec<Output>), RoomError> {
        self.check(actor, Deed::Update, now)?;
        self.expect_events()?;
        let standing = self.log.standing();
        let assignee = change.assignee.filter(|assignee| *assignee != standing.assignee);
        let status = change.status.filter(|status| *status != standing.status);
        let bodies = [
            assignee.map(|assignee| EventBody::Assigned { assignee }),
            status.map(|status| EventBody::StatusChanged { status }),
        ];
        let drafts = bodies.into_iter().flatten();
        let drafts: Vec<_> =
            drafts.map(|body| Draft { actor, client_id: None, body, public: true }).collect();
        let mut outputs = Vec::new();
        if !drafts.is_empty() {
            self.publish(drafts, now, &mut outputs)?;
        }
        Ok((self.conversation(actor, now)?, outputs))
    }

    /// The conversation as the actor sees it.
    ///
    /// # Errors
    /// When there is none, or they may not see it.
    pub fn conversation(&self, actor: &Actor, now: Millis) -> Result<Conversation, RoomError> {
        self.check(actor, Deed::See, now)?;
        self.log.conversation(Audience::of(actor)).ok_or(RoomError::NotFound)
    }

    /// A page of the history as the actor sees it.
    ///
    /// # Errors
    /// When there is no such conversation, they may not see it, or the storage fails.
    pub fn history(
        &self,
        actor: &Actor,
        part: Part,
        limit: usize,
        now: Millis,
    ) -> Result<History, RoomError> {
        self.check(actor, Deed::See, now)?;
        self.expect_events()?;
        let audience = Audience::of(actor);
        let page = self.log.page(audience, Range::of(part), limit)?;
        let head = self.log.standing().head_for(audience);
        Ok(History { events: page.events, prev: page.prev, more: page.more, head })
    }

    /// The conversation as a list shows it, to agents or to its visitor; nothing before it has begun, or while it is
    /// archived, when there is no news of it.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn summary(&self, audience: Audience) -> Result<Option<ConversationSummary>, SqlError> {
        let Some(conversation) = self.log.conversation(audience).filter(|_| !self.is_archived()) else {
            return Ok(None);
        };
        let last_message = self.log.last_message()?;
        Ok(Some(ConversationSummary {
            updated_at: last_message.as_ref().map_or(conversation.created_at, |message| message.at),
            unread: self.log.unread(audience)?,
            last_message,
            conversation,
        }))
    }

    /// The head that lists should know of; nothing before the conversation has begun, or while it is archived.
    #[must_use]
    pub fn summary_head(&self) -> Option<u64> {
        self.log.identity().filter(|_| !self.is_archived()).map(|_| self.log.standing().head)
    }

    /// Does what a frame asks for.
    fn obey(
        &mut self,
        id: ConnectionId,
        actor: &Actor,
        frame: ClientFrame,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.pay(id, &frame, now)?;
        match frame {
            ClientFrame::Send { client_id, kind, text } => {
                let said = self.say(actor, &client_id, kind, &text, now, outputs)?;
                said.ack(id, client_id, outputs);
            }
            ClientFrame::Edit { client_id, target, text } => {
                validate::text(&text)?;
                let body = EventBody::MessageEdited { target, text };
                self.amend(actor, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Delete { client_id, target } => {
                let body = EventBody::MessageDeleted { target };
                self.amend(actor, &client_id, target, body, now, outputs)?.ack(id, client_id, outputs);
            }
            ClientFrame::Read { up_to } => self.mark_read(actor, up_to, now, outputs)?,
            ClientFrame::Typing { active } => {
                self.check(actor, Deed::Type, now)?;
                let others = self.live(|other| !is_same(other, actor));
                send(outputs, others, &ServerFrame::Typing { actor: actor.clone(), active });
            }
            ClientFrame::Resume { after } => self.resume(id, Some(after), outputs)?,
        }
        Ok(())
    }

    /// Stores a message or note once, however often it is sent.
    fn say(
        &mut self,
        actor: &Actor,
        client_id: &str,
        kind: SendKind,
        text: &str,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Stand, RoomError> {
        validate::client_id(client_id)?;
        validate::text(text)?;
        if let Err(refused) = self.check(actor, Deed::Send(kind), now) {
            // What was acked stays acked, also to someone who repeats it after the conversation was closed.
            return self.repeat(actor, client_id)?.ok_or(refused);
        }
        let said = Text { text: text.to_owned(), ..Text::default() };
        let (body, public) = match kind {
            SendKind::Message => (EventBody::Message(said), true),
            SendKind::Note => (EventBody::Note(said), false),
        };
        let mut drafts = vec![Draft { actor, client_id: Some(client_id), body, public }];
        let system = system();
        if actor.kind == ActorKind::Visitor && self.log.standing().status != ConversationStatus::Open {
            if let Some(stand) = self.repeat(actor, client_id)? {
                return Ok(stand);
            }
            // The visitor speaks again: whatever the team thought was done, or was waiting for, is open.
            let body = EventBody::StatusChanged { status: ConversationStatus::Open };
            drafts.push(Draft { actor: &system, client_id: None, body, public: true });
        }
        match self.publish(drafts, now, outputs)? {
            Some(stand) => Ok(stand),
            None => self.repeat(actor, client_id)?.ok_or_else(lost_repeat),
        }
    }

    /// Stores an edit or deletion of a message or note once.
    fn amend(
        &mut self,
        actor: &Actor,
        client_id: &str,
        target: u64,
        body: EventBody,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Stand, RoomError> {
        validate::client_id(client_id)?;
        if let Some(stand) = self.repeat(actor, client_id)? {
            return Ok(stand);
        }
        // What one may not see, one must not learn of: it is refused as if it were not there.
        let visible =
            |found: &Target| found.kind == SendKind::Message || Audience::of(actor) == Audience::Agents;
        let found = self.log.target(target)?.filter(visible).ok_or_else(|| {
            Refusal::new(ErrorCode::NoSuchMessage, format!("There is no message with seq {target}."))
        })?;
        let deed = match body {
            EventBody::MessageDeleted { .. } => Deed::Delete(&found),
            _ => Deed::Edit(&found),
        };
        self.check(actor, deed, now)?;
        let public = found.kind == SendKind::Message;
        let draft = Draft { actor, client_id: Some(client_id), body, public };
        self.publish(vec![draft], now, outputs)?.ok_or_else(lost_repeat)
    }

    /// Moves the read mark of the actor's side forward. It always stands on a message, so that a mark never names a
    /// note, and marks about marks never answer each other.
    fn mark_read(
        &mut self,
        actor: &Actor,
        up_to: u64,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.check(actor, Deed::See, now)?;
        let read = self.log.standing().read;
        let mark = match Audience::of(actor) {
            Audience::Visitor => read.visitor,
            Audience::Agents => read.agents,
        };
        let up_to = self.log.last_message_up_to(up_to)?;
        if up_to > mark {
            let body = EventBody::Read { up_to };
            self.publish(vec![Draft { actor, client_id: None, body, public: true }], now, outputs)?;
        }
        Ok(())
    }

    /// Stores events, all or none, and sends them to everyone live who may see them. `None`: the author of the first
    /// has stored one of that name. Of several, the caller has made sure that it is new.
    fn publish(
        &mut self,
        drafts: Vec<Draft<'_>>,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Option<Stand>, RoomError> {
        let stored = match self.log.append(drafts, now) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(None),
            Err(error) => {
                // Memory must not claim what the database did not take.
                self.log.reload()?;
                return Err(error.into());
            }
        };
        let stand = stored.first().map(|Stored { event, .. }| Stand {
            seq: event.seq,
            at: event.at,
            duplicate: false,
        });
        for stored in stored {
            self.broadcast(stored, outputs);
        }
        outputs.push(Output::Changed);
        Ok(stand)
    }

    fn broadcast(&self, stored: Stored, outputs: &mut Vec<Output>) {
        let Stored { mut event, public, prev_public } = stored;
        let everyone = self.live(|_| true);
        let (visitors, agents): (Vec<_>, Vec<_>) = everyone.into_iter().partition(|id| {
            self.connections.get(id).is_none_or(|connection| connection.audience == Audience::Visitor)
        });
        let same_for_all = public && event.prev == prev_public;
        if same_for_all {
            let to = visitors.into_iter().chain(agents).collect();
            send(outputs, to, &ServerFrame::Event(event));
            return;
        }
        send(outputs, agents, &ServerFrame::Event(event.clone()));
        if public {
            event.prev = prev_public;
            send(outputs, visitors, &ServerFrame::Event(event));
        }
    }

    /// Sends a connection what came after `after`, or the last events, and makes it live once nothing is left.
    fn resume(
        &mut self,
        id: ConnectionId,
        after: Option<u64>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        let head = self.log.standing().head_for(connection.audience);
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
        if connection.attachment.live == page.more {
            connection.attachment.live = !page.more;
            outputs.push(Output::Remember(id));
        }
        connection.continues_after = page.events.last().filter(|_| page.more).map(|last| last.seq);
        let frame = ServerFrame::Page { events: page.events, more: page.more, prev: page.prev };
        send(outputs, vec![id], &frame);
        Ok(())
    }

    /// Takes the price of a frame from its connection's bucket.
    fn pay(&mut self, id: ConnectionId, frame: &ClientFrame, now: Millis) -> Result<(), Refusal> {
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

    fn expect_events(&self) -> Result<(), RoomError> {
        if self.is_archived() { Err(RoomError::Archived) } else { Ok(()) }
    }

    /// Whether the rules let the actor do the deed.
    fn check(&self, actor: &Actor, deed: Deed<'_>, now: Millis) -> Result<(), RoomError> {
        let identity = self.log.identity().ok_or(RoomError::NotFound)?;
        let scene = Scene { visitor: &identity.visitor, status: self.log.standing().status, now };
        may(actor, deed, scene).map_err(|(code, message)| Refusal::new(code, message).into())
    }

    /// The ack of something the author has stored before.
    fn repeat(&self, actor: &Actor, client_id: &str) -> Result<Option<Stand>, SqlError> {
        let place = self.log.find(&actor.id, client_id)?;
        Ok(place.map(|place| Stand { seq: place.seq, at: place.at, duplicate: true }))
    }

    /// Tells a sender, and nobody else, that its frame was refused; too often in a row, and its socket is closed.
    fn refuse(
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

    fn too_large(&mut self, id: ConnectionId, bytes: usize) -> Vec<Output> {
        let mut outputs = Vec::new();
        let message = format!("A frame has at most {} bytes; this one has {bytes}.", limits::FRAME_BYTES);
        self.refuse(id, None, Refusal::new(ErrorCode::FrameTooLarge, message).into(), &mut outputs);
        if self.connections.contains_key(&id) {
            self.close(id, 1009, "frame too large", &mut outputs);
        }
        outputs
    }

    /// Ends a connection from the room's side.
    pub fn close(&mut self, id: ConnectionId, code: u16, reason: &'static str, outputs: &mut Vec<Output>) {
        outputs.push(Output::Close { connection: id, code, reason });
        outputs.extend(self.disconnect(id));
    }

    /// The connections that `wanted` picks, caught up or not: who is here is told to all from their welcome on.
    fn connected(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        let picked = self.connections.iter().filter(|(_, other)| wanted(other));
        picked.map(|(id, _)| *id).collect()
    }

    /// The caught-up connections that `wanted` picks.
    fn live(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        self.connected(|other| other.attachment.live && wanted(other))
    }

    fn held_by(&self, actor: &Actor) -> usize {
        self.connected(|other| is_same(other, actor)).len()
    }

    /// Everyone who is here, each once.
    fn present(&self) -> Vec<Actor> {
        let mut present: Vec<Actor> = Vec::new();
        for Connection { attachment, .. } in self.connections.values() {
            if !present.iter().any(|actor| actor.id == attachment.actor.id) {
                present.push(attachment.actor.clone());
            }
        }
        present
    }

    fn limits(&self) -> Limits {
        let bounded = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX);
        Limits {
            frame_bytes: bounded(limits::FRAME_BYTES),
            message_characters: bounded(limits::MESSAGE_CHARACTERS),
            send_burst: self.rates.sends.burst,
            sends_per_second: self.rates.sends.per_second,
        }
    }
}

/// Whether the actor holds the connection, under this name or, on a socket from before a change of name, another.
fn is_same(connection: &Connection, actor: &Actor) -> bool {
    let holder = &connection.attachment.actor;
    holder.id == actor.id && holder.kind == actor.kind
}

/// Where something a client named stands in the log.
struct Stand {
    seq: u64,
    at: Millis,
    duplicate: bool,
}

impl Stand {
    fn ack(self, to: ConnectionId, client_id: String, outputs: &mut Vec<Output>) {
        let Self { seq, at, duplicate } = self;
        send(outputs, vec![to], &ServerFrame::Ack { client_id, seq, at, duplicate });
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

/// The index refused a name that the log then does not know: the database contradicts itself.
fn lost_repeat() -> RoomError {
    RoomError::Storage(SqlError::Other("a stored clientId could not be found".to_owned()))
}
