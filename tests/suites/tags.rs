//! Tags: kept by admins, put on conversations by agents, and never seen by a visitor.

use std::time::Duration;

use reqwest::{Method, header::HeaderName, header::IF_MATCH};
use serde_json::{Value, json};
use voxora_domain::wire::{ConversationSummary, EventBody, List, Tag};
use voxora_tests::{Agent, Answer, Api, Chat, Server, fresh_client_id};

const TAGS: &str = "/api/v1/tags";

fn path(tag: &Tag) -> String {
    format!("{TAGS}/{}", tag.id)
}

async fn make(admin: &Agent, name: &str) -> Tag {
    admin.api.post(TAGS, &json!({ "name": name, "color": "#1F6FEB" })).await.ok(201)
}

async fn delete(api: &Api, tag: &Tag) -> Answer {
    api.call(Method::DELETE, &path(tag), |request| request).await
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("there is no ETag: {answer:?}"))
}

/// Looks again until something holds: rooms write to the document store some seconds late.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not come about");
}

#[tokio::test]
async fn a_tag_is_made_changed_and_deleted() {
    let admin = Agent::first(Server::shared()).await;
    let name = format!("  Späte  {} ", fresh_client_id());
    let answer = admin.api.post(TAGS, &json!({ "name": name, "color": "#ABCDEF", "description": "x" })).await;
    let made: Tag = answer.ok(201);
    assert_eq!((made.name.as_str(), made.color.as_str()), (name.trim(), "#abcdef"));
    assert_eq!((made.conversations, made.version, etag(&answer)), (0, 1, "\"1\"".to_owned()));
    assert_eq!(admin.api.get(&path(&made)).await.ok::<Tag>(200), made);

    let changed = admin.api.patch(&path(&made), &json!({ "description": null, "archived": true })).await;
    let changed_tag: Tag = changed.ok(200);
    assert_eq!((changed_tag.description, changed_tag.version), (None, 2));
    assert!(changed_tag.archived_at.is_some());
    delete(&admin.api, &made).await.is(204);
    delete(&admin.api, &made).await.is(204);
    admin.api.get(&path(&made)).await.problem(404, "not_found");
    admin.api.patch(&path(&made), &json!({ "name": "x" })).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_does_not_fit_is_said_all_at_once() {
    let admin = Agent::first(Server::shared()).await;
    let long = "x".repeat(1_001);
    let bad = json!({ "name": "\u{202e}", "color": "red", "description": long });
    let problem = admin.api.post(TAGS, &bad).await.problem(422, "invalid_field");
    let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/color", "/description"]);
    let tag = make(&admin, &fresh_client_id()).await;
    admin.api.patch(&path(&tag), &json!({})).await.problem(422, "nothing_to_change");
    admin.api.patch(&path(&tag), &json!({ "name": null })).await.problem(422, "invalid_field");
    admin.api.get(&format!("{TAGS}/x")).await.problem(400, "invalid_request");
    admin.api.get(&format!("{TAGS}?archived=perhaps")).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn a_name_is_one_tag_however_it_is_typed() {
    let admin = Agent::first(Server::shared()).await;
    let name = fresh_client_id();
    let first = make(&admin, &format!("É {name}")).await;
    let again = json!({ "name": format!("e\u{301}  {}", name.to_uppercase()), "color": "#000000" });
    let problem = admin.api.post(TAGS, &again).await.problem(409, "duplicate_key");
    assert_eq!(problem.errors[0].pointer, "/name");
    admin.api.patch(&path(&first), &json!({ "archived": true })).await.ok::<Tag>(200);
    admin.api.post(TAGS, &again).await.ok::<Tag>(201);
    admin.api.patch(&path(&first), &json!({ "archived": false })).await.problem(409, "duplicate_key");
}

#[tokio::test]
async fn a_repeat_makes_nothing_again() {
    let admin = Agent::first(Server::shared()).await;
    let keyed = admin
        .api
        .with_header(HeaderName::from_static("idempotency-key"), &format!("k-{}", fresh_client_id()));
    let request = json!({ "name": fresh_client_id(), "color": "#1f6feb" });
    let first: Tag = keyed.post(TAGS, &request).await.ok(201);
    assert_eq!(keyed.post(TAGS, &request).await.ok::<Tag>(201), first);
    let other = json!({ "name": fresh_client_id(), "color": "#1f6feb" });
    keyed.post(TAGS, &other).await.problem(409, "client_id_reused");
    admin.api.post(TAGS, &request).await.problem(409, "duplicate_key");
}

#[tokio::test]
async fn a_change_is_meant_for_the_version_its_author_saw() {
    let admin = Agent::first(Server::shared()).await;
    let tag = make(&admin, &fresh_client_id()).await;
    let seen = etag(&admin.api.get(&path(&tag)).await);
    let careful = admin.api.with_header(IF_MATCH, &seen);
    careful.patch(&path(&tag), &json!({ "color": "#000000" })).await.ok::<Tag>(200);
    careful.patch(&path(&tag), &json!({ "color": "#ffffff" })).await.problem(412, "precondition_failed");
    delete(&careful, &tag).await.problem(412, "precondition_failed");
    admin.api.patch(&path(&tag), &json!({ "color": "#ffffff" })).await.ok::<Tag>(200);
    admin.api.with_header(IF_MATCH, "seven").get(&path(&tag)).await.is(200);
    let nonsense = admin.api.with_header(IF_MATCH, "seven");
    nonsense.patch(&path(&tag), &json!({ "color": "#000000" })).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn a_walk_through_the_list_meets_every_tag_once() {
    let admin = Agent::first(Server::shared()).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(make(&admin, &fresh_client_id()).await.id);
    }
    let mut met = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page: List<Tag> = admin.api.get(&format!("{TAGS}{query}")).await.ok(200);
        met.extend(page.items.iter().map(|tag| tag.id));
        let Some(cursor) = page.next_cursor else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    for id in made {
        assert_eq!(met.iter().filter(|other| **other == id).count(), 1);
    }
}

#[tokio::test]
async fn agents_see_tags_live_and_a_visitor_never_does() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let (mut visitor, mut agent) = chat.join().await;
    let tag = make(&chat.agent, &format!("SECRET {}", fresh_client_id())).await;
    let id = tag.id.to_string();
    let tagged = chat.agent.tag(&chat.id, &id).await;
    assert_eq!(tagged.tags, Some(vec![tag.id]));
    let event = agent.event(|event| matches!(event.body, EventBody::Tagged { .. })).await;
    let EventBody::Tagged { tag: told } = &event.body else { panic!() };
    assert_eq!((told.id, told.name.as_str()), (tag.id, tag.name.as_str()));
    assert_eq!(event.actor.id, chat.agent.id);
    // The same again is no event.
    assert_eq!(chat.agent.tag(&chat.id, &id).await.head, tagged.head);
    chat.agent.untag(&chat.id, &id).await;
    agent.event(|event| matches!(event.body, EventBody::Untagged { .. })).await;
    chat.agent.untag(&chat.id, &id).await;
    chat.agent.tag(&chat.id, &id).await;
    let fence = agent.say("two").await;
    assert_eq!(fence.seq, 5);

    visitor.seq(fence.seq).await;
    assert_eq!(visitor.log.events.keys().copied().collect::<Vec<_>>(), [1, fence.seq]);
    let late = chat.visitor.rejoin(&chat.id, 0).await;
    let newcomer = chat.visitor.join(&chat.id).await;
    chat.visitor.summary(&chat.id, |summary| summary.conversation.head == fence.seq).await;
    let mut said: Vec<String> = Vec::new();
    for room in [&visitor, &late, &newcomer] {
        said.extend(room.socket.received.iter().cloned());
    }
    for path in ["", "/events", "/events?after=1"] {
        said.push(chat.visitor.api.get(&format!("/api/v1/conversations/{}{path}", chat.id)).await.body);
    }
    said.push(chat.visitor.api.get("/api/v1/conversations").await.body);
    for text in said {
        assert!(!text.contains("tag") && !text.contains("SECRET") && !text.contains(&id), "{text}");
    }
    chat.visitor.api.get(&format!("/api/v1/conversations?tag={id}")).await.problem(403, "forbidden");
    assert_eq!(chat.agent.rejoin(&chat.id, 0).await.log, agent.log, "what is replayed is what was live");
    assert_eq!(chat.agent.join(&chat.id).await.welcome.conversation.tags, Some(vec![tag.id]));
}

#[tokio::test]
async fn only_a_tag_that_is_there_goes_on_a_conversation() {
    let chat = Chat::begin(Server::shared(), "one").await;
    let put = async |tag: &str| {
        let path = format!("/api/v1/conversations/{}/tags/{tag}", chat.id);
        chat.agent.api.call(Method::PUT, &path, |request| request).await
    };
    put(&voxora_tests::unknown_conversation()).await.problem(404, "not_found");
    put("x").await.problem(400, "invalid_request");
    let archived = make(&chat.agent, &fresh_client_id()).await;
    chat.agent.tag(&chat.id, &archived.id.to_string()).await;
    chat.agent.api.patch(&path(&archived), &json!({ "archived": true })).await.ok::<Tag>(200);
    // It stays where it is, and can be taken off.
    chat.agent.untag(&chat.id, &archived.id.to_string()).await;
    put(&archived.id.to_string()).await.problem(409, "archived");
    for _ in 0..20 {
        let tag = chat.agent.make_tag().await;
        put(&tag).await.is(200);
    }
    let tag = chat.agent.make_tag().await;
    put(&tag).await.problem(409, "too_many_tags");
}

#[tokio::test]
async fn the_list_is_filtered_by_tag_and_counts_are_exact() {
    let server = Server::shared();
    let (one, two) = (Chat::begin(server, "one").await, Chat::begin(server, "two").await);
    let admin = &one.agent;
    let tag = make(admin, &fresh_client_id()).await;
    for chat in [&one, &two] {
        admin.tag(&chat.id, &tag.id.to_string()).await;
    }
    until(async || {
        let found: Tag = admin.api.get(&path(&tag)).await.ok(200);
        (found.conversations == 2).then_some(())
    })
    .await;
    let list = async |query: &str| -> List<ConversationSummary> {
        admin.api.get(&format!("/api/v1/conversations?tag={}{query}", tag.id)).await.ok(200)
    };
    let ids = |list: &List<ConversationSummary>| -> Vec<String> {
        list.items.iter().map(|item| item.conversation.id.to_string()).collect()
    };
    let all = list("").await;
    assert_eq!(ids(&all), [two.id.clone(), one.id.clone()]);
    assert!(all.items.iter().all(|item| item.conversation.tags == Some(vec![tag.id])));
    assert!(list("&status=closed").await.items.is_empty());
    let first = list("&status=open&limit=1").await;
    assert_eq!(ids(&first), std::slice::from_ref(&two.id));
    let cursor = first.next_cursor.unwrap();
    assert_eq!(
        ids(&list(&format!("&status=open&limit=1&cursor={cursor}")).await),
        std::slice::from_ref(&one.id)
    );
    let problem = delete(&admin.api, &tag).await.problem(409, "in_use");
    assert!(problem.detail.contains("merge it"), "{problem:?}");
}

#[tokio::test]
async fn a_merged_tag_counts_as_the_other_at_once_and_conversations_follow() {
    let server = Server::named("merge").start();
    let chats = [Chat::begin(&server, "one").await, Chat::begin(&server, "two").await];
    let admin = &chats[0].agent;
    let (late, delivery) = (make(admin, "Late").await, make(admin, "Delivery").await);
    for chat in &chats {
        admin.tag(&chat.id, &late.id.to_string()).await;
    }
    admin.tag(&chats[1].id, &delivery.id.to_string()).await;
    until(async || {
        let found: Tag = admin.api.get(&path(&late)).await.ok(200);
        (found.conversations == 2).then_some(())
    })
    .await;
    let merge = format!("{}/merge", path(&late));
    admin.api.post(&merge, &json!({ "into": late.id })).await.problem(422, "invalid_field");
    admin.api.post(&merge, &json!({ "into": delivery.id })).await.ok::<Tag>(202);
    let after: Tag = admin.api.get(&path(&delivery)).await.ok(200);
    assert_eq!(after.conversations, 2, "at once");
    server.kill_9();
    server.restart();
    let merged: Tag = admin.api.post(&merge, &json!({ "into": delivery.id })).await.ok(202);
    assert_eq!(merged.merged_into, Some(delivery.id));
    for chat in &chats {
        until(async || {
            let found = admin.conversation(&chat.id).await;
            (found.tags == Some(vec![delivery.id])).then_some(())
        })
        .await;
    }
    let merged = until(async || {
        let (status, audit) =
            server.collection_action("find", &json!({ "collection": "audit", "filter": {} }));
        assert_eq!(status, 200, "{audit}");
        let entries = audit["documents"].as_array().unwrap().iter();
        let merged: Vec<Value> = entries.filter(|entry| entry["action"] == "tag.merged").cloned().collect();
        (!merged.is_empty()).then_some(merged)
    })
    .await;
    assert_eq!(merged.len(), 1, "{merged:?}");
    assert_eq!(merged[0]["to"], json!({ "archived": true, "mergedInto": delivery.id }));
    assert_eq!(merged[0]["by"]["id"], json!(admin.id));
}
