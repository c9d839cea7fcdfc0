//! The team: who is in it, what they may do, and that what they may not do any more is refused at once.

use std::time::{Duration, Instant};

use futures::future::join;
use reqwest::{Method, header::IF_MATCH};
use serde_json::json;
use voxora_domain::wire::{AgentSession, CLOSE_SESSION_ENDED, List, Role, User, UserStatus};
use voxora_tests::{
    ADMIN_PASSWORD, Agent, Answer, Api, Chat, JWT_SECRET, Person, Server, fresh_client_id, tokens,
    unknown_conversation,
};

const USERS: &str = "/api/v1/users";

fn path(id: &str) -> String {
    format!("{USERS}/{id}")
}

async fn post(api: &Api, id: &str, what: &str) -> Answer {
    api.post_nothing(&format!("{USERS}/{id}/{what}")).await
}

async fn delete(api: &Api, id: &str) -> Answer {
    api.call(Method::DELETE, &path(id), |request| request).await
}

async fn log_in(server: &Server, email: &str) -> Answer {
    let credentials = json!({ "email": email, "password": ADMIN_PASSWORD });
    loop {
        let answer = Api::anonymous(server).post("/api/v1/auth/login", &credentials).await;
        // Few log-ins are hashed at once; the others are asked to come back.
        if answer.status != 429 {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// A server with two admins and nobody else.
async fn two_admins(name: &'static str) -> (Server, Agent, Agent) {
    let server = Server::named(name).start();
    let ada = Agent::first(&server).await;
    let bob = ada.invite("admin").await;
    (server, ada, bob)
}

#[tokio::test]
async fn somebody_is_listed_found_and_changed() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    let name = format!("Émile {}", fresh_client_id());
    let changed = admin
        .api
        .patch(
            &path(&bob.id),
            &json!({ "name": name, "capacity": 7, "language": "PT-br", "timeZone": "Europe/Lisbon" }),
        )
        .await;
    let user: User = changed.ok(200);
    assert_eq!(
        (user.name.as_str(), user.capacity, user.language.as_deref()),
        (name.as_str(), 7, Some("pt-BR"))
    );
    assert_eq!(changed.header("etag"), Some(format!("\"{}\"", user.version)));
    let list = async |query: &str| -> List<User> { admin.api.get(&format!("{USERS}?{query}")).await.ok(200) };
    let search = name.to_uppercase().replace(' ', "%20");
    assert_eq!(list(&format!("search={search}")).await.items, std::slice::from_ref(&user));
    assert_eq!(list(&format!("search={}", bob.user.email)).await.items, std::slice::from_ref(&user));
    assert!(list(&format!("search={search}&role=admin")).await.items.is_empty());
    assert!(list(&format!("search={search}&status=deactivated")).await.items.is_empty());
    assert_eq!(admin.api.get(&path(&bob.id)).await.ok::<User>(200), user);
    let (mut met, mut query) = (0, "limit=1".to_owned());
    loop {
        let page = list(&query).await;
        met += page.items.iter().filter(|found| found.id == user.id).count();
        let Some(cursor) = page.next_cursor else { break };
        query = format!("limit=1&cursor={cursor}");
    }
    assert_eq!(met, 1, "a walk through the list meets everybody once");
    admin.api.get(&path(&unknown_conversation())).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_does_not_fit_is_said_all_at_once() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    let bad = json!({
        "name": "\u{202e}", "role": unknown_conversation(), "capacity": 51, "language": "?", "timeZone": "Mars/Base",
    });
    let problem = admin.api.patch(&path(&bob.id), &bad).await.problem(422, "invalid_field");
    let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/capacity", "/language", "/timeZone", "/role"]);
    admin.api.patch(&path(&bob.id), &json!({})).await.problem(422, "nothing_to_change");
    for unknown in
        [json!({ "password": "x" }), json!({ "email": "x@example.com" }), json!({ "founder": true })]
    {
        admin.api.patch(&path(&bob.id), &unknown).await.problem(422, "invalid_field");
    }
    let careful = admin.api.with_header(IF_MATCH, "\"9\"");
    careful.patch(&path(&bob.id), &json!({ "capacity": 1 })).await.problem(412, "precondition_failed");
    post(&careful, &bob.id, "deactivate").await.problem(412, "precondition_failed");
    delete(&careful, &bob.id).await.problem(412, "precondition_failed");
    admin.api.get(&format!("{USERS}?search={}", "x".repeat(255))).await.problem(400, "invalid_request");
}

/// W13: any string could be made somebody's role, and locked them out.
#[tokio::test]
async fn w13_a_role_is_one_that_there_is() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    for role in ["owner", "", "Admin", &unknown_conversation()] {
        let problem =
            admin.api.patch(&path(&bob.id), &json!({ "role": role })).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, "/role");
    }
    assert_eq!(admin.api.get(&path(&bob.id)).await.ok::<User>(200).role, Role::Agent);
}

#[tokio::test]
async fn another_role_takes_effect_at_once() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let chat = Chat::begin(server, "Hello").await;
    let bob = admin.invite("admin").await;
    let (mut room, mut inbox) = (bob.join(&chat.id).await, bob.inbox().await);
    bob.api.get(USERS).await.is(200);
    let before = Instant::now();
    admin.api.patch(&path(&bob.id), &json!({ "role": "agent" })).await.is(200);
    bob.api.get(USERS).await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert_eq!(inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert!(before.elapsed() < Duration::from_secs(5), "closed after {:?}", before.elapsed());
    let again: AgentSession = log_in(server, &bob.user.email).await.ok(200);
    let bob = Agent::of(&Api::anonymous(server), &again);
    bob.api.get(USERS).await.problem(403, "forbidden");
    // What no token says ends none.
    admin.api.patch(&path(&bob.id), &json!({ "capacity": 9 })).await.is(200);
    bob.api.get("/api/v1/auth/me").await.is(200);
}

/// W14: whoever was suspended kept a token for seven days, and their sockets for good.
#[tokio::test]
async fn w14_whoever_is_deactivated_is_out_at_once_and_for_good() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let chat = Chat::begin(server, "Hello").await;
    let bob = admin.invite("agent").await;
    let session = log_in(server, &bob.user.email).await;
    let cookie = Api::anonymous(server).with_cookie(&session.cookie().0);
    let (mut room, mut inbox) = (bob.join(&chat.id).await, bob.inbox().await);
    server.hibernate("Room", &chat.id);
    let gone: User = post(&admin.api, &bob.id, "deactivate").await.ok(200);
    assert_eq!(gone.status, UserStatus::Deactivated);
    bob.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert_eq!(inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    bob.api.upgrade("/api/v1/inbox/socket", Some(&bob.token)).await.problem(401, "unauthenticated");
    cookie.post_nothing("/api/v1/auth/refresh").await.problem(401, "session_ended");
    log_in(server, &bob.user.email).await.problem(401, "wrong_credentials");
    assert_eq!(
        post(&admin.api, &bob.id, "deactivate").await.ok::<User>(200),
        gone,
        "a repeat changes nothing"
    );
    let assign = json!({ "assigneeId": bob.id });
    let problem = admin.api.patch(&format!("/api/v1/conversations/{}", chat.id), &assign).await;
    problem.problem(422, "invalid_field");

    post(&admin.api, &bob.id, "reactivate").await.ok::<User>(200);
    cookie.post_nothing("/api/v1/auth/refresh").await.problem(401, "session_ended");
    bob.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    log_in(server, &bob.user.email).await.ok::<AgentSession>(200);
}

/// A conversation of somebody who left waits for nobody: it stays readable, and goes back to the queue.
#[tokio::test]
async fn conversations_of_whoever_left_go_back_to_the_queue() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let chat = Chat::begin(server, "Hello").await;
    let bob = admin.invite("agent").await;
    let path = format!("/api/v1/conversations/{}", chat.id);
    admin.api.patch(&path, &json!({ "assigneeId": bob.id })).await.is(200);
    let mut room = bob.join(&chat.id).await;
    room.say("I will look into it").await;
    // The document store hears of it some seconds late.
    chat.visitor.summary(&chat.id, |summary| summary.conversation.assignee.is_some()).await;
    post(&admin.api, &bob.id, "deactivate").await.is(200);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let found = admin.conversation(&chat.id).await;
        if found.assignee.is_none() {
            break;
        }
        assert!(Instant::now() < deadline, "{found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let history = admin.history(&chat.id, "").await;
    let said =
        history.events.iter().find(|event| voxora_tests::text_of(event) == Some("I will look into it"));
    assert_eq!(said.unwrap().actor.name, "Bob", "what they wrote stays theirs");
    let last = history.events.last().unwrap();
    assert_eq!(last.actor.id, admin.id, "whoever took their way in away is who did this: {last:?}");
}

/// W13, the other half: a pending invitation could be made an account by whoever was an admin.
#[tokio::test]
async fn w13_nobody_is_activated_who_has_not_accepted() {
    let admin = Agent::first(Server::shared()).await;
    let email = format!("{}@example.com", fresh_client_id());
    let (invitation, _) = admin.invitation_for(&email, "agent").await;
    post(&admin.api, &invitation.id.to_string(), "reactivate").await.problem(404, "not_found");
    log_in(Server::shared(), &email).await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn whoever_is_deleted_is_gone_and_their_address_is_free() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let bob = admin.invite("agent").await;
    let mut inbox = bob.inbox().await;
    delete(&admin.api, &bob.id).await.is(204);
    bob.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    log_in(server, &bob.user.email).await.problem(401, "wrong_credentials");
    admin.api.get(&path(&bob.id)).await.problem(404, "not_found");
    delete(&admin.api, &bob.id).await.is(204);
    admin.invitation_for(&bob.user.email, "agent").await;
}

/// Where the name of somebody who is deleted is to be forgotten, it is in no answer any more; what they wrote is.
#[tokio::test]
async fn a_name_that_is_to_be_forgotten_is_nowhere_any_more() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let bob = admin.invite("agent").await;
    let name = format!("Bob {}", fresh_client_id());
    admin.api.patch(&path(&bob.id), &json!({ "name": name })).await.is(200);
    let session: AgentSession = log_in(server, &bob.user.email).await.ok(200);
    let bob = Agent::of(&Api::anonymous(server), &session);
    let chats = [Chat::begin(server, "one").await, Chat::begin(server, "two").await];
    for chat in &chats {
        let conversation = format!("/api/v1/conversations/{}", chat.id);
        admin.api.patch(&conversation, &json!({ "assigneeId": bob.id })).await.is(200);
        let mut room = bob.join(&chat.id).await;
        let said = room.say("I am here").await;
        let is_stored = |head: u64| head >= said.seq;
        chat.visitor.summary(&chat.id, |summary| is_stored(summary.conversation.head)).await;
    }
    // One of them stays assigned, because it is closed.
    admin.set_status(&chats[0].id, "closed").await;
    let path = format!("{}?name=anonymise", path(&bob.id));
    admin.api.call(Method::DELETE, &path, |request| request).await.is(204);
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let mut said = vec![admin.api.get("/api/v1/conversations?limit=100").await.body];
        for chat in &chats {
            for person in [&*admin, &*chat.visitor] {
                said.push(person.api.get(&format!("/api/v1/conversations/{}", chat.id)).await.body);
                said.push(person.api.get(&format!("/api/v1/conversations/{}/events", chat.id)).await.body);
            }
            for collection in ["messages", "events", "conversations"] {
                let find = json!({ "collection": collection, "filter": {}, "limit": 10_000 });
                said.push(server.collection_action("find", &find).1.to_string());
            }
        }
        said.push(serde_json::to_string(&admin.inbox().await.caught_up).unwrap());
        if said.iter().all(|text| !text.contains(&name)) {
            assert!(said.iter().any(|text| text.contains("Team member") && text.contains("I am here")));
            break;
        }
        assert!(Instant::now() < deadline, "{:?}", said.iter().find(|text| text.contains(&name)));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn the_last_admin_stays_and_set_up_stays_done() {
    let (server, ada, bob) = two_admins("last-admin").await;
    ada.api.patch(&path(&bob.id), &json!({ "role": "agent" })).await.is(200);
    let gone = |answer: Answer| answer.problem(409, "last_admin");
    gone(ada.api.patch(&path(&ada.id), &json!({ "role": "agent" })).await);
    gone(post(&ada.api, &ada.id, "deactivate").await);
    gone(delete(&ada.api, &ada.id).await);
    ada.api.get("/api/v1/auth/me").await.is(200);
    // A refusal leaves nothing behind, and the first admin may go as any other.
    ada.api.patch(&path(&bob.id), &json!({ "role": "admin" })).await.is(200);
    let session: AgentSession = log_in(&server, &bob.user.email).await.ok(200);
    let bob = Agent::of(&Api::anonymous(&server), &session);
    delete(&bob.api, &ada.id).await.is(204);
    let setup = json!({
        "setupToken": voxora_tests::SETUP_TOKEN, "name": "Eve", "email": "eve@example.com", "password": ADMIN_PASSWORD,
    });
    Api::anonymous(&server).post("/api/v1/setup", &setup).await.problem(409, "already_set_up");
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let (_server, ada, bob) = two_admins("each-other").await;
    for round in 0..10 {
        let (one, other) = (path(&bob.id), path(&ada.id));
        let demote = json!({ "role": "agent" });
        let (first, second) = join(ada.api.patch(&one, &demote), bob.api.patch(&other, &demote)).await;
        let done = [&first, &second].iter().filter(|answer| answer.status == 200).count();
        assert!(done < 2, "round {round}: {first:?} {second:?}");
        for answer in [first, second] {
            // Whoever was demoted first has no token any more by the time their own request is looked at.
            assert!([200, 401, 409].contains(&answer.status.as_u16()), "{answer:?}");
        }
        if done == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn two_requests_at_once_never_take_both_admins() {
    let (server, ada, bob) = two_admins("at-once").await;
    let carol = ada.invite("admin").await;
    let dave = ada.invite("admin").await;
    // Two of four go first, so that those who ask are none of those who leave.
    post(&ada.api, &dave.id, "deactivate").await.is(200);
    post(&ada.api, &carol.id, "deactivate").await.is(200);
    let me = ada.api.clone();
    let (one, other) = (path(&ada.id), path(&bob.id));
    let delete = |path: String| {
        let api = me.clone();
        async move { api.call(Method::DELETE, &path, |request| request).await }
    };
    let (first, second) = join(delete(one), delete(other)).await;
    let done = [&first, &second].iter().filter(|answer| answer.status == 204).count();
    assert!(done < 2, "{first:?} {second:?}");
    let (status, found) = server.collection_action(
        "find",
        &json!({ "collection": "users", "filter": { "role": "admin", "status": "active" } }),
    );
    assert_eq!(status, 200, "{found}");
    assert!(!found["documents"].as_array().unwrap().is_empty(), "{first:?} {second:?} {found}");
}

/// W10: an admin could demote the owner, by a route that passed the rules by.
#[tokio::test]
async fn w10_nobody_changes_whoever_may_do_more_than_they_do() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    // Somebody of a role of the team's own, who manages people and has all that agents have.
    let own = json!([
        "read_conversations",
        "write_messages",
        "read_notes",
        "write_notes",
        "delete_messages",
        "update_conversations",
        "tag_conversations",
        "follow_inbox",
        "read_own_account",
        "update_own_account",
        "read_departments",
        "read_tags",
        "read_people",
        "manage_people",
    ]);
    let token = tokens::with_claim(&bob.token, "permissions", own, JWT_SECRET);
    let manager = Person { api: admin.api.with_token(&token), token, id: bob.id.clone() };
    let other = admin.invite("agent").await;
    manager.api.patch(&path(&other.id), &json!({ "capacity": 3 })).await.is(200);
    let target = admin.invite("admin").await;
    manager.api.patch(&path(&target.id), &json!({ "role": "agent" })).await.problem(403, "forbidden");
    for what in ["deactivate", "reactivate", "password-reset-link"] {
        post(&manager.api, &target.id, what).await.problem(403, "forbidden");
    }
    delete(&manager.api, &target.id).await.problem(403, "forbidden");
    for id in [&other.id, &manager.id] {
        let problem =
            manager.api.patch(&path(id), &json!({ "role": "admin" })).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, "/role");
    }
    let invite = json!({ "email": format!("{}@example.com", fresh_client_id()), "role": "admin" });
    manager.api.post("/api/v1/invitations", &invite).await.problem(422, "invalid_field");
    let (invitation, _) = admin.invitation_for(&format!("{}@example.com", fresh_client_id()), "admin").await;
    let invitation = format!("/api/v1/invitations/{}", invitation.id);
    manager.api.get(&format!("{invitation}/link")).await.problem(403, "forbidden");
    manager.api.post_nothing(&format!("{invitation}/resend")).await.problem(403, "forbidden");
    manager.api.call(Method::DELETE, &invitation, |request| request).await.problem(403, "forbidden");
}

#[tokio::test]
async fn somebody_has_skills_which_are_tags_and_hours_at_which_they_work() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    assert_eq!((bob.user.skills.len(), &bob.user.working_hours), (0, &None));
    let (one, other) = (admin.make_tag().await, admin.make_tag().await);
    let mut week = json!({});
    for day in ["tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] {
        week[day] = json!([]);
    }
    week["monday"] = json!([{ "from": "13:00", "to": "17:00" }, { "from": "09:00", "to": "12:00" }]);
    let hours = json!({ "timeZone": "Europe/Lisbon", "week": week, "holidays": [] });
    let change = json!({ "skills": [other, one], "workingHours": hours });
    let user: User = admin.api.patch(&path(&bob.id), &change).await.ok(200);
    assert_eq!(user.skills.iter().map(ToString::to_string).collect::<Vec<_>>(), [other.clone(), one.clone()]);
    assert_eq!(user.working_hours.as_ref().unwrap().week.monday[0].from, "09:00", "in the order of the day");

    // They see theirs, and do not change it.
    let me: User = bob.api.get("/api/v1/auth/me").await.ok(200);
    assert_eq!((&me.skills, &me.working_hours), (&user.skills, &user.working_hours));
    bob.api.patch("/api/v1/auth/me", &json!({ "skills": [] })).await.problem(422, "invalid_field");

    // A skill that is archived stays with whoever has it; nobody else gets it.
    let archive = json!({ "archived": true });
    admin.api.patch(&format!("/api/v1/tags/{one}"), &archive).await.ok::<serde_json::Value>(200);
    let kept: User = admin.api.patch(&path(&bob.id), &json!({ "skills": [one] })).await.ok(200);
    assert_eq!(kept.skills.len(), 1);
    let ann = admin.invite("agent").await;
    let many: Vec<String> = (0..21).map(|_| unknown_conversation()).collect();
    for skills in [json!([one]), json!([unknown_conversation()]), json!([other, other]), json!(many)] {
        let refused = admin.api.patch(&path(&ann.id), &json!({ "skills": skills })).await;
        assert_eq!(refused.problem(422, "invalid_field").errors[0].pointer, "/skills");
    }
    let bad = json!({ "workingHours": { "timeZone": "Mars/Base", "week": week, "holidays": [] } });
    let refused = admin.api.patch(&path(&ann.id), &bad).await.problem(422, "invalid_field");
    assert_eq!(refused.errors[0].pointer, "/workingHours/timeZone");
    let always: User = admin.api.patch(&path(&bob.id), &json!({ "workingHours": null })).await.ok(200);
    assert_eq!(always.working_hours, None);
}
