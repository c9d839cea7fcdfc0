//! What changes a conversation: messages, edits, deletions, read marks, status, priority and assignment. Each change is checked,
//! stored as one statement, and only then told to everyone who may see it.

use serde::Deserialize;

use crate::Millis;
use crate::access::{Action, Audience, Permission, Principal, Target, system};
use crate::id::{ConversationId, UserId};
use crate::sockets::{ConnectionId, Output, Refusal, send};
use crate::sql::{Sql, SqlError};
use crate::wire::{
    Actor, ActorKind, CompactEvent, Conversation, ConversationStatus, DepartmentName, ErrorCode, EventBody,
    Priority, SendKind, ServerFrame, StartConversationRequest, StartedConversation, TagName, Text,
};
use crate::{json, limits, text};

use super::log::{Appended, Named, NewEvent};
use super::people::People;
use super::snapshot::Identity;
use super::{Room, RoomError, validate};

/// What a conversation is changed to. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct Change {
    /// The new status.
    pub status: Option<ConversationStatus>,
    /// The new assignee, looked up; inside, `None` is nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    pub assignee: Option<Option<Actor>>,
    /// The department it is moved into, looked up; inside, `None` is the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    pub department: Option<Option<DepartmentName>>,
    /// With the status `snoozed`: until when; `None` is until the visitor answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Millis>,
    /// The new priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

impl<S: Sql> Room<S> {
    /// Begins the conversation with its visitor's first message, or finds that a repeat of the request has.
    ///
    /// # Errors
    /// When the conversation belongs to another visitor, the message breaks a rule, or the storage fails.
    pub fn start(
        &mut self,
        id: ConversationId,
        by: &Principal,
        request: &StartConversationRequest,
        now: Millis,
    ) -> Result<(StartedConversation, Vec<Output>), RoomError> {
        validate::client_id(&request.client_id)?;
        validate::text(&request.text)?;
        self.expect_events()?;
        if self.log.identity().is_none() {
            self.log.create(Identity { id, visitor: by.actor(), created_at: now })?;
        }
        self.check(by, Action::See, now)?;
        let mut outputs = Vec::new();
        let said =
            self.send_message(by, &request.client_id, SendKind::Message, &request.text, now, &mut outputs)?;
        let conversation = self.conversation(by, now)?;
        let ack = StartedConversation { conversation, seq: said.seq, at: said.at, duplicate: said.duplicate };
        Ok((ack, outputs))
    }

    /// Changes status, assignee or department for an agent. What is so already is not written again. The answer is the
    /// conversation as they have left it, also where they may not see it from here on.
    ///
    /// # Errors
    /// When there is no such conversation, the actor may not, or the storage fails.
    pub fn update(
        &mut self,
        by: &Principal,
        change: Change,
        now: Millis,
    ) -> Result<(Conversation, Vec<Output>), RoomError> {
        self.check(by, Action::Update, now)?;
        self.expect_events()?;
        let snapshot = self.log.snapshot();
        let assignee = change.assignee.filter(|assignee| *assignee != snapshot.assignee);
        let until = change.snoozed_until.filter(|_| change.status == Some(ConversationStatus::Snoozed));
        let stands = (snapshot.status, snapshot.episode.snoozed_until);
        let status = change.status.filter(|status| (*status, until) != stands);
        let priority = change.priority.filter(|priority| *priority != snapshot.episode.priority);
        let department = change
            .department
            .filter(|moved| moved.as_ref().map(|department| department.id) != snapshot.department);
        let bodies = [
            assignee.map(|assignee| (EventBody::Assigned { assignee, reason: None }, true)),
            status.map(|status| (EventBody::StatusChanged { status, until }, shows(snapshot.status, status))),
            priority.map(|priority| (EventBody::PriorityChanged { priority }, false)),
            department.map(|department| (EventBody::Moved { department, reason: None }, false)),
        ];
        let actor = by.actor();
        let events = bodies.into_iter().flatten();
        let events: Vec<_> =
            events.map(|(body, public)| NewEvent { actor: &actor, client_id: None, body, public }).collect();
        let mut outputs = Vec::new();
        if !events.is_empty() {
            self.publish(events, now, &mut outputs)?;
        }
        let conversation = self.log.conversation(Audience::of(by)).ok_or(RoomError::NotFound)?;
        Ok((conversation, outputs))
    }

    /// Puts a tag on the conversation, or takes it off. What is so already is not written again.
    ///
    /// # Errors
    /// When there is no such conversation, they may not, it has as many tags as it may have, or the storage fails.
    pub fn tag(
        &mut self,
        by: &Principal,
        tag: &TagName,
        wanted: bool,
        now: Millis,
    ) -> Result<(Conversation, Vec<Output>), RoomError> {
        self.check(by, Action::Tag, now)?;
        let tags = &self.log.snapshot().tags;
        let mut outputs = Vec::new();
        if tags.contains(&tag.id) != wanted {
            if wanted && tags.len() >= limits::TAGS_PER_CONVERSATION {
                let most = limits::TAGS_PER_CONVERSATION;
                let message = format!("A conversation has at most {most} tags; take one off first.");
                return Err(Refusal::new(ErrorCode::TooManyTags, message).into());
            }
            let tag = tag.clone();
            let body = if wanted { EventBody::Tagged { tag } } else { EventBody::Untagged { tag } };
            self.publish_privately(&by.actor(), vec![body], now, &mut outputs)?;
        }
        Ok((self.conversation(by, now)?, outputs))
    }

    /// Puts one tag in the place of another, where the conversation has that. It is the house that does it, because the one was
    /// merged into the other; `actor` is whoever did that.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn replace_tag(
        &mut self,
        actor: &Actor,
        tag: &TagName,
        into: &TagName,
        now: Millis,
    ) -> Result<((), Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let tags = &self.log.snapshot().tags;
        let mut outputs = Vec::new();
        if tags.contains(&tag.id) {
            let mut bodies = vec![EventBody::Untagged { tag: tag.clone() }];
            if !tags.contains(&into.id) {
                bodies.push(EventBody::Tagged { tag: into.clone() });
            }
            self.publish_privately(actor, bodies, now, &mut outputs)?;
        }
        Ok(((), outputs))
    }

    /// Takes the conversation from somebody who cannot answer it any more, where it is assigned to them and not closed: it goes
    /// back to the queue. It is the house that does it; `actor` is whoever took their way in away.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn take_from(
        &mut self,
        actor: &Actor,
        user: UserId,
        now: Millis,
    ) -> Result<((), Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let snapshot = self.log.snapshot();
        let is_theirs = snapshot.assignee.as_ref().is_some_and(|assignee| assignee.id == user.to_string());
        let mut outputs = Vec::new();
        if is_theirs && snapshot.status != ConversationStatus::Closed {
            self.expect_events()?;
            let body = EventBody::Assigned { assignee: None, reason: None };
            let event = NewEvent { actor, client_id: None, body, public: true };
            self.publish(vec![event], now, &mut outputs)?;
        }
        Ok(((), outputs))
    }

    /// Puts another name in the place of somebody's, wherever they signed something here or were assigned: they are to be
    /// forgotten. What they wrote stays. No event says so; whoever is connected reads the new name from their next page on.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn rename(&mut self, user: UserId, name: &str) -> Result<((), Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let renamed = self.log.rename(user, name);
        self.log.reload()?;
        renamed?;
        // Nobody who comes is told the former one.
        self.people = People::default();
        Ok(((), vec![Output::Changed]))
    }

    /// Stores events that no visitor learns of.
    fn publish_privately(
        &mut self,
        actor: &Actor,
        bodies: Vec<EventBody>,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.expect_events()?;
        let events = bodies.into_iter();
        let events = events.map(|body| NewEvent { actor, client_id: None, body, public: false }).collect();
        self.publish(events, now, outputs).map(drop)
    }

    /// Stores a message or note once, however often it is sent.
    pub(super) fn send_message(
        &mut self,
        by: &Principal,
        client_id: &str,
        kind: SendKind,
        text: &str,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Receipt, RoomError> {
        validate::client_id(client_id)?;
        let text = validate::text(text)?;
        let repeat = Named {
            kind: match kind {
                SendKind::Message => "message",
                SendKind::Note => "note",
            },
            target: None,
            text: Some(&text),
        };
        let actor = &by.actor();
        if let Err(refused) = self.check(by, Action::Send(kind), now) {
            // What was acked stays acked, also to someone who repeats it after the conversation was closed.
            return self.repeat(actor, client_id, repeat)?.ok_or(refused);
        }
        let said = Text { text: text.clone().into_owned(), ..Text::default() };
        let (body, public) = match kind {
            SendKind::Message => (EventBody::Message(said), true),
            SendKind::Note => (EventBody::Note(said), false),
        };
        let mut events = vec![NewEvent { actor, client_id: Some(client_id), body, public }];
        let system = system();
        let status = self.log.snapshot().status;
        if actor.kind == ActorKind::Visitor && status != ConversationStatus::Open {
            if let Some(receipt) = self.repeat(actor, client_id, repeat)? {
                return Ok(receipt);
            }
            // The visitor speaks again: whatever the team thought was done, or was waiting for, is open.
            let body = EventBody::StatusChanged { status: ConversationStatus::Open, until: None };
            let public = shows(status, ConversationStatus::Open);
            events.push(NewEvent { actor: &system, client_id: None, body, public });
        }
        match self.publish(events, now, outputs)? {
            Some(receipt) => Ok(receipt),
            None => self.repeat(actor, client_id, repeat)?.ok_or_else(lost_repeat),
        }
    }

    /// Stores an edit or deletion of a message or note once.
    pub(super) fn amend(
        &mut self,
        by: &Principal,
        client_id: &str,
        target: u64,
        body: EventBody,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Receipt, RoomError> {
        validate::client_id(client_id)?;
        let actor = &by.actor();
        if let Some(receipt) = self.repeat(actor, client_id, Named::of(&body))? {
            return Ok(receipt);
        }
        // What one may not see, one must not learn of: it is refused as if it were not there.
        let visible = |found: &Target| found.kind == SendKind::Message || by.permits(Permission::ReadNotes);
        let found = self.log.target(target)?.filter(visible).ok_or_else(|| {
            Refusal::new(ErrorCode::NoSuchMessage, format!("There is no message with seq {target}."))
        })?;
        let action = match body {
            EventBody::MessageDeleted { .. } => Action::Delete(&found),
            _ => Action::Edit(&found),
        };
        self.check(by, action, now)?;
        let public = found.kind == SendKind::Message;
        let event = NewEvent { actor, client_id: Some(client_id), body, public };
        self.publish(vec![event], now, outputs)?.ok_or_else(lost_repeat)
    }

    /// Moves the read mark of somebody's side forward. It always stands on a message, so that a mark never names a
    /// note, and marks about marks never answer each other.
    pub(super) fn mark_read(
        &mut self,
        by: &Principal,
        up_to: u64,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        self.check(by, Action::See, now)?;
        let read = self.log.snapshot().read;
        let actor = &by.actor();
        let mark = match Audience::of_side(actor) {
            Audience::Visitor => read.visitor,
            Audience::Agents => read.agents,
        };
        let up_to = self.log.last_message_up_to(up_to)?;
        if up_to > mark {
            let body = EventBody::Read { up_to };
            self.publish(vec![NewEvent { actor, client_id: None, body, public: true }], now, outputs)?;
        }
        Ok(())
    }

    /// Stores events, all or none, and sends them to everyone live who may see them. `None`: the author of the first
    /// has stored one of that name. Of several, the caller has made sure that it is new.
    pub(super) fn publish(
        &mut self,
        events: Vec<NewEvent<'_>>,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<Option<Receipt>, RoomError> {
        let stored = match self.log.append(events, now, &|from, to| to - from) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(None),
            Err(error) => {
                // Memory must not claim what the database did not take.
                self.log.reload()?;
                return Err(error.into());
            }
        };
        let receipt =
            stored.first().map(|Appended { seq, at, .. }| Receipt { seq: *seq, at: *at, duplicate: false });
        let moves = |stored: &Appended<'_>| {
            matches!(stored.body, EventBody::Assigned { .. } | EventBody::Moved { .. })
        };
        if stored.iter().any(moves) {
            self.close_out_of_reach(now, outputs);
        }
        for stored in stored {
            self.broadcast(stored, outputs);
        }
        outputs.push(Output::Changed);
        Ok(receipt)
    }

    pub(super) fn broadcast(&mut self, stored: Appended<'_>, outputs: &mut Vec<Output>) {
        let Appended { seq, prev_public, at, actor, client_id, body, public } = stored;
        let (by, introduced) = self.people.introduce(actor, public);
        let client_id = client_id.map(str::to_owned);
        // An agent sees every event, and so always `seq - 1` before this one.
        let mut event = CompactEvent { seq, prev: None, at, by, actor: introduced, client_id, body };
        let prev = CompactEvent::telling_prev(seq, prev_public);
        let told = if public { event.body.told_to_visitor() } else { None };
        let same_for_all = public && prev.is_none() && told.is_none();
        if same_for_all {
            send(outputs, self.live(|_| true), &ServerFrame::Event(event));
            return;
        }
        let live_of = |audience| self.live(|other| other.state.audience == audience);
        let agents = live_of(Audience::Agents);
        send(outputs, agents, &ServerFrame::Event(event.clone()));
        if public {
            event.prev = prev;
            event.body = told.unwrap_or(event.body);
            send(outputs, live_of(Audience::Visitor), &ServerFrame::Event(event));
        }
    }

    /// The ack of something that the author has stored before by this name: the same gets it as often as it comes.
    ///
    /// # Errors
    /// When they have used the name for something else, which an ack would lose without a word, or the storage fails.
    pub(super) fn repeat(
        &self,
        actor: &Actor,
        client_id: &str,
        wanted: Named<'_>,
    ) -> Result<Option<Receipt>, RoomError> {
        let Some(stored) = self.log.find(&actor.id, client_id)? else { return Ok(None) };
        let is_same_text = match (wanted.text, &stored.text) {
            // What was stored before texts were cleaned is compared as it would be now.
            (Some(text), Some(stored)) => text::clean(stored) == text,
            _ => true,
        };
        if stored.kind != wanted.kind || stored.target != wanted.target || !is_same_text {
            let message =
                "This clientId is the name of something else that is stored already; each needs its own.";
            return Err(Refusal::new(ErrorCode::ClientIdReused, message).into());
        }
        Ok(Some(Receipt { seq: stored.seq, at: stored.at, duplicate: true }))
    }
}

/// Where something a client named stands in the log.
pub(super) struct Receipt {
    seq: u64,
    at: Millis,
    duplicate: bool,
}

impl Receipt {
    pub(super) fn ack(self, to: ConnectionId, client_id: String, outputs: &mut Vec<Output>) {
        let Self { seq, at, duplicate } = self;
        send(outputs, vec![to], &ServerFrame::Ack { client_id, seq, at, duplicate });
    }
}

/// Whether a visitor is told of a change of status: of what they do not see nothing has changed to them.
fn shows(before: ConversationStatus, after: ConversationStatus) -> bool {
    before.told_to(Audience::Visitor) != after.told_to(Audience::Visitor)
}

/// The index refused a name that the log then does not know: the database contradicts itself.
fn lost_repeat() -> RoomError {
    RoomError::Storage(SqlError::Other("a stored clientId could not be found".to_owned()))
}
