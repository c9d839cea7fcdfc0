//! Saves what the Worker of this commit stores, for the tests of upgrading to the next version.
//!
//! The state in the repository is of the version before the present one. Whoever is about to change what is stored, and
//! has no state of what is deployed yet, builds the Worker of the deployed commit and runs there
//!
//! ```text
//! VOXORA_PROFILE=dev cargo xtask worker
//! cargo test --package voxora-tests -- --ignored saves_what_this_version_stores
//! ```
//!
//! It speaks the protocol of its own commit, so it makes the state of its own commit and of no other.

use std::process::Command;

use serde_json::json;
use voxora_domain::wire::{AgentSession, ClientFrame, OutboxStatus};
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_NAME, ADMIN_PASSWORD, Agent, Api, Chat, DATA_API_KEY, Embedded, JWT_SECRET, Server,
    Visitor, eventually, expect_stored, tokens,
};

use super::saved::{Admin, Saved, SavedConversation, SavedVisitor, histories, is_archived, standing};

/// 2100-01-01, in seconds: what is saved must not run out while it lies in the repository.
const FAR_AWAY: i64 = 4_102_444_800;
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
#[ignore = "it overwrites tests/fixtures/last-version"]
async fn saves_what_this_version_stores() {
    let mut server =
        Server::named("saving").with_generous_rooms().variable("ROOM_ARCHIVE_AFTER_SECONDS", "1").start();
    let agent = Agent::first(&server).await;
    let refresh_cookie = sign_in_for_good(&server).await;
    let visitors = [Visitor::new(&server).await, Visitor::new(&server).await];
    let start = async |visitor: usize, text: &str| {
        let visitor = visitors[visitor].clone();
        let id = visitor.start(text).await;
        Chat { visitor, agent: agent.clone(), id }
    };

    let open = start(0, "Where is my order?").await;
    write_everything(&open).await;
    let pending = start(1, "Größe “XL” 🙂\nin blue?").await;
    agent.set_status(&pending.id, "pending").await;
    let resolved = start(0, "Thank you, that was all").await;
    agent.set_status(&resolved.id, "resolved").await;
    let archived = start(1, "A long story").await;
    tell_a_long_story(&archived).await;
    agent.set_status(&archived.id, "closed").await;
    expect_stored(&Embedded(&server), &[&open, &pending, &resolved, &archived]).await;
    eventually(async || is_archived(&server, &archived.id).then_some(())).await;
    let inbox_seq = agent.inbox().await.seq;
    let mut conversations = vec![
        save("open", 0, &open).await,
        save("resolved", 0, &resolved).await,
        SavedConversation { archived: true, ..save("archived", 1, &archived).await },
    ];

    // The document store is away; people write on.
    server.stop();
    for (name, value) in [
        ("DATA_API_URL", NOWHERE),
        ("DATA_API_KEY", DATA_API_KEY),
        ("DATA_API_SOURCE", "tests"),
        ("DATA_API_DATABASE", "voxora"),
    ] {
        server.set(name, value);
    }
    server.restart();
    let begun = start(1, "Begun while the document store was away").await;
    let (mut visitor, mut writer) = pending.join().await;
    visitor.say("Are you there?").await;
    writer.say("Yes, and nothing is lost").await;
    visitor.socket.close().await;
    writer.socket.close().await;
    eventually(async || {
        let outbox: OutboxStatus = agent.api.get("/api/v1/outbox").await.ok(200);
        (outbox.conversations == 2).then_some(())
    })
    .await;
    for (name, chat) in [("pending", &pending), ("begun", &begun)] {
        conversations.push(SavedConversation { behind: true, ..save(name, 1, chat).await });
    }
    server.stop();

    let renewable = |visitor: &Visitor| SavedVisitor {
        id: visitor.id.clone(),
        renewal_token: tokens::with_claim(&visitor.renewal_token, "exp", FAR_AWAY.into(), JWT_SECRET),
    };
    let admin = Admin {
        id: agent.id.clone(),
        name: ADMIN_NAME.into(),
        email: ADMIN_EMAIL.into(),
        password: ADMIN_PASSWORD.into(),
        refresh_cookie,
    };
    let visitors = visitors.iter().map(renewable).collect();
    Saved { commit: commit(), admin, visitors, inbox_seq, conversations }.write(&server.storage());
}

/// A session of its own, whose end is moved to where no test comes; gives its refresh cookie.
async fn sign_in_for_good(server: &Server) -> String {
    let login = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
    let answer = Api::anonymous(server).post("/api/v1/auth/login", &login).await;
    answer.ok::<AgentSession>(200);
    let (cookie, _) = answer.cookie();
    let (_, session) = cookie.split_once('=').unwrap();
    let (session, _) = session.split_once('.').unwrap();
    let update = json!({
        "collection": "sessions",
        "filter": { "_id": session },
        "update": { "$set": { "expiresAt": FAR_AWAY * 1000 } },
    });
    let (status, answer) = server.collection_action("updateOne", &update);
    assert_eq!((status, &answer["modifiedCount"]), (200, &json!(1)), "{answer}");
    cookie
}

/// One event of every kind, and more than one where kinds meet.
async fn write_everything(chat: &Chat) {
    let (mut visitor, mut agent) = chat.join().await;
    let misspelt = visitor.say("It is nubmer 17").await.seq;
    agent.seq(misspelt).await;
    visitor.edit(misspelt, "It is number 17").await.unwrap();
    let assign = json!({ "assigneeId": chat.agent.id });
    chat.agent.api.patch(&format!("/api/v1/conversations/{}", chat.id), &assign).await.is(200);
    let note = agent.note("Customer since 2019").await.seq;
    agent.edit(note, "Customer since 2018").await.unwrap();
    let other_note = agent.note("Wrong conversation").await.seq;
    agent.delete(other_note).await.unwrap();
    let mistaken = agent.say("It is lost").await.seq;
    agent.delete(mistaken).await.unwrap();
    let answer = agent.say("It comes tomorrow").await.seq;
    agent.send(&ClientFrame::Read { up_to: answer }).await;
    agent.settle().await;
    visitor.reach(answer).await;
    visitor.send(&ClientFrame::Read { up_to: answer }).await;
    visitor.settle().await;
    chat.agent.set_status(&chat.id, "pending").await;
    let thanks = visitor.say("line one\nline two {\"$set\": 1}").await.seq;
    agent.reach(thanks).await;
    visitor.socket.close().await;
    agent.socket.close().await;
}

/// More than one page of events, with changes to early ones among the late ones.
async fn tell_a_long_story(chat: &Chat) {
    let (mut visitor, mut agent) = chat.join().await;
    let first = visitor.say("Once upon a tiem").await.seq;
    agent.note("Patience").await;
    let slip = agent.say("Go on, plaese").await.seq;
    for chapter in 1..=60 {
        visitor.say(&format!("Chapter {chapter}")).await;
    }
    visitor.edit(first, "Once upon a time").await.unwrap();
    agent.delete(slip).await.unwrap();
    visitor.socket.close().await;
    agent.socket.close().await;
}

/// A conversation as it is for agents, once the inbox has heard the last of it.
async fn save(name: &str, visitor: usize, chat: &Chat) -> SavedConversation {
    let head = chat.agent.conversation(&chat.id).await.head;
    let mut inbox = chat.agent.inbox().await;
    let mut known = inbox.caught_up.iter().map(|change| &change.conversation);
    let newest = known.rfind(|summary| summary.conversation.id.to_string() == chat.id);
    let summary = match newest {
        Some(summary) if summary.conversation.head >= head => summary.clone(),
        _ => {
            inbox.change(&chat.id, |change| change.conversation.conversation.head >= head).await.conversation
        }
    };
    let (events, public) = histories(chat).await;
    let (id, standing) = (chat.id.clone(), standing(&summary));
    SavedConversation {
        name: name.into(),
        id,
        visitor,
        standing,
        events,
        public,
        archived: false,
        behind: false,
    }
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}
