//! Conversations over REST: starting them, lists, history, status and assignment.

use std::collections::BTreeSet;
use std::slice;

use futures::future::join_all;
use serde_json::json;
use voxora_domain::wire::{
    ActorKind, Conversation, ConversationStatus, EventBody, StartConversationRequest, StartedConversation,
};
use voxora_tests::{
    Agent, Api, Chat, History, Server, Visitor, fresh_client_id, text_of, unknown_conversation,
};

const CONVERSATIONS: &str = "/api/v1/conversations";

fn first_message(client_id: &str, text: &str) -> StartConversationRequest {
    StartConversationRequest { client_id: client_id.into(), text: text.into() }
}

#[tokio::test]
async fn a_conversation_starts_with_its_first_message() {
    let visitor = Visitor::new(Server::shared()).await;
    let started = visitor.start_as("first", "Where is my order?").await;
    assert!(!started.duplicate);
    assert_eq!(started.seq, 1);
    assert_eq!(started.conversation.visitor.id, visitor.id);
    assert_eq!(started.conversation.visitor.kind, ActorKind::Visitor);
    assert_eq!(started.conversation.status, ConversationStatus::Open);
    assert_eq!(started.conversation.assignee, None);
    assert_eq!(started.conversation.head, 1);

    let id = started.conversation.id.to_string();
    assert_eq!(visitor.conversation(&id).await, started.conversation);
    let history = visitor.history(&id, "").await;
    assert_eq!(history.events.len(), 1);
    let event = &history.events[0];
    assert_eq!((event.seq, event.prev, event.at), (1, 0, started.at));
    assert_eq!(event.id, format!("{id}-1"));
    assert_eq!(event.client_id.as_deref(), Some("first"));
    assert_eq!(event.actor, started.conversation.visitor);
    assert_eq!(text_of(event), Some("Where is my order?"));
}

#[tokio::test]
async fn starting_twice_by_one_name_starts_once() {
    let visitor = Visitor::new(Server::shared()).await;
    let name = fresh_client_id();
    let first = visitor.start_as(&name, "Hello").await;
    let repeat = visitor.api.post(CONVERSATIONS, &first_message(&name, "Hello")).await;
    let repeat: StartedConversation = repeat.ok(200);
    assert!(repeat.duplicate);
    assert_eq!((repeat.conversation.id, repeat.seq, repeat.at), (first.conversation.id, first.seq, first.at));
    assert_eq!(visitor.history(&first.conversation.id.to_string(), "").await.events.len(), 1);
}

#[tokio::test]
async fn twenty_repeats_at_once_start_one_conversation() {
    let visitor = Visitor::new(Server::shared()).await;
    let request = first_message(&fresh_client_id(), "Hello");
    let answers = join_all((0..20).map(|_| visitor.api.post(CONVERSATIONS, &request))).await;
    let mut ids = BTreeSet::new();
    let mut firsts = 0;
    for answer in answers {
        let duplicate = answer.status == 200;
        let started: StartedConversation = answer.ok(if duplicate { 200 } else { 201 });
        assert_eq!(started.duplicate, duplicate);
        assert_eq!(started.seq, 1);
        firsts += u32::from(!duplicate);
        ids.insert(started.conversation.id);
    }
    assert_eq!(firsts, 1);
    assert_eq!(ids.len(), 1);
    let id = ids.first().unwrap().to_string();
    assert_eq!(visitor.history(&id, "").await.events.len(), 1);
    visitor.summary(&id, |_| true).await;
    assert_eq!(visitor.list("").await.items.len(), 1);
}

#[tokio::test]
async fn a_name_does_not_start_something_else() {
    let visitor = Visitor::new(Server::shared()).await;
    let started = visitor.start_as("first", "Hello").await;
    let other = visitor.api.post(CONVERSATIONS, &first_message("first", "Something else")).await;
    other.problem(409, "client_id_reused");
    let id = started.conversation.id.to_string();
    assert_eq!(visitor.history(&id, "").await.events.len(), 1);
    // Also when the words are others by now.
    visitor.join(&id).await.edit(1, "Hello there").await.unwrap();
    let again: StartedConversation =
        visitor.api.post(CONVERSATIONS, &first_message("first", "Hello")).await.ok(200);
    assert_eq!((again.seq, again.duplicate), (1, true));
    visitor
        .api
        .post(CONVERSATIONS, &first_message("first", "Hello there"))
        .await
        .problem(409, "client_id_reused");
}

#[tokio::test]
async fn two_visitors_may_use_the_same_name() {
    let server = Server::shared();
    let (one, other) = (Visitor::new(server).await, Visitor::new(server).await);
    let first = one.start_as("the-same", "Hello").await;
    let second = other.start_as("the-same", "Hello").await;
    assert_ne!(first.conversation.id, second.conversation.id);
}

#[tokio::test]
async fn a_first_message_keeps_the_rules_of_messages() {
    let visitor = Visitor::new(Server::shared()).await;
    visitor.api.post(CONVERSATIONS, &json!(["c1", "from an array"])).await.problem(422, "invalid_field");
    for (client_id, text, code) in [
        ("ok", "", "empty_message"),
        ("ok", " \n\t ", "empty_message"),
        ("ok", &*"ä".repeat(10_001), "message_too_long"),
        ("", "Hello", "invalid_client_id"),
        ("not allowed", "Hello", "invalid_client_id"),
        (&*"x".repeat(65), "Hello", "invalid_client_id"),
    ] {
        visitor.api.post(CONVERSATIONS, &first_message(client_id, text)).await.problem(422, code);
    }
    assert!(visitor.list("").await.items.is_empty(), "a refused message left a conversation behind");
    visitor.start(&"ä".repeat(10_000)).await;
}

#[tokio::test]
async fn only_visitors_start_conversations() {
    let server = Server::shared();
    let request = first_message("x", "Hello");
    let agent = Agent::first(server).await;
    agent.api.post(CONVERSATIONS, &request).await.problem(403, "forbidden");
    Api::anonymous(server).post(CONVERSATIONS, &request).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn visitors_list_their_own_conversations_and_agents_all() {
    let server = Server::shared();
    let (agent, ada, bob) =
        (Agent::first(server).await, Visitor::new(server).await, Visitor::new(server).await);
    let (first, second, foreign) = (ada.start("One").await, ada.start("Two").await, bob.start("Three").await);
    for id in [&first, &second] {
        ada.summary(id, |_| true).await;
    }
    let listed: Vec<_> =
        ada.list("").await.items.iter().map(|item| item.conversation.id.to_string()).collect();
    assert_eq!(listed, [second.clone(), first.clone()], "newest first, and nobody else's");
    for id in [&first, &second, &foreign] {
        agent.summary(id, |_| true).await;
    }
}

#[tokio::test]
async fn a_summary_has_the_last_message_and_what_is_unread_from_the_askers_side() {
    let chat = Chat::begin(Server::shared(), "First").await;
    let (mut visitor, mut agent) = chat.join().await;
    visitor.say("Second").await;
    let reply = agent.say(&format!("Third\nline {}", "x".repeat(200))).await;

    let summary = chat.agent.summary(&chat.id, |summary| summary.conversation.head == reply.seq).await;
    assert_eq!(summary.unread, 2, "both messages of the visitor, whom nobody has read");
    let last = summary.last_message.unwrap();
    assert_eq!((last.seq, last.at, last.actor.id), (reply.seq, reply.at, chat.agent.id.clone()));
    assert_eq!(last.preview.chars().count(), 140);
    assert!(last.preview.starts_with("Third line xxx"), "one line: {}", last.preview);
    assert_eq!(summary.updated_at, reply.at);

    let own = chat.visitor.summary(&chat.id, |summary| summary.conversation.head == reply.seq).await;
    assert_eq!(own.unread, 1, "the agent's reply");
    visitor.send(&voxora_domain::wire::ClientFrame::Read { up_to: reply.seq }).await;
    chat.visitor.summary(&chat.id, |summary| summary.unread == 0).await;
}

#[tokio::test]
async fn pages_of_a_list_hold_each_conversation_once_whatever_is_started_meanwhile() {
    let server = Server::shared();
    let visitor = Visitor::new(server).await;
    let mut started = Vec::new();
    for number in 0..7 {
        let id = visitor.start(&format!("Number {number}")).await;
        visitor.summary(&id, |_| true).await;
        started.push(id);
    }
    let mut listed = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = visitor.list(&query).await;
        assert!(page.items.len() <= 3);
        listed.extend(page.items.iter().map(|item| item.conversation.id.to_string()));
        // New conversations come on top, before the page that is read next.
        let newer = visitor.start("Meanwhile").await;
        visitor.summary(&newer, |_| true).await;
        let Some(cursor) = page.next_cursor else { break };
        query = format!("?limit=3&cursor={cursor}");
    }
    started.reverse();
    assert_eq!(listed, started);
}

#[tokio::test]
async fn a_walk_misses_what_is_answered_before_it_comes_there_and_meets_twice_only_what_was_taken_back() {
    let visitor = Visitor::new(Server::shared()).await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let id = visitor.start(&format!("Number {number}")).await;
        visitor.summary(&id, |_| true).await;
        ids.push(id);
    }
    let [first, second, third, fourth] = &ids[..] else { panic!("{ids:?}") };
    let page = async |query: &str| {
        let page = visitor.list(&format!("?limit=2{query}")).await;
        let met: Vec<_> = page.items.iter().map(|item| item.conversation.id.to_string()).collect();
        (met, page.next_cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default())
    };
    let listed = async |id: &str, head: u64| {
        visitor.summary(id, |summary| summary.conversation.head == head).await;
    };

    let (met, next) = page("").await;
    assert_eq!(met, [fourth.clone(), third.clone()]);
    let mut room = visitor.join(fourth).await;
    room.say("Met before").await;
    listed(fourth, 2).await;
    let mut room = visitor.join(first).await;
    let answer = room.say("Not met yet").await;
    listed(first, 2).await;
    assert_eq!(
        page(&next).await.0,
        slice::from_ref(second),
        "neither the one that is missed nor the other again"
    );
    let (met, next) = page("").await;
    assert_eq!(met, [first.clone(), fourth.clone()], "from the top there are both");

    room.delete(answer.seq).await.unwrap();
    listed(first, 3).await;
    let (met, next) = page(&next).await;
    assert_eq!(met, [third.clone(), second.clone()]);
    assert_eq!(page(&next).await.0, slice::from_ref(first), "once more, where its first message stands");
}

#[tokio::test]
async fn a_list_can_be_narrowed_by_status() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    chat.agent.set_status(&chat.id, "resolved").await;
    chat.visitor
        .summary(&chat.id, |summary| summary.conversation.status == ConversationStatus::Resolved)
        .await;
    assert_eq!(chat.visitor.list("?status=resolved").await.items.len(), 1);
    for status in ["open", "pending", "closed"] {
        assert!(chat.visitor.list(&format!("?status={status}")).await.items.is_empty(), "{status}");
    }
}

#[tokio::test]
async fn a_list_refuses_what_it_does_not_understand() {
    let visitor = Visitor::new(Server::shared()).await;
    for query in
        ["limit=0", "limit=101", "limit=x", "limit=-1", "status=unknown", "cursor=garbage", "cursor=%00"]
    {
        visitor.api.get(&format!("{CONVERSATIONS}?{query}")).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_cursor_that_was_made_up_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let visitor = Visitor::new(Server::shared()).await;
    let id = unknown_conversation();
    for number in ["9007199254740992", "9007199254740993", "-1", "-9223372036854775808", "1.5", "null"] {
        for json in [format!(r#"[{number},"{id}"]"#), format!(r#"{{"updated_at":{number},"id":"{id}"}}"#)] {
            let cursor = URL_SAFE_NO_PAD.encode(json);
            visitor
                .api
                .get(&format!("{CONVERSATIONS}?cursor={cursor}"))
                .await
                .problem(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn one_persons_cursor_shows_another_nothing_of_theirs() {
    let server = Server::shared();
    let (ada, eve) = (Visitor::new(server).await, Visitor::new(server).await);
    for text in ["One", "Two"] {
        let id = ada.start(text).await;
        ada.summary(&id, |_| true).await;
    }
    let cursor = ada.list("?limit=1").await.next_cursor.unwrap();
    let stolen = eve.api.get(&format!("{CONVERSATIONS}?cursor={cursor}")).await;
    assert!(!stolen.body.contains(&ada.id), "{stolen:?}");
}

#[tokio::test]
async fn history_is_read_before_and_after_a_seq() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, _agent) = chat.join().await;
    for number in 2..=9 {
        visitor.say(&number.to_string()).await;
    }
    let seqs = |history: &History| history.events.iter().map(|event| event.seq).collect::<Vec<_>>();
    let person = &chat.visitor;

    let all = person.history(&chat.id, "").await;
    assert_eq!(seqs(&all), (1..=9).collect::<Vec<_>>());
    assert_eq!((all.prev, all.more, all.head), (0, false, 9));
    let last = person.history(&chat.id, "?limit=3").await;
    assert_eq!((seqs(&last), last.prev, last.more), (vec![7, 8, 9], 6, false));
    let before = person.history(&chat.id, "?before=7&limit=3").await;
    assert_eq!((seqs(&before), before.prev, before.more), (vec![4, 5, 6], 3, true));
    let after = person.history(&chat.id, "?after=4&limit=3").await;
    assert_eq!((seqs(&after), after.prev, after.more), (vec![5, 6, 7], 4, true));
    let end = person.history(&chat.id, "?after=9").await;
    assert_eq!((seqs(&end), end.more, end.head), (vec![], false, 9));
    let beginning = person.history(&chat.id, "?before=1").await;
    assert_eq!((seqs(&beginning), beginning.prev), (vec![], 0));

    // Numbers that JavaScript could not carry are numbers all the same.
    for seq in [1 << 53, (1 << 53) + 1, u64::MAX] {
        let before = person.api.get(&format!("{CONVERSATIONS}/{}/events?before={seq}", chat.id)).await;
        assert!(before.status.as_u16() < 500, "{before:?}");
        let after = person.api.get(&format!("{CONVERSATIONS}/{}/events?after={seq}", chat.id)).await;
        assert!(after.status.as_u16() < 500, "{after:?}");
    }

    let path = format!("{CONVERSATIONS}/{}/events", chat.id);
    for query in ["limit=0", "limit=201", "before=x", "after=-1", "before=5&after=2", "afetr=1", "after=%ff"]
    {
        person.api.get(&format!("{path}?{query}")).await.problem(400, "invalid_request");
    }
    // A whole number that JavaScript holds, and those it does not.
    for name in ["before", "after"] {
        person.api.get(&format!("{path}?{name}=9007199254740991")).await.ok::<serde_json::Value>(200);
        for number in ["9007199254740992", "18446744073709551615", "18446744073709551616"] {
            person.api.get(&format!("{path}?{name}={number}")).await.problem(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn nobody_reads_another_visitors_conversation() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Mine").await;
    let stranger = Visitor::new(server).await;
    for path in [format!("{CONVERSATIONS}/{}", chat.id), format!("{CONVERSATIONS}/{}/events", chat.id)] {
        stranger.api.get(&path).await.problem(403, "forbidden");
        Api::anonymous(server).get(&path).await.problem(401, "unauthenticated");
        chat.agent.api.get(&path).await.is(200);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_what_is_no_id_is_refused() {
    let server = Server::shared();
    let (visitor, agent) = (Visitor::new(server).await, Agent::first(server).await);
    let unknown = unknown_conversation();
    for api in [&visitor.api, &agent.api] {
        for rest in ["", "/events"] {
            api.get(&format!("{CONVERSATIONS}/{unknown}{rest}")).await.problem(404, "not_found");
            for id in ["7", "not-a-uuid", "0b9d4c8e3d535c7e9a2f7c1f4bb0a001"] {
                api.get(&format!("{CONVERSATIONS}/{id}{rest}")).await.problem(400, "invalid_request");
            }
        }
    }
    let change = json!({ "status": "closed" });
    agent.api.patch(&format!("{CONVERSATIONS}/{unknown}"), &change).await.problem(404, "not_found");
}

#[tokio::test]
async fn agents_change_status_and_assignee_and_everyone_sees_it() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let path = format!("{CONVERSATIONS}/{}", chat.id);

    let changed: Conversation = chat
        .agent
        .api
        .patch(&path, &json!({ "assigneeId": chat.agent.id, "status": "pending" }))
        .await
        .ok(200);
    assert_eq!(changed.status, ConversationStatus::Pending);
    assert_eq!(changed.assignee.as_ref().map(|actor| &actor.id), Some(&chat.agent.id));
    for room in [&mut visitor, &mut agent] {
        let assigned = room.event(|event| matches!(event.body, EventBody::Assigned { .. })).await;
        assert_eq!(assigned.body, EventBody::Assigned { assignee: changed.assignee.clone(), reason: None });
        assert_eq!(assigned.actor.id, chat.agent.id);
        let status = room.event(|event| matches!(event.body, EventBody::StatusChanged { .. })).await;
        assert_eq!(
            status.body,
            EventBody::StatusChanged { status: ConversationStatus::Pending, until: None }
        );
    }

    // What is so already is no news.
    let same: Conversation = chat.agent.api.patch(&path, &json!({ "status": "pending" })).await.ok(200);
    assert_eq!(same.head, changed.head);
    chat.agent.api.patch(&path, &json!({})).await.problem(422, "nothing_to_change");

    let freed: Conversation = chat.agent.api.patch(&path, &json!({ "assigneeId": null })).await.ok(200);
    assert_eq!(freed.assignee, None);
    assert_eq!(freed.status, ConversationStatus::Pending);

    chat.visitor.api.patch(&path, &json!({ "status": "closed" })).await.problem(403, "forbidden");
    for (body, pointer) in [
        (json!({ "status": "unknown" }), "/status"),
        (json!({ "status": null }), "/status"),
        (json!({ "assigneeId": "nobody" }), "/assigneeId"),
        (json!({ "assigneeId": 7 }), "/assigneeId"),
        (json!({ "assigneeId": unknown_conversation() }), "/assigneeId"),
        (json!({ "statsu": "closed" }), "/statsu"),
        (json!({ "status": "closed", "x": 1 }), "/x"),
        (json!(["closed"]), ""),
    ] {
        let problem = chat.agent.api.patch(&path, &body).await.problem(422, "invalid_field");
        let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, [pointer], "{body}: {problem:?}");
    }
    assert_eq!(chat.visitor.conversation(&chat.id).await.status, ConversationStatus::Pending);
}

#[tokio::test]
async fn a_visitors_message_opens_a_resolved_conversation_again() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    chat.agent.set_status(&chat.id, "resolved").await;
    visitor.say("One more thing").await;
    let event = visitor
        .event(|event| {
            matches!(event.body, EventBody::StatusChanged { status: ConversationStatus::Open, until: None })
        })
        .await;
    assert_eq!(event.actor.kind, ActorKind::System);
    assert_eq!(chat.visitor.conversation(&chat.id).await.status, ConversationStatus::Open);
}
