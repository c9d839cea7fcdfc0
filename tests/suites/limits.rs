//! Every limit of the room, each with its own answer, on a server with the deployed limits.

use serde_json::json;
use voxora_domain::wire::{ClientFrame, ErrorCode, FrameError, SendKind, ServerFrame};
use voxora_tests::{Chat, Incoming, Room, Server, fresh_client_id, text_of};

async fn refused(room: &mut Room, frame: &str) -> FrameError {
    room.socket.send(frame).await;
    room.error().await
}

/// A frame of exactly so many bytes.
fn frame_of(bytes: usize) -> String {
    let frame = r#"{"type":"typing","active":true,"padding":""}"#;
    frame.replace(r#""""#, &format!("\"{}\"", "x".repeat(bytes - frame.len())))
}

#[tokio::test]
async fn a_frame_has_at_most_128_kib() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    visitor.socket.send(&frame_of(128 * 1024)).await;
    agent.wait(|frame| matches!(frame, ServerFrame::Typing { .. }).then_some(())).await;

    let error = refused(&mut visitor, &frame_of(128 * 1024 + 1)).await;
    assert_eq!(error.code, ErrorCode::FrameTooLarge);
    assert_eq!(visitor.socket.closed().await, Some(1009));
    agent.say("Still here").await;
}

#[tokio::test]
async fn a_huge_frame_closes_its_own_socket_alone() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    visitor.socket.send(&"x".repeat(2 * 1024 * 1024)).await;
    assert_eq!(visitor.socket.closed().await, Some(1009));
    agent.say("Still here").await;
}

#[tokio::test]
async fn a_large_binary_frame_is_too_large_as_well() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    visitor.socket.send_binary(&vec![0; 128 * 1024 + 1]).await;
    assert_eq!(visitor.error().await.code, ErrorCode::FrameTooLarge);
    assert_eq!(visitor.socket.closed().await, Some(1009));
}

#[tokio::test]
async fn a_message_has_at_most_ten_thousand_characters() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    // Characters, not bytes and not UTF-16 units: these are four bytes and two units each.
    let longest = "𝕏".repeat(10_000);
    let ack = visitor.say(&longest).await;
    assert_eq!(text_of(&agent.seq(ack.seq).await), Some(&*longest));
    // Nor bytes of JSON: twelve for each of these, as Python's and PHP's encoders write them.
    let escaped = "\\ud835\\udd4f".repeat(10_000);
    let frame = format!(r#"{{"type":"send","clientId":"escaped","kind":"message","text":"{escaped}"}}"#);
    visitor.socket.send(&frame).await;
    let ack = visitor.answer("escaped").await.unwrap();
    assert_eq!(text_of(&agent.seq(ack.seq).await), Some(&*longest));
    let error = visitor.send_as("long", SendKind::Message, &"𝕏".repeat(10_001)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::MessageTooLong);
    assert!(error.message.contains("10001"), "{error:?}");
    let error = visitor.edit(1, &"x".repeat(10_001)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::MessageTooLong);
    let error = agent.send_as("note", SendKind::Note, &"x".repeat(10_001)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::MessageTooLong);
}

#[tokio::test]
async fn a_message_needs_something_to_see() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    for text in ["", " ", "\n\t\r ", "\u{a0}\u{3000}\u{2003}", "\u{0}", "\u{200b}\u{feff}", "\u{2800}"] {
        let error = visitor.send_as("empty", SendKind::Message, text).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::EmptyMessage, "{text:?}");
    }
    assert_eq!(visitor.edit(1, "  ").await.unwrap_err().code, ErrorCode::EmptyMessage);
}

#[tokio::test]
async fn a_client_id_keeps_to_its_alphabet() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let longest = "Az09_-".repeat(11)[..64].to_owned();
    visitor.send_as(&longest, SendKind::Message, "ok").await.unwrap();
    for name in ["", "with space", "ü", "semi;colon", "new\nline"] {
        let frame = json!({ "type": "send", "clientId": name, "kind": "message", "text": "x" });
        assert_eq!(
            refused(&mut visitor, &frame.to_string()).await.code,
            ErrorCode::InvalidClientId,
            "{name:?}"
        );
    }
    let frame = json!({ "type": "delete", "clientId": "x".repeat(65), "target": 1 });
    assert_eq!(refused(&mut visitor, &frame.to_string()).await.code, ErrorCode::InvalidClientId);
}

#[tokio::test]
async fn frames_that_are_malformed_or_unknown_are_refused_and_hurt_nobody_else() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    for frame in [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "7",
        "\"send\"",
        r#"["send","x","message","x"]"#,
        r#"["typing",true]"#,
        "{}",
        "PING",
        " ping",
        r#"{"type":7}"#,
        r#"{"type":null}"#,
        r#"{"type":"send"}"#,
        r#"{"type":"send","clientId":"x","kind":"message"}"#,
        r#"{"type":"send","clientId":"x","kind":"shout","text":"x"}"#,
        r#"{"type":"send","clientId":7,"kind":"message","text":"x"}"#,
        r#"{"type":"send","clientId":"x","kind":"message","text":["x"]}"#,
        r#"{"type":"edit","clientId":"x","target":-1,"text":"x"}"#,
        r#"{"type":"edit","clientId":"x","target":1.5,"text":"x"}"#,
        r#"{"type":"delete","clientId":"x","target":"1"}"#,
        r#"{"type":"read","upTo":99999999999999999999999}"#,
        r#"{"type":"typing","active":"yes"}"#,
        r#"{"type":"resume"}"#,
    ] {
        assert_eq!(refused(&mut visitor, frame).await.code, ErrorCode::MalformedFrame, "{frame}");
    }
    let deep = "[".repeat(60_000);
    assert_eq!(refused(&mut visitor, &deep).await.code, ErrorCode::MalformedFrame);
    visitor.socket.send_binary(b"{\"type\":\"typing\",\"active\":true}").await;
    assert_eq!(visitor.error().await.code, ErrorCode::MalformedFrame);
    for name in ["event", "ack", "welcome", "shout", "__proto__"] {
        let frame = json!({ "type": name }).to_string();
        assert_eq!(refused(&mut visitor, &frame).await.code, ErrorCode::UnknownFrame, "{name}");
    }
    // Its sender is still in the conversation, and nobody else has noticed.
    let ack = visitor.say("Sorry about that").await;
    agent.seq(ack.seq).await;
    assert_eq!(agent.log.texts(), ["Hello", "Sorry about that"]);
    assert_eq!(agent.count(|frame| matches!(frame, ServerFrame::Error(_))), 0);
}

#[tokio::test]
async fn an_error_names_the_send_it_is_about() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let error = refused(&mut visitor, r#"{"type":"send","clientId":"mine","kind":"message"}"#).await;
    assert_eq!(error.client_id.as_deref(), Some("mine"));
    assert!(!error.message.is_empty());
}

#[tokio::test]
async fn fields_a_room_does_not_know_are_ignored() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let frame = json!({ "type": "send", "clientId": "x", "kind": "message", "text": "Hi", "future": [1, 2] });
    visitor.socket.send(&frame.to_string()).await;
    visitor.answer("x").await.unwrap();
}

#[tokio::test]
async fn sends_come_from_a_bucket_of_their_author() {
    let server = Server::named("send-bucket")
        .variable("ROOM_SEND_BURST", "5")
        .variable("ROOM_SENDS_PER_SECOND", "0.001")
        .start();
    let chat = Chat::begin(&server, "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    for _ in 0..4 {
        visitor.say("In the burst").await;
    }
    visitor.edit(1, "Edits count as well").await.unwrap();
    let error = visitor.send_as("too-many", SendKind::Message, "One too many").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.retry_after_ms.is_some_and(|wait| wait > 0), "{error:?}");
    assert_eq!(visitor.delete(1).await.unwrap_err().code, ErrorCode::RateLimited);

    // Another person has a bucket of their own, and signals are counted apart.
    agent.say("Not limited").await;
    visitor.send(&ClientFrame::Typing { active: true }).await;
    agent.wait(|frame| matches!(frame, ServerFrame::Typing { .. }).then_some(())).await;
    // A new connection gives no new burst.
    let mut second_tab = chat.visitor.join(&chat.id).await;
    let error = second_tab.send_as("too-many", SendKind::Message, "One too many").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
}

#[tokio::test]
async fn the_deployed_bucket_lets_twenty_sends_through_at_once() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    let names: Vec<_> = (0..200).map(|_| fresh_client_id()).collect();
    for name in &names {
        let frame = ClientFrame::Send { client_id: name.clone(), kind: SendKind::Message, text: "x".into() };
        visitor.send(&frame).await;
        if visitor.answer(name).await.is_err() {
            let stored = names.iter().position(|other| other == name).unwrap();
            assert!(stored >= 20, "only {stored} were stored");
            return;
        }
    }
    panic!("two hundred sends in a row were stored");
}

#[tokio::test]
async fn signals_come_from_a_bucket_of_their_own() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, _agent) = chat.join().await;
    for _ in 0..40 {
        visitor.send(&ClientFrame::Typing { active: true }).await;
    }
    let error = visitor.error().await;
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.retry_after_ms.is_some_and(|wait| wait > 0), "{error:?}");
    visitor.say("Sends are counted apart").await;
}

#[tokio::test]
async fn abuse_closes_the_socket() {
    let chat = Chat::begin(Server::as_deployed(), "Hello").await;
    let (mut visitor, mut agent) = chat.join().await;
    for _ in 0..49 {
        assert_eq!(refused(&mut visitor, "nonsense").await.code, ErrorCode::MalformedFrame);
    }
    // One good frame, and the counting begins anew.
    visitor.settle().await;
    for _ in 0..50 {
        visitor.socket.send("nonsense").await;
    }
    loop {
        match visitor.socket.next().await {
            Incoming::Text(_) => {}
            Incoming::Closed(code) => break assert_eq!(code, Some(1008)),
        }
    }
    agent.say("Still here").await;
}
