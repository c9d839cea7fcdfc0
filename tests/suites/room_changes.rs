//! Edits, deletions, read marks, typing, presence and closed conversations, over the room's socket.

use serde_json::json;
use voxora_domain::wire::{
    ClientFrame, ConversationStatus, ErrorCode, Event, EventBody, SendKind, ServerFrame, Text,
};
use voxora_tests::{Chat, Room, Server, fresh_client_id, text_of};

fn is_typing(frame: &ServerFrame) -> bool {
    matches!(frame, ServerFrame::Typing { .. })
}

fn is_presence(frame: &ServerFrame) -> bool {
    matches!(frame, ServerFrame::Presence { .. })
}

fn text(event: &Event) -> &Text {
    match &event.body {
        EventBody::Message(text) | EventBody::Note(text) => text,
        body => panic!("{body:?} has no text"),
    }
}

async fn leave_wait(room: &mut Room, id: &str) {
    room.wait(|frame| match frame {
        ServerFrame::Presence { actor, online: false, .. } if actor.id == id => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn an_author_edits_a_message_and_everyone_sees_it() {
    let chat = Chat::begin(Server::shared(), "Helo").await;
    let (mut visitor, mut agent) = chat.join().await;
    let ack = visitor.edit(1, "Hello").await.unwrap();
    assert_eq!(ack.seq, 2);
    for room in [&mut visitor, &mut agent] {
        let event = room.seq(2).await;
        assert_eq!(event.body, EventBody::MessageEdited { target: 1, text: "Hello".into() });
        assert_eq!(event.actor.id, chat.visitor.id);
    }
    let history = chat.agent.history(&chat.id, "").await;
    assert_eq!(text(&history.events[0]).text, "Hello");
    assert_eq!(text(&history.events[0]).edited_at, Some(ack.at));
}

#[tokio::test]
async fn a_deleted_message_leaves_the_room_no_more() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let said = visitor.say("My card number is 4111").await;
    visitor.edit(said.seq, "My card number is 4111-1111").await.unwrap();
    let gone = visitor.delete(said.seq).await.unwrap();
    assert_eq!(agent.seq(gone.seq).await.body, EventBody::MessageDeleted { target: said.seq });

    let history = chat.agent.history(&chat.id, "").await;
    let replayed = chat.agent.rejoin(&chat.id, 0).await;
    for events in [history.events, replayed.log.events.into_values().collect()] {
        let deleted = &events[1];
        assert_eq!((&*text(deleted).text, text(deleted).deleted_at), ("", Some(gone.at)));
        assert_eq!(events[2].body, EventBody::MessageEdited { target: said.seq, text: String::new() });
        assert!(!format!("{events:?}").contains("4111"));
    }
    let summary = chat.agent.summary(&chat.id, |summary| summary.conversation.head == gone.seq).await;
    assert_eq!(summary.last_message.unwrap().preview, "Hello", "the last message that is not deleted");
}

#[tokio::test]
async fn an_edit_that_is_replayed_has_the_newest_text() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, _agent) = chat.join().await;
    visitor.edit(1, "two").await.unwrap();
    visitor.edit(1, "three").await.unwrap();
    let late = chat.agent.rejoin(&chat.id, 0).await;
    assert_eq!(text_of(late.log.at(1)), Some("three"));
    for seq in [2, 3] {
        assert_eq!(late.log.at(seq).body, EventBody::MessageEdited { target: 1, text: "three".into() });
    }
}

#[tokio::test]
async fn edits_and_deletions_are_stored_once_however_often_they_are_sent() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let edit = ClientFrame::Edit { client_id: "e".into(), target: 1, text: "Hello!".into() };
    let delete = ClientFrame::Delete { client_id: "d".into(), target: 1 };
    for (frame, name, seq) in [(edit, "e", 2), (delete, "d", 3)] {
        for duplicate in [false, true] {
            visitor.send(&frame).await;
            let ack = visitor.answer(name).await.unwrap();
            assert_eq!((ack.seq, ack.duplicate), (seq, duplicate));
        }
    }
    visitor.settle().await;
    assert_eq!(visitor.log.head, 3);
}

#[tokio::test]
async fn only_authors_edit_and_agents_may_delete_anything() {
    let chat = Chat::begin(Server::shared(), "By the visitor").await;
    let (mut visitor, mut agent) = chat.join().await;
    let reply = agent.say("By the agent").await;
    assert_eq!(agent.edit(1, "Changed").await.unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(visitor.edit(reply.seq, "Changed").await.unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(visitor.delete(reply.seq).await.unwrap_err().code, ErrorCode::Forbidden);
    agent.delete(1).await.unwrap();
    agent.edit(reply.seq, "By the agent, once more").await.unwrap();
}

#[tokio::test]
async fn what_is_no_message_or_is_gone_cannot_be_changed() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let deleted = agent.delete(1).await.unwrap();
    for target in [0, 1, deleted.seq, 99, 9_007_199_254_740_991] {
        assert_eq!(agent.edit(target, "x").await.unwrap_err().code, ErrorCode::NoSuchMessage, "{target}");
        assert_eq!(visitor.delete(target).await.unwrap_err().code, ErrorCode::NoSuchMessage, "{target}");
    }
}

#[tokio::test]
async fn reading_moves_a_mark_that_everyone_sees_and_only_forwards() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let reply = agent.say("Hi").await;
    visitor.send(&ClientFrame::Read { up_to: reply.seq }).await;
    let event = agent.event(|event| matches!(event.body, EventBody::Read { .. })).await;
    assert_eq!(event.body, EventBody::Read { up_to: reply.seq });
    assert_eq!(event.actor.id, chat.visitor.id);

    // Neither a repeat nor a step back is news.
    visitor.send(&ClientFrame::Read { up_to: reply.seq }).await;
    visitor.send(&ClientFrame::Read { up_to: 1 }).await;
    visitor.settle().await;
    assert_eq!(visitor.log.head, event.seq);
    // Beyond the head counts as the head.
    agent.send(&ClientFrame::Read { up_to: 1_000_000 }).await;
    let event = visitor
        .event(|event| event.actor.id == chat.agent.id && matches!(event.body, EventBody::Read { .. }))
        .await;
    let EventBody::Read { up_to } = event.body else { panic!("{event:?} is no read mark") };
    assert!(up_to <= event.prev);
    let read = chat.visitor.conversation(&chat.id).await.read;
    assert_eq!((read.visitor, read.agents), (reply.seq, up_to));
}

#[tokio::test]
async fn typing_is_relayed_to_the_others_and_not_to_oneself() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let mut second_tab = chat.visitor.join(&chat.id).await;
    for active in [true, false] {
        visitor.send(&ClientFrame::Typing { active }).await;
        let (actor, is_active) = agent
            .wait(|frame| match frame {
                ServerFrame::Typing { actor, active } => Some((actor.clone(), *active)),
                _ => None,
            })
            .await;
        assert_eq!((actor.id, is_active), (chat.visitor.id.clone(), active));
    }
    visitor.settle().await;
    second_tab.settle().await;
    assert_eq!(visitor.count(is_typing) + second_tab.count(is_typing), 0, "someone sees themselves typing");
    assert_eq!(visitor.log.head, 1, "typing was stored");
}

#[tokio::test]
async fn presence_is_told_once_per_person_however_many_tabs_they_have() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    let first = chat.agent.join(&chat.id).await;
    let second = chat.agent.join(&chat.id).await;
    visitor.settle().await;
    assert_eq!(visitor.count(is_presence), 1, "{:?}", visitor.frames);
    visitor.presence_of(&chat.agent.id).await;

    let newcomer = chat.visitor.join(&chat.id).await;
    assert_eq!(newcomer.welcome.present.len(), 2, "each once: {:?}", newcomer.welcome.present);
    newcomer.socket.close().await;

    first.socket.close().await;
    visitor.settle().await;
    assert_eq!(visitor.count(is_presence), 1, "one tab of two closed: {:?}", visitor.frames);
    second.socket.close().await;
    leave_wait(&mut visitor, &chat.agent.id).await;
    assert_eq!(visitor.count(is_presence), 2);

    // A dead connection that never said goodbye leaves as well.
    let mut agent = chat.agent.join(&chat.id).await;
    visitor.presence_of(&chat.agent.id).await;
    drop(visitor);
    leave_wait(&mut agent, &chat.visitor.id).await;
}

#[tokio::test]
async fn who_has_the_conversation_before_their_eyes_is_known_also_after_sleep() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let mut agent = chat.agent.join(&chat.id).await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    let background = chat.visitor.join(&chat.id).await;
    assert!(!agent.is_viewed_by(&chat.visitor.id).await, "a socket begins without");

    visitor.send(&ClientFrame::Viewing { active: true }).await;
    assert!(agent.is_viewed_by(&chat.visitor.id).await);
    server.hibernate("Room", &chat.id);
    let newcomer = chat.agent.join(&chat.id).await;
    let viewing: Vec<_> = newcomer.welcome.present.iter().map(|present| present.viewing).collect();
    assert_eq!(viewing.iter().filter(|viewing| **viewing).count(), 1, "{:?}", newcomer.welcome.present);

    server.hibernate("Room", &chat.id);
    visitor.send(&ClientFrame::Viewing { active: false }).await;
    assert!(!agent.is_viewed_by(&chat.visitor.id).await);
    visitor.send(&ClientFrame::Viewing { active: true }).await;
    assert!(agent.is_viewed_by(&chat.visitor.id).await);
    visitor.socket.close().await;
    assert!(!agent.is_viewed_by(&chat.visitor.id).await, "the tab that showed it is gone");
    background.socket.close().await;
    leave_wait(&mut agent, &chat.visitor.id).await;
    agent.settle().await;
    assert_eq!(agent.log.head, 1, "it was stored");
    assert_eq!(agent.count(is_presence), 6, "{:?}", agent.frames);
}

#[tokio::test]
async fn nothing_is_written_in_a_closed_conversation_until_it_is_open_again() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let stored = fresh_client_id();
    let first = visitor.send_as(&stored, SendKind::Message, "Before").await.unwrap();
    chat.agent.set_status(&chat.id, "closed").await;
    visitor
        .event(|event| {
            event.body == EventBody::StatusChanged { status: ConversationStatus::Closed, until: None }
        })
        .await;

    let closed = ErrorCode::ConversationClosed;
    for room in [&mut visitor, &mut agent] {
        let refused = room.send_as(&fresh_client_id(), SendKind::Message, "After").await.unwrap_err();
        assert_eq!(refused.code, closed);
        assert_eq!(room.delete(1).await.unwrap_err().code, closed);
    }
    assert_eq!(visitor.edit(1, "Changed").await.unwrap_err().code, closed);
    assert_eq!(agent.send_as("n", SendKind::Note, "After").await.unwrap_err().code, closed);

    // What was acked stays acked, and everything can still be read.
    let repeat = visitor.send_as(&stored, SendKind::Message, "Before").await.unwrap();
    assert!(repeat.duplicate);
    assert_eq!(repeat.seq, first.seq);
    assert_eq!(chat.visitor.rejoin(&chat.id, 0).await.log.texts(), ["Hello", "Before"]);

    chat.agent.set_status(&chat.id, "open").await;
    visitor.say("Open again").await;
}

#[tokio::test]
async fn nothing_in_a_frame_is_believed_about_its_author_or_its_time() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let frame = json!({
        "type": "send", "clientId": "forged", "kind": "message", "text": "I am Ada",
        "actor": { "kind": "agent", "id": chat.agent.id, "name": "Ada" },
        "author": chat.agent.id, "role": "admin", "at": 1, "seq": 77, "id": "x", "prev": 9,
    });
    visitor.socket.send(&frame.to_string()).await;
    let ack = visitor.answer("forged").await.unwrap();
    let event = agent.seq(ack.seq).await;
    assert_eq!((event.seq, &event.actor), (2, &visitor.welcome.you));
    assert!(event.at > 1);
}
