//! Rights that hold: what a member of the team may not open, no list, count, feed line or socket speaks of; and what a role
//! permits counts at once.

use reqwest::Method;
use serde_json::{Value, json};
use voxora_domain::access::{Permissions, Reach};
use voxora_domain::wire::{
    CLOSE_OUT_OF_REACH, Conversation, ConversationSummary, Department, InboxServerFrame, List, Role,
    RolePreview, Tag, TeamRole,
};
use voxora_tests::{Agent, Chat, Server, eventually, fresh_client_id};

/// An agent who is in these departments.
fn agent_of(admin: &Agent, departments: &[&str]) -> Agent {
    admin.with_claims(&[("role", json!("agent")), ("departments", json!(departments))])
}

async fn move_to(by: &Agent, id: &str, department: Option<&str>) -> Conversation {
    by.api.patch(&format!("/api/v1/conversations/{id}"), &json!({ "departmentId": department })).await.ok(200)
}

#[tokio::test]
async fn a_move_is_seen_by_the_team_at_once_and_never_by_the_visitor() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let department = chat.agent.make_department().await;
    let (mut visitor, mut agent) = chat.join().await;
    let moved = move_to(&chat.agent, &chat.id, Some(&department)).await;
    assert_eq!((moved.head, moved.department.unwrap().to_string()), (2, department.clone()));
    let event = serde_json::to_value(agent.seq(2).await).unwrap();
    assert_eq!(
        (&event["kind"], &event["payload"]["department"]["id"]),
        (&json!("moved"), &json!(department))
    );
    assert_eq!(
        move_to(&chat.agent, &chat.id, Some(&department)).await.head,
        2,
        "what is so is not written again"
    );
    let queued = move_to(&chat.agent, &chat.id, None).await;
    assert_eq!((queued.head, queued.department), (3, None));
    visitor.say("Anybody?").await;
    visitor.settle().await;
    let told = format!("{:?}", visitor.socket.received);
    assert!(!told.contains("department") && !told.contains("moved"), "{told}");
    let path = format!("/api/v1/conversations/{}", chat.id);
    chat.visitor.api.patch(&path, &json!({ "departmentId": null })).await.problem(403, "forbidden");
    let refused = async |id: &str, said: &str| {
        let problem = chat.agent.api.patch(&path, &json!({ "departmentId": id })).await;
        let problem = problem.problem(422, "invalid_field");
        assert_eq!(
            (problem.errors[0].pointer.as_str(), problem.errors[0].detail.as_str()),
            ("/departmentId", said)
        );
    };
    refused(&chat.id, "names no department").await;
    let archive = json!({ "archived": true });
    chat.agent.api.patch(&format!("/api/v1/departments/{department}"), &archive).await.is(200);
    refused(&department, "names a department that is archived").await;
}

#[tokio::test]
async fn w1_what_an_agent_may_not_open_no_list_count_or_feed_line_speaks_of() {
    let chat = Chat::begin(Server::shared(), "A word that nobody outside reads").await;
    let admin = &chat.agent;
    let department = admin.make_department().await;
    let (inside, outside) = (agent_of(admin, &[&department]), agent_of(admin, &[]));
    let tag = admin.make_tag().await;
    admin.tag(&chat.id, &tag).await;
    let (mut feed_inside, mut feed_outside) = (inside.inbox().await, outside.inbox().await);
    let mut room_outside = outside.join(&chat.id).await;
    let mut room_inside = inside.join(&chat.id).await;

    move_to(admin, &chat.id, Some(&department)).await;
    // The line goes, and the socket, with nothing after it.
    feed_outside.until_gone(&chat.id).await;
    feed_inside.change(&chat.id, |change| change.conversation.conversation.department.is_some()).await;
    assert_eq!(room_outside.socket.closed().await, Some(CLOSE_OUT_OF_REACH));
    let told = format!("{:?}", room_outside.socket.received);
    assert!(!told.contains("moved"), "{told}");
    room_inside.event(|event| matches!(event.body, voxora_domain::wire::EventBody::Moved { .. })).await;

    let path = format!("/api/v1/conversations/{}", chat.id);
    outside.api.get(&path).await.problem(403, "forbidden");
    outside.api.get(&format!("{path}/events")).await.problem(403, "forbidden");
    outside.api.patch(&path, &json!({ "status": "closed" })).await.problem(403, "forbidden");
    outside.api.upgrade(&format!("{path}/socket"), Some(&outside.token)).await.problem(403, "forbidden");
    let put_on = format!("{path}/tags/{tag}");
    outside.api.call(Method::PUT, &put_on, |request| request).await.problem(403, "forbidden");

    // Once the document store has heard of the move, which takes seconds.
    inside.summary(&chat.id, |summary| summary.conversation.department.is_some()).await;
    let lists = async |by: &Agent, query: &str| {
        let page: List<ConversationSummary> =
            by.api.get(&format!("/api/v1/conversations?limit=100{query}")).await.ok(200);
        page.items.iter().any(|summary| summary.conversation.id.to_string() == chat.id)
    };
    for query in
        [String::new(), format!("&tag={tag}"), format!("&department={department}"), "&status=open".to_owned()]
    {
        assert_eq!((lists(&inside, &query).await, lists(&outside, &query).await), (true, false), "{query}");
    }
    assert!(!lists(admin, "&department=none").await);
    let tagged =
        async |by: &Agent| by.api.get(&format!("/api/v1/tags/{tag}")).await.ok::<Tag>(200).conversations;
    assert_eq!((tagged(&inside).await, tagged(&outside).await), (1, 0));
    let counted = async |by: &Agent| {
        by.api.get(&format!("/api/v1/departments/{department}")).await.ok::<Department>(200).conversations
    };
    assert_eq!((counted(&inside).await, counted(&outside).await), (1, 0));

    // Neither does the feed, live or to whoever comes back, say that anything goes on there.
    let said = chat.visitor.join(&chat.id).await.say("Another word that nobody outside reads").await;
    feed_inside.change(&chat.id, |change| change.conversation.conversation.head >= said.seq).await;
    let other = Chat::begin(Server::shared(), "In the queue").await;
    loop {
        match feed_outside.next().await {
            InboxServerFrame::Change(change) => {
                let id = change.conversation.conversation.id.to_string();
                assert_ne!(id, chat.id, "a line about what may not be opened");
                if id == other.id {
                    break;
                }
            }
            InboxServerFrame::Gone(gone) => assert_ne!(gone.id.to_string(), chat.id, "told twice"),
            _ => {}
        }
    }
    let fresh = outside.inbox().await;
    assert!(!format!("{:?}", fresh.socket.received).contains(&chat.id));
    // Assigned to them, it is theirs.
    let assigned = json!({ "assigneeId": admin.id });
    admin.api.patch(&path, &assigned).await.is(200);
    let assignee = admin.with_claims(&[("sub", json!(admin.id)), ("role", json!("agent"))]);
    assignee.api.get(&path).await.is(200);
}

#[tokio::test]
async fn a_role_is_made_of_permissions_and_nobody_gives_what_they_lack() {
    let admin = Agent::first(Server::shared()).await;
    let roles = "/api/v1/roles";
    let page: List<TeamRole> = admin.api.get(roles).await.ok(200);
    let built_in: Vec<_> =
        page.items.iter().filter(|role| role.built_in).map(|role| role.id.to_string()).collect();
    assert_eq!(built_in, ["admin", "agent"]);
    admin.api.get(&format!("{roles}/agent")).await.is(200);
    let made = admin.make_role(&["read_conversations:own", "manage_roles"]).await;
    let role: TeamRole = admin.api.get(&format!("{roles}/{made}")).await.ok(200);
    let permissions = serde_json::to_value(role.permissions).unwrap();
    assert_eq!(
        permissions,
        json!(["read_conversations:own", "read_own_account", "update_own_account", "manage_roles"])
    );
    for bad in [json!(["fly"]), json!(["read_tags:own"]), json!(["read_tags", "read_tags"])] {
        let request = json!({ "name": fresh_client_id(), "permissions": bad });
        let answer = admin.api.post(roles, &request).await;
        assert!(answer.problem(422, "invalid_field").errors[0].pointer.starts_with("/permissions/"));
    }
    // Somebody of that role makes roles, but none that may more; nor do they touch one that may.
    let maker = admin.with_claims(&[("role", json!(made)), ("permissions", permissions)]);
    let make = async |permissions: Value| {
        maker.api.post(roles, &json!({ "name": fresh_client_id(), "permissions": permissions })).await
    };
    make(json!(["read_conversations:own"])).await.is(201);
    make(json!(["read_conversations:departments"])).await.problem(403, "forbidden");
    make(json!(["manage_people"])).await.problem(403, "forbidden");
    let mighty = admin.make_role(&["read_conversations"]).await;
    let path = format!("{roles}/{mighty}");
    maker.api.patch(&path, &json!({ "name": fresh_client_id() })).await.problem(403, "forbidden");
    maker.api.call(Method::DELETE, &path, |request| request).await.problem(403, "forbidden");
    maker.api.patch(&format!("{roles}/admin"), &json!({ "name": "x" })).await.problem(400, "invalid_request");
    admin.api.call(Method::DELETE, &path, |request| request).await.is(204);

    let chat = Chat::begin(Server::shared(), "Hello").await;
    chat.agent.summary(&chat.id, |_| true).await;
    let preview = async |permissions: Value| {
        let request = json!({ "permissions": permissions });
        admin.api.post("/api/v1/roles/preview", &request).await.ok::<RolePreview>(200)
    };
    let (all, own) = (preview(json!(["read_conversations"])).await, preview(json!([])).await);
    assert!(
        all.conversations > 0 && all.conversations <= all.of && own.conversations == 0,
        "{all:?} {own:?}"
    );
    let presets: Value = admin.api.get("/api/v1/roles/presets").await.ok(200);
    assert_eq!(presets["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_change_of_a_role_ends_the_tokens_of_its_people_and_one_in_use_is_not_deleted() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let role = admin.make_role(&["read_conversations", "follow_inbox"]).await;
    let olga = admin.invite(&role).await;
    olga.api.get("/api/v1/conversations").await.is(200);
    let mut feed = olga.inbox().await;
    let path = format!("/api/v1/roles/{role}");
    let deleted = admin.api.call(Method::DELETE, &path, |request| request).await;
    assert!(deleted.problem(409, "in_use").detail.starts_with("1 people have it."));
    admin.api.patch(&path, &json!({ "permissions": ["read_conversations:own"] })).await.is(200);
    assert_eq!(feed.socket.closed().await, Some(voxora_domain::wire::CLOSE_SESSION_ENDED));
    eventually(async || (olga.api.get("/api/v1/conversations").await.status == 401).then_some(())).await;
}

#[tokio::test]
async fn somebody_joins_with_a_role_of_the_teams_own_and_is_what_it_says() {
    let admin = Agent::first(Server::shared()).await;
    let role = admin.make_role(&["read_conversations:own", "read_people"]).await;
    let path = format!("/api/v1/roles/{role}");
    let delete = async || admin.api.call(Method::DELETE, &path, |request| request).await;
    let email = format!("{}@example.com", fresh_client_id());
    let (invitation, _) = admin.invitation_for(&email, &role).await;
    let refused = delete().await.problem(409, "in_use").detail;
    assert!(refused.starts_with("1 invitations are to it."), "{refused}");
    let bob = admin.invite(&role).await;
    bob.api.get("/api/v1/users").await.is(200);
    bob.api.get("/api/v1/auth/me").await.is(200);
    bob.api.get("/api/v1/settings").await.problem(403, "forbidden");
    let chat = Chat::begin(Server::shared(), "Not theirs").await;
    bob.api.get(&format!("/api/v1/conversations/{}", chat.id)).await.problem(403, "forbidden");
    // Whoever manages people and has no more than an agent gives nobody this role, nor takes it.
    let manager: Vec<Value> = serde_json::to_value(Permissions::of(Some(Role::Agent)).within(Reach::All))
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .cloned()
        .chain([json!("manage_people")])
        .collect();
    let manager = admin.with_claims(&[("role", json!("agent")), ("permissions", json!(manager))]);
    let bobs = format!("/api/v1/users/{}", bob.id);
    manager.api.patch(&bobs, &json!({ "role": "agent" })).await.problem(403, "forbidden");

    let invitation = format!("/api/v1/invitations/{}", invitation.id);
    admin.api.call(Method::DELETE, &invitation, |request| request).await.is(204);
    assert!(delete().await.problem(409, "in_use").detail.starts_with("1 people have it."));
    admin.api.patch(&bobs, &json!({ "role": "agent" })).await.is(200);
    bob.api.get("/api/v1/users").await.problem(401, "unauthenticated");
    delete().await.is(204);
    admin.api.patch(&bobs, &json!({ "role": role })).await.problem(422, "invalid_field");
}
