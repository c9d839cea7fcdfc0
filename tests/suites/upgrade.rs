//! The present Worker goes on with what the last version stored: `tests/fixtures/last-version` is the storage of a
//! deployment of that version, and `upgrade/saving.rs` says how it was made.

mod saved;
mod saving;

use serde_json::{Value, json};
use voxora_domain::wire::{
    AgentSession, ConversationStatus, OutboxStatus, SetupStatus, User, VisitorSession,
};
use voxora_tests::{
    Agent, Api, Chat, Documents, Embedded, Server, Visitor, eventually, expect_as_the_room_has_it,
    expect_stored,
};

use saved::{Saved, SavedConversation, histories, is_archived, standing};

/// The present Worker on a copy of the saved storage, and everyone who was there before.
struct Upgraded {
    saved: Saved,
    server: Server,
    agent: Agent,
    visitors: Vec<Visitor>,
}

impl Upgraded {
    async fn start(name: &'static str) -> Self {
        let saved = Saved::read();
        let server = Server::named(name).with_generous_rooms().start_with(Saved::unpack);
        let agent = Agent::of(&Api::anonymous(&server), &sign_in(&server, &saved).await);
        let mut visitors = Vec::new();
        for visitor in &saved.visitors {
            let api = Api::anonymous(&server);
            let renewal = json!({ "renewalToken": visitor.renewal_token });
            let session: VisitorSession = api.post("/api/v1/widget/session", &renewal).await.ok(200);
            assert_eq!(session.visitor_id.to_string(), visitor.id, "a visitor stays who they are");
            visitors.push(Visitor::of(&api, session));
        }
        Self { saved, server, agent, visitors }
    }

    fn chat(&self, conversation: &SavedConversation) -> Chat {
        Chat {
            visitor: self.visitors[conversation.visitor].clone(),
            agent: self.agent.clone(),
            id: conversation.id.clone(),
        }
    }

    fn chats(&self) -> impl Iterator<Item = (&SavedConversation, Chat)> {
        self.saved.conversations.iter().map(|conversation| (conversation, self.chat(conversation)))
    }
}

async fn sign_in(server: &Server, saved: &Saved) -> AgentSession {
    let login = json!({ "email": saved.admin.email, "password": saved.admin.password });
    Api::anonymous(server).post("/api/v1/auth/login", &login).await.ok(200)
}

#[tokio::test]
async fn accounts_of_the_last_version_stay() {
    let saved = Saved::read();
    let server = Server::named("upgrade-accounts").start_with(Saved::unpack);
    let api = Api::anonymous(&server);
    assert!(!api.get("/api/v1/setup").await.ok::<SetupStatus>(200).required, "the admin is there");

    let answer = api.with_cookie(&saved.admin.refresh_cookie).post_nothing("/api/v1/auth/refresh").await;
    let session: AgentSession = answer.ok(200);
    assert_eq!(session.user.id.to_string(), saved.admin.id);
    let me: User = api.with_token(&session.access_token).get("/api/v1/auth/me").await.ok(200);
    assert_eq!((me.name, me.email), (saved.admin.name.clone(), saved.admin.email.clone()));
    let (cookie, _) = answer.cookie();
    let again = api.with_cookie(&cookie).post_nothing("/api/v1/auth/refresh").await;
    again.ok::<AgentSession>(200);
    api.with_cookie(&again.cookie().0).post_nothing("/api/v1/auth/logout").await.is(204);
    api.with_cookie(&cookie).post_nothing("/api/v1/auth/refresh").await.problem(401, "session_ended");

    assert_eq!(sign_in(&server, &saved).await.user.id.to_string(), saved.admin.id);
    let wrong = json!({ "email": saved.admin.email, "password": "not the password" });
    api.post("/api/v1/auth/login", &wrong).await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn everything_the_last_version_stored_is_read_as_it_was() {
    let upgraded = Upgraded::start("upgrade-reading").await;
    for (saved, chat) in upgraded.chats() {
        let (events, public) = histories(&chat).await;
        assert_eq!(json!(events), json!(saved.events), "{}: what agents have", saved.name);
        assert_eq!(public, saved.public, "{}: what the visitor has", saved.name);
        assert_eq!(is_archived(&upgraded.server, &chat.id), saved.archived, "{}", saved.name);
        let mut room = chat.visitor.rejoin(&chat.id, 0).await;
        assert_eq!(room.log.events.keys().copied().collect::<Vec<_>>(), saved.public, "{}", saved.name);
        room.settle().await;
    }

    // The outbox drains by itself.
    eventually(async || {
        let outbox: OutboxStatus = upgraded.agent.api.get("/api/v1/outbox").await.ok(200);
        (outbox.events == 0 && outbox.set_aside == 0).then_some(())
    })
    .await;

    let mut wanted: Vec<_> = upgraded.saved.conversations.iter().collect();
    wanted.sort_by_key(|conversation| std::cmp::Reverse(conversation.standing["updatedAt"].as_i64()));
    let ids = |conversations: &[&SavedConversation]| -> Vec<_> {
        conversations.iter().map(|conversation| conversation.id.clone()).collect()
    };
    eventually(async || (listed(&upgraded.agent, "").await == ids(&wanted)).then_some(())).await;
    for conversation in &wanted {
        let summary = upgraded
            .agent
            .summary(&conversation.id, |summary| {
                summary.conversation.head == conversation.standing["head"].as_u64().unwrap()
            })
            .await;
        assert_eq!(standing(&summary), conversation.standing, "{}", conversation.name);
    }
    for status in ["open", "pending", "resolved", "closed"] {
        let of_status: Vec<_> =
            wanted.iter().copied().filter(|conversation| conversation.standing["status"] == status).collect();
        assert_eq!(listed(&upgraded.agent, &format!("?status={status}")).await, ids(&of_status), "{status}");
    }
    for (place, visitor) in upgraded.visitors.iter().enumerate() {
        let theirs: Vec<_> =
            wanted.iter().copied().filter(|conversation| conversation.visitor == place).collect();
        assert_eq!(listed(visitor, "").await, ids(&theirs));
    }
}

/// The ids of a list, by pages of two.
async fn listed(person: &voxora_tests::Person, query: &str) -> Vec<String> {
    let query = if query.is_empty() { "?limit=2".to_owned() } else { format!("{query}&limit=2") };
    let mut ids = Vec::new();
    let mut page = person.list(&query).await;
    loop {
        ids.extend(page.items.iter().map(|summary| summary.conversation.id.to_string()));
        let Some(cursor) = page.next_cursor else { return ids };
        page = person.list(&format!("{query}&cursor={cursor}")).await;
    }
}

#[tokio::test]
async fn conversations_of_the_last_version_go_on() {
    let upgraded = Upgraded::start("upgrade-going-on").await;
    let store = Embedded(&upgraded.server);
    let mut inbox = upgraded.agent.inbox_after(upgraded.saved.inbox_seq).await;
    for (saved, chat) in upgraded.chats() {
        let head = saved.standing["head"].as_u64().unwrap();
        if saved.standing["status"] == "closed" {
            let reopened = chat.agent.set_status(&chat.id, "open").await;
            assert_eq!(reopened.head, head + 1, "{}", saved.name);
        }
        // A repeat of what was acked before the upgrade is the same message still.
        let first = &saved.events[0];
        let (name, text) = (first["clientId"].as_str().unwrap(), first["payload"]["text"].as_str().unwrap());
        let (mut visitor, mut agent) = chat.join().await;
        let repeat = visitor.send_as(name, voxora_domain::wire::SendKind::Message, text).await.unwrap();
        assert!(repeat.duplicate, "{}", saved.name);
        assert_eq!((json!(repeat.seq), json!(repeat.at)), (first["seq"].clone(), first["at"].clone()));

        let said = visitor.say("After the upgrade").await.seq;
        let edited = visitor.edit(said, "After the upgrade!").await.unwrap().seq;
        let noted = agent.note("It is a new version").await.seq;
        agent.reach(edited).await;
        assert!(said > head && noted > edited, "{}: numbers go on", saved.name);
        inbox.change(&chat.id, |change| change.conversation.conversation.head >= noted).await;
        let conversation = chat.agent.conversation(&chat.id).await;
        let status = match saved.standing["status"].as_str().unwrap() {
            "pending" => ConversationStatus::Pending,
            _ => ConversationStatus::Open,
        };
        assert_eq!(conversation.status, status, "{}", saved.name);
        expect_stored(&store, &[&chat]).await;
    }
}

#[tokio::test]
async fn documents_of_the_last_version_end_up_in_the_present_shape() {
    let upgraded = Upgraded::start("upgrade-documents").await;
    let store = Embedded(&upgraded.server);
    eventually(async || {
        let outbox: OutboxStatus = upgraded.agent.api.post_nothing("/api/v1/outbox/retry").await.ok(200);
        (outbox.events == 0 && outbox.set_aside == 0).then_some(())
    })
    .await;
    expect_present_documents(&store, &upgraded).await;
}

/// What the document store has to hold once the present version has seen to everything. Whoever gives documents another
/// shape says here what becomes of the old ones.
async fn expect_present_documents(store: &impl Documents, upgraded: &Upgraded) {
    for (saved, chat) in upgraded.chats() {
        if is_archived(&upgraded.server, &saved.id) {
            // What is archived stays as the last version stored it, until somebody brings it back.
            let log = store.log(&chat.id).await;
            assert_eq!(log.len() as u64, saved.standing["head"].as_u64().unwrap(), "{}", saved.name);
            assert!(log.iter().all(|document| document.get("version").is_none()), "{}", saved.name);
        } else {
            // A room stores its log anew once it wakes, and nobody reports a room that sleeps.
            let head = chat.agent.conversation(&chat.id).await.head;
            eventually(async || {
                let log = store.log(&chat.id).await;
                let is_present = log.iter().all(|document| document.get("version").is_some());
                (log.len() as u64 == head && is_present).then_some(())
            })
            .await;
            expect_as_the_room_has_it(store, &chat).await;
        }
    }
    let ids = async |collection: &str| -> Vec<Value> {
        let found = store.find(collection, json!({}), json!({ "_id": 1 })).await;
        found.into_iter().map(|mut document| document["_id"].take()).collect()
    };
    for (collection, version) in [("users", 3), ("customers", 2), ("conversations", 2)] {
        for document in store.find(collection, json!({}), json!({ "_id": 1 })).await {
            assert_eq!(document["version"], version, "{collection}: {document}");
            assert!(document["createdAt"].get("$date").is_some(), "{collection}: {document}");
        }
    }
    let mut conversations: Vec<_> =
        upgraded.saved.conversations.iter().map(|saved| json!(saved.id)).collect();
    conversations.sort_by_key(Value::to_string);
    assert_eq!(ids("conversations").await, conversations);
    let mut customers: Vec<_> = upgraded.saved.visitors.iter().map(|saved| json!(saved.id)).collect();
    customers.sort_by_key(Value::to_string);
    assert_eq!(ids("customers").await, customers);
    assert_eq!(ids("users").await, [json!(upgraded.saved.admin.id)]);
}
