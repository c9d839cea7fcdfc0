//! A note never leaves for a visitor: by no path, neither its text nor that it is there.

use serde_json::json;
use voxora_domain::wire::{ClientFrame, ErrorCode, EventBody, SendKind};
use voxora_tests::{Chat, Room, Server, fresh_client_id};

const SECRET: &str = "SECRET-NOTE";

/// Nothing that a visitor's socket has ever received tells of a note.
fn assert_nothing_leaked(room: &Room) {
    for frame in &room.socket.received {
        assert_is_silent(frame);
    }
}

fn assert_is_silent(text: &str) {
    assert!(!text.contains("SECRET"), "a visitor received {text}");
    assert!(!text.contains("note"), "a visitor received {text}");
}

#[tokio::test]
async fn a_visitor_sees_a_whole_conversation_without_its_notes_and_without_a_gap() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    for number in 0..5 {
        agent.note(&format!("{SECRET} {number}")).await;
        agent.say(&format!("reply {number}")).await;
    }
    let last = agent.note(SECRET).await;
    let fence = agent.say("the end").await;

    // `Log::push` has checked `prev` of every event: no client can tell that something lies between.
    visitor.seq(fence.seq).await;
    let visible = ["one", "reply 0", "reply 1", "reply 2", "reply 3", "reply 4", "the end"];
    assert_eq!(visitor.log.texts(), visible);
    assert_nothing_leaked(&visitor);
    assert_eq!(agent.log.events.len(), 13);
    assert_eq!(agent.log.at(last.seq).prev, last.seq - 1);

    for after in 0..=fence.seq {
        let late =
            chat.visitor.api.get(&format!("/api/v1/conversations/{}/events?after={after}", chat.id)).await;
        assert_is_silent(&late.body);
    }
    let late = chat.visitor.rejoin(&chat.id, 0).await;
    assert_eq!(late.log, visitor.log, "what is replayed is what was live");
    assert_nothing_leaked(&late);
    let newcomer = chat.visitor.join(&chat.id).await;
    assert_eq!(newcomer.log.texts(), visible);
    assert_nothing_leaked(&newcomer);
    // The agents' own view is the same by each path, too.
    assert_eq!(chat.agent.rejoin(&chat.id, 0).await.log, agent.log);
}

#[tokio::test]
async fn a_conversation_that_ends_in_notes_ends_for_the_visitor_before_them() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (visitor, mut agent) = chat.join().await;
    let last = agent.say("two").await;
    let note = agent.note(SECRET).await;
    agent.edit(note.seq, "SECRET-EDIT").await.unwrap();
    let end = agent.delete(note.seq).await.unwrap();

    assert_eq!(chat.visitor.conversation(&chat.id).await.head, last.seq);
    assert_eq!(chat.agent.conversation(&chat.id).await.head, end.seq);
    let history = chat.visitor.history(&chat.id, "").await;
    assert_eq!((history.head, history.more, history.events.len()), (last.seq, false, 2));
    let late = chat.visitor.join(&chat.id).await;
    assert_eq!((late.welcome.conversation.head, late.log.head), (last.seq, last.seq));
    // Having seen everything one may see is not being ahead.
    let resumed = chat.visitor.rejoin(&chat.id, last.seq).await;
    assert_eq!((resumed.reset, resumed.log.events.len()), (None, 0));
    for room in [&visitor, &late, &resumed] {
        assert_nothing_leaked(room);
    }
}

#[tokio::test]
async fn edits_and_deletions_of_notes_stay_among_agents() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let note = agent.note(SECRET).await;
    let edit = agent.edit(note.seq, "SECRET-EDIT").await.unwrap();
    let delete = agent.delete(note.seq).await.unwrap();
    let fence = agent.say("two").await;
    visitor.seq(fence.seq).await;
    assert_eq!(visitor.log.events.keys().copied().collect::<Vec<_>>(), [1, fence.seq]);
    assert_nothing_leaked(&visitor);
    let seen = [edit.seq, delete.seq].map(|seq| agent.log.at(seq).body.clone());
    assert!(matches!(seen, [EventBody::MessageEdited { .. }, EventBody::MessageDeleted { .. }]), "{seen:?}");
}

#[tokio::test]
async fn a_list_and_its_summaries_know_nothing_of_notes() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (_visitor, mut agent) = chat.join().await;
    agent.note(SECRET).await;
    let said = agent.say("two").await;
    agent.note(SECRET).await;
    let own = chat.visitor.summary(&chat.id, |summary| summary.conversation.head == said.seq).await;
    assert_eq!(own.unread, 1, "a note is not unread");
    assert_eq!(own.last_message.as_ref().map(|last| last.preview.as_str()), Some("two"));
    assert_eq!(own.updated_at, said.at);
    assert_is_silent(&chat.visitor.api.get("/api/v1/conversations").await.body);
    assert_is_silent(&chat.visitor.api.get(&format!("/api/v1/conversations/{}", chat.id)).await.body);
    // Nor do agents' lists show notes where a visitor looks over their shoulder.
    let theirs = chat.agent.summary(&chat.id, |summary| summary.conversation.head > said.seq).await;
    assert_eq!(theirs.last_message.map(|last| last.preview), Some("two".to_owned()));
}

#[tokio::test]
async fn a_visitor_cannot_tell_a_note_from_nothing() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let note = agent.note(SECRET).await;
    let edit = agent.edit(note.seq, SECRET).await.unwrap();
    let gone = agent.note(SECRET).await;
    agent.delete(gone.seq).await.unwrap();

    let mut answers = Vec::new();
    for target in [note.seq, edit.seq, gone.seq, 1_000] {
        for mut error in
            [visitor.edit(target, "x").await.unwrap_err(), visitor.delete(target).await.unwrap_err()]
        {
            assert_eq!(error.code, ErrorCode::NoSuchMessage, "{target}");
            error.client_id = None;
            // A message may repeat the number it was asked about, and nothing else.
            error.message = error.message.replace(&target.to_string(), "N");
            answers.push(error);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the answers differ: {answers:?}");
    visitor.settle().await;
    assert_nothing_leaked(&visitor);
}

#[tokio::test]
async fn a_visitor_writes_no_notes() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let refused = visitor.send_as(&fresh_client_id(), SendKind::Note, "mine").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    agent.settle().await;
    assert_eq!(agent.log.head, 1);
}

#[tokio::test]
async fn a_name_that_a_note_has_is_free_for_the_visitor() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    agent.send_as("shared-name", SendKind::Note, SECRET).await.unwrap();
    let ack = visitor.send_as("shared-name", SendKind::Message, "two").await.unwrap();
    assert!(!ack.duplicate, "the ack tells that the name was taken");
    assert_nothing_leaked(&visitor);
}

#[tokio::test]
async fn an_agents_read_mark_never_names_a_note_to_the_visitor() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let note = agent.note(SECRET).await;
    agent.send(&ClientFrame::Read { up_to: note.seq }).await;
    let read = visitor.event(|event| matches!(event.body, EventBody::Read { .. })).await;
    assert_eq!(read.body, EventBody::Read { up_to: 1 }, "the last event the visitor may see");
    assert_eq!(chat.visitor.conversation(&chat.id).await.read.agents, 1);
    assert_eq!(chat.visitor.join(&chat.id).await.welcome.conversation.read.agents, 1);
}

#[tokio::test]
async fn resuming_at_a_note_shows_what_came_after_it_and_no_more() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let note = agent.note(SECRET).await;
    let said = agent.say("two").await;
    let query = format!("?after={}", note.seq);
    let history = chat.visitor.history(&chat.id, &query).await;
    assert_eq!(history.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [said.seq]);
    assert_eq!((history.prev, history.events[0].prev), (1, 1));
    visitor.seq(said.seq).await;
    visitor.socket.send(&json!({ "type": "resume", "after": note.seq }).to_string()).await;
    visitor.wait(|frame| matches!(frame, voxora_domain::wire::ServerFrame::Page { .. }).then_some(())).await;
    assert_nothing_leaked(&visitor);
}
