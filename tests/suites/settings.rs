//! The deployment's settings.

use reqwest::header::IF_MATCH;
use serde_json::json;
use voxora_domain::wire::{AgentSession, CLOSE_SESSION_ENDED, Language, Policy, RoutingMode, Settings};
use voxora_tests::{ADMIN_EMAIL, Agent, Api, Chat, Server, eventually, mail, unknown_conversation};

#[tokio::test]
async fn settings_are_changed_for_the_version_that_was_seen() {
    let server = Server::named("settings").start();
    let admin = Agent::first(&server).await;
    let shown = admin.api.get("/api/v1/settings").await;
    let first: Settings = shown.ok(200);
    assert_eq!((first.version, first.language, first.session_days), (1, Language::En, 30));
    let tag = shown.header("etag").unwrap();
    assert_eq!(tag, "\"1\"");

    let change =
        json!({ "name": " Fern & Moss ", "timeZone": "Europe/Berlin", "mailFrom": "Team@Example.com" });
    let seen = admin.api.with_header(IF_MATCH, &tag);
    let changed: Settings = seen.patch("/api/v1/settings", &change).await.ok(200);
    assert_eq!((changed.version, changed.name.as_str()), (2, "Fern & Moss"));
    assert_eq!(changed.mail_from.as_deref(), Some("team@example.com"));
    // What was changed meanwhile is not overwritten by whoever has not seen it.
    seen.patch("/api/v1/settings", &json!({ "name": "Other" })).await.problem(412, "precondition_failed");
    let changed: Settings = admin.api.patch("/api/v1/settings", &json!({ "mailFrom": null })).await.ok(200);
    assert_eq!((changed.version, changed.mail_from, changed.time_zone.as_str()), (3, None, "Europe/Berlin"));
    assert_eq!(admin.api.get("/api/v1/settings").await.header("etag").as_deref(), Some("\"3\""));
    assert_eq!(changed.policy, Policy::default(), "before anybody has set one");

    // The audit log has each change, and what it was from.
    let log = eventually(async || {
        let (_, found) = server.collection_action("find", &json!({ "collection": "audit", "filter": {} }));
        found["documents"].as_array().filter(|found| found.len() == 2).cloned()
    })
    .await;
    assert!(log.iter().all(|entry| entry["action"] == "settings.changed"), "{log:?}");
    assert!(
        log.iter().any(|entry| entry["from"]["name"] == "Voxora" && entry["to"]["name"] == "Fern & Moss"),
        "{log:?}"
    );
}

#[tokio::test]
async fn everything_that_does_not_fit_is_said_at_once() {
    let admin = Agent::first(Server::shared()).await;
    let bad =
        json!({ "name": "\u{200b}", "timeZone": "Mars/Olympus", "mailFrom": "nobody", "sessionDays": 0 });
    let refused = admin.api.patch("/api/v1/settings", &bad).await.problem(422, "invalid_field");
    let pointers: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/timeZone", "/mailFrom", "/sessionDays"]);
    for (bad, code) in [
        (json!({}), "nothing_to_change"),
        (json!({ "colour": "red" }), "invalid_field"),
        (json!({ "language": "tlh" }), "invalid_field"),
        (json!({ "name": null }), "invalid_field"),
        (json!({ "name": "x".repeat(101) }), "invalid_field"),
        (json!({ "sessionDays": 91 }), "invalid_field"),
        (json!({ "mailFrom": "a@b.c>, <eve@evil.example" }), "invalid_field"),
        (json!({ "agentsSee": "everything" }), "invalid_field"),
    ] {
        admin.api.patch("/api/v1/settings", &bad).await.problem(422, code);
    }
    Api::anonymous(Server::shared()).get("/api/v1/settings").await.problem(401, "unauthenticated");
}

/// What the cache knows may be lost at any time, with its whole storage.
#[tokio::test]
async fn losing_the_cache_loses_no_setting() {
    let server = Server::named("settings-cache").start();
    let admin = Agent::first(&server).await;
    let change = json!({ "name": "Moss", "mailFrom": "team@example.com" });
    let changed: Settings = admin.api.patch("/api/v1/settings", &change).await.ok(200);
    // A mail reads the settings by the cache, and fills it.
    admin.api.post_nothing("/api/v1/mail/test").await.is(202);
    mail(&server, ADMIN_EMAIL, "Test mail from Moss").await;
    server.stop();
    std::fs::remove_dir_all(server.storage().join("kv")).unwrap();
    server.restart();
    assert_eq!(admin.api.get("/api/v1/settings").await.ok::<Settings>(200), changed);
    admin.api.post_nothing("/api/v1/mail/test").await.is(202);
    let mail = mail(&server, ADMIN_EMAIL, "Test mail from Moss").await;
    assert_eq!(mail.header("From"), "Moss <team@example.com>");
}

/// Tokens say what may be opened: a change of it ends those that say otherwise, also where a cache still has the old settings.
#[tokio::test]
async fn what_agents_see_is_narrowed_at_once() {
    let server = Server::named("agents-see").start();
    let chat = Chat::begin(&server, "In the queue").await;
    let (agent, signed_in) = Agent::colleague(&server, "agent").await;
    let path = format!("/api/v1/conversations/{}", chat.id);
    agent.api.get(&path).await.is(200);
    let mut feed = agent.inbox().await;
    let narrow = json!({ "agentsSee": "assigned" });
    chat.agent.api.patch("/api/v1/settings", &narrow).await.is(200);
    assert_eq!(feed.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    eventually(async || (agent.api.get(&path).await.status == 401).then_some(())).await;

    let api = Api::anonymous(&server);
    let refreshed = api.with_cookie(&signed_in.cookie().0).post_nothing("/api/v1/auth/refresh").await;
    let agent = Agent::of(&api, &refreshed.ok::<AgentSession>(200));
    agent.api.get(&path).await.problem(403, "forbidden");
    chat.agent.api.patch(&path, &json!({ "assigneeId": agent.id })).await.is(200);
    agent.api.get(&path).await.is(200);
    chat.agent.api.get(&path).await.is(200);
}

#[tokio::test]
async fn the_general_queue_has_a_policy_which_is_changed_as_a_whole() {
    let server = Server::named("settings-policy").start();
    let admin = Agent::first(&server).await;
    let department = admin.make_department().await;
    let policy = json!({ "policy": {
        "routing": { "mode": "least_busy", "overflow": { "department": department, "afterSeconds": 600 } },
        "targets": { "normal": { "firstResponse": 5 }, "pauseWhilePending": true },
    } });
    let changed: Settings = admin.api.patch("/api/v1/settings", &policy).await.ok(200);
    assert_eq!(changed.policy.routing.mode, RoutingMode::LeastBusy);
    assert_eq!(admin.api.get("/api/v1/settings").await.ok::<Settings>(200), changed);
    let manual = json!({ "policy": { "routing": { "giveBackAfterSeconds": 0 } } });
    let changed: Settings = admin.api.patch("/api/v1/settings", &manual).await.ok(200);
    assert_eq!((changed.policy.routing.mode, changed.policy.routing.overflow), (RoutingMode::Manual, None));
    let bad = json!({ "name": "\u{200b}", "policy": { "routing": {
        "giveBackAfterSeconds": 86_401, "overflow": { "department": unknown_conversation(), "afterSeconds": 30 },
    } } });
    let problem = admin.api.patch("/api/v1/settings", &bad).await.problem(422, "invalid_field");
    let mut pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/name", "/policy/routing/giveBackAfterSeconds", "/policy/routing/overflow/department"]
    );
    let entries = eventually(async || {
        let find = json!({ "collection": "audit", "filter": { "action": "settings.changed" } });
        let (_, found) = server.collection_action("find", &find);
        found["documents"].as_array().filter(|found| found.len() == 2).cloned()
    })
    .await;
    assert!(
        entries.iter().any(|entry| entry["to"]["policy"]["routing"]["mode"] == "least_busy"),
        "{entries:?}"
    );
}
