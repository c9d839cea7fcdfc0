//! People who chat whatever happens behind the room's back, and the comparison of what they saw with what is stored.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use voxora_domain::wire::{ClientFrame, Conversation, Event, EventBody, OutboxStatus, Text};

use crate::{Chat, Documents, History, Inbox, PATIENCE, Room};

/// How often a test looks whether the document store has caught up.
const POLL: Duration = Duration::from_millis(100);
/// How many characters of its last message a conversation's document shows.
const PREVIEW: usize = 140;
const WORDS: [&str; 4] = ["Is it blue?", "Größe “XL” 🙂", "line one\nline two", "{\"$set\": {\"_id\": 1}}"];

/// A conversation between two people that goes on for as long as a test wants, before the eyes of a dashboard.
#[derive(Debug)]
pub struct Talk {
    /// The two people and the conversation.
    pub chat: Chat,
    visitor: Room,
    agent: Room,
    inbox: Inbox,
    random: fastrand::Rng,
    /// Messages and notes that can be changed: `seq`, and whether the visitor wrote it.
    said: Vec<(u64, bool)>,
    /// The last `seq` that the agent has seen: no less than what was acked.
    head: u64,
    written: u32,
}

impl Talk {
    /// Both sides and a dashboard join. The seed decides what they do.
    pub async fn join(chat: Chat, seed: u64) -> Self {
        let (visitor, agent) = chat.join().await;
        let inbox = chat.agent.inbox().await;
        let head = agent.log.head;
        Self {
            chat,
            visitor,
            agent,
            inbox,
            random: fastrand::Rng::with_seed(seed),
            said: Vec::new(),
            head,
            written: 0,
        }
    }

    /// They come back, with what they had seen, after their sockets broke.
    pub async fn come_back(&mut self) {
        let (visitor, agent, seq) = (self.visitor.log.head, self.agent.log.head, self.inbox.seq);
        self.visitor = self.chat.visitor.rejoin(&self.chat.id, visitor).await;
        self.agent = self.chat.agent.rejoin(&self.chat.id, agent).await;
        assert_eq!((self.visitor.reset, self.agent.reset), (None, None), "the room has lost events");
        assert!(self.agent.log.head >= self.head, "the room has lost what it had acked");
        self.inbox = self.chat.agent.inbox_after(seq).await;
    }

    /// So many messages, notes, edits, deletions, read marks and changes of status, at random. Each is acked to its
    /// author and seen by the other side before the next, and a dashboard learns how it stands in the end.
    pub async fn go_on(&mut self, steps: u32) {
        let before = self.head;
        for _ in 0..steps {
            self.step().await;
        }
        let head = self.head;
        // What is read already or stands so already is no event, and no news for a dashboard.
        if head == before {
            return;
        }
        self.inbox.change(&self.chat.id, |change| change.conversation.conversation.head >= head).await;
    }

    /// The visitor says this; gives its `seq`.
    pub async fn say(&mut self, text: &str) -> u64 {
        let seq = self.visitor.say(text).await.seq;
        self.agent.seq(seq).await;
        self.head = self.agent.log.head;
        seq
    }

    /// The visitor changes a message of theirs.
    pub async fn edit(&mut self, seq: u64, text: &str) {
        let edit = self.visitor.edit(seq, text).await.expect("own words can be edited").seq;
        self.agent.seq(edit).await;
        self.head = self.agent.log.head;
    }

    async fn step(&mut self) {
        self.written += 1;
        let words = WORDS[self.random.usize(..WORDS.len())];
        let text = format!("{words} ({})", self.written);
        let by_visitor = self.random.bool();
        let author = if by_visitor { &mut self.visitor } else { &mut self.agent };
        let own: Vec<_> = self.said.iter().enumerate().filter(|(_, said)| said.1 == by_visitor).collect();
        let target = self.random.choice(own).map(|(place, said)| (place, said.0));
        let seq = match (self.random.u8(..10), target) {
            (0..=1, Some((_, target))) => {
                author.edit(target, &text).await.expect("own words can be edited").seq
            }
            (2, Some((place, target))) => {
                self.said.remove(place);
                author.delete(target).await.expect("own words can be deleted").seq
            }
            (3, _) => {
                let seq = self.agent.note(&text).await.seq;
                self.said.push((seq, false));
                seq
            }
            (4, _) if self.random.u8(..4) == 0 => return self.set_status("pending").await,
            (5, _) if self.random.u8(..4) == 0 => {
                self.visitor.send(&ClientFrame::Read { up_to: self.visitor.log.head }).await;
                self.visitor.settle().await;
                self.visitor.log.head
            }
            _ => {
                let seq = author.say(&text).await.seq;
                self.said.push((seq, by_visitor));
                seq
            }
        };
        self.agent.reach(seq).await;
        self.head = self.agent.log.head;
    }

    async fn set_status(&mut self, status: &str) {
        let conversation = self.chat.agent.set_status(&self.chat.id, status).await;
        self.agent.reach(conversation.head).await;
        self.head = self.agent.log.head;
    }
}

/// Waits until the document store has all of these conversations, asking rooms that are behind to try now, and compares
/// what it has with what the rooms say, document by document.
pub async fn expect_stored(store: &impl Documents, chats: &[&Chat]) {
    for chat in chats {
        let caught_up = timeout(PATIENCE, async {
            while !is_stored(store, chat).await {
                let _: OutboxStatus = chat.agent.api.post_nothing("/api/v1/outbox/retry").await.ok(200);
                sleep(POLL).await;
            }
        });
        let Ok(()) = caught_up.await else {
            let status: OutboxStatus = chat.agent.api.get("/api/v1/outbox").await.ok(200);
            panic!("the document store does not catch up with {}; waiting: {status:#?}", chat.id)
        };
        expect_as_the_room_has_it(store, chat).await;
    }
}

/// Whether the conversation's own document, which is written last, is its newest.
async fn is_stored(store: &impl Documents, chat: &Chat) -> bool {
    let head = chat.agent.conversation(&chat.id).await.head;
    let stored = store.find("conversations", json!({ "_id": chat.id }), json!({ "_id": 1 })).await;
    stored.iter().any(|document| document["head"] == head)
}

/// Compares a conversation's documents with the room's history.
pub async fn expect_as_the_room_has_it(store: &impl Documents, chat: &Chat) {
    let conversation = chat.agent.conversation(&chat.id).await;
    let history = whole_history(chat).await;
    let stored = store.log(&chat.id).await;
    let seqs: Vec<_> = stored.iter().map(|document| document["seq"].as_u64().unwrap_or_default()).collect();
    assert_eq!(seqs, (1..=conversation.head).collect::<Vec<_>>(), "each event once, in order");
    assert_eq!(history.len(), stored.len());
    for (event, document) in history.iter().zip(&stored) {
        expect_same(event, document, &stored);
    }
    expect_newest(store, &conversation, &history).await;
    let customer = store.find("customers", json!({ "_id": chat.visitor.id }), json!({ "_id": 1 })).await;
    assert_eq!(customer.len(), 1, "the customer exists once: {customer:?}");
}

/// The history as agents get it over REST, from its beginning.
pub async fn whole_history(chat: &Chat) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page: History = chat.agent.history(&chat.id, &format!("?limit=200&after={after}")).await;
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}

fn expect_same(event: &Event, document: &Value, stored: &[Value]) {
    let context = || format!("the room has {event:?}, the document store {document}");
    let told = serde_json::to_value(event).expect("events are JSON");
    let is_message = matches!(event.body, EventBody::Message(_) | EventBody::Note(_));
    let actor = if is_message { "author" } else { "actor" };
    for (name, field) in
        [("_id", "id"), ("seq", "seq"), ("kind", "kind"), (actor, "actor"), ("clientId", "clientId")]
    {
        assert_eq!(document[name], told[field], "{name}: {}", context());
    }
    assert_eq!(millis(&document["createdAt"]), Some(event.at), "{}", context());
    // Whether a visitor learns of a change of status depends on the one before.
    if !is_message && !matches!(event.body, EventBody::StatusChanged { .. }) {
        assert_eq!(document["public"], !is_for_agents(event, stored), "{}", context());
    }
    let said = |said: &Text, document: &Value| {
        assert_eq!(document["text"], said.text, "{}", context());
        assert_eq!(millis(&document["editedAt"]), said.edited_at, "{}", context());
        assert_eq!(millis(&document["deletedAt"]), said.deleted_at, "{}", context());
    };
    let target = || {
        let seq = document["target"].as_u64();
        stored.iter().find(|other| other["seq"].as_u64() == seq).unwrap_or_else(|| panic!("{}", context()))
    };
    match &event.body {
        EventBody::Message(text) | EventBody::Note(text) => said(text, document),
        EventBody::MessageEdited { target: seq, text } => {
            assert_eq!(document["target"], *seq, "{}", context());
            assert_eq!(target()["text"], *text, "the target's words are its newest: {}", context());
        }
        EventBody::MessageDeleted { target: seq } => {
            assert_eq!(document["target"], *seq, "{}", context());
            assert_eq!(target()["text"], "", "the target's words are gone: {}", context());
        }
        EventBody::Read { up_to } => assert_eq!(document["target"], *up_to, "{}", context()),
        EventBody::StatusChanged { status, .. } => {
            assert_eq!(document["state"]["status"], json!(status), "{}", context());
        }
        EventBody::Assigned { assignee, .. } => {
            assert_eq!(document["state"]["assignee"], json!(assignee), "{}", context());
        }
        EventBody::Moved { department, .. } => {
            assert_eq!(document["department"], json!(department), "{}", context());
        }
        EventBody::PriorityChanged { priority } => {
            let state = &document["state"]["episode"]["priority"];
            assert_eq!(state.as_str().unwrap_or("normal"), priority.name(), "{}", context());
        }
        EventBody::TargetMissed { target, due } => {
            assert_eq!(document["missed"]["target"], json!(target), "{}", context());
            assert_eq!(millis(&document["missed"]["due"]), Some(*due), "{}", context());
        }
        EventBody::Tagged { tag } | EventBody::Untagged { tag } => {
            assert_eq!(document["tag"], json!(tag), "{}", context());
        }
    }
}

/// The milliseconds since 1970 of a date in relaxed EJSON.
fn millis(date: &Value) -> Option<i64> {
    let text = json!(date).to_string();
    let parsed = voxora_data_api::ejson::parse(text.as_bytes()).expect("documents are EJSON");
    voxora_data_api::document::as_date(&parsed)
}

/// Whether an event is a note, or about one.
fn is_for_agents(event: &Event, stored: &[Value]) -> bool {
    match &event.body {
        EventBody::Note(_)
        | EventBody::Moved { .. }
        | EventBody::PriorityChanged { .. }
        | EventBody::TargetMissed { .. }
        | EventBody::Tagged { .. }
        | EventBody::Untagged { .. } => true,
        EventBody::MessageEdited { target, .. } | EventBody::MessageDeleted { target } => {
            stored.iter().any(|other| other["seq"] == *target && other["kind"] == "note")
        }
        _ => false,
    }
}

async fn expect_newest(store: &impl Documents, conversation: &Conversation, history: &[Event]) {
    let found = store.find("conversations", json!({ "_id": conversation.id }), json!({ "_id": 1 })).await;
    let [document] = &found[..] else { panic!("the conversation exists once: {found:?}") };
    let told = serde_json::to_value(conversation).expect("conversations are JSON");
    assert_eq!(millis(&document["createdAt"]), Some(conversation.created_at));
    for name in ["status", "assignee", "head", "read", "visitor"] {
        assert_eq!(document[name], told[name], "{name} of {document}");
    }
    assert_eq!(document["customerId"], told["visitor"]["id"]);
    let last = history.iter().rev().find_map(|event| match &event.body {
        EventBody::Message(text) if text.deleted_at.is_none() => Some((event.seq, &text.text)),
        _ => None,
    });
    assert_eq!(document["lastMessage"]["seq"].as_u64(), last.map(|(seq, _)| seq), "{document}");
    let preview = last.map(|(_, text)| text.replace('\n', " ").chars().take(PREVIEW).collect::<String>());
    assert_eq!(document["lastMessage"]["preview"].as_str(), preview.as_deref(), "{document}");
}

/// Makes sure that there are no customers but the visitors of these conversations.
pub async fn the_only_customers(store: &impl Documents, chats: &[&Chat]) {
    let stored = store.find("customers", json!({}), json!({ "_id": 1 })).await;
    let ids: Vec<_> = stored.iter().filter_map(|document| document["_id"].as_str()).collect();
    let visitors: BTreeSet<_> = chats.iter().map(|chat| chat.visitor.id.as_str()).collect();
    assert_eq!(ids, visitors.into_iter().collect::<Vec<_>>());
}
