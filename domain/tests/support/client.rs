//! A client as `docs/PROTOCOL.md` asks for one, straight from the page: an outbox that is kept until acked, gaps found
//! by `prev` and closed by `resume`, `reset` answered by reading the history, and a fold that does not care in which
//! order an edit and its target are learnt of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use voxora_domain::Millis;
use voxora_domain::access::{Audience, Principal};
use voxora_domain::wire::{
    Actor, ActorKind, ClientFrame, CompactEvent, Conversation, ConversationStatus, ErrorCode, Event,
    EventBody, FrameError, History, People, Priority, ServerFrame,
};

/// Something the client wants stored, until the room has acked or refused it.
pub struct Wanted {
    pub client_id: String,
    pub frame: ClientFrame,
    /// Whether it went out over the present connection and nothing came back yet.
    sent: bool,
}

/// One tab of a visitor or an agent.
#[allow(clippy::struct_excessive_bools)] // independent of each other, each named for what it says
pub struct Client {
    pub principal: Principal,
    pub actor: Actor,
    pub audience: Audience,
    pub outbox: VecDeque<Wanted>,
    /// How many sends may be unanswered at a time. Order is only certain with one (a refusal lets later ones pass).
    pub window: usize,
    /// Whether the room refused one, perhaps for now, while later ones were under way.
    pub disordered: bool,
    /// What the room said last about what was wanted, by clientId.
    pub acked: BTreeMap<String, (u64, Millis)>,
    pub refused: BTreeMap<String, ErrorCode>,
    /// Every event known, the `seq` before the first, the `seq` of the last.
    pub events: BTreeMap<u64, Event>,
    pub base: u64,
    pub last: Option<u64>,
    pub conversation: Option<Conversation>,
    /// Whom the present socket was told of, and nobody else.
    people: People,
    pub needs_history: bool,
    /// A page was asked for, or comes by itself after connecting.
    pub awaits_page: bool,
    ask_again: bool,
    not_before: Millis,
}

impl Client {
    pub fn new(principal: Principal, window: usize, from_start: bool) -> Self {
        Self {
            audience: Audience::of(&principal),
            actor: principal.actor(),
            principal,
            outbox: VecDeque::new(),
            window,
            disordered: false,
            acked: BTreeMap::new(),
            refused: BTreeMap::new(),
            events: BTreeMap::new(),
            base: 0,
            last: from_start.then_some(0),
            conversation: None,
            people: People::default(),
            needs_history: false,
            awaits_page: false,
            ask_again: false,
            not_before: 0,
        }
    }

    pub fn want(&mut self, client_id: String, frame: ClientFrame) {
        self.outbox.push_back(Wanted { client_id, frame, sent: false });
    }

    /// A socket is open: whatever went out over an earlier one has to go out again.
    pub fn connected(&mut self) {
        self.people = People::default();
        self.awaits_page = true;
        self.ask_again = false;
        self.needs_history = false;
        for wanted in &mut self.outbox {
            wanted.sent = false;
        }
    }

    /// The page was reloaded: only the outbox was kept.
    pub fn reload(&mut self) {
        self.forget();
        self.conversation = None;
    }

    fn forget(&mut self) {
        self.events.clear();
        self.base = 0;
        self.last = None;
    }

    /// What the client sends of itself, now.
    pub fn due(&mut self, now: Millis) -> Vec<ClientFrame> {
        let mut frames = Vec::new();
        if now < self.not_before {
            return frames;
        }
        if self.ask_again {
            self.ask_again = false;
            frames.extend(self.resume());
        }
        for wanted in self.outbox.iter_mut().take(self.window) {
            if !wanted.sent {
                wanted.sent = true;
                frames.push(wanted.frame.clone());
            }
        }
        frames
    }

    fn resume(&mut self) -> Option<ClientFrame> {
        self.awaits_page = true;
        self.last.map(|after| ClientFrame::Resume { after })
    }

    /// Takes in a frame; what it makes the client send at once.
    pub fn hear(&mut self, frame: &ServerFrame, now: Millis) -> Option<ClientFrame> {
        match frame {
            ServerFrame::Welcome { you, conversation, .. } => {
                assert_eq!(*you, self.actor, "a welcome is for someone else");
                self.conversation = Some(conversation.clone());
            }
            ServerFrame::Page { people, events, more, prev } => {
                self.people.0.extend(people.0.clone());
                return self.hear_page(events, *more, *prev);
            }
            ServerFrame::Event(event) => {
                let last = self.last.expect("nothing is live before the first page");
                // Whom it introduces counts, also where the event itself does not.
                let event = self.expand(event);
                if event.seq > last && event.prev == last {
                    self.take(event);
                } else if event.seq > last && !self.awaits_page {
                    return self.resume();
                }
            }
            ServerFrame::Ack { client_id, seq, at, .. } => {
                // An ack counts, also after a refusal: of something sent more than once, each copy has its answer.
                if self.settle(client_id) || self.refused.remove(client_id).is_some() {
                    self.acked.insert(client_id.clone(), (*seq, *at));
                }
                assert_eq!(self.acked.get(client_id), Some(&(*seq, *at)), "two acks of one send differ");
            }
            ServerFrame::Typing { actor, .. } | ServerFrame::Presence { actor, .. } => {
                assert_ne!(actor.id, self.actor.id, "told of oneself");
            }
            ServerFrame::Error(error) => self.hear_error(error, now),
            ServerFrame::Renewed { .. } => panic!("renewed without having asked"),
            ServerFrame::Reset { .. } => {
                self.forget();
                self.awaits_page = false;
                self.needs_history = true;
            }
        }
        None
    }

    fn expand(&mut self, event: &CompactEvent) -> Event {
        let conversation = self.conversation.as_ref().expect("the welcome comes first");
        event
            .clone()
            .expand(conversation.id, &mut self.people)
            .expect("a number that this socket was told of")
    }

    fn hear_page(&mut self, events: &[CompactEvent], more: bool, prev: u64) -> Option<ClientFrame> {
        self.awaits_page = false;
        if let Some(last) = self.last {
            assert!(prev <= last, "a page begins after {prev}, but {last} was the last");
        } else {
            self.base = prev;
            self.last = Some(prev);
        }
        for event in events {
            if Some(event.seq) > self.last {
                assert_eq!(Some(event.prev()), self.last, "a page has a gap");
                let event = self.expand(event);
                self.take(event);
            }
        }
        if more {
            assert!(!events.is_empty(), "a page promises more and brings nothing");
            return self.resume();
        }
        None
    }

    fn hear_error(&mut self, error: &FrameError, now: Millis) {
        let again = matches!(error.code, ErrorCode::RateLimited | ErrorCode::Internal);
        if again {
            self.not_before = now + Millis::from(error.retry_after_ms.unwrap());
        }
        match &error.client_id {
            Some(client_id) if again => {
                for wanted in &mut self.outbox {
                    if wanted.client_id == *client_id {
                        wanted.sent = false;
                    }
                }
            }
            Some(client_id) => {
                if self.settle(client_id) {
                    self.refused.insert(client_id.clone(), error.code);
                }
            }
            None => self.ask_again |= again && self.awaits_page,
        }
    }

    /// Takes something out of the outbox; whether it was still there.
    fn settle(&mut self, client_id: &str) -> bool {
        let before = self.outbox.len();
        self.outbox.retain(|wanted| wanted.client_id != client_id);
        self.outbox.len() < before
    }

    /// One's own event says that it is stored, also where an earlier copy was refused: a later one may have come over a
    /// connection that was lost, and its ack with it. What still waits for its answer is sent again, so that a missing
    /// ack is found out.
    fn settle_refused(&mut self, event: &Event) {
        let Some(client_id) = &event.client_id else { return };
        if event.actor == self.actor && self.refused.remove(client_id).is_some() {
            self.acked.insert(client_id.clone(), (event.seq, event.at));
        }
    }

    fn settle_all_refused(&mut self) {
        let events: Vec<Event> = self.events.values().cloned().collect();
        for event in &events {
            self.settle_refused(event);
        }
    }

    fn take(&mut self, event: Event) {
        self.settle_refused(&event);
        self.last = Some(event.seq);
        let conversation = self.conversation.as_mut().expect("the welcome comes first");
        conversation.head = conversation.head.max(event.seq);
        if conversation.tags.is_some() {
            keep_time(conversation, &event);
        }
        match &event.body {
            EventBody::StatusChanged { status, .. } => conversation.status = *status,
            EventBody::Assigned { assignee, .. } => conversation.assignee.clone_from(assignee),
            EventBody::Moved { department, .. } => {
                assert!(conversation.tags.is_some(), "only agents learn of departments");
                conversation.department = department.as_ref().map(|department| department.id);
            }
            EventBody::Tagged { tag } => {
                let tags = conversation.tags.as_mut().expect("only agents learn of tags");
                // The welcome, or a page that overlaps, may have it already.
                tags.retain(|id| *id != tag.id);
                tags.push(tag.id);
            }
            EventBody::Untagged { tag } => {
                let tags = conversation.tags.as_mut().expect("only agents learn of tags");
                tags.retain(|id| *id != tag.id);
            }
            EventBody::Read { up_to } if event.actor.kind == ActorKind::Visitor => {
                conversation.read.visitor = *up_to;
            }
            EventBody::Read { up_to } => conversation.read.agents = *up_to,
            _ => {}
        }
        self.events.insert(event.seq, event);
    }

    /// After a reset: begins anew with the last page of the history and the conversation as it was read after that
    /// page (what changed it between is replayed on top), and asks for what came since.
    pub fn begin_anew(&mut self, history: &History, conversation: Conversation) -> Option<ClientFrame> {
        self.needs_history = false;
        self.events = expanded(history, &conversation).map(|event| (event.seq, event)).collect();
        self.conversation = Some(conversation);
        self.settle_all_refused();
        self.base = history.prev;
        self.last = Some(history.events.last().map_or(history.prev, |event| event.seq));
        self.resume()
    }

    /// Puts the page before what is known in front of it.
    pub fn prepend(&mut self, history: &History) {
        let end = history.events.last().map(|event| event.seq);
        assert_eq!(end, Some(self.base), "a page of the history does not join on");
        let conversation = self.conversation.as_ref().expect("it has been welcomed");
        self.events.extend(expanded(history, conversation).map(|event| (event.seq, event)));
        self.settle_all_refused();
        self.base = history.prev;
    }
}

/// The events of a page of the history, whose numbers are its own.
fn expanded<'a>(history: &'a History, conversation: &Conversation) -> impl Iterator<Item = Event> + use<'a> {
    let (mut people, id) = (history.people.clone(), conversation.id);
    let expand = move |event: &CompactEvent| event.clone().expand(id, &mut people);
    history.events.iter().map(expand).map(|event| event.expect("a page names its people"))
}

/// A message or note as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub seq: u64,
    pub author: String,
    pub note: bool,
    /// `None` once it is deleted.
    pub text: Option<String>,
}

/// What a reader sees who knows these events, however they came by them.
pub fn view(events: &BTreeMap<u64, Event>) -> Vec<Line> {
    let mut edited: BTreeMap<u64, &str> = BTreeMap::new();
    let mut deleted = BTreeSet::new();
    for event in events.values() {
        match &event.body {
            EventBody::MessageEdited { target, text } => {
                edited.insert(*target, text);
            }
            EventBody::MessageDeleted { target } => {
                deleted.insert(*target);
            }
            _ => {}
        }
    }
    let lines = events.values().filter_map(|event| {
        let (said, note) = match &event.body {
            EventBody::Message(said) => (said, false),
            EventBody::Note(said) => (said, true),
            _ => return None,
        };
        let gone = said.deleted_at.is_some() || deleted.contains(&event.seq);
        let text = edited.get(&event.seq).copied().unwrap_or(&said.text);
        Some(Line {
            seq: event.seq,
            author: event.actor.id.clone(),
            note,
            text: (!gone).then(|| text.to_owned()),
        })
    });
    lines.collect()
}

/// What agents are told of time besides, as `docs/PROTOCOL.md` has it follow from the events.
fn keep_time(conversation: &mut Conversation, event: &Event) {
    let is_done = |status| matches!(status, ConversationStatus::Resolved | ConversationStatus::Closed);
    match &event.body {
        EventBody::Message(_) if event.actor.kind == ActorKind::Visitor => {
            conversation.waiting_since.get_or_insert(event.at);
            if !is_done(conversation.status) {
                conversation.opened_at.get_or_insert(event.at);
            }
        }
        EventBody::Message(_) if event.actor.kind == ActorKind::Agent => conversation.waiting_since = None,
        EventBody::StatusChanged { status, until } => {
            conversation.snoozed_until = *until;
            if is_done(*status) {
                (conversation.opened_at, conversation.waiting_since) = (None, None);
            } else if is_done(conversation.status) {
                conversation.opened_at = Some(event.at);
            }
        }
        EventBody::PriorityChanged { priority } => {
            conversation.priority = Some(*priority).filter(|priority| *priority != Priority::Normal);
        }
        _ => {}
    }
}
