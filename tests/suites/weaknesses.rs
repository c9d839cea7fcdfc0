//! What goes wrong in products of this kind, and cannot here. The numbers are those of a review of one such product, of which each
//! critical or serious fault that has to do with who may do what, or with words that get lost, has a test of its number: here, or with the
//! people (`account.rs`, `invitations.rs`, `rights.rs`, `users.rs`). Its other faults were of parts that this product does not have.

use reqwest::{Method, StatusCode};
use serde_json::json;
use voxora_domain::wire::{ClientFrame, ConversationStatus, Event, EventBody, SendKind, ServerFrame};
use voxora_tests::{Agent, Api, Chat, Server, Visitor, fresh_client_id, text_of, unknown_conversation};

fn path(conversation: &str) -> String {
    format!("/api/v1/conversations/{conversation}")
}

/// W3: each new conversation, with its first message, was sent to every socket there was.
#[tokio::test]
async fn w3_a_new_conversation_is_told_to_nobody_but_its_visitor_and_the_team() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut bystander, mut agent) = chat.join().await;
    let secret = "My order is 4711";
    let other = Visitor::new(server).await;
    let id = other.start(secret).await;
    chat.agent.summary(&id, |_| true).await;
    bystander.settle().await;
    agent.settle().await;
    assert!(!bystander.socket.received.iter().any(|frame| frame.contains(&id) || frame.contains(secret)));
    assert_eq!(bystander.log.texts(), ["Hello"]);
    chat.visitor
        .api
        .upgrade("/api/v1/inbox/socket", Some(&chat.visitor.token))
        .await
        .problem(403, "forbidden");
}

/// W4: any socket could join any conversation.
#[tokio::test]
async fn w4_nobody_joins_a_conversation_that_is_not_theirs() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let stranger = Visitor::new(server).await;
    let socket = format!("{}/socket", path(&chat.id));
    stranger.api.upgrade(&socket, Some(&stranger.token)).await.problem(403, "forbidden");
    for of_it in ["", "/events"] {
        stranger.api.get(&format!("{}{of_it}", path(&chat.id))).await.problem(403, "forbidden");
    }
}

/// W5: a visitor could write into any conversation, and as whomever they said they were.
#[tokio::test]
async fn w5_whoever_writes_is_whoever_their_token_says() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let name = fresh_client_id();
    let frame = json!({
        "type": "send", "clientId": name, "kind": "message", "text": "Your bank details, please",
        "source": "web", "senderName": "Support", "conversationId": unknown_conversation(),
        "by": 0, "actor": { "kind": "agent", "id": chat.agent.id, "name": "Support" },
    });
    visitor.socket.send(&frame.to_string()).await;
    let seq = visitor.answer(&name).await.unwrap().seq;
    let event = agent.seq(seq).await;
    assert_eq!(event.actor, visitor.welcome.you);
    assert_eq!(event.actor.id, chat.visitor.id);
}

/// W6, W26: to open a conversation took it from whoever had it, and opened it again where it was done.
#[tokio::test]
async fn w6_w26_to_look_at_a_conversation_changes_nothing() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let assigned = json!({ "assigneeId": chat.agent.id, "status": "closed" });
    chat.agent.api.patch(&path(&chat.id), &assigned).await.is(200);
    let before = chat.agent.conversation(&chat.id).await;
    let colleague = chat.agent.invite("admin").await;
    let mut room = colleague.join(&chat.id).await;
    room.send(&ClientFrame::Viewing { active: true }).await;
    room.settle().await;
    let after = colleague.conversation(&chat.id).await;
    assert_eq!((after.status, after.assignee, after.head), (before.status, before.assignee, before.head));
}

/// W7: a visitor's history was open to whoever knew or guessed a number in an address.
#[tokio::test]
async fn w7_no_address_opens_a_history_by_itself() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = chat.visitor.api.anonymously();
    for query in [
        "",
        "?sessionId=1",
        &format!("?visitorId={}", chat.visitor.id),
        &format!("?token={}", chat.visitor.token),
    ] {
        anonymous.get(&format!("{}/events{query}", path(&chat.id))).await.problem(401, "unauthenticated");
    }
}

/// W9: a change took over whatever fields its body had.
#[tokio::test]
async fn w9_a_change_takes_the_fields_there_are_and_no_others() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    for stolen in
        [json!({ "status": "open", "customerId": chat.agent.id }), json!({ "id": unknown_conversation() })]
    {
        chat.agent.api.patch(&path(&chat.id), &stolen).await.problem(422, "invalid_field");
    }
    chat.agent.api.patch("/api/v1/auth/me", &json!({ "role": "admin" })).await.problem(422, "invalid_field");
}

/// W12: a conversation could be given to any user of the platform, whose name and address were told for it.
#[tokio::test]
async fn w12_a_conversation_is_given_to_somebody_of_the_team_alone() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let gone = chat.agent.invite("agent").await;
    chat.agent.api.post_nothing(&format!("/api/v1/users/{}/deactivate", gone.id)).await.is(200);
    for nobody in [&chat.visitor.id, &unknown_conversation(), &gone.id] {
        let answer = chat.agent.api.patch(&path(&chat.id), &json!({ "assigneeId": nobody })).await;
        let problem = answer.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, "/assigneeId");
    }
    assert_eq!(chat.agent.conversation(&chat.id).await.assignee, None);
}

/// W23: agents could hand nothing over, and nobody could put a conversation back.
#[tokio::test]
async fn w23_an_agent_hands_a_conversation_over_and_puts_it_back() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (one, other) = (chat.agent.invite("agent").await, chat.agent.invite("agent").await);
    for (assignee, expected) in [(Some(&other.id), Some(&other.id)), (None, None)] {
        one.api.patch(&path(&chat.id), &json!({ "assigneeId": assignee })).await.is(200);
        let now = one.conversation(&chat.id).await.assignee;
        assert_eq!(now.as_ref().map(|actor| &actor.id), expected);
    }
}

/// W24: with nobody online a chat went to a place that no inbox showed.
#[tokio::test]
async fn w24_what_comes_while_nobody_is_here_is_in_the_list() {
    let server = Server::shared();
    let agent = Agent::first(server).await;
    let id = Visitor::new(server).await.start("Is anybody there?").await;
    let waiting = agent.summary(&id, |_| true).await;
    assert_eq!((waiting.unread, waiting.conversation.status), (1, ConversationStatus::Open));
}

/// W25: one part set a status that the others did not know, and its conversations were in no list.
#[tokio::test]
async fn w25_a_status_is_one_that_there_is() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let problem = chat.agent.api.patch(&path(&chat.id), &json!({ "status": "active" })).await;
    assert_eq!(problem.problem(422, "invalid_field").errors[0].pointer, "/status");
    chat.agent.api.get("/api/v1/conversations?status=active").await.problem(400, "invalid_request");
}

/// W33, W34: nothing was acknowledged, what was sent again was there twice, and what was said while one was away was lost.
#[tokio::test]
async fn w33_w34_what_is_sent_is_there_once_and_found_by_whoever_was_away() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, agent) = chat.join().await;
    let seen = agent.log.head;
    agent.socket.close().await;
    let name = fresh_client_id();
    let first = visitor.send_as(&name, SendKind::Message, "Are you there?").await.unwrap();
    let again = visitor.send_as(&name, SendKind::Message, "Are you there?").await.unwrap();
    assert_eq!((first.seq, first.duplicate, again.seq, again.duplicate), (first.seq, false, first.seq, true));
    let back = chat.agent.rejoin(&chat.id, seen).await;
    assert_eq!(back.log.texts(), ["Are you there?"]);
}

/// W35: whoever did not look at a conversation heard nothing of it.
#[tokio::test]
async fn w35_whoever_does_not_look_at_a_conversation_hears_of_its_messages() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let mut inbox = chat.agent.inbox().await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    visitor.say("Hello?").await;
    inbox
        .change(&chat.id, |change| {
            change.conversation.last_message.as_ref().is_some_and(|last| last.preview == "Hello?")
        })
        .await;
}

/// W36: what one wrote in one tab was missing in the other, and in a colleague's.
#[tokio::test]
async fn w36_a_second_tab_sees_what_was_written_in_the_first() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut first, mut second) = (chat.visitor.join(&chat.id).await, chat.visitor.join(&chat.id).await);
    let said = first.say("From the first tab").await;
    assert_eq!(text_of(&second.seq(said.seq).await), Some("From the first tab"));
}

/// W38: a conversation was made before its first message, and stayed empty where that was lost.
#[tokio::test]
async fn w38_a_conversation_begins_with_its_first_message() {
    let server = Server::shared();
    let visitor = Visitor::new(server).await;
    let nothing = json!({ "clientId": fresh_client_id() });
    visitor.api.post("/api/v1/conversations", &nothing).await.problem(422, "invalid_field");
    assert!(visitor.list("").await.items.is_empty());
    let id = visitor.start("Hello").await;
    assert!(matches!(
        &visitor.history(&id, "").await.events[..],
        [Event { body: EventBody::Message(_), .. }]
    ));
}

/// W40: one malformed frame of anybody's ended the server.
#[tokio::test]
async fn w40_no_frame_hurts_anybody_but_its_sender() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    for frame in [
        "null",
        "[]",
        "{}",
        r#"{"type":null}"#,
        r#"{"type":"typing"}"#,
        r#"{"type":"send","clientId":{}}"#,
        "\u{0}",
    ] {
        visitor.socket.send(frame).await;
        visitor.error().await;
    }
    agent.say("Still here").await;
    visitor.event(|event| text_of(event) == Some("Still here")).await;
}

/// W42: to close one of several tabs made somebody offline.
#[tokio::test]
async fn w42_somebody_is_here_until_their_last_tab_is_closed() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, agent) = chat.join().await;
    let second = chat.agent.join(&chat.id).await;
    let id = chat.agent.id.clone();
    let leaves = |frame: &ServerFrame| matches!(frame, ServerFrame::Presence { actor, online: false, .. } if actor.id == id);
    agent.socket.close().await;
    let mut third = chat.agent.join(&chat.id).await;
    third.settle().await;
    visitor.settle().await;
    assert_eq!(visitor.count(leaves), 0);
    second.socket.close().await;
    third.socket.close().await;
    visitor.wait(|frame| leaves(frame).then_some(())).await;
}

/// W43: a list was as long as its caller liked.
#[tokio::test]
async fn w43_no_list_is_longer_than_a_page() {
    let admin = Agent::first(Server::shared()).await;
    for list in ["conversations", "users", "invitations", "departments", "tags", "auth/sessions"] {
        admin.api.get(&format!("/api/v1/{list}?limit=1000000")).await.problem(400, "invalid_request");
    }
}

/// W44: two who took a conversation at once both had it.
#[tokio::test]
async fn w44_two_who_take_a_conversation_at_once_see_the_same_one_have_it() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (one, other) = (chat.agent.invite("agent").await, chat.agent.invite("agent").await);
    let take = async |agent: &Agent| {
        agent.api.patch(&path(&chat.id), &json!({ "assigneeId": agent.id })).await.status
    };
    assert_eq!(tokio::join!(take(&one), take(&other)), (StatusCode::OK, StatusCode::OK));
    let history = chat.agent.history(&chat.id, "").await;
    let assigned = history.events.iter().filter_map(|event| match &event.body {
        EventBody::Assigned { assignee, .. } => assignee.as_ref().map(|actor| actor.id.clone()),
        _ => None,
    });
    let assigned: Vec<_> = assigned.collect();
    assert_eq!(assigned.len(), 2, "in one order, which is the same for all");
    for agent in [&one, &other] {
        assert_eq!(
            agent.conversation(&chat.id).await.assignee.map(|actor| actor.id).as_ref(),
            assigned.last()
        );
    }
}

/// W46: whatever could be sent without a token was taken in whole.
#[tokio::test]
async fn w46_nobody_sends_more_than_is_read() {
    let api = Api::anonymous(Server::shared());
    let much = json!({ "email": "x".repeat(2 << 20), "password": "x" });
    let answer = api.call(Method::POST, "/api/v1/auth/login", |request| request.json(&much)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
}
