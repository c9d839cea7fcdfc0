//! Routing, on the real Worker: what waits is given to whoever can take it, with a reason, and goes back when they are gone.

use reqwest::Method;
use serde_json::{Value, json};
use voxora_domain::wire::{EventBody, InboxServerFrame, Presence, Rule};
use voxora_tests::{ADMIN_PASSWORD, Agent, Server, Visitor, sign_in};

/// A department that is worked off by who is least busy.
async fn queue(admin: &Agent, routing: Value) -> String {
    let id = admin.make_department().await;
    let path = format!("/api/v1/departments/{id}");
    admin.api.patch(&path, &json!({ "policy": { "routing": routing } })).await.ok::<Value>(200);
    id
}

/// An agent of this department, who may be given so many.
async fn member(admin: &Agent, department: &str, capacity: u32) -> Agent {
    let agent = admin.invite("agent").await;
    let path = format!("/api/v1/users/{}", agent.user.id);
    let change = json!({ "departments": [department], "capacity": capacity });
    admin.api.patch(&path, &change).await.ok::<Value>(200);
    // The change ended their token.
    let api = admin.api.anonymously();
    Agent::of(&api, &sign_in(&api, &agent.user.email, ADMIN_PASSWORD).await.ok(200))
}

async fn begin_in(server: &Server, admin: &Agent, department: &str) -> String {
    let id = Visitor::new(server).await.start("Is anybody there?").await;
    let path = format!("/api/v1/conversations/{id}");
    admin.api.patch(&path, &json!({ "departmentId": department })).await.ok::<Value>(200);
    id
}

/// The reasons of a conversation's assignments, and to whom each was.
async fn reasons(admin: &Agent, id: &str) -> Vec<(Rule, Option<String>)> {
    let events = admin.history(id, "").await.events;
    let reason = |body| match body {
        EventBody::Assigned { assignee, reason: Some(reason) } => {
            Some((reason.rule, assignee.map(|assignee| assignee.name)))
        }
        _ => None,
    };
    events.into_iter().filter_map(|event| reason(event.body)).collect()
}

#[tokio::test]
async fn what_waits_is_given_to_whoever_can_take_it_the_moment_they_can() {
    let server = Server::named("routing").start();
    let admin = Agent::first(&server).await;
    let department = queue(&admin, json!({ "mode": "least_busy" })).await;
    let ada = member(&admin, &department, 1).await;
    let (first, second) =
        (begin_in(&server, &admin, &department).await, begin_in(&server, &admin, &department).await);
    // She comes: the first is hers at once. The second waits, because one is all she takes.
    let mut inbox = ada.inbox().await;
    let is_hers = |summary: &voxora_domain::wire::InboxChange| {
        summary
            .conversation
            .conversation
            .assignee
            .as_ref()
            .is_some_and(|one| one.id == ada.user.id.to_string())
    };
    inbox.change(&first, is_hers).await;
    assert_eq!(reasons(&admin, &first).await, [(Rule::LeastBusy, Some(ada.user.name.clone()))]);
    assert_eq!(admin.conversation(&second).await.assignee, None);
    ada.set_status(&first, "resolved").await;
    inbox.change(&second, is_hers).await;
    // Offline by choice, and back it goes.
    inbox
        .socket
        .send(&json!({ "type": "presence", "chosen": "offline", "giveBack": true }).to_string())
        .await;
    inbox.change(&second, |change| change.conversation.conversation.assignee.is_none()).await;
    assert_eq!(reasons(&admin, &second).await[1], (Rule::GivenBack, None));
    // A kill later she is there again, and the inbox knows what it knew.
    server.kill_9();
    server.restart();
    let mut inbox = ada.inbox_after(inbox.seq).await;
    inbox.socket.send(&json!({ "type": "presence", "chosen": "online" }).to_string()).await;
    inbox.change(&second, is_hers).await;
}

#[tokio::test]
async fn who_is_deactivated_keeps_nothing_and_everybody_is_told_who_is_there() {
    let server = Server::named("routing-leave").start();
    let admin = Agent::first(&server).await;
    let department = queue(&admin, json!({ "mode": "round_robin" })).await;
    let ada = member(&admin, &department, 5).await;
    let mut watch = admin.inbox().await;
    let _adas = ada.inbox().await;
    let person = |frame: InboxServerFrame| match frame {
        InboxServerFrame::Person(colleague) if colleague.id == ada.user.id => Some(colleague.presence),
        _ => None,
    };
    loop {
        if let Some(presence) = person(watch.next().await) {
            assert_eq!(presence, Presence::Online);
            break;
        }
    }
    let id = begin_in(&server, &admin, &department).await;
    watch.change(&id, |change| change.conversation.conversation.assignee.is_some()).await;
    let path = format!("/api/v1/users/{}/deactivate", ada.user.id);
    admin.api.call(Method::POST, &path, |request| request).await.ok::<Value>(200);
    watch.change(&id, |change| change.conversation.conversation.assignee.is_none()).await;
}
