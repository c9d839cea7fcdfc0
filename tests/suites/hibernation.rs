//! Rooms sleep when idle, and nothing that matters is lost when they do.
//!
//! Most tests have the runtime hibernate an object on the spot, which is exactly what it does with an idle one after
//! some ten seconds: the object's memory is gone, its sockets stay. One test waits for a room to fall asleep by
//! itself, to know that nothing keeps it awake.

use std::time::Duration;

use voxora_domain::wire::{ClientFrame, ErrorCode, EventBody, SendKind, ServerFrame};
use voxora_tests::{Chat, Server, Socket, Visitor, fresh_client_id};

#[tokio::test]
async fn a_room_that_slept_delivers_to_both_sides_and_knows_who_they_are() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let note = agent.note("for the team").await;
    for round in 0..3 {
        server.hibernate("Room", &chat.id);
        let said = visitor.say(&format!("After sleep {round}")).await;
        assert_eq!(agent.seq(said.seq).await.actor, visitor.welcome.you);
        server.hibernate("Room", &chat.id);
        let reply = agent.say(&format!("Reply {round}")).await;
        assert_eq!(visitor.seq(reply.seq).await.actor, agent.welcome.you);
        server.hibernate("Room", &chat.id);
        agent.note("still not for the visitor").await;
    }
    visitor.settle().await;
    assert!(!visitor.log.events.contains_key(&note.seq));
    assert!(
        visitor.socket.received.iter().all(|frame| !frame.contains("for the")),
        "{:?}",
        visitor.socket.received
    );
    assert_eq!(chat.visitor.rejoin(&chat.id, 0).await.log, {
        visitor.log.events.insert(1, chat.visitor.history(&chat.id, "?limit=200").await.events[0].clone());
        visitor.log.clone()
    });
}

#[tokio::test]
async fn a_room_that_slept_still_knows_every_name() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let name = fresh_client_id();
    let first = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    server.hibernate("Room", &chat.id);
    let repeat = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    assert!(repeat.duplicate);
    assert_eq!((first.seq, first.at), (repeat.seq, repeat.at));
}

#[tokio::test]
async fn a_room_that_slept_still_refuses_a_visitors_note() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    server.hibernate("Room", &chat.id);
    let refused = visitor.send_as("n", SendKind::Note, "mine").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn typing_and_presence_are_right_after_sleep() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    server.hibernate("Room", &chat.id);
    agent.send(&ClientFrame::Typing { active: true }).await;
    let typist = visitor
        .wait(|frame| match frame {
            ServerFrame::Typing { actor, active: true } => Some(actor.clone()),
            _ => None,
        })
        .await;
    assert_eq!(typist, agent.welcome.you);

    server.hibernate("Room", &chat.id);
    let newcomer = chat.agent.join(&chat.id).await;
    assert_eq!(newcomer.welcome.present.len(), 2, "{:?}", newcomer.welcome.present);
    visitor.settle().await;
    let told = visitor.count(|frame| matches!(frame, ServerFrame::Presence { .. }));
    assert_eq!(told, 1, "a second tab of someone who is here is no news: {:?}", visitor.frames);

    server.hibernate("Room", &chat.id);
    newcomer.socket.close().await;
    agent.socket.close().await;
    visitor
        .wait(|frame| match frame {
            ServerFrame::Presence { actor, online: false, .. } if actor.id == chat.agent.id => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn the_late_end_of_a_socket_that_the_room_closed_ends_nobody_elses() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let mut agent = chat.agent.join(&chat.id).await;
    // A phone whose connection has died: the room closes it, and nothing comes back.
    let path = format!("/api/v1/conversations/{}/socket", chat.id);
    let mut dead = Socket::open(&server.origin(), &path, &chat.visitor.token).await;
    agent.presence_of(&chat.visitor.id).await;
    for _ in 0..50 {
        dead.send("x").await;
    }
    let offline = |frame: &ServerFrame| matches!(frame, ServerFrame::Presence { online: false, .. });
    agent.wait(|frame| offline(frame).then_some(())).await;
    server.hibernate("Room", &chat.id);
    let mut visitor = chat.visitor.join(&chat.id).await;
    drop(dead);
    // Its end reaches the room some time in here.
    for round in 0..20 {
        let said = agent.say(&format!("Are you there? {round}")).await;
        visitor.seq(said.seq).await;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    agent.settle().await;
    assert_eq!(agent.count(offline), 1, "the visitor is still here: {:?}", agent.frames);
}

#[tokio::test]
async fn a_room_that_slept_counts_sockets_and_reads_and_status_as_before() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    agent.send(&ClientFrame::Read { up_to: 1 }).await;
    visitor.event(|event| matches!(event.body, EventBody::Read { .. })).await;
    chat.agent.set_status(&chat.id, "pending").await;
    let before = chat.agent.conversation(&chat.id).await;
    server.hibernate("Room", &chat.id);
    assert_eq!(chat.agent.conversation(&chat.id).await, before);

    let mut tabs = Vec::new();
    for _ in 0..9 {
        tabs.push(chat.visitor.join(&chat.id).await);
    }
    server.hibernate("Room", &chat.id);
    let path = format!("/api/v1/conversations/{}/socket", chat.id);
    let eleventh = Socket::try_open(&server.origin(), &path, &chat.visitor.token).await;
    assert!(eleventh.is_err(), "the room forgot how many sockets the visitor has");
}

#[tokio::test]
async fn a_client_that_was_catching_up_is_not_live_after_sleep_either() {
    let server = Server::shared();
    let chat = Chat::begin(server, "1").await;
    let (mut visitor, _agent) = chat.join().await;
    for number in 2..=250 {
        let (client_id, text) = (fresh_client_id(), number.to_string());
        visitor.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
    }
    visitor.seq(250).await;
    let path = format!("/api/v1/conversations/{}/socket?after=0", chat.id);
    let mut late = voxora_tests::Socket::open(&server.origin(), &path, &chat.agent.token).await;
    late.next_text().await;
    late.next_text().await;
    server.hibernate("Room", &chat.id);
    visitor.say("251").await;
    late.send(r#"{"type":"resume","after":200}"#).await;
    let frame = serde_json::from_str(&late.next_text().await).unwrap();
    let ServerFrame::Page { events, more: false, .. } = frame else { panic!("{frame:?}") };
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (201..=251).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_inbox_sleeps_as_well_and_wakes_for_a_change() {
    let server = Server::named("inbox-sleep").with_generous_rooms().start();
    let chat = Chat::begin(&server, "Hello").await;
    let mut inbox = chat.agent.inbox().await;
    for name in ["one", "two"] {
        server.hibernate("Inbox", "team");
        let id = Visitor::new(&server).await.start(name).await;
        inbox.change(&id, |_| true).await;
    }
}

#[tokio::test]
async fn an_idle_room_falls_asleep_by_itself_and_pings_do_not_wake_it() {
    // A person's bucket lives in memory and fills up, here, in centuries. One that memory has lost pays for what is stored, and
    // repeats are forgiven: that there is room in it again is how the outside learns that the memory was given up.
    let server = Server::named("idle")
        .variable("ROOM_SEND_BURST", "2")
        .variable("ROOM_SENDS_PER_SECOND", "0.0000001")
        .start();
    let chat = Chat::begin(&server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let between_pings = Duration::from_secs(3);
    let mut pings = 5;
    let repeated = fresh_client_id();
    loop {
        while visitor.send_as(&repeated, SendKind::Message, "More").await.is_ok() {}
        agent.seq(visitor.log.head).await;
        // Far more often than a room needs to fall asleep: if one of them woke it, it never would.
        for _ in 0..pings {
            tokio::time::sleep(between_pings).await;
            visitor.ping().await;
            agent.ping().await;
        }
        if let Ok(ack) = visitor.send_as(&fresh_client_id(), SendKind::Message, "It slept").await {
            let event = agent.seq(ack.seq).await;
            assert_eq!(event.actor, visitor.welcome.you);
            return;
        }
        pings *= 2;
        assert!(pings <= 40, "the room never falls asleep");
    }
}
