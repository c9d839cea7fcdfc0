//! Conversations that are put aside, by REST and on sockets, and what the inbox asks a room for. What happens by itself in a room is
//! tried in `domain/tests/time.rs`; here that the real alarm does it, also after a kill.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::{Value, json};
use voxora_domain::wire::{ActorKind, Conversation, ConversationStatus, EventBody, Priority, ResponseTarget};
use voxora_tests::{Chat, Server, text_of};

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

async fn change(chat: &Chat, body: Value) -> Conversation {
    chat.agent.api.patch(&format!("/api/v1/conversations/{}", chat.id), &body).await.ok(200)
}

#[tokio::test]
async fn a_snooze_ends_at_its_time_though_its_room_slept_and_the_visitor_learns_of_none_of_it() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let until = now() + 2_500;
    let snoozed =
        change(&chat, json!({ "status": "snoozed", "snoozedUntil": until, "priority": "high" })).await;
    assert_eq!((snoozed.status, snoozed.snoozed_until), (ConversationStatus::Snoozed, Some(until)));
    assert_eq!((snoozed.priority, snoozed.opened_at), (Some(Priority::High), Some(snoozed.created_at)));
    assert_eq!(snoozed.waiting_since, snoozed.opened_at);
    let event = agent.event(|event| matches!(event.body, EventBody::StatusChanged { .. })).await;
    let body = EventBody::StatusChanged { status: ConversationStatus::Snoozed, until: Some(until) };
    assert_eq!(event.body, body);
    let shown = chat.visitor.conversation(&chat.id).await;
    assert_eq!((shown.status, shown.snoozed_until, shown.priority), (ConversationStatus::Open, None, None));
    server.hibernate("Room", &chat.id);

    let reopened = agent
        .event(|event| {
            matches!(event.body, EventBody::StatusChanged { status: ConversationStatus::Open, .. })
        })
        .await;
    assert_eq!(reopened.actor.kind, ActorKind::System);
    assert!((until..until + 1_000).contains(&reopened.at), "{} of {until}", reopened.at);
    // The visitor's next event is the next message, with nothing between.
    let said = agent.say("Back again").await;
    let told = visitor.seq(said.seq).await;
    assert_eq!(told.prev, 1);
    assert!(visitor.socket.received.iter().all(|frame| !frame.contains("snoozed")));
}

#[tokio::test]
async fn a_snooze_ends_once_though_everything_was_killed_meanwhile() {
    let server = Server::named("snooze").start();
    let chat = Chat::begin(&server, "Hello").await;
    let until = now() + 1_500;
    change(&chat, json!({ "status": "snoozed", "snoozedUntil": until })).await;
    server.kill_9();
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.restart();
    // Nobody looks at the room before its alarm has gone off.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let rows = server.rows("Room", &chat.id, "SELECT kind, actor_kind, status FROM events ORDER BY seq");
    let kinds: Vec<String> = rows.iter().map(Value::to_string).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(kinds[2].contains("system") && kinds[2].contains("open"), "{kinds:?}");
}

#[tokio::test]
async fn a_snooze_is_until_a_time_to_come_and_an_answer_ends_it() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let path = format!("/api/v1/conversations/{}", chat.id);
    let year = 366 * 24 * 60 * 60 * 1_000;
    for (body, pointer) in [
        (json!({ "status": "snoozed", "snoozedUntil": now() - 1 }), "/snoozedUntil"),
        (json!({ "status": "snoozed", "snoozedUntil": now() + year + 60_000 }), "/snoozedUntil"),
        (json!({ "status": "snoozed", "snoozedUntil": "tomorrow" }), "/snoozedUntil"),
        (json!({ "snoozedUntil": now() + 60_000 }), "/snoozedUntil"),
        (json!({ "status": "open", "snoozedUntil": null }), "/snoozedUntil"),
        (json!({ "priority": "later" }), "/priority"),
    ] {
        let problem = chat.agent.api.patch(&path, &body).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, pointer, "{body}");
    }
    chat.visitor.api.patch(&path, &json!({ "priority": "urgent" })).await.problem(403, "forbidden");
    let snoozed = change(&chat, json!({ "status": "snoozed", "snoozedUntil": null })).await;
    assert_eq!((snoozed.status, snoozed.snoozed_until), (ConversationStatus::Snoozed, None));
    // Lists: the team finds it as what it is, its visitor as open.
    let listed = async |status: &str, by_visitor: bool| {
        let query = format!("?status={status}&limit=100");
        let list = if by_visitor { chat.visitor.list(&query).await } else { chat.agent.list(&query).await };
        list.items.iter().any(|item| item.conversation.id.to_string() == chat.id)
    };
    voxora_tests::eventually(async || listed("snoozed", false).await.then_some(())).await;
    assert!(!listed("open", false).await && listed("open", true).await && !listed("snoozed", true).await);
    let mut visitor = chat.visitor.join(&chat.id).await;
    visitor.say("Are you there?").await;
    let open = chat.agent.conversation(&chat.id).await;
    assert_eq!((open.status, open.opened_at), (ConversationStatus::Open, snoozed.opened_at));
}

#[tokio::test]
async fn what_the_inbox_asks_a_room_for_is_done_once_and_says_why() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let department = chat.agent.make_department().await;
    let ask = |body: Value| {
        let answer = server.ask_object("Room", &chat.id, &body);
        (answer["Ok"]["done"] == true, answer)
    };
    let reason = json!({ "rule": "least_busy", "considered": 1, "candidates": [
        { "id": chat.agent.id, "name": "Ada", "presence": "online", "load": 0, "capacity": 5 }] });
    let assign = json!({ "Assign": {
        "assignee": { "kind": "agent", "id": chat.agent.id, "name": "Ada" }, "reason": reason } });
    for _ in 0..2 {
        let (done, answer) = ask(assign.clone());
        assert!(done, "{answer}");
        assert_eq!(answer["Ok"]["conversation"]["assignee"]["id"], json!(chat.agent.id), "{answer}");
        assert_eq!(answer["Ok"]["conversation"]["head"], 2, "{answer}");
    }
    let shown = async |by_visitor: bool, seq: u64| {
        let query = format!("?after={}&limit=1", seq - 1);
        let path = format!("/api/v1/conversations/{}/events{query}", chat.id);
        let api = if by_visitor { &chat.visitor.api } else { &chat.agent.api };
        api.call(Method::GET, &path, |request| request).await.ok::<Value>(200)["events"][0]["payload"].clone()
    };
    assert_eq!(shown(false, 2).await["reason"], reason);
    assert_eq!(shown(true, 2).await.get("reason"), None);
    let left = json!({ "rule": "given_back" });
    let (done, answer) = ask(json!({ "TakeFrom": { "user": chat.agent.id, "reason": left } }));
    assert!(done, "{answer}");
    let on = json!({ "MoveOn": {
        "from": null, "to": { "id": department, "name": "Elsewhere" }, "reason": { "rule": "overflow" } } });
    for _ in 0..2 {
        let (done, answer) = ask(on.clone());
        assert!(done && answer["Ok"]["conversation"]["head"] == 4, "{answer}");
    }
    let (done, answer) = ask(assign);
    assert!(!done, "another queue has it: {answer}");
}

#[tokio::test]
async fn what_a_queue_asks_for_is_kept_in_time_and_no_visitor_hears_of_targets() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    // No minute at all: both are due at once. The inbox may tell of others any time; what is due is done first.
    let terms = json!({ "Terms": {
        "targets": { "normal": { "firstResponse": 0 } },
        "autoResolve": { "afterMinutes": 0, "warning": "Are you still there?", "warnMinutesBefore": 0 } } });
    server.hibernate("Room", &chat.id);
    assert_eq!(server.ask_object("Room", &chat.id, &terms), json!({ "Ok": null }));
    let missed = agent.event(|event| matches!(event.body, EventBody::TargetMissed { .. })).await;
    let due = chat.agent.conversation(&chat.id).await.created_at;
    assert_eq!(missed.body, EventBody::TargetMissed { target: ResponseTarget::FirstResponse, due });
    assert_eq!(missed.actor.kind, ActorKind::System);

    agent.say("Here I am").await;
    let _ = server.ask_object("Room", &chat.id, &terms);
    let resolved = visitor
        .event(|event| {
            matches!(event.body, EventBody::StatusChanged { status: ConversationStatus::Resolved, .. })
        })
        .await;
    let warning = visitor.log.at(resolved.prev).clone();
    assert_eq!((text_of(&warning), warning.actor.kind), (Some("Are you still there?"), ActorKind::System));
    assert_eq!((resolved.seq, resolved.actor.kind), (5, ActorKind::System));
    assert!(visitor.socket.received.iter().all(|frame| !frame.contains("target_missed")));
    let kinds = server.rows("Room", &chat.id, "SELECT COUNT(*) FROM events WHERE kind = 'target_missed'");
    assert_eq!(kinds[0][0], 1);
}
