//! Frames that wait for the same socket come in one message, and nothing else changes by that (docs/PROTOCOL.md, "Several
//! frames in one message").

use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;
use voxora_domain::wire::{ClientFrame, SendKind, ServerFrame};
use voxora_tests::{Chat, Incoming, Room, Server, text_of};

const BURST: u64 = 200;

/// A conversation with more people in it than a room would rather send to than wait, nothing being on its way.
async fn crowd() -> (Chat, Vec<Room>) {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let mut rooms = join_all((0..5).map(|_| chat.agent.join(&chat.id))).await;
    for room in &mut rooms {
        room.settle().await;
    }
    sleep(Duration::from_millis(100)).await;
    (chat, rooms)
}

async fn send(room: &mut Room, number: u64) {
    let (client_id, text) = (format!("burst_{number}"), number.to_string());
    room.send(&ClientFrame::Send { client_id, kind: SendKind::Message, text }).await;
}

#[tokio::test]
async fn what_is_said_in_a_quiet_room_comes_at_once_and_alone() {
    let (_chat, mut rooms) = crowd().await;
    let came = |room: &Room| (room.socket.messages, room.socket.received.len());
    let before: Vec<_> = rooms.iter().map(came).collect();
    let said = rooms[0].say("How can I help?").await;
    for (room, (messages, frames)) in rooms.iter_mut().zip(before).skip(1) {
        room.seq(said.seq).await;
        assert_eq!(came(room), (messages + 1, frames + 1), "{:?}", room.socket.received);
    }
}

#[tokio::test]
async fn a_burst_comes_in_fewer_messages_whole_and_in_order() {
    let (_chat, mut rooms) = crowd().await;
    let (sender, others) = rooms.split_first_mut().unwrap();
    let before: Vec<_> = others.iter().map(|room| room.socket.messages).collect();
    for number in 0..BURST {
        send(sender, number).await;
    }
    for number in 0..BURST {
        let ack = sender.answer(&format!("burst_{number}")).await.unwrap();
        // `Room` lets no event pass that does not follow on the one before; its own comes before the ack.
        assert_eq!(ack.seq, number + 2);
        assert_eq!(text_of(sender.log.at(ack.seq)), Some(&*number.to_string()));
    }
    for (room, before) in others.iter_mut().zip(before) {
        room.reach(BURST + 1).await;
        assert_eq!(room.log.texts(), sender.log.texts());
        let messages = (room.socket.messages - before) as u64;
        assert!(messages < BURST, "{BURST} events came in {messages} messages");
    }
}

#[tokio::test]
async fn who_comes_or_resumes_in_the_middle_of_a_burst_misses_nothing_and_gets_nothing_twice() {
    let (chat, mut rooms) = crowd().await;
    let (sender, others) = rooms.split_first_mut().unwrap();
    let mut late = Vec::new();
    for number in 0..BURST {
        send(sender, number).await;
        if number % 40 == 20 {
            late.push(chat.agent.rejoin(&chat.id, 1).await);
            others[0].send(&ClientFrame::Resume { after: 1 }).await;
        }
    }
    for room in others.iter_mut().chain(&mut late) {
        room.reach(BURST + 1).await;
    }
    for _ in 0..late.len() {
        let first = others[0].wait(|frame| match frame {
            ServerFrame::Page { events, .. } => Some(events.first().unwrap().seq),
            _ => None,
        });
        assert_eq!(first.await, 2);
    }
}

#[tokio::test]
async fn who_is_closed_gets_first_what_waited_for_them() {
    let (_chat, mut rooms) = crowd().await;
    let (sender, others) = rooms.split_first_mut().unwrap();
    for number in 0..BURST {
        send(sender, number).await;
    }
    sender.socket.send(&"x".repeat(131_073)).await;
    let mut acks = 0;
    let code = loop {
        match sender.socket.next().await {
            Incoming::Text(frame) if frame.contains(r#""type":"ack""#) => acks += 1,
            Incoming::Text(_) => {}
            Incoming::Closed(code) => break code,
        }
    };
    assert_eq!((acks, code), (BURST, Some(1009)));
    assert!(sender.socket.received.last().unwrap().contains("frame_too_large"));
    for room in others {
        room.reach(BURST + 1).await;
    }
}
