//! Moving a deployment's documents: from the embedded store to another while people chat, killed and gone on with, and
//! into a backup and out of it again.

use std::path::Path;
use std::process::{Command, Output};

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tempfile::TempDir;
use voxora_domain::wire::{AgentSession, SendKind};
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Api, Chat, DocumentStore, Documents, SETUP_TOKEN, Server, eventually,
    fresh_client_id, program, text_of, unknown_conversation,
};

/// A hash of some password.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The tool, in a folder where it keeps what it must remember.
fn migrate(folder: &Path, store: Option<&DocumentStore>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("voxora-migrate"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("VOXORA_EMAIL", ADMIN_EMAIL)
        .env("VOXORA_PASSWORD", ADMIN_PASSWORD)
        .env("SETUP_TOKEN", SETUP_TOKEN);
    command.envs(store.iter().flat_map(|store| store.variables()));
    command
}

/// Runs it while the test goes on, and gives what it printed.
async fn run(mut command: Command) -> (bool, String) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let Output { status, stdout, stderr } = output;
    let text = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    println!("{text}");
    (status.success(), text)
}

/// Puts messages of a conversation that never was into the embedded store, as many as it takes to be interrupted.
async fn import_messages(admin: &Api, count: usize) {
    let id = uuid::Uuid::new_v4();
    for first in (1..=count).step_by(200) {
        let line = |seq: usize| {
            let visitor = json!({ "kind": "visitor", "id": id, "name": "Visitor" });
            let state = json!({ "status": "open", "assignee": null, "read": { "visitor": 0, "agents": 0 } });
            let event = json!({
                "_id": format!("{id}-{seq}"), "version": 1, "conversationId": id, "seq": seq, "kind": "message",
                "author": visitor, "createdAt": { "$date": "2026-11-22T00:00:00Z" }, "prevPublic": seq - 1,
                "text": format!("Message {seq}, with some words \"in quotes\" and ünïcode"), "state": state,
            });
            format!("{event}\n")
        };
        let lines: String = (first..=count.min(first + 199)).map(line).collect();
        let imported: Value =
            admin.post_raw("/api/v1/import/messages", Some("application/x-ndjson"), lines).await.ok(200);
        assert_eq!(imported["present"], 0);
    }
}

/// The admin, signed in again: sessions don't move.
async fn sign_in(server: &Server) -> Agent {
    let login = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
    let api = Api::anonymous(server);
    let session: AgentSession = api.post("/api/v1/auth/login", &login).await.ok(200);
    Agent::of(&api, &session)
}

/// Has a deployment keep its documents in this store from now on.
fn switch(server: &mut Server, store: &DocumentStore) {
    server.kill_9();
    for (name, value) in store.variables() {
        server.set(name, &value);
    }
    server.restart();
}

/// Waits until a closed conversation's room has given its events away, but for the last.
async fn archived_by_its_room(server: &Server, id: &str) {
    let events = "SELECT COUNT(*) FROM events";
    eventually(async || (server.rows("Room", id, events) == [json!([1])]).then_some(())).await;
}

/// The documents that match, by `_id`.
async fn all(store: &DocumentStore, collection: &str, filter: Value) -> Vec<Value> {
    store.find(collection, filter, json!({ "_id": 1 })).await
}

#[tokio::test]
async fn a_deployment_moves_while_people_chat() {
    let Some(store) = DocumentStore::start_gateway("migrate") else { return };
    let folder = TempDir::new().unwrap();
    let builder = Server::named("migrate").with_generous_rooms();
    let mut server = builder.variable("ROOM_ARCHIVE_AFTER_SECONDS", "1").start();
    let url = store.url();
    let deployment = server.origin();
    let copy = || {
        let arguments = ["--from", "embedded", "--deployment", &deployment, "--to", &url];
        run(migrate(folder.path(), Some(&store), &arguments))
    };

    // One conversation is over and archived: its room has only its last event.
    let archived = Chat::begin(&server, "An old question").await;
    let (_, mut agent) = archived.join().await;
    agent.say("An old answer").await;
    drop(agent);
    archived.agent.set_status(&archived.id, "closed").await;
    archived_by_its_room(&server, &archived.id).await;
    // One is quiet, and one goes on all the while.
    let quiet = Chat::begin(&server, "A question").await;
    let busy = Chat::begin(&server, "Message 0").await;
    let (mut visitor, _agent) = busy.join().await;
    let edited = visitor.say("Before the edit").await.seq;

    let chat = async {
        for number in 1..=40 {
            visitor.say(&format!("Message {number}")).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let ((copied, text), ()) = tokio::join!(copy(), chat);
    assert!(copied, "{text}");
    assert!(text.contains("users: 3 of 3 indexes made"), "{text}");

    // The switch: the same rooms, another document store.
    drop(visitor);
    switch(&mut server, &store);

    // The team signs in again, and everyone goes on; what is edited now was stored before.
    let ada = sign_in(&server).await;
    let mut visitor = busy.visitor.join(&busy.id).await;
    visitor.edit(edited, "After the edit").await.unwrap();
    let chat = async {
        for number in 41..=60 {
            visitor
                .send_as(&fresh_client_id(), SendKind::Message, &format!("Message {number}"))
                .await
                .unwrap();
        }
    };
    let ((copied, text), ()) = tokio::join!(copy(), chat);
    assert!(copied, "{text}");
    assert!(text.contains("indexes are in place"), "{text}");

    // Everything that was ever acked is in the new store once, in order, in its last version.
    for id in [&archived.id, &quiet.id, &busy.id] {
        let head = ada.conversation(id).await.head;
        let stored = eventually(async || {
            let stored = store.log(id).await;
            (stored.len() as u64 >= head).then_some(stored)
        })
        .await;
        let seqs: Vec<_> = stored.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
        for event in ada.history(id, "?limit=100").await.events {
            let document = stored.iter().find(|document| document["seq"] == event.seq).unwrap();
            if let Some(text) = text_of(&event) {
                assert_eq!(document["text"], text, "{document}");
            }
        }
        ada.summary(id, |summary| summary.conversation.head == head).await;
    }
    let amended = json!({ "_id": format!("{}-{edited}", busy.id) });
    assert_eq!(all(&store, "messages", amended).await[0]["text"], "After the edit");

    // An archived conversation comes back from the new store.
    let mut room = ada.join(&archived.id).await;
    ada.set_status(&archived.id, "open").await;
    room.say("A new answer").await;
    assert!(room.log.texts().contains(&"An old question"), "{:?}", room.log.texts());

    drop((visitor, room));
    let arguments = ["--from", "embedded", "--deployment", &deployment, "--to", &url, "--verify"];
    let (verified, text) = run(migrate(folder.path(), Some(&store), &arguments)).await;
    assert!(verified && text.contains("Verified: the target has every document"), "{text}");
}

#[tokio::test]
async fn a_copy_that_was_killed_goes_on_and_tampering_is_found() {
    let Some(store) = DocumentStore::start_gateway("migrate-killed") else { return };
    let folder = TempDir::new().unwrap();
    let server = Server::named("migrate-killed").start();
    let admin = Agent::first(&server).await;
    import_messages(&admin.api, 4_000).await;
    let deployment = server.origin();
    let url = store.url();
    let arguments = ["--from", "embedded", "--deployment", &deployment, "--to", &url];
    let state = folder.path().join("voxora-migrate.state.json");

    let mut kills = 0;
    while kills < 3 {
        let before = std::fs::read_to_string(&state).unwrap_or_default();
        let mut process = migrate(folder.path(), Some(&store), &arguments).spawn().unwrap();
        while std::fs::read_to_string(&state).unwrap_or_default() == before {
            assert!(process.try_wait().unwrap().is_none(), "it ended before it could be killed");
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        kills += 1;
    }
    assert!(
        all(&store, "messages", json!({})).await.len() < 4_000,
        "it was killed too late to show anything"
    );

    let (copied, text) = run(migrate(folder.path(), Some(&store), &arguments)).await;
    assert!(copied && text.contains("Verified: both hold the same documents"), "{text}");
    assert_eq!(all(&store, "messages", json!({})).await.len(), 4_000);
    assert_eq!(all(&store, "users", json!({})).await.len(), 1);
    assert_eq!(all(&store, "sessions", json!({})).await, Vec::<Value>::new());
    assert!(!state.exists());
    let (again, text) = run(migrate(folder.path(), Some(&store), &arguments)).await;
    assert!(again && text.contains("Pass 1: 0 documents written"), "{text}");

    let messages = all(&store, "messages", json!({})).await;
    let (tampered, deleted) =
        (messages[17]["_id"].as_str().unwrap(), messages[3_000]["_id"].as_str().unwrap());
    let update = json!({ "$set": { "text": "Never said" } });
    let change = json!({ "collection": "messages", "filter": { "_id": tampered }, "update": update });
    assert_eq!(store.act("updateOne", change).await.0, 200);
    let delete = json!({ "collection": "messages", "filter": { "_id": deleted } });
    assert_eq!(store.act("deleteOne", delete).await.0, 200);
    let verify = [&arguments[..], &["--verify"]].concat();
    let (verified, text) = run(migrate(folder.path(), Some(&store), &verify)).await;
    assert!(!verified && text.contains("the target lacks 1 documents"), "{text}");
    let (copied, text) = run(migrate(folder.path(), Some(&store), &arguments)).await;
    assert!(!copied && text.contains(&format!("messages {tampered}: the two versions differ")), "{text}");
    assert_eq!(all(&store, "messages", json!({ "_id": deleted })).await.len(), 1, "what was missing is back");
}

#[tokio::test]
async fn a_backup_restores_into_an_empty_deployment() {
    let folder = TempDir::new().unwrap();
    let server = Server::named("backup").start();
    let chat = Chat::begin(&server, "Is this kept?").await;
    chat.join().await.1.say("It is.").await;
    chat.agent.summary(&chat.id, |summary| summary.conversation.head == 2).await;
    import_messages(&chat.agent.api, 1_000).await;
    let deployment = server.origin();
    let export = ["--from", "embedded", "--deployment", &deployment, "--to", "backup"];
    let (exported, text) = run(migrate(folder.path(), None, &export)).await;
    assert!(exported, "{text}");

    let empty = Server::named("restored").start();
    let other = empty.origin();
    let import = ["--from", "backup", "--to", "embedded", "--deployment", &other];
    let (restored, text) = run(migrate(folder.path(), None, &import)).await;
    assert!(restored && text.contains("Verified: both hold the same documents"), "{text}");

    let ada = sign_in(&empty).await;
    let summary = ada.summary(&chat.id, |_| true).await;
    assert_eq!(summary.last_message.unwrap().preview, "It is.");
    // The rooms here have never seen the conversation; it reads and goes on as if they had.
    let history = ada.history(&chat.id, "").await;
    assert_eq!(history.events, chat.agent.history(&chat.id, "").await.events);
    assert_eq!(ada.conversation(&chat.id).await.head, 2);
    let mut room = ada.join(&chat.id).await;
    assert_eq!(room.say("And it goes on.").await.seq, 3);
    assert_eq!(room.log.texts(), ["Is this kept?", "It is.", "And it goes on."]);
    ada.api.get(&format!("/api/v1/conversations/{}", unknown_conversation())).await.problem(404, "not_found");

    // The door that the token opened is closed again.
    let users = Api::anonymous(&empty).with_token(SETUP_TOKEN);
    let line = json!({ "_id": "x", "email": "eve@example.com", "founder": true }).to_string();
    users.post_raw("/api/v1/import/users", None, line).await.problem(409, "already_set_up");

    let messages = folder.path().join("backup/messages.jsonl");
    let text = std::fs::read_to_string(&messages).unwrap();
    std::fs::write(&messages, text.replacen("Message 7,", "Message 8,", 1)).unwrap();
    let (restored, text) = run(migrate(folder.path(), None, &import)).await;
    assert!(!restored && text.contains("messages.jsonl is damaged"), "{text}");
}

#[tokio::test]
async fn a_deployment_moves_there_and_back_and_deleted_words_stay_deleted() {
    let Some(store) = DocumentStore::start_gateway("migrate-back") else { return };
    let folder = TempDir::new().unwrap();
    let builder = Server::named("migrate-back").with_generous_rooms();
    let mut server = builder.variable("ROOM_ARCHIVE_AFTER_SECONDS", "1").start();
    let chat = Chat::begin(&server, "My card is").await;
    let (mut visitor, _agent) = chat.join().await;
    let secret = visitor.say("4111 1111 1111 1111").await.seq;
    let (url, deployment) = (store.url(), server.origin());
    let embedded = ["embedded", "--deployment", &deployment];
    let there = [&["--from"], &embedded[..], &["--to", &url]].concat();
    let (copied, text) = run(migrate(folder.path(), Some(&store), &there)).await;
    assert!(copied, "{text}");

    // There the words are taken back, the conversation ends, and its room gives its events away.
    switch(&mut server, &store);
    let ada = sign_in(&server).await;
    let mut visitor = chat.visitor.rejoin(&chat.id, secret).await;
    visitor.delete(secret).await.unwrap();
    visitor.socket.close().await;
    ada.set_status(&chat.id, "closed").await;
    archived_by_its_room(&server, &chat.id).await;

    // Back again, by way of a folder.
    let (exported, text) =
        run(migrate(folder.path(), Some(&store), &["--from", &url, "--to", "backup"])).await;
    assert!(exported, "{text}");
    let back = [&["--from", "backup", "--to"], &embedded[..]].concat();
    let (imported, text) = run(migrate(folder.path(), None, &back)).await;
    assert!(imported && text.contains("Verified"), "{text}");
    server.kill_9();
    for (name, _) in store.variables() {
        server.unset(name);
    }
    server.restart();
    let ada = sign_in(&server).await;
    ada.summary(&chat.id, |summary| summary.conversation.head == secret + 2).await;
    let archived = ada.history(&chat.id, "").await.events;
    let room = ada.join(&chat.id).await;
    assert_eq!(archived, ada.history(&chat.id, "").await.events);
    assert_eq!(room.log.texts(), ["My card is", ""]);
    assert!(room.socket.received.iter().all(|frame| !frame.contains("4111")), "{:?}", room.socket.received);
}

#[tokio::test]
async fn only_admins_export_and_import() {
    let server = Server::shared();
    let agent = Agent::first(server).await;
    let chat = Chat::begin(server, "Whose business is this?").await;
    let anonymous = Api::anonymous(server);
    for path in ["/api/v1/export/users", "/api/v1/export/events"] {
        anonymous.get(path).await.problem(401, "unauthenticated");
        chat.visitor.api.get(path).await.problem(403, "forbidden");
        let answer = agent.api.get(&format!("{path}?limit=1")).await;
        assert_eq!(answer.is(200).headers[CONTENT_TYPE], "application/x-ndjson");
    }
    let import = "/api/v1/import/settings";
    anonymous.post_raw(import, None, "{}").await.problem(401, "unauthenticated");
    chat.visitor.api.post_raw(import, None, "{}").await.problem(403, "forbidden");
    for token in [SETUP_TOKEN, "guess"] {
        let users = anonymous.with_token(token).post_raw("/api/v1/import/users", None, "{}").await;
        assert!(matches!(users.status.as_u16(), 401 | 409), "{users:?}");
    }
    let api = &agent.api;
    api.get("/api/v1/export/sessions").await.problem(404, "not_found");
    api.post_raw("/api/v1/import/sessions", None, "{}").await.problem(404, "not_found");
    api.get("/api/v1/export/secrets").await.problem(404, "not_found");
    for limit in ["0", "201", "all"] {
        api.get(&format!("/api/v1/export/users?limit={limit}")).await.problem(400, "invalid_request");
    }
    for (line, word) in [
        ("{", "Line 1"),
        ("{\"_id\":\"a\"}\n[]", "Line 2: a document must be an object"),
        ("{}", "_id"),
        ("{\"_id\":\"a\",\"b\":{\"$where\":1}}", "begins with '$'"),
        ("{\"_id\":\"a\",\"b\":{\"$oid\":\"0\"}}", "$oid is not supported"),
    ] {
        let problem = api.post_raw(import, None, line).await.problem(422, "invalid_field");
        assert!(problem.detail.contains(word), "{}", problem.detail);
    }
    let once = json!({ "_id": fresh_client_id(), "at": { "$date": "2026-11-22T00:00:00Z" } }).to_string();
    assert_eq!(api.post_raw(import, None, once.as_str()).await.ok::<Value>(200)["inserted"], 1);
    assert_eq!(api.post_raw(import, None, once.as_str()).await.ok::<Value>(200)["present"], 1);
    let user = |email: &str, password: &str| {
        json!({
            "_id": uuid::Uuid::new_v4(), "version": 2, "email": email, "name": "Eve", "role": "agent",
            "password": password, "createdAt": { "$date": "2026-11-22T00:00:00Z" },
        })
    };
    let users = "/api/v1/import/users";
    api.post_raw(users, None, user(ADMIN_EMAIL, HASH).to_string()).await.problem(409, "duplicate_key");
    let good = user("eve@example.com", HASH);
    for (bad, word) in [
        (user("eve@example.com", "secret"), "Line 2: password must be an argon2id hash"),
        (user("Mixed.Case@Example.com", HASH), "Line 2: email must be written as it is looked for"),
        (user("", HASH), "Line 2: email must be text that is not empty"),
    ] {
        let problem = api.post_raw(users, None, format!("{good}\n{bad}")).await.problem(422, "invalid_field");
        assert!(problem.detail.contains(word), "{}", problem.detail);
    }
    let mut conversation: Value = eventually(async || {
        let exported = api.get("/api/v1/export/conversations?limit=1").await;
        serde_json::from_str(exported.is(200).body.trim()).ok()
    })
    .await;
    conversation["_id"] = json!(uuid::Uuid::new_v4());
    conversation["head"] = json!(-5);
    let refused = api.post_raw("/api/v1/import/conversations", None, conversation.to_string()).await;
    assert!(refused.problem(422, "invalid_field").detail.contains("Line 1: head must be a whole number"));
    api.post_raw(import, None, vec![b'x'; 2 << 20]).await.problem(413, "body_too_large");
}
