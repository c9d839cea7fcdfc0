//! A closed conversation gives its storage back, and nobody notices: its history stays as it was, names stay taken,
//! whoever comes back finds everything. While the document store that has it is away, that is what they are told.

use serde_json::{Value, json};
use voxora_domain::wire::{CLOSE_HISTORY_LOST, EventBody, SendKind};
use voxora_tests::{
    Chat, DocumentStore, Documents, Embedded, Fault, FaultProxy, Room, Server, Socket, eventually,
    expect_as_the_room_has_it, expect_stored, fresh_client_id, seed,
};

/// Messages enough to fill many pages of SQLite, in bytes each and in number.
const MESSAGE: usize = 2_000;
const MESSAGES: usize = 200;

fn archiving(name: &'static str) -> voxora_tests::Builder {
    Server::named(name).with_generous_rooms().variable("ROOM_ARCHIVE_AFTER_SECONDS", "1")
}

/// Events in the room's own database.
fn events_in(server: &Server, chat: &Chat) -> u64 {
    server.rows("Room", &chat.id, "SELECT COUNT(*) FROM events")[0][0].as_u64().unwrap()
}

/// The room's database: all bytes, and those of them that hold something.
fn size_of(server: &Server, chat: &Chat) -> (u64, u64) {
    let query = "SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, \
                 pragma_freelist_count";
    let [size, pages, free] =
        [0, 1, 2].map(|column| server.rows("Room", &chat.id, query)[0][column].as_u64().unwrap());
    (size * pages, size * (pages - free))
}

/// Leaves the room and closes the conversation; waits until its room has given its events back.
async fn archive(server: &Server, chat: &Chat, sockets: [Room; 2]) {
    for room in sockets {
        room.socket.close().await;
    }
    chat.agent.set_status(&chat.id, "closed").await;
    eventually(async || (events_in(server, chat) == 1).then_some(())).await;
}

/// Every page of the history as both sides get it, in several ways of turning pages.
async fn pages(chat: &Chat) -> Vec<Value> {
    let mut pages = Vec::new();
    for query in ["", "?limit=7", "?after=0&limit=50", "?after=3&limit=1", "?before=40&limit=30", "?before=2"]
    {
        pages.push(json!(chat.visitor.history(&chat.id, query).await));
        pages.push(json!(chat.agent.history(&chat.id, query).await));
    }
    pages
}

/// The whole life of an archive, over whichever store the server has.
async fn life_of_an_archive(server: &Server, store: &impl Documents) {
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let name = fresh_client_id();
    let named = visitor.send_as(&name, SendKind::Message, "Only once").await.unwrap();
    let edited = visitor.say("Helo").await.seq;
    visitor.edit(edited, "Hello again").await.unwrap();
    agent.note("Not for the visitor").await;
    let deleted = agent.say("Taken back").await.seq;
    agent.delete(deleted).await.unwrap();
    for number in 0..MESSAGES {
        visitor.say(&format!("{number} {}", "x".repeat(MESSAGE))).await;
    }
    let head = visitor.log.head;
    agent.seq(head).await;
    let (full, _) = size_of(server, &chat);
    archive(server, &chat, [visitor, agent]).await;
    let (left, used) = size_of(server, &chat);
    println!(
        "{MESSAGES} messages of {MESSAGE} bytes: {full} bytes before, {left} after, of which {used} are used"
    );
    assert!(used * 5 < full, "the storage was not given back: {used} of {full} bytes are still in use");

    // What is in the store is what the room has; and once it is asked for, everyone gets what they got before.
    expect_as_the_room_has_it(store, &chat).await;
    let archived = pages(&chat).await;
    assert_eq!(events_in(server, &chat), 1, "reading takes nothing back");
    let mut back = chat.agent.rejoin(&chat.id, 0).await;
    assert_eq!(events_in(server, &chat), head + 1, "connecting takes everything back");
    assert_eq!(pages(&chat).await, archived);
    assert_eq!(back.log.head, head + 1);
    assert!(matches!(back.log.at(head + 1).body, EventBody::StatusChanged { .. }));

    // Names stay taken, also while the conversation is closed and after it has been opened again.
    let mut visitor = chat.visitor.join(&chat.id).await;
    let repeat = visitor.send_as(&name, SendKind::Message, "Only once").await.unwrap();
    assert!(repeat.duplicate);
    assert_eq!((repeat.seq, repeat.at), (named.seq, named.at));
    chat.agent.set_status(&chat.id, "open").await;
    let more = visitor.say("One more thing").await.seq;
    assert_eq!(more, head + 3);
    back.seq(more).await;
    expect_stored(store, &[&chat]).await;

    // A second time, from cold memory; this time reopening is what takes it back.
    archive(server, &chat, [visitor, back]).await;
    server.hibernate("Room", &chat.id);
    let conversation = chat.agent.set_status(&chat.id, "open").await;
    assert_eq!(conversation.head, more + 2);
    let mut visitor = chat.visitor.join(&chat.id).await;
    assert!(visitor.send_as(&name, SendKind::Message, "Only once").await.unwrap().duplicate);
    assert_eq!(visitor.say("Still here").await.seq, more + 3);
    expect_stored(store, &[&chat]).await;
}

#[tokio::test]
async fn a_conversation_is_archived_in_the_workers_own_storage_and_comes_back() {
    let server = archiving("archive-embedded").start();
    life_of_an_archive(&server, &Embedded(&server)).await;
}

#[tokio::test]
async fn a_conversation_is_archived_in_a_document_store_and_comes_back() {
    let store = DocumentStore::start("archive-store");
    let server = archiving("archive-store").with_documents(&store.url(), &store).start();
    life_of_an_archive(&server, &store).await;
}

#[tokio::test]
async fn an_archived_conversation_whose_store_is_away_is_unavailable_and_not_gone() {
    let store = DocumentStore::start("archive-away");
    let proxy = FaultProxy::before(&store.url(), seed());
    let server = archiving("archive-away").with_documents(&proxy.url(), &store).start();
    let chat = Chat::begin(&server, "Hello").await;
    let (mut visitor, agent) = chat.join().await;
    let name = fresh_client_id();
    visitor.send_as(&name, SendKind::Message, "Remember me").await.unwrap();
    archive(&server, &chat, [visitor, agent]).await;
    let before = pages(&chat).await;

    proxy.set(Fault::Refuse);
    let path = format!("/api/v1/conversations/{}", chat.id);
    for person in [&chat.visitor.person, &chat.agent.person] {
        // The room still knows what it is and how it stands.
        assert_eq!(person.conversation(&chat.id).await.id.to_string(), chat.id);
        person.api.get(&format!("{path}/events")).await.problem(503, "unavailable");
        let refused = Room::try_join(&server.origin(), &person.token, &chat.id, None).await;
        assert!(refused.unwrap_err().to_string().contains("503"), "a socket is refused with the same");
    }
    chat.agent.api.patch(&path, &json!({ "status": "open" })).await.problem(503, "unavailable");
    assert_eq!(events_in(&server, &chat), 1, "nothing new has begun");

    proxy.heal();
    eventually(async || {
        let answer = chat.agent.api.get(&format!("{path}/events")).await;
        answer.status.is_success().then_some(())
    })
    .await;
    assert_eq!(pages(&chat).await, before);
    chat.agent.set_status(&chat.id, "open").await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    assert!(visitor.send_as(&name, SendKind::Message, "Remember me").await.unwrap().duplicate);
    expect_stored(&store, &[&chat]).await;
}

#[tokio::test]
async fn a_history_that_the_store_has_lost_is_told_as_lost_until_it_is_restored() {
    let server = archiving("archive-lost").start();
    let store = Embedded(&server);
    let chat = Chat::begin(&server, "Hello").await;
    let (mut visitor, agent) = chat.join().await;
    let lost = visitor.say("Lost").await.seq;
    visitor.say("Kept").await;
    expect_stored(&store, &[&chat]).await;
    archive(&server, &chat, [visitor, agent]).await;
    let event = json!({ "conversationId": chat.id, "seq": lost });
    let found = store.find("messages", event.clone(), json!({ "_id": 1 })).await;
    let delete = json!({ "collection": "messages", "filter": event });
    assert_eq!(store.act("deleteOne", delete).await.0, 200);

    let path = format!("/api/v1/conversations/{}", chat.id);
    for person in [&chat.visitor.person, &chat.agent.person] {
        person.api.get(&format!("{path}/events")).await.problem(410, "history_lost");
        let mut socket = Socket::open(&server.origin(), &format!("{path}/socket"), &person.token).await;
        assert_eq!(socket.closed().await, Some(CLOSE_HISTORY_LOST));
    }
    chat.agent.api.patch(&path, &json!({ "status": "open" })).await.problem(410, "history_lost");

    let insert = json!({ "collection": "messages", "document": found[0] });
    assert_eq!(store.act("insertOne", insert).await.0, 201);
    let mut back = chat.visitor.join(&chat.id).await;
    back.settle().await;
    assert_eq!(back.log.texts(), ["Hello", "Lost", "Kept"]);
}

#[tokio::test]
async fn looking_at_an_archived_conversation_again_and_again_brings_it_back_once() {
    let server = Server::named("archive-looks")
        .with_generous_rooms()
        // Longer than three looks take.
        .variable("ROOM_ARCHIVE_AFTER_SECONDS", "20")
        .start();
    let chat = Chat::begin(&server, "Hello").await;
    let (visitor, agent) = chat.join().await;
    archive(&server, &chat, [visitor, agent]).await;
    for _ in 0..3 {
        chat.agent.join(&chat.id).await.socket.close().await;
        // All of its events stay for as long as they did after the last one.
        assert_eq!(events_in(&server, &chat), 2);
    }
}
