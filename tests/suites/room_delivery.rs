//! What the room promises about delivery: stored before acked, one order, each send once, nothing missed.

use std::collections::BTreeSet;

use futures::future::join_all;
use voxora_domain::wire::{Actor, ActorKind, ClientFrame, EventBody, Present, SendKind, ServerFrame};
use voxora_tests::{Chat, Room, Server, fresh_client_id, text_of};

#[tokio::test]
async fn a_connection_begins_with_welcome_and_a_page() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let visitor = chat.visitor.join(&chat.id).await;
    let welcome = &visitor.welcome;
    assert_eq!((welcome.you.kind, &welcome.you.id), (ActorKind::Visitor, &chat.visitor.id));
    assert_eq!(welcome.conversation, chat.visitor.conversation(&chat.id).await);
    let here = |actor: &Actor| Present { actor: actor.clone(), viewing: false };
    assert_eq!(welcome.present, [here(&welcome.you)]);
    assert_eq!(welcome.heartbeat_seconds, 30);
    assert_eq!(visitor.log.texts(), ["Hello"]);

    let agent = chat.agent.join(&chat.id).await;
    assert_eq!((agent.welcome.you.kind, &agent.welcome.you.id), (ActorKind::Agent, &chat.agent.id));
    assert_eq!(agent.welcome.you.name, chat.agent.user.name);
    let mut present = agent.welcome.present.clone();
    present.sort_by_key(|present| present.actor.kind == ActorKind::Agent);
    assert_eq!(present, [here(&welcome.you), here(&agent.welcome.you)]);
}

#[tokio::test]
async fn the_deployed_limits_are_told_to_the_client() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let limits = chat.visitor.join(&chat.id).await.welcome.limits;
    assert_eq!((limits.frame_bytes, limits.message_characters), (131_072, 10_000));
    assert_eq!((limits.send_burst, limits.sends_per_second), (20, 2));
}

#[tokio::test]
async fn a_message_reaches_both_sides_and_its_sender_before_the_ack() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let name = fresh_client_id();
    let ack = agent.send_as(&name, SendKind::Message, "How can I help?").await.unwrap();
    assert_eq!((ack.seq, ack.duplicate), (2, false));
    // The log of the sender has it already: the event came before the ack.
    let own = agent.log.at(2).clone();
    assert_eq!((own.at, own.client_id.as_deref()), (ack.at, Some(&*name)));
    assert_eq!(own.actor.id, chat.agent.id);
    assert_eq!(own.id, format!("{}-2", chat.id));

    let event = visitor.seq(2).await;
    assert_eq!(event, own, "everyone gets the same event");
    assert_eq!(text_of(&event), Some("How can I help?"));
}

#[tokio::test]
async fn text_arrives_exactly_as_it_was_written() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    for text in [
        "  leading and trailing  ",
        "two\nlines\nand\ttabs",
        "<b>not markup</b> &amp; \"quotes\" 'n' \\backslashes\\",
        "👩‍👩‍👧‍👦 🏳️‍🌈 e\u{301} \u{202e}עברית العربية",
        "a\u{2028}b\u{2029}c\u{feff}d\u{ad}e",
        "'; DROP TABLE events; --",
        "{\"type\":\"event\"}",
    ] {
        let ack = visitor.say(text).await;
        assert_eq!(text_of(&agent.seq(ack.seq).await), Some(text));
        let history = chat.agent.history(&chat.id, "?limit=1").await;
        assert_eq!(text_of(&history.events[0]), Some(text));
    }
}

#[tokio::test]
async fn everyone_agrees_on_one_order() {
    let chat = Chat::begin(Server::shared(), "0").await;
    let mut rooms: Vec<Room> =
        join_all((0..6).map(|number| {
            if number % 2 == 0 { chat.visitor.join(&chat.id) } else { chat.agent.join(&chat.id) }
        }))
        .await;
    let sends = rooms.iter_mut().enumerate().map(|(who, room)| async move {
        // All of them talk at once, and nobody waits for an answer.
        for number in 0..20 {
            let text = format!("{who}:{number}");
            let client_id = fresh_client_id();
            room.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
        }
        room.seq(121).await;
    });
    join_all(sends).await;
    for room in &rooms {
        assert_eq!(room.log, rooms[0].log);
    }
    assert_eq!(rooms[0].log.events.keys().copied().collect::<Vec<_>>(), (1..=121).collect::<Vec<_>>());
    for who in 0..6 {
        let prefix = format!("{who}:");
        let own: Vec<_> = rooms[0].log.texts().into_iter().filter(|text| text.starts_with(&prefix)).collect();
        let sent: Vec<_> = (0..20).map(|number| format!("{who}:{number}")).collect();
        assert_eq!(own, sent, "each sender's own order holds");
    }
}

#[tokio::test]
async fn a_repeat_on_the_same_socket_gets_the_first_ones_ack() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let name = fresh_client_id();
    let first = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    let repeat = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    assert!(!first.duplicate && repeat.duplicate);
    assert_eq!((first.seq, first.at), (repeat.seq, repeat.at));
    agent.settle().await;
    assert_eq!(agent.log.texts(), ["Hello", "Once"]);
}

#[tokio::test]
async fn a_repeat_after_a_reconnect_gets_the_first_ones_ack() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    let name = fresh_client_id();
    let first = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    visitor.socket.close().await;
    let mut visitor = chat.visitor.rejoin(&chat.id, 1).await;
    let repeat = visitor.send_as(&name, SendKind::Message, "Once").await.unwrap();
    assert!(repeat.duplicate);
    assert_eq!((first.seq, first.at), (repeat.seq, repeat.at));
    assert_eq!(visitor.log.texts(), ["Once"]);
}

#[tokio::test]
async fn the_same_send_on_two_sockets_at_once_is_stored_once() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut one, mut other) = (chat.visitor.join(&chat.id).await, chat.visitor.join(&chat.id).await);
    for round in 0..10 {
        let name = fresh_client_id();
        let text = format!("Round {round}");
        let (first, second) = futures::join!(
            one.send_as(&name, SendKind::Message, &text),
            other.send_as(&name, SendKind::Message, &text)
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_ne!(first.duplicate, second.duplicate);
        assert_eq!((first.seq, first.at), (second.seq, second.at));
    }
    one.settle().await;
    assert_eq!(one.log.texts().len(), 11);
}

#[tokio::test]
async fn the_first_message_and_a_send_share_their_names() {
    let chat = Chat::begin(Server::shared(), "unused").await;
    let started = chat.visitor.start_as("m_first", "Hello").await;
    let mut visitor = chat.visitor.join(&started.conversation.id.to_string()).await;
    let repeat = visitor.send_as("m_first", SendKind::Message, "Hello").await.unwrap();
    assert!(repeat.duplicate);
    assert_eq!(repeat.seq, 1);
}

#[tokio::test]
async fn two_authors_may_use_the_same_name() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    let one = visitor.send_as("same", SendKind::Message, "Visitor").await.unwrap();
    let other = agent.send_as("same", SendKind::Message, "Agent").await.unwrap();
    assert!(!one.duplicate && !other.duplicate);
    assert_eq!(other.seq, one.seq + 1);
}

#[tokio::test]
async fn a_client_resumes_from_any_seq_with_exactly_what_it_lacks() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, _agent) = chat.join().await;
    for number in 2..=8 {
        visitor.say(&number.to_string()).await;
    }
    for after in 0..=8 {
        let room = chat.agent.rejoin(&chat.id, after).await;
        assert_eq!(room.log.events.keys().copied().collect::<Vec<_>>(), (after + 1..=8).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_socket_resumes_without_reconnecting() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, _agent) = chat.join().await;
    visitor.say("2").await;
    visitor.say("3").await;
    visitor.send(&ClientFrame::Resume { after: 1 }).await;
    let events = visitor
        .wait(|frame| match frame {
            ServerFrame::Page { events, more: false, prev: 1, .. } => Some(events.clone()),
            _ => None,
        })
        .await;
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [2, 3]);
    visitor.say("live still").await;
}

#[tokio::test]
async fn a_long_absence_is_made_up_in_pages_and_nothing_is_live_before_the_last() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, mut agent) = chat.join().await;
    for number in 2..=450 {
        let (client_id, text) = (fresh_client_id(), number.to_string());
        visitor.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
    }
    visitor.seq(450).await;

    // By hand, to see each page: `Room` would ask for the rest by itself.
    let path = format!("/api/v1/conversations/{}/socket?after=0", chat.id);
    let mut late = voxora_tests::Socket::open(&chat.agent.api.origin, &path, &chat.agent.token).await;
    late.next_text().await;
    let mut seen = 0;
    for (last, wanted_more) in [(200, true), (400, true), (450, false)] {
        let frame = serde_json::from_str(&late.next_text().await).unwrap();
        let ServerFrame::Page { events, more, prev, .. } = frame else { panic!("{frame:?}") };
        assert_eq!((prev, more), (seen, wanted_more));
        assert_eq!(
            events.iter().map(|event| event.seq).collect::<Vec<_>>(),
            (seen + 1..=last).collect::<Vec<_>>()
        );
        if more {
            // Not live: an answer that could only come after this message shows that the message does not.
            agent.send(&ClientFrame::Typing { active: true }).await;
            visitor.send(&ClientFrame::Typing { active: true }).await;
            visitor.settle().await;
            late.send("ping").await;
            assert_eq!(late.next_text().await, "pong");
            late.send(&serde_json::json!({ "type": "resume", "after": last }).to_string()).await;
        }
        seen = last;
    }
    visitor.say("live").await;
    let frame = serde_json::from_str(&late.next_text().await).unwrap();
    assert!(matches!(&frame, ServerFrame::Event(event) if event.seq == 451), "{frame:?}");

    let everything = chat.visitor.rejoin(&chat.id, 0).await;
    assert_eq!(everything.log.events.len(), 451);
}

#[tokio::test]
async fn a_page_is_bounded_in_bytes_too() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, _agent) = chat.join().await;
    // 40 messages of 40,000 bytes: 200 of them would make a page of 8 MB.
    let text = "𝕏".repeat(10_000);
    for _ in 0..40 {
        visitor.say(&text).await;
    }
    let late = chat.agent.rejoin(&chat.id, 0).await;
    assert_eq!(late.log.events.len(), 41);
    let longest = late.socket.received.iter().map(String::len).max().unwrap();
    assert!(longest < 320 * 1024, "a page of {longest} bytes");
}

#[tokio::test]
async fn a_client_ahead_of_the_room_is_reset_and_begins_anew() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let mut ahead = chat.visitor.rejoin(&chat.id, 99).await;
    assert_eq!(ahead.reset, Some(1));
    let history = chat.visitor.history(&chat.id, "").await;
    ahead.log = voxora_tests::Log { head: history.prev, ..Default::default() };
    for event in &history.events {
        ahead.log.push(event);
    }
    ahead.settle().await;
    let mut agent = chat.agent.join(&chat.id).await;
    let ack = agent.say("Live again").await;
    ahead.seq(ack.seq).await;
    assert_eq!(ahead.log.texts(), ["Hello", "Live again"]);
}

#[tokio::test]
async fn a_client_more_than_ten_thousand_events_behind_is_reset() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    for batch in 1..=21 {
        for _ in 0..500 {
            let (client_id, text) = (fresh_client_id(), "x".into());
            visitor.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
        }
        visitor.seq(1 + batch * 500).await;
    }
    let head = visitor.log.head;
    assert_eq!(chat.agent.rejoin(&chat.id, head - 10_001).await.reset, Some(head));
    let everything = chat.agent.rejoin(&chat.id, head - 10_000).await;
    assert_eq!((everything.reset, everything.log.events.len()), (None, 10_000));
}

#[tokio::test]
async fn without_after_the_room_begins_with_the_last_events() {
    let chat = Chat::begin(Server::shared(), "1").await;
    let (mut visitor, _agent) = chat.join().await;
    for number in 2..=130 {
        let (client_id, text) = (fresh_client_id(), number.to_string());
        visitor.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
    }
    visitor.seq(130).await;
    let room = chat.agent.join(&chat.id).await;
    let first = *room.log.events.keys().next().unwrap();
    assert!(first > 1, "the whole history came at once");
    assert_eq!(room.log.events.keys().copied().collect::<Vec<_>>(), (first..=130).collect::<Vec<_>>());
    // The rest is history, and joins on without a gap.
    let older = chat.agent.history(&chat.id, &format!("?before={first}&limit=200")).await;
    let seqs: BTreeSet<_> = older.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..first).collect());
    assert_eq!(room.log.at(first).prev, first - 1);
}

#[tokio::test]
async fn a_receiver_that_never_reads_delays_nobody() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    // Its socket is open and never read: the system's buffers fill up, and then the room's frames go nowhere.
    let deaf = chat.agent.join(&chat.id).await;
    let text = "𝕏".repeat(10_000);
    let mut last = 0;
    for _ in 0..400 {
        last = visitor.say(&text).await.seq;
    }
    agent.seq(last).await;
    drop(deaf);
    let back = chat.agent.rejoin(&chat.id, last).await;
    assert_eq!(back.welcome.conversation.head, last);
}

#[tokio::test]
async fn a_ping_is_answered_with_a_pong() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    visitor.ping().await;
    agent.ping().await;
}

#[tokio::test]
async fn a_message_event_is_never_edited_or_deleted_at_birth() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let visitor = chat.visitor.join(&chat.id).await;
    let EventBody::Message(text) = &visitor.log.at(1).body else { panic!("{:?}", visitor.log) };
    assert_eq!((text.edited_at, text.deleted_at), (None, None));
}
