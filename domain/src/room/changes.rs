//! What changes a conversation: messages, edits, deletions, read marks, status, priority and assignment. Each change is checked,
//! stored as one statement, and only then told to everyone who may see it.

use serde::Deserialize;

use crate::Millis;
use crate::access::{Action, Audience, Permission, Principal, Target, system};
use crate::id::{ConversationId, DepartmentId, UserId};
use crate::sockets::{ConnectionId, Output, Refusal, send};
use crate::sql::{Sql, SqlError};
use crate::wire::{
    Actor, ActorKind, CompactEvent, Conversation, ConversationStatus, ConversationSummary, DepartmentName,
    ErrorCode, EventBody, Priority, Reason, Rule, SendKind, ServerFrame, StartConversationRequest,
    StartedConversation, TagName, Text,
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

/// Whom the product gives a conversation to, and why. It is done only while the conversation is as this says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct Assignment {
    /// Whom.
    pub assignee: Actor,
    /// Whose it is until then; none: nobody's, and it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UserId>,
    /// In which department it is; none for the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// Why.
    pub reason: Reason,
    /// Who saw to it; none: the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// What came of what the inbox asked for.
#[derive(Debug, Clone, PartialEq, serde::Serialize, Deserialize)]
pub struct Routed {
    /// The conversation as agents see it in lists, after it; none while it is archived, or cannot be read.
    pub conversation: Option<ConversationSummary>,
    /// Whether it stands as was asked: because of this, or already.
    pub done: bool,
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

    /// Gives the conversation to somebody, if it is still as it was when that was decided.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn assign(
        &mut self,
        assignment: &Assignment,
        now: Millis,
    ) -> Result<(Routed, Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let Assignment { assignee, from, department, reason, by } = assignment;
        let snapshot = self.log.snapshot();
        // A queue has what is open; a colleague may have put aside what is taken over from them.
        let is_to_do = match from {
            None => snapshot.status == ConversationStatus::Open,
            Some(_) => !snapshot.status.is_done(),
        };
        let holder = snapshot.assignee.as_ref().map(|holder| holder.id.as_str());
        let is_theirs = holder == Some(assignee.id.as_str());
        let is_as_it_was =
            holder == from.map(|from| from.to_string()).as_deref() && snapshot.department == *department;
        let mut outputs = Vec::new();
        let is_new = !is_theirs && is_to_do && is_as_it_was;
        if is_new {
            let reason = Some(Box::new(reason.clone()));
            let body = EventBody::Assigned { assignee: Some(assignee.clone()), reason };
            self.publish_for_the_house(by.as_ref(), body, true, now, &mut outputs)?;
        }
        Ok((self.routed(is_theirs || is_new), outputs))
    }

    /// Brings the conversation back to the queue, where it is assigned to somebody who cannot answer it now. Whoever can sign in
    /// no more is taken all that is not closed; who is not there, what is open; and who only seems to be gone, that of it in
    /// which a visitor waits. `by` is who saw to that; the product, where nobody did.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn give_back(
        &mut self,
        by: Option<&Actor>,
        user: UserId,
        reason: Option<&Reason>,
        now: Millis,
    ) -> Result<(Routed, Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let snapshot = self.log.snapshot();
        let is_theirs = snapshot.assignee.as_ref().is_some_and(|assignee| assignee.id == user.to_string());
        let is_open = snapshot.status == ConversationStatus::Open;
        let is_to_do = match reason.map(|reason| reason.rule) {
            None | Some(Rule::Left) => snapshot.status != ConversationStatus::Closed,
            Some(Rule::WentOffline) => is_open && snapshot.episode.waiting_since.is_some(),
            Some(_) => is_open,
        };
        let is_free = snapshot.assignee.is_none();
        let mut outputs = Vec::new();
        if is_theirs && is_to_do {
            self.expect_events()?;
            let reason = reason.map(|reason| Box::new(reason.clone()));
            let body = EventBody::Assigned { assignee: None, reason };
            self.publish_for_the_house(by, body, true, now, &mut outputs)?;
        }
        Ok((self.routed(is_free || (is_theirs && is_to_do)), outputs))
    }

    /// Moves the conversation on from the queue of one department into that of another.
    ///
    /// # Errors
    /// When there is no such conversation, or the storage fails.
    pub fn move_on(
        &mut self,
        from: Option<DepartmentId>,
        to: &DepartmentName,
        reason: &Reason,
        now: Millis,
    ) -> Result<(Routed, Vec<Output>), RoomError> {
        self.log.identity().ok_or(RoomError::NotFound)?;
        let snapshot = self.log.snapshot();
        let is_queued = snapshot.status == ConversationStatus::Open && snapshot.assignee.is_none();
        let is_there = snapshot.department == Some(to.id);
        let is_new = is_queued && !is_there && snapshot.department == from;
        let mut outputs = Vec::new();
        if is_new {
            let reason = Some(Box::new(reason.clone()));
            let body = EventBody::Moved { department: Some(to.clone()), reason };
            self.publish_for_the_house(None, body, false, now, &mut outputs)?;
        }
        Ok((self.routed(is_there || is_new), outputs))
    }

    fn routed(&self, done: bool) -> Routed {
        // What was done is stored, whether it can be read again or not: everybody is told.
        Routed { conversation: self.summary(Audience::Agents).ok().flatten(), done }
    }

    /// Stores what the house does of itself, or for somebody.
    pub(super) fn publish_for_the_house(
        &mut self,
        by: Option<&Actor>,
        body: EventBody,
        public: bool,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), RoomError> {
        let system = system();
        let actor = by.unwrap_or(&system);
        self.publish(vec![NewEvent { actor, client_id: None, body, public }], now, outputs).map(drop)
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
        let stored = match self.log.append(events, now) {
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
pub(super) fn shows(before: ConversationStatus, after: ConversationStatus) -> bool {
    before.told_to_visitor() != after.told_to_visitor()
}

/// The index refused a name that the log then does not know: the database contradicts itself.
fn lost_repeat() -> RoomError {
    RoomError::Storage(SqlError::Other("a stored clientId could not be found".to_owned()))
}
