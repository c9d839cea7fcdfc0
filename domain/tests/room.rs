//! What the room does in situations that the property test does not pin down: each refusal and its code, each limit at
//! its edge, and what others are told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::rc::Rc;

use serde_json::json;
use support::{
    DEPARTMENTS, NOON, Storage, agent, agent_of, conversation_id, frames_for, named_agent, stranger, visitor,
};
use voxora_domain::access::{Audience, Permissions, Principal, Subject};
use voxora_domain::id::TagId;
use voxora_domain::limits::{
    FRAME_BYTES, MESSAGE_CHARACTERS, PAGE_BYTES, PAGE_EVENTS, RESUME_EVENTS, Rate, Rates,
    SOCKETS_PER_VISITOR, TAIL_EVENTS, VISITOR_EDIT_WINDOW,
};
use voxora_domain::room::{Assignment, Change, Part, Room, RoomError};
use voxora_domain::sockets::{ConnectionId, Output, SocketLogic};
use voxora_domain::wire::Role;
use voxora_domain::wire::{
    CLOSE_OUT_OF_REACH, Candidate, ClientFrame, CompactEvent, ConversationStatus, DepartmentName, ErrorCode,
    Event, EventBody, FrameError, History, People, Presence, Priority, Reason, Rule, ServerFrame,
    StartConversationRequest, TagName,
};

type TestRoom = Room<Rc<Storage>>;

fn request(client_id: &str, text: &str) -> StartConversationRequest {
    StartConversationRequest { client_id: client_id.to_owned(), text: text.to_owned() }
}

fn open(storage: &Rc<Storage>, rates: Rates) -> TestRoom {
    Room::open(Rc::clone(storage), rates).unwrap()
}

fn unhurried() -> Rates {
    let rate = Rate { burst: 1e9, per_second: 1e9 };
    Rates { sends: rate, signals: rate, ..Rates::default() }
}

/// A conversation that the visitor has begun.
fn begun(rates: Rates) -> (Rc<Storage>, TestRoom) {
    let storage = Storage::new();
    let mut room = open(&storage, rates);
    room.start(conversation_id(1), &visitor(), &request("first", "Hello"), NOON).unwrap();
    (storage, room)
}

fn join(room: &mut TestRoom, actor: &Principal) -> ConnectionId {
    room.connect(actor, None, NOON).unwrap().0
}

fn answer_at(room: &mut TestRoom, from: ConnectionId, frame: &str, now: i64) -> Vec<ServerFrame> {
    frames_for(&room.receive(from, frame, now), from)
}

fn answer(room: &mut TestRoom, from: ConnectionId, frame: &serde_json::Value) -> Vec<ServerFrame> {
    answer_at(room, from, &frame.to_string(), NOON)
}

fn refusal(frames: &[ServerFrame]) -> &FrameError {
    match frames {
        [ServerFrame::Error(error)] => error,
        other => panic!("not refused: {other:?}"),
    }
}

fn refused(room: &mut TestRoom, from: ConnectionId, frame: &serde_json::Value) -> ErrorCode {
    refusal(&answer(room, from, frame)).code
}

/// The `seq` and `duplicate` of the ack that ends the answer.
fn acked(room: &mut TestRoom, from: ConnectionId, frame: &serde_json::Value) -> (u64, bool) {
    match answer(room, from, frame).last() {
        Some(ServerFrame::Ack { seq, duplicate, .. }) => (*seq, *duplicate),
        other => panic!("not acked: {other:?}"),
    }
}

fn send(client_id: &str, text: &str) -> serde_json::Value {
    json!({ "type": "send", "clientId": client_id, "kind": "message", "text": text })
}

fn note(client_id: &str, text: &str) -> serde_json::Value {
    json!({ "type": "send", "clientId": client_id, "kind": "note", "text": text })
}

fn edit(client_id: &str, target: u64) -> serde_json::Value {
    json!({ "type": "edit", "clientId": client_id, "target": target, "text": "Better" })
}

fn delete(client_id: &str, target: u64) -> serde_json::Value {
    json!({ "type": "delete", "clientId": client_id, "target": target })
}

fn set_status(room: &mut TestRoom, status: ConversationStatus) {
    room.update(&agent(1), Change { status: Some(status), ..Change::default() }, NOON).unwrap();
}

/// Joins; also gives whom it is told of.
fn join_told(room: &mut TestRoom, actor: &Principal) -> (ConnectionId, People) {
    let (id, outputs) = room.connect(actor, None, NOON).unwrap();
    match &frames_for::<ServerFrame>(&outputs, id)[1] {
        ServerFrame::Page { people, .. } => (id, people.clone()),
        other => panic!("no page: {other:?}"),
    }
}

/// The event, to someone who has been told of `people`.
fn expand(event: &CompactEvent, people: &mut People) -> Event {
    event
        .clone()
        .expand(conversation_id(1), people)
        .unwrap_or_else(|| panic!("nobody was told who did {event:?}"))
}

fn closed(outputs: &[Output]) -> Option<u16> {
    outputs.iter().find_map(|output| match output {
        Output::Close { code, .. } => Some(*code),
        _ => None,
    })
}

#[test]
fn a_room_that_was_only_asked_about_has_made_no_tables() {
    let storage = Storage::new();
    let mut room = open(&storage, Rates::default());
    assert_eq!(room.conversation(&agent(1), NOON), Err(RoomError::NotFound));
    assert_eq!(room.connect(&agent(1), None, NOON), Err(RoomError::NotFound));
    assert_eq!(room.history(&visitor(), Part::Last, 50, NOON).err(), Some(RoomError::NotFound));
    assert_eq!(room.update(&agent(1), Change::default(), NOON).err(), Some(RoomError::NotFound));
    assert_eq!(room.summary(Audience::Agents).unwrap(), None);
    let bad = room.start(conversation_id(1), &visitor(), &request("first", " "), NOON);
    assert!(matches!(bad, Err(RoomError::Refused(refusal)) if refusal.code == ErrorCode::EmptyMessage));
    assert!(storage.rows("SELECT name FROM sqlite_master", &[]).is_empty());
}

#[test]
fn a_start_that_failed_anywhere_can_be_tried_again() {
    for spare in 0..16 {
        let storage = Storage::new();
        storage.fail_after(spare);
        for _ in 0..2 {
            if let Ok(mut room) = Room::open(Rc::clone(&storage), Rates::default()) {
                drop(room.start(conversation_id(1), &visitor(), &request("first", "Hello"), NOON));
            }
        }
        let mut room = open(&storage, Rates::default());
        let (started, _) =
            room.start(conversation_id(1), &visitor(), &request("first", "Hello"), NOON).unwrap();
        assert_eq!((started.seq, started.duplicate, started.conversation.head), (1, true, 1), "{spare}");
    }
}

#[test]
fn another_visitor_can_do_nothing_in_a_conversation() {
    let (_, mut room) = begun(Rates::default());
    let forbidden =
        |error: RoomError| matches!(error, RoomError::Refused(why) if why.code == ErrorCode::Forbidden);
    assert!(forbidden(room.conversation(&stranger(), NOON).unwrap_err()));
    assert!(forbidden(room.connect(&stranger(), None, NOON).unwrap_err()));
    assert!(forbidden(room.history(&stranger(), Part::Last, 50, NOON).unwrap_err()));
    assert!(forbidden(room.update(&visitor(), Change::default(), NOON).unwrap_err()));
    let start = room.start(conversation_id(1), &stranger(), &request("mine", "Hello"), NOON);
    assert!(forbidden(start.unwrap_err()));
}

#[test]
fn each_malformed_frame_is_refused_with_its_code_and_hurts_nobody_else() {
    let (_, mut room) = begun(Rates::default());
    let (sender, other) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    let cases = [
        ("", ErrorCode::MalformedFrame),
        ("null", ErrorCode::MalformedFrame),
        ("[]", ErrorCode::MalformedFrame),
        (r#" ["send","w_1","message","from a list"]"#, ErrorCode::MalformedFrame),
        (r#"[{"type":"typing","active":true}]"#, ErrorCode::MalformedFrame),
        ("{}", ErrorCode::MalformedFrame),
        (r#"{"type":7}"#, ErrorCode::MalformedFrame),
        (r#"{"type":"send"}"#, ErrorCode::MalformedFrame),
        (r#"{"type":"resume","after":-1}"#, ErrorCode::MalformedFrame),
        (r#"{"type":"resume","after":1.5}"#, ErrorCode::MalformedFrame),
        (r#"{"type":"dance"}"#, ErrorCode::UnknownFrame),
        (r#"{"type":"send","clientId":"a b","kind":"message","text":"x"}"#, ErrorCode::InvalidClientId),
        (r#"{"type":"send","clientId":"","kind":"message","text":"x"}"#, ErrorCode::InvalidClientId),
        (r#"{"type":"delete","clientId":"ä","target":1}"#, ErrorCode::InvalidClientId),
        (r#"{"type":"send","clientId":"a","kind":"message","text":" \n\t\u00a0"}"#, ErrorCode::EmptyMessage),
        (r#"{"type":"edit","clientId":"a","target":1,"text":""}"#, ErrorCode::EmptyMessage),
        (r#"{"type":"send","clientId":"a","kind":"message","text":"\u0000"}"#, ErrorCode::EmptyMessage),
        (
            r#"{"type":"send","clientId":"a","kind":"message","text":"\u200b\u2800\u202e"}"#,
            ErrorCode::EmptyMessage,
        ),
        (r#"{"type":"edit","clientId":"a","target":1,"text":"\u3164\ufeff"}"#, ErrorCode::EmptyMessage),
    ];
    for (frame, code) in cases {
        let outputs = room.receive(sender, frame, NOON);
        assert_eq!(refusal(&frames_for(&outputs, sender)).code, code, "{frame}");
        assert!(frames_for::<ServerFrame>(&outputs, other).is_empty(), "{frame}");
    }
    let outputs = room.receive_binary(sender, 3);
    assert_eq!(refusal(&frames_for(&outputs, sender)).code, ErrorCode::MalformedFrame);
}

#[test]
fn a_refusal_names_what_it_is_about_where_that_can_be_read() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let frames =
        answer_at(&mut room, sender, r#"{"type":"send","clientId":"w_1","kind":"shout","text":""}"#, NOON);
    let error = refusal(&frames);
    assert_eq!((error.code, error.client_id.as_deref()), (ErrorCode::MalformedFrame, Some("w_1")));
    let long = "a".repeat(65);
    let frames = answer(&mut room, sender, &send(&long, "x"));
    let error = refusal(&frames);
    assert_eq!((error.code, error.client_id.as_deref()), (ErrorCode::InvalidClientId, None));
    assert_eq!(acked(&mut room, sender, &send(&"a".repeat(64), "x")), (2, false));
}

#[test]
fn fields_a_room_does_not_know_are_ignored() {
    let (_, mut room) = begun(Rates::default());
    let (sender, mut people) = join_told(&mut room, &visitor());
    let mut frame = send("w_1", "x");
    frame["actor"] = json!({ "kind": "agent", "id": "me", "name": "Boss" });
    frame["at"] = json!(0);
    let frames = answer(&mut room, sender, &frame);
    let [ServerFrame::Event(event), ServerFrame::Ack { .. }] = &frames[..] else { panic!("{frames:?}") };
    let event = expand(event, &mut people);
    assert_eq!(
        (event.actor, event.at),
        (visitor().actor(), NOON),
        "nothing in a frame is believed about identity or time"
    );
}

#[test]
fn ten_thousand_characters_of_four_bytes_are_a_message_and_one_more_is_not() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let most = "😀".repeat(MESSAGE_CHARACTERS);
    assert_eq!(acked(&mut room, sender, &send("w_1", &most)), (2, false));
    assert_eq!(refused(&mut room, sender, &send("w_2", &(most.clone() + "a"))), ErrorCode::MessageTooLong);
    let edited = json!({ "type": "edit", "clientId": "w_3", "target": 2, "text": most + "😀" });
    assert_eq!(refused(&mut room, sender, &edited), ErrorCode::MessageTooLong);
    assert_eq!(acked(&mut room, sender, &send("w_4", &"a".repeat(MESSAGE_CHARACTERS))), (3, false));
}

#[test]
fn a_text_of_ten_thousand_characters_fits_a_frame_however_it_is_written() {
    let (_, mut room) = begun(unhurried());
    let sender = join(&mut room, &visitor());
    // As Python's, PHP's and Java's encoders write it, each with what one character takes.
    let spellings = ["a", "\\n", "ä", "😀", "\\u00e4", "\\uffff\\u00e4", "\\ud83e\\udd8a", "\\u0001"];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let one: String = serde_json::from_str(&format!("\"{spelling}\"")).unwrap();
        let most = MESSAGE_CHARACTERS / one.chars().count();
        for (count, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
            // Something to see, in place of one of them.
            let text = spelling.repeat(count - 1) + &"x".repeat(one.chars().count());
            let client_id = format!("w_{number}_{count}");
            let frame =
                format!(r#"{{"type":"send","clientId":"{client_id}","kind":"message","text":"{text}"}}"#);
            match answer_at(&mut room, sender, &frame, NOON).last() {
                Some(ServerFrame::Ack { .. }) if fits => {}
                Some(ServerFrame::Error(error)) if !fits => {
                    assert_eq!(error.code, ErrorCode::MessageTooLong, "{spelling} × {count}");
                    assert_eq!(error.client_id, Some(client_id));
                }
                other => panic!("{spelling} × {count}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_frame_of_128_kib_is_read_and_one_byte_more_closes_the_socket_with_1009() {
    const LIMIT: usize = 128 * 1024;
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let frame = r#"{"type":"typing","active":true}"#;
    for bytes in [LIMIT - 1, LIMIT] {
        let full = frame.to_owned() + &" ".repeat(bytes - frame.len());
        assert_eq!(room.receive(sender, &full, NOON), vec![]);
        assert_eq!(closed(&room.receive_binary(sender, bytes)), None);
    }
    let outputs = room.receive(sender, &(frame.to_owned() + &" ".repeat(LIMIT + 1 - frame.len())), NOON);
    assert_eq!(refusal(&frames_for(&outputs, sender)).code, ErrorCode::FrameTooLarge);
    assert_eq!(closed(&outputs), Some(1009));
    let sender = join(&mut room, &visitor());
    let outputs = room.receive_binary(sender, LIMIT + 1);
    assert_eq!(
        (refusal(&frames_for(&outputs, sender)).code, closed(&outputs)),
        (ErrorCode::FrameTooLarge, Some(1009))
    );
}

#[test]
fn what_is_no_text_is_not_stored() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let text_of = |frames: &[ServerFrame]| match &frames[0] {
        ServerFrame::Event(event) => match &event.body {
            EventBody::Message(said) => said.text.clone(),
            EventBody::MessageEdited { text, .. } => text.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let pasted = "one\0\r\ntwo\u{1b}[0m \u{202e}three";
    let said = answer(&mut room, sender, &send("w_1", pasted));
    assert_eq!(text_of(&said), "one\ntwo[0m \u{202e}three");
    assert_eq!(acked(&mut room, sender, &send("w_1", pasted)), (2, true), "the same again");
    let edited = json!({ "type": "edit", "clientId": "w_2", "target": 2, "text": pasted });
    assert_eq!(text_of(&answer(&mut room, sender, &edited)), "one\ntwo[0m \u{202e}three");
    assert_eq!(acked(&mut room, sender, &edited), (3, true));
}

#[test]
fn a_name_that_was_used_for_something_else_is_refused_and_nothing_is_stored() {
    let (storage, mut room) = begun(unhurried());
    let ada = join(&mut room, &agent(1));
    acked(&mut room, ada, &send("m", "From Ada"));
    acked(&mut room, ada, &note("n", "A note"));
    acked(&mut room, ada, &json!({ "type": "edit", "clientId": "e", "target": 2, "text": "Better" }));
    acked(&mut room, ada, &send("gone", "Soon gone"));
    acked(&mut room, ada, &delete("d", 5));
    acked(&mut room, ada, &json!({ "type": "edit", "clientId": "e2", "target": 2, "text": "Best" }));
    let head = 7;
    let edit_of = |client_id: &str, target: u64, text: &str| json!({ "type": "edit", "clientId": client_id, "target": target, "text": text });
    // Whatever happened to them since, and after the memory is lost.
    drop(room);
    let mut room = open(&storage, unhurried());
    let ada = join(&mut room, &agent(1));
    for (frame, seq) in [
        (send("m", "From Ada"), 2),
        (note("n", "A note"), 3),
        (edit_of("e", 2, "Better"), 4),
        (send("gone", "Soon gone"), 5),
        (delete("d", 5), 6),
        (edit_of("e2", 2, "Best"), 7),
    ] {
        assert_eq!(acked(&mut room, ada, &frame), (seq, true), "{frame}");
    }
    for frame in [
        send("m", "Something else"),
        send("m", "Best"),
        note("m", "From Ada"),
        delete("m", 2),
        edit_of("m", 2, "From Ada"),
        send("n", "A note"),
        note("n", "Another note"),
        edit_of("e", 3, "Better"),
        edit_of("e", 2, "Best"),
        delete("e", 2),
        send("gone", ""),
        send("gone", "Not gone"),
        delete("d", 2),
        send("d", "x"),
    ] {
        let code = if frame["text"] == "" { ErrorCode::EmptyMessage } else { ErrorCode::ClientIdReused };
        assert_eq!(refused(&mut room, ada, &frame), code, "{frame}");
    }
    // Another author's names are their own.
    let sender = join(&mut room, &visitor());
    assert_eq!(acked(&mut room, sender, &send("m", "From the visitor")), (head + 1, false));
    let again = room.start(conversation_id(1), &visitor(), &request("first", "Hello"), NOON).unwrap().0;
    assert_eq!((again.seq, again.duplicate), (1, true));
    let other = room.start(conversation_id(1), &visitor(), &request("first", "Another"), NOON);
    assert!(matches!(other, Err(RoomError::Refused(refusal)) if refusal.code == ErrorCode::ClientIdReused));
    // Also where a visitor's message would open the conversation, and in a closed one.
    for status in [ConversationStatus::Pending, ConversationStatus::Closed] {
        set_status(&mut room, status);
        assert_eq!(refused(&mut room, sender, &send("m", "Else")), ErrorCode::ClientIdReused);
        assert_eq!(acked(&mut room, sender, &send("m", "From the visitor")), (head + 1, true));
        assert_eq!(room.conversation(&agent(1), NOON).unwrap().status, status);
    }
}

#[test]
fn someone_is_introduced_once_to_all_and_anew_after_a_loss_of_memory() {
    let (storage, mut room) = begun(unhurried());
    // The visitor's first message has introduced them, to nobody; memory is lost before somebody is there.
    drop(room);
    room = open(&storage, unhurried());
    let (sender, ada, bob) =
        (join(&mut room, &visitor()), join(&mut room, &agent(1)), join(&mut room, &agent(2)));
    let told = |outputs: &[Output], to| match &frames_for::<ServerFrame>(outputs, to)[..] {
        [ServerFrame::Event(event), ..] => Some((event.by, event.actor.clone())),
        _ => None,
    };
    let say =
        |room: &mut TestRoom, from, frame: &serde_json::Value| room.receive(from, &frame.to_string(), NOON);
    let first = say(&mut room, sender, &send("w_1", "x"));
    let (by, introduced) = told(&first, ada).unwrap();
    assert_eq!(introduced, Some(visitor().actor()));
    let frames = first.iter().filter(|output| matches!(output, Output::Send { .. })).count();
    assert_eq!(frames, 2, "one frame for all, and the ack");
    assert_eq!(told(&say(&mut room, sender, &send("w_2", "x")), ada), Some((by, None)));
    // Bob writes a note: agents learn who he is, the visitor does not, until he speaks to all.
    let noted = say(&mut room, bob, &note("n_1", "x"));
    assert_eq!((told(&noted, sender), told(&noted, ada)), (None, Some((1, Some(agent(2).actor())))));
    let (late, outputs) = room.connect(&visitor(), None, NOON).unwrap();
    let frames = frames_for::<ServerFrame>(&outputs, late);
    let ServerFrame::Page { people, .. } = &frames[1] else { panic!("{frames:?}") };
    assert_eq!(people.0.values().collect::<Vec<_>>(), [&visitor().actor()]);
    let said = say(&mut room, bob, &send("m_1", "x"));
    assert_eq!(told(&said, sender), Some((2, Some(agent(2).actor()))));
    // Who comes late is told of everyone on the last page.
    let (later, outputs) = room.connect(&agent(3), Some(5), NOON).unwrap();
    let frames = frames_for::<ServerFrame>(&outputs, later);
    let ServerFrame::Page { people, events, .. } = &frames[1] else { panic!("{frames:?}") };
    assert_eq!((events.len(), people.0.len()), (0, 3));
    assert_eq!(told(&say(&mut room, bob, &send("m_2", "x")), later), Some((2, None)));
    // After hibernation the sockets are still live, and the numbers are others.
    let kept = [sender, ada, bob].map(|id| room.attachment(id).unwrap().clone());
    drop(room);
    let mut room = open(&storage, unhurried());
    for attachment in kept {
        room.restore(attachment, NOON);
    }
    assert_eq!(told(&say(&mut room, bob, &send("m_3", "x")), sender), Some((0, Some(agent(2).actor()))));
    assert_eq!(told(&say(&mut room, sender, &send("w_3", "x")), bob), Some((2, Some(visitor().actor()))));
}

#[test]
fn the_limits_that_a_client_is_told_are_whole_numbers() {
    let slow = Rate { burst: 20.0, per_second: 0.5 };
    for (rates, told) in [
        (
            Rates::default(),
            r#""limits":{"frameBytes":131072,"messageCharacters":10000,"sendBurst":20,"sendsPerSecond":2}"#,
        ),
        (Rates { sends: slow, ..Rates::default() }, r#""sendBurst":20,"sendsPerSecond":1}"#),
    ] {
        let (_, mut room) = begun(rates);
        let (_, outputs) = room.connect(&visitor(), None, NOON).unwrap();
        assert!(matches!(&outputs[0], Output::Send { frame, .. } if frame.contains(told)), "{outputs:?}");
    }
}

#[test]
fn a_closed_connection_is_heard_no_more_and_its_number_is_not_given_to_the_next() {
    let (_, mut room) = begun(Rates::default());
    let abuser = join(&mut room, &visitor());
    room.receive_binary(abuser, FRAME_BYTES + 1);
    let agent_socket = join(&mut room, &agent(1));
    assert_ne!(agent_socket, abuser, "a last frame of the visitor would be taken for the agent's");
    assert_eq!(room.receive(abuser, &send("late", "x").to_string(), NOON), vec![]);
    assert_eq!(room.receive(abuser, "ping", NOON), vec![]);
    assert_eq!(room.receive(abuser, &" ".repeat(FRAME_BYTES + 1), NOON), vec![]);
    assert_eq!(room.receive_binary(abuser, 1), vec![]);
    assert_eq!(room.conversation(&agent(1), NOON).unwrap().head, 1);
}

#[test]
fn a_visitor_holds_ten_sockets_and_no_eleventh() {
    let (_, mut room) = begun(Rates::default());
    let sockets: Vec<_> = (0..SOCKETS_PER_VISITOR).map(|_| join(&mut room, &visitor())).collect();
    assert_eq!(room.connect(&visitor(), None, NOON), Err(RoomError::TooManyConnections));
    for _ in 0..=SOCKETS_PER_VISITOR {
        join(&mut room, &agent(1));
    }
    room.disconnect(sockets[3], NOON);
    join(&mut room, &visitor());
}

#[test]
fn twenty_sends_at_once_then_two_a_second() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    for number in 0..20 {
        acked(&mut room, sender, &send(&format!("w_{number}"), "x"));
    }
    let late = send("w_20", "x").to_string();
    let frames = answer_at(&mut room, sender, &late, NOON);
    let error = refusal(&frames);
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(500)));
    assert_eq!(error.client_id.as_deref(), Some("w_20"));
    assert_eq!(refusal(&answer_at(&mut room, sender, &late, NOON + 499)).code, ErrorCode::RateLimited);
    assert!(matches!(
        answer_at(&mut room, sender, &late, NOON + 500)[..],
        [ServerFrame::Event(_), ServerFrame::Ack { .. }]
    ));
    // A clock that steps back takes nothing away and gives nothing.
    assert_eq!(refusal(&answer_at(&mut room, sender, &late, NOON - 60_000)).code, ErrorCode::RateLimited);
    // Another person has a bucket of their own; so have signals.
    let other = join(&mut room, &agent(1));
    acked(&mut room, other, &send("other", "x"));
    assert_eq!(answer(&mut room, sender, &json!({ "type": "typing", "active": true })), vec![]);
}

#[test]
fn thirty_signals_at_once_then_five_a_second() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let signals = [
        json!({ "type": "typing", "active": true }),
        json!({ "type": "read", "upTo": 0 }),
        json!({ "type": "resume", "after": 1 }),
    ];
    for number in 0..30 {
        let frames = answer(&mut room, sender, &signals[number % 3]);
        assert!(!matches!(frames.first(), Some(ServerFrame::Error(_))));
    }
    for signal in &signals {
        let frames = answer(&mut room, sender, signal);
        assert_eq!(
            (refusal(&frames).code, refusal(&frames).retry_after_ms),
            (ErrorCode::RateLimited, Some(200))
        );
    }
    let frames = answer_at(&mut room, sender, &signals[2].to_string(), NOON + 200);
    assert!(matches!(frames[..], [ServerFrame::Page { .. }]));
}

#[test]
fn fifty_refused_frames_in_a_row_close_the_socket_with_1008() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    for _ in 0..49 {
        assert_eq!(closed(&room.receive(sender, "x", NOON)), None);
    }
    acked(&mut room, sender, &send("w_1", "a good frame forgives"));
    for refused in 1..=50 {
        let outputs = room.receive(sender, "x", NOON);
        assert_eq!(closed(&outputs), (refused == 50).then_some(1008));
    }
    assert!(room.attachment(sender).is_none());
}

#[test]
fn a_silent_connection_is_closed_after_three_heartbeats_and_a_ping_counts() {
    let (_, mut room) = begun(Rates::default());
    let (silent, pinging) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    let ping_at = |id: ConnectionId| (id == pinging).then_some(NOON + 80_000);
    assert_eq!(closed(&room.sweep(NOON + 89_999, false, ping_at)), None);
    let outputs = room.sweep(NOON + 120_001, false, ping_at);
    assert!(matches!(outputs[0], Output::Close { connection, .. } if connection == silent));
    let frames = frames_for::<ServerFrame>(&outputs, pinging);
    assert_eq!(
        frames,
        vec![ServerFrame::Presence { actor: visitor().actor(), online: false, viewing: false }]
    );
    assert!(room.attachment(pinging).is_some());
}

#[test]
fn whoever_sends_frames_is_not_silent_without_pings() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    answer_at(&mut room, sender, &send("w_1", "I am here").to_string(), NOON + 80_000);
    assert_eq!(closed(&room.sweep(NOON + 120_001, false, |_| None)), None);
    assert_eq!(closed(&room.sweep(NOON + 170_001, false, |_| None)), Some(1001));
}

#[test]
fn a_number_that_a_closing_socket_has_is_given_to_nobody() {
    let (storage, room) = begun(Rates::default());
    drop(room);
    let mut room = open(&storage, Rates::default());
    room.reserve(7);
    let connection = join(&mut room, &visitor());
    assert_eq!(connection, 8);
    // Its end, told late, ends nobody else's.
    room.disconnect(7, NOON);
    assert!(room.attachment(connection).is_some());
}

#[test]
fn who_is_far_behind_or_ahead_is_reset_and_goes_live_with_resume() {
    let (storage, room) = begun(unhurried());
    drop(room);
    // Ten thousand events more, as the room would have stored them, in one statement.
    storage.rows(
        "WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?) \
         INSERT INTO events (seq, at, kind, public, prev_public, actor_kind, actor_id, actor_name, text, status, \
         read_visitor, read_agents) \
         SELECT n.seq, e.at, 'message', 1, n.seq - 1, 'visitor', e.actor_id, e.actor_name, 'x', 'open', 0, 0 \
         FROM n, events AS e WHERE e.seq = 1",
        &[(RESUME_EVENTS + 1).into()],
    );
    let mut room = open(&storage, unhurried());
    let head = RESUME_EVENTS + 1;
    let (within, outputs) = room.connect(&visitor(), Some(1), NOON).unwrap();
    let frames = frames_for::<ServerFrame>(&outputs, within);
    assert!(
        matches!(&frames[1], ServerFrame::Page { more: true, events, .. } if events.len() == PAGE_EVENTS)
    );
    for after in [0, head + 1, u64::MAX] {
        let (connection, outputs) = room.connect(&visitor(), Some(after), NOON).unwrap();
        let frames = frames_for::<ServerFrame>(&outputs, connection);
        assert_eq!(frames[1], ServerFrame::Reset { head });
        assert!(!room.attachment(connection).unwrap().live);
        let outputs = room.receive(connection, &json!({ "type": "resume", "after": head }).to_string(), NOON);
        let empty = ServerFrame::Page { people: People::default(), events: vec![], more: false, prev: head };
        assert_eq!(frames_for::<ServerFrame>(&outputs, connection), vec![empty]);
        assert!(outputs.contains(&Output::Remember(connection)));
        assert!(room.attachment(connection).unwrap().live);
    }
}

#[test]
fn a_page_ends_at_two_hundred_events_and_a_connection_without_after_begins_with_the_last_fifty() {
    let (_, mut room) = begun(unhurried());
    let sender = join(&mut room, &agent(1));
    for number in 0..PAGE_EVENTS {
        acked(&mut room, sender, &send(&format!("m_{number}"), "x"));
    }
    let all = room.history(&visitor(), Part::After(0), 1000, NOON).unwrap();
    assert_eq!((all.events.len(), all.prev, all.more), (PAGE_EVENTS, 0, true));
    let rest = room.history(&visitor(), Part::After(200), 1000, NOON).unwrap();
    assert_eq!((rest.events.len(), rest.prev, rest.more, rest.head), (1, 200, false, 201));
    let first = room.history(&visitor(), Part::Before(3), 50, NOON).unwrap();
    assert_eq!((first.events.len(), first.prev, first.more), (2, 0, true));
    let nothing = room.history(&visitor(), Part::Before(1), 50, NOON).unwrap();
    assert_eq!((nothing.events.len(), nothing.prev, nothing.more), (0, 0, true));
    let (connection, outputs) = room.connect(&visitor(), None, NOON).unwrap();
    let frames = frames_for::<ServerFrame>(&outputs, connection);
    let ServerFrame::Page { events, prev, more, .. } = &frames[1] else {
        panic!("no page: {frames:?}");
    };
    assert_eq!((events.len(), *prev, *more), (TAIL_EVENTS, 151, false));
}

#[test]
fn a_page_ends_at_256_kib_of_text_from_either_end() {
    let (_, mut room) = begun(unhurried());
    let sender = join(&mut room, &visitor());
    let long = "😀".repeat(MESSAGE_CHARACTERS);
    for number in 0..10 {
        acked(&mut room, sender, &send(&format!("w_{number}"), &long));
    }
    let fit = PAGE_BYTES / long.len();
    let page = room.history(&visitor(), Part::After(1), 200, NOON).unwrap();
    assert_eq!((page.events.len(), page.events[0].seq, page.more), (fit, 2, true));
    let page = room.history(&visitor(), Part::Last, 200, NOON).unwrap();
    let seqs = (page.events[0].seq, page.events[fit - 1].seq);
    assert_eq!((page.events.len(), seqs, page.more), (fit, (12 - fit as u64, 11), false));
}

#[test]
fn until_a_client_has_caught_up_it_gets_no_events_but_learns_who_is_here() {
    let (storage, mut room) = begun(unhurried());
    let sender = join(&mut room, &visitor());
    for number in 0..PAGE_EVENTS {
        acked(&mut room, sender, &send(&format!("w_{number}"), "x"));
    }
    let (behind, _) = room.connect(&agent(1), Some(0), NOON).unwrap();
    let outputs = room.receive(sender, &send("w_next", "x").to_string(), NOON);
    assert!(frames_for::<ServerFrame>(&outputs, behind).is_empty());
    let (_, outputs) = room.connect(&agent(2), None, NOON).unwrap();
    let told = frames_for::<ServerFrame>(&outputs, behind);
    assert_eq!(told, vec![ServerFrame::Presence { actor: agent(2).actor(), online: true, viewing: false }]);
    // It is still behind after hibernation, and live after the last page.
    let kept = [sender, behind].map(|id| room.attachment(id).unwrap().clone());
    drop(room);
    let mut room = open(&storage, unhurried());
    for attachment in kept {
        room.restore(attachment, NOON);
    }
    let outputs = room.receive(sender, &send("w_more", "x").to_string(), NOON);
    assert!(frames_for::<ServerFrame>(&outputs, behind).is_empty());
    answer(&mut room, behind, &json!({ "type": "resume", "after": 200 }));
    let outputs = room.receive(sender, &send("w_last", "x").to_string(), NOON);
    assert_eq!(frames_for::<ServerFrame>(&outputs, behind).len(), 1);
}

#[test]
fn a_visitors_message_opens_the_conversation_again_and_an_agents_does_not() {
    let (storage, mut room) = begun(Rates::default());
    let ((sender, mut people), ada) = (join_told(&mut room, &visitor()), join(&mut room, &agent(1)));
    for status in [ConversationStatus::Resolved, ConversationStatus::Pending] {
        set_status(&mut room, status);
        acked(&mut room, ada, &send(&format!("m_{status:?}"), "Bye"));
        assert_eq!(room.conversation(&visitor(), NOON).unwrap().status, status);
        assert_eq!(acked(&mut room, sender, &send("first", "Hello")), (1, true));
        assert_eq!(room.conversation(&visitor(), NOON).unwrap().status, status, "a repeat opens nothing");
        let again = send(&format!("w_{status:?}"), "One more thing");
        // Message and status are stored together or not at all.
        let head = room.conversation(&agent(1), NOON).unwrap().head;
        storage.fail_after(1);
        assert_eq!(refused(&mut room, sender, &again), ErrorCode::Internal);
        assert_eq!(room.conversation(&agent(1), NOON).unwrap().head, head);
        let frames = answer(&mut room, sender, &again);
        let [ServerFrame::Event(said), ServerFrame::Event(opened), ServerFrame::Ack { .. }] = &frames[..]
        else {
            panic!("no two events: {frames:?}");
        };
        let [said, opened] = [said, opened].map(|event| expand(event, &mut people));
        assert!(matches!(said.body, EventBody::Message(_)) && said.actor == visitor().actor());
        assert_eq!(opened.body, EventBody::StatusChanged { status: ConversationStatus::Open, until: None });
        assert_eq!(opened.actor.id, "system");
    }
}

#[test]
fn status_and_assignee_change_together_or_not_at_all_and_what_is_so_is_not_written_again() {
    let (storage, mut room) = begun(Rates::default());
    let ada = join(&mut room, &agent(1));
    let change = Change {
        status: Some(ConversationStatus::Pending),
        assignee: Some(Some(agent(2).actor())),
        ..Change::default()
    };
    storage.fail_after(0);
    assert!(room.update(&agent(1), change.clone(), NOON).is_err());
    assert_eq!(room.conversation(&agent(1), NOON).unwrap().head, 1);
    let (conversation, outputs) = room.update(&agent(1), change.clone(), NOON).unwrap();
    assert_eq!(
        (conversation.status, conversation.assignee),
        (ConversationStatus::Pending, Some(agent(2).actor()))
    );
    assert_eq!(frames_for::<ServerFrame>(&outputs, ada).len(), 2);
    let (conversation, outputs) = room.update(&agent(1), change, NOON).unwrap();
    assert_eq!((conversation.head, outputs), (3, vec![]));
}

#[test]
fn a_closed_conversation_is_read_and_reopened_but_not_written_and_repeats_get_the_old_ack() {
    let (_, mut room) = begun(Rates::default());
    let (sender, ada) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    assert_eq!(acked(&mut room, sender, &send("w_1", "x")), (2, false));
    assert_eq!(acked(&mut room, sender, &edit("w_2", 2)), (3, false));
    assert_eq!(acked(&mut room, ada, &note("n_1", "x")), (4, false));
    set_status(&mut room, ConversationStatus::Closed);
    let writes = [
        (sender, send("w_3", "x")),
        (ada, note("n_2", "x")),
        (sender, edit("w_4", 2)),
        (ada, delete("d_1", 2)),
        (sender, json!({ "type": "typing", "active": true })),
    ];
    for (from, frame) in &writes {
        assert_eq!(refused(&mut room, *from, frame), ErrorCode::ConversationClosed, "{frame}");
    }
    assert_eq!(acked(&mut room, sender, &send("w_1", "x")), (2, true));
    assert_eq!(acked(&mut room, sender, &edit("w_2", 2)), (3, true));
    assert_eq!(acked(&mut room, ada, &note("n_1", "x")), (4, true));
    assert!(matches!(
        answer(&mut room, ada, &json!({ "type": "read", "upTo": 2 }))[..],
        [ServerFrame::Event(_)]
    ));
    set_status(&mut room, ConversationStatus::Open);
    assert!(!acked(&mut room, sender, &send("w_3", "x")).1);
}

#[test]
fn authors_edit_agents_delete_and_visitors_have_fifteen_minutes() {
    let (_, mut room) = begun(Rates::default());
    let (sender, ada, bob) =
        (join(&mut room, &visitor()), join(&mut room, &agent(1)), join(&mut room, &agent(2)));
    assert_eq!(acked(&mut room, ada, &send("m_1", "x")), (2, false));
    assert_eq!(refused(&mut room, sender, &edit("w_1", 2)), ErrorCode::Forbidden);
    assert_eq!(refused(&mut room, sender, &delete("w_1", 2)), ErrorCode::Forbidden);
    assert_eq!(refused(&mut room, bob, &edit("m_2", 2)), ErrorCode::Forbidden);
    assert_eq!(refused(&mut room, sender, &note("w_1", "x")), ErrorCode::Forbidden);
    assert_eq!(refused(&mut room, ada, &edit("m_2", 99)), ErrorCode::NoSuchMessage);
    let on_time = answer_at(&mut room, sender, &edit("w_2", 1).to_string(), NOON + VISITOR_EDIT_WINDOW);
    assert!(matches!(on_time[..], [ServerFrame::Event(_), ServerFrame::Ack { .. }]));
    let late = answer_at(&mut room, sender, &delete("w_3", 1).to_string(), NOON + VISITOR_EDIT_WINDOW + 1);
    assert_eq!(refusal(&late).code, ErrorCode::TooLate);
    assert_eq!(acked(&mut room, bob, &delete("d_1", 1)), (4, false));
    assert_eq!(refused(&mut room, ada, &delete("d_2", 1)), ErrorCode::NoSuchMessage);
    assert_eq!(
        refused(&mut room, ada, &edit("d_3", 4)),
        ErrorCode::NoSuchMessage,
        "a deletion is no message"
    );
}

#[test]
fn a_visitor_is_answered_about_a_note_exactly_as_about_nothing() {
    let (_, mut room) = begun(unhurried());
    let (sender, ada) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    acked(&mut room, ada, &note("n_1", "secret"));
    for status in [ConversationStatus::Open, ConversationStatus::Closed] {
        set_status(&mut room, status);
        for frame in [edit, delete] {
            let about = |target: u64, room: &mut TestRoom| {
                let frames = answer(room, sender, &frame("w_1", target));
                let error = refusal(&frames).clone();
                (error.code, error.message.replace(&target.to_string(), "N"))
            };
            assert_eq!(about(2, &mut room), about(77, &mut room));
        }
    }
}

#[test]
fn a_read_mark_stands_on_a_message_moves_forward_only_and_not_beyond_the_last() {
    let (_, mut room) = begun(Rates::default());
    let (sender, ada) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    acked(&mut room, ada, &note("n_1", "x"));
    let read = |room: &mut TestRoom, from, up_to: u64| match &answer(
        room,
        from,
        &json!({ "type": "read", "upTo": up_to }),
    )[..]
    {
        [ServerFrame::Event(event)] => Some(event.body.clone()),
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(read(&mut room, sender, 0), None);
    assert_eq!(read(&mut room, sender, u64::MAX), Some(EventBody::Read { up_to: 1 }), "not on the note");
    assert_eq!(read(&mut room, sender, 2), None, "no news");
    assert_eq!(read(&mut room, ada, 3), Some(EventBody::Read { up_to: 1 }), "not on a mark");
    let marks = room.conversation(&visitor(), NOON).unwrap().read;
    assert_eq!((marks.visitor, marks.agents), (1, 1));
}

#[test]
fn a_summary_shows_the_last_message_on_one_short_line_and_counts_what_is_unread() {
    let (_, mut room) = begun(unhurried());
    let (sender, ada) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    let text = format!("Where\n\tis  it? {}", "😀".repeat(200));
    acked(&mut room, sender, &send("w_1", &text));
    acked(&mut room, ada, &note("n_1", "secret"));
    let summary = room.summary(Audience::Agents).unwrap().unwrap();
    let last = summary.last_message.unwrap();
    assert_eq!((last.seq, last.preview.chars().count(), summary.unread), (2, 140, 2));
    assert!(last.preview.starts_with("Where is it? 😀"));
    assert_eq!(room.summary(Audience::Visitor).unwrap().unwrap().unread, 0);

    acked(&mut room, ada, &send("m_1", "Here"));
    acked(&mut room, ada, &delete("d_1", 2));
    answer(&mut room, ada, &json!({ "type": "read", "upTo": 1 }));
    let summary = room.summary(Audience::Agents).unwrap().unwrap();
    assert_eq!((summary.unread, summary.conversation.head), (0, 6), "what is deleted is not unread");
    let summary = room.summary(Audience::Visitor).unwrap().unwrap();
    assert_eq!((summary.unread, summary.conversation.head), (1, 6));
    acked(&mut room, ada, &delete("d_2", 4));
    let last = room.summary(Audience::Visitor).unwrap().unwrap().last_message.unwrap();
    assert_eq!((last.seq, last.preview.as_str()), (1, "Hello"));
}

#[test]
fn a_summary_shows_no_half_of_what_a_reader_takes_for_one_character() {
    let (_, mut room) = begun(unhurried());
    let sender = join(&mut room, &visitor());
    for (place, one) in ["🇩🇪", "👨\u{200d}👩\u{200d}👧\u{200d}👦", "e\u{301}\u{323}", "👍🏽", "क\u{94d}षि"]
        .into_iter()
        .enumerate()
    {
        acked(&mut room, sender, &send(&format!("w_{place}"), &format!("- {}", one.repeat(200))));
        let last = room.summary(Audience::Agents).unwrap().unwrap().last_message.unwrap();
        let whole = (140 - 2) / one.chars().count();
        assert_eq!(last.preview, format!("- {}", one.repeat(whole)));
    }
    // Where nothing has an end the room still has its limit.
    acked(&mut room, sender, &send("w_marks", &format!("a{}", "\u{301}".repeat(200))));
    let last = room.summary(Audience::Agents).unwrap().unwrap().last_message.unwrap();
    assert_eq!(last.preview.chars().count(), 140);
}

#[test]
fn typing_is_told_to_everyone_else_once_caught_up_and_never_to_oneself() {
    let (_, mut room) = begun(Rates::default());
    let (one, two, ada) =
        (join(&mut room, &visitor()), join(&mut room, &visitor()), join(&mut room, &agent(1)));
    let outputs = room.receive(one, r#"{"type":"typing","active":true}"#, NOON);
    let told = vec![ServerFrame::Typing { actor: visitor().actor(), active: true }];
    assert_eq!(frames_for::<ServerFrame>(&outputs, ada), told);
    assert!(frames_for::<ServerFrame>(&outputs, two).is_empty());
    // Someone who has changed their name since is still the same person.
    let renamed = named_agent(1, "Ada L.");
    let again = join(&mut room, &renamed);
    let outputs = room.receive(again, r#"{"type":"typing","active":true}"#, NOON);
    assert!(frames_for::<ServerFrame>(&outputs, ada).is_empty());
    assert_eq!(frames_for::<ServerFrame>(&outputs, one).len(), 1);
}

#[test]
fn someone_comes_with_their_first_socket_and_leaves_with_their_last() {
    let (_, mut room) = begun(Rates::default());
    let ada = join(&mut room, &agent(1));
    let presence = |outputs: &[Output]| frames_for::<ServerFrame>(outputs, ada);
    let (one, outputs) = room.connect(&visitor(), None, NOON).unwrap();
    assert_eq!(
        presence(&outputs),
        vec![ServerFrame::Presence { actor: visitor().actor(), online: true, viewing: false }]
    );
    let (two, outputs) = room.connect(&visitor(), None, NOON).unwrap();
    assert_eq!(presence(&outputs), vec![]);
    assert_eq!(presence(&room.disconnect(one, NOON)), vec![]);
    assert_eq!(
        presence(&room.disconnect(two, NOON)),
        vec![ServerFrame::Presence { actor: visitor().actor(), online: false, viewing: false }]
    );
    assert_eq!(room.disconnect(two, NOON), vec![], "a second time nothing happens");
}

#[test]
fn who_has_the_conversation_before_their_eyes_is_told_where_it_is_news() {
    let (storage, mut room) = begun(unhurried());
    let ada = join(&mut room, &agent(1));
    let (one, two) = (join(&mut room, &visitor()), join(&mut room, &visitor()));
    let told = |outputs: &[Output]| frames_for::<ServerFrame>(outputs, ada);
    let presence =
        |online, viewing| vec![ServerFrame::Presence { actor: visitor().actor(), online, viewing }];
    let frame = |active| json!({ "type": "viewing", "active": active }).to_string();

    let outputs = room.receive(one, &frame(true), NOON);
    assert_eq!(told(&outputs), presence(true, true));
    assert!(
        frames_for::<ServerFrame>(&outputs, one).is_empty()
            && frames_for::<ServerFrame>(&outputs, two).is_empty()
    );
    assert_eq!(
        room.receive(one, &frame(true), NOON),
        vec![],
        "said twice, it is no news, and nothing is kept anew"
    );
    // Another tab of the same person is kept, and told to nobody.
    assert_eq!(room.receive(two, &frame(true), NOON), vec![Output::Remember(two)]);
    assert_eq!(room.receive(one, &frame(false), NOON), vec![Output::Remember(one)]);
    let head = room.summary(Audience::Agents).unwrap().unwrap().conversation.head;
    assert_eq!(head, 1, "it is no event");

    // It outlives the room's memory, and a token.
    let kept = [ada, one, two].map(|id| room.attachment(id).unwrap().clone());
    drop(room);
    let mut room = open(&storage, unhurried());
    for attachment in kept {
        room.restore(attachment, NOON);
    }
    room.renewed(two, Ok(visitor()), NOON);
    let (newcomer, outputs) = room.connect(&agent(2), None, NOON).unwrap();
    let present = frames_for::<ServerFrame>(&outputs, newcomer).into_iter().find_map(|frame| match frame {
        ServerFrame::Welcome { present, .. } => Some(present),
        _ => None,
    });
    let viewing: Vec<_> =
        present.unwrap().into_iter().map(|present| (present.actor, present.viewing)).collect();
    let expected = [(agent(1).actor(), false), (visitor().actor(), true), (agent(2).actor(), false)];
    assert_eq!(viewing, expected);

    // The tab that showed it goes, then the last one.
    assert_eq!(told(&room.disconnect(two, NOON)), presence(true, false));
    assert_eq!(told(&room.disconnect(one, NOON)), presence(false, false));
    // Another socket of theirs begins without.
    let (_, outputs) = room.connect(&visitor(), None, NOON).unwrap();
    assert_eq!(told(&outputs), presence(true, false));
}

#[test]
fn looking_to_and_fro_is_a_signal_like_others() {
    let (_, mut room) = begun(Rates { signals: Rate { burst: 3.0, per_second: 1.0 }, ..Rates::default() });
    let (ada, one) = (join(&mut room, &agent(1)), join(&mut room, &visitor()));
    let mut told = 0;
    for number in 0..6 {
        let frame = json!({ "type": "viewing", "active": number % 2 == 0 }).to_string();
        told += frames_for::<ServerFrame>(&room.receive(one, &frame, NOON), ada).len();
    }
    assert_eq!(told, 3, "what is over the rate is told to nobody");
    assert!(room.attachment(one).unwrap().viewing);
}

#[test]
fn time_in_the_log_never_runs_backwards() {
    let (_, mut room) = begun(Rates::default());
    let sender = join(&mut room, &visitor());
    let frames = answer_at(&mut room, sender, &send("w_1", "x").to_string(), NOON - 5000);
    assert!(matches!(frames[1], ServerFrame::Ack { at: NOON, .. }));
}

/// One visitor's messages are counted together, however often they connect and whether or not the room slept.
#[test]
fn a_new_connection_gives_no_new_burst() {
    let rates = Rates { sends: Rate { burst: 5.0, per_second: 1.0 }, ..Rates::default() };
    let (storage, mut room) = begun(rates);
    let mut number = 0;
    let mut send = |room: &mut TestRoom, from: ConnectionId, now: i64| {
        number += 1;
        let frame =
            json!({ "type": "send", "clientId": format!("c{number}"), "kind": "message", "text": "Hi" });
        matches!(answer_at(room, from, &frame.to_string(), now)[..], [.., ServerFrame::Ack { .. }])
    };
    let first = join(&mut room, &visitor());
    let stored = (0..10).filter(|_| send(&mut room, first, NOON)).count();
    assert_eq!(stored, 5);
    for _ in 0..5 {
        let another = join(&mut room, &visitor());
        assert!(!send(&mut room, another, NOON), "over another connection");
        room.disconnect(another, NOON);
    }
    // Others have a burst of their own.
    let bob = join(&mut room, &agent(1));
    assert!(send(&mut room, bob, NOON));

    // Memory is lost, at once or a little later.
    for (after, allowed) in [(0, 0), (2_000, 2), (2_000, 0), (60_000, 5)] {
        let mut room = open(&storage, rates);
        let again = join(&mut room, &visitor());
        let stored = (0..10).filter(|_| send(&mut room, again, NOON + after)).count();
        assert_eq!(stored, allowed, "{after} ms later");
    }
}

fn moved_to(number: usize) -> Change {
    let department = DepartmentName { id: DEPARTMENTS[number], name: format!("Department {number}") };
    Change { department: Some(Some(department)), ..Change::default() }
}

#[test]
fn a_move_is_an_event_for_agents_alone_and_what_is_so_is_not_written_again() {
    let (storage, mut room) = begun(Rates::default());
    let (sender, ada) = (join(&mut room, &visitor()), join(&mut room, &agent(1)));
    let (conversation, outputs) = room.update(&agent(1), moved_to(0), NOON).unwrap();
    assert_eq!((conversation.head, conversation.department), (2, Some(DEPARTMENTS[0])));
    assert_eq!(frames_for::<ServerFrame>(&outputs, sender), vec![]);
    let [ServerFrame::Event(event)] = &frames_for::<ServerFrame>(&outputs, ada)[..] else { panic!() };
    let said = json!({ "department": { "id": DEPARTMENTS[0], "name": "Department 0" } });
    assert_eq!(serde_json::to_value(event).unwrap()["payload"], said);
    assert_eq!(room.update(&agent(1), moved_to(0), NOON).unwrap().1, vec![]);
    let told = serde_json::to_string(&room.conversation(&visitor(), NOON).unwrap()).unwrap();
    assert!(!told.contains("department"), "{told}");
    // A room that has lost its memory knows; history tells it again; the queue is everybody's.
    let mut room = open(&storage, Rates::default());
    assert_eq!(room.conversation(&agent(1), NOON).unwrap().department, Some(DEPARTMENTS[0]));
    let history = room.history(&agent(1), Part::Last, 50, NOON).unwrap();
    assert_eq!(serde_json::to_value(&history.events[1]).unwrap()["payload"], said);
    let to_queue = Change { department: Some(None), ..Change::default() };
    let (conversation, _) = room.update(&agent(1), to_queue, NOON).unwrap();
    assert_eq!((conversation.head, conversation.department), (3, None));
    let history = room.history(&agent(1), Part::Last, 50, NOON).unwrap();
    assert_eq!(serde_json::to_value(&history.events[2]).unwrap()["payload"], json!({ "department": null }));
}

#[test]
fn whoever_may_see_a_conversation_no_more_is_sent_away_before_the_next_word() {
    let (_, mut room) = begun(Rates::default());
    let (inside, outside) = (agent(1), agent_of(2, "Olga", &DEPARTMENTS[1..]));
    let (sender, ada, olga) =
        (join(&mut room, &visitor()), join(&mut room, &inside), join(&mut room, &outside));
    let second_tab = join(&mut room, &outside);
    // Whoever moves it where they are not sees it off, and is answered all the same.
    let (conversation, outputs) = room.update(&outside, moved_to(0), NOON).unwrap();
    assert_eq!(conversation.department, Some(DEPARTMENTS[0]));
    for gone in [olga, second_tab] {
        let close = Output::Close { connection: gone, code: CLOSE_OUT_OF_REACH, reason: "out_of_reach" };
        assert!(outputs.contains(&close), "{outputs:?}");
        assert_eq!(frames_for::<ServerFrame>(&outputs, gone), vec![], "not a word");
    }
    let left = frames_for::<ServerFrame>(&outputs, sender);
    assert!(
        matches!(&left[..], [ServerFrame::Presence { actor, online: false, .. }] if actor.name == "Olga"),
        "{left:?}"
    );
    assert_eq!(frames_for::<ServerFrame>(&outputs, ada).len(), 2, "who left, and the move");
    // From here on nothing of it is theirs, by whatever way.
    let refused = |error: RoomError| matches!(error, RoomError::Refused(refusal) if refusal.code == ErrorCode::Forbidden);
    assert!(refused(room.conversation(&outside, NOON).unwrap_err()));
    assert!(refused(room.history(&outside, Part::Last, 50, NOON).unwrap_err()));
    assert!(refused(room.connect(&outside, None, NOON).unwrap_err()));
    assert!(refused(room.update(&outside, Change::default(), NOON).unwrap_err()));
    let tag = TagName { id: TagId::new(uuid::Uuid::from_u128(1)), name: "x".to_owned() };
    assert!(refused(room.tag(&outside, &tag, true, NOON).unwrap_err()));
    assert_eq!(answer(&mut room, olga, &send("o_1", "x")), vec![], "its number is nobody's");
    // Assigned to them it is theirs again, and no longer when it is somebody else's.
    let assigned = |to: &Principal| Change { assignee: Some(Some(to.actor())), ..Change::default() };
    room.update(&inside, assigned(&outside), NOON).unwrap();
    let olga = join(&mut room, &outside);
    let (_, outputs) = room.update(&inside, assigned(&inside), NOON).unwrap();
    assert_eq!(closed(&outputs), Some(CLOSE_OUT_OF_REACH));
    assert_eq!(frames_for::<ServerFrame>(&outputs, olga), vec![]);
}

#[test]
fn whoever_is_to_be_forgotten_has_another_name_wherever_they_signed() {
    let (storage, mut room) = begun(Rates::default());
    let ada = named_agent(1, "Ada Lovelace");
    let (sender, socket) = (join(&mut room, &visitor()), join(&mut room, &ada));
    acked(&mut room, socket, &send("a_1", "Hello"));
    acked(&mut room, sender, &send("v_1", "Hello, Ada Lovelace"));
    let taken = Change { assignee: Some(Some(ada.actor())), ..Change::default() };
    room.update(&agent(2), taken, NOON).unwrap();
    // She could have been given it, too, when somebody else was; nobody is told of the others then.
    let candidates = vec![Candidate {
        id: ada.actor().id,
        name: "Ada Lovelace".to_owned(),
        presence: Presence::Online,
        load: 0,
        capacity: 5,
    }];
    let from = ada.user_id();
    let chosen = Assignment { from, reason: Reason { candidates, ..why(Rule::SameAgent) }, ..given_to(3) };
    assert!(room.assign(&chosen, NOON).unwrap().0.done);
    let back = Change { assignee: Some(Some(ada.actor())), ..Change::default() };
    room.update(&agent(2), back, NOON).unwrap();
    let before = room.history(&agent(2), Part::Last, 50, NOON).unwrap();
    let Subject::User { id, .. } = ada.subject else { panic!() };
    for _ in 0..2 {
        let ((), outputs) = room.rename(id, "Team member").unwrap();
        assert_eq!(outputs, vec![Output::Changed], "lists are told, and nobody else");
    }
    // What was said stays, also of them; numbers and order do.
    for room in [&mut room, &mut open(&storage, Rates::default())] {
        let after = room.history(&agent(2), Part::Last, 50, NOON).unwrap();
        let texts = |history: &History| serde_json::to_string(&history.events).unwrap();
        assert_eq!(
            texts(&after),
            texts(&before)
                .replace(
                    &format!(
                        r#""candidates":[{{"id":"{id}","name":"Ada Lovelace","presence":"online","load":0,"capacity":5}}],"#
                    ),
                    ""
                )
                .replace(r#""name":"Ada Lovelace""#, r#""name":"Team member""#)
        );
        let all = serde_json::to_string(&after).unwrap();
        assert_eq!(all.matches("Ada Lovelace").count(), 1, "what the visitor wrote: {all}");
        let conversation = room.conversation(&agent(2), NOON).unwrap();
        assert_eq!(conversation.assignee.unwrap().name, "Team member");
    }
    assert_eq!(open(&Storage::new(), Rates::default()).rename(id, "x").unwrap_err(), RoomError::NotFound);
}

/// Every frame a client may send, by everybody who may try: what comes of it. That none is left out their names say.
#[test]
fn every_frame_of_every_kind_of_caller_is_answered_as_the_rights_say() {
    let of_role = |number, permissions: &[&str], departments: &[_]| {
        let mut who = agent_of(number, "Custom", departments);
        who.permissions = serde_json::from_value(json!(permissions)).unwrap();
        who
    };
    let all = Permissions::of(Some(Role::Admin));
    let callers: Vec<(&str, Principal, bool, bool)> = vec![
        ("its visitor", visitor(), true, true),
        ("another visitor", stranger(), false, false),
        ("an agent outside", agent_of(11, "Outside", &DEPARTMENTS[1..]), false, false),
        ("an agent of the department", agent_of(12, "Inside", &DEPARTMENTS[..1]), true, true),
        ("the assigned agent", agent_of(13, "Assigned", &[]), true, true),
        (
            "one who sees only what is theirs",
            of_role(14, &["read_conversations:own"], &DEPARTMENTS),
            false,
            false,
        ),
        (
            "one who reads everything and writes nothing",
            of_role(15, &["read_conversations", "read_notes"], &[]),
            true,
            false,
        ),
        ("one without a right", of_role(16, &[], &DEPARTMENTS), false, false),
        ("an admin", Principal { permissions: all, ..agent_of(17, "Admin", &[]) }, true, true),
    ];
    for (who, caller, sees, writes) in callers {
        let (_, mut room) = begun(Rates::default());
        let boss = Principal { permissions: all, ..agent_of(18, "Boss", &[]) };
        let assigned = Change { assignee: Some(Some(agent_of(13, "Assigned", &[]).actor())), ..moved_to(0) };
        room.update(&boss, assigned, NOON).unwrap();
        let connected = room.connect(&caller, None, NOON);
        let Ok((from, _)) = connected else {
            assert!(!sees, "{who} is not let in");
            assert!(matches!(
                connected.unwrap_err(),
                RoomError::Refused(refusal) if refusal.code == ErrorCode::Forbidden
            ));
            continue;
        };
        assert!(sees, "{who} is let in");
        let is_visitor = caller.visitor().is_some();
        let tries = [
            (send("c_1", "x"), writes),
            (note("c_2", "x"), writes && !is_visitor),
            // The first message is its visitor's.
            (edit("c_3", 1), is_visitor),
            (delete("c_4", 1), writes),
            (json!({ "type": "typing", "active": true }), writes),
            (json!({ "type": "viewing", "active": true }), true),
            (json!({ "type": "read", "upTo": 1 }), true),
            (json!({ "type": "resume", "after": 1 }), true),
            (json!({ "type": "renew", "token": "x" }), true),
        ];
        let names: std::collections::BTreeSet<_> =
            tries.iter().map(|(frame, _)| frame["type"].as_str().unwrap()).collect();
        assert_eq!(names, ClientFrame::NAMES.into_iter().collect());
        for (frame, allowed) in tries {
            let frames = answer(&mut room, from, &frame);
            let code = frames.iter().find_map(|frame| match frame {
                ServerFrame::Error(error) => Some(error.code),
                _ => None,
            });
            let expected = if allowed { None } else { Some(ErrorCode::Forbidden) };
            assert_eq!(code, expected, "{who}: {frame}");
        }
    }
}

fn why(rule: Rule) -> Reason {
    Reason { rule, waiting_since: None, candidates: Vec::new(), considered: 1 }
}

fn given_to(number: u128) -> Assignment {
    let assignee = agent(number).actor();
    Assignment { assignee, from: None, department: None, reason: why(Rule::LeastBusy), by: None }
}

#[test]
fn what_the_inbox_decides_is_done_once_and_only_while_all_is_as_it_was() {
    let (_storage, mut room) = begun(Rates::default());
    let (watching, _) = join_told(&mut room, &agent(9));
    let (waiting, _) = join_told(&mut room, &visitor());
    let head = |room: &TestRoom| room.summary_head().unwrap();
    let before = head(&room);
    let (routed, outputs) = room.assign(&given_to(1), NOON).unwrap();
    assert!(routed.done);
    let conversation = routed.conversation.unwrap().conversation;
    assert_eq!((conversation.assignee, conversation.head), (Some(agent(1).actor()), before + 1));
    let body = |to| match &frames_for::<ServerFrame>(&outputs, to)[..] {
        [ServerFrame::Event(event)] => event.body.clone(),
        other => panic!("{other:?}"),
    };
    let assignee = Some(agent(1).actor());
    let reason = Some(Box::new(why(Rule::LeastBusy)));
    assert_eq!(body(watching), EventBody::Assigned { assignee: assignee.clone(), reason });
    assert_eq!(body(waiting), EventBody::Assigned { assignee, reason: None }, "why is the team's");
    // Again, and for somebody else: nothing more happens.
    let (routed, outputs) = room.assign(&given_to(1), NOON).unwrap();
    assert!(routed.done && outputs.is_empty());
    let (routed, outputs) = room.assign(&given_to(2), NOON).unwrap();
    assert!(!routed.done && outputs.is_empty());
    assert_eq!(routed.conversation.unwrap().conversation.assignee, Some(agent(1).actor()));
    // Taken over, by a person; and not from somebody who has it no more.
    let over = Assignment {
        from: agent(1).user_id(),
        by: Some(agent(2).actor()),
        reason: why(Rule::SameAgent),
        ..given_to(2)
    };
    assert!(room.assign(&over, NOON).unwrap().0.done);
    assert!(!room.assign(&Assignment { assignee: agent(3).actor(), ..over }, NOON).unwrap().0.done);

    let ada = agent(2).user_id().unwrap();
    let gives =
        |room: &mut TestRoom, rule, user| room.give_back(None, user, Some(&why(rule)), NOON).unwrap().0.done;
    assert!(!gives(&mut room, Rule::GivenBack, agent(1).user_id().unwrap()), "it is not theirs");
    assert!(gives(&mut room, Rule::WentOffline, ada));
    assert!(gives(&mut room, Rule::WentOffline, ada), "again");
    assert_eq!(head(&room), before + 3);
    // Who went offline keeps that in which nobody waits for them, and what is put aside.
    room.assign(&given_to(2), NOON).unwrap();
    let (mine, _) = join_told(&mut room, &agent(2));
    room.receive(mine, &send("answer", "Here you are").to_string(), NOON);
    assert!(!gives(&mut room, Rule::WentOffline, ada));
    set_status(&mut room, ConversationStatus::Pending);
    assert!(!gives(&mut room, Rule::GivenBack, ada));
    assert!(gives(&mut room, Rule::Left, ada));
    // What is pending waits in no queue.
    assert!(!room.assign(&given_to(1), NOON).unwrap().0.done);

    let to = DepartmentName { id: DEPARTMENTS[0], name: "Sales".to_owned() };
    let moves =
        |room: &mut TestRoom, from| room.move_on(from, &to, &why(Rule::Overflow), NOON).unwrap().0.done;
    assert!(!moves(&mut room, None));
    set_status(&mut room, ConversationStatus::Open);
    assert!(!moves(&mut room, Some(DEPARTMENTS[1])), "it is not there");
    let before = head(&room);
    assert!(moves(&mut room, None) && moves(&mut room, None));
    assert_eq!(head(&room), before + 1);
    assert!(!room.assign(&given_to(1), NOON).unwrap().0.done, "another queue has it");
    // What happened is read as it was told.
    let page = room.history(&agent(9), Part::Before(before + 2), 1, NOON).unwrap();
    let expected =
        EventBody::Moved { department: Some(to.clone()), reason: Some(Box::new(why(Rule::Overflow))) };
    assert_eq!(page.events[0].body, expected);
}

#[test]
fn a_visitor_learns_neither_of_a_snooze_nor_how_urgent_they_are() {
    let (_storage, mut room) = begun(Rates::default());
    let (waiting, _) = join_told(&mut room, &visitor());
    let told = |outputs: &[Output]| frames_for::<ServerFrame>(outputs, waiting);
    let change = Change {
        status: Some(ConversationStatus::Snoozed),
        snoozed_until: Some(NOON + 1_000),
        priority: Some(Priority::Urgent),
        ..Change::default()
    };
    let (seen, outputs) = room.update(&agent(1), change.clone(), NOON).unwrap();
    assert_eq!((seen.status, seen.snoozed_until), (ConversationStatus::Snoozed, Some(NOON + 1_000)));
    assert_eq!(seen.priority, Some(Priority::Urgent));
    assert_eq!(told(&outputs), []);
    let shown = room.conversation(&visitor(), NOON).unwrap();
    assert_eq!((shown.status, shown.snoozed_until), (ConversationStatus::Open, None));
    assert_eq!((shown.priority, shown.opened_at, shown.waiting_since), (None, None, None));
    let summary = room.summary(Audience::Visitor).unwrap().unwrap();
    assert_eq!(summary.conversation, shown);
    assert!(room.update(&agent(1), change.clone(), NOON).unwrap().1.is_empty(), "it is so already");
    // From what they do know, they are told that it is open.
    set_status(&mut room, ConversationStatus::Pending);
    let (_, outputs) = room.update(&agent(1), change, NOON).unwrap();
    let told = told(&outputs);
    let [ServerFrame::Event(event)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(event.body, EventBody::StatusChanged { status: ConversationStatus::Open, until: None });
    let page = room.history(&visitor(), Part::Last, 1, NOON).unwrap();
    assert_eq!(page.events[0].body, event.body);
}

#[test]
fn a_room_of_the_version_before_knows_since_when_it_is_open_and_who_waits() {
    let (storage, mut room) = begun(Rates::default());
    let mut say = |by: &Principal, name: &str, at| {
        let (id, _) = room.connect(by, None, at).unwrap();
        room.receive(id, &send(name, "Hello").to_string(), at);
        room.disconnect(id, NOON);
    };
    say(&agent(1), "a1", NOON + 1);
    say(&visitor(), "v1", NOON + 2);
    say(&visitor(), "v2", NOON + 3);
    let known = room.conversation(&agent(1), NOON).unwrap();
    assert_eq!((known.opened_at, known.waiting_since), (Some(NOON), Some(NOON + 2)));
    storage.rows("UPDATE events SET episode = NULL", &[]);
    let mut room = open(&storage, Rates::default());
    assert_eq!(room.conversation(&agent(1), NOON).unwrap(), known);
    set_status(&mut room, ConversationStatus::Resolved);
    let done = room.conversation(&agent(1), NOON).unwrap();
    assert_eq!((done.opened_at, done.waiting_since), (None, None));
}
