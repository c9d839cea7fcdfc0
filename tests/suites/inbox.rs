//! The team's inbox: the feed of conversations that changed.

use voxora_domain::wire::{ActorKind, ClientFrame, ConversationStatus, ErrorCode, InboxServerFrame};
use voxora_tests::{Agent, Chat, Server, Visitor};

#[tokio::test]
async fn a_new_conversation_appears_in_the_inbox() {
    let server = Server::shared();
    let agent = Agent::first(server).await;
    let mut inbox = agent.inbox().await;
    assert_eq!((inbox.you.kind, &inbox.you.id), (ActorKind::Agent, &agent.id));
    let visitor = Visitor::new(server).await;
    let id = visitor.start("Where is my order?").await;
    let change = inbox.change(&id, |_| true).await;
    let summary = &change.conversation;
    assert_eq!((summary.conversation.head, summary.unread), (1, 1));
    assert_eq!(summary.conversation.visitor.id, visitor.id);
    assert_eq!(summary.last_message.as_ref().unwrap().preview, "Where is my order?");
}

#[tokio::test]
async fn every_change_of_a_conversation_arrives_in_the_end() {
    let server = Server::shared();
    let chat = Chat::begin(server, "one").await;
    let mut inbox = chat.agent.inbox().await;
    let (mut visitor, mut agent) = chat.join().await;
    let said = visitor.say("two").await;
    let change = inbox.change(&chat.id, |change| change.conversation.conversation.head >= said.seq).await;
    assert_eq!(change.conversation.unread, 2);
    assert_eq!(change.conversation.last_message.unwrap().preview, "two");

    agent.send(&ClientFrame::Read { up_to: said.seq }).await;
    inbox.change(&chat.id, |change| change.conversation.unread == 0).await;
    chat.agent.set_status(&chat.id, "resolved").await;
    inbox
        .change(&chat.id, |change| change.conversation.conversation.status == ConversationStatus::Resolved)
        .await;
    let note = agent.note("for the team").await;
    let change = inbox.change(&chat.id, |change| change.conversation.conversation.head >= note.seq).await;
    assert_eq!(change.conversation.last_message.unwrap().preview, "two", "notes are no last message");
}

#[tokio::test]
async fn whoever_comes_later_catches_up_from_where_they_were() {
    let server = Server::named("inbox").with_generous_rooms().start();
    let chat = Chat::begin(&server, "one").await;
    let mut inbox = chat.agent.inbox().await;
    let known =
        inbox.caught_up.iter().any(|change| change.conversation.conversation.id.to_string() == chat.id);
    if !known {
        inbox.change(&chat.id, |_| true).await;
    }
    let seen = inbox.seq;
    inbox.socket.close().await;

    let quiet = chat.agent.inbox_after(seen).await;
    assert!(quiet.caught_up.is_empty(), "{:?}", quiet.caught_up);
    drop(quiet);
    let mut live = chat.agent.inbox_after(seen).await;
    let other = chat.visitor.start("another").await;
    live.change(&other, |_| true).await;

    let late = chat.agent.inbox_after(seen).await;
    let missed: Vec<_> =
        late.caught_up.iter().map(|change| change.conversation.conversation.id.to_string()).collect();
    assert_eq!(missed, [&*other]);
    let all = chat.agent.inbox().await;
    let all: Vec<_> =
        all.caught_up.iter().map(|change| change.conversation.conversation.id.to_string()).collect();
    assert_eq!(all, [chat.id.clone(), other.clone()], "each once, by its newest change");

    // It is kept, not remembered: a power cut changes nothing.
    server.kill_9();
    server.restart();
    let after = chat.agent.inbox_after(seen).await;
    assert_eq!(after.caught_up, late.caught_up);
}

#[tokio::test]
async fn a_client_ahead_of_the_feed_is_reset() {
    let agent = Agent::first(Server::shared()).await;
    let path = "/api/v1/inbox/socket?after=999999999";
    let mut socket = voxora_tests::Socket::open(&agent.api.origin, path, &agent.token).await;
    socket.next_text().await;
    let frame: InboxServerFrame = serde_json::from_str(&socket.next_text().await).unwrap();
    assert!(matches!(frame, InboxServerFrame::Reset { .. }), "{frame:?}");
}

#[tokio::test]
async fn what_the_inbox_does_not_understand_hurts_its_sender_alone() {
    let server = Server::shared();
    let agent = Agent::first(server).await;
    let (mut clumsy, mut other) = (agent.inbox().await, agent.inbox().await);
    for (frame, code) in [
        ("nonsense", ErrorCode::MalformedFrame),
        (r#"{"type":"resume"}"#, ErrorCode::MalformedFrame),
        (r#"{"type":"send"}"#, ErrorCode::UnknownFrame),
    ] {
        clumsy.socket.send(frame).await;
        let error = loop {
            // Other tests' conversations change meanwhile.
            match clumsy.next().await {
                InboxServerFrame::Error(error) => break error,
                InboxServerFrame::Change(_) => {}
                frame => panic!("{frame:?}"),
            }
        };
        assert_eq!(error.code, code, "{frame}");
    }
    let id = Visitor::new(server).await.start("Hello").await;
    clumsy.change(&id, |_| true).await;
    other.change(&id, |_| true).await;
}

#[tokio::test]
async fn the_inbox_and_the_list_say_the_same() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let mut inbox = chat.agent.inbox().await;
    let (mut visitor, _agent) = chat.join().await;
    let said = visitor.say("two").await;
    let change = inbox.change(&chat.id, |change| change.conversation.conversation.head == said.seq).await;
    let listed = chat.agent.summary(&chat.id, |summary| summary.conversation.head == said.seq).await;
    assert_eq!(change.conversation, listed);
}
